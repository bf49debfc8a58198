//! From arguments to exit code.

use std::ffi::OsString;
use std::io;
use std::io::ErrorKind;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::args::Arguments;
use crate::cli::args::Command;
use crate::cli::terminal;
use crate::cli::terminal::Terminal;

/// Runs the program with these arguments, the first of which is its own name. Exit codes: 0 done, 1 the user's files are wrong or the work failed, 2 usage.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    terminal::ask_for_a_report_on_panic();
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nobody is left to tell where printing fails.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let terminal = Terminal::new(&arguments.global);
    match dispatch(&arguments, &terminal) {
        Ok(code) => code,
        // `letterpress list | head` has what it wanted.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            terminal.cannot_print(&error);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &Arguments, terminal: &Terminal) -> io::Result<ExitCode> {
    let global = &arguments.global;
    match &arguments.command {
        Command::Init(command) => command.run(global, terminal),
        Command::New(command) => command.run(global, terminal),
        #[cfg(feature = "preview")]
        Command::Preview(command) => command.run(global, terminal),
        Command::Build(command) => command.run(global, terminal),
        Command::Check(command) => command.run(global, terminal),
        Command::List(command) => command.run(global, terminal),
        Command::Issue(command) => command.run(global, terminal),
        #[cfg(feature = "newsletter")]
        Command::Send(command) => command.run(global, terminal),
        #[cfg(feature = "newsletter")]
        Command::Deliveries(command) => command.run(global, terminal),
        #[cfg(feature = "newsletter")]
        Command::Subscribers(command) => command.run(global, terminal),
        #[cfg(feature = "newsletter")]
        Command::Store(command) => command.run(global, terminal),
        #[cfg(feature = "newsletter")]
        Command::Daemon(command) => command.run(global, terminal),
        Command::Completions(command) => command.run(terminal),
        Command::Man(command) => command.run(terminal),
    }
}
