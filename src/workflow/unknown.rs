//! Issues that may have been sent though the ledger knows nothing of them: by the list whose backup was restored, or of which a new one took the place. None is begun before somebody has said
//! whether it was, for nobody but its readers and the mail server can know.

use std::path::Path;

use jiff::Timestamp;

use crate::config::site::Config;
use crate::diagnostic::report::Diagnostic;
use crate::library::issue::Issue;
use crate::library::issue::IssueState;
use crate::library::model::Library;
use crate::newsletter::delivery::State;
use crate::newsletter::schedule::STALE;
use crate::store::Store;
use crate::store::blind;
use crate::store::blind::Blind;
use crate::store::issues;
use crate::value::clock::Clock;
use crate::workflow::compose;
use crate::workflow::deliveries;
use crate::workflow::deliveries::Present;
use crate::workflow::failure::Failure;
use crate::workflow::issue;
use crate::workflow::newsletter::Machine;
use crate::workflow::send::obstacle;

/// An issue that may have been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// `digest/2026-11-15`.
    pub name: String,
    /// What its readers look for, if they have it.
    pub subject: String,
    /// Why nobody knows.
    pub why: Why,
}

/// Why nobody knows whether an issue was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The list was restored from a backup, and the issue may have left in between.
    Restored {
        /// When the backup was made, as far as it is known.
        made: Option<Timestamp>,
        /// When it was restored.
        at: Timestamp,
    },
    /// The list has sent no issue yet, and this one, of days ago, is approved: it looks as if another list had sent that.
    New(String),
}

/// What somebody says of an issue that may have been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nobody has it.
    NotSent,
    /// Its readers have it.
    Sent,
    /// Some may have it: each of them is in doubt.
    InDoubt,
}

/// Whether an approved issue may have been sent without the ledger's knowing.
///
/// # Errors
/// [`Failure::Store`].
pub(in crate::workflow) fn look(
    store: &Store,
    library: &Library,
    issue: &Issue,
    now: Timestamp,
) -> Result<Option<Unknown>, Failure> {
    let (folder, name) = (&issue.name, issue.name.to_string());
    let (known, span, has_sent) = store.read(|sql| {
        Ok((issues::find(sql, &folder.newsletter, &folder.folder)?, blind::of(sql)?, issues::are_there(sql)?))
    })?;
    if known.is_some() || span.as_ref().is_some_and(|span| span.unsent.contains(&*name)) {
        return Ok(None);
    }
    let why = match span {
        Some(span) if span.may_hide(&name, issue.date.timestamp()) => {
            Why::Restored { made: span.since, at: span.until }
        }
        _ if has_sent => return Ok(None),
        _ => match of_another_list(library, issue, now) {
            Some(other) => Why::New(other),
            None => return Ok(None),
        },
    };
    Ok(Some(Unknown { name, subject: issue.subject().to_owned(), why }))
}

/// The issue by which one sees that there was another list before this one: of the approved and due ones of the newsletter the oldest, where that is not the only one, and of days ago. Whoever
/// sends for the first time has one issue, or some of these days.
fn of_another_list(library: &Library, issue: &Issue, now: Timestamp) -> Option<String> {
    let is_due = |other: &&Issue| {
        other.newsletter == issue.newsletter
            && other.state == IssueState::Approved
            && (other.date.timestamp() <= now || other.name == issue.name)
    };
    let mut due: Vec<&Issue> = library.issues.iter().filter(is_due).collect();
    due.sort_by_key(|issue| issue.date.timestamp());
    let oldest = due.first().filter(|oldest| now.duration_since(oldest.date.timestamp()) > STALE)?;
    (due.len() > 1).then(|| oldest.name.to_string())
}

