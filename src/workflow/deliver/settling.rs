//! What became of a letter, written down: at once where somebody has to know, and for a letter that was taken on the way to the next one.
//!
//! A connection that waited for the disk twice a letter, for the mark and for the settlement, would wait half of its time for nothing: until the next letter is marked, nothing depends on
//! the settlement. So it is handed in and shares a transaction with that mark, or has one of its own a few milliseconds later. The next mark is made only where the settlement
//! stands, so never is more than one letter of a connection in doubt.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;

use jiff::Timestamp;

use crate::newsletter::delivery;
use crate::newsletter::delivery::Next;
use crate::newsletter::delivery::State;
use crate::newsletter::discretion;
use crate::newsletter::refusal;
use crate::store::StoreError;
use crate::store::deliveries;
use crate::store::deliveries::Claimed;
use crate::store::deliveries::Said;
use crate::store::sql::Sql;
use crate::subscriber::keys;
use crate::subscriber::keys::AddressHash;
use crate::subscriber::subscriber::SubscriberId;
use crate::transport::smtp::server::Server;
use crate::value::reply::Outcome;
use crate::value::reply::Reply;
use crate::value::reply::Stage;
use crate::workflow::deliver::Told;
use crate::workflow::deliver::round::Shared;

/// A settlement on its way to the disk.
pub(in crate::workflow::deliver) struct Owed {
    settlement: Settlement,
    stands: Stands,
    answer: Receiver<Result<bool, StoreError>>,
}

/// Whether a settlement stands, in the transaction that runs now or in one that was committed.
#[derive(Clone, Debug, Default)]
pub(in crate::workflow::deliver) struct Stands(Arc<AtomicBool>);

impl Stands {
    pub(in crate::workflow::deliver) fn get(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    fn set(&self, stands: bool) {
        self.0.store(stands, Ordering::SeqCst);
    }
}

/// What is to be written down.
#[derive(Clone)]
struct Settlement {
    claimed: Claimed,
    owner: Box<str>,
    next: Next,
    said: Option<Said>,
    hash: Option<AddressHash>,
    now: Timestamp,
}

impl Settlement {
    fn of(shared: &Shared, claimed: &Claimed, next: Next, said: Option<Said>) -> Self {
        let (claimed, owner, hash) = (claimed.clone(), shared.owner.as_str().into(), hash(shared, claimed));
        Self { claimed, owner, next, said, hash, now: (shared.means.now)() }
    }

    fn write(&self, sql: &mut dyn Sql) -> Result<bool, StoreError> {
        let (delivery, said) = (self.claimed.delivery, self.said.as_ref());
        deliveries::settle(sql, delivery, &self.owner, &self.next, said, self.hash.as_ref(), self.now)
    }

    /// Writes it down, however often that has to be tried, and tells of it. Where that has failed before, it is known `why`.
    fn insist(&self, shared: &Shared, mut why: Option<StoreError>) {
        shared.insist(|| {
            let settlement = self.clone();
            why.take().map_or(Ok(()), Err)?;
            shared.means.store.write(move |sql| settlement.write(sql))
        });
        self.tell(shared);
    }

    fn tell(&self, shared: &Shared) {
        shared.let_go(self.claimed.delivery);
        let to = self.claimed.address.as_ref().map(|address| address.masked()).unwrap_or_default();
        let reply = self.said.as_ref().map(|said| &said.reply);
        let why = reply.map(in_words).unwrap_or_default();
        let is_policy = reply.is_some_and(refusal::is_about_sender);
        let (notice, state) = (self.claimed.notice, self.next.state);
        shared.means.teller.tell(Told::Settled { notice, to: &to, state, why: &why, is_policy });
    }
}

impl Owed {
    /// Whether it stands, to be asked in the transaction of the next mark.
    pub(in crate::workflow::deliver) fn stands(&self) -> Stands {
        self.stands.clone()
    }

    /// Waits until it is durable. Where it could not be written it is insisted on.
    pub(in crate::workflow::deliver) fn finish(self, shared: &Shared) {
        match self.answer.recv() {
            Ok(Ok(_)) => self.settlement.tell(shared),
            Ok(Err(error)) => self.settlement.insist(shared, Some(error)),
            Err(_) => self.settlement.insist(shared, None),
        }
    }
}

/// Settles by the outcome of the attempt at `server`, where one was asked. Of a letter that was taken the settlement is under way when this returns.
pub(in crate::workflow::deliver) fn conclude(
    shared: &Shared,
    server: Option<&Server>,
    claimed: &Claimed,
    outcome: &Outcome,
) -> Option<Owed> {
    let now = (shared.means.now)();
    let next = delivery::after(claimed.kind, claimed.attempt, claimed.created, now, jitter(), outcome);
    let reply = match outcome {
        Outcome::Accepted(reply) | Outcome::Deferred(reply) | Outcome::Rejected(reply) => reply.clone(),
        Outcome::Uncertain(why) => Reply::broken(Stage::Body, why),
        Outcome::Unreachable(why) => Reply::broken(Stage::Connect, why),
    };
    let said = Said { reply, server: server.map(|server| server.shown().into()) };
    let settlement = Settlement::of(shared, claimed, next, Some(said));
    if next.state == State::Sent {
        return Some(hand_in(shared, settlement));
    }
    // What was refused may stop everything, and must not be overtaken by another letter.
    settlement.insist(shared, None);
    None
}

fn hand_in(shared: &Shared, settlement: Settlement) -> Owed {
    let (stands, (sender, answer)) = (Stands::default(), mpsc::sync_channel(1));
    let (written, ran, held) = (settlement.clone(), stands.clone(), stands.clone());
    let job = move |sql: &mut dyn Sql| {
        ran.set(false);
        let settled = written.write(sql)?;
        ran.set(true);
        Ok(settled)
    };
    shared.means.store.submit_soon(job, move |result| {
        if result.is_err() {
            held.set(false);
        }
        let _ = sender.send(result);
    });
    Owed { settlement, stands, answer }
}

/// There is nobody or nothing to write about any more.
pub(in crate::workflow::deliver) fn skip(shared: &Shared, claimed: &Claimed) {
    Settlement::of(shared, claimed, Next::ended(State::Skipped), None).insist(shared, None);
}

/// What suppression knows the reader by; none for the site's owner.
pub(in crate::workflow::deliver) fn hash(shared: &Shared, claimed: &Claimed) -> Option<AddressHash> {
    let address = claimed.address.as_ref().filter(|_| claimed.subscriber != SubscriberId::OWNER)?;
    Some(shared.means.keys.address_hash(&address.key()))
}

/// A reply for people, without the addresses in it.
fn in_words(reply: &Reply) -> String {
    let text = discretion::masked(&reply.text);
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
