//! A letter that arrived, beside the one that was sent: which links lead elsewhere, which pictures came to it, what its text and its headers lost.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use linkify::LinkFinder;
use linkify::LinkKind;
use lol_html::HtmlRewriter;
use lol_html::Settings;
use lol_html::element;
use lol_html::html_content::Element;
use mail_parser::Address;
use mail_parser::Message;
use mail_parser::MessageParser;
use mail_parser::decoders::html::html_to_text;

use crate::output::final_html;

/// Headers that are compared. `Received` and what else servers add for themselves is their business.
const HEADERS: [&str; 13] = [
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Archive",
    "Feedback-ID",
    "Auto-Submitted",
    "Precedence",
];

/// Changed lines of text that are told of each part.
const LINES: usize = 5;

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A header.
    Header,
    /// Where a link leads.
    Link,
    /// A picture.
    Image,
    /// A picture that nobody sees: it tells when the letter is opened.
    Pixel,
    /// What one reads.
    Text,
}

/// Something that arrived otherwise than it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What.
    pub what: What,
    /// Where: a header's name, `HTML` or `text`.
    pub place: &'static str,
    /// As it was sent; `None` where it was added.
    pub sent: Option<String>,
    /// As it arrived; `None` where it is gone.
    pub arrived: Option<String>,
}

/// What arrived is no letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoLetter;

/// The octets of a letter as mailboxes and programs save it, with CRLF at the ends of lines and without the line that mbox files put before it.
#[must_use]
pub fn restored(saved: &[u8]) -> Vec<u8> {
    let saved = saved.strip_prefix(b"\xef\xbb\xbf").unwrap_or(saved);
    let letter = match saved.strip_prefix(b"From ") {
        Some(rest) => memchr::memchr(b'\n', rest).and_then(|end| rest.get(end + 1..)).unwrap_or_default(),
        None => saved,
    };
    let mut octets = Vec::with_capacity(letter.len() + letter.len() / 40);
    for line in letter.split_inclusive(|octet| *octet == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                octets.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                octets.extend_from_slice(b"\r\n");
            }
            None => octets.extend_from_slice(line),
        }
    }
    octets
}

/// What differs between two letters. `own` takes out of a text what may differ from letter to letter without anybody having changed it, such as tokens of links.
///
/// # Errors
/// [`NoLetter`].
pub fn compare(sent: &[u8], arrived: &[u8], own: &dyn Fn(&str) -> String) -> Result<Vec<Change>, NoLetter> {
    let parse = |octets| MessageParser::default().parse(octets).ok_or(NoLetter);
    let (sent, arrived): (Message<'_>, Message<'_>) = (parse(sent)?, parse(arrived)?);
    if arrived.from().is_none() {
        return Err(NoLetter);
    }
    let mut changes = Vec::new();
    for name in HEADERS {
        header(&mut changes, name, &values(&sent, name, own), &values(&arrived, name, own));
    }
    let (before, after) = (Html::of(&sent, own), Html::of(&arrived, own));
    paired(&mut changes, What::Link, "HTML", &before.links, &after.links);
    pictures(&mut changes, &before.images, &after.images);
    lines(&mut changes, "HTML", &before.text, &after.text);
    let (before, after) = (Plain::of(&sent, own), Plain::of(&arrived, own));
    paired(&mut changes, What::Link, "text", &before.links, &after.links);
    lines(&mut changes, "text", &before.text, &after.text);
    Ok(changes)
}

