//! Images from the outside: facts, placeholders and variants of files as cameras, phones and attackers make them.
#![cfg(feature = "images")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Cursor;

use image::DynamicImage;
use image::ImageDecoder;
use image::ImageEncoder;
use image::ImageFormat;
use image::ImageReader;
use image::Rgb;
use image::RgbImage;
use image::Rgba;
use image::RgbaImage;
use image::codecs::jpeg::JpegEncoder;
use letterpress::edition::image::Encoding;
use letterpress::edition::image::Format;
use letterpress::edition::image::ImageFacts;
use letterpress::edition::image::Plan;
use letterpress::edition::image::Settings;
use letterpress::edition::image::Variant;
use letterpress::edition::image::plan;
use letterpress::files::tree::File;
use letterpress::files::tree::Place;
use letterpress::output::image::ImageError;
use letterpress::output::image::facts;
use letterpress::output::image_encode::Job;
use letterpress::output::image_encode::encode;
use letterpress::output::image_encode::encode_all;
use letterpress::output::image_encode::placeholder;
use letterpress::value::path::SitePath;
use proptest::proptest;

/// A picture that has a different colour in each corner, and some texture.
fn photo(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (right, below) = (x >= width / 2, y >= height / 2);
        let grain = u8::try_from((x * 7 + y * 13) % 24).unwrap();
        match (right, below) {
            (false, false) => Rgb([220, grain, grain]),
            (true, false) => Rgb([grain, 220, grain]),
            (false, true) => Rgb([grain, grain, 220]),
            (true, true) => Rgb([230, 230, 200 + grain]),
        }
    })
}

/// Red, green, blue or white.
fn colour(image: &RgbImage, x: u32, y: u32) -> char {
    match image.get_pixel(x, y).0.map(|channel| channel > 128) {
        [true, false, false] => 'r',
        [false, true, false] => 'g',
        [false, false, true] => 'b',
        [true, true, true] => 'w',
        _ => '?',
    }
}

/// The colours of the corners, in reading order.
fn corners(bytes: &[u8]) -> String {
    let image = image::load_from_memory(bytes).unwrap().to_rgb8();
    let (x, y) = (image.width() - 2, image.height() - 2);
    [(1, 1), (x, 1), (1, y), (x, y)].iter().map(|(x, y)| colour(&image, *x, *y)).collect()
}

/// A TIFF block with nothing but the orientation in it (EXIF 2.3 §4.6.4), and a place name to look for.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.push(orientation);
    exif.extend(b"\0\0\0\0\0\0SECRET PLACE");
    exif
}

fn jpeg(image: &RgbImage, orientation: Option<u8>, profile: Option<&[u8]>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 90);
    if let Some(orientation) = orientation {
        encoder.set_exif_metadata(exif(orientation)).unwrap();
    }
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile.to_vec()).unwrap();
    }
    image.write_with_encoder(encoder).unwrap();
    file
}

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn path(text: &str) -> SitePath {
    SitePath::parse(text).unwrap()
}

fn planned(bytes: &[u8]) -> (ImageFacts, Plan) {
    let facts = facts(bytes).unwrap();
    let plan = plan(&path("posts/a/photo.any"), &facts, &Settings::default());
    (facts, plan)
}

fn all(plan: &Plan) -> Vec<&Variant> {
    plan.variants().collect()
}

fn size_of(bytes: &[u8]) -> (u32, u32) {
    ImageReader::new(Cursor::new(bytes)).with_guessed_format().unwrap().into_dimensions().unwrap()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// The smallest header that passes for an RGB profile of this description.
fn profile(description: &[u8]) -> Vec<u8> {
    let mut profile = vec![0; 128];
    profile[16..20].copy_from_slice(b"RGB ");
    profile[36..40].copy_from_slice(b"acsp");
    profile.extend(description);
    profile
}

#[test]
fn stands_upright_whatever_the_camera_says() {
    // What the eight orientations do to a picture whose corners are red, green, blue, white.
    let upright = ["rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"];
    for (orientation, corners_after) in (1..=8).zip(upright) {
        let file = jpeg(&photo(64, 32), Some(orientation), None);
        let (facts, plan) = planned(&file);
        let size = if orientation > 4 { (32, 64) } else { (64, 32) };
        assert_eq!(facts.size, Some(size), "orientation {orientation}");
        for (variant, bytes) in encode(&file, &all(&plan)).unwrap() {
            assert_eq!(size_of(&bytes), size);
            assert_eq!(corners(&bytes), corners_after, "orientation {orientation}, {:?}", variant.encoding);
        }
    }
}

#[test]
fn metadata_is_gone() {
    let file = jpeg(&photo(600, 400), Some(6), None);
    assert!(contains(&file, b"SECRET") && contains(&file, b"Exif"));
    let (_, plan) = planned(&file);
    for (variant, bytes) in encode(&file, &all(&plan)).unwrap() {
        assert!(!contains(&bytes, b"SECRET") && !contains(&bytes, b"Exif"), "{}", variant.path);
    }
}

#[test]
fn what_is_small_already_stays_as_it_is() {
    // Encoded anew at a better quality than its own, it would grow and gain nothing.
    let mut small = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut small, 1);
    encoder.set_exif_metadata(exif(1)).unwrap();
    photo(600, 400).write_with_encoder(encoder).unwrap();
    let (_, plan) = planned(&small);
    let (_, bytes) = encode(&small, &[plan.full()]).unwrap().remove(0);
    assert!(bytes.len() < small.len() && !contains(&bytes, b"SECRET"));
    assert_eq!(image::load_from_memory(&bytes).unwrap(), image::load_from_memory(&small).unwrap());
}

