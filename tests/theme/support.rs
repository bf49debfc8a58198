//! A small theme to try things on, and the way from a report to lines of text.

use letterpress::diagnostic::report::Report;
use letterpress::diagnostic::terminal;
use letterpress::files::tree::File;
use letterpress::files::tree::FileTree;
use letterpress::files::tree::Place;
use letterpress::theme;
use letterpress::theme::Theme;
use letterpress::theme::sources::Edition;
use letterpress::theme::templates::Templates;
use letterpress::theme::templates::Vocabulary;
use letterpress::value::path::SitePath;
use std::sync::Arc;
use tera::Context;
use tera::Kwargs;
use tera::State;

pub const PAGES: [&str; 12] =
    ["404", "archive", "author", "authors", "home", "issue", "issues", "list", "page", "post", "term", "terms"];

/// A small whole theme `mini`, with `files` added or in place of its own, at paths below `themes/`.
pub fn site(files: &[(&str, &str)]) -> FileTree {
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

pub const CHILD: (&str, &str) = ("child/theme.toml", "name = \"Child\"\nletterpress = \"0.1\"\nextends = \"mini\"\n");

pub fn lines(report: Report) -> Vec<String> {
    report.into_sorted().iter().map(terminal::short).collect()
}

pub fn load(name: &str, tree: &FileTree) -> (Option<Theme>, Vec<String>) {
    let (theme, report) = theme::load(name, None, tree);
    (theme, lines(report))
}

pub fn good(name: &str, files: &[(&str, &str)]) -> Theme {
    let (theme, report) = load(name, &site(files));
    assert_eq!(report, [""; 0]);
    theme.unwrap()
}

pub fn register(tera: &mut tera::Tera) {
    tera.register_function("fails", |_: Kwargs, _: &State<'_>| -> tera::TeraResult<String> {
        Err(tera::Error::message("there is no page `x.md`\ndid you mean `y.md`?"))
    });
    tera.register_filter("date", |text: &str, _: Kwargs, _: &State<'_>| text.to_owned());
}

pub fn vocabulary() -> Vocabulary<'static> {
    Vocabulary { functions: &["fails"], filters: &["date"], tests: &[], register: &register }
}

pub fn compile(theme: &Theme, edition: Edition) -> (Option<Templates>, Vec<String>) {
    let (templates, report) = Templates::compile(&theme.sources, edition, &vocabulary());
    (templates, lines(report))
}

pub fn compiled(theme: &Theme, edition: Edition) -> Templates {
    let (templates, report) = compile(theme, edition);
    assert_eq!(report, [""; 0]);
    templates.unwrap()
}

pub fn context() -> Context {
    let mut context = Context::new();
    context.insert("head", "HEAD");
    context
}

pub fn render(templates: &Templates, name: &str) -> String {
    templates.render(name, &context()).unwrap_or_else(|diagnostic| terminal::short(&diagnostic))
}

/// What is wrong with templates of the theme `mini` that has these files.
pub fn mistakes(files: &[(&str, &str)]) -> Vec<String> {
    let (theme, mut report) = load("mini", &site(files));
    report.extend(compile(&theme.unwrap(), Edition::Web).1);
    report
}

pub fn with_styles(files: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let manifest = ("mini/theme.toml", "name = \"Mini\"\nletterpress = \"0.1\"\nstyles = [\"main.scss\"]\n");
    [manifest].into_iter().chain(files.iter().copied()).collect()
}

pub fn css(theme: &Theme) -> Vec<String> {
    theme.styles.iter().map(|style| String::from_utf8(style.bytes.to_vec()).unwrap()).collect()
}
