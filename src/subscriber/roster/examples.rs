//! What rosters of each service give (`tests/fixtures/rosters/`), what is said about every kind of mistake, and what becomes of duplicates.

use std::io::Cursor;
use std::io::Write;
use std::ops::ControlFlow;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::complaint::Complaint;
use super::complaint::Consequence;
use super::complaint::RosterError;
use super::entry::Entry;
use super::plan::Plan;
use super::rows::Options;
use crate::diagnostic::report::Severity;
use crate::subscriber::consent::Source;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;

macro_rules! fixture {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../../tests/fixtures/rosters/", $name)) as &[u8])
    };
}

const MAILCHIMP: [(&str, &[u8]); 3] =
    [fixture!("mailchimp_subscribed.csv"), fixture!("mailchimp_unsubscribed.csv"), fixture!("mailchimp_cleaned.csv")];

fn options(file: &str) -> Options {
    Options { file: file.into(), zone: TimeZone::UTC, unstated: Status::Confirmed }
}

/// A file, its service, its entries as [`told`] tells them.
type Example<'a> = ((&'a str, &'a [u8]), &'a str, &'a [&'a str]);

/// The plan, its entries and the complaints of a roster.
fn import(file: &str, bytes: &[u8]) -> Result<(Plan, Vec<Entry>, Vec<Complaint>), RosterError> {
    let (mut entries, mut complaints) = (Vec::new(), Vec::new());
    let mut input = Cursor::new(bytes);
    let plan = Plan::make(&mut input, &options(file), &mut |complaint| complaints.push(complaint))?;
    plan.entries(&mut input, &options(file), &mut |entry| {
        entries.push(entry);
        ControlFlow::Continue(())
    })?;
    assert_eq!(entries.len() as u64, plan.summary.entries);
    assert_eq!(plan.summary.statuses.values().sum::<u64>(), plan.summary.entries);
    Ok((plan, entries, complaints))
}

