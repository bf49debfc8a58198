//! Decoding, resizing and encoding by the codecs of the crates `image`, `fast_image_resize` and `webp`.

use std::io::Cursor;

use fast_image_resize::Resizer;
use image::DynamicImage;
use image::ImageDecoder;
use image::ImageEncoder;
use image::Limits;
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::CompressionType;
use image::codecs::png::FilterType;
use image::codecs::png::PngDecoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use webp::PixelLayout;
use webp::WebPConfig;

use crate::edition::image::Encoding;
use crate::edition::image::Format;
use crate::edition::image::ImageFacts;
use crate::edition::image::Variant;
use crate::output::image::Header;
use crate::output::image::ImageError;
use crate::output::image::MAX_PIXELS;
use crate::output::image_strip::without_metadata;

/// The longer side of a placeholder, in pixels.
const MINIATURE: u32 = 16;

/// Quality of a placeholder; it is shown a hundred times larger, blurred by the browser.
const MINIATURE_QUALITY: f32 = 30.0;

/// What a decoder may allocate: a hundred megapixels in 16 bits, and change.
const MAX_ALLOC: u64 = 1 << 30;

/// Larger colour profiles are for printers and are dropped.
const MAX_PROFILE: usize = 64 << 10;

/// A decoded image: upright, 8 bits a channel, no alpha channel where nothing is transparent.
struct Picture {
    image: DynamicImage,
    /// An RGB profile that is not sRGB's.
    profile: Option<Vec<u8>>,
    /// What it was decoded from.
    format: Format,
    /// The source without its metadata, if it stood upright.
    stripped: Option<Vec<u8>>,
    /// Whether it has at most 256 colours: a drawing, which lossless compression suits better.
    is_drawing: bool,
}

/// What a raster image's header says.
///
/// # Errors
/// [`ImageError::Damaged`] or [`ImageError::TooLarge`].
pub(crate) fn header(bytes: &[u8], format: Format) -> Result<Header, ImageError> {
    let damaged = |error| damaged(format, &error);
    let cursor = Cursor::new(bytes);
    match format {
        Format::Jpeg => upright(JpegDecoder::new(cursor).map_err(damaged)?, format, false),
        Format::Png => {
            let decoder = PngDecoder::new(cursor).map_err(damaged)?;
            let animated = decoder.is_apng().map_err(damaged)?;
            upright(decoder, format, animated)
        }
        Format::Gif => upright(GifDecoder::new(cursor).map_err(damaged)?, format, true),
        Format::WebP => {
            let decoder = WebPDecoder::new(cursor).map_err(damaged)?;
            let animated = decoder.has_animation();
            upright(decoder, format, animated)
        }
        Format::Avif | Format::Svg => Err(ImageError::Unsupported(format!("{} has no pixels to read", format.name()))),
    }
}

fn upright(mut decoder: impl ImageDecoder, format: Format, animated: bool) -> Result<Header, ImageError> {
    let (width, height) = checked_size(&decoder, format)?;
    let turned = matches!(
        orientation(&mut decoder),
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let size = if turned { (height, width) } else { (width, height) };
    Ok(Header { size: Some(size), animated, has_alpha: decoder.color_type().has_alpha() })
}

/// A damaged EXIF block does not make a picture unusable: it is then shown as it lies.
fn orientation(decoder: &mut impl ImageDecoder) -> Orientation {
    decoder.orientation().unwrap_or(Orientation::NoTransforms)
}

fn checked_size(decoder: &impl ImageDecoder, format: Format) -> Result<(u32, u32), ImageError> {
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(ImageError::TooLarge { width, height });
    }
    if width == 0 || height == 0 {
        return Err(ImageError::Damaged { format, reason: "it has no pixels".to_owned() });
    }
    Ok((width, height))
}

pub(super) fn placeholder(bytes: &[u8], facts: &ImageFacts) -> Result<Option<String>, ImageError> {
    let still = matches!(facts.format, Format::Jpeg | Format::Png | Format::WebP) && !facts.animated;
    if !still {
        return Ok(None);
    }
    let picture = decode(bytes)?;
    if picture.image.color().has_alpha() {
        return Ok(None);
    }
    let (width, height) = (picture.image.width(), picture.image.height());
    let longer = u64::from(width.max(height));
    let scale = |side: u32| u32::try_from(u64::from(side) * u64::from(MINIATURE) / longer).unwrap_or(1).max(1);
    let small = resized(&picture.image, scale(width).min(width), scale(height).min(height))?;
    let webp = webp_bytes(&small, MINIATURE_QUALITY, false)?;
    Ok(Some(format!("url(data:image/webp;base64,{})", data_encoding::BASE64.encode(&webp))))
}

