//! The key ring: made once, rotated, and never exchanged behind the list's back.

use crate::world::World;
use crate::world::on_each_store;

#[test]
fn made_on_first_use_and_rotated() {
    on_each_store(|world| {
        let first = world.ok(["store", "keys"]);
        assert_eq!(first, "2026-11-15T08:00:00Z\n");
        let file = world.data().join("keys");
        let before = std::fs::read_to_string(&file).unwrap();
        let later = world.ok(["store", "keys", "--rotate", "--now", "2027-01-01T00:00:00Z"]);
        assert_eq!(later, "2026-11-15T08:00:00Z\n2027-01-01T00:00:00Z\n");
        let after = std::fs::read_to_string(&file).unwrap();
        assert!(after.starts_with(before.trim_end()) && after.lines().count() == before.lines().count() + 1);
        let told = world.json(["store", "keys"]);
        assert_eq!((&told["made"][1], told["keys"].as_str()), (&"2027-01-01T00:00:00Z".into(), file.to_str()));
        assert!(world.run(["store", "keys", "--rotate"]).err.contains("Start the daemon anew"));
        world.ok(["subscribers", "add", "jane@example.com", "--agreed", "x"]);
    });
}

#[test]
fn gone_or_of_another_list() {
    on_each_store(|world| {
        world.ok(["subscribers", "add", "jane@example.com", "--agreed", "x"]);
        let file = world.data().join("keys");
        let own = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let add = || world.run(["subscribers", "add", "bob@example.com", "--agreed", "x"]);
        add().fails(1, &["the keys of the list are gone", "bring it back from a backup"]);
        assert!(!file.exists(), "no new ones are made");
        assert!(world.export().contains("jane@example.com"), "what needs no keys goes on");
        let other = World::new();
        other.ok(["store", "keys"]);
        std::fs::copy(other.data().join("keys"), &file).unwrap();
        add().fails(1, &["does not belong to", "made with other keys"]);
        std::fs::write(&file, "sign hunter2\n").unwrap();
        add().fails(1, &["keys: line 1 is neither `identity KEY`"]).masks("hunter2");
        std::fs::write(&file, own).unwrap();
        assert_eq!(add().code, 0);
    });
}

#[test]
fn a_backup_belongs_to_its_keys() {
    let world = World::new();
    world.ok(["subscribers", "add", "jane@example.com", "--agreed", "x"]);
    let backup = world.path("backup.sqlite3");
    world.ok(["store", "backup", backup.to_str().unwrap()]);
    let other = World::new();
    let restore = || other.run(["store", "restore", backup.to_str().unwrap(), "--yes"]);
    restore().fails(1, &["the keys of the list are gone"]);
    other.ok(["store", "keys"]);
    restore().fails(1, &["does not belong to", "backup.sqlite3", "the database is as it was"]);
    std::fs::copy(world.data().join("keys"), other.data().join("keys")).unwrap();
    assert_eq!(restore().code, 0);
    assert_eq!(other.everybody(), ["jane@example.com digest confirmed -"]);
}

#[test]
fn from_the_environment() {
    on_each_store(|world| {
        let other = World::new();
        other.ok(["store", "keys"]);
        let ring = std::fs::read_to_string(other.data().join("keys")).unwrap();
        let ring: Vec<&str> = ring.lines().filter(|line| !line.starts_with('#')).collect();
        world.site("[subscribe]\nendpoint = \"https://a.example/letters/\"\nfrom = \"post@a.example\"\nkeys = { env = \"RING\" }\n");
        world.run(["store", "keys"]).fails(1, &["the environment variable RING, which is not set"]);
        let with = |arguments: &[&str]| {
            crate::world::Ran::of(world.command(arguments).env("RING", ring.join(";")).output().unwrap())
        };
        assert_eq!(with(&["subscribers", "add", "jane@example.com", "--agreed", "x"]).code, 0);
        let said = with(&["store", "keys"]);
        assert!(said.err.contains("The keys are in the environment variable RING"), "{}", said.err);
        with(&["store", "keys", "--rotate"]).fails(1, &["cannot be changed from here", "sign KEY TIME"]);
        assert!(!world.data().join("keys").exists());
    });
}
