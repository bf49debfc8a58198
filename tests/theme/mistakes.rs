//! Mistakes in templates: all of them, each at its place.

use crate::support::CHILD;
use crate::support::compile;
use crate::support::load;
use crate::support::mistakes;
use crate::support::site;
use crate::support::vocabulary;
use letterpress::files::tree::File;
use letterpress::files::tree::Place;
use letterpress::theme::sources::Edition;
use letterpress::theme::templates::Templates;
use letterpress::value::path::SitePath;
use std::sync::Arc;

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
fn calls_of_components_in_templates() {
    let report = mistakes(&[
        (
            "mini/templates/components/note.html",
            "{% component note(title: string, n: integer = 1) %}{{ title }}{{ body }}{{ n }}{% endcomponent note %}",
        ),
        (
            "mini/templates/web/home.html",
            "{{ head }}{% <note title={head} n=\"x\"> %}x{% </note> %}{{ <note titel=\"a\" /> }}{% <note {...head}> %}{% </note> %}\n\
             {% if n < note %}{% endif %}{% <note title> %}{% </note> %}",
        ),
    ]);
    assert_eq!(
        report,
        [
            "themes/mini/templates/web/home.html:1:35: error: `n` must be an integer, not a string [wrong-type]; write n={1}",
            "themes/mini/templates/web/home.html:1:60: error: `note` needs text between its lines [missing-body]; write {% <note …> %}, the text, and {% </note> %} on lines of their own",
            "themes/mini/templates/web/home.html:1:60: error: `note` needs the argument `title` [missing-argument]; add title=\"…\"",
            "themes/mini/templates/web/home.html:1:65: error: `note` takes no argument `titel` [unknown-argument]; did you mean `title`?",
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
            "themes/bare/theme.toml:1:1: error: the theme `bare` lacks web/archive.html, web/author.html, web/authors.html, web/home.html, web/issue.html, web/issues.html, web/list.html, web/page.html, web/post.html, web/term.html, web/terms.html [missing-template]; write extends = \"broadside\" in the theme.toml of `bare` to take from there what it lacks",
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
