//! The key ring: keys that sign links, of which the newest signs and all verify, and the one identity key under which addresses and networks are hashed.
//!
//! As text, in a file (mode 0600) or an environment variable, a key a line (in a variable `;` may stand for the line end), the newest signing key last:
//!
//! ```text
//! identity <64 hexadecimal digits>
//! sign <64 hexadecimal digits> <when it was made, RFC 3339>
//! ```

use std::fmt;
use std::net::IpAddr;

use data_encoding::HEXLOWER_PERMISSIVE;
use jiff::Timestamp;
use ring::digest;
use ring::hmac;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;

use crate::value::address::AddressKey;
use crate::value::secret::Secret;

/// Octets of every key.
const LENGTH: usize = 32;

const HEADER: &str = "\
# The keys of this site's newsletter. Keep them secret, and keep them: without `identity` nobody knows any more who had everything erased,
# and links signed by a key that is gone no longer work. One newsletter, one file: copy it to every machine that sends or answers.
";

/// HMAC-SHA256 (RFC 2104) of an [`AddressKey`] under the identity key: what stays of an address that was erased.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressHash(pub [u8; 32]);

/// Which signing key signed: the beginning of the SHA-256 of the key.
pub(in crate::subscriber) type KeyId = [u8; 4];

/// A key that signs links.
#[derive(Clone)]
struct Signer {
    id: KeyId,
    key: hmac::Key,
    text: Secret,
    made: Timestamp,
}

/// All keys of a site.
#[derive(Clone)]
pub struct KeyRing {
    identity: hmac::Key,
    identity_text: Secret,
    signers: Vec<Signer>,
}

/// Why a text is no key ring. Says lines, never what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// This line (from 1) is not as it should be.
    Line(usize),
    /// There is no identity key.
    NoIdentity,
    /// There are two identity keys.
    TwoIdentities,
    /// There is no signing key.
    NoSigner,
}

/// The system has no random numbers to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRandom;

/// Octets that nobody can guess.
///
/// # Errors
/// [`NoRandom`].
pub fn random<const N: usize>() -> Result<[u8; N], NoRandom> {
    let mut octets = [0; N];
    SystemRandom::new().fill(&mut octets).map_err(|_| NoRandom)?;
    Ok(octets)
}

