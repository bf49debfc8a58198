//! The issues of newsletters: drafts as their editors have them, approved ones as they were frozen.

use std::sync::Arc;

use jiff::Zoned;
use jiff::civil;
use jiff::tz::TimeZone;
use rayon::prelude::*;

use crate::config::newsletter::Newsletter as Settings;
use crate::config::site::Config;
use crate::content::document::Loader;
use crate::content::document::Options;
use crate::content::frozen;
use crate::content::frozen::Digest;
use crate::content::frozen::FrozenError;
use crate::content::frozen::Manifest;
use crate::content::issue;
use crate::content::issue::Issue as Text;
use crate::content::issue::IssueName;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::suggest;
use crate::files::tree::File;
use crate::library::issue::Frozen;
use crate::library::issue::Issue;
use crate::library::issue::IssueId;
use crate::library::issue::IssueState;
use crate::library::issue::Newsletter;
use crate::library::issue::NewsletterId;
use crate::library::mentions;
use crate::library::mentions::Index;
use crate::library::model::Post;
use crate::library::order;
use crate::library::order::Visibility;
use crate::library::rivals;
use crate::value::clock::Clock;
use crate::value::schedule::Schedule;
use crate::value::url::SiteUrl;

/// The files of one issue's folder.
#[derive(Debug, Default)]
pub(in crate::library) struct Folder {
    /// `index.md`.
    text: Option<File>,
    /// What lies in `frozen/`, by its name there.
    frozen: Vec<(String, File)>,
}

/// An issue as it was read, before its posts are looked up.
#[derive(Debug)]
pub(in crate::library) struct Read {
    name: IssueName,
    newsletter: NewsletterId,
    day: civil::Date,
    text: Option<Text>,
    frozen: Option<Frozen>,
}

/// What an issue is called below the site: `newsletter/notes/2026-11-15/`.
#[must_use]
pub fn path(name: &IssueName) -> String {
    format!("newsletter/{}/{}/", name.newsletter, name.folder)
}

/// Where a picture of a frozen issue is published; `None` for any other file of an issue's folder.
#[must_use]
pub fn image_path(name: &IssueName, below: &str) -> Option<String> {
    let image = below.strip_prefix("frozen/")?.strip_prefix(frozen::IMAGES)?.strip_prefix('/')?;
    Some(format!("{}{}/{image}", path(name), frozen::IMAGES))
}

/// The pictures of an issue's page, by their paths below `content/`.
pub(in crate::library) fn pictures(issue: &Issue) -> impl Iterator<Item = String> + use<> {
    let files = issue.frozen.iter().flat_map(|frozen| &frozen.files);
    let images = files.filter(|(name, _)| name.strip_prefix(frozen::IMAGES).is_some_and(|rest| rest.starts_with('/')));
    images.map(|(_, file)| file.path.to_string()).collect::<Vec<_>>().into_iter()
}

/// Reads all issues. What cannot be read is in the report, and missing from the list.
pub(in crate::library) fn read(
    config: &Config,
    files: &[File],
    (loader, options): (&dyn Loader, &Options),
    report: &mut Report,
) -> Vec<Read> {
    let mut folders: Vec<(IssueName, Folder)> = Vec::new();
    for file in files {
        let Some((name, below)) = IssueName::of_path(&file.path) else {
            report.push(stray(file));
            continue;
        };
        // Files come by path, so that those of a folder stand together.
        if folders.last().is_none_or(|(last, _)| *last != name) {
            folders.push((name, Folder::default()));
        }
        let Some((_, folder)) = folders.last_mut() else { continue };
        if below == "index.md" {
            folder.text = Some(file.clone());
        } else if let Some(frozen) = below.strip_prefix("frozen/") {
            folder.frozen.push((frozen.to_owned(), file.clone()));
        } else if matches!(file.path.extension(), "md" | "markdown") {
            report.push(stray(file));
        }
    }
    let read = folders.into_par_iter().map(|(name, folder)| {
        let mut report = Report::new();
        (read_folder(config, name, folder, (loader, options), &mut report), report)
    });
    let read: Vec<(Option<Read>, Report)> = read.collect();
    let mut issues = Vec::with_capacity(read.len());
    for (issue, more) in read {
        issues.extend(issue);
        report.merge(more);
    }
    issues
}

fn stray(file: &File) -> Diagnostic {
    let message = format!("{} is no part of an issue, so it is not published", file.name);
    let hint =
        "an issue is a folder named after its day, with an index.md: content/issues/newsletter/2026-11-15/index.md";
    Diagnostic::warning("stray-markdown", message).hint(hint)
}

