//! The life of an issue after it was composed: looked at, taken back, cancelled.

use std::path::Path;
use std::path::PathBuf;

use jiff::Zoned;

use crate::config::site::Config;
use crate::content::frozen;
use crate::content::issue::IssueName;
use crate::content::issue_text;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::diagnostic::suggest;
use crate::files::read;
use crate::library::issue::Issue;
use crate::library::issue::IssueId;
use crate::library::issue::IssueState;
use crate::library::model::Library;
use crate::transport::disk;
use crate::value::clock::Clock;
use crate::value::schedule::Schedule;
use crate::workflow::compose;
use crate::workflow::failure::Failure;
use crate::workflow::site_folder;

/// What to do with which issue.
#[derive(Clone, Debug)]
pub struct Request {
    /// The site's folder, or one below it.
    pub root: PathBuf,
    /// The issue, as `[newsletter/]date`.
    pub issue: String,
    /// Now.
    pub clock: Clock,
}

/// An issue as it is shown to its editor.
#[derive(Clone, Debug)]
pub struct Shown {
    /// `notes/2026-11-15`.
    pub name: String,
    /// `draft`, `approved` or `cancelled`.
    pub state: &'static str,
    /// Where its sending stands, in the ledger's word, where that was looked up and it has begun.
    pub sending: Option<&'static str>,
    /// Its number, where it has one.
    pub number: Option<u32>,
    /// When it comes, or came.
    pub date: Zoned,
    /// The subject.
    pub subject: String,
    /// What mail programs show after the subject; may be empty.
    pub preheader: String,
    /// Its posts: id, title, address.
    pub posts: Vec<(String, String, String)>,
    /// Where its page is or will be.
    pub url: String,
    /// Its file, from the site's folder.
    pub path: String,
    /// The plain-text part of an approved one; the Markdown of any other.
    pub text: String,
    /// The hash of an approved one.
    pub hash: Option<String>,
}

/// All issues of a site, the latest first, without their texts; and what is wrong with the site's files. An issue that cannot be read is missing from them.
///
/// # Errors
/// [`Failure`] where there is no site, or `site.toml` has errors.
pub fn list(root: &Path, newsletter: Option<&str>, clock: &Clock) -> Result<(Vec<Shown>, Report), Failure> {
    let root = site_folder::find(root)?;
    let config = site_folder::config(&root)?;
    let wanted = newsletter.map(|id| self::newsletter(&config, Some(id))).transpose()?;
    let (library, report) = compose::library_if(&root, &config, clock, &|_| true)?;
    let issues = library.issues.iter().filter(|issue| wanted.is_none_or(|index| issue.newsletter.0 == index));
    let mut shown: Vec<Shown> = issues.map(|issue| shown(&library, issue)).collect();
    shown.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| b.name.cmp(&a.name)));
    Ok((shown, report))
}

/// One issue with its text.
///
/// # Errors
/// [`Failure`] where there is no site, its files have errors, there is no such issue, or its files cannot be read.
pub fn show(request: &Request) -> Result<Shown, Failure> {
    let found = find(request)?;
    let issue = found.library.issue(found.id);
    let mut shown = shown(&found.library, issue);
    shown.text = match (&issue.frozen, &issue.text) {
        (Some(frozen), _) => match frozen.file(frozen::MAIL_TEXT) {
            Some(file) => String::from_utf8_lossy(&file.bytes()?).into_owned(),
            None => String::new(),
        },
        (None, Some(text)) => {
            let source = text.body.source()?;
            source.text().get(text.body.range.clone()).unwrap_or_default().to_owned()
        }
        (None, None) => String::new(),
    };
    Ok(shown)
}

/// An issue that was taken back or cancelled.
#[derive(Clone, Debug)]
pub struct Changed {
    /// As it is now.
    pub shown: Shown,
    /// Files in its `frozen/` that were not the program's and so lie there still, from the site's folder.
    pub left: Vec<String>,
    /// Whether each post is an issue of its own in that newsletter: then the post of a cancelled one does not come in another.
    pub each_post: bool,
}

/// Takes an approval back, or a cancellation: the issue is a draft again.
///
/// # Errors
/// As [`show`]; also where the issue is a draft already.
pub fn reopen(request: &Request) -> Result<Changed, Failure> {
    let found = find(request)?;
    let issue = found.library.issue(found.id);
    if issue.state == IssueState::Draft && !frozen_files(&found.root, issue).iter().any(|name| frozen::is_ours(name)) {
        let diagnostic = Diagnostic::error("not-approved", format!("the issue {} is a draft already", issue.name));
        return Err(Report::from(diagnostic.hint("edit it, and approve it when it is done")).into());
    }
    change(request, &found, false)
}

