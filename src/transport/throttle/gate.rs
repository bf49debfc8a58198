//! The one gate to a server, for all the threads of a process that send to it.

use std::fmt;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::transport::throttle::Complaint;
use crate::transport::throttle::Domains;
use crate::transport::throttle::Throttle;
use crate::transport::throttle::Turn;
use crate::transport::throttle::Urgency;
use crate::transport::throttle::account::Answer;
use crate::transport::throttle::account::Order;
use crate::value::reply::Reply;

/// Where the account of a server is kept, for all processes that send to it.
pub trait Bank: Send + Sync {
    /// Carries an order out and keeps what comes of it: one order after another, whoever gives it. `None` where the account cannot be had now.
    fn serve(&self, order: Order) -> Option<Answer>;

    /// When the next letter may be drawn, as the account stands, in microseconds since 1970: nothing is drawn. `None` where the account cannot be had now.
    fn next(&self, urgency: Urgency, now: Timestamp) -> Option<i64>;

    /// How long so many letters take, as the account stands; `None` where nothing limits them.
    fn estimate(&self, letters: u64, now: Timestamp) -> Option<SignedDuration>;
}

/// Lets letters through as the throttle says.
pub struct Gate {
    throttle: Mutex<Throttle>,
    changed: Condvar,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    bank: Box<dyn Bank>,
    /// Held by the one thread that draws on the account.
    drawing: Mutex<()>,
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
    /// A gate, with the clock that it goes by and the account that it draws on.
    pub fn new(
        throttle: Throttle,
        bank: impl Bank + 'static,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        Self {
            throttle: Mutex::new(throttle),
            changed: Condvar::new(),
            clock: Box::new(clock),
            bank: Box::new(bank),
            drawing: Mutex::default(),
        }
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
                Turn::Go => {
                    drop(throttle);
                    let pass = Pass { gate: self, domain };
                    self.draw(urgency, true);
                    return Ok(pass);
                }
                Turn::Ask => {
                    drop(throttle);
                    self.draw(urgency, false);
                    throttle = self.lock();
                    continue;
                }
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

    /// How long no letter of that urgency may go, whatever its domain, as far as is known here. `None` where one may go now, or nobody knows. No letter's place is taken.
    #[must_use]
    pub fn closed(&self, urgency: Urgency) -> Option<Duration> {
        let now = (self.clock)();
        let next = self.lock().next(urgency, now)?;
        Duration::try_from(next.duration_since(now)).ok().filter(|left| !left.is_zero())
    }

    /// Looks up what [`Gate::closed`] is to know, where nothing is drawn that would tell.
    pub fn look(&self, urgency: Urgency) {
        let now = (self.clock)();
        if self.lock().next(urgency, now).is_some() {
            return;
        }
        if let Some(next) = self.bank.next(urgency, now).filter(|next| *next > now.as_microsecond()) {
            self.lock().receive(urgency, Some(Answer::NotBefore(next)), now);
        }
    }

    /// Draws on the account, where that is needed. `early`: in time, and not where another thread does it.
    fn draw(&self, urgency: Urgency, early: bool) {
        let drawing = if early { self.drawing.try_lock().ok() } else { self.drawing.lock().ok() };
        if drawing.is_none() && early {
            return;
        }
        let order = self.lock().order(urgency, early, (self.clock)());
        if let Some(order) = order {
            let answer = self.bank.serve(order);
            self.lock().receive(urgency, answer, (self.clock)());
        }
    }

    /// Hears what a server said about a letter.
    pub fn hear(&self, domain: &str, reply: &Reply) -> Option<Complaint> {
        let heard = self.lock().hear(domain, reply, (self.clock)());
        let (complaint, order) = heard?;
        if let Some(order) = order {
            self.bank.serve(order);
        }
        Some(complaint)
    }

    /// Gives back what has lain too long.
    pub fn tidy(&self) {
        let order = self.lock().tidy((self.clock)());
        if let Some(order) = order {
            self.bank.serve(order);
        }
    }

