//! Settling the letters in doubt; pausing, resuming and cancelling what is being sent; and whether an issue was begun at all. What became of its letters: `accounts`.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use crate::config::site::Config;
use crate::content::issue::IssueName;
use crate::files::read;
pub use crate::newsletter::delivery::State as DeliveryState;
use crate::newsletter::delivery::State;
use crate::newsletter::mailing::DeliveryId;
pub use crate::newsletter::sending::Sending;
use crate::store::Place;
use crate::store::Store;
use crate::store::issues;
use crate::store::issues::Issue;
use crate::value::clock::Clock;
use crate::workflow::failure::Failure;
use crate::workflow::issue;
use crate::workflow::issue::Shown;
use crate::workflow::newsletter;
use crate::workflow::newsletter::Database;
use crate::workflow::newsletter::Machine;
use crate::workflow::newsletter::mistake;
use crate::workflow::site_folder;
use crate::workflow::unknown;
pub use crate::workflow::unknown::Answer;

/// Which letters in doubt to settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// All of one issue, or of all.
    All(Option<String>),
    /// These, by their numbers.
    These(Vec<i64>),
}

/// What was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// So many letters in doubt.
    Letters(u64),
    /// A whole issue, which may have been sent without the list's knowing, with so many readers.
    Issue(u64),
}

/// Settles letters in doubt: not sent, each is sent once more at the next `send`; sent, it counts as that. Of an issue that may have been sent without the list's knowing, it is said of all its
/// letters; there they may be in doubt, too.
///
/// # Errors
/// A mistake for an issue that was not begun and of which there is no doubt, or a number that is none of a letter in doubt: then none is settled.
pub fn resolve(
    root: &Path,
    machine: &Machine<'_>,
    which: &Settled,
    answer: Answer,
    clock: &Clock,
) -> Result<Resolved, Failure> {
    let database = newsletter::database(root, machine)?;
    let (store, now) = (&database.store, clock.timestamp());
    let mailing = match which {
        Settled::All(Some(written)) => match find(&database.config, store, written) {
            Ok(known) => Some(known.mailing),
            Err(not_begun) => {
                let readers = unknown::settle(root, &database.config, store, written, answer, clock)?;
                return readers.map(Resolved::Issue).ok_or(not_begun);
            }
        },
        Settled::All(None) | Settled::These(_) => None,
    };
    let resend = match answer {
        Answer::NotSent => true,
        Answer::Sent => false,
        Answer::InDoubt => {
            let message = "this is about letters that are in doubt already".into();
            return Err(mistake("no-answer", message, "say what is true: --assume-sent or --resend".into()));
        }
    };
    let Settled::These(numbers) = which else {
        let settled = store.write(move |sql| issues::resolve_all(sql, mailing, resend, now))?;
        return Ok(Resolved::Letters(settled));
    };
    let doubts: BTreeSet<DeliveryId> = store.read(|sql| issues::doubts(sql, None))?.into_iter().collect();
    if let Some(other) = numbers.iter().find(|number| !doubts.contains(&DeliveryId(**number))) {
        let message = format!("no letter in doubt has the number {other}");
        return Err(mistake("no-doubt", message, "`letterpress deliveries` lists them with their numbers".into()));
    }
    let ids: Vec<DeliveryId> = numbers.iter().map(|number| DeliveryId(*number)).collect();
    let settled = store.write(move |sql| {
        let mut settled = 0;
        for id in &ids {
            settled += u64::from(issues::resolve(sql, *id, resend, now)?);
        }
        Ok(settled)
    })?;
    Ok(Resolved::Letters(settled))
}

/// Pauses the sending of an issue. Says where it stands then.
///
/// # Errors
/// A mistake for an issue that was not begun; [`Failure::Store`].
pub fn pause(root: &Path, machine: &Machine<'_>, name: &str, now: Timestamp) -> Result<Sending, Failure> {
    let database = newsletter::database(root, machine)?;
    let mailing = find(&database.config, &database.store, name)?.mailing;
    Ok(database.store.write(move |sql| issues::pause(sql, mailing, now))?)
}

