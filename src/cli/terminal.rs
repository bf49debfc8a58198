//! The only place that prints: data to stdout, everything else to stderr.

use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::cli::args::Colour;
use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::diagnostic::json;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::diagnostic::terminal;
use crate::workflow::failure::Failure;

/// How to print.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Terminal {
    format: Format,
    quiet: bool,
}

impl Terminal {
    /// Settles colours for the whole program.
    pub(in crate::cli) fn new(global: &Global) -> Self {
        match global.color {
            // What anstream finds out by itself, with NO_COLOR and CLICOLOR.
            Colour::Auto => {}
            Colour::Always => anstream::ColorChoice::Always.write_global(),
            Colour::Never => anstream::ColorChoice::Never.write_global(),
        }
        Self { format: global.format, quiet: global.quiet }
    }

    /// For whom to print.
    pub(in crate::cli) fn format(&self) -> Format {
        self.format
    }

    /// Whether only errors and data are wanted.
    pub(in crate::cli) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether to show how far the work is.
    pub(in crate::cli) fn wants_progress(&self) -> bool {
        self.format == Format::Human && !self.quiet && io::stderr().is_terminal()
    }

    /// Prints data as it is, to stdout; colours are taken out where they are not wanted.
    ///
    /// # Errors
    /// Where stdout refuses; a closed pipe is one of the reasons.
    pub(in crate::cli) fn data(&self, text: &str) -> io::Result<()> {
        let mut stdout = anstream::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// Prints one JSON object as a line of stdout.
    ///
    /// # Errors
    /// As [`Terminal::data`].
    pub(in crate::cli) fn object(&self, value: &serde_json::Value) -> io::Result<()> {
        self.data(&format!("{value}\n"))
    }

    /// Stdout as it is, for data that is not a terminal's business.
    #[cfg(feature = "newsletter")]
    pub(in crate::cli) fn stream(&self) -> impl Write + Send + use<> {
        io::stdout()
    }

    /// Whether a person is there to be asked.
    #[cfg(feature = "newsletter")]
    pub(in crate::cli) fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks before what cannot be undone; `yes` has answered already. `None` where it may go on; else it has been said why not, and this is the exit code.
    ///
    /// # Errors
    /// Where the answer cannot be read.
    #[cfg(feature = "newsletter")]
    pub(in crate::cli) fn agree(&self, yes: bool, question: &str) -> io::Result<Option<ExitCode>> {
        if yes {
            return Ok(None);
        }
        if !self.can_ask() {
            let message = format!("nobody is at a terminal to be asked: {question}");
            self.report(Diagnostic::error("needs-yes", message).hint("add --yes, if that is what you want").into());
            return Ok(Some(ExitCode::from(2)));
        }
        let _ = write!(anstream::stderr().lock(), "{question} [y/N] ");
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        if ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
            return Ok(None);
        }
        aside("Nothing was changed.");
        Ok(Some(ExitCode::FAILURE))
    }

    /// Says what to do next or what else is worth knowing, to people only.
    pub(in crate::cli) fn note(&self, text: &str) {
        if self.format == Format::Human && !self.quiet {
            aside(text);
        }
    }

    /// Says that something went wrong which somebody has to look at, while the program goes on.
    #[cfg(feature = "newsletter")]
    pub(in crate::cli) fn trouble(&self, text: &str) {
        self.report(Diagnostic::error("trouble", text).into());
    }

    /// Prints diagnostics: all of them, or only the errors if asked to be quiet.
    pub(in crate::cli) fn report(&self, report: Report) {
        let mut text = String::new();
        for diagnostic in report.into_sorted() {
            if self.quiet && diagnostic.severity == Severity::Warning {
                continue;
            }
            match self.format {
                Format::Human => text += &(terminal::human(&diagnostic, true) + "\n\n"),
                Format::Short => text += &(terminal::short(&diagnostic) + "\n"),
                Format::Json => text += &(json::line(&diagnostic) + "\n"),
            }
        }
        if !text.is_empty() {
            // Nobody is left to tell where stderr refuses.
            let _ = anstream::stderr().lock().write_all(text.as_bytes());
        }
    }

    /// Prints why the work was not done. Where there may be many mistakes, `consequence` ends a line that counts them.
    pub(in crate::cli) fn failure(&self, failure: Failure, consequence: Option<&str>) -> ExitCode {
        let report = match failure {
            Failure::Mistakes(report) => report,
            other @ Failure::NoSite { .. } => Diagnostic::error("no-site", other.to_string()).into(),
            other => Diagnostic::error("failed", other.to_string()).into(),
        };
        let found = report.counts();
        self.report(report);
        if let Some(consequence) = consequence
            && self.format == Format::Human
        {
            aside(&format!("{}; {consequence}", counts(found)));
        }
        ExitCode::FAILURE
    }

    /// Says that stdout refused.
    pub(in crate::cli) fn cannot_print(&self, error: &io::Error) {
        self.report(Diagnostic::error("failed", format!("cannot print: {error}")).into());
    }
}

/// `3 errors, 1 warning`.
pub(in crate::cli) fn counts((errors, warnings): (usize, usize)) -> String {
    match (errors, warnings) {
        (0, 0) => "no errors, no warnings".to_owned(),
        (errors, 0) => count(errors, "error"),
        (0, warnings) => count(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}

/// `1 page`, `2 pages`.
pub(in crate::cli) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A path as short as it can be said from the working folder.
#[allow(clippy::disallowed_methods, reason = "cli is the layer that reads the environment")]
pub(in crate::cli) fn near(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    match here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned)) {
        Some(below) if below.as_os_str().is_empty() => ".".to_owned(),
        Some(below) => below.display().to_string(),
        None => path.display().to_string(),
    }
}

/// A line beside the data. Nobody is left to tell where stderr refuses.
fn aside(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// A panic is a mistake in the program, not in the user's files.
pub(in crate::cli) fn ask_for_a_report_on_panic() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        aside(concat!(
            "\nThis is a mistake in letterpress ",
            env!("CARGO_PKG_VERSION"),
            ", not in your files. Please report it, with the lines above and the command\nthat led to it. \
             Nothing of your site's sources was changed."
        ));
    }));
}
