//! `letterpress send`.

use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use clap::Args;
use clap::ValueHint;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use jiff::SignedDuration;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::daemon;
use crate::cli::machine;
use crate::cli::progress::Bar;
use crate::cli::send_verify;
use crate::cli::send_words;
use crate::cli::send_words::refused;
use crate::cli::send_words::thousands;
use crate::cli::send_words::what;
use crate::cli::terminal::Terminal;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::workflow::deliver::Told;
use crate::workflow::deliveries::DeliveryState;
use crate::workflow::dkim_key;
use crate::workflow::dkim_key::Made;
use crate::workflow::failure::Failure;
use crate::workflow::send;
use crate::workflow::send::Prepared;
use crate::workflow::send::Request;
use crate::workflow::send::Teller;
use crate::workflow::send::choice::Errand;
use crate::workflow::send::due;
use crate::workflow::send::due::Ready;
use crate::workflow::send::obstacle;
use crate::workflow::send::trial;
use crate::workflow::send::verify;
use crate::workflow::unknown;

/// What is done, but not to the end: some letters wait, or are in doubt.
const INCOMPLETE: u8 = 3;

/// Send an approved issue to every confirmed reader
///
/// Every reader gets it once. Whatever interrupts it, call it again and it goes on. A letter whose last answer was lost is in doubt: it is listed by `letterpress deliveries`,
/// and sent again only if you say so.
///
/// Exit code 3: something remains, to be tried later or to be settled by you.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress send --dry-run               what would happen
  letterpress send --test me@example.com   one letter, to you
  letterpress send --test me@example.com --verify arrived.eml
                                           whether it arrived as it was sent
  letterpress send                         the issue that is due; asks first
  letterpress send 2026-11-15 --yes        for scripts")]
pub(in crate::cli) struct Send {
    /// The issue, as [NEWSLETTER/]DAY; otherwise the approved one that is due, or with --dry-run, --test and --to-dir the one that comes next
    #[arg(value_name = "ISSUE")]
    issue: Option<String>,

    /// For cron and CI: compose what is to be looked at by now, approve what approves itself, and send all that is approved and due, without asking
    #[arg(long, conflicts_with_all = ["issue", "dry_run", "test", "to_dir"])]
    due: bool,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    /// Say what would happen, and send nothing
    #[arg(long, conflicts_with_all = ["test", "to_dir", "yes"])]
    dry_run: bool,

    /// Send one letter to this address, as a test: nobody else gets anything, and nothing is written down
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["to_dir", "limit"])]
    test: Option<String>,

    /// With --test: send nothing, but compare the test that arrived, saved as a file with all its headers, with what was sent
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "test")]
    verify: Option<PathBuf>,

    /// Write the letters of all readers into this folder as .eml files instead of sending them
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    to_dir: Option<PathBuf>,

    /// At most so many letters in this run
    #[arg(long, value_name = "N")]
    limit: Option<u64>,

    /// Send though the issue's page is not public yet, its time has not come, or posts and addresses have changed since it was approved
    #[arg(long)]
    anyway: bool,

    /// Make a key for signing letters (DKIM, RSA-2048) in this file, and print what the DNS and site.toml need; nothing is sent
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["issue", "yes", "dry_run", "test", "to_dir", "limit"])]
    make_dkim_key: Option<PathBuf>,

    /// With --make-dkim-key: the name that the key will have in the DNS
    #[arg(long, value_name = "NAME", default_value = "letterpress", requires = "make_dkim_key")]
    selector: String,

    /// With --make-dkim-key: an Ed25519 key, to sign with beside an RSA one; few receivers know it
    #[arg(long, requires = "make_dkim_key")]
    ed25519: bool,

    /// Stay while the next attempt at some letter, or at a server that cannot be used, is at most so many minutes away
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    wait: u32,

    /// The longest wait for each answer of a server, so that tests need not wait as long as RFC 5321 says
    #[arg(long, value_name = "SECONDS", hide = true)]
    answer_within: Option<f64>,
}

