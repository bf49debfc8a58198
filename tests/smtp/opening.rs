//! From a host's name to a session, and what is said when it does not come to one.

use std::time::Duration;

use letterpress::config::newsletter::Smtp;
use letterpress::transport::smtp::server::Options;
use letterpress::transport::smtp::server::Patience;
use letterpress::transport::smtp::server::Server;
use letterpress::transport::smtp::session::Session;
use letterpress::transport::smtp::unreachable::Unreachable;
use letterpress::value::reply::Outcome;
use letterpress::value::reply::Stage;

use crate::scripted::Scripted;
use crate::scripted::TEXT;
use crate::scripted::accepted;
use crate::scripted::deliver;
use crate::scripted::letter;
use crate::scripted::listen;
use crate::scripted::options;
use crate::scripted::smtp;

fn refused(server: &Scripted) -> Unreachable {
    Session::open(&server.server()).unwrap_err()
}

#[test]
fn hosts_that_are_not_there() {
    let (listener, port) = listen();
    drop(listener);
    let error = Session::open(&Server::new(&smtp(port), None, &options()).unwrap()).unwrap_err();
    let start = format!("127.0.0.1:{port} cannot be connected to (");
    assert!(error.why.starts_with(&start), "{error}");
    assert!(
        error
            .why
            .ends_with("); check `host` and `port` in [[smtp]], and whether a firewall keeps this machine from it"),
        "{error}"
    );
    assert_eq!((error.stage, error.passing), (Stage::Connect, true));

    let nowhere = Smtp { host: "mail.invalid".into(), ..smtp(25) };
    let error = Session::open(&Server::new(&nowhere, None, &options()).unwrap()).unwrap_err();
    assert!(error.why.starts_with("mail.invalid: no such host is known ("), "{error}");
    assert!(error.why.ends_with("check `host` in [[smtp]] and this machine's DNS"), "{error}");
}

#[test]
fn greetings_that_are_none() {
    for (says, expected, passing) in [
        ("554 5.7.1 go away", "does not take connections (554 5.7.1 go away)", false),
        ("421 4.7.0 too many", "does not take connections (421 4.7.0 too many)", true),
        (
            "HTTP/1.1 400 Bad Request",
            "said what no mail server says: «HTTP/1.1 400 Bad Request» instead of greeting; check `host` and `port` in [[smtp]]",
            true,
        ),
    ] {
        let server = Scripted::play(move |peer| peer.say(says));
        let error = refused(&server);
        assert_eq!(&*error.why, format!("127.0.0.1:{} {expected}", server.port));
        assert_eq!((error.stage, error.passing), (Stage::Connect, passing));
        assert_eq!(error.reply.as_ref().map(ToString::to_string).is_some(), !says.starts_with('H'));
        assert_eq!(Outcome::from(error.clone()), Outcome::Unreachable(error.why));
        server.end();
    }
}

#[test]
fn a_server_that_waits_for_tls() {
    let (done, waits) = std::sync::mpsc::channel::<()>();
    let server = Scripted::play(move |_| {
        let _ = waits.recv();
    });
    let patience = Patience { greeting: Duration::from_millis(200), ..options().patience };
    let impatient = Server::new(&smtp(server.port), None, &Options { patience, ..options() }).unwrap();
    let error = Session::open(&impatient).unwrap_err();
    let expected = format!(
        "127.0.0.1:{} did not answer within 0.2 s instead of greeting; if this port begins with TLS, as 465 does, set tls = \"implicit\"",
        server.port
    );
    assert_eq!(&*error.why, expected);
    drop(done);
    server.end();
}

#[test]
fn a_server_of_the_old_kind() {
    let server = Scripted::play(|peer| {
        peer.say("220-scripted\r\n220 of old");
        peer.answer("EHLO letterpress.example", "502 5.5.1 unknown");
        peer.answer("HELO letterpress.example", "250");
        peer.take("1");
    });
    let mut session = server.open();
    assert_eq!(session.offer(), &Default::default());
    accepted(deliver(&mut session, &letter(TEXT)));
    server.end();
}

#[test]
fn greetings_of_ours_that_are_refused() {
    for (answers, expected) in [
        (&["550 5.7.1 bad name"][..], "refuses our greeting (550 5.7.1 bad name)"),
        (&["500 what?", "501 bad name"][..], "refuses our greeting (501 bad name)"),
        (&[][..], "closed the connection at hello"),
    ] {
        let server = Scripted::play(move |peer| {
            peer.say("220 scripted");
            for answer in answers {
                peer.hear();
                peer.say(answer);
            }
            peer.hear();
        });
        let error = refused(&server);
        assert_eq!(&*error.why, format!("127.0.0.1:{} {expected}", server.port));
        assert_eq!(error.stage, Stage::Hello);
        server.end();
    }
}
