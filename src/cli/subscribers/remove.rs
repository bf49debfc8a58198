//! `letterpress subscribers remove`.

use std::io;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::subscribers;
use crate::cli::terminal::Terminal;
use crate::value::address;
use crate::workflow::subscribers::remove;

/// Unsubscribe a reader
///
/// From one newsletter or from all of them. The row stays, as `unsubscribed`, so that no import brings the reader back. To have the address erased: `subscribers forget`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress subscribers remove jane@example.com
  letterpress subscribers remove jane@example.com --newsletter digest")]
pub(in crate::cli) struct Remove {
    /// The reader's address
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// Only this newsletter, instead of all
    #[arg(long, value_name = "ID")]
    newsletter: Option<String>,
}

impl Remove {
    /// Unsubscribes the reader.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let now = global.clock().timestamp();
        let removed = subscribers::open(global)
            .and_then(|list| remove::remove(&list, &self.address, self.newsletter.as_deref(), now));
        let removed = match removed {
            Ok(removed) => removed,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        let whom = address::mask(&self.address);
        match terminal.format() {
            Format::Json => terminal.object(&json!({ "newsletters": removed }))?,
            _ if terminal.is_quiet() => {}
            _ if removed.is_empty() => terminal.data(&format!("{whom} was not subscribed any more\n"))?,
            _ => terminal.data(&format!("{whom} is unsubscribed from {}\n", removed.join(", ")))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
