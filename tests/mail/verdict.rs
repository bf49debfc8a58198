//! What the program's own judge says of the golden mails: nothing. And what it sees in them that some mail program does not know, written down in `tests/fixtures/mail-support.json`
//! so that `tests/judges/mails.js` can hold it to caniemail's own verdict.
//!
//! `LETTERPRESS_BLESS=1` writes what is seen now as what is expected; look at the difference before you commit it.

use std::collections::BTreeMap;
use std::fs;

use letterpress::edition::mail::MailText;
use letterpress::edition::mail::judge;
use letterpress::edition::mail::judge::Judged;
use letterpress::value::header_text::HeaderText;
use mail_parser::MessageParser;

use crate::support;

/// The golden mails by the names of their files below `tests/fixtures/`.
fn mails() -> BTreeMap<String, MailText> {
    let mut mails = BTreeMap::new();
    for folder in ["mail/broadside", "mail/telegraph", "issue-mail"] {
        for entry in fs::read_dir(support::root().join("tests/fixtures").join(folder)).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if !name.ends_with(".eml") {
                continue;
            }
            let octets = fs::read(entry.path()).unwrap();
            let message = MessageParser::default().parse(&octets).unwrap();
            let mail = MailText {
                subject: HeaderText::new(message.subject().unwrap()),
                html: message.body_html(0).unwrap().replace("\r\n", "\n"),
                text: message.body_text(0).unwrap().replace("\r\n", "\n"),
            };
            mails.insert(format!("{folder}/{name}"), mail);
        }
    }
    assert!(mails.len() > 40, "{}", mails.len());
    mails
}

#[test]
fn nothing_is_wrong_with_the_golden_mails() {
    for (name, mail) in mails() {
        let found = judge::findings(&Judged { mail: &mail, preheader: None, posts: &[] });
        let told: Vec<String> =
            found.into_iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect();
        // It is too much on purpose, has a picture without words, and lines without an end.
        let bears =
            |told: &String| ["heavy-mail", "missing-alt", "mail-lines"].iter().any(|code| told.starts_with(code));
        let told: Vec<String> =
            told.into_iter().filter(|told| !(name.ends_with("hostile.eml") && bears(told))).collect();
        assert_eq!(told, [""; 0], "{name}");
    }
}

#[test]
fn what_not_every_program_knows_is_as_it_was() {
    let seen: BTreeMap<String, Vec<&str>> =
        mails().into_iter().map(|(name, mail)| (name, judge::unknown(&mail.html).into_keys().collect())).collect();
    let text = serde_json::to_string_pretty(&seen).unwrap() + "\n";
    let path = support::root().join("tests/fixtures/mail-support.json");
    if std::env::var_os("LETTERPRESS_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap_or_default());
    // Every enhancement that a mail may have is of use to one: none is on the list for nothing.
    let unused: Vec<&String> = judge::enhancements()
        .keys()
        .filter(|title| seen.values().all(|titles| !titles.contains(&title.as_str())))
        .collect();
    assert_eq!(unused, [""; 0]);
}
