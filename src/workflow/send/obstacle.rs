//! What keeps an issue from being sent, and what to do about it.

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::library::issue::Issue as LibraryIssue;
use crate::library::issue::IssueState;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::mistake;
use crate::workflow::send::live::Awaited;

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

/// An issue whose page is not public.
pub(in crate::workflow::send) fn not_live(awaited: &Awaited) -> Failure {
    let hint = "publish the site (letterpress build, then upload), and send again; or overrule with --anyway";
    Failure::Mistakes(Report::from(Diagnostic::error("not-live", awaited.to_string()).hint(hint)))
}
