//! Limits hold for all processes together: two or three `send` of one issue at a time, some of them killed.

use std::process::Child;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

use jiff::SignedDuration;

use crate::issue;
use crate::ledger;
use crate::running::Running;
use crate::sink::Sink;
use crate::world::World;
use crate::world::on_each_store;

fn limits(world: &World, sink: &Sink, readers: usize, limits: &str) {
    issue::prepare(world, sink, 4, readers);
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    world.write("site/site.toml", format!("{site}limits = {{ {limits} }}\n"));
}

fn start(world: &World, now: &str) -> Child {
    let now = format!("{now}[Europe/Berlin]");
    let mut command = world.command(["send", issue::DAY, "--yes", "--anyway", "--wait", "0", "--now", &now]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// So many at the same time, until all have ended.
fn together(world: &World, processes: usize, now: &str) {
    let children: Vec<Child> = (0..processes).map(|_| start(world, now)).collect();
    for mut child in children {
        assert!(matches!(child.wait().unwrap().code(), Some(0 | 3)));
    }
}

/// How many letters were taken until each moment, looked at every 20 ms while `during` goes on.
fn watched(sink: &Sink, during: Duration, mut each: impl FnMut(Duration)) -> Vec<(Duration, usize)> {
    let begun = Instant::now();
    let mut seen = Vec::new();
    while begun.elapsed() < during {
        seen.push((begun.elapsed(), sink.taken().len()));
        each(begun.elapsed());
        std::thread::sleep(Duration::from_millis(20));
    }
    seen
}

fn between(seen: &[(Duration, usize)], from: Duration, until: Duration) -> usize {
    let at = |moment| seen.iter().take_while(|(at, _)| *at <= moment).last().map_or(seen[0].1, |(_, count)| *count);
    at(until) - at(from)
}

#[test]
fn an_hour_is_one_hour_for_all_of_them() {
    on_each_store(|world| {
        let sink = Sink::new();
        limits(&world, &sink, 700, "per_hour = 200, per_day = 400");
        // One place in ten is kept for notices.
        together(&world, 3, "2026-11-15T09:00");
        assert_eq!(sink.taken().len(), 180, "three of them in one hour");
        together(&world, 2, "2026-11-15T09:40");
        assert_eq!(sink.taken().len(), 180, "the hour is not over");
        together(&world, 2, "2026-11-15T10:02");
        assert_eq!(sink.taken().len(), 360, "the second hour, and the end of the day's");
        together(&world, 2, "2026-11-15T12:00");
        assert_eq!(sink.taken().len(), 360, "the day is not over");
        together(&world, 3, "2026-11-16T11:00");
        assert_eq!(sink.taken().len(), 540);
    });
}

/// Whom nothing was written about since the issue began.
fn untouched(world: &World) -> Vec<ledger::Row> {
    let rows = ledger::rows(world);
    let begun = rows.iter().map(|row| row.times[1]).min().unwrap();
    rows.into_iter().filter(|row| row.state == "pending" && row.times[1] == begun).collect()
}

#[test]
fn when_the_hour_is_used_up_nothing_is_written_before_the_next() {
    on_each_store(|world| {
        let sink = Sink::new();
        limits(&world, &sink, 700, "per_hour = 20");
        issue::newsletter(&world, "spread_hours = 1\n");
        // At the end of the hour over which it is spread everything is due.
        assert_eq!((issue::send_at(&world, issue::begin(), &[]).code, sink.count()), (3, 1));
        let now = issue::begin() + SignedDuration::from_mins(70);
        let mut running = Running::waiting(&world, now, "90", &[]);
        running.waits_for(|_| sink.count() >= 19);
        std::thread::sleep(Duration::from_secs(5));
        assert!(running.is_running(), "the next hour is waited for");
        let left = untouched(&world);
        // Four on their way over each of four connections, and four in hand, when the hour was used up.
        assert!(left.len() >= 700 - sink.count() - 20, "{} of {}", left.len(), 700 - sink.count());
        let turns: std::collections::BTreeSet<i64> = left.iter().map(|row| row.times[0]).collect();
        assert_eq!(turns.len(), left.len(), "each has its turn still");
        running.terminate();
        let (code, said) = running.wait();
        assert_eq!(code, 3, "{said}");
        // Whoever comes later in that hour writes nothing at all.
        let before = ledger::rows(&world);
        let ran = issue::send_at(&world, now + SignedDuration::from_mins(20), &[]);
        assert_eq!((ran.code, sink.count()), (3, 19), "{}", ran.err);
        assert!(ran.out.contains("the next attempt is due at 2026-11-15 10:1"), "{}", ran.out);
        assert!(ledger::rows(&world) == before, "nothing was written");
        assert_eq!(issue::send_at(&world, now + SignedDuration::from_mins(62), &[]).code, 3);
        assert_eq!(sink.count(), 37);
    });
}

#[test]
fn a_server_whose_hour_is_used_up_leaves_the_rest_to_another() {
    let world = World::new();
    let (small, large) = (Sink::new(), Sink::new());
    limits(&world, &small, 300, "per_hour = 20");
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    let port = large.port;
    let more =
        format!("[[smtp]]\nname = \"large\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = 2\n");
    world.write("site/site.toml", site + &more);
    let ran = issue::send_at(&world, issue::begin(), &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(small.count() <= 18, "{}", small.count());
    ledger::hold(&ledger::rows(&world), &[small.taken(), large.taken()].concat());
    assert_eq!(small.count() + large.count(), 300);
}

#[test]
fn one_that_is_killed_takes_along_what_it_had_drawn_and_the_hour_is_kept() {
    on_each_store(|world| {
        let sink = Sink::new();
        limits(&world, &sink, 1500, "per_hour = 1000");
        let mut killed = 0;
        for _ in 0..4 {
            let (mut first, mut second) = (start(&world, "2026-11-15T09:00"), start(&world, "2026-11-15T09:00"));
            std::thread::sleep(Duration::from_millis(350));
            killed += u32::from(first.try_wait().unwrap().is_none());
            first.kill().unwrap();
            first.wait().unwrap();
            std::thread::sleep(Duration::from_millis(100));
            second.kill().unwrap();
            second.wait().unwrap();
        }
        together(&world, 2, "2026-11-15T09:10");
        assert!(killed > 0, "it was over before");
        assert!((300..=900).contains(&sink.taken().len()), "{}", sink.taken().len());
    });
}

#[test]
fn together_they_are_as_fast_as_one_and_one_alone_goes_on_at_the_full_rate() {
    // Never faster, whatever the machine does; as fast where it is free to be.
    let mut seen = Vec::new();
    for _ in 0..3 {
        let rates = Mutex::new(Vec::new());
        on_each_store(|world| rates.lock().unwrap().push(three_and_one(&world)));
        let rates = rates.into_inner().unwrap();
        if rates.iter().all(|(three, alone)| *three >= 120 && *alone >= 135) {
            return;
        }
        seen.push(rates);
    }
    panic!("three of them, and one alone, in 4 seconds: {seen:?}");
}

/// Letters in four seconds through a server that takes 40 a second, of three processes and then of one that is left.
fn three_and_one(world: &World) -> (usize, usize) {
    let sink = Sink::new();
    limits(world, &sink, 1500, "per_second = 40");
    let mut children: Vec<Child> = (0..3).map(|_| start(world, "2026-11-15T09:00")).collect();
    while sink.taken().len() < 40 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = Duration::from_secs(1);
    let mut dead = Vec::new();
    let seen = watched(&sink, 11 * second, |at| {
        if at > 5 * second && dead.is_empty() {
            dead = children.drain(1..).collect();
            for child in &mut dead {
                child.kill().unwrap();
                child.wait().unwrap();
            }
        }
    });
    for from in 0..8 {
        let three = between(&seen, from * second, (from + 3) * second);
        assert!(three <= 3 * 40 + 15, "{three} in 3 seconds");
    }
    assert!(children[0].try_wait().unwrap().is_none());
    children[0].kill().unwrap();
    children[0].wait().unwrap();
    (between(&seen, second, 5 * second), between(&seen, 7 * second, 11 * second))
}

#[test]
fn a_restored_backup_and_a_copy_go_on_in_the_same_hour() {
    let world = World::new();
    let sink = Sink::new();
    limits(&world, &sink, 100, "per_hour = 20");
    let (backup, copy) = (world.path("backup"), world.path("copy.sqlite3"));
    world.ok(["store", "backup", backup.to_str().unwrap()]);
    together(&world, 1, "2026-11-15T09:00");
    assert_eq!(sink.taken().len(), 18);
    world.ok(["store", "restore", backup.to_str().unwrap(), "--yes"]);
    together(&world, 1, "2026-11-15T09:30");
    assert_eq!(sink.taken().len(), 18, "the restored list knows it");
    world.ok(["store", "copy", copy.to_str().unwrap()]);
    let count = |file: &std::path::Path| -> String {
        let list = rusqlite::Connection::open(file).unwrap();
        list.query_row("SELECT value FROM meta WHERE name LIKE 'rate %'", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count(&copy), count(&world.data().join("list.sqlite3")));
}
