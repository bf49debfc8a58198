//! Tells cargo that the default theme is part of the program, and the program from which sources it was made: what an older one left in `.letterpress/` means nothing to it.
#![allow(clippy::disallowed_methods, reason = "this is not part of the program")]

use std::fs;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::path::Path;
use std::path::PathBuf;

#[allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]
fn main() {
    let mut files = vec![PathBuf::from("Cargo.lock"), PathBuf::from("Cargo.toml")];
    for folder in ["src", "themes/broadside"] {
        println!("cargo:rerun-if-changed={folder}");
        gather(Path::new(folder), &mut files);
    }
    files.sort();
    let mut sources = DefaultHasher::new();
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
        (&file, fs::read(&file).unwrap_or_default()).hash(&mut sources);
    }
    println!("cargo:rustc-env=LETTERPRESS_SOURCES={:016x}", sources.finish());
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() { gather(&path, files) } else { files.push(path) }
    }
}
