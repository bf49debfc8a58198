//! Stylesheets: what becomes of them, and where their mistakes are.

use crate::support::CHILD;
use crate::support::css;
use crate::support::good;
use crate::support::load;
use crate::support::site;
use crate::support::with_styles;

#[test]
fn styles_are_named_by_their_bytes() {
    let of = |text: &'static str| {
        let theme = good("mini", &with_styles(&[("mini/styles/main.scss", text)]));
        let style = &theme.styles[0];
        (style.path.to_string(), style.stable_path.to_string(), css(&theme).remove(0))
    };
    let (path, stable, text) = of("$ink: #111;\na { b { color: $ink } }");
    assert_eq!(text, "a b{color:#111}");
    assert_eq!(stable, "assets/main.css");
    assert!(
        path.starts_with("assets/main.") && path.ends_with(".css") && path.len() == "assets/main.12345678.css".len()
    );
    assert_eq!(of("a b{color:#111}").0, path);
    assert_ne!(of("a b{color:#112}").0, path);
}

#[test]
fn styles_are_inherited_and_can_be_extended() {
    let parent = with_styles(&[
        ("mini/styles/main.scss", "@use \"tokens\";\na { color: tokens.$ink }"),
        ("mini/styles/_tokens.scss", "$ink: #111111;"),
    ]);
    let child = |files: &[(&'static str, &'static str)]| {
        let files: Vec<_> = parent.iter().copied().chain([CHILD]).chain(files.iter().copied()).collect();
        css(&good("child", &files))
    };
    assert_eq!(child(&[]), ["a{color:#111}"]);
    // A part of the parent's style is replaced by its name.
    assert_eq!(child(&[("child/styles/_tokens.scss", "$ink: #222222;")]), ["a{color:#222}"]);
    // The parent's file is reached by the parent's name, even from the file that replaces it.
    assert_eq!(
        child(&[("child/styles/_tokens.scss", "@use \"mini/tokens\" as old;\n$ink: mix(old.$ink, #ffffff, 100%);")]),
        ["a{color:#111}"]
    );
    assert_eq!(
        child(&[("child/styles/main.scss", "@use \"mini/main\";\nb { color: red }")]),
        ["a{color:#111}b{color:red}"]
    );
}

#[test]
fn modern_css_passes() {
    let text = "@layer a { :root { color-scheme: light dark; color: light-dark(#000, oklch(90% .01 90)) } }\n\
        p { margin-inline: 1rem; color: color-mix(in oklab, var(--ink) 80%, var(--paper)); & > b { text-wrap: balance } }\n\
        @view-transition { navigation: auto }\n@container (width > 40rem) { p { font-size: 2cqi } }\n\
        @starting-style { p { opacity: 0 } }\n@unheard-of x { y: z }\nbody { font-family: system-ui, serif }\n";
    let theme = good(
        "mini",
        &[
            ("mini/theme.toml", "name = \"Mini\"\nletterpress = \"0.1\"\nstyles = [\"main.css\"]\n"),
            ("mini/styles/main.css", text),
        ],
    );
    let css = css(&theme).remove(0);
    for part in [
        "light-dark(#000,oklch(90% .01 90))",
        "margin-inline:1rem",
        "color-mix(in oklab,var(--ink) 80%,var(--paper))",
        "p>b{text-wrap:balance}",
        "@view-transition{navigation:auto}",
        "@container (width>40rem)",
        "@unheard-of x{y:z}",
        "font-family:system-ui,serif",
    ] {
        assert!(css.replace(", ", ",").replace(": ", ":").contains(part), "{part} is not in {css}");
    }
}

#[test]
fn mistakes_in_styles_have_places() {
    let of = |files: &[(&'static str, &'static str)]| load("mini", &site(&with_styles(files))).1;
    assert_eq!(
        of(&[("mini/styles/main.scss", "@use \"part\";"), ("mini/styles/_part.scss", "a {\n  color: $inc;\n}")]),
        ["themes/mini/styles/_part.scss:2:10: error: undefined variable [sass-error]"]
    );
    assert_eq!(
        of(&[("mini/styles/main.scss", "a { color: red;\n")]),
        ["themes/mini/styles/main.scss:1:16: error: expected \"}\" [sass-error]"]
    );
    assert_eq!(
        of(&[("mini/styles/main.scss", "@use \"prt\";"), ("mini/styles/_part.scss", "")]),
        [
            "themes/mini/styles/main.scss:1:1: error: can't find stylesheet to import [sass-error]; in styles/: _part.scss, main.scss"
        ]
    );
    assert_eq!(
        of(&[]),
        ["themes/mini/theme.toml:3:11: error: there is no styles/main.scss [unknown-style]; styles/ is empty"]
    );
    let plain = |text: &'static str| {
        load(
            "mini",
            &site(&[
                ("mini/theme.toml", "name = \"Mini\"\nletterpress = \"0.1\"\nstyles = [\"a.css\"]\n"),
                ("mini/styles/a.css", text),
                ("mini/static/fonts/a.woff2", "x"),
            ]),
        )
        .1
    };
    assert_eq!(
        plain("p { color: red }\nq } { color: blue }"),
        ["themes/mini/styles/a.css:2:3: error: invalid CSS: invalid dangling combinator in selector [css-syntax]"]
    );
    assert_eq!(
        plain("@import \"b.css\";\np { color: red }"),
        [
            "themes/mini/styles/a.css:1:10: error: `@import \"b.css\"` names a file that is not in the output [css-import]; in Sass, bring it in by @use; in CSS, list it under `styles` in theme.toml"
        ]
    );
    assert_eq!(
        plain("@font-face { font-family: a; src: url(../fonts/b.woff2) }"),
        [
            "themes/mini/styles/a.css:1:39: warning: no theme has the file static/fonts/b.woff2 [missing-asset]; did you mean `../fonts/a.woff2`?"
        ]
    );
}

#[test]
fn addresses_in_styles() {
    let theme = good(
        "mini",
        &[
            ("mini/theme.toml", "name = \"Mini\"\nletterpress = \"0.1\"\nstyles = [\"a.css\"]\n"),
            (
                "mini/styles/a.css",
                "@import url(https://x.org/a.css);a{background:url(/a.png)}b{background:url(../a.png?x)}c{background:url('data:image/svg+xml,<svg/>')}d{filter:url(#f)}",
            ),
            ("mini/static/a.png", "x"),
        ],
    );
    let css = css(&theme).remove(0);
    for part in [
        "@import \"https://x.org/a.css\"",
        "url(../a.png)",
        "url(../a.png?x)",
        "url(\"data:image/svg+xml,<svg/>\")",
        "url(#f)",
    ] {
        assert!(
            css.replace("url(\"../", "url(../")
                .replace("png\")", "png)")
                .replace("?x\")", "?x)")
                .replace("\"#f\"", "#f")
                .contains(part),
            "{part} is not in {css}"
        );
    }
}
