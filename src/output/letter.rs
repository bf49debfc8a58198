//! A letter: what a mail says and who gets it, as the octets that a server takes (RFC 5322, RFC 2045 to 2049). Everything that could end a header field early is
//! refused or replaced by the types that it comes in.

use std::fmt;
use std::time::SystemTime;

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use lettre::Address;
use lettre::Message;
use lettre::message::Mailbox as LettreMailbox;
use lettre::message::MessageBuilder;
use lettre::message::MultiPart;
use lettre::message::MultiPartBuilder;
use lettre::message::SinglePart;
use lettre::message::header::ContentTransferEncoding;
use lettre::message::header::ContentType;
use lettre::message::header::HeaderName;
use lettre::message::header::HeaderValue;
use ring::digest;

use crate::edition::mail::MailText;
use crate::subscriber::keys::KeyRing;
use crate::value::address::EmailAddress;
use crate::value::header_text::HeaderText;
use crate::value::mailbox::Mailbox;
use crate::value::web_url::WebUrl;

/// Characters of the sender in a [`FeedbackId`].
const SENDER: usize = 12;

/// What the server is told beside the letter (RFC 5321 §2.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// `MAIL FROM`: where bounces go.
    pub from: EmailAddress,
    /// `RCPT TO`.
    pub to: EmailAddress,
}

/// A letter ready for a transport.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// From whom and to whom.
    pub envelope: Envelope,
    /// Its Message-ID, without the angle brackets.
    pub message_id: String,
    /// Header and body (RFC 5322): lines end with CRLF, no CR or LF stands alone, none is longer than 998 octets. Neither signed nor dot-stuffed.
    pub octets: Vec<u8>,
    /// Whether only a server that offers SMTPUTF8 (RFC 6531) can take it.
    pub smtputf8: bool,
}

/// What stands in the header beside subject and body.
#[derive(Clone, Copy, Debug)]
pub struct Head<'h> {
    /// `From`.
    pub from: &'h Mailbox,
    /// `Reply-To`, where answers do not go to `from`. In a lead: who wrote it.
    pub reply_to: Option<&'h Mailbox>,
    /// `To`, and the envelope's recipient.
    pub to: &'h EmailAddress,
    /// The envelope's sender, where it is not `from`.
    pub return_path: Option<&'h EmailAddress>,
    /// `Date`.
    pub date: Timestamp,
    /// `Message-ID`.
    pub message_id: &'h MessageId,
    /// `List-Id`, in a mail about a newsletter.
    pub list: Option<&'h ListId>,
    /// `List-Unsubscribe` and `List-Unsubscribe-Post` (RFC 8058): an address that ends the subscription by one POST. None for a reader who has not confirmed.
    pub unsubscribe: Option<&'h WebUrl>,
    /// `List-Archive`: the page of all issues.
    pub archive: Option<&'h WebUrl>,
    /// `Feedback-ID`: what complaints at Gmail are counted by.
    pub feedback: Option<&'h FeedbackId>,
    /// `Auto-Submitted: auto-generated` (RFC 3834 §5): nobody's holiday notice is to answer it.
    pub automatic: bool,
}

/// What complaints are counted by: `a:b:c:SenderId`, each part told apart from the others, the last one always the same for a domain
/// (<https://support.google.com/a/answer/6254652>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackId(Box<str>);

/// The name of a letter, unique and the same each time the same mail is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageId(Box<str>);

/// The name of a mailing list (RFC 2919).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListId {
    name: HeaderText,
    id: Box<str>,
}

/// A letter that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterError(String);

impl MessageId {
    /// The name of the mail that the program calls `mail`, such as `notice 17` or an issue and the number of a subscriber; nobody can tell from it who gets it.
    #[must_use]
    pub fn new(keys: &KeyRing, mail: &str, from: &EmailAddress) -> Self {
        let hash = BASE32_NOPAD.encode(&keys.message_hash(mail)).to_ascii_lowercase();
        Self(format!("{hash}@{}", from.domain()).into())
    }

    /// The name of the letter of an issue, known by the hash over what was frozen (64 hexadecimal digits), to `whom`: the number of a subscriber.
    #[must_use]
    pub fn of_issue(keys: &KeyRing, hash: &str, whom: &str, from: &EmailAddress) -> Self {
        Self::new(keys, &format!("issue {hash} to {whom}"), from)
    }

