//! Whole sites: `tests/fixtures/sites/<name>/` becomes `expected/` in it, file by file and byte for byte. A file too many or too few fails.
//!
//! `LETTERPRESS_BLESS=1` writes what is built now as what is expected; look at the difference before you commit it.
//!
//! Bytes of pictures made by the program (`images/`) are the encoders' affair and may change with them: `expected/` says of what kind and size each one is,
//! in a line of text under the picture's name. Their names hold a hash of source and parameters, so that is compared all the same.

use std::fs;

use crate::site::Files;
use crate::site::Site;
use crate::site::fixtures;
use crate::site::names;
use crate::site::read_all;

/// What is compared: pictures in `images/` become a line that describes them, everything else stays as it is.
fn comparable(built: Files) -> Files {
    let describe = |path: &str, bytes: Vec<u8>| {
        if path.starts_with("images/") { description(&bytes).into_bytes() } else { bytes }
    };
    built.into_iter().map(|(path, bytes)| (path.clone(), describe(&path, bytes))).collect()
}

fn description(bytes: &[u8]) -> String {
    let format = image::guess_format(bytes).unwrap();
    let picture = image::load_from_memory(bytes).unwrap();
    format!("{format:?}, {} × {}\n", picture.width(), picture.height())
}

/// The first line in which two texts differ.
fn difference(expected: &[u8], built: &[u8]) -> String {
    let (expected, built) = (String::from_utf8_lossy(expected), String::from_utf8_lossy(built));
    let mut pairs = expected.split('\n').zip(built.split('\n')).enumerate();
    match pairs.find(|(_, (expected, built))| expected != built) {
        Some((line, (expected, built))) => format!("line {}\n  - {expected}\n  + {built}", line + 1),
        None => "one goes on where the other ends".to_owned(),
    }
}

fn compare(name: &str) -> Vec<String> {
    let site = Site::golden(name);
    let summary = site.build();
    assert!(summary.report.is_empty(), "{name}: {:#?}", summary.report.into_sorted());
    let built = comparable(site.public());
    let folder = fixtures().join("sites").join(name).join("expected");
    if std::env::var_os("LETTERPRESS_BLESS").is_some_and(|value| value == "1") {
        let _ = fs::remove_dir_all(&folder);
        for (path, bytes) in &built {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    let expected = read_all(&folder);
    let mut wrong = Vec::new();
    for (path, bytes) in &expected {
        match built.get(path) {
            None => wrong.push(format!("{name}/{path} was not built")),
            Some(found) if found != bytes => wrong.push(format!("{name}/{path}, {}", difference(bytes, found))),
            Some(_) => {}
        }
    }
    wrong.extend(built.keys().filter(|path| !expected.contains_key(*path)).map(|path| format!("{name}/{path} is new")));
    wrong
}

#[test]
fn sites_become_what_is_expected() {
    let wrong: Vec<String> = names("sites").iter().flat_map(|name| compare(name)).collect();
    assert!(wrong.is_empty(), "{} files differ\n{}", wrong.len(), wrong.join("\n"));
}
