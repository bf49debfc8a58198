//! `letterpress subscribers export`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::ValueHint;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::subscribers;
use crate::cli::terminal;
use crate::cli::terminal::Terminal;
use crate::workflow::subscribers::export;
use crate::workflow::subscribers::export::Exported;

/// Write the whole list as CSV
///
/// Complete: every subscription with its status, name, tags and consent, and every suppressed address. `subscribers import` reads it back to the same list. A file is for you
/// alone (mode 0600), and there whole or not at all.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress subscribers export readers.csv
  letterpress subscribers export | gpg --encrypt --recipient me > readers.csv.gpg")]
pub(in crate::cli) struct Export {
    /// The file; without it, or with `-`, standard output
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
}

impl Export {
    /// Writes the list.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let file = self.file.as_deref().filter(|file| file.as_os_str() != "-");
        let exported = global.site().and_then(|root| {
            let list = subscribers::database(global)?;
            match file {
                Some(file) => export::to_file(&root, &list, file).map(Ok),
                None => export::to_stream(&list, &mut terminal.stream()),
            }
        });
        let Exported { rows, erased } = match exported {
            Ok(exported) => exported?,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        let count = usize::try_from(rows).unwrap_or(usize::MAX);
        let sentence = format!("Exported {}", terminal::count(count, "row"));
        match (file, terminal.format()) {
            (Some(file), Format::Json) => {
                terminal.object(&json!({ "file": file.display().to_string(), "rows": rows, "erased": erased }))?;
            }
            (Some(_), _) if terminal.is_quiet() => {}
            (Some(file), _) => terminal.data(&format!("{sentence} to {}\n", file.display()))?,
            (None, _) => terminal.note(&sentence),
        }
        if erased > 0 {
            let count = usize::try_from(erased).unwrap_or(usize::MAX);
            terminal.note(&format!(
                "Not in it: {} that asked to be erased; the database keeps a hash of each, see `letterpress store backup`.",
                terminal::count(count, "reader")
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}
