//! The command line as a user meets it: the built program, its output and its exit codes.
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

const NOW: &str = "2026-11-15T09:00[Europe/Berlin]";
const COMMANDS: [&str; 7] = ["init", "new", "build", "check", "list", "completions", "man"];
#[cfg(feature = "newsletter")]
const LIST_FLAGS: [(&str, &[&str]); 14] = [
    ("subscribers", &[]),
    ("subscribers list", &["--newsletter", "--status", "--suppressed", "--tag", "--find"]),
    ("subscribers add", &["--newsletter", "--name", "--tag", "--agreed"]),
    ("subscribers import", &["--newsletter", "--status", "--time-zone", "--strict", "--dry-run", "--yes"]),
    ("subscribers export", &[]),
    ("subscribers remove", &["--newsletter"]),
    ("subscribers suppress", &["--reason", "--lift"]),
    ("subscribers forget", &["--yes"]),
    ("subscribers stats", &[]),
    ("store", &[]),
    ("store backup", &[]),
    ("store restore", &["--yes"]),
    ("store copy", &[]),
    ("store keys", &["--rotate"]),
];
#[cfg(not(feature = "newsletter"))]
const LIST_FLAGS: [(&str, &[&str]); 0] = [];
const GLOBAL: [&str; 4] = ["--root", "--format", "--quiet", "--color"];

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_letterpress"));
    command.current_dir(folder).args(["--now", NOW]).args(arguments).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// A site with a `site.toml` and nothing else.
fn bare_site() -> TempDir {
    let site = tempfile::tempdir().unwrap();
    let text = "title = \"A\"\nbase_url = \"https://a.example/\"\ntime_zone = \"Europe/Berlin\"\n[collections.notes]\n";
    std::fs::write(site.path().join("site.toml"), text).unwrap();
    site
}

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cli").join(name)
}

#[test]
fn what_is_wrong_with_the_command_line_is_2() {
    let folder = tempfile::tempdir().unwrap();
    let wrong: [&[&str]; 11] = [
        &[],
        &["biuld"],
        &["init"],
        &["new"],
        &["build", "--drfats"],
        &["build", "--base-url", "example.com"],
        &["build", "--verbose", "--quiet"],
        &["list", "--state", "gone"],
        &["list", "--next", "--state", "draft"],
        &["new", "x", "--date", "tomorrow"],
        &["list", "--format", "xml"],
    ];
    for arguments in wrong {
        let output =
            Command::new(env!("CARGO_BIN_EXE_letterpress")).current_dir(&folder).args(arguments).output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(stdout(&output).is_empty() && !stderr(&output).is_empty(), "{arguments:?}");
    }
    let output = run(folder.path(), &["new", "x", "--date", "tomorrow"]);
    assert!(stderr(&output).contains("2026-12-01T09:00"), "the refusal shows a date");
    let output = run(folder.path(), &["biuld"]);
    assert!(stderr(&output).contains("'build'"), "a similar command is named");
}

#[test]
fn help_and_version_are_0() {
    let folder = tempfile::tempdir().unwrap();
    let all: [&[&str]; 3] = [&["--help"], &["--version"], &["help", "new"]];
    for arguments in all {
        let output = run(folder.path(), arguments);
        assert_eq!((code(&output), stderr(&output)), (0, ""), "{arguments:?}");
    }
}

