//! How heavy the HTML of a mail is, and which part of it is. Gmail shows no more than about 102,000 octets and hides the rest, the link to leave among it.

/// No HTML part should be heavier, in octets as it is sent.
pub const LIMIT: usize = 100_000;

/// Octets of a text as quoted-printable (RFC 2045 §6.7), within one in a hundred: where lines are broken is not looked at.
#[must_use]
pub fn octets(text: &str) -> usize {
    let plain = text
        .bytes()
        .map(|b| if b == b'=' || !(b.is_ascii_graphic() || matches!(b, b' ' | b'\n' | b'\t')) { 3 } else { 1 });
    let sum: usize = plain.sum();
    // A soft break after 73 characters or so, and CR before LF.
    sum + sum / 73 * 3 + text.matches('\n').count()
}

/// What parts of `html` weigh: part `n` begins where the address `urls[n]` is first linked to, and ends where the next one begins; the last one at `end`, an address too. Zero for one that is linked to nowhere.
#[must_use]
pub fn of_parts(html: &str, urls: &[&str], end: Option<&str>) -> Vec<usize> {
    let place = |url: &str| {
        let linked = format!("href=\"{}", url.replace('&', "&amp;"));
        let ends = |at: &usize| html[*at + linked.len()..].starts_with(['"', '?', '#', '&']);
        html.match_indices(&linked).map(|(at, _)| at).find(ends)
    };
    let places: Vec<Option<usize>> = urls.iter().map(|url| place(url)).collect();
    let last = places.iter().flatten().max().copied().unwrap_or_default();
    let end = end
        .and_then(|url| Some(last + html[last..].find(&format!("href=\"{}", url.replace('&', "&amp;")))?))
        .unwrap_or(html.len());
    let next = |at: usize| places.iter().flatten().copied().filter(|other| *other > at).min().unwrap_or(end);
    places.iter().map(|place| place.map_or(0, |at| octets(&html[at..next(at)]))).collect()
}

#[cfg(test)]
mod tests {
    use lettre::message::Body;
    use lettre::message::header::ContentTransferEncoding;

    use super::*;

    #[test]
    fn octets_are_those_of_the_encoded_part() {
        for text in ["<p style=\"a:b\">".repeat(200), "日本語の手紙\n".repeat(90), "a\n".repeat(300), String::new()]
        {
            let encoded =
                Body::new_with_encoding(text.clone(), ContentTransferEncoding::QuotedPrintable).unwrap().len();
            assert!(octets(&text).abs_diff(encoded) * 50 <= encoded, "{} {encoded}", octets(&text));
        }
    }

    #[test]
    fn parts_reach_to_the_next_one() {
        let html = "<a href=\"https://e.com/a/b/\">0</a><a href=\"https://e.com/a/?x=1&amp;y\">1</a>123<a href=\"https://e.com/b/\">2</a><a href=\"https://e.com/end/\">";
        let parts =
            of_parts(html, &["https://e.com/a/", "https://e.com/b/", "https://e.com/c/"], Some("https://e.com/end/"));
        let first =
            html.find("<a href=\"https://e.com/b/").unwrap() - html.find("<a href=\"https://e.com/a/?").unwrap();
        assert!(parts[0] >= first && parts[0] <= first + 12, "{parts:?}");
        assert!(parts[1] > 20 && parts[1] < 45 && parts[2] == 0, "{parts:?}");
    }
}
