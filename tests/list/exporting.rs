//! The list as CSV and in the other formats; what is exported reads back to the same list.

use std::cell::RefCell;
use std::process::Stdio;

use crate::world::Ran;
use crate::world::World;
use crate::world::on_each_store;
use crate::world::roster;

fn fill(world: &World) {
    for file in ["buttondown.csv", "ghost.csv", "listmonk.csv", "german.csv", "mailchimp_subscribed.csv"] {
        world.run(["subscribers", "import", roster(file).to_str().unwrap(), "--yes"]);
    }
    let odd = "email,newsletter,status,suppression,name,first_name,last_name,tags,asked,confirmed,withdrew,page,wording,source,source_file,source_service,ip_hash\r\n\
               odd@example.com,weekly,paused,,'=1+1,,,\"'@a,\"\"b, c\"\"\",2026-01-02T03:04:05.678901Z,,,https://a.example/x,\"Two\nlines, \"\"quoted\"\"\",form,,,0102ff\r\n";
    assert_eq!(world.import(odd, &[]).code, 0);
    world.ok(["subscribers", "add", "hand@example.com", "--agreed", "at the fair", "--name", "Zoë"]);
    world.ok(["subscribers", "suppress", "never@example.com", "--reason", "complaint"]);
}

#[test]
fn what_is_exported_reads_back() {
    on_each_store(|world| {
        fill(&world);
        let text = world.export();
        assert!(
            text.contains("odd@example.com,weekly,paused,,'=1+1,,,")
                && text.contains("never@example.com,,unsubscribed,complaint")
        );
        // Into new lists on either database, once from a file and once from standard input.
        on_each_store(|other| {
            let ran = other.import(&text, &["--strict"]);
            assert_eq!(ran.code, 0, "{}", ran.err);
            assert_eq!(other.export(), text);
            assert_eq!(other.everybody(), world.everybody());
            let ran = other.run_with(text.as_bytes(), ["subscribers", "import", "-", "--yes"]);
            assert!(ran.out.starts_with("Imported: 0 new, 0 changed, "), "{}", ran.out);
        });
    });
    let texts = RefCell::new(Vec::new());
    on_each_store(|world| {
        fill(&world);
        texts.borrow_mut().push(world.export());
    });
    let texts = texts.into_inner();
    assert!(texts.iter().all(|text| *text == texts[0]), "the same on both databases");
}

#[test]
fn to_a_file_for_the_owner_alone() {
    let world = World::new();
    fill(&world);
    let file = world.path("out.csv");
    let said = world.ok(["subscribers", "export", file.to_str().unwrap()]);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, world.export());
    assert_eq!(said, format!("Exported {} rows to {}\n", csv_rows(&text), file.display()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let told = world.json(["subscribers", "export", file.to_str().unwrap()]);
    assert_eq!(told["rows"], csv_rows(&text));
    world.run(["subscribers", "export", "content/list.csv"]).fails(1, &["must not be in content/", "outside the site"]);
    assert!(!world.path("site/content/list.csv").exists());
    world.run(["subscribers", "export", "/nowhere/list.csv"]).fails(1, &["/nowhere"]);
    world.ok(["subscribers", "forget", "hand@example.com", "--yes"]);
    let ran = world.run(["subscribers", "export"]);
    assert!(ran.code == 0 && ran.err.contains("Not in it: 1 reader that asked to be erased"), "{}", ran.err);
}

fn csv_rows(text: &str) -> usize {
    csv::Reader::from_reader(text.as_bytes()).records().count()
}

#[test]
fn list_in_every_format_and_some_of_it() {
    on_each_store(|world| {
        fill(&world);
        let human = world.ok(["subscribers", "list", "--find", "juergen"]);
        assert_eq!(
            human,
            "juergen@example.com  digest  confirmed  2024-01-15  Jürgen Muster  Kunde, Köln\n\
             juergen@example.com  weekly  confirmed  2024-01-15  Jürgen Muster  Kunde, Köln\n"
        );
        let short = world.ok(["subscribers", "list", "--suppressed", "--format", "short"]);
        assert!(short.contains("never@example.com\t\tunsubscribed\tcomplaint\t\t\t\n"), "{short}");
        assert!(short.lines().all(|line| line.split('\t').count() == 7) && short.lines().count() == 4, "{short}");
        let of = |more: &[&str]| world.ok([&["subscribers", "list"], more].concat()).lines().count();
        assert_eq!(of(&["--newsletter", "weekly"]), 2);
        assert_eq!(of(&["--tag", "Köln", "--newsletter", "digest"]), 1);
        assert_eq!(of(&["--status", "paused"]), 2);
        assert_eq!(of(&["--find", "ZOË"]), 1);
        assert_eq!(of(&["--find", "nobody-like-this"]), 0);
        world.run(["subscribers", "list", "--newsletter", "digset"]).fails(1, &["did you mean `digest`?"]);
        assert_eq!(world.run(["subscribers", "list", "--status", "gone"]).code, 2);
    });
}

#[test]
fn a_closed_pipe_is_success() {
    let world = World::new();
    fill(&world);
    for arguments in [&["subscribers", "list"][..], &["subscribers", "export"], &["subscribers", "stats"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = world.command(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let ran = Ran::of(output);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn stats_count_and_say_where() {
    on_each_store(|world| {
        fill(&world);
        let told = world.json(["subscribers", "stats"]);
        assert_eq!(told["readers"].as_u64().unwrap(), 18);
        let of = |newsletter: &str, status: &str| {
            let all = told["subscriptions"].as_array().unwrap();
            let found = all.iter().find(|one| one["newsletter"] == newsletter && one["status"] == status);
            found.map_or(0, |one| one["count"].as_u64().unwrap())
        };
        assert_eq!((of("weekly", "paused"), of("weekly", "confirmed"), of("digest", "pending")), (1, 1, 3));
        assert_eq!((&told["suppressed"]["complaint"], &told["suppressed"]["bounce"]), (&2.into(), &1.into()));
        let place = told["place"].as_str().unwrap();
        assert!(place.ends_with("list.sqlite3") || place.starts_with("PostgreSQL at "), "{place}");
        let short = world.ok(["subscribers", "stats", "--format", "short"]);
        assert!(short.contains("readers\t18\n") && short.contains("weekly: paused\t1\n"), "{short}");
        assert!(world.run(["subscribers", "stats"]).err.contains("The list is in "));
    });
}
