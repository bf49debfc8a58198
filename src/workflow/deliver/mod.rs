//! Delivers what waits in the ledger: claims deliveries, has their letters written, hands these to a server, and settles what became of each.
//!
//! One thread claims, and shares out what it claimed; each connection to a server has a thread of its own. All of them write through the store's one writer, which puts the marks of
//! many letters into one transaction. Whoever is alive prolongs its leases; what a process leaves behind that is not, another one takes over.

mod bank;
mod carrier;
mod circuit;
mod line;
pub mod mark;
mod open;
mod reach;
pub mod relay;
mod round;
mod settling;
pub mod sign;
mod standing;
pub mod ways;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::newsletter::delivery::State;
use crate::newsletter::mailing::NoticeKind;
use crate::output::letter::Letter;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::deliveries::Claimed;
use crate::store::deliveries::Which;
use crate::subscriber::keys::KeyRing;
use crate::transport::eml::LetterFolder;
use crate::transport::smtp::server::Server;
use crate::transport::throttle::gate::Gate;
use crate::workflow::deliver::mark::Marks;
use crate::workflow::deliver::relay::Relay;
pub use crate::workflow::deliver::round::Handle;
pub use crate::workflow::deliver::round::Round;
pub use crate::workflow::deliver::round::StartError;
use crate::workflow::deliver::sign::Signers;
use crate::workflow::subscribe::Now;

/// How long a claim lasts without a sign of life.
pub(in crate::workflow::deliver) const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How often leases are prolonged.
pub(in crate::workflow::deliver) const SIGN_OF_LIFE: std::time::Duration = std::time::Duration::from_secs(15);

/// Writes the letter of a delivery. Called from several threads.
pub trait Scribe: Send + Sync {
    /// Which deliveries it writes letters for.
    fn which(&self) -> Which;

    /// Puts into the ledger what has to be there before anything is claimed. Says whether there is more of it.
    ///
    /// # Errors
    /// A [`StoreError`].
    fn prepare(&self, store: &Store, now: Timestamp) -> Result<bool, StoreError>;

    /// The letter, as it is to leave.
    ///
    /// # Errors
    /// [`Unwritten`]: nothing is sent.
    fn write(&self, claimed: &Claimed) -> Result<Letter, Unwritten>;
}

/// Why there is no letter.
#[derive(Debug)]
pub enum Unwritten {
    /// The list could not be read or written.
    Store(StoreError),
    /// There is nobody or nothing to write about any more.
    Gone,
    /// A mistake in the theme or the settings, for the site's owner.
    Mistake(String),
}

/// Where letters go.
pub enum Post {
    /// To servers.
    Servers(Vec<Way>),
    /// Into a folder, as `.eml` files.
    Folder(LetterFolder),
}

/// A server, with how many connections it gets at a time.
pub struct Way {
    /// The server.
    pub server: Server,
    /// Connections, at least one.
    pub connections: u16,
    /// How fast letters may go.
    pub gate: Arc<Gate>,
    /// What its letters need.
    pub relay: Relay,
}

/// What happens, for people. No address is whole in it.
#[derive(Debug)]
pub enum Told<'a> {
    /// A delivery has reached a state, or will be tried again.
    Settled {
        /// Which notice, if it is one.
        notice: Option<NoticeKind>,
        /// The address, masked.
        to: &'a str,
        /// The state.
        state: State,
        /// What the server said, or why.
        why: &'a str,
        /// Whether it refused us, by a policy (5.7.x, RFC 3463 §3.8), and not this one reader. A 4.7.x is greylisting, as a rule.
        is_policy: bool,
    },
    /// A server cannot be reached, and is tried again at that moment.
    Down {
        /// Its name.
        server: &'a str,
        /// What to look at.
        why: &'a str,
        /// In how many seconds it is tried again.
        seconds: u64,
    },
    /// A server can be reached again.
    Up {
        /// Its name.
        server: &'a str,
    },
    /// A server refuses so many letters for what it says of us that it is us whom it refuses, not these readers.
    Refused {
        /// Its name.
        server: &'a str,
        /// What it said last, without addresses.
        why: &'a str,
        /// Whether no other one is left. Else it is set aside, and the others are offered what it refused.
        is_last: bool,
    },
    /// Something is wrong that somebody has to mend.
    Trouble(&'a str),
}

/// Told what happens. Called from several threads.
pub trait Teller: Send + Sync {
    /// Something happened.
    fn tell(&self, told: Told<'_>);
}

/// What every thread of a round works with.
pub struct Means {
    /// The list and the ledger.
    pub store: Store,
    /// The keys.
    pub keys: Arc<KeyRing>,
    /// What the time is.
    pub now: Now,
    /// Who writes the letters.
    pub scribe: Arc<dyn Scribe>,
    /// Who is told.
    pub teller: Arc<dyn Teller>,
    /// Who signs them.
    pub signers: Signers,
    /// Where letters go.
    pub post: Post,
    /// Where it is noted how far the database has come.
    pub marks: Marks,
    /// Where senders on this machine note that they are alive, so that what a dead one left is taken over at once.
    pub senders: PathBuf,
    /// The most deliveries that are claimed, where it is to end after so many.
    pub most: Option<u64>,
}

impl From<StoreError> for Unwritten {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
