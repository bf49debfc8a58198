//! Who asks to be erased is nowhere any more, and stays away whatever is imported or restored.

use letterpress::store::Place;
use letterpress::store::Store;

#[cfg(all(unix, feature = "postgres"))]
use crate::postgres;
use crate::world::World;
use crate::world::crowd;
use crate::world::files;
use crate::world::has;
use crate::world::on_each_store;

const WHO: &str = "Jane.Doe@Example.com";
const ENDPOINT: &str = "[subscribe]\nendpoint = \"https://a.example/letters/\"\nfrom = \"post@a.example\"\n";

/// Jane among many, in every table that can hold her address.
fn fill(world: &World) {
    world.site(ENDPOINT);
    let jane = format!("{}{WHO},confirmed,Jane,crowd,2026-01-02T03:04:05Z\n", crowd(3000));
    assert_eq!(world.import(&jane, &[]).code, 0);
    world.ok(["subscribers", "add", WHO, "--newsletter", "weekly"]);
    world.ok(["subscribers", "suppress", WHO, "--reason", "bounce"]);
    let place = world.url().map_or_else(|| Place::Sqlite(world.data().join("list.sqlite3")), Place::parse);
    let store = Store::open(&place).unwrap();
    store
        .write(|sql| {
            let rows = sql.query("SELECT id FROM subscriber WHERE address_key = 'jane.doe@example.com'", &[])?;
            let id = rows[0].int(0)?;
            sql.execute(
                "INSERT INTO mailing (id, kind, notice, newsletter, created, data) VALUES (7, 'notice', 'confirm', 'digest', 1, ?1)",
                &[format!("{{\"to\":\"{WHO}\"}}").as_str().into()],
            )?;
            sql.execute(
                "INSERT INTO delivery (mailing, subscriber, state, attempt, priority, next_at, address, newsletter, domain, reply, changed) \
                 VALUES (7, ?1, 'deferred', 1, 0, 1, ?2, 'digest', 'example.com', ?3, 1)",
                &[id.into(), WHO.into(), format!("450 4.2.0 <{WHO}> greylisted").as_str().into()],
            )?;
            sql.execute(
                "INSERT INTO link (id, purpose, subscriber, created, expires, data) VALUES (?1, 'address', ?2, 1, 2, ?3)",
                &[(&[9_u8; 16]).into(), id.into(), WHO.into()],
            )?;
            Ok(())
        })
        .unwrap();
}

/// Where her address still stands: files of the data folder, tables of the server.
fn traces(world: &World, except: &[&str]) -> Vec<String> {
    let kept = |path: &std::path::PathBuf| !except.iter().any(|name| path.ends_with(name));
    let data = if world.data().exists() { files(&world.data()) } else { Vec::new() };
    let found = data.into_iter().filter(kept).filter(|file| has(file, WHO));
    #[allow(unused_mut, reason = "only a server adds to it")]
    let mut found: Vec<String> = found.map(|file| file.display().to_string()).collect();
    #[cfg(all(unix, feature = "postgres"))]
    if let Some(url) = world.url() {
        let dump = postgres::dump(url).to_lowercase();
        found.extend(dump.lines().filter(|line| line.contains(&WHO.to_lowercase())).map(str::to_owned));
    }
    found
}

fn forget(world: &World) -> String {
    world.ok(["subscribers", "forget", "JANE.DOE@example.com", "--yes"])
}

#[test]
fn the_address_is_nowhere() {
    on_each_store(|world| {
        fill(&world);
        assert_ne!(traces(&world, &[]), [] as [String; 0], "the test would see it");
        let ran = world.run(["subscribers", "forget", WHO]);
        ran.fails(2, &["Erase J…@E….com for good?", "--yes"]).masks(WHO);
        assert_eq!(forget(&world), "J…@e….com is erased\n");
        assert_eq!(traces(&world, &[]), [] as [String; 0]);
        assert_eq!(world.json(["subscribers", "stats"])["suppressed"]["erased"], 1);
        assert_eq!(world.json(["subscribers", "stats"])["requests"], 0);
        assert_eq!(world.json(["subscribers", "stats"])["waiting"], 0, "what was to be sent is not");
        assert_eq!(forget(&world), "J…@e….com was not on the list, and is kept away from it\n");
        assert_eq!(world.everybody().len(), 3000);
        assert!(!world.export().to_lowercase().contains("jane.doe"));
        let back = world.import(&format!("{WHO}\n"), &["--status", "confirmed"]);
        assert!(back.out.contains("1 of suppressed addresses kept out (1 erased)"), "{}", back.out);
        assert_eq!(traces(&world, &[]), [] as [String; 0]);
    });
}

