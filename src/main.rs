//! The program `letterpress`. Everything it does is in the library.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[allow(clippy::disallowed_methods, reason = "the one place that reads the command line")]
fn main() -> ExitCode {
    letterpress::cli::run::run(std::env::args_os())
}
