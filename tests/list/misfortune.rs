//! Killed, locked out, no room left: nothing is half done, nothing is lost, and it is said what to do.

use std::process::Command;
use std::process::Stdio;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use letterpress::store::Place;
use letterpress::store::Store;

#[cfg(feature = "postgres")]
use crate::postgres;
use crate::world::Ran;
use crate::world::World;
use crate::world::crowd;
use crate::world::on_each_store;

#[test]
fn killed_during_an_import_nothing_is_half_done() {
    let count = 20_000;
    let text = crowd(count);
    on_each_store(|world| {
        let file = world.write("roster.csv", &text);
        let import = ["subscribers", "import", file.to_str().unwrap(), "--yes", "--quiet"];
        world.ok(["subscribers", "add", "jane@example.com", "--agreed", "x"]);
        let begun = Instant::now();
        assert_eq!(World::run(&world, ["subscribers", "import", file.to_str().unwrap(), "--dry-run"]).code, 0);
        let whole = begun.elapsed();
        let mut killed = 0;
        for part in 1..=5_u32 {
            let mut child = world.command(import).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(whole * part / 7);
            killed += u32::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
            let readers = world.json(["subscribers", "stats"])["readers"].as_u64().unwrap();
            assert!(readers == 1 || readers == count as u64 + 1, "{readers} readers");
        }
        assert!(killed >= 3, "only {killed} were killed while at work");
        assert_eq!(world.run(import).code, 0);
        assert_eq!(world.json(["subscribers", "stats"])["readers"], count as u64 + 1);
        assert_eq!(world.everybody().iter().filter(|row| row.starts_with("jane@")).count(), 1);
    });
}

