//! The browser's side of the preview: the script that repaints pages, how it gets into them, and a page for when there is none.
//!
//! The script is one file, put together at compile time. It is added to what is sent, never to what is written. `live/repaint.js` says how a page changes in
//! place; `tests/preview/client.js` proves each of the following against a stand-in server.
//!
//! A page has a version, a short hash of its bytes before the script is added. It stands in the script's `data-letterpress` and in the header
//! `Letterpress-Version`. The script asks for its own page once more when all is loaded (header `Letterpress-Fetch: 1`), because scripts of the page may have
//! changed what the server sent, and only a change between two answers of the server is a change. Then it listens:
//!
//! `GET /_letterpress/events?page=PATH&version=VERSION[&last=ID]`, a stream of events whose data is one line of JSON. `last` is the `id` of the last event of an
//! earlier stream, where events have one. A tab that is hidden holds no stream; when it is seen again it opens another, and must be told what it has missed.
//!
//! | event | data | what the browser does |
//! |---|---|---|
//! | `hello` | `{"server": ID}` | always the first. After another ID than before, all stylesheets are asked for again |
//! | `page` | `{"version": VERSION}` | asks for its page and repaints it; a reload only where scripts have changed |
//! | `gone` | `{"to": PATH or null}` | goes there, or shows what stands there instead of the page |
//! | `styles` | `{"paths": […]}` | swaps these stylesheets; all of them where one is not linked, because it is imported then |
//! | `files` | `{"paths": […]}` | shows these images, recordings and fonts anew, in the page and in its styles |
//! | `mistakes` | `{"count": N, "html": …, "known": …}` | shows them on top of the page (`diagnostic::html`). Where they are only repeated to a new stream they are known, and what was put away stays away |
//! | `well` | `{}` | takes that away |
//! | `go` | `{"to": PATH}` | goes there, unless it is there or on one of our own pages |

use std::cell::Cell;
use std::rc::Rc;

use lol_html::HtmlRewriter;
use lol_html::Settings;
use lol_html::element;
use lol_html::end_tag;
use lol_html::html_content::ContentType;

/// Everything is within one function, so that no name of ours meets one of the page's.
const CLIENT: &str = concat!(
    "// The preview of Letterpress. It is part of what is sent, never of what is built.\n(() => {\n'use strict';\n",
    "if (!document.currentScript?.dataset.letterpress || globalThis[Symbol.for('letterpress')]) return;\n",
    "globalThis[Symbol.for('letterpress')] = true;\nconst CSS_TEXT = `",
    include_str!("live/colours.css"),
    include_str!("live/overlay.css"),
    include_str!("live/mistakes.css"),
    "`;\n",
    include_str!("live/repaint.js"),
    include_str!("live/overlay.js"),
    include_str!("live/client.js"),
    "})();\n",
);

/// The look of pages that are ours.
pub(in crate::transport) const PAGE_CSS: &str =
    concat!(include_str!("live/colours.css"), include_str!("live/page.css"), include_str!("live/mistakes.css"));

/// The script for `/_letterpress/client.js`, complete.
#[must_use]
pub fn client() -> &'static str {
    CLIENT
}

/// The typeface of the overlay and of our own pages, for `/_letterpress/newsreader.woff2`. Without it they stand in Georgia.
#[must_use]
pub fn font() -> &'static [u8] {
    include_bytes!("../../themes/broadside/static/fonts/newsreader-latin.woff2")
}

/// A page with the script in it: at the end of its head, or at its very end where no head is written out. `version` names the page's bytes before this (letters,
/// digits, `-` and `_`; anything else is left out).
///
/// Takes any bytes; nothing else in them changes.
#[must_use]
pub fn inject(html: &[u8], version: &str) -> Vec<u8> {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '_';
    let version: String = version.chars().filter(is_plain).collect();
    let script = format!("<script src=\"/_letterpress/client.js\" data-letterpress=\"{version}\" async></script>");
    in_head(html, &script).unwrap_or_else(|| [html, script.as_bytes()].concat())
}

