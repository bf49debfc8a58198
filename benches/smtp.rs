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

use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::ExitCode;
use std::process::Stdio;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use letterpress::config::newsletter::Smtp;
use letterpress::output::dkim::Algorithm;
use letterpress::output::dkim::DkimKey;
use letterpress::output::dkim::Signer;
use letterpress::output::dkim::make;
use letterpress::output::letter::Envelope;
use letterpress::output::letter::Letter;
use letterpress::transport::smtp::server::Options;
use letterpress::transport::smtp::server::Server;
use letterpress::transport::smtp::session::Attempt;
use letterpress::transport::smtp::session::Session;
use letterpress::value::address::EmailAddress;
use letterpress::value::reply::Outcome;

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
    let key = DkimKey::from_pem("bench", &make(Algorithm::RsaSha256).unwrap()).unwrap();
    let signer = Signer::new("example.com", vec![key], &[]);
    println!(
        "{letters} letters of {OCTETS} octets, {rounds} rounds; letters a second: least, median, most; ratio of medians"
    );
    for connections in CONNECTIONS {
        let mut rates = [const { Vec::new() }; 4];
        for _ in 0..rounds {
            rates[0].push(rate(letters, || sink.source(letters, connections)));
            rates[1].push(rate(letters, || send(sink.port, letters, connections, None)));
            rates[2].push(rate(letters, || send(sink.port, letters, connections, Some(&signer))));
            rates[3].push(rate(letters, || sign(letters, connections, &signer)));
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

struct Sink {
    port: u16,
    process: Child,
    source: &'static str,
}

impl Sink {
    fn start() -> Option<Self> {
        let (sink, source) = ("/usr/sbin/smtp-sink", "/usr/sbin/smtp-source");
        if !Path::new(sink).exists() || !Path::new(source).exists() {
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(sink);
        if Command::new("id").arg("-u").output().unwrap().stdout == b"0\n" {
            command.args(["-u", "nobody"]);
        }
        let process = command.arg(format!("127.0.0.1:{port}")).arg("256").stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "smtp-sink does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Some(Self { port, process, source })
    }

    /// Postfix's own sender, its connections reused as ours are.
    fn source(&self, letters: usize, connections: usize) {
        let mut command = Command::new(self.source);
        command.args(["-d", "-s", &connections.to_string(), "-m", &letters.to_string(), "-l", &OCTETS.to_string()]);
        let status = command
            .args(["-f", "a@example.com", "-t", "b@example.org"])
            .arg(format!("127.0.0.1:{}", self.port))
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn text() -> Vec<u8> {
    let head = "From: Notes <notes@example.com>\r\nTo: reader@example.org\r\nSubject: A letter\r\n\
        Date: Sun, 15 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n\
        List-Id: Notes <notes.example.com>\r\nList-Unsubscribe: <https://example.com/u/0123456789>\r\n\
        List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
    let line = "A line of quoted-printable text, as long as such lines are: 76 octets.....=\r\n";
    let mut text = head.as_bytes().to_vec();
    while text.len() < OCTETS {
        text.extend_from_slice(line.as_bytes());
    }
    text
}

fn letter() -> Letter {
    let address = |text| EmailAddress::parse(text).unwrap();
    let envelope = Envelope { from: address("a@example.com"), to: address("b@example.org") };
    Letter { envelope, message_id: "1@example.com".into(), octets: text(), smtputf8: false }
}

/// A thread a connection, as many letters in all.
fn send(port: u16, letters: usize, connections: usize, signer: Option<&Signer>) {
    let smtp = Smtp::plain("127.0.0.1", port);
    let server = Server::new(&smtp, None, &Options { letters: u32::MAX, ..Options::default() }).unwrap();
    let plain = letter();
    each(letters, connections, || {
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

fn sign(letters: usize, threads: usize, signer: &Signer) {
    let text = text();
    each(letters, threads, || || drop(signer.signed(&text, Timestamp::UNIX_EPOCH).unwrap()));
}

/// Shares `count` pieces of work among threads.
fn each<W: FnMut()>(count: usize, threads: usize, worker: impl Fn() -> W + Sync) {
    let begun = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut work = worker();
                while begun.fetch_add(1, Ordering::Relaxed) < count {
                    work();
                }
            });
        }
    });
}
