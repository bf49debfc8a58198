//! `deliveries`: what became of each issue, what servers said of its letters, and each letter with all by which a server's log knows it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use jiff::Timestamp;

use crate::config::site::Config;
use crate::content::frozen::Digest;
use crate::newsletter::delivery::State;
use crate::newsletter::replies;
pub use crate::newsletter::replies::Counted;
use crate::newsletter::sending::Sending;
use crate::output::letter::MessageId;
use crate::store::Store;
use crate::store::accounts;
use crate::store::accounts::Entry;
use crate::store::issues;
use crate::store::issues::Issue;
use crate::subscriber::delivery_token;
use crate::subscriber::keys::KeyRing;
use crate::value::address::EmailAddress;
use crate::value::reply::Reply;
use crate::workflow::deliveries;
use crate::workflow::failure::Failure;
use crate::workflow::keys;
use crate::workflow::newsletter;
use crate::workflow::newsletter::Database;
use crate::workflow::newsletter::Machine;

/// States in which a reply says why: the others were never tried, are being tried at this moment, or have nothing to explain.
const EXPLAINED: [State; 5] = [State::Deferred, State::Bounced, State::Rejected, State::InDoubt, State::Expired];

/// An issue and its deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// `digest/2026-11-15`.
    pub name: String,
    /// Where its sending stands.
    pub state: Sending,
    /// When it began.
    pub started: Timestamp,
    /// How many readers it goes to.
    pub audience: u64,
    /// How many deliveries are in which state.
    pub states: BTreeMap<State, u64>,
    /// What was said of those that are not sent: by state, the most frequent first.
    pub replies: Vec<Counted>,
    /// Those in doubt, the oldest first.
    pub doubts: Vec<Line>,
}

/// A delivery, with what it is known by elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the ledger.
    pub number: i64,
    /// Where it stands.
    pub state: State,
    /// Since when it stands there.
    pub changed: Timestamp,
    /// How many attempts were begun.
    pub attempt: u64,
    /// The reader's address, masked unless it was asked for; none where they have been erased.
    pub to: Option<String>,
    /// Under which it went out, or may have.
    pub message_id: Option<String>,
    /// By which relays that write Message-IDs of their own know it, and our return path; none without the keys.
    pub token: Option<String>,
    /// To which server it went last, or may have: in its log the answer stands.
    pub server: Option<String>,
    /// What was said at the last attempt.
    pub reply: Option<Reply>,
}

/// Which deliveries of an issue to list.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The issue, as somebody wrote it.
    pub issue: &'a str,
    /// In which states.
    pub states: &'a [State],
    /// At most so many; `None` for all.
    pub limit: Option<u64>,
    /// Whether addresses are shown whole.
    pub has_addresses: bool,
}

/// The accounts of the issues that were begun, the latest first; or of one. `has_addresses` shows the addresses of readers in doubt whole.
///
/// # Errors
/// A mistake for an issue that was not begun; [`Failure::Store`].
pub fn accounts(
    root: &Path,
    machine: &Machine<'_>,
    name: Option<&str>,
    has_addresses: bool,
) -> Result<Vec<Account>, Failure> {
    let Database { config, store } = newsletter::database(root, machine)?;
    let known = match name {
        Some(written) => vec![deliveries::find(&config, &store, written)?],
        None => store.read(issues::all)?,
    };
    // The account is worth reading without them.
    let keys = keys::known(root, &config, &store, machine).ok();
    known.into_iter().map(|issue| account(&config, &store, keys.as_ref(), issue, has_addresses)).collect()
}

fn account(
    config: &Config,
    store: &Store,
    keys: Option<&KeyRing>,
    issue: Issue,
    has_addresses: bool,
) -> Result<Account, Failure> {
    let names = Names::new(config, keys, &issue, has_addresses);
    let mailing = issue.mailing;
    let mut doubts = Vec::new();
    let (states, said) = store.read(|sql| {
        accounts::each(sql, mailing, &[State::InDoubt], None, &mut |entry| {
            doubts.push(names.line(entry));
            ControlFlow::Continue(())
        })?;
        Ok((issues::progress(sql, mailing)?, accounts::replies(sql, mailing, &EXPLAINED)?))
    })?;
    Ok(Account {
        name: format!("{}/{}", issue.newsletter, issue.name),
        state: issue.state,
        started: issue.started,
        audience: issue.audience,
        states,
        replies: replies::grouped(said),
        doubts,
    })
}

/// Hands over the deliveries of an issue that are wanted, those that came to where they stand first before the others, until `each` has enough. Says how many there are, whatever the limit.
///
/// # Errors
/// A mistake for an issue that was not begun; [`Failure::Store`].
pub fn list(
    root: &Path,
    machine: &Machine<'_>,
    wanted: Wanted<'_>,
    each: &mut (dyn FnMut(Line) -> ControlFlow<()> + Send),
) -> Result<u64, Failure> {
    let Database { config, store } = newsletter::database(root, machine)?;
    let issue = deliveries::find(&config, &store, wanted.issue)?;
    let keys = keys::known(root, &config, &store, machine).ok();
    let names = Names::new(&config, keys.as_ref(), &issue, wanted.has_addresses);
    let counts = store.read(|sql| {
        accounts::each(sql, issue.mailing, wanted.states, wanted.limit, &mut |entry| each(names.line(entry)))?;
        issues::progress(sql, issue.mailing)
    })?;
    Ok(counts.iter().filter(|(state, _)| wanted.states.contains(state)).map(|(_, count)| count).sum())
}

/// What the letters of an issue are called.
struct Names<'a> {
    keys: Option<&'a KeyRing>,
    from: Option<&'a EmailAddress>,
    hash: String,
    has_addresses: bool,
}

impl<'a> Names<'a> {
    fn new(config: &'a Config, keys: Option<&'a KeyRing>, issue: &Issue, has_addresses: bool) -> Self {
        let newsletter = config.newsletters.iter().find(|newsletter| *newsletter.id == *issue.newsletter);
        let from = newsletter.and_then(|newsletter| newsletter.from.as_ref()).map(|from| &from.address);
        Self { keys, from, hash: Digest(issue.hash).to_string(), has_addresses }
    }

    fn line(&self, entry: Entry) -> Line {
        let message_id = match entry.message_id {
            Some(known) => Some(known.into()),
            // The letter may have left after the backup from which the ledger comes: nobody wrote down under which name, but it is the same at every attempt.
            None if entry.state == State::InDoubt => self.message_id(&entry.subscriber.0.to_string()),
            None => None,
        };
        let to = entry.to.map(|to| if self.has_addresses { to.to_string() } else { to.masked() });
        Line {
            number: entry.delivery.0,
            state: entry.state,
            changed: entry.changed,
            attempt: entry.attempt,
            to,
            message_id,
            // Keys that were added since have signed nothing that went out then.
            token: self.keys.map(|keys| delivery_token::sign(&keys.as_of(entry.changed), entry.delivery.0)),
            server: entry.server.map(Into::into),
            reply: entry.reply,
        }
    }

    fn message_id(&self, whom: &str) -> Option<String> {
        let (keys, from) = (self.keys?, self.from?);
        Some(MessageId::of_issue(keys, &self.hash, whom, from).as_str().to_owned())
    }
}