#[test]
fn a_colour_profile_stays_where_it_matters() {
    let p3 = profile(b"desc Display P3");
    let file = jpeg(&photo(600, 400), None, Some(&p3));
    let (_, plan) = planned(&file);
    for (variant, bytes) in encode(&file, &all(&plan)).unwrap() {
        let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format().unwrap();
        let mut decoder = reader.into_decoder().unwrap();
        assert_eq!(decoder.icc_profile().unwrap().as_ref(), Some(&p3), "{}", variant.path);
        assert_eq!(Some(decoder.dimensions()), variant.size);
        assert_eq!(corners(&bytes), "rgbw");
    }
    for other in [profile(b"desc sRGB IEC61966-2.1"), profile(b"desc \0s\0R\0G\0B"), b"no profile at all".to_vec()] {
        let file = jpeg(&photo(60, 40), None, Some(&other));
        for (_, bytes) in encode(&file, &all(&planned(&file).1)).unwrap() {
            assert!(!contains(&bytes, b"ICC"));
        }
    }
    // With transparency the extended header is there already.
    let mut file = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
    encoder.set_icc_profile(p3.clone()).unwrap();
    let glass = RgbaImage::from_fn(500, 300, |x, y| {
        Rgba([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 9, 100])
    });
    glass.write_with_encoder(encoder).unwrap();
    for (_, bytes) in encode(&file, &all(&planned(&file).1)).unwrap() {
        let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format().unwrap();
        assert_eq!(reader.into_decoder().unwrap().icc_profile().unwrap().as_ref(), Some(&p3));
        assert_eq!(image::load_from_memory(&bytes).unwrap().to_rgba8().get_pixel(100, 100).0[3], 100);
    }
}

#[test]
fn variants_are_as_planned_and_the_same_every_time() {
    let file = jpeg(&photo(2000, 1000), None, None);
    let (facts, plan) = planned(&file);
    assert_eq!((facts.format, facts.animated, facts.has_alpha), (Format::Jpeg, false, false));
    let first = encode(&file, &all(&plan)).unwrap();
    let sizes: Vec<(u32, u32)> = first.iter().map(|(_, bytes)| size_of(bytes)).collect();
    let once = [(480, 240), (800, 400), (1200, 600), (1600, 800)];
    assert_eq!(sizes, [once, once].concat());
    for (variant, bytes) in &first {
        assert_eq!(Some(size_of(bytes)), variant.size);
        assert_eq!(corners(bytes), "rgbw");
        // Any one of them alone has the same bytes as in company: what is missing is made later.
        assert_eq!(&encode(&file, &[variant]).unwrap()[0].1, bytes, "{}", variant.path);
    }
    assert_eq!(first, encode(&file, &all(&plan)).unwrap());
}

#[test]
fn transparency_stays_where_it_is_used() {
    let glass = RgbaImage::from_fn(600, 400, |x, y| {
        Rgba([200, (x % 256) as u8, (y % 256) as u8, if x < 300 { 0 } else { 128 }])
    });
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let file = written(&glass.clone().into(), format);
        let (facts, plan) = planned(&file);
        assert!(facts.has_alpha && plan.full().encoding == Encoding::Png);
        assert_eq!(placeholder(&file, &facts), Ok(None));
        for (variant, bytes) in encode(&file, &all(&plan)).unwrap() {
            let back = image::load_from_memory(&bytes).unwrap().to_rgba8();
            let (width, height) = back.dimensions();
            assert_eq!(back.get_pixel(2, 2).0[3], 0, "{}", variant.path);
            assert_eq!(back.get_pixel(width - 2, height - 2).0[3], 128, "{}", variant.path);
        }
    }
    // An alpha channel that hides nothing is dropped, and the picture may have a placeholder.
    let opaque = DynamicImage::from(DynamicImage::from(photo(600, 400)).to_rgba8());
    let file = written(&opaque, ImageFormat::Png);
    let (facts, plan) = planned(&file);
    assert!(placeholder(&file, &facts).unwrap().is_some());
    let (_, png) = encode(&file, &[plan.full()]).unwrap().remove(0);
    assert!(!image::load_from_memory(&png).unwrap().color().has_alpha());
}

