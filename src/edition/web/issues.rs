//! The pages of newsletters: the archive of each, and its issues.

use tera::Value;

use crate::edition::catalogue::Catalogue;
use crate::edition::issue;
use crate::edition::view::Crumb;
use crate::edition::view::FeedView;
use crate::edition::web::page::Page;
use crate::edition::web::pages;
use crate::edition::web::shared;
use crate::edition::web::structured;
use crate::library::address::FeedOf;
use crate::library::issue::IssueId;
use crate::library::issue::NewsletterId;
use crate::value::url::Permalink;

/// The page of an issue.
#[must_use]
pub fn issue(catalogue: &Catalogue, id: IssueId, permalink: &Permalink) -> Page {
    let issue = catalogue.shelf.issue(id);
    let newsletter = catalogue.shelf.newsletter(issue.newsletter);
    let title = issue.subject().to_owned();
    let mut page = pages::plain(catalogue, "issue", "web/issue.html", title, permalink);
    issue::preheader(issue).clone_into(&mut page.description);
    page.feeds = feeds(catalogue, issue.newsletter);
    page.breadcrumbs.push(pages::home_crumb(catalogue));
    page.breadcrumbs.push(Crumb { title: newsletter.name.clone(), path: newsletter.permalink.path().to_owned() });
    page.structured = structured::place(catalogue, &page.breadcrumbs, &page.title, permalink);
    page.issue = issue.frozen.as_ref().map(|frozen| frozen.manifest.hash.to_string());
    page.context.insert_value("issue", Value::from_serializable(&issue::view(catalogue, id)));
    page
}

/// The archive of a newsletter.
#[must_use]
pub fn archive(catalogue: &Catalogue, id: NewsletterId, permalink: &Permalink) -> Page {
    let newsletter = catalogue.shelf.newsletter(id);
    let mut page = pages::plain(catalogue, "issues", "web/issues.html", newsletter.name.clone(), permalink);
    page.description.clone_from(&newsletter.promise);
    page.feeds = feeds(catalogue, id);
    page.breadcrumbs.push(pages::home_crumb(catalogue));
    page.structured = structured::place(catalogue, &page.breadcrumbs, &page.title, permalink);
    page.context.insert_value("newsletter", Value::from_serializable(&issue::newsletter(catalogue, id)));
    let issues: Vec<_> = catalogue.shelf.issues(id).iter().map(|id| issue::reference(catalogue, *id)).collect();
    page.context.insert_value("issues", Value::from_serializable(&issues));
    page
}

fn feeds(catalogue: &Catalogue, id: NewsletterId) -> Vec<FeedView> {
    let name = &catalogue.shelf.newsletter(id).name;
    let site = &catalogue.config.title;
    let title = if name == site { name.clone() } else { format!("{site} – {name}") };
    shared::feeds_of(catalogue, FeedOf::Newsletter(id), &title)
}
