//! `letterpress subscribers suppress`.

use std::io;
use std::process::ExitCode;

use clap::Args;
use clap::ValueEnum;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::subscribers;
use crate::cli::terminal::Terminal;
use crate::value::address;
use crate::workflow::subscribers::suppress;

/// Send nothing to an address any more
///
/// From no newsletter, whatever its subscriptions say, and no import changes that. `--lift` is the way back, for when the reader asks for it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress subscribers suppress jane@example.com
  letterpress subscribers suppress jane@example.com --reason complaint
  letterpress subscribers suppress jane@example.com --lift")]
pub(in crate::cli) struct Suppress {
    /// The address; it need not be on the list
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// Why; the graver reason stays
    #[arg(long, value_name = "REASON", value_enum, default_value_t = Reason::Manual, conflicts_with = "lift")]
    reason: Reason,

    /// Let it be written to again; subscriptions are as they were
    #[arg(long)]
    lift: bool,
}

/// Why nothing is sent to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Reason {
    /// The mailbox does not exist
    Bounce,
    /// The reader called a mail spam
    Complaint,
    /// Any other
    Manual,
}

impl Reason {
    fn word(self) -> &'static str {
        match self {
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
            Self::Manual => "manual",
        }
    }
}

impl Suppress {
    /// Suppresses the address, or lifts that.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let now = global.clock().timestamp();
        let done = subscribers::open(global).and_then(|list| {
            if self.lift {
                return suppress::lift(&list, &self.address);
            }
            suppress::suppress(&list, &self.address, self.reason.word(), now).map(Some)
        });
        let reason = match done {
            Ok(reason) => reason,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        let whom = address::mask(&self.address);
        let sentence = match (self.lift, reason) {
            (false, reason) => format!("{whom} is suppressed ({})", reason.unwrap_or_default()),
            (true, Some(reason)) => format!("{whom} is no longer suppressed ({reason})"),
            (true, None) => format!("{whom} was not suppressed"),
        };
        match terminal.format() {
            Format::Json if self.lift => terminal.object(&json!({ "lifted": reason }))?,
            Format::Json => terminal.object(&json!({ "suppressed": reason }))?,
            _ if terminal.is_quiet() => {}
            _ => terminal.data(&format!("{sentence}\n"))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
