//! `build`: `content/`, a theme and `site.toml` become `public/`.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::site::Overrides;
use crate::diagnostic::report::Report;
use crate::library::order::Visibility;
use crate::value::clock::Clock;
use crate::workflow::failure::Failure;
use crate::workflow::progress::Progress;

/// What to build.
#[derive(Clone, Debug)]
pub struct Request {
    /// The site's folder, or one below it.
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
    let _ = (request, progress);
    Err(Failure::Write("unfinished".into()))
}
