//! How far an issue is, counted along, and when so much is refused or in doubt that it is better to stop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use crate::newsletter::delivery::State;
use crate::newsletter::refusal;
use crate::workflow::deliver;
use crate::workflow::deliver::Handle;
use crate::workflow::deliver::Told;
use crate::workflow::send::Teller;

/// Of a list of fewer readers than this, a share proves nothing.
const FEW: u64 = 50;
/// So many refusals by policy pause an issue with so small a list, as long as nobody has got it; all of them, where it has fewer readers still.
const LEAST_OF_FEW: u64 = 3;
/// So many refusals for good, for whatever reason, pause it as long as nobody has got it.
const LEAST_UNWANTED_OF_FEW: u64 = 5;
/// The share of letters that were refused for good, for whatever reason, above which it does: so many of so many. No list that was ever written to has as many mailboxes that are gone.
const ANY: (u64, u64) = (2, 3);
/// Fewer than this number of those may be a few readers' own fault.
const LEAST_OF_ANY: u64 = 50;

/// What makes an issue pause itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ills {
    /// Too many letters were refused for what is said of the sender: by policies, for instance.
    Refused,
    /// Too many letters were refused for good, for whatever reason.
    Unwanted,
    /// Of too many letters the last answer was lost.
    Doubted,
}

/// Counts, and passes on what happens.
pub(in crate::workflow::send) struct Tally {
    teller: Arc<dyn Teller>,
    audience: u64,
    settled: AtomicU64,
    tried: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
    unwanted: AtomicU64,
    doubted: AtomicU64,
    /// Whether no server is left that does not refuse us.
    is_shut_out: AtomicBool,
    /// What is stopped by the very refusal that is one too many: whoever only looks from time to time sees a fast server refuse everybody first.
    round: OnceLock<Handle>,
}

impl Tally {
    /// Of an issue whose deliveries stand like this.
    pub(in crate::workflow::send) fn new(
        states: &BTreeMap<State, u64>,
        audience: u64,
        teller: Arc<dyn Teller>,
    ) -> Self {
        let settled = states.iter().filter(|(state, _)| state.is_final()).map(|(_, count)| count).sum();
        let accepted = states.get(&State::Sent).copied().unwrap_or_default();
        Self {
            teller,
            audience,
            settled: AtomicU64::new(settled),
            tried: AtomicU64::default(),
            accepted: AtomicU64::new(accepted),
            refused: AtomicU64::default(),
            unwanted: AtomicU64::default(),
            doubted: AtomicU64::default(),
            is_shut_out: AtomicBool::default(),
            round: OnceLock::new(),
        }
    }

    /// This is what it counts, and stops where too much is refused.
    pub(in crate::workflow::send) fn watch(&self, round: Handle) {
        // There is one round for each tally.
        let _ = self.round.set(round);
    }

    /// Whether more than one of fifty (of a short list, everybody so far) was refused for what is said of us, or its answer was lost, or more than two of three were refused for good at all:
    /// that is about us, or about what stands between us and the server, and trying it on all others makes it worse.
    pub(in crate::workflow::send) fn ills(&self) -> Option<Ills> {
        let tried = self.tried.load(Ordering::Relaxed);
        let is_one_of = |count: &AtomicU64| refusal::is_too_many(count.load(Ordering::Relaxed), tried);
        let unwanted = self.unwanted.load(Ordering::Relaxed);
        let few =
            few_refused(self.refused.load(Ordering::Relaxed), self.accepted.load(Ordering::Relaxed), self.audience);
        if self.is_shut_out.load(Ordering::Relaxed) || few || is_one_of(&self.refused) {
            Some(Ills::Refused)
        } else if is_one_of(&self.doubted) {
            Some(Ills::Doubted)
        } else {
            let nobody =
                self.audience < FEW && self.accepted.load(Ordering::Relaxed) == 0 && unwanted >= LEAST_UNWANTED_OF_FEW;
            (nobody || unwanted >= LEAST_OF_ANY && unwanted * ANY.1 > tried * ANY.0).then_some(Ills::Unwanted)
        }
    }

    /// Stops where it is better to.
    fn look(&self) {
        if let Some(round) = self.round.get().filter(|_| self.ills().is_some()) {
            round.stop();
        }
    }
}

/// Whether so many refusals by policy are too many for a list of so few, of whom so many have it.
fn few_refused(refused: u64, accepted: u64, audience: u64) -> bool {
    let least = LEAST_OF_FEW.min(audience).max(1);
    audience < FEW && accepted == 0 && refused >= least
}

