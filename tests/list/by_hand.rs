//! One reader at a time: add, remove, suppress.

use crate::world::World;
use crate::world::on_each_store;

const ENDPOINT: &str = "[subscribe]\nendpoint = \"https://a.example/letters/\"\nfrom = \"post@a.example\"\n";

#[test]
fn add_asks_by_mail() {
    on_each_store(|world| {
        let ran = world.run(["subscribers", "add", "jane@example.com"]);
        ran.fails(1, &["nobody could ask the reader", "--agreed", "[subscribe] endpoint"]);
        world.site(ENDPOINT);
        let ran = world.run(["subscribers", "add", "jane@example.com", "--name", "Jane", "--tag", "fair"]);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (0, "j…@e….com is asked by mail, as soon as `letterpress daemon` runs\n")
        );
        ran.masks("jane@example.com");
        assert_eq!(world.json(["subscribers", "stats"])["requests"], 1);
        assert_eq!(world.everybody(), [] as [String; 0], "asked is not subscribed");
    });
}

#[test]
fn add_who_has_agreed() {
    on_each_store(|world| {
        let add = |more: &[&str]| world.run([&["subscribers", "add", "Jane@Example.com"], more].concat());
        let agreed = ["--agreed", "signed at the fair", "--newsletter", "weekly", "--tag", "b", "--tag", "a"];
        assert_eq!(add(&agreed).out, "J…@E….com is confirmed\n");
        assert_eq!(world.everybody(), ["Jane@example.com weekly confirmed - a+b"]);
        let exported = world.export();
        assert!(exported.contains("2026-11-15T08:00:00Z,,,signed at the fair,hand"), "{exported}");
        assert_eq!(add(&agreed).out, "J…@E….com was confirmed already\n");
        assert_eq!(world.json(["subscribers", "add", "bob@example.com", "--agreed", "x"])["outcome"], "confirmed");
        // Asked elsewhere, confirmed by hand: both are known.
        let pending = "email,newsletter,status,suppression,name,first_name,last_name,tags,asked,confirmed,withdrew,page,wording,source,source_file,source_service,ip_hash\n\
                       pen@example.com,digest,pending,,,,,,2026-01-02T00:00:00Z,,,https://a.example/x,yes please,form,,,\n\
                       rest@example.com,digest,paused,,,,,,,,,,,form,,,\n";
        assert_eq!(world.import(pending, &[]).code, 0);
        world.ok(["subscribers", "add", "pen@example.com", "--agreed", "by telephone"]);
        assert!(world.export().contains("2026-01-02T00:00:00Z,2026-11-15T08:00:00Z,,,by telephone,hand"));
        let rest = world.ok(["subscribers", "add", "rest@example.com", "--agreed", "x"]);
        assert_eq!(rest, "r…@e….com has confirmed, and asked for a rest\n");
        assert!(world.everybody().contains(&"rest@example.com digest paused -".to_owned()));
    });
}

#[test]
fn add_refuses() {
    on_each_store(|world| {
        let add = |address: &str, more: &[&str]| world.run([&["subscribers", "add", address], more].concat());
        add("jane", &["--agreed", "x"]).fails(1, &["this is not an e-mail address", "jane@example.com"]);
        add("a@x.example\nBcc: b@x.example", &["--agreed", "x"]).fails(1, &["this is not an e-mail address"]);
        add("a@x.example", &["--agreed", "x", "--newsletter", "weekyl"]).fails(1, &["did you mean `weekly`?"]);
        add("a@x.example", &["--agreed", " "]).fails(1, &["--agreed says nothing"]);
        add("a@x.example", &["--agreed", "x\ny"]).fails(1, &["--agreed has a line break"]);
        add("a@x.example", &["--agreed", "x", "--name", "A\u{1b}[31m"]).fails(1, &["the name has a line break"]);
        add("a@x.example", &["--agreed", "x", "--tag", "a\nb"]).fails(1, &["a tag has a line break"]);
        assert_eq!(world.everybody(), [] as [String; 0]);
        world.ok(["subscribers", "suppress", "owner@x.example"]);
        add("owner@x.example", &["--agreed", "x"])
            .fails(1, &["is suppressed (manual)", "--lift"])
            .masks("owner@x.example");
    });
}

