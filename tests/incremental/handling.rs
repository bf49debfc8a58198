//! What happens beside the sources: to the output, to the program's memory, to the clock, and in how the site is built.

use std::fs;
use std::fs::File;
use std::path::PathBuf;

use crate::dice::Dice;
use crate::edits::Edit;
use crate::world::World;
use crate::world::paths;
use crate::world::put;

pub(crate) const EDITS: &[Edit] = &[
    ("sources touched", |world, dice| {
        let path = dice.pick(&world.paths(|_| true))?;
        // A file that was only just added is not on the disk yet.
        touch(&world.root().join(&path)).map(|()| path)
    }),
    ("a file of the output deleted", |world, dice| {
        let path = of_output(world, dice)?;
        fs::remove_file(&path).unwrap();
        Some(path.display().to_string())
    }),
    ("a file of the output changed by hand", |world, dice| {
        let path = of_output(world, dice)?;
        put(&path, b"by hand");
        Some(path.display().to_string())
    }),
    ("a file of the output changed by hand, its size kept", |world, dice| {
        let path = of_output(world, dice)?;
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut()? ^= 1;
        put(&path, &bytes);
        Some(path.display().to_string())
    }),
    ("a file of the output touched", |world, dice| {
        let path = of_output(world, dice)?;
        touch(&path).map(|()| path.display().to_string())
    }),
    ("the output deleted", |world, _| {
        fs::remove_dir_all(world.public()).ok()?;
        world.foreign.clear();
        Some("public/".into())
    }),
    ("a foreign file in the output", |world, dice| {
        let path = format!("{}foreign-{}.txt", dice.pick(&["", "posts/", "mine/"])?, dice.word());
        put(&world.public().join(&path), b"not ours");
        world.foreign.insert(path.clone(), b"not ours".to_vec());
        Some(path)
    }),
    ("the memory deleted", |world, _| {
        fs::remove_dir_all(world.root().join(".letterpress")).ok()?;
        world.forgotten = true;
        Some(".letterpress/".into())
    }),
    ("a file of the memory truncated", |world, dice| {
        damage(world, dice, |bytes, dice| bytes.truncate(dice.below(bytes.len().max(1))))
    }),
    ("a file of the memory with a flipped bit", |world, dice| {
        damage(world, dice, |bytes, dice| {
            let at = dice.below(bytes.len().max(1));
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        })
    }),
    ("a file of the memory replaced by garbage", |world, dice| {
        damage(world, dice, |bytes, dice| {
            *bytes = (0..dice.below(400)).map(|byte| u8::try_from(byte % 251).unwrap()).collect()
        })
    }),
    ("a file of the memory emptied", |world, dice| damage(world, dice, |bytes, _| bytes.clear())),
    ("a file of the memory deleted", |world, dice| {
        let path = of_memory(world, dice)?;
        fs::remove_file(&path).unwrap();
        Some(path.display().to_string())
    }),
    ("time passes", |world, dice| {
        const TIMES: [&str; 5] = [
            "2026-11-15T09:00[Europe/Berlin]",
            "2026-11-19T09:00[Europe/Berlin]",
            "2026-12-01T08:59[Europe/Berlin]",
            "2026-12-01T09:00[Europe/Berlin]",
            "2027-07-01T00:00[UTC]",
        ];
        world.view.clock = dice.pick_but(&TIMES, Some(world.view.clock))?;
        Some(world.view.clock.into())
    }),
    ("--drafts or not", |world, _| {
        world.view.visibility.drafts ^= true;
        Some(format!("drafts: {}", world.view.visibility.drafts))
    }),
    ("--future or not", |world, _| {
        world.view.visibility.future ^= true;
        Some(format!("future: {}", world.view.visibility.future))
    }),
    ("--base-url or not", |world, _| {
        world.view.base_url = if world.view.base_url.is_some() { None } else { Some("http://localhost:8000/here/") };
        Some(format!("{:?}", world.view.base_url))
    }),
    ("a build to another folder", |world, dice| {
        let mut view = world.view;
        view.visibility.drafts |= dice.one_in(2);
        if dice.one_in(2) {
            view.base_url = Some("http://localhost:8000/");
        }
        world.elsewhere = Some(view);
        Some(format!("drafts: {}, {:?}", view.visibility.drafts, view.base_url))
    }),
];

/// Gives a file the present time.
fn touch(path: &std::path::Path) -> Option<()> {
    let file = File::options().append(true).open(path).ok()?;
    file.set_modified(std::time::SystemTime::now()).ok()
}

/// A file that a build made.
fn of_output(world: &World, dice: &mut Dice) -> Option<PathBuf> {
    let paths: Vec<String> =
        paths(&world.public()).into_iter().filter(|path| !world.foreign.contains_key(path)).collect();
    dice.pick(&paths).map(|path| world.public().join(path))
}

/// A file of `.letterpress/`, each kind as likely as the others.
fn of_memory(world: &mut World, dice: &mut Dice) -> Option<PathBuf> {
    let memory = world.root().join(".letterpress");
    let paths = paths(&memory);
    let mut kinds: Vec<&str> = paths.iter().map(|path| kind(path)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let chosen = dice.pick(&kinds)?;
    let path = dice.pick(&paths.iter().filter(|path| kind(path) == chosen).collect::<Vec<_>>())?;
    // What an output's manifest knew, which files were made by a build, is known nowhere else.
    world.forgotten |= path.contains("staging/");
    Some(memory.join(path))
}

/// The folder, or the name of a file that is in none of many.
fn kind(path: &str) -> &str {
    if path.starts_with("staging/") {
        path.rsplit('/').next().unwrap_or(path)
    } else {
        path.split('/').next().unwrap_or(path)
    }
}

fn damage(world: &mut World, dice: &mut Dice, how: fn(&mut Vec<u8>, &mut Dice)) -> Option<String> {
    let path = of_memory(world, dice)?;
    let mut bytes = fs::read(&path).unwrap();
    how(&mut bytes, dice);
    put(&path, &bytes);
    Some(path.display().to_string())
}
