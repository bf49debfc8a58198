//! Links in mails: confirming, leaving, resting, taking back.

use jiff::SignedDuration;
use letterpress::subscriber::status::Status;
use letterpress::subscriber::token::Purpose;

use crate::house::House;

#[test]
fn one_button_confirms_and_a_welcome_is_put_down() {
    let house = House::open();
    let jane = house.reader("jane@example.com", Status::Pending);
    let token = house.link(jane, Purpose::Confirm, None);
    let page = house.get(&format!("confirm/{token}"));
    assert_eq!((page.status, page.title()), (200, "One click to go"));
    assert!(page.body.contains("j…@e….com") && !page.body.contains("jane@"), "{}", page.body);
    assert_eq!(house.status(jane), Some(Status::Pending));
    assert_eq!(page.actions(), [format!("confirm/{token}")]);
    let done = house.post(&format!("confirm/{token}"), &[]);
    assert_eq!((done.status, done.title()), (200, "You are subscribed"));
    assert_eq!(house.status(jane), Some(Status::Confirmed));
    let ledger = house.rows("consent");
    assert!(
        ledger.len() == 1 && ledger[0].contains("\"confirmed\"") && ledger[0].contains("ip_hash=Blob"),
        "{ledger:?}"
    );
    assert!(house.rows("mailing")[0].contains("\"welcome\""));
    // Pressed twice, it says so twice and does it once.
    assert_eq!(house.post(&format!("confirm/{token}"), &[]).title(), "You are subscribed");
    assert_eq!((house.rows("consent").len(), house.rows("mailing").len()), (1, 1));
    assert_eq!(house.get(&format!("confirm/{token}")).title(), "You are subscribed");
}

#[test]
fn a_link_that_was_used_brings_nobody_back() {
    let house = House::open();
    let jane = house.reader("jane@example.com", Status::Pending);
    let token = house.link(jane, Purpose::Confirm, None);
    house.post(&format!("confirm/{token}"), &[]);
    house.post(&format!("unsubscribe/{}", house.handle(jane, Purpose::Unsubscribe)), &[("do", "unsubscribe")]);
    assert_eq!(house.status(jane), Some(Status::Unsubscribed));
    for answer in [house.post(&format!("confirm/{token}"), &[]), house.get(&format!("confirm/{token}"))] {
        assert_eq!((answer.status, answer.title()), (410, "That did not work"));
    }
    assert_eq!(house.status(jane), Some(Status::Unsubscribed));
}

#[test]
fn one_click_leaves_in_both_encodings_without_page_cookie_or_redirect() {
    let house = House::open();
    let urlencoded = "Content-Type: application/x-www-form-urlencoded";
    let multipart = "Content-Type: multipart/form-data; boundary=xYzZY";
    let parts =
        "--xYzZY\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--xYzZY--\r\n";
    // Gmail and others send no origin; whatever comes along is no reason to refuse.
    let odd = "Content-Type: application/x-www-form-urlencoded\nOrigin: https://mail.example\nAccept: application/json";
    let bodies = [(urlencoded, "List-Unsubscribe=One-Click"), (multipart, parts), (odd, "List-Unsubscribe=One-Click")];
    for (number, (kind, body)) in bodies.into_iter().enumerate() {
        let jane = house.reader(&format!("jane{number}@example.com"), Status::Confirmed);
        let path = format!("unsubscribe/{}", house.handle(jane, Purpose::Unsubscribe));
        for _ in 0..2 {
            let answer = house.ask("POST", &path, kind, body);
            assert_eq!((answer.status, answer.body.as_str()), (200, "unsubscribed\n"));
            assert_eq!((answer.header("set-cookie"), answer.header("location")), (None, None));
            assert_eq!(house.status(jane), Some(Status::Unsubscribed));
        }
    }
    assert_eq!(house.rows("consent").len(), 3, "once each");
    // It never expires, and needs no body.
    house.pass(SignedDuration::from_hours(24 * 365 * 5));
    let jim = house.reader("jim@example.com", Status::Confirmed);
    house.ask("POST", &format!("unsubscribe/{}", house.handle(jim, Purpose::Unsubscribe)), "", "");
    assert_eq!(house.status(jim), Some(Status::Unsubscribed));
}

