//! `send --test --verify`: the copy of a test that arrived, as it was or as somebody on the way made it.

use serde_json::Value;

use crate::issue;
use crate::leaving::world;
use crate::sink::Sink;
use crate::world::Ran;
use crate::world::World;

const TO: &str = "me@elsewhere.example";

/// A test that was sent, and the letter as it came, dots undoubled.
fn sent(profile: &str) -> (World, String) {
    let sink = Sink::new();
    let world = world(profile, "", &sink, 1);
    let ran = world.run(["send", issue::DAY, "--test", TO]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("--test me@elsewhere.example --verify FILE.eml"), "{}", ran.err);
    let letter = String::from_utf8(sink.letters().remove(0)).unwrap();
    (world, letter.replace("\r\n..", "\r\n."))
}

fn verify(world: &World, copy: impl AsRef<[u8]>) -> Ran {
    let file = world.write("arrived.eml", copy);
    world.run(["send", issue::DAY, "--test", TO, "--verify", file.to_str().unwrap()])
}

fn as_json(world: &World, copy: impl AsRef<[u8]>) -> Value {
    let file = world.write("arrived.eml", copy);
    let ran = world.run(["send", issue::DAY, "--test", TO, "--verify", file.to_str().unwrap(), "--format", "json"]);
    let value: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    assert_eq!(ran.code, i32::from(value["whole"] != true), "{value}");
    value
}

/// What servers on the way put before a letter.
const TRACE: &str = "Return-Path: <ed@a.example>\r\nReceived: from a.example by b.example; Sun, 15 Nov 2026 09:00:01 +0100\r\n\
                     Authentication-Results: b.example;\r\n dkim=pass header.d=a.example\r\n";

#[test]
fn what_was_not_touched_is_whole_however_it_was_saved() {
    let (world, letter) = sent("postfix");
    let traced = format!("{TRACE}{letter}");
    let saved = [
        letter.clone(),
        traced.clone(),
        traced.replace("\r\n", "\n"),
        format!("From ed@a.example Sun Nov 15 09:00:01 2026\n{}", traced.replace("\r\n", "\n")),
    ];
    for copy in saved {
        let ran = verify(&world, &copy);
        assert_eq!(
            (ran.code, ran.out.starts_with("It arrived as it was sent.\n")),
            (0, true),
            "{}{}",
            ran.out,
            ran.err
        );
        assert!(ran.out.contains("the signature of a.example (lp) holds"), "{}", ran.out);
    }
    let ran = verify(&world, &traced);
    assert!(ran.out.contains("the receiver says: b.example; dkim=pass header.d=a.example"), "{}", ran.out);
    let value = as_json(&world, &traced);
    assert_eq!(value["signatures"][0]["verdict"], "holds");
    assert_eq!(value["authentication_results"][0], "b.example; dkim=pass header.d=a.example");
    // Nothing was written down, and nobody got anything more.
    world.run(["deliveries", issue::DAY]).fails(1, &["has been sent"]);
}

/// One thing that was changed: in the letter, this for that; what is said.
const CHANGED: [(&str, &str, &[&str]); 11] = [
    (
        "<a href=3D\"https://a.example/n/=\r\nmanage/",
        "<a href=3D\"https://click.example/?u=3D",
        &["a link (HTML): https://a.example/n/manage/(token) became https://click.example/?u=(token)"],
    ),
    (
        "Leave: https://a.example/",
        "Leave: https://click.example/",
        &["a link (text): https://a.example/n/unsubscribe/(token) became https://click.example/n/unsubscribe/(token)"],
    ),
    (
        "<!doctype html>",
        "<!doctype html><img src=3D\"https://open.example/1.gif\" width=3D\"1\" height=3D\"1\">",
        &["a picture that nobody sees was added: https://open.example/1.gif"],
    ),
    (
        "<!doctype html>",
        "<!doctype html><img src=3D\"https://logo.example/1.png\" alt=3D\"\">",
        &["a picture was added: https://logo.example/1.png"],
    ),
    ("<!doctype html>", "<!doctype html><p>Sent with Relay</p>", &["text (HTML) was added: Sent with Relay"]),
    ("Settings: http", "Adjust: http", &["text (text): Settings: (link) became Adjust: (link)"]),
    (
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        "",
        &["the header List-Unsubscribe-Post is gone: List-Unsubscribe=One-Click"],
    ),
    (
        "List-Unsubscribe: <https://a.example/n/unsubscribe/",
        "List-Unsubscribe: <https://click.example/",
        &[
            "the header List-Unsubscribe: <https://a.example/n/unsubscribe/(token)> became <https://click.example/(token)>",
        ],
    ),
    (
        "Feedback-ID: 2026-11-15:digest:issue:",
        "Feedback-ID: x:y:z:",
        &["the header Feedback-ID: 2026-11-15:digest:issue:"],
    ),
    (
        "Subject: On the first",
        "Subject: [Bulk] On the first",
        &["the header Subject: On the first sentence became [Bulk] On the first sentence"],
    ),
    (
        "From: ",
        "Feedback-ID: 1:2:3:relay\r\nFrom: ",
        &["the header Feedback-ID: 2026-11-15:digest:issue:", "became 1:2:3:relay | 2026-11-15:digest:issue:"],
    ),
];