/// An entry in one line: address, newsletter, status, suppression, name, tags, asked, confirmed, withdrew.
fn told(entry: &Entry) -> String {
    let time = |at: Option<jiff::Timestamp>| at.map(|at| at.strftime("%F %T").to_string()).unwrap_or_default();
    let tags: Vec<&str> = entry.tags.iter().map(|tag| &**tag).collect();
    let suppression = entry.suppression.map(Suppression::word).unwrap_or_default();
    let newsletter = entry.newsletter.as_deref().unwrap_or_default();
    let consent = &entry.consent;
    let times = [consent.asked, consent.confirmed, consent.withdrew].map(time).join("|");
    format!(
        "{}|{newsletter}|{}|{suppression}|{}|{}|{times}",
        entry.address,
        entry.status,
        entry.name.display(),
        tags.join("/")
    )
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn every_service() {
    let table: [Example; 9] = [
        (
            MAILCHIMP[0],
            "mailchimp",
            &[
                "Ada.Byron@example.com||confirmed||Ada Byron|Blog, daily/VIP|2019-08-12 14:22:31|2019-08-12 14:25:02|",
                "grace@example.org||confirmed||Grace|||2020-02-01 08:00:00|",
            ],
        ),
        (
            MAILCHIMP[1],
            "mailchimp",
            &[
                "linus@example.net||unsubscribed||Linus Sample|||2018-05-01 10:00:00|2021-03-04 05:06:07",
                "ada.byron@example.com||unsubscribed||Ada Byron|Old||2017-01-01 00:00:00|2022-03-04 05:06:07",
            ],
        ),
        (MAILCHIMP[2], "mailchimp", &["gone@example.com||unsubscribed|bounce|Gone Away|||2018-05-01 10:00:00|"]),
        (
            fixture!("substack.csv"),
            "substack",
            &[
                "free@example.com||confirmed||||2024-01-02 03:04:05||",
                "paid@example.org||confirmed||||2023-06-01 00:00:00||",
                "muted@example.net||unsubscribed||||2022-05-01 00:00:00||",
            ],
        ),
        (
            fixture!("ghost.csv"),
            "ghost",
            &[
                "mary@example.com||confirmed||Mary Sample|Beta/Founders|2023-09-01 10:00:00||",
                "tim@example.org||unsubscribed||||2023-10-01 10:00:00||",
                "ex@example.net||unsubscribed||Ex Member||2022-10-01 10:00:00||",
            ],
        ),
        (
            fixture!("buttondown.csv"),
            "buttondown",
            &[
                "reg@example.com||confirmed|||friends/weekly|2023-05-03 12:01:27||",
                "new@example.com||pending||||2024-05-03 12:01:27||",
                "left@example.org||unsubscribed||||2023-06-03 12:01:27||",
                "dead@example.net||unsubscribed|bounce|||2023-07-03 12:01:27||",
                "cross@example.net||unsubscribed|complaint|||2023-07-03 12:01:27||",
                "later@example.net||paused||||2023-07-03 12:01:27||",
            ],
        ),
        (
            fixture!("listmonk.csv"),
            "listmonk",
            &[
                "anon@example.com||confirmed||Anon Doe||2024-01-15 10:00:00||",
                "off@example.org||unsubscribed||Off Doe||2024-01-15 10:00:00||",
                "bad@example.net||unsubscribed|manual|Bad Doe||2024-01-16 10:00:00||",
            ],
        ),
        (
            fixture!("plain.csv"),
            "plain",
            &[
                "jane@example.com||confirmed||||||",
                "bücher@xn--bcher-kva.example||confirmed||||||",
                "JOSÉ@example.com||confirmed||||||",
            ],
        ),
        (
            fixture!("german.csv"),
            "csv",
            &[
                "juergen@example.com|digest|confirmed||Jürgen Muster|Kunde/Köln|2024-01-15 10:30:00||",
                "juergen@example.com|weekly|confirmed||Jürgen Muster|Kunde/Köln|2024-01-15 10:30:00||",
                "eva@example.org|digest|unsubscribed||Eva Muster||||",
            ],
        ),
    ];
    for ((file, bytes), service, expected) in table {
        let (plan, entries, _) = import(file, bytes).unwrap();
        assert_eq!(plan.members[0].columns.service.word(), service, "{file}");
        assert_eq!(entries.iter().map(told).collect::<Vec<_>>(), expected, "{file}");
        let source = Source::Import { file: file.into(), service: service.into() };
        assert!(entries.iter().all(|entry| entry.consent.source == source));
    }
}

#[test]
fn what_is_said_about_the_examples() {
    let (plan, _, complaints) = import("plain.csv", fixture!("plain.csv").1).unwrap();
    let said: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["plain.csv:3: `j…@e….com` is also on line 2", "plain.csv:5: not an e-mail address: `n…`"]);
    assert_eq!((plan.summary.rows, plan.summary.merged, plan.summary.left_out, plan.summary.smtputf8), (5, 1, 1, 2));
    let (plan, _, complaints) = import("german.csv", fixture!("german.csv").1).unwrap();
    let said: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "german.csv:3: a date that could be two days in `Anmeldedatum`: `03/04/2024`",
            "german.csv:4: a status that is not known: `vielleicht`"
        ]
    );
    assert_eq!(
        plan.to_string(),
        "german.csv: 3 rows, csv layout\n3 rows: 3 subscriptions of 2 addresses, 0 merged, 1 left out\n  2 confirmed\n  1 unsubscribed\n  2 on digest\n  1 on \
         weekly\nNot read: Kundennummer\n"
    );
}

#[test]
fn a_mailchimp_zip_is_read_whole() {
    let nobody = b"\"Email Address\",LEID,EUID\nshop@example.com,1,a\n";
    let bytes = zipped(&[
        ("audience/subscribed_email_audience_export_1.csv", MAILCHIMP[0].1),
        ("audience/unsubscribed_email_audience_export_1.csv", MAILCHIMP[1].1),
        ("audience/cleaned_email_audience_export_1.csv", MAILCHIMP[2].1),
        ("audience/nonsubscribed_email_audience_export_1.csv", nobody),
        ("__MACOSX/audience/._subscribed_email_audience_export_1.csv", b"\0\0"),
        ("audience/readme.txt", b"hello"),
    ]);
    let (plan, entries, complaints) = import("audience.zip", &bytes).unwrap();
    assert_eq!(plan.members.len(), 4);
    assert_eq!((plan.summary.addresses, plan.summary.merged, plan.summary.left_out), (4, 1, 1));
    let ada = entries.iter().find(|entry| entry.line == 2 && entry.address.local() == "Ada.Byron").unwrap();
    assert_eq!(
        told(ada),
        "Ada.Byron@example.com||unsubscribed||Ada Byron|Blog, daily/Old/VIP|2019-08-12 14:22:31|2017-01-01 00:00:00|2022-03-04 05:06:07"
    );
    let said: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "nonsubscribed_email_audience_export_1.csv:2: never subscribed: `s…@e….com`",
            "unsubscribed_email_audience_export_1.csv:3: `a…@e….com` is also on subscribed_email_audience_export_1.csv:2; the lower status, unsubscribed, stays"
        ]
    );
}

