//! What `[newsletters.<id>]` says that fits nothing of the site: names that no post has, ids that no issue had, a beginning that is yet to come.

use jiff::Timestamp;

use crate::config::newsletter::Newsletter;
use crate::config::site::Config;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::suggest;
use crate::library::issue::NewsletterId;
use crate::library::model::Library;
use crate::library::model::TermKind;
use crate::value::slug::Slug;

/// Looks through all newsletters.
pub(in crate::workflow) fn look(config: &Config, library: &Library, now: Timestamp) -> Report {
    let mut report = Report::new();
    for (at, newsletter) in config.newsletters.iter().enumerate() {
        let issues = &newsletter.issues;
        report.extend(unknown(config, library, newsletter, &issues.categories, (TermKind::Category, "category")));
        report.extend(unknown(config, library, newsletter, &issues.tags, (TermKind::Tag, "tag")));
        report.extend(never_there(library, NewsletterId(at), newsletter));
        let begin = issues.since.and_then(|since| since.to_zoned(config.time_zone.clone()).ok());
        if let Some(begin) = begin.filter(|begin| begin.timestamp() > now) {
            let day = begin.date();
            let message =
                format!("the newsletter `{}` begins on {day}: until then no post comes into an issue", newsletter.id);
            let hint = "what was published before `since` counts as sent; if posts of today are meant to come, set it to an earlier day";
            report.push(Diagnostic::warning("future-since", message).hint(hint));
        }
    }
    report
}

/// Categories or tags that no post has.
fn unknown(
    config: &Config,
    library: &Library,
    newsletter: &Newsletter,
    names: &[Located<String>],
    (kind, word): (TermKind, &str),
) -> Vec<Diagnostic> {
    let terms = || library.terms.iter().filter(|term| term.kind == kind);
    let is_there = |name: &str| {
        let slug = Slug::from_text(name);
        terms().any(|term| term.name == name || slug.as_ref().is_some_and(|slug| *slug == term.slug))
    };
    let told = |name: &Located<String>| {
        let message = format!(
            "the newsletter `{}` wants posts of the {word} `{}`, which no published post has",
            newsletter.id, name.value
        );
        let near = suggest::did_you_mean(&name.value, terms().map(|term| &*term.name));
        let hint = near.unwrap_or_else(|| format!("write it as posts do, or give a post that {word}"));
        Diagnostic::warning("unused-term", message).at(&config.source, name.span.clone()).hint(hint)
    };
    names.iter().filter(|name| !is_there(&name.value)).map(told).collect()
}

/// Ids in `gone` that no approved issue has, or whose posts are there.
fn never_there(library: &Library, id: NewsletterId, newsletter: &Newsletter) -> Vec<Diagnostic> {
    let frozen =
        || library.issues.iter().filter(|issue| issue.newsletter == id).filter_map(|issue| issue.frozen.as_ref());
    let ids = || frozen().flat_map(|frozen| &frozen.manifest.posts).map(|post| &*post.id);
    let told = |gone: &String| {
        let message = if library.posts.iter().any(|post| post.id == *gone) {
            format!("`gone` of the newsletter `{}` names `{gone}`, which is there", newsletter.id)
        } else if ids().any(|id| id == gone) {
            return None;
        } else {
            format!("`gone` of the newsletter `{}` names `{gone}`, which no issue had", newsletter.id)
        };
        let lost = ids().filter(|id| !library.posts.iter().any(|post| post.id == **id));
        let near = suggest::did_you_mean(gone, lost);
        let hint = near.unwrap_or_else(|| {
            "it is for the ids of posts that issues had and that were deleted; take this one out".into()
        });
        Some(Diagnostic::warning("unused-gone", message).hint(hint))
    };
    newsletter.issues.gone.iter().filter_map(told).collect()
}
