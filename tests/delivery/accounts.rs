//! `deliveries`: what servers said, each letter by what others know it by, and doubts that can be looked up.

use letterpress::subscriber::delivery_token;
use letterpress::subscriber::keys::KeyRing;
use letterpress::value::secret::Secret;
use serde_json::Value;

use crate::issue;
use crate::issue::DAY;
use crate::sink::Does;
use crate::sink::Sink;
use crate::world::World;
use crate::world::on_each_store;

/// Twelve are denied with a number of the server's own each, one is unknown, one is to come later, one is lost; the others have it.
fn plan(to: &str, _: usize) -> Does {
    match to.split('@').next().unwrap() {
        "reader1" => Does::Refuses("550 5.1.1 <reader1@example.com>: no such user"),
        "reader2" => Does::Refuses("451 4.7.1 greylisted, come back"),
        "reader3" => Does::LosesAndHangsUp,
        "reader4" => Does::Refuses("550 5.7.1 relay access denied, queue 4A11"),
        "reader5" => Does::Refuses("550 5.7.1 relay access denied, queue 4A12"),
        "reader6" => Does::RefusesLetter("554 5.6.0 the letter looks odd"),
        _ => Does::Takes,
    }
}

/// A world in which that has happened to ten readers.
fn sent(world: &World) -> Sink {
    let sink = Sink::with(plan);
    issue::prepare(world, &sink, 1, 10);
    assert_eq!(issue::send_at(world, issue::begin(), &[]).code, 3);
    sink
}

fn keys(world: &World) -> KeyRing {
    let file = std::fs::read_dir(world.path("home/.local/share/letterpress")).unwrap().next().unwrap().unwrap().path();
    KeyRing::parse(&Secret::new(&std::fs::read_to_string(file.join("keys")).unwrap())).unwrap()
}

/// The lines of a listing in JSON.
fn listed(world: &World, more: &[&str]) -> Vec<Value> {
    let text = world.ok([&["deliveries", DAY, "--format", "json"], more].concat());
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn replies_are_shown_by_how_often_and_masked() {
    on_each_store(|world| {
        let _sink = sent(&world);
        let text = world.ok(["deliveries", DAY]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("digest/2026-11-15  sending, 10 readers, begun 2026-11-15"), "{text}");
        assert_eq!(lines[1], "  1 deferred, 4 sent, 1 bounced, 3 rejected, 1 in_doubt", "{text}");
        assert_eq!(
            lines[2..7],
            [
                "  1  deferred at RCPT: 451 4.7.1 greylisted, come back",
                "  1  bounced at RCPT: 550 5.1.1 <r…@e….com>: no such user",
                "  2  rejected at RCPT: 550 5.7.1 relay access denied, queue 4A11",
                "  1  rejected at the letter: 554 5.6.0 the letter looks odd",
                "  1  in_doubt at the letter: 127.0.0.1 closed the connection after the end of the letter",
            ],
            "{text}"
        );
        assert!(!text.contains("@host") && !text.contains("@example"), "no address is whole: {text}");
        let account = issue::account(&world);
        let rejected = account["replies"].as_array().unwrap().iter().find(|reply| reply["count"] == 2).unwrap();
        assert_eq!(
            *rejected,
            serde_json::json!({
                "state": "rejected", "count": 2, "stage": "rcpt", "code": 550, "enhanced": "5.7.1", "reply": "relay access denied, queue 4A11",
            })
        );
    });
}

#[test]
fn each_delivery_is_listed_with_what_others_know_it_by() {
    on_each_store(|world| {
        let sink = sent(&world);
        // Keys that are added now have signed none of these.
        let ring = keys(&world);
        world.ok(["store", "keys", "--rotate", "--now", "2026-11-15T10:00[Europe/Berlin]"]);
        let all = listed(&world, &["--state", "sent", "--addresses"]);
        assert_eq!(all.len(), 4);
        for (line, (id, to)) in all.iter().zip(sink.taken()) {
            assert_eq!((line["state"].as_str(), line["stage"].as_str()), (Some("sent"), Some("body")), "{line}");
            assert_eq!((&line["code"], &line["enhanced"]), (&250.into(), &"2.0.0".into()), "{line}");
            assert_eq!((line["reply"].as_str(), &line["attempt"]), (Some("taken as 4711"), &1.into()), "{line}");
            assert_eq!(line["to"].as_str(), Some(&*to), "{line}");
            assert_eq!(format!("<{}>", line["message_id"].as_str().unwrap()), id, "{line}");
            let number = line["number"].as_i64().unwrap();
            assert_eq!(line["server"].as_str(), Some(&*format!("127.0.0.1:{}", sink.port)), "{line}");
            assert_eq!(line["token"].as_str(), Some(&*delivery_token::sign(&ring, number)), "{line}");
        }
        // For people.
        let ran = world.run(["deliveries", DAY, "--state", "sent", "--limit", "1"]);
        assert!(ran.err.contains("These are 1 of 4; --limit 0 lists all."), "{}", ran.err);
        let (number, id) = (&all[0]["number"], all[0]["message_id"].as_str().unwrap());
        let head = format!("  {number}  sent  2026-11-15 08:0");
        assert!(
            ran.out.starts_with(&head) && ran.out.contains(&format!("  to r…@h….example  <{id}>\n")),
            "{}",
            ran.out
        );
        assert!(ran.out.ends_with("\n      the letter: 250 2.0.0 taken as 4711\n"), "{}", ran.out);
        assert!(!ran.out.contains("@host"), "{}", ran.out);
        assert_eq!(listed(&world, &["--state", "sent", "--limit", "0"]).len(), 4);
        // Several states at once, and in columns.
        let two = world.ok(["deliveries", DAY, "--state", "bounced,deferred", "--format", "short"]);
        let last: Vec<&str> = two.lines().filter_map(|line| line.split('\t').next_back()).collect();
        assert_eq!(last, ["550 5.1.1 <r…@e….com>: no such user", "451 4.7.1 greylisted, come back"], "{two}");
        // Refused before its first octet, a letter has no name.
        let denied = &listed(&world, &["--state", "bounced"])[0];
        assert!(denied["message_id"].is_null() && denied["to"] == "r…@h….example", "{denied}");
        let none = world.run(["deliveries", DAY, "--state", "skipped"]);
        assert_eq!((none.code, none.out.as_str(), none.err.as_str()), (0, "", "None.\n"));
    });
}

#[test]
fn what_cannot_be_listed_is_said() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 1);
    world.run(["deliveries", DAY, "--state", "sent"]).fails(1, &["nothing of the issue digest/2026-11-15"]);
    world.run(["deliveries", DAY, "--state", "lost"]).fails(2, &["invalid value 'lost'", "in_doubt"]);
    world.run(["deliveries", "--state", "sent"]).fails(2, &["<ISSUE>"]);
    world.run(["deliveries", DAY, "--limit", "3"]).fails(2, &["--state"]);
    assert_eq!(issue::send(&world), 0);
    for how in ["--resend", "--assume-sent"] {
        let ran = world.run(["deliveries", "resolve", how, "--all"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, "Nothing is in doubt.\n"));
    }
}

