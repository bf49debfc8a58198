//! `subscribers stats`: the list in numbers.

use jiff::Timestamp;

use crate::store::stats;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::Database;

/// The numbers, with words for names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Where the list is, without user and password.
    pub place: String,
    /// Readers.
    pub readers: u64,
    /// Newsletter, status and count.
    pub subscriptions: Vec<(String, &'static str, u64)>,
    /// Reason and count of suppressed addresses.
    pub suppressed: Vec<(&'static str, u64)>,
    /// Requests that the daemon has not looked at yet.
    pub requests: u64,
    /// Notices that wait to be sent.
    pub waiting: u64,
    /// Since when the oldest waits.
    pub oldest: Option<Timestamp>,
    /// Notices of the last 24 hours by what became of them.
    pub last_day: Vec<(&'static str, u64)>,
}

/// Counts.
///
/// # Errors
/// [`Failure::Store`].
pub fn stats(list: &Database, now: Timestamp) -> Result<Stats, Failure> {
    let stats = list.store.read(move |sql| stats::stats(sql, now))?;
    let by_status = stats.newsletters.into_iter().flat_map(|(id, counts)| {
        counts.into_iter().rev().map(move |(status, count)| (id.to_string(), status.word(), count))
    });
    Ok(Stats {
        place: list.store.place().to_string(),
        readers: stats.subscribers,
        subscriptions: by_status.collect(),
        suppressed: stats.suppressions.into_iter().map(|(reason, count)| (reason.word(), count)).collect(),
        requests: stats.intake,
        waiting: stats.waiting,
        oldest: stats.oldest,
        last_day: stats.last_day.into_iter().map(|(state, count)| (state.word(), count)).collect(),
    })
}
