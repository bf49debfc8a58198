//! The static files of a chain of themes, at the paths where the site has them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::files::tree::File;
use crate::files::tree::FileTree;
use crate::theme::chain::Link;
use crate::value::path::SitePath;

/// `static/` of every theme of the chain, a nearer theme's file in place of a farther one's.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    files: FileTree,
    /// Filled when first asked for: most files of most themes never are.
    fingerprints: BTreeMap<SitePath, OnceLock<Option<String>>>,
}

/// Gathers them; nothing is read yet.
pub(in crate::theme) fn gather(chain: &[Link]) -> Assets {
    let mut files = FileTree::new();
    for link in chain.iter().rev() {
        for file in link.files.below("static") {
            if let Some(path) = file.path.below("static").and_then(|path| SitePath::parse(path).ok()) {
                files.insert(File { path, ..file.clone() });
            }
        }
    }
    let fingerprints = files.iter().map(|file| (file.path.clone(), OnceLock::new())).collect();
    Assets { files, fingerprints }
}

impl Assets {
    /// The files, by their paths in the output: `static/fonts/x.woff2` is at `fonts/x.woff2`.
    #[must_use]
    pub fn files(&self) -> &FileTree {
        &self.files
    }

    /// Eight hexadecimal digits that change with the file's bytes; read at the first call for a path. `None` where there is no such file or where it
    /// cannot be read.
    #[must_use]
    pub fn fingerprint(&self, path: &str) -> Option<&str> {
        let path = SitePath::parse(path).ok()?;
        let read = || self.files.get(path.as_str())?.bytes().ok().map(|bytes| eight_digits(&bytes));
        self.fingerprints.get(&path)?.get_or_init(read).as_deref()
    }

    /// The paths of all files, sorted, for "did you mean".
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.path.as_str())
    }
}

/// The first eight hexadecimal digits of the BLAKE3 hash.
pub(in crate::theme) fn eight_digits(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..8].to_owned()
}