#[test]
fn remove_and_no_way_back_but_the_readers() {
    on_each_store(|world| {
        for newsletter in ["digest", "weekly"] {
            world.ok(["subscribers", "add", "jane@example.com", "--agreed", "x", "--newsletter", newsletter]);
        }
        let remove = |more: &[&str]| world.ok([&["subscribers", "remove", "JANE@example.com"], more].concat());
        assert_eq!(remove(&["--newsletter", "weekly"]), "J…@e….com is unsubscribed from weekly\n");
        assert_eq!(
            world.everybody(),
            ["jane@example.com digest confirmed -", "jane@example.com weekly unsubscribed -"]
        );
        assert_eq!(remove(&[]), "J…@e….com is unsubscribed from digest\n");
        assert_eq!(remove(&[]), "J…@e….com was not subscribed any more\n");
        assert!(world.export().contains("2026-11-15T08:00:00Z,2026-11-15T08:00:00Z,,x,hand"), "{}", world.export());
        let back = world.run(["subscribers", "add", "jane@example.com", "--agreed", "she said so"]);
        back.fails(1, &["has unsubscribed, on 2026-11-15", "leave --agreed out"]).masks("jane@example.com");
        world.run(["subscribers", "remove", "bob@example.com"]).fails(1, &["b…@e….com is not on the list", "--find"]);
        world.run(["subscribers", "remove", "bob"]).fails(1, &["not an e-mail address"]);
        // Asked by mail she may come back.
        world.site(ENDPOINT);
        assert!(world.ok(["subscribers", "add", "jane@example.com"]).contains("is asked by mail"));
    });
}

#[test]
fn suppress_and_lift() {
    on_each_store(|world| {
        world.ok(["subscribers", "add", "jane@example.com", "--agreed", "x"]);
        let suppress = |more: &[&str]| world.ok([&["subscribers", "suppress", "JANE@example.com"], more].concat());
        assert_eq!(suppress(&["--reason", "complaint"]), "J…@e….com is suppressed (complaint)\n");
        assert_eq!(suppress(&[]), "J…@e….com is suppressed (complaint)\n", "the graver reason stays");
        assert_eq!(world.everybody(), ["jane@example.com digest confirmed complaint"]);
        assert_eq!(suppress(&["--lift"]), "J…@e….com is no longer suppressed (complaint)\n");
        assert_eq!(suppress(&["--lift"]), "J…@e….com was not suppressed\n");
        assert_eq!(world.everybody(), ["jane@example.com digest confirmed -"]);
        assert_eq!(world.json(["subscribers", "suppress", "a@x.example"])["suppressed"], "manual");
        assert_eq!(world.json(["subscribers", "suppress", "a@x.example", "--lift"])["lifted"], "manual");
        assert_eq!(world.run(["subscribers", "suppress", "a@x.example", "--reason", "erased"]).code, 2);
        assert_eq!(world.run(["subscribers", "suppress", "a@x.example", "--lift", "--reason", "bounce"]).code, 2);
        world.run(["subscribers", "suppress", "a"]).fails(1, &["not an e-mail address"]);
    });
}

#[test]
fn without_a_site_or_a_home() {
    let world = World::new();
    let stray = world.command(["subscribers", "list"]).current_dir(world.path("home")).output().unwrap();
    assert!(String::from_utf8_lossy(&stray.stderr).contains("no site.toml") && stray.status.code() == Some(1));
    world.site("[store]\npath = \"content/list.sqlite3\"\n");
    world.run(["subscribers", "list"]).fails(1, &["site.toml:7:8", "the list must not be in content/"]);
    world.site("[store]\nurl = { env = \"LIST_URL\" }\n");
    world.run(["subscribers", "list"]).fails(1, &["LIST_URL, which is not set", "export LIST_URL="]);
}
