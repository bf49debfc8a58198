//! Whatever bytes come, reading and rendering them neither panics nor loses its place.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::sync::Arc;

use letterpress::content::document;
use letterpress::content::document::DocumentKind;
use letterpress::content::markdown;
use letterpress::content::markdown::Options;
use letterpress::content::outline;
use letterpress::content::tree::Kind;
use letterpress::content::tree::Tree;
use letterpress::diagnostic::source::Source;
use letterpress::diagnostic::terminal;
use letterpress::edition::highlight;
use letterpress::edition::html;
use letterpress::edition::html::Plain;
use letterpress::edition::html::Policy;
use letterpress::edition::math;
use letterpress::files::tree::File;
use letterpress::files::tree::Place;
use letterpress::value::path::SitePath;
use proptest::prelude::*;

/// Everything on, so that the extensions meet.
const ALL: Options = Options {
    gfm: true,
    autolink: true,
    footnotes: true,
    definition_lists: true,
    heading_attributes: true,
    heading_ids: true,
    smart_punctuation: true,
    math: true,
    wikilinks: true,
    components: true,
};

fn post(bytes: &[u8]) -> File {
    File {
        path: SitePath::parse("posts/2026-11-01-a.md").unwrap(),
        name: "a.md".into(),
        place: Place::Memory(Arc::from(bytes)),
    }
}

/// Pieces of Markdown that mean something, in any order.
fn markdown_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "word ",
        "é",
        "日本",
        "\n",
        "\n\n",
        "\r\n",
        "  ",
        "    ",
        "\t",
        "*",
        "**",
        "_",
        "~~",
        "~",
        "`",
        "``",
        "```\n",
        "~~~\n",
        "$",
        "$$",
        "> ",
        "- ",
        "1. ",
        "+ ",
        "[",
        "]",
        "(",
        ")",
        "![",
        "[[",
        "]]",
        "|",
        "|\n|-|-|\n",
        "# ",
        "## x {#y}",
        "---\n",
        "===\n",
        "<",
        ">",
        "<b>",
        "</b>",
        "<!--",
        "-->",
        "<pre>",
        "</pre>",
        "<div>\n",
        "</div>\n",
        "<script>",
        "&amp;",
        "&copy;",
        "&",
        "\\",
        "\"",
        "'",
        "...",
        "--",
        "[^1]",
        "[^1]: ",
        "[x]",
        "- [x] ",
        "[!NOTE]\n",
        "\n: ",
        "https://e.com/a_b",
        "www.e.com",
        "a@b.cd",
        "http://",
        "{{",
        "}}",
        "{{<",
        "{{<a />}}",
        "{{<a b=\"c|*_`\" n=1 />}}",
        "{{<a\nb=\"x\"\n/>}}",
        "/>}}",
        "{%",
        "\n{% <a> %}\n",
        "\n{% </a> %}\n",
        "\n> {% <b x=1.5> %}\n",
        "> {% </b> %}\n",
        "<!-- more -->\n",
        "\0",
        "\u{feff}",
        "\u{1f600}",
        "x^2",
        "\\frac{1}{",
        "^",
        "{",
        "}",
        "[a]: <b c>\n",
        "![i](p.jpg \"t\")",
        "[l](u)",
        "```rust {1}\nfn a() {}\n```\n",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

fn check_tree(tree: &Tree<'_>, text: &str, body: std::ops::Range<usize>) {
    for (index, node) in tree.nodes.iter().enumerate() {
        assert!(
            body.start <= node.span.start && node.span.start <= node.span.end && node.span.end <= body.end,
            "{node:?}"
        );
        assert!(text.is_char_boundary(node.span.start) && text.is_char_boundary(node.span.end), "{node:?}");
        assert!(index < node.end && node.end <= tree.nodes.len(), "{index} {node:?}");
        for child in tree.children(index) {
            assert!(tree.nodes[child].end <= node.end, "children end before their parents");
        }
        if let Kind::Component { call, .. } = node.kind {
            assert!(call < tree.calls.len());
        }
    }
    let placed: Vec<usize> = tree
        .nodes
        .iter()
        .filter_map(|node| if let Kind::Component { call, .. } = node.kind { Some(call) } else { None })
        .collect();
    assert!(placed.windows(2).all(|two| two[0] < two[1]), "calls stand in the order of the text: {placed:?}");
}

