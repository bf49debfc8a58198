//! Keys that letters are signed by, as files of PEM hold them, and what the DNS must say of them.

use std::fmt;

use data_encoding::BASE64;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;
use ring::signature::ED25519;
use ring::signature::Ed25519KeyPair;
use ring::signature::KeyPair;
use ring::signature::RSA_PKCS1_2048_8192_SHA256;
use ring::signature::RSA_PKCS1_SHA256;
use ring::signature::RsaKeyPair;
use ring::signature::UnparsedPublicKey;
use rsa::pkcs8::EncodePrivateKey;
use rsa::pkcs8::LineEnding;
use rsa::pkcs8::SecretDocument;
use rsa::rand_core::TryCryptoRng;
use rsa::rand_core::TryRng;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::alg_id;
use rustls::pki_types::pem;
use rustls::pki_types::pem::PemObject;
use rustls::sign::public_key_to_spki;

use crate::subscriber::keys::NoRandom;
use crate::value::secret::Secret;

/// Bits of the RSA keys we make: RFC 8301 §3.2 asks for 2048, and longer ones do not fit into one string of the DNS's many editors.
const RSA_BITS: usize = 2048;

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `rsa-sha256`, which every receiver verifies (RFC 8301).
    RsaSha256,
    /// `ed25519-sha256` (RFC 8463), which some do not know yet: in addition to RSA, never instead.
    Ed25519Sha256,
}

/// A private key of ours.
pub struct DkimKey {
    selector: Box<str>,
    pair: Pair,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// Why a key cannot be used. Never says what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The selector is no name of the DNS.
    BadSelector,
    /// There is no private key in it.
    NoKey,
    /// It is locked by a passphrase.
    Locked,
    /// RSA, and shorter than 2048 bits.
    TooShort,
    /// Neither RSA nor Ed25519.
    OtherKind,
    /// What it holds is no whole key.
    Damaged,
}

impl DkimKey {
    /// Reads a key from PEM: RSA of 2048 to 4096 bits as PKCS#1 or PKCS#8, Ed25519 as PKCS#8. `selector` is the name under which the DNS has its public
    /// half: `lp2026`, or several labels.
    ///
    /// # Errors
    /// A [`KeyError`].
    pub fn from_pem(selector: &str, pem: &Secret) -> Result<Self, KeyError> {
        if !is_selector(selector) {
            return Err(KeyError::BadSelector);
        }
        let text = pem.expose();
        if text.contains("ENCRYPTED") {
            return Err(KeyError::Locked);
        }
        let der = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| match error {
            pem::Error::NoItemsFound => KeyError::NoKey,
            _ => KeyError::Damaged,
        })?;
        let pair = match &der {
            PrivateKeyDer::Pkcs1(der) => rsa_pair(RsaKeyPair::from_der(der.secret_pkcs1_der())),
            PrivateKeyDer::Pkcs8(der) => {
                rsa_pair(RsaKeyPair::from_pkcs8(der.secret_pkcs8_der())).or_else(|error| match error {
                    KeyError::OtherKind => ed25519_pair(der.secret_pkcs8_der()),
                    error => Err(error),
                })
            }
            _ => Err(KeyError::OtherKind),
        };
        Ok(Self { selector: selector.into(), pair: pair? })
    }

    /// The name under which the DNS has it, without the domain.
    #[must_use]
    pub fn selector(&self) -> &str {
        &self.selector
    }

    /// How it signs.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Rsa(_) => Algorithm::RsaSha256,
            Pair::Ed25519(_) => Algorithm::Ed25519Sha256,
        }
    }

    /// The name of its record in the DNS: `lp2026._domainkey.example.com`.
    #[must_use]
    pub fn record_name(&self, domain: &str) -> String {
        format!("{}._domainkey.{domain}", self.selector)
    }

    /// The text of its record (RFC 6376 §3.6.1), in one piece: a DNS server splits it into strings of at most 255 octets.
    #[must_use]
    pub fn record(&self) -> String {
        match &self.pair {
            Pair::Rsa(pair) => {
                let public = public_key_to_spki(&alg_id::RSA_ENCRYPTION, pair.public_key());
                format!("v=DKIM1; k=rsa; p={}", BASE64.encode(&public))
            }
            Pair::Ed25519(pair) => format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(pair.public_key().as_ref())),
        }
    }

    /// The record as a zone file has it, split into strings.
    #[must_use]
    pub fn zone_line(&self, domain: &str) -> String {
        let record = self.record();
        let strings: Vec<String> =
            record.as_bytes().chunks(200).map(|part| format!("\"{}\"", String::from_utf8_lossy(part))).collect();
        format!("{}. IN TXT ( {} )", self.record_name(domain), strings.join(" "))
    }

    /// Signs the canonical form of headers.
    pub(in crate::output::dkim) fn sign(&self, headers: &[u8]) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), headers, &mut signature).ok()?;
                Some(signature)
            }
            // RFC 8463 §3: the hash is what is signed.
            Pair::Ed25519(pair) => {
                let hash = ring::digest::digest(&ring::digest::SHA256, headers);
                Some(pair.sign(hash.as_ref()).as_ref().to_vec())
            }
        }
    }
}

