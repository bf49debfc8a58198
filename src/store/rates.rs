//! What processes share of a server's limits, and what they know of domains: so that together they are not faster than one may be, and a restart does not begin to count anew.

use crate::store::error::StoreError;
use crate::store::sql::Sql;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The account of a server.
    Account,
    /// How fast letters went to each domain through a server.
    Domains,
}

impl Kept {
    fn name(self, server: &str) -> String {
        match self {
            Self::Account => format!("rate {server}"),
            Self::Domains => format!("domains {server}"),
        }
    }
}

/// What is kept for a server, by its name. Within a job that writes, nobody else changes it until that is done.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn kept(sql: &mut dyn Sql, kept: Kept, server: &str) -> Result<Option<Box<str>>, StoreError> {
    let rows = sql.query("SELECT value FROM meta WHERE name = ?1", &[kept.name(server).as_str().into()])?;
    rows.first().map(|row| row.text(0).map(Into::into)).transpose()
}

/// Keeps it.
///
/// # Errors
/// As [`kept`].
pub fn keep(sql: &mut dyn Sql, kept: Kept, server: &str, state: &str) -> Result<(), StoreError> {
    put(sql, &kept.name(server), state)
}

/// What is kept, with the name under which it is.
pub(in crate::store) type Named = (Box<str>, Box<str>);

/// All of it, for another store.
///
/// # Errors
/// As [`kept`].
pub(in crate::store) fn all(sql: &mut dyn Sql) -> Result<Vec<Named>, StoreError> {
    let query = "SELECT name, value FROM meta WHERE name LIKE 'rate %' OR name LIKE 'domains %' ORDER BY name";
    sql.query(query, &[])?.iter().map(|row| Ok((row.text(0)?.into(), row.text(1)?.into()))).collect()
}

/// Puts down what [`all`] gave.
///
/// # Errors
/// As [`kept`].
pub(in crate::store) fn put(sql: &mut dyn Sql, name: &str, state: &str) -> Result<(), StoreError> {
    sql.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[name.into(), state.into()],
    )?;
    Ok(())
}
