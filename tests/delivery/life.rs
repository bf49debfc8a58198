//! What an issue may live through between its composing and its readers: late, cancelled, changed around, lost.

use crate::issue;
use crate::issue::DAY;
use crate::sink::Sink;
use crate::world::World;

const KEYS: &str =
    "postal_address = \"1 Street\"\nschedule = { days = [1, 15], time = \"09:00\" }\nsince = 2026-11-01\n";

/// A site with three readers and a post, its newsletter as these keys have it, and no issue.
fn house(sink: &Sink, keys: &str) -> World {
    let world = World::new();
    issue::prepare(&world, sink, 1, 3);
    std::fs::remove_dir_all(world.path("site/content/issues")).unwrap();
    issue::newsletter(&world, keys);
    std::fs::create_dir_all(world.path("site/content/posts")).unwrap();
    post(&world, "2026-11-10-a", "");
    world
}

fn post(world: &World, name: &str, more: &str) {
    let text = format!("+++\ntitle = \"On doors\"\ndescription = \"What they are for.\"\n{more}+++\n\nText.\n");
    world.write(&format!("site/content/posts/{name}.md"), text);
}

fn at<'a>(now: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &["--now", now]].concat()
}

fn edit(world: &World, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(world.path(file)).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    world.write(file, text.replacen(from, to, 1));
}

/// Composes the issue of the 15th and approves it, two days before.
fn approved(sink: &Sink) -> World {
    let world = house(sink, KEYS);
    let now = "2026-11-13T10:00[Europe/Berlin]";
    world.ok(at(now, &["issue", "compose"]));
    world.ok(at(now, &["issue", "approve"]));
    world
}

#[test]
fn what_comes_late_is_composed_and_left_to_a_person() {
    let sink = Sink::new();
    let world = house(&sink, &format!("approval = \"auto\"\n{KEYS}"));
    for now in ["2026-11-19T10:00[Europe/Berlin]", "2026-11-25T10:00[Europe/Berlin]"] {
        let ran = world.run(at(now, &["send", "--due", "--anyway"]));
        assert_eq!(ran.code, 0, "{}", ran.err);
        let said = "the issue digest/2026-11-15 comes more than three days late, and is not sent by itself any more";
        assert!(
            ran.err.contains(said) && ran.err.contains("letterpress issue approve digest/2026-11-15"),
            "{}",
            ran.err
        );
        assert!(!ran.err.contains("Approved") && !ran.err.contains("approved by itself"), "{}", ran.err);
    }
    assert!(sink.taken().is_empty());
    let now = "2026-11-25T10:00[Europe/Berlin]";
    world.ok(at(now, &["issue", "approve", DAY]));
    assert_eq!(world.run(at(now, &["send", "--due", "--anyway"])).code, 0);
    assert_eq!(sink.taken().len(), 3, "a person looked at it");
}

#[test]
fn of_those_who_mail_each_post_a_cancelled_one_stays_cancelled() {
    let sink = Sink::new();
    let world = house(&sink, "schedule = \"each-post\"\napproval = \"auto\"\nsince = 2026-11-01\n");
    let now = "2026-11-10T10:00[Europe/Berlin]";
    world.ok(at(now, &["issue", "compose"]));
    let cancelled = world.run(at(now, &["issue", "cancel", "2026-11-10"]));
    assert!(cancelled.err.contains("Its post is mailed by no other issue"), "{}", cancelled.err);
    assert!(cancelled.err.contains("letterpress issue reopen digest/2026-11-10"), "{}", cancelled.err);
    let due = world.run(at(now, &["send", "--due", "--anyway"]));
    assert!(due.code == 0 && due.err.contains("Nothing is due"), "{}", due.err);
    world.ok(at(now, &["issue", "reopen", "2026-11-10"]));
    assert_eq!(world.run(at(now, &["send", "--due", "--anyway"])).code, 0);
    assert_eq!(sink.taken().len(), 3);
}

