//! Takes the metadata out of a JPEG or PNG file and leaves the compressed pixels as they are: where a file is small already, encoding it
//! anew would make it larger and worse.

use crate::edition::image::Format;

/// The PNG chunks that say how the picture looks (PNG 3 §11); all others (text, EXIF, time, private ones) go.
const LOOKS: [&[u8; 4]; 11] =
    [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT"];

/// The file without EXIF, XMP, IPTC, comments, thumbnails and whatever hangs on behind the picture (phones append films). Colour profiles stay.
/// None for other formats, for ink colours (CMYK), which not every program shows, and for a file whose structure is not sound all the way.
pub(super) fn without_metadata(bytes: &[u8], format: Format) -> Option<Vec<u8>> {
    match format {
        Format::Jpeg => jpeg(bytes),
        Format::Png => png(bytes),
        _ => None,
    }
}

/// Chunks: length, type, data, checksum.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    let mut rest = bytes.strip_prefix(SIGNATURE)?;
    let mut kept = SIGNATURE.to_vec();
    loop {
        let length = usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?;
        let chunk = rest.get(..length.checked_add(12)?)?;
        let kind = chunk.get(4..8)?;
        if LOOKS.iter().any(|looks| looks.as_slice() == kind) {
            kept.extend(chunk);
        }
        if kind == b"IEND" {
            return Some(kept);
        }
        rest = rest.get(chunk.len()..)?;
    }
}

/// Segments (ITU-T T.81 §B.1.1): a marker, and mostly a length and data; behind each start of scan, compressed data up to the next marker.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    const START: [u8; 2] = [0xff, 0xd8];
    const END: [u8; 2] = [0xff, 0xd9];
    let mut rest = bytes.strip_prefix(&START)?;
    let mut kept = START.to_vec();
    loop {
        rest = rest.strip_prefix(&[0xff])?;
        while let Some(after_fill) = rest.strip_prefix(&[0xff]) {
            rest = after_fill;
        }
        let (marker, after) = rest.split_first()?;
        if *marker == END[1] {
            kept.extend(END);
            return Some(kept);
        }
        let length = usize::from(u16::from_be_bytes(*after.first_chunk()?));
        let segment = after.get(..length)?;
        let data = segment.get(2..)?;
        rest = after.get(length..)?;
        // A frame's header, and its number of components.
        if matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) && data.get(5) == Some(&4) {
            return None;
        }
        if says_how_it_looks(*marker, data) {
            kept.extend([0xff, *marker]);
            kept.extend(segment);
        }
        if *marker == 0xda {
            let scan =
                rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff))?;
            kept.extend(rest.get(..scan)?);
            rest = rest.get(scan..)?;
        }
    }
}

fn says_how_it_looks(marker: u8, data: &[u8]) -> bool {
    match marker {
        // JFIF without a thumbnail.
        0xe0 => data.starts_with(b"JFIF\0") && data.len() == 14,
        0xe2 => data.starts_with(b"ICC_PROFILE\0"),
        // Which colour model the three or four channels are.
        0xee => data.starts_with(b"Adobe"),
        // The other application segments, and comments.
        0xe1 | 0xe3..=0xed | 0xef | 0xfe => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_looks_of_a_jpeg() {
        let jpeg = |parts: &[&[u8]]| parts.concat();
        let file = jpeg(&[
            b"\xff\xd8",
            b"\xff\xe1\x00\x08Exif\0\0",
            b"\xff\xe2\x00\x10ICC_PROFILE\0\x01\x01",
            b"\xff\xe2\x00\x06MPF\0",
            b"\xff\xff\xee\x00\x07Adobe",
            b"\xff\xfe\x00\x04hi",
            b"\xff\xdb\x00\x04\xff\xd9",
            b"\xff\xda\x00\x03\x01scan\xff\x00\xff\xd3more",
            b"\xff\xc4\x00\x03t",
            b"\xff\xda\x00\x03\x01again",
            b"\xff\xd9",
            b"a film",
        ]);
        let kept = jpeg(&[
            b"\xff\xd8",
            b"\xff\xe2\x00\x10ICC_PROFILE\0\x01\x01",
            b"\xff\xee\x00\x07Adobe",
            b"\xff\xdb\x00\x04\xff\xd9",
            b"\xff\xda\x00\x03\x01scan\xff\x00\xff\xd3more",
            b"\xff\xc4\x00\x03t",
            b"\xff\xda\x00\x03\x01again",
            b"\xff\xd9",
        ]);
        assert_eq!(without_metadata(&file, Format::Jpeg), Some(kept.clone()));
        assert_eq!(without_metadata(&kept, Format::Jpeg), Some(kept.clone()));
        assert_eq!(without_metadata(b"\xff\xd8\xff\xc0\x00\x08\x08\0\x01\0\x01\x04\xff\xd9", Format::Jpeg), None);
        for end in 0..kept.len() {
            assert_eq!(without_metadata(&kept[..end], Format::Jpeg), None, "cut at {end}");
        }
    }

    #[test]
    fn keeps_the_looks_of_a_png() {
        let chunk = |kind: &[u8; 4], data: &[u8]| {
            [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], kind, data, b"crc!"].concat()
        };
        let looks = [chunk(b"IHDR", b"13"), chunk(b"iCCP", b""), chunk(b"IDAT", b"pixels"), chunk(b"IEND", b"")];
        let file = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            looks[0].clone(),
            chunk(b"tEXt", b"secret"),
            looks[1].clone(),
            chunk(b"eXIf", b"place"),
            looks[2].clone(),
            looks[3].clone(),
            b"more".to_vec(),
        ];
        let kept = [b"\x89PNG\r\n\x1a\n".to_vec(), looks.concat()].concat();
        assert_eq!(without_metadata(&file.concat(), Format::Png), Some(kept.clone()));
        for end in 0..kept.len() {
            assert_eq!(without_metadata(&kept[..end], Format::Png), None, "cut at {end}");
        }
        assert_eq!(without_metadata(&kept, Format::WebP), None);
    }
}
