//! Fingerprints: the identity of what a piece of work was made from.

use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;

use serde::Deserialize;
use serde::Serialize;

/// The BLAKE3 hash of a file's bytes, or of all the parts that an output was made from.
///
/// Two of them are equal only if what they were made from is equal; everything that is remembered is found by one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fingerprint([u8; 32]);

/// Gathers the parts of a [`Fingerprint`]. Each part is preceded by its length, so that `"ab", "c"` and `"a", "bc"` differ.
#[derive(Clone, Debug)]
pub struct Builder(blake3::Hasher);

impl Fingerprint {
    /// The fingerprint of a file's bytes: their plain BLAKE3 hash, as `b3sum` prints it.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).into())
    }

    /// Begins a fingerprint of several parts. `kind` says what sort of thing is fingerprinted and in which version
    /// (`"image 1"`), so that two sorts never share a fingerprint by having equal parts.
    #[must_use]
    pub fn builder(kind: &str) -> Builder {
        Builder(blake3::Hasher::new()).text(kind)
    }

    /// A fingerprint kept elsewhere as raw bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The raw bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// All of it as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }

    /// The first 10 hexadecimal digits, for file names that change with what they were made from. 40 bits: among ten thousand
    /// files that share the rest of their name, two are alike once in twenty thousand sites.
    #[must_use]
    pub fn short(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0[..5])
    }
}

impl Builder {
    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, part: &[u8]) -> Self {
        self.push(part);
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, part: &str) -> Self {
        self.bytes(part.as_bytes())
    }

    /// Adds a number.
    #[must_use]
    pub fn number(self, part: u64) -> Self {
        self.bytes(&part.to_le_bytes())
    }

    /// Adds another fingerprint.
    #[must_use]
    pub fn fingerprint(self, part: Fingerprint) -> Self {
        self.bytes(&part.0)
    }

    /// Adds bytes to a builder that is being kept, as in a loop.
    pub fn push(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    /// The fingerprint of everything added so far.
    #[must_use]
    pub fn finish(&self) -> Fingerprint {
        Fingerprint(self.0.finalize().into())
    }
}

/// Eight bytes of a hash are as good as 32 to find a place in a map.
impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0[..8]);
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let of = |parts: &[&str]| parts.iter().fold(Fingerprint::builder("t"), |b, p| b.text(p)).finish();
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["ab"]), of(&["ab", ""]));
        assert_ne!(of(&[]), Fingerprint::builder("u").finish());
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
        assert_ne!(of(&["t"]), Fingerprint::of(b"t"));
    }

    #[test]
    fn prints_as_hexadecimal() {
        let empty = Fingerprint::of(b"");
        assert_eq!(empty.hex(), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
        assert_eq!(empty.short(), "af1349b9f5");
        assert_eq!(Fingerprint::from_bytes(*empty.as_bytes()), empty);
    }
}
