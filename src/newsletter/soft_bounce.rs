//! When a mailbox that is full or disabled is given up: such a refusal can pass, and is counted until it has proved that it does not.
//!
//! Who is away for a fortnight comes back to a full mailbox and empties it; who has left it for good does not. So one refusal means nothing, nor do many of one
//! issue. What counts is one for each issue, whatever its attempts, and any letter that is accepted begins the count anew.

use jiff::SignedDuration;
use jiff::Timestamp;

/// Issues that must have failed.
pub const ISSUES: u64 = 3;
/// How far the first and the last of them must lie apart. A newsletter that comes every day fails three times in a weekend; one that comes twice a month takes a month to fail so often.
pub const SPAN: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What has been counted of a reader since a letter was last accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Issues that ended as a soft bounce.
    pub issues: u64,
    /// When the first of them did.
    pub first: Timestamp,
    /// When the last of them did.
    pub last: Timestamp,
}

impl Count {
    /// Whether the mailbox is given up, and its address suppressed.
    #[must_use]
    pub fn is_enough(self) -> bool {
        self.issues >= ISSUES && self.last.duration_since(self.first) >= SPAN
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 24 * 3600;

    fn count(days: &[i64]) -> Count {
        let at = |day: Option<&i64>| Timestamp::from_second(day.unwrap() * DAY).unwrap();
        Count { issues: days.len() as u64, first: at(days.iter().min()), last: at(days.iter().max()) }
    }

    #[test]
    fn three_issues_over_a_fortnight() {
        assert!(count(&[1, 15, 31]).is_enough(), "twice a month");
        assert!(count(&[0, 7, 14]).is_enough(), "weekly");
        assert!(!count(&[0, 30]).is_enough(), "two prove nothing, however far apart");
        assert!(!count(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]).is_enough(), "daily, a holiday of two weeks");
    }

    proptest! {
        #[test]
        fn more_failures_never_prove_less(days in prop::collection::vec(0_i64..60, 1..20)) {
            let enough: Vec<bool> = (1..=days.len()).map(|some| count(&days[..some]).is_enough()).collect();
            prop_assert!(enough.windows(2).all(|two| two[0] <= two[1]));
            let span = days.iter().max().unwrap() - days.iter().min().unwrap();
            prop_assert_eq!(enough.last(), Some(&(days.len() >= 3 && span >= 14)));
        }
    }
}
