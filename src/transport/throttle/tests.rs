//! What a throttle lets through, against what its limits say.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::account::Account;
use super::account::Answer;
use super::*;

/// A process with the account that it draws on.
struct Alone {
    account: Account,
    throttle: Throttle,
    rates: Rates,
}

impl Alone {
    fn new(rates: Rates) -> Self {
        Self { account: Account::new(), throttle: Throttle::new("send-1", rates), rates }
    }

    fn take(&mut self, domain: &str, urgency: Urgency, now: Timestamp) -> Turn {
        take(&mut self.throttle, &mut self.account, self.rates, domain, urgency, now)
    }

    fn done(&mut self, domain: &str) {
        self.throttle.done(domain);
    }

    fn hear(&mut self, domain: &str, reply: &Reply, now: Timestamp) -> Option<Complaint> {
        let (complaint, order) = self.throttle.hear(domain, reply, now)?;
        order.map(|order| self.account.serve(&self.rates, &order));
        Some(complaint)
    }

    fn estimate(&self, letters: u64, now: Timestamp) -> Option<SignedDuration> {
        self.account.estimate(&self.rates, letters, now)
    }

    /// As after a restart: only what was kept is known, perhaps under other limits.
    fn again(&mut self, rates: Rates, now: Timestamp) -> String {
        let left = self.throttle.leave(now);
        assert_eq!(self.account.serve(&self.rates, &left), Answer::Noted);
        let kept = serde_json::to_string(&self.account).unwrap();
        let domains = serde_json::to_string(&self.throttle.exchange(&Domains::default(), now)).unwrap();
        self.account = serde_json::from_str(&kept).unwrap();
        self.throttle = Throttle::new("send-1", rates);
        let _ = self.throttle.exchange(&serde_json::from_str(&domains).unwrap(), now);
        self.rates = rates;
        kept + &domains
    }
}

pub(super) fn take(
    throttle: &mut Throttle,
    account: &mut Account,
    rates: Rates,
    domain: &str,
    urgency: Urgency,
    now: Timestamp,
) -> Turn {
    let mut draw = |throttle: &mut Throttle, early| {
        let order = throttle.order(urgency, early, now);
        let Some(order) = order else { return false };
        throttle.receive(urgency, Some(account.serve(&rates, &order)), now);
        true
    };
    // Whoever has asked a few times knows more: a program in which nobody does would ask for ever.
    for _ in 0..1000 {
        match throttle.take(domain, urgency, now) {
            Turn::Ask => assert!(draw(throttle, false), "who has to ask knows what for"),
            Turn::Go => {
                draw(throttle, true);
                return Turn::Go;
            }
            other => return other,
        }
    }
    panic!("it asks and asks: {throttle:?}")
}

const MICRO: i64 = 1_764_000_000_000_000;

pub(super) fn at(micro: i64) -> Timestamp {
    Timestamp::from_microsecond(MICRO + micro).unwrap()
}

pub(super) fn seconds(seconds: i64) -> i64 {
    seconds * SECOND
}

fn reply(stage: Stage, code: u16, line: &str) -> Reply {
    Reply::read(stage, code, [line])
}

pub(super) fn too_fast() -> Reply {
    reply(Stage::Mail, 421, "4.7.0 too fast")
}

/// Sends as many as it lets through from one moment on, for so long, and says when.
fn send(throttle: &mut Alone, from: i64, span: i64, most: usize) -> Vec<i64> {
    let (mut now, mut sent) = (from, Vec::new());
    while sent.len() < most {
        match throttle.take("example.org", Urgency::Issue, at(now)) {
            Turn::Go => sent.push(now),
            Turn::At(next) => now = next.as_microsecond() - MICRO,
            Turn::Busy | Turn::Ask => panic!("no limit of these was set"),
        }
        if now > from + span {
            break;
        }
        throttle.done("example.org");
    }
    sent
}

