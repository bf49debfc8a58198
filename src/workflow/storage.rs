//! The database and the keys as a whole: what `letterpress store` does.

use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::store::backup;
use crate::store::copy;
use crate::store::departures::Departure;
use crate::store::erasure;
use crate::store::identity;
use crate::store::restore;
use crate::workflow::daemon;
use crate::workflow::deliver::StartError;
use crate::workflow::deliver::mark;
use crate::workflow::failure::Failure;
use crate::workflow::issue;
use crate::workflow::keys;
use crate::workflow::newsletter;
use crate::workflow::newsletter::Database;
use crate::workflow::newsletter::List;
use crate::workflow::newsletter::Machine;
use crate::workflow::newsletter::mistake;
use crate::workflow::site_folder;

/// What a restore did beside putting the backup in place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Readers erased again.
    pub erased: u64,
    /// Suppressions taken over from what was replaced.
    pub suppressed: u64,
    /// Subscriptions that have ended since the backup.
    pub lowered: u64,
    /// Deliveries done since the backup.
    pub deliveries: u64,
    /// Where the replaced database is now.
    pub aside: Option<PathBuf>,
    /// Whether the replaced database could be read.
    pub merged: bool,
    /// Whether what left since the backup is known.
    pub complete: bool,
    /// Letters of issues that are in doubt now, because nobody knows what became of them.
    pub doubts: u64,
    /// When the backup was made, where it says so.
    pub made: Option<Timestamp>,
    /// Approved issues of which the list does not know whether they were sent since the backup.
    pub unknown: Vec<String>,
}

/// A table that was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its name.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
    /// The hash of all of them, the same on both sides.
    pub hash: String,
}

/// Writes a copy of the database to a new file, while others go on using it.
///
/// # Errors
/// A mistake where the file would be published; [`Failure::Store`].
pub fn backup(root: &Path, list: &Database, to: &Path, now: Timestamp) -> Result<(), Failure> {
    if let Some((folder, why)) = newsletter::misplaced(root, to)? {
        let message = format!("a backup must not be in {folder}/: {why}");
        return Err(mistake("published-list", message, "name a place outside the site".into()));
    }
    Ok(backup::backup(&list.store, to, now)?)
}

/// Where the list is, as messages may have it.
///
/// # Errors
/// As [`newsletter::place`].
pub fn place(root: &Path, machine: &Machine<'_>) -> Result<String, Failure> {
    Ok(newsletter::place(root, &site_folder::config(root)?, machine)?.to_string())
}

/// Puts a backup into the place of the database. Whoever left or was erased since stays away.
///
/// # Errors
/// Mistakes in `site.toml`; keys that are missing, or are not those of the backup; [`Failure::Store`], and the database is as it was.
pub fn restore(root: &Path, machine: &Machine<'_>, from: &Path, now: Timestamp) -> Result<Restored, Failure> {
    let config = site_folder::config(root)?;
    let place = newsletter::place(root, &config, machine)?;
    let key_place = keys::key_place(root, &config, machine)?;
    let ring = keys::present(&key_place)?;
    if identity::of_backup(from)?.is_some_and(|known| *known != *ring.identity()) {
        return Err(keys::other_keys(&key_place, &from.display().to_string()));
    }
    let journal = newsletter::journal(&place, &config, machine);
    let marks = newsletter::marks(&place, &config, &ring, machine)?;
    let refused = |error| daemon::not_started(StartError::Mark(error));
    let noted = mark::noted(&marks).map_err(refused)?.unwrap_or_default();
    let departed = mark::departed(&marks);
    let left: Vec<Departure> = departed.iter().flat_map(|(_, departures)| departures.iter().copied()).collect();
    let known = restore::Known {
        hash: &|key| ring.address_hash(key),
        journal: journal.as_deref(),
        noted,
        left: &left,
        approved: &issue::approved(root),
        now,
    };
    let restored = restore::restore(&place, from, known)?;
    let store = newsletter::open_store(&place, &config, machine)?;
    // From now on this is the list, however far another one had come.
    mark::advance(&store, &marks, noted).map_err(refused)?;
    mark::forget(departed);
    Ok(Restored {
        erased: restored.erased,
        suppressed: restored.suppressed,
        lowered: restored.lowered,
        deliveries: restored.deliveries,
        aside: restored.aside,
        merged: restored.merged,
        complete: restored.complete,
        doubts: restored.doubts,
        made: restored.made,
        unknown: restored.unknown.into_iter().map(Into::into).collect(),
    })
}

/// Copies the whole database into an empty one: a file's path, a PostgreSQL address, or `env:NAME` where that stands in an environment variable.
///
/// # Errors
/// A mistake where the variable is not set, a password stands on the command line, or the copy would be published; [`Failure::Store`], and nothing was copied.
pub fn copy(root: &Path, list: &Database, to: &str, machine: &Machine<'_>) -> Result<Vec<Copied>, Failure> {
    let target = match to.strip_prefix("env:") {
        Some(name) => (machine.variable)(name).ok_or_else(|| {
            let message = format!("the environment variable {name} is not set");
            mistake("no-secret", message, format!("set it: export {name}=postgres://…"))
        })?,
        None if shows_a_password(to) => {
            let message = "a password on the command line is seen by everybody on this machine".into();
            let hint = "put the address into an environment variable and name that: letterpress store copy env:NAME";
            return Err(mistake("password-shown", message, hint.into()));
        }
        None => to.to_owned(),
    };
    let target = newsletter::named_place(&target)?;
    if let Some(path) = target.path()
        && let Some((folder, why)) = newsletter::misplaced(root, path)?
    {
        let message = format!("the list must not be in {folder}/: {why}");
        return Err(mistake("published-list", message, "name a place outside the site".into()));
    }
    let target = newsletter::open_store(&target, &list.config, machine)?;
    let copied = copy::copy(&list.store, &target)?;
    // Backups of the copy must know who was erased, also when the copy itself is lost.
    let erased = list.store.read(erasure::all)?;
    if let Some(journal) = target.journal().filter(|own| Some(*own) != list.store.journal() && !erased.is_empty()) {
        erasure::record(journal, &erased)?;
    }
    Ok(copied.into_iter().map(|table| Copied { table: table.table, rows: table.rows, hash: table.hash }).collect())
}

/// Where the keys of a list are, and when each signing key was made, the one that signs last; with `rotate`, a new one signs from now on.
///
/// # Errors
/// As [`keys::rotate`].
pub fn keys(
    list: List,
    machine: &Machine<'_>,
    rotate: bool,
    now: Timestamp,
) -> Result<(String, Vec<Timestamp>), Failure> {
    let place = keys::key_place(&list.root, &list.config, machine)?.to_string();
    let ring = if rotate { keys::rotate(list, machine, now)? } else { list.keys };
    Ok((place, ring.made().collect()))
}

/// Whether a text is the address of a PostgreSQL server with a password in it.
fn shows_a_password(to: &str) -> bool {
    url::Url::parse(to).is_ok_and(|url| url.password().is_some() || url.query_pairs().any(|(key, _)| key == "password"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_seen() {
        assert!(shows_a_password("postgres://jane:hunter2@db.example/list"));
        assert!(shows_a_password("postgres://db.example/list?user=jane&password=hunter2"));
        assert!(!shows_a_password("postgres://jane@db.example/list") && !shows_a_password("list.sqlite3"));
    }
}
