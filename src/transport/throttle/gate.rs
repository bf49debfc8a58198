//! The one throttle of a server, for all the threads that send to it.

use std::fmt;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;

use crate::transport::throttle::Complaint;
use crate::transport::throttle::Throttle;
use crate::transport::throttle::Turn;
use crate::transport::throttle::Urgency;
use crate::value::reply::Reply;

/// Lets letters through as the throttle says.
pub struct Gate {
    throttle: Mutex<Throttle>,
    changed: Condvar,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

/// A letter that may go. While this is held it counts as under way.
#[derive(Debug)]
pub struct Pass<'a> {
    gate: &'a Gate,
    domain: &'a str,
}

/// Why a letter may not go yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// Its turn is at this moment, unless others come first.
    At(Timestamp),
    /// As many as may be are under way to its domain.
    Busy,
}

impl Gate {
    /// A gate, with the clock that it goes by.
    pub fn new(throttle: Throttle, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { throttle: Mutex::new(throttle), changed: Condvar::new(), clock: Box::new(clock) }
    }

    /// Waits for a letter's turn, at most for `patience`: keep it short, and look at another letter, or at whether to stop, in between.
    ///
    /// # Errors
    /// [`Later`], when the wait was not enough.
    pub fn enter<'a>(&'a self, domain: &'a str, urgency: Urgency, patience: Duration) -> Result<Pass<'a>, Later> {
        let begun = Instant::now();
        let mut throttle = self.lock();
        loop {
            let now = (self.clock)();
            let left = patience.saturating_sub(begun.elapsed());
            let (later, wait) = match throttle.take(domain, urgency, now) {
                Turn::Go => return Ok(Pass { gate: self, domain }),
                Turn::At(turn) => (Later::At(turn), Duration::try_from(turn.duration_since(now)).unwrap_or_default()),
                Turn::Busy => (Later::Busy, left),
            };
            if left.is_zero() || (wait > left && later != Later::Busy) {
                return Err(later);
            }
            // Another's end may be what is waited for.
            let waited = self.changed.wait_timeout(throttle, wait.max(Duration::from_micros(100)));
            throttle = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Hears what a server said about a letter.
    pub fn hear(&self, domain: &str, reply: &Reply) -> Option<Complaint> {
        self.lock().hear(domain, reply, (self.clock)())
    }

    /// The state to be kept.
    #[must_use]
    pub fn kept(&self) -> Throttle {
        self.lock().kept((self.clock)())
    }

    fn lock(&self) -> MutexGuard<'_, Throttle> {
        // Whoever panicked holding it left counts that are whole.
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.gate.lock().done(self.domain);
        self.gate.changed.notify_all();
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering;
    use std::thread;

    use super::*;
    use crate::transport::throttle::Rates;
    use crate::value::clock::Clock;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(20);

    fn gate(rates: Rates) -> Gate {
        Gate::new(Throttle::new(rates), || Clock::system().timestamp())
    }

    #[test]
    fn no_more_at_a_time_than_may_be() {
        let gate = gate(Rates { domain_connections: Some(3), ..Rates::default() });
        let (under_way, most) = (AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    let pass = gate.enter("a.example", Urgency::Issue, LONG).unwrap();
                    most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(2));
                    under_way.fetch_sub(1, Ordering::SeqCst);
                    drop(pass);
                });
            }
        });
        assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
        let passes: Vec<Pass<'_>> = (0..3).map(|_| gate.enter("a.example", Urgency::Issue, SHORT).unwrap()).collect();
        assert_eq!(gate.enter("a.example", Urgency::Issue, SHORT).unwrap_err(), Later::Busy);
        assert!(gate.enter("b.example", Urgency::Issue, SHORT).is_ok());
        drop(passes);
        assert!(gate.enter("a.example", Urgency::Issue, SHORT).is_ok());
    }

    #[test]
    fn a_turn_that_is_far_away_is_named_at_once_and_a_near_one_is_waited_for() {
        let gate = gate(Rates { per_second: Some(20), domain_per_minute: Some(1), ..Rates::default() });
        drop(gate.enter("a.example", Urgency::Issue, SHORT).unwrap());
        assert!(matches!(gate.enter("a.example", Urgency::Issue, SHORT).unwrap_err(), Later::At(_)));
        assert!(gate.enter("b.example", Urgency::Issue, LONG).is_ok(), "50 ms later");
    }

    #[test]
    fn a_clock_that_stands_still_is_not_waited_for() {
        let gate =
            Gate::new(Throttle::new(Rates { per_second: Some(50), ..Rates::default() }), || Timestamp::UNIX_EPOCH);
        drop(gate.enter("a.example", Urgency::Issue, SHORT).unwrap());
        assert!(matches!(gate.enter("a.example", Urgency::Issue, SHORT * 3).unwrap_err(), Later::At(_)));
    }
}
