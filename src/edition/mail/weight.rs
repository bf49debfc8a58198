//! How heavy the HTML of a mail is, and which part of it is. Gmail shows no more than about 102,000 octets and hides the rest, the link to leave among it.

/// No HTML part should be heavier, in octets as it is sent.
pub const LIMIT: usize = 100_000;

/// Octets of a text as quoted-printable (RFC 2045 §6.7), or a few more: where exactly lines are broken is not looked at.
#[must_use]
pub fn octets(text: &str) -> usize {
    let is_plain = |b: &u8| *b != b'=' && (b.is_ascii_graphic() || matches!(b, b' ' | b'\t'));
    let of_line = |line: &str| {
        let written: usize = line.as_bytes().iter().map(|b| if is_plain(b) { 1 } else { 3 }).sum();
        // At most 75 characters, then a soft break of three.
        written + written.saturating_sub(1) / 75 * 3
    };
    text.split('\n').map(of_line).sum::<usize>() + text.matches('\n').count() * 2
}

/// The attribute by which the first link to each post is found again.
pub(in crate::edition::mail) const MARK: &str = "data-post";

/// What each of `count` posts weighs in `html`: from its first link, which is marked by its number, to the next post's, or to the address `end`. The first post may lack a mark:
/// then everything before the second one's is its own. Any other without a mark weighs nothing.
pub(in crate::edition::mail) fn of_posts(html: &str, count: usize, end: Option<&str>) -> Vec<usize> {
    let mut places: Vec<Option<usize>> = (0..count).map(|post| html.find(&format!(" {MARK}=\"{post}\""))).collect();
    if let Some(first) = places.first_mut() {
        first.get_or_insert(0);
    }
    let last = places.iter().flatten().max().copied().unwrap_or_default();
    let after = html.get(last..).unwrap_or_default();
    let end = end.and_then(|url| after.find(&*url.replace('&', "&amp;"))).map_or(html.len(), |at| last + at);
    let next = |at: usize| places.iter().flatten().copied().filter(|other| *other > at).min().unwrap_or(end);
    let weigh = |at: usize| html.get(at..next(at)).map_or(0, octets);
    places.iter().map(|place| place.map_or(0, weigh)).collect()
}

/// What each part weighs in `html`: from the first link to its address to that of the next part, or to the end. One that is not linked to weighs nothing.
pub(in crate::edition::mail) fn of_links(html: &str, addresses: &[&str]) -> Vec<usize> {
    let place = |address: &&str| {
        let written = format!(" href=\"{}", address.replace('&', "&amp;"));
        // Parameters and anchors may follow; another page below that address is another page.
        let is_end = |at: usize| html.get(at + written.len()..).is_some_and(|rest| rest.starts_with(['"', '?', '#']));
        html.match_indices(&written).map(|(at, _)| at).find(|at| is_end(*at))
    };
    let places: Vec<Option<usize>> = addresses.iter().map(place).collect();
    let next = |at: usize| places.iter().flatten().copied().filter(|other| *other > at).min().unwrap_or(html.len());
    places.iter().map(|at| at.and_then(|at| html.get(at..next(at))).map_or(0, octets)).collect()
}

/// `html` without marks.
pub(in crate::edition::mail) fn unmarked(html: &str) -> String {
    let mark = format!(" {MARK}=\"");
    let mut pieces = html.split(&*mark);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str(piece.split_once('"').map_or(piece, |(_, rest)| rest));
    }
    out
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
            assert!(octets(&text).abs_diff(encoded) * 50 <= encoded + 50, "{} {encoded}", octets(&text));
        }
    }

    #[test]
    fn posts_reach_to_the_next_one() {
        let html = "<a href=\"https://e.com/a/\" data-post=\"0\">0</a>1234567890<a data-post=\"2\" href=\"https://e.com/b/\">2</a><a href=\"https://e.com/end/\">";
        let weights = of_posts(html, 3, Some("https://e.com/end/"));
        assert_eq!((weights[0] > 20, weights[1], weights[2] > 40), (true, 0, true), "{weights:?}");
        let bare = unmarked(html);
        assert_eq!(bare.matches("data-post").count(), 0);
        assert!(
            bare.starts_with("<a href=\"https://e.com/a/\">0</a>1234567890<a href=\"https://e.com/b/\">2"),
            "{bare}"
        );
        assert!(of_posts(&bare, 2, None)[0] > of_posts(&bare, 2, Some("https://e.com/b/"))[0]);
    }
}
