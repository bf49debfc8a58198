//! How we stand with a server: one that refuses us, whoever the reader is, is set aside, so that the others get its letters.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use crate::newsletter::refusal;

/// How long a server is set aside. What makes one refuse us is seldom put right within minutes, and the daemon must try it again one day.
const ASIDE: Duration = Duration::from_secs(3600);

/// What one server thinks of us.
#[derive(Debug, Default)]
pub(in crate::workflow::deliver) struct Standing(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Letters that it answered for.
    tried: u64,
    /// Those of them that it refused for what it says of us.
    refused: u64,
    aside_until: Option<Instant>,
    /// Whether it was set aside, and has taken nothing since.
    is_suspect: bool,
    /// Whether it was told that it refuses us, with no other one left.
    is_told: bool,
}

/// What comes of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workflow::deliver) enum Verdict {
    /// It may be about this one letter, or all is said already.
    Nothing,
    /// It refuses us, and is set aside.
    Aside,
    /// It refuses us, and there is no other one.
    Last,
}

impl Standing {
    /// How long the server is still set aside at `now`; `None` where it is not.
    pub(in crate::workflow::deliver) fn rest(&self, now: Instant) -> Option<Duration> {
        let until = self.lock().aside_until?;
        until.checked_duration_since(now).filter(|rest| !rest.is_zero())
    }

    /// It took a letter, or refused one for another reason.
    pub(in crate::workflow::deliver) fn answered(&self, has_taken: bool) {
        let mut inner = self.lock();
        inner.tried += 1;
        inner.is_suspect &= !has_taken;
    }

    /// It refused a letter for what it says of us. `others`: whether another server is left that is not set aside.
    pub(in crate::workflow::deliver) fn refused(&self, now: Instant, others: bool) -> Verdict {
        let mut inner = self.lock();
        inner.tried += 1;
        inner.refused += 1;
        if inner.aside_until.is_some_and(|until| until > now)
            || !(inner.is_suspect || refusal::is_too_many(inner.refused, inner.tried))
        {
            return Verdict::Nothing;
        }
        if !others {
            return if std::mem::replace(&mut inner.is_told, true) { Verdict::Nothing } else { Verdict::Last };
        }
        *inner = Inner { aside_until: Some(now + ASIDE), is_suspect: true, ..Inner::default() };
        Verdict::Aside
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of so many refusals, the last one first.
    fn after(standing: &Standing, refusals: u32, now: Instant, others: bool) -> Verdict {
        (0..refusals).map(|_| standing.refused(now, others)).last().unwrap()
    }

    #[test]
    fn a_server_that_refuses_us_is_set_aside_once() {
        let (standing, now) = (Standing::default(), Instant::now());
        assert_eq!(after(&standing, 9, now, true), Verdict::Nothing);
        assert_eq!(standing.rest(now), None);
        assert_eq!(standing.refused(now, true), Verdict::Aside);
        assert_eq!(standing.rest(now), Some(ASIDE));
        assert_eq!(after(&standing, 30, now, true), Verdict::Nothing, "what was under way to it");
        // After an hour one refusal is enough, until it takes a letter.
        assert_eq!(standing.rest(now + ASIDE), None);
        assert_eq!(standing.refused(now + ASIDE, true), Verdict::Aside);
        standing.answered(false);
        assert_eq!(standing.refused(now + 2 * ASIDE, true), Verdict::Aside);
        standing.answered(true);
        assert_eq!(after(&standing, 9, now + 3 * ASIDE, true), Verdict::Nothing);
    }

    #[test]
    fn the_last_one_stays_and_that_is_told_once() {
        let (standing, now) = (Standing::default(), Instant::now());
        assert_eq!(after(&standing, 10, now, false), Verdict::Last);
        assert_eq!(after(&standing, 30, now, false), Verdict::Nothing);
        assert_eq!(standing.rest(now), None);
    }

    #[test]
    fn one_of_fifty_may_be_about_a_reader() {
        let (standing, now) = (Standing::default(), Instant::now());
        (0..2000).for_each(|_| standing.answered(true));
        assert_eq!(after(&standing, 40, now, true), Verdict::Nothing);
        assert_eq!(standing.refused(now, true), Verdict::Aside);
    }
}
