//! The pattern that an issue's first subject is made after: `{name} {number}: {title}`.

use std::fmt;

/// A subject with fields in it: one line, never empty, every `{…}` a field that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectPattern(Box<str>);

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectError {
    /// Nothing stands in it.
    Empty,
    /// A line break or another control character: a subject is one line.
    Control,
    /// There is no field of that name.
    Unknown(Box<str>),
}

/// What the fields become.
#[derive(Clone, Copy, Debug)]
pub struct SubjectFields<'a> {
    /// What the newsletter is called.
    pub name: &'a str,
    /// The number.
    pub number: u32,
    /// The title of its first post; may be empty.
    pub title: &'a str,
    /// Its day, in the words of the site's language: `15 November 2026`.
    pub date: &'a str,
}

impl SubjectPattern {
    /// The fields that there are.
    pub const FIELDS: [&'static str; 4] = ["name", "number", "title", "date"];

    /// Reads a pattern.
    ///
    /// # Errors
    /// A [`SubjectError`] where it is empty, has more than one line, or names a field that there is not.
    pub fn parse(text: &str) -> Result<Self, SubjectError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SubjectError::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(SubjectError::Control);
        }
        for (_, field) in parts(text) {
            if let Some(field) = field.filter(|field| !Self::FIELDS.contains(field)) {
                return Err(SubjectError::Unknown(field.into()));
            }
        }
        Ok(Self(text.into()))
    }

    /// The subject. Where there is no title, what joins it to the rest goes with it.
    #[must_use]
    pub fn fill(&self, fields: SubjectFields<'_>) -> String {
        let mut out = String::new();
        for (text, field) in parts(&self.0) {
            out.push_str(text);
            match field {
                Some("name") => out.push_str(fields.name),
                Some("number") => out.push_str(&fields.number.to_string()),
                Some("title") => out.push_str(fields.title),
                Some("date") => out.push_str(fields.date),
                _ => {}
            }
        }
        let joint = |c: char| c.is_whitespace() || matches!(c, ':' | '–' | '—' | '-' | '·' | '|' | ',');
        if fields.title.is_empty() { out.trim_matches(joint).to_owned() } else { out.trim().to_owned() }
    }
}

impl Default for SubjectPattern {
    fn default() -> Self {
        Self("{name} {number}: {title}".into())
    }
}

impl fmt::Display for SubjectPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text before each field, and the field; last the text after the last one. A brace that closes nothing, or is not closed, is text.
fn parts(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, field, after)) = rest
        .split_once('{')
        .and_then(|(before, rest)| rest.split_once('}').map(|(field, after)| (before, field, after)))
    {
        parts.push((before, Some(field)));
        rest = after;
    }
    parts.push((rest, None));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_filled() {
        let fill = |pattern: &str, title| {
            let fields = SubjectFields { name: "Notes", number: 7, title, date: "15 November 2026" };
            SubjectPattern::parse(pattern).unwrap().fill(fields)
        };
        assert_eq!(fill("{name} {number}: {title}", "Hello"), "Notes 7: Hello");
        assert_eq!(fill("{name} {number}: {title}", ""), "Notes 7");
        assert_eq!(fill("{title} · {date}", ""), "15 November 2026");
        assert_eq!(fill("{title", "Hello"), "{title");
        assert_eq!(SubjectPattern::parse("{titel}"), Err(SubjectError::Unknown("titel".into())));
        assert_eq!(SubjectPattern::parse(" "), Err(SubjectError::Empty));
        assert_eq!(SubjectPattern::parse("a\nb"), Err(SubjectError::Control));
        assert_eq!(SubjectPattern::parse("{name} {number}: {title}"), Ok(SubjectPattern::default()));
    }
}
