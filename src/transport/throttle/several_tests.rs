//! Several processes at one server: together they are as fast as one may be, and no faster.

use proptest::prelude::*;

use super::account::Account;
use super::tests::at;
use super::tests::seconds;
use super::tests::take;
use super::tests::too_fast;
use super::*;

/// Processes that have as much to send as they may, from `begin` until `end`, in steps of a millisecond. Says who sent when, in microseconds.
struct Crowd {
    account: Account,
    rates: Rates,
    processes: Vec<Throttle>,
    born: u32,
    sent: Vec<(i64, usize)>,
}

impl Crowd {
    fn new(rates: Rates, count: usize) -> Self {
        let mut crowd = Self { account: Account::new(), rates, processes: Vec::new(), born: 0, sent: Vec::new() };
        (0..count).for_each(|_| crowd.join());
        crowd
    }

    fn join(&mut self) {
        self.born += 1;
        self.processes.push(Throttle::new(&format!("send-{}", self.born), self.rates));
    }

    fn run(&mut self, from: i64, until: i64) {
        for now in (from..until).step_by(1000) {
            for which in 0..self.processes.len() {
                // Not always the same one first.
                let which = (which + (now / 1000) as usize) % self.processes.len();
                let process = &mut self.processes[which];
                while take(process, &mut self.account, self.rates, "a.example", Urgency::Issue, at(now)) == Turn::Go {
                    process.done("a.example");
                    self.sent.push((now, which));
                    assert!(self.sent.len() < 100_000, "no limit");
                }
            }
        }
    }

    fn most_in(&self, span: i64) -> usize {
        let times: Vec<i64> = self.sent.iter().map(|(at, _)| *at).collect();
        (0..times.len())
            .map(|from| times[from..].iter().take_while(|at| **at < times[from] + span).count())
            .max()
            .unwrap_or(0)
    }

    fn count(&self, from: i64, until: i64) -> usize {
        self.sent.iter().filter(|(at, _)| (from..until).contains(at)).count()
    }
}

#[test]
fn two_are_as_fast_as_one_and_share_it() {
    let mut crowd = Crowd::new(Rates { per_second: Some(20), ..Rates::default() }, 2);
    crowd.run(0, seconds(60));
    assert!(crowd.most_in(SECOND) <= 21, "{}", crowd.most_in(SECOND));
    assert!((1170..=1200).contains(&crowd.sent.len()), "{}", crowd.sent.len());
    for which in [0, 1] {
        let own = crowd.sent.iter().filter(|(_, by)| *by == which).count();
        assert!((400..=800).contains(&own), "{own}");
    }
}

#[test]
fn of_one_that_dies_the_others_take_over_the_rate() {
    let rates = Rates { per_second: Some(20), domain_per_minute: Some(600), ..Rates::default() };
    let mut crowd = Crowd::new(rates, 3);
    crowd.run(0, seconds(20));
    assert!(crowd.most_in(seconds(10)) <= 100 + 3, "the domain's ten a second: {}", crowd.most_in(seconds(10)));
    crowd.processes.truncate(1);
    crowd.run(seconds(20), seconds(60));
    let after = crowd.count(seconds(28), seconds(58));
    assert!((290..=301).contains(&after), "alone at ten a second, soon after: {after}");
    crowd.join();
    crowd.run(seconds(60), seconds(90));
    let joined = crowd.count(seconds(60), seconds(90));
    assert!((250..=302).contains(&joined), "a new one takes its share and no more: {joined}");
    assert!(crowd.most_in(seconds(10)) <= 103, "{}", crowd.most_in(seconds(10)));
}

#[test]
fn an_idle_one_takes_nothing_from_the_other() {
    let rates = Rates { per_second: Some(20), domain_per_minute: Some(600), ..Rates::default() };
    let mut crowd = Crowd::new(rates, 1);
    crowd.join();
    let daemon = &mut crowd.processes[1];
    assert_eq!(take(daemon, &mut crowd.account, rates, "b.example", Urgency::Notice, at(0)), Turn::Go);
    let daemon = crowd.processes.pop();
    crowd.run(seconds(5), seconds(35));
    assert!((297..=301).contains(&crowd.sent.len()), "{}", crowd.sent.len());
    drop(daemon);
}

