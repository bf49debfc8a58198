//! Letters and a mail server that is not at its best: nothing is lost, nothing is guessed.

use std::time::Duration;
use std::time::Instant;

use crate::house;
use crate::house::on_each_store;
use crate::office::Fate;
use crate::office::Office;

const JANE: &str = "jane.longname@readers.example";
/// Two minutes after the tests' beginning: the second attempt is due by then, and every lease is over.
const SOON: &str = "2026-11-15T09:03[Europe/Berlin]";

#[test]
fn a_letter_that_is_greylisted_comes_again() {
    on_each_store(|house| {
        let office = Office::with(|_, attempt| if attempt == 1 { Fate::Greylisted } else { Fate::Taken });
        house.mails_through(office.port);
        let mut daemon = house.daemon();
        daemon.browser().subscribe(JANE);
        daemon.wait_for("confirm to j…@r….example: deferred 450 4.7.1");
        assert_eq!(house.ask("SELECT state FROM delivery"), ["deferred"]);
        assert_eq!((office.attempts(JANE), office.mails().len()), (1, 0));
        let said = daemon.end();
        assert!(!said.contains("longname"), "the server repeated the address: {said}");
        let kept = house.ask("SELECT reply FROM delivery");
        assert!(!kept[0].contains("longname"), "{kept:?}");

        let mut daemon = house.daemon_at(SOON);
        daemon.wait_for("confirm to j…@r….example: sent 250 2.0.0");
        let mail = office.mail(JANE, "Please confirm");
        assert_eq!(daemon.browser().post(&mail.link("confirm"), &[]).status, 200);
        assert_eq!(house.everybody(), [format!("{JANE} digest confirmed")]);
        house::discreet(&(said + &daemon.end()), &office.mails());
    });
}

#[test]
fn a_mail_server_that_is_away_costs_nobody_an_attempt() {
    on_each_store(|house| {
        let office = Office::closed(|_, _| Fate::Taken);
        house.mails_through(office.port);
        let mut daemon = house.daemon();
        for number in 0..20 {
            assert_eq!(daemon.browser().subscribe(&format!("r{number}@readers.example")).status, 200);
        }
        daemon.wait_for("nothing is lost");
        assert!(daemon.said().contains(&format!("127.0.0.1:{} cannot be used", office.port)), "{}", daemon.said());
        office.unlock();
        daemon.wait_for("takes mail again");
        for number in 0..20 {
            office.mail(&format!("r{number}@readers.example"), "Please confirm");
        }
        let attempts = house.ask("SELECT DISTINCT CASE WHEN attempt = 1 THEN 'once' ELSE 'more' END FROM delivery");
        assert_eq!(attempts, ["once"]);
        assert_eq!(office.mails().len(), 20);
        house::discreet(&daemon.end(), &office.mails());
    });
}

#[test]
fn a_notice_in_doubt_is_sent_again_and_is_the_same() {
    on_each_store(|house| {
        let office = Office::with(|_, attempt| if attempt == 1 { Fate::TakenInSilence } else { Fate::Taken });
        house.mails_through(office.port);
        let mut daemon = house.daemon();
        daemon.browser().subscribe(JANE);
        daemon.wait_for("confirm to j…@r….example: deferred");
        assert_eq!(office.inbox(JANE).len(), 1);
        let said = daemon.end();
        let mut daemon = house.daemon_at(SOON);
        daemon.wait_for("confirm to j…@r….example: sent");
        let mails = office.inbox(JANE);
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"), "mail programs show it once");
        assert_eq!(mails[0].link("confirm"), mails[1].link("confirm"), "whichever is opened, it is good");
        assert_eq!(daemon.browser().post(&mails[0].link("confirm"), &[]).status, 200);
        house::discreet(&(said + &daemon.end()), &office.mails());
    });
}

