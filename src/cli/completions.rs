//! `letterpress completions`.

use std::io;
use std::process::ExitCode;

use clap::Args;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::args::Arguments;
use crate::cli::terminal::Terminal;

/// Print a script that completes commands and flags in your shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  letterpress completions bash > ~/.local/share/bash-completion/completions/letterpress
  letterpress completions zsh > \"${fpath[1]}/_letterpress\"
  letterpress completions fish > ~/.config/fish/completions/letterpress.fish")]
pub(in crate::cli) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    ///
    /// # Errors
    /// Where stdout refuses.
    pub(in crate::cli) fn run(&self, terminal: &Terminal) -> io::Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "letterpress", &mut script);
        terminal.data(&String::from_utf8_lossy(&script))?;
        Ok(ExitCode::SUCCESS)
    }
}
