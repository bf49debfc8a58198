//! The only writer of the disk: every call that changes a file or a folder stands here. Its errors name the path.
//!
//! Putting a whole site in place is [`disk_staging`](crate::transport::disk_staging)'s work, done with these calls.
#![allow(clippy::disallowed_methods, reason = "the one place that writes files")]

use std::fmt;
use std::fs;
use std::fs::File;
use std::fs::Metadata;
use std::fs::TryLockError;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::UNIX_EPOCH;

use serde::Deserialize;
use serde::Serialize;

use crate::files::read::ReadError;

/// The disk refused, or what stands there must not be touched.
#[derive(Debug)]
pub enum WriteError {
    /// The disk refused.
    Io {
        /// What was to be done: `write`, `remove`.
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Reading, to compare or to copy, failed.
    Read(ReadError),
    /// `write_new` found something there.
    Exists(PathBuf),
    /// The output folder is one of the folders that the site is made from, or above one.
    OverSources {
        /// The output folder.
        output: PathBuf,
        /// What it would overwrite.
        source: PathBuf,
    },
    /// The output folder lies in one of the folders that the site is made from: the next build would read its own output.
    InSources {
        /// The output folder.
        output: PathBuf,
        /// The folder it lies in.
        source: PathBuf,
    },
    /// A symbolic link in the output folder, through which files would be written elsewhere.
    Symlink(PathBuf),
    /// A file stands where a folder is needed, or a folder where a file is; and it is not ours to remove.
    InTheWay(PathBuf),
    /// Two different files for one path.
    Twice(PathBuf),
    /// Another build is writing to the same output folder.
    Busy(PathBuf),
    /// A test stopped the work here.
    #[doc(hidden)]
    Stopped,
}

/// What a file is known again by without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// Bytes.
    pub(crate) size: u64,
    /// When it was last changed, in nanoseconds since 1970.
    pub(crate) modified: u64,
}

/// What stands at a path; links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Nothing,
    File(Stamp),
    Folder,
    /// A symbolic link, a device, a socket.
    Other,
}

/// Writes a new file and the folders above it; never overwrites.
///
/// # Errors
/// [`WriteError::Exists`] where anything is there already, else [`WriteError::Io`].
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    make_folders_above(path)?;
    let created = File::create_new(path).and_then(|mut file| file.write_all(bytes));
    created.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => WriteError::Exists(path.into()),
        _ => failed("write", path)(source),
    })
}

/// Writes a file of `.letterpress/` and the folders above it, whole or not at all: readers see the old bytes or the new ones.
///
/// # Errors
/// [`WriteError::Io`].
pub fn write_cache(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    make_folders_above(path)?;
    let beside = temporary_beside(path);
    fs::write(&beside, bytes).map_err(failed("write", &beside))?;
    fs::rename(&beside, path).map_err(failed("replace", path))
}

/// Writes a file of the site's sources over the one that is there, whole or not at all.
///
/// # Errors
/// [`WriteError::Io`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    write_cache(path, bytes)
}

/// Removes these files of `folder`, in their order, and then each folder that is left empty. Files that are not there, and any others, are let be.
///
/// # Errors
/// [`WriteError::Io`].
pub fn remove_sources<'a>(folder: &Path, names: impl Iterator<Item = &'a str>) -> Result<(), WriteError> {
    let mut folders = vec![folder.to_owned()];
    for name in names {
        let path = folder.join(name);
        remove_file(&path)?;
        folders.extend(path.parent().filter(|above| *above != folder).map(Path::to_owned));
    }
    for folder in folders.iter().rev() {
        remove_if_empty(folder)?;
    }
    Ok(())
}

/// Makes a folder of `.letterpress/` and those above it.
///
/// # Errors
/// [`WriteError::Io`].
#[cfg(feature = "preview")]
pub(crate) fn make_cache_folder(path: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(path).map_err(failed("make the folder", path))
}

/// Makes an empty folder and removes it again, so that whoever watches the folder that it is in is told.
///
/// # Errors
/// [`WriteError::Io`].
#[cfg(feature = "preview")]
pub(crate) fn make_and_remove_folder(path: &Path) -> Result<(), WriteError> {
    fs::create_dir(path).map_err(failed("make the folder", path))?;
    fs::remove_dir(path).map_err(failed("remove the folder", path))
}

/// Removes a file of `.letterpress/`, if it is there.
///
/// # Errors
/// [`WriteError::Io`].
pub fn remove_cache(path: &Path) -> Result<(), WriteError> {
    remove_file(path).map(|_| ())
}

