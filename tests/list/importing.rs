//! Lists of other services, bad rows, duplicates, and who does not come back.

use std::io::Cursor;
use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::world::Ran;
use crate::world::World;
use crate::world::on_each_store;
use crate::world::roster;

fn import(world: &World, file: &std::path::Path, more: &[&str]) -> Ran {
    world.run([&["subscribers", "import", file.to_str().unwrap(), "--yes"], more].concat())
}

#[test]
fn every_service_as_it_exports() {
    let table: [(&str, i32, &[&str]); 6] = [
        (
            "buttondown.csv",
            1,
            &[
                "cross@example.net digest unsubscribed complaint",
                "dead@example.net digest unsubscribed bounce",
                "later@example.net digest paused -",
                "left@example.org digest unsubscribed -",
                "new@example.com digest pending -",
                "reg@example.com digest confirmed - friends+weekly",
            ],
        ),
        (
            "ghost.csv",
            0,
            &[
                "ex@example.net digest unsubscribed -",
                "mary@example.com digest confirmed - Beta+Founders",
                "tim@example.org digest unsubscribed -",
            ],
        ),
        (
            "listmonk.csv",
            0,
            &[
                "anon@example.com digest confirmed -",
                "bad@example.net digest unsubscribed manual",
                "off@example.org digest unsubscribed -",
            ],
        ),
        (
            "substack.csv",
            0,
            &[
                "free@example.com digest confirmed -",
                "muted@example.net digest unsubscribed -",
                "paid@example.org digest confirmed -",
            ],
        ),
        (
            "german.csv",
            1,
            &[
                "eva@example.org digest unsubscribed -",
                "juergen@example.com digest confirmed - Kunde+Köln",
                "juergen@example.com weekly confirmed - Kunde+Köln",
            ],
        ),
        (
            "plain.csv",
            1,
            &[
                "bücher@xn--bcher-kva.example digest pending -",
                "jane@example.com digest pending -",
                "JOSÉ@example.com digest pending -",
            ],
        ),
    ];
    for (file, code, expected) in table {
        on_each_store(|world| {
            let ran = import(&world, &roster(file), &[]);
            assert_eq!(ran.code, code, "{file}: {}", ran.err);
            assert_eq!(world.everybody(), expected, "{file}");
        });
    }
}

