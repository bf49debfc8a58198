//! A site, its press, and the letters that come out of it.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use letterpress::config::read;
use letterpress::config::site::Config;
use letterpress::config::site::Overrides;
use letterpress::diagnostic::report::Report;
use letterpress::diagnostic::source::Source;
use letterpress::diagnostic::terminal;
use letterpress::edition::mail::MailText;
use letterpress::edition::mail::notice::NoticeView;
use letterpress::edition::mail::press::MailPress;
use letterpress::files;
use letterpress::files::tree::FileTree;
use letterpress::newsletter::mailing::NoticeKind;
use letterpress::output::letter::Head;
use letterpress::output::letter::Letter;
use letterpress::output::letter::ListId;
use letterpress::output::letter::MessageId;
use letterpress::subscriber::keys::KeyRing;
use letterpress::theme;
use letterpress::theme::Theme;
use letterpress::value::address::EmailAddress;
use letterpress::value::mailbox::Mailbox;
use letterpress::value::path::SitePath;
use letterpress::value::secret::Secret;

/// The site that all mails here are of.
pub(crate) const SITE: &str = r#"
title = "Proof & Post"
description = "On running a blog and a newsletter well."
base_url = "https://letterpress.example/"
language = "LANGUAGE"
time_zone = "Europe/London"
theme = "broadside"

[newsletters.fortnightly]
name = "The Fortnightly Proof"
promise = "Our best tips, on the first and the fifteenth, at nine."
from = "Proof & Post <editors@letterpress.example>"
postal_address = """
Proof & Post
4 Type Street
London N1 7AA"""

[subscribe]
endpoint = "https://letterpress.example/newsletter/"
"#;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn fixtures() -> PathBuf {
    root().join("tests/fixtures/mail")
}

pub(crate) fn config(language: &str) -> Arc<Config> {
    let source = Source::new("site.toml", SITE.replace("LANGUAGE", language));
    let (config, report) = read::read(&source, &Overrides::default());
    assert!(report.is_empty(), "{:?}", lines(report));
    Arc::new(config.unwrap())
}

pub(crate) fn theme(name: &str) -> Arc<Theme> {
    let (themes, errors) = files::read::tree(&root().join("themes"), "themes");
    assert!(errors.is_empty());
    let (theme, report) = theme::load(name, None, &themes);
    assert!(!report.has_errors(), "{:?}", lines(report));
    Arc::new(theme.unwrap())
}

/// A theme `mine` that extends Broadside, with files at paths below its folder.
pub(crate) fn child(files: &[(&str, &str)]) -> Arc<Theme> {
    let manifest = "name = \"Mine\"\nletterpress = \">=0.1, <0.2\"\nextends = \"broadside\"\n";
    let mut tree = FileTree::new();
    for (path, text) in [("theme.toml", manifest)].iter().chain(files) {
        let path = SitePath::parse(&format!("mine/{path}")).unwrap();
        tree.insert_memory(path, text.as_bytes());
    }
    let (theme, report) = theme::load("mine", None, &tree);
    assert!(!report.has_errors(), "{:?}", lines(report));
    Arc::new(theme.unwrap())
}

pub(crate) fn lines(report: Report) -> Vec<String> {
    report.into_sorted().iter().map(terminal::short).collect()
}

pub(crate) fn press(theme_name: &str, language: &str) -> MailPress {
    let (press, report) = MailPress::new(&config(language), &theme(theme_name));
    assert!(report.is_empty(), "{:?}", lines(report));
    press.unwrap()
}

pub(crate) fn keys() -> KeyRing {
    let text = format!("identity {}\nsign {} 2026-11-01T00:00:00Z", "1f".repeat(32), "2e".repeat(32));
    KeyRing::parse(&Secret::new(&text)).unwrap()
}

pub(crate) fn draw(press: &MailPress, view: &NoticeView) -> MailText {
    press.notice(view).unwrap_or_else(|diagnostic| panic!("{}", terminal::short(&diagnostic)))
}

/// The notice as it leaves, from the site's newsletter to a reader.
pub(crate) fn letter(view: &NoticeView, text: &MailText) -> Letter {
    let from = Mailbox::parse("Proof & Post <editors@letterpress.example>").unwrap();
    let reader = EmailAddress::parse("reader@example.com").unwrap();
    let keys = keys();
    let lead = view
        .lead
        .as_ref()
        .map(|lead| Mailbox { name: lead.name.as_str().into(), address: EmailAddress::parse(&lead.email).unwrap() });
    let list = ListId::new("The Fortnightly Proof", "fortnightly", "letterpress.example");
    let head = Head {
        from: &from,
        reply_to: lead.as_ref(),
        to: if lead.is_some() { &from.address } else { &reader },
        return_path: None,
        date: "2026-11-15T09:00:00Z".parse().unwrap(),
        message_id: &MessageId::new(&keys, &format!("notice {}", view.kind), &from.address),
        list: (view.kind != NoticeKind::Lead).then_some(&list),
        unsubscribe: view.unsubscribe.as_ref(),
        archive: None,
        feedback: None,
        automatic: true,
    };
    Letter::write(&head, text).unwrap()
}
