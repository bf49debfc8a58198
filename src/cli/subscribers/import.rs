//! `letterpress subscribers import`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::ValueEnum;
use clap::ValueHint;
use serde_json::Value;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::progress::Bar;
use crate::cli::subscribers;
use crate::cli::terminal;
use crate::cli::terminal::Terminal;
use crate::diagnostic::report::Diagnostic;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::List;
use crate::workflow::subscribers::import;
use crate::workflow::subscribers::import::Imported;
use crate::workflow::subscribers::import::Planned;
use crate::workflow::subscribers::import::Request;

/// Bring a list along: from Mailchimp, Substack, Ghost, Buttondown, listmonk, or any CSV
///
/// The file is read once to say what is in it and what is wrong with it, row by row; then you are asked; then all good rows are imported at once, or none. Duplicates become one.
/// Nobody's status is raised: who has left, bounced or been suppressed, here or in the file, does not come back. Rows that cannot be read are left out and named, and
/// the exit code is 1 then.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress subscribers import audience_export.zip --dry-run
  letterpress subscribers import members.ghost.csv --newsletter digest
  letterpress subscribers import addresses.txt --status confirmed      they agreed elsewhere
  letterpress subscribers import - --yes --strict < readers.csv        in a script")]
pub(in crate::cli) struct Import {
    /// A CSV file, or a ZIP of them as Mailchimp and Substack export it; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// The newsletter of rows that name none, instead of the first one in site.toml
    #[arg(long, value_name = "ID")]
    newsletter: Option<String>,

    /// The status of rows of which the file tells none, as in a plain list of addresses
    #[arg(long, value_name = "STATUS", value_enum, default_value_t = Unstated::Pending)]
    status: Unstated,

    /// The zone of times that name none, such as Europe/Berlin, instead of the site's
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,

    /// Import nothing if a single row has to be left out
    #[arg(long)]
    strict: bool,

    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// The status of who is on a list that does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Unstated {
    /// They have not agreed yet, and get no issue before they do
    Pending,
    /// They have agreed, and you can prove it
    Confirmed,
    /// They have left
    Unsubscribed,
}

impl Unstated {
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Unsubscribed => "unsubscribed",
        }
    }
}

impl Import {
    /// Imports.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let planned = subscribers::open(global).and_then(|list| {
            let planned = self.plan(&list, terminal)?;
            Ok((list, planned))
        });
        let (list, mut planned) = match planned {
            Ok(planned) => planned,
            Err(failure) => return Ok(terminal.failure(failure, Some("nothing was imported"))),
        };
        let left_out = planned.summary().left_out;
        if self.strict && left_out > 0 {
            let message = format!("{} cannot be imported, so none was", rows(left_out));
            let mistake = Diagnostic::error("strict", message).hint("mend them, or leave --strict out");
            return Ok(terminal.failure(Failure::Mistakes(mistake.into()), None));
        }
        // Whoever is asked is told first what it would do to the list; whoever is not reads it afterwards.
        let tried = if self.dry_run || (!self.yes && terminal.can_ask()) {
            match self.carry_out(&list, &mut planned, true, global, terminal) {
                Ok(tried) => Some(tried),
                Err(failure) => return Ok(terminal.failure(failure, Some("nothing was imported"))),
            }
        } else {
            None
        };
        if let Some(tried) = tried.as_ref().filter(|_| self.dry_run) {
            self.print(&planned, tried, terminal)?;
            return Ok(code(left_out));
        }
        terminal.note(planned.text().trim_end());
        if let Some(tried) = &tried {
            terminal.note(&sentence(tried, true));
        }
        if let Some(refused) = terminal.agree(self.yes, "Import them?")? {
            return Ok(refused);
        }
        match self.carry_out(&list, &mut planned, false, global, terminal) {
            Ok(imported) => {
                self.print(&planned, &imported, terminal)?;
                Ok(code(left_out))
            }
            Err(failure) => Ok(terminal.failure(failure, Some("nothing was imported"))),
        }
    }

    fn plan(&self, list: &List, terminal: &Terminal) -> Result<Planned, Failure> {
        let request = Request {
            file: self.file.clone(),
            newsletter: self.newsletter.clone(),
            unstated: self.status.word(),
            zone: self.time_zone.clone(),
        };
        let bar = Bar::new(terminal);
        let mut complain = |mistake: Diagnostic| bar.aside(|| terminal.report(mistake.into()));
        import::plan(list, &request, &mut io::stdin(), &bar, &mut complain)
    }

    fn carry_out(
        &self,
        list: &List,
        planned: &mut Planned,
        dry: bool,
        global: &Global,
        terminal: &Terminal,
    ) -> Result<Imported, Failure> {
        let bar = Bar::new(terminal);
        let imported = import::run(list, planned, dry, &bar, global.clock().timestamp())?;
        drop(bar);
        if dry == self.dry_run {
            for line in &imported.kept {
                terminal.report(Diagnostic::warning("roster-suppressed", line.clone()).into());
            }
        }
        Ok(imported)
    }

    fn print(&self, planned: &Planned, imported: &Imported, terminal: &Terminal) -> io::Result<()> {
        match terminal.format() {
            Format::Json => terminal.object(&object(planned, imported, self.dry_run)),
            _ if self.dry_run => terminal.data(&format!("{}{}\n", planned.text(), sentence(imported, true))),
            _ if terminal.is_quiet() => Ok(()),
            _ => terminal.data(&format!("{}{}\n", sentence(imported, false), left_out(planned.summary().left_out))),
        }
    }
}

