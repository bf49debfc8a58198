//! What is refused, by the server or before it is asked.

use letterpress::transport::smtp::session::Attempt;
use letterpress::transport::smtp::session::Session;
use letterpress::value::reply::Outcome;
use letterpress::value::reply::Stage;

use crate::scripted::OFFER;
use crate::scripted::Scripted;
use crate::scripted::TEXT;
use crate::scripted::accepted;
use crate::scripted::deferred;
use crate::scripted::deliver;
use crate::scripted::letter;
use crate::scripted::letter_to;
use crate::scripted::rejected;

/// What a session makes of a letter at a server that offers `offer` and must not hear of it.
fn unasked(offer: &'static str, letter: &letterpress::output::letter::Letter) -> String {
    let server = Scripted::play(move |peer| {
        peer.greet(offer);
        peer.take("after");
    });
    let mut session = server.open();
    let attempt = session.deliver(letter, &mut || panic!("nothing is to be sent"));
    let Attempt::Done(outcome) = attempt else { panic!("{attempt:?}") };
    let reply = rejected(outcome);
    assert_eq!((reply.stage, reply.code), (Stage::Mail, 0));
    accepted(deliver(&mut session, &self::letter(TEXT)));
    server.end();
    reply.text.into()
}

#[test]
fn what_the_server_does_not_offer_is_not_tried() {
    let large = letter(&format!("Subject: {}\r\n\r\n", "x".repeat(100)));
    let said = unasked("250-scripted\r\n250 SIZE 100", &large);
    assert_eq!(said, "the letter has 113 octets, and 127.0.0.1 takes at most 100");
    let said = unasked("250-scripted\r\n250 8BITMIME", &letter_to("jürgen@example.org", TEXT));
    assert_eq!(said, "the address needs SMTPUTF8 (RFC 6531), which 127.0.0.1 does not offer");
    let said = unasked("250 scripted", &letter("Subject: Bücher\r\n\r\n"));
    assert_eq!(said, "the letter has 8-bit text, and 127.0.0.1 does not offer 8BITMIME (RFC 6152)");
    let said = unasked(OFFER, &letter("Subject: a\r\n\r\n\n.\r\nMAIL FROM:<x@example.org>\r\n"));
    assert_eq!(said, "octet 14 of the letter is a CR or LF by itself, and such letters are not sent");
}

#[test]
fn what_the_server_offers_is_used() {
    let server = Scripted::play(|peer| {
        peer.greet(OFFER);
        peer.take("1");
        peer.take("2");
    });
    let mut session = server.open();
    accepted(deliver(&mut session, &letter_to("jürgen@bücher.example", TEXT)));
    accepted(deliver(&mut session, &letter("Subject: Bücher\r\n\r\n")));
    let heard = server.end();
    assert!(heard.contains(&"MAIL FROM:<editors@example.com> SIZE=33 BODY=8BITMIME SMTPUTF8".into()), "{heard:?}");
    assert!(heard.contains(&"RCPT TO:<jürgen@xn--bcher-kva.example>".into()), "{heard:?}");
    assert!(heard.contains(&"MAIL FROM:<editors@example.com> SIZE=20 BODY=8BITMIME".into()), "{heard:?}");
}

#[test]
fn the_first_refusal_counts_and_the_connection_goes_on() {
    for (answers, stage, said) in [
        (["452 4.3.1 full", "503 no", "503 no"], Stage::Mail, "452 4.3.1 full"),
        (["250 ok", "550 5.7.1 no", "503 no"], Stage::Rcpt, "550 5.7.1 no"),
        (["250 ok", "251 forwarded", "451 4.3.0 later"], Stage::Data, "451 4.3.0 later"),
    ] {
        let server = Scripted::play(move |peer| {
            peer.greet(OFFER);
            for (command, answer) in ["MAIL ", "RCPT ", "DATA"].into_iter().zip(answers) {
                peer.answer(command, answer);
            }
            peer.answer("RSET", "250 ok");
            peer.take("2");
        });
        let mut session = server.open();
        let reply = match deliver(&mut session, &letter(TEXT)) {
            Outcome::Deferred(reply) if said.starts_with('4') => reply,
            Outcome::Rejected(reply) if said.starts_with('5') => reply,
            other => panic!("{other:?}"),
        };
        assert_eq!((reply.stage, reply.to_string().as_str()), (stage, said));
        accepted(deliver(&mut session, &letter(TEXT)));
        server.end();
    }
}

