//! The house rules: which layer may use which, and what every file keeps to. Each rule also proves, on a few lines of its own, that it can fail.
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What each layer may use, from the bottom to the top. A layer that is not there yet is no mistake.
const LAYERS: [(&str, &str); 16] = [
    ("value", ""),
    ("files", "value"),
    ("diagnostic", "value"),
    ("engine", "value files"),
    ("config", "value diagnostic"),
    ("content", "value files diagnostic"),
    ("theme", "value files diagnostic"),
    ("subscriber", "value diagnostic"),
    ("newsletter", "value diagnostic subscriber"),
    ("library", "value files diagnostic config content"),
    ("store", "value subscriber newsletter"),
    ("edition", "value diagnostic engine config content theme newsletter library"),
    ("output", "value files engine theme subscriber newsletter edition"),
    ("transport", "value files config output"),
    (
        "workflow",
        "value files diagnostic engine config content theme subscriber newsletter library store edition output transport",
    ),
    ("cli", "value diagnostic config workflow"),
];

/// What the user fixed to stand at the top of the repository, beside files whose name begins with a dot and what a build leaves (`.gitignore`).
const TOP: [&str; 10] =
    ["Cargo.toml", "Cargo.lock", "src", "content", "themes", "tests", "site.toml", "README", "benches", "docs"];
const LEFT_BY_BUILDS: [&str; 2] = ["target", "public"];

/// A Rust file: its path from the repository's top, and its text.
struct Source {
    path: String,
    text: String,
}

type Rule = fn(&[Source]) -> Vec<String>;

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The layer that the file belongs to: the folder or the file directly in `src/`.
    fn layer(&self) -> Option<&str> {
        let below = self.path.strip_prefix("src/")?;
        Some(below.split_once('/').map_or(below.trim_end_matches(".rs"), |(layer, _)| layer))
    }

    /// The text without comments and without what stands in strings.
    fn code(&self) -> String {
        let mut code = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        while let Some(c) = rest.chars().next() {
            let skip = skipped(rest, code.chars().next_back());
            if skip > 0 {
                code.extend(rest[..skip].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
                rest = &rest[skip..];
            } else {
                code.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        code
    }

    /// The code that is part of the program: without the module of tests that may end a file.
    fn program(&self) -> String {
        let code = self.code();
        let opens_tests = |at: &usize| {
            let mut lines = code[*at..].lines().map(str::trim).skip_while(|line| line.starts_with("#["));
            lines.next() == Some("mod tests {")
        };
        let tests = code.match_indices("#[cfg(test)]").map(|(at, _)| at).find(opens_tests);
        code[..tests.unwrap_or(code.len())].to_owned()
    }

    /// Every path of the crate that the code names, without `crate::`.
    fn paths(&self) -> Vec<String> {
        let code = self.code();
        let starts = code.match_indices("crate::").map(|(at, _)| at).filter(|at| {
            let visibility = code[..*at].ends_with("pub(in ");
            !visibility && !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
        });
        let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let path = |at: usize| code[at + 7..].chars().take_while(|c| is_path(*c)).collect();
        starts.map(path).collect()
    }
}

/// Bytes of the comment, string or character that `rest` begins with; 0 where it begins with code.
fn skipped(rest: &str, before: Option<char>) -> usize {
    let until = |from: usize, end: &str| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        return until(2, "\n") - usize::from(rest.contains('\n'));
    }
    if rest.starts_with("/*") {
        return until(2, "*/");
    }
    let raw = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r')).filter(|_| !in_word);
    if let Some(raw) = raw {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let start = rest.len() - raw.len() + hashes + 1;
            return until(start, &format!("\"{}", "#".repeat(hashes)));
        }
    }
    let quote = match rest.chars().next() {
        Some('"') => '"',
        // A lifetime has no second quotation mark.
        Some('\'') if rest[1..].starts_with('\\') || rest[1..].chars().nth(1) == Some('\'') => '\'',
        _ => return 0,
    };
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn in_src(sources: &[Source]) -> impl Iterator<Item = (&Source, &str)> {
    sources.iter().filter_map(|source| Some((source, source.layer()?)))
}

/// A layer uses only what its row allows.
fn layers(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (source, layer) in in_src(sources).filter(|(_, layer)| !matches!(*layer, "lib" | "main" | "build_script")) {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            wrong.push(format!("{}: there is no layer {layer}", source.path));
            continue;
        };
        for path in source.paths() {
            let used = path.split("::").next().unwrap_or_default();
            if used != layer && !allowed.split(' ').any(|name| name == used) {
                wrong.push(format!("{}: {layer} may not use {path}", source.path));
            }
        }
    }
    wrong
}

