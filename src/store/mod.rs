//! The list and the ledger in a database: all SQL of the program. SQLite in a file by default, PostgreSQL by URL; one code path for both.
//!
//! Whoever writes hands a job to the one writer thread (`writer`), which runs all jobs that wait in one transaction and answers after its commit. Whoever reads
//! gets a connection of a small pool and sees one snapshot. What the jobs are made of are functions on [`sql::Sql`], a file a table.
//!
//! On PostgreSQL every writing transaction holds one advisory lock, so there too one writes at a time, however many machines there are: a job may look first
//! and write then, and nothing needs to be claimed with `SKIP LOCKED`.

pub mod accounts;
pub mod backup;
mod batch;
pub mod blind;
mod columns;
mod connection;
pub mod consents;
pub mod copy;
pub mod deliveries;
pub mod departures;
pub mod erasure;
pub mod error;
pub mod export;
mod file;
pub mod generation;
pub mod housekeeping;
pub mod identity;
pub mod import;
pub mod intake;
pub mod issues;
pub mod letters;
pub mod links;
pub mod mailings;
pub mod place;
#[cfg(feature = "postgres")]
mod postgres;
pub mod rates;
pub mod restore;
mod schema;
pub mod soft_bounces;
pub mod sql;
mod sqlite;
pub mod stats;
pub mod subscribers;
pub mod subscriptions;
pub mod suppressions;
mod writer;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;

use crate::store::connection::Connection;
use crate::store::connection::Transaction;
pub use crate::store::error::StoreError;
pub use crate::store::place::Place;
pub use crate::store::sql::Sql;
use crate::store::writer::Kind;
use crate::store::writer::Writer;

/// Connections for reading that are kept open while nobody uses them.
const KEPT: usize = 4;

/// An open store. Clones are the same store; when the last is gone, what was handed in is finished and the database is closed.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    place: Place,
    journal: Option<PathBuf>,
    readers: Mutex<Vec<Connection>>,
    writer: Writer,
}

/// Connections to PostgreSQL must not be closed on a thread of an asynchronous runtime, which is where the last clone may be dropped.
impl Drop for Inner {
    fn drop(&mut self) {
        let readers = std::mem::take(self.readers.get_mut().unwrap_or_else(PoisonError::into_inner));
        self.writer.end(readers);
    }
}

impl Store {
    /// Opens the database, creates it where there is none (a file: mode 0600, in a folder of mode 0700 if that has to be made too), and migrates it to
    /// this program's schema.
    ///
    /// # Errors
    /// A [`StoreError`] that names the place: no permission, made by a newer program, not ours, locked for 10 seconds, cannot be reached.
    pub fn open(place: &Place) -> Result<Self, StoreError> {
        Self::open_with(place, None)
    }

    /// As [`Store::open`], with the file that remembers the hashes of erased addresses for backups that are restored later. An SQLite store has one beside the
    /// database unless another is named; PostgreSQL has none unless one is named.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(place: &Place, journal: Option<&Path>) -> Result<Self, StoreError> {
        let connection = {
            let place = place.clone();
            connection::on_own_thread(&place.clone(), move || {
                let mut connection = Connection::open(&place, true)?;
                schema::migrate(&mut connection)?;
                Ok(connection)
            })?
        };
        let journal = journal.map(Path::to_owned).or_else(|| place.path().map(file::journal_of));
        let writer = Writer::start(place.clone(), connection)?;
        Ok(Self(Arc::new(Inner { place: place.clone(), journal, readers: Mutex::default(), writer })))
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// The file that remembers the hashes of erased addresses.
    #[must_use]
    pub fn journal(&self) -> Option<&Path> {
        self.0.journal.as_deref()
    }

    /// Runs a job on the writer thread and waits until it is durable. Jobs that wait share one transaction; if one fails, the others do not. A job may be run
    /// again from its beginning where the transaction was lost with another's failure, so it must not use up what it captured.
    ///
    /// # Errors
    /// The job's own, after which nothing of it stays; or that of the commit.
    pub fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.wait(|done| self.submit(job, done))
    }

    /// As [`Store::write`] without waiting: `done` is called on the writer thread after the commit, and must not block.
    pub fn submit<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
        done: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) {
        self.0.writer.hand_in(Kind::Shared, writer::task(job, done));
    }

    /// As [`Store::submit`] for a job that nobody waits for: a few milliseconds it may wait for others that it shares a transaction with. It keeps its place: what is handed in later is run later.
    pub fn submit_soon<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
        done: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) {
        self.0.writer.hand_in(Kind::Soon, writer::task(job, done));
    }

    /// Runs a job on the writer thread in a transaction of its own, once and not again: for long work, and for what can be done only once.
    ///
    /// # Errors
    /// The job's own, after which nothing of it stays; or that of the commit.
    pub fn write_alone<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.start_alone(job).recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Runs a job that only reads, on one snapshot of the database.
    ///
    /// # Errors
    /// The job's own; or that of the connection.
    pub fn read<T: Send>(
        &self,
        job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        connection::on_own_thread(&self.0.place, || {
            let kept = self.readers().pop().filter(|connection| !connection.is_broken());
            let mut connection = match kept {
                Some(connection) => connection,
                None => Connection::open(&self.0.place, false)?,
            };
            connection.begin(Transaction::Read)?;
            let result = job(&mut connection);
            // A connection that cannot even end a transaction is not used again.
            if connection.rollback().is_ok() && !connection.is_broken() {
                let mut readers = self.readers();
                if readers.len() < KEPT {
                    readers.push(connection);
                }
            }
            result
        })
    }

    /// Makes sure that nothing that was deleted is still readable in the log: writes it back into the database and empties it.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where somebody kept reading an old state for 10 seconds.
    pub fn erase_pages(&self) -> Result<(), StoreError> {
        self.forget_readers();
        self.outside(Connection::erase_pages)
    }

    /// Closes the connections that are kept for reading: they may hold a part of the log.
    pub(in crate::store) fn forget_readers(&self) {
        let readers = std::mem::take(&mut *self.readers());
        let _ = connection::on_own_thread(&self.0.place, move || {
            drop(readers);
            Ok(())
        });
    }

    /// Hands in a job that runs alone and once; what comes back gives its answer. For jobs that are fed from here while they run.
    pub(in crate::store) fn start_alone<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> mpsc::Receiver<Result<T, StoreError>> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let mut job = Some(job);
        let once = move |sql: &mut dyn Sql| job.take().ok_or(StoreError::Closed).and_then(|job| job(sql));
        let done = move |result| {
            let _ = sender.send(result);
        };
        self.0.writer.hand_in(Kind::Alone, writer::task(once, done));
        receiver
    }

    /// Runs `job` on the writer's connection, outside of any transaction.
    pub(in crate::store) fn outside<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.wait(|done| self.0.writer.hand_in(Kind::Outside, writer::outside(job, done)))
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.0.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<T: Send + 'static>(
        &self,
        hand_in: impl FnOnce(Box<dyn FnOnce(Result<T, StoreError>) + Send>),
    ) -> Result<T, StoreError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        hand_in(Box::new(move |result| {
            let _ = sender.send(result);
        }));
        receiver.recv().unwrap_or(Err(StoreError::Closed))
    }
}
