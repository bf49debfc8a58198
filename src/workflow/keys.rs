//! The key ring of a list: where it is, made when the list is new, and never exchanged behind its back.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::config::newsletter::SecretPlace;
use crate::config::site::Config;
use crate::files::read;
use crate::store::Place;
use crate::store::Store;
use crate::store::identity;
use crate::subscriber::keys::KeyRing;
use crate::transport::disk::WriteError;
use crate::transport::disk_private;
use crate::value::secret::Secret;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter;
use crate::workflow::newsletter::List;
use crate::workflow::newsletter::Machine;
use crate::workflow::newsletter::mistake;

/// The file of the keys, in the folder of the list.
pub(in crate::workflow) const KEYS: &str = "keys";

/// Where the key ring is.
pub(in crate::workflow) enum KeyPlace {
    /// In a file, which is made where there is none.
    File(PathBuf),
    /// In an environment variable.
    Given(String, Secret),
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Given(name, _) => write!(f, "the environment variable {name}"),
        }
    }
}

/// Where the key ring is.
///
/// # Errors
/// A mistake where the variable is not set, there is no data folder, or the keys would be published.
pub(in crate::workflow) fn key_place(root: &Path, config: &Config, machine: &Machine<'_>) -> Result<KeyPlace, Failure> {
    match named(config) {
        Some(place @ SecretPlace::Env(name)) => {
            Ok(KeyPlace::Given(name.clone(), newsletter::secret(root, "keys", place, machine)?))
        }
        Some(SecretPlace::File(file)) => in_file(root, root.join(file)),
        None => match newsletter::place(root, config, machine)? {
            Place::Sqlite(file) => in_file(root, file.with_file_name(KEYS)),
            #[cfg(feature = "postgres")]
            Place::Postgres(_) => in_file(root, newsletter::own_folder(config, machine)?.join(KEYS)),
        },
    }
}

/// Where `site.toml` says that the key ring is.
pub(in crate::workflow) fn named(config: &Config) -> Option<&SecretPlace> {
    config.subscribe.endpoint.as_ref()?.keys.as_ref()
}

/// A file of keys, unless it would be published.
pub(in crate::workflow) fn in_file(root: &Path, file: PathBuf) -> Result<KeyPlace, Failure> {
    match newsletter::misplaced(root, &file)? {
        None => Ok(KeyPlace::File(file)),
        Some((folder, why)) => {
            let message = format!("the file of the keys must not be in {folder}/: {why}");
            let hint = "name a place outside the site: [subscribe] with keys = { file = \"…\" }";
            Err(mistake("published-keys", message, hint.into()))
        }
    }
}

/// The keys of a list. Only one that has met none yet may get new ones: under others nobody would know again who was erased, and links in mails would be dead.
///
/// # Errors
/// A mistake where they are gone, cannot be read as keys, or are not those of the list; [`Failure::Store`], [`Failure::Write`].
pub(in crate::workflow) fn of(
    root: &Path,
    config: &Config,
    store: &Store,
    machine: &Machine<'_>,
    now: Timestamp,
) -> Result<KeyRing, Failure> {
    let place = key_place(root, config, machine)?;
    let known = store.read(identity::known)?;
    let ring = match existing(&place)? {
        Some(ring) => ring,
        None if known.is_some() => return Err(keys_gone(&place)),
        None => make(&place, now)?,
    };
    let own = ring.identity();
    let known = match known {
        Some(known) => known,
        None => store.write({
            let own = own.clone();
            move |sql| identity::claim(sql, &own)
        })?,
    };
    if *known == *own { Ok(ring) } else { Err(other_keys(&place, &store.place().to_string())) }
}

fn keys_gone(place: &KeyPlace) -> Failure {
    let message = format!("the keys of the list are gone: there is no file {place}");
    let hint = "bring it back from a backup: without it nobody knows who had everything erased, and links in mails are dead. If it is lost for good: \
                `letterpress subscribers export`, and import that into a new list";
    mistake("no-keys", message, hint.into())
}

