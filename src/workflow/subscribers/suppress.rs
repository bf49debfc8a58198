//! `subscribers suppress`: nothing is sent to an address any more, from no newsletter; and the way back.

use jiff::Timestamp;

use crate::store::erasure;
use crate::store::suppressions;
use crate::subscriber::status::Suppression;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::List;
use crate::workflow::newsletter::mistake;
use crate::workflow::subscribers;

/// Suppresses an address. Says the reason that holds now: a graver one than `reason`, where there was one.
///
/// # Errors
/// Mistakes: a bad address or reason; [`Failure::Store`].
pub fn suppress(list: &List, address: &str, reason: &str, now: Timestamp) -> Result<&'static str, Failure> {
    let address = subscribers::address(address)?;
    let reason = Suppression::parse(reason).ok().filter(|reason| *reason != Suppression::Erased);
    let Some(reason) = reason else {
        let message = "an address is suppressed for one of these reasons: bounce, complaint, manual";
        return Err(mistake(
            "bad-reason",
            message.into(),
            "to have an address erased: letterpress subscribers forget ADDRESS".into(),
        ));
    };
    let key = address.key();
    let hash = list.keys.address_hash(&key);
    let holds = list.store.write(move |sql| {
        suppressions::add(sql, &hash, &key, reason, now)?;
        Ok(suppressions::of(sql, &hash)?.map_or(reason, |(reason, _)| reason))
    })?;
    Ok(holds.word())
}

/// Lifts a suppression. Says which one it was; `None` where there was none. Subscriptions are as they were before.
///
/// # Errors
/// A mistake for a bad address; [`Failure::Store`].
pub fn lift(list: &List, address: &str) -> Result<Option<&'static str>, Failure> {
    let hash = list.keys.address_hash(&subscribers::address(address)?.key());
    Ok(erasure::lift(&list.store, &hash)?.map(Suppression::word))
}