/// Also while another program, such as the daemon, has the database open and its log in use.
#[test]
fn the_address_is_not_in_the_log_of_a_database_in_use() {
    let world = World::new();
    fill(&world);
    let list = world.data().join("list.sqlite3");
    let daemon = Store::open(&Place::Sqlite(list.clone())).unwrap();
    daemon.write(|sql| sql.execute("UPDATE subscriber SET changed = changed + 1", &[])).unwrap();
    assert!(list.with_file_name("list.sqlite3-wal").exists(), "the log is in use");
    forget(&world);
    assert_eq!(traces(&world, &[]), [] as [String; 0]);
    assert_eq!(daemon.read(|sql| sql.query("SELECT count(*) FROM subscriber", &[])?[0].int(0)).unwrap(), 3000);
}

#[test]
fn a_restored_backup_erases_again() {
    on_each_store(|world| {
        fill(&world);
        let backup = world.path("backup.sqlite3");
        world.ok(["store", "backup", backup.to_str().unwrap()]);
        assert!(has(&backup, WHO), "the backup was made before");
        forget(&world);
        empty(&world, false);
        let told = world.json(["store", "restore", backup.to_str().unwrap(), "--yes"]);
        assert_eq!(told["erased"], 1, "{told}");
        assert_eq!(traces(&world, &[]), [] as [String; 0]);
        assert_eq!(world.everybody().len(), 3000);
        let back = world.import(&format!("{WHO}\n"), &["--status", "confirmed"]);
        assert!(back.out.contains("kept out (1 erased)"), "{}", back.out);
    });
}

/// The disk with the database is gone; the journal of erasures beside it was saved.
#[test]
fn the_journal_is_enough() {
    on_each_store(|world| {
        fill(&world);
        let backup = world.path("backup.sqlite3");
        world.ok(["store", "backup", backup.to_str().unwrap()]);
        forget(&world);
        empty(&world, true);
        let told = world.json(["store", "restore", backup.to_str().unwrap(), "--yes"]);
        assert_eq!((&told["erased"], &told["merged"]), (&1.into(), &false.into()));
        assert_eq!(traces(&world, &[]), [] as [String; 0]);
        assert_eq!(world.everybody().len(), 3000);
    });
}

#[test]
fn who_comes_back_is_not_erased_by_the_next_restore() {
    on_each_store(|world| {
        world.ok(["subscribers", "add", WHO, "--agreed", "x"]);
        forget(&world);
        let lifted = world.ok(["subscribers", "suppress", WHO, "--lift"]);
        assert_eq!(lifted, "J…@E….com is no longer suppressed (erased)\n");
        world.ok(["subscribers", "add", WHO, "--agreed", "came back at the fair"]);
        let backup = world.path("backup.sqlite3");
        world.ok(["store", "backup", backup.to_str().unwrap()]);
        empty(&world, false);
        let told = world.json(["store", "restore", backup.to_str().unwrap(), "--yes"]);
        assert_eq!(told["erased"], 0, "{told}");
        assert_eq!(world.everybody(), ["Jane.Doe@example.com digest confirmed -"]);
    });
}

#[test]
fn old_copies_are_named() {
    let world = World::new();
    fill(&world);
    let backup = world.path("backup.sqlite3");
    world.ok(["store", "backup", backup.to_str().unwrap()]);
    world.ok(["store", "restore", backup.to_str().unwrap(), "--yes"]);
    let ran = world.run(["subscribers", "forget", WHO, "--yes"]);
    assert!(ran.code == 0 && ran.err.contains("list.sqlite3.replaced-1 may still have the address"), "{}", ran.err);
    assert_eq!(traces(&world, &["list.sqlite3.replaced-1"]), [] as [String; 0]);
}

#[test]
fn a_roster_that_says_erased_erases() {
    on_each_store(|world| {
        fill(&world);
        let erased = format!("email,newsletter,status,suppression,iphash\n{WHO},,unsubscribed,erased,\n");
        let ran = world.import(&erased, &[]);
        assert_eq!(ran.out, "Imported: 0 new, 0 changed, 0 as they were; 1 erased\n", "{}", ran.err);
        assert_eq!(traces(&world, &[]), [] as [String; 0]);
    });
}

/// A server's database is emptied, as a restore there wants it. A file stays, unless it is lost.
fn empty(world: &World, lost: bool) {
    if world.url().is_none() && lost {
        for file in files(&world.data()) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("list.sqlite3") && !name.ends_with(".erased") {
                std::fs::remove_file(file).unwrap();
            }
        }
    }
    #[cfg(all(unix, feature = "postgres"))]
    if let Some(url) = world.url() {
        postgres::client(url).batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
    }
}
