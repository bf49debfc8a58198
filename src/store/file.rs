//! The database's own files: made for their owner alone, looked through for what must be gone, put in place at once.
#![allow(clippy::disallowed_methods, reason = "a database has its own files; nothing of the site is among them")]

use std::fs;
use std::fs::DirBuilder;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
#[cfg(unix)]
use std::sync::Mutex;
#[cfg(unix)]
use std::sync::PoisonError;

use crate::store::error::StoreError;

/// What the system said, with the file it was about.
pub(in crate::store) fn told(path: &Path, error: &io::Error) -> StoreError {
    let place: Box<str> = path.display().to_string().into();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => StoreError::Full { place },
        ErrorKind::AlreadyExists => StoreError::Occupied { place },
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory => StoreError::Denied { place, why: error.to_string().into() },
        _ => StoreError::Failed { place, why: error.to_string().into() },
    }
}

/// A new file for its owner alone; an error where there is one.
pub(in crate::store) fn create_new(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).read(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| told(path, &error))
}

/// Makes the file, and its folder, where they are not there. A file that others could read becomes the owner's alone, and SQLite gives its log the same mode.
pub(in crate::store) fn create(path: &Path) -> Result<(), StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(|error| told(folder, &error))?;
    }
    match create_new(path) {
        Err(StoreError::Occupied { .. }) => {
            #[cfg(unix)]
            close_to_others(path)?;
            Ok(())
        }
        other => other.map(drop),
    }
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).map_err(|error| told(path, &error))?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(|error| told(path, &error))?;
    }
    Ok(())
}

/// `name` with something behind it: `letterpress.db` and `.erased` give `letterpress.db.erased`.
pub(in crate::store) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The journal of erasures that belongs to a database.
pub(in crate::store) fn journal_of(path: &Path) -> PathBuf {
    beside(path, ".erased")
}

/// Appends to a file for its owner alone, durably.
pub(in crate::store) fn append(path: &Path, octets: &[u8]) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || -> io::Result<()> {
        let mut file = options.open(path)?;
        file.write_all(octets)?;
        file.sync_all()
    };
    write().map_err(|error| told(path, &error))
}

/// A file's octets; `None` where there is none.
pub(in crate::store) fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(octets) => Ok(Some(octets)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(told(path, &error)),
    }
}

/// Whether one of the texts stands somewhere in a file.
pub(in crate::store) fn contains(path: &Path, texts: &[&[u8]]) -> Result<bool, StoreError> {
    const CHUNK: usize = 1 << 20;
    let longest = texts.iter().map(|text| text.len()).max().unwrap_or_default();
    let look = |mut file: &File| -> io::Result<bool> {
        file.seek(io::SeekFrom::Start(0))?;
        let mut window = Vec::with_capacity(CHUNK + longest);
        loop {
            // The end of the last chunk stays, for what stands across.
            let keep = window.len().saturating_sub(longest);
            window.drain(..keep);
            if file.take(CHUNK as u64).read_to_end(&mut window)? == 0 {
                return Ok(false);
            }
            if texts.iter().any(|text| find(&window, text)) {
                return Ok(true);
            }
        }
    };
    with_open(path, look).map_err(|error| told(path, &error))
}

/// Gives `look` a file, and keeps it open as long as this process lives. When a process closes a file, the system takes away every lock that it has on it, through whichever handle (POSIX, `fcntl`), and
/// SQLite's are among them: another program could then clear away the log of a database that is in use.
#[cfg(unix)]
fn with_open<T>(path: &Path, look: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
    use std::os::unix::fs::MetadataExt;
    static KEPT: Mutex<Vec<(u64, u64, File)>> = Mutex::new(Vec::new());
    let about = fs::metadata(path)?;
    let is_it = |kept: &&(u64, u64, File)| (kept.0, kept.1) == (about.dev(), about.ino());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.iter().find(is_it).is_none() {
        let file = File::open(path)?;
        kept.push((about.dev(), about.ino(), file));
    }
    match kept.iter().find(is_it) {
        Some((_, _, file)) => look(file),
        None => Err(ErrorKind::NotFound.into()),
    }
}

#[cfg(not(unix))]
fn with_open<T>(path: &Path, look: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
    look(&File::open(path)?)
}

/// Every address has an `@`, which is rare: from there it is compared.
fn find(octets: &[u8], text: &[u8]) -> bool {
    let Some(at) = text.iter().position(|octet| *octet == b'@') else { return false };
    let ats = octets.iter().enumerate().filter(|(_, octet)| **octet == b'@');
    ats.into_iter().any(|(found, _)| {
        let start = found.checked_sub(at);
        start.and_then(|start| octets.get(start..start + text.len())).is_some_and(|part| part == text)
    })
}

/// Whether there is a file.
pub(in crate::store) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Removes a file, if it is there.
pub(in crate::store) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(told(path, &error)),
        _ => Ok(()),
    }
}

/// Puts a finished file into its place at once, durably.
pub(in crate::store) fn put(from: &Path, to: &Path) -> Result<(), StoreError> {
    let put = || -> io::Result<()> {
        File::open(from)?.sync_all()?;
        fs::rename(from, to)?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    };
    put().map_err(|error| told(to, &error))
}

/// Keeps a file under a second name, the first of `name.1`, `name.2` … that is free, while it stays where it is.
pub(in crate::store) fn keep_aside(path: &Path, suffix: &str) -> Result<PathBuf, StoreError> {
    let mut number = 0_u32;
    loop {
        number += 1;
        let aside = beside(path, &format!(".{suffix}-{number}"));
        match fs::hard_link(path, &aside) {
            Ok(()) => return Ok(aside),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            // A disk without second names: then for a moment there is only the aside one.
            Err(_) if !is_there(&aside) => {
                fs::rename(path, &aside).map_err(|error| told(path, &error))?;
                return Ok(aside);
            }
            Err(error) => return Err(told(&aside, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn looking_a_database_through_leaves_its_locks() {
        use std::os::unix::fs::MetadataExt;

        use crate::store::Place;
        use crate::store::Store;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.sqlite3");
        let _store = Store::open(&Place::Sqlite(path.clone())).unwrap();
        let inode = format!(":{} ", fs::metadata(&path).unwrap().ino());
        let locks = || fs::read_to_string("/proc/locks").unwrap().lines().filter(|line| line.contains(&inode)).count();
        let before = locks();
        assert!(before > 0, "who has a database in WAL mode open has a lock on it");
        for _ in 0..2 {
            assert!(!contains(&path, &[b"jane@example.com"]).unwrap());
            assert_eq!(locks(), before, "and keeps it");
        }
    }
}
