//! One file of `content/` as the library keeps it: everything but the text.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

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
use crate::diagnostic::yaml;
use crate::files::read::ReadError;
use crate::files::tree::File;

/// How to read documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// BLAKE3 of the whole file as it was read: everything here is made from that and from `options`.
    pub digest: [u8; 32],
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// Dated, perhaps by its name.
    Post,
    /// Undated; a day in its name is part of the name.
    Page,
}

/// Where documents come from: read from their files, or kept by somebody who knows that the files are as they were.
pub trait Loader: Sync {
    /// As [`load`].
    fn document(&self, file: &File, kind: DocumentKind, options: &Options) -> (Option<Arc<Document>>, Report);

    /// As [`load_author`].
    fn author(&self, file: &File, options: &Options) -> (Option<Arc<Author>>, Report);

    /// BLAKE3 of a file that nobody reads as a document, such as those of a frozen issue.
    ///
    /// # Errors
    /// What the disk says.
    fn digest(&self, file: &File) -> Result<[u8; 32], ReadError>;
}

/// The loader that reads every file.
#[derive(Clone, Copy, Debug)]
pub struct Direct;

impl Loader for Direct {
    fn document(&self, file: &File, kind: DocumentKind, options: &Options) -> (Option<Arc<Document>>, Report) {
        let (document, report) = load(file, kind, options);
        (document.map(Arc::new), report)
    }

    fn author(&self, file: &File, options: &Options) -> (Option<Arc<Author>>, Report) {
        let (author, report) = load_author(file, options);
        (author.map(Arc::new), report)
    }

    fn digest(&self, file: &File) -> Result<[u8; 32], ReadError> {
        Ok(blake3::hash(&file.bytes()?).into())
    }
}

/// Reads a post or a page. The document is `None` only where the file cannot be read at all: the disk refuses or it is not UTF-8; a document with mistakes in it is
/// returned beside them, so that links to it are not reported as broken as well.
#[must_use]
pub fn load(file: &File, kind: DocumentKind, options: &Options) -> (Option<Document>, Report) {
    let (opened, mut report) = open(file);
    let Some((source, digest)) = opened else { return (None, report) };
    let (parts, syntax) = fence::split(&source);
    let broken = syntax.has_errors();
    let name = name_of(file);
    let (day, name) = match date::of_name(name).filter(|_| kind == DocumentKind::Post) {
        Some((day, rest)) => (Some(day), if rest.is_empty() { name } else { rest }),
        None => (None, name),
    };
    let cell = RefCell::new(Report::new());
    let context = front_matter::Context { day, unknown: options.unknown, broken };
    let front = front_matter::read(&source, parts.fenced, parts.front, context, &cell);
    merge_front(&mut report, syntax, cell.into_inner());
    let mut markdown = options.markdown;
    markdown.math = front.math.unwrap_or(markdown.math);
    let body = body(file, (&source, digest), parts.body, markdown, &mut report);
    (Some(Document { front, body, name: name.to_owned() }), report)
}

/// Reads an author's profile, as [`load`].
#[must_use]
pub fn load_author(file: &File, options: &Options) -> (Option<Author>, Report) {
    let (opened, mut report) = open(file);
    let Some((source, digest)) = opened else { return (None, report) };
    let (parts, syntax) = fence::split(&source);
    let cell = RefCell::new(Report::new());
    let profile = author::read(&source, parts.fenced, parts.front, options.unknown, &cell);
    merge_front(&mut report, syntax, cell.into_inner());
    let body = body(file, (&source, digest), parts.body, options.markdown, &mut report);
    (Some(Author { profile, body, id: name_of(file).to_owned() }), report)
}

