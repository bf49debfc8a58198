//! A server that does what a test tells it, line by line, and a letter for it.

use std::io::BufRead;
use std::io::BufReader;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use letterpress::config::newsletter::Smtp;
use letterpress::output::letter::Envelope;
use letterpress::output::letter::Letter;
use letterpress::transport::smtp::server::Options;
use letterpress::transport::smtp::server::Patience;
use letterpress::transport::smtp::server::Server;
use letterpress::transport::smtp::session::Attempt;
use letterpress::transport::smtp::session::Session;
use letterpress::value::address::EmailAddress;
use letterpress::value::reply::Outcome;
use letterpress::value::reply::Reply;

/// Long enough for a machine that is busy; waits of tests end sooner.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a server has offered in these tests, unless one says otherwise.
pub(crate) const OFFER: &str = "250-scripted\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 SMTPUTF8";

/// One end of a conversation, as the server has it.
pub(crate) struct Peer<S> {
    stream: BufReader<S>,
    log: Arc<Mutex<Vec<String>>>,
}

/// A server on a port of its own.
pub(crate) struct Scripted {
    pub(crate) port: u16,
    pub(crate) log: Arc<Mutex<Vec<String>>>,
    thread: JoinHandle<()>,
}

impl Scripted {
    /// Plays `script` with whoever connects first.
    pub(crate) fn play(script: impl FnOnce(&mut Peer<TcpStream>) + Send + 'static) -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let (listener, port) = listen();
        let shared = Arc::clone(&log);
        let thread = thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            socket.set_nodelay(true).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            script(&mut Peer::new(socket, shared));
        });
        Self { port, log, thread }
    }

    /// Waits for its end; a script that fell fails the test. Gives what it heard and what was noted beside.
    pub(crate) fn end(self) -> Vec<String> {
        self.thread.join().unwrap();
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn server(&self) -> Server {
        Server::new(&smtp(self.port), None, &options()).unwrap()
    }

    pub(crate) fn open(&self) -> Session {
        Session::open(&self.server()).unwrap()
    }
}

pub(crate) fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

impl<S: Read + Write> Peer<S> {
    pub(crate) fn new(stream: S, log: Arc<Mutex<Vec<String>>>) -> Self {
        Self { stream: BufReader::new(stream), log }
    }

    pub(crate) fn note(&self, text: &str) {
        self.log.lock().unwrap().push(text.into());
    }

    /// Says a line or several.
    pub(crate) fn say(&mut self, text: &str) {
        self.say_octets(format!("{text}\r\n").as_bytes());
    }

    pub(crate) fn say_octets(&mut self, octets: &[u8]) {
        self.stream.get_mut().write_all(octets).unwrap();
        self.stream.get_mut().flush().unwrap();
    }

    /// Says something to whoever may have gone.
    pub(crate) fn mutter(&mut self, octets: &[u8]) {
        let _ = self.stream.get_mut().write_all(octets);
    }