#[test]
fn with_nobody_on_the_list_nothing_is_begun() {
    let sink = Sink::new();
    let world = approved(&sink);
    for number in 0..3 {
        world.ok(["subscribers", "remove", &format!("reader{number}@host{number}.example")]);
    }
    for errand in ["--yes", "--dry-run"] {
        let ran = world.run(["send", DAY, errand, "--anyway"]);
        ran.fails(1, &["nobody would get the issue digest/2026-11-15", "letterpress subscribers import"]);
    }
    // Under another address the site has another list.
    edit(&world, "site/site.toml", "base_url = \"https://a.example/\"", "base_url = \"https://b.example/\"");
    let ran = world.run(["send", DAY, "--yes", "--anyway"]);
    ran.fails(1, &["nobody would get", "the readers are in its list. There are lists of: a.example"]);
    world.ok(["issue", "reopen", DAY]);
}

#[test]
fn the_frozen_part_of_an_issue_that_readers_have_was_lost() {
    let sink = Sink::new();
    let world = approved(&sink);
    assert_eq!((issue::send(&world), sink.taken().len()), (0, 3));
    let shown = |word: &str| {
        let listed = world.ok(["issue", "show", "--format", "short"]);
        assert!(listed.starts_with(&format!("{word}\t2026-11-15 09:00\tdigest/2026-11-15\t")), "{word}: {listed}");
        let one = world.ok(["issue", "show", DAY]);
        assert!(one.starts_with(&format!("digest/2026-11-15, no. 1, {word}\n")), "{word}: {one}");
    };
    shown("sent");
    let folder = format!("site/content/issues/digest/{DAY}");
    std::fs::remove_dir_all(world.path(&format!("{folder}/frozen"))).unwrap();
    shown("draft (sent)");
    let now = "2026-11-25T10:00[Europe/Berlin]";
    let built = world.run(at(now, &["build"]));
    let warned = "the issue digest/2026-11-15 was to come on 15 November 2026 and is a draft, so it has no page";
    assert!(built.code == 0 && built.err.contains(warned), "{}", built.err);
    assert!(built.err.contains("content/issues/digest/2026-11-15/frozen/ back"), "{}", built.err);
    // With the same words it is the same issue; with others it is not.
    let text = std::fs::read_to_string(world.path(&format!("{folder}/index.md"))).unwrap();
    world.write(&format!("{folder}/index.md"), format!("{text}\nOne more word.\n"));
    world.run(at(now, &["issue", "approve", DAY])).fails(
        1,
        &[
            "readers have the issue digest/2026-11-15 with other content",
            "content/issues/digest/2026-11-15/frozen/ back",
        ],
    );
    assert!(!world.path(&format!("{folder}/frozen")).exists());
    world.write(&format!("{folder}/index.md"), text);
    world.ok(at(now, &["issue", "approve", DAY]));
    world.run(["send", DAY, "--yes", "--anyway"]).fails(1, &["is sent"]);
    shown("sent");
    // Whatever is wrong elsewhere, the others are listed.
    std::fs::create_dir(world.path("site/content/issues/digest/tomorrow")).unwrap();
    world.write("site/content/issues/digest/tomorrow/index.md", "x");
    let listed = world.run(["issue", "show"]);
    assert!(listed.out.contains("digest/2026-11-15"), "{}", listed.out);
    listed.fails(1, &["name it as in content/issues/digest/2026-11-15/index.md"]);
}

