//! `letterpress daemon`.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use clap::ValueHint;
use jiff::SignedDuration;
use serde_json::Value;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::machine;
use crate::cli::send_words;
use crate::cli::terminal::Terminal;
use crate::value::clock::Clock;
use crate::workflow::daemon;
use crate::workflow::daemon::Request;
use crate::workflow::daemon::Teller;
use crate::workflow::daemon::Told;
use crate::workflow::deliver;
use crate::workflow::subscribe::Now;

/// Run the newsletter's service
///
/// Answers the subscribe form and the links in mails, and mails confirmations and other notices. It listens where `listen` in site.toml says, for a web server in front of it; readers
/// reach it at `endpoint`. Ctrl-C or SIGTERM ends it in order: requests and letters under way are finished.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress daemon                           serve, and mail through [[smtp]]
  letterpress daemon --mail-to-dir letters     try it out: mails become files that a mail program opens")]
pub(in crate::cli) struct Daemon {
    /// The address and port to listen on, instead of `listen` in site.toml
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,

    /// Write letters into this folder as .eml files instead of mailing them
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    mail_to_dir: Option<PathBuf>,
}

impl Daemon {
    /// Serves until it is told to end.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let root = match global.site() {
            Ok(root) => root,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        let request = Request {
            root,
            machine: &machine::machine(),
            now: now(global),
            mail_to: self.mail_to_dir.clone(),
            listen: self.listen,
        };
        match daemon::run(&request, Arc::new(Voice(terminal.clone()))) {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(failure) => Ok(terminal.failure(failure, None)),
        }
    }
}

/// The clock; with `--now` one that runs on from there.
pub(in crate::cli) fn now(global: &Global) -> Now {
    let Some(start) = &global.now else { return Arc::new(|| Clock::system().timestamp()) };
    let (start, begun) = (start.timestamp(), Instant::now());
    Arc::new(move || {
        let since = SignedDuration::try_from(begun.elapsed()).unwrap_or_default();
        start.saturating_add(since).unwrap_or(start)
    })
}

/// Says what happens: lines for people and logs, objects for programs.
struct Voice(Terminal);

impl Voice {
    fn object(&self, value: &Value) {
        // Whoever closed stdout does not want to know.
        let _ = self.0.object(value);
    }
}

impl Teller for Voice {
    fn tell(&self, told: Told<'_>) {
        let terminal = &self.0;
        let is_json = terminal.format() == Format::Json;
        match told {
            Told::Ready { url, listen, post } if is_json => {
                self.object(&json!({ "url": url, "listen": listen.to_string(), "letters": post }));
            }
            Told::Ready { url, listen, post } => {
                let text = format!("Serving {url} on {listen}; letters go to {post}  (Ctrl-C ends it)\n");
                let _ = terminal.data(&text);
            }
            Told::Report(report) => terminal.report(report),
            Told::Delivery(told) => self.delivery(told, is_json),
            Told::Trouble(text) => terminal.trouble(text),
            Told::Ending => terminal.note("Ending: requests and letters under way are finished first."),
            Told::Unfinished => {
                terminal.trouble("a letter was still under way; it is sent again after the next start");
            }
        }
    }
}

impl Voice {
    fn delivery(&self, told: deliver::Told<'_>, is_json: bool) {
        let terminal = &self.0;
        match told {
            deliver::Told::Settled { notice, to, state, why, .. } if is_json => {
                let notice = notice.map(|kind| kind.word());
                self.object(&json!({ "notice": notice, "to": to, "state": state.word(), "reply": why }));
            }
            deliver::Told::Settled { notice, to, state, why, .. } => {
                let what = notice.map_or("issue", |kind| kind.word());
                terminal.note(format!("{what} to {to}: {state} {why}").trim_end());
            }
            deliver::Told::Down { server, why, seconds } => {
                terminal
                    .trouble(&format!("{server} cannot be used: {why}. Tried again in {seconds} s; nothing is lost"));
            }
            deliver::Told::Up { server } => terminal.note(&format!("{server} takes mail again")),
            deliver::Told::Refused { server, why, is_last } => {
                terminal.trouble(&send_words::refused(server, why, is_last))
            }
            deliver::Told::Trouble(text) => terminal.trouble(text),
        }
    }
}