#[test]
fn every_kind_of_pixel_is_taken() {
    let photo = DynamicImage::from(photo(90, 60));
    let kinds = [
        photo.to_luma8().into(),
        photo.to_luma_alpha8().into(),
        photo.to_luma16().into(),
        photo.to_luma_alpha16().into(),
        DynamicImage::from(photo.to_rgb16()),
        photo.to_rgba16().into(),
    ];
    for kind in kinds {
        let file = written(&kind, ImageFormat::Png);
        let (facts, plan) = planned(&file);
        for (variant, bytes) in encode(&file, &all(&plan)).unwrap() {
            assert_eq!(Some(size_of(&bytes)), variant.size);
        }
        assert!(placeholder(&file, &facts).unwrap().is_some());
    }
    let gray = written(&photo.to_luma8().into(), ImageFormat::Jpeg);
    assert_eq!(encode(&gray, &all(&planned(&gray).1)).unwrap().len(), 2);
}

#[test]
fn drawings_are_compressed_without_loss() {
    let drawing =
        RgbImage::from_fn(
            300,
            200,
            |x, y| if (x / 10 + y / 10) % 2 == 0 { Rgb([250, 240, 230]) } else { Rgb([20, 20, 30]) },
        );
    let file = written(&drawing.clone().into(), ImageFormat::Png);
    for (variant, bytes) in encode(&file, &all(&planned(&file).1)).unwrap() {
        assert_eq!(image::load_from_memory(&bytes).unwrap().to_rgb8(), drawing, "{}", variant.path);
    }
}

#[test]
fn placeholders_are_tiny() {
    for (width, height) in [(1200, 800), (3, 1000), (1000, 3), (1, 1)] {
        let file = jpeg(&photo(width, height), None, None);
        let text = placeholder(&file, &facts(&file).unwrap()).unwrap().unwrap();
        let data = text.strip_prefix("url(data:image/webp;base64,").unwrap().strip_suffix(')').unwrap();
        assert!(text.len() < 330, "{}", text.len());
        let webp = data_encoding::BASE64.decode(data.as_bytes()).unwrap();
        assert!(webp.len() <= 220, "{}", webp.len());
        let (w, h) = size_of(&webp);
        assert!(w <= 16 && h <= 16 && w.max(h) == width.max(height).min(16));
    }
}

#[test]
fn too_many_pixels_are_refused() {
    // A PNG header is enough: 60,000 × 60,000.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(60_000u32.to_be_bytes());
    png.extend(60_000u32.to_be_bytes());
    png.extend([8, 2, 0, 0, 0]);
    let checksum = crc(&png[12..]);
    png.extend(checksum.to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    let error = facts(&png).unwrap_err();
    assert_eq!(error, ImageError::TooLarge { width: 60_000, height: 60_000 });
    assert_eq!(error.to_string(), "60000 × 60000 pixels are too many; the limit is 100 megapixels");
}

/// The checksum of PNG chunks (PNG 3 §5.5).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 })
    })
}

#[test]
fn what_is_wrong_is_said() {
    let say = |bytes: &[u8]| facts(bytes).unwrap_err().to_string();
    assert_eq!(say(b"hello"), "not an image: no JPEG, PNG, WebP, AVIF, GIF or SVG");
    assert_eq!(say(b""), "not an image: no JPEG, PNG, WebP, AVIF, GIF or SVG");
    assert_eq!(say(b"II*\0...."), "a TIFF file; browsers show JPEG, PNG, WebP, AVIF, GIF and SVG");
    assert!(say(b"\0\0\0\x18ftypheic\0\0\0\0").starts_with("a HEIC file"));
    assert!(say(b"\x89PNG\r\n\x1a\nrest").starts_with("damaged PNG: "));
    assert!(say(b"\xff\xd8\xff\xe0").starts_with("damaged JPEG: "));
    assert!(say(b"<p>hello</p>").contains("<p>"));
    let png = written(&photo(300, 300).into(), ImageFormat::Png);
    let (facts, plan) = planned(&png);
    let half = &png[..png.len() / 2];
    assert!(matches!(encode(half, &all(&plan)), Err(ImageError::Damaged { format: Format::Png, .. })));
    assert!(matches!(placeholder(half, &facts), Err(ImageError::Damaged { .. })));
}

