//! Many readers at once: how long `letterpress daemon` takes to answer who subscribes, measured from outside, and whether it loses or doubles anybody.
//!
//! ```text
//! cargo bench --bench endpoint -- [--rate 500] [--seconds 30] [--connections 64] [--sending READERS [--per-second LETTERS]] [--letterpress PROGRAM]
//! ```
//!
//! The daemon keeps its list in SQLite and writes its letters into a folder. Each reader does what the theme's script does, on a connection that stays open: fetches a token, posts
//! the form. First at a fixed rate, whatever the answers take (an open loop): readers begin at their appointed times, and the clock of each runs from then, so that a daemon that
//! stands still is charged with everybody whom it keeps waiting. Then as fast as it goes. Afterwards the list is looked at: everybody who was answered is on it once, with one
//! proof of consent and one letter, written or waiting.
//!
//! With `--sending` the list has so many confirmed readers before, and `letterpress send` mails an issue to them beside the daemon, to a server in this process that takes everything, over
//! four connections: it begins with ten seconds of readers at the fixed rate, which are measured for themselves, because it writes down at once whom the issue is for, and goes on
//! to the end. Then it is told to end, and every letter that the server took must be in the ledger as sent, and none be twice.
#![allow(clippy::disallowed_methods, reason = "the benchmark makes the site that it times")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it measured")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "endpoint/house.rs"]
mod house;
#[path = "endpoint/issue.rs"]
mod issue;
#[path = "endpoint/load.rs"]
mod load;
#[path = "endpoint/options.rs"]
mod options;
#[path = "endpoint/place.rs"]
mod place;
#[path = "endpoint/sending.rs"]
mod sending;
#[path = "endpoint/sink.rs"]
mod sink;

use std::process::ExitCode;
use std::time::Duration;

use crate::house::House;
use crate::load::Load;
use crate::load::Pace;
use crate::options::Options;
use crate::place::Place;
use crate::sending::Issue;
use crate::sending::Sending;

/// How long readers come while an issue begins.
const BEGINNING: usize = 10;

fn main() -> ExitCode {
    let options = match options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("endpoint: {message}");
            return ExitCode::FAILURE;
        }
    };
    match measure(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("endpoint: {message}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<(), String> {
    let place = Place::new(&options.letterpress)?;
    let issue = options.sending.map(|readers| Issue::prepare(&place, readers, options.per_second)).transpose()?;
    let house = House::open(place)?;
    let Options { rate, seconds, connections, .. } = *options;
    // Nobody's first request is measured.
    let mut answered = load::run(house.port, 0, connections, Pace::Readers(200))?.readers;
    println!("| | readers | a second | p50 | p95 | p99 | worst |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut sending = issue.map(|issue| issue.send(&house.place)).transpose()?;
    let fixed = format!("{rate} readers a second");
    let pace = |seconds| Pace::Rate { rate, count: rate * seconds };
    let beginning = sending.is_some().then(|| (format!("{fixed}, the issue begins"), pace(BEGINNING)));
    let others = [(fixed, pace(seconds)), ("as many as it can".into(), Pace::Time(Duration::from_secs(3)))];
    let mut left = Vec::new();
    for (what, pace) in beginning.into_iter().chain(others) {
        let before = sending.as_ref().map_or(0, Sending::count);
        let load = load::run(house.port, answered.len(), connections, pace)?;
        report(&what, &load);
        if let Some(sending) = &mut sending {
            let letters = (sending.count() - before) as f64 / load.time.as_secs_f64();
            sending.hold(&house.place)?;
            left.push(format!("{what}: {letters:.0}"));
        }
        answered.extend_from_slice(&load.readers);
    }
    if let Some(sending) = sending {
        println!("\nLetters of the issue that left meanwhile, a second: {}.", left.join("; "));
        let letters = sending.end(&house.place)?;
        println!("Every one of its {letters} letters is in the ledger as sent, and nobody got two.");
    }
    let memory = house.memory();
    let written = house.verify(&answered)?;
    println!(
        "\nEverybody who was answered is on the list, once: {} readers. Letters written meanwhile: {written}.",
        answered.len()
    );
    if let Some(memory) = memory {
        println!("Memory of the daemon after the load: {} MiB.", memory / 1024);
    }
    Ok(())
}

fn report(what: &str, load: &Load) {
    let count = load.readers.len();
    let rate = count as f64 / load.time.as_secs_f64();
    for (name, times) in
        [("token", &load.tokens), ("form", &load.forms), ("both, from the appointed time", &load.waits)]
    {
        let mut sorted = times.clone();
        sorted.sort_unstable();
        let at = |part: f64| {
            let index = ((sorted.len() as f64 * part).ceil() as usize).clamp(1, sorted.len());
            sorted.get(index - 1).copied().unwrap_or_default().as_secs_f64() * 1000.0
        };
        let (p50, p95, p99, worst) = (at(0.5), at(0.95), at(0.99), at(1.0));
        println!("| {what}: {name} | {count} | {rate:.0} | {p50:.1} | {p95:.1} | {p99:.1} | {worst:.1} |");
    }
}