fn read_folder(
    config: &Config,
    name: IssueName,
    folder: Folder,
    (loader, options): (&dyn Loader, &Options),
    report: &mut Report,
) -> Option<Read> {
    let Some(newsletter) = config.newsletters.iter().position(|known| known.id == name.newsletter) else {
        let message = format!("content/issues/{name}: there is no newsletter `{}`", name.newsletter);
        let ids: Vec<&str> = config.newsletters.iter().map(|newsletter| &*newsletter.id).collect();
        let hint = suggest::nearest(&name.newsletter, ids.iter().copied());
        let hint = hint.map(|near| format!("did you mean content/issues/{near}/?"));
        let hint = hint.unwrap_or_else(|| {
            format!(
                "the site has: {}; another one is declared in site.toml as [newsletters.{}]",
                ids.join(", "),
                name.newsletter
            )
        });
        report.push(Diagnostic::error("unknown-newsletter", message).hint(hint));
        return None;
    };
    let newsletter = NewsletterId(newsletter);
    let frozen = read_frozen(&name, &folder, loader, report);
    let Some(file) = &folder.text else {
        if folder.frozen.iter().any(|(file, _)| frozen::is_ours(file)) {
            let message = format!("content/issues/{name}/index.md is missing, but the issue was approved");
            let hint = "restore it, from git for instance: what readers got is in frozen/, what you wrote is there";
            report.push(Diagnostic::error("missing-issue", message).hint(hint));
        }
        let day = name.day()?;
        return Some(Read { name, newsletter, day, text: None, frozen: Some(frozen?) });
    };
    let (text, found) = issue::load(file, options);
    report.merge(found);
    let text = text?;
    if let Some(frozen) = &frozen
        && frozen.manifest.source.0 != text.body.digest
        && let Ok(source) = text.body.source()
        && frozen::source_digest(source.text()) != frozen.manifest.source
    {
        let diagnostic =
            Diagnostic::error("edited-issue", format!("the issue {name} was edited after it was approved"));
        // Nobody knows where: only a hash of the text was kept.
        let hint = format!("undo the change, or take the approval back: letterpress issue reopen {name}");
        report.push(diagnostic.at(&source, 0..0).hint(hint).hint("what readers have got already stays as it is"));
    }
    Some(Read { day: text.day, name, newsletter, text: Some(text), frozen })
}

/// The frozen part of a folder; `None` where there is none, or it is broken, which is reported.
fn read_frozen(name: &IssueName, folder: &Folder, loader: &dyn Loader, report: &mut Report) -> Option<Frozen> {
    let (own, strays): (Vec<_>, Vec<_>) = folder.frozen.iter().partition(|(file, _)| frozen::is_ours(file));
    report.extend(strays.into_iter().map(|(_, file)| {
        let message = format!("{} does not belong there: the folder is for what was approved", file.name);
        Diagnostic::warning("stray-file", message).hint("take it away: it is neither sent nor shown")
    }));
    if own.is_empty() {
        return None;
    }
    let at = |wanted: &str| folder.frozen.iter().find(|(known, _)| known == wanted).map(|(_, file)| file);
    let complain = |error: &FrozenError| {
        let diagnostic = Diagnostic::error("broken-issue", format!("content/issues/{name}/frozen: {error}"));
        diagnostic
            .hint("restore the folder, from git for instance")
            .hint(format!("if the issue was not sent yet, it can be approved again: letterpress issue reopen {name}"))
    };
    let manifest_file = at(frozen::MANIFEST);
    let read = match manifest_file {
        None => Err(FrozenError::Missing(frozen::MANIFEST.into())),
        Some(file) => match file.bytes() {
            Ok(bytes) => Manifest::read(&bytes),
            Err(error) => {
                report.push(Diagnostic::error("unreadable", error.to_string()));
                return None;
            }
        },
    };
    let read = read.and_then(|manifest| {
        let of = IssueName { newsletter: manifest.newsletter.clone(), folder: manifest.issue.clone() };
        if of == *name { Ok(manifest) } else { Err(FrozenError::Moved(of.to_string())) }
    });
    let manifest = match read {
        Ok(manifest) => manifest,
        Err(error) => {
            report.push(complain(&error));
            return None;
        }
    };
    let missing = manifest.files.keys().find(|name| at(name).is_none());
    if let Some(missing) = missing {
        report.push(complain(&FrozenError::Missing(missing.clone())));
        return None;
    }
    // Pictures are many and large: `check` and `send` look at them.
    for (name, file) in own.into_iter().filter(|(name, _)| !name.contains('/') && name != frozen::MANIFEST) {
        let held = match loader.digest(file) {
            Ok(digest) => manifest.verify_digest(name, &Digest(digest)).map_err(|error| complain(&error)),
            Err(error) => Err(Diagnostic::error("unreadable", error.to_string())),
        };
        if let Err(diagnostic) = held {
            report.push(diagnostic);
            return None;
        }
    }
    let files = folder.frozen.iter().filter(|(name, _)| manifest.files.contains_key(name)).cloned().collect();
    Some(Frozen { manifest: Arc::new(manifest), manifest_file: manifest_file?.clone(), files })
}

