//! The fences around front matter: `+++` for TOML, `---` for YAML.

use std::ops::Range;

use crate::diagnostic::node::Data;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::diagnostic::toml;
use crate::diagnostic::yaml;

/// A file taken apart.
pub(in crate::content) struct Parts {
    /// What stands between the fences, as data; an empty table where there are none.
    pub(in crate::content) front: Node,
    /// Whether there are fences.
    pub(in crate::content) fenced: bool,
    /// Bytes of the file: what follows the closing fence.
    pub(in crate::content) body: Range<usize>,
}

/// Takes a file apart. A byte order mark is skipped; lines may end in CR LF; blank lines may stand before the opening fence.
pub(in crate::content) fn split(source: &Source) -> (Parts, Report) {
    let text = source.text();
    let begin = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let open = begin + blank_lines(&text[begin..]);
    let fence = match text.get(open..open + 3) {
        Some(fence @ ("+++" | "---")) if line_is(&text[open..], fence) => fence,
        _ => {
            let front = Node { span: begin..begin, data: Data::Table(Vec::new()) };
            return (Parts { front, fenced: false, body: begin..text.len() }, Report::new());
        }
    };
    let start = open + line_length(&text[open..]);
    let mut at = start;
    while at < text.len() {
        let line = line_length(&text[at..]);
        if line_is(&text[at..], fence) {
            let parse = if fence == "+++" { toml::parse } else { yaml::parse };
            let (front, report) = parse(source, start..at);
            return (Parts { front, fenced: true, body: at + line..text.len() }, report);
        }
        at += line;
    }
    let diagnostic =
        Diagnostic::error("unclosed-front-matter", format!("the front matter opened by `{fence}` is not closed"))
            .at(source, open..open + 3)
            .hint(format!("put a line with only `{fence}` after the last key"));
    let front = Node { span: start..start, data: Data::Table(Vec::new()) };
    (Parts { front, fenced: true, body: text.len()..text.len() }, diagnostic.into())
}

/// Bytes of the blank lines at the start of a text.
fn blank_lines(text: &str) -> usize {
    let mut at = 0;
    while at < text.len() {
        let line = line_length(&text[at..]);
        if !text[at..at + line].trim().is_empty() {
            break;
        }
        at += line;
    }
    at
}

/// Bytes of the first line with its end.
fn line_length(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |at| at + 1)
}

/// Whether the first line is `fence`, with nothing but space after it.
fn line_is(text: &str, fence: &str) -> bool {
    text.strip_prefix(fence).is_some_and(|rest| rest[..line_length(rest)].trim().is_empty())
}
