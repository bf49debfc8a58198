//! The threads of a delivery, and what they share.

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;

use crate::newsletter::mailing::DeliveryId;
use crate::store::StoreError;
use crate::store::deliveries;
use crate::store::deliveries::Claimed;
use crate::transport::disk::WriteError;
use crate::transport::disk_presence;
use crate::transport::disk_presence::Presence;
use crate::transport::smtp::server::Server;
use crate::transport::throttle::gate::Gate;
use crate::workflow::deliver::LEASE;
use crate::workflow::deliver::Means;
use crate::workflow::deliver::Post;
use crate::workflow::deliver::SIGN_OF_LIFE;
use crate::workflow::deliver::Told;
use crate::workflow::deliver::bank;
use crate::workflow::deliver::carrier;
use crate::workflow::deliver::line::Line;
use crate::workflow::deliver::mark::Log;
use crate::workflow::deliver::mark::MarkError;
use crate::workflow::deliver::open::Refusals;

/// How often the ledger is looked at though nobody said that there is something new: another process may have put it there.
const LOOK: Duration = Duration::from_secs(3);
/// Claimed deliveries for each connection, so that none waits for the next claim.
const AHEAD: usize = 4;
/// How long the list is left alone when it cannot be used.
const PAUSE: Duration = Duration::from_secs(2);
/// The same for what has to be written before anything else.
const AGAIN: Duration = Duration::from_millis(500);

/// A delivery that runs until it is stopped.
pub struct Round {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// Given up last: whoever finds it gone takes over what we still held.
    _presence: Presence,
}

/// Why nothing is delivered.
#[derive(Debug)]
pub enum StartError {
    /// The database is older than it should be, or nobody can tell.
    Mark(MarkError),
    /// The file that says that we are alive cannot be had.
    Presence(WriteError),
    /// The system gives no thread.
    Thread(io::Error),
}

/// Wakes and ends a round. Clones are of the same round.
#[derive(Clone)]
pub struct Handle(Arc<Shared>);

/// What the threads share.
pub(in crate::workflow::deliver) struct Shared {
    pub(in crate::workflow::deliver) means: Means,
    /// What the ledger knows this round by: no other one, here or elsewhere, is called so.
    pub(in crate::workflow::deliver) owner: String,
    pub(in crate::workflow::deliver) lines: Vec<Line>,
    pub(in crate::workflow::deliver) refusals: Refusals,
    /// What is noted outside the database.
    pub(in crate::workflow::deliver) log: Log,
    /// Fewer on the table than this is low.
    low: usize,
    desk: Mutex<Table>,
    /// Whether nobody waits for the letters that are under way.
    abandoned: AtomicBool,
    /// For the carriers: there is something on the table, or it is over.
    filled: Condvar,
    /// For the dispatcher: the table is nearly empty, somebody says that there is news, or it is over.
    wanted: Condvar,
}

#[derive(Default)]
struct Table {
    waiting: VecDeque<Claimed>,
    /// All deliveries that are ours at the moment, those being carried too.
    held: BTreeSet<DeliveryId>,
    /// How many were claimed so far.
    claimed: u64,
    /// Whether more are being claimed at this moment.
    claiming: bool,
    /// How often that was done.
    claims: u64,
    news: bool,
    stopped: bool,
}

