//! The cache of finished work: results under the fingerprints of what they were made from. It is kept in a few files, each read when something in it is first asked for, and written
//! again only if something in it changed. Bytes in, bytes out; whoever owns the disk writes the files.

use std::ops::Deref;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use hashbrown::HashMap;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::DeserializeOwned;

use crate::engine::fingerprint::Fingerprint;
use crate::engine::sealed;
use crate::files::read;
use crate::value::path::SitePath;

/// Files, and locks, so that threads seldom wait for each other.
const SHARDS: usize = 32;

/// What the work was: each kind of result has a section of its own.
pub type Section = &'static str;

/// Results of earlier builds and of this one, shared by all threads.
#[derive(Debug)]
pub struct Cache {
    schema: Fingerprint,
    /// Where the files of earlier runs are.
    folder: Option<PathBuf>,
    shards: Vec<Mutex<Shard>>,
}

#[derive(Debug, Default)]
struct Shard {
    /// Whether its file has been looked for.
    opened: bool,
    sections: HashMap<Box<str>, HashMap<Fingerprint, Entry>>,
    /// Whether something was added.
    grown: bool,
}

#[derive(Debug)]
struct Entry {
    bytes: Bytes,
    used: bool,
}

/// The bytes of a result: a piece of the file it was read from, or its own.
#[derive(Clone, Debug)]
pub struct Bytes {
    buffer: Arc<Vec<u8>>,
    range: Range<usize>,
}

/// What a file holds: sections by name, entries by fingerprint.
type Body<'a> = Vec<(&'a str, Vec<(Fingerprint, Piece<'a>)>)>;

/// Bytes that serde takes in one piece, not one by one.
struct Piece<'a>(&'a [u8]);

impl Cache {
    /// An empty cache. `schema` is the fingerprint of the program's version and of everything else that the results' meaning depends on.
    #[must_use]
    pub fn new(schema: Fingerprint) -> Self {
        Self { schema, folder: None, shards: std::iter::repeat_with(Mutex::default).take(SHARDS).collect() }
    }

    /// The cache whose files are in `folder`. A damaged file, one of another program or of another schema is as good as none: no results, no error.
    #[must_use]
    pub fn open(schema: Fingerprint, folder: PathBuf) -> Self {
        Self { folder: Some(folder), ..Self::new(schema) }
    }

    /// The files to write, by name: those in which something was added, or in which results are left that nobody asked for and that `keep` does not want kept: what
    /// a whole build did not ask for will not be asked for again. The same results give the same bytes.
    #[must_use]
    pub fn changes(&self, keep: &dyn Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        for (number, shard) in self.shards.iter().enumerate() {
            let shard = lock(shard);
            let mut dropped = false;
            let mut body: Body<'_> = Vec::new();
            for (name, entries) in &shard.sections {
                let keep = keep(name);
                let mut kept: Vec<(Fingerprint, Piece<'_>)> = (entries.iter())
                    .filter(|(_, entry)| entry.used || keep)
                    .map(|(key, entry)| (*key, Piece(&entry.bytes)))
                    .collect();
                dropped |= kept.len() < entries.len();
                kept.sort_unstable_by_key(|(key, _)| *key);
                body.push((name, kept));
            }
            if shard.grown || dropped {
                body.retain(|(_, entries)| !entries.is_empty());
                body.sort_unstable_by_key(|(name, _)| *name);
                files.push((file_name(number), sealed::close(self.schema, &body)));
            }
        }
        files
    }

    /// The result under `key`, if there is one; it counts as used from now on.
    #[must_use]
    pub fn get(&self, section: Section, key: Fingerprint) -> Option<Bytes> {
        let mut shard = self.shard(key);
        let entry = shard.sections.get_mut(section)?.get_mut(&key)?;
        entry.used = true;
        Some(entry.bytes.clone())
    }

    /// Adds a result, or replaces the one under `key`.
    pub fn insert(&self, section: Section, key: Fingerprint, bytes: Vec<u8>) {
        let buffer = Arc::new(bytes);
        let mut shard = self.shard(key);
        shard.grown = true;
        let bytes = Bytes { range: 0..buffer.len(), buffer };
        shard.section(section).insert(key, Entry { bytes, used: true });
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

    fn shard(&self, key: Fingerprint) -> MutexGuard<'_, Shard> {
        // Not the byte that the maps hash first.
        let number = usize::from(key.as_bytes()[31]) % SHARDS;
        let mut shard = lock(&self.shards[number]);
        if !shard.opened {
            shard.opened = true;
            if let Some(folder) = &self.folder {
                shard.load(self.schema, read::optional(&folder.join(file_name(number))).ok().flatten());
            }
        }
        shard
    }
}

impl Shard {
    fn load(&mut self, schema: Fingerprint, file: Option<Vec<u8>>) {
        let Some(buffer) = file.map(Arc::new) else { return };
        let Some(body) = sealed::open::<Body<'_>>(schema, &buffer) else { return };
        let start = buffer.as_ptr().addr();
        for (section, entries) in body {
            let map = self.section(section);
            map.reserve(entries.len());
            for (key, piece) in entries {
                // A piece borrows from the buffer.
                let from = piece.0.as_ptr().addr() - start;
                let bytes = Bytes { buffer: Arc::clone(&buffer), range: from..from + piece.0.len() };
                map.insert(key, Entry { bytes, used: false });
            }
        }
    }

