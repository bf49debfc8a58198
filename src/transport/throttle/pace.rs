//! Letters at even distances (GCRA, ITU-T I.371), and how the distance grows when a server says that it is too short.

use serde::Deserialize;
use serde::Serialize;

use crate::transport::throttle::window::Window;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// By what is measured how fast it went when a server complains.
const LOOK_BACK: i64 = 10 * SECOND;
/// Complaints within this time of one that was heeded are about the same letters.
const SAME_COMPLAINT: i64 = 10 * SECOND;
/// Nobody is asked to be slower than this, in letters an hour.
const SLOWEST: u64 = 60;
/// Minutes in which the pace grows from nothing to all that it may be: from a half to the whole in 30, and in an hour in any case.
const RECOVERY: u64 = 60;

/// When letters to a server, or to a domain, may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::transport::throttle) struct Pace {
    /// The theoretical arrival time of the next letter, in microseconds since 1970.
    due: i64,
    recent: Window,
    slowed: Option<Slowed>,
}

/// A pace that is slower than it might be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Slowed {
    /// Letters an hour that were too many.
    too_fast: u64,
    /// Letters an hour from `since` on, more as time goes by.
    per_hour: u64,
    since: i64,
}

impl Pace {
    pub(in crate::transport::throttle) fn new() -> Self {
        Self { due: i64::MIN, recent: Window::new(LOOK_BACK), slowed: None }
    }

    /// Letters an hour at most, now: `limit`, or what a complaint has left of it.
    pub(in crate::transport::throttle) fn per_hour(&self, limit: Option<u64>, now: i64) -> Option<u64> {
        let slowed = self.slowed.and_then(|slowed| slowed.per_hour(limit, now));
        match (limit, slowed) {
            (Some(limit), Some(slowed)) => Some(limit.min(slowed)),
            (limit, slowed) => limit.or(slowed),
        }
    }

    /// Microseconds from one letter to the next; 0 where nothing is paced.
    pub(in crate::transport::throttle) fn distance(&self, limit: Option<u64>, now: i64) -> i64 {
        // Rounded up: never faster than asked.
        self.per_hour(limit, now).map_or(0, |letters| HOUR.cast_unsigned().div_ceil(letters.max(1)).cast_signed())
    }

    /// When the next letter may go. `ahead` (microseconds) is how far it may overtake the even distance.
    pub(in crate::transport::throttle) fn next(&self, limit: Option<u64>, ahead: i64, now: i64) -> i64 {
        let distance = self.distance(limit, now);
        if distance == 0 {
            return now;
        }
        self.due.saturating_sub(ahead).max(now)
    }

    /// Set back, a clock must not make anyone wait for the time that it has lost: what is due lies at most one distance and `ahead`
    /// (microseconds) away, for what has overtaken or was given away, and no complaint comes from the future.
    pub(in crate::transport::throttle) fn mend(&mut self, limit: Option<u64>, now: i64, ahead: i64) {
        if let Some(slowed) = &mut self.slowed {
            slowed.since = slowed.since.min(now);
        }
        self.due = self.due.min(now.saturating_add(self.distance(limit, now)).saturating_add(ahead));
    }

    /// A letter goes.
    pub(in crate::transport::throttle) fn add(&mut self, limit: Option<u64>, now: i64) {
        self.add_many(limit, now, now, 1);
        self.recent.add(now, 1);
    }

    /// So many letters are given away at `now`, to go from `from` on.
    pub(in crate::transport::throttle) fn add_many(&mut self, limit: Option<u64>, from: i64, now: i64, letters: u64) {
        let span = self.distance(limit, now).saturating_mul(i64::try_from(letters).unwrap_or(i64::MAX));
        self.due = self.due.max(from).saturating_add(span);
    }

    /// Letters an hour that went of late. Whoever has only begun is measured by the time since: by a longer one he would seem to be slow.
    pub(in crate::transport::throttle) fn measured(&self, now: i64) -> u64 {
        let span = self.recent.since(now).clamp(SECOND, LOOK_BACK);
        self.recent.count(now) * HOUR.cast_unsigned() / span.cast_unsigned()
    }

    /// A server says that this is too fast: half of what it was (`measured`, in letters an hour), or of what it was allowed to be.
    pub(in crate::transport::throttle) fn halve(&mut self, limit: Option<u64>, now: i64, measured: u64) {
        if self.slowed.is_some_and(|slowed| (0..SAME_COMPLAINT).contains(&(now - slowed.since))) {
            return;
        }
        let allowed = self.per_hour(limit, now).unwrap_or(u64::MAX);
        let too_fast = measured.min(allowed).max(SLOWEST);
        self.slowed = Some(Slowed { too_fast, per_hour: (too_fast / 2).max(SLOWEST), since: now });
        // From now on at the new distance, not at the one that was promised.
        self.due = self.due.max(now.saturating_add(self.distance(limit, now)));
    }

    /// What two processes know of a domain: the later of what is due, and the newer complaint.
    pub(in crate::transport::throttle) fn merge(&mut self, other: &Self) {
        self.due = self.due.max(other.due);
        if other.slowed.map(|slowed| slowed.since) > self.slowed.map(|slowed| slowed.since) {
            self.slowed = other.slowed;
        }
    }

    /// Whether it says anything that a new one would not.
    pub(in crate::transport::throttle) fn matters(&self, limit: Option<u64>, now: i64) -> bool {
        self.next(limit, 0, now) > now || self.slowed.is_some_and(|slowed| slowed.per_hour(limit, now).is_some())
    }
}

impl Slowed {
    /// `None` once it has recovered: to the limit, or where there is none to twice what was too fast.
    fn per_hour(self, limit: Option<u64>, now: i64) -> Option<u64> {
        let minutes = now.saturating_sub(self.since).max(0).cast_unsigned() / MINUTE.cast_unsigned();
        let enough = limit.unwrap_or(self.too_fast.saturating_mul(2));
        // By what it may be, not by what it was: that was little, if the complaint came with the first letters.
        let per_hour = self.per_hour.saturating_add(enough.max(self.too_fast).saturating_mul(minutes) / RECOVERY);
        (per_hour < enough).then_some(per_hour)
    }
}
