//! YAML text to [`Node`]s. The first syntax error ends the reading, as YAML has no way to go on after one.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de;
use serde_saphyr::Spanned;

use crate::diagnostic::node::Data;
use crate::diagnostic::node::Key;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Position;
use crate::diagnostic::source::Source;

/// Reads the bytes `within` of `source` as YAML. Spans count from the start of the file. A text that is no mapping is an error.
#[must_use]
pub fn parse(source: &Source, within: Range<usize>) -> (Node, Report) {
    let text = &source.text()[within.clone()];
    let empty = Node { span: within.clone(), data: Data::Table(Vec::new()) };
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return (empty, Report::new());
    }
    // `no` and `on` stay text, and `1.10` in quotes too; duplicate keys are errors by default.
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    match serde_saphyr::from_str_with_options::<Spanned<Value>>(text, options) {
        Ok(value) => {
            let mut node = to_node(value, within.start);
            if !matches!(node.data, Data::Table(_)) {
                let report = Diagnostic::error(
                    "yaml-syntax",
                    format!("a table of keys and values was expected, not {}", node.data.kind()),
                )
                .at(source, node.span);
                return (empty, report.into());
            }
            node.span = within;
            (node, Report::new())
        }
        Err(error) => {
            let local = Source::new("", text);
            let start = error
                .location()
                .map_or(0, |at| local.offset(Position { line: at.line() as usize, column: at.column() as usize }));
            let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
            let message = error.to_string();
            // The place is said by our own underline; the library's own words follow "line 3 column 4: ".
            let message = message
                .split(": ")
                .skip_while(|part| part.contains("line ") && part.contains("column"))
                .collect::<Vec<_>>();
            let message = if message.is_empty() { error.to_string() } else { message.join(": ") };
            // So do " at line 3, column 4", counted from the fence, and advice to programmers.
            let message = message.split(" at line ").next().unwrap_or_default();
            let message = message.split(", set DuplicateKeyPolicy").next().unwrap_or_default();
            let report = Diagnostic::error(
                "yaml-syntax",
                format!("invalid YAML: {}", message.lines().next().unwrap_or_default()),
            )
            .at(source, within.start + start..within.start + line_end.max(start + 1).min(text.len().max(start)));
            (empty, report.into())
        }
    }
}

/// A diagnostic about a front matter in YAML, with what to write said in YAML: hints are composed in TOML (`add title = "…"`).
#[must_use]
pub fn in_yaml(mut diagnostic: Diagnostic) -> Diagnostic {
    let is_yaml = |source: &Source| source.text().trim_start_matches('\u{feff}').starts_with("---");
    if diagnostic.place.as_ref().is_some_and(|place| is_yaml(&place.source)) {
        for hint in &mut diagnostic.hints {
            if hint.starts_with("add ") || hint.starts_with("write ") {
                *hint = hint.replace(" = ", ": ");
            }
        }
    }
    diagnostic
}

/// Any YAML value, its parts with their places.
enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    String(String),
    Array(Vec<Spanned<Value>>),
    Table(Vec<(Spanned<String>, Spanned<Value>)>),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> de::Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Boolean(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number).map(Value::Integer).map_err(|_| E::custom("this number is too large"))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Table(entries))
    }
}

fn to_node(value: Spanned<Value>, shift: usize) -> Node {
    let span = span_of(&value, shift);
    let data = match value.value {
        Value::Null => Data::Null,
        Value::Boolean(flag) => Data::Boolean(flag),
        Value::Integer(number) => Data::Integer(number),
        Value::Float(number) => Data::Float(number),
        Value::String(text) => Data::String(text),
        Value::Array(items) => Data::Array(items.into_iter().map(|item| to_node(item, shift)).collect()),
        Value::Table(entries) => Data::Table(
            entries
                .into_iter()
                .map(|(key, value)| (Key { span: span_of(&key, shift), name: key.value }, to_node(value, shift)))
                .collect(),
        ),
    };
    Node { span, data }
}

fn span_of<T>(value: &Spanned<T>, shift: usize) -> Range<usize> {
    let span = value.referenced.span();
    let start = span.byte_offset().unwrap_or(0) as usize + shift;
    start..start + span.byte_len().unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_places() {
        let text = "---\ntitle: \"Straße\"\ntags: [a, b]\nno: no\nimage:\n  src: x.jpg\ndate: 2026-11-01\n---\n";
        let source = Source::new("x.md", text);
        let (node, report) = parse(&source, 4..text.len() - 4);
        assert!(report.is_empty(), "{report:?}");
        let Data::Table(entries) = node.data else { panic!("a table") };
        let cut = |r: &Range<usize>| source.text()[r.clone()].to_owned();
        assert_eq!(cut(&entries[0].0.span), "title");
        assert_eq!(cut(&entries[0].1.span), "\"Straße\"");
        assert_eq!(entries[2].1.data, Data::String("no".into()));
        assert_eq!(entries[4].1.data, Data::String("2026-11-01".into()));
        let Data::Array(tags) = &entries[1].1.data else { panic!("a list") };
        assert_eq!(cut(&tags[1].span), "b");
    }

    #[test]
    fn hints_speak_the_files_language() {
        let hint = |text: &str| {
            let source = Source::new("x.md", text);
            in_yaml(Diagnostic::error("x", "y").at(&source, 0..1).hint("add title = \"…\"")).hints
        };
        assert_eq!(hint("---\na: 1\n---\n"), ["add title: \"…\""]);
        assert_eq!(hint("+++\na = 1\n+++\n"), ["add title = \"…\""]);
    }

    #[test]
    fn errors_have_places() {
        for (text, line) in [("title: [a\n", 2), ("a: 1\na: 2\n", 2), ("- x\n", 1), ("a: \"x\n", 2)] {
            let source = Source::new("x.md", text);
            let (_, report) = parse(&source, 0..text.len());
            let place = report.diagnostics()[0].place.clone().unwrap();
            let found = source.position(place.span.start).line;
            assert!(found <= line, "{text:?}: line {found}, {}", report.diagnostics()[0].message);
        }
    }
}
