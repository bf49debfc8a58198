//! What ten years of issues cost a build: the same blog with and without them, built in turn from nothing, again, and after an edit, measured from outside.
//!
//! ```text
//! cargo bench --bench archive -- [--posts 10000] [--issues 240] [--runs 5] [--letterpress PROGRAM]
//! ```
//!
//! Each issue has been approved: beside its text lie the mail, its plain text, its page and its pictures, of the size that they have in life. The figures of one machine and hour
//! mean little; the ratios, which are of one run, are what counts. Peak memory and processor time are read from `/proc`, where there is one.
#![allow(clippy::disallowed_methods, reason = "the benchmark makes the site that it times")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it measured")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "archive/issues.rs"]
mod issues;
#[path = "archive/options.rs"]
mod options;
#[path = "archive/run.rs"]
mod run;

mod posts;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::options::Options;
use crate::run::Run;

/// What is built, and what it took, run by run.
struct Blog {
    root: PathBuf,
    cold: Vec<Run>,
    unchanged: Vec<Run>,
    edited: Vec<Run>,
}

fn main() -> ExitCode {
    let options = match options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("archive: {message}");
            return ExitCode::FAILURE;
        }
    };
    match measure(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("archive: {message}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<(), String> {
    let place = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (bare, octets) = blog(&place.path().join("bare"), options, 0);
    let (full, frozen) = blog(&place.path().join("full"), options, options.issues);
    let mut blogs = [bare, full];
    println!(
        "{} posts ({} MB); {} issues ({} MB of frozen files); medians of {}",
        options.posts,
        octets / 1_000_000,
        options.issues,
        (frozen - octets) / 1_000_000,
        options.runs
    );
    // One build of each before any counts, so that the files are in memory.
    for round in 0..=options.runs {
        for blog in &mut blogs {
            for folder in ["public", ".letterpress"] {
                let _ = fs::remove_dir_all(blog.root.join(folder));
            }
            let run = run::build(&options.letterpress, &blog.root)?;
            blog.cold.extend((round > 0).then_some(run));
        }
    }
    for round in 0..=options.runs {
        for blog in &mut blogs {
            let run = run::build(&options.letterpress, &blog.root)?;
            blog.unchanged.extend((round > 0).then_some(run));
        }
    }
    for round in 0..=options.runs {
        for blog in &mut blogs {
            let post = post(&blog.root, options.posts / 2);
            let text = fs::read_to_string(&post).unwrap();
            fs::write(&post, format!("{text}\nOne more sentence, number {round}.\n")).unwrap();
            let run = run::build(&options.letterpress, &blog.root)?;
            blog.edited.extend((round > 0).then_some(run));
        }
    }
    print(&blogs);
    Ok(())
}

fn post(root: &Path, number: usize) -> PathBuf {
    root.join(format!("content/posts/post-{number:06}.md"))
}

/// A blog in that folder, and the octets of its content.
fn blog(root: &Path, options: &Options, issues: usize) -> (Blog, usize) {
    posts::copy(&posts::site(), root);
    let toml = root.join("site.toml");
    let text = fs::read_to_string(&toml).unwrap();
    fs::write(&toml, format!("{text}\n[newsletters.{}]\nname = \"Bench\"\n", issues::NEWSLETTER)).unwrap();
    fs::create_dir_all(root.join("content/posts")).unwrap();
    let mut octets = 0;
    for number in 0..options.posts {
        let text = posts::front(number, "toml") + &posts::body(number);
        octets += text.len();
        fs::write(post(root, number), text).unwrap();
    }
    for number in 0..issues {
        octets += issues::write(root, number, options.posts / issues);
    }
    (Blog { root: root.to_owned(), cold: Vec::new(), unchanged: Vec::new(), edited: Vec::new() }, octets)
}

fn print([bare, full]: &[Blog; 2]) {
    println!("| | without | with | ratio wall | ratio processor | memory without | with | ratio |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for (name, bare, full) in [
        ("cold", &bare.cold, &full.cold),
        ("nothing changed", &bare.unchanged, &full.unchanged),
        ("one post edited", &bare.edited, &full.edited),
    ] {
        let (bare, full) = (run::median(bare), run::median(full));
        println!(
            "| {name} | {:.3} s | {:.3} s | {:.2} | {:.2} | {:.0} MiB | {:.0} MiB | {:.2} |",
            bare.wall,
            full.wall,
            full.wall / bare.wall,
            full.processor / bare.processor,
            bare.memory,
            full.memory,
            full.memory / bare.memory
        );
    }
}
