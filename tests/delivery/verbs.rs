//! `send` and `deliveries` as a person uses them.

use std::process::Command;
use std::process::Stdio;

use mail_parser::MessageParser;

use crate::issue;
use crate::issue::account;
use crate::issue::count;
use crate::sink::Does;
use crate::sink::Sink;
use crate::world::World;
use crate::world::on_each_store;

#[test]
fn what_would_happen_is_said_and_nothing_does() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 12);
    let said = world.ok(["send", issue::DAY, "--dry-run", "--anyway"]);
    assert_eq!(
        said,
        format!(
            "Would send «On the first sentence» (digest/2026-11-15) to 12 readers through 127.0.0.1:{}.\n",
            sink.port
        )
    );
    assert!(sink.taken().is_empty());
    world.run(["deliveries", issue::DAY]).fails(1, &["nothing of the issue digest/2026-11-15 has been sent"]);
    // Nobody is there to be asked.
    world.run(["send", issue::DAY, "--anyway"]).fails(2, &["--yes"]);
    assert!(sink.taken().is_empty());
}

#[test]
fn every_reader_has_links_of_their_own() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 2, 5);
    assert_eq!(issue::send(&world), 0);
    let mut links = Vec::new();
    for octets in sink.letters() {
        let letter = MessageParser::default().parse(&octets).unwrap();
        let text = letter.body_text(0).unwrap();
        let header = letter.header_raw("List-Unsubscribe").unwrap().trim().trim_matches(['<', '>']).to_owned();
        assert!(header.starts_with("https://a.example/n/unsubscribe/"), "{header}");
        assert!(text.contains(&header) && letter.body_html(0).unwrap().contains(&header));
        assert_eq!(letter.header_raw("List-Unsubscribe-Post").map(str::trim), Some("List-Unsubscribe=One-Click"));
        assert_eq!(letter.subject(), Some("On the first sentence"));
        assert!(!text.contains("stand-in"));
        // A dot at the beginning of a line was sent twice (RFC 5321 §4.5.2).
        assert!(
            octets.windows(4).any(|four| four == b"\n..\r") || octets.windows(4).any(|four| four == b"\n..="),
            "dot"
        );
        links.push(header);
    }
    links.sort();
    links.dedup();
    assert_eq!(links.len(), 5);
}

#[test]
fn an_address_with_quotation_marks_gets_its_letter() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 1);
    let jane = r#""jane doe"@readers.example"#;
    // One mailbox, whether it is written with marks that it does not need or without (RFC 5321 §4.1.2).
    let roster = r#"email,status
