//! pulldown-cmark's events to a [`Tree`], with the masked calls put back by their offsets.

mod calls;
mod verbatim;

use std::ops::Range;

use pulldown_cmark::CodeBlockKind;
use pulldown_cmark::Event;
use pulldown_cmark::LinkType;
use pulldown_cmark::Tag;

use crate::content::component::Mark;
use crate::content::component::Scan;
use crate::content::heading_ids;
use crate::content::markdown::Options;
use crate::content::tree::Heading;
use crate::content::tree::Kind;
use crate::content::tree::Link;
use crate::content::tree::LinkKind;
use crate::content::tree::Node;
use crate::content::tree::Text;
use crate::content::tree::Tree;
use crate::content::tree_builder::verbatim::Verbatim;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;

/// A tree in the making.
pub(in crate::content) struct TreeBuilder<'s, 'm> {
    source: &'s Source,
    body: &'s str,
    shift: usize,
    options: Options,
    marks: &'m [Mark],
    /// Which marks came back out of the parse.
    placed: Vec<bool>,
    tree: Tree<'s>,
    /// Nodes whose end is not known yet.
    open: Vec<usize>,
    /// The first text node since anything else came.
    run: Option<usize>,
    /// How many links and images are open: no autolinks there.
    in_link: usize,
    /// The text of an open block of code or raw HTML.
    verbatim: Option<Verbatim>,
    /// An HTML block that is the mask of a line, to be skipped until it ends.
    masked_block: bool,
    headings: Vec<usize>,
    report: Report,
}

impl<'s, 'm> TreeBuilder<'s, 'm> {
    pub(in crate::content) fn new(
        source: &'s Source,
        body: &'s str,
        shift: usize,
        options: Options,
        scan: &'m Scan,
    ) -> Self {
        let tree = Tree { nodes: Vec::with_capacity(body.len() / 32), ..Tree::default() };
        Self {
            source,
            body,
            shift,
            options,
            marks: &scan.marks,
            placed: vec![false; scan.marks.len()],
            tree,
            open: Vec::new(),
            run: None,
            in_link: 0,
            verbatim: None,
            masked_block: false,
            headings: Vec::new(),
            report: Report::new(),
        }
    }

    /// Takes one event of the parse of `text`: the body, or the body with masks in it.
    pub(in crate::content) fn event(&mut self, event: Event<'_>, span: Range<usize>, text: &str) {
        if self.masked_block {
            self.masked_block = !matches!(event, Event::End(_));
            return;
        }
        if let Event::Text(content) = event {
            return self.text(self.rebased(content, text), span);
        }
        self.flush();
        let at = span.start + self.shift..span.end + self.shift;
        match event {
            Event::Start(tag) => self.start(tag, span, text),
            Event::End(_) => self.end(),
            Event::Text(_) => {}
            Event::Code(content) => self.leaf(Kind::Code(self.rebased(content, text)), at),
            Event::InlineMath(content) => {
                self.leaf(Kind::Math { text: self.rebased(content, text), display: false }, at);
            }
            Event::DisplayMath(content) => {
                self.leaf(Kind::Math { text: self.rebased(content, text), display: true }, at);
            }
            Event::Html(content) => {
                let content = self.rebased(content, text);
                if let Some(verbatim) = &mut self.verbatim {
                    verbatim.push(self.body, &content, &span);
                }
            }
            Event::InlineHtml(content) => {
                self.tree.has_html = true;
                self.leaf(Kind::Html(self.rebased(content, text)), at);
            }
            Event::FootnoteReference(label) => {
                self.leaf(Kind::FootnoteReference(self.rebased(label, text)), at);
            }
            Event::SoftBreak => self.leaf(Kind::SoftBreak, at),
            Event::HardBreak => self.leaf(Kind::HardBreak, at),
            Event::Rule => self.leaf(Kind::Rule, at),
            Event::TaskListMarker(done) => self.leaf(Kind::TaskMarker(done), at),
        }
    }