#[test]
fn told_to_end_it_finishes_what_is_under_way_and_nothing_comes_twice() {
    on_each_store(|house| {
        let office = Office::with(|_, _| Fate::TakenSlowly(700));
        house.mails_through(office.port);
        let daemon = house.daemon();
        let readers: Vec<String> = (0..12).map(|number| format!("r{number}@readers.example")).collect();
        for reader in &readers {
            assert_eq!(daemon.browser().subscribe(reader).status, 200);
        }
        house::until("the first mails", || (office.mails().len() >= 2).then_some(()));
        let begun = Instant::now();
        let said = daemon.end();
        assert!(begun.elapsed() < Duration::from_secs(30), "it sent all of them first");
        assert!(said.contains("Ending: requests and letters under way are finished first."), "{said}");
        let sent = house.ask("SELECT state FROM delivery WHERE state = 'sent'").len();
        assert_eq!(sent, office.mails().len(), "what was taken is known to be");
        assert!(sent < readers.len(), "there was nothing left to be interrupted");
        assert!(house.ask("SELECT state FROM delivery WHERE state IN ('leased', 'transmitting')").is_empty());
        // The rest does not wait for any lease.
        let daemon = house.daemon();
        for reader in &readers {
            office.mail(reader, "Please confirm");
        }
        assert_eq!(office.mails().len(), readers.len());
        house::discreet(&(said + &daemon.end()), &office.mails());
    });
}

#[test]
fn what_one_server_denies_us_goes_through_the_other() {
    on_each_store(|house| {
        let (bad, good) = (Office::with(|_, _| Fate::Denied), Office::open());
        let smtp = |name: &str, port: u16| {
            format!("[[smtp]]\nname = \"{name}\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n")
        };
        house.site(&(smtp("bad", bad.port) + &smtp("good", good.port)));
        let daemon = house.daemon();
        let readers = || (0..40).map(|number| format!("r{number}@readers.example"));
        for reader in readers() {
            assert_eq!(daemon.browser().subscribe(&reader).status, 200);
        }
        for reader in readers() {
            good.mail(&reader, "Please confirm");
        }
        assert_eq!(good.mails().len(), 40);
        assert!(readers().any(|reader| bad.attempts(&reader) > 0), "nobody asked the other one");
        let kept = house
            .ask("SELECT DISTINCT state || ' ' || CASE WHEN attempt = 1 THEN 'once' ELSE 'more' END FROM delivery");
        assert_eq!(kept, ["sent once"]);
        let said = daemon.end();
        let told =
            format!("127.0.0.1:{} refuses our mail, whoever the reader is: 550 5.7.1 you may not relay", bad.port);
        assert!(said.matches(&told).count() <= 1 && !said.contains(": rejected"), "{said}");
        house::discreet(&said, &good.mails());
    });
}

#[test]
fn while_an_hour_is_used_up_notices_wait_untouched() {
    on_each_store(|house| {
        let office = Office::open();
        let port = office.port;
        house.site(&format!(
            "[[smtp]]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nlimits = {{ per_hour = 3 }}\n"
        ));
        let mut daemon = house.daemon();
        let subscribe = |daemon: &mut house::Daemon, numbers: std::ops::Range<u32>| {
            for number in numbers {
                assert_eq!(daemon.browser().subscribe(&format!("r{number}@readers.example")).status, 200);
            }
        };
        subscribe(&mut daemon, 0..3);
        house::until("three", || (office.mails().len() == 3).then_some(()));
        subscribe(&mut daemon, 3..8);
        std::thread::sleep(Duration::from_secs(8));
        assert_eq!(office.mails().len(), 3);
        let untouched = "SELECT CAST(count(*) AS TEXT) FROM delivery d JOIN mailing m ON m.id = d.mailing \
                         WHERE d.state = 'pending' AND d.attempt = 0 AND d.changed = m.created AND d.next_at = m.created";
        assert_eq!(house.ask(untouched), ["5"]);
        daemon.end();
        let daemon = house.daemon_at("2026-11-15T10:03[Europe/Berlin]");
        house::until("three more", || (office.mails().len() == 6).then_some(()));
        daemon.end();
    });
}