#[test]
fn seconds_are_paced_evenly() {
    let mut throttle = Alone::new(Rates { per_second: Some(14), ..Rates::default() });
    let sent = send(&mut throttle, 0, seconds(10), 1000);
    assert_eq!(sent.len(), 140);
    let distance = sent[1] - sent[0];
    assert!((71_428..=71_429).contains(&distance) && sent.windows(2).all(|two| two[1] - two[0] == distance));
    // After a rest there is no burst to make up for it.
    let sent = send(&mut throttle, seconds(1000), seconds(1), 1000);
    assert_eq!(sent.len(), 14);
}

#[test]
fn an_hour_and_a_day_may_go_at_once_and_one_place_in_ten_is_kept() {
    let rates = Rates { per_hour: Some(100), per_day: Some(250), ..Rates::default() };
    let mut throttle = Alone::new(rates);
    let sent = send(&mut throttle, 0, 0, 1000);
    assert_eq!(sent.len(), 90, "at once");
    for _ in 0..10 {
        assert_eq!(throttle.take("a.example", Urgency::Notice, at(0)), Turn::Go);
    }
    assert!(matches!(throttle.take("a.example", Urgency::Notice, at(0)), Turn::At(_)));
    let sent = send(&mut throttle, seconds(1), DAY - seconds(2), 1000);
    assert_eq!(sent.len(), 225 - 100, "in the rest of the day");
    assert!(sent[0] >= HOUR && sent[0] <= HOUR + HOUR / 30, "{sent:?}");
}

#[test]
fn a_limit_of_few_keeps_nothing() {
    let mut throttle = Alone::new(Rates { per_hour: Some(9), ..Rates::default() });
    assert_eq!(send(&mut throttle, 0, 0, 1000).len(), 9);
}

#[test]
fn domains_have_limits_of_their_own() {
    let rates = Rates { domain_per_minute: Some(6), domain_connections: Some(2), ..Rates::default() };
    let mut throttle = Alone::new(rates);
    assert_eq!(throttle.take("a.example", Urgency::Issue, at(0)), Turn::Go);
    assert_eq!(throttle.take("a.example", Urgency::Issue, at(0)), Turn::At(at(seconds(10))));
    assert_eq!(throttle.take("b.example", Urgency::Issue, at(0)), Turn::Go);
    assert_eq!(throttle.take("a.example", Urgency::Issue, at(seconds(10))), Turn::Go);
    assert_eq!(throttle.take("a.example", Urgency::Issue, at(seconds(30))), Turn::Busy);
    throttle.done("a.example");
    assert_eq!(throttle.take("a.example", Urgency::Issue, at(seconds(30))), Turn::Go);
}

#[test]
fn notices_overtake() {
    let mut throttle = Alone::new(Rates { per_second: Some(2), ..Rates::default() });
    assert_eq!(throttle.take("a.example", Urgency::Issue, at(0)), Turn::Go);
    assert_eq!(throttle.take("a.example", Urgency::Issue, at(0)), Turn::At(at(SECOND / 2)));
    assert_eq!(throttle.take("a.example", Urgency::Notice, at(0)), Turn::Go);
    assert_eq!(throttle.take("a.example", Urgency::Issue, at(SECOND / 2)), Turn::Go, "what was drawn before");
    assert_eq!(
        throttle.take("a.example", Urgency::Issue, at(SECOND / 2)),
        Turn::At(at(SECOND * 3 / 2)),
        "issues wait for it"
    );
}

#[test]
fn a_complaint_halves_and_time_heals() {
    let mut throttle = Alone::new(Rates { per_second: Some(10), ..Rates::default() });
    send(&mut throttle, 0, seconds(20), 1000);
    assert_eq!(throttle.hear("a.example", &too_fast(), at(seconds(20))), Some(Complaint::Server));
    // All connections hear it; it is one complaint.
    for _ in 0..16 {
        throttle.hear("a.example", &too_fast(), at(seconds(21)));
    }
    let half = send(&mut throttle, seconds(25), seconds(15), 1000).len();
    assert!((75..=76).contains(&half), "{half}");
    throttle.hear("a.example", &too_fast(), at(seconds(40)));
    let quarter = send(&mut throttle, seconds(42), seconds(10), 1000).len();
    assert!((25..=26).contains(&quarter), "{quarter}");
    let quarter_of_an_hour = send(&mut throttle, seconds(40 + 15 * 60), seconds(10), 1000).len();
    assert!((50..=51).contains(&quarter_of_an_hour), "{quarter_of_an_hour}");
    let an_hour = send(&mut throttle, seconds(40 + 3600), seconds(10), 1000).len();
    assert!((100..=101).contains(&an_hour), "as fast as it may be: {an_hour}");
}