impl DkimKey {
    /// Whether its public half finds that it signed this canonical form of headers.
    pub(in crate::output::dkim) fn verifies(&self, headers: &[u8], signature: &[u8]) -> bool {
        match &self.pair {
            Pair::Rsa(pair) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())
                .verify(headers, signature)
                .is_ok(),
            Pair::Ed25519(pair) => {
                let hash = ring::digest::digest(&ring::digest::SHA256, headers);
                UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref()).verify(hash.as_ref(), signature).is_ok()
            }
        }
    }
}

/// Makes a private key, as PEM (PKCS#8) to be kept in a file of mode 0600.
///
/// # Errors
/// [`NoRandom`].
pub fn make(algorithm: Algorithm) -> Result<Secret, NoRandom> {
    let pem = match algorithm {
        Algorithm::RsaSha256 => {
            let key = rsa::PrivateKey::new(&mut Random(SystemRandom::new()), RSA_BITS).map_err(|_| NoRandom)?;
            key.to_pkcs8_pem(LineEnding::LF).map_err(|_| NoRandom)?
        }
        Algorithm::Ed25519Sha256 => {
            let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| NoRandom)?;
            let document = SecretDocument::try_from(der.as_ref()).map_err(|_| NoRandom)?;
            document.to_pem("PRIVATE KEY", LineEnding::LF).map_err(|_| NoRandom)?
        }
    };
    Ok(Secret::new(&pem))
}

fn rsa_pair(pair: Result<RsaKeyPair, ring::error::KeyRejected>) -> Result<Pair, KeyError> {
    pair.map(|pair| Pair::Rsa(Box::new(pair))).map_err(|error| match error.to_string().as_str() {
        "TooSmall" => KeyError::TooShort,
        "WrongAlgorithm" => KeyError::OtherKind,
        _ => KeyError::Damaged,
    })
}

fn ed25519_pair(der: &[u8]) -> Result<Pair, KeyError> {
    // "Maybe unchecked", because OpenSSL writes no public half to check it by.
    Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Pair::Ed25519).map_err(|error| {
        match error.to_string().as_str() {
            "WrongAlgorithm" => KeyError::OtherKind,
            _ => KeyError::Damaged,
        }
    })
}

/// Labels of letters, digits and hyphens (RFC 6376 §3.1).
fn is_selector(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 128 && text.split('.').all(is_label)
}

/// The system's random numbers, as the maker of RSA keys asks for them.
struct Random(SystemRandom);

impl TryRng for Random {
    type Error = NoRandom;

    fn try_next_u32(&mut self) -> Result<u32, NoRandom> {
        let mut octets = [0; 4];
        self.try_fill_bytes(&mut octets)?;
        Ok(u32::from_ne_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, NoRandom> {
        let mut octets = [0; 8];
        self.try_fill_bytes(&mut octets)?;
        Ok(u64::from_ne_bytes(octets))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), NoRandom> {
        self.0.fill(octets).map_err(|_| NoRandom)
    }
}

impl TryCryptoRng for Random {}

impl Algorithm {
    /// Its name in a signature.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::RsaSha256 => "rsa-sha256",
            Self::Ed25519Sha256 => "ed25519-sha256",
        }
    }
}

/// Without the key.
impl fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DkimKey({}, {})", self.selector, self.algorithm().word())
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadSelector => "a selector is a name of letters, digits and hyphens, such as lp2026",
            Self::NoKey => "there is no private key; it begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----",
            Self::Locked => "the key is locked by a passphrase, which nobody is there to type; write it without one: openssl pkey -in OLD -out NEW",
            Self::TooShort => "the RSA key is too short; it needs 2048 bits (RFC 8301)",
            Self::OtherKind => "the key is of another kind; DKIM knows RSA and Ed25519",
            Self::Damaged => "the key is damaged, or longer than 4096 bits",
        })
    }
}

impl std::error::Error for KeyError {}
