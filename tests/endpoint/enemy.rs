//! What an enemy tries.

use letterpress::store::suppressions;
use letterpress::subscriber::keys::KeyRing;
use letterpress::subscriber::status::Status;
use letterpress::subscriber::status::Suppression;
use letterpress::subscriber::token::Purpose;
use letterpress::subscriber::token::Token;
use letterpress::value::address::EmailAddress;

use crate::house::HOME;
use crate::house::House;
use crate::house::Reader;

const PLACES: [(&str, Purpose); 7] = [
    ("confirm", Purpose::Confirm),
    ("unsubscribe", Purpose::Unsubscribe),
    ("undo", Purpose::Undo),
    ("manage", Purpose::Manage),
    ("preferences", Purpose::Preferences),
    ("address", Purpose::Address),
    ("subscribe", Purpose::Form),
];

/// A good token for each place.
fn token(house: &House, jane: Reader, purpose: Purpose) -> String {
    match purpose {
        Purpose::Unsubscribe | Purpose::Manage => house.handle(jane, purpose),
        Purpose::Undo => house.link(jane, purpose, Some("confirmed")),
        Purpose::Address => house.link(jane, purpose, Some("jane@new.example")),
        Purpose::Form => house.form_token(),
        _ => house.link(jane, purpose, None),
    }
}

#[test]
fn the_answer_tells_nothing_of_the_address() {
    let house = House::limited("limits = { network_per_hour = 1000 }");
    house.reader("pending@example.com", Status::Pending);
    house.reader("confirmed@example.com", Status::Confirmed);
    house.reader("paused@example.com", Status::Paused);
    house.reader("left@example.com", Status::Unsubscribed);
    for (address, reason) in [("bounced@example.com", Suppression::Bounce), ("erased@example.com", Suppression::Erased)]
    {
        let key = EmailAddress::parse(address).unwrap().key();
        let (hash, now) = (house.keys.address_hash(&key), house.now());
        house.store.write(move |sql| suppressions::add(sql, &hash, &key, reason, now)).unwrap();
    }
    let names = ["new", "pending", "confirmed", "paused", "left", "bounced", "erased"];
    let before = house.dump();
    let by_script: Vec<_> = names.iter().map(|name| house.subscribe(&format!("{name}@example.com"))).collect();
    let by_form: Vec<_> = names
        .iter()
        .map(|name| {
            let token = house.form_token();
            house.post("subscribe", &[("email", &format!("{name}@example.com")), ("token", &token)])
        })
        .collect();
    assert!(by_script.iter().all(|answer| *answer == by_script[0] && answer.status == 200), "{by_script:#?}");
    assert!(by_form.iter().all(|answer| *answer == by_form[0] && answer.status == 200), "{by_form:#?}");
    // Nor does how long it takes: every request does the very same to the very same table.
    let after = house.dump();
    for (table, rows) in &before {
        assert_eq!(after[table].len() - rows.len(), if table == "intake" { 2 * names.len() } else { 0 }, "{table}");
    }
    // Not even after very many requests for one address.
    for _ in 0..20 {
        assert_eq!(house.subscribe("confirmed@example.com"), by_script[0]);
    }
}

#[test]
fn no_token_is_good_for_anything_else() {
    let house = House::limited("limits = { network_per_hour = 1000 }");
    let jane = house.reader("jane@example.com", Status::Pending);
    let tokens: Vec<(Purpose, String)> =
        PLACES.iter().map(|(_, purpose)| (*purpose, token(&house, jane, *purpose))).collect();
    let before = house.dump();
    for (place, purpose) in PLACES {
        for (_, token) in tokens.iter().filter(|(own, _)| *own != purpose) {
            if place == "subscribe" {
                let answer = house.script("subscribe", &[("email", "a@example.com"), ("token", token), ("work", "1")]);
                assert_eq!(answer.status, 400, "{answer:?}");
                continue;
            }
            for form in [&[][..], &[("do", "save")], &[("do", "download")], &[("do", "erase"), ("sure", "yes")]] {
                let answer = house.post(&format!("{place}/{token}"), form);
                assert_eq!((answer.status, answer.title()), (400, "That did not work"), "{place}");
            }
            let look = house.get(&format!("{place}/{token}"));
            assert!(matches!(look.status, 400 | 404), "{place}: {look:?}");
        }
    }
    assert_eq!(house.dump(), before);
}