#[test]
fn locked_by_another_program() {
    let world = World::new();
    world.ok(["subscribers", "add", "jane@example.com", "--agreed", "x"]);
    let lock = rusqlite::Connection::open(world.data().join("list.sqlite3")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    let ran = world.run(["subscribers", "add", "bob@example.com", "--agreed", "x"]);
    ran.fails(1, &["list.sqlite3 is locked by another program", "try again"]);
    assert!(begun.elapsed() > Duration::from_secs(9), "it waited");
    assert_eq!(world.everybody().len(), 1, "reading goes on");
    let backup = world.path("backup.sqlite3");
    world.ok(["store", "backup", backup.to_str().unwrap()]);
    world
        .run(["store", "restore", backup.to_str().unwrap(), "--yes"])
        .fails(1, &["is locked by another program", "the database is as it was"]);
    lock.execute_batch("COMMIT").unwrap();
    drop(lock);
    world.ok(["subscribers", "add", "bob@example.com", "--agreed", "x"]);
}

#[test]
#[cfg(feature = "postgres")]
fn locked_on_a_server() {
    let Some(url) = postgres::database() else { return };
    let world = World::on(url.clone());
    world.ok(["subscribers", "add", "jane@example.com", "--agreed", "x"]);
    let mut lock = postgres::client(&url);
    lock.batch_execute("BEGIN; LOCK TABLE subscriber").unwrap();
    let ran = world.run(["subscribers", "add", "bob@example.com", "--agreed", "x"]);
    ran.fails(1, &["PostgreSQL at ", "is locked by another program", "try again"]);
    lock.batch_execute("COMMIT").unwrap();
    world.ok(["subscribers", "add", "bob@example.com", "--agreed", "x"]);
    assert_eq!(world.everybody().len(), 2);
}

/// A disk of two megabytes, which needs the right to mount one: root's, or a user's in a name space of their own. `None` where there is neither.
fn on_a_small_disk(world: &World, script: &str) -> Option<Ran> {
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = Command::new("unshare");
    command.args(if is_root { &["--mount"][..] } else { &["--mount", "--map-root-user"] });
    let mounted = "mount -t tmpfs -o size=2m tmpfs \"$HOME\" || exit 99\n";
    command.args(["sh", "-c", &format!("{mounted}{script}")]).current_dir(world.path("site"));
    command.env("HOME", world.path("home")).env("L", env!("CARGO_BIN_EXE_letterpress")).env("TOP", world.path(""));
    let ran = Ran::of(command.env_remove("XDG_DATA_HOME").stdin(Stdio::null()).output().ok()?);
    (ran.code != 99 && !ran.err.contains("unshare failed")).then_some(ran)
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_loses_nothing() {
    let world = World::new();
    world.write("many.csv", crowd(40_000));
    world.write("few.csv", crowd(300));
    let script = r#"
        "$L" subscribers import "$TOP/few.csv" --yes --quiet || exit 1
        "$L" subscribers export "$TOP/before.csv" --quiet || exit 2
        "$L" subscribers import "$TOP/many.csv" --yes --quiet && exit 3
        "$L" subscribers export "$TOP/after.csv" --quiet || exit 4
        "$L" subscribers export "$HOME/one.csv" --quiet
        dd if=/dev/zero of="$HOME/rest" bs=4k 2>/dev/null
        "$L" store backup "$HOME/backup.sqlite3" && exit 5
        "$L" subscribers export "$HOME/two.csv" && exit 6
        ls "$HOME"
        rm "$HOME/rest"
        "$L" subscribers add jane@example.com --agreed x --quiet || exit 7
    "#;
    let Some(ran) = on_a_small_disk(&world, script) else {
        eprintln!("skipped: no small disk can be mounted here");
        return;
    };
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let said =
        ["no room left for", "nothing of this change was written. Make room and try again", "nothing was imported"];
    said.iter().for_each(|part| assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err));
    assert_eq!(ran.out, "one.csv\nrest\n", "nothing half written is left");
    let read = |name: &str| std::fs::read_to_string(world.path(name)).unwrap();
    assert_eq!(read("before.csv"), read("after.csv"));
}

/// A limit for files does what a full disk does, wherever one may not mount.
#[test]
fn a_limit_for_files_loses_nothing() {
    let world = World::new();
    world.write("many.csv", crowd(40_000));
    world.ok(["subscribers", "add", "jane@example.com", "--agreed", "x"]);
    let before = world.export();
    let line = "trap '' XFSZ; ulimit -f 1000; exec \"$L\" subscribers import \"$TOP/many.csv\" --yes --quiet";
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(world.path("site")).env("HOME", world.path("home"));
    command.env("L", env!("CARGO_BIN_EXE_letterpress")).env("TOP", world.path("")).env_remove("XDG_DATA_HOME");
    let ran = Ran::of(command.output().unwrap());
    ran.fails(1, &["list.sqlite3", "nothing was imported"]);
    assert_eq!(world.export(), before);
}

/// Two processes write to one file: one that sends an issue, and the daemon. SQLite itself lets whoever waits look for a free moment ten times a second, and gives it no turn.
#[test]
fn whoever_writes_without_end_lets_others_in() {
    // The writers end by themselves too: whoever starves beside them makes the test fail, and not hang.
    let (limit, begun) = (Duration::from_secs(30), Instant::now());
    let world = World::new();
    let list = Place::Sqlite(world.path("list.sqlite3"));
    let (sender, daemon) = (Store::open(&list).unwrap(), Store::open(&list).unwrap());
    let put = "INSERT INTO suppression (address_hash, reason, at) VALUES (x'00', 'manual', 0)";
    daemon.write(move |sql| sql.execute(put, &[])).unwrap();
    let touch = |store: &Store| store.write(|sql| sql.execute("UPDATE suppression SET at = at + 1", &[])).unwrap();
    let (is_over, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut waits = std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) && begun.elapsed() < limit {
                    touch(&sender);
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let wait = |_| {
            std::thread::sleep(Duration::from_millis(3));
            let begun = Instant::now();
            touch(&daemon);
            begun.elapsed()
        };
        let waits: Vec<Duration> = (0..100).map(wait).collect();
        is_over.store(true, Ordering::Relaxed);
        waits
    });
    assert!(begun.elapsed() < limit, "the others got in only when the writers had ended: {waits:?}");
    waits.sort_unstable();
    assert!(waits[94] < Duration::from_millis(500), "{waits:?}");
    assert!(sent.load(Ordering::Relaxed) > 100, "nobody wrote without end");
}
