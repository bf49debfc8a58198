//! `letterpress subscribers add`.

use std::io;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::subscribers;
use crate::cli::terminal::Terminal;
use crate::value::address;
use crate::workflow::subscribers::add;
use crate::workflow::subscribers::add::Added;
use crate::workflow::subscribers::add::Request;

/// Add a reader by hand
///
/// A mail asks the reader to confirm, as if they had filled in the form themselves: `letterpress daemon` sends it. Where they have agreed elsewhere, `--agreed` says
/// where, for the ledger of consents, and they are confirmed at once. Who has unsubscribed can only come back by that mail.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress subscribers add jane@example.com
  letterpress subscribers add jane@example.com --agreed \"signed the list at the fair, 3 May\" --tag fair
  letterpress subscribers add jane@example.com --newsletter digest --name \"Jane Brown\"")]
pub(in crate::cli) struct Add {
    /// The reader's address
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// The newsletter, instead of the first one in site.toml
    #[arg(long, value_name = "ID")]
    newsletter: Option<String>,

    /// The reader's name
    #[arg(long)]
    name: Option<String>,

    /// A tag; may be repeated
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,

    /// Where and to what the reader has agreed, in words: confirm them at once
    #[arg(long, value_name = "WORDS")]
    agreed: Option<String>,
}

impl Add {
    /// Adds the reader.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let request = Request {
            address: self.address.clone(),
            newsletter: self.newsletter.clone(),
            name: self.name.clone(),
            tags: self.tags.clone(),
            agreed: self.agreed.clone(),
        };
        let added = subscribers::open(global).and_then(|list| add::add(&list, &request, global.clock().timestamp()));
        let added = match added {
            Ok(added) => added,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        let whom = address::mask(&self.address);
        let (word, sentence) = match added {
            Added::Asked => ("asked", format!("{whom} is asked by mail, as soon as `letterpress daemon` runs")),
            Added::Confirmed => ("confirmed", format!("{whom} is confirmed")),
            Added::Already { paused: false } => ("already", format!("{whom} was confirmed already")),
            Added::Already { paused: true } => ("paused", format!("{whom} has confirmed, and asked for a rest")),
        };
        match terminal.format() {
            Format::Json => terminal.object(&json!({ "outcome": word }))?,
            _ if terminal.is_quiet() => {}
            _ => terminal.data(&format!("{sentence}\n"))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
