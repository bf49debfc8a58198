//! What is said in which order, and that nothing of a letter leaves before it may.

use std::sync::mpsc;
use std::time::Duration;

use letterpress::transport::smtp::server::Options;
use letterpress::transport::smtp::server::Server;
use letterpress::transport::smtp::session::Attempt;
use letterpress::transport::smtp::session::Session;
use letterpress::value::reply::Stage;

use crate::scripted::OFFER;
use crate::scripted::Scripted;
use crate::scripted::TEXT;
use crate::scripted::accepted;
use crate::scripted::deliver;
use crate::scripted::letter;
use crate::scripted::options;
use crate::scripted::rejected;
use crate::scripted::smtp;

#[test]
fn no_octet_of_the_letter_leaves_before_the_mark() {
    let (told, tells) = mpsc::channel();
    let server = Scripted::play(move |peer| {
        peer.greet(OFFER);
        peer.answer("MAIL ", "250 ok");
        peer.answer("RCPT ", "250 ok");
        assert_eq!(peer.hear().as_deref(), Some("DATA"));
        peer.hear_nothing();
        peer.say("354 go on");
        peer.hear_nothing();
        peer.note("nothing came");
        told.send(()).unwrap();
        peer.hear_letter();
        peer.say("250-2.0.0 Ok:\r\n250 2.0.0 queued as 4XYZ");
        peer.answer("QUIT", "221 bye");
        peer.hear_the_end();
    });
    let mut session = server.open();
    let log = server.log.clone();
    let mut marks = 0;
    let attempt = session.deliver(&letter(TEXT), &mut || {
        tells.recv_timeout(Duration::from_secs(20)).unwrap();
        log.lock().unwrap().push("mark".into());
        marks += 1;
        true
    });
    let Attempt::Done(outcome) = attempt else { panic!("{attempt:?}") };
    let reply = accepted(outcome);
    assert_eq!((reply.stage, reply.to_string().as_str()), (Stage::Body, "250 2.0.0 Ok: queued as 4XYZ"));
    assert_eq!(marks, 1);
    session.quit();
    let expected = [
        "EHLO letterpress.example",
        "MAIL FROM:<editors@example.com> SIZE=33",
        "RCPT TO:<jane@example.org>",
        "DATA",
        "nothing came",
        "mark",
        "Subject: Hello\r\n\r\nGood morning.\r\n.\r\n",
        "QUIT",
        "(end)",
    ];
    assert_eq!(server.end(), expected);
}

#[test]
fn a_letter_that_is_withheld_never_leaves() {
    let server = Scripted::play(|peer| {
        peer.greet(OFFER);
        peer.answer("MAIL ", "250 ok");
        peer.answer("RCPT ", "250 ok");
        peer.answer("DATA", "354 go on");
        peer.hear_the_end();
    });
    let mut session = server.open();
    assert_eq!(session.deliver(&letter(TEXT), &mut || false), Attempt::Withheld);
    assert!(!session.is_usable());
    assert_eq!(session.deliver(&letter(TEXT), &mut || panic!("not again")), Attempt::Stale);
    session.quit();
    assert_eq!(server.end().last().unwrap(), "(end)");
}

#[test]
fn commands_go_together_only_to_servers_that_take_them_so() {
    let server = Scripted::play(|peer| {
        peer.greet("250-scripted\r\n250 8BITMIME");
        for command in ["MAIL ", "RCPT ", "DATA"] {
            assert!(peer.hear().unwrap().starts_with(command));
            peer.hear_nothing();
            peer.say(if command == "DATA" { "354 go on" } else { "250 ok" });
        }
        peer.hear_letter();
        peer.say("250 ok");
    });
    accepted(deliver(&mut server.open(), &letter(TEXT)));
    server.end();

    let server = Scripted::play(|peer| {
        peer.greet("250-scripted\r\n250 PIPELINING");
        for command in ["MAIL ", "RCPT ", "DATA"] {
            assert!(peer.hear().unwrap().starts_with(command), "all before the first answer");
        }
        peer.say("250 ok\r\n250 ok\r\n354 go on");
        peer.hear_letter();
        peer.say("250 ok");
    });
    accepted(deliver(&mut server.open(), &letter(TEXT)));
    server.end();
}