    fn section(&mut self, name: &str) -> &mut HashMap<Fingerprint, Entry> {
        if !self.sections.contains_key(name) {
            self.sections.insert(name.into(), HashMap::new());
        }
        self.sections.entry(name.into()).or_default()
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.buffer.get(self.range.clone()).unwrap_or_default()
    }
}

impl Serialize for Piece<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Piece<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Deserialize::deserialize(deserializer).map(Self)
    }
}

/// A thread that panicked while it held the lock left whole entries behind: maps are changed in one call.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn file_name(number: usize) -> String {
    format!("{number:02}")
}

/// Where a large result lives below `.letterpress/`, as a file of its own: `images/<key>.webp`. `section` and `extension` are plain words.
#[must_use]
pub fn blob_path(section: Section, key: Fingerprint, extension: &str) -> Option<SitePath> {
    SitePath::parse(&format!("{section}/{key}.{extension}")).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "the test is the disk")]
    use super::*;

    fn schema() -> Fingerprint {
        Fingerprint::of(b"schema")
    }

    fn key(text: &str) -> Fingerprint {
        Fingerprint::of(text.as_bytes())
    }

    /// What a run after this one finds.
    fn next(files: &[(String, Vec<u8>)], folder: &std::path::Path) -> Cache {
        for (name, bytes) in files {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
        Cache::open(schema(), folder.to_owned())
    }

    #[test]
    fn keeps_what_was_used() {
        let folder = tempfile::tempdir().unwrap();
        let first = Cache::new(schema());
        first.insert("pages", key("a"), b"1".to_vec());
        first.insert("pages", key("b"), b"2".to_vec());
        first.insert_value("code", key("a"), &(7u32, "x".to_owned()));
        let files = first.changes(&|_| false);
        assert_eq!(files.len(), 2);

        let second = next(&files, folder.path());
        assert_eq!(second.get("pages", key("a")).as_deref(), Some(&b"1"[..]));
        assert_eq!(second.get_value("code", key("a")), Some((7u32, "x".to_owned())));
        assert_eq!(second.get("code", key("b")).as_deref(), None);
        assert!(second.changes(&|_| true).is_empty());
        let changes = second.changes(&|section| section == "code");
        assert_eq!(changes.len(), 1, "only the file in which something was left unused");

        let third = next(&changes, folder.path());
        assert_eq!(third.get("pages", key("b")).as_deref(), None);
        let _ = (third.get("pages", key("a")), third.get("code", key("a")));
        assert!(third.changes(&|_| false).is_empty());
    }

    #[test]
    fn the_same_results_give_the_same_bytes() {
        let fill = |order: &[u32]| {
            let cache = Cache::new(schema());
            for n in order {
                cache.insert(if n % 2 == 0 { "even" } else { "odd" }, key(&n.to_string()), n.to_le_bytes().to_vec());
            }
            cache.changes(&|_| false)
        };
        assert_eq!(fill(&[1, 2, 3, 4, 5, 6]), fill(&[6, 3, 5, 1, 4, 2]));
    }

    #[test]
    fn a_strange_file_is_no_results() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(schema());
        cache.insert("pages", key("a"), vec![9; 100]);
        let (name, file) = cache.changes(&|_| false).pop().unwrap();
        let found = |bytes: &[u8]| {
            next(&[(name.clone(), bytes.to_vec())], folder.path()).get("pages", key("a")).map(|bytes| bytes.len())
        };
        assert_eq!(found(&file), Some(100));
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 1;
            assert_eq!((found(&damaged), found(&file[..at])), (None, None), "damaged or cut at {at}");
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
                        let other = cache.get("n", key(&((n + thread) % 500).to_string()));
                        assert!(other.is_none_or(|bytes| bytes.len() < 7));
                    }
                });
            }
        });
        assert!((0..500).all(|n| cache.get("n", key(&n.to_string())).is_some()));
    }

    #[test]
    fn names_blobs() {
        let path = blob_path("images", key("a"), "webp").unwrap();
        assert_eq!(path.as_str(), format!("images/{}.webp", key("a").hex()));
    }
}
