//! The mail edition: what readers get in their inbox, drawn by the theme's `templates/mail/`, with its stylesheet written into the tags and a plain-text part beside the HTML.

mod finish;
mod functions;
pub mod notice;
pub mod plain;
pub mod press;
mod sample;

use lettre::message::Body;
use lettre::message::header::ContentTransferEncoding;

use crate::value::header_text::HeaderText;

/// A mail as far as the theme draws it; who gets it is no part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
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