/// The values of the headers of that name, for comparison: decoded, and on one line.
fn values(letter: &Message<'_>, name: &'static str, own: &dyn Fn(&str) -> String) -> Vec<String> {
    let raw = letter.headers_raw().filter(|(header, _)| header.eq_ignore_ascii_case(name));
    let raw: Vec<String> = raw.map(|(_, value)| own(&value.split_whitespace().collect::<Vec<_>>().join(" "))).collect();
    let decoded = match name {
        // A header that stands there twice is told as it stands.
        _ if raw.len() != 1 => None,
        "From" => letter.from().map(mailboxes),
        "Reply-To" => letter.reply_to().map(mailboxes),
        "To" => letter.to().map(mailboxes),
        "Subject" => letter.subject().map(|subject| subject.split_whitespace().collect::<Vec<_>>().join(" ")),
        // When a test is sent is not known any more when it is looked at.
        "Date" => letter.date().map(|_| "a date".to_owned()),
        _ => None,
    };
    decoded.map_or(raw, |decoded| vec![decoded])
}

fn mailboxes(address: &Address<'_>) -> String {
    let one = |mailbox: &mail_parser::Addr<'_>| {
        let (name, address) = (mailbox.name().unwrap_or_default(), mailbox.address().unwrap_or_default());
        if name.is_empty() { address.to_owned() } else { format!("{name} <{address}>") }
    };
    address.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn header(changes: &mut Vec<Change>, name: &'static str, sent: &[String], arrived: &[String]) {
    if sent == arrived {
        return;
    }
    let shown = |values: &[String]| (!values.is_empty()).then(|| values.join(" | "));
    changes.push(Change { what: What::Header, place: name, sent: shown(sent), arrived: shown(arrived) });
}

/// A picture, as far as one can tell by it what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Image {
    src: String,
    is_seen: bool,
}

#[derive(Default)]
struct Html {
    links: Vec<String>,
    images: Vec<Image>,
    text: Vec<String>,
}

impl Html {
    fn of(letter: &Message<'_>, own: &dyn Fn(&str) -> String) -> Self {
        let Some(html) = letter.body_html(0) else { return Self::default() };
        let found = RefCell::new(Self::default());
        let address = |value: Option<String>| own(&final_html::decoded_entities(&value.unwrap_or_default()));
        let handlers = vec![
            element!("a[href], area[href]", |el| {
                found.borrow_mut().links.push(address(el.get_attribute("href")));
                Ok(())
            }),
            element!("img[src]", |el| {
                let image = Image { src: address(el.get_attribute("src")), is_seen: is_seen(el) };
                found.borrow_mut().images.push(image);
                Ok(())
            }),
        ];
        let settings = handlers.into_iter().fold(Settings::new(), Settings::append_element_content_handler);
        let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
        // What stops the parser has shown what it has up to there.
        let _ = rewriter.write(html.as_bytes()).and_then(|()| rewriter.end());
        let mut found = found.into_inner();
        found.text = text_lines(&own(&html_to_text(&html)));
        found
    }
}

fn is_seen(image: &Element<'_, '_>) -> bool {
    let is_tiny = |name: &str| {
        let size = image.get_attribute(name).unwrap_or_default();
        size.trim().trim_end_matches("px").parse::<f32>().is_ok_and(|size| size <= 1.0)
    };
    let style: String =
        image.get_attribute("style").unwrap_or_default().to_ascii_lowercase().split_whitespace().collect();
    let hides = ["display:none", "visibility:hidden", "width:1px", "width:0", "height:1px", "height:0"];
    let is_hidden =
        hides.iter().any(|hide| style.split(';').any(|own| own == *hide || own == format!("{hide}!important")));
    !(is_tiny("width") || is_tiny("height") || is_hidden)
}

struct Plain {
    links: Vec<String>,
    text: Vec<String>,
}

impl Plain {
    fn of(letter: &Message<'_>, own: &dyn Fn(&str) -> String) -> Self {
        let text = own(&letter.body_text(0).unwrap_or_default());
        let mut finder = LinkFinder::new();
        finder.kinds(&[LinkKind::Url]);
        let (mut links, mut rest) = (Vec::new(), String::with_capacity(text.len()));
        for span in finder.spans(&text) {
            if span.kind().is_some() {
                links.push(span.as_str().to_owned());
                // Where it leads is told of by itself.
                rest.push_str("(link)");
            } else {
                rest.push_str(span.as_str());
            }
        }
        Self { links, text: text_lines(&rest) }
    }
}

