//! What an attempt says of the server, beside what it says of the letter.
//!
//! A server is reached when it has answered about a letter, not when it has let us in: one that greets everybody and then takes nothing from us is left alone like one that is away, and
//! no reader's letter pays for it. What it answers to `MAIL` is said before any reader is named. What it refuses later for what it says of us is offered to the other servers, where there are any,
//! before it counts: a definite answer means that it has not taken the letter.

use std::time::Instant;

use crate::newsletter::discretion;
use crate::newsletter::refusal;
use crate::output::letter::Letter;
use crate::store::deliveries::Claimed;
use crate::transport::smtp::unreachable::Unreachable;
use crate::value::reply::Outcome;
use crate::value::reply::Reply;
use crate::value::reply::Stage;
use crate::workflow::deliver::Told;
use crate::workflow::deliver::circuit::Failed;
use crate::workflow::deliver::line::Line;
use crate::workflow::deliver::round::Shared;
use crate::workflow::deliver::standing::Verdict;

/// The server of a line could not be used at all.
pub(in crate::workflow::deliver) fn lost(shared: &Shared, line: usize, unreachable: Unreachable) -> Outcome {
    leave_alone(shared, line, &unreachable.why);
    unreachable.into()
}

/// What became of a letter that a server was offered: [`Outcome::Unreachable`] where that says nothing about it, and it may be tried again without having been tried.
pub(in crate::workflow::deliver) fn judge(
    shared: &Shared,
    line: usize,
    (claimed, letter): (&Claimed, &Letter),
    outcome: Outcome,
) -> Outcome {
    let Some(own) = shared.lines.get(line) else { return outcome };
    if let Outcome::Unreachable(why) = &outcome {
        leave_alone(shared, line, why);
        return outcome;
    }
    if let Some((reply, why)) = turned_away(own, letter, &outcome) {
        // Of who has taken nothing from us of late, it says nothing about how fast that was.
        if let Some(gate) = own.gate.as_ref().filter(|_| own.circuit.flows(Instant::now())) {
            gate.hear(letter.envelope.to.domain(), reply);
        }
        // Several connections that are turned away at a time are turned away once.
        if leave_alone(shared, line, &why) && refusal::is_about_sender(reply) {
            count(shared, line, reply);
        }
        return Outcome::Unreachable(why.into());
    }
    let (reply, has_taken) = match &outcome {
        Outcome::Accepted(reply) => (reply, true),
        Outcome::Deferred(reply) | Outcome::Rejected(reply) => (reply, false),
        Outcome::Uncertain(_) | Outcome::Unreachable(_) => return outcome,
    };
    // No word of the server's; or its last one, whatever the letter.
    if matches!(reply.code, 0 | 421) {
        return outcome;
    }
    if own.circuit.answered(Instant::now()) {
        shared.means.teller.tell(Told::Up { server: &own.shown() });
    }
    if !refusal::is_about_sender(reply) {
        own.standing.answered(has_taken);
        return outcome;
    }
    let is_other_left = shared.is_other_left(line, Some(claimed.delivery));
    count(shared, line, reply);
    if !is_other_left {
        return outcome;
    }
    shared.refusals.note(claimed.delivery, line);
    Outcome::Unreachable(format!("{} refuses us ({reply})", own.shown()).into())
}

/// Counts that a server refused a letter for what it says of us.
fn count(shared: &Shared, line: usize, reply: &Reply) {
    let Some(own) = shared.lines.get(line) else { return };
    let verdict = own.standing.refused(Instant::now(), shared.is_other_left(line, None));
    let is_last = match verdict {
        Verdict::Nothing => return,
        Verdict::Aside => false,
        Verdict::Last => true,
    };
    let why = discretion::masked(&reply.to_string());
    shared.means.teller.tell(Told::Refused { server: &own.shown(), why: &why, is_last });
}

/// The server is left alone for a while, or this connection alone, where it answers over others. False where that is known already.
fn leave_alone(shared: &Shared, line: usize, why: &str) -> bool {
    let Some(own) = shared.lines.get(line) else { return false };
    let (server, teller) = (own.shown(), &shared.means.teller);
    match own.circuit.failed(Instant::now()) {
        Failed::Open(wait) => teller.tell(Told::Down { server: &server, why, seconds: wait.as_secs() }),
        Failed::Here { is_first: true } => {
            let hint = "it is tried again every few seconds; if that goes on, set fewer `connections` in [[smtp]]";
            teller.tell(Told::Trouble(&format!(
                "{server} takes letters, but not over all our connections: {why}; {hint}"
            )));
        }
        Failed::Here { is_first: false } | Failed::Known => return false,
    }
    true
}

/// The reply with which the server turned us away before any reader was named, and how that is told; `None` where it is about the letter.
fn turned_away<'o>(own: &Line, letter: &Letter, outcome: &'o Outcome) -> Option<(&'o Reply, String)> {
    let (Outcome::Deferred(reply) | Outcome::Rejected(reply)) = outcome else { return None };
    let said = discretion::masked(&reply.to_string());
    if reply.code == 0 && reply.stage == Stage::Mail && matches!(outcome, Outcome::Deferred(_)) {
        return Some((reply, format!("{said} at MAIL")));
    }
    // Of a letter to an address of other letters than ASCII (RFC 6531) it may be that.
    if letter.smtputf8 || !refusal::is_about_session(reply) {
        return None;
    }
    let server = own.shown();
    Some((
        reply,
        if reply.code >= 500 {
            format!(
                "{server} takes no mail from us ({said}); check the address in `from`, and what your account there may send, and how much"
            )
        } else {
            format!("{server} takes no mail from us now ({said})")
        },
    ))
}
