//! What each piece of Markdown becomes, in each edition.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use crate::content::call::Call;
use crate::content::call::Literal;
use crate::content::markdown;
use crate::content::markdown::Options;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::diagnostic::terminal;
use crate::edition::html;
use crate::edition::html::Environment;
use crate::edition::html::Image;
use crate::edition::html::Plain;
use crate::edition::html::Policy;
use crate::edition::html::Word;

/// Shows what it is asked.
struct Asked;

impl Environment for Asked {
    fn link<'e>(&'e self, dest: &'e str, _: &Range<usize>) -> Cow<'e, str> {
        if dest.ends_with(".md") { format!("/{}/", dest.trim_end_matches(".md")).into() } else { dest.into() }
    }

    fn wikilink_text<'e>(&'e self, dest: &'e str, _: &Range<usize>) -> Option<Cow<'e, str>> {
        (dest == "known").then(|| "A <known> page".into())
    }

    fn image(&self, image: &Image<'_>, out: &mut String) {
        let _ = write!(out, "<img src=\"{}\" alt=\"{}\" data-n=\"{}\">", image.dest, image.alt, image.position);
    }

    fn component(&self, call: &Call, body: Option<&str>, out: &mut String) {
        let _ = write!(out, "<x-{}", call.name.value);
        for argument in &call.arguments {
            let Literal::String(text) = &argument.value.value else { continue };
            let _ = write!(out, " {}=\"{text}\"", argument.name.value);
        }
        let _ = write!(out, ">{}</x-{}>", body.unwrap_or_default(), call.name.value);
    }

    fn word(&self, word: Word) -> Cow<'_, str> {
        format!("{word:?}").into()
    }
}

fn with(environment: &dyn Environment, policy: Policy, text: &str) -> (String, Report) {
    let source = Source::new("a.md", text);
    let (tree, mut report) = markdown::parse(&source, 0..text.len(), Options { math: true, ..Options::default() });
    let rendered = html::render(&tree, &source, environment, policy);
    report.merge(rendered.report);
    (rendered.html, report)
}

fn web(text: &str) -> String {
    let (html, report) = with(&Plain, Policy::WEB, text);
    assert!(report.is_empty(), "{report:?}");
    html
}

fn asked(text: &str) -> String {
    let (html, report) = with(&Asked, Policy::WEB, text);
    assert!(report.is_empty(), "{report:?}");
    html
}

fn feed(text: &str) -> String {
    with(&Asked, Policy::FEED, text).0
}

#[test]
fn headings() {
    assert_eq!(
        web("## Text & more {.x data-a=b onclick}\n"),
        "<h2 id=\"text-more\" class=\"x\" data-a=\"b\" onclick=\"\">Text &amp; more<a class=\"anchor\" href=\"#text-more\" aria-label=\"Link to this \
         section\">#</a></h2>\n"
    );
    assert_eq!(feed("## A {#b .c onclick=x}\n"), "<h2 id=\"b\">A</h2>\n");
    assert_eq!(with(&Plain, Policy::SUMMARY, "## A\n").0, "<h2>A</h2>\n");
}

#[test]
fn alerts_and_quotes() {
    assert_eq!(
        web("> [!NOTE]\n> Text\n"),
        "<aside class=\"alert alert-note\" role=\"note\"><p class=\"alert-title\">Note</p>\n<p>Text</p>\n</aside>\n"
    );
    assert_eq!(web("> \"Text\"\n"), "<blockquote>\n<p>“Text”</p>\n</blockquote>\n");
}