#[test]
fn each_change_is_named() {
    let (world, letter) = sent("postfix");
    for (this, that, said) in CHANGED {
        let copy = letter.replacen(this, that, 1);
        assert_ne!(copy, letter, "{this}");
        let ran = verify(&world, &copy);
        assert_eq!(ran.code, 1, "{that}\n{}{}", ran.out, ran.err);
        assert!(ran.out.starts_with("It was altered on its way.\n"), "{}", ran.out);
        for part in said {
            assert!(ran.out.contains(part), "`{part}` is not in\n{}", ran.out);
        }
        let broken = if this.contains(": ") && !this.starts_with("Leave") && !this.starts_with("Settings") {
            "is broken: a header was changed"
        } else {
            "is broken: the text was changed"
        };
        assert!(ran.out.contains(broken), "{that}\n{}", ran.out);
    }
}

#[test]
fn another_name_is_told_and_so_is_a_signature_that_is_gone() {
    let (world, letter) = sent("postfix");
    let begin = letter.find("Message-ID: <").unwrap();
    let end = begin + letter[begin..].find("\r\n").unwrap();
    let renamed = format!("{}Message-ID: <0100@relay.example>{}", &letter[..begin], &letter[end..]);
    let value = as_json(&world, &renamed);
    assert_eq!(value["changes"][0]["where"], "Message-ID");
    assert_eq!(value["changes"][0]["arrived"], "<0100@relay.example>");
    assert_eq!(value["signatures"][0]["verdict"], "header-changed");
    let bare = &letter[letter.find("From: ").unwrap()..];
    let value = as_json(&world, bare);
    assert_eq!(
        (&value["unsigned"], &value["whole"], value["changes"].as_array().unwrap().len()),
        (&true.into(), &false.into(), 0)
    );
    // Somebody else's link in the place of ours.
    let at = letter.find("/n/manage/").unwrap() + 10;
    let forged = format!("{}{}{}", &letter[..at], if &letter[at..=at] == "A" { "B" } else { "A" }, &letter[at + 1..]);
    assert_eq!(as_json(&world, forged)["whole"], false);
}

#[test]
fn what_a_server_always_does_is_no_alteration() {
    let (world, letter) = sent("ses");
    assert!(!letter.contains("Feedback-ID:"), "SES writes its own");
    let mut copy = String::from("Feedback-ID: 2026-11-15:digest:1.eu-central-1:AmazonSES\r\n");
    for line in letter.split_inclusive("\r\n") {
        copy += match line.split(':').next() {
            Some("Message-ID") => "Message-ID: <0107@eu-central-1.amazonses.com>\r\n",
            Some("Date") => "Date: Sun, 15 Nov 2026 09:00:02 +0000\r\n",
            _ => line,
        };
    }
    let ran = verify(&world, &copy);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("as this server always does: the header Message-ID"), "{}", ran.out);
    assert!(ran.out.contains("as this server always does: the header Feedback-ID was added"), "{}", ran.out);
    assert!(ran.out.contains("the signature of a.example (lp) holds"), "{}", ran.out);
}

#[test]
fn no_mail_is_no_mail() {
    let (world, letter) = sent("postmark");
    for (copy, said) in [
        ("", "there is no mail in it"),
        ("hello", "there is no mail in it"),
        ("<html><body>From: x</body></html>", "there is no mail in it"),
    ] {
        verify(&world, copy).fails(1, &[said, "save the mail that arrived with all its headers"]);
    }
    verify(
        &world,
        b"From: \xff\r\nSubject: =?utf-8?q?=ff?=\r\nContent-Type: multipart/alternative; boundary=\"\r\n\r\n--\r\n",
    );
    world.run(["send", issue::DAY, "--test", TO, "--verify", "nowhere.eml"]).fails(1, &["nowhere.eml"]);
    world.run(["send", issue::DAY, "--verify", "nowhere.eml"]).fails(2, &["--test"]);
    // Postmark signs; that there is no signature of ours is as it should be.
    assert_eq!(verify(&world, letter).code, 0);
}
