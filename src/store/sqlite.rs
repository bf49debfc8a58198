//! A connection to an SQLite file.

use std::ops::ControlFlow;
use std::path::Path;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use rusqlite::Connection;
use rusqlite::ErrorCode;
use rusqlite::OpenFlags;
use rusqlite::ToSql;
use rusqlite::config::DbConfig;
use rusqlite::params_from_iter;
use rusqlite::types::ToSqlOutput;
use rusqlite::types::ValueRef;

use crate::newsletter::discretion;
use crate::store::connection::Transaction;
use crate::store::error::StoreError;
use crate::store::file;
use crate::store::sql;
use crate::store::sql::Cell;
use crate::store::sql::Dialect;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::store::sql::Value;

/// How long somebody else may hold the lock.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether they still hold it: at least twice in a [`writer`](crate::store::writer)'s breath.
const LOOK: Duration = Duration::from_micros(400);
/// Memory for pages of the one connection that writes, and of each that reads, in KiB. What does not fit is in the system's memory, a call away; it is the writer that comes back to pages.
const CACHE: (u32, u32) = (32 * 1024, 4 * 1024);
/// Prepared statements that are kept.
const STATEMENTS: usize = 128;
/// `Ltpr`: what SQLite's header says about whose file it is (<https://www.sqlite.org/pragma.html#pragma_application_id>).
pub(in crate::store) const APPLICATION: i64 = 0x4c74_7072;

/// A connection to a file.
pub(in crate::store) struct Sqlite {
    connection: Connection,
    place: Box<str>,
}

impl Sqlite {
    /// Opens the file, and with `create` makes it where there is none.
    pub(in crate::store) fn open(path: &Path, create: bool) -> Result<Self, StoreError> {
        if create {
            file::create(path)?;
        }
        let place: Box<str> = path.display().to_string().into();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| told(&place, &error))?;
        let mut this = Self { connection, place };
        this.prepare(create)?;
        Ok(this)
    }

    /// Opens a file to read and nothing else, such as a backup that may lie where nothing may be written.
    pub(in crate::store) fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let place: Box<str> = path.display().to_string().into();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| told(&place, &error))?;
        connection.busy_timeout(PATIENCE).map_err(|error| told(&place, &error))?;
        Ok(Self { connection, place })
    }

    fn prepare(&mut self, writes: bool) -> Result<(), StoreError> {
        self.connection.busy_handler(Some(wait)).map_err(|error| told(&self.place, &error))?;
        self.connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Where there are partial indexes, SQLite otherwise looks whether a value that is bound implies one of them, and plans joins anew with every value: a half of a mark's time.
        let stable = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true);
        stable.map_err(|error| told(&self.place, &error))?;
        let application = self.pragma("application_id")?;
        let tables = self.query("SELECT count(*) FROM sqlite_schema", &[])?;
        if application != APPLICATION && tables.first().map_or(Ok(0), |row| row.int(0))? > 0 {
            return Err(StoreError::Foreign { place: self.place.clone() });
        }
        // Two programs that meet here are told at once that the file is locked, without waiting.
        let begun = Instant::now();
        while let Err(error) = self.script("PRAGMA journal_mode = WAL") {
            if !matches!(error, StoreError::Locked { .. }) || begun.elapsed() > PATIENCE {
                return Err(error);
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.script(
            "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; \
             PRAGMA trusted_schema = OFF",
        )?;
        self.script(&format!("PRAGMA cache_size = -{}", if writes { CACHE.0 } else { CACHE.1 }))?;
        if writes && application != APPLICATION {
            self.script(&format!("PRAGMA application_id = {APPLICATION}"))?;
        }
        if !writes {
            self.script("PRAGMA query_only = ON")?;
        }
        Ok(())
    }

    /// A number that SQLite knows about the file.
    pub(in crate::store) fn pragma(&mut self, name: &str) -> Result<i64, StoreError> {
        let value = self.connection.pragma_query_value(None, name, |row| row.get(0));
        value.map_err(|error| told(&self.place, &error))
    }

    pub(in crate::store) fn begin(&mut self, transaction: Transaction) -> Result<(), StoreError> {
        self.script(match transaction {
            Transaction::Read => "BEGIN",
            Transaction::Write => "BEGIN IMMEDIATE",
        })
    }

    pub(in crate::store) fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(sql).map_err(|error| told(&self.place, &error))
    }

    pub(in crate::store) fn is_idle(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Writes the log back and empties it.
    pub(in crate::store) fn erase_pages(&mut self) -> Result<(), StoreError> {
        let busy = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        if busy.map_err(|error| told(&self.place, &error))? != 0 {
            return Err(StoreError::Locked { place: self.place.clone() });
        }
        Ok(())
    }

    /// The connection itself, for what only SQLite has.
    pub(in crate::store) fn raw(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// The file's name, for messages.
    pub(in crate::store) fn place(&self) -> &str {
        &self.place
    }
}

impl Sql for Sqlite {
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64, StoreError> {
        sql::check(params)?;
        let run = || self.connection.prepare_cached(sql)?.execute(params_from_iter(params));
        run().map(|count| count as u64).map_err(|error| told(&self.place, &error))
    }

    fn each(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        row: &mut dyn FnMut(Row) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        sql::check(params)?;
        let told = |error| told(&self.place, &error);
        let mut statement = self.connection.prepare_cached(sql).map_err(told)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(params)).map_err(told)?;
        while let Some(found) = rows.next().map_err(told)? {
            let cells =
                (0..columns).map(|at| found.get_ref(at).map_err(told).and_then(cell)).collect::<Result<_, _>>()?;
            if row(Row(cells))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }
}

/// Waits for a lock that somebody else holds; false where that has taken too long. SQLite's own way of waiting looks ever more seldom, in the end ten times a second: beside a process
/// that writes without end, such as one that sends an issue, whoever looks so seldom hardly ever finds the lock free.
fn wait(looks: i32) -> bool {
    thread_local! {
        static BEGUN: std::cell::Cell<Option<Instant>> = const { std::cell::Cell::new(None) };
    }
    let now = Instant::now();
    let begun = BEGUN.get().filter(|_| looks > 0).unwrap_or(now);
    BEGUN.set(Some(begun));
    let is_patient = now.duration_since(begun) < PATIENCE;
    if is_patient {
        thread::sleep(LOOK);
    }
    is_patient
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(octets) => ValueRef::Blob(octets),
        }))
    }
}

