//! One line of text for a header field of a mail: whatever it was made of, nothing in it ends the field (RFC 5322 §2.2).

use std::fmt;

/// Text without line ends, without any other control character and without characters that turn the direction of what follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HeaderText(Box<str>);

impl HeaderText {
    /// Makes one of any text: white space and control characters, however many, become one space; none is left at the ends. What looks like an encoded word (RFC 2047 §2) is kept from
    /// being decoded by whoever reads it: somebody wrote it so.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut line = String::with_capacity(text.len());
        let mut gap = false;
        for c in text.chars().filter(|c| !turns(*c)) {
            if c.is_whitespace() && !is_no_break(c) || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
                gap = !line.is_empty();
                continue;
            }
            if std::mem::take(&mut gap) {
                line.push(' ');
            }
            if c == '?' && line.ends_with('=') {
                line.push(JOINER);
            }
            line.push(c);
        }
        // A no-break space holds words together; at an end there is nothing to hold.
        Self(line.trim().into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Takes no room, and holds together what it stands between: `=?` with it inside begins no encoded word.
const JOINER: char = '\u{2060}';

/// Spaces that belong to what they stand in: `12 %`, « tiré ».
fn is_no_break(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{202f}')
}

/// Whether a character embeds, overrides or isolates a direction (UAX #9 §2): a stranger's name could turn around what is written after it.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for HeaderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINE_SEPARATOR: char = '\u{2028}';

    #[test]
    fn one_line() {
        let line = |text: &str| HeaderText::new(text).to_string();
        assert_eq!(line(" Hello\r\nBcc: all@example.com \u{0}"), "Hello Bcc: all@example.com");
        assert_eq!(line("gpj.\u{202e}exe"), "gpj.exe");
        assert_eq!(line("=?utf-8?q?x=0D=0A?= = ? a=?"), "=\u{2060}?utf-8?q?x=0D=0A?= = ? a=\u{2060}?");
        assert_eq!(line("« à demain »\u{2028}né\u{301}"), "« à demain » né\u{301}");
        assert!(HeaderText::new("\u{b}\t\u{a0}").is_empty());
    }

    proptest! {
        #[test]
        fn of_any_text(text in any::<String>()) {
            let line = HeaderText::new(&text);
            let ends = |c: char| c.is_control() || c == LINE_SEPARATOR;
            prop_assert!(!line.as_str().contains(ends));
            prop_assert_eq!(line.as_str().trim(), line.as_str());
            prop_assert_eq!(&HeaderText::new(line.as_str()), &line);
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(letters(line.as_str()), letters(&text));
        }
    }
}
