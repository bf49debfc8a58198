//! What is gathered until it is quiet, and how long quiet has to last: an editor that removes a file is about to write it again, and a branch switch
//! has only begun.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use notify::Event;
use notify::EventKind;
use notify::event::CreateKind;
use notify::event::MetadataKind;
use notify::event::ModifyKind;
use notify::event::RemoveKind;
use notify::event::RenameMode;

use crate::files::read;
use crate::transport::watch::Batch;

/// Quiet after files were written in place.
const WRITTEN: Duration = Duration::from_millis(8);

/// Quiet after something was made, removed or renamed.
const REPLACED: Duration = Duration::from_millis(40);

/// Quiet after more than [`MANY`] files.
const SWITCHED: Duration = Duration::from_millis(150);

/// More files than anybody saves at once.
const MANY: usize = 25;

/// How long is gathered at most, while something is always being written.
const LONGEST: Duration = Duration::from_secs(2);

/// A batch that is being gathered.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    batch: Batch,
    /// What was made or renamed to, by the path that the system uses, and so may be a folder to watch.
    made: BTreeSet<PathBuf>,
    /// What was renamed from, by the number that the new name comes with.
    moved: BTreeMap<usize, (PathBuf, Option<PathBuf>)>,
    roots_changed: bool,
}

impl Gathered {
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.paths.is_empty() && !self.batch.rescan
    }

    /// What happened is not known; anything may have.
    pub(crate) fn lose_count(&mut self) {
        self.batch.rescan = true;
    }

    /// Adds the paths of an event that `watched` knows; whether there were any. A change that makes no difference to a reader is none.
    pub(crate) fn add(&mut self, event: &Event, watched: &dyn Fn(&Path) -> Option<(PathBuf, bool)>) -> bool {
        if event.need_rescan() {
            self.lose_count();
            return true;
        }
        if !matters(&event.kind) {
            return false;
        }
        let mut found = false;
        for (at, path) in event.paths.iter().enumerate() {
            let told = watched(path);
            // A new name that is not wanted still says what became of the old one.
            self.note_move(event, at, path, told.is_some());
            let Some((given, is_root)) = told else { continue };
            let is_plain = matches!(
                event.kind,
                EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_) | ModifyKind::Any)
            );
            // The folder that something was made in has changed as well, and says nothing by that.
            if is_plain && (is_root || read::is_folder(path)) {
                // What may be read of it may be something else now.
                if matches!(event.kind, EventKind::Modify(ModifyKind::Metadata(_))) {
                    found = true;
                    self.batch.rescan = true;
                }
                continue;
            }
            found = true;
            self.batch.paths.insert(given);
            if is_plain {
                continue;
            }
            self.batch.listing = true;
            if is_root {
                self.roots_changed = true;
                self.batch.rescan = true;
            }
            match event.kind {
                EventKind::Create(CreateKind::Folder) | EventKind::Remove(RemoveKind::Folder) => {
                    self.batch.rescan = true;
                    self.made.insert(path.clone());
                }
                // Whether that was a folder cannot be asked any more.
                EventKind::Remove(kind) if kind != RemoveKind::File => self.batch.rescan = true,
                EventKind::Remove(_) => {}
                _ => {
                    self.made.insert(path.clone());
                }
            }
        }
        found
    }

    /// How much longer to wait; none where it has been quiet for long enough.
    pub(crate) fn left(&self, begin: Instant, last: Instant) -> Option<Duration> {
        let quiet = if self.batch.paths.len() > MANY || self.batch.rescan {
            SWITCHED
        } else if self.batch.listing {
            REPLACED
        } else {
            WRITTEN
        };
        let until = (last + quiet).min(begin + LONGEST);
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Whether a watched folder itself came or went.
    pub(crate) fn roots_changed(&self) -> bool {
        self.roots_changed
    }

    /// What was made or renamed to.
    pub(crate) fn made(&self) -> impl Iterator<Item = &PathBuf> {
        self.made.iter()
    }

    /// The folders that appeared, without those in others of them.
    pub(crate) fn new_folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = Vec::new();
        for path in &self.made {
            let is_known = folders.last().is_some_and(|folder| path.starts_with(folder));
            if !is_known && read::is_folder(path) {
                folders.push(path.clone());
            }
        }
        folders
    }

    pub(crate) fn finish(mut self) -> Batch {
        let folder_moved = self.moved.values().any(|(from, to)| match to {
            None => true,
            // Vim renames a file away and writes it anew, and what it was renamed to is soon gone.
            Some(to) => read::is_folder(to) || (!read::exists(to) && (!read::exists(from) || read::is_folder(from))),
        });
        self.batch.rescan |= folder_moved || self.made.iter().any(|path| read::is_folder(path));
        self.batch
    }

    fn note_move(&mut self, event: &Event, at: usize, path: &Path, is_watched: bool) {
        let EventKind::Modify(ModifyKind::Name(mode)) = event.kind else { return };
        // Without a number, a name of its own.
        let number = event.tracker().unwrap_or_else(|| usize::MAX - self.moved.len());
        match (mode, at) {
            (RenameMode::From, _) | (RenameMode::Both, 0) if is_watched => {
                self.moved.entry(number).or_insert_with(|| (path.to_owned(), None));
            }
            (RenameMode::To, _) | (RenameMode::Both, 1) => {
                if let Some((_, to)) = self.moved.get_mut(&number) {
                    *to = Some(path.to_owned());
                }
            }
            // Where the system does not say which name is which, anything may have moved.
            (RenameMode::Any | RenameMode::Other, _) if is_watched && !read::exists(path) => self.batch.rescan = true,
            _ => {}
        }
    }
}

/// Whether a reader could find anything else than before.
fn matters(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(_) | EventKind::Other => false,
        EventKind::Modify(ModifyKind::Metadata(kind)) => !matches!(
            kind,
            MetadataKind::AccessTime | MetadataKind::Permissions | MetadataKind::Ownership | MetadataKind::Extended
        ),
        _ => true,
    }
}