#[test]
fn a_complaint_about_the_first_letters_is_measured_by_them_and_healed_within_the_hour() {
    for rates in [Rates::default(), Rates { per_second: Some(100), ..Rates::default() }] {
        let mut throttle = Alone::new(rates);
        for letter in 0..2 {
            assert_eq!(throttle.take("a.example", Urgency::Issue, at(letter * SECOND / 50)), Turn::Go);
        }
        throttle.hear("a.example", &too_fast(), at(SECOND / 10));
        // Two within a second are no twelve a minute.
        let sent = send(&mut throttle, seconds(2), seconds(10), 1000).len();
        assert!((10..=12).contains(&sent), "{sent}");
        let limit = rates.per_second.map_or(1000, |letters| letters as usize * 10);
        let later = send(&mut throttle, seconds(3600), seconds(10), 10_000).len();
        assert!(later >= limit, "{later}");
    }
}

#[test]
fn without_a_limit_half_of_what_was_measured() {
    let mut throttle = Alone::new(Rates::default());
    for letter in 0..1000 {
        assert_eq!(throttle.take("a.example", Urgency::Issue, at(letter * SECOND / 100)), Turn::Go);
    }
    throttle.hear("a.example", &too_fast(), at(seconds(10)));
    let sent = send(&mut throttle, seconds(11), seconds(10), 10_000).len();
    assert!((480..=510).contains(&sent), "{sent}");
    assert_eq!(send(&mut throttle, seconds(3 * 3600), 0, 10_000).len(), 10_000, "recovered");
}

#[test]
fn who_complains() {
    for (stage, code, line, who) in [
        (Stage::Connect, 421, "too many connections", Some(Complaint::Server)),
        (Stage::Rcpt, 421, "4.3.2 closing", Some(Complaint::Server)),
        (Stage::Body, 451, "4.7.0 slow down", Some(Complaint::Server)),
        (Stage::Rcpt, 450, "4.7.1 greylisted", Some(Complaint::Domain)),
        (Stage::Rcpt, 452, "4.2.2 full", None),
        (Stage::Rcpt, 451, "no code", None),
        (Stage::Body, 550, "5.7.1 spam", None),
        (Stage::Body, 250, "2.0.0 ok", None),
    ] {
        assert_eq!(complaint(&reply(stage, code, line)), who, "{code} {line}");
    }
    let mut throttle = Alone::new(Rates::default());
    assert_eq!(throttle.take("slow.example", Urgency::Issue, at(0)), Turn::Go);
    throttle.hear("slow.example", &reply(Stage::Rcpt, 450, "4.7.1 greylisted"), at(0));
    assert!(matches!(throttle.take("slow.example", Urgency::Issue, at(1)), Turn::At(_)));
    assert_eq!(throttle.take("other.example", Urgency::Issue, at(1)), Turn::Go);
}

#[test]
fn a_new_sender_grows() {
    let warm_up = WarmUp { first_day: 50, growth: 100 };
    let mut throttle = Alone::new(Rates { per_day: Some(300), warm_up: Some(warm_up), ..Rates::default() });
    let days: Vec<usize> = (0..6).map(|day| send(&mut throttle, day * 26 * HOUR, HOUR, 10_000).len()).collect();
    assert_eq!(days, [45, 90, 180, 270, 270, 270], "less the tenth that is kept");
    assert_eq!(WarmUp { first_day: 1, growth: 0 }.letters(9), 10, "never for ever");
    assert!(WarmUp { first_day: u32::MAX, growth: u32::MAX }.letters(i64::MAX) > 0);
}

