//! What was asked for on the command line.

use std::path::PathBuf;

/// What to measure.
pub(crate) struct Options {
    /// Sizes of the blog.
    pub(crate) posts: Vec<usize>,
    /// How often each file is saved.
    pub(crate) saves: usize,
    pub(crate) letterpress: PathBuf,
    /// The program and the folder of its site.
    pub(crate) hugo: Option<(PathBuf, PathBuf)>,
}

/// `None` where nothing is to be measured: `cargo test` has started this, or `cargo bench` with the name of another benchmark.
pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut args = args.peekable();
    let (mut is_bench, mut is_test, mut names) = (false, false, Vec::new());
    let (mut posts, mut saves, mut letterpress) = (Vec::new(), 50, PathBuf::from(env!("CARGO_BIN_EXE_letterpress")));
    let (mut hugo, mut site) = (None, None);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--bench" => is_bench = true,
            "--test" => is_test = true,
            "--saves" => saves = number(&value()?)?,
            "--letterpress" => letterpress = file(&value()?)?,
            "--hugo" => hugo = Some(file(&value()?)?),
            "--hugo-site" => site = Some(file(&value()?)?),
            "--posts" => {
                posts.push(number(&value()?)?);
                while let Some(next) = args.next_if(|arg| !arg.starts_with('-')) {
                    posts.push(number(&next)?);
                }
            }
            // Flags of other harnesses, which cargo hands to every benchmark.
            other if other.starts_with('-') => eprintln!("latency: {other} means nothing here"),
            name => names.push(name.to_owned()),
        }
    }
    if !is_bench || is_test || !(names.is_empty() || names.iter().any(|name| "latency".contains(name.as_str()))) {
        return Ok(None);
    }
    let hugo = match (hugo, site) {
        (Some(program), Some(site)) => Some((program, site)),
        (None, None) => None,
        _ => return Err("--hugo and --hugo-site belong together".into()),
    };
    if posts.is_empty() {
        posts = vec![100, 1_000, 10_000];
    }
    Ok(Some(Options { posts, saves, letterpress, hugo }))
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("{text} is no number of anything"))
}

/// The servers run in folders of their own, so paths are made whole.
fn file(text: &str) -> Result<PathBuf, String> {
    std::fs::canonicalize(text).map_err(|error| format!("{text}: {error}"))
}
