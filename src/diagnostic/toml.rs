//! TOML text to [`Node`]s; every syntax error at once.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

use crate::diagnostic::node::Data;
use crate::diagnostic::node::Key;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;

/// Reads the bytes `within` of `source` as TOML. Spans count from the start of the file. What could be read is returned beside the errors.
#[must_use]
pub fn parse(source: &Source, within: Range<usize>) -> (Node, Report) {
    let shift = within.start;
    let text = &source.text()[within.clone()];
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut report = Report::new();
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let span = shift + span.start..shift + span.end.max(span.start + 1).min(text.len().max(span.start));
        report.push(Diagnostic::error("toml-syntax", format!("invalid TOML: {}", error.message())).at(source, span));
    }
    let mut node = table_node(table, shift, source, &mut report);
    node.span = within;
    (node, report)
}

fn table_node(table: Spanned<DeTable<'_>>, shift: usize, source: &Source, report: &mut Report) -> Node {
    let span = shifted(table.span(), shift);
    let mut entries: Vec<(Key, Node)> = table
        .into_inner()
        .into_iter()
        .map(|(key, value)| {
            let key_span = shifted(key.span(), shift);
            (Key { span: key_span, name: key.into_inner().into_owned() }, value_node(value, shift, source, report))
        })
        .collect();
    // The parser sorts keys; people and the order of reports want them as written.
    entries.sort_by_key(|(key, _)| key.span.start);
    Node { span, data: Data::Table(entries) }
}

fn value_node(value: Spanned<DeValue<'_>>, shift: usize, source: &Source, report: &mut Report) -> Node {
    let raw_span = value.span();
    let span = shifted(raw_span.clone(), shift);
    let data = match value.into_inner() {
        // A text of several lines is the same however the file ends its lines.
        DeValue::String(text) if text.contains('\r') => Data::String(text.replace("\r\n", "\n")),
        DeValue::String(text) => Data::String(text.into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Data::Integer(number),
            Err(_) => {
                report.push(Diagnostic::error("toml-syntax", "this number is too large").at(source, span.clone()));
                Data::Null
            }
        },
        DeValue::Float(number) => Data::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Data::Boolean(flag),
        DeValue::Datetime(date) => Data::Datetime(date.to_string()),
        DeValue::Array(items) => {
            Data::Array(items.into_iter().map(|item| value_node(item, shift, source, report)).collect())
        }
        DeValue::Table(table) => return table_node(Spanned::new(raw_span, table), shift, source, report),
    };
    Node { span, data }
}

fn shifted(span: Range<usize>, shift: usize) -> Range<usize> {
    span.start + shift..span.end + shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_offsets_in_the_file() {
        let source = Source::new("x.md", "+++\na = 1\nb = [\"x\"]\n+++\n");
        let (node, report) = parse(&source, 4..20);
        assert!(report.is_empty());
        let Data::Table(entries) = node.data else { panic!("a table") };
        let cut = |r: &Range<usize>| source.text()[r.clone()].to_owned();
        assert_eq!((cut(&entries[0].0.span), cut(&entries[0].1.span)), ("a".into(), "1".into()));
        assert_eq!((cut(&entries[1].0.span), cut(&entries[1].1.span)), ("b".into(), "[\"x\"]".into()));
    }

    #[test]
    fn all_syntax_errors_at_once() {
        let source = Source::new("x.toml", "a = \nb = 1\nc = oops\n");
        let (_, report) = parse(&source, 0..source.text().len());
        assert_eq!(report.counts().0, 2, "{report:?}");
    }
}
