//! What a body amounts to: headings, length, first words.

use std::ops::Range;

/// One heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// From 1 to 6.
    pub level: u8,
    /// Unique in the document.
    pub id: String,
    /// Its text without marks.
    pub text: String,
    /// Bytes of the file.
    pub span: Range<usize>,
}

/// A heading with those below it: a table of contents.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Section {
    /// The heading's id.
    pub id: String,
    /// Its text without marks.
    pub title: String,
    /// From 1 to 6.
    pub level: u8,
    /// The headings of lower rank that follow it.
    pub children: Vec<Section>,
}

/// What a body amounts to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// All headings in the order of the text.
    pub headings: Vec<Heading>,
    /// The first paragraph as plain text, about 160 to 300 characters, cut at a word; empty where there is none.
    pub excerpt: String,
    /// How many words; each Chinese, Japanese or Korean character counts as one. Code blocks do not count.
    pub words: usize,
    /// Minutes, at least 1.
    pub reading_time: usize,
    /// Where `<!-- more -->` stands: the summary is what ends before this byte of the file.
    pub summary_end: Option<usize>,
}
