//! Markdown text to a [`Tree`].

/// Which Markdown. [`Options::default`] is what sites get; [`Options::COMMONMARK`] is the bare standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Component calls.
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
