//! `letterpress store`: the database and the keys as a whole.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::Subcommand;
use clap::ValueHint;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::machine;
use crate::cli::table;
use crate::cli::terminal;
use crate::cli::terminal::Terminal;
use crate::workflow::newsletter;
use crate::workflow::storage;
use crate::workflow::storage::Copied;
use crate::workflow::storage::Restored;

/// The database of readers and deliveries, and the newsletter's keys
///
/// Where the database is, `[store]` in site.toml says: an SQLite file, or PostgreSQL. The keys are in a file beside it, and in none of its backups: keep a copy of them apart.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress store backup list-2026-11-15.sqlite3
  letterpress store restore list-2026-11-15.sqlite3
  letterpress store copy env:DATABASE_URL")]
pub(in crate::cli) struct Store {
    #[command(subcommand)]
    command: Command,
}

/// What can be done with the database.
#[derive(Debug, Subcommand)]
enum Command {
    Backup(Backup),
    Restore(Restore),
    Copy(Copy),
    Keys(Keys),
}

/// Write a copy of the database to a file, while it is in use
///
/// The file is an SQLite database, also of a list in PostgreSQL. It is for you alone (mode 0600), there only once it is whole, and never written over another file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress store backup list-2026-11-15.sqlite3
  letterpress store backup \"/mnt/backups/list-$(date +%F).sqlite3\" --quiet      for cron")]
struct Backup {
    /// The file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
}

/// Put a backup into the place of the database
///
/// What happened since the backup is lost, but for what must not be: whoever was erased is erased again, whoever left or bounced stays away, and nothing that was sent is sent twice.
/// The replaced file is kept beside it. End the daemon first. A PostgreSQL database has to be empty.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress store restore list-2026-11-15.sqlite3
  letterpress store restore list-2026-11-15.sqlite3 --yes")]
struct Restore {
    /// A file that `store backup` has written
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Copy everything into another, empty database
///
/// From SQLite to PostgreSQL, back, or between two of a kind. Rows and hashes of each table are compared on both sides. Then name the new place in `[store]`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress store copy env:DATABASE_URL                  to PostgreSQL
  letterpress store copy ../private/list.sqlite3           to a file")]
struct Copy {
    /// A file; or `env:NAME`, an environment variable with the address of a PostgreSQL database; or that address, if no password is in it
    #[arg(value_name = "TO")]
    to: String,
}

/// Say where the keys are and how old, or add a new one
///
/// Keys sign the links in mails. When a new one signs, links signed with older ones still work; start the daemon anew, so that it knows it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress store keys
  letterpress store keys --rotate")]
struct Keys {
    /// Add a key, which signs from now on
    #[arg(long)]
    rotate: bool,
}

impl Store {
    /// Does it.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        match &self.command {
            Command::Backup(command) => command.run(global, terminal),
            Command::Restore(command) => command.run(global, terminal),
            Command::Copy(command) => command.run(global, terminal),
            Command::Keys(command) => command.run(global, terminal),
        }
    }
}

