//! `letterpress init`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::ValueHint;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::selection::parse_url;
use crate::cli::terminal;
use crate::cli::terminal::Terminal;
use crate::value::url::SiteUrl;
use crate::workflow::init;
use crate::workflow::init::Created;
use crate::workflow::init::Request;

/// Make a new site
///
/// The folder gets a site.toml that explains itself, two posts to look at and copy from, pages about you and about privacy, an author, and a theme of your own
/// that extends the built-in one. It must be empty or not exist yet; a .git folder in it is fine.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress init my-blog
  letterpress init my-blog --title \"Field notes\" --base-url https://notes.example.com/ --author \"Ada Brown\"
  letterpress init .                       here, in an empty folder")]
pub(in crate::cli) struct Init {
    /// The folder for the site
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    folder: PathBuf,

    /// The site's name; otherwise made from the folder's
    #[arg(long)]
    title: Option<String>,

    /// Where the site will live; otherwise `https://example.com/`, to be changed before you publish
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    base_url: Option<SiteUrl>,

    /// Who writes it; otherwise "The editors"
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
}

impl Init {
    /// Makes the site, and says what to do next.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let request = Request {
            folder: global.root.as_deref().map_or_else(|| self.folder.clone(), |root| root.join(&self.folder)),
            title: self.title.clone(),
            base_url: self.base_url.clone(),
            author: self.author.clone(),
            time_zone: global.zone(),
            clock: global.clock(),
        };
        match init::init(&request) {
            Ok(created) => self.done(&created, terminal),
            Err(failure) => Ok(terminal.failure(failure, None)),
        }
    }

    fn done(&self, created: &Created, terminal: &Terminal) -> io::Result<ExitCode> {
        let folder = terminal::near(&created.folder);
        match terminal.format() {
            Format::Human => terminal.data(&format!("{folder}\n"))?,
            Format::Short => {
                let files: String = created.files.iter().map(|file| format!("{folder}/{file}\n")).collect();
                terminal.data(&files)?;
            }
            Format::Json => {
                let root = created.folder.display().to_string();
                terminal.object(&json!({ "root": root, "title": created.title, "files": created.files }))?;
            }
        }
        let enter = if folder == "." { String::new() } else { format!("  cd {}\n", quoted(&folder)) };
        terminal.note(&format!(
            "\n“{}” is ready: {}. Next:\n\n{enter}  letterpress preview --open        see it, and every save at once\n  \
             letterpress new \"A first post\"    begin to write\n  \
             letterpress build                 the finished site, in public/\n\nsite.toml says what can be changed.",
            created.title,
            terminal::count(created.files.len(), "file"),
        ));
        Ok(ExitCode::SUCCESS)
    }
}

/// As a shell needs it.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}
