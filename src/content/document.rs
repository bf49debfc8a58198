//! One file of `content/` as the library keeps it: everything but the text.

use std::cell::RefCell;
use std::ops::Range;

use crate::content::author;
use crate::content::author::Profile;
use crate::content::call::Call;
use crate::content::date;
use crate::content::fence;
use crate::content::front_matter;
use crate::content::front_matter::FrontMatter;
use crate::content::links;
use crate::content::links::Reference;
use crate::content::markdown;
use crate::content::outline;
use crate::content::outline::Outline;
use crate::content::tree::Tree;
use crate::diagnostic::report::Diagnostic;
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

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// Dated, perhaps by its name.
    Post,
    /// Undated; a day in its name is part of the name.
    Page,
}

/// Reads a post or a page. The document is `None` only where the file cannot be read at all: the disk refuses or it is not UTF-8; a document with mistakes in it is
/// returned beside them, so that links to it are not reported as broken as well.
#[must_use]
pub fn load(file: &File, kind: DocumentKind, options: &Options) -> (Option<Document>, Report) {
    let (source, mut report) = open(file);
    let Some(source) = source else { return (None, report) };
    let (parts, syntax) = fence::split(&source);
    let broken = syntax.has_errors();
    report.merge(syntax);
    let name = name_of(file);
    let (day, name) = match date::of_name(name).filter(|_| kind == DocumentKind::Post) {
        Some((day, rest)) => (Some(day), if rest.is_empty() { name } else { rest }),
        None => (None, name),
    };
    let cell = RefCell::new(Report::new());
    let context = front_matter::Context { day, unknown: options.unknown };
    let front = front_matter::read(&source, parts.fenced, parts.front, context, &cell);
    merge_front(&mut report, cell.into_inner(), broken);
    let mut markdown = options.markdown;
    markdown.math = front.math.unwrap_or(markdown.math);
    let body = body(file, &source, parts.body, markdown, &mut report);
    (Some(Document { front, body, name: name.to_owned() }), report)
}

/// Reads an author's profile, as [`load`].
#[must_use]
pub fn load_author(file: &File, options: &Options) -> (Option<Author>, Report) {
    let (source, mut report) = open(file);
    let Some(source) = source else { return (None, report) };
    let (parts, syntax) = fence::split(&source);
    let broken = syntax.has_errors();
    report.merge(syntax);
    let cell = RefCell::new(Report::new());
    let profile = author::read(&source, parts.fenced, parts.front, options.unknown, &cell);
    merge_front(&mut report, cell.into_inner(), broken);
    let body = body(file, &source, parts.body, options.markdown, &mut report);
    (Some(Author { profile, body, id: name_of(file).to_owned() }), report)
}

/// Where the syntax is broken, keys may be missing that are there: their absence is not worth a word.
fn merge_front(report: &mut Report, found: Report, broken: bool) {
    report.extend(found.diagnostics().iter().filter(|d| !broken || d.code != "missing-key").cloned());
}

/// The stem of a file's name, or the folder's name where the file is a bundle's `index.md`.
fn name_of(file: &File) -> &str {
    let stem = file.path.stem();
    match file.path.folder().rsplit('/').next() {
        Some(folder) if stem == "index" && !folder.is_empty() => folder,
        _ => stem,
    }
}

/// A file's text, or why there is none.
fn open(file: &File) -> (Option<Source>, Report) {
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(error) => return (None, Diagnostic::error("unreadable", error.to_string()).into()),
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => (Some(Source::new(file.name.clone(), text)), Report::new()),
        Err(error) => {
            let at = error.valid_up_to();
            let valid = String::from_utf8_lossy(&bytes[..at]);
            let source = Source::new(file.name.clone(), valid);
            let diagnostic =
                Diagnostic::error("not-utf8", format!("this file is not UTF-8: byte {at} is part of no character"));
            (None, diagnostic.at(&source, at..at).hint("save it in the encoding UTF-8").into())
        }
    }
}

fn body(file: &File, source: &Source, range: Range<usize>, options: markdown::Options, report: &mut Report) -> Body {
    let (tree, found) = markdown::parse(source, range.clone(), options);
    report.merge(found);
    Body {
        file: file.clone(),
        range,
        options,
        outline: outline::outline(&tree),
        references: links::references(&tree),
        calls: tree.calls,
    }
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
        markdown::parse(source, self.range.clone(), self.options).0
    }
}
