//! How often one address is written to, whoever asks.
//!
//! Whoever asks for mail to somebody else's address must neither fill that inbox nor keep its owner out, and the answer must not tell what others asked for. So the answer is
//! always the same; the first few mails of a day go at once, each further one waits twice as long as the one before, and while one waits it stands for all that
//! are asked for meanwhile. The owner has links enough in the inbox by then.

use std::collections::HashMap;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::subscriber::keys::AddressHash;

/// After so long without a mail, the count begins anew.
const QUIET: SignedDuration = SignedDuration::from_hours(24);
/// What the first mail over the limit waits.
const FIRST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// Addresses that are remembered.
const REMEMBERED: usize = 200_000;

/// What is asked for. Each is counted alone, so that nobody's request for one thing uses up what is left for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::workflow) enum What {
    /// To be subscribed to the newsletter of that number: a mail about another one does not stand for it.
    Subscription(usize),
    /// A fresh link, by somebody with a link out of an issue. It never waits longer than the first: the reader may need it.
    FreshLink,
    /// To take a new address into use.
    Address,
}

/// When a mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workflow) enum Post {
    /// At this moment.
    At(Timestamp),
    /// Not at all: one that waits already says the same.
    Waits,
}

/// Who was written to.
pub(in crate::workflow) struct Addressees {
    at_once: u32,
    known: HashMap<(AddressHash, What), Addressee>,
}

struct Addressee {
    /// Mails that went at once.
    mails: u32,
    /// Mails that had to wait.
    waits: u32,
    /// When the latest goes, or went.
    last: Timestamp,
}

impl Addressees {
    /// So many mails go at once.
    pub(in crate::workflow) fn new(at_once: u32) -> Self {
        Self { at_once, known: HashMap::new() }
    }

    /// Counts a mail that could go at `at`.
    pub(in crate::workflow) fn post(&mut self, address: AddressHash, what: What, at: Timestamp) -> Post {
        let is_quiet = |one: &Addressee| at.duration_since(one.last) >= QUIET;
        if self.known.len() >= REMEMBERED {
            self.known.retain(|_, one| !is_quiet(one));
        }
        // That many in a day are a flood, which other limits hold back.
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let new = Addressee { mails: 0, waits: 0, last: at };
        let one = self.known.entry((address, what)).or_insert(new);
        if is_quiet(one) {
            (one.mails, one.waits) = (0, 0);
        }
        if at < one.last {
            return Post::Waits;
        }
        if one.mails < self.at_once {
            one.mails += 1;
            one.last = at;
            return Post::At(at);
        }
        let factor = if what == What::FreshLink { 1 } else { 1 << one.waits.min(5) };
        let wait = FIRST_WAIT.saturating_mul(factor).min(QUIET);
        one.waits = one.waits.saturating_add(1);
        one.last = one.last.saturating_add(wait).unwrap_or(Timestamp::MAX).max(at);
        Post::At(one.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JANE: AddressHash = AddressHash([1; 32]);

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_000_000_000 + minutes * 60).unwrap()
    }

    /// When mails go to somebody for whom one is asked every minute of so many days.
    fn flood(what: What, days: i64) -> Vec<i64> {
        let mut addressees = Addressees::new(3);
        let minutes = (0..days * 24 * 60).map(|minute| addressees.post(JANE, what, at(minute)));
        let sent = minutes.filter_map(|post| match post {
            Post::At(moment) => Some((moment.as_second() - 1_000_000_000) / 60),
            Post::Waits => None,
        });
        sent.collect()
    }

    #[test]
    fn a_flood_becomes_a_few_mails() {
        let sent = flood(What::Subscription(0), 7);
        assert_eq!(sent[..7], [0, 1, 2, 62, 182, 422, 902]);
        assert!(sent.len() <= 14, "{sent:?}");
        assert!(sent.windows(2).all(|pair| pair[0] < pair[1]), "{sent:?}");
        let links = flood(What::FreshLink, 1);
        assert!(links[3..].windows(2).all(|pair| pair[1] - pair[0] == 60), "{links:?}");
    }

    #[test]
    fn one_request_uses_up_nothing_of_another() {
        let mut addressees = Addressees::new(1);
        for _ in 0..100 {
            addressees.post(JANE, What::Subscription(0), at(0));
        }
        assert_eq!(addressees.post(JANE, What::FreshLink, at(0)), Post::At(at(0)));
        assert_eq!(addressees.post(JANE, What::Address, at(0)), Post::At(at(0)));
        assert_eq!(addressees.post(AddressHash([2; 32]), What::Subscription(0), at(0)), Post::At(at(0)));
    }

    #[test]
    fn after_a_quiet_day_all_is_forgotten() {
        let mut addressees = Addressees::new(1);
        assert_eq!(addressees.post(JANE, What::Subscription(0), at(0)), Post::At(at(0)));
        assert_eq!(addressees.post(JANE, What::Subscription(0), at(1)), Post::At(at(60)));
        assert_eq!(addressees.post(JANE, What::Subscription(0), at(2)), Post::Waits);
        let later = at(60 + 24 * 60);
        assert_eq!(addressees.post(JANE, What::Subscription(0), later), Post::At(later));
        assert_eq!(addressees.post(JANE, What::Subscription(0), later), Post::At(later + FIRST_WAIT));
    }

    #[test]
    fn memory_is_bounded() {
        let mut addressees = Addressees::new(1);
        for number in 0..REMEMBERED + 10 {
            let mut octets = [0; 32];
            octets[..8].copy_from_slice(&number.to_be_bytes());
            addressees.post(AddressHash(octets), What::Subscription(0), at(0));
        }
        assert!(addressees.known.len() <= REMEMBERED);
    }
}
