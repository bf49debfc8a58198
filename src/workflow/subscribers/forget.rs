//! `subscribers forget`: erases a reader (GDPR article 17).

use std::path::PathBuf;

use jiff::Timestamp;

use crate::store::erasure;
use crate::transport::disk;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::List;
use crate::workflow::subscribers;

/// What an erasure did, and what it could not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Whether the address was on the list. It is kept away from it in any case.
    pub was_known: bool,
    /// Databases that a restore has replaced and kept: they still have what they had.
    pub copies: Vec<PathBuf>,
}

/// Erases a reader.
///
/// # Errors
/// A mistake for a bad address; [`Failure::Store`], after which it is to be done again.
pub fn forget(list: &List, address: &str, now: Timestamp) -> Result<Forgotten, Failure> {
    let key = subscribers::address(address)?.key();
    let hash = list.keys.address_hash(&key);
    let was_known = erasure::forget(&list.store, &key, &hash, now)?.was_known;
    Ok(Forgotten { was_known, copies: copies(list)? })
}

fn copies(list: &List) -> Result<Vec<PathBuf>, Failure> {
    let Some((folder, name)) = list.store.place().path().and_then(|path| Some((path.parent()?, path.file_name()?)))
    else {
        return Ok(Vec::new());
    };
    let begin = format!("{}.replaced-", name.to_string_lossy());
    let is_copy = |path: &PathBuf| path.file_name().is_some_and(|own| own.to_string_lossy().starts_with(&begin));
    let mut copies: Vec<PathBuf> = disk::list(folder)?.into_iter().filter(is_copy).collect();
    copies.sort();
    Ok(copies)
}