/// Puts the issues in order and finds their posts.
pub(in crate::library) fn gather(
    config: &Config,
    base: &SiteUrl,
    read: Vec<Read>,
    posts: &[Post],
    (clock, visibility): (&Clock, Visibility),
    report: &mut Report,
) -> (Vec<Newsletter>, Vec<Issue>) {
    // Most sites have no issue, and some have many posts.
    let index = Index::new(if read.is_empty() { &[] } else { posts });
    let mut issues: Vec<Issue> =
        read.into_iter().filter_map(|read| make(config, base, read, &index, (clock, visibility), report)).collect();
    issues.sort_by(|a, b| (a.newsletter, &a.date, &a.name).cmp(&(b.newsletter, &b.date, &b.name)));
    rivals::numbers(&issues, report);
    rivals::occurrences(&issues, report);
    rivals::repeated(&issues, &index, report);
    let newsletters = config.newsletters.iter().enumerate().map(|(at, newsletter)| {
        let own = issues.iter().enumerate().filter(|(_, issue)| issue.newsletter == NewsletterId(at) && issue.shown);
        let issues: Vec<IssueId> = own.map(|(at, _)| IssueId(at)).rev().collect();
        Newsletter {
            id: newsletter.id.clone(),
            name: newsletter.name.clone(),
            promise: newsletter.promise.clone().unwrap_or_default(),
            permalink: base.join(&format!("newsletter/{}/", newsletter.id)),
            has_archive: newsletter.is_declared || !issues.is_empty(),
            issues,
        }
    });
    let newsletters: Vec<Newsletter> = newsletters.collect();
    for newsletter in &newsletters {
        for (at, id) in newsletter.issues.iter().enumerate() {
            let newer = at.checked_sub(1).and_then(|at| newsletter.issues.get(at)).copied();
            let older = newsletter.issues.get(at + 1).copied();
            if let Some(issue) = issues.get_mut(id.0) {
                (issue.previous, issue.next) = (older, newer);
            }
        }
    }
    (newsletters, issues)
}

fn make(
    config: &Config,
    base: &SiteUrl,
    read: Read,
    index: &Index<'_>,
    (clock, visibility): (&Clock, Visibility),
    report: &mut Report,
) -> Option<Issue> {
    let Read { name, newsletter, day, text, frozen } = read;
    let settings = config.newsletters.get(newsletter.0)?;
    let cancelled = text.as_ref().is_some_and(|text| text.front.cancelled);
    let (state, posts, date) = match (&frozen, &text) {
        (Some(frozen), _) => {
            let posts = mentions::frozen(&name, frozen, settings, index, report);
            (IssueState::Approved, posts, frozen.manifest.date.to_zoned(config.time_zone.clone()))
        }
        (None, Some(text)) => {
            // Of a cancelled one the posts have gone to others, or away; that is no mistake of a text that nobody will get.
            let mut unheard = Report::new();
            let posts = mentions::named(text, index, if cancelled { &mut unheard } else { report });
            let first = posts.first().and_then(|id| index.date(*id));
            let date = date_of(text, first, settings, &config.time_zone)?;
            (if cancelled { IssueState::Cancelled } else { IssueState::Draft }, posts, date)
        }
        (None, None) => return None,
    };
    let shown = state == IssueState::Approved && (date.timestamp() <= clock.timestamp() || visibility.future);
    Some(Issue {
        permalink: base.join(&path(&name)),
        name,
        newsletter,
        day,
        text: text.map(Arc::new),
        frozen,
        state,
        date,
        shown,
        posts,
        previous: None,
        next: None,
    })
}

/// When a draft comes: at its occurrence, else at its newsletter's time on its day. Where each post is an issue, it comes with its post, whose date is `first`.
fn date_of(text: &Text, first: Option<&Zoned>, settings: &Settings, zone: &TimeZone) -> Option<Zoned> {
    if let Some(date) = text.front.date.as_ref().and_then(|date| order::moment(date, zone)) {
        return Some(date);
    }
    let time = match &settings.issues.schedule {
        Schedule::Calendar(calendar) => calendar.time,
        Schedule::EachPost => match first.filter(|first| first.date() == text.day) {
            Some(first) => return Some(first.clone()),
            None => civil::time(9, 0, 0, 0),
        },
    };
    text.day.to_datetime(time).to_zoned(zone.clone()).ok()
}
