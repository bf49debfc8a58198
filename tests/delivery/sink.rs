//! A mail server that keeps count: which letter it took for whom, at the moment before it says so.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

/// What the server does with a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Takes it.
    Takes,
    /// Refuses the recipient.
    Refuses(&'static str),
    /// Refuses the letter after its last octet.
    RefusesLetter(&'static str),
    /// The same, a moment later.
    RefusesLetterLate(&'static str),
    /// Takes it, and hangs up instead of saying so.
    TakesAndHangsUp,
    /// Hangs up after the last octet, and has not taken it.
    LosesAndHangsUp,
    /// Hangs up in the middle of the letter.
    CutsItOff,
}

/// What a connection becomes before anything is said; `None` where it breaks.
type Secure = dyn Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync;

/// A connection, in the clear or not.
pub trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

/// Message-ID, recipient, and the letter as it came.
type Taken = (String, String, Vec<u8>);

/// What is answered to the `MAIL` of that number, from 1 on; `None` where it is taken.
type Turn = dyn Fn(usize) -> Option<&'static str> + Send + Sync;

pub type Plan = dyn Fn(&str, usize) -> Does + Send + Sync;

/// A server on a port of its own; it runs as long as the test.
#[derive(Clone)]
pub struct Sink {
    pub port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
    tries: Arc<Mutex<BTreeMap<String, usize>>>,
    heard: Arc<Mutex<Vec<String>>>,
    mails: Arc<AtomicUsize>,
    turn: Arc<Turn>,
}

impl Sink {
    /// One that takes everything.
    pub fn new() -> Self {
        Self::with(|_, _| Does::Takes)
    }

    /// One whose plan says what becomes of the letter to an address, at which try (from 1).
    pub fn with(plan: impl Fn(&str, usize) -> Does + Send + Sync + 'static) -> Self {
        Self::secured(|socket| Some(Box::new(socket)), plan)
    }

    /// One that takes everything, unless `turn` says what it answers to the `MAIL` of that number.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn turning_away(turn: impl Fn(usize) -> Option<&'static str> + Send + Sync + 'static) -> Self {
        Self::of(|socket| Some(Box::new(socket)), turn, |_, _| Does::Takes)
    }

    /// As [`Sink::with`], over what `secure` makes of each connection.
    pub fn secured(
        secure: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync + 'static,
        plan: impl Fn(&str, usize) -> Does + Send + Sync + 'static,
    ) -> Self {
        Self::of(secure, |_| None, plan)
    }

    fn of(
        secure: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync + 'static,
        turn: impl Fn(usize) -> Option<&'static str> + Send + Sync + 'static,
        plan: impl Fn(&str, usize) -> Does + Send + Sync + 'static,
    ) -> Self {
        let secure: Arc<Secure> = Arc::new(secure);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let sink = Self {
            port,
            taken: Arc::default(),
            tries: Arc::default(),
            heard: Arc::default(),
            mails: Arc::default(),
            turn: Arc::new(turn),
        };
        let (shared, plan): (_, Arc<Plan>) = (sink.clone(), Arc::new(plan));
        thread::spawn(move || {
            for socket in listener.incoming() {
                let (shared, plan, secure) = (shared.clone(), Arc::clone(&plan), Arc::clone(&secure));
                // Whoever vanishes in the middle of a line is what these tests are about.
                thread::spawn(move || {
                    let socket = socket.unwrap();
                    socket.set_nodelay(true).ok()?;
                    shared.attend(secure(socket)?, &*plan)
                });
            }
        });
        sink
    }

    /// Message-ID and recipient of each letter that was taken.
    pub fn taken(&self) -> Vec<(String, String)> {
        self.taken.lock().unwrap().iter().map(|(id, to, _)| (id.clone(), to.clone())).collect()
    }

    /// How many letters were taken.
    pub fn count(&self) -> usize {
        self.taken.lock().unwrap().len()
    }

    /// The letters as they came, without dot-stuffing undone.
    pub fn letters(&self) -> Vec<Vec<u8>> {
        self.taken.lock().unwrap().iter().map(|(_, _, letter)| letter.clone()).collect()
    }

    /// The lines that were heard with this command, in their order.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn heard(&self, verb: &str) -> Vec<String> {
        self.heard.lock().unwrap().iter().filter(|line| line.starts_with(verb)).cloned().collect()
    }

    /// Speaks with one client, over whatever it is connected by.
    pub fn attend<S: Read + Write>(&self, stream: S, plan: &Plan) -> Option<()> {
        let mut lines = BufReader::new(stream);
        say(&mut lines, "220 sink ESMTP")?;
        let mut to = (String::new(), Does::Takes);
        let mut is_away = false;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let verb = line.trim_end().to_ascii_uppercase();
            self.heard.lock().unwrap().push(line.trim_end().to_owned());
            if verb.starts_with("EHLO") {
                say(
                    &mut lines,
                    "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-AUTH PLAIN XOAUTH2\r\n250 ENHANCEDSTATUSCODES",
                )?;
            } else if verb.starts_with("MAIL FROM:") {
                let answer = (self.turn)(self.mails.fetch_add(1, Ordering::SeqCst) + 1);
                is_away = answer.is_some();
                say(&mut lines, answer.unwrap_or("250 2.1.0 ok"))?;
                if answer.is_some_and(|answer| answer.starts_with("421")) {
                    return None;
                }
            } else if is_away && (verb.starts_with("RCPT") || verb == "DATA") {
                say(&mut lines, "503 5.5.1 MAIL first")?;
            } else if verb.starts_with("RCPT TO:") {
                let address = line[9..].split('>').next()?.to_owned();
                let mut tries = self.tries.lock().unwrap();
                let number = tries.entry(address.clone()).or_default();
                *number += 1;
                to = (address.clone(), plan(&address, *number));
                drop(tries);
                match to.1 {
                    Does::Refuses(reply) => say(&mut lines, reply)?,
                    _ => say(&mut lines, "250 2.1.5 ok")?,
                }
            } else if verb == "DATA" {
                if matches!(to.1, Does::Refuses(_)) {
                    say(&mut lines, "503 5.5.1 no recipient")?;
                    continue;
                }
                say(&mut lines, "354 go on")?;
                let mut letter = Vec::new();
                loop {
                    let begin = letter.len();
                    if lines.read_until(b'\n', &mut letter).ok()? == 0 || to.1 == Does::CutsItOff && begin > 0 {
                        return None;
                    }
                    if &letter[begin..] == b".\r\n" {
                        letter.truncate(begin);
                        break;
                    }
                }
                if matches!(to.1, Does::Takes | Does::TakesAndHangsUp) {
                    let text = String::from_utf8_lossy(&letter);
                    let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_owned();
                    self.taken.lock().unwrap().push((id, to.0.clone(), letter));
                }
                match to.1 {
                    Does::Takes => say(&mut lines, "250 2.0.0 taken as 4711")?,
                    Does::RefusesLetter(reply) => say(&mut lines, reply)?,
                    Does::RefusesLetterLate(reply) => {
                        thread::sleep(Duration::from_millis(100));
                        say(&mut lines, reply)?;
                    }
                    _ => return None,
                }
            } else if verb.starts_with("AUTH ") {
                say(&mut lines, "235 2.7.0 welcome")?;
            } else if verb == "QUIT" {
                say(&mut lines, "221 bye")?;
                return None;
            } else {
                say(&mut lines, "250 2.0.0 ok")?;
            }
        }
    }
}

fn say<S: Read + Write>(stream: &mut BufReader<S>, text: &str) -> Option<()> {
    let stream = stream.get_mut();
    stream.write_all(format!("{text}\r\n").as_bytes()).and_then(|()| stream.flush()).ok()
}
