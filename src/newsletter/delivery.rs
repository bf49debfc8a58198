//! One mailing to one subscriber: its states, and what an attempt makes of it.
//!
//! ```text
//! pending ── leased ── transmitting ── sent, bounced, rejected
//!              │  ╲         ╰── in_doubt (an issue whose last answer was lost)
//!              │   ╰── skipped (consent ended, address suppressed)
//!              ╰── deferred ── leased … expired (the window has ended)
//! ```

use std::fmt;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::newsletter::mailing::Mailing;
use crate::newsletter::refusal;
use crate::newsletter::refusal::Refusal;
use crate::subscriber::status::Suppression;
use crate::value::reply::Outcome;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Not yet tried.
    Pending,
    /// Somebody is about to try. Nothing of the letter has left.
    Leased,
    /// The letter may be leaving: from here on only the server knows.
    Transmitting,
    /// Tried, and to be tried again.
    Deferred,
    /// The server took it.
    Sent,
    /// There is no such mailbox.
    Bounced,
    /// Refused for another reason.
    Rejected,
    /// The last answer was lost; the server may have it or not.
    InDoubt,
    /// Not taken before the window ended.
    Expired,
    /// Not sent, because consent ended or the address is suppressed.
    Skipped,
}

/// What comes after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// The new state.
    pub state: State,
    /// When to try again; `Some` for [`State::Deferred`] alone.
    pub next_at: Option<Timestamp>,
    /// Why nothing may be sent to the address any more.
    pub suppress: Option<Suppression>,
    /// Whether it ended because the mailbox was full or disabled: a soft bounce, which counts ([`crate::newsletter::soft_bounce`]).
    pub is_soft: bool,
}

/// The wait after the first attempt; it doubles with every further one.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
/// The longest wait between two attempts.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(4);

impl Next {
    /// The end of it, in this state.
    #[must_use]
    pub fn ended(state: State) -> Self {
        Self { state, next_at: None, suppress: None, is_soft: false }
    }
}

impl State {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Pending,
        Self::Leased,
        Self::Transmitting,
        Self::Deferred,
        Self::Sent,
        Self::Bounced,
        Self::Rejected,
        Self::InDoubt,
        Self::Expired,
        Self::Skipped,
    ];

    /// The word in the database and in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Leased => "leased",
            Self::Transmitting => "transmitting",
            Self::Deferred => "deferred",
            Self::Sent => "sent",
            Self::Bounced => "bounced",
            Self::Rejected => "rejected",
            Self::InDoubt => "in_doubt",
            Self::Expired => "expired",
            Self::Skipped => "skipped",
        }
    }

    /// Reads [`State::word`], and nothing else.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nothing changes it any more by itself. (One in doubt can be resolved by hand.)
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Leased | Self::Transmitting | Self::Deferred)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How long a mailing is tried, from when it began: two days (RFC 5321 §4.5.4.1 asks for 4 to 5 days of a server; by then our news is old).
#[must_use]
pub fn window(kind: Mailing) -> SignedDuration {
    match kind {
        Mailing::Notice | Mailing::Issue => SignedDuration::from_hours(48),
    }
}

/// How long to wait after the `attempt`th attempt (from 1): 1, 2, 4 … minutes, at most 4 hours, times a factor between ½ and 1½ that `jitter` (0 to 1) says.
#[must_use]
pub fn wait(attempt: u32, jitter: f64) -> SignedDuration {
    let doubled = FIRST_WAIT.saturating_mul(1_i32 << attempt.saturating_sub(1).min(8));
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.5 };
    SignedDuration::from_secs_f64(doubled.min(LONGEST_WAIT).as_secs_f64() * (0.5 + jitter)).min(LONGEST_WAIT)
}

/// What an attempt makes of a delivery: `attempt` counts from 1, `begun` is when the mailing was made, `now` when the outcome is known, `jitter` is random
/// between 0 and 1.
#[must_use]
pub fn after(kind: Mailing, attempt: u32, begun: Timestamp, now: Timestamp, jitter: f64, outcome: &Outcome) -> Next {
    let ended = Next::ended;
    let again = |otherwise| {
        let end = begun.saturating_add(window(kind)).unwrap_or(Timestamp::MAX);
        if now >= end {
            return ended(otherwise);
        }
        let next = now.saturating_add(wait(attempt, jitter)).unwrap_or(Timestamp::MAX).min(end);
        Next { next_at: Some(next), ..ended(State::Deferred) }
    };
    match outcome {
        Outcome::Accepted(_) => ended(State::Sent),
        Outcome::Deferred(reply) => {
            let next = again(State::Expired);
            Next { is_soft: next.state == State::Expired && refusal::is_closed(reply), ..next }
        }
        Outcome::Unreachable(_) => again(State::Expired),
        Outcome::Uncertain(_) => match kind {
            // Asked for by the reader a moment ago: twice is better than never.
            Mailing::Notice => again(State::InDoubt),
            Mailing::Issue => ended(State::InDoubt),
        },
        Outcome::Rejected(reply) => match Refusal::judge(reply) {
            Refusal::NoMailbox => Next { suppress: Some(Suppression::Bounce), ..ended(State::Bounced) },
            Refusal::Closed => Next { is_soft: true, ..ended(State::Rejected) },
            Refusal::Letter => ended(State::Rejected),
            Refusal::Later => again(State::Expired),
        },
    }
}