pub(super) fn encode<'p>(bytes: &[u8], wanted: &[&'p Variant]) -> Result<Vec<(&'p Variant, Vec<u8>)>, ImageError> {
    let picture = decode(bytes)?;
    // Variants of one size stand together, so that each size is made once.
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|at| wanted[*at].size);
    let mut scaled: Option<DynamicImage> = None;
    let mut files: Vec<(usize, Vec<u8>)> = Vec::with_capacity(wanted.len());
    for at in order {
        let variant = wanted[at];
        let file = match (variant.encoding, variant.size) {
            (Encoding::Copy, _) => bytes.to_vec(),
            (_, None) => return Err(ImageError::Unsupported("the size of the image is not known".to_owned())),
            (encoding, Some(size)) => {
                // Always from the original, never from a larger variant, which may or may not be wanted this time.
                let image = match scaled.take() {
                    Some(image) if (image.width(), image.height()) == size => image,
                    _ => resized(&picture.image, size.0, size.1)?,
                };
                let file = written(&image, encoding, &picture)?;
                scaled = Some(image);
                smallest(file, encoding, size, &picture)
            }
        };
        files.push((at, file));
    }
    files.sort_by_key(|(at, _)| *at);
    Ok(files.into_iter().map(|(at, file)| (wanted[at], file)).collect())
}

/// The source's own compressed pixels, where they are of this size and format and take fewer bytes.
fn smallest(file: Vec<u8>, encoding: Encoding, size: (u32, u32), picture: &Picture) -> Vec<u8> {
    let same = match encoding {
        Encoding::Jpeg(_) => picture.format == Format::Jpeg,
        Encoding::Png => picture.format == Format::Png,
        Encoding::WebP(_) | Encoding::Copy => false,
    };
    match &picture.stripped {
        Some(stripped)
            if same && size == (picture.image.width(), picture.image.height()) && stripped.len() < file.len() =>
        {
            stripped.clone()
        }
        _ => file,
    }
}

fn decode(bytes: &[u8]) -> Result<Picture, ImageError> {
    let format = crate::output::image::format(bytes)?;
    let damaged = |error| damaged(format, &error);
    let cursor = Cursor::new(bytes);
    match format {
        Format::Jpeg => pixels(JpegDecoder::new(cursor).map_err(damaged)?, bytes, format),
        Format::Png => pixels(PngDecoder::with_limits(cursor, limits()).map_err(damaged)?, bytes, format),
        Format::WebP => pixels(WebPDecoder::new(cursor).map_err(damaged)?, bytes, format),
        Format::Gif | Format::Avif | Format::Svg => {
            Err(ImageError::Unsupported(format!("{} is only ever copied", format.name())))
        }
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    limits
}

fn pixels(mut decoder: impl ImageDecoder, bytes: &[u8], format: Format) -> Result<Picture, ImageError> {
    checked_size(&decoder, format)?;
    decoder.set_limits(limits()).map_err(|error| damaged(format, &error))?;
    let orientation = orientation(&mut decoder);
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| is_worth_keeping(profile));
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| damaged(format, &error))?;
    image.apply_orientation(orientation);
    let image = simplest(image);
    let profile = profile.filter(|_| image.color().has_color());
    let is_drawing = format != Format::Jpeg && has_few_colours(&image);
    let stripped = if orientation == Orientation::NoTransforms { without_metadata(bytes, format) } else { None };
    Ok(Picture { image, profile, format, stripped, is_drawing })
}

/// An RGB profile (ICC.1 §7.2.6) of a sane size that does not call itself sRGB.
fn is_worth_keeping(profile: &[u8]) -> bool {
    let contains = |needle: &[u8]| profile.windows(needle.len()).any(|window| window == needle);
    profile.get(16..20) == Some(b"RGB ")
        && profile.len() <= MAX_PROFILE
        && !contains(b"sRGB")
        && !contains(b"\0s\0R\0G\0B")
}

/// 8 bits a channel, and an alpha channel only where something is transparent.
fn simplest(image: DynamicImage) -> DynamicImage {
    let image = match image {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => image,
        DynamicImage::ImageLuma16(_) => image.into_luma8().into(),
        DynamicImage::ImageRgb16(_) | DynamicImage::ImageRgb32F(_) => image.into_rgb8().into(),
        other => other.into_rgba8().into(),
    };
    match image {
        DynamicImage::ImageRgba8(rgba) if rgba.pixels().all(|pixel| pixel.0[3] == 255) => {
            DynamicImage::ImageRgba8(rgba).into_rgb8().into()
        }
        other => other,
    }
}

fn has_few_colours(image: &DynamicImage) -> bool {
    let bytes = usize::from(image.color().bytes_per_pixel());
    let mut seen = std::collections::HashSet::new();
    let mut last: &[u8] = &[];
    for pixel in image.as_bytes().chunks_exact(bytes) {
        // Neighbours are mostly alike in a drawing.
        if pixel != last && seen.insert(pixel) && seen.len() > 256 {
            return false;
        }
        last = pixel;
    }
    true
}

fn resized(image: &DynamicImage, width: u32, height: u32) -> Result<DynamicImage, ImageError> {
    if (image.width(), image.height()) == (width, height) {
        return Ok(image.clone());
    }
    let mut target = DynamicImage::new(width, height, image.color());
    // Its defaults are what is wanted: Lanczos3 convolution, colours weighted by alpha.
    Resizer::new()
        .resize(image, &mut target, None)
        .map_err(|error| ImageError::Unsupported(format!("cannot be resized to {width} × {height}: {error}")))?;
    Ok(target)
}

