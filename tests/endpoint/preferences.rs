//! What begins with a fresh link: newsletters, address, data, erasure.

use jiff::SignedDuration;
use letterpress::store::subscribers;
use letterpress::store::subscriptions;
use letterpress::subscriber::status::Status;
use letterpress::subscriber::token::Purpose;
use letterpress::value::address::EmailAddress;

use crate::house::House;
use crate::house::Reader;

/// A house with one confirmed reader and the path of a fresh link.
fn fresh() -> (House, Reader, String) {
    let house = House::open();
    let jane = house.reader("jane@example.com", Status::Confirmed);
    let path = format!("preferences/{}", house.link(jane, Purpose::Preferences, None));
    (house, jane, path)
}

fn address_of(house: &House, reader: Reader) -> String {
    house.store.read(|sql| subscribers::get(sql, reader.id)).unwrap().unwrap().address.to_string()
}

#[test]
fn a_fresh_link_goes_to_the_address_on_the_list() {
    let house = House::open();
    let jane = house.reader("jane@example.com", Status::Confirmed);
    let path = format!("manage/{}", house.handle(jane, Purpose::Manage));
    let page = house.get(&path);
    assert_eq!((page.status, page.title(), page.actions()), (200, "Change your subscription", vec![path.clone()]));
    let sent = house.post(&path, &[]);
    assert_eq!((sent.status, sent.title()), (200, "A link is on its way"));
    assert!(house.rows("mailing")[0].contains("\"fresh-link\""));
    let delivery = &house.rows("delivery")[0];
    assert!(
        delivery.contains(&format!("subscriber=Integer({})", jane.id.0)) && delivery.contains("address=Null"),
        "{delivery}"
    );
}

#[test]
fn newsletters_are_chosen_one_by_one() {
    let (house, jane, path) = fresh();
    let page = house.get(&path);
    assert_eq!((page.status, page.title()), (200, "Your subscription"));
    assert!(page.body.contains("The Digest") && page.body.contains("Margin Notes") && page.body.contains("j…@e….com"));
    let save = |form: &[(&str, &str)]| {
        let form: Vec<(&str, &str)> = form.iter().copied().chain([("do", "save")]).collect();
        let page = house.post(&path, &form);
        assert!(page.status == 200 && page.body.contains("Your settings are saved."), "{page:?}");
        [house.status(jane), house.status_of(jane.id, "notes")]
    };
    let (yes, no, rests) = (Some(Status::Confirmed), Some(Status::Unsubscribed), Some(Status::Paused));
    assert_eq!(save(&[("newsletter-notes", "confirmed")]), [yes, yes], "what is not named stays");
    assert_eq!(save(&[("newsletter-digest", "paused"), ("newsletter-notes", "unsubscribed")]), [rests, no]);
    assert_eq!(save(&[("newsletter-notes", "paused")]), [rests, no], "nobody rests from what they do not get");
    assert_eq!(save(&[("newsletter-digest", "confirmed"), ("newsletter-notes", "confirmed")]), [yes, yes]);
    assert_eq!(save(&[("newsletter-digest", "unsubscribed"), ("newsletter-notes", "pending")]), [no, yes]);
    assert_eq!(save(&[("newsletter-enemy", "confirmed"), ("newsletter-digest", "everything")]), [no, yes]);
    let ledger = house.rows("consent").join("\n");
    // Twice `notes`, once each withdrawn; `digest` was confirmed from the start.
    assert_eq!((ledger.matches("\"withdrew\"").count(), ledger.matches("\"confirmed\"").count()), (2, 2), "{ledger}");
    assert!(ledger.contains("Twice a month. [Subscribe]") && ledger.contains("/desk/preferences\""), "{ledger}");
}

#[test]
fn a_fresh_link_is_good_for_half_an_hour() {
    let (house, _, path) = fresh();
    house.pass(SignedDuration::from_mins(29));
    assert_eq!(house.get(&path).status, 200);
    house.pass(SignedDuration::from_mins(2));
    for answer in [
        house.get(&path),
        house.post(&path, &[("do", "download")]),
        house.post(&path, &[("do", "erase"), ("sure", "1")]),
    ] {
        assert_eq!((answer.status, answer.title()), (410, "That did not work"));
    }
    assert_eq!(house.rows("subscriber").len(), 1);
}

