//! `daemon`: the newsletter's service. The endpoint answers readers; a round of delivery mails the notices that their requests lead to.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::newsletter::Endpoint as Settings;
use crate::config::site::Config;
use crate::config::site::Overrides;
use crate::content::document::Direct;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::mail::press::MailPress;
use crate::edition::service::ServicePress;
use crate::library::order::Visibility;
use crate::newsletter::mailing::Mailing;
use crate::store::Store;
use crate::subscriber::keys;
use crate::transport::eml::LetterFolder;
use crate::transport::endpoint;
use crate::transport::endpoint::Endpoint;
use crate::transport::endpoint::Stop;
use crate::transport::signals;
use crate::transport::smtp::server::Patience;
use crate::value::clock::Clock;
use crate::workflow::deliver;
use crate::workflow::deliver::Means;
use crate::workflow::deliver::Post;
use crate::workflow::deliver::Round;
use crate::workflow::deliver::StartError;
use crate::workflow::deliver::mark::MarkError;
use crate::workflow::deliver::sign::Signers;
use crate::workflow::deliver::ways;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter;
use crate::workflow::newsletter::List;
use crate::workflow::newsletter::Machine;
use crate::workflow::newsletter::mistake;
use crate::workflow::notices;
use crate::workflow::notices::Notices;
use crate::workflow::project;
use crate::workflow::project::Opening;
use crate::workflow::project::Project;
use crate::workflow::subscribe;
use crate::workflow::subscribe::Desk;
use crate::workflow::subscribe::Now;

/// How long letters under way are waited for at the end: less than service managers wait before they kill (systemd: 90 seconds).
const END: Duration = Duration::from_secs(60);

/// How to serve.
pub struct Request<'a> {
    /// The folder with `site.toml`.
    pub root: PathBuf,
    /// What is known of the machine.
    pub machine: &'a Machine<'a>,
    /// What the time is.
    pub now: Now,
    /// Where letters are written instead of being mailed.
    pub mail_to: Option<PathBuf>,
    /// Where to listen, if not where `site.toml` says.
    pub listen: Option<SocketAddr>,
}

