//! Every notice in both themes, as it was when somebody last looked at it: `tests/fixtures/mail/<theme>/<notice>.eml`.
//!
//! `LETTERPRESS_BLESS=1` writes what is drawn now as what is expected; look at the difference before you commit it.

use std::collections::BTreeMap;
use std::fs;

use letterpress::newsletter::mailing::NoticeKind;
use mail_parser::HeaderValue;
use mail_parser::Message;
use mail_parser::MessageParser;
use mail_parser::MimeHeaders;
use mail_parser::PartType;

use crate::support;

/// Letters by the name of their file.
fn letters() -> BTreeMap<String, Vec<u8>> {
    let mut letters = BTreeMap::new();
    for (theme, languages) in [("broadside", &["en", "de", "fr", "es", "ja", "zh"][..]), ("telegraph", &["en"][..])] {
        for language in languages {
            let press = support::press(theme, language);
            for kind in NoticeKind::ALL {
                let view = press.sample(kind);
                let letter = support::letter(&view, &support::draw(&press, &view));
                let name = if *language == "en" { kind.to_string() } else { format!("{kind}.{language}") };
                letters.insert(format!("{theme}/{name}.eml"), letter.octets);
            }
        }
    }
    letters
}

#[test]
fn letters_are_as_they_were() {
    let letters = letters();
    let folder = support::fixtures();
    if std::env::var_os("LETTERPRESS_BLESS").is_some_and(|value| value == "1") {
        let _ = fs::remove_dir_all(&folder);
        for (name, octets) in &letters {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, octets).unwrap();
        }
    }
    let mut wrong = Vec::new();
    for (name, octets) in &letters {
        match fs::read(folder.join(name)) {
            Ok(expected) if expected == *octets => {}
            Ok(expected) => {
                let (expected, drawn) = (String::from_utf8_lossy(&expected), String::from_utf8_lossy(octets));
                let differs = expected.lines().zip(drawn.lines()).find(|(expected, drawn)| expected != drawn);
                wrong.push(format!("{name}: {differs:?}"));
            }
            Err(_) => wrong.push(format!("{name} is new")),
        }
    }
    let known = |theme: &str| fs::read_dir(folder.join(theme)).map_or(0, |files| files.count());
    assert_eq!(known("broadside") + known("telegraph"), letters.len(), "letters that nothing draws any more");
    assert!(wrong.is_empty(), "{} letters differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_same_letter_twice_is_the_same() {
    assert!(letters() == letters());
}

/// Words of a text, without what only one of the two parts has.
fn words(text: &str) -> Vec<String> {
    let is_mark = |c: char| c.is_alphanumeric();
    text.split_whitespace().filter(|word| word.contains(is_mark)).map(str::to_lowercase).collect()
}

fn alternatives<'m>(message: &'m Message<'_>, name: &str) -> (&'m str, &'m str) {
    let kinds: Vec<&PartType<'_>> = message.parts.iter().map(|part| &part.body).collect();
    match kinds.as_slice() {
        [PartType::Multipart(children), PartType::Text(text), PartType::Html(html)] => {
            assert_eq!(children.len(), 2, "{name}");
            (text.as_ref(), html.as_ref())
        }
        other => panic!("{name} has {} parts", other.len()),
    }
}

#[test]
fn another_library_reads_them() {
    for (name, octets) in letters() {
        let message = MessageParser::default().parse(&octets).unwrap();
        let (text, html) = alternatives(&message, &name);
        for part in &message.parts[1..] {
            assert_eq!(part.content_transfer_encoding(), Some("quoted-printable"), "{name}");
            assert_eq!(part.content_type().unwrap().attribute("charset"), Some("utf-8"), "{name}");
        }
        let fields: Vec<&str> = message.parts[0].headers.iter().map(|header| header.name.as_str()).collect();
        for field in ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted"] {
            assert_eq!(fields.iter().filter(|name| **name == field).count(), 1, "{name}: {field} of {fields:?}");
        }
        assert_eq!(message.date().unwrap().to_rfc3339(), "2026-11-15T09:00:00Z", "{name}");
        assert_eq!(message.from().unwrap().first().unwrap().name(), Some("Proof & Post"), "{name}");

        // Lines: CRLF alone, at most 76 in the parts (RFC 2045 §6.7) and 78 in the head, but for an address that must not be broken.
        let raw = String::from_utf8(octets.clone()).unwrap();
        assert!(raw.is_ascii(), "{name}");
        assert!(!raw.replace("\r\n", "").contains(['\r', '\n']), "{name}: a CR or LF by itself");
        let (head, body) = raw.split_once("\r\n\r\n").unwrap();
        assert!(body.lines().all(|line| line.len() <= 76), "{name}");
        for line in head.lines().filter(|line| line.len() > 78) {
            assert!(line.contains("<https://") && line.ends_with('>'), "{name}: {line}");
        }
        assert!(text.lines().all(|line| line.contains("https://") || line.chars().count() <= 72), "{name}");

        // What the text says stands in the HTML too, but for addresses, which are links there.
        let shown = words(&mail_parser::decoders::html::html_to_text(html)).join(" ");
        let missing: Vec<String> = words(text)
            .into_iter()
            .filter(|word| !word.contains("http") && !shown.contains(word.trim_matches([':', '：', '>'])))
            .collect();
        assert!(missing.is_empty(), "{name}: {missing:?} of {shown}");
        assert!(!text.contains(['<', '{']) || name.contains("lead"), "{name}: {text}");
        assert!(html.len() < 20_000, "{name}: {}", html.len());
    }
}

#[test]
fn list_fields_stand_where_they_may() {
    for (name, octets) in letters() {
        let message = MessageParser::default().parse(&octets).unwrap();
        let field =
            |field: &str| message.header_raw(field).map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "));
        let is = |kind: &str| name.contains(&format!("/{kind}"));
        assert_eq!(field("Auto-Submitted").unwrap(), "auto-generated", "{name}");
        let list = field("List-Id");
        assert_eq!(list.is_some(), !is("lead"), "{name}");
        assert!(list.is_none_or(|id| id == "\"The Fortnightly Proof\" <fortnightly.letterpress.example>"), "{name}");
        let leave = field("List-Unsubscribe");
        assert_eq!(leave.is_some(), is("welcome") || is("already-subscribed") || is("fresh-link"), "{name}");
        assert_eq!(
            field("List-Unsubscribe-Post"),
            leave.as_ref().map(|_| "List-Unsubscribe=One-Click".into()),
            "{name}"
        );
        if let Some(leave) = leave {
            assert!(leave.starts_with("<https://letterpress.example/newsletter/unsubscribe/") && leave.ends_with('>'));
        }
        let reply = match message.header("Reply-To") {
            Some(HeaderValue::Address(address)) => address.first().and_then(|mailbox| mailbox.address()),
            _ => None,
        };
        assert_eq!(reply, is("lead").then_some("ada@example.com"), "{name}");
    }
}
