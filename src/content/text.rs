//! The words of a tree without its marks.

use std::ops::Range;

use crate::content::tree::Kind;
use crate::content::tree::Tree;

/// Appends the plain text of the nodes `range` of a tree: texts, code spans, TeX sources; a space for each line break; nothing of code blocks, raw HTML, components and footnote
/// references. Blocks are not set apart: ask for one at a time.
pub fn append_plain(tree: &Tree<'_>, range: Range<usize>, out: &mut String) {
    for node in tree.nodes.get(range).unwrap_or_default() {
        match &node.kind {
            Kind::Text(text) | Kind::Code(text) | Kind::Math { text, .. } => out.push_str(text),
            Kind::SoftBreak | Kind::HardBreak => out.push(' '),
            _ => {}
        }
    }
}

/// The plain text of one node and its descendants, as [`append_plain`].
#[must_use]
pub fn plain(tree: &Tree<'_>, node: usize) -> String {
    let mut out = String::new();
    let end = tree.nodes.get(node).map_or(node, |n| n.end);
    append_plain(tree, node..end, &mut out);
    out
}