fn check(text: &str, body: std::ops::Range<usize>, options: Options) {
    let source = Source::new("a.md", text);
    let (tree, report) = markdown::parse(&source, body.clone(), options);
    for diagnostic in report.into_sorted().iter().take(20) {
        assert!(!terminal::human(diagnostic, false).is_empty());
    }
    check_tree(&tree, text, body);
    let outline = outline::outline(&tree);
    let mut ids: Vec<&str> = outline.headings.iter().map(|heading| &*heading.id).collect();
    assert!(!options.heading_ids || ids.iter().all(|id| !id.is_empty()));
    let explicit = text.contains("{#");
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert!(explicit || !options.heading_ids || ids.len() == count, "ids are unique");
    assert!(outline.sections().len() <= count);
    for policy in [Policy::WEB, Policy::SUMMARY, Policy::FEED, Policy::COMMONMARK] {
        let html = html::render(&tree, &source, &Plain, policy).html;
        assert!(!html.contains('\0') || tree.has_html);
        assert!(!policy.sanitize || !html.contains("<script"), "{html}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = document::load(&post(&bytes), DocumentKind::Post, &document::Options::default());
    }

    #[test]
    fn any_front_matter_is_read(fence in prop::sample::select(vec!["+++", "---"]), lines in prop::collection::vec("(title|date|tags|image|url|slug|extra|x)? ?[:=]? ?[\\[\\]{}\"'a-z0-9,:= -]{0,20}", 0..8)) {
        let text = format!("{fence}\n{}\n{fence}\nBody\n", lines.join("\n"));
        let (document, report) = document::load(&post(text.as_bytes()), DocumentKind::Post, &document::Options::default());
        prop_assert!(document.is_some());
        for diagnostic in report.into_sorted() {
            prop_assert!(!terminal::human(&diagnostic, false).is_empty() && !terminal::short(&diagnostic).is_empty());
        }
    }

    #[test]
    fn any_markdown_is_rendered(text in markdown_text()) {
        check(&text, 0..text.len(), ALL);
        check(&text, 0..text.len(), Options::default());
        check(&text, 0..text.len(), Options::COMMONMARK);
    }

    #[test]
    fn any_text_is_rendered(text in "\\PC{0,200}") {
        check(&text, 0..text.len(), ALL);
    }

    #[test]
    fn a_body_within_a_file_keeps_its_places(before in "[a-zé\n]{0,20}", text in markdown_text()) {
        let whole = format!("{before}{text}");
        check(&whole, before.len()..whole.len(), ALL);
    }

    #[test]
    fn calls_in_code_are_text(before in markdown_text(), code in "[a-z ]{0,10}") {
        // A fence that nothing inside can close, after a blank line at the left margin.
        let fence = "`".repeat(60);
        let text = format!("{fence}\n{{{{<a />}}}}\n{{% <b> %}}\n{before}{code}\n{fence}\n");
        let source = Source::new("a.md", &*text);
        let (tree, report) = markdown::parse(&source, 0..text.len(), ALL);
        prop_assert!(report.is_empty(), "{report:?}");
        prop_assert!(tree.calls.is_empty());
    }

    #[test]
    fn masks_keep_what_is_around(left in "[a-z]{1,5}( [a-z]{1,5}){0,3}", argument in "[^\"\\\\\\p{Cc}]{0,12}", right in "[a-z]{1,5}( [a-z]{1,5}){0,3}") {
        let text = format!("{left} {{{{<a b=\"{argument}\" />}}}} *{right}*\n");
        let source = Source::new("a.md", &*text);
        let (tree, report) = markdown::parse(&source, 0..text.len(), Options::default());
        prop_assert!(report.is_empty(), "{report:?}");
        prop_assert_eq!(tree.calls.len(), 1);
        let html = html::render(&tree, &source, &Plain, Policy::WEB).html;
        prop_assert_eq!(html, format!("<p>{left}  <em>{right}</em></p>\n"));
    }

    #[test]
    fn any_formula_is_read(pieces in prop::collection::vec(prop::sample::select(vec![
        "x", "1", "^", "_", "{", "}", "\\frac", "\\sqrt", "[", "]", "\\left", "\\right", "(", ")", "\\begin{matrix}", "\\end{matrix}", "&", "\\\\", "é", "\\", " ", "'",
        "\\text{", "\\sum", "\\limits", "%", "#", "~", "\\begin{", "\\end{", "\\def", "\\color{", "\\hspace{", "1em", "日", "\\middle", "|", "\\not", "\\operatorname{", "\0", "\n", "$", "\\char\"", "\\kern",
    ]), 0..12)) {
        let mut out = String::new();
        let _ = math::append(&pieces.concat(), true, &mut out);
        let _ = math::append(&pieces.join(" "), false, &mut out);
    }

    #[test]
    fn highlighting_keeps_the_text(code in "\\PC{0,40}(\n\\PC{0,40}){0,5}", language in prop::sample::select(vec!["rust", "js", "html", "sh", "md", "toml", "none"])) {
        let mut html = String::new();
        highlight::append(&code, language, &[2..=2], &mut html);
        let mut text = String::new();
        let mut in_tag = false;
        for c in html.chars() {
            match c {
                '<' => in_tag = true,
                '>' if in_tag => in_tag = false,
                c if !in_tag => text.push(c),
                _ => {}
            }
        }
        prop_assert_eq!(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"), code);
    }
}

#[test]
fn depth_and_size_are_no_danger() {
    let depth = 20_000;
    for text in [
        "> ".repeat(depth) + "x",
        "- ".repeat(depth / 20) + "x",
        "[".repeat(depth),
        "*a ".repeat(depth),
        "![".repeat(depth) + "x" + &"](y)".repeat(depth),
        "`".repeat(depth),
        "{{<a ".repeat(depth),
        "{{<a b=\"`\" />}} ".repeat(depth / 20),
        "{% <a> %}\n\n".repeat(depth / 4) + &"{% </a> %}\n\n".repeat(depth / 4),
        "{% <a> %} ".repeat(depth),
        "https://e.com ".repeat(depth),
        "# a\n\n".repeat(depth),
        "[^1] ".repeat(depth) + "\n\n[^1]: x\n",
        "x\n".repeat(depth * 5),
        "> ```\n".to_owned() + &"> code\n".repeat(depth * 5),
        "&amp;@".repeat(depth),
    ] {
        let begin = std::time::Instant::now();
        check(&text, 0..text.len(), ALL);
        let seconds = begin.elapsed().as_secs_f64();
        assert!(seconds < 20.0, "{seconds} s for {} bytes of {:?}", text.len(), &text[..12]);
    }
}
