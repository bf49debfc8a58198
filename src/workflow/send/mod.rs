//! `send`: an approved issue to every confirmed reader. What was frozen is sent, nothing else; whom it goes to is fixed once; and the ledger knows of each letter how far it came.

pub mod choice;
mod doubts;
pub mod due;
mod letters;
pub mod live;
pub mod obstacle;
mod tally;
pub mod trial;
pub mod verify;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::config::issues::InDoubt;
use crate::diagnostic::report::Report;
use crate::library::issue::Issue as LibraryIssue;
use crate::newsletter::delivery::State;
use crate::newsletter::mailing::Mailing;
use crate::newsletter::mailing::MailingId;
use crate::newsletter::sending::Sending;
use crate::store::Store;
use crate::store::issues;
use crate::store::issues::Begun;
use crate::subscriber::keys::KeyRing;
use crate::transport::signals;
use crate::transport::smtp::server::Patience;
use crate::value::clock::Clock;
use crate::workflow::compose;
use crate::workflow::daemon;
use crate::workflow::deliver;
use crate::workflow::deliver::Means;
use crate::workflow::deliver::Post;
use crate::workflow::deliver::Round;
use crate::workflow::deliver::StartError;
use crate::workflow::deliver::mark;
use crate::workflow::deliver::mark::MarkError;
use crate::workflow::deliver::mark::Marks;
use crate::workflow::deliver::relay::Relay;
use crate::workflow::deliver::sign::Signers;
use crate::workflow::deliver::ways;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter;
use crate::workflow::newsletter::Machine;
use crate::workflow::send::choice::Errand;
pub use crate::workflow::send::doubts::Resolved;
use crate::workflow::send::letters::Letters;
pub use crate::workflow::send::tally::Ills;
use crate::workflow::send::tally::Tally;
use crate::workflow::site_folder;
use crate::workflow::subscribe::Now;
use crate::workflow::unknown;

/// How often the ledger is asked whether anything is left.
const LOOK: Duration = Duration::from_millis(500);
/// How long letters under way are waited for at the end.
const END: Duration = Duration::from_secs(60);

/// What to send, and how.
pub struct Request<'a> {
    /// The site's folder.
    pub root: PathBuf,
    /// What is known of the machine.
    pub machine: &'a Machine<'a>,
    /// The moment at which it begins.
    pub clock: Clock,
    /// What the time is, from then on.
    pub now: Now,
    /// The issue, as `[newsletter/]date`; otherwise the one that is due, or for a test the next one.
    pub issue: Option<String>,
    /// What for.
    pub errand: Errand,
    /// The most letters of this run.
    pub most: Option<u64>,
    /// Send though the issue is not public yet, its time has not come, or something has changed around it since it was approved.
    pub anyway: bool,
    /// How far away the next attempt may be for it to stay.
    pub patience: SignedDuration,
    /// How long a server may take for each answer, where that is not as long as RFC 5321 §4.5.3.2 says.
    pub answers: Option<Duration>,
}

/// An issue that can be sent.
pub struct Prepared {
    /// `digest/2026-11-15`.
    pub name: String,
    /// The subject.
    pub subject: String,
    /// How many readers still get it: of an issue not yet begun, all who would get it now.
    pub readers: u64,
    /// Whether some have it already.
    pub begun: bool,
    /// What the newsletter's settings will make of letters that are in doubt; those that are sent once more are among the readers.
    pub doubts: Resolved,
    /// Which servers take it.
    pub servers: String,
    /// How long that takes at the limits of the servers, where they have any.
    pub takes: Option<SignedDuration>,
    /// Over how long it is spread, or what is left of that.
    pub spread: Option<SignedDuration>,
    /// Octets of each letter's body.
    pub octets: usize,
    /// Whether readers leave by writing a mail, for want of an endpoint.
    pub leave_by_mail: bool,
    /// Warnings of the site's files.
    pub report: Report,
    newsletter: String,
    folder: String,
    hash: [u8; 32],
    letters: Letters,
    in_doubt: InDoubt,
    spread_over: Option<SignedDuration>,
    store: Store,
    keys: Arc<KeyRing>,
    ways: Vec<deliver::Way>,
    /// What the first server needs of a letter.
    relay: Relay,
    signers: Signers,
    senders: PathBuf,
    marks: Marks,
    now: Now,
    most: Option<u64>,
    patience: SignedDuration,
}

