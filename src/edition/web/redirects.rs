//! Former addresses: the `_redirects` file for hosts that read one, and the page that leads on everywhere else.

use std::borrow::Cow;
use std::fmt::Write;

use quick_xml::escape;

use crate::value::language::Language;

/// One line of `_redirects`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule<'a> {
    /// The path that is asked for, from the host's root, percent-encoded: `/blog/old/`.
    pub from: &'a str,
    /// Where it leads: a path of the same kind, or for [`Answer::Moved`] an absolute URL.
    pub to: &'a str,
    /// How the host answers.
    pub answer: Answer,
}

/// How a host answers for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It sends the reader there for good (301).
    Moved,
    /// It gives the other file in its place (200).
    Rewrite,
}

/// The `_redirects` file, as Netlify and Cloudflare Pages read it: the rules in their order, the first that fits counts. A rule that leads to
/// itself is left out. What would be a wildcard or a placeholder in a path is percent-encoded.
#[must_use]
pub fn render(rules: &[Rule<'_>]) -> String {
    let mut text = String::new();
    for Rule { from, to, answer } in rules.iter().filter(|rule| rule.from != rule.to) {
        let status = match answer {
            Answer::Moved => 301,
            Answer::Rewrite => 200,
        };
        let to = if to.starts_with('/') { literal(to) } else { Cow::Borrowed(*to) };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} {to} {status}", literal(from));
    }
    text
}

/// A path that says only itself: `*` would be a wildcard, `:` at the start of a segment a placeholder.
fn literal(path: &str) -> Cow<'_, str> {
    if path.contains('*') || path.contains("/:") {
        path.replace('*', "%2A").replace("/:", "/%3A").into()
    } else {
        path.into()
    }
}

/// What the page at a former address says.
#[derive(Clone, Copy, Debug)]
pub struct Moved<'a> {
    /// Where the reader finds it now: an absolute URL, percent-encoded.
    pub url: &'a str,
    /// The language of the words.
    pub language: &'a Language,
    /// Title and heading of the page: "This page has moved".
    pub title: &'a str,
    /// The words of the link: what is there.
    pub label: &'a str,
}

/// A page that leads on at once, also without JavaScript; search engines keep the new address instead of it.
#[must_use]
pub fn page(moved: &Moved<'_>) -> String {
    let url = escape::escape(moved.url);
    let language = moved.language;
    let title = escape::partial_escape(moved.title);
    let label = escape::partial_escape(moved.label);
    format!(
        r#"<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="canonical" href="{url}">
<meta http-equiv="refresh" content="0; url={url}">
<meta name="robots" content="noindex">
</head>
<body>
<main>
<h1>{title}</h1>
<p><a href="{url}">{label}</a></p>
</main>
</body>
</html>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rule_a_line() {
        let rule = |from, to, answer| Rule { from, to, answer };
        let rules = [
            rule("/old/", "/new/", Answer::Moved),
            rule("/same/", "/same/", Answer::Moved),
            rule("/feed/", "/feed/index.xml", Answer::Rewrite),
            rule("/:what/*", "https://example.org/:x", Answer::Moved),
        ];
        let expected = "/old/ /new/ 301\n/feed/ /feed/index.xml 200\n/%3Awhat/%2A https://example.org/:x 301\n";
        assert_eq!(render(&rules), expected);
        assert_eq!(render(&[]), "");
    }

    #[test]
    fn the_page_escapes_what_it_says() {
        let language = Language::parse("en").unwrap();
        let url = "https://example.com/?a=1&b=\"";
        let html = page(&Moved { url, language: &language, title: "</title><script>", label: "<b> & more" });
        assert!(html.contains("<title>&lt;/title&gt;&lt;script&gt;</title>"));
        assert!(html.contains(r#"<a href="https://example.com/?a=1&amp;b=&quot;">&lt;b&gt; &amp; more</a>"#));
        assert!(html.contains(r#"content="0; url=https://example.com/?a=1&amp;b=&quot;""#));
    }
}
