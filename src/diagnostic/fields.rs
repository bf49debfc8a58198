//! Reads a table field by field. Wrong types and unknown keys become diagnostics, all of them, each at its place.

use std::cell::RefCell;
use std::ops::Range;

use crate::diagnostic::node::Data;
use crate::diagnostic::node::Key;
use crate::diagnostic::node::Located;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::diagnostic::source::Source;
use crate::diagnostic::suggest;

/// A table being read. Ask for each key that may stand in it, then call [`Fields::finish`]: what nobody asked for is unknown.
pub struct Fields<'a> {
    source: &'a Source,
    report: &'a RefCell<Report>,
    /// How messages call this table: `site.toml`, `[blocks.lead]`, `front matter`.
    what: String,
    span: Range<usize>,
    entries: Vec<(Key, Node)>,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// Starts reading `node`; anything but a table is an error and reads as an empty one.
    #[must_use]
    pub fn new(source: &'a Source, report: &'a RefCell<Report>, what: impl Into<String>, node: Node) -> Self {
        let what = what.into();
        let span = node.span.clone();
        let entries = match node.data {
            Data::Table(entries) => entries,
            Data::Null => Vec::new(),
            other => {
                let message = format!("{what} must be a table, not {}", other.kind());
                report.borrow_mut().push(Diagnostic::error("wrong-type", message).at(source, span.clone()));
                Vec::new()
            }
        };
        Self { source, report, what, span, entries, asked: Vec::new() }
    }

    /// The bytes of the whole table.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The file.
    #[must_use]
    pub fn source(&self) -> &'a Source {
        self.source
    }

    /// Adds a diagnostic.
    pub fn push(&self, diagnostic: Diagnostic) {
        self.report.borrow_mut().push(diagnostic);
    }

    /// Whether a key stands there with a value, be it of the wrong type.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(own, node)| own.name == key && node.data != Data::Null)
    }

    /// Takes a key's value, whatever it is; an explicit YAML `null` counts as absent.
    pub fn node(&mut self, key: &'static str) -> Option<Node> {
        self.asked.push(key);
        let at = self.entries.iter().position(|(k, _)| k.name == key)?;
        let (_, node) = self.entries.remove(at);
        (node.data != Data::Null).then_some(node)
    }

    /// Takes all keys that are left, for tables whose keys are names of the user's choosing.
    pub fn rest(&mut self) -> Vec<(Key, Node)> {
        std::mem::take(&mut self.entries)
    }

    /// A string.
    pub fn string(&mut self, key: &'static str) -> Option<Located<String>> {
        let node = self.node(key)?;
        match node.data {
            Data::String(value) => Some(Located { value, span: node.span }),
            other => self.wrong(key, "a string", &other, node.span),
        }
    }

    /// A string that must be there; where it is not, an error says so with `hint`.
    pub fn required(&mut self, key: &'static str, hint: &str) -> Option<Located<String>> {
        let present = self.entries.iter().any(|(k, _)| k.name == key);
        let value = self.string(key);
        if !present {
            let end = self.span.start..self.span.start;
            let message = format!("{} has no `{key}`", self.what);
            self.push(Diagnostic::error("missing-key", message).at(self.source, end).hint(hint));
        }
        value
    }

    /// A boolean.
    pub fn boolean(&mut self, key: &'static str) -> Option<bool> {
        let node = self.node(key)?;
        match node.data {
            Data::Boolean(value) => Some(value),
            other => self.wrong(key, "true or false", &other, node.span),
        }
    }

    /// A whole number within `range`.
    pub fn integer(&mut self, key: &'static str, range: std::ops::RangeInclusive<i64>) -> Option<Located<i64>> {
        let node = self.node(key)?;
        match node.data {
            Data::Integer(value) if range.contains(&value) => Some(Located { value, span: node.span }),
            Data::Integer(_) => {
                let message = format!("`{key}` must be between {} and {}", range.start(), range.end());
                self.push(Diagnostic::error("out-of-range", message).at(self.source, node.span));
                None
            }
            other => self.wrong(key, "an integer", &other, node.span),
        }
    }

    /// A date or date-time as written: TOML's own kind, or a string (YAML knows no other).
    pub fn datetime(&mut self, key: &'static str) -> Option<Located<String>> {
        let node = self.node(key)?;
        match node.data {
            Data::Datetime(value) | Data::String(value) => Some(Located { value, span: node.span }),
            other => self.wrong(key, "a date such as 2026-11-01", &other, node.span),
        }
    }

    /// A list of strings; absent is `None`.
    pub fn strings(&mut self, key: &'static str) -> Option<Vec<Located<String>>> {
        let node = self.node(key)?;
        match node.data {
            Data::Array(items) => Some(
                items
                    .into_iter()
                    .filter_map(|item| match item.data {
                        Data::String(value) => Some(Located { value, span: item.span }),
                        other => self.wrong(key, "a list of strings", &other, item.span),
                    })
                    .collect(),
            ),
            other => {
                let hint = match &other {
                    Data::String(text) => Some(format!("write {key} = [\"{text}\"]")),
                    _ => None,
                };
                let message = format!("`{key}` must be a list of strings, not {}", other.kind());
                self.push(Diagnostic::error("wrong-type", message).at(self.source, node.span).maybe_hint(hint));
                None
            }
        }
    }

    /// A table within this one; `what` is how messages call it.
    pub fn table(&mut self, key: &'static str, what: impl Into<String>) -> Option<Fields<'a>> {
        let node = self.node(key)?;
        Some(Fields::new(self.source, self.report, what, node))
    }

    /// A list of tables; absent is empty.
    pub fn tables(&mut self, key: &'static str, what: &str) -> Vec<Fields<'a>> {
        let Some(node) = self.node(key) else { return Vec::new() };
        match node.data {
            Data::Array(items) => {
                items.into_iter().map(|item| Fields::new(self.source, self.report, what, item)).collect()
            }
            other => {
                self.wrong::<()>(key, "a list of tables", &other, node.span);
                Vec::new()
            }
        }
    }

    /// A table below a key of the user's choosing, from [`Fields::rest`].
    #[must_use]
    pub fn child(&self, what: impl Into<String>, node: Node) -> Fields<'a> {
        Fields::new(self.source, self.report, what, node)
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self) {
        self.finish_as(Severity::Error, None);
    }

    /// As [`Fields::finish`], with another severity and a further hint.
    pub fn finish_as(self, severity: Severity, advice: Option<&str>) {
        for (key, _) in &self.entries {
            let message = format!("unknown key `{}` in {}", key.name, self.what);
            let mut diagnostic = Diagnostic::error("unknown-key", message)
                .at(self.source, key.span.clone())
                .maybe_hint(suggest::did_you_mean(&key.name, self.asked.iter().copied()));
            diagnostic.severity = severity;
            if diagnostic.hints.is_empty() {
                diagnostic = diagnostic
                    .maybe_hint(advice.map(str::to_owned))
                    .hint(format!("known keys: {}", self.asked.join(", ")));
            }
            self.report.borrow_mut().push(diagnostic);
        }
    }

    fn wrong<T>(&self, key: &str, wanted: &str, found: &Data, span: Range<usize>) -> Option<T> {
        let message = format!("`{key}` must be {wanted}, not {}", found.kind());
        self.push(Diagnostic::error("wrong-type", message).at(self.source, span));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::toml;

    #[test]
    fn everything_wrong_at_once() {
        let text = "titel = \"x\"\ncount = \"3\"\ntags = \"a\"\n";
        let source = Source::new("site.toml", text);
        let (node, report) = toml::parse(&source, 0..text.len());
        let report = RefCell::new(report);
        let mut fields = Fields::new(&source, &report, "site.toml", node);
        fields.required("title", "add title = \"…\"");
        fields.integer("count", 0..=9);
        fields.strings("tags");
        fields.finish();
        let messages: Vec<String> = report.into_inner().diagnostics().iter().map(|d| d.message.clone()).collect();
        assert_eq!(
            messages,
            [
                "site.toml has no `title`",
                "`count` must be an integer, not a string",
                "`tags` must be a list of strings, not a string",
                "unknown key `titel` in site.toml",
            ]
        );
    }
}
