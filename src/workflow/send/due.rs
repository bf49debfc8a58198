//! `send --due`: what a clock does instead of an editor. Composes what is to be looked at by now, approves what approves itself and whose time has come, and says what
//! can be sent. What comes more than three days late is left to a person: its news may be old.

use std::path::Path;

use jiff::Timestamp;

use crate::config::issues::Approval;
use crate::config::newsletter::Newsletter;
use crate::config::site::Config;
use crate::library::issue::Issue;
use crate::library::issue::IssueState;
use crate::library::issue::NewsletterId;
use crate::library::model::Library;
use crate::newsletter::schedule::Due;
use crate::newsletter::schedule::STALE;
use crate::newsletter::sending::Sending;
use crate::store::issues;
use crate::value::clock::Clock;
use crate::workflow::approve;
use crate::workflow::compose;
use crate::workflow::compose::composition;
use crate::workflow::compose::composition::Wanted;
use crate::workflow::compose::composition::Which;
use crate::workflow::compose::days::Days;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter;
use crate::workflow::newsletter::Machine;
use crate::workflow::progress::Progress;
use crate::workflow::send::doubts;
use crate::workflow::site_folder;
use crate::workflow::unknown;
use crate::workflow::unknown::Unknown;

/// What was made ready.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// Issues that were composed, or to which something was added, and whether they are of a newsletter that approves by itself.
    pub composed: Vec<(String, bool)>,
    /// Issues that were approved.
    pub approved: Vec<String>,
    /// Drafts whose time has come and that wait for somebody to approve them.
    pub waiting: Vec<String>,
    /// Those whose time came more than three days ago: nobody but a person approves them, whatever the newsletter says.
    pub late: Vec<String>,
    /// Issues to be sent, in the order of their dates.
    pub issues: Vec<String>,
    /// Issues of newsletters that nobody has confirmed yet: they wait for readers.
    pub unread: Vec<String>,
    /// Issues that are paused, by somebody or by themselves.
    pub paused: Vec<String>,
    /// Issues with letters in doubt that nobody but a person settles, and how many.
    pub doubted: Vec<(String, u64)>,
    /// Issues that may have been sent without the list's knowing.
    pub unknown: Vec<Unknown>,
}

/// Makes ready what is due.
///
/// # Errors
/// A [`Failure`] where the site's files have mistakes, or an issue cannot be approved. What was composed or approved until then stays so.
pub fn ready(root: &Path, machine: &Machine<'_>, clock: &Clock, progress: &dyn Progress) -> Result<Ready, Failure> {
    let now = clock.timestamp();
    let config = site_folder::config(root)?;
    let mut ready = Ready::default();
    let (library, _) = compose::library(root, &config, clock)?;
    let days = Days::of(root, &config);
    for (index, settings) in config.newsletters.iter().enumerate() {
        if !is_to_be_composed(&config, &library, (NewsletterId(index), settings), (clock, &days))? {
            continue;
        }
        let request = compose::Request {
            root: root.to_owned(),
            newsletter: Some(settings.id.clone()),
            issue: None,
            anyway: false,
            clock: clock.clone(),
        };
        let made = compose::compose(&request)?.compositions.into_iter().filter(|made| made.text.is_some());
        let by_itself = settings.issues.approval == Approval::Auto;
        ready.composed.extend(made.map(|made| (made.name.to_string(), by_itself)));
    }
    let (library, _) = compose::library(root, &config, clock)?;
    for issue in &library.issues {
        if issue.state != IssueState::Draft || issue.date.timestamp() > now {
            continue;
        }
        let name = issue.name.to_string();
        let settings = config.newsletters.get(issue.newsletter.0);
        let is_late = now.duration_since(issue.date.timestamp()) > STALE;
        if is_late || settings.is_none_or(|settings| settings.issues.approval == Approval::Manual) {
            if is_late { &mut ready.late } else { &mut ready.waiting }.push(name);
            continue;
        }
        let request = approve::Request { root: root.to_owned(), issue: Some(name.clone()), clock: clock.clone() };
        approve::approve(&request, machine, progress)?;
        ready.approved.push(name);
    }
    let (library, _) = compose::library(root, &config, clock)?;
    look_up(root, machine, (&config, &library), now, &mut ready)?;
    Ok(ready)
}

/// Whether the next issue's time to be looked at has come, and something would change.
fn is_to_be_composed(
    config: &Config,
    library: &Library,
    (id, settings): (NewsletterId, &Newsletter),
    (clock, days): (&Clock, &Days),
) -> Result<bool, Failure> {
    let wanted = Wanted { newsletter: id, which: Which::Next, anyway: false };
    let (compositions, _) = composition::compose(config, library, &wanted, (clock, days)).map_err(Failure::Mistakes)?;
    let now = clock.timestamp();
    let has_come = |due: &Due| due.is_near(now, settings.issues.review);
    // Of those who mail every post, each is due when it is there.
    Ok(compositions.iter().any(|made| made.text.is_some() && made.due.as_ref().is_none_or(has_come)))
}

/// Looks up how the approved issues whose time has come stand: which can be sent, the oldest first, and which wait for a person.
fn look_up(
    root: &Path,
    machine: &Machine<'_>,
    (config, library): (&Config, &Library),
    now: Timestamp,
    ready: &mut Ready,
) -> Result<(), Failure> {
    let store = newsletter::database(root, machine)?.store;
    let is_due = |issue: &&Issue| issue.state == IssueState::Approved && issue.date.timestamp() <= now;
    let mut issues: Vec<&Issue> = library.issues.iter().filter(is_due).collect();
    issues.sort_by_key(|issue| (issue.date.timestamp(), issue.name.to_string()));
    for issue in issues {
        let name = issue.name.to_string();
        let known = store.read(|sql| issues::find(sql, &issue.name.newsletter, &issue.name.folder))?;
        let Some(known) = known else {
            if let Some(unknown) = unknown::look(&store, library, issue, now)? {
                ready.unknown.push(unknown);
                continue;
            }
            let readers = store.read(|sql| issues::audience(sql, &issue.name.newsletter))?;
            if readers == 0 { &mut ready.unread } else { &mut ready.issues }.push(name);
            continue;
        };
        let is_to_settle = doubts::are_to_be_settled(&store, config, issue, known.mailing)?;
        let goes_on = known.state == Sending::Open || known.state == Sending::Finished && is_to_settle;
        let settled = if goes_on && is_to_settle { doubts::lost(&store, known.mailing)? } else { 0 };
        let held = doubts::count(&store, known.mailing)?.saturating_sub(settled);
        if held > 0 {
            ready.doubted.push((name.clone(), held));
        }
        if goes_on {
            ready.issues.push(name);
        } else if known.state == Sending::Paused {
            ready.paused.push(name);
        }
    }
    Ok(())
}
