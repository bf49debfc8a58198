//! The database's own files: made for their owner alone, looked through for what must be gone, put in place at once.
#![allow(clippy::disallowed_methods, reason = "a database has its own files; nothing of the site is among them")]

use std::fs;
use std::fs::DirBuilder;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

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
