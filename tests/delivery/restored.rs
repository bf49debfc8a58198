//! A restored backup, and issues that began only after it was made: nobody is mailed again before somebody has said what became of them.

use crate::issue;
use crate::issue::account;
use crate::issue::count;
#[cfg(feature = "postgres")]
use crate::postgres;
use crate::sink::Sink;
use crate::world;
use crate::world::Ran;
use crate::world::World;
use crate::world::on_each_store;

/// When the list is restored: half an hour after the issue was sent.
const LATER: &str = "2026-11-15T08:30:00Z";
/// The next morning.
const NEXT_DAY: &str = "2026-11-16T08:00:00Z";

/// The list is lost. A server's database is emptied, as a restore there wants it.
fn lose(world: &World) {
    if world.url().is_none() {
        for file in world::files(&world.data()) {
            if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("list.sqlite3")) {
                std::fs::remove_file(file).unwrap();
            }
        }
    }
    #[cfg(feature = "postgres")]
    if let Some(url) = world.url() {
        postgres::client(url).batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
    }
}

fn backup(world: &World) -> String {
    let file = world.path("backup").to_str().unwrap().to_owned();
    world.ok(["store", "backup", &file, "--now", "2026-11-15T07:00:00Z"]);
    file
}

fn restore(world: &World, file: &str) -> Ran {
    let ran = world.run(["store", "restore", file, "--yes", "--now", LATER]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran
}

/// Four readers have the issue, and the list, restored from a backup of before, knows nothing of it.
fn sent_and_lost(world: &World, sink: &Sink) -> Ran {
    issue::prepare(world, sink, 1, 4);
    let file = backup(world);
    assert_eq!(issue::send(world), 0);
    assert_eq!(sink.count(), 4);
    lose(world);
    restore(world, &file)
}

/// Sends what can be sent the next morning.
fn send(world: &World) -> Ran {
    world.run(["send", issue::DAY, "--yes", "--anyway", "--now", NEXT_DAY])
}

fn due(world: &World) -> Ran {
    world.run(["send", "--due", "--now", NEXT_DAY])
}

fn resolve(world: &World, how: &str, day: &str) -> Ran {
    world.run(["deliveries", "resolve", how, "--all", "--issue", day, "--now", NEXT_DAY])
}

#[test]
fn an_issue_that_began_after_the_backup_is_asked_about() {
    on_each_store(|world| {
        let sink = Sink::new();
        let restored = sent_and_lost(&world, &sink);
        for said in ["Nobody knows what left since 2026-11-15 07:00 UTC", "digest/2026-11-15 may have been sent"] {
            assert!(restored.err.contains(said), "{}", restored.err);
        }
        let told = [
            "the issue digest/2026-11-15 may have been sent already: the list is a backup of 2026-11-15 07:00 UTC, restored at 2026-11-15 08:30 UTC, and does not know what left in between",
            "look for «On the first sentence» in a mailbox that gets the newsletter, and in the mail server's log or your provider's list of messages",
            "readers have it: letterpress deliveries resolve --assume-sent --all --issue digest/2026-11-15",
            "nobody has it: letterpress deliveries resolve --resend --all --issue digest/2026-11-15, and it is sent",
            "some have it: letterpress deliveries resolve --hold --all --issue digest/2026-11-15; then every reader is in doubt, and you settle them one by one",
        ];
        send(&world).fails(1, &told);
        // Whoever calls from cron hears of it, each time.
        for _ in 0..2 {
            due(&world).fails(3, &told);
            world.run(["send", "--due", "--quiet", "--now", NEXT_DAY]).fails(3, &told);
        }
        world.run(["send", issue::DAY, "--dry-run", "--anyway", "--now", NEXT_DAY]).fails(1, &told[..1]);
        // Its approval is not taken back either: its posts would come again.
        for verb in ["reopen", "cancel"] {
            world.run(["issue", verb, issue::DAY, "--now", NEXT_DAY]).fails(1, &told[..1]);
        }
        // Nothing of that is written down.
        assert_eq!(world.ok(["deliveries", "--format", "json"]), "");
        // What nobody else sees may leave.
        world.ok(["send", issue::DAY, "--test", "me@a.example", "--now", NEXT_DAY]);
        assert_eq!(sink.count(), 5);
    });
}

#[test]
fn readers_have_it() {
    on_each_store(|world| {
        let sink = Sink::new();
        sent_and_lost(&world, &sink);
        let ran = resolve(&world, "--assume-sent", issue::DAY);
        assert!(
            ran.code == 0 && ran.err.contains("2026-11-15 counts as sent to 4 readers; nobody is mailed"),
            "{}",
            ran.err
        );
        let account = account(&world);
        assert_eq!((account["state"].as_str(), count(&account, "sent")), (Some("sent"), 4), "{account}");
        send(&world).fails(1, &["the issue digest/2026-11-15 is sent"]);
        assert_eq!((due(&world).code, sink.count()), (0, 4));
        world.run(["issue", "reopen", issue::DAY]).fails(1, &["is being sent or was"]);
        // It was asked and answered: there is nothing left to say.
        let again = resolve(&world, "--resend", issue::DAY);
        assert!(again.code == 0 && again.err.contains("Nothing is in doubt"), "{}", again.err);
    });
}

#[test]
fn nobody_has_it() {
    on_each_store(|world| {
        let sink = Sink::new();
        issue::prepare(&world, &sink, 1, 4);
        let file = backup(&world);
        lose(&world);
        restore(&world, &file);
        send(&world).fails(1, &["may have been sent already"]);
        let ran = resolve(&world, "--resend", issue::DAY);
        assert!(ran.code == 0 && ran.err.contains("was not sent: the next `letterpress send` mails it"), "{}", ran.err);
        assert_eq!(world.ok(["deliveries", "--format", "json"]), "", "it is not begun before it is sent");
        let ran = send(&world);
        assert_eq!((ran.code, sink.count()), (0, 4), "{}", ran.err);
        // Restored once more, the list knows neither that it was said nor that it is sent since.
        lose(&world);
        restore(&world, &file);
        send(&world).fails(1, &["may have been sent already"]);
        assert_eq!((due(&world).code, sink.count()), (3, 4));
    });
}

#[test]
fn some_have_it() {
    on_each_store(|world| {
        // Two have it when the machine breaks.
        let sink = Sink::new();
        issue::prepare(&world, &sink, 1, 4);
        // What is written of lost answers is no answer to this.
        issue::newsletter(&world, "in_doubt = \"resend\"\n");
        let file = backup(&world);
        assert_eq!(world.run(["send", issue::DAY, "--yes", "--anyway", "--limit", "2"]).code, 3);
        lose(&world);
        restore(&world, &file);
        let ran = resolve(&world, "--hold", issue::DAY);
        assert!(ran.code == 0 && ran.err.contains("4 readers in doubt"), "{}", ran.err);
        due(&world).fails(3, &["digest/2026-11-15: 4 in doubt"]);
        send(&world).fails(3, &["is sent", "letterpress deliveries digest/2026-11-15"]);
        assert_eq!(sink.count(), 2);
        resolve(&world, "--hold", issue::DAY).fails(1, &["say what is true: --assume-sent or --resend"]);
        // Each is found by its Message-ID, which is the same as before.
        let account = account(&world);
        let taken: Vec<String> = sink.taken().into_iter().map(|(id, _)| id).collect();
        for doubt in account["in_doubt"].as_array().unwrap() {
            let has_it = taken.iter().any(|id| id.contains(doubt["message_id"].as_str().unwrap()));
            let how = if has_it { "--assume-sent" } else { "--resend" };
            world.ok(["deliveries", "resolve", how, &doubt["number"].to_string()]);
        }
        let ran = send(&world);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let mut readers: Vec<String> = sink.taken().into_iter().map(|(_, to)| to).collect();
        readers.sort();
        readers.dedup();
        assert_eq!((sink.count(), readers.len()), (4, 4), "each of them once");
    });
}

#[test]
fn what_a_lost_list_had_begun_is_not_sent_by_a_rule_about_lost_answers() {
    for (rule, left) in [("resend", 2), ("assume-sent", 2)] {
        let (world, sink) = (World::new(), Sink::new());
        issue::prepare(&world, &sink, 1, 4);
        issue::newsletter(&world, &format!("in_doubt = \"{rule}\"\n"));
        assert_eq!(world.run(["send", issue::DAY, "--yes", "--anyway", "--limit", "1"]).code, 3);
        let file = backup(&world);
        assert_eq!(world.run(["send", issue::DAY, "--yes", "--anyway", "--limit", "1"]).code, 3);
        lose(&world);
        restore(&world, &file);
        for _ in 0..2 {
            send(&world);
        }
        let account = account(&world);
        assert_eq!(
            (sink.count(), count(&account, "sent"), count(&account, "in_doubt")),
            (left, 1, 3),
            "{rule}: {account}"
        );
    }
}

#[test]
fn only_what_may_have_left_is_asked_about() {
    let (world, sink) = (World::new(), Sink::new());
    issue::prepare(&world, &sink, 1, 2);
    // Sent before its day.
    issue::approve_as(&world, "2026-12-01", 2);
    let file = backup(&world);
    assert_eq!(issue::send(&world), 0);
    assert_eq!(world.run(["send", "2026-12-01", "--yes", "--anyway"]).code, 0);
    assert_eq!(sink.count(), 4);
    lose(&world);
    let told = world.json(["store", "restore", &file, "--yes", "--now", LATER]);
    assert_eq!(told["perhaps_sent"], serde_json::json!(["digest/2026-11-15", "digest/2026-12-01"]));
    assert_eq!((&told["backup_of"], &told["complete"]), (&"2026-11-15T07:00:00Z".into(), &false.into()));
    // Approved since, for a day since.
    issue::approve_as(&world, "2026-12-15", 3);
    let send = |day: &str| world.run(["send", day, "--yes", "--anyway", "--now", "2026-12-15T08:00:00Z"]);
    for day in [issue::DAY, "2026-12-01"] {
        send(day).fails(1, &["may have been sent already"]);
        assert_eq!(resolve(&world, "--assume-sent", day).code, 0);
    }
    assert_eq!((send("2026-12-15").code, sink.count()), (0, 6));
    // Nothing is asked of what nobody doubts.
    issue::approve_as(&world, "2027-01-01", 4);
    resolve(&world, "--assume-sent", "2027-01-01").fails(1, &["nothing of the issue digest/2027-01-01 has been sent"]);
}

#[test]
fn a_list_that_is_there_knows_what_left() {
    let (world, sink) = (World::new(), Sink::new());
    issue::prepare(&world, &sink, 1, 4);
    let file = backup(&world);
    assert_eq!(issue::send(&world), 0);
    let ran = restore(&world, &file);
    assert!(!ran.err.contains("Nobody knows") && !ran.err.contains("may have been sent"), "{}", ran.err);
    send(&world).fails(1, &["the issue digest/2026-11-15 is sent"]);
    issue::approve_as(&world, "2026-11-16", 2);
    assert_eq!(world.run(["send", "2026-11-16", "--yes", "--anyway", "--now", NEXT_DAY]).code, 0);
    assert_eq!(sink.count(), 8);
}

#[test]
fn what_is_not_known_goes_along() {
    let (world, sink) = (World::new(), Sink::new());
    sent_and_lost(&world, &sink);
    // Into a backup of the restored list, and out of it.
    let second = world.path("second");
    world.ok(["store", "backup", second.to_str().unwrap()]);
    let ran = restore(&world, second.to_str().unwrap());
    assert!(!ran.err.contains("Nobody knows"), "this one is no older: {}", ran.err);
    send(&world).fails(1, &["may have been sent already: the list is a backup of 2026-11-15 07:00 UTC"]);
    // Into another database; and what was said of it, too.
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    let copy = |name: &str| {
        let file = world.path(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        world.ok(["store", "copy", file.to_str().unwrap()]);
        let _ = std::fs::copy(world.data().join("keys"), file.with_file_name("keys"));
        world.write("site/site.toml", format!("{site}[store]\npath = \"{}\"\n", file.display()));
    };
    copy("one/list.sqlite3");
    send(&world).fails(1, &["may have been sent already: the list is a backup of 2026-11-15 07:00 UTC"]);
    assert_eq!(resolve(&world, "--resend", issue::DAY).code, 0);
    copy("two/list.sqlite3");
    let ran = send(&world);
    assert_eq!((ran.code, sink.count()), (0, 8), "somebody said so: {}", ran.err);
}

#[test]
fn a_copied_list_goes_on_and_the_one_before_it_does_not() {
    let (world, sink) = (World::new(), Sink::new());
    issue::prepare(&world, &sink, 1, 6);
    let send = || world.run(["send", issue::DAY, "--yes", "--anyway", "--limit", "2"]);
    assert_eq!(send().code, 3);
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    let copy = world.path("elsewhere/list.sqlite3");
    std::fs::create_dir(world.path("elsewhere")).unwrap();
    std::fs::copy(world.data().join("keys"), world.path("elsewhere/keys")).unwrap();
    world.ok(["store", "copy", copy.to_str().unwrap()]);
    world.write("site/site.toml", format!("{site}[store]\npath = \"{}\"\n", copy.display()));
    let ran = send();
    assert_eq!((ran.code, sink.count()), (3, 4), "{}", ran.err);
    world.write("site/site.toml", &site);
    send().fails(1, &["older than it was"]);
    assert_eq!(sink.count(), 4);
}

#[test]
fn a_new_list_for_old_issues_asks_first() {
    on_each_store(|world| {
        let sink = Sink::new();
        issue::prepare(&world, &sink, 1, 2);
        issue::approve_as(&world, "2026-11-01", 2);
        // No note, no backup, readers from a roster: all that tells is that there are two, and one of a fortnight ago.
        send(&world).fails(1, &[
            "the issue digest/2026-11-15 may have been sent already: the list has sent no issue yet, and digest/2026-11-01 is long due too: another list may have sent them",
        ]);
        due(&world).fails(3, &["digest/2026-11-01 may have been sent already", "this is not the only one that is due"]);
        // An answer about one is none about the other.
        assert_eq!(resolve(&world, "--assume-sent", "2026-11-01").code, 0);
        due(&world).fails(3, &["digest/2026-11-15 may have been sent already: the list was restored or begun anew at"]);
        assert_eq!(sink.count(), 0);
        assert_eq!(resolve(&world, "--resend", issue::DAY).code, 0);
        let ran = send(&world);
        assert_eq!((ran.code, sink.count()), (0, 2), "{}", ran.err);
    });
}

#[test]
fn a_new_list_that_is_backed_up_and_restored_knows_that_it_has_sent_nothing() {
    let (world, sink) = (World::new(), Sink::new());
    issue::prepare(&world, &sink, 1, 2);
    assert_eq!(issue::send(&world), 0);
    // Everything is lost, the notes and the keys too, and there is but one issue.
    std::fs::remove_dir_all(world.path("home/.local")).unwrap();
    assert_eq!(world.import(&world::crowd(2), &[]).code, 0);
    let file = backup(&world);
    restore(&world, &file);
    due(&world).fails(3, &["digest/2026-11-15 may have been sent already"]);
    assert_eq!(resolve(&world, "--assume-sent", issue::DAY).code, 0);
    assert_eq!((due(&world).code, sink.count()), (0, 2));
}

#[test]
fn a_new_list_in_place_of_a_lost_one_mails_nobody() {
    on_each_store(|world| {
        let sink = Sink::new();
        issue::prepare(&world, &sink, 1, 2);
        assert_eq!(issue::send(&world), 0);
        lose(&world);
        // The folder's own note may be lost with it.
        for name in ["mark", "list.sqlite3.mark"] {
            let _ = std::fs::remove_file(world.data().join(name));
        }
        assert_eq!(world.import(&world::crowd(2), &[]).code, 0);
        for arguments in [&["send", issue::DAY, "--yes", "--anyway"][..], &["send", "--due"]] {
            world.run(arguments).fails(1, &["older than it was", "or a new one was begun", "store restore"]);
        }
        // By its own backup it becomes the list, and knows that it does not know.
        let file = backup(&world);
        if world.url().is_some() {
            lose(&world);
        }
        restore(&world, &file);
        send(&world).fails(1, &["may have been sent already"]);
        assert_eq!(sink.count(), 2);
    });
}

#[test]
fn a_backup_put_in_place_by_hand_on_another_machine_mails_nobody() {
    let (world, sink) = (World::new(), Sink::new());
    issue::prepare(&world, &sink, 1, 4);
    let file = backup(&world);
    assert_eq!(issue::send(&world), 0);
    // The other machine has the keys, the site and the backup.
    lose(&world);
    std::fs::remove_dir_all(world.path("home/.local/state")).unwrap();
    std::fs::copy(&file, world.data().join("list.sqlite3")).unwrap();
    for arguments in
        [&["send", issue::DAY, "--yes", "--anyway"][..], &["send", "--due"], &["daemon", "--listen", "127.0.0.1:0"]]
    {
        world
            .run(arguments)
            .fails(1, &["is a backup that was put in its place by hand", "store restore FILE", "store copy"]);
    }
    let ran = restore(&world, &file);
    assert!(ran.err.contains("Nobody knows what left since 2026-11-15 07:00 UTC"), "{}", ran.err);
    send(&world).fails(1, &["may have been sent already"]);
    assert_eq!(sink.count(), 4);
}
