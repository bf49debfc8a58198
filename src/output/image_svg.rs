//! The size of an SVG, from its root element alone.

use quick_xml::Reader;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;

/// Reads `width` and `height` of the root element, or the `viewBox` where they are missing or relative (`100%`, `10em`).
///
/// Gives pixels, rounded; none where the picture has no size of its own. Of the CSS units `px`, `pt`, `pc`, `in`, `cm`, `mm` and `Q` are
/// converted (CSS Values 4 §6.2).
///
/// # Errors
/// What is wrong, where this is no well-formed XML up to its root element, or its root element is not `svg`.
pub fn size(bytes: &[u8]) -> Result<Option<(u32, u32)>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the SVG is not UTF-8".to_owned())?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    loop {
        match reader.read_event() {
            Ok(Event::Start(root) | Event::Empty(root)) => return of_root(&root),
            Ok(Event::Eof) => return Err("no <svg> element in it".to_owned()),
            Ok(_) => {}
            Err(error) => return Err(format!("the SVG is not well-formed: {error}")),
        }
    }
}

fn of_root(root: &BytesStart) -> Result<Option<(u32, u32)>, String> {
    if root.local_name().as_ref() != "svg" {
        return Err(format!("its root element is <{}>, not <svg>", root.local_name().as_ref()));
    }
    let (mut width, mut height, mut view_box) = (None, None, None);
    for attribute in root.attributes() {
        let attribute = attribute.map_err(|error| format!("the SVG is not well-formed: {error}"))?;
        let value = &*attribute.value;
        match attribute.key.as_ref() {
            "width" => width = length(value),
            "height" => height = length(value),
            "viewBox" => view_box = extent(value),
            _ => {}
        }
    }
    Ok(match (width, height, view_box) {
        (Some(width), Some(height), _) | (None, None, Some((width, height))) => pixels(width, height),
        // One of them and a ratio make the other.
        (Some(width), None, Some((w, h))) => pixels(width, width * h / w),
        (None, Some(height), Some((w, h))) => pixels(height * w / h, height),
        _ => None,
    })
}

/// A length in pixels; none where it is relative or no length at all.
fn length(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text.find(|c: char| c.is_ascii_alphabetic() && c != 'e' && c != 'E' || c == '%').unwrap_or(text.len());
    let per_unit = match &text[end..] {
        "" | "px" => 1.0,
        "pt" => 96.0 / 72.0,
        "pc" => 16.0,
        "in" => 96.0,
        "cm" => 96.0 / 2.54,
        "mm" => 96.0 / 25.4,
        "Q" => 96.0 / 101.6,
        _ => return None,
    };
    text[..end].trim().parse::<f64>().ok().map(|number| number * per_unit).filter(|length| is_extent(*length))
}

/// Width and height of a `viewBox`: the last two of its four numbers.
fn extent(text: &str) -> Option<(f64, f64)> {
    let numbers: Vec<f64> = text
        .split([' ', ',', '\t', '\r', '\n'])
        .filter(|part| !part.is_empty())
        .map_while(|part| part.parse().ok())
        .collect();
    match numbers[..] {
        [_, _, width, height] if is_extent(width) && is_extent(height) => Some((width, height)),
        _ => None,
    }
}

fn is_extent(number: f64) -> bool {
    number.is_finite() && number > 0.0
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
fn pixels(width: f64, height: f64) -> Option<(u32, u32)> {
    let whole = |length: f64| (length <= f64::from(u32::MAX)).then(|| length.round().max(1.0) as u32);
    Some((whole(width)?, whole(height)?))
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn reads_attributes_and_view_box() {
        let svg = |attributes: &str| size(format!("<svg xmlns='http://www.w3.org/2000/svg' {attributes}/>").as_bytes());
        assert_eq!(svg("width='300' height='200px'"), Ok(Some((300, 200))));
        assert_eq!(svg("width='1in' height='25.4mm'"), Ok(Some((96, 96))));
        assert_eq!(svg("viewBox='0 0 30.4 20'"), Ok(Some((30, 20))));
        assert_eq!(svg("viewBox='0,0,30,20' width='60'"), Ok(Some((60, 40))));
        assert_eq!(svg("viewBox='0 0 30 20' width='100%' height='100%'"), Ok(Some((30, 20))));
        assert_eq!(svg("viewBox='0 0 30 20' width='10em'"), Ok(Some((30, 20))));
        assert_eq!(svg("width='1e2' height='7'"), Ok(Some((100, 7))));
        assert_eq!(svg("width='-5' height='0' viewBox='0 0 0 nan'"), Ok(None));
        assert_eq!(svg(""), Ok(None));
        assert_eq!(svg("width='1e300' height='1'"), Ok(None));
    }

    #[test]
    fn skips_what_stands_before_the_root() {
        let text = "\u{feff}<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'b'>]><!-- <svg width='1'> -->\n<s:svg xmlns:s='x' width='3' height='4'>";
        assert_eq!(size(text.as_bytes()), Ok(Some((3, 4))));
    }

    #[test]
    fn refuses_what_is_no_svg() {
        assert!(size(b"<html></html>").is_err_and(|e| e.contains("<html>")));
        assert!(size(b"").is_err());
        assert!(size(b"\xff\xfe").is_err());
        assert!(size(b"<svg width=>").is_err());
    }
}