#[test]
fn altered_foreign_and_made_up_tokens() {
    let house = House::limited("limits = { network_per_hour = 10000 }");
    let jane = house.reader("jane@example.com", Status::Confirmed);
    let strangers = KeyRing::generate(house.now()).unwrap();
    let before = house.dump();
    let good = house.handle(jane, Purpose::Unsubscribe);
    let mut bad = vec![
        Token { purpose: Purpose::Unsubscribe, id: jane.handle, expires: None }.sign(&strangers),
        String::new(),
        "..%2F..%2Fetc%2Fpasswd".into(),
        "%00".into(),
        "'%20OR%201=1--".into(),
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        format!("{good}/x"),
        good.to_ascii_uppercase(),
        "A".repeat(5000),
    ];
    for at in 0..good.len() {
        let other = if good.as_bytes()[at] == b'A' { "B" } else { "A" };
        bad.push(format!("{}{other}{}", &good[..at], &good[at + 1..]));
    }
    for token in bad {
        let answer = house.post(&format!("unsubscribe/{token}"), &[("List-Unsubscribe", "One-Click")]);
        assert!(matches!(answer.status, 400 | 404 | 414 | 431), "{token}: {answer:?}");
    }
    assert_eq!(house.dump(), before);
    // One that we signed, about nobody: as if they were gone.
    let nobody = Token { purpose: Purpose::Unsubscribe, id: [9; 16], expires: None }.sign(&house.keys);
    assert_eq!(house.post(&format!("unsubscribe/{nobody}"), &[]).status, 200);
    assert_eq!(house.dump(), before);
}

#[test]
fn looking_at_every_link_changes_nothing() {
    let house = House::open();
    let jane = house.reader("jane@example.com", Status::Pending);
    let jim = house.reader("jim@example.com", Status::Confirmed);
    let mut paths: Vec<String> =
        ["", "healthz", "form-token", "subscribe", "lead", "nothing"].map(str::to_owned).to_vec();
    for reader in [jane, jim] {
        for (place, purpose) in PLACES {
            paths.push(format!("{place}/{}", token(&house, reader, purpose)));
        }
    }
    let before = house.dump();
    for path in &paths {
        for query in ["", "?do=erase&sure=yes", "?List-Unsubscribe=One-Click"] {
            let path = format!("{path}{query}");
            let (get, head) = (house.get(&path), house.ask("HEAD", &path, "", ""));
            assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
            let length = |text: &str| {
                text.lines().filter(|line| !line.starts_with("content-length")).collect::<Vec<_>>().join("\n")
            };
            assert_eq!(length(&head.head), length(&get.head), "{path}");
            house.ask("OPTIONS", &path, "", "");
            house.ask("GET", &path, "Accept: application/json\nPurpose: prefetch\nSec-Purpose: prefetch", "");
        }
        for method in ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW"] {
            let answer = house.ask(method, path, "", "");
            assert!(matches!(answer.status, 400 | 404 | 405), "{method}: {answer:?}");
        }
    }
    assert_eq!(house.dump(), before);
    assert!(house.told.lock().unwrap().is_empty());
}

