//! Component calls put back into the tree by their offsets.

use std::ops::Range;

use crate::content::autolink;
use crate::content::call::Call;
use crate::content::component::MarkKind;
use crate::content::tree::Kind;
use crate::content::tree::Node;
use crate::content::tree::Text;
use crate::content::tree_builder::TreeBuilder;
use crate::content::tree_builder::verbatim::Verbatim;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;

impl<'s> TreeBuilder<'s, '_> {
    /// Ends a run of text: puts back the calls in it, and finds bare addresses.
    pub(super) fn flush(&mut self) {
        let Some(first) = self.run.take() else { return };
        let span = self.tree.nodes[first].span.start - self.shift
            ..self.tree.nodes.last().map_or(0, |node| node.span.end) - self.shift;
        let marks = self.marks_within(&span);
        let links = self.options.autolink
            && self.in_link == 0
            && autolink::may_have_links(self.body.get(span).unwrap_or_default());
        if marks.is_empty() && !links {
            return;
        }
        let mut run = self.tree.nodes.split_off(first);
        let mut from = 0;
        for index in marks {
            let MarkKind::Inline(call) = &self.marks[index].kind else { continue };
            let Some(at) = run.iter().skip(from).position(|node| holds(node, &call.span)) else { continue };
            let at = from + at;
            let rest = cut(&mut run[at], self.body, self.shift, &call.span);
            self.placed[index] = true;
            self.addresses(&run[from..=at], links);
            let span = call.span.clone();
            let call = self.call(call);
            self.leaf(Kind::Component { call, block: false }, span);
            run[at] = rest;
            from = at;
        }
        self.addresses(&run[from..], links);
    }

    /// Appends text nodes, with bare addresses as links; empty nodes are left out.
    fn addresses(&mut self, run: &[Node<'s>], links: bool) {
        // A backslash leaves a gap; no address runs across it.
        for part in run.chunk_by(|a, b| a.span.end == b.span.start) {
            if links {
                autolink::append(self.body, self.shift, part, &mut self.tree.nodes);
                continue;
            }
            for node in part.iter().filter(|node| !node.span.is_empty()) {
                self.leaf(node.kind.clone(), node.span.clone());
            }
        }
    }

    /// Puts back the calls in an HTML block, and takes out `<!-- more -->`.
    pub(super) fn end_html(&mut self, index: usize, verbatim: Verbatim) {
        let span = verbatim.span.start + self.shift..verbatim.span.end + self.shift;
        let marks = self.marks_within(&verbatim.span);
        let html = verbatim.text(self.body);
        if self.options.components && self.tree.more.is_none() && self.open.is_empty() && is_more(&html) {
            self.tree.more = Some(span.start);
            self.tree.nodes.truncate(index);
            return;
        }
        self.tree.has_html = true;
        // Where a container's prefix (`> `) was cut out of the block, offsets tell nothing; then the calls stay unplaced and are reported.
        let literal = matches!(html, Text::Borrowed(text) if text.len() == span.len());
        let mut rest = Node { kind: Kind::Html(html), span, end: 0 };
        let marks = if literal { marks } else { 0..0 };
        for mark in marks {
            let MarkKind::Inline(call) = &self.marks[mark].kind else { continue };
            let after = cut(&mut rest, self.body, self.shift, &call.span);
            let Kind::Html(before) = &rest.kind else { return };
            // Inside a tag a component cannot stand.
            self.placed[mark] = before.rfind('<').is_none_or(|tag| before[tag..].contains('>'));
            if !rest.span.is_empty() {
                self.leaf(rest.kind, rest.span);
            }
            let span = call.span.clone();
            let call = self.call(call);
            self.leaf(Kind::Component { call, block: false }, span);
            rest = after;
        }
        if !rest.span.is_empty() {
            self.leaf(rest.kind, rest.span);
        }
        self.tree.nodes[index].end = self.tree.nodes.len();
    }

    fn call(&mut self, call: &Call) -> usize {
        self.tree.calls.push(call.clone());
        self.tree.calls.len() - 1
    }

    /// The inline and other marks that lie in a range of the body, by index.
    fn marks_within(&self, span: &Range<usize>) -> Range<usize> {
        if self.marks.is_empty() {
            return 0..0;
        }
        let first = self.marks.partition_point(|mark| mark.span.start < span.start);
        let end = self.marks.partition_point(|mark| mark.span.start < span.end);
        first..end.max(first)
    }

    /// The mark of a line that an HTML block is the mask of.
    pub(super) fn line_mark(&self, block: &Range<usize>) -> Option<usize> {
        let index = self.marks_within(block).next()?;
        let mark = &self.marks[index];
        let before = self.body.get(block.start..mark.span.start)?;
        (!matches!(mark.kind, MarkKind::Inline(_)) && before.trim().is_empty()).then_some(index)
    }

    /// A line that opens or closes an enclosing component.
    pub(super) fn line(&mut self, mark: usize) {
        self.placed[mark] = true;
        match &self.marks[mark].kind {
            MarkKind::Inline(_) => {}
            MarkKind::Open(call) => {
                let span = call.span.clone();
                let call = self.call(call);
                self.open.push(self.tree.nodes.len());
                self.leaf(Kind::Component { call, block: true }, span);
            }
            MarkKind::Close(name) => {
                let named = |builder: &Self, index: &usize| match builder.tree.nodes[*index].kind {
                    Kind::Component { call, .. } => Some(builder.tree.calls[call].name.value == name.value),
                    _ => None,
                };
                let inner = self.open.iter().rev().map_while(|index| named(self, index)).position(|same| same);
                let Some(inner) = inner else {
                    let message = format!("`</{}>` closes nothing", name.value);
                    let hint = format!("open it by {{% <{} …> %}}, in the same list item or quote", name.value);
                    let diagnostic = Diagnostic::error("misplaced-component", message);
                    self.report.push(diagnostic.at(self.source, name.span.clone()).hint(hint));
                    return;
                };
                for _ in 0..inner {
                    if let Some(index) = self.open.pop() {
                        self.tree.nodes[index].end = self.tree.nodes.len();
                        if let Kind::Component { call, .. } = self.tree.nodes[index].kind {
                            self.unclosed(call);
                        }
                    }
                }
                if let Some(index) = self.open.pop() {
                    let end = self.tree.nodes.len();
                    let node = &mut self.tree.nodes[index];
                    node.end = end;
                    node.span.end = self.marks[mark].span.end + self.shift;
                }
            }
        }
    }

    pub(super) fn unclosed(&mut self, call: usize) {
        let call = &self.tree.calls[call];
        let message = format!("`{}` is not closed", call.name.value);
        let hint =
            format!("close it by {{% </{}> %}} on a line of its own, in the same list item or quote", call.name.value);
        let diagnostic = Diagnostic::error("unclosed-component", message).at(self.source, call.span.clone()).hint(hint);
        self.report.push(diagnostic);
    }

    /// A paragraph of nothing but calls, each on a line of its own, is no paragraph.
    pub(super) fn unwrap_components(&mut self, index: usize) {
        let inner = &self.tree.nodes[index + 1..];
        if !matches!(inner.first(), Some(Node { kind: Kind::Component { .. }, .. })) {
            return;
        }
        let only_calls = inner.chunks(2).all(|pair| match pair {
            [call] => matches!(call.kind, Kind::Component { .. }),
            [call, line_end, ..] => {
                matches!(call.kind, Kind::Component { .. }) && matches!(line_end.kind, Kind::SoftBreak)
            }
            [] => true,
        });
        if !only_calls {
            return;
        }
        let inner = self.tree.nodes.split_off(index + 1);
        self.tree.nodes.pop();
        for node in inner {
            if let Kind::Component { call, .. } = node.kind {
                self.leaf(Kind::Component { call, block: true }, node.span);
            }
        }
    }

    /// Reports the calls that the parse did not leave where a component may stand.
    pub(super) fn report_misplaced(&self, report: &mut Report) {
        for (mark, _) in self.marks.iter().zip(&self.placed).filter(|(_, placed)| !**placed) {
            let (name, hint) = match &mark.kind {
                MarkKind::Inline(call) => (
                    &call.name,
                    "a component may stand where a word or a paragraph may, but not in a link's address or a tag",
                ),
                MarkKind::Open(call) => {
                    (&call.name, "leave an empty line before it, and indent it as the text around it")
                }
                MarkKind::Close(name) => (name, "leave an empty line before it, and indent it as the text around it"),
            };
            let span = mark.span.start + self.shift..mark.span.end + self.shift;
            let message = format!("no component may stand here: `{}`", name.value);
            report.push(Diagnostic::error("misplaced-component", message).at(self.source, span).hint(hint));
        }
    }
}