/// Data flows one way, in the table and in the code.
fn no_cycles(sources: &[Source]) -> Vec<String> {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (source, layer) in in_src(sources) {
        let used = source.paths().into_iter().filter_map(|path| path.split("::").next().map(str::to_owned));
        uses.entry(layer.to_owned()).or_default().extend(used.filter(|used| used != layer));
    }
    // A layer that uses nothing that is left can be taken away; what cannot be taken away goes round.
    let mut left: BTreeSet<&String> = uses.keys().collect();
    loop {
        let free: Vec<&String> =
            left.iter().filter(|layer| !uses[**layer].iter().any(|used| left.contains(used))).copied().collect();
        if free.is_empty() {
            break;
        }
        left.retain(|layer| !free.contains(layer));
    }
    left.into_iter().map(|layer| format!("{layer} uses itself by way of {:?}", uses[layer])).collect()
}

/// Web, mail and feed are rendered from the tree, not from each other. Only `publication.rs` puts them side by side.
fn editions_apart(sources: &[Source]) -> Vec<String> {
    const EDITIONS: [&str; 3] = ["web", "feed", "mail"];
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with("src/edition/")) {
        let paths = source.paths();
        let used = paths.iter().filter_map(|path| path.strip_prefix("edition::")?.split("::").next());
        let used: BTreeSet<&str> = used.filter(|name| EDITIONS.contains(name)).collect();
        let own = source.path["src/edition/".len()..].split(['/', '.']).next().unwrap_or_default();
        let others: Vec<&str> = used.iter().copied().filter(|name| *name != own).collect();
        let coordinates = !EDITIONS.contains(&own);
        let allowed = if own == "publication" { EDITIONS.len() } else { usize::from(coordinates) };
        if others.len() > allowed {
            wrong.push(format!("{} uses {}", source.path, others.join(" and ")));
        }
    }
    wrong
}

/// Paths begin at `crate::` and stand alone, so that the rules above can read them.
fn readable_paths(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (source, _) in in_src(sources) {
        let code = source.code();
        let top = source.path.matches('/').count() == 2 && source.path.ends_with("/mod.rs");
        for (text, applies) in [
            ("crate::{", true),
            ("crate as ", true),
            ("super::super::", true),
            ("super::", top && !source.program().is_empty()),
        ] {
            let within = if text == "super::" { source.program() } else { code.clone() };
            if applies && within.contains(text) {
                wrong.push(format!("{} says `{text}`", source.path));
            }
        }
    }
    wrong
}

fn main_is_short(sources: &[Source]) -> Vec<String> {
    let long = |source: &&Source| source.path == "src/main.rs" && source.text.lines().count() >= 30;
    sources.iter().filter(long).map(|source| format!("{} has 30 lines or more", source.path)).collect()
}

fn no_long_files(sources: &[Source]) -> Vec<String> {
    let lines = sources.iter().map(|source| (source, source.text.lines().count()));
    lines.filter(|(_, lines)| *lines > 500).map(|(source, lines)| format!("{}: {lines} lines", source.path)).collect()
}

fn every_file_says_what_it_is(sources: &[Source]) -> Vec<String> {
    let silent = |source: &&Source| !source.text.starts_with("//! ");
    sources.iter().filter(silent).map(|source| format!("{} does not begin with `//! `", source.path)).collect()
}