#[test]
fn a_new_address_is_taken_by_who_reads_there() {
    let (house, jane, path) = fresh();
    let wrong = house.post(&path, &[("do", "address"), ("email", "jane@\u{0}example.com")]);
    assert_eq!((wrong.status, wrong.title()), (422, "Your subscription"));
    let sent = house.post(&path, &[("do", "address"), ("email", "jane@new.example")]);
    assert!(sent.status == 200 && sent.body.contains("A link is on its way to j…@n….example."), "{sent:?}");
    assert!(
        house.rows("delivery")[0].contains("jane@new.example")
            && house.rows("mailing")[0].contains("\"address-change\"")
    );
    assert_eq!(address_of(&house, jane), "jane@example.com");
    let link = format!("address/{}", house.link(jane, Purpose::Address, Some("jane@new.example")));
    let page = house.get(&link);
    assert_eq!((page.status, page.title(), page.actions()), (200, "Use this address?", vec![link.clone()]));
    assert_eq!(address_of(&house, jane), "jane@example.com");
    let done = house.post(&link, &[]);
    assert_eq!((done.status, done.title()), (200, "Your address is changed"));
    assert_eq!(address_of(&house, jane), "jane@new.example");
    assert_eq!(house.post(&link, &[]).status, 410, "once");
    // What lies in the old inbox opens nothing any more, but still leaves.
    assert_eq!(house.get(&path).status, 410);
    house.post(&format!("unsubscribe/{}", house.handle(jane, Purpose::Unsubscribe)), &[]);
    assert_eq!(house.status(jane), Some(Status::Unsubscribed));
}

#[test]
fn two_addresses_of_one_reader_become_one() {
    let (house, old, _) = fresh();
    let new = house.reader("jane@new.example", Status::Unsubscribed);
    let link = format!("address/{}", house.link(old, Purpose::Address, Some("Jane@New.example")));
    assert_eq!(house.post(&link, &[]).title(), "Your address is changed");
    assert_eq!((house.status(old), house.status(new)), (Some(Status::Unsubscribed), Some(Status::Confirmed)));
    assert_eq!(address_of(&house, old), "jane@example.com");
    let kept = house.store.read(move |sql| subscriptions::by_handle(sql, &new.handle)).unwrap();
    assert!(kept.is_some(), "links in mails to the new address still work");
}

#[test]
fn everything_that_is_known_can_be_taken_along() {
    let (house, jane, path) = fresh();
    house.store.write(move |sql| subscribers::tag(sql, jane.id, "printers")).unwrap();
    house.post(&path, &[("do", "save"), ("newsletter-notes", "confirmed")]);
    house.post(&format!("manage/{}", house.handle(jane, Purpose::Manage)), &[]);
    let answer = house.post(&path, &[("do", "download")]);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"my-data.json\""));
    let data = answer.json();
    assert_eq!((&data["address"], &data["tags"][0]), (&"jane@example.com".into(), &"printers".into()));
    let newsletters: Vec<_> = data["subscriptions"].as_array().unwrap().iter().map(|one| &one["newsletter"]).collect();
    assert_eq!(newsletters, ["digest", "notes"]);
    assert_eq!(data["consent"][0]["step"], "asked");
    assert_eq!(data["consent"][0]["page"], "https://letters.example/desk/preferences");
    assert_eq!(
        (&data["letters"][0]["notice"], &data["letters"][0]["state"]),
        (&"fresh-link".into(), &"pending".into())
    );
    assert_eq!(house.get(&path).header("content-disposition"), None, "a look downloads nothing");
}

#[test]
fn erasing_wants_to_be_sure_and_leaves_a_hash() {
    let (house, _, path) = fresh();
    let unsure = house.post(&path, &[("do", "erase")]);
    assert_eq!(unsure.status, 422);
    assert!(unsure.body.contains("Please tick the box"), "{}", unsure.body);
    assert_eq!(house.rows("subscriber").len(), 1);
    assert_eq!(house.post(&path, &[("do", "erase"), ("sure", "yes")]).title(), "All gone");
    let dump = house.dump();
    assert!(!format!("{dump:?}").contains("jane"), "{dump:?}");
    assert_eq!((dump["subscriber"].len(), dump["subscription"].len(), dump["link"].len()), (0, 0, 0));
    let hash = house.keys.address_hash(&EmailAddress::parse("JANE@example.com").unwrap().key());
    assert!(dump["suppression"][0].contains(&format!("{:?}", hash.0)), "{:?}", dump["suppression"]);
    for file in std::fs::read_dir(house.folder()).unwrap().map(|file| file.unwrap().path()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(4).any(|part| part.eq_ignore_ascii_case(b"jane")), "{}", file.display());
    }
}
