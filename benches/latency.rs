//! From save to screen: how long `letterpress preview` takes to tell a tab of a save, measured from outside.
//!
//! ```text
//! cargo bench --bench latency -- [--posts 100 1000 10000] [--saves 50] [--letterpress PROGRAM]
//!                                [--hugo PROGRAM --hugo-site FOLDER]
//! ```
//!
//! A post is open in a tab, which is a stream of events and nothing else. A file is written; the clock runs from before the writing to the arrival of the event. Then the page
//! is asked for, and must hold what was written: an answer that is stale is a failure, and so is the program then. With `--hugo` the same is done to Hugo's server, whose tab
//! is a WebSocket that speaks LiveReload. Resident memory and processor time are read from `/proc`, where there is one.
#![allow(clippy::disallowed_methods, reason = "the benchmark makes the site that it times")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it measured")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "latency/options.rs"]
mod options;
#[path = "latency/process.rs"]
mod process;
#[path = "latency/rounds.rs"]
mod rounds;
#[path = "latency/sites.rs"]
mod sites;
#[path = "latency/tab.rs"]
mod tab;
#[path = "latency/table.rs"]
mod table;

mod posts;

use std::process::ExitCode;

use crate::options::Options;
use crate::sites::Program;
use crate::table::Row;

fn main() -> ExitCode {
    let options = match options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("latency: {message}");
            return ExitCode::FAILURE;
        }
    };
    let mut rows = Vec::new();
    let result = measure(&options, &mut rows);
    if !rows.is_empty() {
        println!("{}", table::table(&rows, options.saves));
    }
    if let Err(message) = &result {
        eprintln!("latency: {message}");
    }
    // Hugo's failures are told, but are not ours.
    let is_well = result.is_ok() && rows.iter().all(|row| row.letterpress.failures.is_empty());
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What was measured stays in `rows` when something later goes wrong.
fn measure(options: &Options, rows: &mut Vec<Row>) -> Result<(), String> {
    for &posts in &options.posts {
        let letterpress = rounds::measure(&Program::Letterpress(options.letterpress.clone()), posts, options.saves)?;
        rows.push(Row { posts, letterpress, hugo: None });
        if let (Some((program, site)), Some(row)) = (&options.hugo, rows.last_mut()) {
            let hugo = Program::Hugo(program.clone(), site.clone());
            row.hugo = Some(rounds::measure(&hugo, posts, options.saves)?);
        }
    }
    Ok(())
}
