//! What was asked for on the command line.

use std::path::PathBuf;

/// What to measure.
pub(crate) struct Options {
    /// Readers a second.
    pub(crate) rate: usize,
    /// For so long.
    pub(crate) seconds: usize,
    /// On so many connections.
    pub(crate) connections: usize,
    /// To so many confirmed readers an issue is sent meanwhile.
    pub(crate) sending: Option<usize>,
    /// The most letters a second that its server takes.
    pub(crate) per_second: Option<usize>,
    pub(crate) letterpress: PathBuf,
}

/// `None` where nothing is to be measured: `cargo test` has started this, or `cargo bench` with the name of another benchmark.
pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut args = args.peekable();
    let (mut is_bench, mut is_test, mut names) = (false, false, Vec::new());
    let mut options = Options {
        rate: 500,
        seconds: 30,
        connections: 64,
        sending: None,
        per_second: None,
        letterpress: PathBuf::from(env!("CARGO_BIN_EXE_letterpress")),
    };
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--bench" => is_bench = true,
            "--test" => is_test = true,
            "--rate" => options.rate = number(&value()?)?,
            "--seconds" => options.seconds = number(&value()?)?,
            "--connections" => options.connections = number(&value()?)?,
            "--sending" => options.sending = Some(number(&value()?)?),
            "--per-second" => options.per_second = Some(number(&value()?)?),
            "--letterpress" => {
                let path = value()?;
                options.letterpress = std::fs::canonicalize(&path).map_err(|error| format!("{path}: {error}"))?;
            }
            // Flags of other harnesses, which cargo hands to every benchmark.
            other if other.starts_with('-') => eprintln!("endpoint: {other} means nothing here"),
            name => names.push(name.to_owned()),
        }
    }
    let is_meant = names.is_empty() || names.iter().any(|name| "endpoint".contains(name.as_str()));
    Ok((is_bench && !is_test && is_meant).then_some(options))
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("{text} is no number of anything"))
}
