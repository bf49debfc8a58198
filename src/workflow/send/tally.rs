//! How far an issue is, counted along, and when so many servers refuse us that it is better to stop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use crate::newsletter::delivery::State;
use crate::workflow::deliver;
use crate::workflow::deliver::Handle;
use crate::workflow::deliver::Told;
use crate::workflow::send::Teller;

/// The share of refusals by policy above which an issue pauses itself: one of so many.
const ONE_OF: u64 = 50;
/// Refusals below this number prove nothing.
const LEAST: u64 = 10;

/// Counts, and passes on what happens.
pub(in crate::workflow::send) struct Tally {
    teller: Arc<dyn Teller>,
    audience: u64,
    settled: AtomicU64,
    tried: AtomicU64,
    refused: AtomicU64,
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
        Self {
            teller,
            audience,
            settled: AtomicU64::new(settled),
            tried: AtomicU64::default(),
            refused: AtomicU64::default(),
            round: OnceLock::new(),
        }
    }

    /// This is what it counts, and stops where too much is refused.
    pub(in crate::workflow::send) fn watch(&self, round: Handle) {
        // There is one round for each tally.
        let _ = self.round.set(round);
    }

    /// Whether more than one of fifty was refused by a policy: that is about us, and trying it on all others makes it worse.
    pub(in crate::workflow::send) fn is_refused(&self) -> bool {
        too_many(self.refused.load(Ordering::Relaxed), self.tried.load(Ordering::Relaxed))
    }
}

fn too_many(refused: u64, tried: u64) -> bool {
    refused >= LEAST && refused.saturating_mul(ONE_OF) > tried
}

impl deliver::Teller for Tally {
    fn tell(&self, told: Told<'_>) {
        if let Told::Settled { state, is_policy, .. } = &told {
            self.tried.fetch_add(1, Ordering::Relaxed);
            if *is_policy {
                self.refused.fetch_add(1, Ordering::Relaxed);
                if let Some(round) = self.round.get().filter(|_| self.is_refused()) {
                    round.stop();
                }
            }
            if state.is_final() {
                let settled = self.settled.fetch_add(1, Ordering::Relaxed) + 1;
                self.teller.progress(settled, self.audience);
            }
        }
        self.teller.delivery(told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_refusals_are_about_a_few_readers() {
        assert!(!too_many(9, 9) && !too_many(10, 1000) && !too_many(0, 0));
        assert!(too_many(10, 10) && too_many(21, 1000));
    }
}
