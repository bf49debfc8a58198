//! `subscribers forget`: erases a reader (GDPR article 17).

use jiff::Timestamp;

use crate::store::erasure;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::List;
use crate::workflow::subscribers;

/// Erases a reader. Says whether the address was on the list; it is kept away from it in any case.
///
/// # Errors
/// A mistake for a bad address; [`Failure::Store`], after which it is to be done again.
pub fn forget(list: &List, address: &str, now: Timestamp) -> Result<bool, Failure> {
    let key = subscribers::address(address)?.key();
    let hash = list.keys.address_hash(&key);
    Ok(erasure::forget(&list.store, &key, &hash, now)?.was_known)
}
