//! Issues of one newsletter that get into each other's way: with one number, of one occurrence, with the same posts.

use std::collections::HashMap;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::library::issue::Issue;
use crate::library::issue::IssueState;
use crate::library::issue::NewsletterId;
use crate::library::mentions::Index;
use crate::library::model::PostId;

/// Two issues of a newsletter with one number.
pub(in crate::library) fn numbers(issues: &[Issue], report: &mut Report) {
    let mut seen: HashMap<(NewsletterId, u32), &Issue> = HashMap::new();
    for issue in issues.iter().filter(|issue| issue.state != IssueState::Cancelled) {
        let Some(number) = issue.number() else { continue };
        let Some(first) = seen.insert((issue.newsletter, number), issue) else { continue };
        let message = format!("the issues {} and {} both have the number {number}", first.name, issue.name);
        let mut diagnostic = Diagnostic::warning("same-number", message);
        if let Some(text) = &issue.text
            && let Some(number) = &text.front.number
            && let Ok(source) = text.body.source()
        {
            diagnostic = diagnostic.at(&source, number.span.clone());
        }
        report.push(diagnostic.hint("give the later one the next number"));
    }
}

/// Drafts that were made for the occurrence of another issue, or of another day than their folder says: copies of a folder. Each occurrence has one issue.
pub(in crate::library) fn occurrences(issues: &[Issue], report: &mut Report) {
    for issue in issues.iter().filter(|issue| issue.state == IssueState::Draft) {
        let (Some(text), Some(key)) = (&issue.text, issue.occurrence()) else { continue };
        let Some(written) = text.front.occurrence.as_ref().filter(|_| text.front.date.is_some()) else { continue };
        let leave_out = "an issue that you write by hand for another day needs no `occurrence`: take the line out";
        let day = key.get(..10).unwrap_or_default();
        let diagnostic = if day != issue.day.to_string() {
            let message = format!("the issue {} is of another day than its occurrence, {day}", issue.name);
            let rename = format!("or name its folder {day}, if no other issue is of that day");
            Diagnostic::error("other-day", message).hint(leave_out).hint(rename)
        } else if let Some(other) = twin(issues, issue) {
            let message = format!("the issues {} and {} are of one occurrence", other.name, issue.name);
            let cancel = format!("or let the other one go: letterpress issue cancel {}", other.name);
            let other_is_open = other.state == IssueState::Draft;
            Diagnostic::error("same-occurrence", message).hint(leave_out).maybe_hint(other_is_open.then_some(cancel))
        } else {
            continue;
        };
        report.push(match text.body.source() {
            Ok(source) => diagnostic.at(&source, written.span.clone()),
            Err(_) => diagnostic,
        });
    }
}

/// Another issue that has the occurrence of this one, which came later than it: of two drafts the one whose name is first, else the approved one.
#[must_use]
pub fn twin<'l>(issues: &'l [Issue], issue: &Issue) -> Option<&'l Issue> {
    let key = issue.occurrence()?;
    let comes_first = |other: &&Issue| match (other.state, issue.state) {
        (IssueState::Cancelled, _) | (IssueState::Draft, IssueState::Approved) => false,
        (IssueState::Approved, IssueState::Draft) => true,
        _ => other.name < issue.name,
    };
    // A draft of another day has a mistake of its own.
    let is_of_its_day = |other: &&Issue| key.starts_with(&other.day.to_string());
    issues.iter().find(|other| {
        other.newsletter == issue.newsletter
            && other.name != issue.name
            && other.occurrence() == Some(key)
            && comes_first(other)
            && is_of_its_day(other)
    })
}

/// Posts that a draft names and that another issue of the newsletter has already: readers would get them twice.
pub(in crate::library) fn repeated(issues: &[Issue], index: &Index<'_>, report: &mut Report) {
    let mut having: HashMap<(NewsletterId, PostId), Vec<&Issue>> = HashMap::new();
    for issue in issues.iter().filter(|issue| issue.state != IssueState::Cancelled) {
        for post in &issue.posts {
            having.entry((issue.newsletter, *post)).or_default().push(issue);
        }
    }
    for issue in issues.iter().filter(|issue| issue.state == IssueState::Draft) {
        let Some(text) = &issue.text else { continue };
        for mention in &text.posts {
            let Some(post) = index.find(&mention.id.value) else { continue };
            let others = having.get(&(issue.newsletter, post)).into_iter().flatten();
            // Of two drafts the later one is told.
            let earlier = |other: &&&Issue| {
                other.name != issue.name && other.state == IssueState::Approved
                    || (other.date.timestamp(), &other.name) < (issue.date.timestamp(), &issue.name)
            };
            let Some(other) = { others }.find(earlier) else { continue };
            let message = format!("the post `{}` is in the issue {} already", mention.id.value, other.name);
            if let Ok(source) = text.body.source() {
                let diagnostic = Diagnostic::warning("repeated-post", message).at(&source, mention.id.span.clone());
                report.push(diagnostic.hint("take the line out, unless readers shall get it once more"));
            }
        }
    }
}
