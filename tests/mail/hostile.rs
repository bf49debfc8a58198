//! What strangers and careless owners put into a mail's fields, and what does not come of it.

use letterpress::edition::mail::MailText;
use letterpress::newsletter::mailing::NoticeKind;
use letterpress::newsletter::notice::Lead;
use letterpress::output::letter::FeedbackId;
use letterpress::output::letter::Head;
use letterpress::output::letter::Letter;
use letterpress::output::letter::ListId;
use letterpress::output::letter::MessageId;
use letterpress::value::address::EmailAddress;
use letterpress::value::header_text::HeaderText;
use letterpress::value::mailbox::Mailbox;
use letterpress::value::web_url::WebUrl;
use mail_parser::MessageParser;
use proptest::prelude::*;

use crate::support;

/// Ends a field, begins another, ends the head, and tries the same encoded.
const INJECTIONS: [&str; 6] = [
    "x\r\nBcc: all@example.com",
    "x\nBcc: all@example.com",
    "x\rBcc: all@example.com",
    "x\r\n\r\n<script>alert(1)</script>",
    "=?utf-8?q?x=0D=0ABcc:_all@example.com?=",
    "x\u{2028}Bcc: all@example.com\u{0}\u{85}Bcc: all@example.com",
];

/// The names of a letter's fields, read by another library.
fn fields(octets: &[u8]) -> Vec<String> {
    let message = MessageParser::default().parse(octets).unwrap();
    message.parts[0].headers.iter().map(|header| header.name.as_str().to_lowercase()).collect()
}

fn write(name: &str, subject: &str, list: &str, url: &str) -> Letter {
    let from = Mailbox { name: name.into(), address: EmailAddress::parse("editors@example.com").unwrap() };
    let to = EmailAddress::parse("reader@example.com").unwrap();
    let list = ListId::new(list, list, list);
    let url = WebUrl::parse(&format!("https://example.com/{url}")).unwrap();
    let head = Head {
        from: &from,
        reply_to: Some(&from),
        to: &to,
        return_path: None,
        date: "2026-11-15T09:00:00Z".parse().unwrap(),
        message_id: &MessageId::new(&support::keys(), subject, &from.address),
        list: Some(&list),
        unsubscribe: Some(&url),
        archive: Some(&url),
        feedback: Some(&FeedbackId::new(subject, name, name, "example.com")),
        automatic: true,
    };
    let text = MailText { subject: HeaderText::new(subject), html: "<p>h</p>".into(), text: "t\r\n.\r\nu\rv\n".into() };
    Letter::write(&head, &text).unwrap()
}

const FIELDS: [&str; 14] = [
    "auto-submitted",
    "content-type",
    "date",
    "feedback-id",
    "from",
    "list-archive",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "message-id",
    "mime-version",
    "reply-to",
    "subject",
    "to",
];

fn assert_sound(letter: &Letter) {
    let mut found = fields(&letter.octets);
    found.sort();
    assert_eq!(found, FIELDS, "{}", String::from_utf8_lossy(&letter.octets));
    let raw = String::from_utf8(letter.octets.clone()).unwrap();
    assert!(!raw.replace("\r\n", "").contains(|c: char| c.is_control()), "{raw:?}");
    assert!(raw.lines().all(|line| line.len() <= 998));
    // No address is broken, and no line of the head is empty or made of spaces.
    let head = raw.split("\r\n\r\n").next().unwrap();
    assert!(head.lines().all(|line| !line.trim().is_empty()), "{head}");
    assert_eq!(head.matches("<https://example.com/").count(), 2, "{head}");
    // Four parts, the last of 5 to 15 characters, whatever the others were made of.
    let feedback = head.split("Feedback-ID: ").nth(1).unwrap().split("\r\n").next().unwrap();
    let parts: Vec<&str> = feedback.split(':').collect();
    assert!(parts.len() == 4 && (5..=15).contains(&parts[3].len()), "{feedback}");
    assert!(feedback.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b':' | b'-')), "{feedback}");
    for start in head.match_indices("<https://").map(|(at, _)| at) {
        let end = head[start..].find('>').unwrap();
        assert!(!head[start..start + end].contains(char::is_whitespace), "{head}");
    }
}

