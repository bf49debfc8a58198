//! `issue compose`: the next issue of a newsletter from the posts that no earlier one had, as a file to be edited.

pub mod composition;
pub mod days;

use std::path::Path;
use std::path::PathBuf;

use crate::config::site::Config;
use crate::content::document::Direct;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::files::read;
use crate::library::build;
use crate::library::issue::NewsletterId;
use crate::library::mentions;
use crate::library::model::Library;
use crate::library::order::Visibility;
use crate::transport::disk;
use crate::value::clock::Clock;
use crate::workflow::compose::composition::Composition;
use crate::workflow::compose::composition::Which;
use crate::workflow::compose::days::Days;
use crate::workflow::failure::Failure;
use crate::workflow::issue;
use crate::workflow::site_folder;

/// What to compose.
#[derive(Clone, Debug)]
pub struct Request {
    /// The site's folder, or one below it.
    pub root: PathBuf,
    /// The newsletter's id; otherwise the first of `site.toml`.
    pub newsletter: Option<String>,
    /// The issue, as `[newsletter/]date`; otherwise the one that comes next.
    pub issue: Option<String>,
    /// Also with fewer posts than the newsletter wants.
    pub anyway: bool,
    /// Now.
    pub clock: Clock,
}

/// What was composed.
#[derive(Debug)]
pub struct Composed {
    /// The issues, in their order; more than one only where each post is an issue.
    pub compositions: Vec<Composition>,
    /// Warnings: of the site's files, and on what was composed.
    pub report: Report,
}

/// Composes and writes the files. A draft that is there already gets further posts; of what its editor wrote nothing is lost.
///
/// # Errors
/// [`Failure`] where there is no site, its files have errors, there is no such newsletter, the issue is approved or cancelled, or the disk refuses.
pub fn compose(request: &Request) -> Result<Composed, Failure> {
    let root = site_folder::find(&request.root)?;
    let config = site_folder::config(&root)?;
    let (library, mut report) = library(&root, &config, &request.clock)?;
    let (newsletter, which) = match &request.issue {
        None => (issue::newsletter(&config, request.newsletter.as_deref())?, Which::Next),
        Some(written) => {
            let name = issue::name(&config, written)?;
            let newsletter = issue::newsletter(&config, Some(&name.newsletter))?;
            if let Some(other) = request.newsletter.as_ref().filter(|other| **other != name.newsletter) {
                let message = format!("the issue {name} is none of the newsletter `{other}`");
                return Err(
                    Report::from(Diagnostic::error("unknown-issue", message).hint("leave --newsletter out")).into()
                );
            }
            (newsletter, Which::Named(name))
        }
    };
    let wanted = composition::Wanted { newsletter: NewsletterId(newsletter), which, anyway: request.anyway };
    let days = Days::of(&root, &config);
    let (compositions, found) = composition::compose(&config, &library, &wanted, (&request.clock, &days))?;
    report.merge(found);
    // Other drafts are not written now: of a post that they name and that is not there a warning is enough.
    for composition in &compositions {
        report.raise_at(mentions::UNKNOWN, &format!("content/issues/{}/", composition.name));
    }
    if report.has_errors() {
        return Err(report.into());
    }
    for composition in &compositions {
        let path = root.join("content").join(composition.path().to_relative());
        match (&composition.text, composition.is_new) {
            (Some(text), true) => disk::write_new(&path, text.as_bytes())?,
            (Some(text), false) => disk::replace(&path, text.as_bytes())?,
            (None, _) => {}
        }
    }
    Ok(Composed { compositions, report })
}

/// The library of the site in `root` as readers see it, with the warnings of its files.
///
/// # Errors
/// [`Failure::Mistakes`] where its files have errors: what is missing from the library would be missing from the issue.
pub(in crate::workflow) fn library(root: &Path, config: &Config, clock: &Clock) -> Result<(Library, Report), Failure> {
    library_if(root, config, clock, &|diagnostic| diagnostic.severity == Severity::Warning)
}

/// As [`library`], where `is_bearable` says of each diagnostic whether the work can go on in spite of it.
///
/// # Errors
/// As [`library`].
pub(in crate::workflow) fn library_if(
    root: &Path,
    config: &Config,
    clock: &Clock,
    is_bearable: &dyn Fn(&Diagnostic) -> bool,
) -> Result<(Library, Report), Failure> {
    let (content, refused) = read::tree(&root.join("content"), "content");
    let (library, mut report) = build::build(config, &content, &Direct, clock, Visibility::default());
    report.extend(refused.into_iter().map(|error| Diagnostic::error("unreadable", error.to_string())));
    if report.diagnostics().iter().all(is_bearable) { Ok((library, report)) } else { Err(Failure::Mistakes(report)) }
}
