//! One connection to a server: takes what is on the table, has the letter written, hands it over, settles.

use std::time::Duration;
use std::time::Instant;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::newsletter::delivery;
use crate::newsletter::delivery::Next;
use crate::newsletter::delivery::State;
use crate::newsletter::mailing::Mailing;
use crate::newsletter::refusal;
use crate::output::letter::Letter;
use crate::store::StoreError;
use crate::store::deliveries;
use crate::store::deliveries::Claimed;
use crate::store::departures::Departure;
use crate::subscriber::keys;
use crate::subscriber::keys::AddressHash;
use crate::subscriber::subscriber::SubscriberId;
use crate::transport::eml::LetterFolder;
use crate::transport::smtp::server::Server;
use crate::transport::smtp::session::Attempt;
use crate::transport::smtp::session::Session;
use crate::transport::throttle::Urgency;
use crate::transport::throttle::gate::Gate;
use crate::transport::throttle::gate::Later;
use crate::transport::throttle::gate::Pass;
use crate::value::reply::Outcome;
use crate::value::reply::Reply;
use crate::value::reply::Stage;
use crate::workflow::deliver::LEASE;
use crate::workflow::deliver::Post;
use crate::workflow::deliver::Told;
use crate::workflow::deliver::Unwritten;
use crate::workflow::deliver::round::Shared;
use crate::workflow::deliver::round::Task;

/// How long a connection is kept open while there is nothing to send.
const KEPT: Duration = Duration::from_secs(10);
/// How long one waits for work where there is no connection to keep.
const PATIENCE: Duration = Duration::from_secs(3600);

/// How long one waits at a gate before looking whether it is over.
const BREATH: Duration = Duration::from_secs(1);
/// A turn that is farther away than this is not waited for with a letter in hand.
const FAR: SignedDuration = SignedDuration::from_secs(10);
/// How long a letter rests that could not be signed.
const PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// Works until the round is over.
pub(in crate::workflow::deliver) fn run(shared: &Shared, line: usize) {
    let Some(own) = shared.lines.get(line) else { return };
    let mut session = None;
    loop {
        if let Some(rest) = own.circuit.rest(Instant::now()) {
            if shared.sleep(rest) {
                return;
            }
            continue;
        }
        match shared.next(if session.is_some() { KEPT } else { PATIENCE }) {
            Task::Carry(claimed) => carry(shared, line, &claimed, &mut session),
            Task::Idle => close(&mut session),
            Task::End => {
                close(&mut session);
                return;
            }
        }
    }
}

fn close(session: &mut Option<Session>) {
    if let Some(session) = session.take() {
        session.quit();
    }
}

fn carry(shared: &Shared, line: usize, claimed: &Claimed, session: &mut Option<Session>) {
    let means = &shared.means;
    let letter = match means.scribe.write(claimed) {
        Ok(letter) => letter,
        Err(Unwritten::Gone) => {
            let skipped = Next::ended(State::Skipped);
            return settle(shared, claimed, &skipped, None);
        }
        Err(Unwritten::Mistake(mistake)) => {
            means.teller.tell(Told::Trouble(&mistake));
            let unwritten = Reply::broken(Stage::Connect, "the letter could not be written");
            return conclude(shared, claimed, &Outcome::Deferred(unwritten));
        }
        Err(Unwritten::Store(error)) => {
            means.teller.tell(Told::Trouble(&error.to_string()));
            return give_back(shared, claimed);
        }
    };
    let Some(own) = shared.lines.get(line) else { return };
    let (about, by) = ((claimed.delivery, claimed.kind), (&*means.keys, &means.signers));
    let letter = match own.relay.ready(letter, about, by, (means.now)()) {
        Ok(letter) => letter,
        Err(why) => {
            means.teller.tell(Told::Trouble(&format!("a letter could not be made ready to leave: {why}")));
            return give_back_until(shared, claimed, later((means.now)(), PAUSE));
        }
    };
    let mut mark = Mark { shared, claimed, letter: &letter, has_failed: false };
    let outcome = match (&means.post, shared.lines.get(line).and_then(|line| line.server.as_ref())) {
        (Post::Folder(folder), _) => into_folder(&mut mark, folder),
        (Post::Servers(_), Some(server)) => {
            let domain = letter.envelope.to.domain().to_owned();
            let gate = shared.lines.get(line).and_then(|line| line.gate.clone());
            let Some(pass) = enter(shared, claimed, gate.as_deref(), &domain) else { return };
            let outcome = through(&mut mark, line, server, session);
            drop(pass);
            if let (Some(gate), Some(Outcome::Deferred(reply) | Outcome::Rejected(reply))) = (&gate, &outcome) {
                gate.hear(&domain, reply);
            }
            outcome
        }
        (Post::Servers(_), None) => None,
    };
    match outcome {
        Some(Outcome::Unreachable(why)) => unreachable(shared, line, claimed, &why),
        Some(outcome) => conclude(shared, claimed, &outcome),
        // Nothing has left, and perhaps the mark stands all the same: a commit whose answer was lost.
        None if mark.has_failed => give_back(shared, claimed),
        // The mark was refused: settled there, or no longer ours.
        None => shared.let_go(claimed.delivery),
    }
}

