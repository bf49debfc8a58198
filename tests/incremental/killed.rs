//! Builds that are killed: every file stays wholly old or wholly new, and the next build completes the site as if nothing had happened.

use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use crate::dice::Dice;
use crate::world;
use crate::world::Files;

const POSTS: usize = 300;
const ROUNDS: usize = 36;
const SITE: &str = "title = \"Long\"\nbase_url = \"https://long.example/\"\ntheme = \"plain\"\n[lists]\npage_size = 50\n\
                    [feeds]\nfor = [\"site\", \"tag\"]\n";

/// A site of many posts in a plain theme.
fn sources() -> Files {
    let theme = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sites/small/themes");
    let mut files: Files =
        world::read_all(&theme).into_iter().map(|(path, bytes)| (format!("themes/{path}"), bytes)).collect();
    files.insert("site.toml".into(), SITE.into());
    for number in 0..POSTS {
        files.insert(path(number), post(number, "at first"));
    }
    files
}

fn path(number: usize) -> String {
    format!("content/posts/{number:03}.md")
}

fn post(number: usize, words: &str) -> Vec<u8> {
    let (month, day, tag) = (number / 28 % 12 + 1, number % 28 + 1, number % 7);
    let front = format!(
        "+++\ntitle = \"Post {number}\"\ndate = 2025-{month:02}-{day:02}\ndescription = \"Of {number}.\"\ntags = [\"tag {tag}\"]\n+++\n"
    );
    format!("{front}\n## A part\n\nText {words}.\n\n```rust\nlet x = {number};\n```\n").into()
}

/// Edits few posts, or many, adds and removes some, and sometimes changes what every page is drawn by.
fn edit(files: &mut Files, dice: &mut Dice) {
    let many = [1, 5, 60][dice.below(3)];
    for _ in 0..many {
        let number = dice.below(POSTS + 20);
        if dice.one_in(8) {
            files.remove(&path(number));
        } else {
            files.insert(path(number), post(number, &dice.word()));
        }
    }
    if dice.one_in(3) {
        let template = files.get_mut("themes/plain/templates/web/post.html").unwrap();
        template.extend(format!("<!-- {} -->", dice.word()).into_bytes());
    }
    if dice.one_in(6) {
        files.insert("content/files/large.txt".into(), dice.word().repeat(200_000).into());
    }
}

/// Brings a folder from one state to another.
fn save(root: &Path, old: &Files, new: &Files) {
    for path in old.keys().filter(|path| !new.contains_key(*path)) {
        std::fs::remove_file(root.join(path)).unwrap();
    }
    for (path, bytes) in new.iter().filter(|(path, bytes)| old.get(*path) != Some(*bytes)) {
        world::put(&root.join(path), bytes);
    }
}

fn begin(root: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_letterpress"));
    command.arg("--root").arg(root).args(["--now", world::NOW.clock, "--quiet", "build"]);
    command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn killed_anywhere_a_file_is_old_or_new_and_the_next_build_completes_the_site() {
    let home = world::folder();
    let (root, public) = (home.path(), home.path().join("public"));
    let mut dice = Dice::new(20_261_115);
    let mut files = sources();
    save(root, &Files::new(), &files);
    let mut usual = Duration::from_millis(1500);
    // What there should have been since the last build that came to its end: one that was killed may be completed before the next begins.
    let mut states: Vec<Files> = Vec::new();
    let (mut killed, mut mixed) = (0, 0);
    for round in 0..ROUNDS {
        let old = world::read_all(&public);
        states.push(world::clean(&files));
        let mut child = begin(root);
        // Half of them near the end, where files are put in place.
        let thousandths = u32::try_from(if dice.one_in(2) { dice.below(1000) } else { 700 + dice.below(350) }).unwrap();
        std::thread::sleep(usual * thousandths / 1000);
        child.kill().unwrap();
        killed += usize::from(!child.wait().unwrap().success());

        let now = world::read_all(&public);
        for (path, bytes) in &now {
            let known = states.iter().chain([&old]).any(|state| state.get(path) == Some(bytes));
            assert!(known, "round {round}: {path} is neither old nor new");
        }
        for path in old.keys().filter(|path| states.iter().all(|state| state.contains_key(*path))) {
            assert!(now.contains_key(path), "round {round}: {path} was there and shall be, and is not");
        }
        mixed += usize::from(now != old && states.last() != Some(&now));
        // Half of the time its author goes on editing before building again.
        if round + 1 == ROUNDS || dice.one_in(2) {
            let begun = Instant::now();
            assert!(begin(root).wait().unwrap().success(), "round {round}");
            usual = (usual + begun.elapsed()) / 2;
            let (built, clean) = (world::read_all(&public), states.last().unwrap());
            world::compare(&built, clean, &Files::new()).unwrap_or_else(|wrong| panic!("round {round}: {wrong}"));
            states.clear();
        }
        let before = files.clone();
        edit(&mut files, &mut dice);
        save(root, &before, &files);
    }
    println!("{ROUNDS} builds, {killed} of them killed before their end, {mixed} while they put files in place");
    assert!(killed > ROUNDS / 8, "only {killed} of {ROUNDS} were killed before their end");
}
