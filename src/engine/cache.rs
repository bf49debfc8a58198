//! The cache of finished work: results under the fingerprints of what they were made from. Bytes in, bytes out; whoever owns the disk reads and
//! writes the file.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::DeserializeOwned;

use crate::engine::fingerprint::Fingerprint;
use crate::value::path::SitePath;

/// First bytes of the file. The number is that of this file's own layout.
const MAGIC: &[u8; 16] = b"letterpress 001\n";

/// Magic, schema, checksum.
const HEADER: usize = MAGIC.len() + 32 + 32;

/// Locks, so that threads seldom wait for each other.
const SHARDS: usize = 32;

/// What the work was: each kind of result has a section of its own.
pub type Section = &'static str;

/// Results of earlier builds and of this one, shared by all threads.
///
/// What is neither found nor added while a cache is in use is left out when it is saved, so it does not grow.
#[derive(Debug)]
pub struct Cache {
    schema: Fingerprint,
    shards: Vec<Mutex<Shard>>,
}

#[derive(Debug, Default)]
struct Shard {
    sections: HashMap<Box<str>, HashMap<Fingerprint, Entry>>,
    /// Whether something was added.
    grown: bool,
}

#[derive(Debug)]
struct Entry {
    bytes: Arc<[u8]>,
    used: bool,
}

/// What the file holds after its header: sections by name, entries by fingerprint.
type Body<'a> = Vec<(&'a str, Vec<(Fingerprint, Bytes<'a>)>)>;

/// Bytes that serde takes in one piece, not one by one.
struct Bytes<'a>(&'a [u8]);

/// What to do with results that nobody asked for, when a cache is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unused {
    /// Leave them out: after a whole build.
    Drop,
    /// Keep them: after a build that stopped early, which did not get round to asking.
    Keep,
}

impl Cache {
    /// An empty cache. `schema` is the fingerprint of the program's version and of everything else that the results' meaning depends on.
    #[must_use]
    pub fn new(schema: Fingerprint) -> Self {
        Self { schema, shards: std::iter::repeat_with(Mutex::default).take(SHARDS).collect() }
    }

    /// Reads a saved cache. A damaged one, one of another program or of another schema is as good as none: an empty cache, no error.
    #[must_use]
    pub fn decode(schema: Fingerprint, file: &[u8]) -> Self {
        let cache = Self::new(schema);
        if let Some(body) = body(schema, file) {
            for (section, entries) in body {
                for (key, bytes) in entries {
                    cache.shard(key).section(section).insert(key, Entry { bytes: bytes.0.into(), used: false });
                }
            }
        }
        cache
    }

    /// The file to save: the same results give the same bytes.
    #[must_use]
    pub fn encode(&self, unused: Unused) -> Vec<u8> {
        let shards: Vec<MutexGuard<Shard>> = self.shards.iter().map(lock).collect();
        let mut sections: HashMap<&str, Vec<(Fingerprint, Bytes)>> = HashMap::new();
        for (name, entries) in shards.iter().flat_map(|shard| &shard.sections) {
            let kept = entries.iter().filter(|(_, entry)| entry.used || unused == Unused::Keep);
            sections.entry(name).or_default().extend(kept.map(|(key, entry)| (*key, Bytes(&entry.bytes))));
        }
        let mut body: Body = sections.into_iter().filter(|(_, entries)| !entries.is_empty()).collect();
        body.sort_unstable_by_key(|(name, _)| *name);
        for (_, entries) in &mut body {
            entries.sort_unstable_by_key(|(key, _)| *key);
        }
        let mut file = vec![0; HEADER];
        // Writing to memory does not fail; were it to, a file without a body is an empty cache.
        file = postcard::to_extend(&body, file).unwrap_or_default();
        if file.len() < HEADER {
            return Vec::new();
        }
        let checksum = Fingerprint::of(&file[HEADER..]);
        file[..MAGIC.len()].copy_from_slice(MAGIC);
        file[MAGIC.len()..MAGIC.len() + 32].copy_from_slice(self.schema.as_bytes());
        file[MAGIC.len() + 32..HEADER].copy_from_slice(checksum.as_bytes());
        file
    }

    /// Whether saving would write something else than what was read: something was added, or (with [`Unused::Drop`]) something was not asked for.
    #[must_use]
    pub fn has_changed(&self, unused: Unused) -> bool {
        self.shards.iter().map(lock).any(|shard| {
            shard.grown
                || (unused == Unused::Drop
                    && shard.sections.values().flat_map(HashMap::values).any(|entry| !entry.used))
        })
    }

    /// The result under `key`, if there is one; it counts as used from now on.
    #[must_use]
    pub fn get(&self, section: Section, key: Fingerprint) -> Option<Arc<[u8]>> {
        let mut shard = self.shard(key);
        let entry = shard.sections.get_mut(section)?.get_mut(&key)?;
        entry.used = true;
        Some(Arc::clone(&entry.bytes))
    }

    /// Adds a result, or replaces the one under `key`.
    pub fn insert(&self, section: Section, key: Fingerprint, bytes: impl Into<Arc<[u8]>>) {
        let mut shard = self.shard(key);
        shard.grown = true;
        shard.section(section).insert(key, Entry { bytes: bytes.into(), used: true });
    }