/// Waits for the letter's turn. `None` where that is far away, or it is over: then it was given back.
fn enter<'g>(shared: &Shared, claimed: &Claimed, gate: Option<&'g Gate>, domain: &'g str) -> Option<Option<Pass<'g>>> {
    let Some(gate) = gate else { return Some(None) };
    let urgency = match claimed.kind {
        Mailing::Notice => Urgency::Notice,
        Mailing::Issue => Urgency::Issue,
    };
    loop {
        let now = (shared.means.now)();
        match gate.enter(domain, urgency, BREATH) {
            Ok(pass) => return Some(Some(pass)),
            Err(_) if shared.sleep(Duration::ZERO) => {
                give_back(shared, claimed);
                return None;
            }
            // Others may go meanwhile, and it is claimed again when its turn comes.
            Err(Later::At(turn)) if turn.duration_since(now) > FAR => {
                give_back_until(shared, claimed, turn);
                return None;
            }
            Err(Later::At(_) | Later::Busy) => {}
        }
    }
}

/// The mark before the first octet leaves.
struct Mark<'a> {
    shared: &'a Shared,
    claimed: &'a Claimed,
    letter: &'a Letter,
    /// Whether nobody knows if it stands.
    has_failed: bool,
}

impl Mark<'_> {
    /// Makes it. False where the letter must not be sent.
    fn make(&mut self) -> bool {
        let (shared, claimed) = (self.shared, self.claimed);
        let (owner, delivery, now) = (shared.owner.clone(), claimed.delivery, (shared.means.now)());
        let (hash, message_id) = (hash(shared, claimed), self.letter.message_id.clone());
        let marked = shared.means.store.write(move |sql| {
            let may = deliveries::transmit(sql, delivery, &owner, hash.as_ref(), LEASE, now)?;
            if may {
                deliveries::name(sql, delivery, &message_id)?;
            }
            Ok(may)
        });
        if let Ok(true) = marked {
            shared.log.note(Departure { delivery, attempt: claimed.attempt, at: now });
        }
        marked.unwrap_or_else(|error: StoreError| {
            shared.means.teller.tell(Told::Trouble(&error.to_string()));
            self.has_failed = true;
            false
        })
    }
}

/// What suppression knows the reader by; none for the site's owner.
fn hash(shared: &Shared, claimed: &Claimed) -> Option<AddressHash> {
    let address = claimed.address.as_ref().filter(|_| claimed.subscriber != SubscriberId::OWNER)?;
    Some(shared.means.keys.address_hash(&address.key()))
}

fn into_folder(mark: &mut Mark<'_>, folder: &LetterFolder) -> Option<Outcome> {
    if !mark.make() {
        return None;
    }
    let written = folder.deliver(mark.letter, (mark.shared.means.now)());
    Some(written.unwrap_or_else(|error| Outcome::Deferred(Reply::broken(Stage::Body, &error.to_string()))))
}

