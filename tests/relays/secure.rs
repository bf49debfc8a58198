//! A server with a certificate of its own, and a login by token, as `site.toml` describes them.

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use data_encoding::BASE64;
use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::CertifiedIssuer;
use rcgen::IsCa;
use rcgen::KeyPair;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::StreamOwned;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;

use crate::issue;
use crate::sink::Does;
use crate::sink::Sink;
use crate::world::World;

/// A sink behind TLS, and its authority as PEM.
fn secured() -> (Sink, u16, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let (sink, config) = (Sink::new(), Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let shared = sink.clone();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            shared.attend(StreamOwned::new(connection, socket.unwrap()), &|_, _| Does::Takes);
        }
    });
    (sink, port, authority.pem())
}

/// A site that sends through it, with these further lines in `[[smtp]]`.
fn world(sink: &Sink, port: u16, more: &str) -> World {
    let world = World::new();
    issue::prepare(&world, sink, 1, 2);
    let site = fs::read_to_string(world.path("site/site.toml")).unwrap();
    let (before, _) = site.split_once("[[smtp]]\n").unwrap();
    let server = format!("[[smtp]]\nhost = \"localhost\"\nport = {port}\ntls = \"implicit\"\nconnections = 1\n{more}");
    world.write("site/site.toml", format!("{before}{server}"));
    world
}

#[test]
fn an_authority_of_ones_own_and_a_token_that_is_renewed() {
    let (sink, port, authority) = secured();
    let world = world(&sink, port, "ca = \"own.pem\"\nuser = \"me@a.example\"\ntoken = { file = \"token\" }\n");
    world.write("site/own.pem", authority);
    for token in ["ya29.first", "ya29.second"] {
        world.write("site/token", format!("{token}\n"));
        let ran = world.run(["send", issue::DAY, "--test", "you@b.example"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(!ran.err.contains(token), "{}", ran.err);
    }
    assert_eq!(issue::send(&world), 0);
    let heard = sink.heard("AUTH");
    let expected = ["ya29.first", "ya29.second", "ya29.second"].map(|token| {
        format!(
            "AUTH XOAUTH2 {}",
            BASE64.encode(format!("user=me@a.example\u{1}auth=Bearer {token}\u{1}\u{1}").as_bytes())
        )
    });
    assert_eq!(heard, expected);
    assert_eq!(sink.letters().len(), 4);
}

#[test]
fn what_is_missing_is_named() {
    let (sink, port, authority) = secured();
    let stranger = world(&sink, port, "");
    let ran = stranger.run(["send", issue::DAY, "--test", "you@b.example"]);
    ran.fails(
        1,
        &[
            "the certificate of localhost is from nobody whom this machine trusts",
            "name its authority in [[smtp]]: ca = \"authority.pem\"",
        ],
    );
    let world = world(&sink, port, "ca = \"own.pem\"\nuser = \"me@a.example\"\ntoken = { file = \"token\" }\n");
    let test = || world.run(["send", issue::DAY, "--test", "you@b.example"]);
    test().fails(1, &["`token` is to be in the file token, which is not there or empty"]);
    world.write("site/token", "t");
    test().fails(1, &["`ca` of the server `localhost` names own.pem, which is not there or empty"]);
    world.write("site/own.pem", "no certificate");
    test().fails(1, &["the server `localhost` cannot be used: the file of authorities has none"]);
    world.write("site/own.pem", authority);
    assert_eq!(test().code, 0);
    assert_eq!(sink.letters().len(), 1);
}