#[test]
fn how_long_it_takes() {
    let estimate = |rates, letters| Alone::new(rates).estimate(letters, at(0)).map(|time| time.as_secs());
    assert_eq!(estimate(Rates::default(), 1_000_000), None);
    assert_eq!(estimate(Rates { per_second: Some(10), ..Rates::default() }, 1204), Some(120));
    assert_eq!(estimate(Rates { per_hour: Some(100), ..Rates::default() }, 250), Some(2 * 3600));
    assert_eq!(
        estimate(Rates { per_second: Some(1), per_day: Some(1000), ..Rates::default() }, 1000),
        Some(24 * 3600 + 100)
    );
    let mut slowed = Alone::new(Rates { per_second: Some(10), ..Rates::default() });
    send(&mut slowed, 0, seconds(10), 1000);
    slowed.hear("a.example", &too_fast(), at(seconds(10)));
    assert_eq!(slowed.estimate(1000, at(seconds(10))).unwrap().as_secs(), 200);
}

#[test]
fn what_is_kept_goes_on_and_names_no_domain_without_need() {
    let rates = Rates {
        per_second: Some(1),
        per_hour: Some(20),
        domain_per_minute: Some(1),
        domain_connections: Some(1),
        ..Rates::default()
    };
    let mut throttle = Alone::new(rates);
    for letter in 0..10 {
        assert_eq!(throttle.take(&format!("d{letter}.example"), Urgency::Issue, at(seconds(letter * 10))), Turn::Go);
    }
    let now = seconds(100);
    let text = throttle.again(rates, at(now));
    assert!(text.contains("d9.example") && !text.contains("d1.example"), "{text}");
    assert!(
        matches!(throttle.take("d9.example", Urgency::Issue, at(now)), Turn::At(_)),
        "under way no more, but too soon"
    );
    throttle.again(Rates { domain_per_minute: None, domain_connections: None, ..rates }, at(now));
    assert_eq!(send(&mut throttle, now, seconds(60), 1000).len(), 8, "the hour goes on");
    let later = throttle.again(rates, at(2 * DAY));
    assert!(!later.contains(".example"), "{later}");
}

#[test]
fn a_clock_that_is_set_back_makes_nobody_wait_for_ever() {
    let rates = Rates { per_second: Some(1), per_hour: Some(10), domain_per_minute: Some(10), ..Rates::default() };
    let mut throttle = Alone::new(rates);
    send(&mut throttle, 0, HOUR, 9);
    let before = -365 * DAY;
    let sent = send(&mut throttle, before, HOUR - 1, 1000);
    assert!(sent.len() >= 9 && sent[0] <= before + seconds(7), "{sent:?}");
}

#[test]
fn what_a_clock_that_was_ahead_has_kept_is_not_heeded_until_its_hour() {
    let (rates, ahead) = (Rates::default(), at(7 * HOUR));
    let mut throttle = Throttle::new("send-1", rates);
    let greylisted = reply(Stage::Rcpt, 451, "4.7.1 come again");
    assert_eq!(throttle.hear("a.example", &greylisted, ahead).map(|(complaint, _)| complaint), Some(Complaint::Domain));
    let kept = throttle.exchange(&Domains::default(), ahead);
    // The clock is put right: as slowly as was asked for, and no slower. What is kept then is right for whoever comes next.
    let mut later = Throttle::new("send-2", rates);
    let mut account = Account::new();
    let kept = later.exchange(&kept, at(0));
    assert_eq!(
        take(&mut later, &mut account, rates, "a.example", Urgency::Issue, at(0)),
        Turn::At(at(seconds(61))),
        "one a minute"
    );
    let mut next = Throttle::new("send-3", rates);
    next.exchange(&kept, at(seconds(61)));
    assert_eq!(take(&mut next, &mut account, rates, "a.example", Urgency::Issue, at(seconds(61))), Turn::Go);
}

