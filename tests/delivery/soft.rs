//! Mailboxes that are full or disabled: counted issue by issue, given up after several, and forgiven at the first letter that they take.

use std::sync::Arc;
use std::sync::Mutex;

use crate::issue;
use crate::sink::Does;
use crate::sink::Sink;
use crate::world::World;
use crate::world::on_each_store;

const FULL: Does = Does::Refuses("552 5.2.2 mailbox full");

/// A server whose one reader's mailbox does what the test says.
fn server(does: &Arc<Mutex<Does>>) -> Sink {
    let does = Arc::clone(does);
    Sink::with(move |to, _| if to.starts_with("reader1@") { *does.lock().unwrap() } else { Does::Takes })
}

/// Sends an issue of that day, at nine.
fn send(world: &World, day: &str, number: u32) -> i32 {
    issue::approve_as(world, day, number);
    send_at(world, day, &format!("{day}T09:00"))
}

fn send_at(world: &World, day: &str, now: &str) -> i32 {
    world.run(["send", day, "--yes", "--anyway", "--wait", "0", "--now", &format!("{now}[Europe/Berlin]")]).code
}

fn suppressed(world: &World) -> String {
    world.ok(["subscribers", "list", "--suppressed"])
}

#[test]
fn a_full_mailbox_is_given_up_after_three_issues_over_a_fortnight_and_can_be_taken_up_again() {
    on_each_store(|world| {
        let does = Arc::new(Mutex::new(FULL));
        let sink = server(&does);
        issue::prepare(&world, &sink, 1, 3);
        for (number, day) in ["2026-11-15", "2026-11-16", "2026-11-20"].into_iter().enumerate() {
            assert_eq!(send(&world, day, number as u32 + 1), 0, "it ends at once, and nothing remains");
            let account = world.json(["deliveries", day]);
            assert_eq!((issue::count(&account, "sent"), issue::count(&account, "rejected")), (2, 1), "{account}");
        }
        assert!(!suppressed(&world).contains('@'), "three issues, but in a week");
        // Through copies and backups the count stays.
        let backup = world.path("backup");
        if world.url().is_none() {
            world.ok(["store", "backup", backup.to_str().unwrap()]);
            world.ok(["store", "restore", backup.to_str().unwrap(), "--yes"]);
        }
        assert_eq!(send(&world, "2026-12-01", 4), 0);
        let given_up = suppressed(&world);
        assert!(given_up.contains("reader1@host1.example") && given_up.contains("soft-bounce"), "{given_up}");
        let stats = world.json(["subscribers", "stats"]);
        assert_eq!(stats["suppressed"]["soft-bounce"], 1, "{stats}");
        assert!(world.export().contains("soft-bounce"));
        assert_eq!(send(&world, "2026-12-15", 5), 0);
        assert_eq!(issue::count(&world.json(["deliveries", "2026-12-15"]), "sent"), 2, "not written to any more");
        // The reader has made room, and says so.
        let lifted = world.ok(["subscribers", "suppress", "reader1@host1.example", "--lift"]);
        assert!(lifted.contains("no longer suppressed (soft-bounce)"), "{lifted}");
        assert_eq!(send(&world, "2027-01-01", 6), 0);
        assert!(!suppressed(&world).contains('@'), "what was counted before is forgotten");
    });
}

#[test]
fn one_letter_that_is_taken_begins_the_count_anew() {
    on_each_store(|world| {
        let does = Arc::new(Mutex::new(Does::Refuses("550 5.2.1 mailbox disabled")));
        let sink = server(&does);
        issue::prepare(&world, &sink, 1, 2);
        assert_eq!((send(&world, "2026-11-15", 1), send(&world, "2026-12-01", 2)), (0, 0));
        *does.lock().unwrap() = Does::Takes;
        assert_eq!(send(&world, "2026-12-15", 3), 0);
        *does.lock().unwrap() = FULL;
        assert_eq!((send(&world, "2027-01-01", 4), send(&world, "2027-01-15", 5)), (0, 0));
        assert!(!suppressed(&world).contains('@'), "two since it took one");
        assert_eq!(send(&world, "2027-02-01", 6), 0);
        assert!(suppressed(&world).contains("soft-bounce"));
    });
}

#[test]
fn full_for_now_is_tried_for_two_days_and_counts_once() {
    let world = World::new();
    let does = Arc::new(Mutex::new(Does::Refuses("452 4.2.2 mailbox full")));
    let sink = server(&does);
    issue::prepare(&world, &sink, 1, 2);
    for (number, (day, after)) in
        [("2026-11-15", "2026-11-17"), ("2026-12-01", "2026-12-03"), ("2026-12-15", "2026-12-17")]
            .into_iter()
            .enumerate()
    {
        assert_eq!(send(&world, day, number as u32 + 1), 3);
        assert_eq!(send_at(&world, day, &format!("{day}T15:00")), 3, "tried again, and not counted again");
        assert!(!suppressed(&world).contains('@'));
        assert_eq!(send_at(&world, day, &format!("{after}T10:00")), 0);
        assert_eq!(issue::count(&world.json(["deliveries", day]), "expired"), 1);
    }
    assert!(suppressed(&world).contains("soft-bounce"));
}

#[test]
fn a_list_of_an_older_program_is_taken_over_with_what_it_knows() {
    let world = World::new();
    issue::prepare(&world, &Sink::new(), 1, 3);
    let backup = world.path("backup");
    world.ok(["store", "backup", backup.to_str().unwrap()]);
    world.ok(["subscribers", "suppress", "reader1@host1.example"]);
    // As the first schema had it.
    let list = rusqlite::Connection::open(world.data().join("list.sqlite3")).unwrap();
    list.execute_batch(
        "DROP TABLE soft_bounce; DROP INDEX delivery_notice; CREATE INDEX delivery_subscriber ON delivery (subscriber); ALTER TABLE delivery DROP COLUMN server; \
         UPDATE meta SET value = '1' WHERE name = 'schema'",
    )
    .unwrap();
    drop(list);
    world.ok(["store", "restore", backup.to_str().unwrap(), "--yes"]);
    assert!(suppressed(&world).contains("reader1@host1.example"), "the replaced list knew it");
}
