//! Where the connection breaks decides what is known: before the final dot nobody has the letter, after it nobody knows.

use std::thread;
use std::time::Duration;

use letterpress::output::letter::Letter;
use letterpress::transport::smtp::server::Options;
use letterpress::transport::smtp::server::Patience;
use letterpress::transport::smtp::server::Server;
use letterpress::transport::smtp::session::Session;
use letterpress::value::reply::Stage;

use crate::scripted::OFFER;
use crate::scripted::Scripted;
use crate::scripted::TEXT;
use crate::scripted::accepted;
use crate::scripted::deferred;
use crate::scripted::deliver;
use crate::scripted::letter;
use crate::scripted::options;
use crate::scripted::rejected;
use crate::scripted::smtp;
use crate::scripted::uncertain;

fn large() -> Letter {
    letter(&format!("Subject: Large\r\n\r\n{}", "0123456789\r\n".repeat(2_000_000)))
}

const UNLIMITED: &str = "250-scripted\r\n250 PIPELINING";

fn impatient(port: u16, change: impl FnOnce(&mut Patience)) -> Session {
    let mut patience = options().patience;
    change(&mut patience);
    Session::open(&Server::new(&smtp(port), None, &Options { patience, ..options() }).unwrap()).unwrap()
}

#[test]
fn an_end_before_the_dot_happened_to_nobody() {
    for (stage, at) in [(Stage::Mail, 0), (Stage::Rcpt, 1), (Stage::Data, 2)] {
        let server = Scripted::play(move |peer| {
            peer.greet("250 scripted");
            for (command, answer) in [("MAIL ", "250 ok"), ("RCPT ", "250 ok")].into_iter().take(at) {
                peer.answer(command, answer);
            }
            peer.hear();
        });
        let mut session = server.open();
        let reply = deferred(deliver(&mut session, &letter(TEXT)));
        assert_eq!((reply.stage, &*reply.text), (stage, "127.0.0.1 closed the connection"));
        assert!(!session.is_usable());
        server.end();
    }
}

#[test]
fn an_end_within_the_letter_happened_to_nobody() {
    let server = Scripted::play(|peer| {
        peer.greet(UNLIMITED);
        peer.answer("MAIL ", "250 ok");
        peer.answer("RCPT ", "250 ok");
        peer.answer("DATA", "354 go on");
        peer.slam();
    });
    let reply = deferred(deliver(&mut server.open(), &large()));
    assert_eq!((reply.stage, &*reply.text), (Stage::Body, "127.0.0.1 closed the connection while the letter was sent"));
    server.end();
}

#[test]
fn a_server_that_stops_reading_happened_to_nobody() {
    let (done, waits) = std::sync::mpsc::channel::<()>();
    let server = Scripted::play(move |peer| {
        peer.greet(UNLIMITED);
        peer.answer("MAIL ", "250 ok");
        peer.answer("RCPT ", "250 ok");
        peer.answer("DATA", "354 go on");
        let _ = waits.recv();
    });
    let mut session = impatient(server.port, |patience| {
        (patience.block, patience.quit) = (Duration::from_millis(200), Duration::from_millis(50));
    });
    let reply = deferred(deliver(&mut session, &large()));
    assert_eq!(&*reply.text, "127.0.0.1 did not answer within 0.2 s while the letter was sent");
    drop(done);
    server.end();
}

#[test]
fn a_refusal_within_the_letter_is_heard() {
    let (done, waits) = std::sync::mpsc::channel::<()>();
    let server = Scripted::play(move |peer| {
        peer.greet(UNLIMITED);
        peer.answer("MAIL ", "250 ok");
        peer.answer("RCPT ", "250 ok");
        peer.answer("DATA", "354 go on");
        peer.say("552 5.3.4 too large");
        let _ = waits.recv();
    });
    let mut session = impatient(server.port, |patience| patience.block = Duration::from_millis(200));
    let reply = rejected(deliver(&mut session, &large()));
    assert_eq!(reply.to_string(), "552 5.3.4 too large");
    drop(done);
    server.end();
}

