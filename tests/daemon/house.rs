//! A site with a list in a home of its own, and its daemon.

use std::ffi::OsStr;
use std::fmt::Write;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use letterpress::store::Place;
use letterpress::store::Store;
use tempfile::TempDir;

use crate::mail::Mail;
#[cfg(feature = "postgres")]
use crate::postgres;
use crate::web::Browser;

/// How long anything may take before it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The moment at which the tests begin. The daemon's clock runs on from there.
pub(crate) const NOW: &str = "2026-11-15T09:00[Europe/Berlin]";

const SITE: &str = r#"
title = "Proof & Post"
description = "On running a blog and a newsletter well."
base_url = "https://news.example/"
time_zone = "Europe/Berlin"

[subscribe]
endpoint = "https://letters.example/desk/"
promise = "Twice a month."
welcome = { posts = 2 }
limits = { network_per_hour = 1000000, address_per_hour = 1000, domain_per_minute = 1000000, total_per_minute = 1000000 }

[newsletters.digest]
name = "The Digest"
from = "Proof & Post <post@news.example>"

[newsletters.notes]
name = "Margin Notes"
from = "Proof & Post <post@news.example>"

[blocks.lead]
title = "Ready to get started?"
to = "owner@news.example"
options = ["a printer", "a typeface"]
"#;

/// All tables of a list.
const TABLES: [&str; 11] = [
    "subscriber",
    "tag",
    "subscription",
    "suppression",
    "consent",
    "intake",
    "mailing",
    "delivery",
    "link",
    "erasure",
    "soft_bounce",
];

/// A site, a home, perhaps a database on a server.
pub(crate) struct House {
    top: TempDir,
    url: Option<String>,
}

/// A daemon that runs; killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    pub(crate) port: u16,
    said: Arc<Mutex<String>>,
    listeners: Vec<JoinHandle<()>>,
}

/// Runs a test on SQLite, and on PostgreSQL where there is one.
pub(crate) fn on_each_store(test: impl Fn(House)) {
    test(House::new());
    #[cfg(feature = "postgres")]
    if let Some(url) = postgres::database() {
        let house = House { url: Some(url), ..House::new() };
        house.site("");
        test(house);
    }
}

impl House {
    pub(crate) fn new() -> Self {
        let house = Self { top: tempfile::tempdir().unwrap(), url: None };
        std::fs::create_dir_all(house.path("site/content/posts")).unwrap();
        std::fs::create_dir(house.path("home")).unwrap();
        for (day, title) in [(1, "The oldest"), (2, "The first sentence is a door"), (3, "What a list is for")] {
            let text = format!("+++\ntitle = \"{title}\"\ndescription = \"A post.\"\n+++\n\nWords.\n");
            let name = title.to_lowercase().replace(' ', "-");
            std::fs::write(house.path(&format!("site/content/posts/2026-11-0{day}-{name}.md")), text).unwrap();
        }
        house.site("");
        house
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.top.path().join(below)
    }

    /// The address of the database, where it is on a server.
    #[cfg(feature = "postgres")]
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Where list and keys are.
    pub(crate) fn data(&self) -> PathBuf {
        self.path("home/.local/share/letterpress/news.example")
    }

    /// Puts more at the end of `site.toml`.
    pub(crate) fn site(&self, more: &str) {
        let store = if self.url.is_some() { "[store]\nurl = { env = \"LIST_URL\" }\n" } else { "" };
        std::fs::write(self.path("site/site.toml"), format!("{SITE}{store}{more}")).unwrap();
    }

    /// Mail goes to a server at this port of the machine.
    pub(crate) fn mails_through(&self, port: u16) {
        self.site(&format!("[[smtp]]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n"));
    }

