//! A whole store into another: the same rows, with the same ids, proved by a hash of each table on both sides.

use std::ops::ControlFlow;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;

use crate::store::Store;
use crate::store::batch;
use crate::store::blind;
use crate::store::error::StoreError;
use crate::store::generation;
use crate::store::identity;
use crate::store::rates;
use crate::store::schema::TABLES;
use crate::store::schema::Table;
use crate::store::sql::Cell;
use crate::store::sql::Dialect;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::store::sql::Value;

/// Groups of rows that wait while one is written.
const AHEAD: usize = 4;

/// What was copied of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The table.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
    /// The BLAKE3 hash of all of them, in hexadecimal: the same on both sides.
    pub hash: String,
}

/// What one side of a table comes to.
#[derive(Clone, PartialEq, Eq)]
struct Sum {
    rows: u64,
    hash: blake3::Hash,
}

enum Sent {
    Rows(Vec<Row>),
    /// The table is complete; the highest id that it ever gave.
    Table(Sum, i64),
}

/// Copies everything from one store into an empty one, in one transaction there and of one state here, and reads it back.
///
/// # Errors
/// [`StoreError::Occupied`] where the target is not empty; [`StoreError::Damaged`] where what arrived is not what was sent; any other. Nothing has been copied then.
pub fn copy(from: &Store, to: &Store) -> Result<Vec<Copied>, StoreError> {
    let (sender, receiver) = mpsc::sync_channel(AHEAD);
    let place: Box<str> = to.place().to_string().into();
    let answer = to.start_alone(move |sql| receive(sql, &place, &receiver));
    let sent = from.read(move |sql| {
        // Whoever receives has failed where it cannot be sent to any more, and says why.
        let send =
            move |sent| if sender.send(sent).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        for table in &TABLES {
            let sum = rows(sql, table, &mut |rows| send(Sent::Rows(rows)))?;
            let highest = highest(sql, table)?;
            if send(Sent::Table(sum, highest)).is_break() {
                break;
            }
        }
        Ok(())
    });
    let received = answer.recv().unwrap_or(Err(StoreError::Closed));
    sent?;
    let received = received?;
    // A server's day does not begin anew because the list has moved.
    let rates = from.read(rates::all)?;
    to.write(move |sql| rates.iter().try_for_each(|(name, state)| rates::put(sql, name, state)))?;
    // What was noted outside the list is held to the copy from now on.
    let (come, unknown) = from.read(|sql| Ok((generation::current(sql)?, blind::of(sql)?)))?;
    to.write(move |sql| {
        generation::reach(sql, come)?;
        unknown.clone().map_or(Ok(()), |unknown| blind::carry(sql, unknown))
    })?;
    if let Some(identity) = from.read(identity::known)? {
        to.write(move |sql| identity::claim(sql, &identity))?;
    }
    Ok(received)
}

/// Hands over a table in groups, and sums it up.
fn rows(
    sql: &mut dyn Sql,
    table: &Table,
    each: &mut dyn FnMut(Vec<Row>) -> ControlFlow<()>,
) -> Result<Sum, StoreError> {
    let mut hasher = blake3::Hasher::new();
    let mut sum = 0;
    let mut group = Vec::with_capacity(batch::ROWS);
    let query = format!("SELECT {} FROM {} ORDER BY {}", table.columns, table.name, table.order);
    sql.each(&query, &[], &mut |row| {
        row.0.iter().for_each(|cell| digest(&mut hasher, cell));
        sum += 1;
        group.push(row);
        if group.len() < batch::ROWS {
            return Ok(ControlFlow::Continue(()));
        }
        Ok(each(std::mem::replace(&mut group, Vec::with_capacity(batch::ROWS))))
    })?;
    if !group.is_empty() {
        let _ = each(group);
    }
    Ok(Sum { rows: sum, hash: hasher.finalize() })
}

/// A cell as octets that no other cell has: its kind, its length, itself.
fn digest(hasher: &mut blake3::Hasher, cell: &Cell) {
    let mut add = |kind: u8, octets: &[u8]| {
        hasher.update(&[kind]);
        hasher.update(&(octets.len() as u64).to_le_bytes());
        hasher.update(octets);
    };
    match cell {
        Cell::Null => add(0, &[]),
        Cell::Int(number) => add(1, &number.to_le_bytes()),
        Cell::Text(text) => add(2, text.as_bytes()),
        Cell::Blob(octets) => add(3, octets),
    }
}

fn receive(sql: &mut dyn Sql, place: &str, sent: &Receiver<Sent>) -> Result<Vec<Copied>, StoreError> {
    for table in &TABLES {
        if !sql.query(&format!("SELECT 1 FROM {} LIMIT 1", table.name), &[])?.is_empty() {
            return Err(StoreError::Occupied { place: place.into() });
        }
    }
    let mut copied = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        let columns = table.columns.split(", ").count();
        let (theirs, highest) = loop {
            match sent.recv() {
                Ok(Sent::Rows(rows)) => {
                    let params: Vec<Value<'_>> = rows.iter().flat_map(|row| &row.0).map(Cell::value).collect();
                    let values = batch::rows(rows.len(), columns);
                    sql.execute(&format!("INSERT INTO {} ({}) VALUES {values}", table.name, table.columns), &params)?;
                }
                Ok(Sent::Table(sum, highest)) => break (sum, highest),
                Err(mpsc::RecvError) => return Err(StoreError::Closed),
            }
        };
        let ours = rows(sql, table, &mut |_| ControlFlow::Continue(()))?;
        if ours != theirs {
            let why = format!("of {} rows of {}, {} arrived as they were sent", theirs.rows, table.name, ours.rows);
            return Err(StoreError::Damaged { place: place.into(), why: why.into() });
        }
        count_from(sql, table, highest)?;
        copied.push(Copied { table: table.name, rows: ours.rows, hash: ours.hash.to_hex().to_string() });
    }
    Ok(copied)
}

/// The highest id that a table ever gave: it is not given to another row.
pub(in crate::store) fn highest(sql: &mut dyn Sql, table: &Table) -> Result<i64, StoreError> {
    if !table.counts {
        return Ok(0);
    }
    let name = table.name;
    let given = match sql.dialect() {
        Dialect::Sqlite => format!("SELECT seq FROM sqlite_sequence WHERE name = '{name}'"),
        Dialect::Postgres => format!(
            "SELECT last_value FROM pg_sequences WHERE format('%I.%I', schemaname, sequencename) = pg_get_serial_sequence('{name}', 'id')"
        ),
    };
    let given = sql.query(&given, &[])?.first().map_or(Ok(None), |row| row.maybe_int(0))?;
    let there = sql.query(&format!("SELECT max(id) FROM {name}"), &[])?;
    let there = there.first().map_or(Ok(None), |row| row.maybe_int(0))?;
    Ok(given.max(there).unwrap_or_default())
}

/// Lets a table give only ids above `highest`.
pub(in crate::store) fn count_from(sql: &mut dyn Sql, table: &Table, highest: i64) -> Result<(), StoreError> {
    if !table.counts || highest < 1 {
        return Ok(());
    }
    let name = table.name;
    match sql.dialect() {
        Dialect::Sqlite => {
            sql.execute(&format!("DELETE FROM sqlite_sequence WHERE name = '{name}'"), &[])?;
            let insert = format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('{name}', ?1)");
            sql.execute(&insert, &[highest.into()])?;
        }
        Dialect::Postgres => {
            sql.query(&format!("SELECT setval(pg_get_serial_sequence('{name}', 'id'), ?1)"), &[highest.into()])?;
        }
    }
    Ok(())
}