#[test]
fn which_files_of_a_zip() {
    let list = b"email,email_disabled\na@example.com,false\n";
    let (plan, ..) =
        import("x.zip", &zipped(&[("posts.csv", b"x"), ("email_list.x.csv", list), ("posts/1.opens.csv", list)]))
            .unwrap();
    assert_eq!((plan.members.len(), &*plan.members[0].file), (1, "email_list.x.csv"));
    let (plan, ..) = import("x.zip", &zipped(&[("only.csv", list)])).unwrap();
    assert_eq!(plan.summary.entries, 1);
    let mut damaged = zipped(&[("only.csv", list)]);
    damaged.truncate(damaged.len() / 2);
    for (bytes, said) in [
        (
            zipped(&[("a.csv", list), ("b.csv", list)]),
            "a ZIP with several CSV files of which none is clearly the list: a.csv, b.csv",
        ),
        (zipped(&[("a.txt", list)]), "a ZIP without a CSV file"),
        (zipped(&[("[Content_Types].xml", list), ("x.csv", list)]), "not a text file"),
        (zipped(&[("subscribed_1.csv", b"")]), "nothing in it"),
        (damaged, "a ZIP that cannot be read"),
    ] {
        let error = import("x.zip", &bytes).unwrap_err();
        assert!(error.to_string().starts_with(said), "{error}");
    }
}

#[test]
fn every_complaint() {
    let table: [(&[u8], u64, &str, Option<&str>); 16] = [
        (b"email,name\nx,y\n", 2, "not an e-mail address: `x…`", None),
        (b"email,name\n\n\n,y\n", 4, "no e-mail address", None),
        (b"email\nJane <jane@example.com>\n", 2, "not an e-mail address: `J…@e…`", Some("without the name")),
        (
            b"email,name\n\"a@example.com; b@example.com\",x\n",
            2,
            "not an e-mail address: `a…@e….com`",
            Some("one address a row"),
        ),
        (
            b"email,name\n\"a@example.com\nBcc: b@example.com\",x\n",
            2,
            "a line break, control character or invisible",
            Some("anew"),
        ),
        (
            b"email,name\nok@example.com,x\na@example.com,\"two\nlines\"\n",
            3,
            "a line break or control character in `name`",
            Some("take it out"),
        ),
        (b"email,tags\na@example.com,\"x\x07\"\n", 2, "a line break or control character in `tags`", None),
        (b"email,name\na@example.com,J\xfcrgen\n", 2, "not UTF-8 in `name`", Some("CSV UTF-8")),
        (
            b"email,name\r\n\r\nok@example.com,x\r\na@example.com,Doe, Jane\r\n",
            4,
            "3 cells where the first line has 2",
            Some("quotation marks"),
        ),
        (b"email,name\na@example.com\n", 2, "1 cells where the first line has 2", None),
        (b"email,status\na@example.com,perhaps\n", 2, "a status that is not known: `perhaps`", Some("understood")),
        (b"email,status\na@example.com,\n", 2, "no status", None),
        (
            b"email,subscribed\na@example.com,dunno\n",
            2,
            "neither yes nor no in `subscribed`: `dunno`",
            Some("true or false"),
        ),
        (
            b"email,newsletter,status,suppression,ip_hash\na@example.com,,active,,\n",
            2,
            "a status that is not known: `active`",
            Some("an export has"),
        ),
        (
            b"email,newsletter,status,suppression,ip_hash\na@example.com,,paused,cleaned,\n",
            2,
            "a suppression that is not known: `cleaned`",
            None,
        ),
        (
            b"email,note,status\na@example.com,\"so\n\nlong\",b@example.com\n",
            2,
            "a status that is not known: `b\u{2026}@e\u{2026}.com`",
            None,
        ),
    ];
    for (bytes, line, said, hint) in table {
        let (plan, entries, complaints) = import("list.csv", bytes).unwrap();
        let [complaint] = &complaints[..] else { panic!("{said}: {complaints:?}") };
        assert!(complaint.message.starts_with(said), "{complaint}");
        assert_eq!((complaint.line, complaint.consequence), (line, Consequence::LeftOut), "{complaint}");
        assert!(hint.is_none_or(|hint| complaint.hint.is_some_and(|given| given.contains(hint))), "{complaint:?}");
        assert_eq!((plan.summary.left_out, plan.summary.complaints[complaint.code]), (1, 1));
        assert!(entries.iter().all(|entry| entry.address.local() == "ok"));
        let diagnostic = complaint.diagnostic();
        assert_eq!((diagnostic.severity, diagnostic.code), (Severity::Error, complaint.code));
    }
}

