//! Servers that greet everybody and take nothing, servers that refuse us, and what the others do meanwhile.

use std::io;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::issue;
use crate::issue::account;
use crate::issue::begin;
use crate::issue::count;
use crate::issue::send_at;
use crate::ledger;
use crate::running::Running;
use crate::sink::Does;
use crate::sink::Sink;
use crate::sink::Stream;
use crate::smtp_sink::free_port;
use crate::world::World;
use crate::world::on_each_store;

/// Adds a second server, over two connections.
fn beside(world: &World, port: u16) {
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    let more =
        format!("[[smtp]]\nname = \"other\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = 2\n");
    world.write("site/site.toml", site + &more);
}

fn minutes_later(minutes: i64) -> Timestamp {
    begin() + SignedDuration::from_mins(minutes)
}

/// Nobody was tried, as far as the ledger knows.
#[track_caller]
fn untouched(world: &World) {
    let rows = ledger::rows(world);
    assert!(
        rows.iter().all(|row| row.attempt == 0 && row.state == "pending" && row.reply.is_empty()),
        "{:?}",
        ledger::replies(&rows)
    );
}

/// Both servers together have given every reader the letter once, at the first attempt that counts.
#[track_caller]
fn everybody_once(world: &World, servers: &[&Sink], readers: usize) {
    let rows = ledger::rows(world);
    let taken: Vec<(String, String)> = servers.iter().flat_map(|sink| sink.taken()).collect();
    ledger::hold(&rows, &taken);
    assert_eq!((taken.len(), ledger::of(&rows, "sent").len()), (readers, readers), "{:?}", ledger::replies(&rows));
    assert!(rows.iter().all(|row| row.attempt == 1), "nobody's attempt was spent on it");
}

#[test]
fn a_server_that_turns_everybody_away_costs_nobody_an_attempt() {
    on_each_store(|world| {
        issue::prepare_for(&world, 1, 3, 40);
        let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
        for (at, (answer, said)) in [
            ("530 5.7.0 Authentication required", "(530 5.7.0 Authentication required); set `user` and `password`"),
            ("454 4.7.0 Temporary authentication failure", "takes no mail from us now (454 4.7.0 Temporary"),
            ("421 4.7.0 too many messages", "takes no mail from us now (421 4.7.0 too many messages)"),
            ("451 try again", "takes no mail from us now (451 try again)"),
            (
                "550 5.7.1 ed@a.example may not send here",
                "takes no mail from us (550 5.7.1 e…@a….example may not send here); check the address in `from`",
            ),
            ("550 no", "takes no mail from us (550 no); check"),
        ]
        .into_iter()
        .enumerate()
        {
            let sink = Sink::turning_away(move |_| Some(answer));
            world.write("site/site.toml", site.replace("port = 1\n", &format!("port = {}\n", sink.port)));
            let ran = send_at(&world, minutes_later(10 * at as i64), &[]);
            assert_eq!(ran.code, 3, "{answer}: {}{}", ran.out, ran.err);
            assert!(ran.err.contains(said) && ran.err.contains("nothing is lost"), "{answer}: {}", ran.err);
            // Once; on a machine that takes seconds for this, it may be left alone and tried a second time.
            let told = ran.err.matches("cannot be used").count();
            assert!((1..=2).contains(&told), "{}", ran.err);
            assert!(ran.out.contains("0 of 40 readers have it") && ran.out.contains("40  pending"), "{}", ran.out);
            assert!(ran.out.contains(&format!("(127.0.0.1:{})", sink.port)), "{}", ran.out);
            let asked = sink.heard("MAIL").len();
            assert!((1..=3 * told).contains(&asked), "{answer}: once over each connection, not {asked} times");
            untouched(&world);
        }
        let good = Sink::new();
        world.write("site/site.toml", site.replace("port = 1\n", &format!("port = {}\n", good.port)));
        assert_eq!(send_at(&world, minutes_later(60), &[]).code, 0);
        everybody_once(&world, &[&good], 40);
    });
}

#[test]
fn it_is_tried_again_more_and_more_seldom_and_used_again_when_it_takes_a_letter() {
    let world = World::new();
    let is_mended = Arc::new(AtomicBool::new(false));
    let is = Arc::clone(&is_mended);
    let sink = Sink::turning_away(move |_| (!is.load(Ordering::Relaxed)).then_some("451 4.3.0 not now"));
    issue::prepare(&world, &sink, 3, 40);
    let mut running = Running::waiting(&world, begin(), "15", &[]);
    running.says("Tried again in 5 s");
    // It has let us in again meanwhile, as it did before.
    running.says("Tried again in 10 s");
    assert!(sink.heard("EHLO").len() >= 2 && sink.heard("MAIL").len() <= 6, "{:?}", sink.heard("MAIL"));
    let rows = ledger::rows(&world);
    assert!(rows.iter().all(|row| matches!(row.state.as_str(), "pending" | "leased") && row.reply.is_empty()));
    is_mended.store(true, Ordering::Relaxed);
    let (code, said) = running.wait();
    assert!(code == 0 && said.matches("takes mail again").count() == 1, "{code} {said}");
    everybody_once(&world, &[&sink], 40);
}