#[test]
fn every_flag_is_in_the_help_the_manual_and_the_docs() {
    let flags: [(&str, &[&str]); 7] = [
        ("init", &["--title", "--base-url", "--author"]),
        ("new", &["--collection", "--author", "--category", "--tag", "--bundle", "--draft", "--no-draft", "--date"]),
        ("build", &["--drafts", "--future", "--base-url", "--output", "--theme", "--verbose"]),
        ("check", &["--drafts", "--future", "--base-url", "--theme", "--external"]),
        ("list", &["--state", "--collection", "--next"]),
        ("completions", &[]),
        ("man", &[]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let docs = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md")).unwrap();
    for (name, own) in flags.into_iter().chain(LIST_FLAGS) {
        let words: Vec<&str> = name.split(' ').collect();
        let help = run(folder.path(), &[&words[..], &["--help"]].concat());
        let manual = run(folder.path(), &["man", words[0]]);
        let manual = stdout(&manual).replace("\\-", "-");
        let page = format!(".TH letterpress-{} ", name.replace(' ', "-"));
        let manual = manual.split(".TH ").map(|page| format!(".TH {page}")).find(|own| own.starts_with(&page));
        let manual = manual.unwrap_or_else(|| panic!("there is no page of {name}"));
        let begin = format!("{name}\n");
        let sections = docs.split("\n## ").flat_map(|part| part.split("\n### "));
        let section = sections.into_iter().find(|part| part.starts_with(&begin)).unwrap_or_else(|| {
            panic!("docs/commands.md has no section {name}");
        });
        assert!(stdout(&help).contains("Examples:"), "{name}");
        for flag in own.iter().chain(&GLOBAL) {
            assert!(stdout(&help).contains(flag), "{name} --help does not mention {flag}");
            assert!(manual.contains(flag), "man {name} does not mention {flag}");
            let text = if GLOBAL.contains(flag) { &*docs } else { section };
            assert!(text.contains(flag), "docs/commands.md does not mention {flag} of {name}");
        }
        // And the other way round: a flag in the help that this test does not know has no documentation.
        for word in stdout(&help).split("Examples:").next().unwrap().split_whitespace() {
            let known = own.contains(&word) || GLOBAL.contains(&word) || matches!(word, "--help" | "--");
            assert!(!word.starts_with("--") || known, "{name} --help mentions {word}");
        }
        assert!(!stdout(&help).contains("--now"), "a flag for tests only");
    }
}

#[test]
fn completions_and_manual() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(folder.path(), &["completions", shell]);
        assert!(code(&output) == 0 && stdout(&output).contains("letterpress"), "{shell}");
    }
    assert_eq!(code(&run(folder.path(), &["completions", "tcsh"])), 2);
    let output = run(folder.path(), &["man"]);
    assert_eq!(code(&output), 0);
    for name in COMMANDS {
        assert!(stdout(&output).contains(&format!("letterpress\\-{name}")), "{name}");
        let own = run(folder.path(), &["man", name]);
        assert!(code(&own) == 0 && own.stdout.len() < output.stdout.len(), "{name}");
    }
}

#[test]
fn without_a_site_it_says_where_one_is() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["build"][..], &["check"], &["list"], &["new", "x"]] {
        let output = run(folder.path(), arguments);
        assert_eq!((code(&output), stdout(&output)), (1, ""), "{arguments:?}");
        assert!(stderr(&output).contains("no site.toml"), "{arguments:?}: {}", stderr(&output));
    }
    let output = run(folder.path(), &["build", "--format", "json"]);
    assert_eq!(lines(stderr(&output))[0]["code"], "no-site");
    std::fs::create_dir(folder.path().join("blog")).unwrap();
    std::fs::write(folder.path().join("blog/site.toml"), "").unwrap();
    assert!(stderr(&run(folder.path(), &["list"])).contains("--root blog"));
    let exact = run(folder.path(), &["list", "--root", "."]);
    assert!(code(&exact) == 1 && stderr(&exact).contains("--root"), "{}", stderr(&exact));
}

#[test]
fn mistakes_are_1_in_every_format() {
    let site = tempfile::tempdir().unwrap();
    std::fs::write(site.path().join("site.toml"), "titel = \"A\"\nbase_url = \"https://a.example/\"\n").unwrap();
    let human = run(site.path(), &["list"]);
    assert_eq!((code(&human), stdout(&human)), (1, ""));
    assert!(stderr(&human).contains("did you mean `title`?") && !stderr(&human).contains('\u{1b}'));
    let colourful = run(site.path(), &["list", "--color", "always"]);
    assert!(stderr(&colourful).contains("\u{1b}["));
    let without = command(site.path(), &["list"]).env("NO_COLOR", "1").env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(!stderr(&without).contains('\u{1b}'), "NO_COLOR wins");
    let short = run(site.path(), &["list", "--format", "short"]);
    assert!(stderr(&short).lines().any(|line| line.starts_with("site.toml:1:1: error: unknown key `titel`")));
    let json = run(site.path(), &["list", "--format", "json"]);
    let found = lines(stderr(&json));
    assert!(found.iter().any(|line| line["code"] == "unknown-key" && line["line"] == 1), "{found:?}");
    assert!(found.iter().all(|line| line["severity"] == "error"));
}

