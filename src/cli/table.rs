//! Rows in aligned columns, for people.

use unicode_width::UnicodeWidthChar;
use unicode_width::UnicodeWidthStr;

/// Two spaces between columns; the last column is not padded. Widths are of cells on the terminal: a Chinese character takes two.
pub(in crate::cli) fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + 2 - cell.width()));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// At most `most` cells wide; what is cut off is an ellipsis.
pub(in crate::cli) fn clipped(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut width = 0;
    for c in text.chars() {
        let own = c.width().unwrap_or(0);
        if width + own > most.saturating_sub(1) {
            break;
        }
        width += own;
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out + "…"
}

/// Tabs, line breaks and control characters, which would break lines and columns or drive the terminal, become spaces.
pub(in crate::cli) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_not_characters() {
        let row = |a: &str, b: &str, c: &str| [a.to_owned(), b.to_owned(), c.to_owned()];
        let text = aligned(&[row("日本", "a", "x"), row("abc", "é", ""), row("", "", "z")]);
        assert_eq!(text, "日本  a  x\nabc   é\n         z\n");
        assert_eq!(aligned::<2>(&[]), "");
    }

    #[test]
    fn clipping() {
        assert_eq!(clipped("short", 5), "short");
        assert_eq!(clipped("a longer text", 9), "a longer…");
        assert_eq!(clipped("日本語の本", 5), "日本…");
        assert_eq!(plain("a\tb\u{1b}[31m"), "a b [31m");
    }
}
