//! Files of our own that nobody else writes: magic, schema, checksum, then values as postcard writes them.

use serde::Deserialize;
use serde::Serialize;

use crate::engine::fingerprint::Fingerprint;

/// First bytes of every such file. The number is that of this layout.
const MAGIC: &[u8; 16] = b"letterpress 002\n";

/// Magic, schema, checksum.
const HEADER: usize = MAGIC.len() + 32 + 32;

/// The bytes of a file with this value.
#[must_use]
pub(in crate::engine) fn close(schema: Fingerprint, value: &impl Serialize) -> Vec<u8> {
    // Writing to memory does not fail; were it to, a file without a body is opened as a damaged one.
    let mut file = postcard::to_extend(value, vec![0; HEADER]).unwrap_or_default();
    if file.len() < HEADER {
        return Vec::new();
    }
    let checksum = Fingerprint::of(&file[HEADER..]);
    file[..MAGIC.len()].copy_from_slice(MAGIC);
    file[MAGIC.len()..MAGIC.len() + 32].copy_from_slice(schema.as_bytes());
    file[MAGIC.len() + 32..HEADER].copy_from_slice(checksum.as_bytes());
    file
}

/// The value of a file with the right header and an undamaged rest.
#[must_use]
pub(in crate::engine) fn open<'a, T: Deserialize<'a>>(schema: Fingerprint, file: &'a [u8]) -> Option<T> {
    let file = file.strip_prefix(MAGIC)?.strip_prefix(schema.as_bytes())?;
    let (checksum, body) = file.split_first_chunk::<32>()?;
    if Fingerprint::of(body) != Fingerprint::from_bytes(*checksum) {
        return None;
    }
    postcard::from_bytes(body).ok()
}
