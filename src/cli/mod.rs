//! Arguments, terminal, environment, exit codes.

pub mod run;

mod args;
mod build;
mod check;
mod completions;
#[cfg(feature = "newsletter")]
mod daemon;
#[cfg(feature = "newsletter")]
mod deliveries;
#[cfg(feature = "newsletter")]
mod deliveries_words;
mod init;
mod issue;
#[cfg(feature = "newsletter")]
mod issue_approve;
#[cfg(feature = "newsletter")]
mod issue_sending;
mod list;
#[cfg(feature = "newsletter")]
mod machine;
mod man;
mod new;
#[cfg(feature = "preview")]
mod preview;
mod progress;
mod selection;
#[cfg(feature = "newsletter")]
mod send;
#[cfg(feature = "newsletter")]
mod send_verify;
#[cfg(feature = "newsletter")]
mod send_words;
#[cfg(feature = "newsletter")]
mod store;
#[cfg(feature = "newsletter")]
mod subscribers;
mod table;
mod terminal;
