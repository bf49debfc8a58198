//! Postfix's `smtp-sink` as the server: what a real one says at each stage, with the faults it can play.

use std::env;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use letterpress::transport::smtp::server::Options;
use letterpress::transport::smtp::server::Patience;
use letterpress::transport::smtp::server::Server;
use letterpress::transport::smtp::session::Attempt;
use letterpress::transport::smtp::session::Session;
use letterpress::value::reply::Outcome;
use letterpress::value::reply::Stage;

use crate::scripted::accepted;
use crate::scripted::deferred;
use crate::scripted::deliver;
use crate::scripted::letter;
use crate::scripted::letter_to;
use crate::scripted::listen;
use crate::scripted::options;
use crate::scripted::rejected;
use crate::scripted::smtp;
use crate::scripted::uncertain;

struct Sink {
    port: u16,
    process: Child,
}

impl Sink {
    /// Starts one; `None` where the tool is missing, which only a machine of no CI may be content with.
    #[allow(clippy::print_stdout, reason = "what was not tested is told")]
    fn start(arguments: &[&str]) -> Option<Self> {
        let found = ["/usr/sbin/smtp-sink", "/usr/local/sbin/smtp-sink", "/usr/libexec/postfix/smtp-sink"];
        let Some(program) = found.into_iter().find(|path| Path::new(path).exists()) else {
            assert!(env::var_os("CI").is_none(), "smtp-sink is missing: install postfix");
            println!("skipped: no smtp-sink here; it comes with postfix");
            return None;
        };
        let port = listen().1;
        let mut command = Command::new(program);
        let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        if is_root {
            command.args(["-u", "nobody"]);
        }
        let process =
            command.args(arguments).arg(format!("127.0.0.1:{port}")).arg("64").stderr(Stdio::null()).spawn().unwrap();
        let sink = Self { port, process };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "smtp-sink {arguments:?} does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Some(sink)
    }

    fn server(&self, change: impl FnOnce(&mut Patience)) -> Server {
        let mut patience = options().patience;
        change(&mut patience);
        Server::new(&smtp(self.port), None, &Options { patience, ..options() }).unwrap()
    }

