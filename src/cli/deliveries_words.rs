//! What `deliveries` prints: an issue's account, a delivery, and what to do about doubts.

use std::fmt::Write;

use serde_json::Value;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::send_words::thousands;
use crate::value::reply::Reply;
use crate::value::reply::Stage;
use crate::workflow::accounts::Account;
use crate::workflow::accounts::Counted;
use crate::workflow::accounts::Line;
use crate::workflow::deliveries::DeliveryState;

/// Replies that are shown for each state: what comes after the tenth is rare.
const REPLIES: usize = 10;

/// An issue's account, as it is printed.
pub(in crate::cli) fn account(account: &Account, format: Format) -> String {
    match format {
        Format::Human => human(account),
        Format::Short => {
            format!("{}\t{}\t{}\t{}\n", account.name, account.state, account.audience, counts(account, " "))
        }
        Format::Json => format!("{}\n", object(account)),
    }
}

/// A delivery, as it is printed in a list.
pub(in crate::cli) fn line(line: &Line, format: Format) -> String {
    match format {
        Format::Human => {
            let mut text = known_by(line, &format!("{}  {}", line.state, minute(line)));
            if let Some(reply) = &line.reply {
                // Of a reader who was erased, the server's words are gone.
                let _ = writeln!(text, "      {}: {}", at(reply.stage), reply.to_string().trim_end());
            }
            text
        }
        Format::Short => {
            let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
            let (stage, said) =
                line.reply.as_ref().map(|reply| (reply.stage.word(), reply.to_string())).unwrap_or_default();
            let (to, id, token) = (or_none(&line.to), or_none(&line.message_id), or_none(&line.token));
            let server = or_none(&line.server);
            format!(
                "{}\t{}\t{}\t{to}\t{id}\t{token}\t{server}\t{stage}\t{said}\n",
                line.number, line.state, line.changed
            )
        }
        Format::Json => format!("{}\n", fields(line)),
    }
}

/// What to do about these deliveries in doubt; `None` where there are none.
pub(in crate::cli) fn advice(doubts: &[&Line]) -> Option<&'static str> {
    let (named, signed) =
        (doubts.iter().any(|doubt| doubt.message_id.is_some()), doubts.iter().any(|doubt| doubt.token.is_some()));
    Some(match (doubts.is_empty(), named, signed) {
        (true, _, _) => return None,
        (_, true, true) => {
            "Look for the Message-IDs in the server's log, or for the tokens at a relay that writes Message-IDs of its own, then: letterpress deliveries resolve --help"
        }
        (_, true, false) => "Look for the Message-IDs in the server's log, then: letterpress deliveries resolve --help",
        (_, false, true) => {
            "Look for the tokens in the server's log or at the relay, then: letterpress deliveries resolve --help"
        }
        (_, false, false) => {
            "Without the list's keys nobody can tell the Message-IDs: bring the keys back, or look in the server's log for the addresses (--addresses), then: letterpress deliveries resolve --help"
        }
    })
}

fn counts(account: &Account, between: &str) -> String {
    let one = |(state, count): (&DeliveryState, &u64)| format!("{count} {state}");
    account.states.iter().map(one).collect::<Vec<_>>().join(between)
}

fn human(account: &Account) -> String {
    let started = account.started.strftime("%Y-%m-%d %H:%M UTC");
    let mut text = format!("{}  {}, {} readers, begun {started}\n", account.name, account.state, account.audience);
    let _ = writeln!(text, "  {}", counts(account, ", "));
    text += &said(&account.replies);
    for doubt in &account.doubts {
        text += &known_by(doubt, &format!("in doubt since {}", minute(doubt)));
        if let Some(why) = doubt.reply.as_ref().filter(|reply| !reply.text.is_empty()) {
            let _ = writeln!(text, "      {why}");
        }
    }
    text
}

/// The replies by state: how often, at which step, and what.
fn said(replies: &[Counted]) -> String {
    let width = replies.iter().map(|reply| thousands(reply.count).len()).max().unwrap_or_default();
    let mut text = String::new();
    for state in replies.chunk_by(|one, next| one.state == next.state) {
        for Counted { state, reply, count } in state.iter().take(REPLIES) {
            let _ = writeln!(text, "  {:>width$}  {state} at {}: {reply}", thousands(*count), at(reply.stage));
        }
        let others: u64 = state.iter().skip(REPLIES).map(|reply| reply.count).sum();
        if let Some(Counted { state, .. }) = state.get(REPLIES) {
            let _ = writeln!(text, "  {:>width$}  and {} others {state}", "…", thousands(others));
        }
    }
    text
}

/// The lines of a delivery that say which it is.
fn known_by(line: &Line, stands: &str) -> String {
    let to = line.to.as_deref().unwrap_or("an erased reader");
    let mut text = format!("  {}  {stands}  to {to}", line.number);
    if let Some(id) = &line.message_id {
        let _ = write!(text, "  <{id}>");
    }
    text.push('\n');
    // Of what was not tried, nobody else knows.
    if is_tried(line.state) {
        let token = line.token.as_ref().map(|token| format!("  token {token}"));
        let server = line.server.as_ref().map(|server| format!("  through {server}"));
        let both: String = token.into_iter().chain(server).collect();
        if !both.is_empty() {
            let _ = writeln!(text, "    {both}");
        }
    }
    text
}

