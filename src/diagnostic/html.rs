//! Diagnostics for people at a browser: a list in HTML, with excerpts, that needs a style sheet but no script.

use std::fmt::Write as _;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Place;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::diagnostic::source::Source;
use crate::diagnostic::terminal::severity;

/// Whole lines shown before and after what is marked, unless the outermost of them are blank.
const BEFORE: usize = 1;
const AFTER: usize = 2;
/// Marked lines shown of a span that has more than both: so many of its first, so many of its last.
const FIRST: usize = 5;
const LAST: usize = 2;
/// Characters (as readers count them) shown of a long line: before the mark, of the mark, after it.
const LEFT: usize = 60;
const MARKED: usize = 120;
const RIGHT: usize = 100;

/// All of a report as an ordered list, errors first. `editor` gives the address that opens a file (as messages call it) at a line and a column, both from 1.
///
/// Everything that comes from the user's files is escaped, and what would not be seen (control characters, changes of direction) is shown. An empty report is an
/// empty string.
#[must_use]
pub fn html(report: &Report, editor: &dyn Fn(&str, usize, usize) -> Option<String>) -> String {
    let (warnings, errors): (Vec<_>, Vec<_>) =
        report.clone().into_sorted().into_iter().partition(|d| d.severity == Severity::Warning);
    let mut out = String::new();
    if report.is_empty() {
        return out;
    }
    out.push_str("<ol class=\"mistakes\">\n");
    for diagnostic in errors.iter().chain(&warnings) {
        item(&mut out, diagnostic, editor);
    }
    out.push_str("</ol>\n");
    out
}

fn item(out: &mut String, diagnostic: &Diagnostic, editor: &dyn Fn(&str, usize, usize) -> Option<String>) {
    let severity = severity(diagnostic.severity);
    let _ = write!(
        out,
        "<li class=\"mistake {severity}\">\n<p class=\"mistake-kind\"><strong>{severity}</strong> <span>{}</span></p>\n<p class=\"mistake-message\">{}</p>\n",
        escaped(diagnostic.code),
        sentence(&diagnostic.message)
    );
    for (place, class) in diagnostic
        .place
        .iter()
        .map(|place| (place, "place"))
        .chain(diagnostic.related.iter().map(|p| (p, "place also")))
    {
        figure(out, place, class, editor);
    }
    if !diagnostic.hints.is_empty() {
        out.push_str("<ul class=\"mistake-hints\">\n");
        for hint in &diagnostic.hints {
            let _ = writeln!(out, "<li>{}</li>", sentence(hint));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</li>\n");
}

fn figure(out: &mut String, place: &Place, class: &str, editor: &dyn Fn(&str, usize, usize) -> Option<String>) {
    let at = place.source.position(place.span.start);
    let name = format!("{}:{}:{}", place.source.name(), at.line, at.column);
    let name = escaped(&name);
    let _ = write!(out, "<figure class=\"{class}\">\n<figcaption>");
    match editor(place.source.name(), at.line, at.column) {
        Some(href) => {
            let _ = write!(out, "<a href=\"{}\">{name}</a>", escaped(&href));
        }
        None => {
            let _ = write!(out, "<span>{name}</span>");
        }
    }
    if !place.label.is_empty() {
        let _ = write!(out, " <em>{}</em>", sentence(&place.label));
    }
    out.push_str("</figcaption>\n");
    excerpt(out, &place.source, place.span.clone());
    out.push_str("</figure>\n");
}

/// The lines around a span, numbered. A file that is empty has no excerpt.
fn excerpt(out: &mut String, source: &Source, span: Range<usize>) {
    let text = source.text();
    if text.is_empty() {
        return;
    }
    let start = source.floor(span.start);
    let end = source.floor(span.end).max(start);
    let first = source.position(start).line - 1;
    // A span that ends with a line's break does not reach into the next line.
    let last = if end > start { source.position(end - 1).line - 1 } else { first };
    let is_blank = |at: usize| text.split('\n').nth(at).is_none_or(|line| line.trim().is_empty());
    let mut begin = first.saturating_sub(BEFORE);
    while begin < first && is_blank(begin) {
        begin += 1;
    }
    let mut finish = last + AFTER;
    while finish > last && is_blank(finish) {
        finish -= 1;
    }
    let marked = last - first + 1;
    let is_left_out = |at: usize| marked > FIRST + LAST && at >= first + FIRST && at + LAST <= last;

    out.push_str("<pre class=\"excerpt\"><code>");
    let mut offset = 0;
    for (at, line) in text.split('\n').enumerate().take(finish + 1) {
        let from = offset;
        offset += line.len() + 1;
        if at < begin {
            continue;
        }
        if is_left_out(at) {
            if !is_left_out(at - 1) {
                out.push_str("<span class=\"gap\">⋮</span>\n");
            }
            continue;
        }
        let bare = line.strip_suffix('\r').unwrap_or(line);
        let is_marked = (first..=last).contains(&at);
        let within = |offset: usize| offset.saturating_sub(from).min(bare.len());
        let mark = is_marked.then(|| within(start)..within(end));
        let class = if is_marked { "line marked" } else { "line" };
        let _ = write!(out, "<span class=\"{class}\"><span class=\"number\">{}</span>", at + 1);
        shown_line(out, if from == 0 { bare.trim_start_matches('\u{feff}') } else { bare }, bare.len(), mark);
        out.push_str("</span>\n");
    }
    out.push_str("</code></pre>\n");
}

/// One line, cut where it is long. `whole` is its length with the byte order mark that `line` has lost.
fn shown_line(out: &mut String, line: &str, whole: usize, mark: Option<Range<usize>>) {
    let lost = whole - line.len();
    let Some(mark) = mark else {
        return beginning(out, line, LEFT + RIGHT);
    };
    // The byte order mark is one character, so an offset inside the rest stays on a boundary.
    let (start, end) = (mark.start.saturating_sub(lost), mark.end.saturating_sub(lost));
    let (before, marked, after) = (&line[..start], &line[start..end], &line[end..]);
    let mut kept = before.grapheme_indices(true).rev().take(LEFT).last().map_or(0, |(at, _)| at);
    // A line that is short enough is not cut at its beginning only to have it begin a few characters later.
    if before.graphemes(true).nth(LEFT + 3).is_none() {
        kept = 0;
    }
    if kept > 0 {
        out.push_str("<span class=\"cut\">…</span>");
    }
    out.push_str(&escaped(&before[kept..]));
    if marked.is_empty() {
        out.push_str("<mark class=\"point\"></mark>");
    } else {
        out.push_str("<mark>");
        beginning(out, marked, MARKED);
        out.push_str("</mark>");
    }
    beginning(out, after, RIGHT);
}

fn beginning(out: &mut String, text: &str, limit: usize) {
    match text.grapheme_indices(true).nth(limit) {
        Some((at, _)) => {
            out.push_str(&escaped(&text[..at]));
            out.push_str("<span class=\"cut\">…</span>");
        }
        None => out.push_str(&escaped(text)),
    }
}

/// A message, with what stands between backticks as code.
fn sentence(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, code, after)) =
        rest.split_once('`').and_then(|(before, rest)| rest.split_once('`').map(|(code, after)| (before, code, after)))
    {
        out.push_str(&escaped(before));
        let _ = write!(out, "<code>{}</code>", escaped(code));
        rest = after;
    }
    out.push_str(&escaped(rest));
    out
}

