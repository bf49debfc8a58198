//! Which theme a file, a key or a name comes from.

use crate::support::CHILD;
use crate::support::compiled;
use crate::support::good;
use crate::support::lines;
use crate::support::load;
use crate::support::render;
use crate::support::site;
use letterpress::files::tree::FileTree;
use letterpress::theme::sources::Edition;
use letterpress::theme::templates::Templates;
use letterpress::theme::templates::Vocabulary;
use tera::Kwargs;
use tera::State;

const FUNCTIONS: [&str; 11] =
    ["posts", "pages", "terms", "authors", "collections", "years", "link", "asset", "image", "picture", "t"];
const FILTERS: [&str; 6] = ["date", "slug", "urlencode", "json_encode", "filesizeformat", "markdown"];

#[cfg(feature = "sass")]
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
    // Service pages are drawn without the library.
    let register = |tera: &mut tera::Tera| {
        for name in ["asset", "picture", "t"] {
            tera.register_function(name, |_: Kwargs, _: &State<'_>| String::new());
        }
        for name in FILTERS {
            tera.register_filter(name, |value: tera::Value, _: Kwargs, _: &State<'_>| value);
        }
    };
    let vocabulary =
        Vocabulary { functions: &["asset", "picture", "t"], filters: &FILTERS, tests: &[], register: &register };
    let (_, report) = Templates::compile(&theme.sources, Edition::Service, &vocabulary);
    assert_eq!(lines(report), [""; 0], "service");
    assert!(!theme.styles.is_empty());
}

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
    assert_eq!(templates.names().len(), 13);
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
