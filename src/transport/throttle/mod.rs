//! How fast letters may go to a server: by the second, the hour and the day, to each domain of readers, slower when it complains, and slowly at first.
//!
//! Seconds and domains are paced at even distances. Hours and days are counted in spans that move along, because that is how servers count: a day's letters may go
//! within an hour, and never is one more than allowed in any 24.

pub mod gate;
mod pace;
#[cfg(test)]
mod tests;
mod window;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::transport::throttle::pace::Pace;
use crate::transport::throttle::window::Window;
use crate::value::reply::Reply;
use crate::value::reply::Stage;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// Of ten letters an hour or a day, one is kept for notices: somebody is waiting for them.
const RESERVED: u64 = 10;
/// Domains that are remembered before those that no longer matter are forgotten.
const DOMAINS: usize = 10_000;

/// What a server may be sent. Without a number there is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Letters a second.
    pub per_second: Option<u32>,
    /// Letters in any hour.
    pub per_hour: Option<u32>,
    /// Letters in any 24 hours.
    pub per_day: Option<u32>,
    /// Letters a minute to the addresses of one domain.
    pub domain_per_minute: Option<u32>,
    /// Letters at a time to the addresses of one domain.
    pub domain_connections: Option<u16>,
    /// For a sender whom receivers do not know yet.
    pub warm_up: Option<WarmUp>,
}

/// Few letters on the first day, more on each that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmUp {
    /// Letters in the first 24 hours.
    pub first_day: u32,
    /// How many more on each day than on the one before, in percent.
    pub growth: u32,
}

/// What a letter is about, for whom it may overtake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// A notice, which somebody asked for a moment ago.
    Notice,
    /// An issue.
    Issue,
}

/// Whether a letter may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Now; its place is taken.
    Go,
    /// Not before this moment.
    At(Timestamp),
    /// As soon as one of those that are under way to the same domain is done.
    Busy,
}

/// Who complains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// The server that we talk to, about all letters.
    Server,
    /// The domain of the reader.
    Domain,
}

/// The state of one server's limits. It can be kept (as JSON, say) and go on later, under the same limits or others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    #[serde(skip)]
    rates: Rates,
    server: Pace,
    hour: Window,
    day: Window,
    /// When the first letter went, in microseconds since 1970.
    first: Option<i64>,
    domains: BTreeMap<Box<str>, Pace>,
    #[serde(skip)]
    under_way: BTreeMap<Box<str>, u16>,
    /// How many domains there may be before those that no longer matter are looked for.
    #[serde(skip)]
    look_at: usize,
}