    /// Without the angle brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn local(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

impl FeedbackId {
    /// Of a campaign (the day of an issue, or which notice it is), a newsletter's id and the kind of mailing, sent by a domain. Of each part only letters, digits
    /// and hyphens are kept: what else stands in a day's or an id's place would end it.
    #[must_use]
    pub fn new(campaign: &str, newsletter: &str, kind: &str, domain: &str) -> Self {
        let part =
            |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect::<String>();
        // 5 to 15 characters, which a domain may not have.
        let hash = digest::digest(&digest::SHA256, domain.as_bytes());
        let sender = BASE32_NOPAD.encode(hash.as_ref()).to_ascii_lowercase();
        let sender = sender.get(..SENDER).unwrap_or_default();
        Self(format!("{}:{}:{}:{sender}", part(campaign), part(newsletter), part(kind)).into())
    }

    /// As the header has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ListId {
    /// Of the newsletter with that name and that id (lower-case letters, digits and hyphens), published under a domain (in A-labels).
    #[must_use]
    pub fn new(name: &str, id: &str, domain: &str) -> Self {
        let label = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let id: String = id.chars().chain(['.']).chain(domain.chars()).filter(label).collect();
        Self { name: HeaderText::new(name), id: id.into() }
    }

    /// `"Proof & Post" <newsletter.example.com>`.
    fn value(&self) -> String {
        let name = self.name.as_str();
        if name.is_empty() {
            return format!("<{}>", self.id);
        }
        if name.is_ascii() {
            return format!("{} <{}>", quoted(name), self.id);
        }
        // Words beyond ASCII are encoded one by one (RFC 2047 §5), and no quotation marks may stand around those.
        let name: String = name.chars().map(|c| if r#"()<>[]:;@\,.""#.contains(c) { ' ' } else { c }).collect();
        format!("{} <{}>", name.split_whitespace().collect::<Vec<_>>().join(" "), self.id)
    }
}

impl Letter {
    /// Writes a letter: `multipart/alternative`, plain text first, both parts as quoted-printable. The same input gives the same octets.
    ///
    /// # Errors
    /// A [`LetterError`] where an address cannot stand in a header field.
    pub fn write(head: &Head<'_>, text: &MailText) -> Result<Self, LetterError> {
        let parts = parts(head.message_id.local(), text);
        let message = fields(head, &text.subject)?.multipart(parts)?;
        Ok(Self::of(head, message.formatted()))
    }

    /// Takes a header field out, and gives its value on one line; `None` where there is none. `name` is written as it is in the letter.
    pub fn take_field(&mut self, name: &str) -> Option<String> {
        let end = memchr::memmem::find(&self.octets, b"\r\n\r\n").map_or(self.octets.len(), |at| at + 2);
        let head = self.octets.get(..end)?;
        let wanted = format!("{name}:");
        let begin = memchr::memmem::find_iter(head, wanted.as_bytes())
            .find(|at| *at == 0 || head.get(..*at).is_some_and(|before| before.ends_with(b"\r\n")))?;
        let after = memchr::memmem::find_iter(head.get(begin..)?, b"\r\n")
            .map(|at| begin + at + 2)
            .find(|next| !matches!(head.get(*next), Some(b' ' | b'\t')))?;
        let value = String::from_utf8_lossy(head.get(begin + wanted.len()..after)?).replace("\r\n", "");
        self.octets.drain(begin..after);
        Some(value.trim().to_owned())
    }

    /// Puts header fields before all others. They end with CRLF.
    pub fn put_before(&mut self, fields: &str) {
        self.octets.splice(..0, fields.bytes());
    }