/// Where the syntax is broken, keys may be missing that are there, and what was made of the broken place is no value: neither is worth a word.
pub(in crate::content) fn merge_front(report: &mut Report, syntax: Report, found: Report) {
    let broken: Vec<Range<usize>> =
        syntax.diagnostics().iter().filter_map(|d| d.place.as_ref()).map(|place| place.span.clone()).collect();
    let follows = |d: &&Diagnostic| {
        let span = d.place.as_ref().map_or(0..0, |place| place.span.clone());
        d.code == "missing-key" || broken.iter().any(|range| range.start <= span.end && span.start <= range.end)
    };
    let found = found.diagnostics().iter().filter(|d| broken.is_empty() || !follows(d)).cloned();
    report.extend(found.map(yaml::in_yaml));
    report.merge(syntax);
}

/// The stem of a file's name, or the folder's name where the file is a bundle's `index.md`.
fn name_of(file: &File) -> &str {
    let stem = file.path.stem();
    match file.path.folder().rsplit('/').next() {
        Some(folder) if stem == "index" && !folder.is_empty() => folder,
        _ => stem,
    }
}

/// A file's text and the BLAKE3 of its bytes, or why there is none.
pub(in crate::content) fn open(file: &File) -> (Option<(Source, [u8; 32])>, Report) {
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(error) => return (None, Diagnostic::error("unreadable", error.to_string()).into()),
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => (Some((Source::new(file.name.clone(), text), blake3::hash(&bytes).into())), Report::new()),
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

pub(in crate::content) fn body(
    file: &File,
    (source, digest): (&Source, [u8; 32]),
    range: Range<usize>,
    options: markdown::Options,
    report: &mut Report,
) -> Body {
    let (tree, found) = markdown::parse(source, range.clone(), options);
    report.merge(found);
    report.extend(links::images_without_alt(&tree).map(|span| {
        Diagnostic::warning("missing-alt", "this image has no alternative text")
            .at(source, span)
            .hint("write between the brackets what a reader who cannot see it should know: ![a press with its lever down](press.jpg)")
            .hint("if it is decoration, say so by a component: {{<figure src=\"press.jpg\" alt=\"\" />}}")
    }));
    Body {
        file: file.clone(),
        range,
        options,
        outline: outline::outline(&tree),
        references: links::references(&tree),
        calls: tree.calls,
        digest,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::date::Date;
    use crate::content::messages::file;
    use crate::content::messages::load as load_post;

    #[test]
    fn toml_and_yaml_say_the_same() {
        let toml = "+++\ntitle = \"T\"\nid = \"x\"\ndate = 2026-11-01T09:00:00+01:00\nupdated = 2026-11-02\nexpires = 2027-01-01T00:00\nslug = \"s\"\nurl = \"/u/\"\naliases = [\"/a/\"]\n\
                    authors = [\"jane\"]\ncategories = [\"c\", \"d\"]\ntags = [\"e\", \"e\", \"f\"]\nseries = \"g\"\ndescription = \"h\"\nimage = { src = \"i.jpg\", alt = \"\", credit = \"k\", credit_url = \"l\" }\n\
                    audio = { src = \"m.mp3\", duration = \"1:02:03\" }\ndraft = true\nlanguage = \"de\"\ntoc = false\nmath = true\nnewsletter = { include = false, blurb = \"n\" }\n[extra]\no = 1\n+++\nBody\n";
        let yaml = "---\ntitle: T\nid: x\ndate: 2026-11-01T09:00:00+01:00\nupdated: 2026-11-02\nexpires: 2027-01-01T00:00\nslug: s\nurl: /u/\naliases: [/a/]\n\
                    authors: [jane]\ncategories: [c, d]\ntags:\n  - e\n  - e\n  - f\nseries: g\ndescription: h\nimage: { src: i.jpg, alt: \"\", credit: k, credit_url: l }\n\
                    audio: { src: m.mp3, duration: \"1:02:03\" }\ndraft: true\nlanguage: de\ntoc: false\nmath: true\nnewsletter: { include: false, blurb: n }\nextra:\n  o: 1\n---\nBody\n";
        for text in [toml, yaml] {
            let (document, report) = load_post("a.md", text);
            assert_eq!(report, [""; 0]);
            let front = document.front;
            let texts = |list: &[crate::diagnostic::node::Located<String>]| {
                list.iter().map(|l| l.value.clone()).collect::<Vec<_>>().join(",")
            };
            assert_eq!(front.title.value, "T");
            assert_eq!(front.id.unwrap().value, "x");
            assert!(
                matches!(front.date.unwrap().value, Date::Exact(zoned) if zoned.timestamp().to_string() == "2026-11-01T08:00:00Z")
            );
            assert!(matches!(front.updated.unwrap().value, Date::Day(day) if day.to_string() == "2026-11-02"));
            assert!(
                matches!(front.expires.unwrap().value, Date::Local(time) if time.to_string() == "2027-01-01T00:00:00")
            );
            assert_eq!(texts(&[front.slug.unwrap(), front.url.unwrap()]), "s,/u/");
            assert_eq!(
                texts(&front.aliases) + &texts(&front.authors) + &texts(&front.categories) + &texts(&front.tags),
                "/a/janec,de,f"
            );
            assert_eq!(texts(&[front.series.unwrap(), front.description.unwrap()]), "g,h");
            let image = front.image.unwrap();
            assert_eq!(
                (image.src.value.as_str(), image.alt.unwrap().value.as_str(), image.credit.unwrap().as_str()),
                ("i.jpg", "", "k")
            );
            assert_eq!(front.audio.unwrap().duration, Some(3723));
            assert!(front.draft && front.toc == Some(false) && front.math == Some(true) && document.body.options.math);
            assert_eq!(front.language.unwrap().value.as_str(), "de");
            assert_eq!((front.newsletter.include, front.newsletter.blurb.unwrap().value.as_str()), (Some(false), "n"));
            assert_eq!(serde_json::to_string(&front.extra).unwrap(), "{\"o\":1}");
            assert_eq!(&text[document.body.range.clone()], "Body\n");
            assert_eq!(text[front.span.clone()].lines().next().unwrap().split([':', ' ']).next(), Some("title"));
        }
    }

    #[test]
    fn names_and_their_dates() {
        let text = "+++\ntitle = \"T\"\n+++\n";
        let of = |path: &str, kind| {
            let document = load(&file(path, text.as_bytes()), kind, &Options::default()).0.unwrap();
            (document.name, document.front.date.map(|date| date.value.day().to_string()))
        };
        let day = || Some("2026-11-01".to_owned());
        assert_eq!(of("posts/2026-11-01-hello.md", DocumentKind::Post), ("hello".into(), day()));
        assert_eq!(of("posts/2026-11-01-hello/index.md", DocumentKind::Post), ("hello".into(), day()));
        assert_eq!(of("posts/2026-11-01.md", DocumentKind::Post), ("2026-11-01".into(), day()));
        assert_eq!(of("posts/2026-13-01-x.md", DocumentKind::Post), ("2026-13-01-x".into(), None));
        assert_eq!(of("posts/index.md", DocumentKind::Post), ("posts".into(), None));
        assert_eq!(of("pages/2026-11-01-x.md", DocumentKind::Page), ("2026-11-01-x".into(), None));
        let own = load_post("2026-11-01-x.md", "+++\ntitle = \"T\"\ndate = 2025-01-01\n+++\n").0;
        assert_eq!(own.front.date.unwrap().value.day().to_string(), "2025-01-01");
    }

    #[test]
    fn the_tree_can_be_made_again() {
        let text = "+++\ntitle = \"T\"\nmath = true\n+++\n# A\n\n{{<b />}} $x$\n";
        let (document, _) = load_post("a.md", text);
        let source = document.body.source().unwrap();
        let tree = document.body.tree(&source);
        assert_eq!((tree.calls.len(), document.body.calls.len()), (1, 1));
        assert_eq!(&text[tree.calls[0].span.clone()], "{{<b />}}");
        assert!(tree.nodes.iter().any(|node| matches!(node.kind, crate::content::tree::Kind::Math { .. })));
        // A file that has become shorter since.
        let shorter = Source::new("a.md", "x");
        assert!(document.body.tree(&shorter).nodes.is_empty());
    }
}
