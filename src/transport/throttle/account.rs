//! What all processes that send to a server share of its limits.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::transport::throttle::DAY;
use crate::transport::throttle::HOLD;
use crate::transport::throttle::HOUR;
use crate::transport::throttle::Rates;
use crate::transport::throttle::SECOND;
use crate::transport::throttle::Urgency;
use crate::transport::throttle::pace::Pace;
use crate::transport::throttle::window::Window;

/// How far ahead letters are given away, in microseconds: so that who asks in time does not have to pause.
const AHEAD: i64 = 1_500_000;
/// How far a pace may have been given away when clocks are right.
const GIVEN: i64 = 3 * SECOND;
/// Of what is left of an hour or a day, one of so many at a time: there may be others, and whoever dies takes along what it drew.
const PART: u64 = 4;

/// The state of one server's limits, of all processes together. It can be kept (as JSON, say) and go on later, under the same limits or others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    server: Pace,
    hour: Window,
    day: Window,
    /// When the first letter went, in microseconds since 1970.
    first: Option<i64>,
    /// Who sends at the moment, and until when they are believed to, in microseconds since 1970.
    #[serde(default)]
    senders: BTreeMap<Box<str>, i64>,
}

/// What a process wants of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Letters.
    Draw {
        /// The process, by a name that no other one has.
        who: Box<str>,
        /// What the letters are.
        urgency: Urgency,
        /// As many as this are enough.
        wanted: u64,
        /// What it drew before and has not used.
        unused: Vec<Unused>,
        /// The moment.
        now: i64,
    },
    /// The server asked for patience.
    Complain {
        /// Letters an hour that the process sent of late.
        measured: u64,
        /// The moment.
        now: i64,
    },
    /// What it drew before and has not used.
    GiveBack(Vec<Unused>),
    /// It ends.
    Leave {
        /// The process.
        who: Box<str>,
        /// What it drew before and has not used.
        unused: Vec<Unused>,
    },
}

/// Letters that were drawn and not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unused {
    /// The moment by which they were counted, in microseconds since 1970.
    pub counted: i64,
    /// How many.
    pub letters: u64,
}

/// What comes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Letters that may go.
    Drawn(Grant),
    /// None before this moment, in microseconds since 1970.
    NotBefore(i64),
    /// It is noted.
    Noted,
}

/// Letters that may go without asking again. Times are in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// How many.
    pub letters: u64,
    /// The first of them not before this moment.
    pub from: i64,
    /// None of them at this moment or later.
    pub until: i64,
    /// From one to the next.
    pub distance: i64,
    /// How many processes send at the moment: each has its share of what a domain may get.
    pub senders: u64,
    /// Before this moment the others may not know of this process yet, and take its share too.
    pub known_from: i64,
}

