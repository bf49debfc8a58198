//! An issue's mail, encoded once for all its readers: of each reader's letter only the header is written anew, and tokens take the places of the stand-ins in the body.

use lettre::message::MultiPart;

use crate::edition::mail::MailText;
use crate::newsletter::reader_link;
use crate::newsletter::reader_link::MANAGE;
use crate::newsletter::reader_link::UNSUBSCRIBE;
use crate::output::letter;
use crate::output::letter::Head;
use crate::output::letter::Letter;
use crate::output::letter::LetterError;
use crate::value::header_text::HeaderText;

/// The mail, ready but for its reader.
#[derive(Clone, Debug)]
pub struct Skeleton {
    subject: HeaderText,
    /// Tells the boundary from that of other mails.
    name: String,
    /// Header fields that only issues have.
    more: String,
    body: Vec<u8>,
    unsubscribe: Vec<Spot>,
    manage: Vec<Spot>,
}

/// Where each octet of one stand-in is: a soft line break can fall into the middle of it (RFC 2045 §6.7).
type Spot = [usize; reader_link::LENGTH];

/// A reader's own tokens, of [`reader_link::LENGTH`] octets each, all of which may stand in a URL.
#[derive(Clone, Copy)]
pub struct Tokens<'t> {
    /// Ends the subscription.
    pub unsubscribe: &'t str,
    /// Asks for a link to the settings.
    pub manage: &'t str,
}

impl Skeleton {
    /// Encodes a mail. `name` is lower-case letters and digits, the same for the same issue; `more` are further header fields, names in ASCII.
    #[must_use]
    pub fn new(text: &MailText, name: &str, more: &[(&str, HeaderText)]) -> Self {
        let octets = letter::parts(name, text).formatted();
        // The part's own header is written with each letter.
        let begin = end_of_header(&octets);
        let body = octets.get(begin..).unwrap_or_default().to_vec();
        Self {
            subject: text.subject.clone(),
            name: name.to_owned(),
            more: more.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect(),
            unsubscribe: spots(&body, UNSUBSCRIBE),
            manage: spots(&body, MANAGE),
            body,
        }
    }

    /// Octets of the body as they travel.
    #[must_use]
    pub fn len(&self) -> usize {
        self.body.len()
    }

    /// Whether there is nothing in it; there always is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Whether every letter has a link in its text that ends the subscription.
    #[must_use]
    pub fn can_be_left(&self) -> bool {
        !self.unsubscribe.is_empty()
    }

    /// The letter of one reader. `tokens` are those of the endpoint's links; without an endpoint there are neither links nor stand-ins.
    ///
    /// # Errors
    /// A [`LetterError`] where an address cannot stand in a header field, or a token is of another length.
    pub fn letter(&self, head: &Head<'_>, tokens: Option<Tokens<'_>>) -> Result<Letter, LetterError> {
        let nothing: MultiPart = letter::boundary(&self.name).build();
        let message = letter::fields(head, &self.subject)?.multipart(nothing)?;
        let mut octets = message.formatted();
        octets.truncate(end_of_header(&octets).saturating_sub(2));
        octets.reserve(self.more.len() + 2 + self.body.len());
        octets.extend_from_slice(self.more.as_bytes());
        octets.extend_from_slice(b"\r\n");
        let begin = octets.len();
        octets.extend_from_slice(&self.body);
        if let Some(tokens) = tokens {
            let body = octets.get_mut(begin..).unwrap_or_default();
            put(body, &self.unsubscribe, tokens.unsubscribe)?;
            put(body, &self.manage, tokens.manage)?;
        } else if !(self.unsubscribe.is_empty() && self.manage.is_empty()) {
            return Err(LetterError::new("it has links of an endpoint, and site.toml names none"));
        }
        Ok(Letter::of(head, octets))
    }
}

/// Where the body begins, after the empty line.
fn end_of_header(octets: &[u8]) -> usize {
    memchr::memmem::find(octets, b"\r\n\r\n").map_or(octets.len(), |at| at + 4)
}