impl Throttle {
    /// One that has sent nothing yet.
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        Self {
            rates,
            server: Pace::new(),
            hour: Window::new(HOUR),
            day: Window::new(DAY),
            first: None,
            domains: BTreeMap::new(),
            under_way: BTreeMap::new(),
            look_at: DOMAINS,
        }
    }

    /// The same with these limits: after it was read from where it was kept, or when the configuration has changed.
    #[must_use]
    pub fn with_rates(mut self, rates: Rates) -> Self {
        self.rates = rates;
        self
    }

    /// What is to be kept: without domains about which there is nothing to remember, since a domain can be one person's.
    #[must_use]
    pub fn kept(&self, now: Timestamp) -> Self {
        let mut kept = self.clone();
        kept.forget_domains(now.as_microsecond());
        kept.under_way.clear();
        kept
    }

    /// Asks for the place of a letter to a reader at `domain`. After [`Turn::Go`], [`Throttle::done`] must follow.
    pub fn take(&mut self, domain: &str, urgency: Urgency, now: Timestamp) -> Turn {
        let limit = self.rates.domain_connections;
        if limit.is_some_and(|limit| self.under_way.get(domain).is_some_and(|letters| *letters >= limit.max(1))) {
            return Turn::Busy;
        }
        let at = now.as_microsecond();
        let (server_limit, domain_limit) = (self.server_limit(), self.domain_limit());
        self.server.mend(server_limit, at);
        if let Some(pace) = self.domains.get_mut(domain) {
            pace.mend(domain_limit, at);
        }
        let next = self.next(domain, urgency, at);
        if next > at {
            return Turn::At(Timestamp::from_microsecond(next).unwrap_or(Timestamp::MAX));
        }
        self.first.get_or_insert(at);
        self.server.add(server_limit, at);
        self.hour.add(at);
        self.day.add(at);
        if self.domains.len() >= self.look_at.max(DOMAINS) {
            self.forget_domains(at);
            // Where most of them matter, not again with every letter.
            self.look_at = self.domains.len() * 2;
        }
        self.domains.entry(domain.into()).or_insert_with(Pace::new).add(domain_limit, at);
        *self.under_way.entry(domain.into()).or_default() += 1;
        Turn::Go
    }

    /// A letter to this domain is no longer under way, whatever became of it.
    pub fn done(&mut self, domain: &str) {
        if let Some(letters) = self.under_way.get_mut(domain) {
            *letters = letters.saturating_sub(1);
            if *letters == 0 {
                self.under_way.remove(domain);
            }
        }
    }

    /// Hears a reply: one that asks for patience halves the pace, which then recovers within an hour or so.
    pub fn hear(&mut self, domain: &str, reply: &Reply, now: Timestamp) -> Option<Complaint> {
        let complaint = complaint(reply)?;
        let at = now.as_microsecond();
        match complaint {
            Complaint::Server => self.server.halve(self.server_limit(), at),
            Complaint::Domain => {
                let limit = self.domain_limit();
                self.domains.entry(domain.into()).or_insert_with(Pace::new).halve(limit, at);
            }
        }
        Some(complaint)
    }

    /// How long so many letters take at these limits; `None` where nothing limits them.
    #[must_use]
    pub fn estimate(&self, letters: u64, now: Timestamp) -> Option<SignedDuration> {
        let begun = now.as_microsecond();
        let pace = self.server.per_hour(self.server_limit(), begun);
        if pace.is_none()
            && self.hour_limit(Urgency::Issue).is_none()
            && self.day_limit(Urgency::Issue, begun).is_none()
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
            let by_pace = self.server.per_hour(self.server_limit(), at).unwrap_or(u64::MAX);
            let by_hour = self
                .hour_limit(Urgency::Issue)
                .map_or(u64::MAX, |limit| limit.saturating_sub(if hour == 0 { used_hour } else { 0 }));
            let by_day = self.day_limit(Urgency::Issue, at).map_or(u64::MAX, |limit| limit.saturating_sub(used_day));
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

    fn next(&self, domain: &str, urgency: Urgency, now: i64) -> i64 {
        let ahead = if urgency == Urgency::Notice { SECOND } else { 0 };
        let mut next = self.server.next(self.server_limit(), ahead, now);
        if let Some(limit) = self.hour_limit(urgency) {
            next = next.max(self.hour.next(limit, now));
        }
        if let Some(limit) = self.day_limit(urgency, now) {
            next = next.max(self.day.next(limit, now));
        }
        if let Some(pace) = self.domains.get(domain) {
            next = next.max(pace.next(self.domain_limit(), ahead, now));
        }
        next
    }

    fn server_limit(&self) -> Option<u64> {
        self.rates.per_second.map(|letters| u64::from(letters.max(1)) * 3600)
    }

    fn domain_limit(&self) -> Option<u64> {
        self.rates.domain_per_minute.map(|letters| u64::from(letters.max(1)) * 60)
    }

    fn hour_limit(&self, urgency: Urgency) -> Option<u64> {
        self.rates.per_hour.map(|letters| share(letters.into(), urgency))
    }

    fn day_limit(&self, urgency: Urgency, now: i64) -> Option<u64> {
        let warm =
            self.rates.warm_up.map(|warm_up| warm_up.letters(now.saturating_sub(self.first.unwrap_or(now)) / DAY));
        let configured = self.rates.per_day.map(u64::from);
        let limit = match (configured, warm) {
            (Some(configured), Some(warm)) => Some(configured.min(warm)),
            (configured, warm) => configured.or(warm),
        };
        limit.map(|letters| share(letters, urgency))
    }

    fn forget_domains(&mut self, now: i64) {
        let limit = self.domain_limit();
        self.domains.retain(|_, pace| pace.matters(limit, now));
    }
}

/// What issues may have of a limit. A limit of few has nothing to keep.
fn share(letters: u64, urgency: Urgency) -> u64 {
    let letters = letters.max(1);
    if urgency == Urgency::Issue { letters - letters / RESERVED } else { letters }
}

impl WarmUp {
    /// Letters on a day, counted from 0.
    fn letters(self, day: i64) -> u64 {
        let mut letters = u64::from(self.first_day.max(1));
        for _ in 0..day.clamp(0, 3650) {
            // At least one more, so that it ends.
            letters = letters.saturating_add((letters.saturating_mul(self.growth.into()) / 100).max(1));
            if letters > u64::from(u32::MAX) {
                break;
            }
        }
        letters
    }
}

/// Whether a reply asks us to be slower: 421, and 4xx with the enhanced code of a policy (x.7.x). Said of a recipient, it is his domain that asks: many
/// defer the first letter of every sender.
#[must_use]
pub fn complaint(reply: &Reply) -> Option<Complaint> {
    let is_policy = matches!(reply.enhanced, Some([4, 7, _]));
    match (reply.code, reply.stage) {
        (421, _) => Some(Complaint::Server),
        (400..=499, Stage::Rcpt) if is_policy => Some(Complaint::Domain),
        (400..=499, _) if is_policy => Some(Complaint::Server),
        _ => None,
    }
}