#[test]
fn dots_are_doubled_and_large_letters_are_whole() {
    let line = ".a line that begins with a dot\r\n";
    let text = format!("Subject: Dots\r\n\r\n.\r\n..\r\n{}", line.repeat(9000));
    let server = Scripted::play(|peer| {
        peer.greet(OFFER);
        peer.take("1");
    });
    accepted(deliver(&mut server.open(), &letter(&text)));
    let travelled = format!("Subject: Dots\r\n\r\n..\r\n...\r\n{}.\r\n", format!(".{line}").repeat(9000));
    assert!(server.end().contains(&travelled));
}

#[test]
fn one_connection_takes_as_many_letters_as_it_may() {
    let server = Scripted::play(|peer| {
        peer.greet(OFFER);
        peer.take("1");
        peer.take("2");
        peer.answer("QUIT", "221 bye");
    });
    let two = Options { letters: 2, ..options() };
    let mut session = Session::open(&Server::new(&smtp(server.port), None, &two).unwrap()).unwrap();
    for queue_id in ["1", "2"] {
        assert!(session.is_usable());
        assert_eq!(
            accepted(deliver(&mut session, &letter(TEXT))).to_string(),
            format!("250 2.0.0 queued as {queue_id}")
        );
    }
    assert!(!session.is_usable());
    session.quit();
    server.end();
}

#[test]
fn after_a_refused_reader_the_next_one_is_served_by_the_same_connection() {
    let server = Scripted::play(|peer| {
        peer.greet(OFFER);
        peer.answer("MAIL ", "250 ok");
        peer.answer("RCPT ", "550 5.1.1 No such user");
        peer.answer("DATA", "503 5.5.1 need RCPT");
        peer.answer("RSET", "250 ok");
        peer.take("2");
    });
    let mut session = server.open();
    let reply = rejected(deliver(&mut session, &letter(TEXT)));
    assert_eq!((reply.stage, reply.to_string().as_str()), (Stage::Rcpt, "550 5.1.1 No such user"));
    assert!(session.is_usable());
    accepted(deliver(&mut session, &letter(TEXT)));
    server.end();
}

#[test]
fn a_letter_invited_for_nobody_is_an_empty_one() {
    let server = Scripted::play(|peer| {
        peer.greet(OFFER);
        peer.answer("MAIL ", "250 ok");
        peer.answer("RCPT ", "452 4.2.2 full");
        peer.answer("DATA", "354 go on");
        assert_eq!(peer.hear().as_deref(), Some("."));
        peer.say("554 5.5.1 no valid recipients");
        peer.take("2");
    });
    let mut session = server.open();
    let attempt = session.deliver(&letter(TEXT), &mut || panic!("nothing is to be sent"));
    let Attempt::Done(outcome) = attempt else { panic!("{attempt:?}") };
    assert_eq!(crate::scripted::deferred(outcome).to_string(), "452 4.2.2 full");
    accepted(deliver(&mut session, &letter(TEXT)));
    server.end();
}

#[test]
fn a_connection_that_ended_between_letters_costs_no_reader_an_attempt() {
    for farewell in [None, Some("421 4.4.2 idle for too long")] {
        let server = Scripted::play(move |peer| {
            peer.greet(OFFER);
            peer.take("1");
            if let Some(farewell) = farewell {
                peer.say(farewell);
            }
        });
        let mut session = server.open();
        accepted(deliver(&mut session, &letter(TEXT)));
        server.end();
        assert_eq!(session.deliver(&letter(TEXT), &mut || panic!("no")), Attempt::Stale, "{farewell:?}");
        assert!(!session.is_usable());
    }
}
