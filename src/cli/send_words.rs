//! What `send` says to people: the question before, and what became of everybody after.

use std::fmt::Write;
use std::io;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::terminal::Terminal;
use crate::workflow::deliveries::DeliveryState;
use crate::workflow::send::Ills;
use crate::workflow::send::Prepared;
use crate::workflow::send::Resolved;
use crate::workflow::send::Sent;

/// `«The first sentence» to 1,204 readers through smtp.example.com:587`.
pub(in crate::cli) fn what(prepared: &Prepared, limit: Option<u64>) -> String {
    let readers = limit.map_or(prepared.readers, |limit| limit.min(prepared.readers));
    let more = if prepared.begun { " more" } else { "" };
    let (noun, servers) = (if readers == 1 { "reader" } else { "readers" }, &prepared.servers);
    let takes = prepared.takes.filter(|takes| takes.as_mins() > 0);
    let takes = match prepared.spread {
        Some(spread) if takes.is_none_or(|takes| takes <= spread) => {
            Some(format!(", spread over {}", time_text(spread)))
        }
        _ => takes.map(|takes| format!(", {} at your limits", time_text(takes))),
    };
    format!(
        "«{}» ({}) to {}{more} {noun} through {servers}{}{}",
        prepared.subject,
        prepared.name,
        thousands(readers),
        takes.unwrap_or_default(),
        doubts(prepared.doubts)
    )
}

/// A server that refuses us, and what becomes of its letters.
pub(in crate::cli) fn refused(server: &str, why: &str, is_last: bool) -> String {
    let then = if is_last {
        "No other server is left"
    } else {
        "It is set aside for an hour, and the other servers are offered its letters"
    };
    format!(
        "{server} refuses our mail, whoever the reader is: {why}. {then}; look at SPF, DKIM, DMARC and the rights of your account there"
    )
}

/// What is added to the question where the newsletter's settings settle letters in doubt.
fn doubts(doubts: Resolved) -> String {
    let are = |count| if count == 1 { "is" } else { "are" };
    match (doubts.resent, doubts.assumed) {
        (0, 0) => String::new(),
        (0, assumed) => format!("; {} in doubt {} counted as sent", thousands(assumed), are(assumed)),
        (resent, _) => format!("; {} of them {} in doubt, and may have it already", thousands(resent), are(resent)),
    }
}