impl Backup {
    fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let done = global.site().and_then(|root| {
            let list = newsletter::database(&root, &machine::machine())?;
            storage::backup(&root, &list, &self.file, global.clock().timestamp())
        });
        if let Err(failure) = done {
            return Ok(terminal.failure(failure, None));
        }
        let file = self.file.display();
        match terminal.format() {
            Format::Json => terminal.object(&json!({ "file": file.to_string() }))?,
            _ if terminal.is_quiet() => {}
            _ => terminal.data(&format!("Backed up to {file}\n"))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Restore {
    fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let machine = machine::machine();
        let found = global.site().and_then(|root| Ok((storage::place(&root, &machine)?, root)));
        let (place, root) = match found {
            Ok(found) => found,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        let question = format!("Put {} in the place of {place}?", self.file.display());
        if let Some(refused) = terminal.agree(self.yes, &question)? {
            return Ok(refused);
        }
        let restored = match storage::restore(&root, &machine, &self.file, global.clock().timestamp()) {
            Ok(restored) => restored,
            Err(failure) => return Ok(terminal.failure(failure, Some("the database is as it was"))),
        };
        match terminal.format() {
            Format::Json => terminal.object(&object(&restored))?,
            _ if terminal.is_quiet() => {}
            _ => terminal.data(&format!("{}\n", sentence(&restored)))?,
        }
        if let Some(aside) = &restored.aside {
            terminal
                .note(&format!("What it replaced is kept as {}: delete that when all is well.", terminal::near(aside)));
            if !restored.merged {
                terminal.note(
                    "That could not be read: whoever left since the backup is back on the list, but for who was erased.",
                );
            }
        }
        if !restored.complete {
            let since = restored
                .made
                .map_or_else(|| "the backup".to_owned(), |made| made.strftime("%Y-%m-%d %H:%M UTC").to_string());
            terminal.note(&format!(
                "Nobody knows what left since {since}: of each issue that may have been sent meanwhile, `letterpress send` says so, and does not send it before you have said what became of it."
            ));
            for name in &restored.unknown {
                terminal.note(&format!("{name} may have been sent: letterpress deliveries resolve --help"));
            }
        }
        if restored.doubts > 0 {
            let doubts = restored.doubts;
            terminal.note(&format!("{doubts} letters of an unfinished issue may have left since the backup or not: see `letterpress deliveries`."));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What the backup did not know, in numbers.
fn sentence(restored: &Restored) -> String {
    let Restored { erased, suppressed, lowered, deliveries, .. } = restored;
    format!(
        "Restored. Kept from what it replaced: {erased} erased, {suppressed} suppressed, {lowered} left or paused, {deliveries} deliveries"
    )
}

fn object(restored: &Restored) -> serde_json::Value {
    json!({
        "erased": restored.erased,
        "suppressed": restored.suppressed,
        "lowered": restored.lowered,
        "deliveries": restored.deliveries,
        "aside": restored.aside.as_ref().map(|aside| aside.display().to_string()),
        "merged": restored.merged,
        "complete": restored.complete,
        "in_doubt": restored.doubts,
        "backup_of": restored.made.map(|made| made.to_string()),
        "perhaps_sent": restored.unknown,
    })
}

impl Copy {
    fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let machine = machine::machine();
        let copied = global.site().and_then(|root| {
            let list = newsletter::database(&root, &machine)?;
            storage::copy(&root, &list, &self.to, &machine)
        });
        let copied = match copied {
            Ok(copied) => copied,
            Err(failure) => return Ok(terminal.failure(failure, Some("nothing was copied"))),
        };
        let row = |copied: &Copied| [copied.table.to_owned(), copied.rows.to_string(), copied.hash.clone()];
        match terminal.format() {
            Format::Json => {
                let object =
                    |copied: &Copied| json!({ "table": copied.table, "rows": copied.rows, "hash": copied.hash });
                terminal.data(&copied.iter().map(|copied| format!("{}\n", object(copied))).collect::<String>())?;
            }
            Format::Short => {
                terminal.data(&copied.iter().map(|copied| row(copied).join("\t") + "\n").collect::<String>())?;
            }
            Format::Human => terminal.data(&table::aligned(&copied.iter().map(row).collect::<Vec<_>>()))?,
        }
        terminal.note(
            "The same rows and hashes on both sides. Now name the new place in [store], and take the keys along.",
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl Keys {
    fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let machine = machine::machine();
        let now = global.clock().timestamp();
        let keys = global.site().and_then(|root| {
            let list = newsletter::open(&root, &machine, now)?;
            storage::keys(list, &machine, self.rotate, now)
        });
        let (place, made) = match keys {
            Ok(keys) => keys,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        match terminal.format() {
            Format::Json => {
                let made: Vec<String> = made.iter().map(Timestamp::to_string).collect();
                terminal.object(&json!({ "keys": place, "made": made }))?;
            }
            _ => {
                let lines: String = made.iter().map(|made| format!("{}\n", made.strftime("%FT%TZ"))).collect();
                terminal.data(&lines)?;
            }
        }
        terminal.note(&format!("The last one signs. The keys are in {place}; keep a copy apart from the database's."));
        if self.rotate {
            terminal.note("Start the daemon anew, so that it knows the new key.");
        }
        Ok(ExitCode::SUCCESS)
    }
}
