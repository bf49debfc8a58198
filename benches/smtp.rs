//! How many letters a second go through a connection of ours, beside Postfix's own `smtp-source`, both to its `smtp-sink` on this machine.
//!
//! ```text
//! cargo bench --bench smtp -- [LETTERS [ROUNDS]]
//! ```
//!
//! A letter has 20 kB. Each round does the same with everyone in turn, since other work on the machine slows whoever runs: the ratios, not the figures, are
//! to be compared. Nothing is written to a ledger here; signed letters are signed by RSA of 2048 bits as they go.
#![allow(clippy::disallowed_methods, reason = "a benchmark starts programs and reads the clock")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it measured")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "smtp/postfix.rs"]
mod postfix;
#[path = "smtp/signing.rs"]
mod signing;

use std::process::ExitCode;
use std::time::Instant;

use jiff::Timestamp;
use letterpress::config::newsletter::Smtp;
use letterpress::output::dkim::Signer;
use letterpress::output::letter::Envelope;
use letterpress::output::letter::Letter;
use letterpress::transport::smtp::server::Options;
use letterpress::transport::smtp::server::Server;
use letterpress::transport::smtp::session::Attempt;
use letterpress::transport::smtp::session::Session;
use letterpress::value::address::EmailAddress;
use letterpress::value::reply::Outcome;

use crate::postfix::Sink;

const CONNECTIONS: [usize; 3] = [1, 4, 16];
const OCTETS: usize = 20_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` starts this too, without it.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let numbers: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let letters = numbers.first().copied().unwrap_or(4000).max(16);
    let rounds = numbers.get(1).copied().unwrap_or(5).max(1);
    let Some(sink) = Sink::start() else {
        eprintln!("smtp: no smtp-sink and smtp-source here; they come with Postfix");
        return ExitCode::FAILURE;
    };
    let signer = signing::signer();
    println!(
        "{letters} letters of {OCTETS} octets, {rounds} rounds; letters a second: least, median, most; ratio of medians"
    );
    for connections in CONNECTIONS {
        let mut rates = [const { Vec::new() }; 4];
        for _ in 0..rounds {
            rates[0].push(rate(letters, || sink.source(letters, connections, OCTETS)));
            rates[1].push(rate(letters, || send(sink.port, letters, connections, None)));
            rates[2].push(rate(letters, || send(sink.port, letters, connections, Some(&signer))));
            rates[3].push(rate(letters, || signing::sign(letters, connections, OCTETS, &signer)));
        }
        println!("{connections} connections");
        let [source, unsigned, signed, signing] = rates.map(|mut rates| {
            rates.sort_unstable_by(f64::total_cmp);
            [rates[0], rates[rates.len() / 2], rates[rates.len() - 1]]
        });
        show("smtp-source", source, None);
        show("unsigned", unsigned, Some(("of smtp-source", source)));
        show("signing alone", signing, None);
        show("signed", signed, Some(("of signing alone", signing)));
    }
    ExitCode::SUCCESS
}

fn show(what: &str, [least, median, most]: [f64; 3], beside: Option<(&str, [f64; 3])>) {
    let ratio = beside.map_or_else(String::new, |(whom, [_, other, _])| format!("  {:.2} {whom}", median / other));
    println!("  {what:<14} {least:>8.0} {median:>8.0} {most:>8.0}{ratio}");
}

fn rate(letters: usize, work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    letters as f64 / begun.elapsed().as_secs_f64()
}

fn letter() -> Letter {
    let address = |text| EmailAddress::parse(text).unwrap();
    let envelope = Envelope { from: address("a@example.com"), to: address("b@example.org") };
    Letter { envelope, message_id: "1@example.com".into(), octets: signing::text(OCTETS), smtputf8: false }
}

/// A thread a connection, as many letters in all.
fn send(port: u16, letters: usize, connections: usize, signer: Option<&Signer>) {
    let smtp = Smtp::plain("127.0.0.1", port);
    let server = Server::new(&smtp, None, &Options { letters: u32::MAX, ..Options::default() }).unwrap();
    let plain = letter();
    signing::each(letters, connections, || {
        let mut session = Session::open(&server).unwrap();
        let plain = plain.clone();
        move || {
            let signed = signer.map(|signer| {
                let octets = signer.signed(&plain.octets, Timestamp::UNIX_EPOCH).unwrap();
                Letter { octets, ..plain.clone() }
            });
            let attempt = session.deliver(signed.as_ref().unwrap_or(&plain), &mut || true);
            assert!(matches!(&attempt, Attempt::Done(Outcome::Accepted(_))), "{attempt:?}");
        }
    });
}