    /// A letter whose octets are there already.
    pub(in crate::output) fn of(head: &Head<'_>, octets: Vec<u8>) -> Self {
        let named =
            [Some(&head.from.address), head.reply_to.map(|mailbox| &mailbox.address), head.return_path, Some(head.to)];
        Self {
            envelope: Envelope { from: head.return_path.unwrap_or(&head.from.address).clone(), to: head.to.clone() },
            message_id: head.message_id.as_str().to_owned(),
            octets,
            smtputf8: named.into_iter().flatten().any(EmailAddress::needs_smtputf8),
        }
    }
}

/// Both parts of a mail. `name` tells the boundary from that of other mails.
pub(in crate::output) fn parts(name: &str, text: &MailText) -> MultiPart {
    boundary(name)
        .singlepart(part(ContentType::TEXT_PLAIN, &text.text))
        .singlepart(part(ContentType::TEXT_HTML, &text.html))
}

/// `=_` cannot stand in a quoted-printable line, so no part has a line like this (RFC 2045 §6.7).
pub(in crate::output) fn boundary(name: &str) -> MultiPartBuilder {
    MultiPart::alternative().boundary(format!("=_{name}"))
}

/// The header fields, but for those of the body.
///
/// # Errors
/// As [`Letter::write`].
pub(in crate::output) fn fields(head: &Head<'_>, subject: &HeaderText) -> Result<MessageBuilder, LetterError> {
    // Said here: where lettre takes it from the header, an address in quotation marks loses them, and is none any more.
    let envelope = lettre::address::Envelope::new(Some(address(&head.from.address)?), vec![address(head.to)?])?;
    let builder = Message::builder().envelope(envelope);
    let mut builder = named(builder, "From", head.from, |builder, from| builder.from(from))?
        .to(LettreMailbox::new(None, address(head.to)?))
        .subject(subject.as_str())
        .date(SystemTime::from(head.date))
        .message_id(Some(format!("<{}>", head.message_id.as_str())));
    if let Some(reply_to) = head.reply_to {
        builder = named(builder, "Reply-To", reply_to, |builder, reply_to| builder.reply_to(reply_to))?;
    }
    let mut fields: Vec<(&'static str, String)> = Vec::new();
    if let Some(feedback) = head.feedback {
        fields.push(("Feedback-ID", feedback.as_str().to_owned()));
    }
    if head.automatic {
        fields.push(("Auto-Submitted", "auto-generated".into()));
    }
    if let Some(list) = head.list {
        fields.push(("List-Id", list.value()));
    }
    if let Some(url) = head.unsubscribe {
        fields.push(("List-Unsubscribe", format!("<{url}>")));
        fields.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()));
    }
    if let Some(url) = head.archive {
        fields.push(("List-Archive", format!("<{url}>")));
    }
    for (name, value) in fields {
        builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    Ok(builder)
}

fn part(kind: ContentType, text: &str) -> SinglePart {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    SinglePart::builder().header(kind).header(ContentTransferEncoding::QuotedPrintable).body(text)
}

/// A field with a mailbox. A name of ASCII characters is written as it is, in quotation marks: encoded without need, it would count against the mail in filters.
fn named(
    builder: MessageBuilder,
    field: &'static str,
    of: &Mailbox,
    typed: impl FnOnce(MessageBuilder, LettreMailbox) -> MessageBuilder,
) -> Result<MessageBuilder, LetterError> {
    let name = HeaderText::new(&of.name);
    let name = name.as_str();
    let known = mailbox(of)?;
    let address = of.address.to_string();
    let is_plain = |c: char| c == ' ' || c.is_ascii_graphic();
    // What looks like an encoded word is encoded, so that nobody takes it for one.
    if name.is_empty() || !name.chars().all(is_plain) || name.contains("=?") || !address.is_ascii() {
        return Ok(typed(builder, known));
    }
    let value = format!("{} <{address}>", quoted(name));
    Ok(builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(field), value)))
}

/// A quoted string (RFC 5322 §3.2.4).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn mailbox(mailbox: &Mailbox) -> Result<LettreMailbox, LetterError> {
    let name = HeaderText::new(&mailbox.name);
    let name = (!name.is_empty()).then(|| name.to_string());
    Ok(LettreMailbox::new(name, address(&mailbox.address)?))
}

fn address(address: &EmailAddress) -> Result<Address, LetterError> {
    Address::new(address.local(), address.domain())
        .map_err(|error| LetterError(format!("{}: {error}", address.masked())))
}

/// Without the octets: they are a reader's mail.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Letter({:?}, {}, {} octets)", self.envelope, self.message_id, self.octets.len())
    }
}

impl LetterError {
    pub(in crate::output) fn new(why: &str) -> Self {
        Self(why.to_owned())
    }
}

impl From<lettre::error::Error> for LetterError {
    fn from(error: lettre::error::Error) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for LetterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this letter cannot be written: {}", self.0)
    }
}

impl std::error::Error for LetterError {}