#[test]
fn init_makes_a_site_once() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["init", "my-blog", "--title", "Notes & \"more\"", "--author", "Ada Brown", "--base-url"];
    let output = run(folder.path(), &[&arguments[..], &["https://notes.example.com"]].concat());
    assert_eq!((code(&output), stdout(&output)), (0, "my-blog\n"), "{}", stderr(&output));
    assert!(stderr(&output).contains("letterpress build"), "it says what to do next");
    let settings = std::fs::read_to_string(folder.path().join("my-blog/site.toml")).unwrap();
    assert!(settings.contains("https://notes.example.com/"));
    assert!(folder.path().join("my-blog/content/authors/ada-brown.md").is_file());
    let again = run(folder.path(), &["init", "my-blog"]);
    assert_eq!((code(&again), stdout(&again)), (1, ""));
    assert!(stderr(&again).contains("not empty"));
    let unchanged = std::fs::read_to_string(folder.path().join("my-blog/site.toml")).unwrap();
    assert_eq!(settings, unchanged);

    let here = tempfile::tempdir().unwrap();
    std::fs::create_dir(here.path().join(".git")).unwrap();
    let output = run(here.path(), &["init", ".", "--format", "json"]);
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    let made = &lines(stdout(&output))[0];
    let files = made["files"].as_array().unwrap();
    assert!(files.len() >= 10 && files.iter().all(|file| here.path().join(file.as_str().unwrap()).is_file()));
}

#[test]
fn a_new_site_builds_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(code(&run(folder.path(), &["init", "my-blog"])), 0);
    let site = folder.path().join("my-blog");
    let first = run(&site, &["build", "--format", "json"]);
    assert_eq!((code(&first), stderr(&first)), (0, ""), "nothing to complain about");
    let summary = &lines(stdout(&first))[0];
    assert_eq!((&summary["posts"], &summary["warnings"]), (&2.into(), &0.into()));
    assert!(site.join("public/index.html").is_file() && site.join("public/posts/welcome/index.html").is_file());
    let style = std::fs::read_dir(site.join("public")).unwrap().count();
    assert!(style > 5);
    let second = run(&site, &["build"]);
    assert!(stdout(&second).starts_with("Built 2 posts, 2 pages: ") && stdout(&second).contains("in public/"));
    let below = run(&site.join("content/posts"), &["build", "--quiet"]);
    assert_eq!((code(&below), stdout(&below), stderr(&below)), (0, "", ""), "from a folder below, quietly");
    // One thing only its owner can know.
    let check = run(&site, &["check", "--format", "short"]);
    assert_eq!((code(&check), stderr(&check).lines().count()), (0, 1), "{}", stderr(&check));
    assert!(stderr(&check).contains("the subscribe form is not shown: nothing says where it posts"));
}

