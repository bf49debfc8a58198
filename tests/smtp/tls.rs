//! TLS from the first octet and by STARTTLS, with certificates that are good and bad.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::thread::JoinHandle;

use letterpress::config::newsletter::Smtp;
use letterpress::config::newsletter::Tls;
use letterpress::transport::smtp::server::Options;
use letterpress::transport::smtp::server::Server;
use letterpress::transport::smtp::session::Session;
use letterpress::transport::smtp::unreachable::Unreachable;
use letterpress::value::reply::Stage;
use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::CertifiedIssuer;
use rcgen::DnType;
use rcgen::IsCa;
use rcgen::KeyPair;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::StreamOwned;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;

use crate::scripted::OFFER;
use crate::scripted::Peer;
use crate::scripted::Scripted;
use crate::scripted::TEXT;
use crate::scripted::accepted;
use crate::scripted::deliver;
use crate::scripted::letter;
use crate::scripted::listen;
use crate::scripted::options;
use crate::scripted::smtp;

/// An authority of our own, and what it signed.
struct Certified {
    authority: String,
    config: Arc<ServerConfig>,
}

fn certified(name: &str, from: i32, until: i32) -> Certified {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, format!("Authority of {name} from {from}"));
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(from, 1, 1), rcgen::date_time_ymd(until, 1, 1));
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    Certified { authority: authority.pem(), config: Arc::new(config) }
}

type Secured = StreamOwned<ServerConnection, TcpStream>;

/// A server with a certificate: after TLS began, from the first octet or by STARTTLS, it goes by the script. One that cannot begin ends.
fn serve(
    config: Arc<ServerConfig>,
    by_command: bool,
    script: impl FnOnce(&mut Peer<Secured>) + Send + 'static,
) -> (u16, JoinHandle<bool>) {
    let (listener, port) = listen();
    let thread = thread::spawn(move || {
        let log = Arc::new(Mutex::new(Vec::new()));
        let (mut socket, _) = listener.accept().unwrap();
        if by_command {
            let mut peer = Peer::new(socket.try_clone().unwrap(), Arc::clone(&log));
            peer.greet("250-before\r\n250 STARTTLS");
            peer.answer("STARTTLS", "220 go on");
        }
        let mut connection = ServerConnection::new(config).unwrap();
        while connection.is_handshaking() {
            if connection.complete_io(&mut socket).is_err() {
                return false;
            }
        }
        let mut peer = Peer::new(StreamOwned::new(connection, socket), log);
        if !by_command {
            peer.say("220 secured");
        }
        script(&mut peer);
        true
    });
    (port, thread)
}

fn open(port: u16, tls: Tls, host: &str, authority: &str) -> Result<Session, Unreachable> {
    let smtp = Smtp { host: host.into(), tls, ..smtp(port) };
    let options = Options { authorities: authority.into(), ..options() };
    Session::open(&Server::new(&smtp, None, &options).unwrap())
}

#[test]
fn letters_travel_by_both_ways() {
    for (tls, by_command) in [(Tls::Implicit, false), (Tls::Starttls, true)] {
        let good = certified("localhost", 2020, 2100);
        let (port, server) = serve(good.config, by_command, |peer| {
            peer.answer("EHLO ", OFFER);
            peer.take("1");
            peer.take("2");
            peer.answer("QUIT", "221 bye");
            peer.hear_the_end();
        });
        let mut session = open(port, tls, "localhost", &good.authority).unwrap();
        assert!(session.offer().smtputf8 && !session.offer().starttls, "what was offered in the clear is forgotten");
        accepted(deliver(&mut session, &letter(TEXT)));
        let large = format!("Subject: Large\r\n\r\n{}", ".0123456789\r\n".repeat(20_000));
        accepted(deliver(&mut session, &letter(&large)));
        session.quit();
        assert!(server.join().unwrap());
    }
}

#[test]
fn bad_certificates_are_explained_and_nothing_is_said_to_them() {
    for (name, from, until, trusted, expected) in [
        (
            "localhost",
            2020,
            2021,
            true,
            "the certificate of localhost expired on 2021-01-01; have it renewed, and check this machine's clock",
        ),
        (
            "localhost",
            2090,
            2100,
            true,
            "the certificate of localhost is valid from 2090-01-01; check this machine's clock",
        ),
        (
            "mail.example.com",
            2020,
            2100,
            true,
            "the certificate of localhost is for mail.example.com; set `host` to the name it is for",
        ),
        (
            "localhost",
            2020,
            2100,
            false,
            "the certificate of localhost is from nobody whom this machine trusts; if it is your own server, name its authority in [[smtp]]: ca = \"authority.pem\"",
        ),
    ] {
        for (tls, by_command) in [(Tls::Implicit, false), (Tls::Starttls, true)] {
            let bad = certified(name, from, until);
            let other = certified("localhost", 2021, 2100);
            let (port, server) = serve(bad.config, by_command, |peer| panic!("it heard {:?}", peer.hear()));
            let authority = if trusted { &bad.authority } else { &other.authority };
            let error = open(port, tls, "localhost", authority).unwrap_err();
            assert_eq!((&*error.why, error.stage, error.passing), (expected, Stage::Tls, false));
            assert!(!server.join().unwrap(), "TLS did not begin");
        }
    }
}

#[test]
fn a_server_without_tls_gets_no_letter() {
    let server = Scripted::play(|peer| {
        peer.greet(OFFER);
        peer.hear_the_end();
    });
    let error = open(server.port, Tls::Starttls, "localhost", "").unwrap_err();
    let expected = format!(
        "localhost:{} offers no STARTTLS, and without TLS no mail is sent; set its port for TLS (usually 465) with tls = \"implicit\"",
        server.port
    );
    assert_eq!((&*error.why, error.passing), (&*expected, false));
    server.end();

    let server = Scripted::play(|peer| {
        peer.greet("250-scripted\r\n250 STARTTLS");
        peer.answer("STARTTLS", "454 4.7.0 no certificate today");
        peer.hear_the_end();
    });
    let error = open(server.port, Tls::Starttls, "localhost", "").unwrap_err();
    assert!(error.why.ends_with("refuses to begin TLS (454 4.7.0 no certificate today)") && error.passing, "{error}");
    server.end();

    let server = Scripted::play(|peer| {
        peer.say("220 in the clear");
        while peer.hear_octet().is_some() {}
    });
    let error = open(server.port, Tls::Implicit, "localhost", "").unwrap_err();
    assert_eq!(
        &*error.why,
        "localhost does not begin with TLS on this port; set tls = \"starttls\", or the port for TLS, usually 465"
    );
    server.end();
}

/// Somebody between us answers what is only asked later, through TLS.
#[test]
fn nothing_said_in_the_clear_is_taken_for_an_answer_through_tls() {
    let server = Scripted::play(|peer| {
        peer.greet("250-scripted\r\n250 STARTTLS");
        peer.answer("STARTTLS", "220 go on\r\n250-injected\r\n250 AUTH PLAIN");
        peer.hear_the_end();
    });
    let error = open(server.port, Tls::Starttls, "localhost", "").unwrap_err();
    assert!(error.why.contains("sent something in the clear after TLS was agreed upon"), "{error}");
    assert_eq!((error.stage, error.passing), (Stage::Tls, false));
    server.end();
}