impl Send {
    /// Sends.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        if let Some(file) = &self.make_dkim_key {
            return self.make_key(file, global, terminal);
        }
        if self.due {
            return self.run_due(global, terminal);
        }
        self.run_one(self.issue.clone(), global, terminal)
    }

    /// Everything that is due. The gravest exit code counts.
    fn run_due(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let machine = machine::machine();
        let bar = Bar::new(terminal);
        let ready = global.site().and_then(|root| due::ready(&root, &machine, &global.clock(), &bar));
        drop(bar);
        let ready = match ready {
            Ok(ready) => ready,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        for note in noted(&ready) {
            terminal.note(&note);
        }
        let mut report = Report::new();
        report.extend(ready.late.iter().map(|name| late(name)));
        report.extend(ready.unknown.iter().map(unknown::diagnostic));
        terminal.report(report);
        let mut worst = ExitCode::SUCCESS;
        for name in &ready.issues {
            let code = self.run_one(Some(name.clone()), global, terminal)?;
            if code != ExitCode::SUCCESS && worst != ExitCode::FAILURE {
                worst = code;
            }
        }
        if ready == Ready::default() {
            terminal.note("Nothing is due.");
        }
        if terminal.format() == Format::Json {
            untried(&ready).iter().try_for_each(|object| terminal.object(object))?;
        }
        // Nobody else would notice: whoever sent it first may not have seen how it ended.
        let waits = !ready.paused.is_empty() || !ready.doubted.is_empty() || !ready.unknown.is_empty();
        Ok(if waits && worst == ExitCode::SUCCESS { ExitCode::from(INCOMPLETE) } else { worst })
    }

    fn run_one(&self, issue: Option<String>, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let machine = machine::machine();
        let prepared = global.site().and_then(|root| {
            send::prepare(&Request {
                root,
                machine: &machine,
                clock: global.clock(),
                now: daemon::now(global),
                issue,
                errand: self.errand(),
                most: self.limit,
                // What nobody else sees may be looked at before its time.
                anyway: self.anyway || self.test.is_some() || self.to_dir.is_some(),
                patience: SignedDuration::from_mins(i64::from(self.wait)),
                answers: self.answer_within.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            })
        });
        let mut prepared = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => {
                let waits = obstacle::is_waiting(&failure);
                let code = terminal.failure(failure, None);
                return Ok(if waits { ExitCode::from(INCOMPLETE) } else { code });
            }
        };
        terminal.report(std::mem::take(&mut prepared.report));
        if prepared.leave_by_mail {
            terminal.note("There is no endpoint in site.toml: readers unsubscribe by mail, and you take them off the list with `letterpress subscribers remove`.");
        }
        if let Some(address) = &self.test {
            return self.run_test(&prepared, address, terminal);
        }
        if let Some(folder) = &self.to_dir {
            let written = trial::to_folder(&prepared, folder, self.limit);
            let written = written.map(|count| {
                let letters = if count == 1 { "letter" } else { "letters" };
                format!("{} {letters} written to {}", thousands(count), folder.display())
            });
            return Ok(said(terminal, written));
        }
        let what = what(&prepared, self.limit);
        if self.dry_run {
            terminal.data(&format!("Would send {what}.\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(code) = terminal.agree(self.yes || self.due, &format!("Send {what}?"))? {
            return Ok(code);
        }
        let voice: Arc<dyn Teller> = Arc::new(Voice::new(terminal, prepared.readers));
        let begun = Instant::now();
        match send::send(prepared, &voice) {
            Ok(sent) => {
                send_words::print(&sent, begun.elapsed(), terminal)?;
                Ok(if sent.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
            }
            Err(failure) => Ok(terminal.failure(failure, None)),
        }
    }
}

impl Send {
    fn run_test(&self, prepared: &Prepared, address: &str, terminal: &Terminal) -> io::Result<ExitCode> {
        if let Some(file) = &self.verify {
            return match verify::verify(prepared, address, file) {
                Ok(arrival) => send_verify::print(&arrival, terminal),
                Err(failure) => Ok(terminal.failure(failure, None)),
            };
        }
        let sent = trial::test(prepared, address);
        let is_sent = sent.is_ok();
        let code = said(terminal, sent.map(|reply| format!("Sent one letter: {reply}")));
        if is_sent {
            terminal.note(&format!(
                "Look at it. To see whether it arrived as it was sent, save it with all its headers («Download original», «Save as … .eml»), then:\n\
                 letterpress send {} --test {address} --verify FILE.eml",
                prepared.name
            ));
        }
        Ok(code)
    }

    fn errand(&self) -> Errand {
        match (&self.test, &self.to_dir, self.dry_run) {
            (Some(_), ..) => Errand::Test,
            (_, Some(_), _) => Errand::ToFolder,
            (.., true) => Errand::DryRun,
            _ => Errand::Send,
        }
    }

    fn make_key(&self, file: &Path, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let made = global.site().and_then(|root| dkim_key::make(&root, file, &self.selector, self.ed25519));
        let Made { name, record, zone_line, settings } = match made {
            Ok(made) => made,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        if terminal.format() == Format::Json {
            terminal.object(
                &json!({ "name": name, "type": "TXT", "record": record, "zone_line": zone_line, "settings": settings }),
            )?;
        } else {
            terminal.data(&format!(
                "Tell the DNS (as a zone file has it; most providers ask for name, TXT and text):\n\n{zone_line}\n\n\
                 When it is public, add to site.toml:\n\n{settings}"
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What was made ready, line by line.
fn noted(ready: &Ready) -> Vec<String> {
    let composed = ready.composed.iter().map(|(name, by_itself)| {
        let is_settled = [&ready.approved, &ready.waiting, &ready.late].into_iter().any(|others| others.contains(name));
        match by_itself {
            _ if is_settled => format!("Composed {name}."),
            true => format!("Composed {name}: look at it; when its time has come, it is approved by itself."),
            false => format!("Composed {name}: look at it, and approve it."),
        }
    });
    let approved = ready.approved.iter().map(|name| format!("Approved {name}."));
    let waiting = ready
        .waiting
        .iter()
        .map(|name| format!("{name} is due and waits to be approved: letterpress issue approve {name}"));
    let unread = ready.unread.iter().map(|name| {
        format!("{name} is due and waits for readers: nobody has confirmed its newsletter yet. `letterpress subscribers stats` counts them.")
    });
    let paused = ready.paused.iter().map(|name| {
        format!("{name} is paused: look at `letterpress deliveries {name}`, then letterpress issue resume {name}")
    });
    let doubted =
        ready.doubted.iter().map(|(name, doubts)| format!("{name}: {doubts} in doubt: letterpress deliveries {name}"));
    composed.chain(approved).chain(waiting).chain(unread).chain(paused).chain(doubted).collect()
}

/// Issues with which nothing was tried, for programs.
fn untried(ready: &Ready) -> Vec<serde_json::Value> {
    let doubts = |name: &String| ready.doubted.iter().find(|(other, _)| other == name).map_or(0, |(_, count)| *count);
    let held = ready.doubted.iter().map(|(name, _)| name).filter(|name| !ready.issues.contains(*name));
    let names: std::collections::BTreeSet<&String> = ready.paused.iter().chain(held).collect();
    let object = |name| {
        serde_json::json!({
            "issue": name, "paused": ready.paused.contains(name), "in_doubt": doubts(name), "complete": false,
        })
    };
    names.into_iter().map(object).collect()
}

/// What a person has to look at, though the clock is in charge.
fn late(name: &str) -> Diagnostic {
    let message = format!("the issue {name} comes more than three days late, and is not sent by itself any more");
    let hint = format!("look whether its news is still news, then: letterpress issue approve {name}");
    let let_go = format!("or let it go: letterpress issue cancel {name}");
    Diagnostic::warning("late-issue", message).hint(hint).hint(let_go)
}

fn said(terminal: &Terminal, done: Result<String, Failure>) -> ExitCode {
    match done {
        Ok(text) => {
            terminal.note(&text);
            ExitCode::SUCCESS
        }
        Err(failure) => terminal.failure(failure, None),
    }
}

/// A bar, and what goes wrong.
struct Voice {
    terminal: Terminal,
    bar: ProgressBar,
}

impl Voice {
    fn new(terminal: &Terminal, readers: u64) -> Self {
        let bar = if terminal.wants_progress() { ProgressBar::new(readers) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {per_sec}  {eta} left");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self { terminal: terminal.clone(), bar }
    }
}

impl Teller for Voice {
    fn progress(&self, settled: u64, of: u64) {
        self.bar.set_length(of);
        self.bar.set_position(settled);
    }

    fn delivery(&self, told: Told<'_>) {
        let trouble = |text: &str| self.bar.suspend(|| self.terminal.trouble(text));
        let note = |text: &str| self.bar.suspend(|| self.terminal.note(text));
        match told {
            Told::Settled { state: DeliveryState::Sent | DeliveryState::Skipped, .. } => {}
            Told::Settled { to, state, why, .. } => note(&format!("{to}: {state} {why}")),
            Told::Down { server, why, seconds } => {
                trouble(&format!("{server} cannot be used: {why}. Tried again in {seconds} s; nothing is lost"));
            }
            Told::Up { server } => note(&format!("{server} takes mail again")),
            Told::Refused { server, why, is_last } => trouble(&refused(server, why, is_last)),
            Told::Trouble(text) => trouble(text),
        }
    }

    fn ending(&self) {
        self.bar.suspend(|| self.terminal.note("Ending: letters under way are finished first."));
    }
}
