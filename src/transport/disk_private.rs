//! Files that only their owner may read: keys, and lists of readers.
#![allow(clippy::disallowed_methods, reason = "a place that writes files")]

use std::fs::DirBuilder;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::path::Path;

use tempfile::Builder;

use crate::transport::disk::WriteError;

/// Makes the folder of a private file, with those above it; new ones are for the owner alone.
///
/// # Errors
/// [`WriteError::Io`].
pub fn make_folder(folder: &Path) -> Result<(), WriteError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| WriteError::Io { action: "make", path: folder.into(), source })
}

/// Writes a file that is not there yet, mode 0600. It is on the disk when this returns, whole or not at all.
///
/// # Errors
/// [`WriteError::Exists`] where it is there by now, which another process may have seen to; [`WriteError::Io`].
pub fn create(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let file = written(path, bytes)?;
    match file.persist_noclobber(path) {
        Ok(_) => sync_folder(path),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(WriteError::Exists(path.into())),
        Err(error) => Err(failed(path, error.error)),
    }
}

/// Makes a file its owner's alone, where others could read it.
///
/// # Errors
/// [`WriteError::Io`].
pub fn close_to_others(path: &Path) -> Result<(), WriteError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let failed = |source| WriteError::Io { action: "close to others", path: path.into(), source };
        let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o700)).map_err(failed)?;
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Replaces a file, or makes it, mode 0600. Whoever reads it finds the old one or the new one, whole.
///
/// # Errors
/// [`WriteError::Io`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    finish(written(path, bytes)?, path)
}

/// A temporary file beside `path`, mode 0600, to be written and then handed to [`finish`]. Dropped, it is gone.
///
/// # Errors
/// [`WriteError::Io`].
pub fn begin(path: &Path) -> Result<tempfile::NamedTempFile, WriteError> {
    Builder::new().prefix(".letterpress-").tempfile_in(folder(path)).map_err(|source| failed(path, source))
}

/// A file without a name, which only this process can read and which is gone when it is closed, with all of `input` in it. It stands at its beginning.
///
/// # Errors
/// [`WriteError::Io`], which names `folder`, also where `input` cannot be read.
pub fn spooled(folder: &Path, input: &mut dyn Read) -> Result<File, WriteError> {
    let mut file = tempfile::tempfile_in(folder).map_err(|source| failed(folder, source))?;
    io::copy(input, &mut file).and_then(|_| file.rewind()).map_err(|source| failed(folder, source))?;
    Ok(file)
}

/// Puts a file that was begun into its place, where it replaces what is there, once it is on the disk.
///
/// # Errors
/// [`WriteError::Io`].
pub fn finish(file: tempfile::NamedTempFile, path: &Path) -> Result<(), WriteError> {
    file.as_file().sync_all().map_err(|source| failed(path, source))?;
    file.persist(path).map_err(|error| failed(path, error.error))?;
    sync_folder(path)
}

/// The bytes in a temporary file beside `path`, which the `tempfile` crate makes for its owner alone.
fn written(path: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile, WriteError> {
    let mut file = begin(path)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|source| failed(path, source))?;
    Ok(file)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A new name is on the disk only when its folder is.
fn sync_folder(path: &Path) -> Result<(), WriteError> {
    let folder = folder(path);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| failed(folder, source))
}

fn failed(path: &Path, source: io::Error) -> WriteError {
    WriteError::Io { action: "write", path: path.into(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn for_the_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("a/b");
        make_folder(&folder).unwrap();
        let path = folder.join("keys");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        create(&path, b"one").unwrap();
        assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
        assert!(matches!(create(&path, b"two"), Err(WriteError::Exists(_))));
        replace(&path, b"three").unwrap();
        assert_eq!((std::fs::read(&path).unwrap(), mode(&path)), (b"three".to_vec(), 0o600));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing is left over");
    }
}