#[test]
fn a_whole_audience_of_mailchimp() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for part in ["cleaned", "subscribed", "unsubscribed"] {
        zip.start_file(format!("audience/{part}_email_audience_export_1.csv"), SimpleFileOptions::default()).unwrap();
        zip.write_all(&std::fs::read(roster(&format!("mailchimp_{part}.csv"))).unwrap()).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    on_each_store(|world| {
        let file = world.write("audience.zip", &bytes);
        let ran = import(&world, &file, &[]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        // Ada stands in two of its files, in two spellings: she has left.
        assert_eq!(
            world.everybody(),
            [
                "Ada.Byron@example.com digest unsubscribed - Blog, daily+Old+VIP",
                "gone@example.com digest unsubscribed bounce",
                "grace@example.org digest confirmed -",
                "linus@example.net digest unsubscribed -",
            ]
        );
        assert!(ran.err.contains("unsubscribed_email_audience_export_1.csv: 2 rows, mailchimp layout"), "{}", ran.err);
        let exported = world.export();
        assert!(exported.contains("import,subscribed_email_audience_export_1.csv,mailchimp"), "{exported}");
    });
}

#[test]
fn bad_rows_are_named_and_left_out() {
    let text = "email,status\njane@example.com,confirmed\nnobody,confirmed\nfoo@example.com,whatever\n\"a\r\nb@example.com\",confirmed\nx@example.com\nbob@example.com,confirmed\n";
    on_each_store(|world| {
        let ran = world.import(text, &[]);
        ran.fails(
            1,
            &[
                "roster.csv:3: not an e-mail address: `n…`",
                "roster.csv:4: a status that is not known: `whatever`",
                "roster.csv:5: ",
                "roster.csv:7: 1 cells where the first line has 2",
            ],
        );
        ran.masks("foo@example.com").masks("b@example.com");
        assert_eq!(ran.out, "Imported: 2 new, 0 changed, 0 as they were; 4 rows left out\n");
        assert_eq!(world.everybody(), ["bob@example.com digest confirmed -", "jane@example.com digest confirmed -"]);
    });
}

#[test]
fn strict_takes_all_or_none() {
    on_each_store(|world| {
        let ran = world.import("email,status\njane@example.com,confirmed\nnobody,confirmed\n", &["--strict"]);
        ran.fails(
            1,
            &["roster.csv:3: not an e-mail address", "1 row cannot be imported, so none was", "leave --strict out"],
        );
        assert_eq!((ran.out.as_str(), world.everybody()), ("", vec![]));
        assert_eq!(world.import("email,status\njane@example.com,confirmed\n", &["--strict"]).code, 0);
    });
}

#[test]
fn duplicates_become_one() {
    let text = "email,status,tags,name\nJosé@example.com,confirmed,a,\njose\u{301}@EXAMPLE.com,confirmed,b,Josephine\nJOSÉ@example.com,unsubscribed,,\njo@bücher.example,confirmed,,\njo@xn--bcher-kva.example,confirmed,,\n";
    on_each_store(|world| {
        let ran = world.import(text, &[]);
        assert_eq!((ran.code, ran.out.as_str()), (0, "Imported: 2 new, 0 changed, 0 as they were\n"), "{}", ran.err);
        assert!(ran.err.contains("roster.csv:3: `j…@e….com` is also on line 2"), "{}", ran.err);
        assert!(ran.err.contains("roster.csv:4: `J…@e….com` is also on line 2; the lower status, unsubscribed, stays"));
        assert_eq!(
            world.everybody(),
            ["jo@xn--bcher-kva.example digest confirmed -", "José@example.com digest unsubscribed - a+b"]
        );
        let again = world.import(text, &[]);
        assert_eq!(again.out, "Imported: 0 new, 0 changed, 2 as they were\n");
        assert!(world.export().contains("Josephine"));
    });
}

#[test]
fn nobody_is_raised_and_nobody_suppressed_comes_back() {
    let all = ["left", "asked", "rest", "dead", "cross", "owner", "gone"];
    on_each_store(|world| {
        let begin = "email,status\nleft@x.example,unsubscribed\nasked@x.example,pending\nrest@x.example,paused\ndead@x.example,bounced\ncross@x.example,complained\n";
        assert_eq!(world.import(begin, &[]).code, 0);
        world.ok(["subscribers", "suppress", "owner@x.example"]);
        world.ok(["subscribers", "forget", "gone@x.example", "--yes"]);
        let before = world.everybody();
        let raise: String = all.iter().map(|name| format!("{name}@x.example,confirmed\n")).collect();
        let ran = world.import(&format!("email,status\n{raise}"), &[]);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (
                0,
                "Imported: 0 new, 0 changed, 3 as they were; 4 of suppressed addresses kept out (1 bounce, 1 manual, 1 complaint, 1 erased)\n"
            )
        );
        assert!(ran.err.contains("roster.csv:7: o…@x….example is suppressed (manual) and stays so"), "{}", ran.err);
        assert!(ran.err.contains("roster.csv:8: g…@x….example is suppressed (erased) and stays so"), "{}", ran.err);
        assert_eq!(world.everybody(), before);
        // Lowered they may be.
        assert_eq!(world.import("email,status\nnew@x.example,confirmed\n", &[]).code, 0);
        let lower = world.import("email,status\nnew@x.example,unsubscribed\n", &[]);
        assert_eq!(lower.out, "Imported: 0 new, 1 changed, 0 as they were\n");
        assert!(world.everybody().contains(&"new@x.example digest unsubscribed -".to_owned()));
    });
}

#[test]
fn a_dry_run_changes_nothing() {
    on_each_store(|world| {
        assert_eq!(world.import("email,status\njane@example.com,confirmed\n", &[]).code, 0);
        world.ok(["subscribers", "suppress", "owner@x.example"]);
        let before = world.export();
        let text = "email,status,suppression,newsletter,iphash\njane@example.com,unsubscribed,erased,digest,\n";
        let news =
            "email,status\njane@example.com,unsubscribed\nbob@example.com,confirmed\nowner@x.example,confirmed\n";
        for text in [text, news] {
            let file = world.write("roster.csv", text);
            let ran = world.run(["subscribers", "import", file.to_str().unwrap(), "--dry-run"]);
            assert_eq!(ran.code, 0, "{}", ran.err);
            assert_eq!(world.export(), before);
        }
        let said = world.run(["subscribers", "import", world.path("roster.csv").to_str().unwrap(), "--dry-run"]);
        assert!(said.out.contains("3 rows: 3 subscriptions of 3 addresses, 0 merged, 0 left out\n"), "{}", said.out);
        assert!(said.out.ends_with(
            "To the list: 1 new, 1 changed, 0 as they were; 1 of suppressed addresses kept out (1 manual)\n"
        ));
        let file = world.path("roster.csv");
        let told = world.json(["subscribers", "import", file.to_str().unwrap(), "--dry-run"]);
        assert_eq!((&told["dry_run"], &told["added"], &told["changed"]), (&true.into(), &1.into(), &1.into()));
        assert_eq!((&told["kept_out"]["manual"], &told["files"][0]["layout"]), (&1.into(), &"csv".into()));
    });
}