fn written(image: &DynamicImage, encoding: Encoding, picture: &Picture) -> Result<Vec<u8>, ImageError> {
    let profile = picture.profile.clone();
    match encoding {
        Encoding::Jpeg(quality) => {
            let mut file = Vec::new();
            let mut encoder = JpegEncoder::new_with_quality(&mut file, quality.clamp(1, 100));
            if let Some(profile) = profile {
                encoder.set_icc_profile(profile).map_err(|error| ImageError::Unsupported(error.to_string()))?;
            }
            let flat = if image.color().has_alpha() { DynamicImage::from(image.to_rgb8()) } else { image.clone() };
            flat.write_with_encoder(encoder).map_err(|error| ImageError::Unsupported(error.to_string()))?;
            Ok(file)
        }
        Encoding::Png => {
            // Photographs shrink by filters, drawings without. The highest level takes three times as long for two per cent.
            let filtered = png_bytes(image, FilterType::Adaptive, picture)?;
            let plain = png_bytes(image, FilterType::NoFilter, picture)?;
            Ok(if plain.len() < filtered.len() { plain } else { filtered })
        }
        Encoding::WebP(quality) => {
            let file = webp_bytes(image, f32::from(quality.clamp(1, 100)), picture.is_drawing)?;
            Ok(match profile {
                Some(profile) => with_profile(&file, &profile, image),
                None => file,
            })
        }
        Encoding::Copy => Err(ImageError::Unsupported("a copy is not encoded".to_owned())),
    }
}

fn png_bytes(image: &DynamicImage, filter: FilterType, picture: &Picture) -> Result<Vec<u8>, ImageError> {
    let refused = |error: &dyn std::fmt::Display| ImageError::Unsupported(format!("PNG cannot take it: {error}"));
    let mut file = Vec::new();
    let mut encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Default, filter);
    if let Some(profile) = &picture.profile {
        encoder.set_icc_profile(profile.clone()).map_err(|error| refused(&error))?;
    }
    image.write_with_encoder(encoder).map_err(|error| refused(&error))?;
    Ok(file)
}

fn webp_bytes(image: &DynamicImage, quality: f32, lossless: bool) -> Result<Vec<u8>, ImageError> {
    let refused = |reason: &str| ImageError::Unsupported(format!("WebP cannot take it: {reason}"));
    let (width, height) = (image.width(), image.height());
    if width.max(height) > 16_383 {
        return Err(refused("one side is longer than 16,383 pixels"));
    }
    let mut config = WebPConfig::new().map_err(|()| refused("the encoder has no default settings"))?;
    config.lossless = i32::from(lossless);
    config.alpha_compression = 1;
    config.quality = if lossless { 75.0 } else { quality };
    let encoded = match image {
        DynamicImage::ImageRgba8(rgba) => {
            webp::Encoder::new(rgba.as_raw(), PixelLayout::Rgba, width, height).encode_advanced(&config)
        }
        DynamicImage::ImageRgb8(rgb) => {
            webp::Encoder::new(rgb.as_raw(), PixelLayout::Rgb, width, height).encode_advanced(&config)
        }
        other => {
            let rgb = other.to_rgb8();
            webp::Encoder::new(rgb.as_raw(), PixelLayout::Rgb, width, height).encode_advanced(&config)
        }
    };
    encoded.map(|memory| memory.to_vec()).map_err(|error| refused(&format!("{error:?}")))
}

/// Puts a colour profile into a WebP file, which libwebp's encoder alone does not do: RFC 9649 §2.7, the extended file format.
fn with_profile(file: &[u8], profile: &[u8], image: &DynamicImage) -> Vec<u8> {
    const ICC: u8 = 0x20;
    const ALPHA: u8 = 0x10;
    let chunks = file.get(12..).unwrap_or_default();
    // The encoder has written an extended header already where there is an alpha channel.
    let chunks = if chunks.starts_with(b"VP8X") { chunks.get(18..).unwrap_or_default() } else { chunks };
    let mut extended = Vec::with_capacity(file.len() + profile.len() + 64);
    extended.extend(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0");
    extended.extend([if image.color().has_alpha() { ICC | ALPHA } else { ICC }, 0, 0, 0]);
    for side in [image.width(), image.height()] {
        extended.extend(&side.saturating_sub(1).to_le_bytes()[..3]);
    }
    extended.extend(b"ICCP");
    extended.extend(u32::try_from(profile.len()).unwrap_or(0).to_le_bytes());
    extended.extend(profile);
    if profile.len() % 2 == 1 {
        extended.push(0);
    }
    extended.extend(chunks);
    let length = u32::try_from(extended.len() - 8).unwrap_or(u32::MAX);
    extended[4..8].copy_from_slice(&length.to_le_bytes());
    extended
}

fn damaged(format: Format, error: &image::ImageError) -> ImageError {
    // The crate's message begins with "Format error decoding Png: ", which ours has said already.
    let text = error.to_string();
    let reason = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest).to_owned();
    ImageError::Damaged { format, reason }
}
