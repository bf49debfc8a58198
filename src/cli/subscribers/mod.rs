//! `letterpress subscribers`: the list of readers.

mod add;
mod export;
mod forget;
mod import;
mod list;
mod remove;
mod stats;
mod suppress;

use std::io;
use std::process::ExitCode;

use clap::Args;
use clap::Subcommand;

use crate::cli::args::Global;
use crate::cli::machine;
use crate::cli::subscribers::add::Add;
use crate::cli::subscribers::export::Export;
use crate::cli::subscribers::forget::Forget;
use crate::cli::subscribers::import::Import;
use crate::cli::subscribers::list::List;
use crate::cli::subscribers::remove::Remove;
use crate::cli::subscribers::stats::Stats;
use crate::cli::subscribers::suppress::Suppress;
use crate::cli::terminal::Terminal;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter;
use crate::workflow::newsletter::Database;

/// The list of readers: who gets the newsletter
///
/// Where the list is, `[store]` in site.toml says; without it, it is a file in your data folder, made on first use. `subscribers stats` tells where.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress subscribers import audience_export.zip
  letterpress subscribers list --status pending
  letterpress subscribers export readers.csv")]
pub(in crate::cli) struct Subscribers {
    #[command(subcommand)]
    command: Command,
}

/// What can be done with the list.
#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Add(Add),
    Import(Import),
    Export(Export),
    Remove(Remove),
    Suppress(Suppress),
    Forget(Forget),
    Stats(Stats),
}

impl Subscribers {
    /// Does it.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        match &self.command {
            Command::List(command) => command.run(global, terminal),
            Command::Add(command) => command.run(global, terminal),
            Command::Import(command) => command.run(global, terminal),
            Command::Export(command) => command.run(global, terminal),
            Command::Remove(command) => command.run(global, terminal),
            Command::Suppress(command) => command.run(global, terminal),
            Command::Forget(command) => command.run(global, terminal),
            Command::Stats(command) => command.run(global, terminal),
        }
    }
}

/// The list with its keys.
fn open(global: &Global) -> Result<newsletter::List, Failure> {
    newsletter::open(&global.site()?, &machine::machine(), global.clock().timestamp())
}

/// The list's database.
fn database(global: &Global) -> Result<Database, Failure> {
    newsletter::database(&global.site()?, &machine::machine())
}
