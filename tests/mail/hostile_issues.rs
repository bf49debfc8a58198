//! An issue of anything that anybody may have written: its letters have the fields that they should have and no others, and another library reads in them what was meant.

use letterpress::edition::mail::MailText;
use letterpress::newsletter::reader_link::MANAGE;
use letterpress::newsletter::reader_link::UNSUBSCRIBE;
use letterpress::output::letter::Head;
use letterpress::output::letter::ListId;
use letterpress::output::letter::MessageId;
use letterpress::output::skeleton::Skeleton;
use letterpress::output::skeleton::Tokens;
use letterpress::value::address::EmailAddress;
use letterpress::value::header_text::HeaderText;
use letterpress::value::mailbox::Mailbox;
use letterpress::value::web_url::WebUrl;
use mail_parser::MessageParser;
use proptest::prelude::*;

use crate::support;

const FIELDS: [&str; 13] = [
    "content-type",
    "date",
    "from",
    "list-archive",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "message-id",
    "mime-version",
    "precedence",
    "reply-to",
    "subject",
    "to",
];

/// What somebody writes who wants to end a field, a part or a letter.
fn anything() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\r\nBcc: all@example.com\r\n",
        "\nBcc: all@example.com",
        "\r",
        "\r\n\r\n",
        "\r\n.\r\n",
        "\n.\nMAIL FROM:<a@b.cd>\n",
        "=?utf-8?q?x=0D=0ABcc:_all@example.com?=",
        "=0D=0A",
        "--",
        "\u{2028}\u{85}\u{0}\u{b}",
        "Content-Type: text/plain",
        "<script>",
        "読者への約束 شكرا 🖨️",
        "{{ site }}",
        ">From ",
    ]);
    let piece = prop_oneof![pieces.prop_map(str::to_owned), any::<String>(), "[ -~]{0,300}"];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// A mailbox name that is odd and may stand there.
fn address() -> impl Strategy<Value = EmailAddress> {
    let local = prop_oneof!["[a-z0-9.+_'=-]{1,40}", "[a-zäéñ读者]{1,10}", "[!#$%&*/?^`{|}~a-z]{1,20}"];
    let domain = prop_oneof![Just("example.org"), Just("bücher.example"), Just("例え.example")];
    (local, domain)
        .prop_filter_map("no address", |(local, domain)| EmailAddress::parse(&format!("{local}@{domain}")).ok())
}

/// Letters and digits alone: what stays the same however a text is folded or tidied.
fn words(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_letter_of_it_is_sound(
        name in anything(), subject in anything(), title in anything(), list in anything(), url in anything(), to in address(),
    ) {
        let from = Mailbox { name: name.as_str().into(), address: EmailAddress::parse("editors@example.com").unwrap() };
        let token = "t".repeat(UNSUBSCRIBE.len());
        let links = format!("https://example.com/u/{UNSUBSCRIBE} https://example.com/m/{MANAGE}");
        let text = MailText {
            subject: HeaderText::new(&subject),
            html: format!("<h1>{title}</h1><p>{links}</p>"),
            text: format!("{title}\n{links}\n"),
        };
        let skeleton = Skeleton::new(&text, "0123456789abcdef", &[("Precedence", HeaderText::new("bulk"))]);
        prop_assert!(skeleton.can_be_left());
        let id = MessageId::new(&support::keys(), "issue 1 to 2", &from.address);
        let list = ListId::new(&list, &list, &list);
        let unsubscribe = WebUrl::parse(&format!("https://example.com/u/{token}")).unwrap();
        // Of a length that an address of the site itself can have.
        let url: String = url.chars().take(60).collect();
        let archive = WebUrl::parse(&format!("https://example.com/{url}")).ok();
        let head = Head {
            from: &from,
            reply_to: Some(&from),
            to: &to,
            return_path: None,
            date: "2026-11-15T09:00:00Z".parse().unwrap(),
            message_id: &id,
            list: Some(&list),
            unsubscribe: Some(&unsubscribe),
            archive: archive.as_ref(),
            automatic: false,
            feedback: None,
        };
        let letter = skeleton.letter(&head, Some(Tokens { unsubscribe: &token, manage: &token })).unwrap();
        let octets = &letter.octets;
        // By the octets: only whole line ends, no line too long, no octet that some server takes for another.
        let raw = String::from_utf8(octets.clone()).unwrap();
        prop_assert!(!raw.replace("\r\n", "").contains(|c: char| c.is_control() && c != '\t'), "{raw:?}");
        prop_assert!(raw.split("\r\n").all(|line| line.len() <= 998));
        let head_of_it = raw.split("\r\n\r\n").next().unwrap();
        prop_assert!(head_of_it.lines().all(|line| !line.trim().is_empty()), "{head_of_it}");
        // By another library: these fields, each once, two parts, and what was written.
        let read = MessageParser::default().parse(octets).unwrap();
        let mut fields: Vec<String> = read.parts[0].headers.iter().map(|field| field.name.as_str().to_lowercase()).collect();
        fields.sort();
        let expected: Vec<&str> = FIELDS.into_iter().filter(|name| archive.is_some() || *name != "list-archive").collect();
        prop_assert_eq!(fields, expected);
        prop_assert_eq!((read.text_body_count(), read.html_body_count(), read.attachment_count()), (1, 1, 0));
        prop_assert_eq!(read.to().unwrap().first().unwrap().address().unwrap(), to.to_string());
        prop_assert_eq!(read.from().unwrap().first().unwrap().address(), Some("editors@example.com"));
        prop_assert_eq!(words(read.subject().unwrap_or_default()), words(HeaderText::new(&subject).as_str()));
        prop_assert_eq!(words(&read.body_text(0).unwrap()), words(&text.text.replace(UNSUBSCRIBE, &token).replace(MANAGE, &token)));
        prop_assert_eq!(words(&read.body_html(0).unwrap()), words(&text.html.replace(UNSUBSCRIBE, &token).replace(MANAGE, &token)));
    }
}