    /// The tree, and what was found wrong.
    pub(in crate::content) fn finish(mut self, report: &mut Report) -> Tree<'s> {
        self.flush();
        while !self.open.is_empty() {
            self.end();
        }
        self.report_misplaced(report);
        if self.options.heading_ids {
            heading_ids::assign(&mut self.tree, &self.headings, self.source, &mut self.report);
        }
        report.merge(self.report);
        self.tree
    }

    fn start(&mut self, tag: Tag<'_>, span: Range<usize>, text: &str) {
        let at = span.start + self.shift..span.end + self.shift;
        let kind = match tag {
            Tag::Paragraph => Kind::Paragraph,
            Tag::Heading { level, id, classes, attrs } => {
                self.headings.push(self.tree.nodes.len());
                Kind::Heading(Box::new(Heading {
                    level: level as u8,
                    id: id.map_or(Text::Borrowed(""), |id| self.rebased(id, text)),
                    classes: classes.into_iter().map(|class| self.rebased(class, text)).collect(),
                    attributes: attrs
                        .into_iter()
                        .map(|(key, value)| (self.rebased(key, text), value.map(|value| self.rebased(value, text))))
                        .collect(),
                }))
            }
            Tag::BlockQuote(None) => Kind::BlockQuote,
            Tag::BlockQuote(Some(alert)) => Kind::Alert(alert),
            Tag::CodeBlock(CodeBlockKind::Indented) => {
                Kind::CodeBlock { info: Text::Borrowed(""), text: Text::Borrowed(""), fenced: false }
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                Kind::CodeBlock { info: self.rebased(info, text), text: Text::Borrowed(""), fenced: true }
            }
            Tag::HtmlBlock => {
                if let Some(mark) = self.line_mark(&span) {
                    self.masked_block = true;
                    return self.line(mark);
                }
                Kind::HtmlBlock
            }
            Tag::List(start) => Kind::List { start, tight: true },
            Tag::Item => Kind::Item,
            Tag::FootnoteDefinition(label) => Kind::FootnoteDefinition(self.rebased(label, text)),
            Tag::DefinitionList => Kind::DefinitionList,
            Tag::DefinitionListTitle => Kind::DefinitionTitle,
            Tag::DefinitionListDefinition => Kind::Definition,
            Tag::Table(alignments) => Kind::Table(alignments),
            Tag::TableHead => Kind::Row { head: true },
            Tag::TableRow => Kind::Row { head: false },
            Tag::TableCell => Kind::Cell,
            Tag::Emphasis => Kind::Emphasis,
            Tag::Strong => Kind::Strong,
            Tag::Strikethrough => Kind::Strikethrough,
            Tag::Superscript => Kind::Superscript,
            Tag::Subscript => Kind::Subscript,
            Tag::Link { link_type, dest_url, title, .. } => {
                self.in_link += 1;
                Kind::Link(Box::new(self.link(link_type, dest_url, title, &at, text)))
            }
            Tag::Image { link_type, dest_url, title, .. } => {
                self.in_link += 1;
                Kind::Image(Box::new(self.link(link_type, dest_url, title, &at, text)))
            }
            // Front matter is cut off before; the extension is never on.
            Tag::MetadataBlock(_) => Kind::HtmlBlock,
        };
        if matches!(kind, Kind::CodeBlock { .. } | Kind::HtmlBlock) {
            self.verbatim = Some(Verbatim::default());
        }
        self.open.push(self.tree.nodes.len());
        self.leaf(kind, at);
    }

    fn link(&self, kind: LinkType, dest: Text<'_>, title: Text<'_>, at: &Range<usize>, text: &str) -> Link<'s> {
        let kind = match kind {
            LinkType::Inline => LinkKind::Inline,
            LinkType::Autolink => LinkKind::Autolink,
            LinkType::Email => LinkKind::Email,
            LinkType::WikiLink { has_pothole } => LinkKind::Wikilink { piped: has_pothole },
            _ => LinkKind::Reference,
        };
        let dest_span = match offset_in(&dest, text) {
            Some(start) if !dest.is_empty() => start + self.shift..start + self.shift + dest.len(),
            _ => at.clone(),
        };
        Link { dest: self.rebased(dest, text), dest_span, title: self.rebased(title, text), kind }
    }

    /// Closes the node opened last, and enclosing components that were not closed within it.
    fn end(&mut self) {
        while let Some(index) = self.open.pop() {
            let end = self.tree.nodes.len();
            self.tree.nodes[index].end = end;
            match &mut self.tree.nodes[index].kind {
                Kind::Component { call, .. } => {
                    let call = *call;
                    self.unclosed(call);
                    if !self.open.is_empty() {
                        continue;
                    }
                }
                Kind::Link(_) | Kind::Image(_) => self.in_link = self.in_link.saturating_sub(1),
                Kind::Paragraph => self.unwrap_components(index),
                Kind::List { .. } => self.mark_loose(index),
                Kind::HtmlBlock => {
                    if let Some(verbatim) = self.verbatim.take() {
                        self.end_html(index, verbatim);
                    }
                }
                Kind::CodeBlock { text, .. } => {
                    if let Some(verbatim) = self.verbatim.take() {
                        *text = verbatim.text(self.body);
                    }
                }
                _ => {}
            }
            return;
        }
    }

    fn leaf(&mut self, kind: Kind<'s>, span: Range<usize>) {
        let end = self.tree.nodes.len() + 1;
        self.tree.nodes.push(Node { kind, span, end });
    }

    fn text(&mut self, content: Text<'s>, span: Range<usize>) {
        if let Some(verbatim) = &mut self.verbatim {
            return verbatim.push(self.body, &content, &span);
        }
        let at = span.start + self.shift..span.end + self.shift;
        if self.run.is_some()
            && let (Text::Borrowed(more), Some(Node { kind: Kind::Text(Text::Borrowed(so_far)), span: last, .. })) =
                (&content, self.tree.nodes.last_mut())
            && last.end == at.start
            && so_far.len() == last.len()
            && more.len() == at.len()
            && let Some(joined) = self.body.get(last.start - self.shift..span.end)
        {
            *so_far = joined;
            last.end = at.end;
            return;
        }
        self.run.get_or_insert(self.tree.nodes.len());
        self.leaf(Kind::Text(content), at);
    }

    /// A list with a paragraph directly in an item is loose (CommonMark §5.3, seen from its result).
    fn mark_loose(&mut self, index: usize) {
        let loose = self
            .tree
            .children(index)
            .any(|item| self.tree.children(item).any(|child| matches!(self.tree.nodes[child].kind, Kind::Paragraph)));
        if let Kind::List { tight, .. } = &mut self.tree.nodes[index].kind {
            *tight = !loose;
        }
    }

    /// The same text, borrowed from the body instead of from the masked copy that was parsed.
    fn rebased(&self, content: Text<'_>, text: &str) -> Text<'s> {
        if let Text::Borrowed(borrowed) = content
            && let Some(start) = offset_in(&content, text)
            && let Some(original) = self.body.get(start..start + borrowed.len())
        {
            return Text::Borrowed(original);
        }
        content.into_static()
    }
}

/// Where a borrowed text stands in the text that it was borrowed from.
fn offset_in(content: &Text<'_>, text: &str) -> Option<usize> {
    let Text::Borrowed(borrowed) = content else { return None };
    let start = (borrowed.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    (start + borrowed.len() <= text.len()).then_some(start)
}
