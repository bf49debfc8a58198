//! Themes: inheritance, templates, components, styles, words; and the place and wording of every message about them.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

use std::sync::Arc;

use letterpress::diagnostic::report::Report;
use letterpress::diagnostic::terminal;
use letterpress::files::tree::File;
use letterpress::files::tree::FileTree;
use letterpress::files::tree::Place;
use letterpress::theme;
use letterpress::theme::Theme;
use letterpress::theme::signature::Argument;
use letterpress::theme::signature::Call;
use letterpress::theme::signature::LiteralKind;
use letterpress::theme::sources::Edition;
use letterpress::theme::templates::Templates;
use letterpress::theme::templates::Vocabulary;
use letterpress::theme::words::DateStyle;
use letterpress::value::language::Language;
use letterpress::value::path::SitePath;
use tera::Context;
use tera::Kwargs;
use tera::State;

const PAGES: [&str; 11] =
    ["404", "archive", "author", "authors", "home", "issue", "list", "page", "post", "term", "terms"];

/// A small whole theme `mini`, with `files` added or in place of its own, at paths below `themes/`.
fn site(files: &[(&str, &str)]) -> FileTree {
    let mut tree = FileTree::new();
    let mut add = |path: &str, text: &str| {
        tree.insert(File {
            path: SitePath::parse(path).unwrap(),
            name: format!("themes/{path}").into(),
            place: Place::Memory(Arc::from(text.as_bytes())),
        });
    };
    add("mini/theme.toml", "name = \"Mini\"\nletterpress = \">=0.1, <0.2\"\n");
    add(
        "mini/templates/web/base.html",
        "<head>{{ head }}</head><title>{% block title %}mini{% endblock %}</title>{% block main %}{% endblock %}",
    );
    for page in PAGES {
        add(
            &format!("mini/templates/web/{page}.html"),
            &format!("{{% extends \"web/base.html\" %}}{{% block main %}}{page}{{% endblock %}}"),
        );
    }
    for (path, text) in files {
        add(path, text);
    }
    tree
}

const CHILD: (&str, &str) = ("child/theme.toml", "name = \"Child\"\nletterpress = \"0.1\"\nextends = \"mini\"\n");

fn lines(report: Report) -> Vec<String> {
    report.into_sorted().iter().map(terminal::short).collect()
}

fn load(name: &str, tree: &FileTree) -> (Option<Theme>, Vec<String>) {
    let (theme, report) = theme::load(name, None, tree);
    (theme, lines(report))
}

fn good(name: &str, files: &[(&str, &str)]) -> Theme {
    let (theme, report) = load(name, &site(files));
    assert_eq!(report, [""; 0]);
    theme.unwrap()
}

fn register(tera: &mut tera::Tera) {
    tera.register_function("fails", |_: Kwargs, _: &State<'_>| -> tera::TeraResult<String> {
        Err(tera::Error::message("there is no page `x.md`\ndid you mean `y.md`?"))
    });
    tera.register_filter("date", |text: &str, _: Kwargs, _: &State<'_>| text.to_owned());
}

fn vocabulary() -> Vocabulary<'static> {
    Vocabulary { functions: &["fails"], filters: &["date"], tests: &[], register: &register }
}

fn compile(theme: &Theme, edition: Edition) -> (Option<Templates>, Vec<String>) {
    let (templates, report) = Templates::compile(&theme.sources, edition, &vocabulary());
    (templates, lines(report))
}

fn compiled(theme: &Theme, edition: Edition) -> Templates {
    let (templates, report) = compile(theme, edition);
    assert_eq!(report, [""; 0]);
    templates.unwrap()
}

fn context() -> Context {
    let mut context = Context::new();
    context.insert("head", "HEAD");
    context
}

fn render(templates: &Templates, name: &str) -> String {
    templates.render(name, &context()).unwrap_or_else(|diagnostic| terminal::short(&diagnostic))
}