/// `37 minutes`, `6 hours`, `2 h 30 min`, `3 days 4 h`.
fn time_text(time: SignedDuration) -> String {
    let several = |count, noun| if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") };
    match (time.as_hours() / 24, time.as_hours() % 24, time.as_mins() % 60) {
        (0, 0, 0) => several(time.as_secs(), "second"),
        (0, 0, minutes) => several(minutes, "minute"),
        (0, hours, 0) => several(hours, "hour"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => several(days, "day"),
        (days, hours, _) => format!("{} {hours} h", several(days, "day")),
    }
}

/// `1,204`.
pub(in crate::cli) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Prints what became of a run.
pub(in crate::cli) fn print(sent: &Sent, took: Duration, terminal: &Terminal) -> io::Result<()> {
    if terminal.format() == Format::Json {
        let counts: serde_json::Map<String, serde_json::Value> =
            sent.states.iter().map(|(state, count)| (state.word().to_owned(), json!(count))).collect();
        let next = sent.next.map(|next| next.to_string());
        return terminal.object(&json!({
            "deliveries": counts, "state": sent.state.map(|state| state.word()), "next": next, "complete": sent.is_complete(),
            "unusable": sent.alone,
            "resent": sent.resolved.resent, "assumed": sent.resolved.assumed,
        }));
    }
    terminal.data(&summary(sent, took))
}

/// What became of the run, for whoever called it: how many have it, what became of the others, what to do.
fn summary(sent: &Sent, took: Duration) -> String {
    let all: u64 = sent.states.values().sum();
    let readers = if all == 1 { "reader has" } else { "readers have" };
    let mut text = String::new();
    let took = time_text(SignedDuration::from_secs(took.as_secs().try_into().unwrap_or(i64::MAX)));
    let _ = writeln!(
        text,
        "{} of {} {readers} it. This run took {took}.",
        thousands(sent.count(DeliveryState::Sent)),
        thousands(all)
    );
    let width = sent.states.values().map(|count| thousands(*count).len()).max().unwrap_or_default();
    for (state, count) in &sent.states {
        let _ = match meaning(*state) {
            Some(meaning) => writeln!(text, "  {:>width$}  {}: {meaning}", thousands(*count), state.word()),
            None => Ok(()),
        };
    }
    let letters = |count| if count == 1 { "One letter".to_owned() } else { format!("{} letters", thousands(count)) };
    for (count, one, more, policy) in [
        (sent.resolved.resent, "was tried", "were tried", "once more (`in_doubt = \"resend\"`)"),
        (sent.resolved.assumed, "counts", "count", "as sent (`in_doubt = \"assume-sent\"`)"),
    ] {
        if count > 0 {
            let verb = if count == 1 { one } else { more };
            let _ = writeln!(text, "{} in doubt {verb} {policy}.", letters(count));
        }
    }
    if sent.ills == Some(Ills::Refused) {
        text += "Paused: more than one letter of fifty, or of a short list each one so far, was refused for what is said of the sender, as by policies (5.7.x): look at SPF,\n\
                 DKIM, DMARC, the rights of your account there, and the replies in `letterpress deliveries`; then `letterpress issue resume`, and those who were refused are tried again.\n";
    }
    if sent.ills == Some(Ills::Unwanted) {
        text += "Paused: more than two letters of three were refused for good. So many are not the readers' fault: look at the replies in `letterpress deliveries`, at\n\
                 where the list comes from and what your provider says; then `letterpress issue resume`, and those who were refused are tried again.\n";
    }
    if sent.ills == Some(Ills::Doubted) {
        text += "Paused: of more than one letter of fifty the server's answer was lost. Something cuts the connections when a letter has left: look at the server's log\n\
                 and at firewalls and virus scanners on the way, settle what is in doubt (`letterpress deliveries`), then `letterpress issue resume`.\n";
    }
    if !sent.alone.is_empty() && sent.next.is_some() {
        let _ = writeln!(
            text,
            "No server could be used at the end ({}): what it said stands above.",
            sent.alone.join(", ")
        );
    }
    if sent.stopped {
        text += "Stopped; call it again and it goes on.\n";
    }
    if let Some(next) = sent.next.filter(|_| sent.ills.is_none()) {
        let _ = writeln!(
            text,
            "Something remains; the next attempt is due at {}. Call it again then.",
            next.strftime("%Y-%m-%d %H:%M UTC")
        );
    }
    if sent.count(DeliveryState::InDoubt) > 0 {
        text += "For the letters in doubt: letterpress deliveries\n";
    }
    text
}

/// What a state means for the readers in it; nothing is said of those who have it.
fn meaning(state: DeliveryState) -> Option<&'static str> {
    Some(match state {
        DeliveryState::Sent => return None,
        DeliveryState::Pending => "not tried yet",
        DeliveryState::Leased | DeliveryState::Transmitting => "another program is at it",
        DeliveryState::Deferred => "the server said \"later\"; they are tried again",
        DeliveryState::Bounced => "there is no such mailbox; nothing is sent there any more",
        DeliveryState::Rejected => "refused; the address is not to blame",
        DeliveryState::InDoubt => "the server's answer was lost; it may have the letter or not",
        DeliveryState::Expired => "not taken within two days",
        DeliveryState::Skipped => "left or suppressed before it went, or the issue was cancelled",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_says_what_became_of_everybody() {
        let states = [
            (DeliveryState::Sent, 1198),
            (DeliveryState::Deferred, 3),
            (DeliveryState::Bounced, 1),
            (DeliveryState::InDoubt, 2),
        ];
        let next = Some("2026-11-15T08:40:00Z".parse().unwrap());
        let sent = Sent { states: states.into_iter().collect(), next, stopped: true, ..Sent::default() };
        assert_eq!(
            summary(&sent, Duration::from_secs(2220)),
            "1,198 of 1,204 readers have it. This run took 37 minutes.\n      3  deferred: the server said \"later\"; they are tried again\n      \
             1  bounced: there is no such mailbox; nothing is sent there any more\n      2  in_doubt: the server's answer was lost; it may have the letter or not\n\
             Stopped; call it again and it goes on.\nSomething remains; the next attempt is due at 2026-11-15 08:40 UTC. Call it again then.\n\
             For the letters in doubt: letterpress deliveries\n"
        );
        let states = [(DeliveryState::Pending, 2)].into_iter().collect();
        let sent = Sent { states, next, alone: vec!["a:25".into(), "b:587".into()], ..Sent::default() };
        assert_eq!(
            summary(&sent, Duration::from_secs(1)),
            "0 of 2 readers have it. This run took 1 second.\n  2  pending: not tried yet\n\
             No server could be used at the end (a:25, b:587): what it said stands above.\n\
             Something remains; the next attempt is due at 2026-11-15 08:40 UTC. Call it again then.\n"
        );
        let sent = Sent { states: [(DeliveryState::Sent, 1)].into_iter().collect(), ..Sent::default() };
        assert_eq!(
            summary(&sent, Duration::from_secs(1)),
            "1 of 1 reader have it. This run took 1 second.\n".replace("have", "has")
        );
        let resolved = |resent, assumed| Resolved { resent, assumed };
        let settled = |resolved| summary(&Sent { resolved, ..Sent::default() }, Duration::from_secs(1));
        assert!(
            settled(resolved(2, 0)).ends_with("2 letters in doubt were tried once more (`in_doubt = \"resend\"`).\n")
        );
        assert!(
            settled(resolved(0, 1)).ends_with("One letter in doubt counts as sent (`in_doubt = \"assume-sent\"`).\n")
        );
        assert_eq!(doubts(resolved(0, 0)), "");
        assert_eq!(doubts(resolved(0, 2)), "; 2 in doubt are counted as sent");
        assert_eq!(doubts(resolved(1, 0)), "; 1 of them is in doubt, and may have it already");
        for state in DeliveryState::ALL {
            assert_eq!(meaning(state).is_none(), state == DeliveryState::Sent, "{state}");
        }
    }

    #[test]
    fn numbers_for_people() {
        let shown: Vec<String> = [0, 999, 1000, 1_234_567].into_iter().map(thousands).collect();
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
        for (minutes, text) in [
            (1, "1 minute"),
            (37, "37 minutes"),
            (60, "1 hour"),
            (150, "2 h 30 min"),
            (2880, "2 days"),
            (4560, "3 days 4 h"),
        ] {
            assert_eq!(time_text(SignedDuration::from_mins(minutes)), text);
        }
        assert_eq!(time_text(SignedDuration::from_secs(59)), "59 seconds");
    }
}
