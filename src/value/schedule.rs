//! When a newsletter comes: on days of the month, on weekdays every so many weeks, or with each post. Local time; the zone is the site's.

use std::fmt;

use jiff::civil;
use jiff::civil::Weekday;

/// When a newsletter comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// At times of the calendar.
    Calendar(Calendar),
    /// Each post is an issue of its own.
    EachPost,
}

/// Days, and the time of day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The days.
    pub days: Days,
    /// The time, to the minute.
    pub time: civil::Time,
}

/// The days of a [`Calendar`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Days {
    /// Days of each month: ascending, each once, never empty.
    Month(Vec<MonthDay>),
    /// Days of each week, or of each second, third … one.
    Week {
        /// From Monday to Sunday, each once, never empty.
        days: Vec<Weekday>,
        /// Every how many weeks, from 1.
        every: u16,
        /// A day in one of those weeks; weeks begin on Monday.
        anchor: civil::Date,
    },
}

/// A day of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MonthDay {
    /// From 1 to 31; in a month that is shorter, its last day.
    Day(i8),
    /// The last day, whichever it is.
    Last,
}

impl Default for Schedule {
    /// Twice a month: the 1st and the 15th at nine.
    fn default() -> Self {
        let days = Days::Month(vec![MonthDay::Day(1), MonthDay::Day(15)]);
        Self::Calendar(Calendar { days, time: civil::time(9, 0, 0, 0) })
    }
}

impl MonthDay {
    /// The day in the month of `date`.
    #[must_use]
    pub fn in_month_of(self, date: civil::Date) -> civil::Date {
        let last = date.last_of_month();
        match self {
            Self::Last => last,
            Self::Day(day) => date.with().day(day.min(last.day())).build().unwrap_or(last),
        }
    }
}

impl Calendar {
    /// Whether an issue comes on that day.
    #[must_use]
    pub fn falls_on(&self, date: civil::Date) -> bool {
        match &self.days {
            Days::Month(days) => days.iter().any(|day| day.in_month_of(date) == date),
            Days::Week { days, every, anchor } => {
                let weeks = monday(date) - monday(*anchor);
                days.contains(&date.weekday()) && (weeks / 7).rem_euclid(i64::from((*every).max(1))) == 0
            }
        }
    }

    /// The days after the 28th that some months do not have.
    pub fn days_that_some_months_lack(&self) -> impl Iterator<Item = i8> + use<'_> {
        let days: &[MonthDay] = match &self.days {
            Days::Month(days) => days,
            Days::Week { .. } => &[],
        };
        days.iter().filter_map(|day| match day {
            MonthDay::Day(day @ 29..) => Some(*day),
            _ => None,
        })
    }
}

/// The number of a week's Monday, in days.
fn monday(date: civil::Date) -> i64 {
    let days = date.duration_since(civil::date(1970, 1, 5)).as_hours().div_euclid(24);
    days - i64::from(date.weekday().to_monday_zero_offset())
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Last => f.write_str("last"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn calendar(days: Days) -> Calendar {
        Calendar { days, time: civil::time(9, 0, 0, 0) }
    }

    fn days(calendar: &Calendar, from: civil::Date, count: usize) -> Vec<String> {
        let all = from.series(jiff::Span::new().days(1));
        all.filter(|day| calendar.falls_on(*day)).take(count).map(|day| day.to_string()).collect()
    }

    #[test]
    fn days_of_the_month() {
        let late = calendar(Days::Month(vec![MonthDay::Day(30), MonthDay::Day(31)]));
        assert_eq!(
            days(&late, date(2027, 1, 1), 5),
            ["2027-01-30", "2027-01-31", "2027-02-28", "2027-03-30", "2027-03-31"]
        );
        assert_eq!(late.days_that_some_months_lack().collect::<Vec<_>>(), [30, 31]);
        let last = calendar(Days::Month(vec![MonthDay::Last]));
        assert_eq!(days(&last, date(2028, 2, 1), 2), ["2028-02-29", "2028-03-31"]);
        assert_eq!(last.days_that_some_months_lack().count(), 0);
    }

    #[test]
    fn weekdays() {
        let every =
            |every, anchor| calendar(Days::Week { days: vec![Weekday::Tuesday, Weekday::Friday], every, anchor });
        let weekly = every(1, date(2026, 11, 3));
        assert_eq!(days(&weekly, date(2026, 11, 1), 3), ["2026-11-03", "2026-11-06", "2026-11-10"]);
        let fortnightly = every(2, date(2026, 11, 5));
        let expected = ["2026-10-20", "2026-10-23", "2026-11-03", "2026-11-06", "2026-11-17"];
        assert_eq!(days(&fortnightly, date(2026, 10, 13), 5), expected, "before the anchor as after it");
    }
}