/// What is wrong with templates of the theme `mini` that has these files.
fn mistakes(files: &[(&str, &str)]) -> Vec<String> {
    let (theme, mut report) = load("mini", &site(files));
    report.extend(compile(&theme.unwrap(), Edition::Web).1);
    report
}

// ---- the theme in the program

const FUNCTIONS: [&str; 11] =
    ["posts", "pages", "terms", "authors", "collections", "years", "link", "asset", "image", "picture", "t"];
const FILTERS: [&str; 6] = ["date", "slug", "urlencode", "json_encode", "filesizeformat", "markdown"];

#[test]
fn the_default_theme_keeps_the_contract() {
    let (theme, report) = load("broadside", &FileTree::new());
    assert_eq!(report, [""; 0]);
    let theme = theme.unwrap();
    let register = |tera: &mut tera::Tera| {
        for name in FUNCTIONS {
            tera.register_function(name, |_: Kwargs, _: &State<'_>| String::new());
        }
        for name in FILTERS {
            tera.register_filter(name, |value: tera::Value, _: Kwargs, _: &State<'_>| value);
        }
    };
    let vocabulary = Vocabulary { functions: &FUNCTIONS, filters: &FILTERS, tests: &[], register: &register };
    for edition in [Edition::Web, Edition::Feed] {
        let (_, report) = Templates::compile(&theme.sources, edition, &vocabulary);
        assert_eq!(lines(report), [""; 0], "{edition:?}");
    }
    assert!(!theme.styles.is_empty());
}

// ---- the chain

#[test]
fn a_theme_inherits_file_by_file_and_by_its_parents_name() {
    let theme = good(
        "child",
        &[
            CHILD,
            ("child/templates/web/home.html", "own {{ head }}"),
            (
                "child/templates/web/post.html",
                "{% extends \"mini/web/post.html\" %}{% block main %}child of {{ super() }}{% endblock %}",
            ),
            (
                "child/templates/web/base.html",
                "{% extends \"mini/web/base.html\" %}{% block title %}child{% endblock %}",
            ),
        ],
    );
    let templates = compiled(&theme, Edition::Web);
    assert_eq!(render(&templates, "web/home.html"), "own HEAD");
    assert_eq!(render(&templates, "web/post.html"), "<head>HEAD</head><title>child</title>child of post");
    assert_eq!(render(&templates, "web/page.html"), "<head>HEAD</head><title>child</title>page");
    assert_eq!(templates.names().len(), 12);
    assert!(templates.has("web/terms.html") && !templates.has("web/nothing.html"));
    assert_eq!(
        templates.dependencies("web/post.html").collect::<Vec<_>>(),
        ["child/web/base.html", "child/web/post.html", "mini/web/base.html", "mini/web/post.html"]
    );
}

#[test]
fn circles_of_themes_are_shown() {
    let tree = site(&[
        CHILD,
        ("mini/theme.toml", "name = \"Mini\"\nletterpress = \"0.1\"\nextends = \"child\"\n"),
        ("broadside/theme.toml", "name = \"x\"\nletterpress = \"0.1\"\nextends = \"broadside\"\n"),
    ]);
    assert_eq!(
        load("child", &tree).1,
        [
            "themes/mini/theme.toml:3:11: error: themes extend each other in a circle: child → mini → child [theme-circle]; let one of them extend nothing"
        ]
    );
    assert_eq!(
        load("broadside", &tree).1,
        [
            "themes/broadside/theme.toml:3:11: error: themes extend each other in a circle: broadside → broadside [theme-circle]; give your theme's folder another name: `broadside` is now your own theme, not the one in the program"
        ]
    );
}

#[test]
fn unknown_themes() {
    assert_eq!(
        load("mimi", &site(&[])).1,
        [
            "error: there is no theme `mimi` [unknown-theme]; did you mean `mini`?; themes there are: broadside, mini; your own stand in themes/<name>/"
        ]
    );
    let tree = site(&[("child/theme.toml", "name = \"Child\"\nletterpress = \"0.1\"\nextends = \"broadsid\"\n")]);
    assert_eq!(
        load("child", &tree).1,
        [
            "themes/child/theme.toml:3:11: error: there is no theme `broadsid` [unknown-theme]; did you mean `broadside`?; themes there are: broadside, child, mini; your own stand in themes/<name>/"
        ]
    );
    assert_eq!(
        load("child", &site(&[("child/static/x.js", "")])).1,
        [
            "error: the theme `child` has no theme.toml [no-theme-toml]; write themes/child/theme.toml with name = \"…\" and letterpress = \"…\""
        ]
    );
}

#[test]
fn extra_is_inherited_key_by_key() {
    let theme = good(
        "child",
        &[
            ("child/theme.toml", "name = \"C\"\nletterpress = \"0.1\"\nextends = \"mini\"\nextra = { a = 1 }\n"),
            ("mini/theme.toml", "name = \"M\"\nletterpress = \"0.1\"\nextra = { a = 2, b = 3 }\n"),
        ],
    );
    assert_eq!(serde_json::to_string(&theme.manifest.extra).unwrap(), r#"{"a":1,"b":3}"#);
}

// ---- templates: mistakes

#[test]
fn two_broken_templates_are_both_reported_and_unknown_names_too() {
    let report = mistakes(&[
        ("mini/templates/web/home.html", "{{ head }}\n{% if x %}\n"),
        ("mini/templates/web/list.html", "{{ head }}\n  {{ x | }}\n"),
        ("mini/templates/web/page.html", "{{ head }}\nü {{ x | dat(format=\"y\") }} {{ y | slugify }}\n{{ fials() }}"),
        ("mini/templates/web/post.html", "{{ head }}{% include \"web/home.html\" %}{% include \"web/hom.html\" %}"),
    ]);
    assert_eq!(
        report,
        [
            "themes/mini/templates/web/home.html:2:11: error: unexpected end of input [template-syntax]; `{% if` on line 2 is never closed by `{% endif %}`",
            "themes/mini/templates/web/list.html:2:10: error: found `}}` but expected identifier [template-syntax]",
            "themes/mini/templates/web/page.html:2:10: error: there is no filter `dat` [unknown-filter]; did you mean `date`?",
            "themes/mini/templates/web/page.html:2:36: error: there is no filter `slugify` [unknown-filter]; write `slug`",
            "themes/mini/templates/web/page.html:3:4: error: there is no function `fials` here [unknown-function]; did you mean `fails`?",
            "themes/mini/templates/web/post.html:1:52: error: there is no template `web/hom.html` [unknown-template]; did you mean `web/home.html`?",
        ]
    );
}

#[test]
fn the_underline_covers_the_name() {
    let text = "{{ head }}\nü {{ x | dat(format=\"y\") }}";
    let (theme, _) = load("mini", &site(&[("mini/templates/web/page.html", text)]));
    let (_, report) = Templates::compile(&theme.unwrap().sources, Edition::Web, &vocabulary());
    let place = report.diagnostics()[0].place.clone().unwrap();
    assert_eq!(&text[place.span], "dat");
}

#[test]
fn unknown_parents_blocks_tests_and_components() {
    let report = mistakes(&[
        ("mini/templates/components/note.html", "{% component note() %}{{ body }}{% endcomponent note %}"),
        ("mini/templates/web/home.html", "{% extends \"web/bsae.html\" %}{% block main %}{{ x | nope }}{% endblock %}"),
        ("mini/templates/web/page.html", "{% extends \"web/base.html\" %}{% block man %}{% endblock %}"),
        ("mini/templates/web/post.html", "{{ head }}{% if x is defind %}{{ <nte /> }}{% endif %}"),
    ]);
    assert_eq!(
        report,
        [
            "themes/mini/templates/web/home.html:1:13: error: there is no template `web/bsae.html` to extend [unknown-template]; did you mean `web/base.html`?",
            "themes/mini/templates/web/home.html:1:53: error: there is no filter `nope` [unknown-filter]",
            "themes/mini/templates/web/page.html:1:39: error: no template that this one extends has a block `man` [unknown-block]; did you mean `main`?",
            "themes/mini/templates/web/post.html:1:22: error: there is no test `defind` [unknown-test]; did you mean `defined`?",
            "themes/mini/templates/web/post.html:1:35: error: there is no component `nte` [unknown-component]; did you mean `note`?",
        ]
    );
}

#[test]
fn circles_of_templates() {
    let report = mistakes(&[
        ("mini/templates/web/a.html", "{% include \"web/b.html\" %}"),
        ("mini/templates/web/b.html", "{% include \"web/a.html\" %}"),
        ("mini/templates/web/home.html", "{% extends \"web/home.html\" %}{% block a %}{{ head }}{% endblock %}"),
    ]);
    assert_eq!(
        report,
        [
            "themes/mini/templates/web/a.html:1:13: error: templates include each other in a circle: mini/web/a.html → mini/web/b.html → mini/web/a.html [template-circle]",
            "themes/mini/templates/web/home.html:1:13: error: templates extend each other in a circle: mini/web/home.html → mini/web/home.html [template-circle]",
        ]
    );
    let tree = site(&[
        CHILD,
        ("child/templates/web/post.html", "{% extends \"web/post.html\" %}{% block a %}{{ head }}{% endblock %}"),
    ]);
    let theme = load("child", &tree).0.unwrap();
    assert_eq!(
        compile(&theme, Edition::Web).1,
        [
            "themes/child/templates/web/post.html:1:13: error: templates extend each other in a circle: child/web/post.html → child/web/post.html [template-circle]; to extend the template that this one replaces, name its theme: \"mini/web/post.html\""
        ]
    );
}

#[test]
fn one_component_defined_twice() {
    let report = mistakes(&[
        ("mini/templates/components/a.html", "{% component note() %}{% endcomponent note %}"),
        ("mini/templates/components/b.html", "\n{% component note() %}{{ x | nope }}{% endcomponent note %}"),
        ("mini/templates/components/c.html", "{% component old(body: string) %}{% endcomponent old %}"),
    ]);
    assert_eq!(
        report,
        [
            "themes/mini/templates/components/b.html:2:14: error: the component `note` is defined twice [double-component]; give one of them another name",
            "themes/mini/templates/components/c.html:1:18: error: the name `body` is reserved for component body content [template-syntax]; leave it out: every component may print {{ body }}, what stands between its lines",
        ]
    );
}

#[test]
fn what_every_theme_must_have() {
    let tree =
        site(&[("bare/theme.toml", "name = \"x\"\nletterpress = \"0.1\"\n"), ("bare/templates/web/404.html", "x")]);
    assert_eq!(
        load("bare", &tree).1,
        [
            "themes/bare/templates/web/404.html:1:1: error: web/404.html never prints `{{ head }}`, nor does what it extends or includes [no-head]; print {{ head }} inside <head>, after charset and viewport: title, canonical address, feeds and styles are in it",
            "themes/bare/theme.toml:1:1: error: the theme `bare` lacks web/archive.html, web/author.html, web/authors.html, web/home.html, web/issue.html, web/list.html, web/page.html, web/post.html, web/term.html, web/terms.html [missing-template]; write extends = \"broadside\" in the theme.toml of `bare` to take from there what it lacks",
        ]
    );
}

#[test]
fn files_that_are_not_text() {
    let mut tree = site(&[]);
    tree.insert(File {
        path: SitePath::parse("mini/templates/web/x.html").unwrap(),
        name: "themes/mini/templates/web/x.html".into(),
        place: Place::Memory(Arc::from(&b"ab\xff"[..])),
    });
    assert_eq!(
        load("mini", &tree).1,
        ["themes/mini/templates/web/x.html:1:3: error: this file is not UTF-8 [not-utf8]; save it as UTF-8"]
    );
}

#[test]
fn the_tag_that_is_never_closed_is_named() {
    let of = |text: &str| {
        let report = mistakes(&[("mini/templates/web/x.html", text)]);
        report.iter().map(|line| line.rsplit("; ").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        of("{% block a %}\n{% for x in y %}\n{% endfor %}\n"),
        ["`{% block` on line 1 is never closed by `{% endblock %}`"]
    );
    assert_eq!(
        of("{% set a %}b{% endset %}{% set c = 1 %}{% for x in y %}"),
        ["`{% for` on line 1 is never closed by `{% endfor %}`"]
    );
    assert_eq!(of("\n{% if a %}{% else %}"), ["`{% if` on line 2 is never closed by `{% endif %}`"]);
    assert_eq!(of("{% component a() %}\n"), ["`{% component` on line 1 is never closed by `{% endcomponent %}`"]);
}

// ---- templates: rendering

#[test]
fn rendering_errors_have_places() {
    let theme = good(
        "mini",
        &[
            ("mini/templates/web/page.html", "{{ head }}\n{{ post.titel }}"),
            ("mini/templates/web/post.html", "{{ head }}\n{{ pots }}"),
            ("mini/templates/web/list.html", "{{ head }}\n{{ fails() }}"),
            ("mini/templates/web/card.html", "\n {{ post.nothing }}"),
            ("mini/templates/web/home.html", "{{ head }}\n{% include \"web/card.html\" %}"),
        ],
    );
    let templates = compiled(&theme, Edition::Web);
    let mut context = context();
    context.insert("post", &serde_json::json!({ "title": "x", "date": "y" }));
    let of = |name: &str| terminal::short(&templates.render(name, &context).unwrap_err());
    assert_eq!(
        of("web/page.html"),
        "themes/mini/templates/web/page.html:2:9: error: field `titel` is not defined [template-error]; did you mean `title`?; available fields: date, title"
    );
    assert_eq!(
        of("web/post.html"),
        "themes/mini/templates/web/post.html:2:4: error: variable `pots` is not defined [template-error]; did you mean `post`?; available variables: head, post"
    );
    assert_eq!(
        of("web/list.html"),
        "themes/mini/templates/web/list.html:2:4: error: there is no page `x.md` [template-error]; did you mean `y.md`?"
    );
    assert!(of("web/home.html").starts_with("themes/mini/templates/web/card.html:2:10: error: field `nothing`"));
    let diagnostic = templates.render("web/home.html", &context).unwrap_err();
    assert_eq!(diagnostic.related[0].source.name(), "themes/mini/templates/web/home.html");
    assert_eq!(diagnostic.related[0].source.position(diagnostic.related[0].span.start).line, 2);
    assert_eq!(of("web/nothing.html"), "error: template 'web/nothing.html' not found [template-error]");
}

#[test]
fn fingerprints_follow_what_a_template_reaches() {
    let base = [
        (
            "mini/templates/components/note.html",
            "{% component note() %}{% include \"web/icon.html\" %}{% endcomponent %}",
        ),
        ("mini/templates/web/icon.html", "icon"),
        ("mini/templates/web/post.html", "{{ head }}{{ <note /> }}{{ fails() | date }}"),
    ];
    let fingerprint = |files: &[(&str, &str)], name: &str| {
        let theme = good("mini", files);
        compiled(&theme, Edition::Web).fingerprint(name)
    };
    let with = |path: &'static str, text: &'static str| {
        base.iter().copied().filter(|(other, _)| *other != path).chain([(path, text)]).collect::<Vec<_>>()
    };
    let (post, page) = (fingerprint(&base, "web/post.html"), fingerprint(&base, "web/page.html"));
    let icon = with("mini/templates/web/icon.html", "another");
    assert_ne!(fingerprint(&icon, "web/post.html"), post);
    assert_eq!(fingerprint(&icon, "web/page.html"), page);
    assert_eq!(fingerprint(&base, "web/post.html"), post);
    let theme = good("mini", &base);
    let templates = compiled(&theme, Edition::Web);
    assert_eq!(templates.functions_called("web/post.html").collect::<Vec<_>>(), ["fails"]);
    assert!(templates.component_fingerprint("note").is_some());
    assert_eq!(templates.component_fingerprint("nothing"), None);
}

// ---- components

#[test]
fn components_are_replaced_by_theme_and_by_edition() {
    let theme = good(
        "child",
        &[
            CHILD,
            (
                "mini/templates/components/all.html",
                "{% component a() %}mini a{% endcomponent a %}{% component b() %}mini b{% endcomponent b %}",
            ),
            ("mini/templates/feed/components/a.html", "{% component a() %}feed a{% endcomponent a %}"),
            ("mini/templates/mail/components/b.html", "{% component b() %}mail b{% endcomponent b %}"),
            ("child/templates/components/a.html", "{% component a() %}child a{% endcomponent a %}"),
        ],
    );
    let drawn = |edition| {
        let templates = compiled(&theme, edition);
        let draw = |name| templates.render_component(name, &Context::new(), &Context::new(), None).unwrap();
        (draw("a"), draw("b"))
    };
    assert_eq!(drawn(Edition::Web), ("child a".into(), "mini b".into()));
    assert_eq!(drawn(Edition::Feed), ("feed a".into(), "mini b".into()));
    assert_eq!(drawn(Edition::Mail), ("child a".into(), "mail b".into()));
}

#[test]
fn a_replaced_component_does_not_stop_the_edition_that_replaces_it() {
    let theme = good(
        "mini",
        &[
            (
                "mini/templates/components/latest.html",
                "{% component latest() %}{{ posts(limit=1) }}{% endcomponent latest %}",
            ),
            ("mini/templates/mail/components/latest.html", "{% component latest() %}mail{% endcomponent latest %}"),
        ],
    );
    compiled(&theme, Edition::Mail);
    assert_eq!(
        compile(&theme, Edition::Feed).1,
        [
            "themes/mini/templates/components/latest.html:1:28: error: there is no function `posts` here [unknown-function]; functions: fails"
        ]
    );
}

#[test]
fn calls_are_checked_against_the_signature() {
    let theme = good(
        "mini",
        &[(
            "mini/templates/components/all.html",
            "{% component quote(by: string = \"\", stars: integer, open: bool = false) %}{{ body }}{{ by }}{{ stars }}{% endcomponent quote %}\
             {% component rule() %}<hr>{% endcomponent rule %}\
             {% component any(...rest) %}{% if body %}{{ body }}{% endif %}{% endcomponent any %}",
        )],
    );
    let templates = compiled(&theme, Edition::Web);
    let check = |name: &str, arguments: &[(&str, LiteralKind)], has_body: bool| -> Vec<String> {
        let arguments: Vec<Argument<'_>> = arguments
            .iter()
            .enumerate()
            .map(|(at, (name, kind))| Argument {
                name,
                name_span: at..at + 1,
                kind: *kind,
                value_span: 10 + at..11 + at,
            })
            .collect();
        let call = Call { name, name_span: 50..51, arguments: &arguments, has_body };
        let problems = templates.check_call(&call);
        problems
            .iter()
            .map(|p| format!("{} {}; {} [{}]", p.span.start, p.message, p.hints.join("; "), p.code))
            .collect()
    };
    assert_eq!(check("quote", &[("stars", LiteralKind::Integer)], true), [""; 0]);
    assert_eq!(check("any", &[("x", LiteralKind::Float)], true), [""; 0]);
    assert_eq!(check("any", &[], false), [""; 0]);
    assert_eq!(check("rule", &[], false), [""; 0]);
    assert_eq!(
        check(
            "quote",
            &[("by", LiteralKind::Integer), ("strs", LiteralKind::Integer), ("open", LiteralKind::String)],
            false
        ),
        [
            "10 `by` must be a string, not an integer; write by=\"…\" [wrong-type]",
            "1 `quote` takes no argument `strs`; did you mean `stars`? [unknown-argument]",
            "12 `open` must be true or false, not a string; write open=true [wrong-type]",
            "50 `quote` needs the argument `stars`; add stars=1 [missing-argument]",
            "50 `quote` needs text between its lines; write {% <quote …> %}, the text, and {% </quote> %} on lines of their own [missing-body]",
        ]
    );
    assert_eq!(
        check("rule", &[("x", LiteralKind::Integer), ("x", LiteralKind::Integer)], true),
        [
            "0 `rule` takes no argument `x`; it takes none [unknown-argument]",
            "1 `x` is given twice;  [double-argument]",
            "50 `rule` takes no text between its lines; write {{<rule … />}} [unexpected-body]",
        ]
    );
    assert_eq!(check("rul", &[], false), ["50 there is no component `rul`; did you mean `rule`? [unknown-component]"]);
    assert_eq!(
        check("gallery", &[], false),
        ["50 there is no component `gallery`; components of the theme: any, quote, rule [unknown-component]"]
    );
    let mut arguments = Context::new();
    arguments.insert("stars", &3);
    let html = templates.render_component("quote", &arguments, &Context::new(), Some("<p>x</p>")).unwrap();
    assert_eq!(html, "<p>x</p>3");
}

// ---- styles

fn with_styles(files: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let manifest = ("mini/theme.toml", "name = \"Mini\"\nletterpress = \"0.1\"\nstyles = [\"main.scss\"]\n");
    [manifest].into_iter().chain(files.iter().copied()).collect()
}

fn css(theme: &Theme) -> Vec<String> {
    theme.styles.iter().map(|style| String::from_utf8(style.bytes.to_vec()).unwrap()).collect()
}

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

// ---- static files

#[test]
fn static_files_and_their_fingerprints() {
    let theme = good(
        "child",
        &[CHILD, ("mini/static/a.js", "1"), ("mini/static/fonts/b.woff2", "2"), ("child/static/a.js", "3")],
    );
    assert_eq!(theme.assets.names().collect::<Vec<_>>(), ["a.js", "fonts/b.woff2"]);
    assert_eq!(theme.assets.files().get("a.js").unwrap().name.as_ref(), "themes/child/static/a.js");
    let fingerprint = theme.assets.fingerprint("/a.js").unwrap();
    assert_eq!(fingerprint, &blake3::hash(b"3").to_hex()[..8]);
    assert_eq!(theme.assets.fingerprint("b.js"), None);
}

// ---- words

const ENGLISH: &str = "posted = \"Posted under\"\nmore = \"More by {name}\"\n\
    minutes = { one = \"{count} minute\", other = \"{count} minutes\" }\n[date]\nlong = \"{day} {month} {year}\"\n\
    months = [\"January\", \"February\", \"March\", \"April\", \"May\", \"June\", \"July\", \"August\", \"September\", \"October\", \"November\", \"December\"]\n\
    months_short = [\"Jan\", \"Feb\", \"Mar\", \"Apr\", \"May\", \"Jun\", \"Jul\", \"Aug\", \"Sept\", \"Oct\", \"Nov\", \"Dec\"]\n[mail]\nfooter = \"Bye\"\n";

#[test]
fn words_plurals_and_fallbacks() {
    let theme = good(
        "child",
        &[
            CHILD,
            ("mini/languages/en.toml", ENGLISH),
            ("mini/languages/fr.toml", "minutes = { one = \"{count} minute\", other = \"{count} minutes (fr)\" }\n"),
            (
                "mini/languages/zh-Hant.toml",
                "posted = \"分類\"\nminutes = { other = \"{count} 分鐘\" }\ndate.long = \"{year}年{month_number}月{day}日\"\n",
            ),
            ("mini/languages/zh.toml", "posted = \"分类\"\nmore = \"更多 {name}\"\n"),
            ("child/languages/en.toml", "posted = \"Filed under\"\n"),
        ],
    );
    let words = &theme.words;
    let say = |key: &str, language: &str, count: Option<i64>| {
        let language = Language::parse(language).unwrap();
        words
            .text(key, &language, count, &[("name", "Ann".to_owned())])
            .unwrap_or_else(|error| format!("{} | {:?}", error.message, error.hint))
    };
    assert_eq!(say("posted", "en-GB", None), "Filed under");
    assert_eq!(say("mail.footer", "de-AT", None), "Bye");
    assert_eq!(say("posted", "zh-Hant-TW", None), "分類");
    assert_eq!(say("more", "zh-Hant-TW", None), "更多 Ann");
    assert_eq!(say("minutes", "zh-Hant-TW", Some(1)), "1 分鐘");
    assert_eq!((say("minutes", "en", Some(1)), say("minutes", "en", Some(0))), ("1 minute".into(), "0 minutes".into()));
    assert_eq!(
        (say("minutes", "fr", Some(0)), say("minutes", "fr", Some(2))),
        ("0 minute".into(), "2 minutes (fr)".into())
    );
    // French rules do not apply to words that come from the English file.
    assert_eq!(say("minutes", "de", Some(0)), "0 minutes");
    assert_eq!(say("postd", "en", None), "no language file has the word `postd` | Some(\"did you mean `posted`?\")");
    assert_eq!(
        say("minutes", "en", None),
        "the word `minutes` has forms for one and for many | Some(\"write t(key=\\\"minutes\\\", count=…)\")"
    );
    let date = jiff::civil::date(2026, 9, 5);
    let text = |style, language| words.date_text(style, date, &Language::parse(language).unwrap());
    assert_eq!(text(DateStyle::Long, "en"), "5 September 2026");
    assert_eq!(text(DateStyle::Short, "en"), "5 Sept");
    assert_eq!(text(DateStyle::Long, "zh-Hant-TW"), "2026年9月5日");
    assert_eq!(words.month(2, &Language::parse("en").unwrap()), "February");
}

#[test]
fn mistakes_in_words() {
    let report = mistakes(&[
        ("mini/languages/en.toml", "a = 3\nb = { other = \"x\", oen = \"y\" }\n[date]\nmonths = [\"January\"]\n"),
        ("mini/languages/de.toml", "a = \n"),
        ("mini/languages/english language.toml", "a = \"x\"\n"),
        ("mini/templates/web/post.html", "{{ head }}{{ t(key=\"bb\") }}"),
    ]);
    assert_eq!(
        report[..5],
        [
            "themes/mini/languages/de.toml:1:5: error: invalid TOML: string values must be quoted, expected literal string [toml-syntax]",
            "themes/mini/languages/en.toml:1:5: error: `a` must be a string, not an integer [wrong-type]",
            "themes/mini/languages/en.toml:2:20: error: `oen` is no plural form [unknown-key]; did you mean `one`?; forms: zero, one, two, few, many, other",
            "themes/mini/languages/en.toml:4:10: error: `date.months` must be a list of the twelve months' names [wrong-type]",
            "themes/mini/languages/english language.toml:1:1: error: `english language` is no language tag [bad-language]; name the file after its language: en.toml, pt-BR.toml",
        ]
    );
    assert_eq!(
        report[5],
        "themes/mini/templates/web/post.html:1:21: error: no language file has the word `bb` [unknown-word]; did you mean `b`?"
    );
}
