//! The notes outside the database of how far it has come: an older copy in its place is noticed before anything is sent from it.
//!
//! One is beside the list, and goes with it to other machines. One is apart from it, in the person's state folder, under the name of the list's keys: it is found wherever the
//! list lies, and does not go back with a folder that is put back as a whole. The higher one counts.

use std::path::Path;
use std::path::PathBuf;

use crate::files::read;
use crate::files::read::ReadError;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::backup;
use crate::store::generation;
use crate::transport::disk::WriteError;
use crate::transport::disk_private;

/// Where the notes of a list are.
#[derive(Clone, Debug)]
pub struct Marks {
    /// Beside the list.
    pub beside: PathBuf,
    /// Apart from it; `None` where the machine has no folder for that.
    pub apart: Option<PathBuf>,
}

/// Why nothing is sent.
#[derive(Debug)]
pub enum MarkError {
    /// The database is older than a note.
    Older,
    /// The database is a backup that was put in place by hand, and no note says whether it is older than what has left.
    Backup,
    /// The database cannot be used.
    Store(StoreError),
    /// The note beside the list cannot be read.
    Read(ReadError),
    /// The note beside the list cannot be written.
    Write(WriteError),
    /// The note apart from the list cannot be read or written: what the disk said.
    Apart(String),
}

/// Holds the store to the notes. Nothing is written. Gives the number that is noted.
///
/// # Errors
/// A [`MarkError`].
pub(in crate::workflow) fn check(store: &Store, marks: &Marks) -> Result<u64, MarkError> {
    let noted = noted(marks)?;
    let (come, is_backup) =
        store.read(|sql| Ok((generation::current(sql)?, backup::made(sql)?.is_some()))).map_err(MarkError::Store)?;
    match noted {
        Some(noted) if come < noted => Err(MarkError::Older),
        None if is_backup => Err(MarkError::Backup),
        noted => Ok(noted.unwrap_or_default()),
    }
}

/// Holds the store to the notes, and goes on to the next number.
///
/// # Errors
/// A [`MarkError`].
pub(in crate::workflow) fn begin(store: &Store, marks: &Marks) -> Result<(), MarkError> {
    let noted = check(store, marks)?;
    advance(store, marks, noted)
}

/// Goes on to the next number above `least`: first in the database, then in the notes, so that they are never ahead of it.
///
/// # Errors
/// A [`MarkError`]. Where one note cannot be written, the other one is all the same.
pub(in crate::workflow) fn advance(store: &Store, marks: &Marks, least: u64) -> Result<(), MarkError> {
    let next = store.write(move |sql| {
        // A backup that was put in place is the list from now on.
        backup::adopt(sql)?;
        generation::advance(sql, least)
    });
    let note = format!("{}\n", next.map_err(MarkError::Store)?);
    let beside = disk_private::replace(&marks.beside, note.as_bytes()).map_err(MarkError::Write);
    let apart = marks.apart.as_deref().map_or(Ok(()), |path| write_apart(path, &note));
    beside.and(apart)
}

fn write_apart(path: &Path, note: &str) -> Result<(), MarkError> {
    let made = path.parent().map_or(Ok(()), disk_private::make_folder);
    made.and_then(|()| disk_private::replace(path, note.as_bytes()))
        .map_err(|error| MarkError::Apart(error.to_string()))
}

/// The higher number of the notes; `None` where there is no note.
///
/// # Errors
/// [`MarkError::Read`], [`MarkError::Apart`].
pub(in crate::workflow) fn noted(marks: &Marks) -> Result<Option<u64>, MarkError> {
    let beside = number(&marks.beside).map_err(MarkError::Read)?;
    let apart = marks.apart.as_deref().map_or(Ok(None), number).map_err(|error| MarkError::Apart(error.to_string()))?;
    Ok(beside.max(apart))
}

fn number(path: &Path) -> Result<Option<u64>, ReadError> {
    // What is no number was not written by us, and says nothing.
    Ok(read::optional(path)?.and_then(|bytes| String::from_utf8_lossy(&bytes).trim().parse().ok()))
}
