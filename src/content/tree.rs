//! The Markdown tree: what a body says, each part with its bytes in the file. Flat, in the order of the text, so that neither depth nor size is a danger.

use std::ops::Range;

pub use pulldown_cmark::Alignment;
pub use pulldown_cmark::BlockQuoteKind as AlertKind;
/// Text that borrows from the file where the file says it literally, and owns what differs (entities, typographic marks).
pub use pulldown_cmark::CowStr as Text;

use crate::content::call::Call;

/// A body as a tree. Nodes stand in the order of the text; each knows where its descendants end.
#[derive(Clone, Debug, Default)]
pub struct Tree<'a> {
    /// All nodes, parents before their children.
    pub nodes: Vec<Node<'a>>,
    /// The component calls that [`Kind::Component`] refers to, in the order of the text.
    pub calls: Vec<Call>,
    /// Whether raw HTML stands anywhere in it.
    pub has_html: bool,
    /// Where `<!-- more -->` stands: bytes of the file.
    pub more: Option<usize>,
}

/// One part of a body.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// What it is.
    pub kind: Kind<'a>,
    /// Bytes of the file.
    pub span: Range<usize>,
    /// The index after its last descendant in [`Tree::nodes`]; its own index and one for a leaf.
    pub end: usize,
}

/// What a node is. Those that may have children say which.
#[derive(Clone, Debug)]
pub enum Kind<'a> {
    /// Inline children.
    Paragraph,
    /// Inline children.
    Heading(Box<Heading<'a>>),
    /// Block children.
    BlockQuote,
    /// Block children: `> [!NOTE]`.
    Alert(AlertKind),
    /// A code block; a leaf.
    CodeBlock {
        /// What follows the fence: `rust {2,4-6}`; empty for indented code.
        info: Text<'a>,
        /// The code with its line ends.
        text: Text<'a>,
        /// Whether it stands between fences.
        fenced: bool,
    },
    /// A block of raw HTML; children are [`Kind::Html`] and [`Kind::Component`].
    HtmlBlock,
    /// Raw HTML of a block, or one inline tag; a leaf.
    Html(Text<'a>),
    /// Children are items.
    List {
        /// The first number of an ordered list.
        start: Option<u64>,
        /// Whether its items are not set apart: their paragraphs have no [`Kind::Paragraph`].
        tight: bool,
    },
    /// Block children, or inline ones in a tight list.
    Item,
    /// `[ ]` or `[x]` at the start of an item; a leaf.
    TaskMarker(bool),
    /// Children are rows, the first of them the head.
    Table(Vec<Alignment>),
    /// Children are cells.
    Row {
        /// Whether it is the head.
        head: bool,
    },
    /// Inline children.
    Cell,
    /// Block children; the label is unique.
    FootnoteDefinition(Text<'a>),
    /// A leaf; its definition exists.
    FootnoteReference(Text<'a>),
    /// Children are titles and definitions.
    DefinitionList,
    /// Inline children.
    DefinitionTitle,
    /// Block children.
    Definition,
    /// Inline children.
    Emphasis,
    /// Inline children.
    Strong,
    /// Inline children.
    Strikethrough,
    /// Inline children.
    Superscript,
    /// Inline children.
    Subscript,
    /// Inline children.
    Link(Box<Link<'a>>),
    /// Inline children: the alternative text.
    Image(Box<Link<'a>>),
    /// A leaf.
    Text(Text<'a>),
    /// A code span; a leaf.
    Code(Text<'a>),
    /// A line end within a paragraph; a leaf.
    SoftBreak,
    /// A break that the author asked for; a leaf.
    HardBreak,
    /// A thematic break; a leaf.
    Rule,
    /// TeX between `$` or `$$`; a leaf.
    Math {
        /// The TeX source.
        text: Text<'a>,
        /// Whether it was between `$$`.
        display: bool,
    },
    /// A component call, by its index in [`Tree::calls`].
    Component {
        /// Index in [`Tree::calls`].
        call: usize,
        /// Whether it stands where a block may stand; only then it may have children (block ones).
        block: bool,
    },
}

/// A heading.
#[derive(Clone, Debug)]
pub struct Heading<'a> {
    /// From 1 to 6.
    pub level: u8,
    /// Unique in the body and never empty, except where [`crate::content::markdown::Options::heading_ids`] is off.
    pub id: Text<'a>,
    /// Classes from `{.x}`.
    pub classes: Vec<Text<'a>>,
    /// Other attributes from `{key=value}`.
    pub attributes: Vec<(Text<'a>, Option<Text<'a>>)>,
}

/// A link or an image.
#[derive(Clone, Debug)]
pub struct Link<'a> {
    /// The destination as written, escapes and entities resolved; without `mailto:` for [`LinkKind::Email`].
    pub dest: Text<'a>,
    /// Where the destination stands in the file: at a reference link in its definition. The whole link where it could not be told.
    pub dest_span: Range<usize>,
    /// The title; may be empty.
    pub title: Text<'a>,
    /// How it was written.
    pub kind: LinkKind,
}

/// How a link was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// `[text](dest)`.
    Inline,
    /// `[text][label]` and the like.
    Reference,
    /// `<https://…>` or a bare URL.
    Autolink,
    /// `<a@b.c>` or a bare e-mail address.
    Email,
    /// `[[dest]]` or `[[dest|text]]`.
    Wikilink {
        /// Whether it has a text of its own.
        piped: bool,
    },
}

impl<'a> Tree<'a> {
    /// The indices of the nodes that stand at the top.
    pub fn roots(&self) -> Siblings<'_, 'a> {
        Siblings { tree: self, at: 0, end: self.nodes.len() }
    }

    /// The indices of a node's children.
    #[must_use]
    pub fn children(&self, node: usize) -> Siblings<'_, 'a> {
        let end = self.nodes.get(node).map_or(0, |node| node.end);
        Siblings { tree: self, at: node + 1, end }
    }

    /// Whether nothing of it can be seen: there are no words, pictures or calls, and of HTML only comments.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        let mut html = String::new();
        for node in &self.nodes {
            match &node.kind {
                Kind::Html(text) => html.push_str(text),
                Kind::Text(text) if text.trim().is_empty() => {}
                Kind::Text(_)
                | Kind::Code(_)
                | Kind::CodeBlock { .. }
                | Kind::Image(_)
                | Kind::Math { .. }
                | Kind::Component { .. } => return false,
                _ => {}
            }
        }
        // A comment of several lines is as many nodes.
        let mut rest = &*html;
        while let Some((before, comment)) = rest.split_once("<!--") {
            if !before.trim().is_empty() {
                return false;
            }
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        }
        rest.trim().is_empty()
    }
}

/// Indices of nodes with one parent, in the order of the text.
#[derive(Clone, Debug)]
pub struct Siblings<'t, 'a> {
    tree: &'t Tree<'a>,
    at: usize,
    end: usize,
}

impl Iterator for Siblings<'_, '_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = self.at;
        let node = (at < self.end).then(|| self.tree.nodes.get(at)).flatten()?;
        self.at = node.end;
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use crate::content::markdown;
    use crate::content::markdown::Options;
    use crate::diagnostic::source::Source;

    #[test]
    fn comments_say_nothing() {
        let says_nothing = |text: &str| {
            let source = Source::new("a.md", text.to_owned());
            markdown::parse(&source, 0..text.len(), Options::default()).0.says_nothing()
        };
        for text in [
            "",
            "\n \n",
            "<!-- to be written -->\n",
            "<!-- of\n\nseveral\nlines -->\n\n<!-- and another -->",
            "<!-- more -->",
            "[label]: https://example.com\n",
            "<!-- not closed",
            "---\n",
        ] {
            assert!(says_nothing(text), "{text:?}");
        }
        for text in [
            "A word",
            "<!-- a --> b",
            "<!-- a -->\n\n- b",
            "![](a.jpg)",
            "`x`",
            "{{<box />}}",
            "<p>HTML</p>",
            "<hr><!-- a -->",
            "    code",
        ] {
            assert!(!says_nothing(text), "{text:?}");
        }
    }
}