fn cell(value: ValueRef<'_>) -> Result<Cell, StoreError> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Text(text) => {
            Cell::Text(std::str::from_utf8(text).map_err(|_| StoreError::row("a text that is not UTF-8"))?.into())
        }
        ValueRef::Blob(octets) => Cell::Blob(octets.into()),
        ValueRef::Real(_) => return Err(StoreError::row("a number with a fraction")),
    })
}

/// What SQLite said, as ours.
pub(in crate::store) fn told(place: &str, error: &rusqlite::Error) -> StoreError {
    let place: Box<str> = place.into();
    let why: Box<str> = discretion::masked(&error.to_string()).into();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked { place },
        Some(ErrorCode::DiskFull) => StoreError::Full { place },
        Some(ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::CannotOpen) => {
            StoreError::Denied { place, why }
        }
        Some(ErrorCode::NotADatabase) => StoreError::Foreign { place },
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { place, why },
        _ => StoreError::Failed { place, why },
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test has a folder of its own")]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::store::Store;
    use crate::store::place::Place;

    #[test]
    fn no_value_makes_it_plan_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.sqlite3");
        drop(Store::open(&Place::Sqlite(path.clone())).unwrap());
        let sqlite = Sqlite::open(&path, false).unwrap();
        let query = "SELECT d.state, m.kind FROM delivery d JOIN mailing m ON m.id = d.mailing WHERE d.id = ?1";
        let mut statement = sqlite.connection.prepare(query).unwrap();
        for id in 0..5 {
            assert!(statement.query([id]).unwrap().next().unwrap().is_none());
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