/// A name says what is in a file.
fn no_empty_names(sources: &[Source]) -> Vec<String> {
    const EMPTY: [&str; 8] = ["util", "utils", "common", "manager", "managers", "helper", "helpers", "misc"];
    let mut wrong = Vec::new();
    for source in sources {
        let in_path = source.path.split(['/', '.', '_']).filter(|part| EMPTY.contains(part));
        wrong.extend(in_path.map(|name| format!("{}: the name `{name}` says nothing", source.path)));
        for name in EMPTY {
            let code = source.code();
            if code.contains(&format!("mod {name};")) || code.contains(&format!("mod {name} {{")) {
                wrong.push(format!("{}: the module `{name}` says nothing", source.path));
            }
        }
    }
    wrong
}

/// Whether `code` has the word `word`, not as part of a longer one.
fn has_word(code: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(is_part) && !code[at + word.len()..].starts_with(is_part))
}

fn only_in(sources: &[Source], words: &[&str], places: fn(&str) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for (source, _) in in_src(sources).filter(|(source, _)| !places(&source.path)) {
        let program = source.program();
        let found = words.iter().filter(|word| has_word(&program, word));
        wrong.extend(found.map(|word| format!("{}: {word}", source.path)));
    }
    wrong
}

fn one_reader_and_one_writer(sources: &[Source]) -> Vec<String> {
    only_in(sources, &["std::fs", "walkdir", "tempfile"], |path| {
        let reads =
            matches!(path, "src/files/read.rs" | "src/files/stamp.rs" | "src/build_script.rs" | "src/store/file.rs");
        reads || path.starts_with("src/transport/disk")
    })
}

fn one_clock(sources: &[Source]) -> Vec<String> {
    only_in(sources, &["SystemTime::now", "Timestamp::now", "Zoned::now"], |path| path == "src/value/clock.rs")
}

fn environment_only_in_cli(sources: &[Source]) -> Vec<String> {
    let words = ["std::env", "env::var", "env::var_os", "env::args", "env::current_dir", "TimeZone::system"];
    only_in(sources, &words, |path| path.starts_with("src/cli/") || path == "src/main.rs")
}

const RULES: [(&str, Rule); 11] = [
    ("layers", layers),
    ("no cycles", no_cycles),
    ("editions apart", editions_apart),
    ("readable paths", readable_paths),
    ("main is short", main_is_short),
    ("no long files", no_long_files),
    ("every file says what it is", every_file_says_what_it_is),
    ("no empty names", no_empty_names),
    ("one reader and one writer", one_reader_and_one_writer),
    ("one clock", one_clock),
    ("environment only in cli", environment_only_in_cli),
];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn gather(folder: &Path, sources: &mut Vec<Source>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            gather(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let below = path.strip_prefix(repository()).unwrap().to_str().unwrap().replace('\\', "/");
            sources.push(Source { path: below, text: fs::read_to_string(&path).unwrap() });
        }
    }
}

