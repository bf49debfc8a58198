//! A date as a person writes it into front matter; the site's zone is not known here.

use jiff::Zoned;
use jiff::civil;

/// A date, as exact as it was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Date {
    /// `2026-11-01`: midnight in the site's zone.
    Day(civil::Date),
    /// `2026-11-01T09:00` or `2026-11-01 09:00:00`: a time of the site's zone.
    Local(civil::DateTime),
    /// `2026-11-01T09:00:00+01:00`, `…Z` or `…[Europe/Berlin]`.
    Exact(Zoned),
}
