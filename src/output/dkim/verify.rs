//! What became of the signatures of a letter that arrived: which still hold, and what broke those that do not (RFC 6376 §6.1).

use data_encoding::BASE64;
use ring::digest;

use crate::output::dkim::Signer;
use crate::output::dkim::canonical;
use crate::output::dkim::canonical::Field;

/// A signature that stands in a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The domain that signed.
    pub domain: String,
    /// The name of its key in the DNS.
    pub selector: String,
    /// What is to be said of it.
    pub verdict: Verdict,
}

/// What is to be said of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One of ours, and it holds.
    Holds,
    /// Somebody else's, whose key we do not have: the body is what it signed.
    BodyHolds,
    /// The body is not what was signed.
    BodyChanged,
    /// One of ours: the body is what we signed, a header is not.
    HeaderChanged,
    /// It cannot be looked at: made in a way that we do not know.
    Unknown,
}

impl Verdict {
    /// The word for programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::BodyHolds => "body-holds",
            Self::BodyChanged => "body-changed",
            Self::HeaderChanged => "header-changed",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is broken.
    #[must_use]
    pub fn is_broken(self) -> bool {
        matches!(self, Self::BodyChanged | Self::HeaderChanged)
    }
}

/// Looks at all signatures of a letter, whose lines end with CRLF: at those of `signers` by their keys, at others only by the hash of the body.
#[must_use]
pub fn look(letter: &[u8], signers: &[&Signer]) -> Vec<Seen> {
    let (fields, body) = canonical::split(letter);
    let signatures = fields.iter().filter(|field| field.is("DKIM-Signature"));
    signatures.map(|signature| one(signature, &fields, body, signers)).collect()
}

fn one(signature: &Field<'_>, fields: &[Field<'_>], body: &[u8], signers: &[&Signer]) -> Seen {
    let value = String::from_utf8_lossy(signature.value);
    let tags = Tags::read(&value);
    let (domain, selector) = (tags.get("d").to_ascii_lowercase(), tags.get("s"));
    let verdict = verdict(&tags, &value, fields, body, &|| {
        let signer = signers.iter().find(|signer| signer.domain() == domain)?;
        signer.key(&selector).map(|key| (key.algorithm().word(), key))
    });
    Seen { domain, selector, verdict }
}

type Key<'k> = (&'static str, &'k crate::output::dkim::DkimKey);

fn verdict<'k>(
    tags: &Tags,
    value: &str,
    fields: &[Field<'_>],
    body: &[u8],
    key: &dyn Fn() -> Option<Key<'k>>,
) -> Verdict {
    let method = tags.get("c");
    let (header, form) = method.split_once('/').unwrap_or((&method, "simple"));
    let canonical_body = match form {
        "relaxed" => canonical::body(body),
        "simple" => canonical::simple_body(body),
        _ => return Verdict::Unknown,
    };
    // A length says that more may follow, which we never sign.
    if !tags.get("a").ends_with("-sha256") || !tags.get("l").is_empty() {
        return Verdict::Unknown;
    }
    if BASE64.encode(digest::digest(&digest::SHA256, &canonical_body).as_ref()) != tags.get("bh") {
        return Verdict::BodyChanged;
    }
    let Some((algorithm, key)) = key() else { return Verdict::BodyHolds };
    let (Ok(signature), true) = (BASE64.decode(tags.get("b").as_bytes()), algorithm == tags.get("a")) else {
        return Verdict::HeaderChanged;
    };
    if header != "relaxed" {
        return Verdict::Unknown;
    }
    let signed = signed(&tags.get("h"), value, fields);
    if key.verifies(&signed, &signature) { Verdict::Holds } else { Verdict::HeaderChanged }
}

/// What was signed (§3.7): the headers that `h=` names, of each name from the last one upwards, then the signature itself, but for what it came to.
fn signed(names: &str, value: &str, fields: &[Field<'_>]) -> Vec<u8> {
    let mut left: Vec<&Field<'_>> = fields.iter().collect();
    let mut canonical = Vec::with_capacity(2048);
    for name in names.split(':') {
        let Some(at) = left.iter().rposition(|field| field.is(name)) else { continue };
        canonical::header(&mut canonical, *left.remove(at));
        canonical.extend_from_slice(b"\r\n");
    }
    let unfinished: Vec<&str> = value
        .split(';')
        .map(|tag| match tag.split_once('=') {
            Some((name, _)) if name.trim() == "b" => tag.get(..=name.len()).unwrap_or(tag),
            _ => tag,
        })
        .collect();
    let unfinished = unfinished.join(";");
    canonical::header(&mut canonical, Field { name: b"DKIM-Signature", value: unfinished.as_bytes() });
    canonical
}

/// The tags of a signature (§3.2), without white space, which counts in none of those that we ask for.
struct Tags(Vec<(String, String)>);

impl Tags {
    fn read(value: &str) -> Self {
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let tags = value.split(';').filter_map(|tag| tag.split_once('='));
        Self(tags.map(|(name, value)| (bare(name), bare(value))).collect())
    }

    /// The value of a tag; empty where there is none.
    fn get(&self, name: &str) -> String {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }
}
