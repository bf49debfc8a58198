//! Files that only their owner may read: letters, keys.
#![allow(clippy::disallowed_methods, reason = "a part of the one place that writes files")]

use std::fs::DirBuilder;
use std::io;
use std::io::Write;
use std::path::Path;

use tempfile::Builder;

use crate::transport::disk::WriteError;

/// Makes a folder for its owner alone, and those above it, where they are missing. One that is there stays as it is.
///
/// # Errors
/// [`WriteError::Io`].
pub fn make_folder(path: &Path) -> Result<(), WriteError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| io_error("make", path, source))
}

/// Writes a new file into a folder that is there: whole or not at all, readable by its owner alone, never over another.
///
/// # Errors
/// [`WriteError::Exists`] where anything is there already, else [`WriteError::Io`].
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Temporary files are readable by their owner alone from the beginning.
    let mut file = Builder::new()
        .prefix(".letterpress-")
        .tempfile_in(folder)
        .map_err(|source| io_error("write into", folder, source))?;
    file.write_all(bytes).map_err(|source| io_error("write", path, source))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Err(WriteError::Exists(path.into())),
        Err(refused) => Err(io_error("write", path, refused.error)),
    }
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> WriteError {
    WriteError::Io { action, path: path.into(), source }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn nothing_is_overwritten_and_nothing_is_left_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("key.pem");
        write_new(&path, b"first").unwrap();
        let error = write_new(&path, b"second").unwrap_err();
        assert!(matches!(&error, WriteError::Exists(named) if *named == path), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        let error = write_new(&place.path().join("none/key.pem"), b"").unwrap_err();
        assert!(matches!(&error, WriteError::Io { action: "write into", .. }), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_them() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/b");
        make_folder(&folder).unwrap();
        make_folder(&folder).unwrap();
        write_new(&folder.join("file"), b"").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("file"))), (0o700, 0o600));
    }

    #[test]
    fn a_file_in_the_place_of_a_folder_is_named() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("mail");
        fs::write(&path, "").unwrap();
        let error = make_folder(&path).unwrap_err();
        assert!(matches!(&error, WriteError::Io { action: "make", path: named, .. } if *named == path), "{error}");
    }
}
