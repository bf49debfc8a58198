//! `letterpress issue pause`, `resume`, and what `reopen` and `cancel` owe to readers who have the issue already.

use std::io;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::machine;
use crate::cli::send_words::thousands;
use crate::cli::terminal::Terminal;
use crate::diagnostic::report::Diagnostic;
use crate::workflow::deliveries;
use crate::workflow::deliveries::Sending;
use crate::workflow::failure::Failure;
use crate::workflow::unknown;

/// Pause the sending of an issue: letters that are leaving still do, no other is begun
#[derive(Debug, Args)]
pub(in crate::cli) struct PauseVerb {
    /// The issue
    #[arg(value_name = "ISSUE")]
    issue: String,
}

/// Resume the sending of an issue that was paused; `letterpress send` goes on with it
///
/// Letters that were refused are tried once more: also of an issue that is sent, once what they were refused for is mended.
#[derive(Debug, Args)]
pub(in crate::cli) struct ResumeVerb {
    /// The issue
    #[arg(value_name = "ISSUE")]
    issue: String,
}

impl PauseVerb {
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let (machine, now) = (machine::machine(), global.clock().timestamp());
        let stands = global.site().and_then(|root| deliveries::pause(&root, &machine, &self.issue, now));
        told(&self.issue, stands.map(|state| (state, None)), terminal)
    }
}

impl ResumeVerb {
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let (machine, now) = (machine::machine(), global.clock().timestamp());
        let stands = global.site().and_then(|root| deliveries::resume(&root, &machine, &self.issue, now));
        told(&self.issue, stands.map(|(state, again)| (state, Some(again))), terminal)
    }
}

/// Prints where an issue stands; and, where it was resumed, how many letters are tried once more.
fn told(issue: &str, stands: Result<(Sending, Option<u64>), Failure>, terminal: &Terminal) -> io::Result<ExitCode> {
    match stands {
        Ok((state, again)) if terminal.format() == Format::Json => {
            let mut object = json!({ "issue": issue, "state": state.word() });
            if let Some(again) = again {
                object["again"] = json!(again);
            }
            terminal.object(&object)?;
            Ok(ExitCode::SUCCESS)
        }
        Ok((state, again)) => {
            terminal.data(&format!("{issue}: {state}\n"))?;
            if let Some(again @ 1..) = again {
                let letters = if again == 1 {
                    "One letter that was refused is".to_owned()
                } else {
                    format!("{} letters that were refused are", thousands(again))
                };
                terminal.note(&format!("{letters} tried once more by the next `letterpress send`."));
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(failure) => Ok(terminal.failure(failure, None)),
    }
}

/// Whether an issue can be taken back: nobody has it yet. Else says why not.
pub(in crate::cli) fn refuses_reopening(issue: &str, global: &Global, terminal: &Terminal) -> Option<ExitCode> {
    match begun(issue, global, terminal) {
        Ok(true) => {
            let message = format!("the issue {issue} is being sent or was: readers have it as it is");
            let hint = format!(
                "to stop what has not left yet: letterpress issue cancel {issue}; to correct something, write about it in the next one"
            );
            let failure = Failure::Mistakes(Diagnostic::error("already-sent", message).hint(hint).into());
            Some(terminal.failure(failure, None))
        }
        Ok(false) => None,
        Err(code) => Some(code),
    }
}

/// Cancels the sending of an issue that was begun; `None` where it was not, and only its files have to say so.
pub(in crate::cli) fn cancel(issue: &str, global: &Global, terminal: &Terminal) -> Option<ExitCode> {
    match begun(issue, global, terminal) {
        Ok(false) => return None,
        Ok(true) => {}
        Err(code) => return Some(code),
    }
    let (machine, now) = (machine::machine(), global.clock().timestamp());
    Some(match global.site().and_then(|root| deliveries::cancel(&root, &machine, issue, now)) {
        Ok((readers, perhaps)) => {
            let have = if readers == 1 { "1 reader has".to_owned() } else { format!("{readers} readers have") };
            let perhaps = match perhaps {
                0 => String::new(),
                _ => format!(" {perhaps} may have it: letterpress deliveries {issue}."),
            };
            terminal.note(&format!("{have} it, and its page stays for them.{perhaps} Nobody else gets it."));
            ExitCode::SUCCESS
        }
        Err(failure) => terminal.failure(failure, None),
    })
}

fn begun(issue: &str, global: &Global, terminal: &Terminal) -> Result<bool, ExitCode> {
    match global.site().and_then(|root| deliveries::is_begun(&root, &machine::machine(), issue)) {
        Ok(Some(true)) => Ok(true),
        Ok(Some(false)) => {
            let looked = global.site().and_then(|root| unknown::of(&root, &machine::machine(), issue, &global.clock()));
            match looked {
                Ok(None) => Ok(false),
                Ok(Some(unknown)) => {
                    Err(terminal.failure(Failure::Mistakes(unknown::diagnostic(&unknown).into()), None))
                }
                Err(failure) => Err(terminal.failure(failure, None)),
            }
        }
        Ok(None) => {
            terminal.note("The list is not on this machine, so nobody looked whether something of it was sent.");
            Ok(false)
        }
        Err(failure) => Err(terminal.failure(failure, None)),
    }
}
