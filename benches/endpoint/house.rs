//! A daemon, and its list afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::load;
use crate::place::Place;

/// How long requests may wait after the last reader was answered.
const PATIENCE: Duration = Duration::from_secs(120);
const LOG: &str = "daemon.log";

/// A running daemon; it ends with this value.
pub(crate) struct House {
    pub(crate) place: Place,
    child: Child,
    pub(crate) port: u16,
}

impl House {
    pub(crate) fn open(place: Place) -> Result<Self, String> {
        let mut command = place.command(LOG)?;
        command.args(["daemon", "--listen", "127.0.0.1:0", "--mail-to-dir"]).arg(place.path("letters"));
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| format!("no daemon: {error}"))?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no stdout")?;
        let _ = BufReader::new(stdout).read_line(&mut line);
        let mut house = Self { place, child, port: 0 };
        let port = line.split(" on 127.0.0.1:").nth(1).and_then(|rest| rest.split(';').next()?.parse().ok());
        house.port = port.ok_or_else(|| format!("the daemon did not start: {line}{}", house.place.said(LOG)))?;
        Ok(house)
    }

    /// Kilobytes that are resident, where the system tells.
    pub(crate) fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// Waits until every request has been dealt with, ends the daemon, and holds that exactly these readers have come to the list, each once, with one proof and one letter: written,
    /// or waiting in the ledger. Gives how many were written by then.
    pub(crate) fn verify(mut self, answered: &[usize]) -> Result<usize, String> {
        let list = self.place.list()?;
        let begun = Instant::now();
        while !list.column("SELECT address FROM intake LIMIT 1")?.is_empty() {
            if begun.elapsed() > PATIENCE {
                return Err("requests are still waiting".into());
            }
            thread::sleep(Duration::from_millis(100));
        }
        let ended = Command::new("kill").arg(self.child.id().to_string()).status();
        ended.and_then(|_| self.child.wait()).map_err(|error| format!("the daemon does not end: {error}"))?;
        let wanted: BTreeSet<String> = answered.iter().map(|number| load::address(*number)).collect();
        // Who was on the list before has an address of another form.
        let own = "NOT LIKE 'member%'";
        for (what, table) in
            [("subscriptions", "subscription"), ("proofs of consent", "consent"), ("letters", "delivery")]
        {
            let found = list.column(&format!(
                "SELECT s.address FROM subscriber s JOIN {table} t ON t.subscriber = s.id WHERE s.address {own}"
            ))?;
            let each: BTreeSet<String> = found.iter().cloned().collect();
            if found.len() != each.len() || each != wanted {
                let (lost, more) = (wanted.difference(&each).count(), each.difference(&wanted).count());
                let twice = found.len() - each.len();
                return Err(format!("{what}: {lost} readers lost, {twice} doubled, {more} who were not answered"));
            }
        }
        let letters = fs::read_dir(self.place.path("letters")).map_or(0, Iterator::count);
        let sent = "SELECT d.state FROM delivery d JOIN subscriber s ON s.id = d.subscriber WHERE d.state = 'sent'";
        let sent = list.column(&format!("{sent} AND s.address {own}"))?.len();
        if letters == sent {
            Ok(letters)
        } else {
            Err(format!("{letters} letters were written, {sent} of them are known"))
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
