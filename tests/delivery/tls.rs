//! TLS that cannot begin, and TLS that breaks.

use std::io::Read;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use jiff::SignedDuration;

use crate::certificate::Certificate;
use crate::certificate::certificate;
use crate::certificate::secured;
use crate::issue;
use crate::issue::begin;
use crate::ledger;
use crate::running::Running;
use crate::sink::Does;
use crate::sink::Sink;
use crate::sink::Stream;
use crate::world::World;

const READERS: usize = 60;

/// A server that shows a certificate to all but the first so many connections, which it ends after a few octets.
fn server(
    certificate: &Certificate,
    breaks: usize,
    plan: impl Fn(&str, usize) -> Does + Send + Sync + 'static,
) -> Sink {
    let (config, connections) = (certificate.server(), AtomicUsize::new(0));
    let secure = move |mut socket: std::net::TcpStream| -> Option<Box<dyn Stream>> {
        if connections.fetch_add(1, Ordering::Relaxed) < breaks {
            socket.read_exact(&mut [0; 20]).ok()?;
            return None;
        }
        Some(Box::new(secured(&config, socket)?))
    };
    Sink::secured(secure, plan)
}

/// Minutes since the beginning. A run that took seconds gave back what it had at a moment that one with an earlier clock would have to wait for.
static LATER: AtomicI64 = AtomicI64::new(0);

/// Sends to it from now on, and begins to: it stays for what can be tried within so many minutes.
fn start(world: &World, port: u16, authority: &str, minutes: &str) -> Running {
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    let begin_of_server = site.find("[[smtp]]").unwrap();
    let smtp = format!("[[smtp]]\nhost = \"localhost\"\nport = {port}\ntls = \"implicit\"\nconnections = 3\n");
    world.write("site/site.toml", site[..begin_of_server].to_owned() + &smtp);
    let authority = world.write("authority.pem", authority);
    let now = (begin() + SignedDuration::from_mins(LATER.fetch_add(2, Ordering::Relaxed))).to_string();
    let mut command = world.command(["send", issue::DAY, "--yes", "--anyway", "--wait", minutes, "--now", &now]);
    command.env("SSL_CERT_FILE", authority).env_remove("SSL_CERT_DIR");
    Running::of(command)
}

#[test]
fn a_certificate_that_is_not_to_be_trusted_costs_nobody_anything() {
    let world = World::new();
    issue::prepare_for(&world, 1, 3, READERS);
    let stranger = certificate("localhost", 2021, 2100);
    for (name, from, until, trusted, says) in [
        ("localhost", 2020, 2021, true, "the certificate of localhost expired on 2021-01-01; have it renewed"),
        (
            "localhost",
            2090,
            2100,
            true,
            "the certificate of localhost is valid from 2090-01-01; check this machine's clock",
        ),
        ("mail.example.com", 2020, 2100, true, "the certificate of localhost is for mail.example.com; set `host`"),
        ("localhost", 2020, 2100, false, "the certificate of localhost is from nobody whom this machine trusts"),
    ] {
        let bad = certificate(name, from, until);
        let sink = server(&bad, 0, |_, _| Does::Takes);
        let authority = if trusted { &bad.authority } else { &stranger.authority };
        let (code, said) = start(&world, sink.port, authority, "0").wait();
        assert!(code == 3 && said.contains("nothing is lost") && said.contains(says), "{code} {said}");
        let rows = ledger::rows(&world);
        assert!(rows.iter().all(|row| row.state == "pending" && row.attempt == 0), "{name} {from}");
        assert!(sink.taken().is_empty());
    }
    let good = certificate("localhost", 2020, 2100);
    let sink = server(&good, 0, |_, _| Does::Takes);
    let (code, said) = start(&world, sink.port, &good.authority, "0").wait();
    assert_eq!((code, sink.taken().len()), (0, READERS), "{said}");
    ledger::hold(&ledger::rows(&world), &sink.taken());
}

#[test]
fn a_handshake_that_breaks_costs_nobody_anything() {
    let world = World::new();
    issue::prepare_for(&world, 1, 3, READERS);
    let good = certificate("localhost", 2020, 2100);
    let sink = server(&good, 3, |_, _| Does::Takes);
    let (code, said) = start(&world, sink.port, &good.authority, "15").wait();
    assert_eq!((code, sink.taken().len()), (0, READERS), "{said}");
    assert!(said.contains("cannot be used") && said.contains("takes mail again"), "{said}");
    let rows = ledger::rows(&world);
    assert!(rows.iter().all(|row| row.attempt == 1), "the attempts that were none are not counted");
    ledger::hold(&rows, &sink.taken());
}

/// Whether the end of a letter has left is known only where there was more of it than the system takes at once.
#[test]
fn a_connection_that_breaks_within_the_letter_is_told_from_one_that_breaks_after_it() {
    for (octets, state, said) in
        [(0, "in_doubt", "after the end of the letter"), (6_000_000, "deferred", "while the letter was sent")]
    {
        let world = World::new();
        issue::prepare_for(&world, 1, 3, 3);
        // Few lines: putting a CR before each of very many takes the library that writes letters very long.
        let line = "Long, but not the end of it. ".repeat(1000) + "\n";
        issue::approve_with(&world, &line.repeat(octets / line.len()));
        let good = certificate("localhost", 2020, 2100);
        let sink = server(&good, 0, |to, _| if to.starts_with("reader1@") { Does::CutsItOff } else { Does::Takes });
        let (code, text) = start(&world, sink.port, &good.authority, "0").wait();
        assert_eq!((code, sink.taken().len()), (3, 2), "{text}");
        let rows = ledger::rows(&world);
        let cut = ledger::of(&rows, state);
        assert!(cut.len() == 1 && cut[0].reply.contains(said), "{rows:?}");
        ledger::hold(&rows, &sink.taken());
    }
}