/// `None` where there is no head with an end.
fn in_head(html: &[u8], script: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(html.len() + script.len());
    let done = Rc::new(Cell::new(false));
    let settings = Settings::new().with_strict(false).append_element_content_handler(element!("head", |head| {
        let (done, script) = (done.clone(), script.to_owned());
        if done.get() {
            return Ok(());
        }
        head.on_end_tag(end_tag!(move |end| {
            // A head that is not closed has the end of something else here.
            if end.name() == "head" && !done.replace(true) {
                end.before(&script, ContentType::Html);
            }
            Ok(())
        }))?;
        Ok(())
    }));
    let mut rewriter = HtmlRewriter::new(settings, |bytes: &[u8]| out.extend_from_slice(bytes));
    rewriter.write(html).and_then(|()| rewriter.end()).ok()?;
    done.get().then_some(out)
}

/// A page of our own for when there is no good page yet: the overlay stands on it, and the first good page takes its place. `message_html` is trusted.
#[must_use]
pub fn bare(title: &str, message_html: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{PAGE_CSS}</style>\n</head>\n<body class=\"bare\">\n<main>\n<p class=\"kicker\">Letterpress preview</p>\n\
         <h1>{title}</h1>\n<div class=\"message\">{message_html}</div>\n</main>\n</body>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "<script src=\"/_letterpress/client.js\" data-letterpress=\"v1\" async></script>";

    fn injected(html: &str) -> String {
        String::from_utf8(inject(html.as_bytes(), "v1")).unwrap()
    }

    #[test]
    fn goes_to_the_end_of_the_head() {
        for (before, after) in [
            ("<!doctype html><html><head><title>x</title>", "</head><body><head></head></body></html>"),
            ("<HTML><HEAD>", "</HEAD><BODY>"),
            ("<!-- <head></head> --><head><script>\"<head></head>\"</script>", "</head>"),
            ("<head><!-- </head> --><style></head></style ></style>", "</head>x"),
            ("<head lang=\"</head>\">", "</head\n>"),
            ("<head></hea></heads>", "</head>"),
        ] {
            assert_eq!(injected(&format!("{before}{after}")), format!("{before}{SCRIPT}{after}"));
        }
    }

    #[test]
    fn or_to_the_end_of_the_page() {
        for page in [
            "",
            "x",
            "<p>x",
            "<!-- <head></head> -->",
            "<title>x</title><p>x",
            "<html><head><title>x</title><body>y</body></html>",
            "<textarea><head></head></textarea>",
            "<select><xmp><script>\"use strict\";</script></select>",
        ] {
            assert_eq!(injected(page), format!("{page}{SCRIPT}"));
        }
    }

    #[test]
    fn changes_nothing_else() {
        let page = b"<head><title>\xff\xfe</title></head>\r\n<p class = 'a'  >\0&nbsp;<svg><head/></svg></P>";
        let out = inject(page, "v1");
        let at = out.windows(SCRIPT.len()).position(|part| part == SCRIPT.as_bytes()).unwrap();
        assert_eq!([&out[..at], &out[at + SCRIPT.len()..]].concat(), page);
    }

    #[test]
    fn a_version_cannot_leave_its_attribute() {
        let out = String::from_utf8(inject(b"", "a\"><b c-1_")).unwrap();
        assert!(out.contains("data-letterpress=\"abc-1_\""), "{out}");
    }

    #[test]
    fn the_script_is_whole() {
        let css = &CLIENT[CLIENT.find('`').unwrap() + 1..];
        let css = &css[..css.find("`;\n").unwrap()];
        assert!(!css.contains(['`', '\\', '$']) && css.contains(":host") && css.contains(".mistake"));
        assert!(CLIENT.len() < 60_000, "{} bytes", CLIENT.len());
        assert!(font().starts_with(b"wOF2"));
    }

    #[test]
    fn a_page_of_our_own() {
        let page = bare("No <site> & yet", "<p>Save something.</p>");
        assert!(page.contains("<h1>No &lt;site&gt; &amp; yet</h1>") && page.contains("<p>Save something.</p>"));
        assert!(injected(&page).contains(&format!("{SCRIPT}</head>")));
    }
}