"""jane doe""@readers.example",confirmed
"""bob""@readers.example",confirmed
bob@readers.example,confirmed
"#;
    assert_eq!(world.import(roster, &[]).code, 0);
    assert!(world.ok(["send", issue::DAY, "--test", r#""a tester"@readers.example"#]).is_empty());
    let ran = world.run(["send", issue::DAY, "--yes", "--anyway"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mut to: Vec<String> = sink.taken().into_iter().map(|(_, to)| to).collect();
    to.sort();
    assert_eq!(to, [r#""a tester"@readers.example"#, jane, "bob@readers.example", "reader0@host0.example"]);
    let letters = sink.letters().into_iter().map(|octets| String::from_utf8(octets).unwrap());
    assert_eq!(letters.filter(|letter| letter.contains(&format!("\r\nTo: {jane}\r\n"))).count(), 1);
    assert_eq!(account(&world)["deliveries"]["sent"], 3);
}

#[test]
fn a_test_goes_to_one_address_and_into_no_ledger() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 3);
    let ran = world.run(["send", issue::DAY, "--test", "me@elsewhere.example"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("250 2.0.0 taken as 4711"), "{}", ran.err);
    assert_eq!(sink.taken().iter().map(|(_, to)| to.as_str()).collect::<Vec<_>>(), ["me@elsewhere.example"]);
    world.run(["send", issue::DAY, "--test", "nobody"]).fails(1, &["this is not an e-mail address"]);
    let folder = world.path("letters");
    world.ok(["send", issue::DAY, "--to-dir", folder.to_str().unwrap()]);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3);
    world.run(["deliveries", issue::DAY]).fails(1, &["has been sent"]);
    assert_eq!(issue::send(&world), 0);
    assert_eq!(sink.taken().len(), 4);
}

#[test]
fn stopped_it_finishes_what_it_began_and_goes_on_later() {
    on_each_store(|world| {
        let sink = Sink::new();
        issue::prepare(&world, &sink, 2, 3000);
        let mut child = world
            .command(["send", issue::DAY, "--yes", "--anyway"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while sink.taken().len() < 50 {
            std::thread::sleep(std::time::Duration::from_millis(5));
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        }
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(3));
        let account_then = account(&world);
        assert_eq!(
            count(&account_then, "sent"),
            sink.taken().len(),
            "every letter that left is settled: {account_then}"
        );
        assert_eq!(count(&account_then, "leased") + count(&account_then, "in_doubt"), 0, "{account_then}");
        assert_eq!(issue::send(&world), 0);
        assert_eq!(sink.taken().len(), 3000);
    });
}

#[test]
fn an_issue_that_was_edited_or_begun_with_other_content_is_not_sent() {
    let world = World::new();
    let sink = Sink::with(|_, _| Does::Takes);
    issue::prepare(&world, &sink, 1, 4);
    assert_eq!(world.run(["send", issue::DAY, "--yes", "--anyway", "--limit", "2"]).code, 3);
    let folder = format!("site/content/issues/digest/{}", issue::DAY);
    let manifest = std::fs::read(world.path(&format!("{folder}/frozen/manifest.json"))).unwrap();
    let text = std::fs::read_to_string(world.path(&format!("{folder}/frozen/mail.txt"))).unwrap();
    world.write(&format!("{folder}/frozen/mail.txt"), text.replace("Dear", "Dearest"));
    let ran = world.run(["send", issue::DAY, "--yes", "--anyway"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("mail.txt"), "{}", ran.err);
    assert_eq!(sink.taken().len(), 2);
    world.write(&format!("{folder}/frozen/mail.txt"), text);
    world.write(&format!("{folder}/frozen/manifest.json"), manifest);
    assert_eq!((issue::send(&world), sink.taken().len()), (0, 4));
}

#[test]
fn a_page_that_is_not_public_is_waited_for() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 2);
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    // Nothing answers there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.write("site/site.toml", site.replacen("https://a.example/", &format!("http://{closed}/"), 1));
    // With another base_url the list would be another one, too.
    world.run(["send", issue::DAY, "--yes"]).fails(1, &["is not public yet", "--anyway"]);
    assert!(sink.taken().is_empty());
}

#[test]
fn a_restored_backup_knows_what_has_left_or_doubts_it() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 8);
    assert_eq!(world.run(["send", issue::DAY, "--yes", "--anyway", "--limit", "2"]).code, 3);
    let backup = world.path("backup");
    world.ok(["store", "backup", backup.to_str().unwrap()]);
    assert_eq!(world.run(["send", issue::DAY, "--yes", "--anyway", "--limit", "3"]).code, 3);
    let ran = world.run(["store", "restore", backup.to_str().unwrap(), "--yes"]);
    assert!(ran.code == 0 && !ran.err.contains("Nobody knows"), "{}", ran.err);
    assert_eq!(count(&account(&world), "sent"), 5, "the replaced list knew it");
    // The list is lost altogether: then nobody knows of the three who has the issue, nor of those that might have followed.
    std::fs::remove_file(world.data().join("list.sqlite3")).unwrap();
    let ran = world.run(["store", "restore", backup.to_str().unwrap(), "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("letterpress deliveries") && ran.err.contains("Nobody knows what left"), "{}", ran.err);
    assert_eq!(world.run(["send", issue::DAY, "--yes", "--anyway"]).code, 3);
    assert_eq!(sink.taken().len(), 5, "nobody twice");
    let account = account(&world);
    assert_eq!((count(&account, "sent"), count(&account, "in_doubt")), (2, 6));
}

#[test]
fn letters_are_signed_and_as_fast_as_they_may_be() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 2, 5);
    let key = world.path("dkim.pem");
    let made = world.ok(["send", "--make-dkim-key", key.to_str().unwrap(), "--selector", "lp"]);
    assert!(made.contains("lp._domainkey.a.example. IN TXT ( \"v=DKIM1; k=rsa; p="), "{made}");
    world.run(["send", "--make-dkim-key", key.to_str().unwrap()]).fails(1, &["dkim.pem"]);
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    let settings = made.split("add to site.toml:\n\n").nth(1).unwrap();
    world.write("site/site.toml", format!("{site}limits = {{ per_hour = 5 }}\n{settings}"));
    // One of ten an hour is kept for notices; of five, one.
    let ran = world.run(["send", issue::DAY, "--yes", "--anyway", "--wait", "0"]);
    assert!(matches!(ran.code, 0 | 3), "{}{}", ran.out, ran.err);
    assert!((4..=5).contains(&sink.taken().len()), "{}", sink.taken().len());
    for letter in sink.letters() {
        let text = String::from_utf8_lossy(&letter).into_owned();
        assert!(text.starts_with("DKIM-Signature: v=1; a=rsa-sha256"), "{text}");
        let signature: String = text.lines().take_while(|line| !line.starts_with("From")).collect();
        assert!(signature.contains("list-unsubscribe-post") && signature.contains("d=a.example"), "{signature}");
    }
}

#[test]
fn what_is_due_is_composed_approved_and_sent() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 3);
    std::fs::remove_dir_all(world.path("site/content/issues")).unwrap();
    issue::newsletter(
        &world,
        "approval = \"auto\"\nschedule = { days = [1, 15], time = \"09:00\" }\nsince = 2026-11-01\n",
    );
    std::fs::create_dir_all(world.path("site/content/posts")).unwrap();
    world.write(
        "site/content/posts/2026-11-10-a.md",
        "+++\ntitle = \"On doors\"\ndescription = \"What they are for.\"\n+++\n\nText.\n",
    );
    let run = |now: &str| world.run(["send", "--due", "--anyway", "--now", &format!("{now}[Europe/Berlin]")]);
    let early = run("2026-11-12T09:00");
    assert!(early.code == 0 && early.err.contains("Nothing is due"), "{}", early.err);
    let look = run("2026-11-13T10:00");
    assert!(look.code == 0 && look.err.contains("Composed digest/2026-11-15"), "{}", look.err);
    assert!(run("2026-11-15T08:59").err.contains("Nothing is due"));
    assert!(sink.taken().is_empty());
    let sent = run("2026-11-15T09:01");
    assert_eq!((sent.code, sink.taken().len()), (0, 3), "{}", sent.err);
    assert!(sent.err.contains("Approved digest/2026-11-15"), "{}", sent.err);
    let later = run("2026-11-15T09:16");
    assert!(!later.err.contains("digest/"), "{}", later.err);
    assert_eq!(sink.taken().len(), 3);
}

