//! What keeps an issue from being sent, and what to do about it.

use jiff::Timestamp;

use crate::content::issue::IssueName;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::library::issue::Issue as LibraryIssue;
use crate::library::issue::IssueState;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::mistake;
use crate::workflow::send::choice::Errand;
use crate::workflow::send::live::Awaited;

/// The code of an issue that is paused.
const PAUSED: &str = "paused-issue";
/// The code of an issue of which nothing is left but letters in doubt.
const DOUBTED: &str = "in-doubt";

/// Whether an issue is not sent because it waits for a person: then something remains, and nothing is wrong.
#[must_use]
pub fn is_waiting(failure: &Failure) -> bool {
    let Failure::Mistakes(report) = failure else { return false };
    report.diagnostics().iter().any(|diagnostic| [PAUSED, DOUBTED].contains(&diagnostic.code))
}

/// An issue that nobody has approved.
pub(in crate::workflow) fn not_approved(issue: &LibraryIssue) -> Failure {
    let message = format!("the issue {} is not approved", issue.name);
    let hint = match issue.state {
        IssueState::Cancelled => {
            format!("it is cancelled; to send it after all: letterpress issue reopen {}", issue.name)
        }
        _ => format!("look at it, then: letterpress issue approve {}", issue.name),
    };
    mistake("not-approved", message, hint)
}

/// An issue of which some have another text.
pub(in crate::workflow::send) fn other_content(name: &str) -> Failure {
    let message = format!("the issue {name} was begun with other content than is approved now");
    let hint =
        "bring back the frozen/ that was sent, from version control or the machine that sent it: some readers have it";
    mistake("other-content", message, hint.into())
}

/// An issue that somebody, or too many refusals, have paused.
pub(in crate::workflow::send) fn paused(name: &IssueName) -> Failure {
    let hint = format!("look at `letterpress deliveries {name}`, then: letterpress issue resume {name}");
    mistake(PAUSED, format!("the issue {name} is paused"), hint)
}

/// An issue of which nobody gets anything any more.
pub(in crate::workflow::send) fn cancelled(name: &IssueName) -> Failure {
    let hint = "readers who have it keep it; nobody else gets it";
    mistake("not-sending", format!("the issue {name} was cancelled"), hint.into())
}

/// An issue of which nothing is left to send: so many letters are in doubt, so many were refused.
pub(in crate::workflow::send) fn finished(name: &IssueName, doubts: u64, refused: u64) -> Failure {
    let letters = |count: u64| if count == 1 { "one letter".to_owned() } else { format!("{count} letters") };
    let again = (refused > 0).then(|| {
        let them = if refused == 1 { "it" } else { "them" };
        format!("{} refused; to try {them} once more: letterpress issue resume {name}", was(&letters(refused), refused))
    });
    let diagnostic = if doubts > 0 {
        let message = format!("the issue {name} is sent, and {} in doubt", is(&letters(doubts), doubts));
        Diagnostic::error(DOUBTED, message).hint(format!("letterpress deliveries {name} lists what is in doubt"))
    } else {
        let hint = format!("letterpress deliveries {name} shows what became of it");
        Diagnostic::error("not-sending", format!("the issue {name} is sent")).hint(hint)
    };
    Failure::Mistakes(diagnostic.maybe_hint(again).into())
}

fn is(letters: &str, count: u64) -> String {
    format!("{letters} {}", if count == 1 { "is" } else { "are" })
}

fn was(letters: &str, count: u64) -> String {
    format!("{letters} {}", if count == 1 { "was" } else { "were" })
}

/// An issue whose time has not come; nothing where it has.
pub(in crate::workflow::send) fn not_due(issue: &LibraryIssue, now: Timestamp) -> Vec<Diagnostic> {
    if issue.date.timestamp() <= now {
        return Vec::new();
    }
    let message = format!("the issue {} comes at {}", issue.name, issue.date.strftime("%-d %B %Y, %H:%M %Z"));
    vec![Diagnostic::error("not-due", message).hint("wait, or send it now: --anyway")]
}

/// An issue whose page is not public.
pub(in crate::workflow::send) fn not_live(awaited: &Awaited) -> Diagnostic {
    let hint = "publish the site (letterpress build, then upload), and send again; or overrule with --anyway";
    Diagnostic::error("not-live", awaited.to_string()).hint(hint)
}

/// Lets obstacles stand in the way. Who only asks what would happen is warned of them, and told the rest.
///
/// # Errors
/// The obstacles, where there are any.
pub(in crate::workflow::send) fn stand(
    mut obstacles: Vec<Diagnostic>,
    errand: Errand,
    report: &mut Report,
) -> Result<(), Failure> {
    if errand == Errand::DryRun {
        obstacles.iter_mut().for_each(|obstacle| obstacle.severity = Severity::Warning);
        report.extend(obstacles);
        return Ok(());
    }
    if obstacles.is_empty() {
        return Ok(());
    }
    let mut all = Report::new();
    all.extend(obstacles);
    Err(Failure::Mistakes(all))
}