#[test]
fn no_input_ends_a_field() {
    for bad in INJECTIONS {
        for letter in
            [write(bad, "s", "l", "u"), write("n", bad, "l", "u"), write("n", "s", bad, "u"), write("n", "s", "l", bad)]
        {
            assert_sound(&letter);
        }
    }
    assert!(EmailAddress::parse("a@b.cd\r\nBcc: x@y.zz").is_err());
    assert!(Mailbox::parse("x\r\nBcc: all <a@b.cd>").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_ends_a_field(name in any::<String>(), subject in any::<String>(), list in any::<String>(), url in any::<String>()) {
        let letter = write(&name, &subject, &list, &url);
        assert_sound(&letter);
        let message = MessageParser::default().parse(&letter.octets).unwrap();
        let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        prop_assert_eq!(words(message.subject().unwrap_or_default()), words(HeaderText::new(&subject).as_str()));
    }
}

#[test]
fn long_and_foreign_subjects_read_back() {
    let long = "読者への約束を守る、いつも同じ時刻に届く便り。".repeat(6);
    for subject in [long.as_str(), "Ünïcode & \"quotes\"", "شكرا لكم على القراءة", "plain"] {
        let letter = write("Été, «Proof»", subject, "Été, «Proof»", &"x".repeat(300));
        assert_sound(&letter);
        let message = MessageParser::default().parse(&letter.octets).unwrap();
        assert_eq!(message.subject(), Some(subject));
        assert_eq!(message.from().unwrap().first().unwrap().name(), Some("Été, «Proof»"));
    }
}

#[test]
fn a_name_is_encoded_only_where_it_must_be() {
    for (name, field) in [
        ("Proof & Post", "From: \"Proof & Post\" <editors@example.com>\r\n"),
        ("Say \"Hi\", now", "From: \"Say \\\"Hi\\\", now\" <editors@example.com>\r\n"),
        ("a\\b", "From: \"a\\\\b\" <editors@example.com>\r\n"),
        ("", "From: editors@example.com\r\n"),
        ("Été", "From: =?utf-8?b?"),
        // Whoever sees this decoded would take it for another name: it is broken by a character that is not seen.
        ("=?utf-8?q?Bank?=", "From: =?utf-8?b?"),
    ] {
        let letter = write(name, "s", "l", "u");
        let raw = String::from_utf8(letter.octets.clone()).unwrap();
        assert!(raw.contains(field), "{name}: {raw}");
        assert!(raw.contains(&field.replace("From", "Reply-To")), "{name}: {raw}");
        let message = MessageParser::default().parse(&letter.octets).unwrap();
        let read = message.from().unwrap().first().unwrap().name();
        assert_eq!(read.unwrap_or_default(), name.replace("=?", "=\u{2060}?"));
    }
}

#[test]
fn internationalised_addresses() {
    let from = Mailbox::parse("Bücher <redaktion@bücher.example>").unwrap();
    let write = |to: &str| {
        let to = EmailAddress::parse(to).unwrap();
        let head = Head {
            from: &from,
            reply_to: None,
            to: &to,
            return_path: None,
            date: "2026-11-15T09:00:00Z".parse().unwrap(),
            message_id: &MessageId::new(&support::keys(), "a", &from.address),
            list: None,
            unsubscribe: None,
            archive: None,
            feedback: None,
            automatic: false,
        };
        let text = MailText { subject: HeaderText::new("s"), html: "<p>h</p>".into(), text: "t\n".into() };
        Letter::write(&head, &text).unwrap()
    };
    let ascii = write("leser@bücher.example");
    let raw = String::from_utf8(ascii.octets.clone()).unwrap();
    assert!(raw.is_ascii() && raw.contains("To: leser@xn--bcher-kva.example\r\n"), "{raw}");
    assert!(!ascii.smtputf8 && ascii.message_id.ends_with("@xn--bcher-kva.example"));
    let beyond = write("读者@例え.example");
    let raw = String::from_utf8(beyond.octets).unwrap();
    assert!(beyond.smtputf8 && raw.contains("To: 读者@xn--r8jz45g.example\r\n"), "{raw}");
    assert!(!raw.contains("Auto-Submitted") && !raw.contains("List-"), "{raw}");
    assert_eq!(format!("{ascii:?}").matches("leser").count(), 0);
}

#[test]
fn what_a_stranger_wrote_is_text_in_a_lead_and_nowhere_else() {
    let press = support::press("broadside", "en");
    let stranger = "</td><script>alert(1)</script>{{ site }} <a href=\"https://evil.example\">";
    let lead = Lead {
        name: format!("Eve\r\nBcc: all@example.com {stranger}"),
        email: "eve@example.com".into(),
        looking_for: stranger.into(),
        message: format!("{stranger}\n-- \n{}", "word ".repeat(60)),
    };
    for kind in NoticeKind::ALL {
        let mut view = press.sample(kind);
        view.lead = Some(lead.clone());
        let text = support::draw(&press, &view);
        let everything = format!("{} {} {}", text.subject, text.html, text.text);
        assert_eq!(everything.contains("evil.example"), kind == NoticeKind::Lead, "{kind}");
        if kind == NoticeKind::Lead {
            assert!(!text.html.contains("<script") && !text.html.contains("<a href=\"https://evil"), "{}", text.html);
            assert!(text.html.contains("&lt;script&gt;") && text.text.contains("{{ site }}"));
            assert!(text.text.contains("\n> --\n"), "no signature of the stranger's: {}", text.text);
            let octets = support::letter(&view, &text).octets;
            assert!(!fields(&octets).contains(&"bcc".to_owned()));
        }
    }
}