#[test]
fn pages_of_other_sites_cannot_post() {
    let house = House::limited("limits = { network_per_hour = 1000 }");
    let jane = house.reader("jane@example.com", Status::Pending);
    let jim = house.reader("jim@example.com", Status::Confirmed);
    let mut paths = vec!["subscribe".to_owned(), "lead".to_owned()];
    for (place, purpose) in PLACES.iter().filter(|(place, _)| !matches!(*place, "subscribe" | "unsubscribe")) {
        let whose = if *purpose == Purpose::Confirm { jane } else { jim };
        paths.push(format!("{place}/{}", token(&house, whose, *purpose)));
    }
    let token = house.form_token();
    let form = [
        ("email", "a@example.com"),
        ("token", token.as_str()),
        ("name", "A"),
        ("looking_for", "a printer"),
        ("do", "erase"),
        ("sure", "1"),
    ];
    let before = house.dump();
    for path in &paths {
        for origin in [
            "https://enemy.example",
            "https://news.example.enemy.example",
            "https://news.example:8443",
            "http://news.example",
        ] {
            let answer = house.post_with(path, &format!("Origin: {origin}"), &form);
            assert_eq!(answer.status, 403, "{path} from {origin}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
    assert_eq!(house.dump(), before);
}

#[test]
fn sql_and_line_breaks_in_every_field() {
    let house =
        House::limited("limits = { network_per_hour = 100000, total_per_minute = 10000, domain_per_minute = 10000 }");
    let jane = house.reader("jane@example.com", Status::Confirmed);
    let tables = house.dump().len();
    let evil = [
        "'; DROP TABLE subscriber; --",
        "\" OR \"1\"=\"1",
        "a@example.com'); DELETE FROM subscription; --",
        "a@example.com\r\nBcc: victim@example.com",
        "a@example.com\nSubject: spam",
        "a@example.com\u{0}",
        "\u{2028}\u{202e}",
        "${jndi:ldap://x}{{ 7*7 }}{% raw %}",
        "<script>alert(1)</script>",
        "\u{fffd}\u{10ffff}",
    ];
    let fields = [
        "email",
        "token",
        "work",
        "newsletter",
        "page",
        "next",
        "website",
        "name",
        "looking_for",
        "message",
        "do",
        "sure",
    ];
    for path in ["subscribe", "lead", "preferences"] {
        for field in fields {
            for text in evil {
                let path = match path {
                    "preferences" => format!("preferences/{}", house.link(jane, Purpose::Preferences, None)),
                    other => other.to_owned(),
                };
                let token = house.form_token();
                let mut form = vec![
                    ("email", "a@example.com"),
                    ("token", token.as_str()),
                    ("name", "A"),
                    ("looking_for", "a printer"),
                    ("message", "m"),
                    ("do", "address"),
                ];
                form.retain(|(name, _)| *name != field);
                form.push((field, text));
                let answer = house.post_with(&path, &format!("Origin: {HOME}\nReferer: {HOME}/x"), &form);
                assert!(matches!(answer.status, 200 | 303 | 400 | 404 | 422), "{path} {field}={text:?}: {answer:?}");
                assert!(!answer.body.contains("<script>alert"), "{path} {field}");
            }
        }
    }
    let dump = house.dump();
    assert_eq!((dump.len(), dump["subscriber"].len(), dump["subscription"].len()), (tables, 1, 1));
    // Whatever was put down has only addresses that are addresses, and no line break but in a message.
    for row in dump["intake"].iter().chain(&dump["delivery"]) {
        assert!(!row.contains("\\r") && !row.contains("\\n") && !row.contains("\\0"), "{row}");
    }
    let leads = house.store.read(|sql| sql.query("SELECT data FROM mailing WHERE notice = 'lead'", &[])).unwrap();
    assert!(!leads.is_empty());
    for row in leads {
        let data: serde_json::Value = serde_json::from_str(row.text(0).unwrap()).unwrap();
        for field in ["name", "email", "looking_for"] {
            let text = data[field].as_str().unwrap();
            assert!(!text.contains(['\r', '\n', '\0', '\u{2028}']), "{field}: {text:?}");
        }
    }
    assert!(house.told.lock().unwrap().is_empty(), "{:?}", house.told.lock().unwrap());
}

#[test]
fn every_answer_forbids_what_our_pages_do_not_need() {
    let house = House::open();
    let jane = house.reader("jane@example.com", Status::Confirmed);
    let unsubscribe = format!("unsubscribe/{}", house.handle(jane, Purpose::Unsubscribe));
    for answer in [
        house.get(&unsubscribe),
        house.get("nothing"),
        house.post("subscribe", &[]),
        house.ask("PUT", "subscribe", "", ""),
    ] {
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("x-robots-tag", "noindex"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{answer:?}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(policy.contains("form-action https://letters.example https://news.example;"), "{policy}");
        assert_eq!(answer.header("set-cookie"), None);
        assert_eq!(answer.header("server"), None);
    }
}
