//! The promise of the preview: it never shows a stale page. Whatever is saved, and however, every address that a preview serves which has been running all the
//! while is what a preview serves that has only just been started on the same sources; and with mistakes in them, what was last right.
//!
//! Sequences of edits are thrown by dice. `LETTERPRESS_SEQUENCES=1000` throws more of them, `LETTERPRESS_SEED=17` only that one.
#![cfg(all(
    feature = "preview",
    feature = "images",
    feature = "newsletter",
    feature = "sass",
    not(target_os = "macos")
))]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use crate::dice::Dice;
use crate::previewed::Preview;
use crate::watched::Watched;
use crate::world::Files;

#[path = "incremental/dice.rs"]
mod dice;
#[path = "incremental/document.rs"]
mod document;
#[path = "incremental/edits.rs"]
mod edits;
#[path = "incremental/handling.rs"]
mod handling;
#[path = "incremental/posts.rs"]
mod posts;
#[path = "stale/previewed.rs"]
mod previewed;
#[path = "stale/saving.rs"]
mod saving;
#[path = "incremental/settings.rs"]
mod settings;
#[path = "incremental/surroundings.rs"]
mod surroundings;
#[path = "incremental/theme.rs"]
mod theme;
#[path = "stale/watched.rs"]
mod watched;
#[allow(dead_code, reason = "builds are compared elsewhere")]
#[path = "incremental/world.rs"]
mod world;

const SEQUENCES: usize = 32;
const STEPS: usize = 5;

type Counts = BTreeMap<&'static str, usize>;

/// The site that every sequence begins with.
pub(crate) fn sources() -> Files {
    world::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/incremental"))
}

/// A number from the environment.
fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Edits while a preview runs, and compares after every step; gives how often each thing was done, or what went wrong after what.
fn play(seed: usize) -> Result<Counts, String> {
    let edits = saving::all();
    let mut dice = Dice::new(u64::try_from(seed).unwrap());
    let mut watched = Watched::new(seed, sources());
    let told = |watched: &Watched, wrong: String| {
        let story = watched.story.join("\n");
        format!("{story}\nNot what a fresh preview serves: {wrong}\nTo see it again: LETTERPRESS_SEED={seed}")
    };
    // Half of them are edited while all pages are drawn for the first time.
    if seed % 4 < 2 {
        watched.look(&mut dice).map_err(|wrong| told(&watched, wrong))?;
    }
    let mut broken = 0;
    for step in 0..STEPS {
        if broken == 2 || broken == 1 && dice.one_in(2) {
            watched.mend(&mut dice);
            watched.look(&mut dice).map_err(|wrong| told(&watched, wrong))?;
        }
        for turn in 0..1 + [0, 0, 0, 1, 1, 2, 3][dice.below(7)] {
            // Each has its turn; the others come as they fall.
            let due = (turn == 0).then(|| edits[(seed * STEPS + step) % edits.len()]);
            for (name, edit) in due.into_iter().chain([edits[dice.below(edits.len())]]) {
                if watched.edit(step, name, edit, &mut dice) {
                    break;
                }
            }
            if dice.one_in(4) {
                watched.save_early(&mut dice);
            }
        }
        let well = watched.look(&mut dice).map_err(|wrong| told(&watched, wrong))?;
        broken = if well { 0 } else { broken + 1 };
    }
    if broken > 0 {
        watched.mend(&mut dice);
        assert!(watched.look(&mut dice).map_err(|wrong| told(&watched, wrong))?, "mended, and still with mistakes");
    }
    Ok(watched.counts())
}