/// Whether a literal text node holds a stretch of the file.
fn holds(node: &Node<'_>, span: &Range<usize>) -> bool {
    node.span.start <= span.start
        && span.end <= node.span.end
        && matches!(&node.kind, Kind::Text(Text::Borrowed(text)) if text.len() == node.span.len())
}

/// Cuts a literal node in two around a stretch of the file: it keeps what is before; what is after is returned.
fn cut<'s>(node: &mut Node<'s>, body: &'s str, shift: usize, out: &Range<usize>) -> Node<'s> {
    let (start, end) = (node.span.start, node.span.end);
    let piece =
        |range: Range<usize>| Text::Borrowed(body.get(range.start - shift..range.end - shift).unwrap_or_default());
    let of_kind = |text: Text<'s>| match node.kind {
        Kind::Html(_) => Kind::Html(text),
        _ => Kind::Text(text),
    };
    let after = Node { kind: of_kind(piece(out.end..end)), span: out.end..end, end: node.end };
    node.kind = of_kind(piece(start..out.start));
    node.span = start..out.start;
    after
}

/// Whether raw HTML is `<!-- more -->`.
fn is_more(html: &str) -> bool {
    let inner = html.trim().strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->"));
    inner.is_some_and(|inner| inner.trim().eq_ignore_ascii_case("more"))
}
