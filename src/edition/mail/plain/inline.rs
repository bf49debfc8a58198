//! What stands within a line.

use std::borrow::Cow;
use std::fmt::Write;

use crate::content::text;
use crate::content::tree::Kind;
use crate::content::tree::Link;
use crate::content::tree::LinkKind;
use crate::content::tree::Node;
use crate::edition::html::Word;
use crate::edition::mail::plain::from_html;
use crate::edition::mail::plain::writer::Writer;
use crate::edition::sanitize;

impl<'r, 's> Writer<'r, 's> {
    /// Appends what a leaf says, or what stands before the children of an inline node.
    pub(super) fn enter_inline(&mut self, index: usize, node: &'r Node<'s>) {
        match &node.kind {
            Kind::Text(text) | Kind::Code(text) => self.line.push_str(text),
            Kind::Math { text, display: false } => self.line.push_str(text.trim()),
            Kind::Math { text, display: true } => self.display_math(text),
            Kind::SoftBreak => self.soft_break(),
            Kind::HardBreak => self.line.push('\n'),
            Kind::Strikethrough => self.line.push('~'),
            Kind::Superscript => self.line.push('^'),
            Kind::Html(html) => self.inline_html(html),
            Kind::TaskMarker(done) => self.line.push_str(if *done { "[x] " } else { "[ ] " }),
            Kind::FootnoteReference(label) => {
                if let Some(number) = self.note(label) {
                    let _ = write!(self.line, " ({number})");
                }
            }
            Kind::Image(image) => {
                let mut alt = String::new();
                text::append_plain(self.tree, index + 1..node.end, &mut alt);
                self.picture(&alt);
                self.caption(index, node, &image.title);
            }
            Kind::Link(link) => self.enter_link(link),
            _ => {}
        }
    }

    /// Appends what stands after the children of an inline node.
    pub(super) fn leave_inline(&mut self, node: &'r Node<'s>) {
        match &node.kind {
            Kind::Strikethrough => self.line.push('~'),
            Kind::Link(link) => self.leave_link(link),
            _ => {}
        }
    }

    /// Appends what is to be said in place of a picture.
    fn picture(&mut self, alt: &str) {
        let alt = alt.trim();
        if !alt.is_empty() {
            let _ = write!(self.line, "[{alt}]");
        }
    }

    /// The title of an image that stands alone in its paragraph is its caption.
    fn caption(&mut self, index: usize, node: &Node<'_>, title: &str) {
        let before = index.checked_sub(1).and_then(|before| self.tree.nodes.get(before));
        let alone = before.is_some_and(|before| matches!(before.kind, Kind::Paragraph) && before.end == node.end);
        if alone && !title.trim().is_empty() {
            self.line.push('\n');
            self.line.push_str(title.trim());
        }
    }

    fn soft_break(&mut self) {
        self.line.push(' ');
    }

    /// A formula on lines of its own.
    fn display_math(&mut self, tex: &str) {
        if !self.line.is_empty() && !self.line.ends_with('\n') {
            self.line.push('\n');
        }
        for line in tex.trim().lines() {
            // No-break spaces, so that the indent is kept and the formula whole.
            self.line.push_str("\u{a0}\u{a0}\u{a0}\u{a0}");
            self.line.push_str(&line.trim().replace(' ', "\u{a0}"));
            self.line.push('\n');
        }
    }

    /// Tags of raw HTML come one by one. What stands between two that say nothing is taken back when the second one comes.
    fn inline_html(&mut self, tag: &str) {
        let inner = tag.trim_start_matches('<');
        let (closes, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        let name: String = inner.chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        match (name.as_str(), closes) {
            ("br", _) => self.line.push('\n'),
            ("img", _) => {
                let said = from_html::flat(tag, self.environment, self.links);
                self.line.push_str(&said);
            }
            ("a", false) => self.raw_links.push((self.line.len(), from_html::address(tag, self.environment))),
            ("a", true) => {
                if let Some((start, Some(address))) = self.raw_links.pop() {
                    from_html::number(&mut self.line, start, &address, self.links);
                }
            }
            (name, false) if sanitize::is_silent(name) && self.silent.is_none() => {
                self.silent = Some((name.to_owned(), self.line.len()));
            }
            (name, true) => {
                if let Some((_, start)) = self.silent.take_if(|(open, _)| open == name) {
                    self.line.truncate(start);
                }
            }
            _ => {}
        }
    }

    fn enter_link(&mut self, link: &'r Link<'s>) {
        self.open_links.push(self.line.len());
        if let Some(text) = self.name(link) {
            self.line.push_str(&text);
        }
    }

    /// What a `[[wikilink]]` without words of its own says.
    fn name(&self, link: &'r Link<'s>) -> Option<Cow<'r, str>> {
        let bare = link.kind == (LinkKind::Wikilink { piped: false });
        bare.then(|| self.environment.wikilink_text(&link.dest, &link.dest_span)).flatten()
    }

    pub(super) fn is_named(&self, link: &'r Link<'s>) -> bool {
        self.name(link).is_some()
    }

    /// Appends the number of the address, unless the text is the address or the link leads to a place of the text itself.
    fn leave_link(&mut self, link: &'r Link<'s>) {
        let start = self.open_links.pop().unwrap_or_default();
        if link.kind == LinkKind::Email {
            return;
        }
        let address = self.environment.link(&link.dest, &link.dest_span);
        let text = self.line.get(start..).unwrap_or_default().trim();
        let bare = |text: &str| text.trim_end_matches('/').trim_start_matches("https://").to_lowercase();
        if address.starts_with('#') || address.is_empty() || text == address {
            return;
        }
        if bare(text) == bare(&address) {
            self.line.truncate(start);
            self.line.push_str(&address);
            return;
        }
        let number = self.links.number(&address);
        let _ = write!(self.line, " [{number}]");
    }

    pub(super) fn word(&self, word: Word) -> String {
        self.environment.word(word).into_owned()
    }
}
