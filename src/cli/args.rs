//! The command line: what is common to all commands, and which commands there are.

use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use clap::ValueHint;
use jiff::tz::TimeZone;

use crate::cli::build::Build;
use crate::cli::check::Check;
use crate::cli::completions::Completions;
#[cfg(feature = "newsletter")]
use crate::cli::daemon::Daemon;
#[cfg(feature = "newsletter")]
use crate::cli::deliveries::Deliveries;
use crate::cli::init::Init;
use crate::cli::issue::IssueCommand;
use crate::cli::list::List;
use crate::cli::man::Man;
use crate::cli::new::New;
#[cfg(feature = "preview")]
use crate::cli::preview::Preview;
#[cfg(feature = "newsletter")]
use crate::cli::send::Send;
#[cfg(feature = "newsletter")]
use crate::cli::store::Store;
#[cfg(feature = "newsletter")]
use crate::cli::subscribers::Subscribers;
use crate::value::clock::Clock;
use crate::workflow::failure::Failure;
use crate::workflow::site_folder;

/// One binary turns a folder of Markdown into a blog and a newsletter.
#[derive(Debug, Parser)]
#[command(name = "letterpress", bin_name = "letterpress", version, arg_required_else_help = true)]
#[command(subcommand_required = true, max_term_width = 100, disable_help_subcommand = false)]
#[command(after_help = "\
Examples:
  letterpress init my-blog              make a new site
  cd my-blog
  letterpress new \"Hello, readers\"      begin a post
  letterpress preview --open            see every save at once
  letterpress build                     make public/, to be put on a host

Exit codes:
  0  done
  1  the site's files have mistakes, or the work failed
  2  the command line is wrong

`letterpress COMMAND --help` says more about each command.")]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    pub(in crate::cli) global: Global,
    #[command(subcommand)]
    pub(in crate::cli) command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    Init(Init),
    New(New),
    #[cfg(feature = "preview")]
    #[command(visible_alias = "serve")]
    Preview(Preview),
    Build(Build),
    Check(Check),
    List(List),
    Issue(IssueCommand),
    #[cfg(feature = "newsletter")]
    Send(Send),
    #[cfg(feature = "newsletter")]
    Deliveries(Deliveries),
    #[cfg(feature = "newsletter")]
    Subscribers(Subscribers),
    #[cfg(feature = "newsletter")]
    Store(Store),
    #[cfg(feature = "newsletter")]
    Daemon(Daemon),
    Completions(Completions),
    Man(Man),
}

/// What every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(in crate::cli) struct Global {
    /// The site's folder, instead of the nearest one with a site.toml from here upwards
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) root: Option<PathBuf>,

    /// How to print: for people, one line a message, or one JSON object a line
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t = Format::Human)]
    pub(in crate::cli) format: Format,

    /// Print errors and what was asked for, but no warnings, progress and summaries
    #[arg(long, short, global = true)]
    pub(in crate::cli) quiet: bool,

    /// When to use colours; `auto` is on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    pub(in crate::cli) color: Colour,

    /// The moment to regard as now (RFC 9557), so that tests do not depend on the day
    #[arg(long, global = true, value_name = "TIME", hide = true, value_parser = Clock::parse)]
    pub(in crate::cli) now: Option<Clock>,
}

/// Who reads what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// Tables, excerpts with underlines, a summary
    Human,
    /// One line each: `file:line:column: error: message`, tabs between columns
    Short,
    /// One JSON object a line
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Also in pipes and files
    Always,
    /// Nowhere
    Never,
}

impl Global {
    /// The moment to regard as now.
    pub(in crate::cli) fn clock(&self) -> Clock {
        self.now.clone().unwrap_or_else(Clock::system)
    }

    /// The zone of the person at the keyboard, an IANA name: the machine's, unless `--now` takes its place.
    #[allow(clippy::disallowed_methods, reason = "cli is the layer that reads the environment")]
    pub(in crate::cli) fn zone(&self) -> Option<String> {
        match &self.now {
            Some(_) => None,
            // Servers call it so; in site.toml the plain name reads better.
            None => TimeZone::system().iana_name().map(|name| if name == "Etc/UTC" { "UTC" } else { name }.to_owned()),
        }
    }

    /// The site's folder.
    ///
    /// # Errors
    /// As [`site_folder::find`] and [`site_folder::exact`].
    pub(in crate::cli) fn site(&self) -> Result<PathBuf, Failure> {
        match &self.root {
            Some(folder) => site_folder::exact(folder),
            None => site_folder::find(&PathBuf::from(".")),
        }
    }
}
