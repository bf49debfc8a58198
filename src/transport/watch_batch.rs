//! What is gathered until it is quiet, and how long quiet has to last: an editor that removes a file is about to write it again, one that has begun to write it
//! will close it, and a branch switch has only begun.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use notify::Event;
use notify::EventKind;
use notify::event::AccessKind;
use notify::event::AccessMode;
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

/// Quiet while a file is open that was written to, where the system tells of the closing: half of it may be missing. Who keeps it open for longer shows it as it is.
const OPEN: Duration = Duration::from_millis(250);

/// Quiet while a file is gone that was there: one that is removed and made anew must not be missed in between.
const GONE: Duration = Duration::from_millis(150);

/// Quiet after more than [`MANY`] files.
const SWITCHED: Duration = Duration::from_millis(150);

/// More files than anybody saves at once.
const MANY: usize = 25;

/// How long is gathered at most while the same files are being written again and again.
const LONGEST: Duration = Duration::from_secs(2);

/// How long is gathered at most while ever more files are.
const LONGEST_OF_MANY: Duration = Duration::from_secs(20);

/// A batch that is being gathered.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    batch: Batch,
    /// Whether it is told when a file is closed that was written to.
    closing_is_told: bool,
    /// What was made or renamed to, by the path that the system uses, and so may be a folder to watch.
    made: BTreeSet<PathBuf>,
    /// What was not there before, by the name that it is told under, with the path that the system uses.
    born: BTreeMap<PathBuf, PathBuf>,
    /// What was written to and not closed yet, by the path that the system uses.
    open: BTreeSet<PathBuf>,
    /// What was removed or renamed to what nobody wants to know of, and has not come back, by the path that the system uses.
    gone: BTreeSet<PathBuf>,
    /// What was renamed from, by the number that the new name comes with.
    moved: BTreeMap<usize, (PathBuf, Option<PathBuf>)>,
    roots_changed: bool,
    /// When a path was last added.
    grown: Option<Instant>,
}

impl Gathered {
    /// Nothing yet. `by_system`: the system tells of changes, and not one who looks for them.
    pub(crate) fn new(by_system: bool) -> Self {
        let closing_is_told = by_system && cfg!(any(target_os = "linux", target_os = "android"));
        Self { closing_is_told, ..Self::default() }
    }

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
            // Closing may be what was lost.
            self.open.clear();
            return true;
        }
        if is_closed(&event.kind) {
            self.open.retain(|path| !event.paths.contains(path));
            return false;
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
            if matches!(event.kind, EventKind::Create(_)) && !self.batch.paths.contains(&given) {
                self.born.insert(given.clone(), path.clone());
            }
            if self.batch.paths.insert(given) {
                self.grown = Some(Instant::now());
            }
            if self.closing_is_told && is_writing(&event.kind) {
                self.open.insert(path.clone());
            }
            if is_plain {
                continue;
            }
            let is_renamed = event.paths.get(1).is_some_and(|to| watched(to).is_some());
            self.note_absence(&event.kind, at, path, is_renamed);
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
        let quiet = if !self.open.is_empty() {
            OPEN
        } else if self.batch.paths.len() > MANY || self.batch.rescan {
            SWITCHED
        } else if !self.gone.is_empty() {
            GONE
        } else if self.batch.listing {
            REPLACED
        } else {
            WRITTEN
        };
        let until = (last + quiet).min(self.end(begin));
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Whether this has gone on for so long that what there is must do.
    pub(crate) fn is_overdue(&self, begin: Instant) -> bool {
        self.end(begin) <= Instant::now()
    }

    /// When what there is must do.
    fn end(&self, begin: Instant) -> Instant {
        (self.grown.unwrap_or(begin) + LONGEST).min(begin + LONGEST_OF_MANY)
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
        // What came and went meanwhile, as the temporary files of programs do, was nobody's save.
        for (given, _) in self.born.iter().filter(|(_, path)| !read::exists(path)) {
            self.batch.paths.remove(given);
        }
        let folder_moved = self.moved.values().any(|(from, to)| match to {
            None => true,
            // Vim renames a file away and writes it anew, and what it was renamed to is soon gone.
            Some(to) => read::is_folder(to) || (!read::exists(to) && (!read::exists(from) || read::is_folder(from))),
        });
        self.batch.rescan |= folder_moved || self.made.iter().any(|path| read::is_folder(path));
        self.batch
    }

    /// Notes whether a path is there after it was made, removed or renamed; `is_renamed`: to a name that somebody wants to know of.
    fn note_absence(&mut self, kind: &EventKind, at: usize, path: &Path, is_renamed: bool) {
        let is_gone = match (kind, at) {
            (EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)), _) => true,
            (EventKind::Modify(ModifyKind::Name(RenameMode::Both)), 0) => !is_renamed,
            _ => false,
        };
        if is_gone {
            // Nobody tells of its closing any more.
            self.open.remove(path);
            self.gone.insert(path.to_owned());
        } else {
            self.gone.remove(path);
        }
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

/// Whether somebody has a file open and writes to it.
fn is_writing(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Create(CreateKind::File) | EventKind::Modify(ModifyKind::Data(_)))
}

/// Whether somebody has closed what was written.
pub(crate) fn is_closed(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Access(AccessKind::Close(AccessMode::Write)))
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