impl KeyRing {
    /// New keys.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn generate(now: Timestamp) -> Result<Self, NoRandom> {
        let (identity, identity_text) = fresh()?;
        Ok(Self { identity, identity_text, signers: vec![Signer::fresh(now)?] })
    }

    /// Reads a key ring.
    ///
    /// # Errors
    /// A [`KeyError`].
    pub fn parse(text: &Secret) -> Result<Self, KeyError> {
        let mut identity = None;
        let mut signers = Vec::new();
        for (index, line) in text.expose().split(['\n', ';']).map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = KeyError::Line(index + 1);
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["identity", _] if identity.is_some() => return Err(KeyError::TwoIdentities),
                ["identity", key] => identity = Some((hmac_key(key).ok_or(wrong)?.1, Secret::new(key))),
                ["sign", key, made] => {
                    let made = made.parse().map_err(|_| wrong)?;
                    let (octets, hmac) = hmac_key(key).ok_or(wrong)?;
                    signers.push(Signer { id: key_id(&octets), key: hmac, text: Secret::new(key), made });
                }
                _ => return Err(wrong),
            }
        }
        let (identity, identity_text) = identity.ok_or(KeyError::NoIdentity)?;
        if signers.is_empty() {
            return Err(KeyError::NoSigner);
        }
        Ok(Self { identity, identity_text, signers })
    }

    /// The ring as text, to be kept in a file that only its owner can read.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        let mut text = format!("{HEADER}identity {}\n", self.identity_text.expose());
        for signer in &self.signers {
            text.push_str(&format!("sign {} {}\n", signer.text.expose(), signer.made));
        }
        Secret::new(&text)
    }

    /// The same ring with one more signing key, which signs from now on.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn rotated(mut self, now: Timestamp) -> Result<Self, NoRandom> {
        self.signers.push(Signer::fresh(now)?);
        Ok(self)
    }

    /// The ring as it was at a moment: what it signs is what was signed then. Of one whose keys are all younger, the oldest signs.
    #[must_use]
    pub fn as_of(&self, at: Timestamp) -> Self {
        let mut ring = self.clone();
        while ring.signers.len() > 1 && ring.signers.last().is_some_and(|signer| signer.made > at) {
            ring.signers.pop();
        }
        ring
    }

    /// What stands for this ring: which hashes are its own. Tells nothing of the keys, and does not change when they rotate.
    #[must_use]
    pub fn identity(&self) -> String {
        HEXLOWER_PERMISSIVE.encode(&self.identity_hash(b"identity", &[])[..8])
    }

    /// When each signing key was made, the one that signs last.
    pub fn made(&self) -> impl Iterator<Item = Timestamp> {
        self.signers.iter().map(|signer| signer.made)
    }

    /// The hash that stands for an address where the address itself must not stay.
    #[must_use]
    pub fn address_hash(&self, key: &AddressKey) -> AddressHash {
        AddressHash(self.identity_hash(b"address", key.as_str().as_bytes()))
    }

    /// The hash that stands for a reader's IP address in the consent ledger.
    #[must_use]
    pub fn ip_hash(&self, ip: IpAddr) -> [u8; 32] {
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.identity_hash(b"ip", &ip.octets()),
            IpAddr::V6(ip) => self.identity_hash(b"ip", &ip.octets()),
        }
    }

    /// The unguessable part of a Message-ID: always the same for the same mail, so that a mail which is sent again is known again.
    #[must_use]
    pub fn message_hash(&self, mail: &str) -> [u8; 16] {
        let mut hash = [0; 16];
        hash.copy_from_slice(&self.identity_hash(b"message", mail.as_bytes())[..16]);
        hash
    }

    fn identity_hash(&self, what: &[u8], octets: &[u8]) -> [u8; 32] {
        tag(&self.identity, &[what, &[0], octets])
    }

    /// Signs with the newest key.
    pub(in crate::subscriber) fn sign(&self, parts: impl Fn(&KeyId) -> Vec<u8>) -> Option<(KeyId, [u8; 32])> {
        let signer = self.signers.last()?;
        Some((signer.id, tag(&signer.key, &[&parts(&signer.id)])))
    }

    /// The tag that the key of that id makes for `octets`.
    pub(in crate::subscriber) fn tag_of(&self, id: KeyId, octets: &[u8]) -> Option<[u8; 32]> {
        self.signers.iter().find(|signer| signer.id == id).map(|signer| tag(&signer.key, &[octets]))
    }

    /// Whether the key of that id made `mac`, the beginning of a tag, for `octets`. Takes as long whatever differs.
    pub(in crate::subscriber) fn verifies(&self, id: KeyId, octets: &[u8], mac: &[u8]) -> bool {
        self.signers.iter().filter(|signer| signer.id == id).any(|signer| {
            let whole = tag(&signer.key, &[octets]);
            let differs = whole.iter().zip(mac).fold(0, |differs, (one, other)| differs | (one ^ other));
            !mac.is_empty() && differs == 0
        })
    }
}

impl Signer {
    fn fresh(now: Timestamp) -> Result<Self, NoRandom> {
        let octets = random::<LENGTH>()?;
        let text = Secret::new(&HEXLOWER_PERMISSIVE.encode(&octets));
        Ok(Self { id: key_id(&octets), key: hmac::Key::new(hmac::HMAC_SHA256, &octets), text, made: now })
    }
}

fn fresh() -> Result<(hmac::Key, Secret), NoRandom> {
    let octets = random::<LENGTH>()?;
    Ok((hmac::Key::new(hmac::HMAC_SHA256, &octets), Secret::new(&HEXLOWER_PERMISSIVE.encode(&octets))))
}

