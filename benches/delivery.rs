//! How fast an issue is sent, every mark durable: the whole `letterpress send`, on a list in SQLite, beside Postfix's own `smtp-source`, both to its `smtp-sink` on this machine.
//!
//! ```text
//! cargo bench --bench delivery -- [--letters 20000] [--rounds 3] [--connections 1,4,16] [--letterpress PROGRAM]
//! cargo bench --bench delivery -- --readers 1000000 [--connections 4] [--letterpress PROGRAM]
//! ```
//!
//! A letter has 20 kB. Each round does the same with everyone in turn, since other work on the machine slows whoever runs: the ratios, not the figures, are to be compared. `send` is
//! measured by its ledger, from the first letter that was settled to the last; the time of the whole command is beside it. Signed letters are signed by RSA of 2048 bits,
//! and are compared with signing as many on as many threads and sending none. Where `strace` is installed, a round of its own counts how often the disk was waited for.
//!
//! With `--readers` one issue goes to so many: the rate of each tenth of it, and the most memory that `send` had.
#![allow(clippy::disallowed_methods, reason = "the benchmark makes the site that it times")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it measured")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "endpoint/issue.rs"]
mod issue;
#[path = "delivery/options.rs"]
mod options;
#[path = "endpoint/place.rs"]
mod place;
#[path = "smtp/postfix.rs"]
mod postfix;
#[path = "delivery/run.rs"]
mod run;
#[path = "smtp/signing.rs"]
mod signing;

use std::process::Command;
use std::process::ExitCode;
use std::process::Stdio;
use std::time::Instant;

use crate::options::Options;
use crate::postfix::Sink;
use crate::run::Run;

const OCTETS: usize = 20_000;

fn main() -> ExitCode {
    let options = match options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("delivery: {message}");
            return ExitCode::FAILURE;
        }
    };
    let Some(sink) = Sink::start() else {
        eprintln!("delivery: no smtp-sink and smtp-source here; they come with Postfix");
        return ExitCode::FAILURE;
    };
    let measured = match options.readers {
        Some(readers) => one(&options, &sink, readers),
        None => compare(&options, &sink),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("delivery: {message}");
            ExitCode::FAILURE
        }
    }
}

fn compare(options: &Options, sink: &Sink) -> Result<(), String> {
    let Options { letters, rounds, .. } = *options;
    let counts = Command::new("strace").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    println!(
        "{letters} letters of {OCTETS} octets, {rounds} rounds; letters a second: least, median, most; ratio of medians"
    );
    let signer = signing::signer();
    for &connections in &options.connections {
        let send = |signed| run::send(&options.letterpress, sink.port, letters, connections, signed, false);
        let mut rates = [const { Vec::new() }; 5];
        for _ in 0..rounds {
            rates[0].push(rate(letters, || sink.source(letters, connections, OCTETS)));
            let plain = send(false)?;
            rates[1].push(plain.rate());
            rates[2].push(letters as f64 / plain.time.as_secs_f64());
            rates[3].push(rate(letters, || signing::sign(letters, connections, OCTETS, &signer)));
            rates[4].push(send(true)?.rate());
        }
        println!("{connections} connections");
        let [source, plain, whole, signing, signed] = rates.map(|mut rates| {
            rates.sort_unstable_by(f64::total_cmp);
            [rates[0], rates[rates.len() / 2], rates[rates.len() - 1]]
        });
        show("smtp-source", source, None);
        show("unsigned", plain, Some(("of smtp-source", source)));
        show("the whole command", whole, Some(("of smtp-source", source)));
        show("signing alone", signing, None);
        show("signed", signed, Some(("of signing alone", signing)));
        if counts {
            let counted = run::send(&options.letterpress, sink.port, letters, connections, false, true)?;
            let (syncs, rate) = (counted.syncs.unwrap_or_default(), counted.rate());
            let each = letters as f64 / syncs.max(1) as f64;
            println!(
                "  waits for the disk: {syncs} for {letters} letters, {:.0} a second, one for {each:.1} letters (at {rate:.0} letters a second)",
                rate / each
            );
        }
    }
    Ok(())
}

fn one(options: &Options, sink: &Sink, readers: usize) -> Result<(), String> {
    let connections = *options.connections.first().filter(|_| options.connections.len() == 1).unwrap_or(&4);
    let run: Run = run::send(&options.letterpress, sink.port, readers, connections, false, false)?;
    let memory = run.memory.map_or_else(|| "not known".into(), |memory| format!("{} MiB", memory / 1024));
    println!(
        "{readers} readers, {connections} connections: {:.0} s, {:.0} letters a second",
        run.time.as_secs_f64(),
        run.rate()
    );
    println!(
        "each tenth, letters a second:{}",
        run.tenths().iter().map(|rate| format!(" {rate:.0}")).collect::<String>()
    );
    println!("memory at most: {memory}");
    Ok(())
}

fn show(what: &str, [least, median, most]: [f64; 3], beside: Option<(&str, [f64; 3])>) {
    let ratio = beside.map_or_else(String::new, |(whom, [_, other, _])| format!("  {:.2} {whom}", median / other));
    println!("  {what:<18} {least:>8.0} {median:>8.0} {most:>8.0}{ratio}");
}

fn rate(letters: usize, work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    letters as f64 / begun.elapsed().as_secs_f64()
}