impl Account {
    /// Of a server to which nothing was sent yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            server: Pace::new(),
            hour: Window::new(HOUR),
            day: Window::new(DAY),
            first: None,
            senders: BTreeMap::new(),
        }
    }

    /// What a process may do without asking for more, where nothing is limited and the server has not complained of late.
    #[must_use]
    pub fn free(&self, rates: &Rates, now: i64) -> Option<Grant> {
        (rates.are_none() && self.server.per_hour(None, now).is_none()).then(|| Grant {
            letters: u64::MAX,
            from: now,
            until: now.saturating_add(HOLD),
            distance: 0,
            senders: 1,
            known_from: i64::MIN,
        })
    }

    /// Carries an order out.
    pub fn serve(&mut self, rates: &Rates, order: &Order) -> Answer {
        match order {
            Order::Draw { who, urgency, wanted, unused, now } => {
                self.take_back(unused);
                self.draw(rates, who, *urgency, *wanted, *now)
            }
            Order::Complain { measured, now } => {
                self.server.halve(rates.server_limit(), *now, *measured);
                Answer::Noted
            }
            Order::GiveBack(unused) => {
                self.take_back(unused);
                Answer::Noted
            }
            Order::Leave { who, unused } => {
                self.take_back(unused);
                self.senders.remove(who);
                Answer::Noted
            }
        }
    }

    fn draw(&mut self, rates: &Rates, who: &str, urgency: Urgency, wanted: u64, now: i64) -> Answer {
        if let Some(free) = self.free(rates, now) {
            return Answer::Drawn(free);
        }
        let limit = rates.server_limit();
        self.server.mend(limit, now, GIVEN);
        let from = self.server.next(limit, ahead_of(urgency), now);
        if from > now.saturating_add(AHEAD) {
            return Answer::NotBefore(from - SECOND);
        }
        let (mut letters, mut until) = (wanted.max(1), from.saturating_add(HOLD));
        let distance = self.server.distance(limit, now);
        if distance > 0 {
            // For a second, or the one letter of a slower pace.
            letters = letters.min((SECOND / distance).max(1).cast_unsigned());
        }
        if rates.counts() {
            let left = match self.left(rates, urgency, from) {
                Ok(left) => left,
                Err(next) => return Answer::NotBefore(next.max(now.saturating_add(1))),
            };
            letters = letters.min(left.div_ceil(PART));
        }
        // Counted letters go in the part of the hour and the day in which they are counted, and in no other.
        let end = if rates.counts() { self.hour.part_end(from) } else { i64::MAX };
        if distance > 0 {
            let fit = end.saturating_sub(from).cast_unsigned().div_ceil(distance.cast_unsigned());
            letters = letters.min(fit.max(1));
            until = from.saturating_add(distance.saturating_mul(i64::try_from(letters).unwrap_or(i64::MAX)));
        }
        until = until.min(end);
        self.first.get_or_insert(now);
        self.server.add_many(limit, from, now, letters);
        if rates.counts() {
            self.hour.add(from, letters);
            self.day.add(from, letters);
        }
        let (senders, known_from) = self.note(who, until, now);
        Answer::Drawn(Grant { letters, from, until, distance, senders, known_from })
    }

    /// When the next letter may be given away, in microseconds since 1970: `now`, or later. Nothing is taken.
    #[must_use]
    pub fn next(&self, rates: &Rates, urgency: Urgency, now: i64) -> i64 {
        if self.free(rates, now).is_some() {
            return now;
        }
        let (limit, mut server) = (rates.server_limit(), self.server.clone());
        server.mend(limit, now, GIVEN);
        let from = server.next(limit, ahead_of(urgency), now);
        if from > now.saturating_add(AHEAD) {
            return from - SECOND;
        }
        if rates.counts() { self.left(rates, urgency, from).map_or_else(|next| next, |_| now) } else { now }
    }

    /// What hour and day have left, at least one; or when they have.
    fn left(&self, rates: &Rates, urgency: Urgency, at: i64) -> Result<u64, i64> {
        let (mut left, mut next) = (u64::MAX, at);
        let limits =
            [(&self.hour, rates.hour_limit(urgency)), (&self.day, rates.day_limit(urgency, self.day_number(at)))];
        for (window, limit) in limits {
            if let Some(limit) = limit {
                left = left.min(limit.saturating_sub(window.count(at)));
                next = next.max(window.next(limit, at));
            }
        }
        if left == 0 { Err(next) } else { Ok(left) }
    }

    /// Notes who sends. Says how many do, and from when on all of them know.
    fn note(&mut self, who: &str, until: i64, now: i64) -> (u64, i64) {
        let last = until.max(now.saturating_add(HOLD)).saturating_add(HOLD);
        // Whoever is believed to send for longer than anybody can was noted by a clock that was wrong.
        self.senders.retain(|_, until| (now..now.saturating_add(DAY)).contains(until));
        let others = self.senders.keys().filter(|other| &***other != who).count() as u64;
        let is_new = self.senders.insert(who.into(), last).is_none();
        (others + 1, if is_new && others > 0 { now.saturating_add(HOLD) } else { i64::MIN })
    }

    fn take_back(&mut self, unused: &[Unused]) {
        for unused in unused {
            self.hour.take_back(unused.counted, unused.letters);
            self.day.take_back(unused.counted, unused.letters);
        }
    }

    /// Which day it is since the first letter, from 0.
    fn day_number(&self, now: i64) -> i64 {
        now.saturating_sub(self.first.unwrap_or(now)) / DAY
    }

    /// How long so many letters take at these limits; `None` where nothing limits them.
    #[must_use]
    pub fn estimate(&self, rates: &Rates, letters: u64, now: Timestamp) -> Option<SignedDuration> {
        let begun = now.as_microsecond();
        let pace = self.server.per_hour(rates.server_limit(), begun);
        if pace.is_none()
            && rates.hour_limit(Urgency::Issue).is_none()
            && rates.day_limit(Urgency::Issue, self.day_number(begun)).is_none()
        {
            return None;
        }
        // By hours as a clock has them, which is near enough for a sentence.
        let used_hour = self.hour.count(begun);
        let mut used_day = self.day.count(begun);
        let mut left = letters;
        for hour in 0..24 * 366_i64 {
            let at = begun + hour * HOUR;
            if hour > 0 && hour % 24 == 0 {
                used_day = 0;
            }
            let by_pace = self.server.per_hour(rates.server_limit(), at).unwrap_or(u64::MAX);
            let by_hour = rates
                .hour_limit(Urgency::Issue)
                .map_or(u64::MAX, |limit| limit.saturating_sub(if hour == 0 { used_hour } else { 0 }));
            let by_day = rates
                .day_limit(Urgency::Issue, self.day_number(at))
                .map_or(u64::MAX, |limit| limit.saturating_sub(used_day));
            let these = by_pace.min(by_hour).min(by_day);
            if these >= left {
                let part = i64::try_from(left.saturating_mul(HOUR.cast_unsigned()) / by_pace.max(1)).unwrap_or(0);
                return Some(SignedDuration::from_micros(hour * HOUR + part.clamp(0, HOUR)));
            }
            left -= these;
            used_day = used_day.saturating_add(these);
        }
        Some(SignedDuration::from_hours(24 * 366))
    }
}

/// How far, in microseconds, a letter may overtake the even distance.
fn ahead_of(urgency: Urgency) -> i64 {
    if urgency == Urgency::Notice { SECOND } else { 0 }
}

impl Default for Account {
    fn default() -> Self {
        Self::new()
    }
}