    fn open(&self) -> Session {
        Session::open(&self.server(|_| {})).unwrap()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const TEXT: &str = "Subject: Hello\r\n\r\nGood morning.\r\n.\r\n..dots\r\n";

#[test]
fn letters_arrive_as_they_were_with_and_without_pipelining() {
    for arguments in [&[][..], &["-p"][..]] {
        let folder = tempfile::tempdir().unwrap();
        // The sink runs as nobody where we are root.
        #[cfg(unix)]
        fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let dump = folder.path().join("letters-").display().to_string();
        let Some(sink) = Sink::start(&[arguments, &["-D", &dump]].concat()) else { return };
        let mut session = sink.open();
        assert_eq!(session.offer().pipelining, arguments.is_empty());
        for number in 1..=3 {
            let to = format!("reader{number}@example.org");
            let reply = accepted(deliver(&mut session, &letter_to(&to, TEXT)));
            assert_eq!((reply.stage, reply.code), (Stage::Body, 250));
        }
        session.quit();
        let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        let dumped = fs::read_to_string(file).unwrap();
        assert_eq!(dumped.matches("Subject: Hello\n\nGood morning.\n.\n..dots\n").count(), 3, "{dumped}");
        assert!(dumped.contains("X-Mail-Args: <editors@example.com>"), "{dumped}");
        for number in 1..=3 {
            assert!(dumped.contains(&format!("X-Rcpt-Args: <reader{number}@example.org>")), "{dumped}");
        }
    }
}

#[test]
fn refusals_at_each_stage_and_the_session_goes_on() {
    for (command, stage) in [("MAIL", Stage::Mail), ("RCPT", Stage::Rcpt), ("DATA", Stage::Data), (".", Stage::Body)] {
        let Some(sink) = Sink::start(&["-f", command]) else { return };
        let mut session = sink.open();
        for _ in 0..2 {
            let reply = rejected(deliver(&mut session, &letter(TEXT)));
            assert_eq!((reply.stage, reply.to_string().as_str()), (stage, "500 5.3.0 Error: command failed"));
            assert!(session.is_usable());
        }
        let Some(sink) = Sink::start(&["-r", command]) else { return };
        let mut session = sink.open();
        for _ in 0..2 {
            let reply = deferred(deliver(&mut session, &letter(TEXT)));
            assert_eq!((reply.stage, reply.to_string().as_str()), (stage, "450 4.3.0 Error: command failed"));
            assert!(session.is_usable());
        }
    }
}

#[test]
fn closing_and_hanging_up_at_each_stage() {
    for (command, stage) in [("MAIL", Stage::Mail), ("RCPT", Stage::Rcpt), ("DATA", Stage::Data), (".", Stage::Body)] {
        let Some(sink) = Sink::start(&["-Q", command]) else { return };
        let mut session = sink.open();
        let reply = deferred(deliver(&mut session, &letter(TEXT)));
        assert_eq!((reply.stage, reply.code), (stage, 421));
        assert!(!session.is_usable());

        let Some(sink) = Sink::start(&["-q", command]) else { return };
        let mut session = sink.open();
        let outcome = deliver(&mut session, &letter(TEXT));
        if stage == Stage::Body {
            assert_eq!(uncertain(outcome), "127.0.0.1 closed the connection after the end of the letter");
        } else {
            let reply = deferred(outcome);
            assert_eq!((reply.stage, reply.code), (stage, 0));
        }
        assert!(!session.is_usable());
    }
}

#[test]
fn refusals_before_any_letter() {
    for (arguments, stage) in [
        (["-f", "CONNECT"], Stage::Connect),
        (["-r", "CONNECT"], Stage::Connect),
        (["-q", "CONNECT"], Stage::Connect),
        (["-q", "EHLO"], Stage::Hello),
        (["-r", "EHLO"], Stage::Hello),
    ] {
        let Some(sink) = Sink::start(&arguments) else { return };
        let error = Session::open(&sink.server(|_| {})).unwrap_err();
        assert_eq!(error.stage, stage, "{arguments:?}: {error}");
        assert!(error.why.starts_with(&format!("127.0.0.1:{}", sink.port)), "{error}");
    }
}

#[test]
fn a_server_that_hangs() {
    let Some(sink) = Sink::start(&["-p", "-W", "DATA:30"]) else { return };
    let server = sink.server(|patience| patience.data = Duration::from_millis(300));
    let mut session = Session::open(&server).unwrap();
    let attempt = session.deliver(&letter(TEXT), &mut || panic!("not invited"));
    let Attempt::Done(Outcome::Deferred(reply)) = attempt else { panic!("{attempt:?}") };
    assert_eq!((reply.stage, &*reply.text), (Stage::Data, "127.0.0.1 did not answer within 0.3 s"));

    let Some(sink) = Sink::start(&["-W", ".:30"]) else { return };
    let server = sink.server(|patience| patience.dot = Duration::from_millis(300));
    let mut session = Session::open(&server).unwrap();
    let why = uncertain(deliver(&mut session, &letter(TEXT)));
    assert_eq!(why, "127.0.0.1 did not answer within 0.3 s after the end of the letter");
}

#[test]
fn servers_of_few_talents() {
    let Some(sink) = Sink::start(&["-8"]) else { return };
    let mut session = sink.open();
    assert!(!session.offer().eight_bit && !session.offer().smtputf8);
    let reply = rejected(deliver(&mut session, &letter("Subject: Bücher\r\n\r\n")));
    assert_eq!(&*reply.text, "the letter has 8-bit text, and 127.0.0.1 does not offer 8BITMIME (RFC 6152)");
    accepted(deliver(&mut session, &letter(TEXT)));

    let Some(sink) = Sink::start(&["-e"]) else { return };
    accepted(deliver(&mut sink.open(), &letter(TEXT)));
}

#[test]
fn many_letters_over_several_connections() {
    let Some(sink) = Sink::start(&[]) else { return };
    let server = sink.server(|_| {});
    let taken: usize = thread::scope(|scope| {
        let connections: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut taken = 0;
                    for _ in 0..3 {
                        let mut session = Session::open(&server).unwrap();
                        while session.is_usable() {
                            accepted(deliver(&mut session, &letter(TEXT)));
                            taken += 1;
                        }
                        session.quit();
                    }
                    taken
                })
            })
            .collect();
        connections.into_iter().map(|connection| connection.join().unwrap()).sum()
    });
    assert_eq!(taken, 4 * 3 * 100);
}
