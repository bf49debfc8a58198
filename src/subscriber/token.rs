//! Tokens: what stands in links and in hidden fields of forms, and proves that we made it.
//!
//! Base64url (RFC 4648 §5) without padding of
//!
//! ```text
//! key id (4) ‖ purpose (1) ‖ id (16) ‖ expires (8, seconds since 1970, 0 for never) ‖ the first 16 octets of HMAC-SHA256 (RFC 2104 §5)
//! ```
//!
//! A token carries no address and nothing that tells one: its id is random, and means something only to the store.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;

use crate::subscriber::keys::KeyRing;

/// What a token is good for; good for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Posting a form. The id is random.
    Form,
    /// Posting a form after work; the id's first octet is how much, the rest is random.
    Work,
    /// Confirming a subscription. The id is a link's.
    Confirm,
    /// Leaving, pausing: the id is a subscription's handle. Never expires.
    Unsubscribe,
    /// Taking back what an unsubscribe or pause did; the id is a link's.
    Undo,
    /// Asking for a fresh link; the id is a subscription's handle. Never expires.
    Manage,
    /// Everything about one reader; the id is a link's.
    Preferences,
    /// Taking a new address into use; the id is a link's.
    Address,
}

/// A token that we made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is good for.
    pub purpose: Purpose,
    /// What it is about.
    pub id: [u8; 16],
    /// Until when it is good, to the second; `None` for ever.
    pub expires: Option<Timestamp>,
}

/// Why a text is no good token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// Not ours: altered, cut off, made for another purpose, or signed by a key that is gone.
    Foreign,
    /// Ours, and too old.
    Expired,
}

/// The tag's octets that stand in a token.
const MAC: usize = 16;
/// All octets of a token.
const LENGTH: usize = 4 + 1 + 16 + 8 + MAC;
/// Told apart from whatever else the key may sign one day.
const DOMAIN: &[u8] = b"letterpress token 1";

impl Purpose {
    const ALL: [Self; 8] = [
        Self::Form,
        Self::Work,
        Self::Confirm,
        Self::Unsubscribe,
        Self::Undo,
        Self::Manage,
        Self::Preferences,
        Self::Address,
    ];

    /// The octet in a token; the same for ever.
    fn octet(self) -> u8 {
        match self {
            Self::Form => 1,
            Self::Work => 2,
            Self::Confirm => 3,
            Self::Unsubscribe => 4,
            Self::Undo => 5,
            Self::Manage => 6,
            Self::Preferences => 7,
            Self::Address => 8,
        }
    }

    /// The word in the database, for links.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Work => "work",
            Self::Confirm => "confirm",
            Self::Unsubscribe => "unsubscribe",
            Self::Undo => "undo",
            Self::Manage => "manage",
            Self::Preferences => "preferences",
            Self::Address => "address",
        }
    }

    /// Reads [`Purpose::word`], and nothing else.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.word() == word)
    }
}

impl Token {
    /// The token as text, signed by the newest key: 60 characters that may stand in a URL.
    #[must_use]
    pub fn sign(&self, keys: &KeyRing) -> String {
        let body = |id: &[u8; 4]| {
            let expires = self.expires.map_or(0, |at| at.as_second().max(1));
            let mut octets = id.to_vec();
            octets.push(self.purpose.octet());
            octets.extend_from_slice(&self.id);
            octets.extend_from_slice(&expires.to_be_bytes());
            octets
        };
        let signed = keys.sign(|id| [DOMAIN, &body(id)].concat());
        // A ring without a signing key is refused when it is read.
        let (id, mac) = signed.unwrap_or_default();
        let mut octets = body(&id);
        octets.extend_from_slice(&mac[..MAC]);
        BASE64URL_NOPAD.encode(&octets)
    }

