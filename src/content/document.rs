//! One file of `content/` as the library keeps it: everything but the text.

use std::ops::Range;

use crate::content::author::Profile;
use crate::content::call::Call;
use crate::content::front_matter::FrontMatter;
use crate::content::links::Reference;
use crate::content::markdown;
use crate::content::outline::Outline;
use crate::content::tree::Tree;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::diagnostic::source::Source;
use crate::files::read::ReadError;
use crate::files::tree::File;

/// How to read documents.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What an unknown key of the front matter is.
    pub unknown: Severity,
    /// Which Markdown; a document's `math` overrules its `math`.
    pub markdown: markdown::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self { unknown: Severity::Error, markdown: markdown::Options::default() }
    }
}

/// A post or a page.
#[derive(Clone, Debug)]
pub struct Document {
    /// The front matter.
    pub front: FrontMatter,
    /// The text's properties.
    pub body: Body,
    /// What its slug defaults to: the file's stem, or the folder's name of a bundle (`hello/index.md`), without a date in front. Not yet made a slug.
    pub name: String,
}

/// An author.
#[derive(Clone, Debug)]
pub struct Author {
    /// The front matter.
    pub profile: Profile,
    /// The biography's properties.
    pub body: Body,
    /// The id: the file's stem, or the folder's name of a bundle.
    pub id: String,
}

/// What is kept of a Markdown text. The text itself is read again by whoever renders it.
#[derive(Clone, Debug)]
pub struct Body {
    /// The file.
    pub file: File,
    /// Bytes of the file: what follows the front matter.
    pub range: Range<usize>,
    /// Which Markdown it is.
    pub options: markdown::Options,
    /// Headings, length, first words.
    pub outline: Outline,
    /// Everything that points elsewhere, in the order of the text.
    pub references: Vec<Reference>,
    /// The component calls, in the order of the text.
    pub calls: Vec<Call>,
}

/// Reads a post or a page. The document is `None` only where the file cannot be read at all: the disk refuses or it is not UTF-8; a document with mistakes in it is
/// returned beside them, so that links to it are not reported as broken as well.
#[must_use]
pub fn load(file: &File, options: &Options) -> (Option<Document>, Report) {
    let _ = (file, options);
    (None, Report::new())
}

/// Reads an author's profile, as [`load`].
#[must_use]
pub fn load_author(file: &File, options: &Options) -> (Option<Author>, Report) {
    let _ = (file, options);
    (None, Report::new())
}

impl Body {
    /// The file's text, read again.
    ///
    /// # Errors
    /// [`ReadError`] where the disk refuses.
    pub fn source(&self) -> Result<Source, ReadError> {
        let bytes = self.file.bytes()?;
        Ok(Source::new(self.file.name.clone(), String::from_utf8_lossy(&bytes)))
    }

    /// The Markdown tree, made again from [`Body::source`]. Where the file has changed since it was loaded, the tree is of what now stands in the body's bytes.
    #[must_use]
    pub fn tree<'s>(&self, source: &'s Source) -> Tree<'s> {
        let _ = source;
        Tree::default()
    }
}
