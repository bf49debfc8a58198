//! Permalink patterns: `/posts/{slug}/`, `/{year}/{month}/{slug}/`, `/{path}/`.

use std::fmt;

use crate::diagnostic::suggest;

/// A checked pattern for the addresses of one kind of page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

/// What a pattern may ask of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Year of the date, four digits.
    Year,
    /// Month, two digits.
    Month,
    /// Day of the month, two digits.
    Day,
    /// The slug.
    Slug,
    /// The slug of the first category; `uncategorized` where there is none.
    Category,
    /// The path below the collection's folder, without extension and without `index`.
    Path,
    /// The collection's id.
    Collection,
}

const FIELDS: [(&str, Field); 7] = [
    ("year", Field::Year),
    ("month", Field::Month),
    ("day", Field::Day),
    ("slug", Field::Slug),
    ("category", Field::Category),
    ("path", Field::Path),
    ("collection", Field::Collection),
];

/// Why a text is no pattern: the message and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Pattern {
    /// Reads a pattern in which only `allowed` fields may stand, one of them `{slug}` or `{path}`.
    ///
    /// # Errors
    /// [`PatternError`] for a missing leading slash, `..`, an unknown or unfitting field, or no field that tells pages apart.
    pub fn parse(text: &str, allowed: &[Field]) -> Result<Self, PatternError> {
        let fail = |message: String, hint: Option<String>| Err(PatternError { message, hint });
        if !text.starts_with('/') {
            return fail("a permalink begins with `/`".into(), Some(format!("write \"/{text}\"")));
        }
        if text.split('/').any(|segment| segment == "..") {
            return fail("a permalink cannot contain `..`".into(), None);
        }
        if text.contains(['?', '#']) {
            return fail("a permalink has neither `?` nor `#`".into(), None);
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            let Some(close) = rest[open..].find('}') else {
                return fail("a `{` without its `}`".into(), None);
            };
            let name = &rest[open + 1..open + close];
            let names = FIELDS.iter().filter(|(_, field)| allowed.contains(field)).map(|(name, _)| *name);
            match FIELDS.iter().find(|(known, field)| *known == name && allowed.contains(field)) {
                Some((_, field)) => parts.push(Part::Field(*field)),
                None => {
                    let known: Vec<String> = names.clone().map(|name| format!("{{{name}}}")).collect();
                    let hint = suggest::did_you_mean(name, names);
                    return fail(
                        format!("unknown field `{{{name}}}`"),
                        hint.or(Some(format!("known here: {}", known.join(", ")))),
                    );
                }
            }
            rest = &rest[open + close + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let tells_apart = |part: &Part| matches!(part, Part::Field(Field::Slug | Field::Path));
        if !parts.iter().any(tells_apart) {
            let wanted = if allowed.contains(&Field::Path) { "{slug} or {path}" } else { "{slug}" };
            return fail(
                format!("without {wanted} all pages would have the same address"),
                Some("add {slug} to the pattern".into()),
            );
        }
        Ok(Self(parts))
    }

    /// Fills the pattern in; `field` gives each field's text. The result has no leading slash.
    pub fn fill<'a>(&self, mut field: impl FnMut(Field) -> std::borrow::Cow<'a, str>) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field(name) => out.push_str(&field(*name)),
            }
        }
        out.trim_start_matches('/').to_owned()
    }

    /// Whether the pattern asks for that field.
    #[must_use]
    pub fn asks(&self, field: Field) -> bool {
        self.0.contains(&Part::Field(field))
    }

    /// The text before the first field, without slashes at its ends: where the list of all these pages would stand (`posts`, `tags`).
    #[must_use]
    pub fn folder(&self) -> &str {
        match self.0.first() {
            Some(Part::Text(text)) => text.rfind('/').map_or("", |slash| text[..slash].trim_matches('/')),
            _ => "",
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Field(field) => {
                    let name = FIELDS.iter().find(|(_, known)| known == field).map_or("", |(name, _)| name);
                    write!(f, "{{{name}}}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &[Field] = &[Field::Year, Field::Month, Field::Day, Field::Slug, Field::Category, Field::Path];

    #[test]
    fn fills_and_refuses() {
        let pattern = Pattern::parse("/{year}/{slug}/", POST).unwrap();
        let filled = pattern.fill(|field| if field == Field::Year { "2026".into() } else { "x".into() });
        assert_eq!(filled, "2026/x/");
        assert_eq!(pattern.to_string(), "/{year}/{slug}/");
        assert_eq!(Pattern::parse("/a/b/{slug}/", POST).unwrap().folder(), "a/b");
        let message = |text| Pattern::parse(text, POST).unwrap_err();
        assert_eq!(message("x/{slug}").message, "a permalink begins with `/`");
        assert_eq!(message("/{slg}/").hint.as_deref(), Some("did you mean `slug`?"));
        assert!(message("/posts/").message.contains("same address"));
        assert!(message("/../{slug}").message.contains(".."));
        assert!(message("/{slug").message.contains("without its"));
    }
}
