//! `letterpress deliveries`.

use std::io;
use std::ops::ControlFlow;
use std::process::ExitCode;

use clap::Args;
use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;

use crate::cli::args::Global;
use crate::cli::deliveries_words;
use crate::cli::machine;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::count;
use crate::workflow::accounts;
use crate::workflow::accounts::Line;
use crate::workflow::accounts::Wanted;
use crate::workflow::deliveries;
use crate::workflow::deliveries::Answer;
use crate::workflow::deliveries::DeliveryState;
use crate::workflow::deliveries::Resolved;
use crate::workflow::deliveries::Settled;
use crate::workflow::failure::Failure;

/// Deliveries that are printed at a time: an issue may have many.
const LINES: usize = 1000;

/// Show what became of each issue's letters, and settle those in doubt
///
/// A letter is in doubt when its last octet had left and the server's answer was lost: nobody but the server knows whether it has it. Nothing is sent twice by guessing. Look for the
/// Message-ID in the server's log, then say what is true: `deliveries resolve`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress deliveries                                  all issues, the latest first
  letterpress deliveries 2026-11-15                       and what servers said
  letterpress deliveries 2026-11-15 --state rejected      each of these, with the reply
  letterpress deliveries 2026-11-15 --state sent --limit 0 --format json
  letterpress deliveries resolve --assume-sent 1041       the server has it
  letterpress deliveries resolve --resend --all           better twice than never")]
pub(in crate::cli) struct Deliveries {
    #[command(subcommand)]
    verb: Option<Verb>,

    /// The issue, as [NEWSLETTER/]DAY; otherwise all
    #[arg(value_name = "ISSUE")]
    issue: Option<String>,

    /// List each of the issue's deliveries in these states, with Message-ID, token and reply
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',', value_parser = states(), requires = "issue")]
    states: Vec<DeliveryState>,

    /// Show addresses whole
    #[arg(long)]
    addresses: bool,

    /// With --state: at most so many, 0 for all
    #[arg(long, value_name = "N", default_value_t = 100, requires = "states")]
    limit: u64,
}

/// The words of the states, as `deliveries` itself prints them.
fn states() -> impl TypedValueParser<Value = DeliveryState> {
    let words = PossibleValuesParser::new(DeliveryState::ALL.map(DeliveryState::word));
    words.try_map(|word| DeliveryState::parse(&word).ok_or("no state"))
}

#[derive(Debug, Subcommand)]
enum Verb {
    Resolve(Resolve),
}

/// Settle letters in doubt, or an issue of which the list does not know whether it was sent
///
/// That is asked after `store restore`, where nobody knows what left since the backup: such an issue is not sent before you have said what became of it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress deliveries resolve --assume-sent 1041
  letterpress deliveries resolve --resend --all
  letterpress deliveries resolve --assume-sent --all --issue 2026-11-15    readers have it
  letterpress deliveries resolve --resend --all --issue 2026-11-15         nobody has it: it is sent
  letterpress deliveries resolve --hold --all --issue 2026-11-15           some have it")]
#[command(group = clap::ArgGroup::new("how").required(true), group = clap::ArgGroup::new("which").required(true))]
struct Resolve {
    /// They did not arrive: sent once more by the next `letterpress send`
    #[arg(long, group = "how")]
    resend: bool,

    /// They arrived
    #[arg(long, group = "how")]
    assume_sent: bool,

    /// With --issue, of an issue that may have been sent before the list was restored: some may have it, so each reader is in doubt, to be settled one by one
    #[arg(long, group = "how", requires = "issue")]
    hold: bool,

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
        if let Some(issue) = self.issue.as_ref().filter(|_| !self.states.is_empty()) {
            return self.list(issue, global, terminal);
        }
        let machine = machine::machine();
        let found =
            global.site().and_then(|root| accounts::accounts(&root, &machine, self.issue.as_deref(), self.addresses));
        let accounts = match found {
            Ok(accounts) => accounts,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        for account in &accounts {
            terminal.data(&deliveries_words::account(account, terminal.format()))?;
        }
        let doubts: Vec<&Line> = accounts.iter().flat_map(|account| &account.doubts).collect();
        if accounts.is_empty() {
            terminal.note("No issue has been sent yet.");
        } else if let Some(advice) = deliveries_words::advice(&doubts) {
            terminal.note(advice);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn list(&self, issue: &str, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let limit = (self.limit > 0).then_some(self.limit);
        let wanted = Wanted { issue, states: &self.states, limit, has_addresses: self.addresses };
        let (machine, format) = (machine::machine(), terminal.format());
        let (mut lines, mut shown, mut printed) = (Vec::with_capacity(LINES), 0_u64, Ok(()));
        let print = |lines: &[Line]| {
            let text: String = lines.iter().map(|line| deliveries_words::line(line, format)).collect();
            terminal.data(&text)
        };
        let listed = global.site().and_then(|root| {
            accounts::list(&root, &machine, wanted, &mut |line| {
                lines.push(line);
                shown += 1;
                if lines.len() == LINES {
                    printed = print(&lines);
                    lines.clear();
                }
                if printed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        });
        printed?;
        let all = match listed {
            Ok(all) => all,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        print(&lines)?;
        if all == 0 {
            terminal.note("None.");
        } else if shown < all {
            terminal.note(&format!("These are {shown} of {all}; --limit 0 lists all."));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Resolve {
    fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let which = if self.all { Settled::All(self.issue.clone()) } else { Settled::These(self.numbers.clone()) };
        let machine = machine::machine();
        let answer = match (self.resend, self.hold) {
            (true, _) => Answer::NotSent,
            (_, true) => Answer::InDoubt,
            _ => Answer::Sent,
        };
        let settled: Result<Resolved, Failure> =
            global.site().and_then(|root| deliveries::resolve(&root, &machine, &which, answer, &global.clock()));
        match settled {
            Ok(Resolved::Issue(readers)) => {
                let issue = self.issue.as_deref().unwrap_or_default();
                let readers = count(usize::try_from(readers).unwrap_or(usize::MAX), "reader");
                terminal.note(&match answer {
                    Answer::NotSent => format!("{issue} was not sent: the next `letterpress send` mails it."),
                    Answer::Sent => format!("{issue} counts as sent to {readers}; nobody is mailed."),
                    Answer::InDoubt => format!("{issue}: {readers} in doubt. Look at `letterpress deliveries {issue}`, and settle each by its number."),
                });
                Ok(ExitCode::SUCCESS)
            }
            Ok(Resolved::Letters(0)) => {
                terminal.note("Nothing is in doubt.");
                Ok(ExitCode::SUCCESS)
            }
            Ok(Resolved::Letters(settled)) => {
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