#[test]
fn after_the_dot_an_end_a_silence_and_nonsense_are_in_doubt() {
    for (says, why) in [
        (None, "127.0.0.1 closed the connection after the end of the letter"),
        (Some("354 and more?"), "127.0.0.1 answered the end of the letter with 354 and more?"),
        (Some("OK"), "127.0.0.1 said what no mail server says: «OK» after the end of the letter"),
        (Some("250-first line"), "127.0.0.1 closed the connection after the end of the letter"),
    ] {
        let server = Scripted::play(move |peer| {
            peer.greet(OFFER);
            peer.answer("MAIL ", "250 ok");
            peer.answer("RCPT ", "250 ok");
            peer.answer("DATA", "354 go on");
            peer.hear_letter();
            if let Some(says) = says {
                peer.say(says);
            }
        });
        let mut session = server.open();
        assert_eq!(uncertain(deliver(&mut session, &letter(TEXT))), why);
        assert!(!session.is_usable());
        server.end();
    }
}

#[test]
fn silence_after_the_dot_is_in_doubt_however_it_drips() {
    for drips in [false, true] {
        let (done, waits) = std::sync::mpsc::channel::<()>();
        let server = Scripted::play(move |peer| {
            peer.greet(OFFER);
            peer.answer("MAIL ", "250 ok");
            peer.answer("RCPT ", "250 ok");
            peer.answer("DATA", "354 go on");
            peer.hear_letter();
            if drips {
                // Never silent for as long as the wait, and never done.
                for _ in 0..12 {
                    peer.mutter(b"250-a\r\n");
                    thread::sleep(Duration::from_millis(50));
                }
            }
            let _ = waits.recv();
        });
        let mut session = impatient(server.port, |patience| patience.dot = Duration::from_millis(300));
        let why = uncertain(deliver(&mut session, &letter(TEXT)));
        assert_eq!(why, "127.0.0.1 did not answer within 0.3 s after the end of the letter");
        drop(done);
        server.end();
    }
}

#[test]
fn a_definite_answer_to_the_dot_settles() {
    let server = Scripted::play(|peer| {
        peer.greet(OFFER);
        for answer in ["451 4.3.0 try again", "554 5.7.1 spam", "250 2.0.0 bo\u{ee}te"] {
            peer.answer("MAIL ", "250 ok");
            peer.answer("RCPT ", "250 ok");
            peer.answer("DATA", "354 go on");
            peer.hear_letter();
            // Not UTF-8, as old servers have it.
            let answer: Vec<u8> = answer.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
            peer.say_octets(&[&answer, &b"\r\n"[..]].concat());
            if !answer.starts_with(b"2") {
                peer.answer("RSET", "250 ok");
            }
        }
    });
    let mut session = server.open();
    assert_eq!(deferred(deliver(&mut session, &letter(TEXT))).to_string(), "451 4.3.0 try again");
    assert_eq!(rejected(deliver(&mut session, &letter(TEXT))).to_string(), "554 5.7.1 spam");
    assert_eq!(accepted(deliver(&mut session, &letter(TEXT))).to_string(), "250 2.0.0 bo\u{fffd}te");
    server.end();
}

#[test]
fn a_reply_without_end_is_not_listened_to_for_ever() {
    let server = Scripted::play(|peer| {
        peer.greet(OFFER);
        peer.answer("MAIL ", "250 ok");
        peer.answer("RCPT ", "250 ok");
        peer.answer("DATA", "354 go on");
        peer.hear_letter();
        peer.say_octets(&[b'2'; 5000]);
        peer.hear_the_end();
    });
    let why = uncertain(deliver(&mut server.open(), &letter(TEXT)));
    assert!(why.starts_with("127.0.0.1 said what no mail server says: «2222"), "{why}");
    assert!(why.chars().count() < 200, "{why}");
    server.end();
}