#[test]
fn footnotes() {
    assert_eq!(
        web("A[^b] and[^a] and[^b].\n\n[^a]: Note *a*.\n[^b]: Note b[^c].\n\n    - list\n\n[^c]: C\n"),
        "<p>A<sup class=\"footnote-ref\"><a id=\"fnref-1\" href=\"#fn-1\">1</a></sup> and<sup class=\"footnote-ref\"><a id=\"fnref-2\" \
         href=\"#fn-2\">2</a></sup> and<sup class=\"footnote-ref\"><a id=\"fnref-1-2\" href=\"#fn-1\">1</a></sup>.</p>\n\
         <section class=\"footnotes\" role=\"doc-endnotes\" aria-label=\"Footnotes\">\n<ol>\n\
         <li id=\"fn-1\">\n<p>Note b<sup class=\"footnote-ref\"><a id=\"fnref-3\" href=\"#fn-3\">3</a></sup>.</p>\n<ul>\n<li>list</li>\n</ul>\n\
         <p> <a class=\"footnote-back\" href=\"#fnref-1\" aria-label=\"Back to reference 1\">↩</a> <a class=\"footnote-back\" href=\"#fnref-1-2\" \
         aria-label=\"Back to reference 1-2\">↩<sup>2</sup></a></p>\n</li>\n\
         <li id=\"fn-2\">\n<p>Note <em>a</em>. <a class=\"footnote-back\" href=\"#fnref-2\" aria-label=\"Back to reference 2\">↩</a></p>\n</li>\n\
         <li id=\"fn-3\">\n<p>C <a class=\"footnote-back\" href=\"#fnref-3\" aria-label=\"Back to reference 3\">↩</a></p>\n</li>\n</ol>\n</section>\n"
    );
    let (html, report) = with(&Plain, Policy::WEB, "A.\n\n[^a]: Unused.\n");
    assert_eq!(html, "<p>A.</p>\n");
    assert_eq!(
        terminal::short(&report.diagnostics()[0]),
        "a.md:3:1: warning: nothing refers to this footnote, so it is left out [unused-footnote]"
    );
    assert_eq!(with(&Plain, Policy::SUMMARY, "A[^a].\n\n[^a]: Note.\n").0, "<p>A.</p>\n");
}

#[test]
fn tables() {
    assert_eq!(
        web("| a | | c |\n|---|:-:|--:|\n| 1 | 2 | 3 |\n"),
        "<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"Table\"><table>\n<thead>\n<tr>\n<th scope=\"col\">a</th>\n\
         <td style=\"text-align: center\"></td>\n<th scope=\"col\" style=\"text-align: right\">c</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n\
         <td style=\"text-align: center\">2</td>\n<td style=\"text-align: right\">3</td>\n</tr>\n</tbody>\n</table></div>\n"
    );
}

#[test]
fn code() {
    assert_eq!(
        web("```rust {2}\nlet a = 1;\nb\n```\n"),
        "<pre class=\"code\" tabindex=\"0\" data-lang=\"rust\"><code class=\"language-rust\"><span class=\"k\">let</span> a <span class=\"o\">=</span> \
         <span class=\"n\">1</span>;\n<mark>b</mark>\n</code></pre>\n"
    );
    assert_eq!(web("```\na < b\n```\n"), "<pre class=\"code\" tabindex=\"0\"><code>a &lt; b\n</code></pre>\n");
    assert_eq!(web("    a\n\n    b\n"), "<pre class=\"code\" tabindex=\"0\"><code>a\n\nb\n</code></pre>\n");
    assert_eq!(feed("```rust\nlet a = 1;\n```\n"), "<pre><code class=\"language-rust\">let a = 1;\n</code></pre>\n");
    assert_eq!(web("> ```\r\n> a\r\n> b\r\n> ```\r\n").matches("a\nb\n").count(), 1);
}

#[test]
fn lists() {
    assert_eq!(
        web("- [x] a\n- b\n"),
        "<ul>\n<li class=\"task\"><input type=\"checkbox\" disabled checked aria-label=\"Done\"> a</li>\n<li>b</li>\n</ul>\n"
    );
    assert_eq!(web("3. a\n\n4. b\n"), "<ol start=\"3\">\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ol>\n");
    assert_eq!(web("term\n: what it is\n"), "<dl>\n<dt>term</dt>\n<dd>what it is</dd>\n</dl>\n");
}

