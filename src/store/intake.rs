//! Requests to subscribe as they came in, before anybody looks who it is: so the answer cannot tell.

use jiff::Timestamp;

use crate::store::batch;
use crate::store::columns;
use crate::store::error::StoreError;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::value::address::EmailAddress;

/// A request to subscribe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intake {
    /// When it came.
    pub at: Timestamp,
    /// Before when nothing is done about it.
    pub not_before: Timestamp,
    /// Whether work was done for it.
    pub worked: bool,
    /// Who.
    pub address: EmailAddress,
    /// To what.
    pub newsletter: Box<str>,
    /// The page with the form.
    pub page: Option<Box<str>>,
    /// The words agreed to.
    pub wording: Option<Box<str>>,
    /// The keyed hash of the IP address.
    pub ip_hash: Option<Box<[u8]>>,
}

/// A request that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What [`remove`] knows it by.
    pub id: i64,
    /// The request.
    pub intake: Intake,
}

/// Puts a request down; says its id.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn push(sql: &mut dyn Sql, intake: &Intake) -> Result<i64, StoreError> {
    let address = intake.address.to_string();
    let rows = sql.query(
        "INSERT INTO intake (at, not_before, worked, address, newsletter, page, wording, ip_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
        &[
            intake.at.into(),
            intake.not_before.into(),
            i64::from(intake.worked).into(),
            address.as_str().into(),
            (&*intake.newsletter).into(),
            intake.page.as_deref().into(),
            intake.wording.as_deref().into(),
            intake.ip_hash.as_deref().into(),
        ],
    )?;
    rows.first().map_or(Err(StoreError::row("no id was given")), |row| row.int(0))
}

/// The requests whose time has come, in the order in which they came. They stay until [`remove`] takes them away, in the same job.
///
/// # Errors
/// As [`push`].
pub fn take(sql: &mut dyn Sql, now: Timestamp, limit: u32) -> Result<Vec<Waiting>, StoreError> {
    let rows = sql.query(
        "SELECT id, at, not_before, worked, address, newsletter, page, wording, ip_hash FROM intake WHERE not_before <= ?1 ORDER BY not_before, id LIMIT ?2",
        &[now.into(), i64::from(limit).into()],
    )?;
    rows.iter().map(of).collect()
}

fn of(row: &Row) -> Result<Waiting, StoreError> {
    let intake = Intake {
        at: row.time(1)?,
        not_before: row.time(2)?,
        worked: row.int(3)? != 0,
        address: row.address(4)?,
        newsletter: row.text(5)?.into(),
        page: columns::maybe(row, 6)?,
        wording: columns::maybe(row, 7)?,
        ip_hash: row.maybe_blob(8)?.map(Into::into),
    };
    Ok(Waiting { id: row.int(0)?, intake })
}

/// Takes requests away.
///
/// # Errors
/// As [`push`].
pub fn remove(sql: &mut dyn Sql, ids: &[i64]) -> Result<(), StoreError> {
    for ids in ids.chunks(batch::ROWS) {
        let list = batch::list(1, ids.len());
        let params: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
        sql.execute(&format!("DELETE FROM intake WHERE id IN ({list})"), &params)?;
    }
    Ok(())
}

/// How many wait, and when the first of them is due.
///
/// # Errors
/// As [`push`].
pub fn waiting(sql: &mut dyn Sql) -> Result<(u64, Option<Timestamp>), StoreError> {
    let rows = sql.query("SELECT count(*), min(not_before) FROM intake", &[])?;
    rows.first().map_or(Ok((0, None)), |row| Ok((row.count(0)?, row.maybe_time(1)?)))
}
