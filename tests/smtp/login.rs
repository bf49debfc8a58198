//! Logging in, each way, and what is said when it fails: never the password.

use std::net::TcpListener;
use std::net::UdpSocket;

use data_encoding::BASE64;
use letterpress::config::newsletter::Smtp;
use letterpress::config::smtp::Auth;
use letterpress::transport::smtp::server::Options;
use letterpress::transport::smtp::server::Server;
use letterpress::transport::smtp::session::Session;
use letterpress::transport::smtp::unreachable::Unreachable;
use letterpress::value::reply::Stage;
use letterpress::value::secret::Secret;

use crate::scripted::Scripted;
use crate::scripted::options;
use crate::scripted::smtp;

const PASSWORD: &str = "correct horse";

fn server(port: u16, token: bool) -> Server {
    let auth = token.then_some(Auth::Xoauth2);
    let smtp = Smtp { user: Some("jane@example.com".into()), auth, ..smtp(port) };
    Server::new(&smtp, Some(Secret::new(PASSWORD)), &options()).unwrap()
}

/// Logs in at a server that offers `offer` and answers as said.
fn log_in(
    offer: &'static str,
    token: bool,
    answers: &'static [&str],
) -> (Result<Session, Unreachable>, Vec<String>, u16) {
    let scripted = Scripted::play(move |peer| {
        peer.greet(offer);
        for answer in answers {
            if peer.hear().is_some() {
                peer.say(answer);
            }
        }
    });
    let port = scripted.port;
    let session = Session::open(&server(port, token));
    let mut heard = scripted.end();
    heard.remove(0);
    (session, heard, port)
}

