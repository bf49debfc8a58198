//! Text of the little HTML that a Markdown text may have: raw blocks, and what components print.

use std::fmt::Write;

use crate::edition::html::Environment;
use crate::edition::mail::plain::links::Links;
use crate::edition::sanitize;

/// Tags that begin a new paragraph, before and behind.
const BLOCKS: [&str; 34] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "thead",
    "tr",
    "ul",
    "hgroup",
];

/// The paragraphs of a fragment of HTML. Scripts, styles, forms and comments are no text; links are numbered.
pub(super) fn paragraphs(html: &str, environment: &dyn Environment, links: &mut Links) -> Vec<String> {
    // The sanitiser leaves well-formed tags and no entities but the five that text needs.
    let clean = sanitize::clean(html, environment.base(), environment.raw_links().as_deref());
    let mut all = Vec::new();
    let mut line = String::new();
    let mut open: Vec<Option<(usize, String)>> = Vec::new();
    let mut rest = clean.as_str();
    while let Some(at) = rest.find('<') {
        push_text(&rest[..at], &mut line);
        let Some(end) = rest[at..].find('>').map(|end| at + end) else { break };
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        let (closes, inner) = tag.strip_prefix('/').map_or((false, tag), |inner| (true, inner));
        let name = inner.split([' ', '/']).next().unwrap_or_default();
        match (name, closes) {
            ("br", _) => line.push('\n'),
            ("td" | "th", false) if !line.is_empty() => line.push_str("  "),
            ("img", _) => {
                let alt = attribute(inner, "alt").unwrap_or_default();
                if !alt.trim().is_empty() {
                    let _ = write!(line, "[{}]", alt.trim());
                }
            }
            // Who said it.
            ("cite", false) if line.trim().is_empty() => line.push_str("— "),
            ("a", false) => open.push(attribute(inner, "href").map(|href| (line.len(), href))),
            ("a", true) => {
                if let Some(Some((start, href))) = open.pop() {
                    number(&mut line, start, &href, links);
                }
            }
            (name, closes) if BLOCKS.contains(&name) => {
                flush(&mut line, &mut all);
                if name == "li" && !closes {
                    line.push_str("- ");
                }
            }
            _ => {}
        }
    }
    push_text(rest, &mut line);
    flush(&mut line, &mut all);
    all
}

/// The same on one line.
pub(super) fn flat(html: &str, environment: &dyn Environment, links: &mut Links) -> String {
    paragraphs(html, environment, links).join(" ").replace('\n', " ")
}

/// Where the tag of a link leads, as the sanitiser leaves it.
pub(super) fn address(tag: &str, environment: &dyn Environment) -> Option<String> {
    let clean = sanitize::clean(tag, environment.base(), environment.raw_links().as_deref());
    attribute(clean.split('>').next().unwrap_or_default(), "href")
}

/// Appends the number of an address behind the text that leads to it, which begins at `start`.
pub(super) fn number(line: &mut String, start: usize, href: &str, links: &mut Links) {
    let text = line.get(start..).unwrap_or_default().trim();
    if href.starts_with('#') || href.is_empty() || text == href {
        return;
    }
    if text.is_empty() {
        line.push_str(href);
        return;
    }
    let _ = write!(line, " [{}]", links.number(href));
}

fn flush(line: &mut String, all: &mut Vec<String>) {
    let said = std::mem::take(line);
    let said = said.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let said = said.trim();
    if !said.is_empty() && said != "-" {
        all.push(said.to_owned());
    }
}

/// Appends text: entities are resolved, white space becomes one space.
fn push_text(html: &str, line: &mut String) {
    for c in unescaped(html).chars() {
        if matches!(c, ' ' | '\t' | '\n' | '\r') {
            if !line.is_empty() && !line.ends_with([' ', '\n']) {
                line.push(' ');
            }
        } else {
            line.push(c);
        }
    }
}

fn unescaped(html: &str) -> String {
    html.replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// The value of an attribute of a tag that the sanitiser wrote: in double quotes, always.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let end = tag[start..].find('"')?;
    Some(unescaped(&tag[start..start + end]))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::ops::Range;

    use super::*;
    use crate::content::call::Call;
    use crate::edition::html::Image;
    use crate::edition::html::Plain;
    use crate::edition::html::Word;

    /// A page.
    struct Page;

    impl Environment for Page {
        fn base(&self) -> Option<&str> {
            Some("https://e.com/")
        }
        fn link<'e>(&'e self, dest: &'e str, _: &Range<usize>) -> Cow<'e, str> {
            dest.into()
        }
        fn image(&self, _: &Image<'_>, _: &mut String) {}
        fn component(&self, _: &Call, _: Option<&str>, _: &mut String) {}
        fn word(&self, _: Word) -> Cow<'_, str> {
            "".into()
        }
    }

    #[test]
    fn paragraphs_links_and_pictures() {
        let mut links = Links::default();
        let html = "<div><p>One &amp; <b>two</b>\n three&nbsp;%<br>four</p><!-- no --><script>alert(1)</script><ul><li>a</li><li><a href=\"/x\">b</a></li></ul>\
                    <a href=\"https://e.com/?a=1&amp;b\"><img src=\"x.png\" alt=\"A &gt; film\"></a></div>";
        assert_eq!(
            paragraphs(html, &Page, &mut links),
            ["One & two three\u{a0}%\nfour", "- a", "- b [1]", "[A > film] [2]"]
        );
        assert_eq!(links.list(), "[1] https://e.com/x\n[2] https://e.com/?a=1&b\n");
        assert_eq!(flat("<p>1 &lt; 2</p><p>3</p>", &Plain, &mut links), "1 < 2 3");
    }
}
