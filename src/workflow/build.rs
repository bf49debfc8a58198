//! `build`: `content/`, a theme and `site.toml` become `public/`.

use std::collections::HashSet;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use crate::config::site::Overrides;
use crate::content::document::Loader;
use crate::diagnostic::report::Report;
use crate::edition::article;
use crate::edition::publication::Drawn;
use crate::edition::publication::Publication;
use crate::engine::fingerprint::Fingerprint;
use crate::library::address::Address;
use crate::library::model::Library;
use crate::library::order::Visibility;
use crate::theme::Theme;
use crate::transport::disk;
use crate::transport::disk::WriteError;
use crate::transport::disk_staging::Staging;
use crate::value::clock::Clock;
use crate::value::path::SitePath;
use crate::workflow::departure;
use crate::workflow::failure::Failure;
use crate::workflow::media;
use crate::workflow::memory::Memory;
use crate::workflow::progress::Progress;
use crate::workflow::project;
use crate::workflow::project::Opening;
use crate::workflow::project::Project;
use crate::workflow::render;
use crate::workflow::render::Rendered;
use crate::workflow::traced;
use crate::workflow::traced::Traced;
use crate::workflow::unchanged;
use crate::workflow::unchanged::Looked;

/// What to build.
#[derive(Clone, Debug)]
pub struct Request {
    /// The folder with `site.toml`.
    pub root: PathBuf,
    /// `--output`; default `public/` in the site's folder.
    pub output: Option<PathBuf>,
    /// `--base-url`, `--theme`.
    pub overrides: Overrides,
    /// `--drafts`, `--future`.
    pub visibility: Visibility,
    /// Now.
    pub clock: Clock,
}