/// The places of a stand-in, which is plain in quoted-printable but for soft line breaks.
fn spots(body: &[u8], stand_in: &str) -> Vec<Spot> {
    let mut text = Vec::with_capacity(body.len());
    let mut places = Vec::with_capacity(body.len());
    let mut at = 0;
    while let Some(octet) = body.get(at) {
        if body.get(at..at + 3) == Some(b"=\r\n") {
            at += 3;
            continue;
        }
        text.push(*octet);
        places.push(at);
        at += 1;
    }
    let found = memchr::memmem::find_iter(&text, stand_in.as_bytes());
    found.filter_map(|begin| places.get(begin..begin + reader_link::LENGTH)?.try_into().ok()).collect()
}

fn put(body: &mut [u8], spots: &[Spot], token: &str) -> Result<(), LetterError> {
    if token.len() != reader_link::LENGTH
        || !token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    {
        return Err(LetterError::new("a token that does not fit its link"));
    }
    for spot in spots {
        for (at, octet) in spot.iter().zip(token.bytes()) {
            if let Some(place) = body.get_mut(*at) {
                *place = octet;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use mail_parser::MessageParser;
    use proptest::prelude::*;

    use super::*;
    use crate::output::letter::ListId;
    use crate::output::letter::MessageId;
    use crate::subscriber::keys::KeyRing;
    use crate::value::address::EmailAddress;
    use crate::value::mailbox::Mailbox;
    use crate::value::web_url::WebUrl;

    fn text(before: &str) -> MailText {
        let line = |word: &str, stand_in: &str| format!("{before} https://e.com/{word}/{stand_in} and on\n");
        let text = line("unsubscribe", UNSUBSCRIBE) + &line("manage", MANAGE) + &line("unsubscribe", UNSUBSCRIBE);
        MailText { subject: HeaderText::new("Hällo"), html: format!("<p>{text}</p>"), text }
    }

    proptest! {
        #[test]
        fn every_stand_in_is_replaced(before in "[ -~äü\u{4e00}]{0,120}", seed in any::<[u8; 16]>()) {
            let keys = KeyRing::generate(Timestamp::UNIX_EPOCH).unwrap();
            let token = data_encoding::BASE64URL_NOPAD.encode(&[seed.as_slice(), &seed, &seed[..13]].concat());
            let from = Mailbox::parse("Ed <ed@e.com>").unwrap();
            let to = EmailAddress::parse("jane@example.org").unwrap();
            let id = MessageId::new(&keys, "issue 1 to 2", &from.address);
            let list = ListId::new("News", "news", "e.com");
            let url = WebUrl::parse(&format!("https://e.com/unsubscribe/{token}")).unwrap();
            let head = Head {
                from: &from, reply_to: None, to: &to, return_path: None, date: Timestamp::UNIX_EPOCH, message_id: &id,
                list: Some(&list), unsubscribe: Some(&url), archive: None, feedback: None, automatic: false,
            };
            let text = text(&before);
            let skeleton = Skeleton::new(&text, "abc", &[("Precedence", HeaderText::new("bulk"))]);
            prop_assert!(skeleton.can_be_left());
            let tokens = Tokens { unsubscribe: &token, manage: &token };
            let letter = skeleton.letter(&head, Some(tokens)).unwrap();
            let parsed = MessageParser::default().parse(&letter.octets).unwrap();
            let put = |text: &str| text.replace(UNSUBSCRIBE, &token).replace(MANAGE, &token);
            prop_assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), put(&text.text));
            prop_assert_eq!(parsed.body_html(0).unwrap().replace("\r\n", "\n"), put(&text.html));
            prop_assert_eq!(parsed.subject(), Some("Hällo"));
            prop_assert_eq!(parsed.header_raw("Precedence").map(str::trim), Some("bulk"));
            prop_assert!(letter.octets.split(|b| *b == b'\n').all(|line| line.len() < 200));
            // The same as a letter that is written whole, but for boundary and order.
            prop_assert!(skeleton.letter(&head, None).is_err());
            let short = Tokens { unsubscribe: "x", manage: &token };
            prop_assert!(skeleton.letter(&head, Some(short)).is_err());
        }
    }
}
