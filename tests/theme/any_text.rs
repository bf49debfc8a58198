//! Whatever stands in a file, loading it ends in a report.

use crate::support::site;
use crate::support::vocabulary;
use crate::support::with_styles;
use letterpress::diagnostic::terminal;
use letterpress::theme;
use letterpress::theme::sources::Edition;
use letterpress::theme::templates::Templates;

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 400, ..Default::default() })]

    /// Whatever stands in a template, loading and compiling it ends in a report whose spans lie within the file.
    #[test]
    fn no_template_breaks_the_loader(parts in proptest::collection::vec(proptest::sample::select(PARTS.to_vec()), 0..14)) {
        let text = parts.concat();
        let (theme, _) = theme::load("mini", None, &site(&[("mini/templates/web/x.html", &text)]));
        let (templates, report) = Templates::compile(&theme.unwrap().sources, Edition::Web, &vocabulary());
        assert!(templates.is_some() != report.has_errors(), "{text:?}");
        for diagnostic in report.into_sorted() {
            let place = diagnostic.place.as_ref().unwrap_or_else(|| panic!("{text:?}: {}", diagnostic.message));
            assert!(place.source.text().get(place.span.clone()).is_some(), "{text:?}: {diagnostic:?}");
            assert!(!terminal::human(&diagnostic, false).is_empty());
        }
    }

    /// Nor does whatever stands in a stylesheet.
    #[test]
    fn no_stylesheet_breaks_the_loader(parts in proptest::collection::vec(proptest::sample::select(STYLE_PARTS.to_vec()), 0..14)) {
        let text: &'static str = parts.concat().leak();
        let (_, report) = theme::load("mini", None, &site(&with_styles(&[("mini/styles/main.scss", text)])));
        for diagnostic in report.into_sorted() {
            assert!(diagnostic.place.is_some(), "{text:?}: {}", diagnostic.message);
            assert!(!terminal::human(&diagnostic, false).is_empty());
        }
    }
}

const PARTS: [&str; 44] = [
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "{%-",
    "-%}",
    " ",
    "\n",
    "ü",
    "\"",
    "'",
    "\\",
    "a",
    "if ",
    "endif",
    "for x in y",
    "endfor",
    "block a",
    "endblock",
    "component a",
    "()",
    "endcomponent",
    "<a />",
    "<a>",
    "</a>",
    "extends ",
    "include ",
    "\"web/base.html\"",
    "\"web/x.html\"",
    "\"nothing\"",
    "| date",
    "| nope",
    "body",
    "head",
    "raw",
    "endraw",
    "is nope",
    "t(key=\"x\")",
    "(",
    ")",
    "set z = 1",
    "{{ a.b }}",
];

const STYLE_PARTS: [&str; 36] = [
    "a",
    " ",
    "{",
    "}",
    ":",
    ";",
    "color",
    "red",
    "\n",
    "@use \"x\"",
    "@use \"main\"",
    "@import \"y\"",
    "@media (width > 1px)",
    "&",
    "#{",
    "$a",
    "(",
    ")",
    "\"",
    "'",
    "url(../x)",
    "url(/y)",
    "@include m",
    "@mixin m",
    "@each $a in b",
    "1px",
    "+",
    "/",
    "calc(",
    "ü",
    "//",
    "/*",
    "*/",
    "@unknown",
    "math.div(1,0)",
    "%p",
];
