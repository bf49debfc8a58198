//! Carries out a commit, or the rest of one that was interrupted. Every step may have been taken already.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use crate::transport::disk;
use crate::transport::disk::Seen;
use crate::transport::disk::WriteError;
use crate::transport::disk_manifest::Journal;
use crate::value::path::SitePath;

/// The folders and files of one output folder's builds.
#[derive(Debug)]
pub(super) struct Place {
    /// Where the site goes, links resolved.
    pub(super) output: PathBuf,
    /// What waits to be put there.
    pub(super) staging: PathBuf,
    pub(super) manifest: PathBuf,
    pub(super) journal: PathBuf,
}

impl Place {
    /// Whether a file stands at a path of the output.
    pub(super) fn has(&self, path: &SitePath) -> bool {
        matches!(disk::look(&self.output.join(path.as_str())), Ok(Seen::File(_)))
    }
}

/// How many steps a commit may take before the power goes off. For tests.
#[doc(hidden)]
#[derive(Debug)]
pub struct Steps(Option<AtomicU64>);

impl Steps {
    /// As many as it needs.
    #[must_use]
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// So many and no more.
    #[must_use]
    pub fn limited(steps: u64) -> Self {
        Self(Some(AtomicU64::new(steps)))
    }

    fn take(&self) -> Result<(), WriteError> {
        let Some(left) = &self.0 else { return Ok(()) };
        let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        taken.map(|_| ()).map_err(|_| WriteError::Stopped)
    }
}

/// Writes down what will be done, then does it.
pub(super) fn commit(place: &Place, journal: &Journal, steps: &Steps) -> Result<(), WriteError> {
    steps.take()?;
    disk::write_cache(&place.journal, &journal.encode())?;
    carry_out(place, journal, steps)
}

/// Does what the journal says, or what is left of it.
pub(super) fn carry_out(place: &Place, journal: &Journal, steps: &Steps) -> Result<(), WriteError> {
    if journal.whole && disk::look(&place.staging)? == Seen::Folder {
        steps.take()?;
        if !disk::move_folder(&place.staging, &place.output)? {
            put_all(place, journal, steps)?;
        }
    } else if !journal.whole {
        // New files come first, so that no page refers to what is gone; but a file that becomes a folder, or a folder that becomes a
        // file, has to go before.
        let (first, last) = split_removes(journal);
        remove_all(place, journal, &first, steps)?;
        put_all(place, journal, steps)?;
        remove_all(place, journal, &last, steps)?;
    }
    steps.take()?;
    disk::write_cache(&place.manifest, &journal.manifest.encode())?;
    steps.take()?;
    disk::remove_file(&place.journal)?;
    disk::remove_folder(&place.staging)
}

/// The files that are in the way of new ones, and the others.
fn split_removes(journal: &Journal) -> (Vec<&SitePath>, Vec<&SitePath>) {
    let puts: BTreeSet<&str> = journal.puts.iter().map(|(path, _)| path.as_str()).collect();
    let folders: BTreeSet<&str> = journal.puts.iter().flat_map(|(path, _)| folders_above(path)).collect();
    journal
        .removes
        .iter()
        .partition(|path| folders.contains(path.as_str()) || folders_above(path).any(|folder| puts.contains(folder)))
}

fn put_all(place: &Place, journal: &Journal, steps: &Steps) -> Result<(), WriteError> {
    let mut folders = Folders::new(&place.output);
    disk::make_folders(&place.output)?;
    for (path, staged) in &journal.puts {
        folders.make_above(path, steps)?;
        steps.take()?;
        // One that is no longer staged was put in place before the interruption.
        disk::move_file(&place.staging.join(staged), &place.output.join(path.as_str()))?;
    }
    Ok(())
}

fn remove_all(place: &Place, journal: &Journal, paths: &[&SitePath], steps: &Steps) -> Result<(), WriteError> {
    let mut folders = Folders::new(&place.output);
    let mut emptied = BTreeSet::new();
    for path in paths {
        let file = place.output.join(path.as_str());
        // What has become a folder or a link, or lies behind one, is not what we made.
        if folders.are_real_above(path)? && matches!(disk::look(&file)?, Seen::File(_)) {
            steps.take()?;
            disk::remove_file(&file)?;
        }
        emptied.extend(folders_above(path).filter(|folder| !journal.manifest.found.contains(*folder)));
    }
    // Deepest first: a folder's path is a prefix of those in it and so comes before them.
    for folder in emptied.iter().rev() {
        let folder = place.output.join(folder);
        if disk::look(&folder)? == Seen::Folder {
            steps.take()?;
            disk::remove_if_empty(&folder)?;
        }
    }
    Ok(())
}

/// What is known of the folders in the output folder, so that each is looked at once.
struct Folders<'a> {
    output: &'a Path,
    real: HashMap<String, bool>,
}

impl<'a> Folders<'a> {
    fn new(output: &'a Path) -> Self {
        Self { output, real: HashMap::new() }
    }

    /// Makes the folders that a file needs. A link in their place is refused.
    fn make_above(&mut self, path: &SitePath, steps: &Steps) -> Result<(), WriteError> {
        if self.real.get(path.folder()) == Some(&true) {
            return Ok(());
        }
        for folder in folders_above(path) {
            if self.real.get(folder) != Some(&true) {
                let full = self.output.join(folder);
                if disk::look(&full)? != Seen::Folder {
                    steps.take()?;
                    disk::make_folder(&full)?;
                }
                self.real.insert(folder.to_owned(), true);
            }
        }
        Ok(())
    }

    /// Whether all folders above a file are there and none is a link.
    fn are_real_above(&mut self, path: &SitePath) -> Result<bool, WriteError> {
        for folder in folders_above(path) {
            let real = match self.real.get(folder) {
                Some(real) => *real,
                None => disk::look(&self.output.join(folder))? == Seen::Folder,
            };
            self.real.insert(folder.to_owned(), real);
            if !real {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The folders above a file, outermost first: `a/b/c` has `a` and `a/b`.
pub(super) fn folders_above(path: &SitePath) -> impl Iterator<Item = &str> {
    let text = path.as_str();
    text.match_indices('/').map(move |(at, _)| &text[..at])
}
