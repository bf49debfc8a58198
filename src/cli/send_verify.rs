//! What `send --test --verify` prints.

use std::fmt::Write;
use std::io;
use std::process::ExitCode;

use serde_json::Value;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::terminal::Terminal;
use crate::workflow::send::verify::Arrival;
use crate::workflow::send::verify::Change;
use crate::workflow::send::verify::Verdict;
use crate::workflow::send::verify::What;

/// Prints what is to be said of a copy; the exit code is 1 where it was altered.
pub(in crate::cli) fn print(arrival: &Arrival, terminal: &Terminal) -> io::Result<ExitCode> {
    if terminal.format() == Format::Json {
        terminal.object(&object(arrival))?;
    } else {
        terminal.data(&text(arrival))?;
    }
    Ok(if arrival.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn object(arrival: &Arrival) -> Value {
    let list = |changes: &[Change]| -> Vec<Value> {
        let one = |change: &Change| json!({ "what": change.what.word(), "where": change.place, "sent": change.sent, "arrived": change.arrived });
        changes.iter().map(one).collect()
    };
    let signatures: Vec<Value> = arrival
        .signatures
        .iter()
        .map(|seen| json!({ "domain": seen.domain, "selector": seen.selector, "verdict": seen.verdict.word() }))
        .collect();
    json!({
        "whole": arrival.is_whole(), "changes": list(&arrival.changes), "usual": list(&arrival.usual), "signatures": signatures,
        "unsigned": arrival.unsigned, "authentication_results": arrival.results,
    })
}

fn text(arrival: &Arrival) -> String {
    let mut text = String::new();
    text.push_str(if arrival.is_whole() { "It arrived as it was sent.\n" } else { "It was altered on its way.\n" });
    for change in &arrival.changes {
        let _ = writeln!(text, "  {}", said(change));
    }
    if arrival.unsigned {
        text.push_str("  our signature (DKIM) is gone, though we sign what this server takes\n");
    }
    for seen in &arrival.signatures {
        let verdict = match seen.verdict {
            Verdict::Holds => "holds",
            Verdict::BodyHolds => "covers the text as it is; whether it holds in all, the receiver says",
            Verdict::BodyChanged => "is broken: the text was changed after it was signed",
            Verdict::HeaderChanged => {
                "is broken: a header was changed after it was signed, or it is by another key than ours"
            }
            Verdict::Unknown => "is of a kind that this program does not know",
        };
        let _ = writeln!(text, "  the signature of {} ({}) {verdict}", seen.domain, seen.selector);
    }
    for change in &arrival.usual {
        let _ = writeln!(text, "  as this server always does: {}", said(change));
    }
    for result in &arrival.results {
        let _ = writeln!(text, "  the receiver says: {result}");
    }
    if arrival.changes.iter().any(|change| matches!(change.what, What::Link | What::Pixel | What::Image)) {
        text.push_str(
            "Links that lead elsewhere and pictures that were added are how a provider tracks readers. Switch that off in its settings:\n\
             docs/delivery.md, «Relays», says where.\n",
        );
    }
    text
}

fn said(change: &Change) -> String {
    let what = match change.what {
        What::Header => format!("the header {}", change.place),
        What::Link => format!("a link ({})", change.place),
        What::Image => "a picture".to_owned(),
        What::Pixel => "a picture that nobody sees".to_owned(),
        What::Text => format!("text ({})", change.place),
    };
    match (&change.sent, &change.arrived) {
        (Some(sent), Some(arrived)) => format!("{what}: {sent} became {arrived}"),
        (Some(sent), None) => format!("{what} is gone: {sent}"),
        (None, Some(arrived)) => format!("{what} was added: {arrived}"),
        (None, None) => what,
    }
}
