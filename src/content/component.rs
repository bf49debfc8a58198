//! The scanner for component calls. pulldown-cmark knows nothing of them, and would see emphasis, tables and links in their arguments. So: a first parse finds the code;
//! calls outside it are masked by text of equal length that Markdown leaves alone; the second parse sees only that.
//!
//! An inline call becomes letters, which stay text wherever text may stand. A line of an enclosing call becomes an HTML comment, which by CommonMark §4.6 (kind 2) is a
//! block of its own, may interrupt a paragraph and ends on its line, so that nesting in lists and quotes comes out of the parse.

use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::Event;
use pulldown_cmark::Options as Extensions;
use pulldown_cmark::Parser;
use pulldown_cmark::Tag;

use crate::content::call::Call;
use crate::content::call_syntax;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;

/// How often a text is parsed again because an argument held a mark of code. More than one round is rare.
const ROUNDS: usize = 8;

/// What was masked.
#[derive(Clone, Debug, Default)]
pub(in crate::content) struct Scan {
    /// The body with the masks in it; `None` where there is nothing to mask.
    pub(in crate::content) masked: Option<String>,
    /// What the masks hide, in the order of the text.
    pub(in crate::content) marks: Vec<Mark>,
}

/// One masked stretch.
#[derive(Clone, Debug)]
pub(in crate::content) struct Mark {
    /// Bytes of the body (not of the file).
    pub(in crate::content) span: Range<usize>,
    /// What is there.
    pub(in crate::content) kind: MarkKind,
}

/// What a mask hides.
#[derive(Clone, Debug)]
pub(in crate::content) enum MarkKind {
    /// `{{<name />}}`.
    Inline(Call),
    /// `{% <name> %}`.
    Open(Call),
    /// `{% </name> %}`.
    Close(Located<String>),
}

/// Finds all calls of `body`, which begins at byte `shift` of the file. Malformed ones are reported and stay text.
pub(in crate::content) fn scan(
    source: &Source,
    body: &str,
    shift: usize,
    extensions: Extensions,
    report: &mut Report,
) -> Scan {
    let mut scan = Scan::default();
    if !body.contains("{{<") && !body.contains("{%") {
        return scan;
    }
    let mut refused: HashSet<usize> = HashSet::new();
    for round in 1..=ROUNDS {
        let text = scan.masked.as_deref().unwrap_or(body);
        let code = code_ranges(text, extensions);
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(start) = next_start(text, at) {
            at = start + 2;
            if is_escaped(text, start) || refused.contains(&start) {
                continue;
            }
            if let Some(range) = range_at(&code, start) {
                at = at.max(range.end);
                continue;
            }
            match mark_at(source, text, start, shift) {
                Some(Ok(mark)) => {
                    at = mark.span.end;
                    let hides_code = code.get(code.partition_point(|c| c.start < start)).is_some_and(|c| c.start < at);
                    found.push(mark);
                    // What the first parse took for code may end or begin elsewhere now.
                    if hides_code && round < ROUNDS {
                        break;
                    }
                }
                Some(Err(diagnostic)) => {
                    report.push(*diagnostic);
                    refused.insert(start);
                }
                None => {}
            }
        }
        if found.is_empty() {
            break;
        }
        let mut masked = scan.masked.take().unwrap_or_else(|| body.to_owned()).into_bytes();
        for mark in &found {
            mask(&mut masked[mark.span.clone()], matches!(mark.kind, MarkKind::Inline(_)));
        }
        // Whole calls were replaced by ASCII, so this is UTF-8; the fallback is for the type.
        scan.masked = Some(String::from_utf8(masked).unwrap_or_else(|_| body.to_owned()));
        scan.marks.extend(found);
    }
    scan.marks.sort_by_key(|mark| mark.span.start);
    scan
}

/// The next `{{<` or `{%` at or after `from`.
fn next_start(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at += text.get(at..)?.find('{')?;
        match bytes.get(at + 1) {
            Some(b'{') if bytes.get(at + 2) == Some(&b'<') => return Some(at),
            Some(b'%') => return Some(at),
            _ => at += 1,
        }
    }
}