/// Removes the files directly in `folder` (of `.letterpress/`) whose names `keep` does not want: encoded images that no page shows any more.
/// Gives how many. A folder that does not exist has none.
///
/// # Errors
/// [`WriteError::Io`].
pub fn sweep(folder: &Path, keep: &dyn Fn(&str) -> bool) -> Result<usize, WriteError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(failed("list", folder)(error)),
    };
    let mut removed = 0;
    for entry in entries {
        let path = entry.map_err(failed("list", folder))?.path();
        let wanted = path.file_name().and_then(|name| name.to_str()).is_some_and(keep);
        if !wanted && matches!(look(&path)?, Seen::File(_)) {
            removed += usize::from(remove_file(&path)?);
        }
    }
    Ok(removed)
}

/// Refuses an output folder that is one of the folders the site is made from (`root`, `sources`), that lies above one, or that lies in one of
/// `sources`. Symbolic links are resolved first; none of the folders needs to exist.
///
/// # Errors
/// [`WriteError::OverSources`], [`WriteError::InSources`].
pub fn check_output(output: &Path, root: &Path, sources: &[&Path]) -> Result<(), WriteError> {
    let real_output = real(output)?;
    for source in sources.iter().chain([&root]) {
        let real_source = real(source)?;
        if real_source.starts_with(&real_output) {
            return Err(WriteError::OverSources { output: output.into(), source: (*source).into() });
        }
        if *source != root && real_output.starts_with(&real_source) {
            return Err(WriteError::InSources { output: output.into(), source: (*source).into() });
        }
    }
    Ok(())
}

/// The true path of a file or folder that need not exist: links resolved as far as there is something, and every `..` taken from the true path.
pub(crate) fn real(path: &Path) -> Result<PathBuf, WriteError> {
    let absolute = std::path::absolute(path).map_err(failed("resolve", path))?;
    let mut real = PathBuf::new();
    for part in absolute.components() {
        if part == Component::ParentDir {
            real.pop();
        } else {
            real.push(part);
            real = real.canonicalize().unwrap_or(real);
        }
    }
    Ok(real)
}

/// Takes hold of `path`, a file that is made for it, until the file is dropped or the process ends.
pub(crate) fn lock(path: &Path) -> Result<File, WriteError> {
    let file = File::create(path).map_err(failed("write", path))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(WriteError::Busy(path.into())),
        // A file system without locks: two builds at once are then nobody's fault but the user's.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// What stands at `path`.
pub(crate) fn look(path: &Path) -> Result<Seen, WriteError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(Seen::File(Stamp::of(&metadata))),
        Ok(metadata) if metadata.is_dir() => Ok(Seen::Folder),
        Ok(_) => Ok(Seen::Other),
        Err(error) if is_absent(&error) => Ok(Seen::Nothing),
        Err(error) => Err(failed("look at", path)(error)),
    }
}

/// The stamp of a source file; links are followed.
pub(crate) fn source_stamp(path: &Path) -> Result<Stamp, WriteError> {
    fs::metadata(path).map(|metadata| Stamp::of(&metadata)).map_err(failed("read", path))
}

/// Writes a file of the staging folder; the folder above it has to be there.
pub(crate) fn stage(path: &Path, bytes: &[u8]) -> Result<Stamp, WriteError> {
    let staged = File::create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.metadata()
    });
    staged.map(|metadata| Stamp::of(&metadata)).map_err(failed("write", path))
}

/// Copies a source into the staging folder. Copied by the kernel where it can, and without the source's permissions: what is private at
/// home is public here. Not linked: an editor that writes in place would change the site behind our back.
pub(crate) fn stage_copy(source: &Path, path: &Path) -> Result<Stamp, WriteError> {
    let mut from = File::open(source).map_err(failed("read", source))?;
    let copied = File::create(path).and_then(|mut to| {
        io::copy(&mut from, &mut to)?;
        to.metadata()
    });
    copied.map(|metadata| Stamp::of(&metadata)).map_err(failed("write", path))
}

/// Whether two files have the same bytes.
pub(crate) fn same_bytes(left: &Path, right: &Path) -> Result<bool, WriteError> {
    const PIECE: usize = 64 << 10;
    let open = |path: &Path| File::open(path).map_err(failed("read", path));
    let (left_file, right_file) = (open(left)?, open(right)?);
    let (mut left_piece, mut right_piece) = (Vec::with_capacity(PIECE), Vec::with_capacity(PIECE));
    loop {
        left_piece.clear();
        right_piece.clear();
        let limit = PIECE as u64;
        (&left_file).take(limit).read_to_end(&mut left_piece).map_err(failed("read", left))?;
        (&right_file).take(limit).read_to_end(&mut right_piece).map_err(failed("read", right))?;
        if left_piece != right_piece {
            return Ok(false);
        }
        if left_piece.is_empty() {
            return Ok(true);
        }
    }
}

