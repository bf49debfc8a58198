//! Issues in both shapes and both themes, as they were when somebody last looked at them: `tests/fixtures/issue-mail/<theme>-<shape>.eml`, and the page beside; and a hostile one.
//!
//! `LETTERPRESS_BLESS=1` writes what is drawn now as what is expected; look at the difference before you commit it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use letterpress::config::issues::Shape;
use letterpress::edition::mail::issue::Detail;
use letterpress::edition::mail::issue::IssueMail;
use letterpress::files;
use letterpress::files::tree::FileTree;
use letterpress::newsletter::reader_link;
use letterpress::output::letter::Head;
use letterpress::output::letter::Letter;
use letterpress::output::letter::MessageId;
use letterpress::value::address::EmailAddress;
use letterpress::value::mailbox::Mailbox;
use mail_parser::MessageParser;

use crate::issue_limits;
use crate::site::Site;
use crate::support;

const SHAPES: [Shape; 2] = [Shape::Digest, Shape::Letter];

fn folder() -> PathBuf {
    support::root().join("tests/fixtures/issue-mail")
}

fn content() -> FileTree {
    let (content, errors) = files::read::tree(&folder().join("content"), "content");
    assert!(errors.is_empty());
    content
}

fn text() -> String {
    fs::read_to_string(folder().join("issue.md")).unwrap()
}

fn drawn(site: &Site, shape: Shape, text: &str) -> IssueMail {
    site.draw(shape, text).unwrap_or_else(|report| panic!("{:#?}", support::lines(report)))
}

/// The issue as one reader gets it.
pub(crate) fn letter(mail: &IssueMail) -> Letter {
    let from = Mailbox::parse("Proof & Post <editors@letterpress.example>").unwrap();
    let head = Head {
        from: &from,
        reply_to: None,
        to: &EmailAddress::parse("reader@example.com").unwrap(),
        return_path: None,
        date: "2026-11-15T09:00:00Z".parse().unwrap(),
        message_id: &MessageId::new(&support::keys(), "issue", &from.address),
        list: None,
        unsubscribe: None,
        archive: None,
        feedback: None,
        automatic: false,
    };
    Letter::write(&head, &mail.mail).unwrap()
}

