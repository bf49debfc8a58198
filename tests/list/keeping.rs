//! Backup, restore, and copies from one database to another.

use crate::world::World;
use crate::world::on_each_store;

#[cfg(all(unix, feature = "postgres"))]
use crate::postgres;
#[cfg(all(unix, feature = "postgres"))]
use crate::world::roster;

fn some(world: &World) {
    let text = "email,status,newsletter,tags\njane@example.com,confirmed,digest,a\nbob@example.com,confirmed,weekly,\nleft@example.com,unsubscribed,digest,\n";
    assert_eq!(world.import(text, &[]).code, 0);
    world.ok(["subscribers", "suppress", "never@example.com"]);
}

#[test]
fn a_backup_is_the_list() {
    on_each_store(|world| {
        some(&world);
        let before = world.export();
        let backup = world.path("backup.sqlite3");
        assert_eq!(
            world.ok(["store", "backup", backup.to_str().unwrap()]),
            format!("Backed up to {}\n", backup.display())
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let again = world.run(["store", "backup", backup.to_str().unwrap()]);
        again.fails(1, &["is there already", "name another place"]);
        world.run(["store", "backup", "content/b.sqlite3"]).fails(1, &["must not be in content/"]);
        // The backup is a list: a site that names it has the same readers.
        let keys = world.data().join("keys");
        std::fs::copy(keys, world.path("keys")).unwrap();
        let other = World::new();
        other.site(&format!("[store]\npath = \"{}\"\n", backup.display()));
        assert_eq!(other.export(), before);
        assert_eq!(other.run(["subscribers", "remove", "jane@example.com"]).code, 0);
    });
}

#[test]
fn a_restore_raises_nobody() {
    let world = World::new();
    some(&world);
    let backup = world.path("backup.sqlite3");
    world.ok(["store", "backup", backup.to_str().unwrap()]);
    world.ok(["subscribers", "remove", "jane@example.com"]);
    world.ok(["subscribers", "suppress", "bob@example.com", "--reason", "complaint"]);
    world.ok(["subscribers", "add", "new@example.com", "--agreed", "x"]);
    let ran = world.run(["store", "restore", backup.to_str().unwrap()]);
    ran.fails(2, &["nobody is at a terminal to be asked: Put ", "list.sqlite3?", "--yes"]);
    assert_eq!(world.everybody().len(), 5);
    let ran = world.run(["store", "restore", backup.to_str().unwrap(), "--yes"]);
    assert_eq!(
        ran.out,
        "Restored. Kept from what it replaced: 0 erased, 1 suppressed, 1 left or paused, 0 deliveries\n"
    );
    assert!(ran.err.contains("list.sqlite3.replaced-1: delete that when all is well"), "{}", ran.err);
    assert_eq!(
        world.everybody(),
        [
            "bob@example.com weekly confirmed complaint",
            "jane@example.com digest unsubscribed - a",
            "left@example.com digest unsubscribed -",
            "never@example.com - unsubscribed manual",
        ]
    );
}

#[test]
fn what_is_no_backup_changes_nothing() {
    let world = World::new();
    some(&world);
    let before = world.export();
    let restore = |file: &std::path::Path| world.run(["store", "restore", file.to_str().unwrap(), "--yes"]);
    restore(&world.path("nowhere")).fails(1, &["nowhere: there is no such file", "the database is as it was"]);
    restore(&world.write("text", "not a database at all, but some text that is long enough"))
        .fails(1, &["another program's"]);
    let foreign = world.path("foreign.sqlite3");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
    restore(&foreign).fails(1, &["is another program's database"]);
    let good = world.path("good.sqlite3");
    world.ok(["store", "backup", good.to_str().unwrap()]);
    let mut octets = std::fs::read(&good).unwrap();
    let middle = octets.len() / 2;
    octets[4096..middle].fill(0x5a);
    restore(&world.write("torn.sqlite3", &octets)).fails(1, &["torn.sqlite3 is damaged"]);
    std::fs::remove_file(&good).unwrap();
    assert_eq!(world.export(), before);
}

#[test]
fn a_newer_letterpress_made_it() {
    on_each_store(|world| {
        some(&world);
        let newer = "UPDATE meta SET value = '99' WHERE name = 'schema'";
        match world.url() {
            None => {
                rusqlite::Connection::open(world.data().join("list.sqlite3")).unwrap().execute_batch(newer).unwrap()
            }
            #[cfg(all(unix, feature = "postgres"))]
            Some(url) => postgres::client(url).batch_execute(newer).unwrap(),
            #[cfg(not(all(unix, feature = "postgres")))]
            Some(_) => unreachable!(),
        }
        world.run(["subscribers", "list"]).fails(1, &["was made by a newer letterpress (schema 99, this one knows 2)"]);
    });
}

#[test]
fn a_copy_to_a_file() {
    on_each_store(|world| {
        some(&world);
        let target = world.path("other/list.sqlite3");
        let lines = world.ok(["store", "copy", target.to_str().unwrap(), "--format", "short"]);
        assert!(
            lines.lines().any(|line| line.starts_with("subscriber\t3\t")) && lines.lines().count() == 12,
            "{lines}"
        );
        world
            .run(["store", "copy", target.to_str().unwrap()])
            .fails(1, &["is there already, and not empty", "nothing was copied"]);
        world.run(["store", "copy", "content/list.sqlite3"]).fails(1, &["must not be in content/"]);
        world.run(["store", "copy", "env:NOWHERE"]).fails(1, &["NOWHERE is not set", "export NOWHERE="]);
        let shown = world.run(["store", "copy", "postgres://jane:hunter2@127.0.0.1:9/x"]);
        shown.fails(1, &["a password on the command line", "env:NAME"]).masks("hunter2");
        let other = World::new();
        other.site(&format!("[store]\npath = \"{}\"\n", target.display()));
        assert_eq!(other.export(), world.export());
    });
}

#[test]
#[cfg(all(unix, feature = "postgres"))]
fn to_postgres_and_back() {
    let (Some(url), Some(second)) = (postgres::database(), postgres::database()) else { return };
    let world = World::new();
    for file in ["buttondown.csv", "german.csv", "plain.csv", "mailchimp_unsubscribed.csv"] {
        world.run(["subscribers", "import", roster(file).to_str().unwrap(), "--yes"]);
    }
    world.ok(["subscribers", "forget", "gone@example.com", "--yes"]);
    let copy = |world: &World, to: &str| {
        let ran = world.command(["store", "copy", "env:TO", "--format", "json"]).env("TO", to).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    };
    let there = copy(&world, &url);
    let moved = World::on(url);
    // The keys go along, by hand: the copy knows whose it is.
    moved.run(["subscribers", "add", "x@x.example", "--agreed", "x"]).fails(1, &["the keys of the list are gone"]);
    std::fs::create_dir_all(moved.data()).unwrap();
    std::fs::copy(world.data().join("keys"), moved.data().join("keys")).unwrap();
    assert_eq!(moved.export(), world.export());
    let across = copy(&moved, &second);
    let back = world.path("back.sqlite3");
    let home = copy(&World::on(second), back.to_str().unwrap());
    assert_eq!((&there, &there), (&across, &home), "every hash is the same");
    assert!(there.lines().count() == 12 && there.contains("\"table\":\"erasure\",\"rows\":1,"), "{there}");
    let other = World::new();
    other.site(&format!("[store]\npath = \"{}\"\n", back.display()));
    assert_eq!(other.export(), world.export());
    // What comes next gets new ids on both, and who was erased stays erased.
    let kept = moved.import("gone@example.com\nnewer@example.com\n", &[]);
    assert!(kept.out.starts_with("Imported: 1 new") && kept.out.contains("(1 erased)"), "{}{}", kept.out, kept.err);
}

#[test]
#[cfg(all(unix, feature = "postgres"))]
fn a_server_that_is_not_there() {
    let world = World::on("postgres://jane:hunter2@127.0.0.1:9/list".into());
    let ran = world.run(["subscribers", "list"]);
    ran.fails(1, &["cannot connect to PostgreSQL at 127.0.0.1:9/list", "check that it runs"]).masks("hunter2");
    let world = World::on("postgres://jane:hunter2@".into());
    world.run(["subscribers", "list"]).masks("hunter2");
}