#[test]
fn what_is_due_and_not_approved_waits() {
    let world = World::new();
    let sink = Sink::new();
    issue::prepare(&world, &sink, 1, 3);
    let folder = world.path(&format!("site/content/issues/digest/{}/frozen", issue::DAY));
    std::fs::remove_dir_all(folder).unwrap();
    let ran = world.run(["send", "--due", "--anyway"]);
    assert!(
        ran.code == 0 && ran.err.contains("waits to be approved: letterpress issue approve digest/2026-11-15"),
        "{}",
        ran.err
    );
    assert!(sink.taken().is_empty());
}

#[test]
fn a_newsletter_may_say_what_becomes_of_doubts() {
    for (policy, codes, taken) in [("resend", [3, 0], 5), ("assume-sent", [0, 1], 4)] {
        let world = World::new();
        let sink = Sink::with(|to, number| match (to.starts_with("reader1@"), number) {
            (true, 1) => Does::LosesAndHangsUp,
            _ => Does::Takes,
        });
        issue::prepare(&world, &sink, 1, 5);
        issue::newsletter(&world, &format!("in_doubt = \"{policy}\"\n"));
        assert_eq!([issue::send(&world), issue::send(&world)], codes, "{policy}");
        assert_eq!((sink.taken().len(), count(&account(&world), "sent")), (taken, 5), "{policy}");
    }
}
