//! The shortest way: a site of which no file has changed since it was last built, and whose output stands as it was built, is built.

use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::diagnostic::report::Report;
use crate::engine::fingerprint::Fingerprint;
use crate::files::read;
use crate::files::tree::FileTree;
use crate::library::model::Library;
use crate::library::model::State;
use crate::transport::disk;
use crate::transport::disk::WriteError;
use crate::transport::disk_staging::Staging;
use crate::workflow::build::Request;
use crate::workflow::build::Summary;
use crate::workflow::failure::Failure;
use crate::workflow::memory;
use crate::workflow::memory::Memory;

const FILE: &str = "built";

/// What is known of a build that had nothing to complain about.
#[derive(Debug, Serialize, Deserialize)]
struct Built {
    /// What it was made from.
    inputs: Fingerprint,
    /// Between these moments the same inputs make the same site, in microseconds since 1970.
    from: i64,
    until: Option<i64>,
    posts: usize,
    pages: usize,
    next_change: Option<String>,
}

/// What a look at the site showed.
pub(in crate::workflow) enum Looked {
    /// What the last build would say if it were done again.
    Unchanged(Box<Summary>),
    /// It has to be done; of these files of `content/` and of `themes/`, where they could be listed.
    Changed(Option<[FileTree; 2]>),
}

/// The files of `content/` and of `themes/`; `None` where that is not without a complaint, which has to be told.
pub(in crate::workflow) fn list(root: &Path) -> Option<[FileTree; 2]> {
    let (content, errors) = read::tree(&root.join("content"), "content");
    let (themes, more) = read::tree(&root.join("themes"), "themes");
    (errors.is_empty() && more.is_empty()).then_some([content, themes])
}

/// Looks whether the last build needs to be done again.
///
/// # Errors
/// What the disk says.
pub(in crate::workflow) fn look(
    request: &Request,
    memory: &Memory,
    files: Option<[FileTree; 2]>,
    output: &Path,
    work: &Path,
) -> Result<Looked, Failure> {
    let Some(files) = files else { return Ok(Looked::Changed(None)) };
    if memory.seen.is_empty() {
        return Ok(Looked::Changed(Some(files)));
    }
    let Some(inputs) = digest(request, memory, &files) else { return Ok(Looked::Changed(Some(files))) };
    let file = read::optional(&Staging::home_of(output, work)?.join(FILE)).map_err(WriteError::Read)?;
    let Some(built) = file.and_then(|file| postcard::from_bytes::<Built>(&file).ok()) else {
        return Ok(Looked::Changed(Some(files)));
    };
    let now = request.clock.timestamp().as_microsecond();
    let in_time = built.from <= now && built.until.is_none_or(|until| now < until);
    if built.inputs != inputs || !in_time {
        return Ok(Looked::Changed(Some(files)));
    }
    let staging = Staging::begin(output, work)?;
    if !staging.keep_all()? {
        return Ok(Looked::Changed(Some(files)));
    }
    let done = staging.commit()?;
    memory.save_seen()?;
    Ok(Looked::Unchanged(Box::new(Summary {
        report: Report::new(),
        output: output.to_owned(),
        files: done.unchanged,
        posts: built.posts,
        pages: built.pages,
        written: 0,
        unchanged: done.unchanged,
        removed: 0,
        changed: Vec::new(),
        stages: Vec::new(),
        next_change: built.next_change,
    })))
}

/// Remembers a build, if it can be told from its inputs alone that it need not be done again.
///
/// # Errors
/// What the disk says.
pub(in crate::workflow) fn remember(
    request: &Request,
    memory: &Memory,
    files: &[FileTree; 2],
    library: &Library,
    summary: &Summary,
    home: &Path,
) -> Result<(), WriteError> {
    // Warnings have to be told again; a draft without a date is dated now.
    let undated = |post: &crate::library::model::Post| {
        post.shown && post.state == State::Draft && post.document.front.date.is_none() && post.collection.is_some()
    };
    let tells = !summary.report.diagnostics().is_empty() || library.posts.iter().any(undated);
    let file = home.join(FILE);
    let Some(inputs) = (if tells { None } else { digest(request, memory, files) }) else {
        disk::remove_cache(&file)?;
        return Ok(());
    };
    let built = Built {
        inputs,
        from: request.clock.timestamp().as_microsecond(),
        until: library.next_change.as_ref().map(|moment| Timestamp::from(moment).as_microsecond()),
        posts: summary.posts,
        pages: summary.pages,
        next_change: summary.next_change.clone(),
    };
    match postcard::to_stdvec(&built) {
        Ok(bytes) => disk::write_cache(&file, &bytes),
        Err(_) => disk::remove_cache(&file),
    }
}

/// The fingerprint of everything that a build is made from; files that look as they did are not read. `None` where a file cannot be read.
fn digest(request: &Request, memory: &Memory, files: &[FileTree; 2]) -> Option<Fingerprint> {
    use rayon::prelude::*;
    let all: Vec<_> = files.iter().flat_map(FileTree::iter).collect();
    let known: Option<Vec<Fingerprint>> = all.par_iter().map(|file| memory.seen.digest(file).ok()).collect();
    let mut builder = Fingerprint::builder("site")
        .fingerprint(memory::schema())
        .text(&format!("{:?} {:?}", request.overrides, request.visibility))
        .bytes(&read::optional(&request.root.join("site.toml")).ok()??);
    for (file, digest) in all.iter().zip(known?) {
        builder = builder.text(&file.name).fingerprint(digest);
    }
    Some(builder.finish())
}
