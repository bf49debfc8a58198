//! One connection to either database, and its transactions.

use std::ops::ControlFlow;

use crate::store::error::StoreError;
use crate::store::place::Place;
#[cfg(feature = "postgres")]
use crate::store::postgres::Postgres;
use crate::store::sql::Dialect;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::store::sql::Value;
use crate::store::sqlite::Sqlite;

/// A connection.
pub(in crate::store) enum Connection {
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Box<Postgres>),
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Transaction {
    /// One snapshot, nothing written.
    Read,
    /// The only one that writes.
    Write,
}

impl Connection {
    /// Opens a connection, and with `create` the file where there is none.
    pub(in crate::store) fn open(place: &Place, create: bool) -> Result<Self, StoreError> {
        match place {
            Place::Sqlite(path) => Sqlite::open(path, create).map(Self::Sqlite),
            #[cfg(feature = "postgres")]
            Place::Postgres(url) => Postgres::open(url).map(|connection| Self::Postgres(Box::new(connection))),
        }
    }

    /// Begins a transaction. One that writes waits up to 10 seconds for its turn.
    pub(in crate::store) fn begin(&mut self, transaction: Transaction) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.begin(transaction),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => connection.begin(transaction),
        }
    }

    /// Makes a transaction durable. After an error the transaction is gone.
    pub(in crate::store) fn commit(&mut self) -> Result<(), StoreError> {
        let committed = self.script("COMMIT");
        if committed.is_err() {
            let _ = self.rollback();
        }
        committed
    }

    /// Takes a transaction back, if there is one.
    pub(in crate::store) fn rollback(&mut self) -> Result<(), StoreError> {
        if self.is_idle() { Ok(()) } else { self.script("ROLLBACK") }
    }

    /// Runs statements that take and return nothing.
    pub(in crate::store) fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.script(sql),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => connection.script(sql),
        }
    }

    /// Whether no transaction is under way, as far as the client knows.
    pub(in crate::store) fn is_idle(&self) -> bool {
        match self {
            Self::Sqlite(connection) => connection.is_idle(),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => connection.is_broken(),
        }
    }

    /// Whether nothing can be done with it any more.
    pub(in crate::store) fn is_broken(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => connection.is_broken(),
        }
    }

    /// What messages call it.
    pub(in crate::store) fn place(&self) -> &str {
        match self {
            Self::Sqlite(connection) => connection.place(),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => connection.place(),
        }
    }

    /// Outside of transactions: see [`crate::store::Store::erase_pages`].
    pub(in crate::store) fn erase_pages(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.erase_pages(),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => connection.erase_pages(),
        }
    }
}

impl Sql for Connection {
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(connection) => connection.execute(sql, params),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => connection.execute(sql, params),
        }
    }

    fn each(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        row: &mut dyn FnMut(Row) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.each(sql, params, row),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => connection.each(sql, params, row),
        }
    }

    fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// Runs `job` where the place's client can run: the one for PostgreSQL has a runtime of its own, which must not be inside another's thread.
pub(in crate::store) fn on_own_thread<T: Send>(
    place: &Place,
    job: impl FnOnce() -> Result<T, StoreError> + Send,
) -> Result<T, StoreError> {
    if place.path().is_some() {
        return job();
    }
    std::thread::scope(|scope| scope.spawn(job).join()).unwrap_or(Err(StoreError::Closed))
}