#[test]
fn leaving_can_be_taken_back_once_and_for_a_day() {
    let house = House::open();
    let jane = house.reader("jane@example.com", Status::Confirmed);
    let path = format!("unsubscribe/{}", house.handle(jane, Purpose::Unsubscribe));
    let page = house.get(&path);
    assert_eq!(page.title(), "Leaving, or only a rest?");
    assert_eq!(page.actions()[..2], [path.clone(), path.clone()]);
    assert!(page.actions()[2].starts_with("manage/"), "{:?}", page.actions());
    let leave = || house.post(&path, &[("do", "unsubscribe")]);
    let gone = leave();
    assert_eq!((gone.title(), house.status(jane)), ("You are unsubscribed", Some(Status::Unsubscribed)));
    let undo = gone.actions()[0].clone();
    assert_eq!(house.get(&path).actions()[0], undo, "also for who comes back by the letter's link");
    assert_eq!(house.get(&undo).status, 404, "a look takes nothing back");
    assert_eq!(house.status(jane), Some(Status::Unsubscribed));
    house.pass(SignedDuration::from_mins(1));
    let back = house.post(&undo, &[]);
    assert_eq!((back.title(), house.status(jane)), ("Welcome back", Some(Status::Confirmed)));
    house.pass(SignedDuration::from_mins(1));
    let again = leave().actions()[0].clone();
    assert_eq!(house.post(&undo, &[]).status, 410, "used");
    house.pass(SignedDuration::from_hours(25));
    assert_eq!(house.post(&again, &[]).status, 410, "too late");
    assert_eq!(house.status(jane), Some(Status::Unsubscribed));
    // Who has left already sees that, with nothing to take back; the data can still be asked for.
    for page in [leave(), house.get(&path)] {
        assert_eq!((page.title(), page.actions().len()), ("You are unsubscribed", 1));
        assert!(page.actions()[0].starts_with("manage/"), "{:?}", page.actions());
    }
}

#[test]
fn a_pause_keeps_the_subscription_and_raises_nobody() {
    let house = House::open();
    let jane = house.reader("jane@example.com", Status::Confirmed);
    let path = format!("unsubscribe/{}", house.handle(jane, Purpose::Unsubscribe));
    let page = house.post(&path, &[("do", "pause")]);
    assert_eq!((page.title(), house.status(jane)), ("Your subscription rests", Some(Status::Paused)));
    assert!(house.rows("consent").is_empty(), "a pause withdraws nothing");
    // Leaving from there, and back: it rests as before.
    house.pass(SignedDuration::from_mins(1));
    let left = house.post(&path, &[("do", "unsubscribe")]);
    assert_eq!(house.status(jane), Some(Status::Unsubscribed));
    house.pass(SignedDuration::from_mins(1));
    assert_eq!(house.post(&left.actions()[0], &[]).title(), "Your subscription rests");
    assert_eq!(house.status(jane), Some(Status::Paused));
    for (address, status) in [("jim@example.com", Status::Unsubscribed), ("jo@example.com", Status::Pending)] {
        let other = house.reader(address, status);
        house.post(&format!("unsubscribe/{}", house.handle(other, Purpose::Unsubscribe)), &[("do", "pause")]);
        assert_eq!(house.status(other), Some(status));
    }
}

#[test]
fn taking_back_does_not_undo_what_happened_since() {
    let house = House::open();
    let jane = house.reader("jane@example.com", Status::Confirmed);
    let path = format!("unsubscribe/{}", house.handle(jane, Purpose::Unsubscribe));
    let undo = house.post(&path, &[("do", "pause")]).actions()[0].clone();
    house.pass(SignedDuration::from_mins(1));
    house.post(&path, &[("do", "unsubscribe")]);
    assert_eq!(house.post(&undo, &[]).status, 410);
    assert_eq!(house.status(jane), Some(Status::Unsubscribed));
}

#[test]
fn a_link_of_somebody_who_is_gone() {
    let house = House::open();
    let jane = house.reader("jane@example.com", Status::Confirmed);
    let (leave, manage) = (house.handle(jane, Purpose::Unsubscribe), house.handle(jane, Purpose::Manage));
    let fresh = house.link(jane, Purpose::Preferences, None);
    let page = house.post(&format!("preferences/{fresh}"), &[("do", "erase"), ("sure", "yes")]);
    assert_eq!((page.status, page.title()), (200, "All gone"));
    assert_eq!(house.get(&format!("unsubscribe/{leave}")).title(), "You are unsubscribed");
    assert_eq!(house.post(&format!("unsubscribe/{leave}"), &[("List-Unsubscribe", "One-Click")]).status, 200);
    assert_eq!(house.post(&format!("manage/{manage}"), &[]).status, 410);
    assert_eq!(house.get(&format!("preferences/{fresh}")).status, 410);
}
