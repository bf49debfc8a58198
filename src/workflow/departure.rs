//! What has changed around an issue since it was approved, so that it should not leave as it is; and drafts whose time is long past.

use jiff::Timestamp;

use crate::config::site::Config;
use crate::content::frozen;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::library::issue::Frozen;
use crate::library::issue::Issue;
use crate::library::issue::IssueState;
use crate::library::issues;
use crate::library::model::Library;
use crate::library::model::State;
use crate::library::rivals;
use crate::newsletter::reader_link::UNSUBSCRIBE;
use crate::newsletter::schedule::STALE;

/// What speaks against sending an approved issue, as warnings: posts that readers would not find, addresses that are not the site's any more, another issue of its occurrence.
pub(in crate::workflow) fn doubts(config: &Config, library: &Library, issue: &Issue) -> Vec<Diagnostic> {
    let Some(frozen) = &issue.frozen else { return Vec::new() };
    let name = &issue.name;
    let reopen = format!("take the approval back, and approve it anew: letterpress issue reopen {name}");
    let mut doubts = Vec::new();
    for post in issue.posts.iter().map(|id| library.post(*id)).filter(|post| post.state != State::Published) {
        let word = if post.state == State::Draft { "a draft" } else { post.state.word() };
        let message = format!(
            "“{}”, which the approved issue {name} leads to, is {word}: readers would find nothing there",
            post.title
        );
        doubts.push(Diagnostic::warning("unpublished-post", message).hint("publish it again").hint(&reopen));
    }
    if let Some((then, now)) = moved(config, library, issue, frozen) {
        let message = format!("the issue {name} was approved for another address: it leads to {then}, and now {now}");
        let back = "or bring back `base_url` and `endpoint` as they were";
        doubts.push(Diagnostic::warning("other-address", message).hint(&reopen).hint(back));
    }
    if let Some(other) = rivals::twin(&library.issues, issue) {
        let message = format!("the issue {name} is of the occurrence of which {} was approved already", other.name);
        let hint = format!("each occurrence has one issue; to let this one go: letterpress issue cancel {name}");
        doubts.push(Diagnostic::warning("same-occurrence", message).hint(hint));
    }
    doubts
}

/// The same of all issues of a site that are about to leave, or have left a few days ago at most.
pub(in crate::workflow) fn all_doubts(config: &Config, library: &Library, now: Timestamp) -> Vec<Diagnostic> {
    let leaves = |issue: &&Issue| now.duration_since(issue.date.timestamp()) <= STALE;
    library.issues.iter().filter(leaves).flat_map(|issue| doubts(config, library, issue)).collect()
}

/// An address that the frozen mail leads to, and what is in its place now.
fn moved(config: &Config, library: &Library, issue: &Issue, frozen: &Frozen) -> Option<(String, String)> {
    let path = issues::path(&issue.name);
    let (page, base) = (library.base.join(&path), library.base.to_string());
    for link in &frozen.manifest.links {
        let bare = link.split(['?', '#']).next().unwrap_or_default();
        if bare.ends_with(&format!("/{path}")) && bare != page.url() {
            return Some((bare.to_owned(), format!("its page is {}", page.url())));
        }
    }
    if let Some(post) = frozen.manifest.posts.iter().find(|post| !post.url.starts_with(&base)) {
        return Some((post.url.clone(), format!("the site is at {base}")));
    }
    let endpoint = config.subscribe.endpoint.as_ref().map(|endpoint| endpoint.at("unsubscribe/"));
    for name in [frozen::MAIL_HTML, frozen::MAIL_TEXT] {
        // A file that cannot be read is told of where it is needed.
        let Some(Ok(bytes)) = frozen.file(name).map(|file| file.bytes()) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        for (at, _) in text.match_indices(UNSUBSCRIBE) {
            let before = text.get(..at).unwrap_or_default();
            if endpoint.as_ref().is_some_and(|endpoint| before.ends_with(&**endpoint)) {
                continue;
            }
            let begin = before.rfind("http").unwrap_or(at);
            let then = before.get(begin..).unwrap_or_default().to_owned();
            let now = endpoint.map_or_else(
                || "site.toml names no `endpoint`".to_owned(),
                |endpoint| format!("readers leave at {endpoint}"),
            );
            return Some((then, now));
        }
    }
    None
}

/// Drafts whose time came days ago. Either nobody approved them, or their `frozen/` was lost: the database knows, and `build` opens none.
pub(in crate::workflow) fn overdue(library: &Library, now: Timestamp) -> Report {
    let is_overdue =
        |issue: &&Issue| issue.state == IssueState::Draft && now.duration_since(issue.date.timestamp()) > STALE;
    let mut report = Report::new();
    report.extend(library.issues.iter().filter(is_overdue).map(|issue| {
        let (name, day) = (&issue.name, issue.date.strftime("%-d %B %Y"));
        let message = format!("the issue {name} was to come on {day} and is a draft, so it has no page");
        let lost = format!(
            "if readers have it, its frozen/ was lost: bring content/issues/{name}/frozen/ back from version control, or from the machine that sent it"
        );
        let open = format!("if they do not: letterpress issue approve {name}, or letterpress issue cancel {name}");
        Diagnostic::warning("overdue-draft", message).hint(lost).hint(open)
    }));
    report
}