    /// Gives back everything: the process ends.
    pub fn leave(&self) {
        let order = self.lock().leave((self.clock)());
        self.bank.serve(order);
    }

    /// Takes over what is known of domains, and gives what is to be kept of them.
    #[must_use]
    pub fn exchange(&self, known: &Domains) -> Domains {
        self.lock().exchange(known, (self.clock)())
    }

    /// How long so many letters take; `None` where nothing limits them.
    #[must_use]
    pub fn estimate(&self, letters: u64) -> Option<SignedDuration> {
        self.bank.estimate(letters, (self.clock)())
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
    use crate::transport::throttle::account::Account;
    use crate::value::clock::Clock;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(20);

    /// An account in memory.
    struct Drawer(Rates, Mutex<Account>);

    impl Bank for Drawer {
        fn serve(&self, order: Order) -> Option<Answer> {
            Some(self.1.lock().unwrap().serve(&self.0, &order))
        }

        fn next(&self, urgency: Urgency, now: Timestamp) -> Option<i64> {
            Some(self.1.lock().unwrap().next(&self.0, urgency, now.as_microsecond()))
        }

        fn estimate(&self, letters: u64, now: Timestamp) -> Option<SignedDuration> {
            self.1.lock().unwrap().estimate(&self.0, letters, now)
        }
    }

    fn at(rates: Rates, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Gate {
        Gate::new(Throttle::new("send-1", rates), Drawer(rates, Mutex::new(Account::new())), clock)
    }

    fn gate(rates: Rates) -> Gate {
        at(rates, || Clock::system().timestamp())
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
    fn it_is_known_without_a_letter_when_the_next_one_may_go() {
        // One of the ten is kept for notices.
        let gate = gate(Rates { per_hour: Some(10), ..Rates::default() });
        let closed = |urgency| gate.closed(urgency).map(|left| left.as_secs() / 60);
        assert_eq!(closed(Urgency::Issue), None, "nobody knows");
        gate.look(Urgency::Issue);
        assert_eq!(closed(Urgency::Issue), None, "and looking takes nothing");
        (0..9).for_each(|_| drop(gate.enter("a.example", Urgency::Issue, LONG).unwrap()));
        gate.look(Urgency::Issue);
        assert!(closed(Urgency::Issue).is_some_and(|minutes| (58..=61).contains(&minutes)));
        gate.look(Urgency::Notice);
        assert_eq!(closed(Urgency::Notice), None, "its place is kept");
        drop(gate.enter("a.example", Urgency::Notice, LONG).unwrap());
        gate.look(Urgency::Notice);
        assert!(closed(Urgency::Notice).is_some());
    }

    #[test]
    fn an_account_that_cannot_be_had_is_waited_for() {
        struct Closed;
        impl Bank for Closed {
            fn serve(&self, _: Order) -> Option<Answer> {
                None
            }

            fn next(&self, _: Urgency, _: Timestamp) -> Option<i64> {
                None
            }

            fn estimate(&self, _: u64, _: Timestamp) -> Option<SignedDuration> {
                None
            }
        }
        let throttle = Throttle::new("send-1", Rates { per_second: Some(50), ..Rates::default() });
        let gate = Gate::new(throttle, Closed, || Clock::system().timestamp());
        assert!(matches!(gate.enter("a.example", Urgency::Issue, SHORT).unwrap_err(), Later::At(_)));
    }

    #[test]
    fn a_clock_that_stands_still_is_not_waited_for() {
        let gate = at(Rates { per_second: Some(50), ..Rates::default() }, || Timestamp::UNIX_EPOCH);
        drop(gate.enter("a.example", Urgency::Issue, SHORT).unwrap());
        assert!(matches!(gate.enter("a.example", Urgency::Issue, SHORT * 3).unwrap_err(), Later::At(_)));
    }
}
