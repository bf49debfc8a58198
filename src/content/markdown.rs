//! Markdown text to a [`Tree`]: pulldown-cmark's events, with component calls put back where they were masked.

use std::ops::Range;

use pulldown_cmark::Options as Extensions;
use pulldown_cmark::Parser;
use serde::Deserialize;
use serde::Serialize;

use crate::content::component;
use crate::content::tree::Tree;
use crate::content::tree_builder::TreeBuilder;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;

/// Which Markdown. [`Options::default`] is what sites get; [`Options::COMMONMARK`] is the bare standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Options {
    /// Tables, task lists, strikethrough, alerts (GFM).
    pub gfm: bool,
    /// Bare URLs and e-mail addresses become links.
    pub autolink: bool,
    /// Footnotes.
    pub footnotes: bool,
    /// Definition lists.
    pub definition_lists: bool,
    /// `# Heading {#id .class}`.
    pub heading_attributes: bool,
    /// Headings get ids made from their text.
    pub heading_ids: bool,
    /// Curly quotes, dashes, ellipses.
    pub smart_punctuation: bool,
    /// `$…$` and `$$…$$`.
    pub math: bool,
    /// `[[wikilinks]]`.
    pub wikilinks: bool,
    /// Component calls, and `<!-- more -->`.
    pub components: bool,
}

impl Options {
    /// CommonMark 0.31.2 and nothing else.
    pub const COMMONMARK: Self = Self {
        gfm: false,
        autolink: false,
        footnotes: false,
        definition_lists: false,
        heading_attributes: false,
        heading_ids: false,
        smart_punctuation: false,
        math: false,
        wikilinks: false,
        components: false,
    };

    pub(in crate::content) fn extensions(self) -> Extensions {
        let mut extensions = Extensions::empty();
        let gfm = Extensions::ENABLE_TABLES
            | Extensions::ENABLE_TASKLISTS
            | Extensions::ENABLE_STRIKETHROUGH
            | Extensions::ENABLE_GFM;
        extensions.set(gfm, self.gfm);
        extensions.set(Extensions::ENABLE_FOOTNOTES, self.footnotes);
        extensions.set(Extensions::ENABLE_DEFINITION_LIST, self.definition_lists);
        extensions.set(Extensions::ENABLE_HEADING_ATTRIBUTES, self.heading_attributes);
        extensions.set(Extensions::ENABLE_SMART_PUNCTUATION, self.smart_punctuation);
        extensions.set(Extensions::ENABLE_MATH, self.math);
        extensions.set(Extensions::ENABLE_WIKILINKS, self.wikilinks);
        extensions
    }
}

impl Default for Options {
    /// Everything but math, which takes `$` from those who write about prices.
    fn default() -> Self {
        Self {
            gfm: true,
            autolink: true,
            footnotes: true,
            definition_lists: true,
            heading_attributes: true,
            heading_ids: true,
            smart_punctuation: true,
            math: false,
            wikilinks: true,
            components: true,
        }
    }
}

/// Reads the bytes `within` of `source` as Markdown; spans count from the start of the file. Bytes that are not on character boundaries, or beyond the end, read as
/// an empty body.
///
/// The report holds malformed and misplaced component calls, and heading ids given twice. The tree is whole whatever it says.
#[must_use]
pub fn parse(source: &Source, within: Range<usize>, options: Options) -> (Tree<'_>, Report) {
    let Some(body) = source.text().get(within.clone()) else { return (Tree::default(), Report::new()) };
    let mut report = Report::new();
    let scan = if options.components {
        component::scan(source, body, within.start, options.extensions(), &mut report)
    } else {
        component::Scan::default()
    };
    let mut builder = TreeBuilder::new(source, body, within.start, options, &scan);
    let text = scan.masked.as_deref().unwrap_or(body);
    for (event, span) in Parser::new_ext(text, options.extensions()).into_offset_iter() {
        builder.event(event, span, text);
    }
    let tree = builder.finish(&mut report);
    (tree, report)
}