#[test]
fn the_house_rules_are_kept() {
    let mut sources = Vec::new();
    for folder in ["src", "tests", "benches"] {
        gather(&repository().join(folder), &mut sources);
    }
    assert!(sources.iter().any(|source| source.path == "src/lib.rs") && sources.len() > 100);
    let wrong: Vec<String> = RULES
        .iter()
        .flat_map(|(name, rule)| rule(&sources).into_iter().map(move |wrong| format!("{name}: {wrong}")))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_table_goes_one_way() {
    for (at, (layer, uses)) in LAYERS.iter().enumerate() {
        for used in uses.split_whitespace() {
            let below = LAYERS.iter().position(|(name, _)| *name == used);
            assert!(below.is_some_and(|below| below < at), "{layer} may use {used}");
        }
    }
}

#[test]
fn nothing_else_stands_at_the_top() {
    let names = fs::read_dir(repository()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_known = |name: &str| {
        let stem = name.split('.').next().unwrap_or_default();
        name.starts_with('.')
            || name.starts_with("LICENSE")
            || stem == "README"
            || TOP.contains(&name)
            || LEFT_BY_BUILDS.contains(&name)
    };
    let surplus: Vec<String> = names.filter(|name| !is_known(name)).collect();
    assert!(surplus.is_empty(), "{surplus:?}");
}

/// The complaints of one rule about a few files.
fn judge(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
    rule(&files.iter().map(|(path, text)| Source::new(path, text)).collect::<Vec<_>>())
}

#[test]
fn every_rule_can_fail() {
    let long = "//! x\n".repeat(501);
    let thirty = "//! x\n".repeat(30);
    #[allow(clippy::type_complexity, reason = "a table of names, rules and files")]
    let broken: [(&str, Rule, &[(&str, &str)]); 21] = [
        ("upwards", layers, &[("src/value/a.rs", "use crate::files::tree;")]),
        ("inline", layers, &[("src/config/a.rs", "fn f() { g(&crate::content::x::y()) }")]),
        ("re-exported", layers, &[("src/theme/a.rs", "pub use crate::library::model;")]),
        ("unknown", layers, &[("src/models/a.rs", "")]),
        ("a cycle", no_cycles, &[("src/a/x.rs", "use crate::b::y;"), ("src/b/y.rs", "use crate::a::x;")]),
        (
            "a longer cycle",
            no_cycles,
            &[("src/a.rs", "crate::b::y();"), ("src/b.rs", "crate::c::y();"), ("src/c.rs", "crate::a::y();")],
        ),
        ("feed of web", editions_apart, &[("src/edition/feed/a.rs", "use crate::edition::web::post;")]),
        ("mail of feed", editions_apart, &[("src/edition/mail/a.rs", "use crate::edition::feed::rss;")]),
        (
            "by a go-between",
            editions_apart,
            &[("src/edition/entries.rs", "use crate::edition::feed::rss;\nuse crate::edition::web::post;")],
        ),
        ("a group", readable_paths, &[("src/cli/a.rs", "use crate::{value, config};")]),
        ("round the corner", readable_paths, &[("src/value/a.rs", "use super::super::cli;")]),
        ("up from the top", readable_paths, &[("src/value/mod.rs", "use super::cli;")]),
        ("long main", main_is_short, &[("src/main.rs", &thirty)]),
        ("long file", no_long_files, &[("tests/a.rs", &long)]),
        ("silent file", every_file_says_what_it_is, &[("benches/a.rs", "fn main() {}\n//! x")]),
        ("empty name", no_empty_names, &[("tests/common/mod.rs", "")]),
        ("empty module", no_empty_names, &[("src/value/a.rs", "mod helpers { }")]),
        ("a second reader", one_reader_and_one_writer, &[("src/cli/a.rs", "use std::fs;\n")]),
        ("a walker", one_reader_and_one_writer, &[("src/theme/a.rs", "walkdir::WalkDir::new(x)")]),
        ("a second clock", one_clock, &[("src/cli/a.rs", "let x = jiff::Zoned::now();")]),
        ("the environment", environment_only_in_cli, &[("src/theme/a.rs", "let x = std::env::var(y);")]),
    ];
    for (name, rule, files) in broken {
        assert!(!judge(rule, files).is_empty(), "{name}");
    }
    for (name, rule) in RULES {
        let proved = broken.iter().any(|(_, other, _)| std::ptr::fn_addr_eq(*other, rule));
        assert!(proved, "nothing proves that `{name}` can fail");
    }
}

#[test]
fn what_is_allowed_is_no_complaint() {
    let fine: [(&str, &str); 7] = [
        ("src/value/a.rs", "//! [`crate::cli`] is above.\n// use crate::cli::run;\n/* crate::cli::run */\n"),
        (
            "src/files/a.rs",
            "//! x\nconst A: (&str, char, &'static str) = (\"crate::cli\", '\"', r#\"\" crate::cli\"#);\n",
        ),
        ("src/engine/a.rs", "//! x\nuse crate::value::path;\npub(in crate::engine) fn f() {}\n"),
        ("src/transport/disk_staging.rs", "//! x\nuse std::fs::File;\n"),
        (
            "src/workflow/init.rs",
            "//! x\nfn f() {}\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n use std::fs; use super::f;\n}\n",
        ),
        ("src/theme/a.rs", "//! x\nconst V: &str = env!(\"CARGO_PKG_VERSION\");\nlet c = '\\''; // std::env\n"),
        ("src/edition/publication.rs", "//! x\nuse crate::edition::web::a;\nuse crate::edition::feed::b;\n"),
    ];
    for (name, rule) in RULES {
        assert_eq!(judge(rule, &fine), [""; 0], "{name}");
    }
}
