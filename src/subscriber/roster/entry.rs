//! What one row of a roster says about one subscription.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::subscriber::consent::Consent;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;
use crate::value::address::EmailAddress;

/// A reader's name as far as a roster has it. Each part is trimmed and without control characters; what is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// The name in one piece.
    pub full: Box<str>,
    /// The given name.
    pub first: Box<str>,
    /// The family name.
    pub last: Box<str>,
}

/// One subscription: an address, its status on one newsletter, and what is known of the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The address as it will be sent to.
    pub address: EmailAddress,
    /// The reader's name.
    pub name: Name,
    /// Which newsletter; `None` where the roster names none and the import decides.
    pub newsletter: Option<Box<str>>,
    /// The status on that newsletter.
    pub status: Status,
    /// Why the address is to get nothing at all.
    pub suppression: Option<Suppression>,
    /// The subscriber's tags.
    pub tags: BTreeSet<Box<str>>,
    /// What is known of the consent; times to the microsecond.
    pub consent: Consent,
    /// The file that the row stands in: the roster itself, or the member of a ZIP.
    pub file: Arc<str>,
    /// The line at which the row begins, from 1; 0 for entries that come from no file.
    pub line: u64,
}

impl Name {
    /// The name in one piece, put together from its parts where need be; empty where nothing is known.
    #[must_use]
    pub fn display(&self) -> String {
        if self.full.is_empty() {
            format!("{} {}", self.first, self.last).trim().to_owned()
        } else {
            self.full.to_string()
        }
    }

    /// This name, its gaps filled from `other`.
    fn filled(self, other: Self) -> Self {
        let or = |one: Box<str>, two: Box<str>| if one.is_empty() { two } else { one };
        Self { full: or(self.full, other.full), first: or(self.first, other.first), last: or(self.last, other.last) }
    }
}

impl Entry {
    /// Of two entries for the same address and newsletter, one: spelling and line of `self`, the lower status, the graver suppression, all tags, the
    /// earliest consent.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        Self {
            address: self.address,
            name: self.name.filled(other.name),
            newsletter: self.newsletter,
            status: self.status.lower(other.status),
            suppression: Suppression::imported(self.suppression, other.suppression),
            tags: self.tags.into_iter().chain(other.tags).collect(),
            consent: self.consent.merged(other.consent),
            file: self.file,
            line: self.line,
        }
    }
}
