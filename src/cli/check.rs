//! `letterpress check`.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
#[cfg(feature = "newsletter")]
use crate::cli::machine;
use crate::cli::progress::Bar;
use crate::cli::selection::Selection;
use crate::cli::terminal;
use crate::cli::terminal::Terminal;
use crate::diagnostic::report::Report;
use crate::workflow::check;
use crate::workflow::check::Options;
use crate::workflow::failure::Failure;
#[cfg(feature = "newsletter")]
use crate::workflow::privacy;

/// Look for mistakes, and write nothing
///
/// Finds everything that `build` finds, and what only the finished pages show: links and anchors in their HTML, and pictures without alternative text. The list of readers, its keys and other secrets
/// must be kept to oneself: neither published with the site nor tracked by git.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress check
  letterpress check --external                    also ask the sites that yours links to
  letterpress check --format short                for an editor or a script
  letterpress check --drafts --future             also what is not published yet")]
pub(in crate::cli) struct Check {
    #[command(flatten)]
    selection: Selection,

    /// Ask other sites whether the pages that yours link to are there; this takes time and needs a network
    #[arg(long)]
    external: bool,
}

impl Check {
    /// Checks, and says what was found.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let bar = Bar::new(terminal);
        let options = Options { external: self.external };
        let request = self.selection.request(global);
        let checked = request.and_then(|request| {
            let checked = check::check(&request, &options, &bar);
            with_secrets(checked, &request.root)
        });
        drop(bar);
        let report = match checked {
            Ok(report) => report,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        let (errors, warnings) = report.counts();
        terminal.report(report);
        match terminal.format() {
            Format::Json => terminal.object(&json!({ "errors": errors, "warnings": warnings }))?,
            _ if terminal.is_quiet() => {}
            _ => terminal.data(&format!("Checked: {}\n", terminal::counts((errors, warnings))))?,
        }
        Ok(if errors > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// And what is wrong with the places of the list of readers and of secrets.
#[cfg(feature = "newsletter")]
fn with_secrets(checked: Result<Report, Failure>, root: &Path) -> Result<Report, Failure> {
    privacy::also(checked, root, &machine::machine())
}

/// There is no list.
#[cfg(not(feature = "newsletter"))]
fn with_secrets(checked: Result<Report, Failure>, _: &Path) -> Result<Report, Failure> {
    checked
}
