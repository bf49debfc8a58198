//! The list in numbers.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::newsletter::delivery::State;
use crate::store::columns;
use crate::store::error::StoreError;
use crate::store::sql::Sql;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;

/// The numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Readers.
    pub subscribers: u64,
    /// Subscriptions by newsletter and status.
    pub newsletters: BTreeMap<Box<str>, BTreeMap<Status, u64>>,
    /// Suppressed addresses by reason.
    pub suppressions: BTreeMap<Suppression, u64>,
    /// Requests that nobody has looked at yet.
    pub intake: u64,
    /// Notices that wait to be sent.
    pub waiting: u64,
    /// Since when the oldest of them waits.
    pub oldest: Option<Timestamp>,
    /// Notices that reached their state in the last 24 hours.
    pub last_day: BTreeMap<State, u64>,
}

/// Counts.
///
/// # Errors
/// A [`StoreError`].
pub fn stats(sql: &mut dyn Sql, now: Timestamp) -> Result<Stats, StoreError> {
    let mut stats = Stats::default();
    let one = |sql: &mut dyn Sql, query: &str| sql.query(query, &[])?.first().map_or(Ok(0), |row| row.count(0));
    stats.subscribers = one(sql, "SELECT count(*) FROM subscriber")?;
    stats.intake = one(sql, "SELECT count(*) FROM intake")?;
    for row in sql.query("SELECT newsletter, status, count(*) FROM subscription GROUP BY newsletter, status", &[])? {
        let newsletter = stats.newsletters.entry(row.text(0)?.into()).or_default();
        newsletter.insert(columns::status(&row, 1)?, row.count(2)?);
    }
    for row in sql.query("SELECT reason, count(*) FROM suppression GROUP BY reason", &[])? {
        stats.suppressions.insert(columns::suppression(&row, 0)?, row.count(1)?);
    }
    let waiting = sql.query(
        "SELECT count(*), min(m.created) FROM delivery d JOIN mailing m ON m.id = d.mailing \
         WHERE d.state IN ('pending', 'leased', 'deferred') AND d.priority = 0",
        &[],
    )?;
    if let Some(row) = waiting.first() {
        (stats.waiting, stats.oldest) = (row.count(0)?, row.maybe_time(1)?);
    }
    let day = now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
    let query = "SELECT state, count(*) FROM delivery WHERE priority = 0 AND changed >= ?1 GROUP BY state";
    for row in sql.query(query, &[day.into()])? {
        let state = columns::state(&row, 0)?;
        stats.last_day.insert(state, row.count(1)?);
    }
    Ok(stats)
}
