//! `letterpress subscribers forget`.

use std::io;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::subscribers;
use crate::cli::terminal;
use crate::cli::terminal::Terminal;
use crate::diagnostic::report::Diagnostic;
use crate::value::address;
use crate::workflow::subscribers::forget;

/// Erase a reader for good (GDPR, article 17)
///
/// The address is gone from the list, the ledger and the files of the database; a keyed hash stays, so that neither an import nor a backup that is restored later brings it back.
/// Backups made before still hold it: keep none longer than you have promised.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress subscribers forget jane@example.com
  letterpress subscribers forget jane@example.com --yes")]
pub(in crate::cli) struct Forget {
    /// The reader's address
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Forget {
    /// Erases the reader.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let list = match subscribers::open(global) {
            Ok(list) => list,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        let whom = address::mask(&self.address);
        if let Some(refused) = terminal.agree(self.yes, &format!("Erase {whom} for good?"))? {
            return Ok(refused);
        }
        let forgotten = match forget::forget(&list, &self.address, global.clock().timestamp()) {
            Ok(forgotten) => forgotten,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        match terminal.format() {
            Format::Json => terminal.object(&json!({ "erased": forgotten.was_known }))?,
            _ if terminal.is_quiet() => {}
            _ if forgotten.was_known => terminal.data(&format!("{whom} is erased\n"))?,
            _ => terminal.data(&format!("{whom} was not on the list, and is kept away from it\n"))?,
        }
        for copy in &forgotten.copies {
            let message = format!("{} may still have the address: a restore kept it", terminal::near(copy));
            terminal.report(Diagnostic::warning("old-copy", message).hint("delete it, if all is well").into());
        }
        Ok(ExitCode::SUCCESS)
    }
}
