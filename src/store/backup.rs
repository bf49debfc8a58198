//! A copy of a store in one file, made while it is in use.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::backup::Backup;
use rusqlite::backup::StepResult;

use crate::store::Place;
use crate::store::Store;
#[cfg(feature = "postgres")]
use crate::store::copy;
use crate::store::error::StoreError;
use crate::store::file;
use crate::store::sql::Sql;
use crate::store::sqlite;
use crate::store::sqlite::Sqlite;

/// Writes the store's present state into a new SQLite file (mode 0600), which is there only once it is whole. A store in PostgreSQL becomes an SQLite file, too. The file says of itself that
/// it is a backup, of `now`.
///
/// # Errors
/// [`StoreError::Occupied`] where there is a file already; any other. No file is left then.
pub fn backup(store: &Store, to: &Path, now: Timestamp) -> Result<(), StoreError> {
    if file::is_there(to) {
        return Err(StoreError::Occupied { place: to.display().to_string().into() });
    }
    let partial = file::beside(to, ".partial");
    remove(&partial)?;
    let made = match store.place() {
        Place::Sqlite(from) => Sqlite::open(from, false).and_then(|mut from| pages(&mut from, &partial)),
        #[cfg(feature = "postgres")]
        Place::Postgres(_) => Store::open(&Place::Sqlite(partial.clone())).and_then(|target| {
            copy::copy(store, &target)?;
            target.outside(|connection| connection.script("PRAGMA journal_mode = DELETE"))
        }),
    };
    let made = made.and_then(|()| stamp(&partial, now)).and_then(|()| file::put(&partial, to));
    if made.is_err() {
        let _ = remove(&partial);
    }
    made
}

/// Writes into a backup when it was made.
fn stamp(backup: &Path, now: Timestamp) -> Result<(), StoreError> {
    let mut backup = Sqlite::open(backup, true)?;
    backup.script("PRAGMA journal_mode = DELETE")?;
    backup.execute(
        "INSERT INTO meta (name, value) VALUES ('backup', ?1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[now.as_microsecond().to_string().as_str().into()],
    )?;
    Ok(())
}

/// When the backup was made that a store is; `None` where it is none, or one of which letters have left since.
///
/// # Errors
/// A [`StoreError`].
pub fn made(sql: &mut dyn Sql) -> Result<Option<Timestamp>, StoreError> {
    let rows = sql.query("SELECT value FROM meta WHERE name = 'backup'", &[])?;
    let time = |text: &str| text.parse().ok().and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let time = |text| time(text).ok_or_else(|| StoreError::row("a backup of no time"));
    rows.first().map(|row| row.text(0).and_then(time)).transpose()
}

/// Notes that a store is a backup no more, but the list.
///
/// # Errors
/// A [`StoreError`].
pub fn adopt(sql: &mut dyn Sql) -> Result<(), StoreError> {
    sql.execute("DELETE FROM meta WHERE name = 'backup'", &[])?;
    Ok(())
}

/// Removes a database with its log.
pub(in crate::store) fn remove(path: &Path) -> Result<(), StoreError> {
    file::remove(path)?;
    remove_log(path)
}

/// Removes a log that belonged to what was in a file's place before.
pub(in crate::store) fn remove_log(path: &Path) -> Result<(), StoreError> {
    ["-wal", "-shm", "-journal"].iter().try_for_each(|suffix| file::remove(&file::beside(path, suffix)))
}

/// Copies all pages into a new file, of one state, and looks whether they are in order.
pub(in crate::store) fn pages(from: &mut Sqlite, to: &Path) -> Result<(), StoreError> {
    drop(file::create_new(to)?);
    let place: Box<str> = to.display().to_string().into();
    let told = |error| sqlite::told(&place, &error);
    let source: Box<str> = from.place().into();
    let mut target = rusqlite::Connection::open(to).map_err(told)?;
    {
        let backup = Backup::new(from.raw(), &mut target).map_err(told)?;
        match backup.step(-1).map_err(told)? {
            StepResult::Done => {}
            _ => return Err(StoreError::Locked { place: source }),
        }
    }
    target.execute_batch("PRAGMA journal_mode = DELETE").map_err(told)?;
    drop(target);
    check(&mut Sqlite::open_to_read(to)?)
}

/// Opens a backup to read it.
pub(in crate::store) fn opened(backup: &Path) -> Result<Sqlite, StoreError> {
    if !file::is_there(backup) {
        let place = backup.display().to_string().into();
        return Err(StoreError::Failed { place, why: "there is no such file".into() });
    }
    let mut from = Sqlite::open_to_read(backup)?;
    if from.pragma("application_id")? != sqlite::APPLICATION {
        return Err(StoreError::Foreign { place: from.place().into() });
    }
    Ok(from)
}

/// Whether a file is in order.
pub(in crate::store) fn check(connection: &mut Sqlite) -> Result<(), StoreError> {
    let rows = connection.query("PRAGMA quick_check(1)", &[])?;
    let said = rows.first().map_or(Ok(""), |row| row.text(0))?;
    if said == "ok" {
        return Ok(());
    }
    Err(StoreError::Damaged { place: connection.place().into(), why: said.into() })
}
