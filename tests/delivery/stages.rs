//! Postfix's `smtp-sink` fails at each stage in each way that it knows; then the fault is gone, and `send` is called until the end. Every row says what happened to it.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::issue;
use crate::issue::account;
use crate::issue::begin;
use crate::issue::count;
use crate::issue::send_at;
use crate::ledger;
use crate::running::Running;
use crate::smtp_sink::SmtpSink;
use crate::world::World;
use crate::world::on_each_store;

const READERS: usize = 200;

/// Longer than any wait between two attempts.
fn much_later(now: &mut Timestamp) -> Timestamp {
    *now += SignedDuration::from_hours(5);
    *now
}

/// The fault is gone: everybody who is left gets it, and nobody who has it.
#[track_caller]
fn recovers(world: &World, sink: &mut SmtpSink, now: Timestamp, left: usize) {
    let before = ledger::of(&ledger::rows(world), "sent").len();
    let good = sink.start(&[]);
    let ran = send_at(world, now, &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(sink.heard(good).len(), left);
    let rows = ledger::rows(world);
    assert_eq!(ledger::of(&rows, "sent").len(), before + left);
}

#[test]
fn refused_for_now_at_every_stage() {
    on_each_store(|world| {
        let Some(mut sink) = SmtpSink::new() else { return };
        issue::prepare_for(&world, sink.port, 4, READERS);
        let mut now = begin();
        for (attempt, (option, command, reply)) in [
            ("-r", "RCPT", "rcpt 450 4.3.0 Error: command failed"),
            ("-r", "DATA", "data 450 4.3.0 Error: command failed"),
            ("-r", ".", "body 450 4.3.0 Error: command failed"),
            ("-q", "RCPT", "rcpt 0 127.0.0.1 closed the connection"),
            ("-q", "DATA", "data 0 127.0.0.1 closed the connection"),
        ]
        .into_iter()
        .enumerate()
        {
            sink.start(&[option, command]);
            let ran = send_at(&world, now, &[]);
            assert_eq!(ran.code, 3, "{option} {command}: {}{}", ran.out, ran.err);
            let rows = ledger::rows(&world);
            let found = ledger::replies(&rows);
            assert_eq!(found, [(format!("deferred {reply}"), READERS)].into(), "{option} {command}");
            assert!(rows.iter().all(|row| row.attempt == attempt as i64 + 1), "one attempt each: {option} {command}");
            much_later(&mut now);
        }
        recovers(&world, &mut sink, now, READERS);
        let rows = ledger::rows(&world);
        assert_eq!(ledger::replies(&rows), [("sent body 250 2.0.0 Ok".to_owned(), READERS)].into());
    });
}

#[test]
fn told_to_go_away_at_every_stage() {
    on_each_store(|world| {
        let Some(mut sink) = SmtpSink::new() else { return };
        issue::prepare_for(&world, sink.port, 4, READERS);
        let mut now = begin();
        let mut expected = BTreeMap::from([("pending ".to_owned(), READERS)]);
        for (command, stage) in [("RCPT", "rcpt"), ("DATA", "data"), (".", "body")] {
            sink.start(&["-Q", command]);
            // One letter for each connection: this is about us, and whoever is told so slows down.
            let ran = send_at(&world, now, &["--limit", "4"]);
            assert_eq!(ran.code, 3, "{command}: {}{}", ran.out, ran.err);
            let rows = ledger::rows(&world);
            expected.insert(format!("deferred {stage} 421 4.0.0 Server closing connection"), 4);
            *expected.get_mut("pending ").unwrap() -= 4;
            assert_eq!(ledger::replies(&rows), expected, "{command}");
            assert!(ledger::of(&rows, "deferred").iter().all(|row| row.attempt == 1), "{command}");
            much_later(&mut now);
        }
        recovers(&world, &mut sink, now, READERS);
    });
}

#[test]
fn refused_for_good_at_every_stage() {
    on_each_store(|world| {
        let Some(mut sink) = SmtpSink::new() else { return };
        issue::prepare_for(&world, sink.port, 4, READERS);
        let mut now = begin();
        for (options, state, reply) in [
            (&["-f", "RCPT"][..], "rejected", "rcpt 500 5.3.0 Error: command failed"),
            (&["-f", "RCPT", "-B", "550 5.1.1 no such user"], "bounced", "rcpt 550 5.1.1 no such user"),
            (&["-f", "DATA"], "rejected", "data 500 5.3.0 Error: command failed"),
            (&["-f", "."], "rejected", "body 500 5.3.0 Error: command failed"),
            (&["-f", ".", "-B", "552 5.3.4 too large"], "rejected", "body 552 5.3.4 too large"),
        ] {
            sink.start(options);
            let ran = send_at(&world, much_later(&mut now), &["--limit", "25"]);
            assert_eq!(ran.code, 3, "{options:?}: {}{}", ran.out, ran.err);
            assert_eq!(ledger::replies(&ledger::rows(&world))[&format!("{state} {reply}")], 25, "{options:?}");
        }
        // What names the sender would be said of everybody.
        sink.start(&["-f", "RCPT", "-B", "550 5.7.1 sender not allowed"]);
        let ran = send_at(&world, much_later(&mut now), &[]);
        assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
        let refused = ledger::replies(&ledger::rows(&world))["rejected rcpt 550 5.7.1 sender not allowed"];
        assert!((10..25).contains(&refused), "{refused}");
        world.ok(["issue", "resume", issue::DAY]);
        // What was refused for good is tried once more after a pause; whom nobody knows is not.
        assert_eq!(ledger::of(&ledger::rows(&world), "bounced").len(), 25);
        assert_eq!(ledger::of(&ledger::rows(&world), "pending").len(), READERS - 25);
        recovers(&world, &mut sink, much_later(&mut now), READERS - 25);
        let suppressed = world.ok(["subscribers", "list", "--suppressed"]);
        assert_eq!(suppressed.matches('@').count(), 25, "only whom nobody knows: {suppressed}");
    });
}

#[test]
fn before_any_letter_it_costs_nobody_anything() {
    let Some(mut sink) = SmtpSink::new() else { return };
    let world = World::new();
    issue::prepare_for(&world, sink.port, 4, READERS);
    let mut now = begin();
    let mut a_while_later = || {
        now += SignedDuration::from_hours(2);
        now
    };
    for (option, command, said) in [
        ("-r", "CONNECT", "does not take connections (450 4.3.0 Error: command failed)"),
        ("-f", "CONNECT", "does not take connections (500 5.3.0 Error: command failed)"),
        ("-q", "CONNECT", "closed the connection instead of greeting"),
        ("-Q", "CONNECT", "does not take connections (421 4.0.0 Server closing connection)"),
        ("-r", "EHLO", "refuses our greeting (450 4.3.0 Error: command failed)"),
        ("-q", "EHLO", "closed the connection at hello"),
        ("-Q", "EHLO", "refuses our greeting (421 4.0.0 Server closing connection)"),
        ("-f", "EHLO,HELO", "refuses our greeting (500 5.3.0 Error: command failed)"),
        // No reader was named yet.
        ("-r", "MAIL", "takes no mail from us now (450 4.3.0 Error: command failed)"),
        ("-f", "MAIL", "takes no mail from us (500 5.3.0 Error: command failed)"),
        ("-Q", "MAIL", "takes no mail from us now (421 4.0.0 Server closing connection)"),
        ("-q", "MAIL", "closed the connection at MAIL"),
    ] {
        sink.start(&[option, command]);
        let (code, text) = Running::start(&world, a_while_later(), &[]).wait();
        assert_eq!(code, 3, "{option} {command}: {text}");
        assert!(text.contains("nothing is lost") && text.contains(said), "{option} {command}: {text}");
        let rows = ledger::rows(&world);
        assert!(
            rows.iter().all(|row| row.attempt == 0 && row.state == "pending" && row.reply.is_empty()),
            "{option} {command}: {:?}",
            ledger::replies(&rows)
        );
    }
    // It waits for a server that comes back, by itself.
    sink.start(&["-r", "CONNECT"]);
    let mut running = Running::waiting(&world, a_while_later(), "15", &[]);
    running.says("nothing is lost");
    let good = sink.start(&[]);
    let (code, text) = running.wait();
    assert!(code == 0 && text.contains("takes mail again"), "{text}");
    ledger::hold(&ledger::rows(&world), &sink.heard(good));
    assert_eq!(sink.heard(good).len(), READERS);
}

#[test]
fn a_server_that_always_hangs_up_after_the_dot_gets_no_more_than_a_few() {
    on_each_store(|world| {
        let Some(mut sink) = SmtpSink::new() else { return };
        issue::prepare_for(&world, sink.port, 4, READERS);
        let bad = sink.start(&["-q", "."]);
        let ran = send_at(&world, begin(), &[]);
        ran.fails(3, &["127.0.0.1 closed the connection after the end of the letter"]);
        assert!(
            ran.out.contains("Paused: of more than one letter of fifty the server's answer was lost"),
            "{}",
            ran.out
        );
        let rows = ledger::rows(&world);
        let doubts = ledger::of(&rows, "in_doubt");
        assert!((10..=14).contains(&doubts.len()), "{} in doubt", doubts.len());
        assert_eq!(ledger::of(&rows, "pending").len(), READERS - doubts.len());
        // In doubt are those that it heard to the end, and nobody else.
        let heard = sink.heard(bad);
        assert_eq!(heard.len(), doubts.len());
        ledger::hold(&rows, &heard);
        let account = account(&world);
        assert_eq!((&account["state"], count(&account, "in_doubt")), (&"paused".into(), doubts.len()));
        send_at(&world, begin(), &[]).fails(3, &["is paused", "letterpress issue resume"]);
        // Its owner looked into the log of the server: it has every second one.
        for (at, doubt) in account["in_doubt"].as_array().unwrap().iter().enumerate() {
            let how = if at % 2 == 0 { "--assume-sent" } else { "--resend" };
            world.ok(["deliveries", "resolve", how, &doubt["number"].to_string()]);
        }
        world.ok(["issue", "resume", issue::DAY]);
        let left = READERS - doubts.len().div_ceil(2);
        recovers(&world, &mut sink, much_later(&mut begin()), left);
    });
}

#[test]
fn a_server_that_falls_silent_at_a_stage() {
    let Some(mut sink) = SmtpSink::new() else { return };
    let world = World::new();
    issue::prepare_for(&world, sink.port, 4, READERS);
    let mut now = begin();
    for (stage, why, state) in [
        ("RCPT", "rcpt 0 127.0.0.1 did not answer within 0.3 s", "deferred"),
        ("DATA", "data 0 127.0.0.1 did not answer within 0.3 s", "deferred"),
        (".", "body 0 127.0.0.1 did not answer within 0.3 s after the end of the letter", "in_doubt"),
    ] {
        let bad = sink.start(&["-p", "-W", &format!("{stage}:90")]);
        let ran = send_at(&world, now, &["--answer-within", "0.3", "--limit", "8"]);
        assert_eq!(ran.code, 3, "{stage}: {}{}", ran.out, ran.err);
        let rows = ledger::rows(&world);
        assert_eq!(ledger::replies(&rows)[&format!("{state} {why}")], 8, "{stage}: {:?}", ledger::replies(&rows));
        if state == "in_doubt" {
            ledger::hold(&rows, &sink.heard(bad));
        } else {
            assert!(sink.heard(bad).is_empty(), "{stage}");
        }
        much_later(&mut now);
    }
    // Slow is not silent.
    let slow = sink.start(&["-W", ".:1"]);
    let ran = send_at(&world, now, &["--answer-within", "10", "--limit", "8"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert_eq!(sink.heard(slow).len(), 8);
    world.ok(["deliveries", "resolve", "--resend", "--all"]);
    recovers(&world, &mut sink, much_later(&mut now), READERS - 8);
}

#[test]
fn a_server_that_vanishes_in_the_middle_and_comes_back() {
    on_each_store(|world| {
        let Some(mut sink) = SmtpSink::new() else { return };
        let readers = 600;
        issue::prepare_for(&world, sink.port, 4, readers);
        let mut taken = Vec::new();
        let mut number = sink.start(&[]);
        let mut running = Running::waiting(&world, begin(), "1", &[]);
        for half in 1..=2 {
            while sink.heard(number).len() < 100 {
                assert!(running.is_running(), "it ended by itself");
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            sink.stop();
            running.says_times("nothing is lost", half);
            taken.extend(sink.heard(number));
            number = sink.start(&[]);
        }
        // What was on its way when the server went is tried again a minute later, and is not waited for here.
        let is_under_way = |row: &ledger::Row| matches!(row.state.as_str(), "pending" | "leased" | "transmitting");
        if running.may(|_| !ledger::rows(&world).iter().any(is_under_way)) {
            running.terminate();
        }
        let (code, text) = running.wait();
        let rows = ledger::rows(&world);
        let doubts = ledger::of(&rows, "in_doubt").len();
        assert!(doubts <= 2 * 4, "{doubts} in doubt");
        let expected = if doubts > 0 { 3 } else { 0 };
        if ledger::of(&rows, "deferred").is_empty() {
            assert_eq!(code, expected, "{text}");
        } else {
            let ran = send_at(&world, much_later(&mut begin()), &[]);
            assert_eq!((code, ran.code), (3, expected), "{text}{}", ran.err);
        }
        taken.extend(sink.heard(number));
        let rows = ledger::rows(&world);
        assert_eq!(ledger::of(&rows, "sent").len() + doubts, readers);
        ledger::hold(&rows, &taken);
    });
}