fn hmac_key(text: &str) -> Option<(Vec<u8>, hmac::Key)> {
    let octets = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok().filter(|octets| octets.len() == LENGTH)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &octets);
    Some((octets, key))
}

fn key_id(octets: &[u8]) -> KeyId {
    let hash = digest::digest(&digest::SHA256, octets);
    let mut id = KeyId::default();
    id.copy_from_slice(&hash.as_ref()[..4]);
    id
}

fn tag(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    parts.iter().for_each(|part| context.update(part));
    let mut octets = [0; 32];
    octets.copy_from_slice(context.sign().as_ref());
    octets
}

/// Keys are never printed.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} signing keys)", self.signers.len())
    }
}

/// The first octets, enough to tell hashes apart.
impl fmt::Debug for AddressHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AddressHash({}…)", HEXLOWER_PERMISSIVE.encode(&self.0[..4]))
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => {
                write!(
                    f,
                    "line {line} is neither `identity KEY` nor `sign KEY TIME` with a key of 64 hexadecimal digits"
                )
            }
            Self::NoIdentity => f.write_str("there is no line `identity KEY`"),
            Self::TwoIdentities => f.write_str("there are two lines `identity KEY`, and there can be only one"),
            Self::NoSigner => f.write_str("there is no line `sign KEY TIME`"),
        }
    }
}

impl std::error::Error for KeyError {}

impl fmt::Display for NoRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system has no random numbers to make a key of")
    }
}

impl std::error::Error for NoRandom {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::address::EmailAddress;

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn reads_what_it_writes() {
        let ring = KeyRing::generate(now()).unwrap();
        let text = ring.to_text();
        let back = KeyRing::parse(&text).unwrap();
        assert_eq!(back.to_text(), text);
        let one_line = Secret::new(&text.expose().lines().skip(2).collect::<Vec<_>>().join("; "));
        assert_eq!(KeyRing::parse(&one_line).unwrap().to_text(), text);
        let jane = EmailAddress::parse("jane@example.com").unwrap().key();
        assert_eq!(back.address_hash(&jane), ring.address_hash(&jane));
        let later = back.rotated(now()).unwrap();
        assert_eq!(later.address_hash(&jane), ring.address_hash(&jane), "the identity never changes");
        assert_eq!(later.message_hash("notice 7"), ring.message_hash("notice 7"));
        assert_ne!(ring.message_hash("notice 8"), ring.message_hash("notice 7"));
        assert_eq!(later.made().count(), 2);
        assert_eq!(format!("{later:?}"), "KeyRing(2 signing keys)");
        let much_later = later.clone().rotated(now() + jiff::SignedDuration::from_hours(2)).unwrap();
        assert_eq!(much_later.as_of(now() + jiff::SignedDuration::from_hours(1)).to_text(), later.to_text());
        assert_eq!(much_later.as_of(now() + jiff::SignedDuration::from_hours(2)).to_text(), much_later.to_text());
        assert_eq!(much_later.as_of(Timestamp::UNIX_EPOCH).to_text(), text);
        let v4: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(ring.ip_hash(v4), ring.ip_hash("::ffff:192.0.2.1".parse().unwrap()));
    }

    #[test]
    fn what_is_no_ring() {
        let key = "ab".repeat(32);
        let error = |text: &str| KeyRing::parse(&Secret::new(text)).map(|_| ()).unwrap_err();
        assert_eq!(error(""), KeyError::NoIdentity);
        assert_eq!(error(&format!("identity {key}")), KeyError::NoSigner);
        assert_eq!(error(&format!("identity {key}\nidentity {key}")), KeyError::TwoIdentities);
        assert_eq!(error(&format!("#\nidentity {key}\nsign abcd 2026-11-23T12:00:00Z")), KeyError::Line(3));
        assert_eq!(error(&format!("sign {key} today")), KeyError::Line(1));
        assert!(!error("identity hunter2").to_string().contains("hunter2"));
    }
}
