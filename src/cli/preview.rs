//! `letterpress preview`.

use std::io;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::terminal;
use crate::cli::terminal::Terminal;
use crate::config::site::Overrides;
use crate::diagnostic::report::Diagnostic;
use crate::workflow::failure::Failure;
use crate::workflow::preview;
use crate::workflow::preview::Request;
use crate::workflow::preview::Teller;
use crate::workflow::preview::Told;

/// How often the folders are looked through with --poll.
const POLL: Duration = Duration::from_secs(1);
/// Files that one line names.
const NAMED: usize = 3;

/// Show the site on this machine while you write
///
/// Every save is on the screen at once, in place: the page keeps its scroll position and whatever you had opened or typed. Drafts and posts of the future are shown and
/// marked. A mistake lies over the last good page until it is mended. Nothing is written to public/.
///
/// /_letterpress/ lists all posts by state, warnings, feeds, and what was rebuilt; it leads to the pages and mails of the newsletter.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress preview --open               begin writing
  letterpress preview --follow             the browser goes to the page that you save
  letterpress preview --bind 0.0.0.0 --host laptop.local
                                           look at it from a phone in the same network")]
pub(in crate::cli) struct Preview {
    /// Open the site in the browser
    #[arg(long)]
    open: bool,

    /// Go to the page that was saved, in every tab
    #[arg(long)]
    follow: bool,

    /// The port; if it is taken, the next free one
    #[arg(long, short, value_name = "PORT", default_value_t = 3000)]
    port: u16,

    /// The address to listen on; every other one than 127.0.0.1 lets others in the network look
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,

    /// A further host name to answer for, beside localhost and the address (may be given several times)
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,

    /// Show only what readers would see now: no drafts, nothing of the future
    #[arg(long)]
    published: bool,

    /// The theme, instead of `theme` in site.toml
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,

    /// What opens a file from a mistake: code, codium, cursor, zed, idea, sublime, mate, emacs, none, or an address with {file}, {line} and {column}
    #[arg(long, value_name = "EDITOR", env = "LETTERPRESS_EDITOR")]
    editor: Option<String>,

    /// Look for changes every second instead of being told of them, where a network folder does not tell
    #[arg(long)]
    poll: bool,
}

impl Preview {
    /// Serves the site until Ctrl-C.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let root = match global.site() {
            Ok(root) => root,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        let mut request = Request {
            root,
            overrides: Overrides { theme: self.theme.clone(), ..Overrides::default() },
            visibility: Default::default(),
            clock: global.now.clone(),
            address: self.bind,
            port: self.port,
            hosts: self.host.clone(),
            follow: self.follow,
            editor: editor(self.editor.as_deref()),
            polling: self.poll.then_some(POLL),
        };
        (request.visibility.drafts, request.visibility.future) = (!self.published, !self.published);
        let voice = Arc::new(Voice { terminal: terminal.clone(), open: self.open });
        match preview::preview(&request, voice) {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(error) => {
                let diagnostic = Diagnostic::error("no-preview", error.to_string());
                Ok(terminal.failure(Failure::Mistakes(diagnostic.into()), None))
            }
        }
    }
}

/// Says what happens.
struct Voice {
    terminal: Terminal,
    open: bool,
}