/// Cancels an issue: it will not be sent. Its posts wait for the next one, unless each post is an issue. Its text stays, so that it is not composed again.
///
/// # Errors
/// As [`show`]; also where the issue is cancelled already.
pub fn cancel(request: &Request) -> Result<Changed, Failure> {
    let found = find(request)?;
    let issue = found.library.issue(found.id);
    if issue.state == IssueState::Cancelled {
        let diagnostic = Diagnostic::error("not-a-draft", format!("the issue {} is cancelled already", issue.name));
        return Err(Report::from(
            diagnostic.hint(format!("to send it after all: letterpress issue reopen {}", issue.name)),
        )
        .into());
    }
    change(request, &found, true)
}

fn change(request: &Request, found: &Found, cancelled: bool) -> Result<Changed, Failure> {
    let issue = found.library.issue(found.id);
    thaw(&found.root, issue)?;
    set_cancelled(&found.root, issue, cancelled)?;
    let own = format!("content/issues/{}/frozen", issue.name);
    let left = frozen_files(&found.root, issue).into_iter().map(|name| format!("{own}/{name}"));
    Ok(Changed { shown: show(request)?, left: left.collect(), each_post: found.each_post })
}

/// The index of a newsletter; of the first without an id.
///
/// # Errors
/// A mistake that names the newsletters there are.
pub(in crate::workflow) fn newsletter(config: &Config, id: Option<&str>) -> Result<usize, Failure> {
    let Some(id) = id else { return Ok(0) };
    if let Some(index) = config.newsletters.iter().position(|newsletter| newsletter.id == id) {
        return Ok(index);
    }
    let ids: Vec<&str> = config.newsletters.iter().map(|newsletter| &*newsletter.id).collect();
    let hint = suggest::did_you_mean(id, ids.iter().copied());
    let hint = hint.unwrap_or_else(|| {
        format!("the site has: {}; another one is declared in site.toml as [newsletters.{id}]", ids.join(", "))
    });
    Err(Report::from(Diagnostic::error("unknown-newsletter", format!("there is no newsletter `{id}`")).hint(hint))
        .into())
}

/// Reads `[newsletter/]date`.
///
/// # Errors
/// A mistake where the newsletter is unknown, or no day is named.
pub(in crate::workflow) fn name(config: &Config, written: &str) -> Result<IssueName, Failure> {
    let (newsletter, folder) = match written.rsplit_once('/') {
        Some((newsletter, folder)) => (Some(newsletter.trim_start_matches("content/issues/")), folder),
        None => (None, written),
    };
    let index = self::newsletter(config, newsletter)?;
    let id = config.newsletters.get(index).map(|newsletter| newsletter.id.clone()).unwrap_or_default();
    let name = IssueName { newsletter: id, folder: folder.to_owned() };
    if name.day().is_none() {
        let diagnostic =
            Diagnostic::error("bad-issue-name", format!("`{folder}` is no day, by which an issue is called"));
        return Err(
            Report::from(diagnostic.hint(format!("write 2026-11-15, or {}/2026-11-15", name.newsletter))).into()
        );
    }
    Ok(name)
}

/// An issue, and all that it is part of.
struct Found {
    root: PathBuf,
    library: Library,
    id: IssueId,
    each_post: bool,
}

fn find(request: &Request) -> Result<Found, Failure> {
    let root = site_folder::find(&request.root)?;
    let config = site_folder::config(&root)?;
    let name = name(&config, &request.issue)?;
    let (library, _) = library_of(&root, &config, &name, &request.clock)?;
    let id = id_of(&library, &name)?;
    let settings = config.newsletters.get(library.issue(id).newsletter.0);
    let each_post = settings.is_some_and(|settings| settings.issues.schedule == Schedule::EachPost);
    Ok(Found { root, library, id, each_post })
}

/// The issue of a library that is written as `[newsletter/]date`.
///
/// # Errors
/// A mistake where there is none.
#[cfg(feature = "newsletter")]
pub(in crate::workflow) fn named<'l>(
    config: &Config,
    library: &'l Library,
    written: &str,
) -> Result<&'l Issue, Failure> {
    let name = name(config, written)?;
    id_of(library, &name).map(|id| library.issue(id))
}

