//! Whose keys the hashes of a store were made with: under others, nobody would know again who has had everything erased.

use std::path::Path;

use crate::store::backup;
use crate::store::error::StoreError;
use crate::store::sql::Sql;

/// What stands for the key ring that the store belongs to; `None` where it has met none yet.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn known(sql: &mut dyn Sql) -> Result<Option<Box<str>>, StoreError> {
    let rows = sql.query("SELECT value FROM meta WHERE name = 'identity'", &[])?;
    rows.first().map(|row| row.text(0).map(Into::into)).transpose()
}

/// Notes the key ring of a store that has met none yet. Says which one it belongs to: this one, or that of who was first.
///
/// # Errors
/// As [`known`].
pub fn claim(sql: &mut dyn Sql, identity: &str) -> Result<Box<str>, StoreError> {
    let insert = "INSERT INTO meta (name, value) VALUES ('identity', ?1) ON CONFLICT (name) DO NOTHING";
    sql.execute(insert, &[identity.into()])?;
    Ok(known(sql)?.unwrap_or_else(|| identity.into()))
}

/// As [`known`], of a backup.
///
/// # Errors
/// As [`known`]; [`StoreError::Foreign`] where the file is none of ours.
pub fn of_backup(backup: &Path) -> Result<Option<Box<str>>, StoreError> {
    known(&mut backup::opened(backup)?)
}
