//! A date as a person writes it into front matter; the site's zone is not known here.

use jiff::Timestamp;
use jiff::Zoned;
use jiff::civil;
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::Serialize;

/// A date, as exact as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Date {
    /// `2026-11-01`: midnight in the site's zone.
    Day(civil::Date),
    /// `2026-11-01T09:00` or `2026-11-01 09:00:00`: a time of the site's zone.
    Local(civil::DateTime),
    /// `2026-11-01T09:00:00+01:00`, `…Z` or `…[Europe/Berlin]`.
    Exact(Zoned),
}

impl Date {
    /// Reads a date as TOML or a person writes it.
    ///
    /// # Errors
    /// A sentence on what is wrong, for the message; [`Date::EXPECTED`] is the hint that goes with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let day = text.get(..10).unwrap_or(text);
        let Ok(date) = day.parse::<civil::Date>() else {
            return Err(if has_form_of_day(day) {
                format!("there is no day {day}")
            } else {
                format!("`{text}` is not a date")
            });
        };
        if !has_form_of_day(day) {
            return Err(format!("`{text}` is not a date"));
        }
        if text.len() == 10 {
            return Ok(Self::Day(date));
        }
        if !text[10..].starts_with(['T', 't', ' ']) {
            return Err(format!("`{text}` is not a date"));
        }
        if text.ends_with(']') {
            return text.parse().map(Self::Exact).map_err(|error| reason(text, &error));
        }
        let time = &text[11..];
        if time.ends_with(['Z', 'z']) || time.contains(['+', '-']) {
            let pieces = Pieces::parse(text).map_err(|error| reason(text, &error))?;
            let zone = pieces.to_numeric_offset().map_or(TimeZone::UTC, TimeZone::fixed);
            let timestamp: Timestamp = text.parse().map_err(|error| reason(text, &error))?;
            return Ok(Self::Exact(timestamp.to_zoned(zone)));
        }
        text.parse().map(Self::Local).map_err(|error| reason(text, &error))
    }

    /// What a date looks like, as a hint.
    pub const EXPECTED: &'static str =
        "write 2026-11-01, 2026-11-01T09:00, 2026-11-01T09:00:00+01:00 or 2026-11-01T09:00[Europe/Berlin]";

    /// The day on its own calendar.
    #[must_use]
    pub fn day(&self) -> civil::Date {
        match self {
            Self::Day(date) => *date,
            Self::Local(time) => time.date(),
            Self::Exact(time) => time.date(),
        }
    }
}

/// Takes a date off the front of a file's or folder's name: `2026-11-01-hello` is the day and `hello`. The rest may be empty.
#[must_use]
pub fn of_name(name: &str) -> Option<(civil::Date, &str)> {
    let day = name.get(..10).filter(|day| has_form_of_day(day))?;
    let date = day.parse().ok()?;
    let rest = &name[10..];
    let rest = if rest.is_empty() { rest } else { rest.strip_prefix(['-', '_'])? };
    Some((date, rest))
}

/// Four digits, two digits, two digits.
fn has_form_of_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() })
}

/// The library's reason in our words: its own sentence names its formats, which a person need not know.
fn reason(text: &str, error: &jiff::Error) -> String {
    let error = error.to_string();
    if error.contains("time zone") && text.ends_with(']') {
        let zone = text.rsplit_once('[').map_or("", |(_, zone)| zone.trim_end_matches(']'));
        return format!("there is no time zone `{zone}`");
    }
    format!("`{}` is not a time", text.get(11..).unwrap_or(text))
}
