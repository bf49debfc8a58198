//! What must not be told, and to whom nothing is sent.

use crate::house;
use crate::house::on_each_store;
use crate::office::Office;

#[test]
fn whoever_asks_again_is_told_by_mail_alone() {
    on_each_store(|house| {
        let office = Office::open();
        house.mails_through(office.port);
        let daemon = house.daemon();
        let browser = daemon.browser();
        let jane = "jane@readers.example";
        let first = browser.subscribe(jane);
        browser.post(&office.mail(jane, "Please confirm").link("confirm"), &[]);
        office.mail(jane, "Welcome");
        let before = house.everybody();
        let again = browser.subscribe("JANE@readers.example");
        assert_eq!(again, first);
        let mail = office.mail(jane, "You are subscribed to The Digest already");
        assert_eq!(mail.header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
        assert!(mail.text.contains(&mail.link("unsubscribe")), "{}", mail.text);
        assert_eq!((house.everybody(), office.inbox(jane).len()), (before, 3));
        house::discreet(&daemon.end(), &office.mails());
    });
}

#[test]
fn who_is_suppressed_gets_nothing_and_nobody_can_tell() {
    on_each_store(|house| {
        let office = Office::open();
        house.mails_through(office.port);
        house.ok(["subscribers", "suppress", "gone@readers.example"]);
        let daemon = house.daemon();
        let browser = daemon.browser();
        let other = browser.subscribe("jane@readers.example");
        for address in ["gone@readers.example", "GONE@Readers.Example"] {
            assert_eq!(browser.subscribe(address), other);
        }
        office.mail("jane@readers.example", "Please confirm");
        browser.subscribe("last@readers.example");
        office.mail("last@readers.example", "Please confirm");
        assert!(house.ask("SELECT address FROM intake").is_empty());
        assert_eq!(office.mails().len(), 2);
        let everybody = ["jane@readers.example digest pending", "last@readers.example digest pending"];
        assert_eq!(house.everybody(), everybody);

        // Suppressed while the mail was on its way to the mail server: the last look before it leaves sees that.
        house.ok(["subscribers", "suppress", "jane@readers.example"]);
        assert_eq!(browser.subscribe("jane@readers.example"), other);
        browser.subscribe("very-last@readers.example");
        office.mail("very-last@readers.example", "Please confirm");
        assert_eq!(office.inbox("jane@readers.example").len(), 1);
        let said = daemon.end();
        house::discreet(&said, &office.mails());
        assert!(!said.to_lowercase().contains("gone@readers.example"), "{said}");
    });
}
