//! E-mail addresses. [`EmailAddress::parse`] is the only parser of addresses in the program.

use std::fmt;

/// An address that can stand in `RCPT TO` (RFC 5321): the domain in A-labels, the local part as written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    local: Box<str>,
    domain: Box<str>,
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// No `@`, or nothing before or after it, or a character that may not stand there.
    Malformed,
    /// Over 64 octets before the `@`, 255 after it, or 254 in all (RFC 5321 §4.5.3.1).
    TooLong,
    /// A line break or another control character.
    Control,
}

impl EmailAddress {
    /// Reads an address; internationalised domains become A-labels, the local part keeps its case and its `+tag`.
    ///
    /// # Errors
    /// An [`AddressError`] where it is none.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim_matches(' ');
        if text.chars().any(char::is_control) {
            return Err(AddressError::Control);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Malformed)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| AddressError::Malformed)?;
        if local.len() > 64 || domain.len() > 255 || local.len() + 1 + domain.len() > 254 {
            return Err(AddressError::TooLong);
        }
        lettre::Address::new(local, &domain).map_err(|_| AddressError::Malformed)?;
        Ok(Self { local: local.into(), domain: domain.into() })
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// What stands after the `@`, in A-labels.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// Masked, so that no address reaches a log by accident: `j•••@example.com`.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.local.chars().next().unwrap_or('•');
        write!(f, "{first}•••@{}", self.domain)
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not an e-mail address",
            Self::TooLong => "longer than an e-mail address may be (RFC 5321: 64 octets before the @, 254 in all)",
            Self::Control => "a line break or control character inside an e-mail address",
        })
    }
}

impl std::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_become_a_labels_and_debug_is_masked() {
        let a = EmailAddress::parse(" Jane+news@BÜCHER.example ").unwrap();
        assert_eq!(a.to_string(), "Jane+news@xn--bcher-kva.example");
        assert_eq!(format!("{a:?}"), "J•••@xn--bcher-kva.example");
        assert_eq!(EmailAddress::parse("a@b\r\nBcc: c@d"), Err(AddressError::Control));
        assert_eq!(EmailAddress::parse("nobody"), Err(AddressError::Malformed));
        assert_eq!(EmailAddress::parse(&format!("{}@example.com", "a".repeat(65))), Err(AddressError::TooLong));
    }
}