    /// Reads a token that is to be good for `purpose` at the moment `now`.
    ///
    /// # Errors
    /// A [`TokenError`]; whatever is wrong with a token that is not ours, it is the same error.
    pub fn verify(text: &str, purpose: Purpose, keys: &KeyRing, now: Timestamp) -> Result<Self, TokenError> {
        let octets = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| TokenError::Foreign)?;
        if octets.len() != LENGTH {
            return Err(TokenError::Foreign);
        }
        let (body, mac) = octets.split_at(LENGTH - MAC);
        let mut key = [0; 4];
        key.copy_from_slice(&body[..4]);
        if !keys.verifies(key, &[DOMAIN, body].concat(), mac) || body[4] != purpose.octet() {
            return Err(TokenError::Foreign);
        }
        let (mut id, mut expires) = ([0; 16], [0; 8]);
        id.copy_from_slice(&body[5..21]);
        expires.copy_from_slice(&body[21..29]);
        let expires = match i64::from_be_bytes(expires) {
            0 => None,
            second => Some(Timestamp::from_second(second).map_err(|_| TokenError::Foreign)?),
        };
        if expires.is_some_and(|expires| expires < now) {
            return Err(TokenError::Expired);
        }
        Ok(Self { purpose, id, expires })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn good_for_one_purpose_and_for_its_time() {
        let keys = KeyRing::generate(now()).unwrap();
        let hour = jiff::SignedDuration::from_hours(1);
        for purpose in Purpose::ALL {
            let token = Token { purpose, id: [7; 16], expires: Some(now() + hour) };
            let text = token.sign(&keys);
            assert_eq!(text.len(), 60);
            assert_eq!(Token::verify(&text, purpose, &keys, now() + hour), Ok(token));
            let late = now() + hour + jiff::SignedDuration::from_secs(1);
            assert_eq!(Token::verify(&text, purpose, &keys, late), Err(TokenError::Expired));
            for other in Purpose::ALL.into_iter().filter(|other| *other != purpose) {
                assert_eq!(Token::verify(&text, other, &keys, now()), Err(TokenError::Foreign));
            }
            assert_eq!(Purpose::parse(purpose.word()), Some(purpose));
        }
        let octets: std::collections::BTreeSet<u8> = Purpose::ALL.into_iter().map(Purpose::octet).collect();
        assert_eq!(octets.len(), Purpose::ALL.len());
    }

    #[test]
    fn old_keys_verify_and_foreign_ones_do_not() {
        let keys = KeyRing::generate(now()).unwrap();
        let token = Token { purpose: Purpose::Unsubscribe, id: [1; 16], expires: None };
        let text = token.sign(&keys);
        let rotated = keys.clone().rotated(now()).unwrap();
        assert_ne!(token.sign(&rotated), text);
        assert_eq!(Token::verify(&text, Purpose::Unsubscribe, &rotated, Timestamp::MAX), Ok(token));
        let foreign = KeyRing::generate(now()).unwrap();
        assert_eq!(Token::verify(&text, Purpose::Unsubscribe, &foreign, now()), Err(TokenError::Foreign));
    }

    proptest! {
        #[test]
        fn no_altered_token_is_good(at in 0..LENGTH * 8, cut in 0..60_usize) {
            let keys = KeyRing::generate(now()).unwrap();
            let text = Token { purpose: Purpose::Confirm, id: [9; 16], expires: None }.sign(&keys);
            let mut octets = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
            octets[at / 8] ^= 1 << (at % 8);
            let altered = BASE64URL_NOPAD.encode(&octets);
            prop_assert_eq!(Token::verify(&altered, Purpose::Confirm, &keys, now()), Err(TokenError::Foreign));
            prop_assert_eq!(Token::verify(&text[..cut], Purpose::Confirm, &keys, now()), Err(TokenError::Foreign));
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,80}") {
            let keys = KeyRing::generate(now()).unwrap();
            prop_assert!(Token::verify(&text, Purpose::Confirm, &keys, now()).is_err());
        }
    }
}
