//! What the newsletter's commands work with: the list's place, the key ring, the secrets that `site.toml` names.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::config::newsletter::SecretPlace;
use crate::config::site::Config;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::files::read;
use crate::store::Place;
use crate::store::Store;
use crate::subscriber::keys::KeyRing;
use crate::transport::disk_private;
use crate::value::secret::Secret;
use crate::workflow::deliver::mark::Marks;
use crate::workflow::failure::Failure;
use crate::workflow::keys;
use crate::workflow::site_folder;

/// What the program knows of the machine and the person, beside the site.
pub struct Machine<'a> {
    /// An environment variable's value.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The folder for a person's data, where there is one: `~/.local/share`.
    pub data: Option<PathBuf>,
    /// The folder for what a program has come to on this machine, where there is one: `~/.local/state`. What is put back from a backup is mostly not in it.
    pub state: Option<PathBuf>,
}

/// The file of the list, in its folder.
const LIST: &str = "list.sqlite3";
/// The journal of erasures of a database that is not a file.
const JOURNAL: &str = "erased";

/// Folders of a site that are published or thrown away.
const NOT_THERE: [(&str, &str); 4] = [
    ("content", "it would be published with the site"),
    ("public", "it would be published with the site"),
    ("themes", "it would be published with the site"),
    (".letterpress", "that folder may be thrown away at any time"),
];

/// The list's database, for what needs no keys.
pub struct Database {
    /// The site's settings.
    pub config: Arc<Config>,
    /// The database.
    pub store: Store,
}

/// The list, with what one needs to read and write it.
pub struct List {
    /// The site's folder.
    pub root: PathBuf,
    /// The site's settings.
    pub config: Arc<Config>,
    /// The database.
    pub store: Store,
    /// The keys.
    pub keys: KeyRing,
}

/// Opens the list of the site in `root`; makes database and keys where there are none.
///
/// # Errors
/// Mistakes in `site.toml`, a secret that is missing, a database that cannot be opened; keys that are missing or are not those of the list.
pub fn open(root: &Path, machine: &Machine<'_>, now: Timestamp) -> Result<List, Failure> {
    let Database { config, store } = database(root, machine)?;
    let keys = keys::of(root, &config, &store, machine, now)?;
    Ok(List { root: root.to_owned(), config, store, keys })
}

/// Opens the database of the site in `root`; makes it where there is none.
///
/// # Errors
/// As [`open()`], but for the keys.
pub fn database(root: &Path, machine: &Machine<'_>) -> Result<Database, Failure> {
    let config = site_folder::config(root)?;
    let place = place(root, &config, machine)?;
    let store = open_store(&place, &config, machine)?;
    Ok(Database { config: Arc::new(config), store })
}

/// Opens a database. One of PostgreSQL has its journal of erasures in the site's own folder of data, as far as there is one.
///
/// # Errors
/// [`Failure::Store`].
pub fn open_store(place: &Place, config: &Config, machine: &Machine<'_>) -> Result<Store, Failure> {
    let journal = journal(place, config, machine);
    if let Some(folder) = journal.as_deref().and_then(Path::parent) {
        disk_private::make_folder(folder)?;
    }
    Ok(Store::open_with(place, journal.as_deref())?)
}

/// The journal of erasures, where it is not beside the database.
#[must_use]
pub fn journal(place: &Place, config: &Config, machine: &Machine<'_>) -> Option<PathBuf> {
    match place.path() {
        Some(_) => None,
        None => own_folder(config, machine).ok().map(|folder| folder.join(JOURNAL)),
    }
}

/// The folder in which senders on this machine note that they are alive: one for each list.
///
/// # Errors
/// A mistake where the database is no file, and there is no data folder.
pub fn senders(store: &Store, config: &Config, machine: &Machine<'_>) -> Result<PathBuf, Failure> {
    beside(store.place(), config, machine, "senders")
}

/// The files that note how far the list has come: one beside it, and one in the state folder that is found by the site and its keys, wherever the list is. Sites that share
/// their keys have one each.
///
/// # Errors
/// As [`senders`].
pub fn marks(place: &Place, config: &Config, keys: &KeyRing, machine: &Machine<'_>) -> Result<Marks, Failure> {
    let name = || PathBuf::from("letterpress").join(site_name(config)).join(format!("mark-{}", keys.identity()));
    Ok(Marks {
        beside: beside(place, config, machine, "mark")?,
        apart: machine.state.as_ref().map(|state| state.join(name())),
    })
}

/// What lies beside the list: `list.sqlite3.mark`; of a database on a server, in the site's own folder of data.
fn beside(place: &Place, config: &Config, machine: &Machine<'_>, what: &str) -> Result<PathBuf, Failure> {
    match place.path() {
        Some(file) => {
            let mut name = file.file_name().unwrap_or_default().to_owned();
            name.push(format!(".{what}"));
            Ok(file.with_file_name(name))
        }
        None => {
            let folder = own_folder(config, machine)?;
            disk_private::make_folder(&folder)?;
            Ok(folder.join(what))
        }
    }
}

