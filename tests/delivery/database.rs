//! The ledger's own misfortunes in the middle of sending: locked by another program, no room left, its server restarted. What a mail server said is written down as soon as it can be.

use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::issue;
use crate::issue::begin;
use crate::ledger;
#[cfg(feature = "postgres")]
use crate::postgres;
use crate::running::Running;
use crate::sink::Does;
use crate::sink::Sink;
use crate::world::World;

/// A server that takes its time, so that it is met in the middle.
fn slow() -> Sink {
    Sink::with(|_, _| {
        std::thread::sleep(Duration::from_millis(2));
        Does::Takes
    })
}

/// Holds that everybody has it once, and nobody is in doubt.
#[track_caller]
fn everybody_has_it(world: &World, sink: &Sink, readers: usize) {
    let rows = ledger::rows(world);
    ledger::hold(&rows, &sink.taken());
    assert_eq!(ledger::of(&rows, "sent").len(), readers, "{:?}", ledger::replies(&rows));
    assert!(rows.iter().all(|row| row.attempt == 1), "nobody's attempt was spent on it");
}

/// A moment after the first run.
fn later() -> Timestamp {
    begin() + SignedDuration::from_mins(10)
}

/// Longer than anybody waits for a lock.
const LOCKED: Duration = Duration::from_secs(12);

#[test]
fn locked_by_another_program_in_the_middle() {
    let (world, sink) = (World::new(), slow());
    issue::prepare(&world, &sink, 4, 600);
    let mut running = Running::start(&world, begin(), &[]);
    running.waits_for(|_| sink.taken().len() > 100);
    let lock = rusqlite::Connection::open(world.data().join("list.sqlite3")).unwrap();
    lock.busy_timeout(Duration::from_secs(10)).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::sleep(LOCKED);
    lock.execute_batch("COMMIT").unwrap();
    drop(lock);
    let (code, said) = running.wait();
    assert!(code == 0 && said.contains("is locked by another program"), "{code} {said}");
    everybody_has_it(&world, &sink, 600);
}

#[test]
fn told_to_end_while_the_ledger_is_locked_it_still_writes_down_what_it_knows() {
    let (world, sink) = (World::new(), slow());
    issue::prepare(&world, &sink, 4, 600);
    let mut running = Running::start(&world, begin(), &[]);
    running.waits_for(|_| sink.taken().len() > 100);
    let lock = rusqlite::Connection::open(world.data().join("list.sqlite3")).unwrap();
    lock.busy_timeout(Duration::from_secs(10)).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    running.terminate();
    std::thread::sleep(LOCKED);
    lock.execute_batch("COMMIT").unwrap();
    drop(lock);
    let (code, said) = running.wait();
    assert_eq!(code, 3, "{said}");
    let rows = ledger::rows(&world);
    assert_eq!(ledger::of(&rows, "sent").len(), sink.taken().len(), "{:?}", ledger::replies(&rows));
    assert_eq!(ledger::of(&rows, "pending").len(), 600 - sink.taken().len(), "{:?}", ledger::replies(&rows));
    assert_eq!(issue::send_at(&world, later(), &[]).code, 0);
    everybody_has_it(&world, &sink, 600);
}

/// A disk of some megabytes, which only root may mount, or a user in a name space of their own. What happens on it goes by files that the test puts beside it.
const SCRIPT: &str = r#"
mount -t tmpfs -o size=12m tmpfs "$HOME" || exit 99
"$L" subscribers import "$TOP/roster.csv" --yes --quiet || exit 98
"$L" --now "$NOW" send "$DAY" --yes --anyway --wait 0 &
until [ -e "$TOP/fill" ]; do sleep 0.02; done
dd if=/dev/zero of="$HOME/rest" bs=4k 2>/dev/null
: >"$TOP/full"
until [ -e "$TOP/free" ]; do sleep 0.02; done
rm "$HOME/rest"
wait $!
code=$?
cp -r "$HOME/.local/share/letterpress/a.example/." "$TOP/kept/" || exit 97
exit $code
"#;

