//! Slugs: the short lower-case names that stand in addresses and heading ids.

use unicode_normalization::UnicodeNormalization;

/// A slug: lower-case letters, digits and single hyphens, never empty, never at the ends a hyphen.
///
/// Letters of every script are kept (`日本語` stays), because transliterating whole words of Chinese or Arabic helps nobody;
/// Latin letters lose their accents (`Café` becomes `cafe`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(Box<str>);

impl Slug {
    /// Makes a slug of any text; `None` where the text has no letter and no digit.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let slug = slugify(text);
        (!slug.is_empty()).then(|| Self(slug.into_boxed_str()))
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Slug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `text` could be an exact slug as a person writes it into front matter: letters, digits, `-`, `_`, `.`, `~`, but neither
/// `.` nor `..` nor a slash.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text != "."
        && text != ".."
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '~'))
}

/// Lower-cases, drops accents of Latin letters, and joins what is left by hyphens. Pure ASCII, by far the most frequent, takes a short way.
fn slugify(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    let push = |c: char, gap: &mut bool, out: &mut String| {
        if c.is_alphanumeric() {
            if *gap && !out.is_empty() {
                out.push('-');
            }
            *gap = false;
            out.extend(c.to_lowercase());
        } else if !matches!(c, '\'' | '’') {
            *gap = true;
        }
    };
    if text.is_ascii() {
        for c in text.chars() {
            push(c, &mut gap, &mut out);
        }
        return out;
    }
    for c in text.nfc() {
        if is_latin_beyond_ascii(c) {
            for c in deunicode::deunicode_char(c).unwrap_or("").chars() {
                push(c, &mut gap, &mut out);
            }
        } else {
            push(c, &mut gap, &mut out);
        }
    }
    out
}

/// Latin-1 letters, Latin Extended-A and -B, Latin Extended Additional.
fn is_latin_beyond_ascii(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_letters_of_every_script() {
        let s = |t| Slug::from_text(t).map(|s| s.to_string());
        assert_eq!(s("Hello, World!").as_deref(), Some("hello-world"));
        assert_eq!(s("Café Ærø").as_deref(), Some("cafe-aero"));
        assert_eq!(s("日本語 の 本").as_deref(), Some("日本語-の-本"));
        assert_eq!(s("don't").as_deref(), Some("dont"));
        assert_eq!(s("--- !").as_deref(), None);
        assert!(is_slug("a.b_c") && !is_slug("..") && !is_slug("a/b") && !is_slug(""));
    }
}
