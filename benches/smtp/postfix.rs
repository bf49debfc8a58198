//! Postfix's own tools: a server that takes everything, and a program that sends to it.

use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// A running `smtp-sink`, and where `smtp-source` is; it ends with this value.
pub(crate) struct Sink {
    pub(crate) port: u16,
    process: Child,
    source: &'static str,
}

impl Sink {
    /// `None` where they are not installed.
    pub(crate) fn start() -> Option<Self> {
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
    pub(crate) fn source(&self, letters: usize, connections: usize, octets: usize) {
        let mut command = Command::new(self.source);
        command.args(["-d", "-s", &connections.to_string(), "-m", &letters.to_string(), "-l", &octets.to_string()]);
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
