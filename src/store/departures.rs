//! Letters that are known outside the database to have left: whether it knows of them, too. A copy of it that was made in the middle of sending does not, and would mail them again.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::newsletter::delivery::State;
use crate::newsletter::mailing::DeliveryId;
use crate::store::batch;
use crate::store::error::StoreError;
use crate::store::sql::Sql;
use crate::store::sql::Value;

/// Octets of a departure, as it is noted.
const SIZE: usize = 20;

/// A letter that has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Which.
    pub delivery: DeliveryId,
    /// At which attempt, from 1.
    pub attempt: u32,
    /// When it was marked in the database.
    pub at: Timestamp,
}

impl Departure {
    /// As it is noted.
    #[must_use]
    pub fn octets(&self) -> [u8; SIZE] {
        let mut octets = [0; SIZE];
        let parts = self.delivery.0.to_le_bytes().into_iter().chain(self.attempt.to_le_bytes());
        let parts = parts.chain(self.at.as_microsecond().to_le_bytes());
        octets.iter_mut().zip(parts).for_each(|(octet, part)| *octet = part);
        octets
    }

    /// Reads notes, one after the other; what was not written to its end is none.
    pub fn read(octets: &[u8]) -> impl Iterator<Item = Self> {
        octets.chunks_exact(SIZE).filter_map(|note| {
            let (delivery, rest) = note.split_first_chunk()?;
            let (attempt, at) = rest.split_first_chunk()?;
            Some(Self {
                delivery: DeliveryId(i64::from_le_bytes(*delivery)),
                attempt: u32::from_le_bytes(*attempt),
                at: Timestamp::from_microsecond(i64::from_le_bytes(at.try_into().ok()?)).ok()?,
            })
        })
    }
}

/// Whether the database lacks one of these: the letter waits in it, as if it had not left. Of those that it does not know at all nothing would be sent.
///
/// # Errors
/// A [`StoreError`].
pub fn lacks(sql: &mut dyn Sql, departures: &[Departure]) -> Result<bool, StoreError> {
    for some in departures.chunks(batch::ROWS) {
        let mut last: HashMap<i64, &Departure> = HashMap::new();
        // Of one letter the last attempt counts.
        for departure in some {
            let known = last.entry(departure.delivery.0).or_insert(departure);
            if departure.attempt > known.attempt {
                *known = departure;
            }
        }
        let ids: Vec<Value<'_>> = last.keys().map(|id| Value::Int(*id)).collect();
        let query =
            format!("SELECT id, state, attempt, changed FROM delivery WHERE id IN ({})", batch::list(1, ids.len()));
        for row in sql.query(&query, &ids)? {
            let Some(departure) = last.get(&row.int(0)?) else { continue };
            let (attempt, changed) = (row.int(2)?, row.time(3)?);
            let own = i64::from(departure.attempt);
            // Clocks may be set back: what was tried since is known by its attempts, too.
            let is_behind = match State::parse(row.text(1)?) {
                Some(State::Pending | State::Deferred) => attempt < own,
                Some(State::Leased) => attempt <= own,
                _ => false,
            };
            if is_behind && changed < departure.at {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_read_back_and_torn_ones_are_none() {
        let departure = |delivery, attempt, second| Departure {
            delivery: DeliveryId(delivery),
            attempt,
            at: Timestamp::from_second(second).unwrap(),
        };
        let all = [departure(1, 1, 1_795_000_000), departure(i64::MAX, u32::MAX, -5)];
        let octets: Vec<u8> = all.iter().flat_map(Departure::octets).collect();
        assert_eq!(Departure::read(&octets).collect::<Vec<_>>(), all);
        assert_eq!(Departure::read(&octets[..SIZE + 7]).collect::<Vec<_>>(), all[..1]);
        assert_eq!(Departure::read(b"").count(), 0);
    }
}