#[test]
fn new_writes_once_and_never_over_a_file() {
    let site = bare_site();
    let output = run(site.path(), &["new", "Hello, readers!", "--author", "jane", "--tag", "a", "--tag", "b"]);
    assert_eq!((code(&output), stdout(&output)), (0, "content/posts/2026-11-15-hello-readers.md\n"));
    assert!(stderr(&output).contains("letterpress preview"), "it says what to do next");
    let file = site.path().join("content/posts/2026-11-15-hello-readers.md");
    let text = std::fs::read_to_string(&file).unwrap();
    for line in
        ["title = \"Hello, readers!\"", "date = 2026-11-15T09:00:00", "authors = [\"jane\"]", "tags = [\"a\", \"b\"]"]
    {
        assert!(text.lines().any(|own| own == line), "{line} is not in\n{text}");
    }
    assert!(text.contains("\ndraft = true\n") && text.contains("\nid = \""));
    let again = run(site.path(), &["new", "Hello, readers"]);
    assert_eq!((code(&again), stdout(&again)), (1, ""));
    assert!(stderr(&again).contains("is there already"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);

    let arguments = ["new", "A note", "--collection", "notes", "--bundle", "--no-draft", "--date", "2026-12-01"];
    let output = run(site.path(), &[&arguments[..], &["--format", "json"]].concat());
    let made = &lines(stdout(&output))[0];
    assert_eq!(made["path"], "content/notes/2026-12-01-a-note/index.md");
    let text = std::fs::read_to_string(site.path().join(made["path"].as_str().unwrap())).unwrap();
    assert!(!text.contains("draft") && text.contains(made["id"].as_str().unwrap()));
    let output = run(site.path(), &["new", "x", "--collection", "note"]);
    assert!(code(&output) == 1 && stderr(&output).contains("did you mean `notes`?"));
}

#[test]
fn list_in_every_format() {
    let site = fixture("site");
    let human = run(&site, &["list"]);
    assert_eq!((code(&human), stderr(&human)), (0, ""));
    assert_eq!(stdout(&human), include_str!("fixtures/cli/list.human.txt"));
    let short = run(&site, &["list", "--format", "short"]);
    assert_eq!(stdout(&short), include_str!("fixtures/cli/list.short.txt"));
    let json = run(&site, &["list", "--format", "json"]);
    let posts = lines(stdout(&json));
    assert_eq!(posts.len(), 6);
    let letters = posts.iter().find(|post| post["id"] == "letters").unwrap();
    assert_eq!(letters["date"], "2026-10-30T18:30:00+01:00");
    assert_eq!(letters["url"], "https://list.example/posts/letters/");
    assert_eq!((&letters["collection"], &letters["expires"]), (&"posts".into(), &Value::Null));
}

#[test]
fn list_some_of_them() {
    let site = fixture("site");
    for (state, count) in [("draft", 1), ("scheduled", 1), ("published", 3), ("expired", 1)] {
        let output = run(&site, &["list", "--state", state]);
        let text = stdout(&output);
        assert!(text.lines().count() == count && text.lines().all(|line| line.starts_with(state)), "{text}");
    }
    let output = run(&site, &["list", "--collection", "notes", "--format", "short"]);
    assert_eq!(stdout(&output).lines().count(), 1);
    let output = run(&site, &["list", "--collection", "note"]);
    assert!(code(&output) == 1 && stderr(&output).contains("did you mean `notes`?"));
    let output = run(&site, &["list", "--collection", "notes", "--state", "draft"]);
    assert_eq!((code(&output), stdout(&output)), (0, ""));
}

#[test]
fn list_next() {
    let site = fixture("site");
    let output = run(&site, &["list", "--next"]);
    assert_eq!((code(&output), stdout(&output)), (0, "2026-12-01T09:00:00+01:00\n"));
    assert!(stderr(&output).contains("“Later this year” appears"));
    // What stands after the command wins over what stands before it.
    let later = |now| run(&site, &["list", "--next", "--format", "json", "--now", now]);
    let next = &lines(stdout(&later("2026-12-02T00:00:00Z")))[0];
    assert_eq!((&next["next"], &next["go"][0]), (&"2027-01-01T00:00:00+01:00".into(), &"A note".into()));
    let next = &lines(stdout(&later("2028-01-01T00:00:00Z")))[0];
    assert_eq!(next["next"], Value::Null);
}

#[test]
fn a_closed_pipe_is_success() {
    let site = fixture("site");
    for arguments in [&["list"][..], &["man"], &["completions", "bash"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(&site, arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!((code(&output), stderr(&output)), (0, ""), "{arguments:?}");
    }
}

#[test]
#[cfg(unix)]
fn the_lock_of_an_editor_is_no_post() {
    let site = bare_site();
    std::fs::create_dir_all(site.path().join("content/posts")).unwrap();
    std::os::unix::fs::symlink("jane@desk.42:1", site.path().join("content/posts/.#hello.md")).unwrap();
    let output = run(site.path(), &["check"]);
    assert!(!stderr(&output).contains(".#hello.md"), "{}", stderr(&output));
}

/// The service that answers readers and the one that mails issues have one list only if user and data folder are the same.
#[test]
fn the_units_of_the_manual_use_one_list() {
    let units = |page: &str| -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page)).unwrap();
        let blocks = text.split("```ini\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
        let services = blocks.filter(|block| block.contains("[Service]"));
        let keys = ["User=", "Environment=", "StateDirectory=", "EnvironmentFile="];
        let of = |block: String| {
            let line = |key| block.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
            keys.map(line).to_vec()
        };
        services.map(of).collect()
    };
    let (daemon, timer) = (units("subscribers.md"), units("delivery.md"));
    assert_eq!(daemon.len(), 1);
    assert!(daemon[0].iter().all(|line| !line.is_empty()), "{daemon:?}");
    assert_eq!(daemon, timer);
}
