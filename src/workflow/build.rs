//! `build`: `content/`, a theme and `site.toml` become `public/`.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use crate::config::site::Overrides;
use crate::content::document::Direct;
use crate::diagnostic::report::Report;
use crate::edition::publication::Drawn;
use crate::edition::publication::Publication;
use crate::engine::cache::Cache;
use crate::engine::cache::Unused;
use crate::engine::fingerprint::Fingerprint;
use crate::files::read;
use crate::library::address::Address;
use crate::library::model::Library;
use crate::library::order::Visibility;
use crate::theme::Theme;
use crate::transport::disk;
use crate::transport::disk::WriteError;
use crate::transport::disk_staging::Staging;
use crate::value::clock::Clock;
use crate::value::path::SitePath;
use crate::workflow::failure::Failure;
use crate::workflow::media;
use crate::workflow::progress::Progress;
use crate::workflow::project;
use crate::workflow::project::Opening;
use crate::workflow::project::Project;
use crate::workflow::render;

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
    let sources = [request.root.join("content"), request.root.join("themes")];
    disk::check_output(&output, &request.root, &[&sources[0], &sources[1]])?;
    let project = project::open(&opening(request))?;
    stage("read");
    let work = request.root.join(".letterpress");
    let schema = Fingerprint::builder("letterpress cache").text(env!("CARGO_PKG_VERSION")).finish();
    let cache_file = work.join("cache");
    let cache = read::optional(&cache_file)?.map_or_else(|| Cache::new(schema), |file| Cache::decode(schema, &file));
    let Prepared { publication, library, theme, report } = prepare(project, &cache, progress)?;
    stage("images");
    let staging = Staging::begin(&output, &work)?;
    let put = |drawn: Drawn| -> Result<(), WriteError> {
        match drawn {
            Drawn::Copy(id) => {
                let asset = library.asset(id);
                staging.copy(&output_path(&asset.permalink.file()), &asset.file)?;
            }
            Drawn::Files(files) => {
                for (path, bytes) in files {
                    staging.write(&output_path(&path), &bytes)?;
                }
            }
        }
        Ok(())
    };
    let mut found = render::all(&publication, progress, &put)?;
    stage("pages");
    if !found.has_errors() {
        found.merge(media::make(&library, &publication.catalogue().media, &work, &staging, progress)?);
        add_theme(&theme, &library, &staging)?;
    }
    stage("pictures");
    let mut report = report;
    report.merge(found);
    if report.has_errors() {
        return Err(Failure::Mistakes(report));
    }
    let done = staging.commit()?;
    if cache.has_changed(Unused::Drop) {
        disk::write_cache(&cache_file, &cache.encode(Unused::Drop))?;
    }
    stage("in place");
    let mut changed: Vec<String> = done.written.iter().chain(&done.removed).map(ToString::to_string).collect();
    changed.sort_unstable();
    Ok(Summary {
        report,
        output,
        files: done.written.len() + done.unchanged,
        posts: library.dated.len(),
        pages: library.pages.len(),
        written: done.written.len(),
        unchanged: done.unchanged,
        removed: done.removed.len(),
        changed,
        stages,
        next_change: library.next_change.as_ref().map(ToString::to_string),
    })
}

/// How a request opens its site.
#[must_use]
pub fn opening(request: &Request) -> Opening<'_> {
    Opening {
        root: &request.root,
        overrides: &request.overrides,
        visibility: request.visibility,
        clock: &request.clock,
        loader: &Direct,
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
pub fn prepare(project: Project, cache: &Cache, progress: &dyn Progress) -> Result<Prepared, Failure> {
    let Project { config, library, theme, press, mut report, .. } = project;
    let (media, more) = media::probe(&config, &library, cache, progress);
    report.merge(more);
    let (Some(theme), Some(press)) = (theme, press) else { return Err(Failure::Mistakes(report)) };
    let publication = Publication::new(config, Arc::clone(&library), Arc::clone(&theme), &press, Arc::new(media));
    // Without its template every page would only say so again.
    if report.diagnostics().iter().any(|mistake| mistake.code == "missing-template") {
        return Err(Failure::Mistakes(report));
    }
    if report.has_errors() {
        let Ok(found) = render::all::<std::convert::Infallible>(&publication, progress, &|_| Ok(()));
        // A component that fails for a file already reported as missing would only say it again.
        let own = found.into_sorted().into_iter().filter(|mistake| mistake.related.is_empty());
        // Nor is what was seen in a template's text told again because a page drawn by it fails there.
        let told = report.clone();
        report.extend(own.filter(|mistake| !told.diagnostics().iter().any(|other| other.overlaps(mistake))));
        return Err(Failure::Mistakes(report));
    }
    Ok(Prepared { publication, library, theme, report })
}

/// Adds the theme's stylesheets and static files. What the site has at the same place wins.
fn add_theme(theme: &Theme, library: &Library, staging: &Staging) -> Result<(), WriteError> {
    for style in &theme.styles {
        staging.write(&style.path, &style.bytes)?;
    }
    let taken: HashSet<String> = library.addresses.iter().map(Address::file).collect();
    for file in theme.assets.files().iter() {
        if !taken.contains(file.path.as_str()) {
            staging.copy(&file.path, file)?;
        }
    }
    Ok(())
}

/// A path that the library planned: it was checked there, so what cannot be parsed does not occur.
fn output_path(path: &str) -> SitePath {
    SitePath::parse(path).unwrap_or_else(|_| unreachable!("the library planned {path}"))
}