/// Text for HTML, in an attribute too. What has no look of its own gets one: controls their pictures, changes of direction their number.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(c),
            '\0'..='\x1f' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\x7f' => out.push('\u{2421}'),
            '\u{80}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {
                let _ = write!(out, "⟨U+{:04X}⟩", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_editor(_: &str, _: usize, _: usize) -> Option<String> {
        None
    }

    /// The excerpt for a span.
    fn shown(text: &str, span: Range<usize>) -> String {
        let source = Source::new("a.md", text);
        let page = html(&Diagnostic::error("x", "y").at(&source, span).into(), &no_editor);
        let from = page.find("<code>").unwrap_or(page.len());
        let to = page.find("</code>").unwrap_or(page.len());
        let line = |line: &str| {
            line.replace("<span class=\"number\">", "")
                .replace("<span class=\"line\">", " ")
                .replace("<span class=\"line marked\">", "*")
        };
        page[from..to].replace("<code>", "").lines().map(line).collect::<Vec<_>>().join("\n").replace("</span>", "|")
    }

    #[test]
    fn everything_that_a_mistake_has() {
        let source = Source::new("content/posts/a.md", "+++\ntitel = \"x\"\n+++\n");
        let other = Source::new("b.md", "one\ntwo\n");
        let mut report = Report::new();
        report.push(Diagnostic::warning("w", "first found").at(&other, 4..7));
        report.push(
            Diagnostic::error("unknown-key", "unknown key `titel` & more")
                .at(&source, 4..9)
                .label("here")
                .also(&other, 0..3, "the other")
                .hint("did you mean `title`?"),
        );
        report.push(Diagnostic::error("no-place", "nowhere in particular"));
        let editor = |file: &str, line: usize, column: usize| Some(format!("vscode://file/{file}:{line}:{column}?a&b"));
        let page = html(&report, &editor);
        for part in [
            "<li class=\"mistake error\">",
            "<strong>error</strong> <span>unknown-key</span>",
            "unknown key <code>titel</code> &amp; more",
            "<a href=\"vscode://file/content/posts/a.md:2:1?a&amp;b\">content/posts/a.md:2:1</a> <em>here</em>",
            "<mark>titel</mark> = &quot;x&quot;",
            "<figure class=\"place also\">\n<figcaption><a href=\"vscode://file/b.md:1:1?a&amp;b\">b.md:1:1</a> <em>the other</em>",
            "<li>did you mean <code>title</code>?</li>",
            "<li class=\"mistake warning\">",
        ] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
        let at = |part: &str| page.find(part).unwrap_or_default();
        assert!(at("nowhere") < at("titel") && at("titel") < at("first found"), "errors first");
        assert!(html(&report, &no_editor).contains("<span>b.md:2:1</span>"));
        assert_eq!(html(&Report::new(), &no_editor), "");
    }

    #[test]
    fn context_and_numbers() {
        assert_eq!(shown("a\nb\nc\nd\ne\nf\n", 4..5), " 2|b|\n*3|<mark>c</mark>|\n 4|d|\n 5|e|");
        assert_eq!(shown("a\nb\n", 2..3), " 1|a|\n*2|<mark>b</mark>|");
        assert_eq!(shown("a\n \nb\n\r\nc\n\n", 4..5), "*3|<mark>b</mark>|\n 4||\n 5|c|");
        assert_eq!(shown("\n\nb\n\n\n", 2..3), "*3|<mark>b</mark>|");
    }

    #[test]
    fn hostile_text_is_harmless() {
        let text = "<script>alert('1')</script>\"&\0\x1b[31m\u{202e}x\u{7f}\u{85}";
        let line = shown(text, 0..8);
        assert_eq!(
            line,
            "*1|<mark>&lt;script&gt;</mark>alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;␀␛[31m⟨U+202E⟩x␡⟨U+0085⟩|"
        );
        let source = Source::new("\"><img src=x onerror=alert(1)>.md", "x");
        let mistake = Diagnostic::error("x", "`<b>` <i>").at(&source, 0..1).label("<u>").hint("<s>");
        let page = html(&mistake.into(), &|file, _, _| Some(format!("edit:{file}")));
        for tag in ["<img", "<b>", "<i>", "<u>", "<s>"] {
            assert!(!page.contains(tag), "{tag} in {page}");
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let text = format!("{}ERROR{}", "a".repeat(5000), "z".repeat(5000));
        let (a, z) = ("a".repeat(LEFT), "z".repeat(RIGHT));
        assert_eq!(
            shown(&text, 5000..5005),
            format!("*1|<span class=\"cut\">…|{a}<mark>ERROR</mark>{z}<span class=\"cut\">…||")
        );
        let all = shown(&text, 0..text.len());
        assert!(all.len() < 300 && all.contains("<mark>aaa"), "{all}");
        assert!(shown(&format!("{}\nx", "w".repeat(5000)), 5001..5002).len() < 300, "context too");
        let barely = format!("{}E", "a".repeat(LEFT + 2));
        assert!(!shown(&barely, LEFT + 2..LEFT + 3).contains('…'));
    }

    #[test]
    fn tabs_crlf_wide_and_composed_characters() {
        assert_eq!(shown("a\tb\r\nc\r\n", 2..3), "*1|a\t<mark>b</mark>|\n 2|c|");
        assert_eq!(shown("日本語\r\n", 3..6), "*1|日<mark>本</mark>語|");
        assert_eq!(shown("日本語", 4..6), shown("日本語", 3..6), "inside a character is its start");
        let family = "👩‍👩‍👧".repeat(500);
        let cut = shown(&format!("{family}X"), family.len()..family.len() + 1);
        assert!(cut.contains("…|👩‍👩‍👧"), "no family is parted: {cut}");
        assert_eq!(shown("\u{feff}title", 3..8), "*1|<mark>title</mark>|");
        assert_eq!(shown("\u{feff}title", 0..3), "*1|<mark class=\"point\"></mark>title|");
    }

    #[test]
    fn empty_spans_and_the_end_of_the_file() {
        assert_eq!(shown("abc\nd", 1..1), "*1|a<mark class=\"point\"></mark>bc|\n 2|d|");
        assert_eq!(shown("abc\n", 4..4), " 1|abc|\n*2|<mark class=\"point\"></mark>|");
        assert_eq!(shown("abc", 3..3), "*1|abc<mark class=\"point\"></mark>|");
        assert_eq!(shown("abc\r\nx", 3..5), "*1|abc<mark class=\"point\"></mark>|\n 2|x|", "only the line break");
        assert_eq!(shown("abc", 90..99), "*1|abc<mark class=\"point\"></mark>|");
        assert_eq!(shown("", 0..1), "");
        #[allow(clippy::reversed_empty_ranges, reason = "whatever a caller says must not break the page")]
        let reversed = shown("abc", 2..1);
        assert_eq!(reversed, "*1|ab<mark class=\"point\"></mark>c|");
    }

    #[test]
    fn spans_over_several_lines() {
        assert_eq!(shown("a\nbc\nde\nf\n", 3..6), " 1|a|\n*2|b<mark>c</mark>|\n*3|<mark>d</mark>e|\n 4|f|");
        let text = (1..=20).map(|n| format!("l{n}\n")).collect::<String>();
        let many = shown(&text, 3..text.len() - 4);
        assert_eq!(many.matches("<mark>").count(), FIRST + LAST, "{many}");
        assert_eq!(many.matches('⋮').count(), 1);
        assert!(many.ends_with("*19|<mark>l19</mark>|\n 20|l20|"), "{many}");
    }
}
