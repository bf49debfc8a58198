//! `letterpress build`.

use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use clap::ValueHint;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::progress::Bar;
use crate::cli::selection::Selection;
use crate::cli::terminal;
use crate::cli::terminal::Terminal;
use crate::workflow::build;
use crate::workflow::build::Summary;

/// Build the site into public/
///
/// Reads site.toml, content/ and the theme, and writes the finished site. A file that would be the same as before is not written again. If
/// anything is wrong, every mistake is shown with its place, nothing is written, and the site as it was last built stays.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress build
  letterpress build --drafts --future      everything you have written so far
  letterpress build --base-url https://test.example.com/ --output /srv/test")]
pub(in crate::cli) struct Build {
    #[command(flatten)]
    selection: Selection,

    /// Where to write it, instead of public/ in the site's folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    output: Option<PathBuf>,

    /// List the files that were written or removed, and how long each stage took
    #[arg(long, short, conflicts_with = "quiet")]
    verbose: bool,
}

impl Build {
    /// Builds, and says what came of it.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let bar = Bar::new(terminal);
        let built = self.selection.request(global).and_then(|mut request| {
            request.output.clone_from(&self.output);
            build::build(&request, &bar)
        });
        let elapsed = bar.elapsed();
        drop(bar);
        match built {
            Ok(summary) => self.done(summary, elapsed, terminal),
            Err(failure) => Ok(terminal.failure(failure, Some("nothing was written"))),
        }
    }

    fn done(&self, mut summary: Summary, elapsed: Duration, terminal: &Terminal) -> io::Result<ExitCode> {
        let report = std::mem::take(&mut summary.report);
        let (_, warnings) = report.counts();
        terminal.report(report);
        if terminal.format() == Format::Json {
            terminal.object(&object(&summary, warnings, elapsed))?;
            return Ok(ExitCode::SUCCESS);
        }
        if self.verbose {
            let changed: String = summary.changed.iter().map(|path| format!("{path}\n")).collect();
            terminal.data(&changed)?;
            let stages: Vec<String> = summary.stages.iter().map(|(name, time)| timed(name, *time)).collect();
            terminal.note(&stages.join(", "));
        }
        if !terminal.is_quiet() {
            let warned = if warnings == 0 {
                String::new()
            } else {
                ", with ".to_owned() + &terminal::count(warnings, "warning")
            };
            terminal.data(&format!("{}{warned}\n", sentence(&summary, &terminal::near(&summary.output), elapsed)))?;
        }
        if let Some(moment) = &summary.next_change {
            // The offset is enough for a person; the zone's name follows it in brackets.
            let moment = moment.split('[').next().unwrap_or(moment);
            terminal.note(&format!("The site next changes by itself at {moment}: build it again then."));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn timed(name: &str, time: Duration) -> String {
    format!("{name} {:.2} s", time.as_secs_f64())
}

/// `Built 42 posts, 6 pages: 118 files in public/ (12 written, 106 unchanged, 1 removed) in 0.34 s`.
fn sentence(summary: &Summary, output: &str, elapsed: Duration) -> String {
    format!(
        "Built {}, {}: {} in {}/ ({} written, {} unchanged, {} removed) in {:.2} s",
        terminal::count(summary.posts, "post"),
        terminal::count(summary.pages, "page"),
        terminal::count(summary.files, "file"),
        output.trim_end_matches(['/', '\\']),
        summary.written,
        summary.unchanged,
        summary.removed,
        elapsed.as_secs_f64()
    )
}

fn object(summary: &Summary, warnings: usize, elapsed: Duration) -> serde_json::Value {
    let seconds = |time: Duration| (time.as_secs_f64() * 1e6).round() / 1e6;
    let stages: serde_json::Map<String, serde_json::Value> =
        summary.stages.iter().map(|(name, time)| ((*name).to_owned(), seconds(*time).into())).collect();
    let output: &Path = &summary.output;
    json!({
        "output": output.display().to_string(),
        "posts": summary.posts,
        "pages": summary.pages,
        "files": summary.files,
        "written": summary.written,
        "unchanged": summary.unchanged,
        "removed": summary.removed,
        "changed": summary.changed,
        "warnings": warnings,
        "seconds": seconds(elapsed),
        "stages": stages,
        "next_change": summary.next_change,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::report::Report;

    #[test]
    fn one_sentence() {
        let summary = Summary {
            report: Report::new(),
            output: "public".into(),
            files: 118,
            posts: 42,
            pages: 1,
            written: 12,
            unchanged: 106,
            removed: 1,
            changed: vec!["index.html".into()],
            stages: vec![("read", Duration::from_millis(20))],
            next_change: None,
        };
        assert_eq!(
            sentence(&summary, "public", Duration::from_millis(340)),
            "Built 42 posts, 1 page: 118 files in public/ (12 written, 106 unchanged, 1 removed) in 0.34 s"
        );
        let value = object(&summary, 0, Duration::from_millis(340));
        assert_eq!((&value["seconds"], &value["stages"]["read"]), (&0.34.into(), &0.02.into()));
    }
}
