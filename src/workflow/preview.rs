//! `preview`: the site as it will be, on this machine, drawn anew at every save.
//!
//! One thread rebuilds, the server's threads draw what is asked for. A save marks what there is as stale at once, and requests wait for the next state; that is made of what
//! is in memory and of the few files that changed. Then the pages that somebody looks at are drawn, and told to their tabs where they differ; then the rest, for
//! what is wrong in it. The pages and mails of the newsletter's service are no part of a state: they are drawn of it when somebody looks.

mod answer;
#[cfg(feature = "newsletter")]
mod coming;
mod desk;
#[cfg(feature = "newsletter")]
mod issue_mails;
#[cfg(feature = "newsletter")]
mod mail_checks;
#[cfg(feature = "newsletter")]
mod mails;
mod overview;
mod own;
mod pages;
mod presses;
mod rebuild;
mod service;
mod snapshot;
mod studio;

use std::net::IpAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use crate::config::site::Overrides;
use crate::diagnostic::report::Report;
use crate::files::read;
use crate::library::order::Visibility;
use crate::transport::server::Limits;
use crate::transport::server::Listener;
use crate::transport::server::ServerError;
use crate::transport::server::Settings;
use crate::transport::server::Stop;
use crate::transport::watch;
use crate::transport::watch::Notice;
use crate::transport::watch::Watch;
use crate::transport::watch::WatchError;
use crate::value::clock::Clock;
use crate::workflow::preview::rebuild::Rebuilder;
use crate::workflow::preview::studio::Studio;

/// What to show, and where.
#[derive(Clone, Debug)]
pub struct Request {
    /// The folder with `site.toml`.
    pub root: PathBuf,
    /// `--theme`.
    pub overrides: Overrides,
    /// Drafts and posts of the future; both are shown unless told otherwise.
    pub visibility: Visibility,
    /// Now, if it is not what the machine says.
    pub clock: Option<Clock>,
    /// The address to listen on.
    pub address: IpAddr,
    /// The port, or the next free one above it.
    pub port: u16,
    /// Further host names to answer for.
    pub hosts: Vec<String>,
    /// Whether tabs go to the page that was edited.
    pub follow: bool,
    /// How the editor is opened: an address with `{file}`, `{line}` and `{column}`.
    pub editor: Option<String>,
    /// Look for changes at intervals instead of being told of them.
    pub polling: Option<Duration>,
}

/// What happens while the preview runs.
#[derive(Debug)]
pub enum Told<'a> {
    /// The site can be looked at.
    Ready {
        /// Where: `http://localhost:3000/`.
        url: &'a str,
        /// The port that was asked for, where another took its place.
        wanted: Option<u16>,
    },
    /// Files changed, and what is shown is of now.
    Rebuilt {
        /// Their names; none for the first time and where the clock alone moved.
        files: &'a [String],
        /// From the end of the saving to the new state.
        took: Duration,
        /// How many pages had to be drawn for those who look.
        pages: usize,
    },
    /// Something is wrong, and what was last right is still shown.
    Mistakes(Report),
    /// There were mistakes, and there are none any more.
    Well,
    /// Warnings of the whole site, where they are others than before.
    Warnings(Report),
    /// Worth knowing: how changes are noticed.
    Note(&'a str),
}

/// Told what happens. Called from several threads.
pub trait Teller: Send + Sync {
    /// Something happened.
    fn tell(&self, told: Told<'_>);
}

/// Why there is no preview.
#[derive(Debug)]
pub enum PreviewError {
    /// The port.
    Server(ServerError),
    /// The folders.
    Watch(WatchError),
}

/// How many tabs may listen. Fewer than there may be connections, so that pages are always answered.
const TABS: usize = 512;

/// Serves the site until the process ends.
///
/// # Errors
/// [`PreviewError`]: nothing was served.
pub fn preview(request: &Request, teller: Arc<dyn Teller>) -> Result<(), PreviewError> {
    let settings = Settings {
        address: request.address,
        port: request.port,
        hosts: request.hosts.clone(),
        limits: Limits::default(),
    };
    let listener = Listener::bind(&settings).map_err(PreviewError::Server)?;
    let studio = Arc::new(Studio::new(request, listener.address(), Arc::clone(&teller)));
    let (batches, incoming) = mpsc::channel();
    let watched = watch::Settings {
        folders: vec![request.root.join("content"), request.root.join("themes")],
        files: vec![request.root.join("site.toml")],
        ignored: vec![request.root.join("public"), request.root.join(".letterpress")],
        held: git_lock(&request.root).into_iter().collect(),
        polling: request.polling,
        bell: Arc::clone(&studio.bell),
    };
    let told = Arc::clone(&studio);
    let watch = Watch::start(watched, move |notice| match notice {
        Notice::Dirty => told.stale(),
        Notice::Batch(batch) => {
            // The other end goes only with the process.
            let _ = batches.send(batch);
        }
        Notice::Degraded(why) => told.polls(&why),
    })
    .map_err(PreviewError::Watch)?;
    let (ready, is_ready) = mpsc::channel();
    let mut rebuilder = Rebuilder::new(request, Arc::clone(&studio), Arc::clone(&teller));
    let started = std::thread::Builder::new().name("rebuild".into()).spawn(move || {
        rebuilder.begin();
        let _ = ready.send(());
        rebuilder.run(&incoming);
    });
    started.map_err(|error| PreviewError::Server(ServerError::Start(error)))?;
    let wanted = (request.port != 0 && request.port != listener.port()).then_some(request.port);
    let (announce, announced) = (Arc::clone(&teller), Arc::clone(&studio));
    std::thread::spawn(move || {
        // Whoever opens the browser now sees the site at once.
        let _ = is_ready.recv();
        announce.tell(Told::Ready { url: &announced.url(), wanted });
    });
    let served = listener.serve(studio, &Stop::new()).map_err(PreviewError::Server);
    drop(watch);
    served
}

/// The file that git makes while it changes files of the repository that the site lies in.
fn git_lock(root: &Path) -> Option<PathBuf> {
    let root = std::path::absolute(root).ok()?;
    let git = root.ancestors().map(|folder| folder.join(".git")).find(|git| read::exists(git))?;
    if read::is_folder(&git) {
        return Some(git.join("index.lock"));
    }
    // A further working tree says where its part of the repository is.
    let text = String::from_utf8(read::optional(&git).ok()??).ok()?;
    let folder = text.strip_prefix("gitdir:")?.trim();
    Some(git.parent()?.join(folder).join("index.lock"))
}

impl std::fmt::Display for PreviewError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server(error) => error.fmt(f),
            Self::Watch(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PreviewError {}