/// Makes one folder; false where it was there already. Something else in its place is an error.
pub(crate) fn make_folder(path: &Path) -> Result<bool, WriteError> {
    match fs::create_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match look(path)? {
            Seen::Folder => Ok(false),
            Seen::Other => Err(WriteError::Symlink(path.into())),
            _ => Err(WriteError::InTheWay(path.into())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(WriteError::InTheWay(path.into())),
        Err(error) => Err(failed("make the folder", path)(error)),
    }
}

/// Makes a folder and all those above it.
pub(crate) fn make_folders(path: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(path).map_err(failed("make the folder", path))
}

fn make_folders_above(path: &Path) -> Result<(), WriteError> {
    path.parent().map_or(Ok(()), make_folders)
}

/// Moves a whole folder to a place where nothing is; false where that cannot be done in one go, because the place is on another file system or
/// something stands there by now.
pub(crate) fn move_folder(from: &Path, to: &Path) -> Result<bool, WriteError> {
    make_folders_above(to)?;
    // Renaming over an empty folder works, but only on some systems; a mount point must stay as it is.
    if look(to)? != Seen::Nothing {
        return Ok(false);
    }
    match fs::rename(from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => Ok(false),
        Err(error) => Err(failed("put in place", to)(error)),
    }
}

/// Moves a file over whatever file is there: one moment the old one stands, the next the new. On another file system it is copied beside its
/// place first. False where there is nothing to move.
pub(crate) fn move_file(from: &Path, to: &Path) -> Result<bool, WriteError> {
    match fs::rename(from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound && look(from)? == Seen::Nothing => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let beside = temporary_beside(to);
            copy_with_time(from, &beside).map_err(failed("write", &beside))?;
            fs::rename(&beside, to).map_err(failed("replace", to))?;
            remove_file(from)?;
            Ok(true)
        }
        Err(error) => Err(failed("replace", to)(error)),
    }
}

fn copy_with_time(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut target = File::create(to)?;
    io::copy(&mut source, &mut target)?;
    target.set_modified(source.metadata()?.modified()?)
}

/// Removes a file; false where there was none.
pub(crate) fn remove_file(path: &Path) -> Result<bool, WriteError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(failed("remove", path)(error)),
    }
}

/// Removes a folder if nothing is in it; gives whether it is gone.
pub(crate) fn remove_if_empty(path: &Path) -> Result<bool, WriteError> {
    match fs::remove_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if is_absent(&error) => Ok(true),
        // POSIX allows either answer for a folder with something in it.
        Err(error) if matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists) => {
            Ok(false)
        }
        Err(error) => Err(failed("remove", path)(error)),
    }
}

/// Removes a folder of `.letterpress/` with everything in it, if it is there.
pub(crate) fn remove_folder(path: &Path) -> Result<(), WriteError> {
    match fs::remove_dir_all(path) {
        Err(error) if !is_absent(&error) => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

/// All that is directly in a folder.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, WriteError> {
    let entries = fs::read_dir(folder).map_err(failed("list", folder))?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed("list", folder))).collect()
}

/// A name that no other thread and no other process takes.
fn temporary_beside(path: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{}.tmp", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

/// A path through something that is no folder leads nowhere as well.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    move |source| WriteError::Io { action, path: path.to_owned(), source }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self {
            size: metadata.len(),
            modified: modified.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)),
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { action, path, source } => {
                let why = match source.kind() {
                    io::ErrorKind::StorageFull => ": the disk is full",
                    io::ErrorKind::QuotaExceeded => ": the disk quota is used up",
                    io::ErrorKind::PermissionDenied => ": permission denied",
                    io::ErrorKind::ReadOnlyFilesystem => ": the file system is read-only",
                    _ => return write!(f, "cannot {action} {}: {source}", path.display()),
                };
                write!(f, "cannot {action} {}{why}", path.display())
            }
            Self::Read(error) => error.fmt(f),
            Self::Exists(path) => write!(f, "{} is there already", path.display()),
            Self::OverSources { output, source } => write!(
                f,
                "the output folder {} would overwrite {}, which is not made by building",
                output.display(),
                source.display()
            ),
            Self::InSources { output, source } => write!(
                f,
                "the output folder {} lies in {}, which is not made by building",
                output.display(),
                source.display()
            ),
            Self::Symlink(path) => write!(
                f,
                "{} is a symbolic link or a device; nothing is written through it, so remove it first",
                path.display()
            ),
            Self::InTheWay(path) => {
                write!(f, "{} stands in the way and was not made by Letterpress; move it away first", path.display())
            }
            Self::Twice(path) => write!(f, "two different files would be written to {}", path.display()),
            Self::Busy(path) => {
                write!(f, "another build is writing to the same output folder (it holds {})", path.display())
            }
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Read(error) => Some(error),
            _ => None,
        }
    }
}
