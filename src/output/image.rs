//! What an image file is, from its header: format, size as a reader sees it, transparency. Nothing is decoded here.
//!
//! In a program built without the feature `images` the size of a raster image stays unknown, and `edition::image::plan` has to be asked
//! for copies (`Settings::variants` from [`AVAILABLE`]).

use std::fmt;

use crate::edition::image::Format;
use crate::edition::image::ImageFacts;
use crate::engine::fingerprint::Fingerprint;
use crate::output::image_svg;

/// Whether this program can resize and encode images: the feature `images`.
pub const AVAILABLE: bool = cfg!(feature = "images");

/// Larger images are refused: a hundred megapixels take 400 MB once decoded, and a small file can claim any size.
pub const MAX_PIXELS: u64 = 100_000_000;

/// Why a file is no usable image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageError {
    /// Its bytes are no image that web pages show.
    Unknown {
        /// What they are, where that can be told: `TIFF`.
        looks_like: Option<&'static str>,
    },
    /// It says what it is, and is not.
    Damaged {
        /// What it says it is.
        format: Format,
        /// What the decoder says.
        reason: String,
    },
    /// More than [`MAX_PIXELS`].
    TooLarge {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// A variant was planned that this image or this program cannot make.
    Unsupported(String),
    /// The file could not be read.
    Read(String),
}

/// What a raster image's header says.
pub(crate) struct Header {
    /// Width and height as a reader sees them.
    pub(crate) size: Option<(u32, u32)>,
    pub(crate) animated: bool,
    pub(crate) has_alpha: bool,
}

/// Reads what a header says. Cheap: nothing is decoded, so damage further down is found by [`placeholder`](crate::output::image_encode::placeholder) and
/// [`encode`](crate::output::image_encode::encode). The facts have no placeholder yet.
///
/// # Errors
/// [`ImageError`], to be shown where the image is referred to.
pub fn facts(bytes: &[u8]) -> Result<ImageFacts, ImageError> {
    let format = format(bytes)?;
    if format == Format::Jpeg && !has_end(bytes) {
        return Err(ImageError::Damaged { format, reason: "unexpected end of file".to_owned() });
    }
    let header = match format {
        Format::Svg => Header {
            size: image_svg::size(bytes).map_err(|reason| ImageError::Damaged { format, reason })?,
            animated: false,
            has_alpha: true,
        },
        Format::Avif => Header { size: None, animated: false, has_alpha: true },
        Format::Jpeg | Format::Png | Format::Gif | Format::WebP => raster_header(bytes, format)?,
    };
    Ok(ImageFacts {
        hash: Fingerprint::of(bytes),
        size: header.size,
        format,
        animated: header.animated,
        has_alpha: header.has_alpha,
        placeholder: None,
    })
}

/// Whether a JPEG has an end-of-image marker after its last scan begins (ITU-T T.81 §B.1.1.3; inside a scan a `ff` is always followed by `00` or a restart). The
/// decoder would show what is missing as grey.
fn has_end(bytes: &[u8]) -> bool {
    let last = |marker: [u8; 2]| bytes.windows(2).rposition(|pair| pair == marker);
    match (last([0xff, 0xda]), last([0xff, 0xd9])) {
        (Some(scan), Some(end)) => end > scan,
        _ => false,
    }
}

#[cfg(feature = "images")]
use crate::output::image_encode::header as raster_header;

#[cfg(not(feature = "images"))]
#[allow(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
fn raster_header(_: &[u8], _: Format) -> Result<Header, ImageError> {
    Ok(Header { size: None, animated: false, has_alpha: true })
}

/// Tells the format by the first bytes.
pub(crate) fn format(bytes: &[u8]) -> Result<Format, ImageError> {
    let looks_like = match bytes {
        [0xff, 0xd8, 0xff, ..] => return Ok(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => return Ok(Format::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => return Ok(Format::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => return Ok(Format::WebP),
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f' | b's', ..] => return Ok(Format::Avif),
        [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', ..] => Some("HEIC"),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some("TIFF"),
        [b'B', b'M', ..] => Some("BMP"),
        [b'8', b'B', b'P', b'S', ..] => Some("Photoshop"),
        [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Some("JPEG XL"),
        [b'%', b'P', b'D', b'F', ..] => Some("PDF"),
        [0x1f, 0x8b, ..] => Some("compressed SVG or another gzip file"),
        _ => None,
    };
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if looks_like.is_none() && text.starts_with(b"<") {
        return Ok(Format::Svg);
    }
    Err(ImageError::Unknown { looks_like })
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { looks_like: Some(name) } => {
                write!(f, "a {name} file; browsers show JPEG, PNG, WebP, AVIF, GIF and SVG")
            }
            Self::Unknown { looks_like: None } => f.write_str("not an image: no JPEG, PNG, WebP, AVIF, GIF or SVG"),
            Self::Damaged { format, reason } => write!(f, "damaged {}: {reason}", format.name()),
            Self::TooLarge { width, height } => {
                write!(f, "{width} × {height} pixels are too many; the limit is {} megapixels", MAX_PIXELS / 1_000_000)
            }
            Self::Unsupported(reason) | Self::Read(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for ImageError {}
