//! Moments as feeds write them. The offset of the post's zone is kept, so that a reader may show the author's local time.

use jiff::Zoned;
use jiff::tz::TimeZone;

/// The moment that stands for "never changed" where a format demands one: feeds without entries.
pub(super) const NEVER: &str = "1970-01-01T00:00:00Z";

/// RFC 3339 with seconds: `2026-11-01T09:00:00+01:00` (Atom, JSON Feed).
pub(super) fn rfc3339(moment: &Zoned) -> String {
    whole_minutes(moment).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// RFC 822 with the four-digit year that RSS 2.0 allows and RFC 2822 asks for: `Sun, 01 Nov 2026 09:00:00 +0100`.
pub(super) fn rfc822(moment: &Zoned) -> String {
    whole_minutes(moment).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// Both formats write offsets in minutes; zones before the age of standard time have seconds in theirs, so such moments are told in UTC.
fn whole_minutes(moment: &Zoned) -> Zoned {
    if moment.offset().seconds() % 60 == 0 { moment.clone() } else { moment.with_time_zone(TimeZone::UTC) }
}