/// The lines that have something in them, with single spaces.
fn text_lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect()
}

/// Tells which became which, where there are as many as before; else which are gone and which are new.
fn paired(changes: &mut Vec<Change>, what: What, place: &'static str, sent: &[String], arrived: &[String]) {
    let mut add = |sent: Option<&String>, arrived: Option<&String>| {
        changes.push(Change { what, place, sent: sent.cloned(), arrived: arrived.cloned() });
    };
    if sent.len() == arrived.len() {
        let differ = sent.iter().zip(arrived).filter(|(sent, arrived)| sent != arrived);
        differ.for_each(|(sent, arrived)| add(Some(sent), Some(arrived)));
        return;
    }
    only_in(sent, arrived).into_iter().for_each(|gone| add(Some(gone), None));
    only_in(arrived, sent).into_iter().for_each(|new| add(None, Some(new)));
}

fn pictures(changes: &mut Vec<Change>, sent: &[Image], arrived: &[Image]) {
    let addresses = |images: &[Image]| images.iter().map(|image| image.src.clone()).collect::<Vec<_>>();
    let begin = changes.len();
    paired(changes, What::Image, "HTML", &addresses(sent), &addresses(arrived));
    for change in changes.iter_mut().skip(begin).filter(|change| change.sent.is_none()) {
        let image = arrived.iter().find(|image| Some(&image.src) == change.arrived.as_ref());
        if image.is_some_and(|image| !image.is_seen) {
            change.what = What::Pixel;
        }
    }
}

fn lines(changes: &mut Vec<Change>, place: &'static str, sent: &[String], arrived: &[String]) {
    let (gone, new) = (only_in(sent, arrived), only_in(arrived, sent));
    for at in 0..gone.len().max(new.len()).min(LINES) {
        let line = |lines: &[&String]| lines.get(at).map(|line| (*line).clone());
        changes.push(Change { what: What::Text, place, sent: line(&gone), arrived: line(&new) });
    }
    if gone.is_empty() && new.is_empty() && sent != arrived {
        let moved = sent.iter().zip(arrived).find(|(sent, arrived)| sent != arrived);
        let (sent, arrived) = (moved.map(|(sent, _)| sent.clone()), moved.map(|(_, arrived)| arrived.clone()));
        changes.push(Change { what: What::Text, place, sent, arrived });
    }
}

/// What is in the one list more often than in the other.
fn only_in<'t>(here: &'t [String], there: &[String]) -> Vec<&'t String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    there.iter().for_each(|text| *counts.entry(text).or_default() += 1);
    let mut more = Vec::new();
    for text in here {
        match counts.get_mut(text.as_str()) {
            Some(count) if *count > 0 => *count -= 1,
            _ => more.push(text),
        }
    }
    more
}

impl What {
    /// The word for programs and people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Link => "link",
            Self::Image => "image",
            Self::Pixel => "pixel",
            Self::Text => "text",
        }
    }
}

impl fmt::Display for NoLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no mail in it")
    }
}

impl std::error::Error for NoLetter {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letter(html: &str, text: &str) -> Vec<u8> {
        format!(
            "From: Ed <ed@a.example>\r\nSubject: =?utf-8?q?H=C3=A4llo?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b--\r\n"
        )
        .into_bytes()
    }

    const HTML: &str = "<p>One <a href=\"https://a.example/?a=1&amp;b=2\">two</a> <img src=\"https://a.example/p.png\" alt=\"x\" width=\"600\"></p><p>three</p>";
    const TEXT: &str = "One two\nhttps://a.example/?a=1&b=2\nthree";

    fn said(html: &str, text: &str) -> Vec<String> {
        let changes = compare(&letter(HTML, TEXT), &letter(html, text), &str::to_owned).unwrap();
        let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let line = |change: &Change| {
            format!("{} {} {} > {}", change.what.word(), change.place, shown(&change.sent), shown(&change.arrived))
        };
        changes.iter().map(line).collect()
    }

