//! `letterpress man`.

use std::io;
use std::process::ExitCode;

use clap::Args;
use clap::Command;
use clap::CommandFactory;

use crate::cli::args::Arguments;
use crate::cli::terminal::Terminal;

/// Print the manual page
///
/// Without a command, the pages of the program and of all its commands, one after the other.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress man | man -l -
  letterpress man build > ~/.local/share/man/man1/letterpress-build.1")]
pub(in crate::cli) struct Man {
    /// Only the page of this command
    #[arg(value_parser = commands())]
    command: Option<String>,
}

impl Man {
    /// Prints the page or pages.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, terminal: &Terminal) -> io::Result<ExitCode> {
        let mut program = Arguments::command().disable_help_subcommand(true);
        program.build();
        let mut pages = Vec::new();
        if self.command.is_none() {
            clap_mangen::Man::new(program.clone()).render(&mut pages)?;
        }
        let wanted = |command: &&Command| self.command.as_deref().is_none_or(|name| name == command.get_name());
        for command in program.get_subcommands().filter(wanted) {
            page(command, "letterpress", &mut pages)?;
        }
        // What clap calls extra are the examples and the exit codes.
        terminal.data(&String::from_utf8_lossy(&pages).replace(".SH EXTRA", ".SH EXAMPLES"))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The page of a command, and those of its own commands after it.
fn page(command: &Command, above: &str, pages: &mut Vec<u8>) -> io::Result<()> {
    let name = format!("{above}-{}", command.get_name());
    clap_mangen::Man::new(command.clone()).title(&name).render(pages)?;
    command.get_subcommands().filter(|own| own.get_name() != "help").try_for_each(|own| page(own, &name, pages))
}

/// Said here once more because a command cannot ask itself for its own subcommands while it is being made; a test compares.
fn commands() -> Vec<&'static str> {
    let preview = cfg!(feature = "preview").then_some("preview");
    let list: &[&str] =
        if cfg!(feature = "newsletter") { &["send", "deliveries", "subscribers", "store", "daemon"] } else { &[] };
    let site = ["init", "new"].into_iter().chain(preview).chain(["build", "check", "list", "issue"]);
    site.chain(list.iter().copied()).chain(["completions", "man"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let program = Arguments::command();
        let names: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
        assert_eq!(names, commands());
        Arguments::command().debug_assert();
    }
}
