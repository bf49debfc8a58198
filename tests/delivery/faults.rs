//! What servers do to letters, and what the ledger says of it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use crate::issue;
use crate::issue::account;
use crate::issue::count;
use crate::sink::Does;
use crate::sink::Sink;
use crate::world::World;
use crate::world::on_each_store;

/// Readers, a server that follows a plan, one run of `send`; the account, and the exit code.
fn run(world: &World, readers: usize, plan: impl Fn(&str, usize) -> Does + Send + Sync + 'static) -> (Sink, i32) {
    let sink = Sink::with(plan);
    issue::prepare(world, &sink, 3, readers);
    let code = issue::send(world);
    (sink, code)
}

#[test]
fn everybody_once() {
    on_each_store(|world| {
        let (sink, code) = run(&world, 200, |_, _| Does::Takes);
        assert_eq!((code, sink.taken().len()), (0, 200));
        let account = account(&world);
        assert_eq!((count(&account, "sent"), &account["state"]), (200, &"sent".into()));
        // Again: nobody is left, and it says so.
        let again = world.run(["send", issue::DAY, "--yes", "--anyway"]);
        again.fails(1, &["is sent", "letterpress deliveries"]);
        assert_eq!(sink.taken().len(), 200);
    });
}

#[test]
fn a_mailbox_that_is_not_there_is_written_to_never_again() {
    let world = World::new();
    let (sink, code) = run(&world, 20, |to, _| {
        if to.starts_with("reader7@") { Does::Refuses("550 5.1.1 no such user here") } else { Does::Takes }
    });
    assert_eq!((code, sink.taken().len()), (0, 19));
    assert_eq!(count(&account(&world), "bounced"), 1);
    let suppressed = world.ok(["subscribers", "list", "--suppressed"]);
    assert!(suppressed.contains("reader7@host7.example") && suppressed.contains("bounce"), "{suppressed}");
}

#[test]
fn not_now_is_tried_again_later() {
    let world = World::new();
    let sink = Sink::with(|to, number| match (to.starts_with("reader3@"), number) {
        (true, 1) => Does::Refuses("451 4.7.1 greylisted, come again"),
        (true, 2) => Does::RefusesLetter("452 4.2.2 full"),
        _ => Does::Takes,
    });
    issue::prepare(&world, &sink, 3, 10);
    let send = |now: &str| {
        let ran = world.run(["send", issue::DAY, "--yes", "--anyway", "--wait", "0", "--now", now]);
        (ran.code, sink.taken().len())
    };
    assert_eq!(send("2026-11-15T09:00[Europe/Berlin]"), (3, 9));
    assert_eq!(count(&account(&world), "deferred"), 1);
    assert_eq!(send("2026-11-15T09:10[Europe/Berlin]"), (3, 9), "tried again, and refused again");
    assert_eq!(send("2026-11-15T09:20[Europe/Berlin]"), (0, 10));
}

#[test]
fn a_lost_answer_is_doubt_and_is_settled_by_hand() {
    on_each_store(|world| {
        let (sink, code) = run(&world, 30, |to, number| match (to, number) {
            (to, 1) if to.starts_with("reader1@") => Does::TakesAndHangsUp,
            (to, 1) if to.starts_with("reader2@") => Does::LosesAndHangsUp,
            _ => Does::Takes,
        });
        assert_eq!((code, sink.taken().len()), (3, 29), "in doubt is not done");
        let doubts = account(&world)["in_doubt"].clone();
        assert_eq!(doubts.as_array().unwrap().len(), 2);
        let server_has = |doubt: &serde_json::Value| {
            sink.taken().iter().any(|(id, _)| id.trim_matches(['<', '>']) == doubt["message_id"].as_str().unwrap())
        };
        for doubt in doubts.as_array().unwrap() {
            let how = if server_has(doubt) { "--assume-sent" } else { "--resend" };
            world.ok(["deliveries", "resolve", how, &doubt["number"].to_string()]);
        }
        assert_eq!(issue::send(&world), 0);
        let mut taken: Vec<String> = sink.taken().into_iter().map(|(_, to)| to).collect();
        taken.sort();
        taken.dedup();
        assert_eq!((taken.len(), sink.taken().len()), (30, 30), "everybody once");
        assert_eq!(count(&account(&world), "sent"), 30);
    });
}

