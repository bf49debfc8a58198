//! `letterpress subscribers stats`.

use std::io;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::subscribers;
use crate::cli::table;
use crate::cli::terminal::Terminal;
use crate::workflow::subscribers::stats;
use crate::workflow::subscribers::stats::Stats as Numbers;

/// Count readers, and say where the list is
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress subscribers stats
  letterpress subscribers stats --format json")]
pub(in crate::cli) struct Stats {}

impl Stats {
    /// Counts.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let counted = subscribers::database(global).and_then(|list| stats::stats(&list, global.clock().timestamp()));
        let numbers = match counted {
            Ok(numbers) => numbers,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        match terminal.format() {
            Format::Json => terminal.object(&object(&numbers))?,
            Format::Short => {
                let lines = lines(&numbers).into_iter().map(|[what, count]| format!("{what}\t{count}\n"));
                terminal.data(&lines.collect::<String>())?;
            }
            Format::Human => {
                terminal.data(&table::aligned(&lines(&numbers)))?;
                terminal.note(&format!("The list is in {}", numbers.place));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn lines(numbers: &Numbers) -> Vec<[String; 2]> {
    let mut lines = vec![["readers".to_owned(), numbers.readers.to_string()]];
    let mut add = |what: String, count: u64| lines.push([what, count.to_string()]);
    for (newsletter, status, count) in &numbers.subscriptions {
        add(format!("{newsletter}: {status}"), *count);
    }
    for (reason, count) in &numbers.suppressed {
        add(format!("suppressed: {reason}"), *count);
    }
    add("requests waiting".into(), numbers.requests);
    add("notices waiting".into(), numbers.waiting);
    for (state, count) in &numbers.last_day {
        add(format!("notices of the last day: {state}"), *count);
    }
    lines
}

fn object(numbers: &Numbers) -> serde_json::Value {
    let subscriptions = numbers.subscriptions.iter();
    let subscriptions: Vec<_> = subscriptions
        .map(|(newsletter, status, count)| json!({ "newsletter": newsletter, "status": status, "count": count }))
        .collect();
    let counts = |counts: &[(&'static str, u64)]| -> serde_json::Map<String, serde_json::Value> {
        counts.iter().map(|(word, count)| ((*word).to_owned(), (*count).into())).collect()
    };
    json!({
        "place": numbers.place,
        "readers": numbers.readers,
        "subscriptions": subscriptions,
        "suppressed": counts(&numbers.suppressed),
        "requests": numbers.requests,
        "waiting": numbers.waiting,
        "oldest": numbers.oldest.map(|oldest| oldest.to_string()),
        "last_day": counts(&numbers.last_day),
    })
}
