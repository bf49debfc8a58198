//! What remains to be done about an issue that has ended, or has stopped itself with its last letter.

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

/// A server that refuses, until it is told not to.
fn mended_later(does: fn(&str) -> Does) -> (Sink, Arc<AtomicBool>) {
    let is_mended = Arc::new(AtomicBool::new(false));
    let is = Arc::clone(&is_mended);
    (Sink::with(move |to, _| if is.load(Ordering::Relaxed) { Does::Takes } else { does(to) }), is_mended)
}

#[test]
fn doubts_of_before_are_settled_by_what_the_newsletter_says_now() {
    for (policy, how, said, taken) in [
        ("resend", ["send", "--due", "--anyway"], "One letter in doubt was tried once more", 5),
        ("resend", ["send", "--yes", "--anyway"], "One letter in doubt was tried once more", 5),
        ("assume-sent", ["send", "--due", "--anyway"], "One letter in doubt counts as sent", 4),
        ("assume-sent", ["send", "--yes", "--anyway"], "One letter in doubt counts as sent", 4),
    ] {
        let world = World::new();
        let sink = Sink::with(|to, number| match (to.starts_with("reader1@"), number) {
            (true, 1) => Does::LosesAndHangsUp,
            _ => Does::Takes,
        });
        issue::prepare(&world, &sink, 1, 5);
        assert_eq!(issue::send(&world), 3);
        assert_eq!((account(&world)["state"].as_str(), count(&account(&world), "in_doubt")), (Some("sent"), 1));
        // Held: each call says so, and nothing happens.
        let held = world.run(["send", issue::DAY, "--yes", "--anyway"]);
        held.fails(
            3,
            &[
                "error[in-doubt]: the issue digest/2026-11-15 is sent, and one letter is in doubt",
                "letterpress deliveries digest/2026-11-15 lists",
            ],
        );
        world.run(["send", "--due", "--anyway"]).fails(3, &["digest/2026-11-15: 1 in doubt"]);
        issue::newsletter(&world, &format!("in_doubt = \"{policy}\"\n"));
        let asked = world.ok(["send", issue::DAY, "--dry-run", "--anyway"]);
        assert_eq!(asked.contains("; 1 of them is in doubt, and may have it already"), policy == "resend", "{asked}");
        assert_eq!(asked.contains(" to 0 more readers "), policy != "resend", "{asked}");
        assert_eq!(count(&account(&world), "in_doubt"), 1, "asking changes nothing");
        let ran = world.run(how);
        assert!(ran.code == 0 && ran.out.contains(said), "{policy}: {}{}", ran.out, ran.err);
        assert_eq!((sink.taken().len(), count(&account(&world), "sent")), (taken, 5), "{policy}");
        let ran = world.run(["send", "--due", "--anyway"]);
        assert!(ran.code == 0 && ran.err.contains("Nothing is due"), "{}", ran.err);
    }
}

#[test]
fn who_was_refused_is_tried_again_when_somebody_says_so() {
    on_each_store(|world| {
        let few: fn(&str) -> Does = |to| match to.starts_with("reader3@") || to.starts_with("reader7@") {
            true => Does::Refuses("550 5.7.1 blocked"),
            false => Does::Takes,
        };
        let (sink, is_mended) = mended_later(few);
        issue::prepare(&world, &sink, 1, 12);
        assert_eq!((issue::send(&world), sink.taken().len()), (0, 10));
        is_mended.store(true, Ordering::Relaxed);
        let again = "2 letters were refused; to try them once more: letterpress issue resume digest/2026-11-15";
        world
            .run(["send", issue::DAY, "--yes", "--anyway"])
            .fails(1, &["error[not-sending]: the issue digest/2026-11-15 is sent", again]);
        world.run(["send", "--due", "--anyway"]).fails(0, &["Nothing is due"]);
        assert_eq!(sink.taken().len(), 10, "nobody asked for it");
        let ran = world.run(["issue", "resume", issue::DAY]);
        assert_eq!((ran.code, ran.out.as_str()), (0, "2026-11-15: sending\n"), "{}", ran.err);
        assert!(ran.err.contains("2 letters that were refused are tried once more by the next `letterpress send`."));
        assert_eq!((issue::send(&world), sink.taken().len()), (0, 12));
        let resumed = world.json(["issue", "resume", issue::DAY]);
        assert_eq!((&resumed["state"], &resumed["again"]), (&"sent".into(), &0.into()), "nothing is left to resume");
    });
}