#[test]
fn what_is_said_of_one_letter_before_its_reader_is_named_is_that_letters() {
    let world = World::new();
    let sink = Sink::turning_away(|number| match number {
        2 => Some("450 4.1.7 Sender address rejected: unverified address: in progress"),
        4 => Some("552 5.3.4 message size exceeds limit"),
        _ => None,
    });
    issue::prepare(&world, &sink, 1, 20);
    let ran = send_at(&world, begin(), &[]);
    assert!(ran.code == 3 && !ran.err.contains("cannot be used"), "{}{}", ran.out, ran.err);
    let replies = ledger::replies(&ledger::rows(&world));
    let expected = [
        ("deferred mail 450 4.1.7 Sender address rejected: unverified address: in progress".to_owned(), 1),
        ("rejected mail 552 5.3.4 message size exceeds limit".to_owned(), 1),
        ("sent body 250 2.0.0 taken as 4711".to_owned(), 18),
    ];
    assert_eq!(replies, expected.into());
}

/// One connection of those that a server has open.
struct Counted(TcpStream, Arc<AtomicUsize>);

impl Read for Counted {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        self.0.read(octets)
    }
}

impl Write for Counted {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn a_server_that_allows_fewer_connections_than_we_open_is_used_over_those() {
    let world = World::new();
    let open = Arc::new(AtomicUsize::new(0));
    let secure = move |socket: TcpStream| -> Option<Box<dyn Stream>> {
        let mut counted = Counted(socket, Arc::clone(&open));
        if open.fetch_add(1, Ordering::SeqCst) < 2 {
            return Some(Box::new(counted));
        }
        counted.write_all(b"421 4.7.0 too many connections\r\n").ok()?;
        None
    };
    let sink = Sink::secured(secure, |_, _| {
        std::thread::sleep(Duration::from_millis(20));
        Does::Takes
    });
    issue::prepare(&world, &sink, 4, 1000);
    let begun = Instant::now();
    let (code, said) = Running::waiting(&world, begin(), "15", &[]).wait();
    assert_eq!(code, 0, "{said}");
    // Ten seconds for two connections, and five in the beginning, when it has answered over none.
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    assert!(said.matches("cannot be used").count() <= 1, "{said}");
    let told = "takes letters, but not over all our connections";
    assert!(said.matches(told).count() == 1 && said.contains("set fewer `connections` in [[smtp]]"), "{said}");
    everybody_once(&world, &[&sink], 1000);
}

#[test]
fn who_is_told_to_go_away_slows_down_where_letters_flow() {
    // From the first letter on it says nothing about how fast they went, after some it does.
    for (takes, says) in [(0, "\"slowed\":null"), (3, "\"slowed\":{")] {
        let world = World::new();
        let sink = Sink::turning_away(move |number| (number > takes).then_some("421 4.7.0 too many"));
        issue::prepare(&world, &sink, 1, 8);
        assert_eq!(send_at(&world, begin(), &[]).code, 3);
        let list = rusqlite::Connection::open(world.data().join("list.sqlite3")).unwrap();
        let kept: String =
            list.query_row("SELECT value FROM meta WHERE name LIKE 'rate %'", [], |row| row.get(0)).unwrap();
        assert!(kept.contains(says), "{takes}: {kept}");
    }
}

#[test]
fn without_waiting_it_ends_when_no_server_can_be_reached() {
    on_each_store(|world| {
        issue::prepare_for(&world, free_port(), 3, 40);
        beside(&world, free_port());
        let begun = Instant::now();
        let ran = send_at(&world, begin(), &[]);
        assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
        assert_eq!(ran.err.matches("cannot be used").count(), 2, "{}", ran.err);
        for said in
            ["0 of 40 readers have it", "40  pending: not tried yet", "No server could be used at the end (127.0.0.1:"]
        {
            assert!(ran.out.contains(said), "{said}: {}", ran.out);
        }
        assert!(ran.out.contains("Something remains; the next attempt is due at 2026-11-15 08:00 UTC"), "{}", ran.out);
        let json = world.run(["send", issue::DAY, "--yes", "--anyway", "--wait", "0", "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
        assert_eq!(
            (json["complete"].as_bool(), json["unusable"].as_array().unwrap().len()),
            (Some(false), 2),
            "{json}"
        );
        untouched(&world);
    });
}

#[test]
fn what_one_server_refuses_for_our_sake_goes_through_the_other() {
    on_each_store(|world| {
        // At one stage and at the other.
        let bad = Sink::with(|to, _| {
            let is_even = to.trim_start_matches("reader").split('@').next().unwrap().parse::<u32>().unwrap() % 2 == 0;
            if is_even {
                Does::Refuses("554 5.7.1 <ed@a.example>: Sender address rejected: Access denied")
            } else {
                Does::RefusesLetter("550 5.7.26 not authenticated")
            }
        });
        let good = Sink::new();
        issue::prepare(&world, &bad, 3, 400);
        beside(&world, good.port);
        let ran = send_at(&world, begin(), &[]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        everybody_once(&world, &[&good], 400);
        let asked = bad.heard("MAIL").len();
        assert!((10..=14).contains(&asked), "ten prove it, and what was under way then: {asked}");
        let told = format!("127.0.0.1:{} refuses our mail, whoever the reader is: 55", bad.port);
        assert_eq!(ran.err.matches(&told).count(), 1, "{}", ran.err);
        assert!(
            ran.err.contains("the other servers are offered its letters") && !ran.err.contains("ed@"),
            "{}",
            ran.err
        );
        assert!(!ran.err.contains(": rejected 55"), "{}", ran.err);
    });
}

#[test]
fn where_every_server_refuses_us_the_issue_pauses() {
    let world = World::new();
    let is_mended = Arc::new(AtomicBool::new(false));
    let server = || {
        let is = Arc::clone(&is_mended);
        Sink::with(move |_, _| {
            if is.load(Ordering::Relaxed) { Does::Takes } else { Does::RefusesLetter("550 5.7.26 not authenticated") }
        })
    };
    let (one, other) = (server(), server());
    issue::prepare(&world, &one, 3, 400);
    beside(&world, other.port);
    let ran = send_at(&world, begin(), &[]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("Paused: more than one letter of fifty, or of a short list"), "{}", ran.out);
    let before = account(&world);
    assert_eq!(before["state"], "paused");
    assert!(count(&before, "pending") >= 370, "{before}");
    is_mended.store(true, Ordering::Relaxed);
    world.ok(["issue", "resume", issue::DAY]);
    assert_eq!(send_at(&world, minutes_later(10), &[]).code, 0);
    let rows = ledger::rows(&world);
    ledger::hold(&rows, &[one.taken(), other.taken()].concat());
    assert_eq!(ledger::of(&rows, "sent").len(), 400, "{:?}", ledger::replies(&rows));
}

#[test]
fn where_one_refuses_us_and_the_other_is_away_nobody_loses_anything() {
    let world = World::new();
    let bad = Sink::with(|_, _| Does::Refuses("550 5.7.1 no relaying for you"));
    issue::prepare(&world, &bad, 2, 100);
    beside(&world, free_port());
    let ran = send_at(&world, begin(), &[]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    untouched(&world);
    assert_eq!(account(&world)["state"], "sending");
    // Some minutes later it is there.
    let good = Sink::new();
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    world.write("site/site.toml", site.split("[[smtp]]\nname").next().unwrap());
    beside(&world, good.port);
    assert_eq!(send_at(&world, minutes_later(10), &[]).code, 0);
    everybody_once(&world, &[&good], 100);
}

#[test]
fn one_that_turns_us_away_leaves_everything_to_the_other() {
    let world = World::new();
    let bad = Sink::turning_away(|_| Some("550 5.7.1 not allowed"));
    // It takes longer than the other one is left alone.
    let good = Sink::with(|_, _| {
        std::thread::sleep(Duration::from_millis(60));
        Does::Takes
    });
    issue::prepare(&world, &bad, 2, 200);
    beside(&world, good.port);
    let ran = send_at(&world, begin(), &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    everybody_once(&world, &[&good], 200);
    assert!((1..=6).contains(&bad.heard("MAIL").len()), "{:?}", bad.heard("MAIL"));
}

#[test]
fn a_refusal_that_every_server_repeats_is_about_that_letter() {
    let world = World::new();
    let server = |all: bool| {
        Sink::with(move |to, _| match to.split('@').next().unwrap() {
            "reader7" => Does::RefusesLetter("550 5.7.1 not for this reader"),
            "reader8" if all => Does::Refuses("550 5.7.1 not through us"),
            _ => Does::Takes,
        })
    };
    let (one, other) = (server(true), server(false));
    issue::prepare(&world, &one, 2, 60);
    beside(&world, other.port);
    let ran = send_at(&world, begin(), &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let rows = ledger::rows(&world);
    let refused = ledger::of(&rows, "rejected");
    assert!(refused.len() == 1 && refused[0].to.starts_with("reader7@"), "{refused:?}");
    assert_eq!((refused[0].attempt, refused[0].reply.as_str()), (1, "body 550 5.7.1 not for this reader"));
    let asked = [&one, &other].map(|sink| sink.heard("RCPT TO:<reader7@").len());
    assert_eq!(asked, [1, 1], "each of them once");
    assert_eq!(ledger::of(&rows, "sent").len(), 59);
    assert!(other.taken().iter().any(|(_, to)| to.starts_with("reader8@")));
}