/// The mistake of a database, or a backup, that belongs to other keys.
pub(in crate::workflow) fn other_keys(place: &KeyPlace, database: &str) -> Failure {
    let message = format!("{place} does not belong to {database}, which was made with other keys");
    let hint = "bring back the keys that belong to it: under others nobody knows who had everything erased, and links in mails are dead";
    mistake("other-keys", message, hint.into())
}

/// The key ring; `None` where its file is not there.
fn existing(place: &KeyPlace) -> Result<Option<KeyRing>, Failure> {
    let text = match place {
        KeyPlace::Given(_, text) => text.clone(),
        KeyPlace::File(path) => match read::optional(path)? {
            Some(bytes) if !bytes.is_empty() => {
                // Whoever reads it can unsubscribe everybody.
                disk_private::close_to_others(path)?;
                Secret::new(&String::from_utf8(bytes).unwrap_or_default())
            }
            Some(bytes) => Secret::new(&String::from_utf8(bytes).unwrap_or_default()),
            None => return Ok(None),
        },
    };
    KeyRing::parse(&text).map(Some).map_err(|error| {
        let hint = "bring it back from a backup: without its keys, links in mails no longer work";
        mistake("bad-keys", format!("{place}: {error}"), hint.into())
    })
}

/// A new key ring, written to its file. Where another process was a moment faster, that one's.
fn make(place: &KeyPlace, now: Timestamp) -> Result<KeyRing, Failure> {
    let ring = KeyRing::generate(now).map_err(|error| mistake("no-random", error.to_string(), no_random()))?;
    let KeyPlace::File(path) = place else { return Ok(ring) };
    if let Some(folder) = path.parent() {
        disk_private::make_folder(folder)?;
    }
    match disk_private::create(path, text(&ring).as_bytes()) {
        Err(WriteError::Exists(_)) => existing(place)?.ok_or_else(|| keys_gone(place)),
        other => other.map(|()| ring).map_err(Failure::from),
    }
}

/// The keys that are there; a mistake where there are none, for what must not go on with new ones.
///
/// # Errors
/// A mistake where there are none or they cannot be read as keys.
pub(in crate::workflow) fn present(place: &KeyPlace) -> Result<KeyRing, Failure> {
    existing(place)?.ok_or_else(|| keys_gone(place))
}

/// The keys of a list, for what can do without: makes none.
///
/// # Errors
/// A mistake where there are none, they cannot be read, or they are not those of the list; [`Failure::Store`].
pub(in crate::workflow) fn known(
    root: &Path,
    config: &Config,
    store: &Store,
    machine: &Machine<'_>,
) -> Result<KeyRing, Failure> {
    let place = key_place(root, config, machine)?;
    let ring = present(&place)?;
    let is_own = store.read(identity::known)?.is_some_and(|known| *known == *ring.identity());
    if is_own { Ok(ring) } else { Err(other_keys(&place, &store.place().to_string())) }
}

/// Adds a signing key to the ring of a list, which signs from now on.
///
/// # Errors
/// A mistake where the ring is in the environment and cannot be changed from here; [`Failure::Write`].
pub fn rotate(list: List, machine: &Machine<'_>, now: Timestamp) -> Result<KeyRing, Failure> {
    let KeyPlace::File(path) = key_place(&list.root, &list.config, machine)? else {
        let message = "the key ring is in an environment variable, which cannot be changed from here".into();
        return Err(mistake("keys-in-environment", message, "add a line `sign KEY TIME` to it yourself".into()));
    };
    let ring = list.keys.rotated(now).map_err(|error| mistake("no-random", error.to_string(), no_random()))?;
    disk_private::replace(&path, text(&ring).as_bytes())?;
    Ok(ring)
}

fn text(ring: &KeyRing) -> String {
    format!("{}\n", ring.to_text().expose())
}

pub(in crate::workflow) fn no_random() -> String {
    "look whether /dev/urandom is there".into()
}
