//! `letterpress issue`.

use std::io;
use std::process::ExitCode;

use clap::Args;
use clap::Subcommand;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
#[cfg(feature = "newsletter")]
use crate::cli::issue_approve::ApproveVerb;
#[cfg(feature = "newsletter")]
use crate::cli::issue_sending;
#[cfg(feature = "newsletter")]
use crate::cli::machine;
use crate::cli::table;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::count;
use crate::workflow::compose;
use crate::workflow::compose::Composed;
use crate::workflow::compose::composition::Composition;
#[cfg(feature = "newsletter")]
use crate::workflow::deliveries;
use crate::workflow::failure::Failure;
use crate::workflow::issue;
use crate::workflow::issue::Changed;
use crate::workflow::issue::Request;
use crate::workflow::issue::Shown;

/// Subjects longer than this many cells are cut in the table; the other formats print them whole.
const SUBJECT: usize = 60;

/// Make and tend the issues of a newsletter
///
/// An issue is a Markdown file, content/issues/NEWSLETTER/DAY/index.md. `compose` makes it of the posts that no earlier issue had; you edit it; `approve` freezes it, so that
/// it can be sent. ISSUE is its day, such as 2026-11-15, with the newsletter before it where the site has several: notes/2026-11-15.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress issue compose                 the next issue, or what has come to it since
  letterpress issue show                    all issues
  letterpress issue show 2026-11-15
  letterpress issue approve 2026-11-15      as it is now it will be sent
  letterpress issue cancel 2026-11-15       its posts wait for the next one")]
pub(in crate::cli) struct IssueCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Compose(ComposeVerb),
    Show(ShowVerb),
    #[cfg(feature = "newsletter")]
    Approve(ApproveVerb),
    Reopen(ReopenVerb),
    Cancel(CancelVerb),
    #[cfg(feature = "newsletter")]
    Pause(issue_sending::PauseVerb),
    #[cfg(feature = "newsletter")]
    Resume(issue_sending::ResumeVerb),
}

/// Compose the next issue, or add to its draft what was published since
///
/// Nothing that you wrote is lost, and no post that you took out comes back: it waits for the next issue. Prints the file's path.
#[derive(Debug, Args)]
struct ComposeVerb {
    /// The issue; otherwise the one that comes next
    #[arg(value_name = "ISSUE")]
    issue: Option<String>,

    /// The newsletter; otherwise the first in site.toml
    #[arg(long, value_name = "ID")]
    newsletter: Option<String>,

    /// Also with fewer posts than `min_posts`
    #[arg(long)]
    anyway: bool,
}

/// Show an issue, or list them all
#[derive(Debug, Args)]
struct ShowVerb {
    /// The issue; otherwise all are listed, the latest first
    #[arg(value_name = "ISSUE")]
    issue: Option<String>,

    /// Only those of this newsletter
    #[arg(long, value_name = "ID", conflicts_with = "issue")]
    newsletter: Option<String>,
}

/// Take an approval or a cancellation back, so that the issue can be edited again
#[derive(Debug, Args)]
struct ReopenVerb {
    /// The issue
    #[arg(value_name = "ISSUE")]
    issue: String,
}

/// Cancel an issue: it will not be sent, and its posts wait for the next one
///
/// Where each post is an issue of its own, the post of a cancelled one waits for nothing: it is mailed only if you take the cancellation back, or write its line into
/// another issue.
#[derive(Debug, Args)]
struct CancelVerb {
    /// The issue
    #[arg(value_name = "ISSUE")]
    issue: String,
}

impl IssueCommand {
    /// Does what is asked.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        match &self.verb {
            Verb::Compose(verb) => verb.run(global, terminal),
            Verb::Show(verb) => verb.run(global, terminal),
            #[cfg(feature = "newsletter")]
            Verb::Approve(verb) => verb.run(global, terminal),
            Verb::Reopen(verb) => {
                #[cfg(feature = "newsletter")]
                if let Some(code) = issue_sending::refuses_reopening(&verb.issue, global, terminal) {
                    return Ok(code);
                }
                let note = |_: &Changed| "A draft again: edit it, then approve it once more.".to_owned();
                changed(terminal, request(global, &verb.issue).and_then(|request| issue::reopen(&request)), note)
            }
            #[cfg(feature = "newsletter")]
            Verb::Pause(verb) => verb.run(global, terminal),
            #[cfg(feature = "newsletter")]
            Verb::Resume(verb) => verb.run(global, terminal),
            Verb::Cancel(verb) => {
                #[cfg(feature = "newsletter")]
                if let Some(code) = issue_sending::cancel(&verb.issue, global, terminal) {
                    return Ok(code);
                }
                changed(terminal, request(global, &verb.issue).and_then(|request| issue::cancel(&request)), cancelled)
            }
        }
    }
}

