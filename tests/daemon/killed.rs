//! Killed without warning, again and again: nothing is half done, and who was answered is not forgotten.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use crate::house;
use crate::house::Daemon;
use crate::house::House;
use crate::house::on_each_store;
use crate::office::Office;
use crate::web::Answer;
use crate::web::Browser;

/// Each life of the daemon begins five minutes after the one before, when every lease is over.
fn life(house: &House, number: usize) -> Daemon {
    house.daemon_at(&format!("2026-11-15T09:{:02}[Europe/Berlin]", 5 * number))
}

/// Does `act` for the numbers from `next` on, eight at a time, until the daemon is killed after `time`; gives those that were answered with 200.
fn storm(
    daemon: Daemon,
    next: &AtomicUsize,
    end: usize,
    time: u64,
    act: impl Fn(Browser, usize) -> Answer + Sync,
) -> BTreeSet<usize> {
    let (browser, answered) = (daemon.browser(), Mutex::new(BTreeSet::new()));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        return;
                    }
                    match act(browser, number).status {
                        200 => answered.lock().unwrap().insert(number),
                        0 => return,
                        status => panic!("{status}"),
                    };
                    // Some hundreds are enough: a fast daemon would be asked by thousands, who are all looked for afterwards.
                    thread::sleep(Duration::from_millis(10));
                }
            });
        }
        thread::sleep(Duration::from_millis(time));
        daemon.kill();
    });
    answered.into_inner().unwrap()
}

fn reader(number: usize) -> String {
    format!("reader{number}@h{}.example", number % 7)
}

#[test]
fn whoever_was_answered_gets_a_mail_and_whoever_was_thanked_is_on_the_list() {
    on_each_store(|house| {
        let office = Office::open();
        house.mails_through(office.port);
        let (next, mut asked) = (AtomicUsize::new(0), BTreeSet::new());
        for (number, time) in [150, 400, 700].into_iter().enumerate() {
            asked.extend(storm(life(&house, number), &next, usize::MAX, time, |browser, number| {
                browser.subscribe(&reader(number))
            }));
        }
        assert!(asked.len() >= 20, "only {} were answered", asked.len());
        let daemon = life(&house, 3);
        for number in &asked {
            house::until(&reader(*number), || (!office.inbox(&reader(*number)).is_empty()).then_some(()));
        }
        house::until("an empty ledger", || nothing_is_left(&house));
        daemon.end();
        // Who was cut off may be on the list too, but whole: with consent, and with a mail.
        let everybody = house.everybody();
        assert!(everybody.len() >= asked.len() && everybody.iter().all(|row| row.ends_with(" digest pending")));
        let consents = house.ask("SELECT s.address FROM consent c JOIN subscriber s ON s.id = c.subscriber");
        let once: BTreeSet<&String> = consents.iter().collect();
        assert_eq!((consents.len(), once.len()), (everybody.len(), everybody.len()), "each with one proof");
        let sent = house
            .ask("SELECT s.address FROM delivery d JOIN subscriber s ON s.id = d.subscriber WHERE d.state = 'sent'");
        assert_eq!(sent.len(), everybody.len());
        // At most the letters that were leaving when it was killed, two connections each time, came twice.
        let more = office.mails().len() - sent.len();
        assert!(more <= 3 * 2, "{more} came twice");

        // The same with the button.
        let readers: Vec<String> = sent;
        let link = |number: usize| office.inbox(&readers[number])[0].link("confirm");
        let (next, mut thanked) = (AtomicUsize::new(0), BTreeSet::new());
        for (number, time) in [100, 250, 400].into_iter().enumerate() {
            let daemon = life(&house, 4 + number);
            thanked
                .extend(storm(daemon, &next, readers.len(), time, |browser, number| browser.post(&link(number), &[])));
            let confirmed = house.everybody();
            for number in &thanked {
                assert!(confirmed.contains(&format!("{} digest confirmed", readers[*number])), "{}", readers[*number]);
            }
        }
        assert!(!thanked.is_empty());
        let daemon = life(&house, 8);
        for number in 0..readers.len() {
            assert_eq!(daemon.browser().post(&link(number), &[]).title(), "You are subscribed", "no link was spoilt");
        }
        house::until("an empty ledger", || nothing_is_left(&house));
        daemon.end();
        assert!(house.everybody().iter().all(|row| row.ends_with(" digest confirmed")));
        let consents = house.consents();
        assert_eq!(consents.iter().filter(|row| *row == "digest confirmed").count(), readers.len(), "once each");
        let welcomes = house.ask("SELECT notice FROM mailing WHERE notice = 'welcome'");
        assert_eq!(welcomes.len(), readers.len(), "one each");
        for reader in &readers {
            assert!(office.inbox(reader).iter().any(|mail| mail.subject.starts_with("Welcome")), "{reader}");
        }
    });
}

fn nothing_is_left(house: &House) -> Option<()> {
    let open = "SELECT state FROM delivery WHERE state IN ('pending', 'leased', 'deferred', 'transmitting')";
    let is_over = house.ask("SELECT address FROM intake").is_empty() && house.ask(open).is_empty();
    if !is_over {
        thread::sleep(Duration::from_millis(200));
    }
    is_over.then_some(())
}
