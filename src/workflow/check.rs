//! `check`: everything that `build` checks, and what only the finished pages show. (A stub with its final signature.)

use crate::diagnostic::report::Report;
use crate::workflow::build::Request;
use crate::workflow::failure::Failure;
use crate::workflow::progress::Progress;

/// How far to go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--external`: ask other sites whether the pages that ours link to are there.
    pub external: bool,
}

/// Checks the site.
///
/// # Errors
/// [`Failure`].
pub fn check(request: &Request, options: &Options, progress: &dyn Progress) -> Result<Report, Failure> {
    let _ = (request, options, progress);
    Err(Failure::Write("unfinished".into()))
}
