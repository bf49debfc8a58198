//! Many readers at once: how long `letterpress daemon` takes to answer who subscribes, measured from outside, and whether it loses or doubles anybody.
//!
//! ```text
//! cargo bench --bench endpoint -- [--rate 500] [--seconds 30] [--connections 64] [--letterpress PROGRAM]
//! ```
//!
//! The daemon keeps its list in SQLite and writes its letters into a folder. Each reader does what the theme's script does, on a connection that stays open: fetches a token, posts
//! the form. First at a fixed rate, whatever the answers take (an open loop): readers begin at their appointed times, and the clock of each runs from then, so that a daemon that
//! stands still is charged with everybody whom it keeps waiting. Then as fast as it goes. Afterwards the list is looked at: everybody who was answered is on it once, with one
//! proof of consent and one letter, written or waiting.
#![allow(clippy::disallowed_methods, reason = "the benchmark makes the site that it times")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it measured")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "endpoint/house.rs"]
mod house;
#[path = "endpoint/load.rs"]
mod load;
#[path = "endpoint/options.rs"]
mod options;

use std::process::ExitCode;
use std::time::Duration;

use crate::house::House;
use crate::load::Load;
use crate::load::Pace;
use crate::options::Options;

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
    let house = House::open(&options.letterpress)?;
    let Options { rate, seconds, connections, .. } = *options;
    // Nobody's first request is measured.
    let mut answered = load::run(house.port, 0, connections, Pace::Readers(200))?.readers;
    println!("| | readers | a second | p50 | p95 | p99 | worst |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let first = answered.len();
    let fixed = load::run(house.port, first, connections, Pace::Rate { rate, count: rate * seconds })?;
    report(&format!("{rate} readers a second"), &fixed);
    answered.extend_from_slice(&fixed.readers);
    let first = answered.len();
    let full = load::run(house.port, first, connections, Pace::Time(Duration::from_secs(3)))?;
    report("as many as it can", &full);
    answered.extend_from_slice(&full.readers);
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
