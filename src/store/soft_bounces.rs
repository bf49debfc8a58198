//! What is counted of mailboxes that are full or disabled, until they take a letter again.

use jiff::Timestamp;

use crate::newsletter::mailing::MailingId;
use crate::newsletter::soft_bounce::Count;
use crate::store::error::StoreError;
use crate::store::sql::Sql;
use crate::subscriber::keys::AddressHash;
use crate::subscriber::subscriber::SubscriberId;

/// Counts that an issue ended as a soft bounce, once. Says what has been counted so far.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn add(
    sql: &mut dyn Sql,
    subscriber: SubscriberId,
    mailing: MailingId,
    now: Timestamp,
) -> Result<Count, StoreError> {
    sql.execute(
        "INSERT INTO soft_bounce (subscriber, mailing, at) VALUES (?1, ?2, ?3) ON CONFLICT (subscriber, mailing) DO NOTHING",
        &[subscriber.0.into(), mailing.0.into(), now.into()],
    )?;
    let rows =
        sql.query("SELECT count(*), min(at), max(at) FROM soft_bounce WHERE subscriber = ?1", &[subscriber.0.into()])?;
    let row = rows.first().ok_or_else(|| StoreError::row("a count of nothing"))?;
    Ok(Count { issues: row.count(0)?, first: row.time(1)?, last: row.time(2)? })
}

/// Begins a reader's count anew: a letter was accepted, or the address is another one.
///
/// # Errors
/// As [`add`].
pub fn forget(sql: &mut dyn Sql, subscriber: SubscriberId) -> Result<(), StoreError> {
    sql.execute("DELETE FROM soft_bounce WHERE subscriber = ?1", &[subscriber.0.into()])?;
    Ok(())
}

/// As [`forget`], of whose address is suppressed under a hash: it is to be written to again.
///
/// # Errors
/// As [`add`].
pub fn forget_suppressed(sql: &mut dyn Sql, hash: &AddressHash) -> Result<(), StoreError> {
    sql.execute(
        "DELETE FROM soft_bounce WHERE subscriber IN (SELECT s.id FROM suppression x JOIN subscriber s ON s.address_key = x.address_key WHERE x.address_hash = ?1)",
        &[(&hash.0).into()],
    )?;
    Ok(())
}