#[test]
fn what_has_changed_around_it_since_keeps_an_issue_from_leaving() {
    let sink = Sink::new();
    for (file, from, to, said) in [
        (
            "site/site.toml",
            "https://a.example/n/",
            "https://b.example/n/",
            "it leads to https://a.example/n/unsubscribe/, and now readers leave at https://b.example/n/unsubscribe/",
        ),
        (
            "site/site.toml",
            "base_url = \"https://a.example/\"",
            "base_url = \"https://b.example/\"",
            "it leads to https://a.example/newsletter/digest/2026-11-15/, and now its page is https://b.example/newsletter/digest/2026-11-15/",
        ),
        (
            "site/content/posts/2026-11-10-a.md",
            "description",
            "draft = true\ndescription",
            "“On doors”, which the approved issue digest/2026-11-15 leads to, is a draft: readers would find nothing there",
        ),
        (
            "site/content/posts/2026-11-10-a.md",
            "description",
            "expires = 2026-11-12\ndescription",
            "“On doors”, which the approved issue digest/2026-11-15 leads to, is expired",
        ),
    ] {
        let world = approved(&sink);
        // The list stays the same, whatever the site's address.
        edit(&world, "site/site.toml", "[subscribe]", "[store]\npath = \"../list.sqlite3\"\n[subscribe]");
        world.import(&crate::world::crowd(3), &[]);
        edit(&world, file, from, to);
        let checked = world.run(at("2026-11-14T10:00[Europe/Berlin]", &["check"]));
        assert!(checked.err.contains(said), "{said}\nis not in\n{}", checked.err);
        assert!(!world.run(at("2026-11-25T10:00[Europe/Berlin]", &["check"])).err.contains(said), "it has left by now");
        world.run(["send", DAY, "--yes"]).fails(1, &[said, "letterpress issue reopen digest/2026-11-15", "--anyway"]);
        assert!(sink.taken().is_empty());
    }
}

#[test]
fn another_issue_of_its_occurrence_was_approved() {
    let sink = Sink::new();
    let world = approved(&sink);
    let folder = world.path("site/content/issues/digest");
    // As two branches of one repository bring it about.
    let text = std::fs::read_to_string(folder.join(DAY).join("index.md")).unwrap();
    std::fs::rename(folder.join(DAY), folder.join("kept")).unwrap();
    std::fs::create_dir(folder.join(format!("{DAY}-2"))).unwrap();
    std::fs::write(folder.join(format!("{DAY}-2/index.md")), text).unwrap();
    std::fs::rename(folder.join("kept"), world.path("kept")).unwrap();
    world.ok(["issue", "approve"]);
    std::fs::rename(world.path("kept"), folder.join(DAY)).unwrap();
    let said = "the issue digest/2026-11-15-2 is of the occurrence of which digest/2026-11-15 was approved already";
    world.run(["send", "2026-11-15-2", "--yes"]).fails(1, &[said, "letterpress issue cancel digest/2026-11-15-2"]);
    assert_eq!((issue::send(&world), sink.taken().len()), (0, 3), "the first one leaves");
}

#[test]
fn without_a_name_and_without_a_server() {
    let sink = Sink::new();
    let world = approved(&sink);
    let early = "2026-11-13T11:00[Europe/Berlin]";
    world
        .run(at(early, &["send", "--yes"]))
        .fails(1, &["no approved issue is due", "the next one is digest/2026-11-15"]);
    let ran = world.run(at(early, &["send", "--test", "me@elsewhere.example"]));
    assert_eq!((ran.code, sink.taken().len()), (0, 1), "{}", ran.err);
    assert!(world.ok(at(early, &["send", "--dry-run", "--anyway"])).contains("(digest/2026-11-15) to 3 readers"));
    let site = std::fs::read_to_string(world.path("site/site.toml")).unwrap();
    world.write("site/site.toml", site.split("[[smtp]]").next().unwrap());
    let folder = world.path("letters");
    for (limit, said) in [("3", "3 letters written"), ("1", "1 letter written")] {
        let ran = world.run(at(early, &["send", "--to-dir", folder.to_str().unwrap(), "--limit", limit]));
        assert!(ran.code == 0 && ran.err.contains(said), "{}", ran.err);
    }
    world.run(["send", DAY, "--yes", "--anyway"]).fails(1, &["names no server", "to do without one: --to-dir letters"]);
}
