//! The mail edition: what readers get in their inbox, drawn by the theme's `templates/mail/`, with its stylesheet written into the tags and a plain-text part beside the HTML.

mod desk;
mod finish;
mod functions;
pub mod issue;
mod issue_view;
pub mod judge;
pub mod notice;
mod parts;
mod place;
pub mod plain;
pub mod press;
mod sample;
pub mod settle;
mod story;
mod tag;
pub mod weight;

use std::fmt;

use lettre::message::Body;
use lettre::message::header::ContentTransferEncoding;

use crate::value::header_text::HeaderText;

/// A mail as far as the theme draws it; who gets it is no part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct MailText {
    /// The subject.
    pub subject: HeaderText,
    /// The HTML part, a whole document.
    pub html: String,
    /// The plain-text part: lines end with `\n`.
    pub text: String,
}

impl MailText {
    /// Octets of the HTML part as it is sent, encoded as quoted-printable. Gmail shows no more than about 102,000 of them.
    #[must_use]
    pub fn html_octets(&self) -> usize {
        // Quoted-printable can encode whatever there is.
        let body = Body::new_with_encoding(self.html.clone(), ContentTransferEncoding::QuotedPrintable);
        body.map_or(self.html.len(), |body| body.len())
    }
}

/// Without what it says: its links are good for one reader alone.
impl fmt::Debug for MailText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailText({} octets of HTML, {} of text)", self.html.len(), self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_is_what_is_sent() {
        let mail = MailText {
            subject: HeaderText::new("s"),
            html: "<p style=\"a\">é</p>\n".into(),
            text: "https://example.com/token".into(),
        };
        assert_eq!(mail.html_octets(), "<p style=3D\"a\">=C3=A9</p>\r\n".len());
        assert_eq!(format!("{mail:?}"), "MailText(20 octets of HTML, 25 of text)");
    }
}