#[test]
fn links() {
    assert_eq!(
        asked("[a](b.md \"t\") [[known]] [[other]] [[known|own]] https://e.com/?a&b a@b.cd\n"),
        "<p><a href=\"/b/\" title=\"t\">a</a> <a href=\"known\">A &lt;known&gt; page</a> <a href=\"other\">other</a> <a href=\"known\">own</a> \
         <a href=\"https://e.com/?a&amp;b\">https://e.com/?a&amp;b</a> <a href=\"mailto:a@b.cd\">a@b.cd</a></p>\n"
    );
}

#[test]
fn images() {
    assert_eq!(
        asked("![One *a*](a.jpg) text\n\n![Two](b.jpg)\n\n![Three](c.jpg \"A <caption>\")\n"),
        "<p><img src=\"a.jpg\" alt=\"One a\" data-n=\"0\"> text</p>\n<p><img src=\"b.jpg\" alt=\"Two\" data-n=\"1\"></p>\n\
         <figure><img src=\"c.jpg\" alt=\"Three\" data-n=\"2\"><figcaption>A &lt;caption&gt;</figcaption></figure>\n"
    );
}

#[test]
fn components() {
    assert_eq!(asked("a {{<b c=\"_x_|`\" />}} *d*\n"), "<p>a <x-b c=\"_x_|`\"></x-b> <em>d</em></p>\n");
    assert_eq!(asked("{{<b />}}\n{{<c />}}\n\ntext\n"), "<x-b></x-b>\n<x-c></x-c>\n<p>text</p>\n");
    assert_eq!(
        asked("{% <b> %}\n*one*\n\n{% <c> %}\n- two\n{% </c> %}\n{% </b> %}\nthree\n"),
        "<x-b><p><em>one</em></p>\n<x-c><ul>\n<li>two</li>\n</ul>\n</x-c>\n</x-b>\n<p>three</p>\n"
    );
    assert_eq!(
        asked("> - {% <b> %}\n>   text\n>   {% </b> %}\n"),
        "<blockquote>\n<ul>\n<li>\n<x-b>text</x-b>\n</li>\n</ul>\n</blockquote>\n"
    );
    assert_eq!(asked("{% <b> %}\n{% </b> %}\n"), "<x-b></x-b>\n");
    assert_eq!(asked("| a |\n|---|\n| {{<b c=\"|\" />}} |\n").matches("<td><x-b c=\"|\"></x-b></td>").count(), 1);
    assert_eq!(asked("<div>\n{{<b />}}\n</div>\n"), "<div>\n<x-b></x-b>\n</div>\n");
    assert_eq!(
        asked("`{{<b />}}` \\{{<b />}} {{ b }} {{< b >}} <!-- {{<b />}} -->\n"),
        "<p><code>{{&lt;b /&gt;}}</code> {{&lt;b />}} {{ b }} {{&lt; b &gt;}} <!-- {{<b />}} --></p>\n"
            .replace("{{&lt;b />}} {{ b", "{{<b />}} {{ b")
    );
    assert_eq!(asked("{{<a b=\"`\" />}} `{{<c />}}`\n"), "<p><x-a b=\"`\"></x-a> <code>{{&lt;c /&gt;}}</code></p>\n");
    assert_eq!(asked("# {{<b />}} Title\n").matches("id=\"title\"").count(), 1);
}

#[test]
fn math() {
    let html = web("$x^2$ and\n\n$$\\frac{1}{2}$$\n");
    assert!(html.contains("<p><math") && html.contains("display=\"block\""), "{html}");
    let (html, report) = with(&Plain, Policy::WEB, "a $\\frac{1}$ b\n");
    assert_eq!(html, "<p>a <code>\\frac{1}</code> b</p>\n");
    assert!(
        terminal::short(&report.diagnostics()[0]).starts_with("a.md:1:3: error: this formula is not TeX: "),
        "{report:?}"
    );
}

