//! Arguments, terminal, environment, exit codes.

pub mod run;

mod args;
mod build;
mod check;
mod completions;
mod init;
mod issue;
mod list;
mod man;
mod new;
#[cfg(feature = "preview")]
mod preview;
mod progress;
mod selection;
mod table;
mod terminal;
