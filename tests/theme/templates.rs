//! Rendering, components, and what a template depends on.

use crate::support::CHILD;
use crate::support::compile;
use crate::support::compiled;
use crate::support::context;
use crate::support::good;
use crate::support::render;
use letterpress::diagnostic::terminal;
use letterpress::theme::signature::Argument;
use letterpress::theme::signature::Call;
use letterpress::theme::signature::LiteralKind;
use letterpress::theme::sources::Edition;
use tera::Context;

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
fn service_pages_need_no_library() {
    let files = [
        (
            "mini/templates/components/latest.html",
            "{% component latest() %}{{ posts(limit=1) }}{% endcomponent latest %}",
        ),
        ("mini/templates/components/mark.html", "{% component mark() %}mark{% endcomponent mark %}"),
        ("mini/templates/web/home.html", "{{ head }}{{ <latest /> }}"),
        ("mini/templates/web/service/confirm.html", "{{ head }} {{ <mark /> }}"),
    ];
    let templates = compiled(&good("mini", &files), Edition::Service);
    assert_eq!(templates.names(), ["components/mark.html", "web/service/confirm.html"]);
    assert_eq!(render(&templates, "web/service/confirm.html"), "HEAD mark");
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
