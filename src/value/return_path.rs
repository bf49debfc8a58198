//! Where bounces go (RFC 5321 §4.4): one address for all letters, or one of its own for each, from which the letter is known again (VERP).

use std::fmt;

use crate::value::address::AddressError;
use crate::value::address::EmailAddress;

/// What stands for a letter's own part of the address, in `site.toml`.
pub const TOKEN: &str = "{token}";

/// Characters of a letter's own part: it must fit beside what is written around it (64 octets before the `@`, RFC 5321 §4.5.3.1.1).
pub const TOKEN_LENGTH: usize = 45;

/// The address that bounces go to, or how it is made.
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnPath {
    /// What stands before the token; of an address without one, everything before the `@`.
    before: Box<str>,
    /// What stands between the token and the `@`; `None` where there is no token.
    after: Option<Box<str>>,
    domain: Box<str>,
}

impl ReturnPath {
    /// Reads `bounces@example.com`, or `bounces+{token}@example.com`.
    ///
    /// # Errors
    /// An [`AddressError`] where it is no address with a token of [`TOKEN_LENGTH`] characters in its place, or has two.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let stand_in = "x".repeat(TOKEN_LENGTH);
        let address = EmailAddress::parse(&text.replacen(TOKEN, &stand_in, 1))?;
        let domain = address.domain().into();
        match text.trim_matches(' ').split_once(TOKEN) {
            None => Ok(Self { before: address.local().into(), after: None, domain }),
            Some((before, rest)) => {
                let (after, _) = rest.rsplit_once('@').ok_or(AddressError::Malformed)?;
                if !address.local().is_ascii() || after.contains(TOKEN) {
                    return Err(AddressError::Malformed);
                }
                Ok(Self { before: before.into(), after: Some(after.into()), domain })
            }
        }
    }

    /// Whether each letter has an address of its own.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.after.is_some()
    }

    /// The address for the letter of that token.
    ///
    /// # Errors
    /// An [`AddressError`] where the token cannot stand in an address.
    pub fn address(&self, token: &str) -> Result<EmailAddress, AddressError> {
        let (token, after) = match &self.after {
            Some(after) => (token, &**after),
            None => ("", ""),
        };
        EmailAddress::parse(&format!("{}{token}{after}@{}", self.before, self.domain))
    }

    /// The token in an address that bounced; `None` where it was not made by this. Case does not count, which some servers do not keep.
    #[must_use]
    pub fn token(&self, address: &EmailAddress) -> Option<String> {
        let (before, after) = (self.before.to_ascii_lowercase(), self.after.as_ref()?.to_ascii_lowercase());
        let local = address.local().to_ascii_lowercase();
        let token = local.strip_prefix(&before)?.strip_suffix(&after)?;
        (address.domain() == &*self.domain && token.len() == TOKEN_LENGTH).then(|| token.to_owned())
    }
}

/// As `site.toml` has it.
impl fmt::Display for ReturnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.after {
            Some(after) => write!(f, "{}{TOKEN}{after}@{}", self.before, self.domain),
            None => write!(f, "{}@{}", self.before, self.domain),
        }
    }
}

impl fmt::Debug for ReturnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReturnPath({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_for_all_or_one_for_each() {
        let token = "a2".repeat(22) + "z";
        let fixed = ReturnPath::parse("Bounces@Bücher.example").unwrap();
        let address = fixed.address(&token).unwrap();
        assert_eq!((&*address.to_string(), fixed.is_own()), ("Bounces@xn--bcher-kva.example", false));
        assert_eq!(fixed.token(&address), None);
        let own = ReturnPath::parse("bounces+{token}@example.com").unwrap();
        let address = own.address(&token).unwrap();
        assert_eq!(address.to_string(), format!("bounces+{token}@example.com"));
        assert_eq!(own.token(&address).as_ref(), Some(&token));
        let shouted = EmailAddress::parse(&address.to_string().to_uppercase()).unwrap();
        assert_eq!(own.token(&shouted), Some(token.clone()));
        for other in [
            format!("bounces+{token}@else.example"),
            format!("bounce+{token}@example.com"),
            "bounces+@example.com".into(),
        ] {
            assert_eq!(own.token(&EmailAddress::parse(&other).unwrap()), None, "{other}");
        }
        assert_eq!(own.to_string(), "bounces+{token}@example.com");
    }

    #[test]
    fn what_is_none() {
        for text in [
            "bounces",
            "bounces+{token}",
            "{token}{token}@example.com",
            "bücher+{token}@example.com",
            "a b@example.com",
        ] {
            assert_eq!(ReturnPath::parse(text), Err(AddressError::Malformed), "{text}");
        }
        let long = format!("{}{{token}}@example.com", "b".repeat(20));
        assert_eq!(ReturnPath::parse(&long), Err(AddressError::TooLong));
        let own = ReturnPath::parse("b+{token}@example.com").unwrap();
        assert!(own.address("a>\r\nRCPT TO:<x").is_err());
    }
}