impl Teller for Voice {
    fn tell(&self, told: Told<'_>) {
        let terminal = &self.terminal;
        let is_json = terminal.format() == Format::Json;
        match told {
            Told::Ready { url, wanted } => {
                if let Some(wanted) = wanted {
                    terminal.note(&format!("Port {wanted} is taken, so this is another one."));
                }
                // Whoever closed stdout does not want to know.
                let _ = if is_json {
                    terminal.object(&json!({ "url": url }))
                } else {
                    terminal.data(&format!("Preview at {url}  (Ctrl-C ends it)\n"))
                };
                if self.open && open::that_detached(url).is_err() {
                    terminal.note("No browser could be opened: open the address yourself.");
                }
            }
            Told::Rebuilt { files, took, pages } if is_json => {
                let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                let _ = terminal.object(&json!({ "rebuilt": files, "milliseconds": milliseconds, "pages": pages }));
            }
            Told::Rebuilt { files: [], .. } => {}
            Told::Rebuilt { files, took, .. } => {
                terminal.note(&format!("{}: {} ms", named(files), took.as_millis()));
            }
            Told::Mistakes(report) => {
                let (errors, warnings) = report.counts();
                terminal.report(report);
                if errors > 0 {
                    terminal
                        .note(&format!("{}; what was last right is still shown", terminal::counts((errors, warnings))));
                }
            }
            Told::Warnings(report) => terminal.report(report),
            Told::Well => terminal.note("All mistakes are mended."),
            Told::Note(text) => terminal.note(text),
        }
    }
}

/// `content/posts/a.md, content/posts/b.md and 37 more`.
fn named(files: &[String]) -> String {
    let mut named: Vec<&str> = files.iter().take(NAMED).map(String::as_str).collect();
    let more = files.len().saturating_sub(NAMED);
    let last = if more > 0 { Some(format!("{more} more")) } else { None };
    if let Some(last) = &last {
        return format!("{} and {last}", named.join(", "));
    }
    match (named.pop(), named.is_empty()) {
        (Some(last), false) => format!("{} and {last}", named.join(", ")),
        (last, _) => last.unwrap_or_default().to_owned(),
    }
}

/// Editors that answer to addresses of their own.
const EDITORS: [(&str, &str); 9] = [
    ("code", "vscode://file{file}:{line}:{column}"),
    ("codium", "vscodium://file{file}:{line}:{column}"),
    ("cursor", "cursor://file{file}:{line}:{column}"),
    ("emacs", "org-protocol://open-file?file={file}&line={line}&column={column}"),
    ("idea", "idea://open?file={file}&line={line}&column={column}"),
    ("mate", "txmt://open?url=file://{file}&line={line}&column={column}"),
    ("sublime", "subl://open?url=file://{file}&line={line}&column={column}"),
    ("subl", "subl://open?url=file://{file}&line={line}&column={column}"),
    ("zed", "zed://file{file}:{line}:{column}"),
];

/// The address by which a file is opened: what was asked for, else what the environment says of the editor, else that of the most frequent one.
#[allow(clippy::disallowed_methods, reason = "cli is the layer that reads the environment")]
fn editor(asked: Option<&str>) -> Option<String> {
    let by_name =
        |name: &str| EDITORS.iter().find(|(known, _)| *known == name).map(|(_, address)| (*address).to_owned());
    match asked {
        Some("none") => None,
        Some(address) if address.contains("{file}") => Some(address.to_owned()),
        Some(name) => by_name(name),
        None => {
            let set = ["VISUAL", "EDITOR", "TERM_PROGRAM"].into_iter().filter_map(|name| std::env::var(name).ok());
            let known = set.filter_map(|command| {
                let program = command.split_whitespace().next()?.rsplit(['/', '\\']).next()?.to_lowercase();
                by_name(if program == "vscode" { "code" } else { &program })
            });
            known.into_iter().next().or_else(|| by_name("code"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_a_few_files() {
        let files = |count: usize| (1..=count).map(|n| format!("{n}.md")).collect::<Vec<_>>();
        assert_eq!(named(&files(1)), "1.md");
        assert_eq!(named(&files(2)), "1.md and 2.md");
        assert_eq!(named(&files(3)), "1.md, 2.md and 3.md");
        assert_eq!(named(&files(40)), "1.md, 2.md, 3.md and 37 more");
    }

    #[test]
    fn editors_by_name_and_by_address() {
        assert_eq!(editor(Some("zed")).as_deref(), Some("zed://file{file}:{line}:{column}"));
        assert_eq!(editor(Some("x://{file}")).as_deref(), Some("x://{file}"));
        assert_eq!((editor(Some("none")), editor(Some("ed"))), (None, None));
    }
}