#[test]
fn what_is_lost_without_the_row() {
    for (bytes, said) in [
        (
            &b"email,created_at\na@example.com,yesterday\n"[..],
            "list.csv:2: a time that cannot be read in `created_at`: `yesterday`",
        ),
        (
            b"email,created_at\na@example.com,3/4/24\n",
            "list.csv:2: a date that could be two days in `created_at`: `3/4/24`",
        ),
        (
            b"email,newsletter,status,suppression,ip_hash\na@example.com,,paused,,xyz\n",
            "list.csv:2: an IP hash that is not hexadecimal: `xyz`",
        ),
    ] {
        let (plan, entries, complaints) = import("list.csv", bytes).unwrap();
        assert_eq!(complaints.iter().map(ToString::to_string).collect::<Vec<_>>(), [said]);
        assert_eq!((entries.len(), plan.summary.left_out, complaints[0].consequence), (1, 0, Consequence::Kept));
        assert_eq!(complaints[0].diagnostic().severity, Severity::Warning);
    }
}

#[test]
fn rosters_that_cannot_be_read() {
    let endless =
        [b"email,name\na@example.com,x\nb@example.com,\"".to_vec(), b"c@example.com,x\n".repeat(100_000)].concat();
    for (bytes, said) in [
        (&b""[..], "nothing in it"),
        (b"\xff\xfee\0", "encoded as UTF-16"),
        (b"name,phone\nx,y\n", "no column of e-mail addresses among: `name`, `phone`"),
        (&endless, "list.csv:3: a row that does not end"),
    ] {
        let error = import("list.csv", bytes).unwrap_err();
        assert!(error.to_string().starts_with(said), "{error}");
        assert!(error.hint().is_some() || said.starts_with("nothing"));
    }
}

#[test]
fn duplicates_only_lower() {
    let bytes = b"email,status,tags,created_at\nA@example.com,active,x,2024-05-01\nb@example.com,active,,\na@EXAMPLE.com,unsubscribed,y,2023-05-01\na@example.com,active,z,\n";
    let (plan, entries, complaints) = import("list.csv", bytes).unwrap();
    assert_eq!(
        entries.iter().map(told).collect::<Vec<_>>(),
        ["b@example.com||confirmed||||||", "A@example.com||unsubscribed|||x/y/z|2023-05-01 00:00:00||"]
    );
    assert_eq!((plan.summary.merged, plan.summary.statuses[&Status::Unsubscribed]), (2, 1));
    assert_eq!(
        complaints[0].to_string(),
        "list.csv:4: `a…@e….com` is also on line 2; the lower status, unsubscribed, stays"
    );
    assert!(complaints.iter().all(|complaint| complaint.consequence == Consequence::Merged));
}

#[test]
fn who_did_not_confirm_is_not_confirmed() {
    for (cell, status) in [
        ("no", Status::Pending),
        ("0", Status::Pending),
        ("", Status::Pending),
        ("true", Status::Confirmed),
        ("2024-05-01", Status::Confirmed),
    ] {
        let (_, entries, complaints) =
            import("list.csv", format!("email,confirmed\na@example.com,{cell}\n").as_bytes()).unwrap();
        assert_eq!((entries[0].status, complaints.len()), (status, 0), "{cell}");
    }
    let (_, entries, complaints) = import("list.csv", b"email,subscribed\na@example.com,\n").unwrap();
    assert_eq!((entries.len(), complaints[0].message.as_str()), (0, "nothing in `subscribed`"));
}

#[test]
fn tabs_and_bars_and_other_line_breaks() {
    for bytes in [
        &b"email\tname\ra@example.com\tx\r"[..],
        b"sep=|\r\nemail|name\r\na@example.com|x",
        b"\xef\xbb\xbf\"email\";\"name\"\n\"a@example.com\";\"x\"\n",
    ] {
        let (_, entries, complaints) = import("list.csv", bytes).unwrap();
        assert_eq!((entries.len(), complaints.len(), &*entries[0].name.full), (1, 0, "x"));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = import("list.csv", &bytes);
        let _ = import("list.csv", &[b"email;status\n", &bytes[..]].concat());
        let _ = import("list.zip", &[b"PK\x03\x04", &bytes[..]].concat());
    }

    #[test]
    fn no_complaint_gives_an_address_away(
        name in "[a-z]{4,8}", cell in "[a-z ,;<>@.\"\n\u{7}-]{0,12}", status in "[a-z@.]{0,6}",
    ) {
        let bytes = format!("email,name,status\n\"{}{name}@secret.example\",x,{status}\n", cell.replace('"', "\"\""));
        if let Ok((_, _, complaints)) = import("list.csv", bytes.as_bytes()) {
            for complaint in complaints {
                prop_assert!(!complaint.message.contains(&name) && !complaint.message.contains("secret"), "{}", complaint);
                prop_assert!(!complaint.message.chars().any(char::is_control), "{}", complaint);
            }
        }
    }
}
