//! What the builds of a site remember, in `.letterpress/memory/`: what its files were, the documents made of them, highlighted code, facts about images.
//! Whoever deletes it loses time and nothing else.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::content::document;
use crate::content::document::Author;
use crate::content::document::Document;
use crate::content::document::DocumentKind;
use crate::content::document::Loader;
use crate::content::document::Options;
use crate::content::stored;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::engine::cache::Cache;
use crate::engine::cache::Section;
use crate::engine::fingerprint::Fingerprint;
use crate::engine::seen::Seen;
use crate::files::read;
use crate::files::read::ReadError;
use crate::files::stamp::Stamp;
use crate::files::tree::File;
use crate::transport::disk;
use crate::transport::disk::WriteError;
use crate::transport::disk_staging::Staging;
use crate::value::path::SitePath;

const DOCUMENTS: Section = "documents";
const SEEN: &str = "seen";
const IMAGES: &str = "images";

/// What builds remember.
#[derive(Debug)]
pub struct Memory {
    /// Results by what they were made from.
    pub cache: Arc<Cache>,
    /// What each file of the site was.
    pub seen: Seen,
    /// What each encoded image in `.letterpress/images/` was.
    pub images: Seen,
    folder: Option<PathBuf>,
}

/// The meaning of everything that is remembered: another program, or this one made from other sources, remembers nothing of it.
#[must_use]
pub fn schema() -> Fingerprint {
    Fingerprint::builder("letterpress memory")
        .text(env!("CARGO_PKG_VERSION"))
        .text(env!("LETTERPRESS_SOURCES"))
        .finish()
}

impl Memory {
    /// A memory that is empty and will not be kept.
    #[must_use]
    pub fn none() -> Self {
        Self {
            cache: Arc::new(Cache::new(schema())),
            seen: Seen::new(schema()),
            images: Seen::new(schema()),
            folder: None,
        }
    }

    /// The memory in the folder `work` (`.letterpress`). What is damaged or foreign in it counts as forgotten.
    #[must_use]
    pub fn open(work: &Path) -> Self {
        let folder = work.join("memory");
        let open = |name: &str| {
            let file = folder.join(name);
            match read::optional(&file) {
                Ok(Some(bytes)) => Seen::decode(schema(), &bytes, Stamp::of_path(&file)),
                _ => Seen::new(schema()),
            }
        };
        let (seen, images) = (open(SEEN), open(IMAGES));
        Self { cache: Arc::new(Cache::open(schema(), folder.clone())), seen, images, folder: Some(folder) }
    }

    /// Keeps what was learnt in a whole build: what it did not ask for is forgotten, but for the sections that `keep` wants.
    ///
    /// # Errors
    /// What the disk says.
    pub fn save(&self, keep: &dyn Fn(&str) -> bool) -> Result<(), WriteError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        for (name, bytes) in self.cache.changes(keep) {
            disk::write_cache(&folder.join(name), &bytes)?;
        }
        if self.images.has_changed() {
            disk::write_cache(&folder.join(IMAGES), &self.images.encode())?;
        }
        self.save_seen()
    }

    /// Adds what was learnt to what was known, where not everything was asked for.
    ///
    /// # Errors
    /// What the disk says.
    pub fn add(&self) -> Result<(), WriteError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        for (name, bytes) in self.cache.changes(&|_| true) {
            disk::write_cache(&folder.join(name), &bytes)?;
        }
        // Where a build has seen all files, what was seen here is but a part.
        if self.seen.is_empty() { self.save_seen() } else { Ok(()) }
    }

    /// Keeps what the files of the site were, where nothing else was learnt.
    ///
    /// # Errors
    /// What the disk says.
    pub fn save_seen(&self) -> Result<(), WriteError> {
        match &self.folder {
            Some(folder) if self.seen.has_changed() => disk::write_cache(&folder.join(SEEN), &self.seen.encode()),
            _ => Ok(()),
        }
    }

    /// Adds a copy of a file to an output. It is not read where it is known to be what stands there.
    ///
    /// # Errors
    /// What the disk says.
    pub fn copy(&self, staging: &Staging, path: &SitePath, file: &File) -> Result<(), WriteError> {
        let digest = *self.seen.digest(file).map_err(WriteError::Read)?.as_bytes();
        if !staging.keep_hashed(path, digest)? {
            staging.copy_hashed(path, file, digest)?;
        }
        Ok(())
    }

    /// Reads a document, or remembers it.
    fn remembered<T>(
        &self,
        file: &File,
        what: &Key<'_>,
        back: impl FnOnce(&[u8], &File) -> Option<T>,
        load: impl FnOnce() -> (Option<T>, Report),
        bytes: impl FnOnce(&T) -> Option<([u8; 32], Vec<u8>)>,
    ) -> (Option<Arc<T>>, Report) {
        // Taken before the bytes are read: a file that changes meanwhile looks different next time.
        let now = self.seen.now(file);
        let stamp = if now.is_some() { None } else { Stamp::of(file) };
        if let Some(digest) = now.or_else(|| self.seen.known(file, stamp))
            && let Some(kept) = self.cache.get(DOCUMENTS, what.of(file, digest))
            && let Some(document) = back(&kept, file)
        {
            return (Some(Arc::new(document)), Report::new());
        }
        let (document, report) = load();
        let Some(document) = document else { return (None, report) };
        // What there is to say about a file has to be said each time it is read.
        if report.diagnostics().is_empty()
            && let Some((digest, bytes)) = bytes(&document)
        {
            let digest = Fingerprint::from_bytes(digest);
            self.seen.learn(file, stamp, digest);
            self.cache.insert(DOCUMENTS, what.of(file, digest), bytes);
        }
        (Some(Arc::new(document)), report)
    }
}

impl Loader for Memory {
    fn document(&self, file: &File, kind: DocumentKind, options: &Options) -> (Option<Arc<Document>>, Report) {
        let key = Key { kind: if kind == DocumentKind::Post { "post" } else { "page" }, options };
        let load = || document::load(file, kind, options);
        let bytes = |document: &Document| Some((document.body.digest, stored::document(document)?));
        self.remembered(file, &key, stored::to_document, load, bytes)
    }

    fn author(&self, file: &File, options: &Options) -> (Option<Arc<Author>>, Report) {
        let key = Key { kind: "author", options };
        let load = || document::load_author(file, options);
        let bytes = |author: &Author| Some((author.body.digest, stored::author(author)?));
        self.remembered(file, &key, stored::to_author, load, bytes)
    }

    fn digest(&self, file: &File) -> Result<[u8; 32], ReadError> {
        Ok(*self.seen.digest(file)?.as_bytes())
    }
}

/// What a document is made from, beside its file.
struct Key<'a> {
    kind: &'static str,
    options: &'a Options,
}

impl Key<'_> {
    fn of(&self, file: &File, digest: Fingerprint) -> Fingerprint {
        let Options { unknown, markdown } = self.options;
        Fingerprint::builder(self.kind)
            .text(file.path.as_str())
            .fingerprint(digest)
            .number(u64::from(*unknown == Severity::Error))
            .bytes(&postcard::to_stdvec(markdown).unwrap_or_default())
            .finish()
    }
}
