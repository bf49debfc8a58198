//! Diagnostics for programs: one JSON object a line.

use serde::Serialize;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Place;
use crate::diagnostic::terminal::severity;

#[derive(Serialize)]
struct Line<'a> {
    severity: &'a str,
    code: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Option<JsonPlace<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<JsonPlace<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    hints: &'a [String],
}

/// Lines and columns count from 1, columns in characters; `start` and `end` are byte offsets.
#[derive(Serialize)]
struct JsonPlace<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    start: usize,
    end: usize,
    #[serde(skip_serializing_if = "str::is_empty")]
    label: &'a str,
}

/// One diagnostic as a JSON object without line breaks: `severity`, `code`, `message`, `file`, `line`, `column`, `end_line`, `end_column`,
/// `start`, `end`, `label`, `related`, `hints`.
#[must_use]
pub fn line(diagnostic: &Diagnostic) -> String {
    let line = Line {
        severity: severity(diagnostic.severity),
        code: diagnostic.code,
        message: &diagnostic.message,
        place: diagnostic.place.as_ref().map(place),
        related: diagnostic.related.iter().map(place).collect(),
        hints: &diagnostic.hints,
    };
    serde_json::to_string(&line).unwrap_or_default()
}

fn place(place: &Place) -> JsonPlace<'_> {
    let (start, end) = (place.source.position(place.span.start), place.source.position(place.span.end));
    JsonPlace {
        file: place.source.name(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        start: place.span.start,
        end: place.span.end,
        label: &place.label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::source::Source;

    #[test]
    fn one_object() {
        let source = Source::new("a.md", "xy\nz");
        let text = line(&Diagnostic::warning("w", "m \"q\"").at(&source, 0..4).hint("h"));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&value["line"], &value["end_line"], &value["end_column"]), (&1.into(), &2.into(), &2.into()));
        assert_eq!(value["hints"][0], "h");
        assert!(!text.contains('\n'));
    }
}