/// What becomes of a delivery whose sender vanished while the letter may have been leaving: a notice is sent again, an issue is in doubt.
#[must_use]
pub fn interrupted(kind: Mailing) -> State {
    match kind {
        Mailing::Notice => State::Deferred,
        Mailing::Issue => State::InDoubt,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::reply::Reply;
    use crate::value::reply::Stage;

    fn outcome() -> impl Strategy<Value = Outcome> {
        let reply = |codes: std::ops::Range<u16>| {
            let enhanced = prop::option::of((4_u16..6, 0_u16..8, 0_u16..12).prop_map(|(a, b, c)| [a, b, c]));
            (prop::sample::select(&Stage::ALL), codes, enhanced, "[a-z ]{0,20}")
                .prop_map(|(stage, code, enhanced, text)| Reply { stage, code, enhanced, text: text.into() })
        };
        prop_oneof![
            reply(200..300).prop_map(Outcome::Accepted),
            reply(400..500).prop_map(Outcome::Deferred),
            reply(500..600).prop_map(Outcome::Rejected),
            Just(Outcome::Uncertain("lost".into())),
            Just(Outcome::Unreachable("no server".into())),
        ]
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    proptest! {
        #[test]
        fn whatever_happens(
            outcome in outcome(), issue in any::<bool>(), attempt in any::<u32>(), begun in 0_i64..2_000_000_000,
            late in -100_i64..400_000, jitter in prop_oneof![Just(f64::NAN), -1.0..2.0],
        ) {
            let kind = if issue { Mailing::Issue } else { Mailing::Notice };
            let (begun, now) = (at(begun), at(begun + late));
            let next = after(kind, attempt, begun, now, jitter, &outcome);
            prop_assert_eq!(next.next_at.is_some(), next.state == State::Deferred);
            prop_assert!(next.state.is_final() || next.state == State::Deferred);
            prop_assert_eq!(next.suppress.is_some(), next.state == State::Bounced);
            prop_assert!(!next.is_soft || matches!(next.state, State::Rejected | State::Expired), "only an end counts");
            if let Some(again) = next.next_at {
                prop_assert!(again > now && again <= begun + window(kind), "never past the window");
                prop_assert!(again.duration_since(now) <= LONGEST_WAIT);
            }
            prop_assert_eq!(next.state == State::Sent, matches!(outcome, Outcome::Accepted(_)));
            if matches!(outcome, Outcome::Uncertain(_)) && issue {
                prop_assert_eq!(next.state, State::InDoubt);
            }
            if let Outcome::Rejected(Reply { enhanced: Some([_, 7, _]), stage: Stage::Rcpt | Stage::Body, .. }) = outcome {
                prop_assert_eq!(next.state, State::Rejected);
            }
        }

        #[test]
        fn a_dead_server_ends_by_itself(jitter in 0.0..1.0) {
            let begun = at(1_000_000);
            let (mut now, mut attempt) = (begun, 1);
            loop {
                let next = after(Mailing::Issue, attempt, begun, now, jitter, &Outcome::Unreachable("".into()));
                let Some(again) = next.next_at else {
                    prop_assert_eq!((next.state, now), (State::Expired, begun + window(Mailing::Issue)));
                    break;
                };
                (now, attempt) = (again, attempt + 1);
                prop_assert!(attempt < 60);
            }
            prop_assert!(attempt > 15);
        }
    }

    #[test]
    fn a_full_mailbox_ends_at_once_where_it_is_refused_for_good_and_counts() {
        let (begun, late) = (at(0), at(0) + window(Mailing::Issue));
        let reply = |code, line| Reply::read(Stage::Rcpt, code, [line]);
        let after = |now, outcome| after(Mailing::Issue, 1, begun, now, 0.5, &outcome);
        let soft = |state| Next { is_soft: true, ..Next::ended(state) };
        assert_eq!(after(begun, Outcome::Rejected(reply(552, "5.2.2 full"))), soft(State::Rejected));
        assert_eq!(after(begun, Outcome::Rejected(reply(550, "5.2.1 disabled"))), soft(State::Rejected));
        let full = || Outcome::Deferred(reply(452, "4.2.2 full"));
        assert!(matches!(after(begun, full()), Next { state: State::Deferred, is_soft: false, .. }));
        assert_eq!(after(late, full()), soft(State::Expired));
        assert_eq!(after(late, Outcome::Deferred(reply(450, "4.7.1 greylisted"))), Next::ended(State::Expired));
    }

    #[test]
    fn waits_grow_from_a_minute_to_four_hours() {
        let waits: Vec<i64> = (1..=12).map(|attempt| wait(attempt, 0.5).as_secs() / 60).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240, 240]);
        assert_eq!((wait(1, 0.0).as_secs(), wait(1, 1.0).as_secs()), (30, 90));
        assert_eq!(wait(u32::MAX, 1.0), LONGEST_WAIT);
    }

    #[test]
    fn words_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.word()), Some(state));
        }
        assert_eq!(State::parse("Sent"), None);
    }
}
