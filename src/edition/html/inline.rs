//! What stands within a line.

use crate::content::text;
use crate::content::tree::Kind;
use crate::content::tree::Link;
use crate::content::tree::LinkKind;
use crate::content::tree::Node;
use crate::diagnostic::report::Diagnostic;
use crate::edition::escape;
use crate::edition::html::Image;
use crate::edition::html::Word;
use crate::edition::html::writer::Walk;
use crate::edition::html::writer::Writer;
use crate::edition::math;
use crate::edition::sanitize;

impl<'r, 's> Writer<'r, 's> {
    pub(super) fn enter_inline(&mut self, index: usize, node: &'r Node<'s>) -> Walk {
        match &node.kind {
            Kind::Emphasis => self.out.push_str("<em>"),
            Kind::Strong => self.out.push_str("<strong>"),
            Kind::Strikethrough => self.out.push_str("<del>"),
            Kind::Superscript => self.out.push_str("<sup>"),
            Kind::Subscript => self.out.push_str("<sub>"),
            Kind::Link(link) => return self.enter_link(link),
            Kind::Component { call, block } => return self.enter_component(*call, *block),
            Kind::Image(image) => {
                self.image(index, image);
                return Walk::Past;
            }
            other => {
                self.leaf(other, node);
                return Walk::Past;
            }
        }
        Walk::Into
    }

    pub(super) fn leave_inline(&mut self, node: &'r Node<'s>) {
        self.out.push_str(match &node.kind {
            Kind::Emphasis => "</em>",
            Kind::Strong => "</strong>",
            Kind::Strikethrough => "</del>",
            Kind::Superscript => "</sup>",
            Kind::Subscript => "</sub>",
            _ => "</a>",
        });
    }

    fn leaf(&mut self, kind: &'r Kind<'s>, node: &Node<'_>) {
        match kind {
            Kind::Code(text) => {
                self.out.push_str("<code>");
                self.text(text);
                self.out.push_str("</code>");
            }
            Kind::Html(html) => self.out.push_str(html),
            Kind::SoftBreak => self.out.push('\n'),
            Kind::HardBreak => self.out.push_str(if self.policy.commonmark { "<br />\n" } else { "<br>\n" }),
            Kind::TaskMarker(done) => self.task_marker(*done),
            Kind::FootnoteReference(label) => self.footnote_reference(label),
            Kind::Math { text, display } => self.math(text, *display, node),
            _ => {}
        }
    }

    fn enter_link(&mut self, link: &'r Link<'s>) -> Walk {
        self.out.push_str("<a href=\"");
        match link.kind {
            LinkKind::Email => {
                self.out.push_str("mailto:");
                escape::href(&link.dest, &mut self.out);
            }
            _ => {
                let address = self.environment.link(&link.dest, &link.dest_span);
                escape::href(&address, &mut self.out);
            }
        }
        if !link.title.is_empty() {
            self.out.push_str("\" title=\"");
            escape::attribute(&link.title, &mut self.out);
        }
        self.out.push_str("\">");
        if link.kind == (LinkKind::Wikilink { piped: false })
            && let Some(text) = self.environment.wikilink_text(&link.dest, &link.dest_span)
        {
            self.text(&text);
            self.out.push_str("</a>");
            return Walk::Past;
        }
        Walk::Into
    }

    fn image(&mut self, index: usize, link: &'r Link<'s>) {
        let end = self.tree.nodes[index].end;
        let mut alt = String::new();
        text::append_plain(self.tree, index + 1..end, &mut alt);
        let alone = index
            .checked_sub(1)
            .and_then(|before| self.tree.nodes.get(before))
            .is_some_and(|before| matches!(before.kind, Kind::Paragraph) && before.end == end);
        // Alone and titled, it is a figure; the caption says the title already.
        let title = if alone && !self.policy.commonmark { "" } else { &*link.title };
        let position = self.images;
        self.images += 1;
        let (dest, span) = (&*link.dest, link.dest_span.clone());
        let image = Image { dest, span, alt: &alt, title, position, alone };
        let environment = self.environment;
        self.trusted(|out| environment.image(&image, out));
    }

    fn task_marker(&mut self, done: bool) {
        if self.policy.mail {
            return self.mail_task_marker(done);
        }
        let word = self.environment.word(if done { Word::TaskDone } else { Word::TaskOpen });
        // The sanitiser lets no box of a form through.
        self.trusted(|out| {
            out.push_str("<input type=\"checkbox\" disabled");
            out.push_str(if done { " checked aria-label=\"" } else { " aria-label=\"" });
            escape::attribute(&word, out);
            out.push_str("\">");
        });
        self.out.push(' ');
    }

    fn math(&mut self, tex: &str, display: bool, node: &Node<'_>) {
        if self.policy.mail {
            return self.mail_math(tex, display);
        }
        let mut html = String::new();
        match math::append(tex, display, &mut html) {
            Ok(()) => self.trusted(|out| out.push_str(&html)),
            Err(reason) => {
                let diagnostic = Diagnostic::error("bad-math", format!("this formula is not TeX: {reason}"));
                self.report.push(diagnostic.at(self.source, node.span.clone()));
                self.out.push_str("<code>");
                self.text(tex);
                self.out.push_str("</code>");
            }
        }
    }

    /// A call that encloses nothing is written at once; before one that encloses something, what was written so far is put aside.
    fn enter_component(&mut self, call: usize, block: bool) -> Walk {
        let Some(call) = self.tree.calls.get(call) else { return Walk::Past };
        if call.encloses {
            self.outer.push(std::mem::take(&mut self.out));
            return Walk::Into;
        }
        let environment = self.environment;
        if block {
            self.line();
        }
        self.trusted(|out| environment.component(call, None, out));
        if block {
            self.line();
        }
        Walk::Past
    }

    pub(super) fn leave_component(&mut self, call: usize) {
        let (Some(outer), Some(call)) = (self.outer.pop(), self.tree.calls.get(call)) else { return };
        let mut body = std::mem::replace(&mut self.out, outer);
        // The component's own HTML is trusted; what it encloses is not, so it is cleaned by itself.
        if self.policy.sanitize && self.tree.has_html {
            let environment = self.environment;
            body = sanitize::clean(&body, environment.base(), environment.raw_links().as_deref());
        }
        let environment = self.environment;
        self.line();
        self.trusted(|out| environment.component(call, Some(&body), out));
        self.line();
    }
}