    /// The result under `key` as the value it was saved as. Bytes that are no such value count as absent.
    #[must_use]
    pub fn get_value<T: DeserializeOwned>(&self, section: Section, key: Fingerprint) -> Option<T> {
        postcard::from_bytes(&self.get(section, key)?).ok()
    }

    /// Adds a result as a value, written by postcard. A value that postcard cannot write is not remembered.
    pub fn insert_value<T: Serialize>(&self, section: Section, key: Fingerprint, value: &T) {
        if let Ok(bytes) = postcard::to_stdvec(value) {
            self.insert(section, key, bytes);
        }
    }

    /// How many results there are, in all sections.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).sections.values().map(HashMap::len).sum::<usize>()).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, key: Fingerprint) -> MutexGuard<'_, Shard> {
        // Not the byte that the maps hash first.
        lock(&self.shards[usize::from(key.as_bytes()[31]) % SHARDS])
    }
}

impl Shard {
    fn section(&mut self, name: &str) -> &mut HashMap<Fingerprint, Entry> {
        if !self.sections.contains_key(name) {
            self.sections.insert(name.into(), HashMap::new());
        }
        self.sections.entry(name.into()).or_default()
    }
}

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Deserialize::deserialize(deserializer).map(Self)
    }
}

/// A thread that panicked while it held the lock left whole entries behind: maps are changed in one call.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The body of a file with the right header and an undamaged rest.
fn body(schema: Fingerprint, file: &[u8]) -> Option<Body<'_>> {
    let file = file.strip_prefix(MAGIC)?.strip_prefix(schema.as_bytes())?;
    let (checksum, body) = file.split_first_chunk::<32>()?;
    if Fingerprint::of(body) != Fingerprint::from_bytes(*checksum) {
        return None;
    }
    postcard::from_bytes(body).ok()
}

/// Where a large result lives below `.letterpress/`, as a file of its own: `images/<key>.webp`. `section` and `extension` are plain words.
#[must_use]
pub fn blob_path(section: Section, key: Fingerprint, extension: &str) -> Option<SitePath> {
    SitePath::parse(&format!("{section}/{key}.{extension}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Fingerprint {
        Fingerprint::of(b"schema")
    }

    fn key(text: &str) -> Fingerprint {
        Fingerprint::of(text.as_bytes())
    }

    #[test]
    fn keeps_what_was_used() {
        let first = Cache::new(schema());
        first.insert("pages", key("a"), b"1".to_vec());
        first.insert("pages", key("b"), b"2".to_vec());
        first.insert_value("code", key("a"), &(7u32, "x".to_owned()));
        assert!(first.has_changed(Unused::Drop));
        let file = first.encode(Unused::Drop);
        assert_eq!(file, first.encode(Unused::Keep));

        let second = Cache::decode(schema(), &file);
        assert_eq!(
            (second.len(), second.has_changed(Unused::Drop), second.has_changed(Unused::Keep)),
            (3, true, false)
        );
        assert_eq!(second.get("pages", key("a")).as_deref(), Some(&b"1"[..]));
        assert_eq!(second.get_value("code", key("a")), Some((7u32, "x".to_owned())));
        assert_eq!(second.get("code", key("b")), None);
        assert_eq!(second.encode(Unused::Keep), file);

        let third = Cache::decode(schema(), &second.encode(Unused::Drop));
        assert_eq!((third.len(), third.get("pages", key("b"))), (2, None));
        let _ = (third.get("pages", key("a")), third.get("code", key("a")));
        assert!(!third.has_changed(Unused::Drop));
    }

    #[test]
    fn the_same_results_give_the_same_bytes() {
        let fill = |order: &[u32]| {
            let cache = Cache::new(schema());
            for n in order {
                cache.insert(if n % 2 == 0 { "even" } else { "odd" }, key(&n.to_string()), n.to_le_bytes().to_vec());
            }
            cache.encode(Unused::Drop)
        };
        assert_eq!(fill(&[1, 2, 3, 4, 5, 6]), fill(&[6, 3, 5, 1, 4, 2]));
    }

    #[test]
    fn a_strange_file_is_an_empty_cache() {
        let cache = Cache::new(schema());
        cache.insert("pages", key("a"), vec![9; 100]);
        let file = cache.encode(Unused::Drop);
        assert!(Cache::decode(Fingerprint::of(b"other"), &file).is_empty());
        for end in 0..file.len() {
            assert!(Cache::decode(schema(), &file[..end]).is_empty(), "cut at {end}");
        }
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 1;
            assert!(Cache::decode(schema(), &damaged).is_empty(), "damaged at {at}");
        }
    }

    #[test]
    fn threads_share_it() {
        let cache = Cache::new(schema());
        std::thread::scope(|scope| {
            for thread in 0..4u32 {
                let cache = &cache;
                scope.spawn(move || {
                    for n in 0..500 {
                        cache.insert("n", key(&n.to_string()), vec![0; (n % 7) as usize]);
                        assert!(cache.get("n", key(&((n + thread) % 500).to_string())).is_none_or(|b| b.len() < 7));
                    }
                });
            }
        });
        assert_eq!(cache.len(), 500);
    }

    #[test]
    fn names_blobs() {
        let path = blob_path("images", key("a"), "webp").unwrap();
        assert_eq!(path.as_str(), format!("images/{}.webp", key("a").hex()));
    }
}
