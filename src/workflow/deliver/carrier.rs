//! One connection to a server: takes what is on the table, has the letter written, hands it over, settles.

use std::time::Duration;
use std::time::Instant;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::newsletter::delivery;
use crate::newsletter::mailing::Mailing;
use crate::output::letter::Letter;
use crate::store::StoreError;
use crate::store::deliveries;
use crate::store::deliveries::Claimed;
use crate::store::deliveries::Leaving;
use crate::store::departures::Departure;
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
use crate::workflow::deliver::circuit::FIRST;
use crate::workflow::deliver::line::FAR;
use crate::workflow::deliver::line::Line;
use crate::workflow::deliver::reach;
use crate::workflow::deliver::round::Shared;
use crate::workflow::deliver::round::Task;
use crate::workflow::deliver::settling;
use crate::workflow::deliver::settling::Owed;

/// How long a connection is kept open while there is nothing to send.
const KEPT: Duration = Duration::from_secs(10);
/// How long one waits for work where there is no connection to keep.
const PATIENCE: Duration = Duration::from_secs(3600);

/// How long one waits at a gate before looking whether it is over.
const BREATH: Duration = Duration::from_secs(1);
/// How long a letter rests that could not be signed.
const PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// Works until the round is over.
pub(in crate::workflow::deliver) fn run(shared: &Shared, line: usize) {
    let Some(own) = shared.lines.get(line) else { return };
    let (mut session, mut owed) = (None, None);
    loop {
        if let Some(rest) = own.rest(shared.urgency(), Instant::now()) {
            finish(shared, &mut owed);
            if rest > KEPT {
                close(&mut session);
            }
            // A clock may be set forward meanwhile.
            if shared.sleep(rest.min(KEPT)) {
                close(&mut session);
                return;
            }
            continue;
        }
        // Whoever waits for a letter has told of the last one.
        let patience = match (&owed, &session) {
            (Some(_), _) => Duration::ZERO,
            (None, Some(_)) => KEPT,
            (None, None) => PATIENCE,
        };
        match shared.next(line, patience) {
            Task::Carry(claimed) => carry(shared, line, &claimed, &mut session, &mut owed),
            Task::Idle if owed.is_some() => finish(shared, &mut owed),
            Task::Idle => close(&mut session),
            Task::End => {
                finish(shared, &mut owed);
                close(&mut session);
                return;
            }
        }
    }
}

fn finish(shared: &Shared, owed: &mut Option<Owed>) {
    if let Some(owed) = owed.take() {
        owed.finish(shared);
    }
}

fn close(session: &mut Option<Session>) {
    if let Some(session) = session.take() {
        session.quit();
    }
}

/// Carries one letter. What is `owed` when this begins is of the letter before it, and afterwards of this one.
fn carry(shared: &Shared, line: usize, claimed: &Claimed, session: &mut Option<Session>, owed: &mut Option<Owed>) {
    let means = &shared.means;
    let Some(own) = shared.lines.get(line) else { return };
    let letter = match means.scribe.write(claimed) {
        Ok(letter) => letter,
        Err(Unwritten::Gone) => {
            return settling::skip(shared, claimed);
        }
        Err(Unwritten::Mistake(mistake)) => {
            means.teller.tell(Told::Trouble(&mistake));
            let unwritten = Reply::broken(Stage::Connect, "the letter could not be written");
            return end(shared, None, claimed, &Outcome::Deferred(unwritten), owed);
        }
        Err(Unwritten::Store(error)) => {
            means.teller.tell(Told::Trouble(&error.to_string()));
            return give_back(shared, claimed);
        }
    };
    let (about, by) = ((claimed.delivery, claimed.kind), (&*means.keys, &means.signers));
    let letter = match own.relay.ready(letter, about, by, (means.now)()) {
        Ok(letter) => letter,
        Err(why) => {
            means.teller.tell(Told::Trouble(&format!("a letter could not be made ready to leave: {why}")));
            return give_back_until(shared, claimed, later((means.now)(), PAUSE));
        }
    };
    let mut mark = Mark { shared, line: own, claimed, letter: &letter, owed, has_failed: false };
    let outcome = match (&means.post, own.server.as_ref()) {
        (Post::Folder(folder), _) => into_folder(&mut mark, folder),
        (Post::Servers(_), Some(server)) => {
            let domain = letter.envelope.to.domain().to_owned();
            let gate = own.gate.clone();
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
    let has_failed = mark.has_failed;
    match outcome {
        Some(Outcome::Unreachable(why)) => unreachable(shared, line, claimed, &why, owed),
        Some(outcome) => end(shared, Some(own), claimed, &outcome, owed),
        // Nothing has left, and perhaps the mark stands all the same: a commit whose answer was lost.
        None if has_failed => give_back(shared, claimed),
        // The mark was refused: settled there, or no longer ours.
        None => shared.let_go(claimed.delivery),
    }
}

/// The letter is at its end, at least for now. Where it was refused before it was marked, the one before it may still be owed.
fn end(shared: &Shared, own: Option<&Line>, claimed: &Claimed, outcome: &Outcome, owed: &mut Option<Owed>) {
    finish(shared, owed);
    let server = own.and_then(|line| line.server.as_ref());
    *owed = settling::conclude(shared, server, claimed, outcome);
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
            // Nothing can go to this server before: another one may take it, and what none can take is not claimed.
            Err(Later::At(_)) if gate.closed(urgency).is_some_and(|left| left > FAR) => {
                give_back(shared, claimed);
                return None;
            }
            // It is its domain's turn: others may go meanwhile, and it is claimed again when that comes.
            Err(Later::At(turn)) if Duration::try_from(turn.duration_since(now)).is_ok_and(|left| left > FAR) => {
                give_back_until(shared, claimed, turn);
                return None;
            }
            // Near, it is waited for; the gate names it at once.
            Err(Later::At(turn)) => {
                let wait = Duration::try_from(turn.duration_since(now)).unwrap_or_default();
                shared.sleep(wait.min(BREATH));
            }
            Err(Later::Busy) => {}
        }
    }
}

