//! What was asked for on the command line.

use std::path::PathBuf;

/// What to measure.
pub(crate) struct Options {
    /// Letters in each round.
    pub(crate) letters: usize,
    /// How often everybody has a turn.
    pub(crate) rounds: usize,
    /// Over so many connections, one after the other.
    pub(crate) connections: Vec<usize>,
    /// One issue to so many readers instead: how its rate and memory are from beginning to end.
    pub(crate) readers: Option<usize>,
    pub(crate) letterpress: PathBuf,
}

/// `None` where nothing is to be measured: `cargo test` has started this, or `cargo bench` with the name of another benchmark.
pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut args = args.peekable();
    let (mut is_bench, mut is_test, mut names) = (false, false, Vec::new());
    let mut options = Options {
        letters: 20_000,
        rounds: 3,
        connections: vec![1, 4, 16],
        readers: None,
        letterpress: PathBuf::from(env!("CARGO_BIN_EXE_letterpress")),
    };
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--bench" => is_bench = true,
            "--test" => is_test = true,
            "--letters" => options.letters = number(&value()?)?,
            "--rounds" => options.rounds = number(&value()?)?,
            "--connections" => options.connections = value()?.split(',').map(number).collect::<Result<_, _>>()?,
            "--readers" => options.readers = Some(number(&value()?)?),
            "--letterpress" => {
                let path = value()?;
                options.letterpress = std::fs::canonicalize(&path).map_err(|error| format!("{path}: {error}"))?;
            }
            // Flags of other harnesses, which cargo hands to every benchmark.
            other if other.starts_with('-') => eprintln!("delivery: {other} means nothing here"),
            name => names.push(name.to_owned()),
        }
    }
    let is_meant = names.is_empty() || names.iter().any(|name| "delivery".contains(name.as_str()));
    Ok((is_bench && !is_test && is_meant).then_some(options))
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("{text} is no number of anything"))
}
