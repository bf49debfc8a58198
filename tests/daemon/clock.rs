//! What time does: links grow old, and who never confirmed is forgotten.

use crate::house;
use crate::house::on_each_store;
use crate::office::Office;

#[test]
fn a_week_later_the_link_is_old_and_the_reader_forgotten() {
    on_each_store(|house| {
        let office = Office::open();
        house.mails_through(office.port);
        let daemon = house.daemon();
        daemon.browser().subscribe("jane@readers.example");
        daemon.browser().subscribe("jill@readers.example");
        let jane = office.mail("jane@readers.example", "Please confirm").link("confirm");
        let jill = office.mail("jill@readers.example", "Please confirm").link("confirm");
        daemon.end();
        assert!(house.dump().contains("jill@"));

        let daemon = house.daemon_at("2026-11-22T08:55[Europe/Berlin]");
        assert_eq!(daemon.browser().post(&jane, &[]).title(), "You are subscribed", "good for seven days");
        office.mail("jane@readers.example", "Welcome");
        daemon.end();

        let daemon = house.daemon_at("2026-11-22T09:05[Europe/Berlin]");
        let browser = daemon.browser();
        house::until("housekeeping", || (house.everybody().len() == 1).then_some(()));
        for answer in [browser.get(&jill), browser.post(&jill, &[])] {
            assert_eq!((answer.status, answer.title()), (410, "That did not work"));
            assert!(answer.body.contains("it is too old"), "{answer:?}");
        }
        assert_eq!(house.everybody(), ["jane@readers.example digest confirmed"]);
        assert!(!house.dump().contains("jill@"), "{}", house.dump());
        // Asking again is asking for the first time.
        assert_eq!(browser.subscribe("jill@readers.example").status, 200);
        house::until("another mail", || (office.inbox("jill@readers.example").len() == 2).then_some(()));
        let fresh = office.inbox("jill@readers.example")[1].link("confirm");
        assert_eq!(browser.post(&fresh, &[]).status, 200);
        house::discreet(&daemon.end(), &office.mails());
    });
}

#[test]
fn a_fresh_link_is_good_for_half_an_hour() {
    on_each_store(|house| {
        let office = Office::open();
        house.mails_through(office.port);
        let daemon = house.daemon();
        let browser = daemon.browser();
        browser.subscribe("jane@readers.example");
        browser.post(&office.mail("jane@readers.example", "Please confirm").link("confirm"), &[]);
        let leave = office.mail("jane@readers.example", "Welcome").link("unsubscribe");
        let manage = browser.get(&leave).actions().into_iter().find(|action| action.contains("/manage/")).unwrap();
        browser.post(&manage, &[]);
        let settings = office.mail("jane@readers.example", "Your settings").link("preferences");
        assert_eq!(browser.get(&settings).status, 200);
        daemon.end();
        let daemon = house.daemon_at("2026-11-15T09:35[Europe/Berlin]");
        let browser = daemon.browser();
        assert_eq!(browser.get(&settings).status, 410);
        assert_eq!(browser.post(&settings, &[("do", "erase"), ("sure", "yes")]).status, 410);
        assert_eq!(house.everybody(), ["jane@readers.example digest confirmed"]);
        // The links of issues are good for ever.
        daemon.end();
        let daemon = house.daemon_at("2036-11-15T09:35[Europe/Berlin]");
        assert_eq!(daemon.browser().post(&leave, &[]).status, 200);
        assert_eq!(house.everybody(), ["jane@readers.example digest unsubscribed"]);
    });
}