/// What became of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Deliveries by state, all of the issue.
    pub states: BTreeMap<State, u64>,
    /// Where the issue stands.
    pub state: Option<Sending>,
    /// When the next attempt is due, where something is left.
    pub next: Option<Timestamp>,
    /// Whether it was told to end.
    pub stopped: bool,
    /// Why it paused itself, where it did.
    pub ills: Option<Ills>,
    /// The servers, where none of them could be used at the end.
    pub alone: Vec<String>,
    /// What the newsletter's settings made of letters that were in doubt.
    pub resolved: Resolved,
}

impl Sent {
    /// Whether every reader is accounted for.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.next.is_none() && self.count(State::InDoubt) == 0 && self.state != Some(Sending::Paused)
    }

    /// How many deliveries are in that state.
    #[must_use]
    pub fn count(&self, state: State) -> u64 {
        self.states.get(&state).copied().unwrap_or_default()
    }
}

/// What happens while it sends.
pub trait Teller: Send + Sync {
    /// So many of all are settled.
    fn progress(&self, settled: u64, of: u64);
    /// About letters.
    fn delivery(&self, told: deliver::Told<'_>);
    /// It was told to end, and finishes what is under way.
    fn ending(&self);
}

/// Looks whether an issue can be sent, and at everything that it needs. Nothing is written.
///
/// # Errors
/// Mistakes that say what is missing: no such issue, not approved, edited since, not due, not public, cancelled, paused, begun with other content, perhaps sent by a list that is gone, no server, no readers; a list that is
/// older than what has left.
pub fn prepare(request: &Request<'_>) -> Result<Prepared, Failure> {
    let config = site_folder::config(&request.root)?;
    let (library, mut report) = compose::library(&request.root, &config, &request.clock)?;
    let list = newsletter::open(&request.root, request.machine, (request.now)())?;
    let (store, keys) = (list.store, Arc::new(list.keys));
    let marks = newsletter::marks(store.place(), &config, &keys, request.machine)?;
    if request.errand.is_sending() {
        mark::check(&store, &marks).map_err(not_held)?;
    }
    let found = choice::chosen(request, &config, &library, &store)?;
    let known = &config.newsletters[found.newsletter.0];
    let archive = library.newsletters.get(found.newsletter.0).map(|newsletter| newsletter.permalink.url().to_owned());
    let frozen = found.frozen.as_ref().ok_or_else(|| obstacle::not_approved(found))?;
    let letters = Letters::new(
        &config,
        known,
        frozen,
        &archive.unwrap_or_default(),
        Arc::clone(&keys),
        Arc::clone(&request.now),
    )?;
    let answers = request.answers.map_or_else(Patience::default, Patience::of);
    let ways = match request.errand {
        Errand::ToFolder => Vec::new(),
        _ => ways::open(&request.root, &config, request.machine, &store, &request.now, Mailing::Issue, answers)?,
    };
    let signers = Signers::open(&request.root, &config, request.machine)?;
    let (newsletter, folder) = (found.name.newsletter.clone(), found.name.folder.clone());
    let hash = frozen.manifest.hash.0;
    let in_doubt = known.issues.in_doubt;
    let begun = begun(&store, found, &hash, in_doubt)?;
    if request.errand.is_sending() {
        unknown::refuse(unknown::look(&store, &library, found, (request.now)())?)?;
    }
    if !request.anyway {
        // Some have it: whatever was awaited was there.
        let awaited = if begun.is_none() { live::awaited(&frozen.manifest, found.permalink.url()) } else { None };
        let mut obstacles = obstacle::not_due(found, (request.now)());
        obstacles.extend(choice::doubts(&config, &library, found));
        obstacles.extend(awaited.map(|awaited| obstacle::not_live(&awaited)));
        obstacle::stand(obstacles, request.errand, &mut report)?;
    }
    let mut resolved = Resolved::default();
    let (readers, spread) = match begun {
        Some(mailing) => {
            let (states, last) =
                store.read(|sql| Ok((issues::progress(sql, mailing)?, issues::last_turn(sql, mailing)?)))?;
            resolved = doubts::expected(in_doubt, doubts::lost(&store, mailing)?);
            let left: u64 = states.iter().filter(|(state, _)| !state.is_final()).map(|(_, count)| count).sum();
            let spread = last.map(|last| last.duration_since((request.now)())).filter(|left| left.is_positive());
            (left + resolved.resent, spread)
        }
        None => (store.read(|sql| issues::audience(sql, &newsletter))?, known.issues.spread),
    };
    if readers == 0 && begun.is_none() && request.errand.is_sending() {
        return Err(choice::nobody(found, &newsletter::other_lists(&config, request.machine)));
    }
    let these = request.most.map_or(readers, |most| most.min(readers));
    Ok(Prepared {
        name: found.name.to_string(),
        subject: frozen.manifest.subject.clone(),
        readers,
        begun: begun.is_some(),
        doubts: resolved,
        servers: ways.iter().map(|way| way.server.shown()).collect::<Vec<_>>().join(", "),
        // The one that is done first waits for nobody, and takes from the others.
        takes: ways.iter().map(|way| way.gate.estimate(these)).min().flatten(),
        spread,
        octets: letters.octets(),
        leave_by_mail: config.subscribe.endpoint.is_none(),
        report,
        newsletter,
        folder,
        hash,
        letters,
        in_doubt,
        spread_over: known.issues.spread,
        senders: newsletter::senders(&store, &config, request.machine)?,
        marks,
        store,
        keys,
        ways,
        relay: config.smtp.first().map_or_else(Relay::none, Relay::of),
        signers,
        now: Arc::clone(&request.now),
        most: request.most,
        patience: request.patience,
    })
}

/// Sends, until nothing is left that could be tried soon, or the process is told to end.
///
/// # Errors
/// A [`Failure`] where the ledger cannot be used; what was sent until then is in it.
pub fn send(prepared: Prepared, teller: &Arc<dyn Teller>) -> Result<Sent, Failure> {
    let Prepared {
        newsletter,
        in_doubt,
        spread_over,
        folder,
        hash,
        letters,
        store,
        keys,
        ways,
        signers,
        senders,
        marks,
        now,
        most,
        patience,
        name,
        ..
    } = prepared;
    // An older list is not even written to. (Somebody may have thought long about the question.)
    mark::check(&store, &marks).map_err(not_held)?;
    let at = now();
    let begun = store.write(move |sql| issues::begin(sql, &newsletter, &folder, &hash, spread_over, at))?;
    let issue = match begun {
        Begun::Issue(issue) => issue,
        Begun::Other(_) => return Err(obstacle::other_content(&name)),
    };
    let mailing = issue.mailing;
    let mut resolved = doubts::settle(&store, mailing, in_doubt, now())?;
    let at = now();
    store.write(move |sql| issues::put_right(sql, mailing, at))?;
    let before = store.read(|sql| issues::progress(sql, mailing))?;
    let tally = Arc::new(Tally::new(&before, issue.audience, Arc::clone(teller)));
    let means = Means {
        store: store.clone(),
        keys,
        now: Arc::clone(&now),
        scribe: Arc::new(letters.of(mailing)),
        teller: Arc::clone(&tally) as Arc<dyn deliver::Teller>,
        signers,
        post: Post::Servers(ways),
        marks,
        senders,
        most,
    };
    let told = Arc::new(AtomicBool::new(false));
    let (ended, ending) = (Arc::clone(&told), Arc::clone(teller));
    signals::on_end(move || {
        ending.ending();
        ended.store(true, Ordering::Relaxed);
    })
    .map_err(|error| daemon::no_thread(&error))?;
    let round = Round::start(means, daemon::owner("send")?).map_err(daemon::not_started)?;
    let handle = round.handle();
    tally.watch(round.handle());
    let mut ills;
    let outcome = loop {
        std::thread::sleep(LOOK);
        ills = tally.ills();
        if ills.is_some() {
            let at = now();
            break store.write(move |sql| issues::pause(sql, mailing, at)).map(|_| ());
        }
        if told.load(Ordering::Relaxed) || handle.is_used_up() {
            break Ok(());
        }
        // What is in hand is in the ledger as due later. Looked at before and after, so that it is not taken for that.
        let (idle, opens) = (handle.idle(), opens(&handle, now()));
        match store
            .read(|sql| Ok((issues::next_due(sql, mailing)?, issues::find(sql, &issue.newsletter, &issue.name)?)))
        {
            Ok((None, _)) => break Ok(()),
            // Somebody paused or cancelled it.
            Ok((_, Some(known))) if known.state != Sending::Open => break Ok(()),
            Ok((Some(due), _))
                if opens.map_or(due, |opens| opens.max(due)).duration_since(now()) > patience
                    && idle.is_some()
                    && handle.idle() == idle =>
            {
                break Ok(());
            }
            Ok(_) => {}
            Err(error) if error.is_passing() => {}
            Err(error) => break Err(error),
        }
    };
    let (alone, opens) = (handle.alone(), opens(&handle, now()));
    round.end(END);
    outcome?;
    if in_doubt == InDoubt::AssumeSent {
        resolved.assumed += doubts::settle(&store, mailing, in_doubt, now())?.assumed;
    }
    let at = now();
    // Paused by itself it stays so, though the last letter was the one too many: somebody has to look at it.
    let state = if ills.is_none() {
        store.write(move |sql| issues::finish(sql, mailing, at))?
    } else {
        store.write(move |sql| issues::pause(sql, mailing, at))?
    };
    let (states, next) = store.read(|sql| Ok((issues::progress(sql, mailing)?, issues::next_due(sql, mailing)?)))?;
    let next = next.map(|next| opens.map_or(next, |opens| opens.max(next)));
    Ok(Sent { states, state: Some(state), next, stopped: told.load(Ordering::Relaxed), ills, alone, resolved })
}

/// When something can go again, where nothing can now: every server is left alone, or its limits are used up.
fn opens(handle: &deliver::Handle, now: Timestamp) -> Option<Timestamp> {
    let shut = SignedDuration::try_from(handle.shut()?).unwrap_or(SignedDuration::MAX);
    Some(now.saturating_add(shut).unwrap_or(Timestamp::MAX))
}

fn not_held(error: MarkError) -> Failure {
    daemon::not_started(StartError::Mark(error))
}

/// The mailing of an issue that was begun, where it may go on.
fn begun(
    store: &Store,
    issue: &LibraryIssue,
    hash: &[u8; 32],
    in_doubt: InDoubt,
) -> Result<Option<MailingId>, Failure> {
    let name = &issue.name;
    let Some(known) = store.read(|sql| issues::find(sql, &name.newsletter, &name.folder))? else { return Ok(None) };
    if known.hash != *hash {
        return Err(obstacle::other_content(&name.to_string()));
    }
    match known.state {
        Sending::Open => Ok(Some(known.mailing)),
        Sending::Paused => Err(obstacle::paused(name)),
        Sending::Cancelled => Err(obstacle::cancelled(name)),
        // What is in doubt may be the newsletter's to settle, though nothing else is left.
        Sending::Finished if in_doubt != InDoubt::Hold && doubts::lost(store, known.mailing)? > 0 => {
            Ok(Some(known.mailing))
        }
        Sending::Finished => {
            let states = store.read(|sql| issues::progress(sql, known.mailing))?;
            let count = |state| states.get(&state).copied().unwrap_or_default();
            Err(obstacle::finished(name, count(State::InDoubt), count(State::Rejected)))
        }
    }
}
