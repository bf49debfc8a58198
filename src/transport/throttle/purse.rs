//! Letters that a process has drawn and not sent yet.

use std::collections::VecDeque;

use crate::transport::throttle::HOLD;
use crate::transport::throttle::SECOND;
use crate::transport::throttle::account::Grant;
use crate::transport::throttle::account::Unused;

/// The most letters that are drawn at a time.
const MOST: u64 = 4096;
/// More is drawn when what is left lasts no longer than this, in microseconds, so that nobody pauses for it.
const SHORT: i64 = 200_000;

/// What is drawn, in the order in which it may go.
#[derive(Debug)]
pub(in crate::transport::throttle) struct Purse {
    grants: VecDeque<Grant>,
    /// The next letter not before this moment, in microseconds since 1970.
    due: i64,
    /// From when until when none may go, as was said.
    closed: (i64, i64),
    /// How many are drawn the next time: what goes in about a second.
    wanted: u64,
    /// When the first of the grants became that.
    begun: i64,
    unused: Vec<Unused>,
}

impl Purse {
    pub(in crate::transport::throttle) fn new() -> Self {
        Self {
            grants: VecDeque::new(),
            due: i64::MIN,
            closed: (i64::MIN, i64::MIN),
            wanted: 1,
            begun: i64::MIN,
            unused: Vec::new(),
        }
    }

    /// When the next letter may go; `None` where more has to be drawn first.
    pub(in crate::transport::throttle) fn next(&mut self, now: i64) -> Option<i64> {
        while let Some(grant) = self.grants.front() {
            // Of a pace that is no longer asked for nothing is due: it would outlast every grant, and more would be drawn for ever.
            let due = if grant.distance == 0 { i64::MIN } else { self.due };
            let slot = due.max(grant.from).max(now);
            // What lies further ahead than anything is given away was promised by a clock that was wrong.
            let is_wrong = slot > now.saturating_add(grant.distance).saturating_add(2 * HOLD);
            if grant.letters > 0 && slot < grant.until && !is_wrong {
                return Some(slot);
            }
            if is_wrong {
                self.due = i64::MIN;
            }
            self.drop_first(now);
        }
        self.closed_until(now)
    }

    /// Said by a clock that has been set back since, it means nothing.
    fn closed_until(&self, now: i64) -> Option<i64> {
        let (said, until) = self.closed;
        (said..until).contains(&now).then_some(until)
    }

    fn drop_first(&mut self, now: i64) {
        let Some(grant) = self.grants.pop_front() else { return };
        if grant.letters == 0 {
            // Gone within a second: it may be more the next time.
            if now.saturating_sub(self.begun) < SECOND {
                self.wanted = self.wanted.saturating_mul(2).min(MOST);
            }
        } else if grant.letters < u64::MAX / 2 {
            self.unused.push(Unused { counted: grant.from, letters: grant.letters });
            if grant.letters.saturating_mul(2) > self.wanted {
                self.wanted = (self.wanted / 2).max(1);
            }
        }
        self.begun = now;
    }

    /// One of them goes.
    pub(in crate::transport::throttle) fn spend(&mut self, now: i64) {
        if let Some(grant) = self.grants.front_mut() {
            self.due = self.due.max(grant.from).max(now).saturating_add(grant.distance);
            grant.letters = grant.letters.saturating_sub(1);
        }
    }

    /// Whether it is nearly empty.
    pub(in crate::transport::throttle) fn runs_out(&self, now: i64) -> bool {
        if self.grants.len() > 1 || self.closed_until(now).is_some() {
            return false;
        }
        self.grants.front().is_none_or(|grant| {
            let is_late = grant.distance > 0 && grant.until.saturating_sub(now) < SHORT;
            is_late || grant.letters.saturating_mul(4) <= self.wanted.min(4)
        })
    }

    /// How many to draw.
    pub(in crate::transport::throttle) fn wanted(&self) -> u64 {
        self.wanted
    }

    /// What was drawn.
    pub(in crate::transport::throttle) fn put(&mut self, grant: Grant, now: i64) {
        if self.grants.is_empty() {
            self.begun = now;
        }
        self.grants.push_back(grant);
    }

    /// There is nothing before this moment.
    pub(in crate::transport::throttle) fn close(&mut self, now: i64, until: i64) {
        self.closed = (now, until);
    }

    /// What was drawn and is not to be used any more.
    pub(in crate::transport::throttle) fn unused(&mut self) -> Vec<Unused> {
        std::mem::take(&mut self.unused)
    }

    /// Gives up everything that was drawn.
    pub(in crate::transport::throttle) fn empty(&mut self, now: i64) {
        while !self.grants.is_empty() {
            self.drop_first(now);
        }
    }
}
