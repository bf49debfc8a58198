//! What the last build made, and what a commit is about to do: two small files of `.letterpress/`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use crate::transport::disk::Stamp;
use crate::value::path::SitePath;

/// First bytes of both files, with the number of their layout.
const MAGIC: &[u8; 16] = b"letterpress out1";

/// What a file of the output was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Origin {
    /// Bytes with this BLAKE3 hash.
    Bytes([u8; 32]),
    /// A copy of a file that looked like this.
    File(Stamp),
}

/// One file that we made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// What it looks like in the output folder.
    pub(super) stamp: Stamp,
    pub(super) origin: Origin,
}

/// Everything that stands in an output folder by our doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) files: BTreeMap<SitePath, Entry>,
    /// Folders with files of ours that stood there before us: they are not ours to remove.
    pub(super) found: BTreeSet<String>,
}

/// What a commit does, written before it begins, so that a later run can complete it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Journal {
    /// Whether the staging folder is the whole site, to be moved in one go.
    pub(super) whole: bool,
    /// Files to put in place: where, and their name in the staging folder.
    pub(super) puts: Vec<(SitePath, String)>,
    /// Files to remove.
    pub(super) removes: Vec<SitePath>,
    /// What stands there afterwards.
    pub(super) manifest: Manifest,
}

type ManifestFile<'a> = (Vec<(&'a str, Entry)>, Vec<&'a str>);
type JournalFile<'a> = (bool, Vec<(&'a str, &'a str)>, Vec<&'a str>, ManifestFile<'a>);

impl Manifest {
    pub(super) fn encode(&self) -> Vec<u8> {
        sealed(&self.file())
    }

    /// A damaged file, or one of another version, is none.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        Self::of(opened::<ManifestFile>(bytes)?)
    }

    fn file(&self) -> ManifestFile<'_> {
        let files = self.files.iter().map(|(path, entry)| (path.as_str(), *entry)).collect();
        (files, self.found.iter().map(String::as_str).collect())
    }

    /// Paths are parsed, not believed: whatever the file says, nothing leaves the output folder.
    fn of((files, found): ManifestFile) -> Option<Self> {
        let files = files.into_iter().map(|(path, entry)| Some((SitePath::parse(path).ok()?, entry)));
        Some(Self { files: files.collect::<Option<_>>()?, found: found.into_iter().map(str::to_owned).collect() })
    }
}

impl Journal {
    pub(super) fn encode(&self) -> Vec<u8> {
        let puts = self.puts.iter().map(|(path, staged)| (path.as_str(), staged.as_str())).collect();
        let removes = self.removes.iter().map(SitePath::as_str).collect();
        let file: JournalFile = (self.whole, puts, removes, self.manifest.file());
        sealed(&file)
    }

    /// As [`Manifest::decode`].
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (whole, puts, removes, manifest) = opened::<JournalFile>(bytes)?;
        let puts = puts.into_iter().map(|(path, staged)| {
            // A name in the staging folder is a path like any other.
            Some((SitePath::parse(path).ok()?, SitePath::parse(staged).ok()?.to_string()))
        });
        Some(Self {
            whole,
            puts: puts.collect::<Option<_>>()?,
            removes: removes.into_iter().map(|path| SitePath::parse(path).ok()).collect::<Option<_>>()?,
            manifest: Manifest::of(manifest)?,
        })
    }
}

/// Magic, checksum, content.
fn sealed(content: &impl Serialize) -> Vec<u8> {
    // Writing to memory does not fail; no content would be read as a damaged file.
    let content = postcard::to_stdvec(content).unwrap_or_default();
    [MAGIC.as_slice(), blake3::hash(&content).as_bytes(), &content].concat()
}

fn opened<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    let (checksum, content) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<32>()?;
    if blake3::hash(content).as_bytes() != checksum {
        return None;
    }
    postcard::from_bytes(content).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_refuses_damage() {
        let path = |text| SitePath::parse(text).unwrap();
        let stamp = Stamp { size: 7, modified: 1_700_000_000_123_456_789 };
        let entry = Entry { stamp, origin: Origin::Bytes([3; 32]) };
        let copy = Entry { stamp, origin: Origin::File(stamp) };
        let manifest = Manifest {
            files: [(path("a/b.html"), entry), (path("日本.png"), copy)].into(),
            found: [String::from("a")].into(),
        };
        let file = manifest.encode();
        assert_eq!(Manifest::decode(&file), Some(manifest.clone()));
        let journal =
            Journal { whole: true, puts: vec![(path("a/b.html"), "0/1".into())], removes: vec![path("old")], manifest };
        assert_eq!(Journal::decode(&journal.encode()), Some(journal));
        for end in 0..file.len() {
            assert_eq!(Manifest::decode(&file[..end]), None);
        }
        let evil: JournalFile = (false, vec![("../x", "y")], Vec::new(), Default::default());
        assert_eq!(Journal::decode(&sealed(&evil)), None);
    }
}