#[test]
fn issues_are_as_they_were() {
    let mut files = BTreeMap::new();
    for theme in ["broadside", "telegraph"] {
        let site = Site::new(&support::theme(theme), "en", "", &content());
        for shape in SHAPES {
            let mail = drawn(&site, shape, &text());
            files.insert(format!("{theme}-{}.eml", shape.word()), letter(&mail).octets);
            files.insert(format!("{theme}-{}.page.html", shape.word()), mail.page.into_bytes());
        }
    }
    let (hostile, text) = issue_limits::hostile();
    let mail = drawn(&Site::new(&support::theme("broadside"), "en", "", &hostile), Shape::Digest, &text);
    files.insert("hostile.eml".to_owned(), letter(&mail).octets);
    let mut wrong = Vec::new();
    for (name, drawn) in files {
        let path = folder().join(&name);
        if std::env::var_os("LETTERPRESS_BLESS").is_some_and(|value| value == "1") {
            fs::write(&path, &drawn).unwrap();
        }
        let expected = fs::read(&path).unwrap_or_default();
        if expected != drawn {
            let (expected, drawn) = (String::from_utf8_lossy(&expected), String::from_utf8_lossy(&drawn));
            let differs = expected.lines().zip(drawn.lines()).find(|(expected, drawn)| expected != drawn);
            wrong.push(format!("{name}: {differs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_frozen_is_whole() {
    let site = Site::new(&support::theme("broadside"), "en", "", &content());
    let mail = drawn(&site, Shape::Letter, &text());
    assert_eq!(mail.mail.subject.as_str(), "Reading a proof, and what paper has to say");
    assert_eq!(mail.preheader, "Three passes over one page · Paper and its weight");
    let titles: Vec<&str> = mail.posts.iter().map(|id| &*site.library.post(*id).title).collect();
    assert_eq!(titles, ["Reading a proof", "Paper and its weight", "A margin is not waste", "Ink that dries in time"]);
    assert_eq!((mail.detail, mail.weights.len()), (Detail::Full, 4));
    assert!(mail.weights[0] > mail.weights[1], "the article in full: {:?}", mail.weights);
    assert_eq!(
        support::lines(mail.report.clone()),
        [
            "warning: mail programs do not show SVG: of content/posts/reading-a-proof/circle.svg there is only the text [no-mail-image]; \
          use JPEG, PNG or GIF; and say in the alternative text what it shows"
        ]
    );

    // Every picture is one of the issue's own, in a form that every program shows.
    let mut pictures = site.pictures(&mail);
    assert_eq!(pictures.len(), 3, "{:?}", mail.images);
    // The page alone shows this one.
    assert!(pictures.remove(0).0.ends_with(".svg"), "{:?}", mail.images);
    assert!(pictures.iter().all(|(name, bytes)| name.ends_with(".jpg") && bytes.starts_with(&[0xff, 0xd8, 0xff])));
    let own = "https://letterpress.example/newsletter/fortnightly/2026-11-15/images/";
    for source in mail.mail.html.split(" src=\"").skip(1) {
        let name = source.strip_prefix(own).unwrap_or_else(|| panic!("{source}")).split('"').next().unwrap();
        assert!(pictures.iter().any(|(known, _)| known == name), "{name}");
    }
    for tag in mail.mail.html.split("<img ").skip(1).map(|rest| rest.split('>').next().unwrap()) {
        assert!(tag.contains(" width=\"") && tag.contains(" height=\"") && tag.contains(" alt=\""), "{tag}");
    }
    assert!(mail.page.contains("<img src=\"/newsletter/fortnightly/2026-11-15/images/photo-"), "{}", mail.page);

    // Links are whole, each once, and nobody's own.
    assert_eq!(mail.links.first().unwrap(), "https://letterpress.example/");
    assert_eq!(mail.links[1], "https://letterpress.example/newsletter/fortnightly/2026-11-15/");
    assert!(mail.links.contains(&"https://letterpress.example/posts/paper-and-weight/#grain".to_owned()));
    assert!(mail.links.contains(&"https://example.org/marks?a=1&b=2".to_owned()));
    assert!(mail.links.iter().all(|link| link.starts_with("https://") && !link.contains("stand-in")));
    for token in [reader_link::UNSUBSCRIBE, reader_link::MANAGE] {
        assert_eq!((mail.mail.html.matches(token).count(), mail.mail.text.matches(token).count()), (1, 1));
    }

    // Media queries are written as mail programs know them, and none is of what is not there.
    let style = mail.mail.html.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).unwrap();
    assert!(style.contains("@media (max-width:480px){") && !style.contains("<="), "{style}");
    assert!(style.contains(".card-picture") && !style.contains(".code .d"), "{style}");

    // Nothing of the web's own is left, and ids are there once.
    for foreign in
        ["<script", "onclick", "<math", "<input", "<form", "<figure", "<section", "<details", "srcset", "loading="]
    {
        assert!(!mail.mail.html.contains(foreign), "{foreign}");
    }
    let mut ids: Vec<&str> =
        mail.mail.html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    assert!(ids.contains(&"i-fn-1") && ids.contains(&"p-fn-1"), "{ids:?}");
}

/// Words without punctuation around them, in lower case.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')'));
    let bare = words.map(|word| word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase());
    bare.filter(|word| !word.is_empty() && !word.contains("http")).collect()
}

#[test]
fn another_library_reads_both_parts_and_they_say_the_same() {
    for theme in ["broadside", "telegraph"] {
        let site = Site::new(&support::theme(theme), "en", "", &content());
        for shape in SHAPES {
            let mail = drawn(&site, shape, &text());
            let letter = letter(&mail).octets;
            let message = MessageParser::default().parse(&letter).unwrap();
            let (html, text) = (message.body_html(0).unwrap(), message.body_text(0).unwrap());
            assert_eq!(html.trim().replace("\r\n", "\n"), mail.mail.html.trim());
            assert_eq!(text.trim().replace("\r\n", "\n"), mail.mail.text.trim());
            let raw = String::from_utf8(letter.clone()).unwrap();
            assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 78), "{theme} {}", shape.word());
            for line in text.lines() {
                assert!(line.contains("https://") || line.chars().count() <= 72, "{line}");
            }
            // What only one of the parts has: what pictures show, and what the other says in its own way.
            let shown = mail_parser::decoders::html::html_to_text(&html);
            let alt: String =
                html.split(" alt=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned() + " ").collect();
            let of_html = words(&format!("{shown} View in browser"));
            let with_pictures = words(&format!("{shown} {alt} Footnotes x View in browser"));
            let of_text = words(&text);
            let lacks = |part: &[String], other: &[String]| -> Vec<String> {
                part.iter().filter(|word| !other.contains(word)).cloned().collect()
            };
            assert_eq!(lacks(&of_text, &with_pictures), [""; 0], "{theme} {}", shape.word());
            let only_html = ["craft", "continue", "three", "passes", "over", "one", "page", "is", "pulled"];
            let missing: Vec<String> =
                lacks(&of_html, &of_text).into_iter().filter(|word| !only_html.contains(&&**word)).collect();
            assert_eq!(missing, [""; 0], "{theme} {}", shape.word());
        }
    }
}

#[test]
fn links_say_whence_they_come_where_the_site_wants_it() {
    let site = Site::new(&support::theme("broadside"), "en", "utm = true", &content());
    let mail = drawn(&site, Shape::Digest, &text());
    let tag = "?utm_source=fortnightly&utm_medium=email&utm_campaign=2026-11-15";
    assert!(mail.links.contains(&format!("https://letterpress.example/posts/ink/{tag}")), "{:?}", mail.links);
    assert!(mail.links.contains(&"https://example.org/window".to_owned()));
    assert!(mail.mail.text.contains(&format!("\nhttps://letterpress.example/posts/ink/{tag}\n")), "{}", mail.mail.text);
    assert!(mail.mail.html.contains(&format!("/unsubscribe/{}\"", reader_link::UNSUBSCRIBE)));
    assert!(!mail.page.contains("utm_"));
    for image in mail.mail.html.split(" src=\"").skip(1) {
        assert!(!image.split('"').next().unwrap().contains("utm_"));
    }
}
