//! A roster's entries into the list: all of them in one transaction, none of them raising anybody.
//!
//! Entries come in groups. For each group three questions ask what is known of its addresses, `group` decides in memory by the rules of [`crate::subscriber::status`],
//! and what changed is written in few statements of many rows.

mod group;
mod known;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;

use jiff::Timestamp;

use crate::store::Store;
use crate::store::batch;
use crate::store::erasure;
use crate::store::erasure::Traces;
use crate::store::error::StoreError;
use crate::store::import::group::Group;
use crate::store::sql::Sql;
use crate::subscriber::keys::AddressHash;
use crate::subscriber::keys::NoRandom;
use crate::subscriber::roster::entry::Entry;
use crate::subscriber::status::Suppression;
use crate::subscriber::subscriber::Handle;
use crate::value::address::AddressKey;

/// The most rows that [`Imported::kept`] lists.
pub const LISTED: usize = 1000;
/// Groups that wait while one is written.
const AHEAD: usize = 4;

/// How to import.
#[derive(Clone, Debug)]
pub struct Options {
    /// The newsletter of entries that name none.
    pub newsletter: Box<str>,
    /// The time.
    pub now: Timestamp,
    /// Only count what would happen.
    pub dry: bool,
}

/// A row that was kept out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptOut {
    /// Its file.
    pub file: Arc<str>,
    /// Its line.
    pub line: u64,
    /// Why.
    pub reason: Suppression,
    /// The address, masked.
    pub address: Box<str>,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Subscriptions that are new, and suppressed addresses without one.
    pub added: u64,
    /// Subscriptions of which something is different now: lower status, more known of the reader or the consent, suppressed.
    pub changed: u64,
    /// Subscriptions that are as they were.
    pub unchanged: u64,
    /// Rows of addresses that are suppressed here and not on the list: they do not come back.
    pub kept_out: BTreeMap<Suppression, u64>,
    /// The first [`LISTED`] of them.
    pub kept: Vec<KeptOut>,
    /// Addresses that the roster itself calls erased: they are erased now.
    pub erased: u64,
}

/// Why an import came to nothing. The list is as it was.
#[derive(Debug)]
pub enum ImportError<E> {
    /// The database.
    Store(StoreError),
    /// Whoever hands over the entries.
    Feed(E),
}

impl<E> From<StoreError> for ImportError<E> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// An entry with its hash.
type Hashed = (Entry, AddressHash);

enum Fed {
    Group(Vec<Hashed>),
    End,
}

/// Imports what `feed` hands over, in one transaction, while it hands over more. `feed` is told to break off where the database failed; where it fails itself, nothing
/// is imported. `hash` is the keyed hash of addresses, `handle` makes random ones. Progress is for `feed` to tell: it waits where the database is behind.
///
/// # Errors
/// An [`ImportError`], and nothing has been imported.
pub fn import<E>(
    store: &Store,
    options: &Options,
    hash: impl Fn(&AddressKey) -> AddressHash,
    handle: impl FnMut() -> Result<Handle, NoRandom> + Send + 'static,
    feed: impl FnOnce(&mut dyn FnMut(Entry) -> ControlFlow<()>) -> Result<(), E>,
) -> Result<Imported, ImportError<E>> {
    let (sender, receiver) = mpsc::sync_channel(AHEAD);
    let own = options.clone();
    let journal = store.journal().map(ToOwned::to_owned);
    let answer = store.start_alone(move |sql| {
        let done = run(sql, &own, handle, &receiver)?;
        if let Some(journal) = journal.filter(|_| !own.dry && !done.1.is_empty()) {
            erasure::record(&journal, &done.1)?;
        }
        Ok(done)
    });
    let mut group = Vec::with_capacity(batch::ROWS);
    let fed = feed(&mut |entry| {
        let hash = hash(&entry.address.key());
        group.push((entry, hash));
        if group.len() == batch::ROWS {
            let full = std::mem::replace(&mut group, Vec::with_capacity(batch::ROWS));
            if sender.send(Fed::Group(full)).is_err() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    });
    if fed.is_ok() && sender.send(Fed::Group(group)).is_ok() {
        let _ = sender.send(Fed::End);
    }
    drop(sender);
    let done = answer.recv().unwrap_or(Err(StoreError::Closed));
    fed.map_err(ImportError::Feed)?;
    let (imported, hashes, traces) = done?;
    if !options.dry && !hashes.is_empty() {
        erasure::scrub(store, traces)?;
    }
    Ok(imported)
}

type Done = (Imported, Vec<AddressHash>, Traces);

fn run(
    sql: &mut dyn Sql,
    options: &Options,
    mut handle: impl FnMut() -> Result<Handle, NoRandom>,
    fed: &Receiver<Fed>,
) -> Result<Done, StoreError> {
    if options.dry {
        sql.execute("SAVEPOINT dry", &[])?;
    }
    let mut done = Done::default();
    loop {
        match fed.recv() {
            Ok(Fed::Group(entries)) => {
                let mut handle =
                    || handle().map_err(|NoRandom| StoreError::Refused("the system has no random numbers"));
                Group::new(options, entries).write(sql, &mut handle, &mut done)?;
            }
            Ok(Fed::End) => break,
            // Whoever fed us has given up: nothing of it stays.
            Err(mpsc::RecvError) => return Err(StoreError::Closed),
        }
    }
    if options.dry {
        sql.execute("ROLLBACK TO dry", &[])?;
        sql.execute("RELEASE dry", &[])?;
    }
    Ok(done)
}