fn through(mark: &mut Mark<'_>, line: usize, server: &Server, session: &mut Option<Session>) -> Option<Outcome> {
    let shared = mark.shared;
    loop {
        let mut open = match session.take() {
            Some(open) => open,
            None => match Session::open(server) {
                Ok(open) => {
                    if shared.lines.get(line).is_some_and(|line| line.circuit.succeeded()) {
                        shared.means.teller.tell(Told::Up { server: &server.shown() });
                    }
                    open
                }
                Err(unreachable) => return Some(unreachable.into()),
            },
        };
        let letter = mark.letter;
        let attempt = open.deliver(letter, &mut || mark.make());
        if open.is_usable() {
            *session = Some(open);
        }
        match attempt {
            Attempt::Done(outcome) => return Some(outcome),
            Attempt::Withheld => return None,
            // The server had closed a connection that was kept: that is nobody's failure. A new one is never stale.
            Attempt::Stale => *session = None,
        }
    }
}

/// The server is out of reach: the delivery is as it was, until its window ends.
fn unreachable(shared: &Shared, line: usize, claimed: &Claimed, why: &str) {
    let wait = shared.lines.get(line).and_then(|line| line.circuit.failed(Instant::now()).map(|wait| (line, wait)));
    if let Some((line, wait)) = wait {
        let server = line.server.as_ref().map(Server::shown).unwrap_or_default();
        shared.means.teller.tell(Told::Down { server: &server, why, seconds: wait.as_secs() });
    }
    let now = (shared.means.now)();
    let is_over = claimed.created.saturating_add(delivery::window(claimed.kind)).is_ok_and(|end| now >= end);
    if is_over {
        return conclude(shared, claimed, &Outcome::Unreachable(why.into()));
    }
    give_back(shared, claimed);
}

fn give_back(shared: &Shared, claimed: &Claimed) {
    give_back_until(shared, claimed, (shared.means.now)());
}

fn give_back_until(shared: &Shared, claimed: &Claimed, turn: Timestamp) {
    let (owner, delivery, now) = (shared.owner.clone(), claimed.delivery, (shared.means.now)());
    shared.insist(|| {
        let owner = owner.clone();
        shared.means.store.write(move |sql| deliveries::give_back(sql, delivery, &owner, turn, now))
    });
    shared.put_back(delivery);
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Settles by the outcome of the attempt.
fn conclude(shared: &Shared, claimed: &Claimed, outcome: &Outcome) {
    let now = (shared.means.now)();
    let next = delivery::after(claimed.kind, claimed.attempt, claimed.created, now, jitter(), outcome);
    let reply = match outcome {
        Outcome::Accepted(reply) | Outcome::Deferred(reply) | Outcome::Rejected(reply) => reply.clone(),
        Outcome::Uncertain(why) => Reply::broken(Stage::Body, why),
        Outcome::Unreachable(why) => Reply::broken(Stage::Connect, why),
    };
    settle(shared, claimed, &next, Some(reply));
}

fn settle(shared: &Shared, claimed: &Claimed, next: &Next, reply: Option<Reply>) {
    let (owner, delivery, now, next) = (shared.owner.clone(), claimed.delivery, (shared.means.now)(), *next);
    let (hash, kept) = (hash(shared, claimed), reply.clone());
    shared.insist(|| {
        let (owner, kept) = (owner.clone(), kept.clone());
        shared
            .means
            .store
            .write(move |sql| deliveries::settle(sql, delivery, &owner, &next, kept.as_ref(), hash.as_ref(), now))
    });
    shared.let_go(delivery);
    let to = claimed.address.as_ref().map(|address| address.masked()).unwrap_or_default();
    let why = reply.as_ref().map(said).unwrap_or_default();
    let is_policy = reply.as_ref().is_some_and(refusal::is_about_sender);
    shared.means.teller.tell(Told::Settled {
        notice: claimed.notice,
        to: &to,
        state: next.state,
        why: &why,
        is_policy,
    });
}

/// A reply for people, without the addresses in it.
fn said(reply: &Reply) -> String {
    let text = crate::newsletter::discretion::masked(&reply.text);
    match (reply.code, reply.enhanced_text()) {
        (0, _) => text,
        (code, Some(enhanced)) => format!("{code} {enhanced} {text}"),
        (code, None) => format!("{code} {text}"),
    }
}

/// A random number between 0 and 1, so that what failed together is not tried together.
fn jitter() -> f64 {
    keys::random::<4>().map_or(0.5, |octets| f64::from(u32::from_le_bytes(octets)) / f64::from(u32::MAX))
}