    /// The program, in the site's folder.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, now: &str, words: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_letterpress"));
        command.current_dir(self.path("site")).args(["--now", now]).args(words).stdin(Stdio::null());
        command.env("HOME", self.path("home"));
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "XDG_DATA_HOME", "XDG_STATE_HOME", "LIST_URL"]
        {
            command.env_remove(name);
        }
        if let Some(url) = &self.url {
            command.env("LIST_URL", url);
        }
        command
    }

    /// Runs a command that must succeed.
    pub(crate) fn ok<A: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = A>) -> String {
        let output = self.command(NOW, words).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn daemon(&self) -> Daemon {
        self.daemon_at(NOW)
    }

    /// A daemon whose clock begins at `now`.
    pub(crate) fn daemon_at(&self, now: &str) -> Daemon {
        self.daemon_with(now, &[])
    }

    pub(crate) fn daemon_with(&self, now: &str, more: &[&str]) -> Daemon {
        Daemon::start(self.command(now, [&["daemon", "--listen", "127.0.0.1:0"], more].concat()))
    }

    /// The list and the ledger, as the daemon has them.
    pub(crate) fn store(&self) -> Store {
        #[cfg(feature = "postgres")]
        if let Some(url) = &self.url {
            return Store::open(&Place::parse(url)).unwrap();
        }
        Store::open(&Place::Sqlite(self.data().join("list.sqlite3"))).unwrap()
    }

    /// The first column of a question's rows, as text.
    pub(crate) fn ask(&self, question: &str) -> Vec<String> {
        let rows = self.store().read(|sql| sql.query(question, &[])).unwrap();
        rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
    }

    /// `address newsletter status` of every subscription, in order.
    pub(crate) fn everybody(&self) -> Vec<String> {
        let mut all = self.ask(
            "SELECT s.address || ' ' || n.newsletter || ' ' || n.status FROM subscription n JOIN subscriber s ON s.id = n.subscriber",
        );
        all.sort();
        all
    }

    /// `newsletter step` of the consent ledger, in the order in which it was written.
    pub(crate) fn consents(&self) -> Vec<String> {
        self.ask("SELECT newsletter || ' ' || step FROM consent ORDER BY id")
    }

    /// Everything in every table.
    pub(crate) fn dump(&self) -> String {
        let store = self.store();
        let mut text = String::new();
        for table in TABLES {
            let rows = store.read(|sql| sql.query(&format!("SELECT * FROM {table}"), &[])).unwrap();
            let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
            rows.sort();
            rows.iter().for_each(|row| writeln!(text, "{table} {row}").unwrap());
        }
        text
    }
}

impl Daemon {
    /// Starts the daemon that `command` is.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let ears: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        let listeners = ears.map(|ear| {
            let said = Arc::clone(&said);
            thread::spawn(move || {
                for line in BufReader::new(ear).lines().map_while(Result::ok) {
                    *said.lock().unwrap() += &format!("{line}\n");
                }
            })
        });
        let mut daemon = Self { child, port: 0, said, listeners: listeners.into() };
        daemon.wait_for(" on 127.0.0.1:");
        let said = daemon.said();
        let port = said.split(" on 127.0.0.1:").nth(1).unwrap().split(';').next().unwrap();
        daemon.port = port.parse().unwrap();
        daemon
    }

    /// A reader's browser, on a page of the site.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.port)
    }

    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Until it has said this.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        let begun = Instant::now();
        while !self.said().contains(text) {
            assert!(self.child.try_wait().unwrap().is_none(), "ended, without `{text}`: {}", self.said());
            assert!(begun.elapsed() < PATIENCE, "`{text}` is not in:\n{}", self.said());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// As a service manager ends it.
    pub(crate) fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    fn wait(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        for listener in self.listeners.drain(..) {
            listener.join().unwrap();
        }
        status
    }

    /// Waits until it has ended in order, and gives what it said.
    #[track_caller]
    pub(crate) fn gone(mut self) -> String {
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "it does not end:\n{}", self.said());
            thread::sleep(Duration::from_millis(10));
        }
        let status = self.wait();
        assert!(status.success(), "{status}\n{}", self.said());
        self.said()
    }

    /// Ends it in order, and gives what it said.
    #[track_caller]
    pub(crate) fn end(self) -> String {
        self.terminate();
        self.gone()
    }

    /// Ends it without a chance to do anything more.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.wait();
        self.said()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Until something is so; `what` says what was waited for.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Holds that what a daemon said has no address whole, and no link.
#[track_caller]
pub(crate) fn discreet(said: &str, mails: &[Mail]) {
    for mail in mails {
        assert!(!said.to_lowercase().contains(&mail.to.to_lowercase()), "{} is in:\n{said}", mail.to);
        for link in mail.links() {
            let token = link.rsplit('/').next().unwrap();
            assert!(!said.contains(token), "{link} is in:\n{said}");
        }
    }
}
