//! Issues as templates and feeds see them. What they say comes from what was frozen, so that it never changes.

use serde::Serialize;
use tera::Value;

use crate::diagnostic::report::Diagnostic;
use crate::edition::absolute;
use crate::edition::catalogue::Catalogue;
use crate::edition::dates;
use crate::edition::feed::model::Entry;
use crate::edition::view::DateView;
use crate::library::issue::Frozen;
use crate::library::issue::Issue;
use crate::library::issue::IssueId;
use crate::library::issue::NewsletterId;

/// An issue with its page.
#[derive(Debug, Serialize)]
pub struct IssueView<'a> {
    /// As lists see it.
    #[serde(flatten)]
    pub reference: IssueRef<'a>,
    /// Its newsletter: a view of [`NewsletterView`].
    pub newsletter: NewsletterView<'a>,
    /// HTML: everything that the mail says.
    pub content: Value,
    /// What it was made of, as it was then.
    pub posts: Vec<IssuePost<'a>>,
    /// The issue before it.
    pub previous: Option<IssueRef<'a>>,
    /// The issue after it.
    pub next: Option<IssueRef<'a>>,
}

/// An issue as lists see it.
#[derive(Debug, Serialize)]
pub struct IssueRef<'a> {
    /// The subject.
    pub title: &'a str,
    /// What mail programs show after it; may be empty.
    pub preheader: &'a str,
    /// Its number.
    pub number: Option<u32>,
    /// When it came.
    pub date: DateView,
    /// From the host's root.
    pub path: &'a str,
    /// Absolute.
    pub url: &'a str,
}

/// A newsletter.
#[derive(Debug, Serialize)]
pub struct NewsletterView<'a> {
    /// Id.
    pub id: &'a str,
    /// Name.
    pub name: &'a str,
    /// What comes how often; may be empty.
    pub promise: &'a str,
    /// Where its archive is, from the host's root; `None` before its first issue.
    pub path: Option<&'a str>,
}

/// A post of an issue.
#[derive(Debug, Serialize)]
pub struct IssuePost<'a> {
    /// Id.
    pub id: &'a str,
    /// Title.
    pub title: &'a str,
    /// Absolute.
    pub url: &'a str,
}

/// A newsletter's view.
#[must_use]
pub fn newsletter(catalogue: &Catalogue, id: NewsletterId) -> NewsletterView<'_> {
    let newsletter = catalogue.shelf.newsletter(id);
    let path = (!newsletter.issues.is_empty()).then(|| newsletter.permalink.path());
    NewsletterView { id: &newsletter.id, name: &newsletter.name, promise: &newsletter.promise, path }
}

/// An issue as lists see it.
#[must_use]
pub fn reference(catalogue: &Catalogue, id: IssueId) -> IssueRef<'_> {
    let issue = catalogue.shelf.issue(id);
    IssueRef {
        title: issue.subject(),
        preheader: preheader(issue),
        number: issue.number(),
        date: dates::view(&issue.date, &catalogue.theme.words, &catalogue.config.language),
        path: issue.permalink.path(),
        url: issue.permalink.url(),
    }
}

/// An issue's view.
#[must_use]
pub fn view(catalogue: &Catalogue, id: IssueId) -> IssueView<'_> {
    let issue = catalogue.shelf.issue(id);
    let posts = issue.frozen.iter().flat_map(|frozen| &frozen.manifest.posts);
    IssueView {
        reference: reference(catalogue, id),
        newsletter: newsletter(catalogue, issue.newsletter),
        content: Value::safe_string(&content(catalogue, issue)),
        posts: posts.map(|post| IssuePost { id: &post.id, title: &post.title, url: &post.url }).collect(),
        previous: issue.previous.map(|id| reference(catalogue, id)),
        next: issue.next.map(|id| reference(catalogue, id)),
    }
}

/// What mail programs show after the subject; may be empty.
#[must_use]
pub fn preheader(issue: &Issue) -> &str {
    match (&issue.frozen, &issue.text) {
        (Some(frozen), _) => &frozen.manifest.preheader,
        (None, Some(text)) => text.front.preheader.as_ref().map_or("", |text| &text.value),
        (None, None) => "",
    }
}

/// What the page of an approved issue says. That its file is as it was, the library has seen to.
fn content(catalogue: &Catalogue, issue: &Issue) -> String {
    let page = issue.frozen.as_ref().map_or(Ok(String::new()), Frozen::page);
    page.unwrap_or_else(|error| {
        catalogue.complain(Diagnostic::error("unreadable", error.to_string()));
        String::new()
    })
}

/// The entries of a newsletter's feed, newest first.
#[must_use]
pub fn entries(catalogue: &Catalogue, id: NewsletterId) -> Vec<Entry> {
    let (shelf, config) = (&catalogue.shelf, &catalogue.config);
    let issues = shelf.issues(id).iter().take(config.feeds.limit).map(|id| shelf.issue(*id));
    let entry = |issue: &Issue| Entry {
        id: guid(catalogue, issue),
        title: issue.subject().to_owned(),
        url: issue.permalink.url().to_owned(),
        published: issue.date.clone(),
        updated: None,
        summary: preheader(issue).to_owned(),
        content: config.feeds.full_content.then(|| absolute::absolute(&content(catalogue, issue), &issue.permalink)),
        authors: Vec::new(),
        categories: Vec::new(),
        image: None,
        audio: None,
        language: Some(config.language.clone()),
    };
    issues.map(entry).collect()
}

/// The tag URI (RFC 4151) of an issue. Its year is that of the scheme, as that of posts is.
fn guid(catalogue: &Catalogue, issue: &Issue) -> String {
    let base = catalogue.shelf.base();
    let host = base.origin().split("://").nth(1).unwrap_or_default();
    let host = catalogue.config.feeds.authority.as_deref().or(host.split(':').next()).unwrap_or_default();
    format!("tag:{host},2026:issues/{}", issue.name)
}
