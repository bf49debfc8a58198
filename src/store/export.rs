//! The list as entries of a roster: complete, in an order that does not change, in constant memory.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::store::batch;
use crate::store::columns;
use crate::store::error::StoreError;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::store::sql::Value;
use crate::subscriber::consent::Consent;
use crate::subscriber::consent::Source;
use crate::subscriber::roster::entry::Entry;
use crate::subscriber::roster::entry::Name;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;
use crate::value::address::AddressKey;
use crate::value::address::EmailAddress;

/// What was handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Entries.
    pub entries: u64,
    /// Erased addresses, of which there is only a hash to hand over, so nothing is.
    pub erased: u64,
}

/// A reader, as far as every entry of theirs repeats it.
struct Reader {
    id: i64,
    key: Box<str>,
    address: EmailAddress,
    name: Name,
    suppression: Option<Suppression>,
}

const READERS: &str = "SELECT s.id, s.address_key, s.address, s.name_full, s.name_first, s.name_last, u.reason FROM subscriber s \
                       LEFT JOIN suppression u ON u.address_key = s.address_key";

/// Hands over every subscription, by address key and newsletter, then every suppressed address that has none: as `unsubscribed`, from no newsletter. Within one job, so of
/// one state of the list.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn each(sql: &mut dyn Sql, entry: &mut dyn FnMut(Entry) -> ControlFlow<()>) -> Result<Exported, StoreError> {
    let erased = sql.query("SELECT count(*) FROM suppression WHERE reason = 'erased'", &[])?;
    let mut exported = Exported { erased: erased.first().map_or(Ok(0), |row| row.count(0))?, entries: 0 };
    let mut counted = |found: Entry| {
        exported.entries += 1;
        entry(found)
    };
    let mut after: Box<str> = "".into();
    loop {
        let query = format!("{READERS} WHERE s.address_key > ?1 ORDER BY s.address_key LIMIT {}", batch::ROWS);
        let rows = sql.query(&query, &[(&*after).into()])?;
        let readers = rows.iter().map(reader).collect::<Result<Vec<_>, _>>()?;
        let Some(last) = readers.last() else { break };
        after = last.key.clone();
        for found in entries(sql, readers)? {
            if counted(found).is_break() {
                return Ok(exported);
            }
        }
    }
    suppressed(sql, &mut counted)?;
    Ok(exported)
}

/// All entries of one reader, for who asks what is known of them.
///
/// # Errors
/// As [`each`].
pub fn of(sql: &mut dyn Sql, key: &AddressKey) -> Result<Vec<Entry>, StoreError> {
    let rows = sql.query(&format!("{READERS} WHERE s.address_key = ?1"), &[key.as_str().into()])?;
    let readers = rows.iter().map(reader).collect::<Result<_, _>>()?;
    entries(sql, readers)
}

fn reader(row: &Row) -> Result<Reader, StoreError> {
    Ok(Reader {
        id: row.int(0)?,
        key: row.text(1)?.into(),
        address: row.address(2)?,
        name: Name { full: row.text(3)?.into(), first: row.text(4)?.into(), last: row.text(5)?.into() },
        suppression: row.maybe_text(6)?.map(|_| columns::suppression(row, 6)).transpose()?,
    })
}

fn entries(sql: &mut dyn Sql, readers: Vec<Reader>) -> Result<Vec<Entry>, StoreError> {
    let ids: Vec<Value<'_>> = readers.iter().map(|reader| reader.id.into()).collect();
    let list = batch::list(1, ids.len());
    let mut tags: HashMap<i64, BTreeSet<Box<str>>> = HashMap::new();
    for row in sql.query(&format!("SELECT subscriber, tag FROM tag WHERE subscriber IN ({list})"), &ids)? {
        tags.entry(row.int(0)?).or_default().insert(row.text(1)?.into());
    }
    let query = format!(
        "SELECT subscriber, newsletter, status, {} FROM subscription WHERE subscriber IN ({list}) ORDER BY newsletter",
        columns::CONSENT
    );
    let mut subscriptions: HashMap<i64, Vec<Row>> = HashMap::new();
    for row in sql.query(&query, &ids)? {
        subscriptions.entry(row.int(0)?).or_default().push(row);
    }
    let mut entries = Vec::new();
    let file: Arc<str> = "".into();
    for reader in readers {
        let tags = tags.remove(&reader.id).unwrap_or_default();
        for row in subscriptions.remove(&reader.id).unwrap_or_default() {
            entries.push(Entry {
                address: reader.address.clone(),
                name: reader.name.clone(),
                newsletter: Some(row.text(1)?.into()),
                status: columns::status(&row, 2)?,
                suppression: reader.suppression,
                tags: tags.clone(),
                consent: columns::consent_of(&row, 3)?,
                file: file.clone(),
                line: 0,
            });
        }
    }
    Ok(entries)
}

/// Addresses of which nothing is known but that nothing may be sent there.
fn suppressed(sql: &mut dyn Sql, entry: &mut dyn FnMut(Entry) -> ControlFlow<()>) -> Result<(), StoreError> {
    let query = "SELECT u.address_key, u.reason FROM suppression u WHERE u.address_key IS NOT NULL AND NOT EXISTS \
                 (SELECT 1 FROM subscriber s JOIN subscription n ON n.subscriber = s.id WHERE s.address_key = u.address_key) ORDER BY u.address_key";
    sql.each(query, &[], &mut |row| {
        let (address, reason) = (row.address(0)?, columns::suppression(&row, 1)?);
        Ok(entry(Entry {
            address,
            name: Name::default(),
            newsletter: None,
            status: Status::Unsubscribed,
            suppression: Some(reason),
            tags: BTreeSet::new(),
            consent: Consent::unproved(Source::Hand),
            file: "".into(),
            line: 0,
        }))
    })
}
