//! A letter ready for a transport: its envelope, and the octets that travel in it.

use std::fmt;

use crate::value::address::EmailAddress;

/// Who a letter is from and to, for the servers that carry it (RFC 5321 §2.3.1); readers see the letter's own `From` and `To`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Where reports of failed delivery go: `MAIL FROM`.
    pub from: EmailAddress,
    /// Who gets it: `RCPT TO`.
    pub to: EmailAddress,
}

/// A message with its envelope.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// From and to.
    pub envelope: Envelope,
    /// The `Message-ID`, without its angle brackets.
    pub message_id: String,
    /// The message (RFC 5322), its lines ended by CRLF and no CR or LF elsewhere, the last line too.
    pub octets: Vec<u8>,
    /// Whether its headers or envelope need SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
}

/// Without the message itself, which names its reader.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("envelope", &self.envelope)
            .field("message_id", &self.message_id)
            .field("octets", &self.octets.len())
            .field("smtputf8", &self.smtputf8)
            .finish()
    }
}
