//! The promise of the incremental engine: whatever is edited, and whatever happens to what the program remembers, a build makes byte for byte what a clean build of
//! the same sources makes, says the same, and leaves alone what is right already; and interrupted anywhere, it leaves every file wholly old or wholly new.
//!
//! Sequences of edits are thrown by dice. `LETTERPRESS_SEQUENCES=1000` throws more of them, `LETTERPRESS_SEED=17` only that one.
#![cfg(all(feature = "images", feature = "sass"))]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use crate::dice::Dice;
use crate::edits::Edit;
use crate::world::Files;
use crate::world::World;

#[path = "incremental/dice.rs"]
mod dice;
#[path = "incremental/document.rs"]
mod document;
#[path = "incremental/edits.rs"]
mod edits;
#[path = "incremental/handling.rs"]
mod handling;
#[path = "incremental/killed.rs"]
mod killed;
#[path = "incremental/posts.rs"]
mod posts;
#[path = "incremental/settings.rs"]
mod settings;
#[path = "incremental/surroundings.rs"]
mod surroundings;
#[path = "incremental/theme.rs"]
mod theme;
#[allow(dead_code, reason = "tests/preview.rs uses the rest")]
#[path = "incremental/world.rs"]
mod world;

const SEQUENCES: usize = 200;
const STEPS: usize = 6;

type Counts = BTreeMap<&'static str, usize>;

/// The site that every sequence begins with.
fn sources() -> Files {
    world::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/incremental"))
}

/// A number from the environment.
fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Builds after every step of the sequence; gives how often each thing was done, or what went wrong after what.
fn play(seed: usize, sources: &Files, edits: &[Edit]) -> Result<Counts, String> {
    let mut dice = Dice::new(u64::try_from(seed).unwrap());
    let mut world = World::new(sources.clone());
    let mut story = vec!["built for the first time".to_owned()];
    let check = |world: &mut World, story: &[String]| {
        let told = |wrong: String| {
            format!(
                "{}\nNot what a clean build makes: {wrong}\nTo see it again: LETTERPRESS_SEED={seed}",
                story.join("\n")
            )
        };
        world.check().map_err(told)
    };
    assert!(check(&mut world, &story)?, "the site that it begins with has mistakes");
    let mut broken = 0;
    for step in 0..STEPS {
        let several = 1 + [0, 0, 0, 1, 1, 2, 3][dice.below(7)];
        for turn in 0..several {
            // Each has its turn; the others come as they fall.
            let due = (seed * STEPS + step) % edits.len();
            for (name, edit) in (turn == 0).then(|| edits[due]).into_iter().chain([edits[dice.below(edits.len())]]) {
                if let Some(what) = edit(&mut world, &mut dice) {
                    story.push(format!("{}. {name}: {what}", step + 1));
                    world.count(name);
                    break;
                }
            }
        }
        world.save(&mut dice);
        if check(&mut world, &story)? {
            broken = 0;
            continue;
        }
        broken += 1;
        world.count("built with mistakes");
        story.push("   (has mistakes)".into());
        if broken == 2 || step + 1 == STEPS || dice.one_in(2) {
            (world.files, world.view) = world.good.clone();
            story.push("   mended".into());
            world.count("mended");
            world.save(&mut dice);
            assert!(check(&mut world, &story)?, "mended, and still with mistakes");
            broken = 0;
        }
    }
    Ok(world.counts)
}

#[test]
fn whatever_is_done_a_build_makes_what_a_clean_build_makes() {
    let (sources, edits) = (sources(), edits::all());
    if let Some(seed) = number("LETTERPRESS_SEED") {
        let counts = play(seed, &sources, &edits).unwrap_or_else(|wrong| panic!("\n{wrong}"));
        println!("{counts:#?}");
        return;
    }
    let sequences = number("LETTERPRESS_SEQUENCES").unwrap_or(SEQUENCES);
    let (next, all, wrong) = (AtomicUsize::new(0), Mutex::new(Counts::new()), Mutex::new(BTreeMap::new()));
    let work = || {
        while let seed = next.fetch_add(1, Ordering::Relaxed)
            && seed < sequences
        {
            match play(seed, &sources, &edits) {
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
        let saved = ["saved with its old size and its old time", "built with mistakes", "mended"];
        let never: Vec<_> =
            edits.iter().map(|(name, _)| *name).chain(saved).filter(|name| !counts.contains_key(name)).collect();
        assert!(never.is_empty(), "never done: {never:?}");
        // Most of what is built has no mistakes: else little is compared.
        assert!(counts["built with mistakes"] < sequences * STEPS / 2, "{counts:?}");
    }
}

/// A comparison that cannot complain proves nothing.
#[test]
fn whatever_differs_is_seen() {
    let clean = Files::from([("a.html".into(), b"one\ntwo\n".to_vec()), ("b/c.css".into(), b"x".to_vec())]);
    let foreign = Files::from([("mine.txt".into(), b"mine".to_vec())]);
    let with = |change: fn(&mut Files)| {
        let mut built: Files = clean.clone().into_iter().chain(foreign.clone()).collect();
        change(&mut built);
        world::compare(&built, &clean, &foreign)
    };
    assert_eq!(with(|_| {}), Ok(()));
    let changed = with(|built| built.get_mut("a.html").unwrap()[4] = b'T').unwrap_err();
    assert!(changed.contains("a.html") && changed.contains("line 2") && changed.contains("Two"), "{changed}");
    assert!(with(|built| drop(built.remove("b/c.css"))).unwrap_err().contains("missing"));
    assert!(with(|built| drop(built.insert("old.html".into(), Vec::new()))).unwrap_err().contains("should be gone"));
    assert!(with(|built| drop(built.remove("mine.txt"))).unwrap_err().contains("not its own"));

    // And in a whole site: as if one file had been edited and the build had not noticed.
    let mut world = World::new(sources());
    assert_eq!(world.check(), Ok(true));
    let path = "content/posts/stone.md";
    let edited = world.text(path).replace("## One", "## Won");
    world.put(path, edited);
    let wrong = world.check().unwrap_err();
    assert!(wrong.contains("incremental") && wrong.contains("clean"), "{wrong}");
}
