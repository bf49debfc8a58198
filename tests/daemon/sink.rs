//! Postfix's `smtp-sink`, which writes each letter into a file.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::house;
use crate::mail::Mail;

/// The server; it ends when dropped.
pub(crate) struct Sink {
    pub(crate) port: u16,
    process: Child,
    folder: TempDir,
    seen: usize,
}

impl Sink {
    /// Starts one; `None` where the tool is missing, which only a machine of no CI may be content with.
    #[allow(clippy::print_stdout, reason = "what was not tested is told")]
    pub(crate) fn start() -> Option<Self> {
        let found = ["/usr/sbin/smtp-sink", "/usr/local/sbin/smtp-sink", "/usr/libexec/postfix/smtp-sink"];
        let Some(program) = found.into_iter().find(|path| Path::new(path).exists()) else {
            assert!(env::var_os("CI").is_none(), "smtp-sink is missing: install postfix");
            println!("skipped: no smtp-sink here; it comes with postfix");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        // The sink runs as nobody where we are root.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let mut command = Command::new(program);
        if Command::new("id").arg("-u").output().unwrap().stdout == b"0\n" {
            command.args(["-u", "nobody"]);
        }
        let letters = folder.path().join("letter-").display().to_string();
        command.args(["-d", &letters, &format!("127.0.0.1:{port}"), "64"]).stderr(Stdio::null());
        let sink = Self { port, process: command.spawn().unwrap(), folder, seen: 0 };
        house::until("smtp-sink", || TcpStream::connect(("127.0.0.1", port)).ok());
        Some(sink)
    }

    /// Everything that has come so far.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        files.filter_map(|entry| read(&fs::read_to_string(entry.unwrap().path()).unwrap())).collect()
    }

    /// The next mail, which must be the only one since the last that was asked for, to this address and with this subject.
    #[track_caller]
    pub(crate) fn next(&mut self, address: &str, subject: &str) -> Mail {
        house::until(subject, || (self.mails().len() > self.seen).then_some(()));
        // A second one would come right behind it.
        thread::sleep(Duration::from_millis(100));
        let mails = self.mails();
        self.seen += 1;
        assert_eq!(mails.len(), self.seen, "{:?}", mails.iter().map(|mail| &mail.subject).collect::<Vec<_>>());
        let found: Vec<&Mail> = mails.iter().filter(|mail| mail.to == address && mail.subject == subject).collect();
        let subjects = || mails.iter().map(|mail| format!("{}: {}", mail.to, mail.subject)).collect::<Vec<_>>();
        assert!(!found.is_empty(), "{:#?}", subjects());
        found[found.len() - 1].clone()
    }
}

/// A file of the sink: the envelope as headers, then the letter. `None` while it is being written.
fn read(text: &str) -> Option<Mail> {
    let to = text.lines().find_map(|line| line.strip_prefix("X-Rcpt-Args: <"))?.split('>').next()?;
    let mail = text.split_once("\nFrom: ").map(|(_, rest)| format!("From: {rest}"))?;
    // Its last line ends the last part.
    mail.trim_end().ends_with("--").then(|| Mail::read(to, mail.as_bytes()))
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
