//! Lines of at most 72 columns. Width is what a terminal shows: two columns for a Chinese character, none for a combining mark.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::edition::mail::plain::COLUMNS;

/// The line that begins a signature: mail programs show what follows in grey. Its space at the end belongs to it.
const SIGNATURE: &str = "-- ";

/// Columns of a text on one line.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// Makes what a template wrote fit to be read: lines are at most 72 columns wide, lists and quotes stay lists and quotes where they are broken, no line ends in spaces, no two
/// empty lines follow each other, and the last line has an end.
#[must_use]
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut gap = false;
    for line in text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)) {
        let shown = if line == SIGNATURE { line } else { line.trim_end() };
        if shown.is_empty() {
            gap = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            out.push('\n');
        }
        if width(shown) <= COLUMNS {
            out.push_str(shown);
            out.push('\n');
            continue;
        }
        let (quotes, lead) = lead(shown);
        let rest = shown[..quotes].to_owned() + &" ".repeat(width(&shown[quotes..lead]));
        fold(&shown[lead..], &shown[..lead], &rest, &mut out);
    }
    out
}

/// Bytes of what stands before the text of a line: spaces and marks of quotes, and with the mark of a list.
fn lead(line: &str) -> (usize, usize) {
    let quotes = line.len() - line.trim_start_matches([' ', '>']).len();
    let rest = &line[quotes..];
    let mark = rest.split_inclusive(' ').next().unwrap_or_default();
    let is_number = |text: &str| !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    let inner = mark.trim_end();
    let is_mark = matches!(inner, "-" | "*" | "•" | "|")
        || inner.strip_suffix('.').is_some_and(is_number)
        || inner.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).is_some_and(is_number);
    (quotes, if is_mark && mark.ends_with(' ') { quotes + mark.len() } else { quotes })
}

/// Appends a paragraph in lines that begin with `rest`, the first one with `first`. A `\n` in it begins a line anew; a word that is too long stands on a line of its own.
pub fn fold(text: &str, first: &str, rest: &str, out: &mut String) {
    let mut prefix = first;
    for line in text.split('\n') {
        let mut column = width(prefix);
        out.push_str(prefix);
        let mut empty = true;
        for piece in pieces(line) {
            let wide = width(piece.text);
            let gap = usize::from(piece.space && !empty);
            if !empty && column + gap + wide > COLUMNS {
                out.push('\n');
                out.push_str(rest);
                column = width(rest);
            } else if gap > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(piece.text);
            column += wide;
            empty = false;
        }
        let end = out.trim_end_matches(' ').len();
        out.truncate(end);
        out.push('\n');
        prefix = rest;
    }
}

/// What no line end may come into.
struct Piece<'t> {
    text: &'t str,
    /// Whether a space stands before it.
    space: bool,
}

/// Parts a line where it may be broken: at spaces, and between the characters of scripts that have none.
fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut space, mut before) = (0, false, "");
    for (at, grapheme) in line.grapheme_indices(true) {
        let is_space = matches!(grapheme, " " | "\t");
        if is_space || may_break(before, grapheme) {
            if at > start {
                pieces.push(Piece { text: &line[start..at], space });
                space = false;
            }
            start = at;
        }
        if is_space {
            space = true;
            start = at + grapheme.len();
        }
        before = if is_space { "" } else { grapheme };
    }
    if start < line.len() {
        pieces.push(Piece { text: &line[start..], space });
    }
    pieces
}

/// Whether a line may end between two graphemes without a space: where one of them is of a script without spaces, and neither is bound to the other.
fn may_break(before: &str, after: &str) -> bool {
    let (Some(last), Some(first)) = (before.chars().next(), after.chars().next()) else { return false };
    (is_unspaced(last) || is_unspaced(first)) && !opens(last) && !closes(first)
}

/// Whether texts in this script are written without spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{ff01}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether no line may end after it (JIS X 4051 §6, CLREQ §3.1.3).
fn opens(c: char) -> bool {
    "([{（〔［｛〈《「『【〘〖〝‘“｟«".contains(c)
}

/// Whether no line may begin with it.
fn closes(c: char) -> bool {
    const CLOSING: &str = ")]}）〕］｝〉》」』】〙〗〟’”｠»、。，．・：；？！!?,.:;%％‰°ー々〻ゝゞヽヾ‐゠–〜～…‥ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶｧｨｩｪｫｯｬｭｮｰ､｡･｣";
    CLOSING.contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str, first: &str, rest: &str) -> String {
        let mut out = String::new();
        fold(text, first, rest, &mut out);
        out
    }

    /// What the eye sees of a text.
    fn ink(text: &str) -> String {
        text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\n')).collect()
    }

    #[test]
    fn breaks_at_spaces_and_between_ideographs() {
        let words = "word ".repeat(20);
        let lines = folded(&words, "- ", "  ");
        assert_eq!(lines.lines().map(width).collect::<Vec<_>>(), [71, 31]);
        assert!(lines.starts_with("- word") && lines.contains("\n  word"), "{lines}");
        let japanese = folded(&"読者への約束。".repeat(8), "", "");
        assert_eq!(japanese.lines().map(width).collect::<Vec<_>>(), [72, 40]);
        let held = folded(&format!("{}。", "約".repeat(36)), "", "");
        assert!(held.lines().all(|line| !line.starts_with('。')), "{held}");
        let address = format!("see https://example.com/{} now", "x".repeat(80));
        assert!(folded(&address, "", "").contains(&format!("\nhttps://example.com/{}\nnow\n", "x".repeat(80))));
        assert_eq!(folded("10\u{a0}% of it\nand more", "> ", "> "), "> 10\u{a0}% of it\n> and more\n");
    }

    #[test]
    fn what_a_template_wrote() {
        let words = "word ".repeat(20);
        let text = format!("\n\nHello   \n\n\n- {words}\n> {words}\n[12] {words}\n\n-- \nMe");
        let tidied = tidy(&text);
        assert!(tidied.starts_with("Hello\n\n- word") && tidied.ends_with("\n\n-- \nMe\n"), "{tidied}");
        assert!(
            tidied.contains("\n  word") && tidied.contains("\n> word") && tidied.contains("\n     word"),
            "{tidied}"
        );
        assert_eq!(tidy(""), "");
    }

    proptest! {
        #[test]
        fn no_text_is_lost_and_no_line_too_long(text in "([a-zäß]{1,12}|[読者約束、。]{1,9}|[אבג]{2,9}|😀|👩‍👩‍👧|[ ]{1,3}|> |- |\n){0,60}") {
            let tidied = tidy(&text);
            let all = |text: &str| ink(text).replace('>', "");
            prop_assert_eq!(all(&tidied), all(&text));
            prop_assert!(tidied.lines().all(|line| width(line) <= COLUMNS), "{}", tidied);
            prop_assert_eq!(tidy(&tidied), tidied);
        }

        #[test]
        fn any_text(text in any::<String>()) {
            let folded = folded(&text, "", "");
            prop_assert_eq!(ink(&folded), ink(&text));
            for line in folded.lines().filter(|line| width(line) > COLUMNS) {
                prop_assert!(pieces(line).len() <= 1, "{:?}", line);
            }
        }
    }
}