#[test]
fn a_short_list_that_is_refused_altogether_waits_for_its_owner() {
    for readers in [1, 3, 20] {
        let world = World::new();
        let (sink, is_mended) = mended_later(|_| Does::RefusesLetter("550 5.7.26 not authenticated"));
        issue::prepare(&world, &sink, 1, readers);
        let ran = world.run(["send", issue::DAY, "--yes", "--anyway"]);
        assert!(
            ran.code == 3 && ran.out.contains("Paused: more than one letter of fifty, or of a short list each one"),
            "{}",
            ran.out
        );
        let stands = account(&world);
        assert_eq!(stands["state"], "paused", "{readers} readers: also where all of them were tried");
        assert_eq!(count(&stands, "rejected"), readers.min(3), "{stands}");
        let again = world.run(["send", issue::DAY, "--yes", "--anyway"]);
        again.fails(
            3,
            &[
                "error[paused-issue]: the issue digest/2026-11-15 is paused",
                "letterpress issue resume digest/2026-11-15",
            ],
        );
        is_mended.store(true, Ordering::Relaxed);
        world.ok(["issue", "resume", issue::DAY]);
        assert_eq!((issue::send(&world), sink.taken().len()), (0, readers));
    }
}

#[test]
fn a_few_refusals_stop_no_short_list_that_others_get() {
    let world = World::new();
    let (sink, _) = mended_later(|to| match to.starts_with("reader1") {
        // Of the first, and of ten to nineteen.
        true => Does::Refuses("550 5.7.1 blocked here"),
        false => Does::Takes,
    });
    issue::prepare(&world, &sink, 1, 14);
    assert_eq!((issue::send(&world), sink.taken().len()), (0, 9));
    assert_eq!(account(&world)["state"], "sent");
}

#[test]
fn asking_before_the_page_is_public_warns_and_goes_on() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 2);
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    // Nothing answers there. With another base_url the list would be another one, too.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.write("site/site.toml", site.replacen("https://a.example/", &format!("http://{closed}/"), 1));
    assert_eq!(world.import(&crate::world::crowd(2), &[]).code, 0);
    let early = "2026-11-14T09:00[Europe/Berlin]";
    let ran = world.run(["send", issue::DAY, "--dry-run", "--now", early]);
    ran.fails(
        0,
        &[
            "warning[not-due]: the issue digest/2026-11-15 comes at 15 November 2026",
            "warning[not-live]:",
            "is not public yet",
        ],
    );
    assert!(ran.out.starts_with("Would send «On the first sentence» (digest/2026-11-15) to 2 readers"), "{}", ran.out);
    let ran = world.run(["send", issue::DAY, "--yes", "--now", early]);
    ran.fails(1, &["error[not-due]", "error[not-live]"]);
    assert!(ran.out.is_empty() && sink.taken().is_empty());
    let quiet = world.run(["send", issue::DAY, "--dry-run", "--anyway", "--now", early]);
    assert!(quiet.code == 0 && !quiet.err.contains("warning"), "{}", quiet.err);
}

#[test]
fn doubts_that_are_held_are_told_to_programs_and_when_the_rest_is_cancelled() {
    let world = World::new();
    let sink = Sink::with(|to, _| if to.starts_with("reader1@") { Does::LosesAndHangsUp } else { Does::Takes });
    issue::prepare(&world, &sink, 1, 5);
    assert_eq!(issue::send(&world), 3);
    let ran = world.run(["send", "--due", "--anyway", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let expected =
        serde_json::json!({ "issue": "digest/2026-11-15", "paused": false, "in_doubt": 1, "complete": false });
    assert_eq!((ran.code, told), (3, expected), "{}", ran.err);
    let ran = world.run(["issue", "cancel", issue::DAY]);
    let said = "4 readers have it, and its page stays for them. 1 may have it: letterpress deliveries ";
    assert!(ran.code == 0 && ran.err.contains(said), "{}", ran.err);
}

#[test]
fn a_short_list_of_which_nobody_is_taken_pauses_whatever_is_said() {
    for (readers, code, state) in [(30, 3, "paused"), (4, 0, "sent")] {
        let world = World::new();
        let sink = Sink::with(|_, _| Does::Refuses("550 relay not permitted"));
        issue::prepare(&world, &sink, 1, readers);
        assert_eq!(issue::send(&world), code, "{readers}");
        let account = account(&world);
        assert_eq!(account["state"], state);
        assert!(count(&account, "rejected") <= 7, "what was under way when it was enough: {account}");
    }
}
