//! DKIM: a letter signed by the domain that it is from (RFC 6376), so that receivers know that nobody changed it, and that its unsubscribe link may be used
//! with one click (RFC 8058 §4).

mod canonical;
mod key;
mod verify;

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64;
use jiff::Timestamp;
use ring::digest;

pub use crate::output::dkim::key::Algorithm;
pub use crate::output::dkim::key::DkimKey;
pub use crate::output::dkim::key::KeyError;
pub use crate::output::dkim::key::make;
pub use crate::output::dkim::verify::Seen;
pub use crate::output::dkim::verify::Verdict;
pub use crate::output::dkim::verify::look;

use crate::output::dkim::canonical::Field;

/// What is signed where it stands in a letter. RFC 6376 §5.4.1 and, for the `List-` headers, RFC 8058 §4.
const SIGNED: [&str; 22] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Archive",
    "List-Help",
    "List-Owner",
    "List-Post",
    "Feedback-ID",
    "Auto-Submitted",
];

/// The longest line of the signature in octets.
const WIDTH: usize = 76;

/// Signs the letters of a domain.
#[derive(Clone)]
pub struct Signer {
    domain: Box<str>,
    keys: Arc<[DkimKey]>,
    unsigned: Arc<[Box<str>]>,
}

/// Why a letter was not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignError {
    /// It has no `From`, without which a signature says nothing (RFC 6376 §5.4).
    NoFrom,
    /// The key refused, which keys that could be read do not do.
    Refused,
}

impl Signer {
    /// A signer for a domain (in A-labels, that of `From` or above it), by all `keys`, RSA first. `unsigned` are headers that the server which takes the
    /// letters writes anew, so that a signature over them would break.
    #[must_use]
    pub fn new(domain: &str, mut keys: Vec<DkimKey>, unsigned: &[&str]) -> Self {
        keys.sort_by_key(|key| key.algorithm() == Algorithm::Ed25519Sha256);
        let unsigned = unsigned.iter().map(|name| Box::from(*name)).collect();
        Self { domain: domain.into(), keys: keys.into(), unsigned }
    }

    /// The domain that it signs for.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether a signature of that domain and selector is by one of its keys.
    #[must_use]
    pub fn has(&self, domain: &str, selector: &str) -> bool {
        domain.eq_ignore_ascii_case(&self.domain) && self.key(selector).is_some()
    }

    /// Its key of that selector.
    pub(in crate::output::dkim) fn key(&self, selector: &str) -> Option<&DkimKey> {
        self.keys.iter().find(|key| key.selector().eq_ignore_ascii_case(selector))
    }

    /// The same signer for a server that writes further headers anew.
    #[must_use]
    pub fn without(&self, unsigned: &[&str]) -> Self {
        let unsigned = self.unsigned.iter().cloned().chain(unsigned.iter().map(|name| Box::from(*name))).collect();
        Self { unsigned, ..self.clone() }
    }

    /// The letter with its signatures before it.
    ///
    /// # Errors
    /// A [`SignError`].
    pub fn signed(&self, letter: &[u8], now: Timestamp) -> Result<Vec<u8>, SignError> {
        let mut signed = self.signatures(letter, now)?.into_bytes();
        signed.extend_from_slice(letter);
        Ok(signed)
    }

    /// The `DKIM-Signature` headers of a letter, one for each key, to be put before it.
    ///
    /// # Errors
    /// A [`SignError`].
    pub fn signatures(&self, letter: &[u8], now: Timestamp) -> Result<String, SignError> {
        let (fields, body) = canonical::split(letter);
        let covered = self.covered(&fields);
        if covered.first().is_none_or(|(name, _)| *name != "From") {
            return Err(SignError::NoFrom);
        }
        let mut canonical = Vec::with_capacity(2048);
        for field in covered.iter().filter_map(|(_, field)| *field) {
            canonical::header(&mut canonical, field);
            canonical.extend_from_slice(b"\r\n");
        }
        let names: Vec<String> = covered.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let hash = BASE64.encode(digest::digest(&digest::SHA256, &canonical::body(body)).as_ref());
        let mut signatures = String::new();
        for key in &*self.keys {
            let unsigned = self.unfinished(key, &names, &hash, now);
            let length = canonical.len();
            let (_, value) = unsigned.split_once(':').unwrap_or_default();
            canonical::header(&mut canonical, Field { name: b"DKIM-Signature", value: value.as_bytes() });
            let signature = key.sign(&canonical).ok_or(SignError::Refused)?;
            canonical.truncate(length);
            signatures.push_str(&unsigned);
            for (number, part) in BASE64.encode(&signature).as_bytes().chunks(WIDTH - 4).enumerate() {
                signatures.push_str(if number == 0 { "" } else { "\r\n\t" });
                signatures.push_str(&String::from_utf8_lossy(part));
            }
            signatures.push_str("\r\n");
        }
        Ok(signatures)
    }

    /// Names and fields in the order of `h=`. A header of which there should be one is named once more than it stands there, so that nobody can add another
    /// for readers to see.
    fn covered<'a>(&self, fields: &[Field<'a>]) -> Vec<(&'static str, Option<Field<'a>>)> {
        let mut covered = Vec::new();
        for name in SIGNED {
            if self.unsigned.iter().any(|unsigned| unsigned.eq_ignore_ascii_case(name)) {
                continue;
            }
            // §5.4.2: from the last one upwards.
            let found: Vec<Field<'a>> = fields.iter().rev().filter(|field| field.is(name)).copied().collect();
            if !found.is_empty() {
                covered.extend(found.into_iter().map(|field| (name, Some(field))));
                covered.push((name, None));
            }
        }
        covered
    }

    /// A signature header up to where the signature itself begins.
    fn unfinished(&self, key: &DkimKey, names: &[String], hash: &str, now: Timestamp) -> String {
        let mut header = format!("DKIM-Signature: v=1; a={}; c=relaxed/relaxed;", key.algorithm().word());
        let mut column = header.len();
        let mut put = |part: &str, gap: &str| {
            if column + gap.len() + part.len() > WIDTH {
                header.push_str("\r\n\t");
                column = 1;
            } else {
                header.push_str(gap);
                column += gap.len();
            }
            header.push_str(part);
            column += part.len();
        };
        put(&format!("d={};", self.domain), " ");
        put(&format!("s={};", key.selector()), " ");
        put(&format!("t={};", now.as_second()), " ");
        for (number, name) in names.iter().enumerate() {
            let before = if number == 0 { "h=" } else { "" };
            let after = if number + 1 == names.len() { ";" } else { ":" };
            put(&format!("{before}{name}{after}"), if number == 0 { " " } else { "" });
        }
        put(&format!("bh={hash};"), " ");
        header.push_str("\r\n\tb=");
        header
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}, {:?})", self.domain, self.keys)
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoFrom => "a letter without From cannot be signed",
            Self::Refused => "the key does not sign",
        })
    }
}

impl std::error::Error for SignError {}
