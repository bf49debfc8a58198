//! A server that cannot be reached is left alone for a while: nobody's attempt is spent on it.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

/// The first wait; it doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(5);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(300);

/// Whether one server is worth trying.
#[derive(Debug, Default)]
pub(in crate::workflow::deliver) struct Circuit(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    failures: u32,
    closed_again: Option<Instant>,
}

impl Circuit {
    /// How long the server is still left alone at `now`; `None` where it may be tried.
    pub(in crate::workflow::deliver) fn rest(&self, now: Instant) -> Option<Duration> {
        let until = self.lock().closed_again?;
        until.checked_duration_since(now).filter(|rest| !rest.is_zero())
    }

    /// It could not be reached. Says how long it is left alone; `None` where another thread found that out a moment ago.
    pub(in crate::workflow::deliver) fn failed(&self, now: Instant) -> Option<Duration> {
        let mut inner = self.lock();
        if inner.closed_again.is_some_and(|until| until > now) {
            return None;
        }
        let wait = FIRST.saturating_mul(1 << inner.failures.min(8)).min(LONGEST);
        inner.failures += 1;
        inner.closed_again = Some(now + wait);
        Some(wait)
    }

    /// It was reached. Says whether it could not be before.
    pub(in crate::workflow::deliver) fn succeeded(&self) -> bool {
        let mut inner = self.lock();
        inner.closed_again = None;
        std::mem::take(&mut inner.failures) > 0
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_one_success_ends_them() {
        let (circuit, mut now) = (Circuit::default(), Instant::now());
        assert_eq!(circuit.rest(now), None);
        let mut waits = Vec::new();
        for _ in 0..9 {
            let wait = circuit.failed(now).unwrap();
            assert_eq!(circuit.failed(now), None, "told once");
            assert_eq!(circuit.rest(now), Some(wait));
            waits.push(wait.as_secs());
            now += wait;
            assert_eq!(circuit.rest(now), None);
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert!(circuit.succeeded() && !circuit.succeeded());
        assert_eq!(circuit.failed(now), Some(FIRST));
    }
}
