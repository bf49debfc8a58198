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
            let name = format!("letterpress-{}", command.get_name());
            clap_mangen::Man::new(command.clone()).title(&name).render(&mut pages)?;
            for verb in command.get_subcommands() {
                let name = format!("{name}-{}", verb.get_name());
                clap_mangen::Man::new(verb.clone()).title(name).render(&mut pages)?;
            }
        }
        // What clap calls extra are the examples and the exit codes.
        terminal.data(&String::from_utf8_lossy(&pages).replace(".SH EXTRA", ".SH EXAMPLES"))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Said here once more because a command cannot ask itself for its own subcommands while it is being made; a test compares.
fn commands() -> Vec<&'static str> {
    let preview = cfg!(feature = "preview").then_some("preview");
    let rest = ["build", "check", "list", "issue", "completions", "man"];
    ["init", "new"].into_iter().chain(preview).chain(rest).collect()
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
