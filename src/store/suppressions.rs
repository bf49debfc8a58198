//! Addresses that get nothing at all.

use jiff::Timestamp;

use crate::store::columns;
use crate::store::error::StoreError;
use crate::store::soft_bounces;
use crate::store::sql::Sql;
use crate::store::sql::Value;
use crate::subscriber::keys::AddressHash;
use crate::subscriber::status::Suppression;
use crate::value::address::AddressKey;

/// Why and since when an address is suppressed.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn of(sql: &mut dyn Sql, hash: &AddressHash) -> Result<Option<(Suppression, Timestamp)>, StoreError> {
    let rows = sql.query("SELECT reason, at FROM suppression WHERE address_hash = ?1", &[(&hash.0).into()])?;
    rows.first().map(|row| Ok((columns::suppression(row, 0)?, row.time(1)?))).transpose()
}

/// Suppresses an address. The graver reason stays, with its time. Of an erased address only the hash is kept.
///
/// # Errors
/// As [`of`].
pub fn add(
    sql: &mut dyn Sql,
    hash: &AddressHash,
    key: &AddressKey,
    reason: Suppression,
    at: Timestamp,
) -> Result<(), StoreError> {
    let known = of(sql, hash)?.map(|(known, _)| known);
    if known >= Some(reason) {
        return Ok(());
    }
    let key = if reason == Suppression::Erased { Value::Null } else { key.as_str().into() };
    sql.execute(
        "INSERT INTO suppression (address_hash, address_key, reason, at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (address_hash) DO UPDATE SET address_key = excluded.address_key, reason = excluded.reason, at = excluded.at",
        &[(&hash.0).into(), key, reason.word().into(), at.into()],
    )?;
    Ok(())
}

/// Lets an address be written to again: for the site's owner, at the reader's request. Says the reason that was lifted.
///
/// # Errors
/// As [`of`].
pub fn lift(sql: &mut dyn Sql, hash: &AddressHash) -> Result<Option<Suppression>, StoreError> {
    let known = of(sql, hash)?.map(|(known, _)| known);
    soft_bounces::forget_suppressed(sql, hash)?;
    sql.execute("DELETE FROM suppression WHERE address_hash = ?1", &[(&hash.0).into()])?;
    // Else a restored backup would erase the reader who has come back.
    sql.execute("DELETE FROM erasure WHERE address_hash = ?1", &[(&hash.0).into()])?;
    Ok(known)
}
