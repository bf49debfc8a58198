//! The occurrences of a newsletter's calendar, and which of them is due. An occurrence is local time plus zone: nine stays nine when the clocks change.

use std::fmt;

use jiff::SignedDuration;
use jiff::Span;
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

use crate::value::schedule::Calendar;

/// An issue that is later than this is not sent by itself any more: its news may be old.
pub const STALE: SignedDuration = SignedDuration::from_hours(3 * 24);

/// A time of the calendar at which an issue comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The time on the wall, as the schedule says it.
    pub local: civil::DateTime,
    /// Whose wall.
    zone: TimeZone,
}

/// The occurrence that wants an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The occurrence itself: the next one, or of those that were missed the last.
    pub occurrence: Occurrence,
    /// Earlier ones that were missed and that this issue stands for too.
    pub missed: Vec<Occurrence>,
}

/// What is known of a newsletter's issues.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The occurrences that issues were made for, in any order.
    pub done: Vec<Occurrence>,
    /// The days that issues are of, in any order.
    pub taken: Vec<civil::Date>,
    /// From when on occurrences count; without it, and without any issue, none was missed.
    pub since: Option<Timestamp>,
}

impl Occurrence {
    /// That time in that zone.
    #[must_use]
    pub fn new(local: civil::DateTime, zone: &TimeZone) -> Self {
        Self { local, zone: zone.clone() }
    }

    /// When it is. A time that a change of clocks leaves out is that much later; of one that comes twice, it is the first. `None` at the end of the calendar.
    #[must_use]
    pub fn moment(&self) -> Option<Timestamp> {
        Some(self.local.to_zoned(self.zone.clone()).ok()?.timestamp())
    }

    /// Reads what [`Occurrence`] is written as: `2026-03-15T09:00[Europe/Berlin]`. `None` for anything else, also for a zone that there is not.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        let (local, zone) = key.strip_suffix(']')?.split_once('[')?;
        let occurrence = Self { local: local.parse().ok()?, zone: TimeZone::get(zone).ok()? };
        (occurrence.to_string() == key).then_some(occurrence)
    }
}

/// The key: what an occurrence is known by for ever.
impl fmt::Display for Occurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = self.zone.iana_name().unwrap_or("UTC");
        write!(f, "{}[{zone}]", self.local.strftime("%Y-%m-%dT%H:%M"))
    }
}

impl Due {
    /// Whether it comes so late that it should be looked at before it is sent.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.occurrence.moment().is_some_and(|moment| now.duration_since(moment) > STALE)
    }

    /// Whether its time is so near that it should be looked at: `review` before it, or later.
    #[must_use]
    pub fn is_near(&self, now: Timestamp, review: SignedDuration) -> bool {
        let moment = self.occurrence.moment().and_then(|moment| moment.saturating_sub(review).ok());
        moment.is_some_and(|moment| moment <= now)
    }

    /// Whether its time has come.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.occurrence.moment().is_some_and(|moment| moment <= now)
    }
}

/// The occurrences of the days from `from` on, by day, without end but that of the calendar.
pub fn occurrences<'a>(
    calendar: &'a Calendar,
    zone: &'a TimeZone,
    from: civil::Date,
) -> impl Iterator<Item = Occurrence> + use<'a> {
    let days = from.series(Span::new().days(1)).filter(|day| calendar.falls_on(*day));
    days.map(|day| Occurrence::new(day.to_datetime(calendar.time), zone))
}

/// The occurrence that wants an issue next: those that were missed together, as one; else the next one after `now`. Those before an issue's occurrence, and those on a
/// day that has an issue, want none, whatever the clock says. `None` only at the end of the calendar.
#[must_use]
pub fn due(calendar: &Calendar, zone: &TimeZone, history: &History, now: Timestamp) -> Option<Due> {
    // Where a whole day was left out, two occurrences are at one moment.
    let done = history.done.iter().filter_map(|done| Some((done.moment()?, done.local))).max();
    let after = done.map_or(history.since.unwrap_or(now), |(moment, _)| moment);
    // A gap can move a time to the next day, and a zone can have been another: one day more does no harm.
    let from = after.to_zoned(zone.clone()).date().saturating_sub(Span::new().days(2));
    let mut open = occurrences(calendar, zone, from)
        .map_while(|occurrence| Some((occurrence.moment()?, occurrence)))
        .filter(|(moment, occurrence)| done.map_or(*moment >= after, |done| (*moment, occurrence.local) > done))
        .filter(|(_, occurrence)| !history.taken.contains(&occurrence.local.date()));
    let mut missed = Vec::new();
    loop {
        let Some((moment, occurrence)) = open.next() else {
            // The calendar has ended.
            let last = missed.pop()?;
            return Some(Due { occurrence: last, missed });
        };
        if moment <= now {
            missed.push(occurrence);
        } else {
            return Some(match missed.pop() {
                Some(last) => Due { occurrence: last, missed },
                None => Due { occurrence, missed: Vec::new() },
            });
        }
    }
}

