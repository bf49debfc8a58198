//! Bare URLs and e-mail addresses in text become links, as on GitHub: `https://…`, `http://…`, `ftp://…`, `www.…`, `a@b.c`.

use linkify::LinkFinder;
use linkify::LinkKind as Found;

use crate::content::tree::Kind;
use crate::content::tree::Link;
use crate::content::tree::LinkKind;
use crate::content::tree::Node;
use crate::content::tree::Text;

/// Whether a text may hold a bare URL or address; cheap, and wrong only on the side of yes.
pub(in crate::content) fn may_have_links(text: &str) -> bool {
    text.contains('@') || text.contains("://") || text.contains("www.")
}

/// Appends the text nodes `run` to `nodes`, with links where bare addresses stand. The nodes follow each other without gap in `body`, which begins at byte `shift`
/// of the file.
pub(in crate::content) fn append<'a>(body: &'a str, shift: usize, run: &[Node<'a>], nodes: &mut Vec<Node<'a>>) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    let base = first.span.start;
    let raw = body.get(base - shift..last.span.end - shift).unwrap_or_default();
    let mut next = 0;
    let mut done = base;
    for (start, end, is_email) in find(raw) {
        let (start, end) = (base + start, base + end);
        // An entity at the end (`&quot;`) is no part of the address.
        let end = match run.get(run.partition_point(|node| node.span.end <= end)) {
            Some(split) if split.span.start < end && !is_literal(split) => split.span.start,
            _ => end,
        };
        if start < done || end <= start {
            continue;
        }
        copy(run, &mut next, done, start, nodes);
        let text = joined(body, shift, run, start, end);
        let dest = if is_email || text.contains("://") { text.clone() } else { Text::from(format!("http://{text}")) };
        let kind = if is_email { LinkKind::Email } else { LinkKind::Autolink };
        let link = Link { dest, dest_span: start..end, title: Text::Borrowed(""), kind };
        let index = nodes.len();
        nodes.push(Node { kind: Kind::Link(Box::new(link)), span: start..end, end: index + 2 });
        nodes.push(Node { kind: Kind::Text(text), span: start..end, end: index + 2 });
        done = end;
    }
    copy(run, &mut next, done, last.span.end, nodes);
}

/// The addresses in a text: start, end, whether it is an e-mail address.
fn find(raw: &str) -> Vec<(usize, usize, bool)> {
    let mut finder = LinkFinder::new();
    finder.url_must_have_scheme(!raw.contains("www."));
    finder
        .links(raw)
        .filter_map(|link| {
            let text = link.as_str();
            let wanted = *link.kind() == Found::Email
                || ["https://", "http://", "ftp://", "www."].iter().any(|start| {
                    text.len() > start.len() && text.get(..start.len()).is_some_and(|s| s.eq_ignore_ascii_case(start))
                });
            // Chinese and Japanese have no space before their punctuation.
            let end = text.find(is_wide_punctuation).map_or(link.end(), |at| link.start() + at);
            wanted.then(|| (link.start(), end, *link.kind() == Found::Email))
        })
        .collect()
}

fn is_wide_punctuation(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '“' | '”')
}

/// Whether a node's text stands in the file as it is.
fn is_literal(node: &Node<'_>) -> bool {
    matches!(&node.kind, Kind::Text(Text::Borrowed(text)) if text.len() == node.span.len())
}

/// Copies the nodes of `run` from byte `from` to byte `to` of the file, cutting literal ones; `next` is the first node that may lie there.
fn copy<'a>(run: &[Node<'a>], next: &mut usize, from: usize, to: usize, nodes: &mut Vec<Node<'a>>) {
    while let Some(node) = run.get(*next) {
        if node.span.start >= to {
            return;
        }
        let (start, end) = (node.span.start.max(from), node.span.end.min(to));
        if start < end {
            let kind = match &node.kind {
                Kind::Text(Text::Borrowed(text)) if is_literal(node) => {
                    let text = text.get(start - node.span.start..end - node.span.start);
                    Kind::Text(Text::Borrowed(text.unwrap_or_default()))
                }
                other => other.clone(),
            };
            let after = nodes.len() + 1;
            nodes.push(Node { kind, span: start..end, end: after });
        }
        if node.span.end > to {
            return;
        }
        *next += 1;
    }
}

/// What stands between two bytes: as in the file, but entities resolved; typographic replacement does not touch an address.
fn joined<'a>(body: &'a str, shift: usize, run: &[Node<'a>], start: usize, end: usize) -> Text<'a> {
    let raw = body.get(start - shift..end - shift).unwrap_or_default();
    if !raw.contains('&') {
        return Text::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let first = run.partition_point(|node| node.span.end <= start);
    for node in run[first..].iter().take_while(|node| node.span.start < end) {
        let (from, to) = (node.span.start.max(start), node.span.end.min(end));
        let raw = body.get(from - shift..to - shift).unwrap_or_default();
        match &node.kind {
            Kind::Text(text) if raw.starts_with('&') && !is_literal(node) => out.push_str(text),
            _ => out.push_str(raw),
        }
    }
    Text::from(out)
}
