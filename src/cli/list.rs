//! `letterpress list`.

use std::io;
use std::process::ExitCode;

use clap::Args;
use clap::ValueEnum;
use jiff::Zoned;
use jiff::civil::Time;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::table;
use crate::cli::terminal::Terminal;
use crate::workflow::list;
use crate::workflow::list::Change;
use crate::workflow::list::Entry;
use crate::workflow::list::Request;

/// Titles longer than this many cells are cut in the table; the other formats print them whole.
const TITLE: usize = 60;

/// List the posts and what state they are in
///
/// Newest first: state, date, title, file, and the newsletter's issues that it went into. A draft is marked as one; a scheduled post is dated in the future; an expired one was published until its `expires`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress list
  letterpress list --state draft
  letterpress list --format short | cut -f 4              only the files
  date -d \"$(letterpress list --next)\"                    when to build again")]
pub(in crate::cli) struct List {
    /// Only posts in this state
    #[arg(long, value_name = "STATE", value_enum)]
    state: Option<State>,

    /// Only posts of this collection
    #[arg(long, value_name = "ID")]
    collection: Option<String>,

    /// Instead, the time at which the site changes by itself: the next scheduled post or approved issue appears, or a post expires
    #[arg(long, conflicts_with_all = ["state", "collection"])]
    next: bool,
}

/// The states of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum State {
    /// Marked `draft = true`
    Draft,
    /// Dated in the future
    Scheduled,
    /// Readers see it
    Published,
    /// Its `expires` is past
    Expired,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Published => "published",
            Self::Expired => "expired",
        }
    }
}

impl List {
    /// Lists.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let listing = global.site().and_then(|root| {
            let state = self.state.map(State::word);
            list::list(&Request { root, state, collection: self.collection.clone(), clock: global.clock() })
        });
        let listing = match listing {
            Ok(listing) => listing,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        if self.next {
            print_next(listing.next.as_ref(), terminal)?;
        } else {
            terminal.data(&render(&listing.entries, terminal.format()))?;
            if listing.entries.is_empty() {
                let is_filtered = self.state.is_some() || self.collection.is_some();
                let advice =
                    if is_filtered { "No such posts." } else { "No posts yet: `letterpress new TITLE` begins one." };
                terminal.note(advice);
            }
        }
        if listing.report.has_errors() {
            return Ok(terminal.failure(listing.report.into(), Some("posts may be missing from the list")));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn render(entries: &[Entry], format: Format) -> String {
    match format {
        Format::Human => {
            let rows: Vec<[String; 5]> = entries.iter().map(row).collect();
            table::aligned(&rows)
        }
        Format::Short => entries.iter().map(short).collect(),
        Format::Json => entries.iter().map(|entry| format!("{}\n", object(entry))).collect(),
    }
}

fn row(entry: &Entry) -> [String; 5] {
    [
        entry.state.to_owned(),
        entry.date.as_ref().map_or_else(String::new, day_and_time),
        table::clipped(&table::plain(&entry.title), TITLE),
        entry.path.clone(),
        entry.issues.join(", "),
    ]
}

fn short(entry: &Entry) -> String {
    let date = entry.date.as_ref().map_or_else(String::new, rfc3339);
    let mut line = format!("{}\t{date}\t{}\t{}", entry.state, table::plain(&entry.title), table::plain(&entry.path));
    if !entry.issues.is_empty() {
        line.push('\t');
        line.push_str(&entry.issues.join(","));
    }
    line.push('\n');
    line
}

fn object(entry: &Entry) -> serde_json::Value {
    json!({
        "state": entry.state,
        "date": entry.date.as_ref().map(rfc3339),
        "title": entry.title,
        "path": entry.path,
        "url": entry.url,
        "id": entry.id,
        "collection": entry.collection,
        "expires": entry.expires.as_ref().map(rfc3339),
        "issues": entry.issues,
    })
}

fn print_next(next: Option<&Change>, terminal: &Terminal) -> io::Result<()> {
    let Some(change) = next else {
        if terminal.format() == Format::Json {
            terminal.object(&json!({ "next": null, "appear": [], "go": [] }))?;
        }
        terminal.note("Nothing is scheduled: the site stays as it is.");
        return Ok(());
    };
    if terminal.format() == Format::Json {
        return terminal.object(&json!({ "next": rfc3339(&change.at), "appear": change.appear, "go": change.go }));
    }
    terminal.data(&format!("{}\n", rfc3339(&change.at)))?;
    for title in &change.appear {
        terminal.note(&format!("“{}” appears", table::plain(title)));
    }
    for title in &change.go {
        terminal.note(&format!("“{}” goes", table::plain(title)));
    }
    Ok(())
}

/// Midnight is what a date without a time means, so it is not said.
fn day_and_time(moment: &Zoned) -> String {
    let format = if moment.time() == Time::midnight() { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" };
    moment.strftime(format).to_string()
}

fn rfc3339(moment: &Zoned) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
