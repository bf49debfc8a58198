//! `letterpress new`.

use std::io;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::args::Global;
use crate::cli::terminal;
use crate::cli::terminal::Terminal;
use crate::workflow::new;
use crate::workflow::new::Request;
use crate::workflow::new::When;

/// Begin a new post
///
/// Writes content/posts/DATE-SLUG.md with its front matter: title, an id that never changes, the date in the site's time zone, and `draft = true`, so that
/// nothing is published before you take that line out. Prints the file's path. Never overwrites a file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress new \"What we learnt this autumn\"
  letterpress new \"A walk with pictures\" --bundle --author jane --tag walks --tag autumn
  letterpress new \"Short and sweet\" --collection notes --no-draft
  $EDITOR \"$(letterpress new 'Straight into the editor')\"")]
pub(in crate::cli) struct New {
    /// The post's title
    title: String,

    /// The collection: posts, or one that `[collections]` in site.toml declares
    #[arg(long, value_name = "ID")]
    collection: Option<String>,

    /// Who writes it: the name of a file in content/authors/, or a plain name; may be repeated
    #[arg(long = "author", value_name = "ID")]
    authors: Vec<String>,

    /// What it is posted under
    #[arg(long)]
    category: Option<String>,

    /// What it is about; may be repeated
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,

    /// A folder with an index.md, for a post with pictures beside it
    #[arg(long)]
    bundle: bool,

    /// Keep it from publication until the line is taken out (the default)
    #[arg(long, overrides_with = "no_draft")]
    draft: bool,

    /// Publish it with the next build
    #[arg(long, overrides_with = "draft")]
    no_draft: bool,

    /// Its date, such as 2026-12-01 or 2026-12-01T09:00; otherwise now
    #[arg(long, value_name = "DATE", value_parser = When::parse)]
    date: Option<When>,
}

impl New {
    /// Makes the file and prints its path.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, global: &Global, terminal: &Terminal) -> io::Result<ExitCode> {
        let created = global.site().and_then(|root| {
            new::new(&Request {
                root,
                title: self.title.clone(),
                collection: self.collection.clone(),
                authors: self.authors.clone(),
                category: self.category.clone(),
                tags: self.tags.clone(),
                date: self.date,
                bundle: self.bundle,
                draft: !self.no_draft,
                clock: global.clock(),
            })
        });
        let created = match created {
            Ok(created) => created,
            Err(failure) => return Ok(terminal.failure(failure, None)),
        };
        terminal.report(created.report);
        let path = terminal::near(&created.path);
        match terminal.format() {
            Format::Json => terminal.object(&json!({ "path": path, "file": created.name, "id": created.id }))?,
            Format::Human | Format::Short => terminal.data(&format!("{path}\n"))?,
        }
        terminal.note(if self.no_draft {
            "Write it, then: letterpress build"
        } else {
            "A draft: write it, look at it with `letterpress preview`, and take out `draft = true` to publish it."
        });
        Ok(ExitCode::SUCCESS)
    }
}
