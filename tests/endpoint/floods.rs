//! Very many requests: for one victim, for one domain, from one network.

use jiff::SignedDuration;
use ring::digest;

use crate::house::HOME;
use crate::house::House;

/// Posts from a network of its own, through our proxy.
fn from(house: &House, ip: &str, form: &[(&str, &str)], accept: &str) -> crate::house::Answer {
    house.post_with("subscribe", &format!("Origin: {HOME}\nX-Forwarded-For: {ip}\nAccept: {accept}"), form)
}

/// When each request that was put down is due, in minutes from the start.
fn due(house: &House) -> Vec<i64> {
    let rows = house.store.read(|sql| sql.query("SELECT not_before FROM intake ORDER BY not_before", &[])).unwrap();
    let start = "2026-11-23T12:00:00Z".parse::<jiff::Timestamp>().unwrap();
    rows.iter().map(|row| row.time(0).unwrap().duration_since(start).as_mins()).collect()
}

#[test]
fn a_victim_gets_a_few_mails_and_is_not_shut_out() {
    let house = House::open();
    let mut answers = Vec::new();
    for number in 0..50 {
        let token = house.form_token();
        let form = [("email", "victim@example.com"), ("token", token.as_str())];
        answers.push(from(&house, &format!("192.0.2.{number}"), &form, "application/json"));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.status == 200), "{answers:#?}");
    assert_eq!(due(&house), [0, 0, 0, 60], "three at once, one that waits, and no more");
    // The victim's own request is answered like any other; links lie in the inbox.
    assert_eq!(house.subscribe("Victim@Example.com"), answers[0]);
    assert_eq!(due(&house).len(), 4);
    // Another newsletter is another matter, and so is another address.
    let token = house.form_token();
    house.script("subscribe", &[("email", "victim@example.com"), ("token", &token), ("newsletter", "notes")]);
    house.subscribe("other@example.com");
    assert_eq!(due(&house), [0, 0, 0, 0, 0, 60]);
}

#[test]
fn over_a_domain_s_budget_work_is_asked_for_and_mail_waits() {
    let house = House::limited("limits = { domain_per_minute = 6, network_per_hour = 1000 }");
    for number in 0..6 {
        assert_eq!(house.subscribe(&format!("r{number}@big.example")).status, 200);
    }
    let asked = house.subscribe("jane@big.example");
    assert_eq!(asked.status, 202, "{asked:?}");
    let said = asked.json();
    let (token, bits) = (said["challenge"]["token"].as_str().unwrap(), said["challenge"]["bits"].as_u64().unwrap());
    assert_eq!(bits, 16);
    assert!(said["message"].as_str().unwrap().contains("working"), "{said}");
    assert_eq!(house.rows("intake").len(), 6);
    // Without work, or with work for another token, there is no place.
    let lazy = house.script("subscribe", &[("email", "jane@big.example"), ("token", token), ("work", "0")]);
    assert_eq!(lazy.status, 400);
    let nonce = work(token, u32::try_from(bits).unwrap());
    let other = house.subscribe("jim@big.example").json()["challenge"]["token"].as_str().unwrap().to_owned();
    let stolen = house.script("subscribe", &[("email", "jane@big.example"), ("token", &other), ("work", &nonce)]);
    assert_eq!(stolen.status, 400);
    let form = [("email", "jane@big.example"), ("token", token), ("work", nonce.as_str())];
    assert_eq!(house.script("subscribe", &form).status, 200);
    assert_eq!(house.script("subscribe", &form).status, 400, "work is good once");
    let rows = house.rows("intake");
    assert!(
        rows.len() == 7 && rows.iter().any(|row| row.contains("jane@big.example") && row.contains("worked=Integer(1)"))
    );
    // Who has no script is not asked to work; the mail waits its turn.
    for number in 0..30 {
        let token = house.form_token();
        let answer = house.post("subscribe", &[("email", &format!("s{number}@big.example")), ("token", &token)]);
        assert_eq!((answer.status, answer.title()), (200, "Check your inbox"));
    }
    let due = due(&house);
    assert_eq!(due.len(), 37, "nothing is dropped");
    assert!(due.last().is_some_and(|last| (10..=25).contains(last)), "{due:?}");
    // Other domains notice nothing.
    assert_eq!(house.subscribe("jane@small.example").status, 200);
}

#[test]
fn one_network_is_refused_and_its_neighbours_are_not() {
    let house = House::limited("limits = { network_per_hour = 5 }");
    let ask = |ip: &str| {
        let token = house.form_token();
        from(&house, ip, &[("email", "a@example.com"), ("token", &token)], "application/json")
    };
    for _ in 0..5 {
        assert_eq!(ask("192.0.2.1").status, 200);
        assert_eq!(ask("2001:db8:0:1::1").status, 200);
    }
    let refused = ask("192.0.2.1");
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("3600")));
    assert!(refused.json()["message"].as_str().unwrap().contains("in an hour"));
    assert_eq!(ask("2001:db8:0:1:ffff::2").status, 429, "the same /64");
    assert_eq!((ask("192.0.2.2").status, ask("2001:db8:0:2::1").status), (200, 200));
    // What a client claims beyond our proxy is no address.
    assert_eq!(ask("203.0.113.9, 192.0.2.1").status, 429);
}

#[test]
fn messages_to_the_owner_wait_too() {
    let house = House::limited("limits = { network_per_hour = 1000 }");
    let lead = |house: &House| {
        let token = house.form_token();
        let form = [("name", "A"), ("email", "a@example.com"), ("looking_for", "a printer"), ("token", token.as_str())];
        house.post("lead", &form).status
    };
    assert!((0..20).all(|_| lead(&house) == 200));
    let rows = house.store.read(|sql| sql.query("SELECT next_at FROM delivery ORDER BY next_at", &[])).unwrap();
    assert_eq!(rows.len(), 20);
    let now = house.now();
    let at_once = rows.iter().filter(|row| row.time(0).unwrap() <= now).count();
    assert!(at_once <= 7, "{at_once}");
    assert_eq!(house.subscribe("jane@news.example").status, 200, "readers do not wait for that");
}

#[test]
fn whoever_forwards_a_letter_cannot_fill_the_inbox() {
    let house = House::limited("limits = { network_per_hour = 1000 }");
    let jane = house.reader("jane@example.com", letterpress::subscriber::status::Status::Confirmed);
    let path = format!("manage/{}", house.handle(jane, letterpress::subscriber::token::Purpose::Manage));
    for _ in 0..50 {
        assert_eq!(house.post(&path, &[]).title(), "A link is on its way");
    }
    assert_eq!(house.rows("mailing").len(), 4);
    house.pass(SignedDuration::from_mins(61));
    house.post(&path, &[]);
    assert_eq!(house.rows("mailing").len(), 5);
}

fn work(token: &str, bits: u32) -> String {
    let zeros = |octets: &[u8]| u32::from_be_bytes(octets[..4].try_into().unwrap()).leading_zeros();
    let is_work = |nonce: &u64| {
        let hash = digest::digest(&digest::SHA256, format!("{token}.{nonce}").as_bytes());
        zeros(hash.as_ref()) >= bits
    };
    (0_u64..).find(is_work).unwrap().to_string()
}
