//! A subscriber's status on a newsletter, what suppresses an address everywhere, and what an import may do to either.

use std::fmt;

/// Where a subscriber stands with one newsletter. Ordered by how little may be sent: what is less never becomes more by an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Has left. Gets nothing.
    Unsubscribed,
    /// Has asked and not yet confirmed. Gets the confirmation mail alone.
    Pending,
    /// Has confirmed, and asked for a rest: gets nothing until the reader says so.
    Paused,
    /// Has confirmed. Gets every issue.
    Confirmed,
}

/// Why an address gets nothing at all, from no newsletter. Ordered from the reason that gives way to the one that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suppression {
    /// The mailbox was full or disabled, issue after issue.
    SoftBounce,
    /// The mailbox does not exist or refused for good ("cleaned").
    Bounce,
    /// The site's owner said so.
    Manual,
    /// The reader called a mail spam.
    Complaint,
    /// The reader had everything erased; only a keyed hash of the address is left.
    Erased,
}

/// A word that names no status, or no reason of suppression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownWord;

impl Status {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Unsubscribed, Self::Pending, Self::Paused, Self::Confirmed];

    /// The word in files, in the database and in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed",
            Self::Pending => "pending",
            Self::Paused => "paused",
            Self::Confirmed => "confirmed",
        }
    }

    /// Reads [`Status::word`], and nothing else.
    ///
    /// # Errors
    /// [`UnknownWord`] where it is another word.
    pub fn parse(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|status| status.word() == word).ok_or(UnknownWord)
    }

    /// Of two statuses that one file gives the same address, the lower.
    #[must_use]
    pub fn lower(self, other: Self) -> Self {
        self.min(other)
    }

    /// What an import makes of a subscription: `known` is what the list has, `None` for an address that it does not have, and `told` is what the file says.
    ///
    /// An import never raises: whoever has left stays away, whoever has not confirmed here still has to, whoever paused stays paused. It lowers where the file
    /// knows of a reader's own act (left, paused); that a file knows only of a request (`pending`) takes nothing from who confirmed here.
    #[must_use]
    pub fn imported(known: Option<Self>, told: Self) -> Self {
        match (known, told) {
            (None, told) => told,
            (Some(known @ (Self::Confirmed | Self::Paused)), Self::Pending) => known,
            (Some(known), told) => known.lower(told),
        }
    }
}

impl Suppression {
    /// All of them, from the one that gives way to the one that stays.
    pub const ALL: [Self; 5] = [Self::SoftBounce, Self::Bounce, Self::Manual, Self::Complaint, Self::Erased];

    /// The word in files, in the database and in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SoftBounce => "soft-bounce",
            Self::Bounce => "bounce",
            Self::Manual => "manual",
            Self::Complaint => "complaint",
            Self::Erased => "erased",
        }
    }

    /// Reads [`Suppression::word`], and nothing else.
    ///
    /// # Errors
    /// [`UnknownWord`] where it is another word.
    pub fn parse(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|reason| reason.word() == word).ok_or(UnknownWord)
    }

    /// What an import makes of an address's suppression: it may add one, never take one away, and the graver reason stays.
    #[must_use]
    pub fn imported(known: Option<Self>, told: Option<Self>) -> Option<Self> {
        known.max(told)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Suppression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::Status::Confirmed;
    use super::Status::Paused;
    use super::Status::Pending;
    use super::Status::Unsubscribed;
    use super::*;

    #[test]
    fn what_an_import_may_do() {
        let table = [
            // known, then what becomes of it when the file says: unsubscribed, pending, paused, confirmed
            (None, [Unsubscribed, Pending, Paused, Confirmed]),
            (Some(Unsubscribed), [Unsubscribed, Unsubscribed, Unsubscribed, Unsubscribed]),
            (Some(Pending), [Unsubscribed, Pending, Pending, Pending]),
            (Some(Paused), [Unsubscribed, Paused, Paused, Paused]),
            (Some(Confirmed), [Unsubscribed, Confirmed, Paused, Confirmed]),
        ];
        for (known, row) in table {
            for (told, becomes) in Status::ALL.into_iter().zip(row) {
                assert_eq!(Status::imported(known, told), becomes, "{known:?} told {told}");
                assert!(known.is_none_or(|known| becomes <= known), "never raised");
                assert_eq!(Status::imported(Some(becomes), told), becomes, "twice is once");
            }
        }
    }

    #[test]
    fn suppression_is_never_lifted_by_a_file() {
        let all = || Suppression::ALL.into_iter().map(Some).chain([None]);
        for known in all() {
            for told in all() {
                let becomes = Suppression::imported(known, told);
                assert!(becomes >= known && becomes >= told);
                assert_eq!(becomes.is_none(), known.is_none() && told.is_none());
            }
        }
        assert_eq!(
            Suppression::imported(Some(Suppression::Erased), Some(Suppression::Bounce)),
            Some(Suppression::Erased)
        );
    }

    #[test]
    fn words_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(&status.to_string()), Ok(status));
        }
        for reason in Suppression::ALL {
            assert_eq!(Suppression::parse(&reason.to_string()), Ok(reason));
        }
        assert_eq!(Status::parse("Confirmed"), Err(UnknownWord));
        assert_eq!(Suppression::parse(""), Err(UnknownWord));
    }
}
