//! How much the endpoint takes: from one network, and for the addresses of one domain. (For one address: [`super::addressees`].)
//!
//! A network that asks too often is refused. Mail is another matter: whoever floods a domain's addresses must not shut out its other readers, so nothing is
//! dropped. Beyond the budget, mail waits for a free place in one of two lines, and those who have worked for it (a moment of their computer's time) have a line to themselves.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use governor::DefaultKeyedRateLimiter;
use governor::Quota;
use ipnet::IpNet;
use jiff::SignedDuration;
use jiff::Timestamp;

use crate::config::newsletter::Limits as Settings;
use crate::subscriber::keys::AddressHash;
use crate::workflow::subscribe::addressees::Addressees;
use crate::workflow::subscribe::addressees::Post;
use crate::workflow::subscribe::addressees::What;

/// Longer than this nobody is made to wait: then the answer is that we are full.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);
/// Leading zero bits that are asked for at least; each doubling of the line's minutes asks for one more.
const LEAST_BITS: u8 = 16;
/// And at most: about ten seconds of a telephone.
const MOST_BITS: u8 = 20;
/// Tokens that are remembered as used.
const REMEMBERED: usize = 500_000;
/// Messages a minute to the site's owner.
const OWNER_PER_MINUTE: u32 = 6;

/// The limits, with what was taken so far. Kept in memory: a restart forgets.
pub(in crate::workflow) struct Limits {
    networks: DefaultKeyedRateLimiter<IpNet>,
    addressees: Mutex<Addressees>,
    calls: AtomicU32,
    lines: Mutex<Lines>,
    used: Mutex<Used>,
}

/// What becomes of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workflow) enum Turn {
    /// It may go.
    Now,
    /// It goes at that moment.
    At(Timestamp),
    /// There is a line; work shortens it. So many leading zero bits.
    Work(u8),
    /// The line is longer than a day.
    Full,
}

/// Whose line a mail stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workflow) enum To<'a> {
    /// Readers with addresses of this domain.
    Readers(&'a str),
    /// The site's owner, whose line holds up nobody else.
    Owner,
}

/// What somebody who asks has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workflow) enum Shown {
    /// Nothing, but can be asked to work.
    CanWork,
    /// Nothing, and cannot: there is no script.
    CannotWork,
    /// Work.
    Worked,
}

impl Limits {
    pub(in crate::workflow) fn new(settings: &Settings) -> Self {
        let hourly =
            |count: u32| Quota::per_hour(std::num::NonZeroU32::new(count).unwrap_or(std::num::NonZeroU32::MIN));
        Self {
            networks: DefaultKeyedRateLimiter::keyed(hourly(settings.network_per_hour)),
            addressees: Mutex::new(Addressees::new(settings.address_per_hour)),
            calls: AtomicU32::new(0),
            lines: Mutex::new(Lines {
                domain: settings.domain_per_minute,
                total: settings.total_per_minute,
                all: Line::default(),
                domains: HashMap::new(),
            }),
            used: Mutex::new(Used::default()),
        }
    }

    /// Counts a request of a network; whether it is one too many.
    pub(in crate::workflow) fn is_too_often(&self, network: IpNet) -> bool {
        self.sweep();
        self.networks.check_key(&network).is_err()
    }

    /// Counts a mail to an address that is asked for and could go at `at`; when it goes. Counted alike whether the address is known or not.
    pub(in crate::workflow) fn post(&self, address: AddressHash, what: What, at: Timestamp) -> Post {
        lock(&self.addressees).post(address, what, at)
    }

    /// Takes a mail's place: free, in a line, or none.
    pub(in crate::workflow) fn turn(&self, to: To<'_>, shown: Shown, now: Timestamp) -> Turn {
        lock(&self.lines).turn(to, shown, now)
    }

    /// Whether a token is used for the first time.
    pub(in crate::workflow) fn is_first_use(&self, token: [u8; 16], expires: Timestamp, now: Timestamp) -> bool {
        lock(&self.used).is_first(token, expires, now)
    }

