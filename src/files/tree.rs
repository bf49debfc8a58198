//! A tree of files: each path below a folder, and where its bytes are. Bytes are read when asked for, not before.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::files::read;
use crate::files::read::ReadError;
use crate::value::path::SitePath;

/// Where a file's bytes are.
#[derive(Clone, Debug)]
pub enum Place {
    /// On the disk.
    Disk(PathBuf),
    /// In the program: the embedded theme.
    Embedded(&'static [u8]),
    /// In memory: made by the program or by a test.
    Memory(Arc<[u8]>),
}

/// One file of a tree.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path below the tree's folder.
    pub path: SitePath,
    /// How messages call it: its path below the site's folder.
    pub name: Arc<str>,
    /// Where its bytes are.
    pub place: Place,
}

impl File {
    /// The bytes, read now.
    ///
    /// # Errors
    /// [`ReadError`] where the disk refuses.
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, ReadError> {
        match &self.place {
            Place::Disk(path) => read::bytes(path).map(Cow::Owned),
            Place::Embedded(bytes) => Ok(Cow::Borrowed(bytes)),
            Place::Memory(bytes) => Ok(Cow::Borrowed(bytes)),
        }
    }
}

/// Files by path, in the order of their paths.
#[derive(Clone, Debug, Default)]
pub struct FileTree {
    /// Shared, because a tree that is handed on is seldom changed.
    files: Arc<BTreeMap<SitePath, File>>,
}

impl FileTree {
    /// A tree without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A tree of embedded files under the name `label` in messages: `theme broadside: templates/web/post.html`.
    #[must_use]
    pub fn embedded(label: &str, files: &[(&str, &'static [u8])]) -> Self {
        let mut tree = Self::new();
        for (path, bytes) in files {
            if let Ok(path) = SitePath::parse(path) {
                let name = format!("{label}/{path}").into();
                tree.insert(File { path, name, place: Place::Embedded(bytes) });
            }
        }
        tree
    }

    /// Adds a file, or replaces the one at its path.
    pub fn insert(&mut self, file: File) {
        Arc::make_mut(&mut self.files).insert(file.path.clone(), file);
    }

    /// Adds a file with these bytes.
    pub fn insert_memory(&mut self, path: SitePath, bytes: impl Into<Arc<[u8]>>) {
        let name = path.as_str().into();
        self.insert(File { path, name, place: Place::Memory(bytes.into()) });
    }

    /// The file at `path`.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&File> {
        let path = SitePath::parse(path).ok()?;
        self.files.get(&path)
    }

    /// All files, by path.
    pub fn iter(&self) -> impl Iterator<Item = &File> {
        self.files.values()
    }

    /// The files below `folder`, by path.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.values().filter(move |file| file.path.below(folder).is_some())
    }

    /// How many files.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
