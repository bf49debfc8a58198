//! The tree to HTML. What depends on the site, the theme or the language is asked of an [`Environment`]; what depends on the edition is a [`Policy`].

mod block;
mod code;
mod footnotes;
mod inline;
mod mail;
mod table;
#[cfg(test)]
mod tests;
mod writer;

use std::borrow::Cow;
use std::ops::Range;
use std::ops::RangeInclusive;

use crate::content::call::Call;
use crate::content::tree::Tree;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::edition::escape;
use crate::edition::highlight;
use crate::edition::html::writer::Writer;
use crate::edition::sanitize::Known;

/// What the renderer does not know by itself. Destinations come as the text has them, with the bytes of the file where they stand: the pair that the library resolved
/// ([`crate::content::links::Reference`]).
pub trait Environment: Sync {
    /// The address against which relative links of raw HTML are read where the text leaves the site.
    fn base(&self) -> Option<&str> {
        None
    }

    /// What says where a relative address of raw HTML leads, if it is not to be read against [`Self::base`].
    fn raw_links(&self) -> Option<Box<Known<'_>>> {
        None
    }

    /// What stands before the ids of footnotes, so that several texts may stand in one document.
    fn id_prefix(&self) -> &str {
        ""
    }

    /// The address that a link leads to, not yet escaped.
    fn link<'e>(&'e self, dest: &'e str, span: &Range<usize>) -> Cow<'e, str>;

    /// What a `[[wikilink]]` without a text of its own says; `None` leaves what is written.
    fn wikilink_text<'e>(&'e self, dest: &'e str, span: &Range<usize>) -> Option<Cow<'e, str>> {
        let _ = (dest, span);
        None
    }

    /// Appends a whole `<img>` or `<picture>`.
    fn image(&self, image: &Image<'_>, out: &mut String);

    /// Appends what a component prints. `body` is the HTML of what it encloses; `None` for a call that encloses nothing.
    fn component(&self, call: &Call, body: Option<&str>, out: &mut String);

    /// Appends the HTML of a block of code, with classes; `marked` are the lines to mark, from 1.
    fn code(&self, code: &str, language: &str, marked: &[RangeInclusive<usize>], out: &mut String) {
        highlight::append(code, language, marked, out);
    }

    /// A word of the program in the page's language, not escaped.
    fn word(&self, word: Word) -> Cow<'_, str>;
}

/// An image of the text.
#[derive(Clone, Debug)]
pub struct Image<'i> {
    /// The destination as written.
    pub dest: &'i str,
    /// Bytes of the file where the destination stands.
    pub span: Range<usize>,
    /// The alternative text, plain; may be empty.
    pub alt: &'i str,
    /// The title, plain; may be empty. Empty too where it is printed as the caption of a figure.
    pub title: &'i str,
    /// How many images come before it in the text.
    pub position: usize,
    /// Whether it stands alone in its paragraph.
    pub alone: bool,
}

/// Words that the renderer prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The name of a heading's anchor: "Link to this section".
    LinkToSection,
    /// The title of an alert.
    Note,
    /// The title of an alert.
    Tip,
    /// The title of an alert.
    Important,
    /// The title of an alert.
    Warning,
    /// The title of an alert.
    Caution,
    /// The name of the notes' section: "Footnotes".
    Footnotes,
    /// The name of the link from a note back to the text: "Back to reference 1".
    BackToReference {
        /// The note's number.
        note: usize,
        /// Which of several references to the same note, from 1.
        reference: usize,
    },
    /// The name of a table, which scrolls sideways by itself: "Table 2".
    Table {
        /// Which table of the text, from 1.
        number: usize,
    },
    /// The name of a ticked box: "Done".
    TaskDone,
    /// The name of an empty box: "Not done".
    TaskOpen,
}

/// What an edition lets through and how it dresses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Links on headings to themselves.
    pub anchors: bool,
    /// Ids on headings.
    pub heading_ids: bool,
    /// Classes for the words of code.
    pub highlight: bool,
    /// Wrappers, classes and roles of the web edition: scrolling tables, focusable code.
    pub dressed: bool,
    /// Raw HTML goes through a sanitiser.
    pub sanitize: bool,
    /// Only what mail programs draw: boxes as tables, formulas as their TeX, ticks as characters.
    pub mail: bool,
    /// No heading stands above this level: all go down by as much as the highest of them needs.
    pub top: u8,
    /// Which part.
    pub part: Part,
    /// The HTML of CommonMark's specification, byte for byte: XHTML-like, with nothing added.
    pub commonmark: bool,
}

/// Which part of a text to render.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// What comes before `<!-- more -->` (or all of it), without ids and footnotes, so that many may stand on one page.
    Summary,
}

impl Policy {
    /// A page of the site.
    pub const WEB: Self = Self {
        anchors: true,
        heading_ids: true,
        highlight: true,
        dressed: true,
        sanitize: false,
        mail: false,
        top: 1,
        part: Part::Whole,
        commonmark: false,
    };
    /// The summary of a post on a page that lists posts.
    pub const SUMMARY: Self = Self { anchors: false, heading_ids: false, part: Part::Summary, ..Self::WEB };
    /// An entry of a feed.
    pub const FEED: Self = Self { anchors: false, highlight: false, dressed: false, sanitize: true, ..Self::WEB };
    /// A text in a mail, below the mail's own heading.
    pub const MAIL: Self =
        Self { anchors: false, heading_ids: false, dressed: false, sanitize: true, mail: true, top: 2, ..Self::WEB };
    /// CommonMark's own examples.
    pub const COMMONMARK: Self = Self { commonmark: true, sanitize: false, heading_ids: false, ..Self::FEED };
}

/// A rendered text.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The HTML, a fragment of flow content.
    pub html: String,
    /// What was found wrong: math that is no TeX, notes that nothing refers to.
    pub report: Report,
}

/// Renders a tree; `source` is the file it was parsed from.
#[must_use]
pub fn render(tree: &Tree<'_>, source: &Source, environment: &dyn Environment, policy: Policy) -> Rendered {
    Writer::new(tree, source, environment, policy).render()
}

/// An environment that leaves everything as it is written, in English: for tests, and where there is no site.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Environment for Plain {
    fn link<'e>(&'e self, dest: &'e str, _: &Range<usize>) -> Cow<'e, str> {
        Cow::Borrowed(dest)
    }

    fn image(&self, image: &Image<'_>, out: &mut String) {
        out.push_str("<img src=\"");
        escape::href(image.dest, out);
        out.push_str("\" alt=\"");
        escape::attribute(image.alt, out);
        if !image.title.is_empty() {
            out.push_str("\" title=\"");
            escape::attribute(image.title, out);
        }
        out.push_str("\" />");
    }

    fn component(&self, _: &Call, body: Option<&str>, out: &mut String) {
        out.push_str(body.unwrap_or_default());
    }

    fn word(&self, word: Word) -> Cow<'_, str> {
        Cow::Borrowed(match word {
            Word::LinkToSection => "Link to this section",
            Word::Note => "Note",
            Word::Tip => "Tip",
            Word::Important => "Important",
            Word::Warning => "Warning",
            Word::Caution => "Caution",
            Word::Footnotes => "Footnotes",
            Word::BackToReference { note, reference: 1 } => return format!("Back to reference {note}").into(),
            Word::BackToReference { note, reference } => return format!("Back to reference {note}-{reference}").into(),
            Word::Table { number: 1 } => "Table",
            Word::Table { number } => return format!("Table {number}").into(),
            Word::TaskDone => "Done",
            Word::TaskOpen => "Not done",
        })
    }
}
