//! `letterpress deliveries`.

use std::fmt::Write;
use std::io;
use std::process::ExitCode;

use clap::Args;
use clap::Subcommand;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::machine;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::count;
use crate::workflow::deliveries;
use crate::workflow::deliveries::Account;
use crate::workflow::deliveries::DeliveryState;
use crate::workflow::deliveries::Settled;
use crate::workflow::failure::Failure;

/// Show what became of each issue's letters, and settle those in doubt
///
/// A letter is in doubt when its last octet had left and the server's answer was lost: nobody but the server knows whether it has it. Nothing is sent twice by guessing. Look for the
/// Message-ID in the server's log, then say what is true: `deliveries resolve`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress deliveries                                  all issues, the latest first
  letterpress deliveries 2026-11-15
  letterpress deliveries resolve --assume-sent 1041       the server has it
  letterpress deliveries resolve --resend --all           better twice than never")]
pub(in crate::cli) struct Deliveries {
    #[command(subcommand)]
    verb: Option<Verb>,

    /// The issue, as [NEWSLETTER/]DAY; otherwise all
    #[arg(value_name = "ISSUE")]
    issue: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Resolve(Resolve),
}

/// Settle letters in doubt
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("how").required(true), group = clap::ArgGroup::new("which").required(true))]
struct Resolve {
    /// Send them once more, at the next `letterpress send`
    #[arg(long, group = "how")]
    resend: bool,

    /// They arrived
    #[arg(long, group = "how")]
    assume_sent: bool,

    /// The numbers of the letters
    #[arg(value_name = "NUMBER", group = "which")]
    numbers: Vec<i64>,

    /// All that are in doubt
    #[arg(long, group = "which")]
    all: bool,

    /// With --all: only those of this issue
    #[arg(long, value_name = "ISSUE", requires = "all")]
    issue: Option<String>,
}

impl Deliveries {
    /// Prints or settles.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        if let Some(Verb::Resolve(resolve)) = &self.verb {
            return resolve.run(global, terminal);
        }
        let machine = machine::machine();
        let found = global.site().and_then(|root| deliveries::accounts(&root, &machine, self.issue.as_deref()));
        let accounts = match found {
            Ok(accounts) => accounts,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        for account in &accounts {
            match terminal.format() {
                Format::Human => terminal.data(&human(account))?,
                Format::Short => terminal.data(&short(account))?,
                Format::Json => terminal.object(&object(account))?,
            }
        }
        if accounts.is_empty() {
            terminal.note("No issue has been sent yet.");
        } else if accounts.iter().any(|account| !account.doubts.is_empty()) {
            terminal.note("Look for the Message-IDs in the server's log, then: letterpress deliveries resolve --help");
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Resolve {
    fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let which = if self.all { Settled::All(self.issue.clone()) } else { Settled::These(self.numbers.clone()) };
        let (machine, now) = (machine::machine(), global.clock().timestamp());
        let settled: Result<u64, Failure> =
            global.site().and_then(|root| deliveries::resolve(&root, &machine, &which, self.resend, now));
        match settled {
            Ok(settled) => {
                let after =
                    if self.resend { "sent once more at the next `letterpress send`" } else { "counted as sent" };
                terminal.note(&format!(
                    "{} in doubt settled: {after}.",
                    count(usize::try_from(settled).unwrap_or(usize::MAX), "letter")
                ));
                Ok(ExitCode::SUCCESS)
            }
            Err(failure) => Ok(terminal.failure(failure, None)),
        }
    }
}

fn counts(account: &Account, between: &str) -> String {
    let one = |(state, count): (&DeliveryState, &u64)| format!("{count} {state}");
    account.states.iter().map(one).collect::<Vec<_>>().join(between)
}

fn human(account: &Account) -> String {
    let started = account.started.strftime("%Y-%m-%d %H:%M UTC");
    let mut text = format!("{}  {}, {} readers, begun {started}\n", account.name, account.state, account.audience);
    let _ = writeln!(text, "  {}", counts(account, ", "));
    for doubt in &account.doubts {
        let (since, to) =
            (doubt.since.strftime("%Y-%m-%d %H:%M UTC"), doubt.to.as_deref().unwrap_or("an erased reader"));
        let _ = write!(text, "  {}  in doubt since {since}  to {to}", doubt.delivery.0);
        if let Some(id) = &doubt.message_id {
            let _ = write!(text, "  <{id}>");
        }
        if let Some(why) = &doubt.why {
            let _ = write!(text, "\n      {why}");
        }
        text.push('\n');
    }
    text
}

fn short(account: &Account) -> String {
    format!("{}\t{}\t{}\t{}\n", account.name, account.state, account.audience, counts(account, " "))
}

fn object(account: &Account) -> serde_json::Value {
    let states: serde_json::Map<String, serde_json::Value> =
        account.states.iter().map(|(state, count)| (state.word().to_owned(), json!(count))).collect();
    let doubts: Vec<_> = account
        .doubts
        .iter()
        .map(|doubt| {
            json!({
                "number": doubt.delivery.0, "to": doubt.to, "since": doubt.since.to_string(), "message_id": doubt.message_id, "why": doubt.why,
            })
        })
        .collect();
    json!({
        "issue": account.name, "state": account.state.word(), "readers": account.audience, "begun": account.started.to_string(),
        "deliveries": states, "in_doubt": doubts,
    })
}