impl Round {
    /// Starts the threads. `owner` is what the ledger knows this round by.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(means: Means, owner: String) -> Result<Self, StartError> {
        let log = Log::begin(&means.store, &means.marks, &owner).map_err(StartError::Mark)?;
        let presence = Presence::begin(&means.senders, &owner).map_err(StartError::Presence)?;
        let ways: Vec<(Line, usize)> = match &means.post {
            Post::Folder(_) => vec![(Line::folder(), 1)],
            Post::Servers(ways) => {
                ways.iter().map(|way| (Line::of(way), usize::from(way.connections.max(1)))).collect()
            }
        };
        let (lines, connections): (Vec<Line>, Vec<usize>) = ways.into_iter().unzip();
        let carriers: usize = connections.iter().sum();
        let shared = Arc::new(Shared {
            means,
            owner,
            lines,
            refusals: Refusals::default(),
            log,
            low: carriers * AHEAD / 2,
            desk: Mutex::default(),
            abandoned: AtomicBool::new(false),
            filled: Condvar::new(),
            wanted: Condvar::new(),
        });
        let mut round = Self { shared: Arc::clone(&shared), threads: Vec::new(), _presence: presence };
        for (line, connections) in connections.into_iter().enumerate() {
            for _ in 0..connections {
                let shared = Arc::clone(&shared);
                round.spawn("carrier", move || carrier::run(&shared, line)).map_err(StartError::Thread)?;
            }
        }
        round.spawn("dispatcher", move || dispatch(&shared, carriers * AHEAD)).map_err(StartError::Thread)?;
        Ok(round)
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.threads.push(thread::Builder::new().name(name.into()).spawn(work)?);
        Ok(())
    }

    /// What wakes and ends it.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.shared))
    }

    /// Ends it: letters under way are finished, what is claimed and not begun is given back. Says whether all were finished in `time`; what is still under way then is settled
    /// as if the process had been killed, where it ends now.
    pub fn end(mut self, time: Duration) -> bool {
        self.handle().stop();
        let begun = Instant::now();
        while self.threads.iter().any(|thread| !thread.is_finished()) {
            if begun.elapsed() >= time {
                self.shared.abandoned.store(true, Ordering::Relaxed);
                self.threads.clear();
                self.give_back();
                return false;
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.join();
        true
    }

    fn join(&mut self) {
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
        self.give_back();
        self.shared.log.end();
    }

    fn give_back(&self) {
        let shared = &self.shared;
        let (owner, now) = (shared.owner.clone(), (shared.means.now)());
        // Where the list cannot be used now, the leases end by themselves, and the rates are those of a moment ago.
        let _ = shared.keep_rates();
        shared.gates().for_each(|(_, gate)| gate.leave());
        let _ = shared.log.advance(&shared.means.store);
        let _ = shared.means.store.write(move |sql| deliveries::release(sql, &owner, now));
    }
}

/// A round that is dropped, for want of a thread, ends.
impl Drop for Round {
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.handle().stop();
            self.shared.abandoned.store(true, Ordering::Relaxed);
            self.join();
        }
    }
}

impl Handle {
    /// There is something new in the ledger.
    pub fn wake(&self) {
        self.0.table().news = true;
        self.0.wanted.notify_one();
    }

    /// Whether nothing is under way, and as many were claimed as may be.
    #[must_use]
    pub fn is_used_up(&self) -> bool {
        let table = self.0.table();
        table.held.is_empty() && self.0.means.most.is_some_and(|most| table.claimed >= most)
    }

    /// Whether nothing is in hand: then how often the ledger has been asked for deliveries so far. Twice the same number means that nothing was in hand in between either.
    #[must_use]
    pub fn idle(&self) -> Option<u64> {
        let table = self.0.table();
        (table.held.is_empty() && !table.claiming).then_some(table.claims)
    }

    /// How long nothing can go anywhere: every server is left alone, or has had as many letters as it may. `None` where one of them may be tried.
    #[must_use]
    pub fn shut(&self) -> Option<Duration> {
        self.0.shut()
    }

    /// The servers, where none of them can be used now: they cannot be reached, or refuse us.
    #[must_use]
    pub fn alone(&self) -> Vec<String> {
        self.0.alone()
    }

    /// It is over: no further letter is begun.
    pub fn stop(&self) {
        self.0.table().stopped = true;
        self.0.wanted.notify_all();
        self.0.filled.notify_all();
    }
}

