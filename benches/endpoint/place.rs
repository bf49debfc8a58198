//! Where a site and its list are while the program is measured: a folder that is gone afterwards.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use letterpress::store;
use letterpress::store::Store;
use tempfile::TempDir;

/// Limits that hold nobody back.
const SITE: &str = r#"
title = "Proof & Post"
base_url = "https://news.example/"
[subscribe]
endpoint = "https://letters.example/desk/"
promise = "Twice a month."
limits = { network_per_hour = 1000000, address_per_hour = 1000000, domain_per_minute = 1000000, total_per_minute = 1000000 }
[newsletters.digest]
name = "The Digest"
from = "Proof & Post <post@news.example>"
"#;

/// A folder with a site, a home, and the program that works there.
pub(crate) struct Place {
    folder: TempDir,
    program: PathBuf,
}

impl Place {
    pub(crate) fn new(program: &Path) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no folder: {error}"))?;
        let place = Self { folder, program: program.to_owned() };
        for below in ["home", "site/content"] {
            fs::create_dir_all(place.path(below)).map_err(|error| format!("{below}: {error}"))?;
        }
        place.settings("")?;
        Ok(place)
    }

    /// Puts more into `site.toml`.
    pub(crate) fn settings(&self, more: &str) -> Result<(), String> {
        self.write("site/site.toml", format!("{SITE}{more}"))
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Writes a file, and makes its folder.
    pub(crate) fn write(&self, below: &str, text: impl AsRef<[u8]>) -> Result<(), String> {
        let path = self.path(below);
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The program, in the site's folder. What it says of each letter is written down, as by whoever runs it as a service.
    pub(crate) fn command(&self, log: &str) -> Result<Command, String> {
        let log = fs::File::create(self.path(log)).map_err(|error| format!("{log}: {error}"))?;
        let mut command = Command::new(&self.program);
        command
            .current_dir(self.path("site"))
            .env("HOME", self.path("home"))
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_STATE_HOME");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Ok(command)
    }

    /// What was written down.
    pub(crate) fn said(&self, log: &str) -> String {
        fs::read_to_string(self.path(log)).unwrap_or_default()
    }

    /// The list, beside whoever else has it open.
    pub(crate) fn list(&self) -> Result<List, String> {
        let file = self.path("home/.local/share/letterpress/news.example/list.sqlite3");
        Store::open(&store::Place::Sqlite(file)).map(List).map_err(|error| error.to_string())
    }
}

/// What is asked of the list.
pub(crate) struct List(Store);

impl List {
    /// The first column of all rows.
    pub(crate) fn column(&self, question: &str) -> Result<Vec<String>, String> {
        let rows = self.0.read(|sql| sql.query(question, &[])).map_err(|error| error.to_string())?;
        rows.iter().map(|row| row.text(0).map(str::to_owned).map_err(|error| error.to_string())).collect()
    }
}
