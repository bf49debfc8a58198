//! Erasing a reader: the address is gone from every table and from the files, and a keyed hash stays, so that no import and no restored backup brings it back.

use std::collections::BTreeSet;
use std::path::Path;

use data_encoding::HEXLOWER;
use jiff::Timestamp;

use crate::newsletter::delivery::State;
use crate::store::Store;
use crate::store::connection::Connection;
use crate::store::deliveries;
use crate::store::error::StoreError;
use crate::store::file;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::store::sql::Value;
use crate::store::subscribers;
use crate::store::suppressions;
use crate::subscriber::keys::AddressHash;
use crate::subscriber::status::Suppression;
use crate::value::address::AddressKey;
use crate::value::address::EmailAddress;

/// How an address was written in the store: what the files must not have any more.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Traces(Vec<Box<str>>);

/// What an erasure did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// Whether the address was on the list. It is kept away from it in any case.
    pub was_known: bool,
    /// Whether old copies were found in the file's free space, so that the whole file was written anew.
    pub rewritten: bool,
}

/// Erases a reader, in the journal, in the tables, and in the files. Once this has returned, the address is nowhere; of PostgreSQL's own files that is as far as
/// `VACUUM` goes, and its archived logs and backups are their owner's to deal with.
///
/// # Errors
/// A [`StoreError`]. After one, do it again: whatever part was done stays done.
pub fn forget(store: &Store, key: &AddressKey, hash: &AddressHash, now: Timestamp) -> Result<Forgotten, StoreError> {
    if let Some(journal) = store.journal() {
        record(journal, &[*hash])?;
    }
    let (own, hash) = (key.clone(), *hash);
    let traces = store.write(move |sql| erase(sql, &own, &hash, now))?;
    let was_known = !traces.0.is_empty();
    // Also where nothing was known: the time that this takes must not tell, and an erasure that was interrupted is completed.
    let mut traces = traces;
    traces.0.push(key.as_str().into());
    Ok(Forgotten { was_known, rewritten: scrub(store, traces)? })
}

/// Appends hashes to a journal, durably. A journal has nothing else: a hash in hexadecimal a line.
///
/// # Errors
/// A [`StoreError`] that names the file.
pub fn record(journal: &Path, hashes: &[AddressHash]) -> Result<(), StoreError> {
    append(journal, hashes.iter().map(|hash| HEXLOWER.encode(&hash.0)))
}

/// Appends to a journal that a reader has come back, of their own will: no restored backup erases them any more.
///
/// # Errors
/// A [`StoreError`] that names the file.
pub fn record_return(journal: &Path, hash: &AddressHash) -> Result<(), StoreError> {
    append(journal, std::iter::once(format!("-{}", HEXLOWER.encode(&hash.0))))
}

/// Appends lines, durably. One that a crash cut off before is ended first, so that it spoils no other.
fn append(journal: &Path, lines: impl Iterator<Item = String>) -> Result<(), StoreError> {
    let is_cut_off = file::read(journal)?.is_some_and(|text| text.last().is_some_and(|octet| *octet != b'\n'));
    let mut text = String::from(if is_cut_off { "\n" } else { "" });
    lines.for_each(|line| text.extend([&line, "\n"]));
    file::append(journal, text.as_bytes())
}

/// The hashes in a journal, without those of who came back; none where there is no such file. A line cut off by a crash is passed over.
///
/// # Errors
/// A [`StoreError`] that names the file.
pub fn recorded(journal: &Path) -> Result<Vec<AddressHash>, StoreError> {
    let text = file::read(journal)?.unwrap_or_default();
    let hash = |line: &[u8]| HEXLOWER.decode(line).ok()?.try_into().ok().map(AddressHash);
    let mut erased = BTreeSet::new();
    for line in text.split(|octet| *octet == b'\n') {
        match line.strip_prefix(b"-") {
            Some(line) => hash(line).is_some_and(|hash| erased.remove(&hash)),
            None => hash(line).is_some_and(|hash| erased.insert(hash)),
        };
    }
    Ok(erased.into_iter().collect())
}

/// Every hash that the store knows of an erased address.
///
/// # Errors
/// A [`StoreError`].
pub fn all(sql: &mut dyn Sql) -> Result<Vec<AddressHash>, StoreError> {
    let rows = sql.query("SELECT address_hash FROM erasure ORDER BY address_hash", &[])?;
    rows.iter().map(|row| row.octets(0).map(AddressHash)).collect()
}

/// Lets an address be written to again: for the site's owner, at the reader's request. Says the reason that was lifted; `None` where there was none.
///
/// # Errors
/// A [`StoreError`].
pub fn lift(store: &Store, hash: &AddressHash) -> Result<Option<Suppression>, StoreError> {
    let own = *hash;
    let lifted = store.write(move |sql| suppressions::lift(sql, &own))?;
    if let Some(journal) = store.journal().filter(|_| lifted == Some(Suppression::Erased)) {
        record_return(journal, hash)?;
    }
    Ok(lifted)
}

/// The traces of two erasures.
pub(in crate::store) fn both(mut one: Traces, other: Traces) -> Traces {
    one.0.extend(other.0);
    one
}

