//! What is done to sources while a preview runs: the edits that builds are tested with, and what only a program that watches can get wrong.

use crate::edits;
use crate::edits::Edit;
use crate::handling;
use crate::world::World;

/// Those of the folder itself, which are on the disk at once.
const FOLDERS: &[Edit] = &[
    ("a folder renamed", |world, dice| {
        const NAMES: [[&str; 2]; 5] = [
            ["content/posts/mill", "content/posts/wheel"],
            ["content/posts/loch", "content/posts/water"],
            ["content/files", "content/papers"],
            ["content/authors/bob", "content/authors/robert"],
            ["themes/house/static/fonts", "themes/house/static/faces"],
        ];
        let names = dice.pick(&NAMES)?;
        let is_there = |name: &str| world.root().join(name).exists();
        let (from, to) = if is_there(names[0]) { (names[0], names[1]) } else { (names[1], names[0]) };
        if !is_there(from) || is_there(to) {
            return None;
        }
        world.rename_folder(from, to);
        Some(format!("{from} is {to}"))
    }),
    ("a folder of posts renamed and its name in links too", |world, dice| {
        let (from, to) = dice.pick(&[("mill", "wheel"), ("wheel", "mill"), ("loch", "water"), ("water", "loch")])?;
        let path = |name: &str| format!("content/posts/{name}");
        if !world.root().join(path(from)).exists() || world.root().join(path(to)).exists() {
            return None;
        }
        world.rename_folder(&path(from), &path(to));
        for file in world.paths(|path| path.ends_with(".md") || path == "site.toml") {
            let text = world.text(&file);
            let edited = text.replace(&format!("{from}/index.md"), &format!("{to}/index.md"));
            if edited != text {
                world.put(&file, edited);
            }
        }
        Some(format!("{from} is {to}"))
    }),
    ("another branch", |world, dice| {
        // As far from here as what was last right and what every site begins with.
        let files = if dice.one_in(2) { crate::sources() } else { world.good.0.clone() };
        let count = files.len();
        world.check_out(files);
        Some(format!("{count} files written"))
    }),
];

/// All of them. What is done to an output or to a memory says nothing here, and the clock stands.
pub(crate) fn all() -> Vec<Edit> {
    let builds = edits::all();
    let of_builds = |name: &str| handling::EDITS.iter().any(|(other, _)| *other == name) && name != "sources touched";
    builds.into_iter().filter(|(name, _)| !of_builds(name)).chain(FOLDERS.iter().copied()).collect()
}

/// The page by which it is seen that everything has been noticed: saved last, and changes are told in the order in which they were made.
pub(crate) fn canary(word: &str) -> String {
    format!("+++\ntitle = \"Canary\"\nurl = \"/canary/\"\n+++\n\nThe canary sings {word}.\n")
}

/// The file of the canary.
pub(crate) const CANARY: &str = "content/pages/canary.md";

/// Whether a page is the canary's that sings that.
pub(crate) fn sings(page: &[u8], word: &str) -> bool {
    String::from_utf8_lossy(page).contains(&format!("sings {word}."))
}

/// The path at which the sources say that the site begins, where they say it.
pub(crate) fn base(world: &World) -> Option<String> {
    let text = world.text("site.toml");
    let line = text.lines().find_map(|line| line.strip_prefix("base_url = \""))?;
    let (_, path) = line.trim_end_matches('"').strip_prefix("http")?.split_once("://")?.1.split_once('/')?;
    Some(format!("/{path}"))
}
