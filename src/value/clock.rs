//! The clock, handed in as a value so that the same inputs and clock give the same bytes.

use jiff::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;

/// The moment that a command regards as now, in the zone of the machine or of `--now`.
#[derive(Clone, Debug)]
pub struct Clock(Zoned);

impl Clock {
    /// The machine's clock, read once.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn system() -> Self {
        Self(Zoned::now())
    }

    /// Reads an RFC 9557 timestamp (`2026-11-15T09:00[Europe/Berlin]`), or an RFC 3339 one (`2026-11-15T08:00:00Z`).
    ///
    /// # Errors
    /// The reason as text where it is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(zoned) = text.parse::<Zoned>() {
            return Ok(Self(zoned));
        }
        let stamp: Timestamp = text.parse().map_err(|e: jiff::Error| e.to_string())?;
        Ok(Self(stamp.to_zoned(TimeZone::UTC)))
    }

    /// The moment itself.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.0.timestamp()
    }

    /// The moment as the clock on the wall shows it: in the zone of the machine or of `--now`.
    #[must_use]
    pub fn here(&self) -> Zoned {
        self.0.clone()
    }

    /// The moment on the calendar of `zone`.
    #[must_use]
    pub fn in_zone(&self, zone: &TimeZone) -> Zoned {
        self.0.with_time_zone(zone.clone())
    }
}
