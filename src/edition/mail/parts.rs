//! The text of an issue, parted where its posts stand: what comes before them, what it says of each, what comes behind.

/// The text of an issue in its parts. All of them are HTML, or all plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::edition::mail) struct Parts {
    /// Before the first post; everything where there is none.
    pub(in crate::edition::mail) intro: String,
    /// The posts in their order.
    pub(in crate::edition::mail) posts: Vec<Part>,
}

/// A post as the text names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::edition::mail) struct Part {
    /// Which of the mentions.
    pub(in crate::edition::mail) mention: usize,
    /// What the call encloses; may be empty.
    pub(in crate::edition::mail) own: String,
    /// What stands between this post and the next one, or the end; may be empty.
    pub(in crate::edition::mail) behind: String,
}

/// A character that stands nowhere in `source`, to be put around the marks of posts.
pub(in crate::edition::mail) fn fence(source: &str) -> char {
    // The last one means something to the plain-text writer.
    ('\u{e000}'..'\u{f8ff}').rev().find(|c| !source.contains(*c)).unwrap_or('\u{f8fe}')
}

/// The marks before and behind what an issue says itself of its post of that number.
pub(in crate::edition::mail) fn marks(fence: char, post: usize) -> [String; 2] {
    [format!("<p>{fence}{post}{fence}</p>"), format!("<p>{fence}{post}/{fence}</p>")]
}

/// Parts a text in which [`marks`] stand.
pub(in crate::edition::mail) fn parted(text: &str, fence: char) -> Parts {
    let mut pieces = text.split(fence);
    let mut parts = Parts { intro: bare(pieces.next().unwrap_or_default()), posts: Vec::new() };
    while let (Some(mark), Some(piece)) = (pieces.next(), pieces.next()) {
        match (mark.strip_suffix('/'), parts.posts.last_mut()) {
            (Some(_), Some(part)) => part.behind = bare(piece),
            (Some(_), None) => {}
            (None, _) => {
                let Ok(mention) = mark.parse() else { continue };
                parts.posts.push(Part { mention, own: bare(piece), behind: String::new() });
            }
        }
    }
    parts
}

/// A piece without what is left of the paragraphs in which the marks stood, and without empty lines around it.
fn bare(piece: &str) -> String {
    let piece = piece.strip_prefix("</p>").unwrap_or(piece);
    piece.strip_suffix("<p>").unwrap_or(piece).trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_between_and_behind() {
        let fence = fence("a \u{f8fe} b");
        assert_eq!(fence, '\u{f8fd}');
        let mark = |post, own: &str| {
            let [open, close] = marks(fence, post);
            format!("{open}{own}{close}")
        };
        let text = format!("<p>1</p>\n{}\n<p>2</p>\n{}\n", mark(0, "<p>own</p>\n"), mark(3, ""));
        let part = |mention, own: &str, behind: &str| Part { mention, own: own.into(), behind: behind.into() };
        assert_eq!(
            parted(&text, fence),
            Parts { intro: "<p>1</p>".into(), posts: vec![part(0, "<p>own</p>", "<p>2</p>"), part(3, "", "")] }
        );
        let plain = format!("1\n\n{fence}0{fence}\n{fence}0/{fence}\n\n2\n");
        assert_eq!(parted(&plain, fence), Parts { intro: "1".into(), posts: vec![part(0, "", "2")] });
        assert_eq!(parted("all", fence), Parts { intro: "all".into(), posts: Vec::new() });
    }
}
