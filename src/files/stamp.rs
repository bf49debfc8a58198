//! What a file is known again by without reading it.
#![allow(clippy::disallowed_methods, reason = "the disk is read here, though not the files' bytes")]

use std::fs::Metadata;
use std::path::Path;

use serde::Deserialize;
use serde::Serialize;

use crate::files::tree::File;
use crate::files::tree::Place;

/// What the disk says of a file. Two equal stamps, the first of which was taken a while after the file was last changed, mean the same bytes: the time of the last
/// change of the file's entry (`ctime`) is set by the system and cannot be put back, unlike the time of the last change of its bytes (`mtime`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    size: u64,
    /// Nanoseconds since 1970.
    modified: i128,
    /// Nanoseconds since 1970.
    changed: i128,
    /// The file's number in its file system.
    number: u64,
}

/// File systems take the time from a clock that ticks: a second change within one tick leaves no trace. Ticks take up to 10 ms on Linux.
const TICK: i128 = 50_000_000;
/// Some file systems count in steps of two seconds.
const COARSE_TICK: i128 = 2_000_000_000;

impl Stamp {
    /// The stamp of a file now; `None` for one that is not on the disk, where the disk does not say, and on systems that do not keep the time of the last change.
    #[must_use]
    pub fn of(file: &File) -> Option<Self> {
        match &file.place {
            Place::Disk(path) => Self::of_path(path),
            Place::Embedded(_) | Place::Memory(_) => None,
        }
    }

    /// As [`Stamp::of`], of a path. Links are followed.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        Self::read(&std::fs::metadata(path).ok()?)
    }

    /// Whether a later change would surely be seen, if at `now`, by the clock of the same file system, the file had this stamp.
    #[must_use]
    pub fn is_settled(&self, now: &Self) -> bool {
        let tick = if self.changed % 1_000_000_000 == 0 { COARSE_TICK } else { TICK };
        self.changed.max(self.modified) + tick < now.modified
    }

    #[cfg(unix)]
    fn read(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let time = |seconds: i64, nanoseconds: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
        Some(Self {
            size: metadata.size(),
            modified: time(metadata.mtime(), metadata.mtime_nsec()),
            changed: time(metadata.ctime(), metadata.ctime_nsec()),
            number: metadata.ino(),
        })
    }

    #[cfg(not(unix))]
    fn read(_: &Metadata) -> Option<Self> {
        None
    }
}
