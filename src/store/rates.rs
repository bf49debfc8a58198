//! How fast servers were written to, so that a restart does not begin to count anew.

use crate::store::error::StoreError;
use crate::store::sql::Sql;

/// What was kept for a server, by its name.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn kept(sql: &mut dyn Sql, server: &str) -> Result<Option<Box<str>>, StoreError> {
    let name = format!("rate {server}");
    let rows = sql.query("SELECT value FROM meta WHERE name = ?1", &[name.as_str().into()])?;
    rows.first().map(|row| row.text(0).map(Into::into)).transpose()
}

/// Keeps it.
///
/// # Errors
/// As [`kept`].
pub fn keep(sql: &mut dyn Sql, server: &str, state: &str) -> Result<(), StoreError> {
    let name = format!("rate {server}");
    sql.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[name.as_str().into(), state.into()],
    )?;
    Ok(())
}
