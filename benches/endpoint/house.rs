//! A site with its daemon, and its list afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use letterpress::store::Place;
use letterpress::store::Store;
use tempfile::TempDir;

use crate::load;

/// Limits that hold nobody back.
const SITE: &str = r#"
title = "Proof & Post"
base_url = "https://news.example/"
[subscribe]
endpoint = "https://letters.example/desk/"
promise = "Twice a month."
limits = { network_per_hour = 1000000, address_per_hour = 1000000, domain_per_minute = 1000000, total_per_minute = 1000000 }
[newsletters.digest]
name = "The Digest"
from = "Proof & Post <post@news.example>"
"#;

/// How long requests may wait after the last reader was answered.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running daemon; it ends with this value.
pub(crate) struct House {
    folder: TempDir,
    child: Child,
    pub(crate) port: u16,
}

impl House {
    pub(crate) fn open(program: &Path) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no folder: {error}"))?;
        let (site, home) = (folder.path().join("site"), folder.path().join("home"));
        for below in [&site.join("content"), &home] {
            fs::create_dir_all(below).map_err(|error| format!("{}: {error}", below.display()))?;
        }
        fs::write(site.join("site.toml"), SITE).map_err(|error| format!("site.toml: {error}"))?;
        // What the daemon says of each letter is written down by whoever runs it as a service, too.
        let log = fs::File::create(folder.path().join("log")).map_err(|error| format!("log: {error}"))?;
        let mut command = Command::new(program);
        command.args(["daemon", "--listen", "127.0.0.1:0", "--mail-to-dir"]).arg(folder.path().join("letters"));
        command.current_dir(site).env("HOME", home).env_remove("XDG_DATA_HOME");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no stdout")?;
        let _ = BufReader::new(stdout).read_line(&mut line);
        let mut house = Self { folder, child, port: 0 };
        let port = line.split(" on 127.0.0.1:").nth(1).and_then(|rest| rest.split(';').next()?.parse().ok());
        let said = || fs::read_to_string(house.folder.path().join("log")).unwrap_or_default();
        house.port = port.ok_or_else(|| format!("the daemon did not start: {line}{}", said()))?;
        Ok(house)
    }

    /// Kilobytes that are resident, where the system tells.
    pub(crate) fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// Waits until every request has been dealt with, ends the daemon, and holds that exactly these readers are on the list, each once, with one proof and one letter: written, or
    /// waiting in the ledger. Gives how many were written by then.
    pub(crate) fn verify(mut self, answered: &[usize]) -> Result<usize, String> {
        let list = self.folder.path().join("home/.local/share/letterpress/news.example/list.sqlite3");
        let store = Store::open(&Place::Sqlite(list)).map_err(|error| error.to_string())?;
        let column = |question: &str| {
            let rows = store.read(|sql| sql.query(question, &[])).map_err(|error| error.to_string())?;
            let text = rows.iter().map(|row| row.text(0).map(str::to_owned).map_err(|error| error.to_string()));
            text.collect::<Result<Vec<_>, _>>()
        };
        let begun = Instant::now();
        while !column("SELECT address FROM intake LIMIT 1")?.is_empty() {
            if begun.elapsed() > PATIENCE {
                return Err("requests are still waiting".into());
            }
            thread::sleep(Duration::from_millis(100));
        }
        let ended = Command::new("kill").arg(self.child.id().to_string()).status();
        ended.and_then(|_| self.child.wait()).map_err(|error| format!("the daemon does not end: {error}"))?;
        let wanted: BTreeSet<String> = answered.iter().map(|number| load::address(*number)).collect();
        for (what, table) in
            [("subscriptions", "subscription"), ("proofs of consent", "consent"), ("letters", "delivery")]
        {
            let found = column(&format!("SELECT s.address FROM subscriber s JOIN {table} t ON t.subscriber = s.id"))?;
            let each: BTreeSet<String> = found.iter().cloned().collect();
            if found.len() != each.len() || each != wanted {
                let (lost, more) = (wanted.difference(&each).count(), each.difference(&wanted).count());
                let twice = found.len() - each.len();
                return Err(format!("{what}: {lost} readers lost, {twice} doubled, {more} who were not answered"));
            }
        }
        let letters = fs::read_dir(self.folder.path().join("letters")).map_or(0, Iterator::count);
        let sent = column("SELECT state FROM delivery WHERE state = 'sent'")?.len();
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
