//! Readers: addresses, names, tags.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::store::error::StoreError;
use crate::store::soft_bounces;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::subscriber::roster::entry::Name;
use crate::subscriber::subscriber::Subscriber;
use crate::subscriber::subscriber::SubscriberId;
use crate::value::address::AddressKey;
use crate::value::address::EmailAddress;

const SELECT: &str = "SELECT id, address, name_full, name_first, name_last, created, changed FROM subscriber";

fn of(row: &Row) -> Result<Subscriber, StoreError> {
    Ok(Subscriber {
        id: SubscriberId(row.int(0)?),
        address: row.address(1)?,
        name: Name { full: row.text(2)?.into(), first: row.text(3)?.into(), last: row.text(4)?.into() },
        created: row.time(5)?,
        changed: row.time(6)?,
    })
}

/// The reader with an address, however it is spelled.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn find(sql: &mut dyn Sql, key: &AddressKey) -> Result<Option<Subscriber>, StoreError> {
    let rows = sql.query(&format!("{SELECT} WHERE address_key = ?1"), &[key.as_str().into()])?;
    rows.first().map(of).transpose()
}

/// The reader of an id.
///
/// # Errors
/// As [`find`].
pub fn get(sql: &mut dyn Sql, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
    let rows = sql.query(&format!("{SELECT} WHERE id = ?1"), &[id.0.into()])?;
    rows.first().map(of).transpose()
}

/// Adds a reader; one who is there already, under any spelling of the address, stays as they are.
///
/// # Errors
/// As [`find`].
pub fn insert(
    sql: &mut dyn Sql,
    address: &EmailAddress,
    name: &Name,
    now: Timestamp,
) -> Result<SubscriberId, StoreError> {
    let (key, text) = (address.key(), address.to_string());
    let inserted = sql.query(
        "INSERT INTO subscriber (address, address_key, name_full, name_first, name_last, created, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) \
         ON CONFLICT (address_key) DO NOTHING RETURNING id",
        &[
            text.as_str().into(),
            key.as_str().into(),
            (&*name.full).into(),
            (&*name.first).into(),
            (&*name.last).into(),
            now.into(),
        ],
    )?;
    if let Some(row) = inserted.first() {
        return Ok(SubscriberId(row.int(0)?));
    }
    let known = find(sql, &key)?;
    known.map(|known| known.id).ok_or_else(|| StoreError::row("an address that is there and is not"))
}

/// Gives a reader another name.
///
/// # Errors
/// As [`find`].
pub fn rename(sql: &mut dyn Sql, id: SubscriberId, name: &Name, now: Timestamp) -> Result<(), StoreError> {
    sql.execute(
        "UPDATE subscriber SET name_full = ?2, name_first = ?3, name_last = ?4, changed = ?5 WHERE id = ?1",
        &[id.0.into(), (&*name.full).into(), (&*name.first).into(), (&*name.last).into(), now.into()],
    )?;
    Ok(())
}

/// Gives a reader another address. False, and nothing changed, where another reader has it or there is no such reader.
///
/// # Errors
/// As [`find`].
pub fn readdress(
    sql: &mut dyn Sql,
    id: SubscriberId,
    address: &EmailAddress,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (key, text) = (address.key(), address.to_string());
    let changed = sql.execute(
        "UPDATE subscriber SET address = ?2, address_key = ?3, changed = ?4 WHERE id = ?1 \
         AND NOT EXISTS (SELECT 1 FROM subscriber other WHERE other.address_key = ?3 AND other.id <> ?1)",
        &[id.0.into(), text.as_str().into(), key.as_str().into(), now.into()],
    )?;
    if changed > 0 {
        soft_bounces::forget(sql, id)?;
    }
    Ok(changed > 0)
}

/// A reader's tags.
///
/// # Errors
/// As [`find`].
pub fn tags(sql: &mut dyn Sql, id: SubscriberId) -> Result<BTreeSet<Box<str>>, StoreError> {
    let rows = sql.query("SELECT tag FROM tag WHERE subscriber = ?1 ORDER BY tag", &[id.0.into()])?;
    rows.iter().map(|row| row.text(0).map(Into::into)).collect()
}

/// Adds a tag.
///
/// # Errors
/// As [`find`].
pub fn tag(sql: &mut dyn Sql, id: SubscriberId, tag: &str) -> Result<(), StoreError> {
    sql.execute(
        "INSERT INTO tag (subscriber, tag) VALUES (?1, ?2) ON CONFLICT (subscriber, tag) DO NOTHING",
        &[id.0.into(), tag.into()],
    )?;
    Ok(())
}

/// Takes a tag away.
///
/// # Errors
/// As [`find`].
pub fn untag(sql: &mut dyn Sql, id: SubscriberId, tag: &str) -> Result<(), StoreError> {
    sql.execute("DELETE FROM tag WHERE subscriber = ?1 AND tag = ?2", &[id.0.into(), tag.into()])?;
    Ok(())
}
