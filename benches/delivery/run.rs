//! One `letterpress send`, and what is known of it afterwards.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use crate::issue;
use crate::issue::DAY;
use crate::place::Place;

/// The calls by which SQLite makes sure that something is on the disk.
const SYNCS: [&str; 2] = ["fsync", "fdatasync"];
const LOG: &str = "send.log";
const KEY: &str = "dkim.pem";

/// What became of it.
pub(crate) struct Run {
    /// From the start of the program to its end.
    pub(crate) time: Duration,
    /// The most memory that it had, in KiB (`VmHWM`).
    pub(crate) memory: Option<u64>,
    /// When each letter was settled, in order, in microseconds.
    pub(crate) settled: Vec<i64>,
    /// Times that the disk was waited for, where somebody counted.
    pub(crate) syncs: Option<u64>,
}

impl Run {
    /// Letters a second from the first answer to the last.
    pub(crate) fn rate(&self) -> f64 {
        rate(&self.settled)
    }

    /// The same for each tenth of the letters.
    pub(crate) fn tenths(&self) -> Vec<f64> {
        self.settled.chunks(self.settled.len().div_ceil(10).max(2)).map(rate).collect()
    }
}

fn rate(settled: &[i64]) -> f64 {
    let (Some(first), Some(last)) = (settled.first(), settled.last()) else { return f64::NAN };
    (settled.len() - 1) as f64 / ((last - first).max(1) as f64 / 1_000_000.0)
}

/// Sends an issue to so many readers, on a list of its own, through the server at `port`. With `counted`, `strace` counts how often the disk is waited for, which takes a little time.
pub(crate) fn send(
    program: &Path,
    port: u16,
    readers: usize,
    connections: usize,
    signed: bool,
    counted: bool,
) -> Result<Run, String> {
    let place = Place::new(program)?;
    if signed {
        let mut make = place.command("key.log")?;
        make.args(["send", "--make-dkim-key"]).arg(place.path(KEY));
        let made = make.status().map_err(|error| format!("no key: {error}"))?;
        if !made.success() {
            return Err(format!("no key: {}", place.said("key.log")));
        }
    }
    let key = place.path(KEY);
    let dkim = format!("[[dkim]]\nselector = \"bench\"\nkey = {{ file = {:?} }}\n", key.display().to_string());
    place.settings(&format!(
        "{}[[smtp]]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = {connections}\n",
        if signed { &*dkim } else { "" }
    ))?;
    issue::freeze(&place)?;
    issue::readers(&place, readers)?;
    let plain = place.command(LOG)?;
    let counts = place.path("strace");
    let mut command = if counted { strace(plain, &counts) } else { plain };
    command.args(["send", DAY, "--yes", "--anyway", "--quiet"]);
    let begun = Instant::now();
    let mut child = command.spawn().map_err(|error| format!("no sending: {error}"))?;
    let status = format!("/proc/{}/status", child.id());
    let mut memory = None;
    let code = loop {
        if let Some(code) = child.try_wait().map_err(|error| format!("send: {error}"))? {
            break code;
        }
        memory = fs::read_to_string(&status).ok().and_then(|status| peak(&status)).or(memory);
        std::thread::sleep(Duration::from_millis(100));
    };
    let time = begun.elapsed();
    if !code.success() {
        return Err(format!("send: {code}. {}", place.said(LOG)));
    }
    let rows =
        place.list()?.column("SELECT CAST(changed AS TEXT) FROM delivery WHERE state = 'sent' ORDER BY changed")?;
    let settled: Vec<i64> = rows.iter().filter_map(|row| row.parse().ok()).collect();
    if settled.len() != readers {
        return Err(format!("{} of {readers} letters are in the ledger as sent", settled.len()));
    }
    let syncs = counted.then(|| sum(&place.said("strace")));
    Ok(Run { time, memory: memory.filter(|_| !counted), settled, syncs })
}

/// The same command, its waits for the disk counted into a file.
fn strace(plain: Command, counts: &Path) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "--seccomp-bpf", "-c", "-e", &format!("trace={}", SYNCS.join(",")), "-o"]).arg(counts);
    command.arg(plain.get_program());
    if let Some(folder) = plain.get_current_dir() {
        command.current_dir(folder);
    }
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// `VmHWM` of a `/proc/…/status`.
fn peak(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches("kB").trim().parse().ok()
}

/// The calls in a summary of `strace -c`: the fourth column of each line that ends with one of their names.
fn sum(summary: &str) -> u64 {
    let of_line = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let is_sync = columns.last().is_some_and(|name| SYNCS.contains(name));
        columns.get(3).filter(|_| is_sync).and_then(|calls| calls.parse::<u64>().ok()).unwrap_or_default()
    };
    summary.lines().map(of_line).sum()
}
