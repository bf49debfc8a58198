//! Times as exports write them.

use jiff::Timestamp;
use jiff::Unit;
use jiff::Zoned;
use jiff::civil::Date;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

/// Which number comes first in `03/04/2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slashes {
    /// The month, as in the USA.
    MonthFirst,
    /// Nobody knows.
    Unknown,
}

/// Why a time could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentError {
    /// No known way of writing a time.
    Unreadable,
    /// A day and a month that could be either.
    Ambiguous,
}

/// Ways of writing that no RFC has, with a zone offset.
const OFFSET: [&str; 3] = ["%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f%z"];

/// Ways of writing that no RFC has, without one.
const CIVIL: [&str; 9] = [
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d %I:%M:%S %p",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y, %I:%M %p",
    "%B %d, %Y %I:%M %p",
    "%b %d, %Y at %I:%M %p",
    "%Y-%m-%d %H:%M",
];

/// Ways of writing a day alone.
const DAYS: [&str; 6] = ["%d.%m.%Y", "%Y/%m/%d", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y"];

/// Times of day that may follow a date with slashes.
const TIMES: [&str; 5] = ["", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p"];

/// Reads a time: RFC 3339, RFC 9557, ISO 8601, RFC 2822, and the ways of Mailchimp, Substack, Ghost, Buttondown, listmonk and spreadsheets. Without an offset it
/// is on the calendar of `zone`; a day alone begins at midnight there. `None` for an empty cell. Cut to microseconds.
///
/// # Errors
/// A [`MomentError`] where it cannot be read, or could be two days.
pub fn parse(text: &str, zone: &TimeZone, slashes: Slashes) -> Result<Option<Timestamp>, MomentError> {
    let text = text.trim();
    if text.is_empty() || ["null", "none", "never", "-"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Ok(None);
    }
    // Mailchimp's way is tried first where nothing else can be meant: the refusals of all other ways would be most of a large import's work.
    let is_bare = text.get(10..).is_some_and(|time| {
        time.starts_with([' ', 'T']) && time.bytes().skip(1).all(|b| matches!(b, b'0'..=b'9' | b':'))
    });
    let bare = if is_bare { text.parse::<DateTime>().ok() } else { None };
    let moment = match bare {
        Some(at) => at.to_zoned(zone.clone()).ok(),
        None => any(text, zone, slashes)?,
    };
    let moment = moment.ok_or(MomentError::Unreadable)?.timestamp();
    let micros = moment.round(jiff::TimestampRound::new().smallest(Unit::Microsecond).mode(jiff::RoundMode::Trunc));
    micros.map(Some).map_err(|_| MomentError::Unreadable)
}

fn any(text: &str, zone: &TimeZone, slashes: Slashes) -> Result<Option<Zoned>, MomentError> {
    match with_offset(text) {
        Some(at) => Ok(Some(at)),
        None => Ok(local(text, slashes)?.to_zoned(zone.clone()).ok()),
    }
}

fn with_offset(text: &str) -> Option<Zoned> {
    // RFC 9557 names a zone in brackets; each refusal costs.
    if text.contains('[')
        && let Ok(at) = text.parse::<Zoned>()
    {
        return Some(at);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.to_zoned(TimeZone::UTC));
    }
    if let Ok(at) = rfc2822::parse(text) {
        return Some(at);
    }
    // Go prints the zone twice: `2024-01-15 10:00:00.5 +0000 UTC`.
    let (before, last) = text.rsplit_once(' ')?;
    let is_name = last.chars().all(|c| c.is_ascii_alphabetic()) && last.len() >= 3;
    let names_utc = matches!(last, "UTC" | "GMT");
    if names_utc && let Ok(at) = before.trim().parse::<DateTime>() {
        return at.to_zoned(TimeZone::UTC).ok();
    }
    let text = if is_name || last.starts_with(['+', '-']) && before.contains(" +") { before } else { text };
    OFFSET.iter().find_map(|format| Zoned::strptime(format, text).ok().or_else(|| stamp(format, text)))
}

fn stamp(format: &str, text: &str) -> Option<Zoned> {
    Timestamp::strptime(format, text).ok().map(|at| at.to_zoned(TimeZone::UTC))
}

fn local(text: &str, slashes: Slashes) -> Result<DateTime, MomentError> {
    if let Ok(at) = text.parse::<DateTime>() {
        return Ok(at);
    }
    let text = text.replace('\u{202f}', " ");
    // There was no mail list in the year 3, which `3/4/24` would be.
    let civil = CIVIL.iter().filter_map(|format| DateTime::strptime(format, &text).ok()).find(|at| at.year() >= 1970);
    let days = || DAYS.iter().filter_map(|format| Date::strptime(format, &text).ok());
    let day = || days().find(|day| day.year() >= 1970).map(|day| day.at(0, 0, 0, 0));
    if let Some(at) = civil.or_else(day) {
        return Ok(at);
    }
    let year = if text.split([' ', '/']).nth(2).is_some_and(|year| year.len() == 2) { "%y" } else { "%Y" };
    let read = |days: &str| {
        TIMES.iter().find_map(|time| {
            let format = format!("{days}/{year}{time}");
            if time.is_empty() {
                return Date::strptime(&format, &text).ok().map(|day| day.at(0, 0, 0, 0));
            }
            DateTime::strptime(&format, &text).ok()
        })
    };
    match (read("%m/%d"), read("%d/%m")) {
        (Some(at), _) if slashes == Slashes::MonthFirst => Ok(at),
        (Some(american), Some(other)) if american != other => Err(MomentError::Ambiguous),
        (Some(at), _) | (None, Some(at)) => Ok(at),
        (None, None) => Err(MomentError::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (text, at) in [
            ("2019-08-18T13:36:31.230Z", "2019-08-18T13:36:31.23Z"),
            ("2019-08-18T13:36:31.123456789+02:00", "2019-08-18T11:36:31.123456Z"),
            ("2026-11-15T09:00[Europe/Berlin]", "2026-11-15T08:00:00Z"),
            ("2015-03-16 14:40:47", "2015-03-16T13:40:47Z"),
            ("2015-07-16 14:40", "2015-07-16T12:40:00Z"),
            ("2024-01-15", "2024-01-14T23:00:00Z"),
            ("2024-01-15 10:00:00.5 +0000 UTC", "2024-01-15T10:00:00.5Z"),
            ("2024-01-15 10:00:00.123456 +0000 +0000", "2024-01-15T10:00:00.123456Z"),
            ("2024-01-15 10:00:00 UTC", "2024-01-15T10:00:00Z"),
            ("2023-05-03 12:01:27.123456+00:00", "2023-05-03T12:01:27.123456Z"),
            ("2023-05-03 12:01:27+00", "2023-05-03T12:01:27Z"),
            ("Tue, 16 Jan 2024 10:00:00 +0000", "2024-01-16T10:00:00Z"),
            ("15.01.2024 10:30", "2024-01-15T09:30:00Z"),
            ("15.01.2024", "2024-01-14T23:00:00Z"),
            ("Jan 15, 2024", "2024-01-14T23:00:00Z"),
            ("January 15, 2024 3:04 PM", "2024-01-15T14:04:00Z"),
            ("15 January 2024", "2024-01-14T23:00:00Z"),
            ("01/25/2024 15:04", "2024-01-25T14:04:00Z"),
            ("25/01/2024", "2024-01-24T23:00:00Z"),
            ("05/05/24 3:04 PM", "2024-05-05T13:04:00Z"),
        ] {
            let expected = at.parse::<Timestamp>().unwrap();
            assert_eq!(parse(text, &berlin, Slashes::Unknown), Ok(Some(expected)), "{text}");
        }
    }

    #[test]
    fn what_could_be_two_days_is_not_guessed() {
        let zone = TimeZone::UTC;
        assert_eq!(parse("03/04/2024", &zone, Slashes::Unknown), Err(MomentError::Ambiguous));
        let april = "2024-03-04T00:00:00Z".parse().unwrap();
        assert_eq!(parse("03/04/2024", &zone, Slashes::MonthFirst), Ok(Some(april)));
        for text in ["yesterday", "32.01.2024", "2024-13-01", "13/13/2024", "99"] {
            assert_eq!(parse(text, &zone, Slashes::Unknown), Err(MomentError::Unreadable), "{text}");
        }
        for text in ["", "  ", "NULL", "never"] {
            assert_eq!(parse(text, &zone, Slashes::Unknown), Ok(None));
        }
    }
}