#[test]
fn whatever_is_saved_no_page_is_stale() {
    if let Some(seed) = number("LETTERPRESS_SEED") {
        let counts = play(seed).unwrap_or_else(|wrong| panic!("\n{wrong}"));
        println!("{counts:#?}");
        return;
    }
    let sequences = number("LETTERPRESS_SEQUENCES").unwrap_or(SEQUENCES);
    let (next, all, wrong) = (AtomicUsize::new(0), Mutex::new(Counts::new()), Mutex::new(BTreeMap::new()));
    let work = || {
        while let seed = next.fetch_add(1, Ordering::Relaxed)
            && seed < sequences
        {
            match play(seed) {
                Ok(counts) => {
                    let mut all = all.lock().unwrap();
                    counts.into_iter().for_each(|(name, times)| *all.entry(name).or_default() += times);
                }
                Err(why) => drop(wrong.lock().unwrap().insert(seed, why)),
            }
        }
    };
    std::thread::scope(|scope| {
        (0..std::thread::available_parallelism().map_or(2, usize::from)).for_each(|_| drop(scope.spawn(work)));
    });
    let wrong = wrong.into_inner().unwrap();
    if let Some(why) = wrong.values().min_by_key(|why| why.len()) {
        panic!("\n{why}\nThe shortest of {} sequences that went wrong: {:?}", wrong.len(), wrong.keys());
    }
    let counts = all.into_inner().unwrap();
    println!("{counts:#?}");
    if sequences >= SEQUENCES {
        for must in ["compared", "compared with mistakes", "mended", "addresses", "compared at once"] {
            assert!(counts.contains_key(must), "never done: {must}");
        }
        // Most of what is compared has no mistakes: else little is.
        assert!(counts["compared with mistakes"] < counts["compared"], "{counts:?}");
    }
}

/// Asked for at the very moment at which it has been saved, in each of the ways in which editors save, a page is new. Where it was not even noticed that something was
/// saved, nothing could wait for it.
#[cfg_attr(not(target_os = "linux"), ignore = "only there the system tells in order and at once")]
#[test]
fn asked_for_as_soon_as_it_is_saved_a_page_is_new() {
    let home = world::folder();
    for (path, bytes) in sources() {
        world::put(&home.path().join(path), &bytes);
    }
    let (post, template) = (home.path().join(saving::CANARY), home.path().join("themes/house/templates/web/page.html"));
    let beside = post.with_file_name(".canary.md.tmp");
    world::put(&post, saving::canary("nothing").as_bytes());
    let preview = Preview::start(home.path(), world::NOW.clock, Ipv4Addr::LOCALHOST, 0);
    let page = std::fs::read_to_string(&template).unwrap();
    for number in 0..120 {
        let word = format!("number-{number}");
        match number % 4 {
            0 => std::fs::write(&post, saving::canary(&word)).unwrap(),
            1 => {
                std::fs::write(&beside, saving::canary(&word)).unwrap();
                std::fs::rename(&beside, &post).unwrap();
            }
            2 => {
                std::fs::remove_file(&post).unwrap();
                std::fs::write(&post, saving::canary(&word)).unwrap();
            }
            _ => std::fs::write(
                &template,
                page.replacen("{% block main %}", &format!("{{% block main %}}It sings {word}."), 1),
            )
            .unwrap(),
        }
        let shown = preview.get("/canary/");
        assert!(saving::sings(&shown.body, &word), "{word}: {}", String::from_utf8_lossy(&shown.body));
    }
}

/// A comparison that cannot complain proves nothing.
#[test]
fn whatever_is_stale_is_seen() {
    let mut dice = Dice::new(1);
    for (path, from, to) in [
        ("content/posts/stone.md", "## One", "## Won"),
        ("themes/house/styles/main.scss", "@use", "/* ! */ .late { margin: 0 }\n@use"),
        ("content/files/map.txt", "", "Late. "),
    ] {
        let mut watched = Watched::new(0, sources());
        assert_eq!(watched.look(&mut dice), Ok(true));
        let text = watched.world.text(path);
        let edited = text.replacen(from, to, 1);
        assert_ne!(text, edited, "{path}");
        // As if the watcher had missed it.
        watched.forge(path, edited.as_bytes());
        let wrong = watched.look(&mut dice).unwrap_err();
        assert!(wrong.contains("line ") || wrong.contains("still"), "{wrong}");
    }
}

/// Which addresses a clean build makes, below the site's root.
pub(crate) fn addresses(made: &Files) -> BTreeSet<String> {
    let is_hashed_style = |path: &str| path.starts_with("assets/") && path.ends_with(".css");
    let paths = made.keys().filter(|path| !is_hashed_style(path));
    paths.map(|path| path.strip_suffix("index.html").unwrap_or(path).to_owned()).collect()
}