/// Whether a backslash, itself not escaped, stands before `at`.
fn is_escaped(text: &str, at: usize) -> bool {
    text.as_bytes()[..at].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1
}

/// The call at `start`; `None` where it is plain text.
fn mark_at(source: &Source, text: &str, start: usize, shift: usize) -> Option<Result<Mark, Box<Diagnostic>>> {
    if text.as_bytes()[start + 1] == b'{' {
        let call = call_syntax::inline(source, text, start, shift)?;
        return Some(call.map(|(call, end)| Mark { span: start..end, kind: MarkKind::Inline(call) }));
    }
    let (kind, end) = match call_syntax::block(source, text, start, shift)? {
        Ok(found) => found,
        Err(diagnostic) => return Some(Err(diagnostic)),
    };
    if !stands_alone(text.as_bytes(), start, end) {
        let message = "a component that encloses Markdown begins and ends on lines of its own";
        let diagnostic = Diagnostic::error("misplaced-component", message)
            .at(source, shift + start..shift + end)
            .hint("within a line write {{<name … />}}");
        return Some(Err(Box::new(diagnostic)));
    }
    Some(Ok(Mark { span: start..end, kind }))
}

/// Whether nothing else is on the line, but what may stand before a block: indentation, `>`, list markers.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let before = text[..start].iter().rev().take_while(|b| **b != b'\n');
    let mut after = text[end..].iter().take_while(|b| **b != b'\n');
    let prefix = |b: &u8| matches!(b, b' ' | b'\t' | b'>' | b'-' | b'*' | b'+' | b'.' | b')' | b':' | b'0'..=b'9');
    after.all(u8::is_ascii_whitespace) && before.into_iter().all(prefix)
}

fn mask(bytes: &mut [u8], inline: bool) {
    if inline {
        bytes.fill(b'x');
        return;
    }
    bytes.fill(b' ');
    let length = bytes.len();
    // `{%<a>%}` is as long as `<!---->`, so there is always room.
    if length >= 7 {
        bytes[..4].copy_from_slice(b"<!--");
        bytes[length - 3..].copy_from_slice(b"-->");
    }
}

/// The range of `ranges` (sorted, apart) that holds `at`.
fn range_at(ranges: &[Range<usize>], at: usize) -> Option<&Range<usize>> {
    let next = ranges.partition_point(|range| range.start <= at);
    next.checked_sub(1).map(|index| &ranges[index]).filter(|range| at < range.end)
}

/// Where code, math, comments and `<script>`-like blocks stand, in the order of the text.
fn code_ranges(text: &str, extensions: Extensions) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut block: Option<Range<usize>> = None;
    for (event, span) in Parser::new_ext(text, extensions).into_offset_iter() {
        let verbatim = match event {
            Event::Start(Tag::CodeBlock(_)) | Event::Code(_) | Event::InlineMath(_) | Event::DisplayMath(_) => true,
            Event::InlineHtml(html) => is_verbatim_html(&html),
            Event::Start(Tag::HtmlBlock) => {
                block = Some(span);
                continue;
            }
            Event::Html(html) => match block.take() {
                Some(block) if is_verbatim_html(&html) => {
                    ranges.push(block);
                    continue;
                }
                _ => continue,
            },
            _ => false,
        };
        if verbatim {
            ranges.push(span);
        }
    }
    ranges.sort_by_key(|range| range.start);
    ranges
}

/// Whether raw HTML that begins so holds no Markdown and no text: CommonMark §4.6, kinds 1 to 5.
fn is_verbatim_html(html: &str) -> bool {
    let html = html.trim_start();
    if html.starts_with("<!") || html.starts_with("<?") {
        return true;
    }
    ["<pre", "<script", "<style", "<textarea"].iter().any(|tag| {
        html.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))
            && !html.as_bytes().get(tag.len()).is_some_and(u8::is_ascii_alphanumeric)
    })
}