/// Resumes the sending of an issue that is paused, or has ended with letters refused. Says where it stands then, and how many that were refused are tried once more.
///
/// # Errors
/// As [`pause`].
pub fn resume(root: &Path, machine: &Machine<'_>, name: &str, now: Timestamp) -> Result<(Sending, u64), Failure> {
    let database = newsletter::database(root, machine)?;
    let mailing = find(&database.config, &database.store, name)?.mailing;
    Ok(database.store.write(move |sql| issues::resume(sql, mailing, now))?)
}

/// What the ledger of this machine knows of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It was begun: some of its letters may have left.
    Begun(Issue),
    /// It was not.
    Nothing,
    /// Nobody can tell here, because the list is on another machine.
    Elsewhere,
}

/// Looks an issue up. Asking makes no list where there is none.
///
/// # Errors
/// Mistakes in `site.toml`.
pub fn known(root: &Path, machine: &Machine<'_>, name: &IssueName) -> Result<Known, Failure> {
    match present(root, machine)? {
        Present::Here(database) => {
            let known = database.store.read(|sql| issues::find(sql, &name.newsletter, &name.folder));
            Ok(known.map_or(Known::Elsewhere, |known| known.map_or(Known::Nothing, Known::Begun)))
        }
        Present::None => Ok(Known::Nothing),
        Present::Elsewhere => Ok(Known::Elsewhere),
    }
}

/// The database, where there is one already.
pub(in crate::workflow) enum Present {
    Here(Database),
    None,
    Elsewhere,
}

pub(in crate::workflow) fn present(root: &Path, machine: &Machine<'_>) -> Result<Present, Failure> {
    let config = site_folder::config(root)?;
    match newsletter::place(root, &config, machine) {
        Ok(Place::Sqlite(file)) if !read::exists(&file) => return Ok(Present::None),
        Ok(_) => {}
        Err(_) => return Ok(Present::Elsewhere),
    }
    Ok(newsletter::database(root, machine).map_or(Present::Elsewhere, Present::Here))
}

/// Adds to issues where their sending stands, as far as this machine knows.
///
/// # Errors
/// Mistakes in `site.toml`.
pub fn stand(root: &Path, machine: &Machine<'_>, shown: &mut [Shown]) -> Result<(), Failure> {
    let Present::Here(database) = present(root, machine)? else { return Ok(()) };
    let Ok(known) = database.store.read(issues::all) else { return Ok(()) };
    for issue in known {
        let name = format!("{}/{}", issue.newsletter, issue.name);
        if let Some(shown) = shown.iter_mut().find(|shown| shown.name == name) {
            shown.sending = Some(issue.state.word());
        }
    }
    Ok(())
}

/// Whether some of an issue's letters may have left already; `None` where nobody can tell here.
///
/// # Errors
/// A mistake for an unknown newsletter.
pub fn is_begun(root: &Path, machine: &Machine<'_>, name: &str) -> Result<Option<bool>, Failure> {
    let wanted = issue::name(&site_folder::config(root)?, name)?;
    Ok(match known(root, machine, &wanted)? {
        Known::Begun(_) => Some(true),
        Known::Nothing => Some(false),
        Known::Elsewhere => None,
    })
}

/// Cancels the sending of an issue that was begun: what has not left never will. Says how many readers have it, and how many may have it.
///
/// # Errors
/// A mistake for an issue that was not begun; [`Failure::Store`].
pub fn cancel(root: &Path, machine: &Machine<'_>, name: &str, now: Timestamp) -> Result<(u64, u64), Failure> {
    let database = newsletter::database(root, machine)?;
    let mailing = find(&database.config, &database.store, name)?.mailing;
    let states = database.store.write(move |sql| {
        issues::cancel(sql, mailing, now)?;
        issues::progress(sql, mailing)
    })?;
    let count = |state| states.get(&state).copied().unwrap_or_default();
    Ok((count(State::Sent), count(State::InDoubt) + count(State::Transmitting)))
}

/// The issue that somebody names.
///
/// # Errors
/// A mistake for one that was not begun; [`Failure::Store`].
pub(in crate::workflow) fn find(config: &Config, store: &Store, written: &str) -> Result<Issue, Failure> {
    let name = issue::name(config, written)?;
    let known = store.read(|sql| issues::find(sql, &name.newsletter, &name.folder))?;
    known.ok_or_else(|| {
        let message = format!("nothing of the issue {name} has been sent");
        mistake("not-begun", message, "`letterpress deliveries` lists the issues of which something has".into())
    })
}
