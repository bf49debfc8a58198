//! `list`: the site's posts and the state each is in.

use std::path::PathBuf;

use jiff::Zoned;

use crate::content::document::Direct;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::files::read;
use crate::library::build;
use crate::library::issue::IssueState;
use crate::library::model::Library;
use crate::library::model::Post;
use crate::library::model::PostId;
use crate::library::order;
use crate::library::order::Visibility;
use crate::value::clock::Clock;
use crate::workflow::failure::Failure;
use crate::workflow::site_folder;

/// What to list.
#[derive(Clone, Debug)]
pub struct Request {
    /// The site's folder, or one below it.
    pub root: PathBuf,
    /// Only posts in this state: `draft`, `scheduled`, `published` or `expired`.
    pub state: Option<&'static str>,
    /// Only posts of this collection.
    pub collection: Option<String>,
    /// Now.
    pub clock: Clock,
}

/// One post.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `draft`, `scheduled`, `published` or `expired`.
    pub state: &'static str,
    /// When it was or will be published, in the site's zone.
    pub date: Option<Zoned>,
    /// When it goes away.
    pub expires: Option<Zoned>,
    /// Its title.
    pub title: String,
    /// What feeds and issues know it by.
    pub id: String,
    /// Its collection.
    pub collection: String,
    /// Its file, from the site's folder.
    pub path: String,
    /// Where it is or will be.
    pub url: String,
    /// The approved issues that have it: `notes/2026-11-15`.
    pub issues: Vec<String>,
}

/// The moment at which the site changes without anybody's doing.
#[derive(Clone, Debug)]
pub struct Change {
    /// When, in the site's zone.
    pub at: Zoned,
    /// Titles of the posts, and subjects of the issues, that appear then.
    pub appear: Vec<String>,
    /// Titles of the posts that go then.
    pub go: Vec<String>,
}

/// The site's posts.
#[derive(Debug)]
pub struct Listing {
    /// The posts that were asked for, newest first.
    pub entries: Vec<Entry>,
    /// The next change, of the whole site whatever was asked for.
    pub next: Option<Change>,
    /// Errors in the site's files, for which entries may be missing. Warnings are left to `build` and `check`.
    pub report: Report,
}

/// Lists the posts.
///
/// # Errors
/// [`Failure`] where there is no site, its `site.toml` has errors, or it has no such collection.
pub fn list(request: &Request) -> Result<Listing, Failure> {
    let root = site_folder::find(&request.root)?;
    let config = site_folder::config(&root)?;
    let wanted = request.collection.as_deref().map(|id| site_folder::collection(&config, id)).transpose()?;
    let (content, refused) = read::tree(&root.join("content"), "content");
    let (library, found) = build::build(&config, &content, &Direct, &request.clock, Visibility::default());
    let mut report = Report::new();
    report.extend(refused.into_iter().map(|error| Diagnostic::error("unreadable", error.to_string())));
    report.extend(found.into_sorted().into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error));
    let mut ids: Vec<PostId> = (0..library.posts.len()).map(PostId).collect();
    ids.retain(|id| {
        let post = library.post(*id);
        let in_collection = post.collection.is_some_and(|own| wanted.is_none_or(|index| own.0 == index));
        in_collection && request.state.is_none_or(|state| post.state.word() == state)
    });
    order::newest_first(&mut ids, &library.posts);
    let entries = ids.into_iter().filter_map(|id| entry(&library, id)).collect();
    Ok(Listing { entries, next: next(&library), report })
}

/// `None` for a page.
fn entry(library: &Library, id: PostId) -> Option<Entry> {
    let post = library.post(id);
    let issues = library.issues.iter().filter(|issue| issue.state == IssueState::Approved);
    let collection = &library.collections[post.collection?.0];
    Some(Entry {
        state: post.state.word(),
        date: post.date.clone(),
        expires: post.expires.clone(),
        title: post.title.clone(),
        id: post.id.clone(),
        collection: collection.id.clone(),
        path: post.document.body.file.name.to_string(),
        url: post.permalink.url().to_owned(),
        issues: issues.filter(|issue| issue.posts.contains(&id)).map(|issue| issue.name.to_string()).collect(),
    })
}

fn next(library: &Library) -> Option<Change> {
    let at = library.next_change.clone()?;
    let titles = |moment: fn(&Post) -> Option<&Zoned>| -> Vec<String> {
        let posts = library.posts.iter().filter(|post| !post.document.front.draft && moment(post) == Some(&at));
        posts.map(|post| post.title.clone()).collect()
    };
    let issues = library.issues.iter().filter(|issue| issue.state == IssueState::Approved && issue.date == at);
    let mut appear = titles(|post| post.date.as_ref());
    appear.extend(issues.map(|issue| issue.subject().to_owned()));
    Some(Change { appear, go: titles(|post| post.expires.as_ref()), at })
}