#[test]
fn a_complaint_to_one_slows_them_all() {
    let mut crowd = Crowd::new(Rates { per_second: Some(20), ..Rates::default() }, 2);
    crowd.run(0, seconds(20));
    let (_, order) = crowd.processes[0].hear("a.example", &too_fast(), at(seconds(20))).unwrap();
    crowd.account.serve(&crowd.rates, &order.unwrap());
    crowd.run(seconds(20), seconds(60));
    let slowed = crowd.count(seconds(23), seconds(43));
    assert!((190..=215).contains(&slowed), "{slowed}");
}

#[test]
fn without_limits_nothing_is_written_until_a_server_complains() {
    let (rates, mut account) = (Rates::default(), Account::new());
    assert!(account.free(&rates, 0).is_some());
    account.serve(&rates, &account::Order::Complain { measured: 36_000, now: 0 });
    assert!(account.free(&rates, 1).is_none());
    assert!(account.free(&rates, 3 * HOUR).is_some(), "recovered");
    assert!(account.free(&Rates { per_hour: Some(1), ..rates }, 0).is_none());
}

#[test]
fn what_is_drawn_at_the_end_of_a_minute_counts_in_that_minute_or_not_at_all() {
    let mut crowd = Crowd::new(Rates { per_hour: Some(60), ..Rates::default() }, 1);
    let minute = seconds(60);
    for now in [0, 1, 2, 3, minute - 3, minute - 2, minute - 1, minute + 1, minute + 2] {
        let process = &mut crowd.processes[0];
        assert_eq!(take(process, &mut crowd.account, crowd.rates, "a.example", Urgency::Issue, at(now)), Turn::Go);
        process.done("a.example");
        crowd.sent.push((now, 0));
    }
    crowd.run(minute + seconds(2), minute + seconds(4));
    assert_eq!(crowd.sent.len(), 54, "nothing is lost of what was not used");
    crowd.run(HOUR + minute - seconds(1), HOUR + minute + seconds(1));
    assert!(crowd.sent.len() > 54 && crowd.most_in(HOUR) <= 54, "{}", crowd.most_in(HOUR));
}

proptest! {
    /// Whoever draws, dies, comes back: no hour and no day ever has more than it may.
    #[test]
    fn never_more_than_allowed_however_many_there_are(
        per_hour in prop::option::of(1_u32..40), per_day in prop::option::of(1_u32..60), per_second in prop::option::of(1_u32..5),
        warm in prop::option::of((1_u32..20, 0_u32..100)),
        steps in prop::collection::vec((0_usize..4, 0_u8..12, any::<bool>(), 0_i64..900_000_000), 1..400),
    ) {
        let warm_up = warm.map(|(first_day, growth)| WarmUp { first_day, growth });
        let rates = Rates { per_hour, per_day, per_second, warm_up, ..Rates::default() };
        let mut crowd = Crowd::new(rates, 4);
        let mut now = 0;
        for (which, action, is_notice, pause) in steps {
            match action {
                0 => now += pause,
                1 => now += HOUR / 7,
                11 => now += pause % (2 * SECOND),
                // Killed: what it had drawn is gone with it.
                2 => { crowd.born += 1; crowd.processes[which] = Throttle::new(&format!("send-{}", crowd.born), rates); }
                3 => { let left = crowd.processes[which].leave(at(now)); crowd.account.serve(&rates, &left); }
                4 => { if let Some(order) = crowd.processes[which].tidy(at(now)) { crowd.account.serve(&rates, &order); } }
                5 => crowd.account = serde_json::from_str(&serde_json::to_string(&crowd.account).unwrap()).unwrap(),
                _ => {
                    let urgency = if is_notice { Urgency::Notice } else { Urgency::Issue };
                    match take(&mut crowd.processes[which], &mut crowd.account, rates, "a.example", urgency, at(now)) {
                        Turn::Go => { crowd.processes[which].done("a.example"); crowd.sent.push((now, which)); }
                        Turn::At(next) => prop_assert!(next > at(now)),
                        Turn::Busy | Turn::Ask => prop_assert!(false),
                    }
                }
            }
        }
        prop_assert!(per_hour.is_none_or(|limit| crowd.most_in(HOUR) <= limit as usize));
        prop_assert!(per_day.is_none_or(|limit| crowd.most_in(DAY) <= limit as usize));
        prop_assert!(warm_up.is_none_or(|warm_up| crowd.count(0, DAY) as u64 <= warm_up.letters(0)));
    }
}
