//! Which ways out are open: for anything at all, and for a letter that one of them has refused for what it said of us. What no way is open for is not claimed, and not kept claimed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::newsletter::mailing::DeliveryId;
use crate::store::StoreError;
use crate::store::deliveries;
use crate::store::deliveries::Which;
use crate::transport::throttle::Urgency;
use crate::workflow::deliver::line::Line;
use crate::workflow::deliver::round::Shared;

/// Which lines have refused a letter that others may still take. Known to this process alone: another one may ask them once more.
#[derive(Debug, Default)]
pub(in crate::workflow::deliver) struct Refusals(Mutex<BTreeMap<DeliveryId, BTreeSet<usize>>>);

impl Refusals {
    pub(in crate::workflow::deliver) fn note(&self, delivery: DeliveryId, line: usize) {
        self.lock().entry(delivery).or_default().insert(line);
    }

    pub(in crate::workflow::deliver) fn forget(&self, delivery: DeliveryId) {
        self.lock().remove(&delivery);
    }

    /// The lines that have; `None` where none has.
    fn of(&self, delivery: DeliveryId) -> Option<BTreeSet<usize>> {
        self.lock().get(&delivery).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<DeliveryId, BTreeSet<usize>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// What this round's letters are, for the limits of servers.
    pub(in crate::workflow::deliver) fn urgency(&self) -> Urgency {
        match self.means.scribe.which() {
            Which::Notices => Urgency::Notice,
            Which::Of(_) => Urgency::Issue,
        }
    }

    /// How long nothing can go anywhere; `None` where a line may be tried.
    pub(in crate::workflow::deliver) fn shut(&self) -> Option<Duration> {
        let (urgency, now) = (self.urgency(), Instant::now());
        shortest(self.lines.iter().map(|line| line.rest(urgency, now)))
    }

    /// The servers that are left alone, where that is all of them; else none.
    pub(in crate::workflow::deliver) fn alone(&self) -> Vec<String> {
        let now = Instant::now();
        let alone: Vec<&Line> = self.lines.iter().filter(|line| line.alone(now).is_some()).collect();
        if alone.len() == self.lines.len() { alone.into_iter().map(Line::shown).collect() } else { Vec::new() }
    }

    /// Whether another server than this line's is left that is not set aside, for a letter or, without one, for any.
    pub(in crate::workflow::deliver) fn is_other_left(&self, line: usize, delivery: Option<DeliveryId>) -> bool {
        let refused = delivery.and_then(|delivery| self.refusals.of(delivery)).unwrap_or_default();
        self.is_left(line, &refused)
    }

    fn is_left(&self, line: usize, refused: &BTreeSet<usize>) -> bool {
        let now = Instant::now();
        let mut others = self.lines.iter().enumerate().filter(|(at, _)| *at != line && !refused.contains(at));
        others.any(|(_, other)| other.standing.rest(now).is_none())
    }

    /// Whether a line may be asked for a letter: it has not refused it, or nobody else is left.
    pub(in crate::workflow::deliver) fn may_ask(&self, line: usize, delivery: DeliveryId) -> bool {
        self.refusals.of(delivery).is_none_or(|refused| !refused.contains(&line) || !self.is_left(line, &refused))
    }

    /// When a letter that was given back may be claimed again: at once, since another process may have a way out; one that a line has refused, when another line is open for it.
    pub(in crate::workflow::deliver) fn turn(&self, delivery: DeliveryId) -> Timestamp {
        let now = (self.means.now)();
        let rest = if self.refusals.of(delivery).is_some() { self.rest_for(delivery) } else { None };
        let rest = rest.and_then(|rest| SignedDuration::try_from(rest).ok()).unwrap_or_default();
        now.saturating_add(rest).unwrap_or(Timestamp::MAX)
    }

    /// How long no line is open for a letter.
    fn rest_for(&self, delivery: DeliveryId) -> Option<Duration> {
        let (urgency, now) = (self.urgency(), Instant::now());
        let lines = self.lines.iter().enumerate().filter(|(at, _)| self.may_ask(*at, delivery));
        shortest(lines.map(|(_, line)| line.rest(urgency, now)))
    }

    /// Gives back what lies on the table and no line is open for.
    ///
    /// # Errors
    /// A [`StoreError`]: then it lies there again.
    pub(in crate::workflow::deliver) fn clear(&self) -> Result<(), StoreError> {
        if self.shut().is_none() && self.refusals.lock().is_empty() {
            return Ok(());
        }
        let waiting = self.take_waiting(|delivery| self.rest_for(delivery).is_some());
        if waiting.is_empty() {
            return Ok(());
        }
        let turns: Vec<(DeliveryId, Timestamp)> =
            waiting.iter().map(|claimed| (claimed.delivery, self.turn(claimed.delivery))).collect();
        let (owner, now, given) = (self.owner.clone(), (self.means.now)(), turns.clone());
        let written = self.means.store.write(move |sql| {
            given
                .iter()
                .try_for_each(|(delivery, turn)| deliveries::give_back(sql, *delivery, &owner, *turn, now).map(|_| ()))
        });
        match written {
            Ok(()) => turns.iter().for_each(|(delivery, _)| self.put_back(*delivery)),
            Err(error) => {
                self.lay_back(waiting);
                return Err(error);
            }
        }
        Ok(())
    }
}

/// The shortest of the rests, where nobody is ready.
fn shortest(rests: impl Iterator<Item = Option<Duration>>) -> Option<Duration> {
    rests.min().flatten()
}
