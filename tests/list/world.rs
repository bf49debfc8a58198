//! A site with a list, in a home of its own, on either database.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

#[cfg(all(unix, feature = "postgres"))]
use crate::postgres;

pub const NOW: &str = "2026-11-15T09:00[Europe/Berlin]";

const SITE: &str = "title = \"A\"\nbase_url = \"https://a.example/\"\ntime_zone = \"Europe/Berlin\"\n[newsletters.digest]\n[newsletters.weekly]\n";

/// A site, a home, perhaps a database on a server.
pub struct World {
    top: TempDir,
    url: Option<String>,
}

/// What a command came to.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs a test on SQLite, and on PostgreSQL where there is one.
pub fn on_each_store(test: impl Fn(World)) {
    test(World::new());
    #[cfg(all(unix, feature = "postgres"))]
    if let Some(url) = postgres::database() {
        test(World::on(url));
    }
}

impl World {
    /// With an SQLite file at its usual place.
    pub fn new() -> Self {
        let world = Self { top: tempfile::tempdir().unwrap(), url: None };
        std::fs::create_dir_all(world.path("site/content")).unwrap();
        std::fs::create_dir(world.path("home")).unwrap();
        world.site("");
        world
    }

    /// On PostgreSQL.
    #[cfg(all(unix, feature = "postgres"))]
    pub fn on(url: String) -> Self {
        let world = Self { url: Some(url), ..Self::new() };
        world.site("");
        world
    }

    /// The database's address, where it is on a server.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Puts more into `site.toml`.
    pub fn site(&self, more: &str) {
        let store = if self.url.is_some() { "[store]\nurl = { env = \"LIST_URL\" }\n" } else { "" };
        self.write("site/site.toml", format!("{SITE}{store}{more}"));
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.top.path().join(below)
    }

    /// Where list and keys are by default.
    pub fn data(&self) -> PathBuf {
        self.path("home/.local/share/letterpress/a.example")
    }

    pub fn write(&self, below: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The program, in the site's folder.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_letterpress"));
        let arguments: Vec<_> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        command.current_dir(self.path("site")).stdin(Stdio::null());
        if !arguments.iter().any(|argument| argument == "--now") {
            command.args(["--now", NOW]);
        }
        command.args(arguments);
        command.env("HOME", self.path("home"));
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "XDG_DATA_HOME", "XDG_STATE_HOME", "LIST_URL"]
        {
            command.env_remove(name);
        }
        if let Some(url) = &self.url {
            command.env("LIST_URL", url);
        }
        command
    }

    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// As [`World::run`], with something on standard input.
    pub fn run_with<A: AsRef<OsStr>>(&self, input: &[u8], arguments: impl IntoIterator<Item = A>) -> Ran {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Whoever refuses to go on does not read it.
        let _ = child.stdin.take().unwrap().write_all(input);
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Runs a command that must succeed, and gives its stdout.
    pub fn ok<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        ran.out
    }

    /// Imports a text.
    pub fn import(&self, text: &str, more: &[&str]) -> Ran {
        let file = self.write("roster.csv", text);
        self.run([&["subscribers", "import", file.to_str().unwrap(), "--yes"], more].concat())
    }

    /// The whole list, as `export` prints it.
    pub fn export(&self) -> String {
        self.ok(["subscribers", "export"])
    }

    /// Address, newsletter, status, reason of suppression, tags of everybody.
    pub fn everybody(&self) -> Vec<String> {
        let listed = self.ok(["subscribers", "list", "--format", "json"]);
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let row = |line: &str| {
            let row: Value = serde_json::from_str(line).unwrap();
            let tags = row["tags"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join("+");
            let tags = if tags.is_empty() { String::new() } else { format!(" {tags}") };
            let [address, newsletter, status, suppressed] =
                ["address", "newsletter", "status", "suppressed"].map(|key| text(&row[key]));
            format!("{address} {newsletter} {status} {suppressed}{tags}")
        };
        listed.lines().map(row).collect()
    }

    /// The only object that a command with `--format json` prints.
    pub fn json<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Value {
        let arguments: Vec<_> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        let json = ["--format", "json"].map(Into::into);
        serde_json::from_str(&self.ok(arguments.into_iter().chain(json))).unwrap()
    }
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Holds that it failed with this code and says all of this.
    #[track_caller]
    pub fn fails(&self, code: i32, said: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        said.iter().for_each(|part| assert!(self.err.contains(part), "`{part}` is not in:\n{}", self.err));
        self
    }

    /// Holds that no whole address is in what it said.
    #[track_caller]
    pub fn masks(&self, address: &str) -> &Self {
        assert!(!self.err.contains(address) && !self.out.contains(address), "{}{}", self.out, self.err);
        self
    }
}

/// A file of `tests/fixtures/rosters`.
pub fn roster(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rosters").join(name)
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// Whether a text stands in a file, whatever the case of its ASCII letters.
pub fn has(file: &Path, text: &str) -> bool {
    let octets = std::fs::read(file).unwrap().to_ascii_lowercase();
    let text = text.to_ascii_lowercase();
    octets.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A roster of so many confirmed readers.
pub fn crowd(count: usize) -> String {
    let mut text = String::from("email,status,name,tags,confirmed\n");
    for number in 0..count {
        text += &format!(
            "reader{number}@host{}.example,confirmed,Reader {number},crowd,2026-01-02T03:04:05Z\n",
            number % 97
        );
    }
    text
}
