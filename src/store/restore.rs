//! A backup into the place of a store: what has happened since then is lost, but for what must not be: erasures, suppressions, whoever has left, and what was sent.

mod merge;

use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::store::Place;
use crate::store::Store;
use crate::store::backup;
use crate::store::batch;
use crate::store::blind;
use crate::store::blind::Blind;
use crate::store::connection::Connection;
use crate::store::connection::Transaction;
use crate::store::copy;
use crate::store::departures;
use crate::store::departures::Departure;
use crate::store::erasure;
use crate::store::error::StoreError;
use crate::store::file;
use crate::store::generation;
use crate::store::issues;
use crate::store::schema;
use crate::store::schema::TABLES;
use crate::store::sql::Sql;
use crate::store::sqlite::Sqlite;
use crate::subscriber::keys::AddressHash;
use crate::value::address::AddressKey;
use crate::value::address::EmailAddress;

/// What a restore did beside putting the backup in place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Readers in the backup who have been erased since, and are erased again.
    pub erased: u64,
    /// Suppressions newer than the backup that were taken over.
    pub suppressed: u64,
    /// Subscriptions that were lower in the replaced store than in the backup, and are again.
    pub lowered: u64,
    /// Deliveries that the backup did not know to be done.
    pub deliveries: u64,
    /// Where the replaced store is now, if there was one.
    pub aside: Option<PathBuf>,
    /// Whether the replaced store could be read. If not, only erasures in the journal were replayed.
    pub merged: bool,
    /// Whether what left since the backup is known: the replaced store could be read, and is no older copy itself.
    pub complete: bool,
    /// Letters of issues that nobody knows about any more: the replaced store is gone, or is an older copy itself.
    pub doubts: u64,
    /// When the backup was made, where it says so.
    pub made: Option<Timestamp>,
    /// Issues that are approved and not in the ledger, where that is not complete: they may have been sent since the backup.
    pub unknown: Vec<Box<str>>,
}

/// What is known outside the databases.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The keyed hash of addresses.
    pub hash: &'a dyn Fn(&AddressKey) -> AddressHash,
    /// The journal of erasures, where it is not beside the database.
    pub journal: Option<&'a Path>,
    /// How far the store has come, as far as was noted outside it: what is replaced and behind that does not know what left last.
    pub noted: u64,
    /// Letters of which it was noted outside the store that they left last.
    pub left: &'a [Departure],
    /// The issues that are approved, as `digest/2026-11-15`.
    pub approved: &'a [String],
    /// What the time is.
    pub now: Timestamp,
}

/// Puts a backup into the place of a store, whole or not at all. Where what left since it was made is not known, that is noted, so that no issue of that time is begun again. A PostgreSQL
/// database must be empty.
///
/// # Errors
/// [`StoreError::Locked`] where another program has the store open; [`StoreError::Foreign`], [`StoreError::Newer`] or [`StoreError::Damaged`] where the backup is
/// none of ours; any other. The store is as it was then.
pub fn restore(place: &Place, backup: &Path, known: Known<'_>) -> Result<Restored, StoreError> {
    let mut from = backup::opened(backup)?;
    backup::check(&mut from)?;
    match place {
        Place::Sqlite(path) => into_file(path, &mut from, known),
        #[cfg(feature = "postgres")]
        Place::Postgres(_) => into_server(place, &mut from, backup, known),
    }
}

fn into_file(path: &Path, from: &mut Sqlite, known: Known<'_>) -> Result<Restored, StoreError> {
    let partial = file::beside(path, ".restoring");
    backup::remove(&partial)?;
    let made = fill(path, &partial, from, known);
    if made.is_err() {
        let _ = backup::remove(&partial);
    }
    made
}

fn fill(path: &Path, partial: &Path, from: &mut Sqlite, known: Known<'_>) -> Result<Restored, StoreError> {
    let journal = known.journal.map_or_else(|| file::journal_of(path), Path::to_owned);
    backup::pages(from, partial)?;
    let mut old = if file::is_there(path) { locked(path)? } else { None };
    let mut new = Connection::open(&Place::Sqlite(partial.to_owned()), true)?;
    schema::migrate(&mut new)?;
    let old_sql = old.as_mut().map(|old| old as &mut dyn Sql);
    let mut restored = replay(&mut new, old_sql, &erasure::recorded(&journal)?, known)?;
    // Nothing of who was erased may stay in the new file's free space.
    new.script("VACUUM; PRAGMA journal_mode = DELETE")?;
    drop(new);
    if file::is_there(path) {
        restored.aside = Some(file::keep_aside(path, "replaced")?);
    }
    file::put(partial, path)?;
    backup::remove_log(path)?;
    Ok(restored)
}

/// The store that is to be replaced, locked against all others. `None` where it cannot be read at all.
fn locked(path: &Path) -> Result<Option<Connection>, StoreError> {
    let mut old = match Sqlite::open(path, true) {
        Ok(old) => old,
        Err(error @ (StoreError::Locked { .. } | StoreError::Denied { .. })) => return Err(error),
        Err(_) => return Ok(None),
    };
    // A file leaves the log only for who has it to themselves.
    match old.script("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; COMMIT") {
        Err(error @ StoreError::Locked { .. }) => return Err(error),
        Err(_) => return Ok(None),
        Ok(()) => {}
    }
    match schema::found(&mut old) {
        Ok(found) if found > schema::NEWEST => {
            Err(StoreError::Newer { place: old.place().into(), found, known: schema::NEWEST })
        }
        Ok(0) | Err(_) => Ok(None),
        Ok(_) => {
            // Of an older program perhaps: what it knows is asked for by the tables of this one.
            let mut old = Connection::Sqlite(old);
            schema::migrate(&mut old)?;
            Ok(Some(old))
        }
    }
}