/// The occurrence before a day, from which a newsletter's first issue gathers its posts. `None` at the beginning of the calendar.
#[must_use]
pub fn before(calendar: &Calendar, zone: &TimeZone, date: civil::Date) -> Option<Occurrence> {
    let days = date.yesterday().ok()?.series(Span::new().days(-1));
    // The longest interval is 52 weeks.
    let day = days.take(400).find(|day| calendar.falls_on(*day))?;
    Some(Occurrence::new(day.to_datetime(calendar.time), zone))
}

#[cfg(test)]
mod tests {
    use jiff::civil::Weekday;
    use jiff::civil::date;
    use jiff::civil::time;
    use proptest::prelude::*;

    use super::*;
    use crate::value::schedule::Days;
    use crate::value::schedule::MonthDay;

    fn twice_monthly() -> Calendar {
        Calendar { days: Days::Month(vec![MonthDay::Day(1), MonthDay::Day(15)]), time: time(9, 0, 0, 0) }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn history(keys: &[&str]) -> History {
        let done: Vec<Occurrence> = keys.iter().map(|key| Occurrence::parse(key).unwrap()).collect();
        History { taken: done.iter().map(|done| done.local.date()).collect(), done, since: None }
    }

    #[test]
    fn nine_stays_nine() {
        let berlin = zone("Europe/Berlin");
        let moments: Vec<String> = occurrences(&twice_monthly(), &berlin, date(2026, 3, 10))
            .take(3)
            .map(|occurrence| format!("{occurrence} {}", occurrence.moment().unwrap()))
            .collect();
        assert_eq!(
            moments,
            [
                "2026-03-15T09:00[Europe/Berlin] 2026-03-15T08:00:00Z",
                "2026-04-01T09:00[Europe/Berlin] 2026-04-01T07:00:00Z",
                "2026-04-15T09:00[Europe/Berlin] 2026-04-15T07:00:00Z",
            ]
        );
    }

    #[test]
    fn gaps_move_later_and_folds_take_the_first() {
        let moment = |key: &str| Occurrence::parse(key).unwrap().moment().unwrap().to_string();
        assert_eq!(moment("2026-03-29T02:30[Europe/Berlin]"), "2026-03-29T01:30:00Z", "half past three");
        assert_eq!(moment("2026-10-25T02:30[Europe/Berlin]"), "2026-10-25T00:30:00Z", "in summer time");
        assert_eq!(moment("2011-12-30T09:00[Pacific/Apia]"), "2011-12-30T19:00:00Z", "a day that there was not");
    }

    #[test]
    fn keys_read_back() {
        let key = "2026-03-15T09:00[Europe/Berlin]";
        assert_eq!(Occurrence::parse(key).unwrap().to_string(), key);
        assert_eq!(
            Occurrence::new(date(2026, 1, 1).at(9, 0, 0, 0), &TimeZone::UTC).to_string(),
            "2026-01-01T09:00[UTC]"
        );
        for bad in
            ["", "2026-03-15T09:00", "2026-03-15T09:00[Europe/Berln]", "2026-03-15[UTC]", "2026-02-30T09:00[UTC]"]
        {
            assert_eq!(Occurrence::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_next_one_and_those_missed() {
        let (calendar, berlin) = (twice_monthly(), zone("Europe/Berlin"));
        let due = |history: &History, now: &str| {
            let due = due(&calendar, &berlin, history, at(now)).unwrap();
            (due.occurrence.local.date().to_string(), due.missed.len(), due.is_due(at(now)), due.is_stale(at(now)))
        };
        let new = History::default();
        assert_eq!(
            due(&new, "2026-11-10T12:00:00Z"),
            ("2026-11-15".into(), 0, false, false),
            "a new newsletter missed none"
        );
        let known = history(&["2026-11-01T09:00[Europe/Berlin]"]);
        assert_eq!(due(&known, "2026-11-14T12:00:00Z"), ("2026-11-15".into(), 0, false, false));
        assert_eq!(due(&known, "2026-11-15T08:00:00Z"), ("2026-11-15".into(), 0, true, false));
        assert_eq!(due(&known, "2026-11-18T08:00:01Z"), ("2026-11-15".into(), 0, true, true));
        assert_eq!(due(&known, "2027-01-02T08:00:00Z"), ("2027-01-01".into(), 3, true, false), "one for all");
        assert_eq!(due(&known, "2026-10-01T00:00:00Z"), ("2026-11-15".into(), 0, false, false), "the clock went back");
        let special = History { taken: vec![date(2026, 11, 1), date(2026, 11, 15)], ..known };
        assert_eq!(due(&special, "2026-11-15T12:00:00Z").0, "2026-12-01", "written by hand on that day");
        let moved = history(&["2026-11-15T09:00[Europe/Berlin]"]);
        let new_york = super::due(&calendar, &zone("America/New_York"), &moved, at("2026-11-15T15:00:00Z")).unwrap();
        assert_eq!(new_york.occurrence.local.date(), date(2026, 12, 1), "the site moved; the day has its issue");
    }

    #[test]
    fn the_one_before() {
        let key = |day| before(&twice_monthly(), &TimeZone::UTC, day).unwrap().to_string();
        assert_eq!(key(date(2026, 11, 15)), "2026-11-01T09:00[UTC]");
        assert_eq!(key(date(2026, 11, 1)), "2026-10-15T09:00[UTC]");
    }

    fn calendars() -> impl Strategy<Value = Calendar> {
        let month = prop::collection::btree_set(1_i8..=32, 1..5).prop_map(|days| {
            let day = |day| if day == 32 { MonthDay::Last } else { MonthDay::Day(day) };
            Days::Month(days.into_iter().map(day).collect())
        });
        let week =
            (prop::collection::btree_set(0_i8..7, 1..4), 1_u16..6, 0_i64..5000).prop_map(|(days, every, anchor)| {
                let days = days.into_iter().map(|day| Weekday::from_monday_zero_offset(day).unwrap()).collect();
                let anchor = date(2020, 1, 1).saturating_add(Span::new().days(anchor));
                Days::Week { days, every, anchor }
            });
        (prop_oneof![month, week], 0_i8..24, 0_i8..60)
            .prop_map(|(days, hour, minute)| Calendar { days, time: time(hour, minute, 0, 0) })
    }

    fn zones() -> impl Strategy<Value = TimeZone> {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
        prop::sample::select(names).prop_filter_map("a zone of the database", |name| TimeZone::get(&name).ok())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Years in which somebody looks now and then, with a clock that also goes back, and composes what is due: every occurrence has one issue, and no two.
        #[test]
        fn exactly_one_issue_for_each_occurrence(
            calendar in calendars(), zone in zones(), begin in 1_000_000_000_i64..3_000_000_000,
            steps in prop::collection::vec(prop_oneof![
                8 => 0_i64..40 * 3600, 3 => 0_i64..20 * 24 * 3600, 1 => 0_i64..400 * 24 * 3600, 2 => -50 * 3600..0_i64
            ], 1..80),
            ahead in 0_i64..100,
        ) {
            let begin = Timestamp::from_second(begin).unwrap();
            let mut history = History { since: Some(begin), ..History::default() };
            let (mut now, mut latest) = (begin, begin);
            let mut covered: Vec<Occurrence> = Vec::new();
            for step in steps {
                now = now.checked_add(SignedDuration::from_secs(step)).unwrap();
                let due = due(&calendar, &zone, &history, now).unwrap();
                let again = super::due(&calendar, &zone, &history, now).unwrap();
                prop_assert_eq!(&due, &again);
                let moment = due.occurrence.moment().unwrap();
                // Composed some hours ahead, so that the editor can look.
                if moment.duration_since(now) <= SignedDuration::from_hours(ahead) {
                    prop_assert!(!history.taken.contains(&due.occurrence.local.date()));
                    latest = latest.max(moment);
                    history.taken.push(due.occurrence.local.date());
                    history.done.push(Occurrence::parse(&due.occurrence.to_string()).unwrap());
                    covered.extend(due.missed);
                    covered.push(due.occurrence);
                }
                // Nothing that was due is left.
                latest = latest.max(now);
                if moment <= now {
                    prop_assert!(!super::due(&calendar, &zone, &history, now).unwrap().is_due(now));
                }
            }
            let horizon = history.done.iter().filter_map(Occurrence::moment).max();
            let all: Vec<Occurrence> = occurrences(&calendar, &zone, begin.to_zoned(zone.clone()).date().saturating_sub(Span::new().days(2)))
                .filter(|occurrence| occurrence.moment().unwrap() >= begin)
                .take_while(|occurrence| horizon.is_some_and(|horizon| occurrence.moment().unwrap() <= horizon))
                .collect();
            prop_assert_eq!(covered, all);
        }
    }
}