/// What keeps such an issue from being sent, and each way on.
#[must_use]
pub fn diagnostic(unknown: &Unknown) -> Diagnostic {
    let Unknown { name, subject, why } = unknown;
    let minute = |time: &Timestamp| time.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let why = match why {
        Why::Restored { made: Some(made), at } => format!(
            "the list is a backup of {}, restored at {}, and does not know what left in between",
            minute(made),
            minute(at)
        ),
        Why::Restored { made: None, at } => {
            format!("the list was restored or begun anew at {}, and does not know all that left before", minute(at))
        }
        Why::New(other) if other == name => {
            "the list has sent no issue yet, and this is not the only one that is due: another list may have sent them"
                .into()
        }
        Why::New(other) => {
            format!("the list has sent no issue yet, and {other} is long due too: another list may have sent them")
        }
    };
    let resolve = |how: &str| format!("letterpress deliveries resolve --{how} --all --issue {name}");
    Diagnostic::error("perhaps-sent", format!("the issue {name} may have been sent already: {why}"))
        .hint(format!(
            "look for «{subject}» in a mailbox that gets the newsletter, and in the mail server's log or your provider's list of messages"
        ))
        .hint(format!("readers have it: {}", resolve("assume-sent")))
        .hint(format!("nobody has it: {}, and it is sent", resolve("resend")))
        .hint(format!("some have it: {}; then every reader is in doubt, and you settle them one by one", resolve("hold")))
}

/// Writes down what somebody says of an issue that may have been sent. Says how many readers that concerns; `None` where there is no doubt about the issue.
///
/// # Errors
/// Mistakes in the site's files; no such issue, or not approved; [`Failure::Store`].
pub(in crate::workflow) fn settle(
    root: &Path,
    config: &Config,
    store: &Store,
    written: &str,
    answer: Answer,
    clock: &Clock,
) -> Result<Option<u64>, Failure> {
    let now = clock.timestamp();
    let (library, _) = compose::library(root, config, clock)?;
    let found = issue::named(config, &library, written)?;
    let Some(unknown) = look(store, &library, found, now)? else { return Ok(None) };
    let hash = found.frozen.as_ref().ok_or_else(|| obstacle::not_approved(found))?.manifest.hash.0;
    let (newsletter, folder) = (found.name.newsletter.clone(), found.name.folder.clone());
    let readers = store.write(move |sql| {
        // Of the others that a list before this one may have sent, nobody has said anything yet.
        if let Why::New(_) = unknown.why {
            blind::widen(sql, Blind { until: now, ..Blind::default() })?;
        }
        let state = match answer {
            Answer::NotSent => {
                blind::unsent(sql, &unknown.name)?;
                return issues::audience(sql, &newsletter);
            }
            Answer::Sent => State::Sent,
            Answer::InDoubt => State::InDoubt,
        };
        issues::settled(sql, &newsletter, &folder, &hash, state, now)
    })?;
    Ok(Some(readers))
}

/// Looks an issue up before its approval is taken back, which is no use to readers who may have it. Asking makes no list where there is none; mistakes in the site's files are left to who takes
/// it back.
///
/// # Errors
/// A mistake for an unknown newsletter; [`Failure::Store`].
pub fn of(root: &Path, machine: &Machine<'_>, written: &str, clock: &Clock) -> Result<Option<Unknown>, Failure> {
    let Present::Here(database) = deliveries::present(root, machine)? else { return Ok(None) };
    let name = issue::name(&database.config, written)?;
    let Ok((library, _)) = issue::library_of(root, &database.config, &name, clock) else { return Ok(None) };
    match issue::named(&database.config, &library, written) {
        Ok(found) if found.state == IssueState::Approved => look(&database.store, &library, found, clock.timestamp()),
        _ => Ok(None),
    }
}

/// Refuses an issue that may have been sent.
///
/// # Errors
/// A mistake where it may have been.
pub(in crate::workflow) fn refuse(unknown: Option<Unknown>) -> Result<(), Failure> {
    unknown.map_or(Ok(()), |unknown| Err(Failure::Mistakes(diagnostic(&unknown).into())))
}
