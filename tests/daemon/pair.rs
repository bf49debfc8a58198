//! Two daemons on one list.

use std::collections::BTreeSet;
use std::thread;

use crate::house;
use crate::house::on_each_store;
use crate::office::Office;

#[test]
fn each_notice_leaves_once_whoever_sends_it() {
    on_each_store(|house| {
        let office = Office::open();
        house.mails_through(office.port);
        let daemons = [house.daemon(), house.daemon()];
        thread::scope(|scope| {
            for part in 0..4 {
                let browser = daemons[part % 2].browser();
                scope.spawn(move || {
                    for number in 0..25 {
                        let answer = browser.subscribe(&format!("r{part}-{number}@readers.example"));
                        assert_eq!(answer.status, 200, "{answer:?}");
                    }
                });
            }
        });
        house::until("100 mails", || (office.mails().len() >= 100).then_some(()));
        // A link of one is good at the other.
        let jane = office.mail("r0-0@readers.example", "Please confirm").link("confirm");
        assert_eq!(daemons[1].browser().post(&jane, &[]).status, 200);
        assert_eq!(daemons[0].browser().post(&jane, &[]).title(), "You are subscribed");
        office.mail("r0-0@readers.example", "Welcome");
        let mut said = String::new();
        for daemon in daemons {
            said += &daemon.end();
        }
        let mails = office.mails();
        let readers: BTreeSet<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
        assert_eq!((readers.len(), mails.len()), (100, 101));
        assert_eq!(house.everybody().len(), 100);
        house::discreet(&said, &mails);
    });
}
