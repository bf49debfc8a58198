//! Which letters left last, noted outside the database. Each note is handed to the system before its letter leaves and outlives the process, however that ends; it is not forced onto the disk,
//! because that would be done once for each letter.
#![allow(clippy::disallowed_methods, reason = "a place that appends to files, and locks them")]

use std::ffi::OsString;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::transport::disk::WriteError;

/// The notes of one sender, in a file that is locked while it lives.
#[derive(Debug)]
pub struct Departures {
    stem: PathBuf,
    sender: String,
    part: Mutex<Part>,
}

#[derive(Debug)]
struct Part {
    number: u64,
    path: PathBuf,
    file: File,
}

impl Departures {
    /// Begins the notes of a sender beside `stem`, by whose name they are found.
    ///
    /// # Errors
    /// [`WriteError::Io`].
    pub fn begin(stem: &Path, sender: &str) -> Result<Self, WriteError> {
        let part = Mutex::new(part(stem, sender, 0)?);
        Ok(Self { stem: stem.into(), sender: sender.into(), part })
    }

    /// Adds a note. Where the disk refuses, it is missing: the database knows of the letter all the same.
    pub fn note(&self, octets: &[u8]) {
        let _ = self.part.lock().unwrap_or_else(PoisonError::into_inner).file.write_all(octets);
    }

    /// Begins a new file, and gives the one before: when it is known elsewhere how far the database had come by now, that one may go.
    ///
    /// # Errors
    /// [`WriteError::Io`]: then the present one is gone on with.
    pub fn turn(&self) -> Result<PathBuf, WriteError> {
        let mut present = self.part.lock().unwrap_or_else(PoisonError::into_inner);
        let next = part(&self.stem, &self.sender, present.number + 1)?;
        Ok(std::mem::replace(&mut *present, next).path)
    }

    /// Takes the present file away where nothing is in it. Nothing is noted after that.
    pub fn end(&self) {
        let part = self.part.lock().unwrap_or_else(PoisonError::into_inner);
        if part.file.metadata().is_ok_and(|about| about.len() == 0) {
            forget(&part.path);
        }
    }
}

/// A file with a lock on it from the moment at which it has its name, mode 0600.
fn part(stem: &Path, sender: &str, number: u64) -> Result<Part, WriteError> {
    let path = named(stem, &format!("{sender}.{number}"));
    let young = named(stem, &format!("{sender}.{number}.new"));
    let failed = |source| WriteError::Io { action: "write", path: path.clone(), source };
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&young).map_err(failed)?;
    file.lock().and_then(|()| fs::rename(&young, &path)).map_err(failed)?;
    Ok(Part { number, path, file })
}

fn named(stem: &Path, rest: &str) -> PathBuf {
    let mut name: OsString = stem.file_name().unwrap_or_default().to_owned();
    name.push(".left.");
    name.push(rest);
    stem.with_file_name(name)
}

/// What senders noted that are no longer alive, with the file. Where the folder cannot be read, there is nothing.
#[must_use]
pub fn left_over(stem: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let prefix = named(stem, "");
    let prefix = prefix.file_name().unwrap_or_default().as_encoded_bytes();
    let folder = stem.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_ours =
        |name: OsString| name.as_encoded_bytes().starts_with(prefix) && !name.as_encoded_bytes().ends_with(b".new");
    let mut found = Vec::new();
    for entry in entries.filter(|entry| is_ours(entry.file_name())) {
        let read = || -> io::Result<Option<Vec<u8>>> {
            let mut file = File::open(entry.path())?;
            if file.try_lock().is_err() {
                return Ok(None);
            }
            let mut octets = Vec::new();
            file.read_to_end(&mut octets).map(|_| Some(octets))
        };
        if let Ok(Some(octets)) = read() {
            found.push((entry.path(), octets));
        }
    }
    found.sort();
    found
}

/// Takes a file of notes away. One that stays is read again, and that is all.
pub fn forget(path: &Path) {
    let _ = fs::remove_file(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_dead_noted_is_found_and_what_the_living_note_is_not() {
        let place = tempfile::tempdir().unwrap();
        let stem = place.path().join("mark");
        let alive = Departures::begin(&stem, "send-1").unwrap();
        alive.note(b"one");
        assert!(left_over(&stem).is_empty());
        let before = alive.turn().unwrap();
        alive.note(b"two");
        // The part before is nobody's any more, and still counts until it is taken away.
        assert_eq!(left_over(&stem), [(before.clone(), b"one".to_vec())]);
        forget(&before);
        drop(alive);
        let found = left_over(&stem);
        assert_eq!(found.iter().map(|(_, octets)| &octets[..]).collect::<Vec<_>>(), [b"two"]);
        Departures::begin(&stem, "send-2").unwrap().end();
        assert_eq!(left_over(&stem), found, "who noted nothing leaves nothing");
        assert!(left_over(&place.path().join("mark-2")).is_empty(), "those of another list");
        assert!(left_over(&place.path().join("nowhere/mark")).is_empty());
    }
}