impl deliver::Teller for Tally {
    fn tell(&self, told: Told<'_>) {
        if let Told::Settled { state, is_policy, .. } = &told {
            self.tried.fetch_add(1, Ordering::Relaxed);
            let counts = [
                (&self.accepted, *state == State::Sent),
                (&self.doubted, *state == State::InDoubt),
                (&self.refused, *is_policy),
                (&self.unwanted, matches!(state, State::Bounced | State::Rejected)),
            ];
            for (count, _) in counts.into_iter().filter(|(_, is)| *is) {
                count.fetch_add(1, Ordering::Relaxed);
                self.look();
            }
            if state.is_final() {
                let settled = self.settled.fetch_add(1, Ordering::Relaxed) + 1;
                self.teller.progress(settled, self.audience);
            }
        }
        if let Told::Refused { is_last: true, .. } = &told {
            self.is_shut_out.store(true, Ordering::Relaxed);
            self.look();
        }
        self.teller.delivery(told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_short_list_a_few_are_enough_if_nobody_has_it() {
        for (audience, refused) in [(1, 1), (2, 2), (3, 3), (49, 3), (49, 49)] {
            assert!(few_refused(refused, 0, audience), "{refused} of {audience}");
            assert!(!few_refused(refused, 1, audience), "somebody has it");
        }
        assert!(!few_refused(2, 0, 3) && !few_refused(1, 0, 2) && !few_refused(0, 0, 1) && !few_refused(0, 0, 0));
        assert!(!few_refused(9, 0, 50), "there a share is counted");
        let tally = |sent| {
            let before = BTreeMap::from([(State::Sent, sent)]);
            let tally = Tally::new(&before, 20, Arc::new(Nobody));
            let refused = || Told::Settled { notice: None, to: "", state: State::Rejected, why: "", is_policy: true };
            (0..3).for_each(|_| deliver::Teller::tell(&tally, refused()));
            tally.ills()
        };
        assert_eq!((tally(0), tally(1)), (Some(Ills::Refused), None), "what was sent by an earlier run counts");
    }

    struct Nobody;

    impl Teller for Nobody {
        fn progress(&self, _: u64, _: u64) {}
        fn delivery(&self, _: Told<'_>) {}
        fn ending(&self) {}
    }

    #[test]
    fn lost_answers_and_policies_are_counted_apart() {
        let after = |doubts: u32, policies: u32| {
            let tally = Tally::new(&BTreeMap::new(), 100, Arc::new(Nobody));
            let settled = |state, is_policy| Told::Settled { notice: None, to: "", state, why: "", is_policy };
            (0..doubts).for_each(|_| deliver::Teller::tell(&tally, settled(State::InDoubt, false)));
            (0..policies).for_each(|_| deliver::Teller::tell(&tally, settled(State::Rejected, true)));
            tally.ills()
        };
        assert_eq!(after(9, 9), None);
        assert_eq!(after(10, 9), Some(Ills::Doubted));
        assert_eq!(after(9, 10), Some(Ills::Refused));
    }

    #[test]
    fn where_no_server_is_left_it_stops() {
        let tally = Tally::new(&BTreeMap::new(), 100, Arc::new(Nobody));
        let refused = |is_last| Told::Refused { server: "a", why: "550 5.7.1 no", is_last };
        deliver::Teller::tell(&tally, refused(false));
        assert_eq!(tally.ills(), None, "the others take its letters");
        deliver::Teller::tell(&tally, refused(true));
        assert_eq!(tally.ills(), Some(Ills::Refused));
    }

    #[test]
    fn a_list_of_which_many_are_refused_is_stopped_too() {
        let after = |sent: u32, bounced: u32| {
            let tally = Tally::new(&BTreeMap::new(), 100, Arc::new(Nobody));
            let settled = |state| Told::Settled { notice: None, to: "", state, why: "", is_policy: false };
            (0..sent).for_each(|_| deliver::Teller::tell(&tally, settled(State::Sent)));
            (0..bounced).for_each(|_| deliver::Teller::tell(&tally, settled(State::Bounced)));
            tally.ills()
        };
        assert_eq!([after(0, 49), after(30, 60), after(100, 50)], [None; 3]);
        assert_eq!([after(0, 50), after(29, 60)], [Some(Ills::Unwanted); 2]);
    }
}
