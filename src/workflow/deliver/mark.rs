//! The note outside the database of how far it has come: an older copy in its place is noticed before anything is sent from it.

use std::path::Path;

use crate::files::read;
use crate::files::read::ReadError;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::generation;
use crate::transport::disk::WriteError;
use crate::transport::disk_private;

/// Why nothing is sent.
#[derive(Debug)]
pub enum MarkError {
    /// The database is older than the note.
    Older,
    /// The database cannot be used.
    Store(StoreError),
    /// The note cannot be read.
    Read(ReadError),
    /// The note cannot be written.
    Write(WriteError),
}

/// Holds the store to the note, and goes on to the next number.
///
/// # Errors
/// A [`MarkError`].
pub(in crate::workflow) fn begin(store: &Store, mark: &Path) -> Result<(), MarkError> {
    let noted = noted(mark)?;
    if store.read(generation::current).map_err(MarkError::Store)? < noted {
        return Err(MarkError::Older);
    }
    advance(store, mark, noted)
}

/// Goes on to the next number above `least`: first in the database, then in the note, so that the note is never ahead of it.
///
/// # Errors
/// A [`MarkError`].
pub(in crate::workflow) fn advance(store: &Store, mark: &Path, least: u64) -> Result<(), MarkError> {
    let next = store.write(move |sql| generation::advance(sql, least)).map_err(MarkError::Store)?;
    disk_private::replace(mark, format!("{next}\n").as_bytes()).map_err(MarkError::Write)
}

/// The number in the note; 0 where there is none.
///
/// # Errors
/// [`MarkError::Read`].
pub(in crate::workflow) fn noted(mark: &Path) -> Result<u64, MarkError> {
    let bytes = read::optional(mark).map_err(MarkError::Read)?.unwrap_or_default();
    // What is no number was not written by us, and says nothing.
    Ok(String::from_utf8_lossy(&bytes).trim().parse().unwrap_or_default())
}
