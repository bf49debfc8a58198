//! Dates and durations as templates see them.

use jiff::Zoned;

use crate::edition::view::DateView;
use crate::theme::words::DateStyle;
use crate::theme::words::Words;
use crate::value::language::Language;

/// The view of a moment, in words of `language`.
#[must_use]
pub fn view(moment: &Zoned, words: &Words, language: &Language) -> DateView {
    let date = moment.date();
    DateView {
        iso: rfc3339(moment),
        date: date.to_string(),
        year: date.year(),
        month: date.month(),
        day: date.day(),
        text: words.date_text(DateStyle::Long, date, language),
        short: words.date_text(DateStyle::Short, date, language),
    }
}

/// RFC 3339 with the offset of the site's zone: `2026-11-01T09:00:00+01:00`.
#[must_use]
pub fn rfc3339(moment: &Zoned) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// `12:34`, `1:02:03`.
#[must_use]
pub fn duration(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_moments() {
        assert_eq!((duration(59), duration(754), duration(3723)), ("0:59".into(), "12:34".into(), "1:02:03".into()));
        let moment: Zoned = "2026-11-01T09:00[Europe/Berlin]".parse().unwrap();
        assert_eq!(rfc3339(&moment), "2026-11-01T09:00:00+01:00");
    }
}
