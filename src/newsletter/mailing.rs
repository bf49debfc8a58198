//! What a delivery belongs to: an issue of a newsletter, or a notice to one person.

use std::fmt;

/// The two kinds of mailing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mailing {
    /// A single mail to one person. Overtakes issues.
    Notice,
    /// One number of a newsletter.
    Issue,
}

/// What a notice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeKind {
    /// "Press the button to confirm."
    Confirm,
    /// "You are subscribed; this comes when."
    Welcome,
    /// "You are subscribed already."
    AlreadySubscribed,
    /// The link to everything about one reader, good for 30 minutes.
    FreshLink,
    /// "Use this address from now on?", to the new address.
    AddressChange,
    /// What somebody wrote in the lead form, to the site's owner.
    Lead,
}

/// The id of a mailing in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailingId(pub i64);

/// The id of a delivery in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub i64);

impl Mailing {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Notice, Self::Issue];

    /// The word in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Issue => "issue",
        }
    }

    /// Reads [`Mailing::word`], and nothing else.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl NoticeKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Confirm, Self::Welcome, Self::AlreadySubscribed, Self::FreshLink, Self::AddressChange, Self::Lead];

    /// The word in the database and in templates' names.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Welcome => "welcome",
            Self::AlreadySubscribed => "already-subscribed",
            Self::FreshLink => "fresh-link",
            Self::AddressChange => "address-change",
            Self::Lead => "lead",
        }
    }

    /// Reads [`NoticeKind::word`], and nothing else.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::parse(kind.word()), Some(kind));
        }
        for kind in Mailing::ALL {
            assert_eq!(Mailing::parse(kind.word()), Some(kind));
        }
        assert_eq!((NoticeKind::parse("Confirm"), Mailing::parse("")), (None, None));
    }
}