#[test]
fn a_pace_that_has_recovered_holds_nobody_up() {
    let rates = Rates { per_hour: Some(1000), ..Rates::default() };
    // From 60 letters an hour to twice as many, which is where nothing is paced any more: half a minute from one to the next, then none.
    let recovered = seconds(30 * 60);
    for before in (1..31).map(seconds) {
        let mut throttle = Alone::new(rates);
        throttle.hear("a.example", &too_fast(), at(0));
        assert_eq!(throttle.take("a.example", Urgency::Notice, at(recovered - before)), Turn::Go);
        throttle.done("a.example");
        // By the distance that there was, and no later.
        let mut now = recovered;
        while let Turn::At(next) = throttle.take("a.example", Urgency::Notice, at(now)) {
            now = next.as_microsecond() - MICRO;
        }
        assert!(now < recovered - before + seconds(31), "{before} {now}");
    }
}

fn rates() -> impl Strategy<Value = Rates> {
    let some = |most: u32| prop::option::of(1..most);
    (some(20), some(60), some(100), some(30)).prop_map(|(per_second, per_hour, per_day, domain_per_minute)| Rates {
        per_second,
        per_hour,
        per_day,
        domain_per_minute,
        ..Rates::default()
    })
}

proptest! {
    #[test]
    fn never_more_than_allowed_and_always_at_the_moment_that_was_named(
        rates in rates(), steps in prop::collection::vec((0_u8..3, any::<bool>(), 0_u32..9, 0_i64..400), 1..300),
    ) {
        let mut throttle = Alone::new(rates);
        let (mut now, mut all) = (0, Vec::new());
        for (domain, is_notice, action, pause) in steps {
            let domain = ["a.example", "b.example", "c.example"][usize::from(domain)];
            let urgency = if is_notice { Urgency::Notice } else { Urgency::Issue };
            match action {
                0 => now += seconds(pause),
                1 => { throttle.hear(domain, &too_fast(), at(now)); }
                2 => { throttle.hear(domain, &reply(Stage::Rcpt, 450, "4.7.1 later"), at(now)); }
                3 => {
                    throttle.again(rates, at(now));
                }
                _ => {
                    let mut asked = 0;
                    while let Turn::At(next) = throttle.take(domain, urgency, at(now)) {
                        prop_assert!(next > at(now));
                        now = next.as_microsecond() - MICRO;
                        asked += 1;
                        prop_assert!(asked < 100, "its turn comes");
                    }
                    throttle.done(domain);
                    all.push((now, domain));
                }
            }
        }
        let most = |span: i64, limit: u64, domain: Option<&str>| {
            let sent: Vec<i64> = all.iter().filter(|(_, other)| domain.is_none_or(|domain| domain == *other)).map(|(at, _)| *at).collect();
            (0..sent.len()).all(|from| sent[from..].iter().take_while(|at| **at < sent[from] + span).count() as u64 <= limit)
        };
        // A notice may be a second early.
        prop_assert!(rates.per_second.is_none_or(|limit| most(seconds(1), u64::from(limit) * 2 + 1, None)));
        prop_assert!(rates.per_hour.is_none_or(|limit| most(HOUR, limit.into(), None)));
        prop_assert!(rates.per_day.is_none_or(|limit| most(DAY, limit.into(), None)));
        prop_assert!(rates.domain_per_minute.is_none_or(|limit| most(seconds(60), u64::from(limit) + 2, Some("a.example"))));
    }

    #[test]
    fn no_clock_and_no_limit_make_it_fall(
        rates in rates(), first_day in any::<u32>(), growth in any::<u32>(),
        times in prop::collection::vec(-9_000_000_000_000_000_i64..9_000_000_000_000_000, 1..50),
    ) {
        let warm_up = Some(WarmUp { first_day, growth });
        let mut throttle = Alone::new(Rates { warm_up, ..rates });
        for time in times {
            let now = Timestamp::from_microsecond(time).unwrap();
            if let Turn::At(next) = throttle.take("a.example", Urgency::Issue, now) {
                prop_assert!(next > now);
                prop_assert!(next.duration_since(now) <= SignedDuration::from_hours(2 * 24 + 1), "{next} {now}");
            }
            throttle.hear("a.example", &too_fast(), now);
            let estimate = throttle.estimate(1000, now);
            prop_assert!(estimate.is_none_or(|time| !time.is_negative()));
        }
    }
}