/// What a carrier is to do.
pub(in crate::workflow::deliver) enum Task {
    /// Deliver this.
    Carry(Box<Claimed>),
    /// Nothing came for so long.
    Idle,
    /// Go home.
    End,
}

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next delivery for a line, waited for as long as `patience`.
    pub(in crate::workflow::deliver) fn next(&self, line: usize, patience: Duration) -> Task {
        let begun = Instant::now();
        let mut table = self.table();
        loop {
            if table.stopped {
                return Task::End;
            }
            let own = table.waiting.iter().position(|claimed| self.may_ask(line, claimed.delivery));
            if let Some(claimed) = own.and_then(|at| table.waiting.remove(at)) {
                if table.waiting.len() <= self.low {
                    self.wanted.notify_one();
                }
                return Task::Carry(Box::new(claimed));
            }
            let Some(rest) = patience.checked_sub(begun.elapsed()) else { return Task::Idle };
            table = self.filled.wait_timeout(table, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The dispatcher's rest: for so long, or until there is news, or, where there was more than the table holds, until it is nearly empty. False where it is over.
    fn rest(&self, time: Duration, is_full: bool, hears_news: bool) -> bool {
        let begun = Instant::now();
        let mut table = self.table();
        loop {
            if table.stopped {
                return false;
            }
            let is_wanted = hears_news && (std::mem::take(&mut table.news) || is_full && self.is_low(&table));
            let Some(rest) = time.checked_sub(begun.elapsed()).filter(|rest| !rest.is_zero() && !is_wanted) else {
                return true;
            };
            table = self.wanted.wait_timeout(table, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether so little is left on the table that the next connection to become free may find nothing.
    fn is_low(&self, table: &Table) -> bool {
        table.waiting.len() <= self.low && self.means.most.is_none_or(|most| table.claimed < most)
    }

    /// Waits, unless it is over; says whether it is.
    pub(in crate::workflow::deliver) fn sleep(&self, time: Duration) -> bool {
        let begun = Instant::now();
        let mut table = self.table();
        while !table.stopped {
            let Some(rest) = time.checked_sub(begun.elapsed()).filter(|rest| !rest.is_zero()) else { return false };
            table = self.filled.wait_timeout(table, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Takes from the table what nobody is to carry now.
    pub(in crate::workflow::deliver) fn take_waiting(&self, is_so: impl Fn(DeliveryId) -> bool) -> Vec<Claimed> {
        let mut table = self.table();
        let (taken, left): (VecDeque<Claimed>, VecDeque<Claimed>) =
            table.waiting.drain(..).partition(|claimed| is_so(claimed.delivery));
        table.waiting = left;
        Vec::from(taken)
    }

    /// Lays it there again.
    pub(in crate::workflow::deliver) fn lay_back(&self, waiting: Vec<Claimed>) {
        self.table().waiting.extend(waiting);
        self.filled.notify_all();
    }

    /// A delivery is no longer ours: settled, or left to its lease.
    pub(in crate::workflow::deliver) fn let_go(&self, delivery: DeliveryId) {
        self.refusals.forget(delivery);
        self.table().held.remove(&delivery);
    }

    /// A delivery was given back as it was: it counts as not claimed.
    pub(in crate::workflow::deliver) fn put_back(&self, delivery: DeliveryId) {
        let mut table = self.table();
        table.held.remove(&delivery);
        table.claimed = table.claimed.saturating_sub(1);
    }

    /// Writes down how fast letters went to domains, and learns it from others.
    fn keep_rates(&self) -> Result<(), StoreError> {
        let exchange = |(server, gate): (&Server, &Arc<Gate>)| bank::exchange(&self.means.store, &server.shown(), gate);
        self.gates().try_for_each(exchange)
    }

    fn gates(&self) -> impl Iterator<Item = (&Server, &Arc<Gate>)> {
        self.lines.iter().filter_map(|line| line.server.as_ref().zip(line.gate.as_ref()))
    }

    /// Writes down what is known of a letter, again and again until it is written: what was not, would be doubt. It gives up only where nobody waits for it any more.
    pub(in crate::workflow::deliver) fn insist<T>(&self, mut work: impl FnMut() -> Result<T, StoreError>) {
        let mut told = false;
        while let Err(error) = work() {
            if !std::mem::replace(&mut told, true) {
                self.means.teller.tell(Told::Trouble(&error.to_string()));
            }
            if error == StoreError::Closed || self.abandoned.load(Ordering::Relaxed) {
                return;
            }
            thread::sleep(AGAIN);
        }
    }
}

/// How a look at the ledger ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looked {
    /// There is more to put into it, at once.
    More,
    /// As much was claimed as may lie on the table: there may be more when that is gone.
    Full,
    /// Everything that is due is claimed.
    Done,
}

/// The dispatcher: what has to be in the ledger first, claims, signs of life.
fn dispatch(shared: &Shared, ahead: usize) {
    let mut last_sign = (Instant::now(), (shared.means.now)());
    let mut trouble: Option<String> = None;
    loop {
        let (looked, wait) = match look(shared, ahead, &mut last_sign) {
            Ok(Looked::More) => (Looked::More, Duration::ZERO),
            Ok(looked) => {
                trouble = None;
                (looked, LOOK)
            }
            Err(error) => {
                let text = error.to_string();
                // Said once, not every two seconds.
                if trouble.as_ref() != Some(&text) {
                    shared.means.teller.tell(Told::Trouble(&text));
                }
                trouble = Some(text);
                (Looked::Done, PAUSE)
            }
        };
        if !shared.rest(wait, looked == Looked::Full, trouble.is_none()) {
            return;
        }
    }
}

/// One look at the ledger.
fn look(shared: &Shared, ahead: usize, last_sign: &mut (Instant, Timestamp)) -> Result<Looked, StoreError> {
    let means = &shared.means;
    let now = (means.now)();
    // A clock that is set forward ends our leases at once: they come before anything is claimed.
    if last_sign.0.elapsed() >= SIGN_OF_LIFE || now.duration_since(last_sign.1).abs() >= LEASE / 2 {
        let held: Vec<DeliveryId> = shared.table().held.iter().copied().collect();
        let owner = shared.owner.clone();
        means.store.write(move |sql| deliveries::prolong(sql, &owner, &held, LEASE, now))?;
        shared.keep_rates()?;
        // Where it cannot be noted now, it is the next time.
        let _ = shared.log.advance(&means.store);
        *last_sign = (Instant::now(), now);
    }
    for dead in disk_presence::dead(&means.senders) {
        means.store.write(move |sql| deliveries::recover(sql, &dead, now))?;
    }
    shared.gates().for_each(|(_, gate)| gate.tidy());
    let more = means.scribe.prepare(&means.store, now)?;
    shared.gates().for_each(|(_, gate)| gate.look(shared.urgency()));
    shared.clear()?;
    if shared.shut().is_some() {
        return Ok(Looked::Done);
    }
    let room = {
        let table = shared.table();
        let left = means.most.map_or(u64::MAX, |most| most.saturating_sub(table.claimed));
        ahead.saturating_sub(table.waiting.len()).min(usize::try_from(left).unwrap_or(usize::MAX))
    };
    if room == 0 {
        return Ok(Looked::Full);
    }
    let (owner, limit) = (shared.owner.clone(), u32::try_from(room).unwrap_or(u32::MAX));
    let which = means.scribe.which();
    {
        let mut table = shared.table();
        (table.claiming, table.claims) = (true, table.claims + 1);
    }
    let claimed = means.store.write(move |sql| deliveries::claim(sql, which, &owner, now, LEASE, limit));
    let mut table = shared.table();
    table.claiming = false;
    let claimed = claimed?;
    let is_full = claimed.len() >= room;
    if !claimed.is_empty() {
        table.held.extend(claimed.iter().map(|claimed| claimed.delivery));
        table.claimed += claimed.len() as u64;
        table.waiting.extend(claimed);
        drop(table);
        shared.filled.notify_all();
    }
    Ok(match (more, is_full) {
        (true, _) => Looked::More,
        (false, true) => Looked::Full,
        (false, false) => Looked::Done,
    })
}
