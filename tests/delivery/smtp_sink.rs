//! Postfix's `smtp-sink`: a mail server that fails as it is told, and keeps what was sent to it.

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
use std::time::Instant;

use tempfile::TempDir;

/// Its processes come and go, one after the other at the same port, as a server does that is started anew.
pub struct SmtpSink {
    pub port: u16,
    program: &'static str,
    process: Option<Child>,
    folder: TempDir,
    number: u32,
}

/// The program; `None` where it is missing, which only a machine of no CI may be content with.
#[allow(clippy::print_stdout, reason = "what was not tested is told")]
fn program() -> Option<&'static str> {
    let found = ["/usr/sbin/smtp-sink", "/usr/local/sbin/smtp-sink", "/usr/libexec/postfix/smtp-sink"];
    let program = found.into_iter().find(|path| Path::new(path).exists());
    if program.is_none() {
        assert!(env::var_os("CI").is_none(), "smtp-sink is missing: install postfix");
        println!("skipped: no smtp-sink here; it comes with postfix");
    }
    program
}

/// A port that nobody has.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl SmtpSink {
    /// A place for them; nothing runs yet.
    pub fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        // As root it runs as nobody.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        Some(Self { port: free_port(), program: program()?, process: None, folder, number: 0 })
    }

    /// Starts one with these options, in place of the one that ran. Gives what it is called in [`SmtpSink::heard`].
    pub fn start(&mut self, options: &[&str]) -> u32 {
        self.stop();
        self.number += 1;
        let mut command = Command::new(self.program);
        if Command::new("id").arg("-u").output().unwrap().stdout == b"0\n" {
            command.args(["-u", "nobody"]);
        }
        let dump = self.folder.path().join(format!("{}-", self.number));
        let place = format!("127.0.0.1:{}", self.port);
        command.arg("-d").arg(dump).args(options).args([&place, "64"]);
        self.process = Some(command.stderr(Stdio::null()).spawn().unwrap());
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "smtp-sink {options:?} does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        self.number
    }

    /// Ends it as a power cut does.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Message-ID and recipient of every letter that the process of that number has heard to its end, or nearly.
    pub fn heard(&self, number: u32) -> Vec<(String, String)> {
        let prefix = format!("{number}-");
        let is_of = |path: &Path| path.file_name().unwrap().to_str().unwrap().starts_with(&prefix);
        let files = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        files
            .filter(|path| is_of(path))
            .filter_map(|path| read(&String::from_utf8_lossy(&fs::read(path).unwrap())))
            .collect()
    }
}

/// `None` of a session in which no letter came.
fn read(dump: &str) -> Option<(String, String)> {
    let field = |name: &str| dump.lines().find_map(|line| line.strip_prefix(name));
    let to = field("X-Rcpt-Args: <")?.split('>').next()?;
    Some((field("Message-ID: ")?.to_owned(), to.to_owned()))
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