    /// Forgets now and then whom nothing is held against any more.
    fn sweep(&self) {
        if self.calls.fetch_add(1, Ordering::Relaxed) % 4096 == 4095 {
            self.networks.retain_recent();
            self.networks.shrink_to_fit();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// When the next place is free, in microseconds of the epoch: free of charge, for those who worked, for the others.
#[derive(Clone, Copy, Default)]
struct Line {
    free: i64,
    worked: i64,
    others: i64,
}

struct Lines {
    domain: u32,
    total: u32,
    all: Line,
    domains: HashMap<Box<str>, Line>,
}

impl Lines {
    fn turn(&mut self, to: To<'_>, shown: Shown, now: Timestamp) -> Turn {
        let now = now.as_microsecond();
        self.forget(now);
        // No domain is empty.
        let (domain, per_minute) = match to {
            To::Readers(domain) => (domain, self.domain),
            To::Owner => ("", OWNER_PER_MINUTE),
        };
        let mut line = self.domains.get(domain).copied().unwrap_or_default();
        let (per_domain, per_total) = (interval(per_minute), interval(self.total));
        // A minute's worth may come at once.
        let next = [next_place(line.free, per_domain, now), next_place(self.all.free, per_total, now)];
        let turn = if next.iter().all(|(wait, _)| *wait <= 0) {
            (line.free, self.all.free) = (next[0].1, next[1].1);
            Turn::Now
        } else {
            // Those who cannot work have a quarter of the places.
            let factor = if shown == Shown::CannotWork { 4 } else { 1 };
            let (own, all) = match shown {
                Shown::CannotWork => (&mut line.others, &mut self.all.others),
                _ => (&mut line.worked, &mut self.all.worked),
            };
            let (one, other) = (next_place(*own, per_domain * factor, now), next_place(*all, per_total * factor, now));
            let wait = one.0.max(other.0).max(0);
            if wait > LONGEST_WAIT.as_micros().try_into().unwrap_or(i64::MAX) {
                Turn::Full
            } else if shown == Shown::CanWork {
                let minutes = u64::try_from(wait / 60_000_000).unwrap_or_default();
                let more = u8::try_from(u64::BITS - minutes.leading_zeros()).unwrap_or(u8::MAX);
                Turn::Work(LEAST_BITS.saturating_add(more).min(MOST_BITS))
            } else {
                (*own, *all) = (one.1, other.1);
                Timestamp::from_microsecond(now.saturating_add(wait)).map_or(Turn::Full, Turn::At)
            }
        };
        self.domains.insert(domain.into(), line);
        turn
    }

    /// Domains with no line and a whole minute's worth of free places say nothing.
    fn forget(&mut self, now: i64) {
        if self.domains.len() >= 10_000 {
            self.domains.retain(|_, line| line.free.max(line.worked).max(line.others) > now);
        }
    }
}

/// Microseconds between two places where there are so many a minute.
fn interval(per_minute: u32) -> i64 {
    60_000_000 / i64::from(per_minute.max(1))
}

/// How long the next place is away, and the line after it was taken.
fn next_place(line: i64, interval: i64, now: i64) -> (i64, i64) {
    let after = line.max(now) + interval;
    (after - now - 60_000_000, after)
}

/// Tokens that were used, until they expire.
#[derive(Default)]
struct Used {
    tokens: HashSet<([u8; 16], Timestamp)>,
}

impl Used {
    fn is_first(&mut self, token: [u8; 16], expires: Timestamp, now: Timestamp) -> bool {
        if self.tokens.len() >= REMEMBERED {
            self.tokens.retain(|(_, expires)| *expires >= now);
        }
        // All of them still good: that many were never handed out to people. Whoever used them up may use them again, within every other limit; nobody else is shut out.
        if self.tokens.len() >= REMEMBERED {
            self.tokens.clear();
        }
        self.tokens.insert((token, expires))
    }
}

/// Whether `nonce` is work for `token`: the SHA-256 of `token.nonce` begins with so many zero bits.
pub(in crate::workflow) fn is_work(token: &str, nonce: &str, bits: u8) -> bool {
    if nonce.len() > 20 || !nonce.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let hash = ring::digest::digest(&ring::digest::SHA256, format!("{token}.{nonce}").as_bytes());
    let mut zeros: u32 = 0;
    for octet in hash.as_ref() {
        zeros += octet.leading_zeros();
        if *octet != 0 {
            break;
        }
    }
    zeros >= u32::from(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000_000 + second).unwrap()
    }

    fn limits() -> Limits {
        Limits::new(&Settings { domain_per_minute: 60, total_per_minute: 300, ..Settings::default() })
    }

    #[test]
    fn a_flood_waits_and_shuts_nobody_out() {
        let limits = limits();
        for _ in 0..60 {
            assert_eq!(limits.turn(To::Readers("big.example"), Shown::CannotWork, at(0)), Turn::Now);
        }
        assert_eq!(limits.turn(To::Readers("big.example"), Shown::CanWork, at(0)), Turn::Work(16));
        // An hour's worth of a flood that cannot work.
        let last = (0..900).map(|_| limits.turn(To::Readers("big.example"), Shown::CannotWork, at(0))).last();
        assert!(matches!(last, Some(Turn::At(moment)) if moment > at(3000)), "{last:?}");
        // Who works does not stand in that line, and other domains notice nothing.
        assert_eq!(limits.turn(To::Readers("big.example"), Shown::Worked, at(0)), Turn::At(at(0)));
        assert_eq!(limits.turn(To::Readers("small.example"), Shown::CannotWork, at(0)), Turn::Now);
        // A second later there is a place again.
        assert_eq!(limits.turn(To::Readers("big.example"), Shown::CannotWork, at(1)), Turn::Now);
    }

    #[test]
    fn a_line_of_a_day_is_full() {
        let limits = limits();
        let full =
            (0..60 + 15 * 60 * 25).map(|_| limits.turn(To::Readers("big.example"), Shown::CannotWork, at(0))).last();
        assert_eq!(full, Some(Turn::Full));
        assert!(matches!(limits.turn(To::Readers("big.example"), Shown::Worked, at(0)), Turn::At(_)));
    }

    #[test]
    fn messages_to_the_owner_hold_up_no_reader() {
        let limits = limits();
        let now = (0..20).filter(|_| limits.turn(To::Owner, Shown::CannotWork, at(0)) == Turn::Now).count();
        assert_eq!(now, 6);
        assert!(matches!(limits.turn(To::Owner, Shown::CanWork, at(0)), Turn::Work(_)));
        assert_eq!(limits.turn(To::Readers("big.example"), Shown::CannotWork, at(0)), Turn::Now);
    }

    #[test]
    fn in_total_too() {
        let limits = limits();
        let domains: Vec<String> = (0..300).map(|n| format!("d{n}.example")).collect();
        assert!(domains.iter().all(|domain| limits.turn(To::Readers(domain), Shown::CannotWork, at(0)) == Turn::Now));
        assert!(matches!(limits.turn(To::Readers("another.example"), Shown::CanWork, at(0)), Turn::Work(_)));
    }

    #[test]
    fn networks_are_counted() {
        let limits = limits();
        let network = "192.0.2.1/32".parse().unwrap();
        assert_eq!((0..40).filter(|_| limits.is_too_often(network)).count(), 10);
        assert!(!limits.is_too_often("192.0.2.2/32".parse().unwrap()));
    }

    #[test]
    fn tokens_are_good_once() {
        let limits = limits();
        assert!(limits.is_first_use([1; 16], at(60), at(0)));
        assert!(!limits.is_first_use([1; 16], at(60), at(0)));
        assert!(limits.is_first_use([2; 16], at(60), at(0)));
    }

    #[test]
    fn work_is_looked_at() {
        let nonce = (0..).find(|nonce| is_work("token", &u64::to_string(nonce), 8)).unwrap();
        assert!(!is_work("other", &nonce.to_string(), 20));
        assert!(!is_work("token", "x", 0) && !is_work("token", &"1".repeat(30), 0));
    }
}