/// The secret that `site.toml` names with `key`.
///
/// # Errors
/// A mistake that names the variable or file that is missing or empty.
pub fn secret(root: &Path, key: &str, place: &SecretPlace, machine: &Machine<'_>) -> Result<Secret, Failure> {
    let found = match place {
        SecretPlace::Env(name) => (machine.variable)(name).map(|text| Secret::new(&text)),
        SecretPlace::File(file) => match read::optional(&root.join(file))? {
            Some(bytes) => Some(Secret::new(&String::from_utf8(bytes).map_err(|_| not_text(key, file))?)),
            None => None,
        },
    };
    found.filter(|secret| !secret.is_empty()).ok_or_else(|| {
        let (message, hint) = match place {
            SecretPlace::Env(name) => (
                format!("`{key}` is to be in the environment variable {name}, which is not set"),
                format!("set it: export {name}=…"),
            ),
            SecretPlace::File(file) => (
                format!("`{key}` is to be in the file {file}, which is not there or empty"),
                "write the secret into that file, and let nobody else read it: chmod 600".to_owned(),
            ),
        };
        mistake("no-secret", message, hint)
    })
}

fn not_text(key: &str, file: &str) -> Failure {
    mistake(
        "no-secret",
        format!("`{key}`: {file} is not a text file"),
        "write the secret into it, and nothing else".into(),
    )
}

/// One mistake, with what to do.
pub(in crate::workflow) fn mistake(code: &'static str, message: String, hint: String) -> Failure {
    Failure::Mistakes(Report::from(Diagnostic::error(code, message).hint(hint)))
}

/// The folder in which this site's list and keys are unless `site.toml` says otherwise: named by the site's host and path, in the person's data folder.
pub(in crate::workflow) fn own_folder(config: &Config, machine: &Machine<'_>) -> Result<PathBuf, Failure> {
    let Some(data) = &machine.data else {
        let message = "there is no folder for your data on this machine (HOME is not set)".into();
        let hint = "say where the list is to be: [store] with path = \"…\" in site.toml".into();
        return Err(mistake("no-data-folder", message, hint));
    };
    Ok(data.join("letterpress").join(site_name(config)))
}

/// What the site's own folders are called: by its host and path.
fn site_name(config: &Config) -> String {
    let origin = config.base_url.origin();
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let name = format!("{host}{}", config.base_url.root());
    name.trim_end_matches('/').replace(['/', ':', '\\'], "_")
}

/// The other sites whose lists are beside this one's in the person's data folder, as their folders are called; none where `site.toml` says where the list is.
pub(in crate::workflow) fn other_lists(config: &Config, machine: &Machine<'_>) -> Vec<String> {
    if config.store.path.is_some() || config.store.url.is_some() {
        return Vec::new();
    }
    let Ok(own) = own_folder(config, machine) else { return Vec::new() };
    let Some(all) = own.parent() else { return Vec::new() };
    let is_other = |name: &String| all.join(name) != own && read::exists(&all.join(name).join(LIST));
    read::folders(all).into_iter().filter(is_other).collect()
}

/// Where the list is.
///
/// # Errors
/// A mistake where a secret is missing, there is no data folder, or the list would be published.
pub fn place(root: &Path, config: &Config, machine: &Machine<'_>) -> Result<Place, Failure> {
    if let Some(url) = &config.store.url {
        return postgres(secret(root, "url", url, machine)?);
    }
    let Some(path) = &config.store.path else {
        return Ok(Place::Sqlite(own_folder(config, machine)?.join(LIST)));
    };
    let file = root.join(&path.value);
    if let Some((folder, why)) = misplaced(root, &file)? {
        let diagnostic = Diagnostic::error("published-store", format!("the list must not be in {folder}/: {why}"))
            .at(&config.source, path.span.clone())
            .hint("leave `path` out, and the list is in your data folder; or name a place outside the site");
        return Err(Failure::Mistakes(Report::from(diagnostic)));
    }
    Ok(Place::Sqlite(file))
}

/// The folder of the site that a private file must not be in, and why not; `None` where it may stay.
///
/// # Errors
/// [`Failure::Read`].
pub(in crate::workflow) fn misplaced(
    root: &Path,
    file: &Path,
) -> Result<Option<(&'static str, &'static str)>, Failure> {
    let file = read::resolved(file)?;
    for (folder, why) in NOT_THERE {
        if file.starts_with(read::resolved(&root.join(folder))?) {
            return Ok(Some((folder, why)));
        }
    }
    Ok(None)
}

/// The place that somebody names: a PostgreSQL address or the path of a file.
///
/// # Errors
/// A mistake where it is PostgreSQL and this program has been built without it.
pub(in crate::workflow) fn named_place(text: &str) -> Result<Place, Failure> {
    match text.split_once("://") {
        Some(("postgres" | "postgresql", _)) => postgres(Secret::new(text)),
        _ => Ok(Place::parse(text)),
    }
}

#[cfg(feature = "postgres")]
fn postgres(url: Secret) -> Result<Place, Failure> {
    Ok(Place::Postgres(url))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: Secret) -> Result<Place, Failure> {
    let message = "this letterpress was built without PostgreSQL".into();
    Err(mistake("no-postgres", message, "build it with --features postgres, or use [store] path".into()))
}