/// The mark before the first octet leaves.
struct Mark<'a> {
    shared: &'a Shared,
    line: &'a Line,
    claimed: &'a Claimed,
    letter: &'a Letter,
    /// The settlement of the letter before, which shares the mark's transaction or an earlier one.
    owed: &'a mut Option<Owed>,
    /// Whether nobody knows if it stands.
    has_failed: bool,
}

impl Mark<'_> {
    /// Makes it. False where the letter must not be sent.
    fn make(&mut self) -> bool {
        let mut may = self.attempt();
        // By now it was answered, too: first come, first served.
        finish(self.shared, self.owed);
        if matches!(may, Ok(None)) {
            may = self.attempt();
        }
        match may {
            Ok(may) => may.unwrap_or_default(),
            Err(error) => {
                self.shared.means.teller.tell(Told::Trouble(&error.to_string()));
                self.has_failed = true;
                false
            }
        }
    }

    /// `None` where the letter before could not be settled: first that one.
    fn attempt(&self) -> Result<Option<bool>, StoreError> {
        let (shared, claimed) = (self.shared, self.claimed);
        let (owner, delivery, now) = (shared.owner.clone(), claimed.delivery, (shared.means.now)());
        let leaving = Leaving {
            hash: settling::hash(shared, claimed),
            message_id: (&*self.letter.message_id).into(),
            server: self.line.server.as_ref().map(|server| server.shown().into()),
        };
        let before = self.owed.as_ref().map(Owed::stands);
        let marked = shared.means.store.write(move |sql| {
            if before.as_ref().is_some_and(|before| !before.get()) {
                return Ok(None);
            }
            deliveries::transmit(sql, delivery, &owner, &leaving, LEASE, now).map(Some)
        });
        if let Ok(Some(true)) = marked {
            shared.log.note(Departure { delivery, attempt: claimed.attempt, at: now });
        }
        marked
    }
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
                Ok(open) => open,
                Err(unreachable) => return Some(reach::lost(shared, line, unreachable)),
            },
        };
        let (claimed, letter) = (mark.claimed, mark.letter);
        let outcome = match open.deliver(letter, &mut || mark.make()) {
            Attempt::Done(outcome) => reach::judge(shared, line, (claimed, letter), outcome),
            Attempt::Withheld => return None,
            // The server had closed a connection that was kept: that is nobody's failure. A new one is never stale.
            Attempt::Stale => continue,
        };
        if matches!(outcome, Outcome::Unreachable(_)) {
            // Whatever it does not like about us, it will not like better over this connection.
            open.quit();
        } else if open.is_usable() {
            *session = Some(open);
        }
        return Some(outcome);
    }
}

/// Nothing was said about the delivery: it is as it was, until its window ends.
fn unreachable(shared: &Shared, line: usize, claimed: &Claimed, why: &str, owed: &mut Option<Owed>) {
    finish(shared, owed);
    let now = (shared.means.now)();
    let is_over = claimed.created.saturating_add(delivery::window(claimed.kind)).is_ok_and(|end| now >= end);
    if is_over {
        return end(shared, shared.lines.get(line), claimed, &Outcome::Unreachable(why.into()), owed);
    }
    give_back_until(shared, claimed, shared.turn(claimed.delivery));
    // What it refused for our sake is for the others. Where it could not be used, this connection rests, also if the others go on.
    if shared.may_ask(line, claimed.delivery) {
        shared.sleep(FIRST);
    }
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
