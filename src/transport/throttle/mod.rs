//! How fast letters may go to a server: by the second, the hour and the day, to each domain of readers, slower when it complains, and slowly at first.
//!
//! Seconds and domains are paced at even distances. Hours and days are counted in spans that move along, because that is how servers count: a day's letters may go
//! within an hour, and never is one more than allowed in any 24.
//!
//! A server's limits are those of all processes that send to it, here and elsewhere, together. What they share is an [`Account`](account::Account), kept where all of them reach it (a
//! [`Bank`](gate::Bank)). A process draws on it ahead, for about a second at a time, so that a letter costs nothing: so many letters, from a moment on, until another. What it does not
//! use it gives back; what it drew when it died is lost to all, so there are never more than allowed.

pub mod account;
pub mod gate;
mod pace;
mod process;
mod purse;
#[cfg(test)]
mod several_tests;
#[cfg(test)]
mod tests;
mod window;

use jiff::Timestamp;

pub use crate::transport::throttle::process::Domains;
pub use crate::transport::throttle::process::Throttle;
use crate::value::reply::Reply;
use crate::value::reply::Stage;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// Of ten letters an hour or a day, one is kept for notices: somebody is waiting for them.
const RESERVED: u64 = 10;
/// How long what is drawn lasts, in microseconds, unless a pace says otherwise. So long it takes until a process knows of another one that begins or ends.
const HOLD: i64 = 1_500_000;

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
    /// Nobody knows before more has been drawn from what all processes share.
    Ask,
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

impl Rates {
    /// Whether nothing is limited but by what a server says.
    fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether hours or days are counted.
    fn counts(&self) -> bool {
        self.per_hour.is_some() || self.per_day.is_some() || self.warm_up.is_some()
    }

    /// Letters an hour, of the limit by the second.
    fn server_limit(&self) -> Option<u64> {
        self.per_second.map(|letters| u64::from(letters.max(1)) * 3600)
    }

    /// Letters an hour to one domain, of one of so many senders.
    fn domain_limit(&self, senders: u64) -> Option<u64> {
        self.domain_per_minute.map(|letters| (u64::from(letters.max(1)) * 60 / senders.max(1)).max(1))
    }

    /// Letters at a time to one domain, of one of so many senders.
    fn domain_connections(&self, senders: u64) -> Option<u64> {
        self.domain_connections.map(|letters| (u64::from(letters) / senders.max(1)).max(1))
    }

    fn hour_limit(&self, urgency: Urgency) -> Option<u64> {
        self.per_hour.map(|letters| share(letters.into(), urgency))
    }

    /// `day` counts from 0, the day of the first letter.
    fn day_limit(&self, urgency: Urgency, day: i64) -> Option<u64> {
        let warm = self.warm_up.map(|warm_up| warm_up.letters(day));
        let configured = self.per_day.map(u64::from);
        let limit = match (configured, warm) {
            (Some(configured), Some(warm)) => Some(configured.min(warm)),
            (configured, warm) => configured.or(warm),
        };
        limit.map(|letters| share(letters, urgency))
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
