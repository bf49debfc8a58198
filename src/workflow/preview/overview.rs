//! The preview's own page: everything that is known of the site, as it was at the last rebuild.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Zoned;

use crate::config::feeds::FeedFormat;
use crate::diagnostic::html;
use crate::diagnostic::report::Report;
use crate::edition::service::ServicePage;
use crate::library::address::FeedOf;
use crate::library::address::Target;
use crate::library::issue::Issue;
use crate::library::issue::IssueState;
use crate::library::model::Library;
use crate::library::model::Post;
use crate::library::model::State;
use crate::newsletter::mailing::NoticeKind;
use crate::transport::dashboard;
use crate::transport::dashboard::Dashboard;
use crate::transport::dashboard::Edited;
use crate::transport::dashboard::FeedLine;
use crate::transport::dashboard::NextChange;
use crate::transport::dashboard::PostLine;
use crate::transport::dashboard::Rebuild;
use crate::transport::dashboard::ServerFacts;
use crate::workflow::preview::answer::OWN;
use crate::workflow::preview::pages::Page;
use crate::workflow::preview::snapshot::Snapshot;
use crate::workflow::preview::studio::Studio;
use crate::workflow::preview::studio::errors;

/// Files that a rebuild names.
const NAMED: usize = 3;

/// The page in that state of the site.
pub(in crate::workflow::preview) fn page(studio: &Studio, now: Option<&Arc<Snapshot>>) -> Page {
    let mut view = view(studio);
    if let Some(now) = now {
        site(studio, now, &mut view);
    }
    let html =
        dashboard::page(&view).unwrap_or_else(|error| format!("<!doctype html><title>Preview</title><p>{error}"));
    Page::new(html.into_bytes())
}

/// What there is to say without a site.
fn view(studio: &Studio) -> Dashboard {
    let state = studio.state();
    let editor = |file: &str, line: usize, column: usize| studio.editor(file, line, column);
    let rebuilds = state.history.iter().map(|rebuilt| Rebuild {
        at: rebuilt.at.strftime("%H:%M:%S").to_string(),
        files: rebuilt.files.iter().take(NAMED).cloned().collect(),
        more: rebuilt.files.len().saturating_sub(NAMED),
        milliseconds: u64::try_from(rebuilt.took.as_millis()).unwrap_or(u64::MAX),
        pages: rebuilt.pages,
        mistakes: rebuilt.mistakes,
    });
    let edited = state.edited.iter().map(|(file, at)| Edited {
        title: file.clone(),
        path: None,
        file: file.clone(),
        editor: editor(file, 1, 1),
        at: at.strftime("%H:%M").to_string(),
    });
    Dashboard {
        title: "Preview".into(),
        home: "/".into(),
        mistakes_html: html::html(&state.mistakes, &editor),
        mistakes: errors(&state.mistakes),
        warnings_html: html::html(&state.warnings, &editor),
        warnings: count(&state.warnings),
        rebuilds: rebuilds.collect(),
        edited: edited.collect(),
        server: ServerFacts {
            version: env!("CARGO_PKG_VERSION").into(),
            memory: state.memory,
            since: studio.since.strftime("%-d %b, %H:%M").to_string(),
            polling: state.polling.clone(),
            ..ServerFacts::default()
        },
        ..Dashboard::default()
    }
}

/// What there is to say of the site.
fn site(studio: &Studio, now: &Snapshot, view: &mut Dashboard) {
    let library = &now.library;
    view.title.clone_from(&now.config.title);
    view.home = library.base.root().to_owned();
    let line = |post: &Post| line(studio, library, post);
    let in_state = |state: State| {
        let posts = library.posts.iter().filter(move |post| post.state == state && post.collection.is_some());
        let mut posts: Vec<&Post> = posts.collect();
        posts.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| a.id.cmp(&b.id)));
        posts
    };
    view.drafts = in_state(State::Draft).into_iter().map(line).collect();
    view.scheduled = in_state(State::Scheduled).into_iter().rev().map(line).collect();
    view.published = in_state(State::Published).into_iter().map(line).collect();
    view.expired = in_state(State::Expired).into_iter().map(line).collect();
    (view.feeds, view.more_feeds) = feeds(now);
    let issues_then = |at: &Zoned| {
        let issues = library.issues.iter().filter(|issue| issue.state == IssueState::Approved && issue.date == *at);
        issues.map(|issue| issue_line(studio, issue)).collect::<Vec<_>>()
    };
    view.next = library.next_change.as_ref().map(|at| {
        let is_then =
            |moment: &Option<Zoned>| moment.as_ref().is_some_and(|moment| moment.timestamp() == at.timestamp());
        let all = || library.posts.iter().filter(|post| post.state != State::Draft);
        NextChange {
            at: at.strftime("%-d %B %Y, %H:%M").to_string(),
            iso: at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            appear: all().filter(|post| is_then(&post.date)).map(line).chain(issues_then(at)).collect(),
            go: all().filter(|post| is_then(&post.expires)).map(line).collect(),
        }
    });
    for edited in &mut view.edited {
        let Some(below) = edited.file.strip_prefix("content/") else { continue };
        if let Some(post) = library.post_at(below) {
            edited.title.clone_from(&post.title);
            edited.path = post.shown.then(|| post.permalink.path().to_owned());
        }
    }
    view.newsletter = newsletter();
    view.server.posts = library.posts.iter().filter(|post| post.collection.is_some()).count();
    view.server.pages = library.addresses.len();
}

