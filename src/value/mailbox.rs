//! A mailbox as header fields name it: an address, and the name shown beside it (RFC 5322 §3.4).

use std::fmt;

use crate::value::address::AddressError;
use crate::value::address::EmailAddress;

/// `Proof & Post <editors@example.com>`, or an address alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name shown beside the address, on one line and without control characters; empty where there is none.
    pub name: Box<str>,
    /// The address.
    pub address: EmailAddress,
}

impl Mailbox {
    /// Reads a mailbox as people write it: `Name <address>`, with or without quotation marks around the name, or the address alone.
    ///
    /// # Errors
    /// As [`EmailAddress::parse`]; [`AddressError::Control`] also where the name has a control character.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let Some((name, rest)) = text.rsplit_once('<') else {
            return Ok(Self { name: "".into(), address: EmailAddress::parse(text)? });
        };
        let address = EmailAddress::parse(rest.strip_suffix('>').ok_or(AddressError::Malformed)?)?;
        let name = name.trim();
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
        if name.chars().any(char::is_control) {
            return Err(AddressError::Control);
        }
        Ok(Self { name: name.into(), address })
    }
}

/// As people write it.
impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() { self.address.fmt(f) } else { write!(f, "{} <{}>", self.name, self.address) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_and_without_a_name() {
        let read = |text: &str| Mailbox::parse(text).map(|mailbox| mailbox.to_string());
        assert_eq!(read("jane@example.com").unwrap(), "jane@example.com");
        assert_eq!(read(" \"Proof & Post\" <Jane@Example.com> ").unwrap(), "Proof & Post <Jane@example.com>");
        assert_eq!(read("Jane <jane@example.com"), Err(AddressError::Malformed));
        assert_eq!(read("Jane\r\nBcc: x <jane@example.com>"), Err(AddressError::Control));
        assert_eq!(read(""), Err(AddressError::Malformed));
    }
}