fn id_of(library: &Library, name: &IssueName) -> Result<IssueId, Failure> {
    let Some(id) = library.issue_named(name) else {
        let names: Vec<String> = library.issues.iter().map(|issue| issue.name.to_string()).collect();
        let wanted = name.to_string();
        let hint = suggest::did_you_mean(&wanted, names.iter().map(String::as_str));
        let hint = hint.unwrap_or_else(|| match names.last() {
            Some(last) => format!("the latest one is {last}; `letterpress issue show` lists them all"),
            None => "there is none yet: `letterpress issue compose` makes the next one".into(),
        });
        return Err(
            Report::from(Diagnostic::error("unknown-issue", format!("there is no issue {name}")).hint(hint)).into()
        );
    };
    Ok(id)
}

/// The library, also where the only errors are that this issue was edited after it was approved: that is what taking the approval back is for.
pub(in crate::workflow) fn library_of(
    root: &Path,
    config: &Config,
    name: &IssueName,
    clock: &Clock,
) -> Result<(Library, Report), Failure> {
    let folder = format!("content/issues/{name}/");
    let is_own = |diagnostic: &Diagnostic| {
        let place = diagnostic.place.as_ref().map_or("", |place| place.source.name());
        diagnostic.severity == Severity::Warning
            || (matches!(diagnostic.code, "edited-issue" | "vanished-post") && place.starts_with(&folder))
            || (diagnostic.code == "broken-issue" && diagnostic.message.starts_with(&folder))
    };
    compose::library_if(root, config, clock, &is_own)
}

fn shown(library: &Library, issue: &Issue) -> Shown {
    let posts = issue.posts.iter().map(|id| library.post(*id));
    let preheader = match (&issue.frozen, &issue.text) {
        (Some(frozen), _) => frozen.manifest.preheader.clone(),
        (None, Some(text)) => text.front.preheader.as_ref().map(|text| text.value.clone()).unwrap_or_default(),
        (None, None) => String::new(),
    };
    Shown {
        name: issue.name.to_string(),
        state: issue.state.word(),
        sending: None,
        number: issue.number(),
        date: issue.date.clone(),
        subject: issue.subject().to_owned(),
        preheader,
        posts: posts.map(|post| (post.id.clone(), post.title.clone(), post.permalink.url().to_owned())).collect(),
        url: issue.permalink.url().to_owned(),
        path: format!("content/issues/{}/index.md", issue.name),
        text: String::new(),
        hash: issue.frozen.as_ref().map(|frozen| frozen.manifest.hash.to_string()),
    }
}

/// An issue's folder on the disk.
pub(in crate::workflow) fn folder(root: &Path, issue: &Issue) -> PathBuf {
    root.join("content/issues").join(&issue.name.newsletter).join(&issue.name.folder)
}

/// The issues of the site in `root` that are frozen, as `digest/2026-11-15`, whatever mistakes its files have.
#[cfg(feature = "newsletter")]
pub(in crate::workflow) fn approved(root: &Path) -> Vec<String> {
    let top = root.join("content/issues");
    let named = |newsletter: String| {
        let folders = read::folders(&top.join(&newsletter));
        folders.into_iter().map(move |folder| format!("{newsletter}/{folder}"))
    };
    let mut names: Vec<String> = read::folders(&top).into_iter().flat_map(named).collect();
    names.retain(|name| read::exists(&top.join(name).join("frozen").join(frozen::MANIFEST)));
    names.sort();
    names
}

/// What lies in `frozen/`, by its names there; also where some of it is missing or broken.
fn frozen_files(root: &Path, issue: &Issue) -> Vec<String> {
    let (files, _) = read::tree(&folder(root, issue).join("frozen"), "frozen");
    files.iter().map(|file| file.path.to_string()).collect()
}

/// Takes away what was frozen, the manifest first: without it the rest counts for nothing. Other files in the folder stay.
pub(in crate::workflow) fn thaw(root: &Path, issue: &Issue) -> Result<(), Failure> {
    let mut names = frozen_files(root, issue);
    names.retain(|name| frozen::is_ours(name));
    let (attributes, _) = frozen::ATTRIBUTES;
    let all = [frozen::MANIFEST].into_iter().chain(names.iter().map(String::as_str)).chain([attributes]);
    disk::remove_sources(&folder(root, issue).join("frozen"), all)?;
    Ok(())
}

fn set_cancelled(root: &Path, issue: &Issue, cancelled: bool) -> Result<(), Failure> {
    let Some(text) = issue.text.as_ref().filter(|text| text.front.cancelled != cancelled) else { return Ok(()) };
    let source = text.body.source()?;
    let text = issue_text::cancelled(source.text(), text, cancelled);
    disk::replace(&folder(root, issue).join("index.md"), text.as_bytes())?;
    Ok(())
}
