//! What a theme owes its mails, and what it is told where something is missing.

use std::sync::Arc;

use letterpress::config::site::Config;
use letterpress::diagnostic::terminal;
use letterpress::edition::mail::MailText;
use letterpress::edition::mail::press::MailPress;
use letterpress::newsletter::mailing::NoticeKind;
use letterpress::theme::Theme;

use crate::support;

fn complaints(config: &Arc<Config>, theme: &Arc<Theme>) -> Vec<String> {
    let (press, report) = MailPress::new(config, theme);
    assert!(press.is_none());
    support::lines(report)
}

fn confirm(theme: &Arc<Theme>) -> Result<MailText, String> {
    let (press, report) = MailPress::new(&support::config("en"), theme);
    assert!(report.is_empty(), "{:?}", support::lines(report));
    let press = press.unwrap();
    press.notice(&press.sample(NoticeKind::Confirm)).map_err(|diagnostic| terminal::short(&diagnostic))
}

#[test]
fn a_child_theme_changes_words_colours_and_parts() {
    let theme = support::child(&[
        ("languages/en.toml", "[notice.confirm]\ntitle = \"Really?\"\n"),
        ("styles/mail.scss", "@use \"broadside/mail\" with ($unused: 1);\n"),
    ]);
    let (_, report) = MailPress::new(&support::config("en"), &theme);
    assert!(support::lines(report)[0].contains("[sass-error]"));

    let theme = support::child(&[
        ("languages/en.toml", "[notice.confirm]\ntitle = \"Really?\"\n"),
        ("styles/mail.css", "h1 { color: #123456 }\n@media print { h1 { color: #000 !important } }\n"),
        ("templates/mail/colophon.html", "<p>Mine: {{ asset(path=\"theme.js\") }}</p>"),
        (
            "templates/mail/base.html",
            "{% extends \"broadside/mail/base.html\" %}{% block masthead %}<a href=\"about/\">Me</a>{% endblock %}",
        ),
    ]);
    let mail = confirm(&theme).unwrap();
    assert!(mail.html.contains("<h1 style=\"color:#123456\">Really?</h1>"), "{}", mail.html);
    assert!(mail.html.contains("@media print{h1{color:#000!important}}</style>\n</head>"), "{}", mail.html);
    assert!(mail.html.contains("<p>Mine: https://letterpress.example/theme.js?h="), "{}", mail.html);
    assert!(mail.html.contains("<a href=\"https://letterpress.example/about/\">Me</a>"), "{}", mail.html);
    assert!(mail.text.starts_with("Really?\n\nSomebody, we hope you,"), "{}", mail.text);
}

#[test]
fn mistakes_are_told_with_their_place_and_cure() {
    let config = support::config("en");
    let theme = support::child(&[("templates/mail/notice/confirm.html", "{{ t(key=\"notice.confirm.text\") }\n")]);
    let told = complaints(&config, &theme);
    assert!(told[0].contains("mine/templates/mail/notice/confirm.html:1:"), "{told:?}");

    let theme = support::child(&[("templates/mail/notice/confirm.html", "{{ servic.title }}")]);
    let told = confirm(&theme).unwrap_err();
    assert!(
        told.contains("mine/templates/mail/notice/confirm.html:1:4: error: ") && told.contains("`service`"),
        "{told}"
    );

    let theme = support::child(&[("templates/mail/notice/confirm.html", "{% for p in posts(limit=1) %}{% endfor %}")]);
    let told = confirm(&theme).unwrap_err();
    assert!(told.contains("posts() needs the site's content, which service pages and mails do not have"), "{told}");

    let theme = support::child(&[("templates/mail/notice/confirm.html", "{{ asset(path=\"them.js\") }}")]);
    let told = confirm(&theme).unwrap_err();
    assert!(told.contains("there is no file `them.js`") && told.contains("did you mean `theme.js`?"), "{told}");

    let theme = support::child(&[("styles/mail.scss", "p {\n  color: $nothing;\n}\n")]);
    let told = complaints(&config, &theme);
    assert!(told[0].contains("mine/styles/mail.scss:2:10: error: undefined variable") && told.len() == 1, "{told:?}");
}

#[test]
fn a_theme_that_stands_alone_must_bring_its_mails() {
    let (themes, _) =
        letterpress::files::read::tree(&support::root().join("tests/fixtures/sites/small/themes"), "themes");
    let name = themes.iter().next().and_then(|file| file.path.as_str().split('/').next()).unwrap().to_owned();
    let (theme, _) = letterpress::theme::load(&name, None, &themes);
    let told = complaints(&support::config("en"), &Arc::new(theme.unwrap()));
    let lacks =
        "lacks mail/notice/confirm.html, mail/notice/confirm.txt, mail/notice/welcome.html, mail/notice/welcome.txt";
    assert!(told.iter().any(|line| line.contains(lacks) && line.contains("extends = \"broadside\"")), "{told:?}");
    let word = "no language file has the word `notice.confirm.subject`";
    assert!(told.iter().any(|line| line.contains(word)), "{told:?}");
}

#[test]
fn every_language_has_every_word() {
    let words = |language: &str| {
        let path = support::root().join(format!("themes/broadside/languages/{language}.toml"));
        let table: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        ["mail", "notice"].map(|name| keys(name, &table[name])).concat()
    };
    for language in ["de", "es", "fr", "ja", "zh"] {
        assert_eq!(words(language), words("en"), "{language}");
    }
}

/// The names of all words of a table, with the arguments that each one names.
fn keys(name: &str, value: &toml::Value) -> Vec<(String, Vec<String>)> {
    match value {
        toml::Value::Table(table) => {
            table.iter().flat_map(|(key, value)| keys(&format!("{name}.{key}"), value)).collect()
        }
        other => {
            let text = other.as_str().unwrap();
            let mut named: Vec<String> =
                text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0.into())).collect();
            named.sort();
            vec![(name.into(), named)]
        }
    }
}