#[test]
#[cfg(target_os = "linux")]
fn no_room_left_in_the_middle() {
    let (world, sink) = (World::new(), slow());
    issue::prepare(&world, &sink, 4, 600);
    std::fs::create_dir(world.path("kept")).unwrap();
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = Command::new("unshare");
    command.args(if is_root { &["--mount"][..] } else { &["--mount", "--map-root-user"] }).args(["sh", "-c", SCRIPT]);
    command.current_dir(world.path("site")).env("HOME", world.path("home")).env("L", env!("CARGO_BIN_EXE_letterpress"));
    command.env("TOP", world.path("")).env("DAY", issue::DAY).env("NOW", begin().to_string());
    command.env_remove("XDG_DATA_HOME").env_remove("XDG_STATE_HOME").stdin(Stdio::null());
    let mut running = Running::of(command);
    if !running.may(|_| sink.taken().len() > 100) {
        let (code, said) = running.wait();
        assert!(code == 99 || said.contains("unshare"), "{code} {said}");
        assert!(std::env::var_os("CI").is_none(), "no small disk can be mounted here: {said}");
        println!("skipped: no small disk can be mounted here");
        return;
    }
    world.write("fill", "");
    running.waits_for(|_| world.path("full").exists());
    running.says("no room left for");
    world.write("free", "");
    let (code, said) = running.wait();
    assert_eq!(code, 0, "{said}");
    // What the mount hid is the list of before.
    std::fs::remove_dir_all(world.data()).unwrap();
    std::fs::rename(world.path("kept"), world.data()).unwrap();
    everybody_has_it(&world, &sink, 600);
}

#[test]
#[cfg(feature = "postgres")]
fn locked_on_a_server_in_the_middle() {
    let Some(url) = postgres::database() else { return };
    let (world, sink) = (World::on(url.clone()), slow());
    issue::prepare(&world, &sink, 4, 600);
    let mut running = Running::start(&world, begin(), &[]);
    running.waits_for(|_| sink.taken().len() > 100);
    let mut lock = postgres::client(&url);
    lock.batch_execute("BEGIN; LOCK TABLE delivery").unwrap();
    std::thread::sleep(LOCKED);
    lock.batch_execute("COMMIT").unwrap();
    let (code, said) = running.wait();
    assert!(code == 0 && said.contains("is locked by another program"), "{code} {said}");
    everybody_has_it(&world, &sink, 600);
}

#[test]
#[cfg(feature = "postgres")]
fn connections_that_are_cut_again_and_again() {
    let Some(url) = postgres::database() else { return };
    let (world, sink) = (World::on(url.clone()), slow());
    issue::prepare(&world, &sink, 4, 1000);
    let mut running = Running::start(&world, begin(), &[]);
    let mut other = postgres::client(&url);
    for times in 1..=8 {
        running.waits_for(|_| sink.taken().len() > times * 100);
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        assert!(other.query_one(cut, &[]).unwrap().get::<_, i64>(0) > 0);
    }
    let (code, said) = running.wait();
    // A claim whose commit was lost with the connection is nobody's until its lease ends.
    if code != 0 {
        let rows = ledger::rows(&world);
        assert!(code == 3 && ledger::of(&rows, "in_doubt").is_empty(), "{:?} {said}", ledger::replies(&rows));
        assert_eq!(issue::send_at(&world, later(), &[]).code, 0);
    }
    everybody_has_it(&world, &sink, 1000);
}

#[test]
#[cfg(feature = "postgres")]
fn a_server_that_crashes_and_is_restarted_in_the_middle() {
    let Some(mut server) = postgres::Server::own() else { return };
    let (world, sink) = (World::on(server.database("list")), slow());
    issue::prepare(&world, &sink, 4, 1000);
    let mut running = Running::start(&world, begin(), &[]);
    for times in 1..=2 {
        running.waits_for(|_| sink.taken().len() > times * 300);
        server.crash();
    }
    let (code, said) = running.wait();
    assert!(code == 0 && said.contains("PostgreSQL at "), "{code} {said}");
    everybody_has_it(&world, &sink, 1000);
}
