//! The walk over a tree, without recursion, so that no depth of quotes in quotes exhausts the stack.

use std::ops::Range;

use crate::content::tree::Kind;
use crate::content::tree::Node;
use crate::content::tree::Tree;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::edition::escape;
use crate::edition::html::Environment;
use crate::edition::html::Part;
use crate::edition::html::Policy;
use crate::edition::html::Rendered;
use crate::edition::html::Word;
use crate::edition::html::footnotes::Footnotes;
use crate::edition::html::table::Table;
use crate::edition::sanitize;

/// What entering a node decides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    /// Its children follow, then it is left.
    Into,
    /// It is done with.
    Past,
}

/// HTML in the making.
pub(super) struct Writer<'r, 's> {
    pub(super) tree: &'r Tree<'s>,
    pub(super) source: &'r Source,
    pub(super) environment: &'r dyn Environment,
    pub(super) policy: Policy,
    pub(super) out: String,
    /// What was written before each enclosing component that is open.
    pub(super) outer: Vec<String>,
    /// Tables are not nested, so one at a time.
    pub(super) table: Table,
    pub(super) footnotes: Footnotes,
    pub(super) images: usize,
    /// By how many levels headings go down.
    pub(super) lowered: u8,
    /// The node of a footnote's last paragraph, in which its way back stands, and its number.
    pub(super) back: Option<(usize, usize)>,
    pub(super) report: Report,
    /// HTML that the sanitiser must not see: what components, images and formulas are. In the text a mark stands for each.
    trusted: Vec<String>,
    /// The character around such marks, which stands nowhere in the source.
    fence: Option<char>,
}

impl<'r, 's> Writer<'r, 's> {
    pub(super) fn new(
        tree: &'r Tree<'s>,
        source: &'r Source,
        environment: &'r dyn Environment,
        policy: Policy,
    ) -> Self {
        let sanitize = policy.sanitize && tree.has_html;
        let fence = sanitize.then(|| ('\u{e000}'..='\u{f8ff}').find(|c| !source.text().contains(*c))).flatten();
        Self {
            tree,
            source,
            environment,
            policy,
            out: String::with_capacity(tree.nodes.last().map_or(0, |node| node.span.end) * 5 / 4),
            outer: Vec::new(),
            table: Table::default(),
            footnotes: Footnotes::new(tree, policy),
            images: 0,
            lowered: lowered(tree, policy.top),
            back: None,
            report: Report::new(),
            trusted: Vec::new(),
            fence,
        }
    }

    pub(super) fn render(mut self) -> Rendered {
        let nodes = &self.tree.nodes;
        let end = match (self.policy.part, self.tree.more) {
            (Part::Summary, Some(more)) => nodes.partition_point(|node| node.span.start < more),
            _ => nodes.len(),
        };
        self.walk(0..end);
        self.write_footnotes();
        if self.policy.sanitize && self.tree.has_html {
            let environment = self.environment;
            let clean = sanitize::clean(&self.out, environment.base(), environment.raw_links().as_deref());
            self.out = self.restored(clean);
        }
        Rendered { html: self.out, report: self.report }
    }

    /// Writes the nodes of a range, which begins and ends between siblings.
    pub(super) fn walk(&mut self, range: Range<usize>) {
        let tree = self.tree;
        let mut open: Vec<usize> = Vec::new();
        let mut at = range.start;
        loop {
            while let Some(index) = open.pop_if(|index| tree.nodes[*index].end <= at) {
                self.leave(index, &tree.nodes[index]);
            }
            let Some(node) = tree.nodes.get(at).filter(|_| at < range.end) else { break };
            match self.enter(at, node) {
                Walk::Into => {
                    open.push(at);
                    at += 1;
                }
                Walk::Past => at = node.end,
            }
        }
    }

    fn enter(&mut self, index: usize, node: &'r Node<'s>) -> Walk {
        match &node.kind {
            Kind::Text(text) => self.text(text),
            Kind::Paragraph
            | Kind::Heading(_)
            | Kind::BlockQuote
            | Kind::Alert(_)
            | Kind::CodeBlock { .. }
            | Kind::HtmlBlock
            | Kind::List { .. }
            | Kind::Item
            | Kind::FootnoteDefinition(_)
            | Kind::DefinitionList
            | Kind::DefinitionTitle
            | Kind::Definition
            | Kind::Rule => return self.enter_block(index, node),
            Kind::Table(_) | Kind::Row { .. } | Kind::Cell => return self.enter_table(index, node),
            _ => return self.enter_inline(index, node),
        }
        Walk::Past
    }

    fn leave(&mut self, index: usize, node: &'r Node<'s>) {
        match &node.kind {
            Kind::Table(_) | Kind::Row { .. } | Kind::Cell => self.leave_table(node),
            Kind::Emphasis
            | Kind::Strong
            | Kind::Strikethrough
            | Kind::Superscript
            | Kind::Subscript
            | Kind::Link(_) => self.leave_inline(node),
            _ => self.leave_block(index, node),
        }
    }

    /// Appends text that is escaped.
    pub(super) fn text(&mut self, text: &str) {
        if self.policy.commonmark {
            escape::attribute(text, &mut self.out);
        } else {
            escape::text(text, &mut self.out);
        }
    }

    /// Appends a word of the program for an attribute.
    pub(super) fn word(&mut self, word: Word) {
        let word = self.environment.word(word);
        escape::attribute(&word, &mut self.out);
    }

    /// Begins a new line, unless one has just begun.
    pub(super) fn line(&mut self) {
        let begun = match self.out.as_bytes().last() {
            Some(b) => *b == b'\n',
            None => true,
        };
        if !begun {
            self.out.push('\n');
        }
    }

    /// Appends HTML that comes from the theme or the program and needs no sanitising.
    pub(super) fn trusted(&mut self, append: impl FnOnce(&mut String)) {
        let Some(fence) = self.fence else { return append(&mut self.out) };
        let mut html = String::new();
        append(&mut html);
        self.out.push(fence);
        self.out.push_str(&self.trusted.len().to_string());
        self.out.push(fence);
        self.trusted.push(html);
    }

    /// Puts what was kept from the sanitiser in its places; what encloses it was trusted later, so the last come first.
    fn restored(&self, html: String) -> String {
        let Some(fence) = self.fence.filter(|_| !self.trusted.is_empty()) else { return html };
        let mut out = String::with_capacity(html.len() + self.trusted.iter().map(String::len).sum::<usize>());
        // Pieces of text still to be written, the next one last; each is a text and whether a mark's number begins it.
        let mut rest: Vec<std::str::Split<'_, char>> = vec![html.split(fence)];
        let mut numbers = vec![false];
        while let (Some(pieces), Some(number)) = (rest.last_mut(), numbers.last_mut()) {
            let Some(piece) = pieces.next() else {
                rest.pop();
                numbers.pop();
                continue;
            };
            if !*number {
                out.push_str(piece);
                *number = true;
                continue;
            }
            *number = false;
            if let Some(trusted) = piece.parse::<usize>().ok().and_then(|at| self.trusted.get(at)) {
                rest.push(trusted.split(fence));
                numbers.push(false);
            }
        }
        out
    }
}

/// By how many levels headings go down so that none stands above `top`.
fn lowered(tree: &Tree<'_>, top: u8) -> u8 {
    let levels = tree.nodes.iter().filter_map(|node| match &node.kind {
        Kind::Heading(heading) => Some(heading.level),
        _ => None,
    });
    levels.min().map_or(0, |highest| top.saturating_sub(highest))
}
