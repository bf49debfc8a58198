//! `letterpress issue approve`.

use std::io;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::issue;
use crate::cli::machine;
use crate::cli::progress::Bar;
use crate::cli::table;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::count;
use crate::workflow::approve;
use crate::workflow::approve::Approved;
use crate::workflow::approve::Request;

/// Approve an issue: as it is now it will be sent
///
/// Draws the mail, its plain text and the issue's page, makes the pictures, and freezes all of it into files beside the text. They never change again; what is sent and shown
/// comes from them alone. Nothing is sent. Prints the file's path.
#[derive(Debug, Args)]
pub(in crate::cli) struct ApproveVerb {
    /// The issue; otherwise the only draft there is
    #[arg(value_name = "ISSUE")]
    issue: Option<String>,
}

impl ApproveVerb {
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let bar = Bar::new(terminal);
        let approved = global.site().and_then(|root| {
            approve::approve(
                &Request { root, issue: self.issue.clone(), clock: global.clock() },
                &machine::machine(),
                &bar,
            )
        });
        drop(bar);
        let mut approved = match approved {
            Ok(approved) => approved,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        terminal.report(std::mem::take(&mut approved.report));
        if terminal.format() == Format::Json {
            let mut object = issue::object(&approved.shown, false);
            object["octets"] = json!(approved.octets);
            object["pictures"] = json!(approved.pictures);
            object["picture_octets"] = json!(approved.picture_octets);
            terminal.object(&object)?;
        } else {
            terminal.data(&format!("{}\n", approved.shown.path))?;
        }
        for note in notes(&approved, global.clock().timestamp()) {
            terminal.note(&note);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn notes(approved: &Approved, now: Timestamp) -> [String; 3] {
    let Approved { shown, octets, pictures, picture_octets, .. } = approved;
    let number = shown.number.map_or_else(String::new, |number| format!("No. {number}, "));
    let (subject, posts) = (table::plain(&shown.subject), count(shown.posts.len(), "post"));
    let weight = match pictures {
        0 => "no pictures".to_owned(),
        pictures => format!("{} of {}", count(*pictures, "picture"), kilobytes(*picture_octets)),
    };
    let name = &shown.name;
    let next = if shown.date.timestamp() > now {
        let when = shown.date.strftime("%-d %B %Y, %H:%M %Z");
        format!(
            "It comes on {when}. Then: `letterpress build`, so that its page is there, and `letterpress send {name}`."
        )
    } else {
        format!("Next: `letterpress build`, so that its page is there, then `letterpress send {name}`.")
    };
    [
        format!("{number}“{subject}”, with {posts}: {} of HTML, {weight}.", kilobytes(*octets)),
        format!(
            "Frozen as it is: commit the folder frozen/ beside the text. To change it: letterpress issue reopen {name}"
        ),
        next,
    ]
}

/// `8.1 kB`, `240 kB`.
fn kilobytes(octets: usize) -> String {
    match octets {
        0..100_000 => {
            let tenths = octets.div_ceil(100);
            format!("{}.{} kB", tenths / 10, tenths % 10)
        }
        _ => format!("{} kB", octets.div_ceil(1000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_for_people() {
        assert_eq!(
            [0, 1, 8_149, 99_901, 100_000, 240_001].map(kilobytes),
            ["0.0 kB", "0.1 kB", "8.2 kB", "100.0 kB", "100 kB", "241 kB"]
        );
    }
}