#[test]
fn what_moves_or_has_no_pixels_is_copied() {
    let gif = written(&DynamicImage::from(photo(20, 10)).to_rgba8().into(), ImageFormat::Gif);
    let (facts, plan) = planned(&gif);
    assert_eq!((facts.size, facts.format, facts.animated), (Some((20, 10)), Format::Gif, true));
    assert_eq!(encode(&gif, &all(&plan)).unwrap()[0].1, gif);
    assert_eq!(placeholder(&gif, &facts), Ok(None));
    let svg = b"\n<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 30 20'/>";
    let (facts, plan) = planned(svg);
    assert_eq!((facts.size, facts.format), (Some((30, 20)), Format::Svg));
    assert_eq!((plan.full().encoding, plan.full().path.extension()), (Encoding::Copy, "svg"));
}

#[test]
fn a_list_is_made_once_and_its_mistakes_are_named() {
    let good = jpeg(&photo(500, 300), None, None);
    let mut bad = written(&photo(500, 301).into(), ImageFormat::Png);
    let plans = [planned(&good).1, planned(&bad).1];
    bad.truncate(bad.len() / 2);
    let files = [good, bad].map(|bytes| File { path: path("x"), name: "x".into(), place: Place::Memory(bytes.into()) });
    let jobs: Vec<Job> = files.iter().zip(&plans).map(|(file, plan)| Job { file, plan }).collect();
    let stored = std::sync::Mutex::new(Vec::<Variant>::new());
    let told = std::sync::Mutex::new(Vec::new());
    let run = || {
        let done = |variant: &Variant| stored.lock().unwrap().contains(variant);
        let store = |variant: &Variant, bytes: Vec<u8>| {
            assert_eq!(Some(size_of(&bytes)), variant.size);
            stored.lock().unwrap().push(variant.clone());
            Ok::<(), String>(())
        };
        encode_all(&jobs, &done, &store, &|finished, all| told.lock().unwrap().push((finished, all))).unwrap()
    };
    for _ in 0..2 {
        let failures = run();
        assert_eq!(failures.len(), 1);
        assert!(failures[0].job == 1 && matches!(failures[0].error, ImageError::Damaged { .. }));
        assert_eq!(stored.lock().unwrap().len(), plans[0].variants().count());
    }
    let mut told = told.into_inner().unwrap();
    told.sort_unstable();
    assert_eq!(told, [(1, 2), (1, 2), (2, 2), (2, 2)]);
    let full = |_: &Variant, _| Err("the disk is full");
    assert_eq!(encode_all(&jobs, &|_| false, &full, &|_, _| {}).unwrap_err(), "the disk is full");
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 300, failure_persistence: None, ..Default::default() })]

    /// No bytes make it panic: random ones, ones that begin like an image, real images with damage.
    #[test]
    fn never_panics(
        start in 0..9usize,
        noise in proptest::collection::vec(proptest::num::u8::ANY, 0..400),
        at in 0..600usize,
        orientation in 0..12u8,
    ) {
        let starts: [&[u8]; 6] = [
            b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"GIF89a", b"RIFF\x40\0\0\0WEBPVP8 ", b"<svg ",
        ];
        let bytes = if let Some(start) = starts.get(start) {
            [start, &noise[..]].concat()
        } else {
            let mut file = match start {
                6 => jpeg(&photo(24, 16), Some(orientation), Some(&noise)),
                7 => written(&photo(24, 16).into(), ImageFormat::Png),
                _ => written(&photo(24, 16).into(), ImageFormat::WebP),
            };
            for (place, byte) in file.iter_mut().skip(at).zip(noise.iter().take(8)) {
                *place = *byte;
            }
            file
        };
        if let Ok(facts) = facts(&bytes) {
            let _ = placeholder(&bytes, &facts);
            let _ = encode(&bytes, &all(&plan(&path("x"), &facts, &Settings::default())));
        }
    }
}

#[test]
fn a_photograph_cut_short_is_damaged() {
    let whole = jpeg(&photo(300, 200), Some(1), None);
    assert!(facts(&whole).is_ok());
    for length in [whole.len() - 2, whole.len() / 2, whole.len() / 4] {
        let error = facts(&whole[..length]).unwrap_err();
        assert_eq!(error.to_string(), "damaged JPEG: unexpected end of file");
    }
    // Some cameras write more after the end.
    assert!(facts(&[whole, vec![0; 40]].concat()).is_ok());
}
