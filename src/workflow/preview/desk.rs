//! The sources as the preview holds them: what was read stays read until the watcher says that it changed.

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::content::document::Author;
use crate::content::document::Document;
use crate::content::document::DocumentKind;
use crate::content::document::Loader;
use crate::content::document::Options;
use crate::diagnostic::report::Report;
use crate::files::read::ReadError;
use crate::files::stamp::Stamp;
use crate::files::tree::File;
use crate::files::tree::FileTree;
use crate::transport::watch::Batch;
use crate::workflow::memory::Memory;

/// Documents by the names that messages call their files, and the list of all files.
pub(in crate::workflow::preview) struct Desk {
    root: PathBuf,
    /// Shared with `build`: what it made of these files need not be made again.
    memory: Arc<Memory>,
    kept: Mutex<HashMap<Arc<str>, Kept>>,
    files: Option<[FileTree; 2]>,
    /// Whether anything may have changed, so that every file is looked at.
    doubtful: bool,
}

/// A document and what it was read from.
#[derive(Clone)]
struct Kept {
    stamp: Option<Stamp>,
    kind: Option<DocumentKind>,
    options: Options,
    loaded: Loaded,
    report: Report,
}

#[derive(Clone)]
enum Loaded {
    Document(Option<Arc<Document>>),
    Author(Option<Arc<Author>>),
}

impl Desk {
    /// An empty desk of the site in `root`.
    pub(in crate::workflow::preview) fn new(root: &Path, memory: Arc<Memory>) -> Self {
        Self { root: root.to_owned(), memory, kept: Mutex::default(), files: None, doubtful: false }
    }

    /// Takes note of what the watcher saw. Gives the names of the files, as messages call them.
    pub(in crate::workflow::preview) fn take(&mut self, batch: &Batch) -> Vec<String> {
        let named = batch.paths.iter().filter_map(|path| {
            let below = path.strip_prefix(&self.root).ok()?;
            Some(below.to_str()?.replace('\\', "/"))
        });
        let names: Vec<String> = named.collect();
        if batch.listing || batch.rescan {
            self.files = None;
        }
        self.doubtful |= batch.rescan;
        if batch.rescan {
            self.memory.seen.forget(|_| true);
        }
        let changed = |name: &str| {
            names.iter().any(|changed| {
                name.strip_prefix(&**changed).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        // A folder that was renamed takes along what is in it; a single file is found without looking at all.
        if batch.listing || batch.rescan {
            self.memory.seen.forget(changed);
            self.kept().retain(|name, _| !changed(name));
        } else {
            for name in &names {
                self.memory.seen.forget_one(name);
                self.kept().remove(&**name);
            }
        }
        names
    }

    /// The list of files, where it is known to be right.
    pub(in crate::workflow::preview) fn files(&self) -> Option<[FileTree; 2]> {
        self.files.clone()
    }

    /// Not everything could be looked at: next time all is looked at again.
    pub(in crate::workflow::preview) fn doubt(&mut self) {
        self.files = None;
        self.doubtful = true;
    }

    /// Everything has been looked at, and these are the files.
    pub(in crate::workflow::preview) fn settle(&mut self, files: [FileTree; 2]) {
        self.files = Some(files);
        self.doubtful = false;
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Arc<str>, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, file: &File, kind: Option<DocumentKind>, options: &Options) -> Option<Kept> {
        let kept = self.kept().get(&file.name).cloned()?;
        let fits = kept.kind == kind && kept.options == *options;
        (fits && (!self.doubtful || kept.stamp.is_some() && kept.stamp == Stamp::of(file))).then_some(kept)
    }

    fn keep(&self, file: &File, kept: Kept) {
        self.kept().insert(Arc::clone(&file.name), kept);
    }
}

impl Loader for Desk {
    fn document(&self, file: &File, kind: DocumentKind, options: &Options) -> (Option<Arc<Document>>, Report) {
        if let Some(Kept { loaded: Loaded::Document(document), report, .. }) = self.find(file, Some(kind), options) {
            return (document, report);
        }
        let stamp = Stamp::of(file);
        let (document, report) = self.memory.document(file, kind, options);
        let loaded = Loaded::Document(document.clone());
        self.keep(file, Kept { stamp, kind: Some(kind), options: *options, loaded, report: report.clone() });
        (document, report)
    }

    fn author(&self, file: &File, options: &Options) -> (Option<Arc<Author>>, Report) {
        if let Some(Kept { loaded: Loaded::Author(author), report, .. }) = self.find(file, None, options) {
            return (author, report);
        }
        let stamp = Stamp::of(file);
        let (author, report) = self.memory.author(file, options);
        let loaded = Loaded::Author(author.clone());
        self.keep(file, Kept { stamp, kind: None, options: *options, loaded, report: report.clone() });
        (author, report)
    }

    fn digest(&self, file: &File) -> Result<[u8; 32], ReadError> {
        if self.doubtful {
            // What was seen in this run may be of another file by now.
            self.memory.seen.forget_one(&file.name);
        }
        self.memory.digest(file)
    }
}
