//! What the list knows of a group's addresses before it is imported.

use std::collections::BTreeSet;
use std::collections::HashMap;

use jiff::Timestamp;

use crate::store::batch;
use crate::store::columns;
use crate::store::error::StoreError;
use crate::store::sql::Sql;
use crate::store::sql::Value;
use crate::subscriber::consent::Consent;
use crate::subscriber::keys::AddressHash;
use crate::subscriber::roster::entry::Name;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;
use crate::subscriber::subscriber::Handle;

/// A reader.
pub(in crate::store::import) struct Reader {
    pub(in crate::store::import) id: i64,
    pub(in crate::store::import) name: Name,
    pub(in crate::store::import) tags: BTreeSet<Box<str>>,
    pub(in crate::store::import) subscriptions: HashMap<Box<str>, Standing>,
}

/// A subscription.
pub(in crate::store::import) struct Standing {
    pub(in crate::store::import) status: Status,
    pub(in crate::store::import) handle: Handle,
    pub(in crate::store::import) changed: Timestamp,
    pub(in crate::store::import) consent: Consent,
}

/// Readers by address key.
pub(in crate::store::import) type Readers = HashMap<Box<str>, Reader>;

/// The readers who have one of these addresses, with all that an import may change.
pub(in crate::store::import) fn readers(sql: &mut dyn Sql, keys: &[&str]) -> Result<Readers, StoreError> {
    let mut readers = Readers::new();
    if keys.is_empty() {
        return Ok(readers);
    }
    let values: Vec<Value<'_>> = keys.iter().map(|key| (*key).into()).collect();
    let query = "SELECT id, address_key, name_full, name_first, name_last FROM subscriber WHERE address_key";
    let mut key_of: HashMap<i64, Box<str>> = HashMap::new();
    for row in sql.query(&format!("{query} IN ({})", batch::list(1, keys.len())), &values)? {
        let (id, key): (i64, Box<str>) = (row.int(0)?, row.text(1)?.into());
        let name = Name { full: row.text(2)?.into(), first: row.text(3)?.into(), last: row.text(4)?.into() };
        key_of.insert(id, key.clone());
        readers.insert(key, Reader { id, name, tags: BTreeSet::new(), subscriptions: HashMap::new() });
    }
    if key_of.is_empty() {
        return Ok(readers);
    }
    let ids: Vec<Value<'_>> = key_of.keys().map(|id| (*id).into()).collect();
    let list = batch::list(1, ids.len());
    for row in sql.query(&format!("SELECT subscriber, tag FROM tag WHERE subscriber IN ({list})"), &ids)? {
        if let Some(reader) = key_of.get(&row.int(0)?).and_then(|key| readers.get_mut(key)) {
            reader.tags.insert(row.text(1)?.into());
        }
    }
    let query = format!(
        "SELECT subscriber, newsletter, status, handle, changed, {} FROM subscription WHERE subscriber IN ({list})",
        columns::CONSENT
    );
    for row in sql.query(&query, &ids)? {
        if let Some(reader) = key_of.get(&row.int(0)?).and_then(|key| readers.get_mut(key)) {
            let standing = Standing {
                status: columns::status(&row, 2)?,
                handle: row.octets(3)?,
                changed: row.time(4)?,
                consent: columns::consent_of(&row, 5)?,
            };
            reader.subscriptions.insert(row.text(1)?.into(), standing);
        }
    }
    Ok(readers)
}

/// Why which of these addresses are suppressed.
pub(in crate::store::import) fn suppressions(
    sql: &mut dyn Sql,
    hashes: &[&AddressHash],
) -> Result<HashMap<AddressHash, Suppression>, StoreError> {
    if hashes.is_empty() {
        return Ok(HashMap::new());
    }
    let values: Vec<Value<'_>> = hashes.iter().map(|hash| (&hash.0).into()).collect();
    let query = "SELECT address_hash, reason FROM suppression WHERE address_hash";
    let rows = sql.query(&format!("{query} IN ({})", batch::list(1, values.len())), &values)?;
    rows.iter().map(|row| Ok((AddressHash(row.octets(0)?), columns::suppression(row, 1)?))).collect()
}