#[test]
fn whoever_left_after_it_began_gets_nothing() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 2, 40);
    assert_eq!(world.run(["send", issue::DAY, "--yes", "--anyway", "--limit", "10"]).code, 3);
    assert_eq!(sink.taken().len(), 10);
    let missing: Vec<String> = (0..40)
        .map(|number| format!("reader{number}@host{number}.example"))
        .filter(|address| !sink.taken().iter().any(|(_, to)| to == address))
        .collect();
    world.ok(["subscribers", "remove", &missing[0]]);
    world.ok(["subscribers", "suppress", &missing[1]]);
    world.ok(["subscribers", "forget", &missing[2], "--yes"]);
    assert_eq!(issue::send(&world), 0);
    assert_eq!(sink.taken().len(), 37);
    let account = account(&world);
    assert_eq!((count(&account, "sent"), count(&account, "skipped")), (37, 3));
}

#[test]
fn refusals_by_policy_pause_the_issue() {
    let world = World::new();
    let (sink, code) = run(&world, 400, |_, _| Does::RefusesLetter("550 5.7.26 not authenticated"));
    assert_eq!((code, sink.taken().len()), (3, 0));
    let account = account(&world);
    assert_eq!(account["state"], "paused");
    // Ten are refused before it is believed, and then those that were already on their way.
    let left = count(&account, "pending");
    assert!(left >= 380, "it stopped before all were tried: {account}");
    assert_eq!(world.run(["send", issue::DAY, "--yes", "--anyway"]).code, 3, "not before it is resumed");
    let suppressed = world.ok(["subscribers", "list", "--suppressed"]);
    assert!(!suppressed.contains('@'), "nobody is to blame for it");
}

#[test]
fn whoever_was_refused_before_the_pause_is_tried_again_after_it() {
    on_each_store(|world| {
        let is_mended = Arc::new(AtomicBool::new(false));
        let is = Arc::clone(&is_mended);
        // As Postfix says it of a sender whom it does not know: nothing in it is about the reader.
        let refusal = "550 5.1.0 <ed@a.example>: Sender address rejected: User unknown in local recipient table";
        let plan = move |_: &str, _| if is.load(Ordering::Relaxed) { Does::Takes } else { Does::Refuses(refusal) };
        let (sink, code) = run(&world, 60, plan);
        assert_eq!((code, sink.taken().len()), (3, 0));
        let before = account(&world);
        assert_eq!(before["state"], "paused");
        assert!(count(&before, "rejected") >= 10 && count(&before, "bounced") == 0, "{before}");
        assert!(!world.ok(["subscribers", "list", "--suppressed"]).contains('@'), "nobody is to blame for it");
        let due = world.run(["send", "--due"]);
        assert!(due.code == 3 && due.err.contains("is paused"), "{} {}", due.code, due.err);
        is_mended.store(true, Ordering::Relaxed);
        world.ok(["issue", "resume", issue::DAY]);
        assert_eq!((issue::send(&world), sink.taken().len()), (0, 60));
        assert_eq!(count(&account(&world), "sent"), 60);
    });
}

#[test]
fn a_list_of_dead_addresses_is_stopped() {
    let world = World::new();
    let (sink, code) = run(&world, 200, |_, _| Does::Refuses("550 5.1.1 user unknown"));
    assert_eq!((code, sink.taken().len()), (3, 0));
    let account = account(&world);
    assert_eq!(account["state"], "paused");
    assert!(count(&account, "pending") >= 100, "{account}");
}

#[test]
fn a_server_that_is_away_costs_nobody_anything() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 2, 10);
    let port = sink.port;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    world.write("site/site.toml", site.replace(&format!("port = {port}"), &format!("port = {closed}")));
    let mut child =
        world.command(["send", issue::DAY, "--yes", "--anyway"]).stderr(std::process::Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
    let killed = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    assert!(said.contains("cannot be used") && said.contains("nothing is lost"), "{said}");
    assert_eq!(count(&account(&world), "pending"), 10);
    world.write("site/site.toml", site);
    assert_eq!((issue::send(&world), sink.taken().len()), (0, 10));
}