    #[test]
    fn what_servers_may_do_to_white_space_is_no_change() {
        let html = HTML.replace("&amp;", "&").replace("<p>", "<p >").replace(" <a", "\n <a");
        assert_eq!(said(&html, &format!("{}  \n\n", TEXT.replace('\n', "  \n"))), [""; 0]);
        // The same subject, encoded otherwise.
        let other =
            String::from_utf8(letter(HTML, TEXT)).unwrap().replace("=?utf-8?q?H=C3=A4llo?=", "=?UTF-8?B?SMOkbGxv?=");
        assert_eq!(compare(&letter(HTML, TEXT), other.as_bytes(), &str::to_owned), Ok(vec![]));
    }

    #[test]
    fn pictures_come_and_go_and_move() {
        let moved = HTML.replace("https://a.example/p.png", "https://proxy.example/p.png");
        assert_eq!(said(&moved, TEXT), ["image HTML https://a.example/p.png > https://proxy.example/p.png"]);
        let gone = HTML.replace("<img src=\"https://a.example/p.png\" alt=\"x\" width=\"600\">", "");
        assert_eq!(said(&gone, TEXT), ["image HTML https://a.example/p.png > -"]);
        for hidden in [
            "width=1",
            "height=\"1px\"",
            "style=\"display: none\"",
            "style=\"a:b;WIDTH:1px !important\"",
            "width=\"0\"",
        ] {
            let html = format!("{HTML}<img src=https://o.example/1 {hidden}>");
            assert_eq!(said(&html, TEXT), ["pixel HTML - > https://o.example/1"], "{hidden}");
        }
        let seen = format!("{HTML}<img src=https://o.example/1 style=\"width:100px;max-height:1pxx\" width=100>");
        assert_eq!(said(&seen, TEXT), ["image HTML - > https://o.example/1"]);
    }

    #[test]
    fn links_and_lines() {
        let html = HTML.replace("</p><p>", " <a href=\"https://relay.example/stop\">stop</a></p><p>");
        let found = said(&html, TEXT);
        assert!(found.contains(&"link HTML - > https://relay.example/stop".to_owned()), "{found:?}");
        assert!(found.iter().any(|line| line.starts_with("text HTML ")), "{found:?}");
        let text = "three\nhttps://a.example/?a=1&b=2\nOne two";
        assert_eq!(said(HTML, text), ["text text One two > three"], "another order");
        assert_eq!(said(HTML, &format!("{TEXT}\nSent with Relay")), ["text text - > Sent with Relay"]);
        let many: String = (0..50).map(|number| format!("\nline {number}")).collect();
        assert_eq!(said(HTML, &format!("{TEXT}{many}")).len(), LINES);
    }

    #[test]
    fn copies_as_they_are_saved() {
        assert_eq!(restored(b"From a Sun\nA: b\n\nc\r\nd"), b"A: b\r\n\r\nc\r\nd");
        assert_eq!(restored(b"\xef\xbb\xbfA: b\r\n\r\n\r\n"), b"A: b\r\n\r\n\r\n");
        assert_eq!(restored(b"From "), b"");
        assert_eq!(compare(&letter(HTML, TEXT), b"Hello\r\n", &str::to_owned), Err(NoLetter));
    }

    proptest! {
        #[test]
        fn any_copy_is_read(octets in prop::collection::vec(any::<u8>(), 0..200), html in "[<>a-z\"=/ ]{0,60}") {
            let copy = [b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n".as_slice(), html.as_bytes(), &octets].concat();
            let restored = restored(&copy);
            prop_assert!(compare(&letter(HTML, TEXT), &restored, &str::to_owned).is_ok());
            prop_assert_eq!(compare(&restored, &restored, &str::to_owned), Ok(vec![]));
            let _ = compare(&letter(HTML, TEXT), &octets, &str::to_owned);
        }
    }
}
