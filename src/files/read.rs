//! The only reader of the disk. Its errors name the path.
#![allow(clippy::disallowed_methods, reason = "the one place that reads files")]

use std::fmt;
use std::fs::Metadata;
use std::io;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

use walkdir::WalkDir;

use crate::files::tree::File;
use crate::files::tree::FileTree;
use crate::files::tree::Place;
use crate::value::path::SitePath;

/// The disk refused.
#[derive(Debug)]
pub enum ReadError {
    /// A file or folder could not be read.
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A symbolic link leads back to a folder above itself.
    Loop {
        /// The link.
        link: PathBuf,
        /// The folder that it leads to.
        target: PathBuf,
    },
    /// A file's name cannot be part of an address.
    Name {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// A file that is open, to be read piece by piece.
pub type Input = std::fs::File;

/// Reads a whole file.
///
/// # Errors
/// [`ReadError::Io`].
pub fn bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    std::fs::read(path).map_err(|source| ReadError::Io { path: path.into(), source })
}

/// Reads a whole file if it is there.
///
/// # Errors
/// [`ReadError::Io`] for anything but an absent file.
pub fn optional(path: &Path) -> Result<Option<Vec<u8>>, ReadError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReadError::Io { path: path.into(), source }),
    }
}

/// Opens a file that is to be read piece by piece, and says how many bytes it has.
///
/// # Errors
/// [`ReadError::Io`], also for what is no file: a pipe would be waited for.
pub fn open(path: &Path) -> Result<(Input, u64), ReadError> {
    let failed = |source| ReadError::Io { path: path.into(), source };
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file")));
    }
    let file = std::fs::File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    Ok((file, size))
}

/// Whether a folder is there.
#[must_use]
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether anything is there.
#[must_use]
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The names of the folders directly in `path`, sorted; none where it is no folder.
#[must_use]
pub fn folders(path: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(path)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// The symbolic links to files at or below `path`, each with the true path of its file.
#[must_use]
pub fn linked_files(path: &Path) -> Vec<(PathBuf, PathBuf)> {
    let entries = WalkDir::new(path).into_iter().filter_map(Result::ok).filter(walkdir::DirEntry::path_is_symlink);
    let links = entries.filter(|entry| !is_hidden(&entry.file_name().to_string_lossy()));
    let files = links.filter_map(|entry| Some((entry.path().to_owned(), entry.path().canonicalize().ok()?)));
    files.filter(|(_, file)| file.is_file()).collect()
}

/// The true path of a folder that may not exist yet: the longest existing part resolved, the rest appended.
///
/// # Errors
/// [`ReadError::Io`] where not even the working folder can be resolved.
pub fn resolved(path: &Path) -> Result<PathBuf, ReadError> {
    let absolute = std::path::absolute(path).map_err(|source| ReadError::Io { path: path.into(), source })?;
    let mut existing = absolute.as_path();
    let mut rest = Vec::new();
    loop {
        if let Ok(mut real) = existing.canonicalize() {
            real.extend(rest.iter().rev());
            return Ok(real);
        }
        match (existing.parent(), existing.file_name()) {
            (Some(parent), Some(name)) => {
                rest.push(name.to_owned());
                existing = parent;
            }
            _ => return Ok(absolute),
        }
    }
}

/// All files below `folder`; symbolic links are followed. Names in messages begin with `label` (`content`). Hidden files (`.DS_Store`, `.git`) and
/// editors' leftovers (`x~`, `#x#`) are left out, except `.well-known`. A folder that does not exist has no files.
///
/// # Errors
/// Every error of the walk, beside the files that could be listed.
#[must_use]
pub fn tree(folder: &Path, label: &str) -> (FileTree, Vec<ReadError>) {
    let mut files = FileTree::new();
    let mut errors = Vec::new();
    if !exists(folder) {
        return (files, errors);
    }
    let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(&entry.file_name().to_string_lossy())) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
                match SitePath::from_relative(relative) {
                    Ok(path) => {
                        let name = if label.is_empty() { path.to_string() } else { format!("{label}/{path}") };
                        files.insert(File { path, name: name.into(), place: Place::Disk(entry.path().to_owned()) });
                    }
                    Err(error) => errors.push(ReadError::Name { path: entry.path().into(), reason: error.to_string() }),
                }
            }
            Ok(_) => {}
            // A link that leads nowhere is no entry to be filtered: Emacs' locks are such.
            Err(error)
                if error
                    .path()
                    .and_then(|path| path.file_name())
                    .is_some_and(|name| is_hidden(&name.to_string_lossy())) => {}
            Err(error) => errors.push(walk_error(error, folder)),
        }
    }
    (files, errors)
}

/// What a file or a folder is known again by without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Whether it is a folder. Of a folder nothing else is known: what is in it has marks of its own.
    pub is_folder: bool,
    /// Bytes.
    size: u64,
    /// When its bytes were last changed.
    modified: Option<SystemTime>,
    /// What tells a file from another that was put in its place with the same size and time, where the system says such a thing.
    identity: (u64, i64, i64),
}

impl Mark {
    fn of(metadata: &Metadata) -> Self {
        if metadata.is_dir() {
            return Self { is_folder: true, size: 0, modified: None, identity: (0, 0, 0) };
        }
        #[cfg(unix)]
        let identity = (metadata.ino(), metadata.ctime(), metadata.ctime_nsec());
        #[cfg(not(unix))]
        let identity = (0, 0, 0);
        Self { is_folder: false, size: metadata.len(), modified: metadata.modified().ok(), identity }
    }
}

/// The marks of a file, or of a folder and all that [`tree`] would find below it; what cannot be read has none. Sorted within each folder.
#[must_use]
pub fn marks(path: &Path) -> Vec<(PathBuf, Mark)> {
    let walk = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter();
    let wanted = walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(&entry.file_name().to_string_lossy()));
    let found = wanted.filter_map(Result::ok);
    found.filter_map(|entry| Some((entry.path().to_owned(), Mark::of(&entry.metadata().ok()?)))).collect()
}

/// Whether files and folders of this name are left out: hidden ones and editors' leftovers.
#[must_use]
pub fn is_hidden(name: &str) -> bool {
    (name.starts_with('.') && name != ".well-known")
        || name.ends_with('~')
        || (name.starts_with('#') && name.ends_with('#'))
}

fn walk_error(error: walkdir::Error, folder: &Path) -> ReadError {
    let path = error.path().unwrap_or(folder).to_owned();
    if let Some(target) = error.loop_ancestor() {
        return ReadError::Loop { link: path, target: target.to_owned() };
    }
    let source = error.into_io_error().unwrap_or_else(|| io::Error::other("the folder could not be walked"));
    ReadError::Io { path, source }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(f, "cannot read {}: {source}", path.display()),
            Self::Loop { link, target } => {
                write!(f, "the symbolic link {} leads back to {}, a folder above it", link.display(), target.display())
            }
            Self::Name { path, reason } => write!(f, "{}: {reason}", path.display()),
        }
    }
}

impl std::error::Error for ReadError {}