#[test]
fn without_a_terminal_it_wants_yes() {
    let world = World::new();
    let file = world.write("roster.csv", "email\njane@example.com\n");
    let ran = world.run(["subscribers", "import", file.to_str().unwrap()]);
    ran.fails(2, &["nobody is at a terminal to be asked: Import them?", "add --yes"]);
    assert_eq!(world.everybody(), [] as [String; 0]);
}

/// `script` gives it a terminal.
#[test]
#[cfg(target_os = "linux")]
fn at_a_terminal_it_shows_and_asks() {
    let world = World::new();
    let file = world.write("roster.csv", "email,status\njane@example.com,confirmed\n");
    let line = format!("{} subscribers import {}", env!("CARGO_BIN_EXE_letterpress"), file.display());
    for (answer, code, said, count) in [("n", 1, "Nothing was changed.", 0), ("y", 0, "Imported: 1 new", 1)] {
        let mut command = std::process::Command::new("script");
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        command.current_dir(world.path("site")).env("HOME", world.path("home")).env_remove("XDG_DATA_HOME");
        let piped = std::process::Stdio::piped;
        let mut child = command.stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{answer}").unwrap();
        let output = child.wait_with_output().unwrap();
        drop(input);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{text}");
        for part in ["1 row: 1 subscription of 1 address", "To the list: 1 new", "Import them? [y/N]", said] {
            assert!(text.contains(part), "`{part}` is not in:\n{text}");
        }
        assert_eq!(world.everybody().len(), count);
    }
}

#[test]
fn from_standard_input() {
    on_each_store(|world| {
        let ran = world.run_with(
            b"jane@example.com\nnobody\n",
            ["subscribers", "import", "-", "--yes", "--status", "confirmed", "--newsletter", "weekly"],
        );
        ran.fails(1, &["standard input:2: not an e-mail address"]);
        assert_eq!(world.everybody(), ["jane@example.com weekly confirmed -"]);
    });
}

#[test]
fn what_cannot_be_read_at_all() {
    let world = World::new();
    type Case<'a> = (&'a str, &'a [u8], &'a [&'a str], &'a [&'a str]);
    let cases: [Case<'_>; 6] = [
        ("empty.csv", b"", &[], &["empty.csv: nothing in it"]),
        ("names.csv", b"name,age\nJane,5\n", &[], &["no column of e-mail addresses", "name the column"]),
        ("book.csv", b"PK\x03\x04 and so on", &[], &["a ZIP that cannot be read"]),
        ("wide.csv", b"\xFF\xFEe\0m\0", &[], &["encoded as UTF-16", "CSV UTF-8"]),
        ("good.csv", b"email\njane@example.com\n", &["--newsletter", "digset"], &["did you mean `digest`?"]),
        (
            "good.csv",
            b"email\njane@example.com\n",
            &["--time-zone", "Berlin"],
            &["no time zone `Berlin`", "Europe/Berlin"],
        ),
    ];
    for (name, bytes, more, said) in cases {
        let file = world.write(name, bytes);
        let ran = import(&world, &file, more);
        ran.fails(1, said);
        assert_eq!(ran.out, "", "{name}");
    }
    let unknown = world.import("email,newsletter\na@x.example,digest\nb@x.example,digset\nc@x.example,other\n", &[]);
    unknown.fails(1, &["no newsletter `digset`", "no newsletter `other`", "nothing was imported"]);
    world.run(["subscribers", "import", "nowhere.csv", "--yes"]).fails(1, &["nowhere.csv"]);
    assert_eq!(world.everybody(), [] as [String; 0]);
}