impl ComposeVerb {
    fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let composed = global.site().and_then(|root| {
            compose::compose(&compose::Request {
                root,
                newsletter: self.newsletter.clone(),
                issue: self.issue.clone(),
                anyway: self.anyway,
                clock: global.clock(),
            })
        });
        let Composed { compositions, report } = match composed {
            Ok(composed) => composed,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        terminal.report(report);
        for composition in &compositions {
            print(composition, terminal)?;
        }
        if compositions.is_empty() {
            terminal.note("Every post has its issue.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl ShowVerb {
    fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        if let Some(issue) = &self.issue {
            return match request(global, issue).and_then(|request| issue::show(&request)) {
                Ok(mut shown) => {
                    stand(global, std::slice::from_mut(&mut shown));
                    let text = match terminal.format() {
                        Format::Human | Format::Short => whole(&shown),
                        Format::Json => format!("{}\n", object(&shown, true)),
                    };
                    terminal.data(&text)?;
                    Ok(ExitCode::SUCCESS)
                }
                Err(failure) => Ok(terminal.failure(failure, None)),
            };
        }
        let issues = global.site().and_then(|root| issue::list(&root, self.newsletter.as_deref(), &global.clock()));
        let (mut issues, report) = match issues {
            Ok(found) => found,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        stand(global, &mut issues);
        terminal.data(&match terminal.format() {
            Format::Human => table::aligned(&issues.iter().map(row).collect::<Vec<_>>()),
            Format::Short => issues.iter().map(|issue| format!("{}\n", cells(issue).join("\t"))).collect(),
            Format::Json => issues.iter().map(|issue| format!("{}\n", object(issue, false))).collect(),
        })?;
        // What could be read is worth seeing, whatever else is wrong.
        if report.has_errors() {
            return Ok(terminal.failure(Failure::Mistakes(report), None));
        }
        if issues.is_empty() {
            terminal.note("No issues yet: `letterpress issue compose` makes the next one.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn request(global: &Global, issue: &str) -> Result<Request, Failure> {
    Ok(Request { root: global.site()?, issue: issue.to_owned(), clock: global.clock() })
}

fn changed(
    terminal: &Terminal,
    done: Result<Changed, Failure>,
    note: impl Fn(&Changed) -> String,
) -> io::Result<ExitCode> {
    let changed = match done {
        Ok(changed) => changed,
        Err(failure) => return Ok(terminal.failure(failure, None)),
    };
    match terminal.format() {
        Format::Json => terminal.object(&object(&changed.shown, false))?,
        Format::Human | Format::Short => terminal.data(&format!("{}\n", changed.shown.path))?,
    }
    terminal.note(&note(&changed));
    for file in &changed.left {
        terminal.note(&format!("{file} was not frozen by letterpress, and lies there still: take it away."));
    }
    Ok(ExitCode::SUCCESS)
}

fn cancelled(changed: &Changed) -> String {
    let posts = if changed.each_post {
        "Its post is mailed by no other issue, unless you write its line into one."
    } else {
        "Its posts wait for the next issue."
    };
    format!("{posts} Its text stays; to send it after all: letterpress issue reopen {}", changed.shown.name)
}

/// The path of what was composed, and what is worth knowing of it.
fn print(composition: &Composition, terminal: &Terminal) -> io::Result<()> {
    let path = format!("content/{}", composition.path());
    let exists = composition.text.is_some() || !composition.is_new;
    match terminal.format() {
        Format::Json => terminal.object(&json!({
            "issue": composition.name.to_string(),
            "path": exists.then_some(path),
            "new": composition.is_new && exists,
            "number": composition.number,
            "subject": composition.subject,
            "added": composition.added,
            "waiting": composition.waiting,
            "missing": composition.missing,
            "occurrence": composition.due.as_ref().map(|due| due.occurrence.to_string()),
        }))?,
        Format::Human | Format::Short if exists => terminal.data(&format!("{path}\n"))?,
        Format::Human | Format::Short => {}
    }
    for note in notes(composition, exists) {
        terminal.note(&note);
    }
    Ok(())
}

fn notes(composition: &Composition, exists: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let posts = count(composition.added.len(), "post");
    if !exists {
        let wanted = count(composition.missing, "post");
        notes.push(format!(
            "No issue: {posts} found, {wanted} missing from `min_posts`. What is there waits for the next one; --anyway composes it all the same."
        ));
        return notes;
    }
    if composition.is_new {
        notes.push(format!("No. {}, “{}”, with {posts}.", composition.number, table::plain(&composition.subject)));
    } else if composition.added.is_empty() {
        notes.push("Nothing has come to it.".to_owned());
    } else {
        notes.push(format!("{posts} added."));
    }
    if let Some(due) = composition.due.as_ref().filter(|due| !due.missed.is_empty()) {
        notes.push(format!("It stands for {} before it too, which had none.", count(due.missed.len(), "occurrence")));
    }
    if composition.waiting > 0 {
        let verb = if composition.waiting == 1 { "waits" } else { "wait" };
        notes.push(format!("It is full: {} {verb} for the next one.", count(composition.waiting, "post")));
    }
    notes
}

/// Looks into the ledger; where there is none, issues are as their files say.
#[cfg(feature = "newsletter")]
fn stand(global: &Global, issues: &mut [Shown]) {
    // A mistake in site.toml has been told of by now.
    let _ = global.site().and_then(|root| deliveries::stand(&root, &machine::machine(), issues));
}

#[cfg(not(feature = "newsletter"))]
fn stand(_: &Global, _: &mut [Shown]) {}

/// How far an issue is: of an approved one, how far its sending is. A draft that was sent has lost what was frozen.
fn state(issue: &Shown) -> String {
    match issue.sending {
        Some(sending) if issue.hash.is_some() => sending.to_owned(),
        Some(sending) => format!("{} ({sending})", issue.state),
        None => issue.state.to_owned(),
    }
}

fn cells(issue: &Shown) -> [String; 5] {
    [
        state(issue),
        issue.date.strftime("%Y-%m-%d %H:%M").to_string(),
        issue.name.clone(),
        issue.number.map_or_else(String::new, |number| number.to_string()),
        table::plain(&issue.subject),
    ]
}

fn row(issue: &Shown) -> [String; 5] {
    let mut cells = cells(issue);
    cells[4] = table::clipped(&cells[4], SUBJECT);
    cells
}

fn whole(issue: &Shown) -> String {
    let number = issue.number.map_or_else(String::new, |number| format!(", no. {number}"));
    let mut out = format!("{}{number}, {}\n", issue.name, state(issue));
    for (label, value) in [
        ("comes", issue.date.strftime("%Y-%m-%d %H:%M %Z").to_string()),
        ("subject", table::plain(&issue.subject)),
        ("preheader", table::plain(&issue.preheader)),
        ("page", issue.url.clone()),
        ("file", issue.path.clone()),
        ("hash", issue.hash.clone().unwrap_or_default()),
    ] {
        if !value.is_empty() {
            out += &format!("{label:<10}{value}\n");
        }
    }
    for (id, title, _) in &issue.posts {
        out += &format!("{:<10}{} ({})\n", "post", table::plain(title), table::plain(id));
    }
    out.push('\n');
    out += issue.text.trim_matches('\n');
    out.push('\n');
    out
}

pub(in crate::cli) fn object(issue: &Shown, with_text: bool) -> serde_json::Value {
    let posts: Vec<serde_json::Value> =
        issue.posts.iter().map(|(id, title, url)| json!({ "id": id, "title": title, "url": url })).collect();
    let mut object = json!({
        "issue": issue.name,
        "state": issue.state,
        "sending": issue.sending,
        "number": issue.number,
        "date": issue.date.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        "subject": issue.subject,
        "preheader": issue.preheader,
        "posts": posts,
        "url": issue.url,
        "path": issue.path,
        "hash": issue.hash,
    });
    if with_text {
        object["text"] = json!(issue.text);
    }
    object
}