/// The SQL of it: the reader's rows, and what other rows have of the address. Deliveries stay, without the address. Gives the spellings that were found, for [`scrub`].
///
/// # Errors
/// A [`StoreError`].
pub fn erase(sql: &mut dyn Sql, key: &AddressKey, hash: &AddressHash, now: Timestamp) -> Result<Traces, StoreError> {
    let mut traces = Traces::default();
    if let Some(subscriber) = subscribers::find(sql, key)? {
        traces.0.push(subscriber.address.to_string().into());
        let id = [subscriber.id.0.into()];
        for table in ["tag", "subscription", "consent", "link", "soft_bounce"] {
            sql.execute(&format!("DELETE FROM {table} WHERE subscriber = ?1"), &id)?;
        }
        sql.execute("DELETE FROM subscriber WHERE id = ?1", &id)?;
        sql.execute(
            "UPDATE mailing SET data = NULL WHERE kind = 'notice' AND id IN (SELECT mailing FROM delivery WHERE subscriber = ?1 AND priority = 0)",
            &id,
        )?;
        clear(sql, &format!("id IN {}", deliveries::OF_SUBSCRIBER), &id[0], now)?;
    }
    elsewhere(sql, key, now, &mut traces)?;
    sql.execute("DELETE FROM suppression WHERE address_key = ?1", &[key.as_str().into()])?;
    suppress(sql, hash, now)?;
    Ok(traces)
}

/// Keeps the address of a hash away for good.
pub(in crate::store) fn suppress(sql: &mut dyn Sql, hash: &AddressHash, now: Timestamp) -> Result<(), StoreError> {
    let erased = Suppression::Erased.word().into();
    sql.execute(
        "INSERT INTO suppression (address_hash, address_key, reason, at) VALUES (?1, NULL, ?2, ?3) \
         ON CONFLICT (address_hash) DO UPDATE SET address_key = NULL, reason = excluded.reason",
        &[(&hash.0).into(), erased, now.into()],
    )?;
    sql.execute(
        "INSERT INTO erasure (address_hash, at) VALUES (?1, ?2) ON CONFLICT (address_hash) DO NOTHING",
        &[(&hash.0).into(), now.into()],
    )?;
    Ok(())
}

/// Takes the address out of deliveries, and what is still to be sent will not be.
fn clear(sql: &mut dyn Sql, which: &str, value: &Value<'_>, now: Timestamp) -> Result<(), StoreError> {
    sql.execute(
        &format!(
            "UPDATE delivery SET state = CASE WHEN state IN ('pending', 'leased', 'deferred') THEN ?2 ELSE state END, address = NULL, domain = NULL, \
             reply = NULL, changed = ?3 WHERE {which}"
        ),
        &[*value, State::Skipped.word().into(), now.into()],
    )?;
    Ok(())
}

/// Requests not yet looked at, links to an address that is to be taken into use, notices to it, and what others wrote about it.
fn elsewhere(sql: &mut dyn Sql, key: &AddressKey, now: Timestamp, traces: &mut Traces) -> Result<(), StoreError> {
    let mut is_same = |row: &Row| -> Result<bool, StoreError> {
        let text = row.text(1)?;
        let same = EmailAddress::parse(text).is_ok_and(|address| address.key() == *key);
        if same {
            traces.0.push(text.into());
        }
        Ok(same)
    };
    for row in sql.query("SELECT id, address FROM intake", &[])? {
        if is_same(&row)? {
            sql.execute("DELETE FROM intake WHERE id = ?1", &[row.int(0)?.into()])?;
        }
    }
    for row in sql.query("SELECT id, address, mailing FROM delivery WHERE address IS NOT NULL", &[])? {
        if is_same(&row)? {
            clear(sql, "id = ?1", &row.int(0)?.into(), now)?;
            sql.execute("UPDATE mailing SET data = NULL WHERE id = ?1", &[row.int(2)?.into()])?;
        }
    }
    let spellings: Vec<String> = traces.0.iter().map(|text| text.to_lowercase()).collect();
    let names = |data: &str| {
        let data = data.to_lowercase();
        data.contains(key.as_str()) || spellings.iter().any(|spelling| data.contains(spelling))
    };
    for row in sql.query("SELECT id, data FROM link WHERE data IS NOT NULL", &[])? {
        if names(row.text(1)?) {
            sql.execute("DELETE FROM link WHERE id = ?1", &[row.maybe_blob(0)?.into()])?;
        }
    }
    for row in sql.query("SELECT id, data FROM mailing WHERE kind = 'notice' AND data IS NOT NULL", &[])? {
        if names(row.text(1)?) {
            sql.execute("UPDATE mailing SET data = NULL WHERE id = ?1", &[row.int(0)?.into()])?;
            clear(sql, "mailing = ?1", &row.int(0)?.into(), now)?;
        }
    }
    Ok(())
}

/// Makes sure that the files have nothing left. SQLite overwrites what it deletes, but where a page of an index was split, old copies of its cells can stay in the
/// free part of the page; so the file is looked through, and written anew where they did. Says whether it was.
///
/// # Errors
/// A [`StoreError`]; [`StoreError::Locked`] where somebody kept reading an old state for 10 seconds.
pub fn scrub(store: &Store, traces: Traces) -> Result<bool, StoreError> {
    store.forget_readers();
    let path = store.place().path().map(Path::to_owned);
    store.outside(move |connection| {
        connection.erase_pages()?;
        let Some(path) = path else { return Ok(false) };
        let texts: Vec<&[u8]> = traces.0.iter().map(|text| text.as_bytes()).collect();
        let found = file::contains(&path, &texts)?;
        if found {
            vacuum(connection)?;
        }
        Ok(found)
    })
}

fn vacuum(connection: &mut Connection) -> Result<(), StoreError> {
    connection.script("VACUUM")?;
    connection.erase_pages()
}