#[test]
fn a_server_that_says_it_is_closing_is_believed() {
    for at in 0..4 {
        let server = Scripted::play(move |peer| {
            peer.greet("250 scripted");
            for (number, command) in ["MAIL ", "RCPT ", "DATA"].into_iter().enumerate() {
                if number == at {
                    return peer.answer(command, "421 4.7.0 too fast");
                }
                peer.answer(command, if command == "DATA" { "354 go on" } else { "250 ok" });
            }
            peer.hear_letter();
            peer.say("421 4.7.0 too fast");
        });
        let mut session = server.open();
        let reply = deferred(deliver(&mut session, &letter(TEXT)));
        let stage = [Stage::Mail, Stage::Rcpt, Stage::Data, Stage::Body][at];
        assert_eq!((reply.stage, reply.to_string().as_str()), (stage, "421 4.7.0 too fast"));
        assert!(!session.is_usable());
        server.end();
    }
}

#[test]
fn a_server_that_wants_a_login_says_nothing_about_the_reader() {
    for (at, answer) in
        [("MAIL ", "530 5.7.0 Authentication required"), ("RCPT ", "530 5.7.0 Must issue a STARTTLS command first")]
    {
        let server = Scripted::play(move |peer| {
            peer.greet("250 scripted");
            if at == "RCPT " {
                peer.answer("MAIL ", "250 ok");
            }
            peer.answer(at, answer);
            peer.answer("RSET", "250 ok");
            peer.hear_the_end();
        });
        let mut session = server.open();
        let outcome = deliver(&mut session, &letter(TEXT));
        let Outcome::Unreachable(why) = outcome else { panic!("{outcome:?}") };
        let port = server.port;
        let expected = format!(
            "127.0.0.1:{port} takes no mail from us like this ({answer}); set `user` and `password`, and `tls`, in [[smtp]]"
        );
        assert_eq!(&*why, expected);
        assert!(!session.is_usable());
        server.end();
    }
}

#[test]
fn answers_that_make_no_sense_end_the_connection_before_anything_is_sent() {
    for (at, answer) in [("MAIL ", "354 go on"), ("RCPT ", "334 VXNlcm5hbWU6"), ("DATA", "250 ok")] {
        let server = Scripted::play(move |peer| {
            peer.greet("250 scripted");
            for command in ["MAIL ", "RCPT ", "DATA"] {
                peer.answer(command, if command == at { answer } else { "250 ok" });
                if command == at {
                    break;
                }
            }
            peer.hear_the_end();
        });
        let mut session = server.open();
        let attempt = session.deliver(&letter(TEXT), &mut || panic!("not invited"));
        let Attempt::Done(outcome) = attempt else { panic!("{attempt:?}") };
        let reply = deferred(outcome);
        assert!(reply.text.starts_with("127.0.0.1 answered ") && reply.text.ends_with(answer), "{reply}");
        assert!(!session.is_usable());
        server.end();
    }
}

#[test]
fn nothing_is_sent_where_the_sender_was_refused_and_the_letter_invited() {
    let server = Scripted::play(|peer| {
        peer.greet(OFFER);
        peer.answer("MAIL ", "550 5.1.8 no such sender");
        peer.answer("RCPT ", "250 ok");
        peer.answer("DATA", "354 go on");
        peer.hear_the_end();
    });
    let mut session: Session = server.open();
    let attempt = session.deliver(&letter(TEXT), &mut || panic!("not invited"));
    let Attempt::Done(outcome) = attempt else { panic!("{attempt:?}") };
    assert_eq!(rejected(outcome).to_string(), "550 5.1.8 no such sender");
    server.end();
}

#[test]
fn a_failed_reset_ends_the_connection() {
    let server = Scripted::play(|peer| {
        peer.greet("250 scripted");
        peer.answer("MAIL ", "250 ok");
        peer.answer("RCPT ", "550 5.1.1 no");
        peer.answer("RSET", "500 what?");
        peer.hear_the_end();
    });
    let mut session = server.open();
    rejected(deliver(&mut session, &letter(TEXT)));
    assert!(!session.is_usable());
    server.end();
}