fn replay(
    new: &mut Connection,
    mut old: Option<&mut dyn Sql>,
    journal: &[AddressHash],
    known: Known<'_>,
) -> Result<Restored, StoreError> {
    new.begin(Transaction::Write)?;
    let mut go = || -> Result<Restored, StoreError> {
        let mut erased: HashSet<AddressHash> = journal.iter().copied().collect();
        let mut restored = Restored { made: backup::made(new)?, ..Restored::default() };
        if let Some(old) = old.as_deref_mut() {
            restored.merged = true;
            restored.complete = knows_the_rest(old, new, known)?;
            erased.extend(erasure::all(old)?);
            merge::into(new, old, &mut restored, known.now)?;
            // Beyond both: what was noted of either is behind this.
            generation::advance(new, generation::current(old)?)?;
            blind::of(old)?.map_or(Ok(()), |unknown| blind::carry(new, unknown))?;
        }
        if !restored.complete {
            restored.doubts = generation::doubt_everything(new, known.now)?;
            restored.unknown = unknown(new, known.approved)?;
            let issues = restored.unknown.iter().cloned().collect();
            blind::widen(new, Blind { since: restored.made, until: known.now, issues, ..Blind::default() })?;
        }
        backup::adopt(new)?;
        restored.erased = erase(new, &erased, known.hash, known.now)?;
        Ok(restored)
    };
    match go() {
        Ok(restored) => new.commit().map(|()| restored),
        Err(error) => {
            let _ = new.rollback();
            Err(error)
        }
    }
}

/// Whether a store knows of all that left since the backup. It may be an older copy itself, put there by hand, or a new one that was begun when the list was gone: these know as little of what
/// left last as one that is not there.
fn knows_the_rest(old: &mut dyn Sql, backup: &mut dyn Sql, known: Known<'_>) -> Result<bool, StoreError> {
    let come = generation::current(old)?;
    if come < known.noted.max(generation::current(backup)?)
        || backup::made(old)?.is_some()
        || departures::lacks(old, known.left)?
    {
        return Ok(false);
    }
    // One that has sent nothing may have been begun because another one was lost: of what that sent it knows nothing, and has not said so yet.
    if !known.approved.is_empty() && !issues::are_there(old)? && blind::of(old)?.is_none() {
        return Ok(false);
    }
    for table in &TABLES {
        if copy::highest(old, table)? < copy::highest(backup, table)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The issues of these that are not in the ledger.
fn unknown(sql: &mut dyn Sql, approved: &[String]) -> Result<Vec<Box<str>>, StoreError> {
    let begun: HashSet<String> =
        issues::all(sql)?.iter().map(|issue| format!("{}/{}", issue.newsletter, issue.name)).collect();
    Ok(approved.iter().filter(|name| !begun.contains(*name)).map(|name| (&**name).into()).collect())
}

/// Erases again whoever has been erased since the backup.
fn erase(
    sql: &mut dyn Sql,
    erased: &HashSet<AddressHash>,
    hash: &dyn Fn(&AddressKey) -> AddressHash,
    now: Timestamp,
) -> Result<u64, StoreError> {
    if erased.is_empty() {
        return Ok(0);
    }
    let mut count = 0;
    let mut found: Vec<AddressKey> = Vec::new();
    // Whoever waits at the door, or is only suppressed, is no subscriber and has an address all the same.
    for query in [
        "SELECT address_key FROM subscriber WHERE address_key > ?1 ORDER BY address_key LIMIT",
        "SELECT address_key FROM suppression WHERE address_key > ?1 ORDER BY address_key LIMIT",
        "SELECT DISTINCT address FROM intake WHERE address > ?1 ORDER BY address LIMIT",
        "SELECT DISTINCT address FROM delivery WHERE address > ?1 ORDER BY address LIMIT",
    ] {
        let mut after: Box<str> = "".into();
        loop {
            let rows = sql.query(&format!("{query} {}", batch::ROWS), &[(&*after).into()])?;
            let Some(last) = rows.last() else { break };
            after = last.text(0)?.into();
            for row in &rows {
                let key = EmailAddress::parse(row.text(0)?).map(|address| address.key());
                found.extend(key.ok().filter(|key| erased.contains(&hash(key))));
            }
        }
    }
    found.sort();
    found.dedup();
    for key in found {
        erasure::erase(sql, &key, &hash(&key), now)?;
        count += 1;
    }
    for hash in erased {
        erasure::suppress(sql, hash, now)?;
    }
    Ok(count)
}

#[cfg(feature = "postgres")]
fn into_server(place: &Place, from: &mut Sqlite, backup: &Path, known: Known<'_>) -> Result<Restored, StoreError> {
    let partial = file::beside(backup, ".restoring");
    backup::remove(&partial)?;
    let mut go = || -> Result<Restored, StoreError> {
        backup::pages(from, &partial)?;
        let mut new = Connection::open(&Place::Sqlite(partial.clone()), true)?;
        schema::migrate(&mut new)?;
        let journal = known.journal.map_or(Ok(Vec::new()), erasure::recorded)?;
        let restored = replay(&mut new, None, &journal, known)?;
        drop(new);
        copy::copy(&Store::open(&Place::Sqlite(partial.clone()))?, &Store::open(place)?)?;
        Ok(restored)
    };
    let restored = go();
    backup::remove(&partial)?;
    restored
}
