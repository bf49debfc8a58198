//! A server that cannot be used is left alone for a while: nobody's attempt is spent on it.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

/// The first wait; it doubles up to [`LONGEST`].
pub(in crate::workflow::deliver) const FIRST: Duration = Duration::from_secs(5);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(300);

/// For so long after an answer letters are believed to flow.
const FLOWS: Duration = Duration::from_secs(10);

/// Whether one server is worth trying.
#[derive(Debug, Default)]
pub(in crate::workflow::deliver) struct Circuit(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    failures: u32,
    closed_again: Option<Instant>,
    /// When it last answered about a letter.
    answered: Option<Instant>,
    /// Whether it was told that it does not take all our connections.
    is_told: bool,
}

/// What comes of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workflow::deliver) enum Failed {
    /// The server is left alone for so long.
    Open(Duration),
    /// It is already: another thread found that out a moment ago.
    Known,
    /// It answers over other connections: only this one rests, for [`FIRST`].
    Here {
        /// Whether that is so for the first time.
        is_first: bool,
    },
}

impl Circuit {
    /// How long the server is still left alone at `now`; `None` where it may be tried.
    pub(in crate::workflow::deliver) fn rest(&self, now: Instant) -> Option<Duration> {
        let until = self.lock().closed_again?;
        until.checked_duration_since(now).filter(|rest| !rest.is_zero())
    }

    /// It could not be used over one connection.
    pub(in crate::workflow::deliver) fn failed(&self, now: Instant) -> Failed {
        let mut inner = self.lock();
        if inner.closed_again.is_some_and(|until| until > now) {
            return Failed::Known;
        }
        if inner.answered.is_some_and(|answered| now.saturating_duration_since(answered) < FIRST) {
            return Failed::Here { is_first: !std::mem::replace(&mut inner.is_told, true) };
        }
        let wait = FIRST.saturating_mul(1 << inner.failures.min(8)).min(LONGEST);
        inner.failures += 1;
        inner.closed_again = Some(now + wait);
        Failed::Open(wait)
    }

    /// It answered about a letter. Says whether it could not be used before.
    pub(in crate::workflow::deliver) fn answered(&self, now: Instant) -> bool {
        let mut inner = self.lock();
        inner.closed_again = None;
        inner.answered = Some(now);
        std::mem::take(&mut inner.failures) > 0
    }

    /// Whether it answered about a letter a moment ago.
    pub(in crate::workflow::deliver) fn flows(&self, now: Instant) -> bool {
        self.lock().answered.is_some_and(|answered| now.saturating_duration_since(answered) < FLOWS)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_one_answer_ends_them() {
        let (circuit, mut now) = (Circuit::default(), Instant::now());
        assert_eq!(circuit.rest(now), None);
        let mut waits = Vec::new();
        for _ in 0..9 {
            let Failed::Open(wait) = circuit.failed(now) else { panic!() };
            assert_eq!(circuit.failed(now), Failed::Known, "told once");
            assert_eq!(circuit.rest(now), Some(wait));
            waits.push(wait.as_secs());
            now += wait;
            assert_eq!(circuit.rest(now), None);
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert!(circuit.answered(now) && !circuit.answered(now));
        assert_eq!(circuit.failed(now + FIRST), Failed::Open(FIRST));
    }

    #[test]
    fn one_connection_too_many_does_not_stop_the_others() {
        let (circuit, now) = (Circuit::default(), Instant::now());
        circuit.answered(now);
        for second in 0..20 {
            let at = now + Duration::from_secs(second);
            assert_eq!(circuit.failed(at), Failed::Here { is_first: second == 0 });
            assert_eq!(circuit.rest(at), None);
            circuit.answered(at);
        }
        let at = now + Duration::from_secs(19);
        assert_eq!(circuit.failed(at + FIRST), Failed::Open(FIRST), "now it answers over none");
    }
}
