//! Which issue is sent, what for, and what speaks against it.

use crate::config::site::Config;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Severity;
use crate::library::issue::Issue as LibraryIssue;
use crate::library::issue::IssueState;
use crate::library::model::Library;
use crate::newsletter::sending::Sending;
use crate::store::Store;
use crate::store::issues;
use crate::workflow::departure;
use crate::workflow::failure::Failure;
use crate::workflow::issue;
use crate::workflow::newsletter::mistake;
use crate::workflow::send::Request;
use crate::workflow::send::doubts;

/// What an issue is looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// To be sent to its readers.
    Send,
    /// To say what would happen.
    DryRun,
    /// To be sent to one address, as a test.
    Test,
    /// To be written into a folder, for which no server is needed.
    ToFolder,
}

impl Errand {
    /// Whether readers get it: then it has to be due, public, and to have readers.
    #[must_use]
    pub fn is_sending(self) -> bool {
        matches!(self, Self::Send | Self::DryRun)
    }
}

/// The issue that is named, or the one that is due; where nothing is sent to readers and none is due, the approved one that comes next.
pub(in crate::workflow::send) fn chosen<'l>(
    request: &Request<'_>,
    config: &Config,
    library: &'l Library,
    store: &Store,
) -> Result<&'l LibraryIssue, Failure> {
    if let Some(written) = &request.issue {
        return issue::named(config, library, written);
    }
    let now = (request.now)();
    let (mut due, mut coming) = (Vec::new(), Vec::new());
    for issue in library.issues.iter().filter(|issue| issue.state == IssueState::Approved) {
        let known = store.read(|sql| issues::find(sql, &issue.name.newsletter, &issue.name.folder))?;
        let remains = match &known {
            None => true,
            Some(known) => match known.state {
                Sending::Open | Sending::Paused => true,
                Sending::Cancelled => false,
                Sending::Finished => doubts::are_to_be_settled(store, config, issue, known.mailing)?,
            },
        };
        if remains {
            if issue.date.timestamp() > now { &mut coming } else { &mut due }.push(issue);
        }
    }
    let next = coming.iter().copied().min_by_key(|issue| issue.date.timestamp());
    match (due.as_slice(), next) {
        ([one], _) => Ok(one),
        ([], Some(next)) if request.errand != Errand::Send => Ok(next),
        ([], next) => {
            let message = "no approved issue is due";
            let hint = next.map_or_else(
                || "`letterpress issue show` lists them all; `letterpress issue compose` makes the next one".to_owned(),
                |next| format!("the next one is {}, {}", next.name, next.date.strftime("%-d %B %Y, %H:%M %Z")),
            );
            Err(mistake("nothing-due", message.into(), hint))
        }
        (several, _) => {
            let names: Vec<String> = several.iter().map(|issue| issue.name.to_string()).collect();
            let message = format!("{} issues are due: {}", names.len(), names.join(", "));
            Err(mistake(
                "several-due",
                message,
                format!("name one: letterpress send {}", names.first().map_or("", String::as_str)),
            ))
        }
    }
}

/// What `check` warns of, as obstacles: what has changed around the issue since it was approved.
pub(in crate::workflow::send) fn doubts(config: &Config, library: &Library, issue: &LibraryIssue) -> Vec<Diagnostic> {
    let mut doubts = departure::doubts(config, library, issue);
    for doubt in &mut doubts {
        doubt.severity = Severity::Error;
        doubt.hints.push("or overrule with --anyway".into());
    }
    doubts
}

/// An issue that would go to nobody: begun, it would count as sent for ever. `others` are the sites whose lists are on this machine too.
pub(in crate::workflow::send) fn nobody(issue: &LibraryIssue, others: &[String]) -> Failure {
    let message = format!("nobody would get the issue {}: the newsletter has no confirmed readers", issue.name);
    let hint = "`letterpress subscribers stats` counts them; `letterpress subscribers import` takes over a list. Until there are some, the issue waits";
    let elsewhere = format!(
        "a list is called after `base_url`; if that was another one before, the readers are in its list. There are lists of: {}",
        others.join(", ")
    );
    let diagnostic = Diagnostic::error("no-readers", message).hint(hint);
    Failure::Mistakes(diagnostic.maybe_hint((!others.is_empty()).then_some(elsewhere)).into())
}
