//! How far a store has come in sending: a number that only grows, and is noted outside the database too. A copy of the database that is put in its place by hand is
//! behind that note, and would mail people again.

use crate::store::error::StoreError;
use crate::store::sql::Sql;

/// The number; 0 where nothing was ever sent.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn current(sql: &mut dyn Sql) -> Result<u64, StoreError> {
    let rows = sql.query("SELECT value FROM meta WHERE name = 'generation'", &[])?;
    let text = rows.first().map(|row| row.text(0)).transpose()?;
    text.map_or(Ok(0), |text| text.parse().map_err(|_| StoreError::row("a generation that is no number")))
}

/// Goes on to the next number that is above `least`, and says which.
///
/// # Errors
/// As [`current`].
pub fn advance(sql: &mut dyn Sql, least: u64) -> Result<u64, StoreError> {
    let next = current(sql)?.max(least).saturating_add(1);
    set(sql, next)?;
    Ok(next)
}

/// Takes over how far another store has come whose copy this one is.
///
/// # Errors
/// As [`current`].
pub(in crate::store) fn reach(sql: &mut dyn Sql, come: u64) -> Result<(), StoreError> {
    if current(sql)? < come { set(sql, come) } else { Ok(()) }
}

fn set(sql: &mut dyn Sql, number: u64) -> Result<(), StoreError> {
    sql.execute(
        "INSERT INTO meta (name, value) VALUES ('generation', ?1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[number.to_string().as_str().into()],
    )?;
    Ok(())
}

/// Makes a doubt of every letter of an issue that has not reached its end: whoever knew what became of them is gone. Says how many. Under which name they left, if they did, nobody has
/// written down here: by that they are told from those whose answer was lost.
///
/// # Errors
/// As [`current`].
pub fn doubt_everything(sql: &mut dyn Sql, now: jiff::Timestamp) -> Result<u64, StoreError> {
    sql.execute(
        "UPDATE delivery SET state = 'in_doubt', changed = ?1, message_id = NULL, lease_owner = NULL, lease_until = NULL \
         WHERE priority = 1 AND state IN ('pending', 'leased', 'transmitting', 'deferred')",
        &[now.into()],
    )
}