#[test]
fn doubts_have_tokens_and_whole_addresses_where_these_are_asked_for() {
    on_each_store(|world| {
        let sink = sent(&world);
        let doubt = &issue::account(&world)["in_doubt"][0];
        let token = delivery_token::sign(&keys(&world), doubt["number"].as_i64().unwrap());
        assert_eq!((doubt["token"].as_str(), doubt["to"].as_str()), (Some(&*token), Some("r…@h….example")));
        // Where there are several servers, in whose log to look.
        let server = format!("127.0.0.1:{}", sink.port);
        assert_eq!(doubt["server"].as_str(), Some(&*server));
        let ran = world.run(["deliveries", DAY, "--addresses"]);
        let (number, id) = (&doubt["number"], doubt["message_id"].as_str().unwrap());
        let line = format!("  {number}  in doubt since 2026-11-15 08:0");
        let rest = format!(
            "  to reader3@host3.example  <{id}>\n      token {token}  through {server}\n      127.0.0.1 closed the connection after the end of the letter\n"
        );
        assert!(ran.out.contains(&line) && ran.out.ends_with(&rest), "{}", ran.out);
        assert!(ran.err.starts_with("Look for the Message-IDs in the server's log, or for the tokens"), "{}", ran.err);
        // Without the keys it is told all the same, and no new ones are made.
        let folder = std::fs::read_dir(world.path("home/.local/share/letterpress")).unwrap().next().unwrap().unwrap();
        std::fs::rename(folder.path().join("keys"), world.path("keys")).unwrap();
        let ran = world.run(["deliveries", DAY]);
        assert!(ran.code == 0 && ran.out.contains(&format!("<{id}>")) && !ran.out.contains("token"), "{}", ran.out);
        assert!(ran.err.starts_with("Look for the Message-IDs in the server's log, then"), "{}", ran.err);
        assert!(!folder.path().join("keys").exists());
    });
}

#[test]
fn doubts_of_a_restored_backup_have_the_name_under_which_they_left() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 5);
    assert_eq!(world.run(["send", DAY, "--yes", "--anyway", "--limit", "1"]).code, 3);
    let backup = world.path("backup");
    world.ok(["store", "backup", backup.to_str().unwrap()]);
    assert_eq!(world.run(["send", DAY, "--yes", "--anyway", "--limit", "2"]).code, 3);
    std::fs::remove_file(world.data().join("list.sqlite3")).unwrap();
    world.ok(["store", "restore", backup.to_str().unwrap(), "--yes"]);
    let doubts = listed(&world, &["--state", "in_doubt", "--addresses"]);
    assert_eq!(doubts.len(), 4);
    let named =
        |line: &Value| (line["to"].as_str().unwrap().to_owned(), line["message_id"].as_str().unwrap().to_owned());
    let names: Vec<(String, String)> = doubts.iter().map(named).collect();
    for (id, to) in &sink.taken()[1..] {
        let name = (to.clone(), id.trim_matches(['<', '>']).to_owned());
        assert!(names.contains(&name), "{name:?} is not among {names:?}");
    }
    let ran = world.run(["deliveries", DAY]);
    assert!(ran.err.starts_with("Look for the Message-IDs"), "{}", ran.err);
    // Nobody can tell the names without keys, and then nobody is asked to look for them.
    std::fs::rename(world.data().join("keys"), world.path("keys")).unwrap();
    let ran = world.run(["deliveries", DAY]);
    assert!(ran.code == 0 && !ran.out.contains('<'), "{}", ran.out);
    assert!(ran.err.starts_with("Without the list's keys nobody can tell the Message-IDs"), "{}", ran.err);
}