/// What was built.
#[derive(Debug)]
pub struct Summary {
    /// Warnings.
    pub report: Report,
    /// Where the site now is.
    pub output: PathBuf,
    /// Pages, feeds and files in it.
    pub files: usize,
    /// Posts shown.
    pub posts: usize,
    /// Pages shown.
    pub pages: usize,
    /// Files written.
    pub written: usize,
    /// Files that were right already.
    pub unchanged: usize,
    /// Files removed, which the last build had made.
    pub removed: usize,
    /// The paths written and removed below the output folder, sorted, for `--format json` and for `--verbose`.
    pub changed: Vec<String>,
    /// How long each stage took.
    pub stages: Vec<(&'static str, Duration)>,
    /// The moment at which the site changes by itself (RFC 9557), if one is known.
    pub next_change: Option<String>,
}

/// Builds the site.
///
/// # Errors
/// [`Failure`]; then nothing was written and the old output stands.
pub fn build(request: &Request, progress: &dyn Progress) -> Result<Summary, Failure> {
    let mut stages = Vec::new();
    let mut watch = Instant::now();
    let mut stage = |name| {
        stages.push((name, watch.elapsed()));
        watch = Instant::now();
    };
    let output = request.output.clone().unwrap_or_else(|| request.root.join("public"));
    let kept = ["content", "themes", ".letterpress", ".git"].map(|folder| request.root.join(folder));
    disk::check_output(&output, &request.root, &kept.each_ref().map(|folder| &**folder))?;
    let work = request.root.join(".letterpress");
    let (memory, files) = rayon::join(|| Memory::open(&work), || unchanged::list(&request.root));
    let files = match unchanged::look(request, &memory, files, &output, &work)? {
        Looked::Unchanged(summary) => {
            stage("unchanged");
            return Ok(Summary { stages, ..*summary });
        }
        Looked::Changed(files) => files,
    };
    stage("look");
    // What the last build left is read while the sources are.
    let (project, last) = rayon::join(
        || project::open(Opening { files, ..opening(request, &memory) }),
        || -> Result<_, WriteError> {
            let staging = Staging::begin(&output, &work)?;
            let traces = traced::load(staging.home())?;
            Ok((staging, traces))
        },
    );
    let (project, (staging, traces)) = (project?, last?);
    stage("read");
    let files = project.files.clone();
    let Prepared { publication, library, theme, mut report } = prepare(project, &memory, progress)?;
    report.merge(departure::overdue(&library, request.clock.timestamp()));
    stage("images");
    let traced = Traced::new(&publication, traces);
    stage("traces");
    let wanted = |index: usize| -> Result<bool, WriteError> {
        match traced.standing(index) {
            Some((path, bytes)) => Ok(!staging.keep_hashed(&path, *bytes.as_bytes())?),
            None => Ok(true),
        }
    };
    let put = |_: usize, drawn: Drawn| -> Result<Option<Fingerprint>, WriteError> {
        match drawn {
            Drawn::Copy(id) => {
                let asset = library.asset(id);
                memory.copy(&staging, &output_path(&asset.permalink.file()), &asset.file)?;
                Ok(None)
            }
            Drawn::Files(files) => {
                let mut first = None;
                for (path, bytes) in files {
                    let hash = Fingerprint::of(&bytes);
                    staging.write_hashed(&output_path(&path), &bytes, *hash.as_bytes())?;
                    first.get_or_insert(hash);
                }
                Ok(first)
            }
        }
    };
    let Rendered { done, report: mut found } = render::all(&publication, progress, &wanted, &put)?;
    stage("pages");
    let traced = traced.with(&publication, done);
    if !found.has_errors() {
        found.merge(media::make(&library, publication.media(), &traced.shown, &memory, &work, &staging, progress)?);
        add_theme(&theme, &library, &memory, &staging)?;
    }
    stage("pictures");
    report.merge(found);
    if report.has_errors() {
        return Err(Failure::Mistakes(report));
    }
    let home = staging.home().to_owned();
    // Written down while the files are put in place, and kept when they are.
    let (done, written) = rayon::join(|| staging.commit(), || traced.written());
    let done = done?;
    stage("in place");
    let mut changed: Vec<String> = done.written.iter().chain(&done.removed).map(ToString::to_string).collect();
    changed.sort_unstable();
    let summary = Summary {
        report,
        output,
        files: done.written.len() + done.unchanged,
        posts: library.dated.len(),
        pages: library.pages.len(),
        written: done.written.len(),
        unchanged: done.unchanged,
        removed: done.removed.len(),
        changed,
        stages: Vec::new(),
        next_change: library.next_change.as_ref().map(ToString::to_string),
    };
    let (kept, known) = rayon::join(
        || traced::save(&home, written.as_deref()),
        || {
            unchanged::remember(request, &memory, &files, &library, &summary, &home)?;
            // Code that no page asked for is forgotten only where every page had the chance to ask.
            memory.save(&|section| section == article::CODE && !traced.all_drawn)
        },
    );
    kept.and(known)?;
    stage("remember");
    // A large library takes its time to fall apart, and the process is about to end.
    std::mem::forget((publication, library, theme, files, memory, traced));
    Ok(Summary { stages, ..summary })
}

/// How a request opens its site.
#[must_use]
pub fn opening<'a>(request: &'a Request, loader: &'a dyn Loader) -> Opening<'a> {
    Opening {
        root: &request.root,
        overrides: &request.overrides,
        visibility: request.visibility,
        clock: &request.clock,
        loader,
        files: None,
        dressed: None,
    }
}

/// A site ready to be drawn.
pub struct Prepared {
    /// What is drawn.
    pub publication: Publication,
    /// The content.
    pub library: Arc<Library>,
    /// The theme.
    pub theme: Arc<Theme>,
    /// Warnings.
    pub report: Report,
}

/// Looks into the media and puts the publication together. Where the site has errors, everything is drawn once, for nothing but its mistakes, so that those of
/// the templates are told at the same time.
///
/// # Errors
/// [`Failure::Mistakes`] with all of them.
pub fn prepare(project: Project, memory: &Memory, progress: &dyn Progress) -> Result<Prepared, Failure> {
    let Project { config, library, theme, press, mut report, .. } = project;
    let (media, more) = media::probe(&config, &library, memory, progress);
    report.merge(more);
    let (Some(theme), Some(press)) = (theme, press) else { return Err(Failure::Mistakes(report)) };
    let publication =
        Publication::new(config, Arc::clone(&library), Arc::clone(&theme), &press, Arc::new(media), &memory.cache);
    publication.enter();
    // Without its template every page would only say so again.
    if report.diagnostics().iter().any(|mistake| mistake.code == "missing-template") {
        return Err(Failure::Mistakes(report));
    }
    if report.has_errors() {
        let Ok(found) = render::all::<(), Infallible>(&publication, progress, &|_| Ok(true), &|_, _| Ok(()));
        // A component that fails for a file already reported as missing would only say it again.
        let own = found.report.into_sorted().into_iter().filter(|mistake| mistake.related.is_empty());
        // Nor is what was seen in a template's text told again because a page drawn by it fails there.
        let told = report.clone();
        report.extend(own.filter(|mistake| !told.diagnostics().iter().any(|other| other.overlaps(mistake))));
        return Err(Failure::Mistakes(report));
    }
    Ok(Prepared { publication, library, theme, report })
}

/// Adds the theme's stylesheets and static files. What the site has at the same place wins.
fn add_theme(theme: &Theme, library: &Library, memory: &Memory, staging: &Staging) -> Result<(), WriteError> {
    for style in &theme.styles {
        staging.write(&style.path, &style.bytes)?;
    }
    let taken: HashSet<String> = library.addresses.iter().map(Address::file).collect();
    for file in theme.assets.files().iter() {
        if !taken.contains(file.path.as_str()) {
            memory.copy(staging, &file.path, file)?;
        }
    }
    Ok(())
}

/// A path that the library planned: it was checked there, so what cannot be parsed does not occur.
pub(in crate::workflow) fn output_path(path: &str) -> SitePath {
    SitePath::parse(path).unwrap_or_else(|_| unreachable!("the library planned {path}"))
}