fn refusal(offer: &'static str, token: bool, answers: &'static [&str]) -> Unreachable {
    let (session, _, port) = log_in(offer, token, answers);
    let mut error = session.unwrap_err();
    assert_eq!(error.stage, Stage::Auth);
    for secret in [PASSWORD, &BASE64.encode(PASSWORD.as_bytes()), "jane@"] {
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
    error.why = error.why.replace(&format!("127.0.0.1:{port}"), "HOST").into();
    error
}

#[test]
fn each_way() {
    let (session, heard, _) = log_in("250-a\r\n250 AUTH LOGIN PLAIN XOAUTH2", false, &["235 2.7.0 ok"]);
    assert!(session.unwrap().is_usable());
    assert_eq!(heard, ["AUTH PLAIN AGphbmVAZXhhbXBsZS5jb20AY29ycmVjdCBob3JzZQ=="]);

    let prompts = &["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok"];
    let (session, heard, _) = log_in("250-a\r\n250 AUTH CRAM-MD5 LOGIN", false, prompts);
    assert!(session.unwrap().is_usable());
    assert_eq!(heard, ["AUTH LOGIN", "amFuZUBleGFtcGxlLmNvbQ==", "Y29ycmVjdCBob3JzZQ=="]);

    let (session, heard, _) = log_in("250-a\r\n250 AUTH LOGIN PLAIN XOAUTH2", true, &["235 ok"]);
    assert!(session.unwrap().is_usable());
    let token = "user=jane@example.com\u{1}auth=Bearer correct horse\u{1}\u{1}";
    assert_eq!(heard, [format!("AUTH XOAUTH2 {}", BASE64.encode(token.as_bytes()))]);
}

#[test]
fn refusals_say_what_to_check() {
    let error = refusal("250-a\r\n250 AUTH PLAIN", false, &["535 5.7.8 bad credentials"]);
    let expected =
        "HOST refuses the login of «j…@e….com» (535 5.7.8 bad credentials); check `user` and what `password` names";
    assert_eq!((&*error.why, error.passing), (expected, false));

    let error =
        refusal("250-a\r\n250 AUTH LOGIN", false, &["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "454 4.7.0 not now"]);
    assert!(error.passing && error.why.contains("(454 4.7.0 not now)"), "{error:?}");

    // A token that has expired: the reason comes as a challenge, the refusal after an empty answer.
    let error = refusal("250-a\r\n250 AUTH XOAUTH2", true, &["334 eyJzdGF0dXMiOiI0MDAifQ==", "535 5.7.8 expired"]);
    assert!(error.why.contains("(535 5.7.8 expired)"), "{error:?}");

    let error = refusal("250 a", false, &[]);
    let expected =
        "HOST offers no login; remove `user` and `password`, or set the port that takes mail from users, usually 587";
    assert_eq!(&*error.why, expected);

    let error = refusal("250-a\r\n250 AUTH CRAM-MD5 NTLM", false, &[]);
    assert_eq!(&*error.why, "HOST offers to log in by CRAM-MD5, NTLM, and for this login we know PLAIN and LOGIN");
    let error = refusal("250-a\r\n250 AUTH PLAIN", true, &[]);
    assert_eq!(&*error.why, "HOST offers to log in by PLAIN, and for this login we know XOAUTH2");

    let error = refusal("250-a\r\n250 AUTH PLAIN", false, &[]);
    assert_eq!(&*error.why, "HOST closed the connection at auth");
}

/// An access token is good for an hour; something else writes the next one into the file.
#[test]
fn a_token_is_read_anew_for_each_connection() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let smtp = Smtp { user: Some("jane@example.com".into()), auth: Some(Auth::Xoauth2), ..smtp(0) };
    let options = || Options { secret_file: Some(file.clone()), ..options() };
    let open = |answers: &'static [&str]| {
        let scripted = Scripted::play(move |peer| {
            peer.greet("250-a\r\n250 AUTH XOAUTH2");
            for answer in answers {
                if peer.hear().is_some() {
                    peer.say(answer);
                }
            }
        });
        let server = Server::new(&Smtp { port: scripted.port, ..smtp.clone() }, None, &options()).unwrap();
        let session = Session::open(&server);
        (session.map(|_| ()), scripted.end(), server)
    };
    let mut heard = Vec::new();
    for token in ["first", "second"] {
        std::fs::write(&file, format!("{token}\n")).unwrap();
        let (session, mut lines, _) = open(&["235 ok"]);
        session.unwrap();
        heard.extend(lines.pop());
    }
    let expected = ["first", "second"].map(|token| {
        format!(
            "AUTH XOAUTH2 {}",
            BASE64.encode(format!("user=jane@example.com\u{1}auth=Bearer {token}\u{1}\u{1}").as_bytes())
        )
    });
    assert_eq!(heard, expected);
    let (refused, _, _) = open(&["535 5.7.8 expired"]);
    assert!(refused.unwrap_err().why.ends_with("; check `user` and what `token` names"));
    std::fs::write(&file, "\n").unwrap();
    let (error, lines, server) = open(&[]);
    let error = error.unwrap_err();
    assert!(
        error.passing && error.why.contains("there is nothing to log in with") && error.why.contains("is empty"),
        "{error}"
    );
    assert!(!lines.iter().any(|line| line.starts_with("AUTH")), "{lines:?}");
    assert!(!format!("{server:?}").contains("token"));
}

#[test]
fn the_way_that_is_asked_for_is_the_only_one() {
    for (auth, expected) in [(Auth::Login, "AUTH LOGIN"), (Auth::Plain, "AUTH PLAIN AGphbmUAY29ycmVjdCBob3JzZQ==")] {
        let scripted = Scripted::play(|peer| {
            peer.greet("250-a\r\n250 AUTH PLAIN LOGIN");
            peer.hear();
            peer.say("535 no");
        });
        let smtp = Smtp { user: Some("jane".into()), auth: Some(auth), ..smtp(scripted.port) };
        let server = Server::new(&smtp, Some(Secret::new(PASSWORD)), &options()).unwrap();
        assert!(Session::open(&server).is_err());
        assert_eq!(scripted.end()[1], expected);
    }
}

#[test]
fn a_server_that_repeats_what_it_was_sent_is_not_quoted() {
    for answer in [
        "500 unknown command AUTH PLAIN AGphbmVAZXhhbXBsZS5jb20AY29ycmVjdCBob3JzZQ==",
        "535 wrong password: correct horse",
        "535 wrong: Y29ycmVjdCBob3JzZQ==",
    ] {
        let answers: &'static [&str] = Vec::leak(vec![answer]);
        let error = refusal("250-a\r\n250 AUTH PLAIN", false, answers);
        assert!(error.why.contains("(it repeats the password)"), "{error}");
    }
}

#[test]
fn no_password_crosses_a_network_in_the_clear() {
    // Our own address on a network; asking for it sends nothing.
    let own = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        Ok(socket.local_addr()?.ip())
    });
    let Some(own) = own.ok().filter(|own| !own.is_loopback()) else { return println!("skipped: no network here") };
    let listener = TcpListener::bind((own, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let log = Default::default();
        let mut peer = crate::scripted::Peer::new(listener.accept().unwrap().0, log);
        peer.greet("250-a\r\n250 AUTH PLAIN LOGIN");
        peer.hear()
    });
    let smtp = Smtp { host: own.to_string(), user: Some("jane".into()), ..smtp(port) };
    let error = Session::open(&Server::new(&smtp, Some(Secret::new(PASSWORD)), &options()).unwrap()).unwrap_err();
    assert!(
        error.why.contains("is not on this machine, and without TLS the password would be for all to read; set tls"),
        "{error}"
    );
    assert_eq!(heard.join().unwrap(), None);
}
