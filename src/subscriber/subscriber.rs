//! A reader: an address with a name, and what stands between it and each newsletter.

use std::fmt;

use jiff::Timestamp;

use crate::subscriber::consent::Consent;
use crate::subscriber::roster::entry::Name;
use crate::subscriber::status::Status;
use crate::value::address::EmailAddress;

/// The id of a subscriber in the store; never given to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriberId(pub i64);

/// What stands for one reader's subscription to one newsletter in links: random, tells nothing.
pub type Handle = [u8; 16];

/// One reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// The id.
    pub id: SubscriberId,
    /// The address as it is sent to.
    pub address: EmailAddress,
    /// The name, as far as it is known.
    pub name: Name,
    /// When the list first had the address.
    pub created: Timestamp,
    /// When address or name last changed.
    pub changed: Timestamp,
}

/// One reader on one newsletter.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Who.
    pub subscriber: SubscriberId,
    /// The newsletter's id.
    pub newsletter: Box<str>,
    /// Where they stand.
    pub status: Status,
    /// What stands for it in links.
    pub handle: Handle,
    /// When the status last changed.
    pub changed: Timestamp,
    /// What is known of the consent as it is now; the ledger has every step.
    pub consent: Consent,
}

impl SubscriberId {
    /// Whom notices to the site's owner go to: nobody on the list.
    pub const OWNER: Self = Self(0);
}

/// Without the handle: who has it can unsubscribe.
impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("subscriber", &self.subscriber)
            .field("newsletter", &self.newsletter)
            .field("status", &self.status)
            .field("changed", &self.changed)
            .finish_non_exhaustive()
    }
}