/// What happens while the service runs. No address is whole in it, and no token.
#[derive(Debug)]
pub enum Told<'a> {
    /// Requests are answered from now on.
    Ready {
        /// Where readers reach it.
        url: &'a str,
        /// Where it listens.
        listen: SocketAddr,
        /// Where letters go.
        post: &'a str,
    },
    /// Warnings, and mistakes that do not keep it from serving.
    Report(Report),
    /// About letters.
    Delivery(deliver::Told<'a>),
    /// Something went wrong with a request, and has to be looked at.
    Trouble(&'a str),
    /// It was told to end.
    Ending,
    /// Letters were still under way when the time was up. They are sent again after the next start.
    Unfinished,
}

/// Told what happens. Called from several threads.
pub trait Teller: Send + Sync {
    /// Something happened.
    fn tell(&self, told: Told<'_>);
}

/// Serves until the process is told to end.
///
/// # Errors
/// Mistakes in the site's files and settings, all at once; a [`Failure`] where database or port cannot be had.
pub fn run(request: &Request<'_>, teller: Arc<dyn Teller>) -> Result<(), Failure> {
    let Site { config, endpoint, pages, press, report } = site(request)?;
    let List { store, keys, .. } = newsletter::open(&request.root, request.machine, (request.now)())?;
    let (post, shown) = post(request, &config, &store)?;
    let signers = Signers::open(&request.root, &config, request.machine)?;
    let senders = newsletter::senders(&store, &config, request.machine)?;
    let settings = endpoint::Settings {
        listen: request.listen.unwrap_or(endpoint.listen),
        root: endpoint.url.root().to_owned(),
        trusted_proxies: endpoint.trusted_proxies.clone(),
        origins: subscribe::origins(&config, &endpoint),
        policy: subscribe::policy(&config, &endpoint),
        limits: endpoint::Limits::default(),
    };
    let bound = Endpoint::bind(settings).map_err(|error| {
        let hint =
            "is another daemon running? Choose another port: --listen 127.0.0.1:8026, or `listen` in [subscribe]";
        mistake("cannot-listen", error.to_string(), hint.into())
    })?;
    let scribe = Notices::new(notices::Parts {
        config: Arc::clone(&config),
        endpoint: endpoint.clone(),
        keys: Arc::new(keys.clone()),
        store: store.clone(),
        press,
        root: request.root.clone(),
        now: Arc::clone(&request.now),
    });
    let means = Means {
        store: store.clone(),
        keys: Arc::new(keys.clone()),
        now: Arc::clone(&request.now),
        scribe: Arc::new(scribe),
        teller: Arc::new(Passing(Arc::clone(&teller))),
        signers,
        post,
        marks: newsletter::marks(store.place(), &config, &keys, request.machine)?,
        senders,
        most: None,
    };
    let round = Round::start(means, owner("daemon")?).map_err(not_started)?;
    let (handle, spoken) = (round.handle(), Arc::clone(&teller));
    let desk = Desk::new(subscribe::Parts {
        config,
        endpoint: endpoint.clone(),
        keys,
        store,
        pages,
        now: Arc::clone(&request.now),
        waker: Arc::new(move || handle.wake()),
        teller: Arc::new(move |line| spoken.tell(Told::Trouble(line))),
    });
    let (stop, ending) = (Stop::new(), Arc::clone(&teller));
    let end = stop.clone();
    let listening = signals::on_end(move || {
        ending.tell(Told::Ending);
        end.stop();
    });
    listening.map_err(|error| no_thread(&error))?;
    if !report.is_empty() {
        teller.tell(Told::Report(report));
    }
    teller.tell(Told::Ready { url: &endpoint.at(""), listen: bound.address(), post: &shown });
    let served = bound.serve(Arc::new(desk), &stop);
    if !round.end(END) {
        teller.tell(Told::Unfinished);
    }
    served.map_err(|error| mistake("cannot-listen", error.to_string(), "look at the system's limits: ulimit -a".into()))
}

/// Passes on what happens with letters.
struct Passing(Arc<dyn Teller>);

impl deliver::Teller for Passing {
    fn tell(&self, told: deliver::Told<'_>) {
        self.0.tell(Told::Delivery(told));
    }
}

/// What of the site the service needs.
struct Site {
    config: Arc<Config>,
    endpoint: Settings,
    pages: ServicePress,
    press: MailPress,
    report: Report,
}

/// Reads the site: its settings and its theme must be without mistakes, its content need not be.
fn site(request: &Request<'_>) -> Result<Site, Failure> {
    let clock = Clock::parse(&(request.now)().to_string()).unwrap_or_else(|_| Clock::system());
    let Project { config, library, theme, press, report, .. } = project::open(Opening {
        root: &request.root,
        overrides: &Overrides::default(),
        visibility: Visibility::default(),
        clock: &clock,
        loader: &Direct,
        files: None,
        dressed: None,
    })?;
    let Some(endpoint) = config.subscribe.endpoint.clone() else {
        let message = "site.toml has no endpoint for the newsletter's service".into();
        let hint = "say where readers reach it: [subscribe] with endpoint = \"https://example.com/newsletter/\"";
        return Err(mistake("no-endpoint", message, hint.into()));
    };
    let Some(theme) = theme.filter(|_| press.is_some()) else { return Err(Failure::Mistakes(report)) };
    let (pages, mut mistakes) = ServicePress::new(&config, &theme, &library.site_links);
    let (press, more) = MailPress::new(&config, &theme);
    mistakes.merge(more);
    let (Some(pages), Some(press), false) = (pages, press, mistakes.has_errors()) else {
        return Err(Failure::Mistakes(mistakes));
    };
    let mut left = mistakes;
    if report.has_errors() {
        let message = "the site's content has mistakes; the service does without it";
        left.push(Diagnostic::warning("content-mistakes", message).hint("letterpress check lists them"));
    }
    Ok(Site { config, endpoint, pages, press, report: left })
}

/// Where letters go, and how messages call it.
fn post(request: &Request<'_>, config: &Config, store: &Store) -> Result<(Post, String), Failure> {
    if let Some(folder) = &request.mail_to {
        return Ok((Post::Folder(LetterFolder::new(folder)?), folder.display().to_string()));
    }
    let ways =
        ways::open(&request.root, config, request.machine, store, &request.now, Mailing::Notice, Patience::default())?;
    let shown = ways.iter().map(|way| way.server.shown()).collect::<Vec<_>>().join(", ");
    Ok((Post::Servers(ways), shown))
}

/// What the ledger knows this process by.
pub(in crate::workflow) fn owner(verb: &str) -> Result<String, Failure> {
    let id = keys::random::<9>()
        .map_err(|error| mistake("no-random", error.to_string(), "look whether /dev/urandom is there".into()))?;
    Ok(format!("{verb}-{}", data_encoding::BASE64URL_NOPAD.encode(&id)))
}

/// Why a round did not start.
pub(in crate::workflow) fn not_started(error: StartError) -> Failure {
    match error {
        StartError::Presence(error) | StartError::Mark(MarkError::Write(error)) => error.into(),
        StartError::Mark(MarkError::Read(error)) => error.into(),
        StartError::Mark(MarkError::Store(error)) => error.into(),
        StartError::Mark(MarkError::Older) => {
            let message = "the list is older than it was when letters last left: a copy was put in its place, or a new one was begun".into();
            let hint = "whoever left since then would be mailed again. Put the newer one back, or restore the copy properly: letterpress store restore FILE";
            mistake("older-list", message, hint.into())
        }
        StartError::Mark(MarkError::Backup) => {
            let message = "the list is a backup that was put in its place by hand, and nothing here tells what has left since it was made".into();
            let hint = "whoever got something since then would be mailed again. Restore it properly: letterpress store restore FILE; to move a list, use `store copy` instead";
            mistake("older-list", message, hint.into())
        }
        StartError::Mark(MarkError::Apart(said)) => {
            let message = format!("it cannot be noted apart from the list how far it has come: {said}");
            let hint = "an older list would not be known by it. Let letterpress write there, or name another folder, not the list's own: export XDG_STATE_HOME=…";
            mistake("no-state-folder", message, hint.into())
        }
        StartError::Thread(error) => no_thread(&error),
    }
}

/// The mistake of a system without threads to give.
pub(in crate::workflow) fn no_thread(error: &std::io::Error) -> Failure {
    mistake("no-thread", format!("the system gives no thread: {error}"), "look at its limits: ulimit -a".into())
}
