//! `schedule` of a newsletter: `{ days = [1, 15], time = "09:00" }`, weekdays, or `"each-post"`.

use std::ops::Range;

use jiff::civil;
use jiff::civil::Weekday;

use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Data;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::suggest;
use crate::value::schedule::Calendar;
use crate::value::schedule::Days;
use crate::value::schedule::MonthDay;
use crate::value::schedule::Schedule;

const EXAMPLE: &str = "{ days = [1, 15], time = \"09:00\" }";

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// Reads the schedule and where it stands; `None` where it is absent or wrong, which was reported.
pub(in crate::config) fn read(fields: &mut Fields<'_>) -> Option<(Schedule, Range<usize>)> {
    let node = fields.node("schedule")?;
    let span = node.span.clone();
    match &node.data {
        Data::String(word) if word == "each-post" => Some((Schedule::EachPost, span)),
        Data::Table(_) => {
            let calendar = calendar(fields.child("`schedule`", node))?;
            Some((Schedule::Calendar(calendar), span))
        }
        other => {
            let message = match other {
                Data::String(word) => format!("`schedule` does not know `{word}`"),
                other => format!("`schedule` must be a table or \"each-post\", not {}", other.kind()),
            };
            let hint = format!("write schedule = {EXAMPLE}, or schedule = \"each-post\"");
            fields.push(Diagnostic::error("bad-schedule", message).at(fields.source(), span).hint(hint));
            None
        }
    }
}

fn calendar(mut fields: Fields<'_>) -> Option<Calendar> {
    let has_week = ["weekdays", "every_weeks", "anchor"].into_iter().find(|key| fields.has(key));
    let month = fields.node("days").map(|node| (node.span.clone(), month_days(&fields, node)));
    let weekdays = weekdays(&mut fields);
    let every = fields.integer("every_weeks", 1..=52);
    let has_anchor = fields.has("anchor");
    let anchor = day(&mut fields);
    let time = time(&mut fields);
    let fail = |span: Range<usize>, message: &str, hint: &str| {
        fields.push(Diagnostic::error("bad-schedule", message).at(fields.source(), span).hint(hint));
        None
    };
    let days = match (month, weekdays) {
        (Some((span, _)), _) if let Some(key) = has_week => {
            let message = format!("`days` and `{key}` of a schedule exclude each other");
            fail(span, &message, "keep `days` for days of the month, or `weekdays` for days of the week")
        }
        (Some((_, days)), _) => days.map(Days::Month),
        (None, Some(days)) => match (every.as_ref().map_or(1, |every| every.value), anchor) {
            (2.., None) if !has_anchor => {
                let span = every.as_ref().map_or(0..0, |every| every.span.clone());
                let hint = "add anchor = 2026-11-03, any day of a week in which it comes";
                fail(span, "`every_weeks` needs `anchor`: which weeks are meant?", hint)
            }
            (every, anchor) => days.map(|days| Days::Week {
                days,
                every: u16::try_from(every).unwrap_or(1),
                anchor: anchor.unwrap_or(civil::date(1970, 1, 5)),
            }),
        },
        (None, None) => match has_week {
            Some(key) => {
                let message = format!("`{key}` of a schedule needs `weekdays`");
                fail(fields.span(), &message, "add weekdays = [\"tuesday\"]")
            }
            None => {
                let hint = format!("write {EXAMPLE}, or {{ weekdays = [\"tuesday\"], time = \"09:00\" }}");
                fail(fields.span(), "this schedule names no days", &hint)
            }
        },
    };
    fields.finish();
    Some(Calendar { days: days?, time: time? })
}

/// Days of the month, ascending.
fn month_days(fields: &Fields<'_>, node: Node) -> Option<Vec<MonthDay>> {
    let wrong = |span: Range<usize>| {
        let message = "`days` are days of the month, from 1 to 31, or \"last\"";
        let diagnostic = Diagnostic::error("bad-schedule", message).at(fields.source(), span);
        fields.push(diagnostic.hint("write days = [1, 15]"));
    };
    let Data::Array(items) = node.data else {
        wrong(node.span);
        return None;
    };
    let all = items.len();
    let mut days = Vec::with_capacity(all);
    for item in items {
        match item.data {
            Data::Integer(day @ 1..=31) => days.push(MonthDay::Day(i8::try_from(day).unwrap_or(31))),
            Data::String(word) if word == "last" => days.push(MonthDay::Last),
            _ => wrong(item.span),
        }
    }
    if all == 0 {
        wrong(node.span);
    }
    days.sort_unstable();
    days.dedup();
    (!days.is_empty()).then_some(days)
}

/// Days of the week from Monday on; the inner `None` where they are wrong, which was reported.
fn weekdays(fields: &mut Fields<'_>) -> Option<Option<Vec<Weekday>>> {
    let is_there = fields.has("weekdays");
    let words = fields.strings("weekdays");
    if !is_there {
        return None;
    }
    let mut days = Vec::new();
    let Some(words) = words else { return Some(None) };
    for word in words {
        let found = WEEKDAYS.iter().find(|(name, _)| *name == word.value);
        match found {
            Some((_, day)) => days.push(*day),
            None => {
                let names = WEEKDAYS.iter().map(|(name, _)| *name);
                let hint = suggest::did_you_mean(&word.value.to_lowercase(), names.clone());
                let hint = hint.unwrap_or_else(|| format!("one of: {}", names.collect::<Vec<_>>().join(", ")));
                let message = format!("`weekdays` does not know `{}`", word.value);
                fields.push(Diagnostic::error("unknown-value", message).at(fields.source(), word.span).hint(hint));
            }
        }
    }
    days.sort_by_key(|day| day.to_monday_zero_offset());
    days.dedup();
    Some((!days.is_empty()).then_some(days))
}

fn day(fields: &mut Fields<'_>) -> Option<civil::Date> {
    let text = fields.datetime("anchor")?;
    let day = text.value.parse().ok().filter(|_| text.value.len() == 10);
    if day.is_none() {
        let message = format!("`anchor` is no day: `{}`", text.value);
        let diagnostic = Diagnostic::error("bad-date", message).at(fields.source(), text.span);
        fields.push(diagnostic.hint("write anchor = 2026-11-03, any day of a week in which it comes"));
    }
    day
}

/// The time of day, nine where there is none; `None` where it is wrong, which was reported.
fn time(fields: &mut Fields<'_>) -> Option<civil::Time> {
    let is_there = fields.has("time");
    // Asked for in any case, so that it is among the keys that are known.
    let text = fields.datetime("time");
    if !is_there {
        return Some(civil::time(9, 0, 0, 0));
    }
    let text = text?;
    let time: Option<civil::Time> = text.value.parse().ok().filter(|_| text.value.contains(':'));
    let time = time.filter(|time| time.second() == 0 && time.subsec_nanosecond() == 0);
    if time.is_none() {
        let message = format!("`time` is no time of day: `{}`", text.value);
        let diagnostic = Diagnostic::error("bad-schedule", message).at(fields.source(), text.span);
        fields.push(diagnostic.hint("write time = \"09:00\", in the site's `time_zone`"));
    }
    time
}
