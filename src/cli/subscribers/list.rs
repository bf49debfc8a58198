//! `letterpress subscribers list`.

use std::io;
use std::ops::ControlFlow;
use std::process::ExitCode;

use clap::Args;
use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::subscribers;
use crate::cli::table;
use crate::cli::terminal::Terminal;
use crate::workflow::subscribers::list;
use crate::workflow::subscribers::list::Filter;
use crate::workflow::subscribers::list::Row;

/// Rows that are printed, and aligned, at a time: the list may be long.
const ROWS: usize = 1000;
/// Names and tags longer than this many cells are cut in the table.
const CELLS: usize = 30;

/// List who is on the list, one subscription a line
///
/// By address: newsletter, status, since when, name, tags. Suppressed addresses get nothing, whatever their status.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress subscribers list
  letterpress subscribers list --newsletter digest --status confirmed
  letterpress subscribers list --find @example.com
  letterpress subscribers list --format short | cut -f 1        only the addresses")]
pub(in crate::cli) struct List {
    /// Only subscriptions to this newsletter
    #[arg(long, value_name = "ID")]
    newsletter: Option<String>,

    /// Only subscriptions with this status
    #[arg(long, value_name = "STATUS", value_enum)]
    status: Option<Status>,

    /// Only addresses that are suppressed
    #[arg(long)]
    suppressed: bool,

    /// Only readers with this tag
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,

    /// Only addresses and names with this text in them
    #[arg(long, value_name = "TEXT")]
    find: Option<String>,
}

/// Where a reader stands with a newsletter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Status {
    /// Has asked and not yet confirmed
    Pending,
    /// Gets every issue
    Confirmed,
    /// Has asked for a rest
    Paused,
    /// Has left
    Unsubscribed,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Paused => "paused",
            Self::Unsubscribed => "unsubscribed",
        }
    }
}

impl List {
    /// Lists.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let filter = Filter {
            newsletter: self.newsletter.clone(),
            status: self.status.map(Status::word),
            suppressed: self.suppressed,
            tag: self.tag.clone(),
            text: self.find.clone(),
        };
        let mut rows = Vec::with_capacity(ROWS);
        let mut printed = Ok(());
        let listed = subscribers::database(global).and_then(|list| {
            list::list(&list, &filter, &mut |row| {
                rows.push(row);
                if rows.len() == ROWS {
                    printed = terminal.data(&render(&rows, terminal.format()));
                    rows.clear();
                }
                if printed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        });
        printed?;
        let count = match listed {
            Ok(count) => count,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        terminal.data(&render(&rows, terminal.format()))?;
        if count == 0 {
            terminal.note("Nobody.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn render(rows: &[Row], format: Format) -> String {
    match format {
        Format::Human => table::aligned(&rows.iter().map(cells).collect::<Vec<_>>()),
        Format::Short => rows.iter().map(short).collect(),
        Format::Json => rows.iter().map(|row| format!("{}\n", object(row))).collect(),
    }
}

fn cells(row: &Row) -> [String; 6] {
    let status = row.suppressed.map_or_else(|| row.status.to_owned(), |reason| format!("suppressed ({reason})"));
    [
        row.address.clone(),
        row.newsletter.clone(),
        status,
        row.since.map(|since| since.strftime("%F").to_string()).unwrap_or_default(),
        table::clipped(&table::plain(&row.name), CELLS),
        table::clipped(&table::plain(&row.tags.join(", ")), CELLS),
    ]
}

fn short(row: &Row) -> String {
    let since = row.since.map(|since| since.to_string()).unwrap_or_default();
    let suppressed = row.suppressed.unwrap_or_default();
    let (name, tags) = (table::plain(&row.name), table::plain(&row.tags.join(", ")));
    format!("{}\t{}\t{}\t{suppressed}\t{since}\t{name}\t{tags}\n", row.address, row.newsletter, row.status)
}

fn object(row: &Row) -> serde_json::Value {
    json!({
        "address": row.address,
        "newsletter": Some(&row.newsletter).filter(|id| !id.is_empty()),
        "status": row.status,
        "suppressed": row.suppressed,
        "since": row.since.as_ref().map(Timestamp::to_string),
        "name": row.name,
        "tags": row.tags,
    })
}