/// As `list` does where files of the site have mistakes: what could be done is done, and it is not all.
fn code(left_out: u64) -> ExitCode {
    if left_out > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn rows(count: u64) -> String {
    terminal::count(usize::try_from(count).unwrap_or(usize::MAX), "row")
}

fn left_out(count: u64) -> String {
    if count == 0 { String::new() } else { format!("; {} left out", rows(count)) }
}

/// `Imported: 12 new, 3 changed, 40 as they were; 2 of suppressed addresses kept out (1 bounce, 1 erased)`.
fn sentence(imported: &Imported, would: bool) -> String {
    let Imported { added, changed, unchanged, kept_out, erased, .. } = imported;
    let begin = if would { "To the list" } else { "Imported" };
    let mut sentence = format!("{begin}: {added} new, {changed} changed, {unchanged} as they were");
    let kept: u64 = kept_out.iter().map(|(_, count)| count).sum();
    if kept > 0 {
        let reasons: Vec<String> = kept_out.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        sentence += &format!("; {kept} of suppressed addresses kept out ({})", reasons.join(", "));
    }
    if *erased > 0 {
        sentence += &format!("; {erased} erased");
    }
    sentence
}

fn object(planned: &Planned, imported: &Imported, dry: bool) -> Value {
    let counts = |counts: &[(&'static str, u64)]| -> serde_json::Map<String, Value> {
        counts.iter().map(|(word, count)| ((*word).to_owned(), (*count).into())).collect()
    };
    let plan = planned.summary();
    let newsletters: serde_json::Map<String, Value> =
        plan.newsletters.into_iter().map(|(id, count)| (id, count.into())).collect();
    let files: Vec<Value> =
        plan.layouts.iter().map(|(file, layout)| json!({ "file": file, "layout": layout })).collect();
    json!({
        "dry_run": dry,
        "files": files,
        "rows": plan.rows,
        "subscriptions": plan.entries,
        "addresses": plan.addresses,
        "merged": plan.merged,
        "left_out": plan.left_out,
        "statuses": counts(&plan.statuses),
        "suppressed": counts(&plan.suppressed),
        "newsletters": newsletters,
        "not_read": plan.unused,
        "added": imported.added,
        "changed": imported.changed,
        "unchanged": imported.unchanged,
        "kept_out": counts(&imported.kept_out),
        "erased": imported.erased,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence() {
        let imported = Imported {
            added: 12,
            changed: 3,
            unchanged: 40,
            kept_out: vec![("bounce", 1), ("erased", 1)],
            ..Imported::default()
        };
        assert_eq!(
            sentence(&imported, false) + &left_out(1),
            "Imported: 12 new, 3 changed, 40 as they were; 2 of suppressed addresses kept out (1 bounce, 1 erased); 1 row left out"
        );
        assert_eq!(sentence(&Imported::default(), true), "To the list: 0 new, 0 changed, 0 as they were");
    }
}
