//! A mail server that takes every letter, and remembers for whom.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;

/// A server on a port of its own, as long as the program runs.
#[derive(Clone)]
pub(crate) struct Sink {
    pub(crate) port: u16,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    pub(crate) fn open() -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("no port: {error}"))?;
        let port = listener.local_addr().map_err(|error| format!("no port: {error}"))?.port();
        let sink = Self { port, taken: Arc::default() };
        let shared = sink.clone();
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let shared = shared.clone();
                // A connection that breaks is noticed by whoever was sending: its letter is in doubt, and that is looked for.
                thread::spawn(move || shared.attend(socket));
            }
        });
        Ok(sink)
    }

    /// How many letters were taken.
    pub(crate) fn count(&self) -> usize {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// For whom.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn attend(&self, socket: TcpStream) -> Option<()> {
        socket.set_nodelay(true).ok()?;
        let mut out = socket.try_clone().ok()?;
        let mut lines = BufReader::new(socket);
        let mut say = move |text: &str| out.write_all(format!("{text}\r\n").as_bytes()).ok();
        say("220 sink ESMTP")?;
        let (mut to, mut line) = (String::new(), String::new());
        let mut letter = Vec::new();
        loop {
            line.clear();
            if lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let verb = line.trim_end();
            if verb.starts_with("EHLO") {
                say("250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")?;
            } else if let Some(recipient) = verb.strip_prefix("RCPT TO:<") {
                to = recipient.split('>').next()?.to_owned();
                say("250 2.1.5 ok")?;
            } else if verb == "DATA" {
                say("354 go on")?;
                loop {
                    letter.clear();
                    if lines.read_until(b'\n', &mut letter).ok()? == 0 {
                        return None;
                    }
                    if letter == b".\r\n" {
                        break;
                    }
                }
                self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(to.clone());
                say("250 2.0.0 taken")?;
            } else if verb == "QUIT" {
                say("221 bye")?;
                return None;
            } else {
                say("250 2.0.0 ok")?;
            }
        }
    }
}
