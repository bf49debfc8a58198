//! Text made safe for HTML and XML.

use percent_encoding::AsciiSet;
use percent_encoding::CONTROLS;

/// What may not stand in an address (RFC 3986 §2), as CommonMark's reference encodes it. `%` stays: addresses are written encoded already.
const HREF: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Appends `text` for use between tags: `&`, `<` and `>` become entities, control characters that HTML forbids U+FFFD.
pub fn text(text: &str, out: &mut String) {
    escape::<false>(text, out);
}

/// Appends `text` for use in a double-quoted attribute (or between tags): as [`text`], and `"`.
pub fn attribute(text: &str, out: &mut String) {
    escape::<true>(text, out);
}

/// Appends an address for use in a double-quoted attribute; what may not stand in one is percent-encoded.
pub fn href(address: &str, out: &mut String) {
    let plain = |b: u8| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b':' | b'#' | b'?' | b'=' | b'%' | b'~');
    if address.bytes().all(plain) {
        out.push_str(address);
        return;
    }
    for piece in percent_encoding::utf8_percent_encode(address, HREF) {
        attribute(piece, out);
    }
}

fn escape<const QUOTES: bool>(text: &str, out: &mut String) {
    let mut done = 0;
    for (at, b) in text.bytes().enumerate() {
        if !SPECIAL[b as usize] {
            continue;
        }
        let replacement = match b {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' if QUOTES => "&quot;",
            b'"' => continue,
            _ => "\u{fffd}",
        };
        out.push_str(&text[done..at]);
        out.push_str(replacement);
        done = at + 1;
    }
    out.push_str(&text[done..]);
}

/// `& < > "` and the control characters, but not tab and line ends.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut at = 0;
    while at < 32 {
        special[at] = !matches!(at as u8, b'\t' | b'\n' | b'\r');
        at += 1;
    }
    special[b'&' as usize] = true;
    special[b'<' as usize] = true;
    special[b'>' as usize] = true;
    special[b'"' as usize] = true;
    special[0x7f] = true;
    special
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways() {
        let with = |f: fn(&str, &mut String), given| {
            let mut out = String::new();
            f(given, &mut out);
            out
        };
        assert_eq!(with(text, "a<b & \"c\"\0"), "a&lt;b &amp; \"c\"\u{fffd}");
        assert_eq!(with(attribute, "a<b & \"c\""), "a&lt;b &amp; &quot;c&quot;");
        assert_eq!(with(href, "https://e.com/ä b?a=1&b=%20[\"]"), "https://e.com/%C3%A4%20b?a=1&amp;b=%20%5B%22%5D");
    }
}