#[test]
fn raw_html_passes_to_the_web_and_is_sanitised_for_feeds() {
    let text = "<div onclick=\"x()\"><script>alert(1)</script>\n\n{{<b c=\"d\" />}} ![i](j.png) $x$ [^1]\n\n</div>\n\n[^1]: Note\n";
    assert!(asked(text).contains("<div onclick=\"x()\"><script>alert(1)</script>\n"));
    let html = feed(text);
    assert!(!html.contains("script") && !html.contains("onclick"), "{html}");
    assert!(html.contains("<x-b c=\"d\"></x-b> <img src=\"j.png\" alt=\"i\" data-n=\"0\"> <math"), "{html}");
    assert!(html.contains("<a id=\"fnref-1\" href=\"#fn-1\">1</a>") && html.contains("<li id=\"fn-1\">"), "{html}");
    assert!(!feed("{% <b> %}\n<script>x</script>\n{% </b> %}\n").contains("script"));
    assert_eq!(
        feed("<b>a</b> {% x\n\n{% <b> %}\n<i>c</i> {{<d />}}\n{% </b> %}\n")
            .matches("<x-b><p><i>c</i> <x-d></x-d></p>\n</x-b>")
            .count(),
        1
    );
}

#[test]
fn summaries() {
    assert_eq!(
        with(&Plain, Policy::SUMMARY, "One.\n\n- a\n\n<!-- more -->\n\nTwo.\n").0,
        "<p>One.</p>\n<ul>\n<li>a</li>\n</ul>\n"
    );
    assert_eq!(web("One.\n<!-- more -->\nTwo.\n"), "<p>One.</p>\n<p>Two.</p>\n");
}

#[test]
fn mails() {
    let mail = |text: &str| with(&Plain, Policy::MAIL, text).0;
    assert_eq!(mail("# A\n\n### B\n"), "<h2>A</h2>\n<h4>B</h4>\n", "below the mail's own heading");
    assert_eq!(mail("### A\n"), "<h3>A</h3>\n");
    assert_eq!(
        mail("> [!TIP]\n> Text\n"),
        "<table role=\"presentation\" class=\"alert alert-tip\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr><td>\n\
         <p class=\"alert-title\">Tip</p>\n<p>Text</p>\n</td></tr></table>\n"
    );
    assert_eq!(
        mail("- [x] a\n- [ ] b\n"),
        "<ul>\n<li class=\"task\"><span role=\"img\" aria-label=\"Done\">☑</span> a</li>\n\
         <li class=\"task\"><span role=\"img\" aria-label=\"Not done\">☐</span> b</li>\n</ul>\n"
    );
    assert_eq!(
        mail("$a<b$ and $$c$$\n"),
        "<p><span class=\"math\">a&lt;b</span> and <span class=\"math math-display\">c</span></p>\n"
    );
    assert_eq!(
        mail("![i](j.png \"Words\")\n"),
        "<div class=\"figure\"><img src=\"j.png\" alt=\"i\" /><p class=\"caption\">Words</p></div>\n"
    );
    assert!(mail("|a|\n|-|\n|b|\n").starts_with("<div class=\"table\"><table class=\"data\" cellpadding=\"0\""));
    let code = mail("```rust\nlet a = 1;\n```\n");
    assert!(code.contains("<tr><td><pre class=\"code\" dir=\"ltr\"><code><span class=\"k\">let</span> a "), "{code}");
    assert!(mail("A[^1]\n\n[^1]: B\n").contains("<div class=\"footnotes\" role=\"doc-endnotes\""));
    // Boxes survive the sanitiser, what is dangerous does not.
    let mixed = mail("> [!NOTE]\n> Text\n\n<b onclick=\"x()\">c</b>\n");
    assert!(mixed.contains("<table role=\"presentation\" class=\"alert alert-note\" width=\"100%\""), "{mixed}");
    assert!(!mixed.contains("onclick"), "{mixed}");
}
