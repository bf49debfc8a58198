//! What was asked for on the command line.

use std::path::PathBuf;

/// What to measure.
pub(crate) struct Options {
    pub(crate) posts: usize,
    pub(crate) issues: usize,
    /// How often each build is done.
    pub(crate) runs: usize,
    pub(crate) letterpress: PathBuf,
}

/// `None` where nothing is to be measured: `cargo test` has started this, or `cargo bench` with the name of another benchmark.
pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let (mut is_bench, mut is_test, mut names) = (false, false, Vec::new());
    let mut options =
        Options { posts: 10_000, issues: 240, runs: 5, letterpress: PathBuf::from(env!("CARGO_BIN_EXE_letterpress")) };
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--bench" => is_bench = true,
            "--test" => is_test = true,
            "--posts" => options.posts = number(&value()?)?,
            "--issues" => options.issues = number(&value()?)?,
            "--runs" => options.runs = number(&value()?)?,
            "--letterpress" => {
                let path = value()?;
                options.letterpress = std::fs::canonicalize(&path).map_err(|error| format!("{path}: {error}"))?;
            }
            // Flags of other harnesses, which cargo hands to every benchmark.
            other if other.starts_with('-') => eprintln!("archive: {other} means nothing here"),
            name => names.push(name.to_owned()),
        }
    }
    let is_meant = names.is_empty() || names.iter().any(|name| "archive".contains(name.as_str()));
    if options.issues > options.posts {
        return Err("every issue needs a post of its own: --posts is to be no less than --issues".into());
    }
    Ok((is_bench && !is_test && is_meant).then_some(options))
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("{text} is no number of anything"))
}