fn line(studio: &Studio, library: &Library, post: &Post) -> PostLine {
    let file = post.document.body.file.name.to_string();
    PostLine {
        title: post.title.clone(),
        path: post.shown.then(|| post.permalink.path().to_owned()),
        date: post.date.as_ref().map_or_else(String::new, |date| date.strftime("%-d %b %Y").to_string()),
        editor: studio.editor(&file, 1, 1),
        file,
        authors: post.authors.iter().map(|id| library.author(*id).name.clone()).collect(),
    }
}

fn issue_line(studio: &Studio, issue: &Issue) -> PostLine {
    let file = format!("content/issues/{}/index.md", issue.name);
    PostLine {
        title: issue.subject().to_owned(),
        path: issue.shown.then(|| issue.permalink.path().to_owned()),
        date: issue.date.strftime("%-d %b %Y").to_string(),
        editor: studio.editor(&file, 1, 1),
        file,
        authors: Vec::new(),
    }
}

/// The feeds of the site and its parts, and those of terms and authors.
fn feeds(now: &Snapshot) -> (Vec<FeedLine>, Vec<FeedLine>) {
    let library = &now.library;
    // By rank, so that the site's own stand first.
    let mut lines: BTreeMap<(u8, String), Vec<(String, String)>> = BTreeMap::new();
    for address in &library.addresses {
        let (rank, title, format) = match address.target {
            Target::Feed(of, format) => {
                let (rank, title) = match of {
                    FeedOf::Site => (0, &now.config.title),
                    FeedOf::Collection(id) => {
                        let collection = &library.collections[id.0];
                        (2, collection.title.as_ref().unwrap_or(&collection.id))
                    }
                    FeedOf::Term(id) => (3, &library.term(id).name),
                    FeedOf::Author(id) => (4, &library.author(id).name),
                    FeedOf::Newsletter(id) => (2, &library.newsletter(id).name),
                };
                let format = match format {
                    FeedFormat::Atom => "Atom",
                    FeedFormat::Rss => "RSS",
                    FeedFormat::Json => "JSON",
                };
                (rank, title.clone(), format)
            }
            Target::Podcast => (1, "Podcast".into(), "RSS"),
            _ => continue,
        };
        lines.entry((rank, title)).or_default().push((format.into(), address.permalink.path().to_owned()));
    }
    let line = |((rank, title), mut formats): ((u8, String), Vec<_>)| {
        formats.sort();
        (rank, FeedLine { title, formats })
    };
    let (first, rest): (Vec<_>, Vec<_>) = lines.into_iter().map(line).partition(|(rank, _)| *rank < 3);
    let plain = |lines: Vec<(u8, FeedLine)>| lines.into_iter().map(|(_, line)| line).collect();
    (plain(first), plain(rest))
}

/// What there is to be looked at beside the site.
fn newsletter() -> Vec<(String, String, usize)> {
    let pages = ("Pages of the service", "service", ServicePage::ALL.len());
    let mails = cfg!(feature = "newsletter").then_some(("Mails", "mail", NoticeKind::ALL.len()));
    let shelves = mails.into_iter().chain([pages]);
    shelves.map(|(name, shelf, count)| (name.to_owned(), format!("{OWN}/{shelf}/"), count)).collect()
}

fn count(report: &Report) -> usize {
    report.clone().into_sorted().len()
}