fn is_tried(state: DeliveryState) -> bool {
    !matches!(state, DeliveryState::Pending | DeliveryState::Leased | DeliveryState::Skipped)
}

fn minute(line: &Line) -> String {
    line.changed.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The step of a mail session, as a mail server's log calls it.
fn at(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => "connecting",
        Stage::Hello => "EHLO",
        Stage::Tls => "TLS",
        Stage::Auth => "AUTH",
        Stage::Mail => "MAIL",
        Stage::Rcpt => "RCPT",
        Stage::Data => "DATA",
        Stage::Body => "the letter",
        Stage::Quit => "QUIT",
    }
}

fn object(account: &Account) -> Value {
    let states: serde_json::Map<String, Value> =
        account.states.iter().map(|(state, count)| (state.word().to_owned(), json!(count))).collect();
    let doubts: Vec<_> = account
        .doubts
        .iter()
        .map(|doubt| {
            json!({
                "number": doubt.number, "to": doubt.to, "since": doubt.changed.to_string(), "message_id": doubt.message_id, "token": doubt.token, "server": doubt.server,
                "why": doubt.reply.as_ref().map(|reply| &reply.text).filter(|text| !text.is_empty()),
            })
        })
        .collect();
    let replies: Vec<_> = account
        .replies
        .iter()
        .map(|Counted { state, reply, count }| {
            let mut fields = parts(Some(reply));
            fields.insert("state".into(), json!(state.word()));
            fields.insert("count".into(), json!(count));
            fields
        })
        .collect();
    json!({
        "issue": account.name, "state": account.state.word(), "readers": account.audience, "begun": account.started.to_string(),
        "deliveries": states, "replies": replies, "in_doubt": doubts,
    })
}

fn fields(line: &Line) -> Value {
    let mut fields = parts(line.reply.as_ref());
    for (name, value) in [
        ("number", json!(line.number)),
        ("state", json!(line.state.word())),
        ("time", json!(line.changed.to_string())),
        ("attempt", json!(line.attempt)),
        ("to", json!(line.to)),
        ("message_id", json!(line.message_id)),
        ("token", json!(line.token)),
        ("server", json!(line.server)),
    ] {
        fields.insert(name.into(), value);
    }
    fields.into()
}

/// A reply in its parts; where there is none, or the connection broke, `code` is null.
fn parts(reply: Option<&Reply>) -> serde_json::Map<String, Value> {
    let code = reply.map(|reply| reply.code).filter(|code| *code != 0);
    [
        ("stage", json!(reply.map(|reply| reply.stage.word()))),
        ("code", json!(code)),
        ("enhanced", json!(reply.and_then(Reply::enhanced_text))),
        ("reply", json!(reply.map(|reply| &reply.text))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(state: DeliveryState, code: u16, text: &str, count: u64) -> Counted {
        Counted { state, reply: Reply::read(Stage::Rcpt, code, [text]), count }
    }

    #[test]
    fn ten_replies_of_each_state_are_shown_and_the_others_counted() {
        let mut replies = vec![counted(DeliveryState::Deferred, 451, "4.7.1 greylisted", 1204)];
        replies.extend((0..12).map(|number| counted(DeliveryState::Rejected, 550 + number, "5.7.1 no", 5)));
        let text = said(&replies);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "  1,204  deferred at RCPT: 451 4.7.1 greylisted");
        assert_eq!(lines[1], "      5  rejected at RCPT: 550 5.7.1 no");
        assert_eq!((lines.len(), lines[11]), (12, "      …  and 10 others rejected"));
        assert_eq!(said(&replies[..11]).lines().count(), 11, "ten need no such line");
    }

    #[test]
    fn advice_speaks_of_what_is_there() {
        let doubt = |id: Option<&str>, token: Option<&str>| Line {
            number: 1,
            state: DeliveryState::InDoubt,
            changed: jiff::Timestamp::UNIX_EPOCH,
            attempt: 1,
            to: None,
            message_id: id.map(Into::into),
            token: token.map(Into::into),
            server: None,
            reply: None,
        };
        let said = |doubts: &[Line]| advice(&doubts.iter().collect::<Vec<_>>()).unwrap_or_default();
        assert_eq!(said(&[]), "");
        let (id, token) = (Some("a@b"), Some("t"));
        let none = said(&[doubt(None, None)]);
        assert!(!none.starts_with("Look for the Message-IDs") && none.contains("keys"), "{none}");
        for (line, says) in [
            (doubt(id, token), "Look for the Message-IDs in the server's log, or for the tokens"),
            (doubt(id, None), "Look for the Message-IDs in the server's log, then"),
            (doubt(None, token), "Look for the tokens"),
        ] {
            assert!(said(&[doubt(None, None), line]).starts_with(says), "{says}");
        }
    }
}