    /// Hears a line, without its end, and notes it; `None` at the end of the connection.
    pub(crate) fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
            Err(error) => panic!("{error}"),
        }
        let line = line.strip_suffix("\r\n").unwrap_or_else(|| panic!("no CRLF: {line:?}")).to_owned();
        self.note(&line);
        Some(line)
    }

    /// Hears an octet, whatever it is; `None` at the end.
    pub(crate) fn hear_octet(&mut self) -> Option<u8> {
        let mut octet = [0];
        matches!(self.stream.read(&mut octet), Ok(1)).then_some(octet[0])
    }

    /// Hears a line that begins like this, and answers.
    pub(crate) fn answer(&mut self, start: &str, answer: &str) {
        let line = self.hear().unwrap_or_else(|| panic!("ended before {start}"));
        assert!(line.starts_with(start), "{line} instead of {start}");
        self.say(answer);
    }

    /// Greets, and offers something.
    pub(crate) fn greet(&mut self, offer: &str) {
        self.say("220 scripted");
        self.answer("EHLO ", offer);
    }

    /// Hears the letter up to its dot, and notes it as it came.
    pub(crate) fn hear_letter(&mut self) {
        let mut letter = String::new();
        while !letter.ends_with("\r\n.\r\n") {
            assert_ne!(self.stream.read_line(&mut letter).unwrap(), 0, "ended within the letter");
        }
        self.note(&letter);
    }

    /// Hears a letter, or the command that comes in its place; `false` where the connection ends instead.
    pub(crate) fn hear_letter_if_any(&mut self) -> bool {
        while let Some(line) = self.hear() {
            if line == "." || line == "RSET" {
                return true;
            }
        }
        false
    }

    /// Takes one letter, with good words.
    pub(crate) fn take(&mut self, queue_id: &str) {
        self.answer("MAIL ", "250 2.1.0 ok");
        self.answer("RCPT ", "250 2.1.5 ok");
        self.answer("DATA", "354 go on");
        self.hear_letter();
        self.say(&format!("250 2.0.0 queued as {queue_id}"));
    }

    /// Nothing more comes but the end.
    pub(crate) fn hear_the_end(&mut self) {
        assert_eq!(self.hear(), None);
        self.note("(end)");
    }
}

impl Peer<TcpStream> {
    /// Holds that nothing comes for a while.
    pub(crate) fn hear_nothing(&mut self) {
        assert_eq!(self.stream.buffer(), b"");
        let socket = self.stream.get_ref();
        socket.set_read_timeout(Some(Duration::from_millis(150))).unwrap();
        let heard = socket.peek(&mut [0]);
        assert!(matches!(&heard, Err(error) if error.kind() == ErrorKind::WouldBlock), "{heard:?}");
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
    }

    /// Ends with a reset instead of a farewell.
    pub(crate) fn slam(&mut self) {
        // Closed with unread octets, which is what a reset is sent for.
        assert!(self.stream.get_ref().peek(&mut [0]).unwrap() > 0);
    }
}

/// A server without TLS and login at a port of this machine.
pub(crate) fn smtp(port: u16) -> Smtp {
    Smtp { name: "scripted".into(), connections: 1, ..Smtp::plain("127.0.0.1", port) }
}

/// As by default, with waits that end within a test.
pub(crate) fn options() -> Options {
    let patience = Patience {
        connect: PATIENCE,
        greeting: PATIENCE,
        command: PATIENCE,
        data: PATIENCE,
        block: PATIENCE,
        dot: PATIENCE,
        quit: PATIENCE,
    };
    Options { hello: Some("letterpress.example".into()), patience, ..Options::default() }
}

pub(crate) fn letter(octets: &str) -> Letter {
    letter_to("jane@example.org", octets)
}

pub(crate) fn letter_to(to: &str, octets: &str) -> Letter {
    let to = EmailAddress::parse(to).unwrap();
    let from = EmailAddress::parse("editors@example.com").unwrap();
    let smtputf8 = to.needs_smtputf8();
    Letter { envelope: Envelope { from, to }, message_id: "1@example.com".into(), octets: octets.into(), smtputf8 }
}

pub(crate) const TEXT: &str = "Subject: Hello\r\n\r\nGood morning.\r\n";

/// Hands over, always agreed to.
pub(crate) fn deliver(session: &mut Session, letter: &Letter) -> Outcome {
    match session.deliver(letter, &mut || true) {
        Attempt::Done(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn accepted(outcome: Outcome) -> Reply {
    let Outcome::Accepted(reply) = outcome else { panic!("{outcome:?}") };
    reply
}

pub(crate) fn deferred(outcome: Outcome) -> Reply {
    let Outcome::Deferred(reply) = outcome else { panic!("{outcome:?}") };
    reply
}

pub(crate) fn rejected(outcome: Outcome) -> Reply {
    let Outcome::Rejected(reply) = outcome else { panic!("{outcome:?}") };
    reply
}

pub(crate) fn uncertain(outcome: Outcome) -> String {
    let Outcome::Uncertain(why) = outcome else { panic!("{outcome:?}") };
    why.into()
}
