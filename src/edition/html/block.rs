//! Paragraphs, headings, quotes, lists.

use crate::content::tree::AlertKind;
use crate::content::tree::Heading;
use crate::content::tree::Kind;
use crate::content::tree::Node;
use crate::content::tree::Text;
use crate::edition::escape;
use crate::edition::html::Part;
use crate::edition::html::Word;
use crate::edition::html::writer::Walk;
use crate::edition::html::writer::Writer;

impl<'r, 's> Writer<'r, 's> {
    pub(super) fn enter_block(&mut self, index: usize, node: &'r Node<'s>) -> Walk {
        if let Kind::HtmlBlock = node.kind {
            self.line();
            return Walk::Into;
        }
        if let Kind::FootnoteDefinition(_) = node.kind {
            return Walk::Past;
        }
        self.line();
        match &node.kind {
            Kind::Paragraph => self.enter_paragraph(index),
            Kind::Heading(heading) => self.enter_heading(heading),
            Kind::BlockQuote => self.out.push_str("<blockquote>\n"),
            Kind::Alert(kind) if self.policy.mail => self.enter_mail_alert(*kind),
            Kind::Alert(kind) => self.enter_alert(*kind),
            Kind::CodeBlock { info, text, fenced } => {
                self.code_block(info, text, *fenced);
                return Walk::Past;
            }
            Kind::List { start: None, .. } => self.out.push_str("<ul>\n"),
            Kind::List { start: Some(1), .. } => self.out.push_str("<ol>\n"),
            Kind::List { start: Some(start), .. } => {
                self.out.push_str("<ol start=\"");
                self.out.push_str(&start.to_string());
                self.out.push_str("\">\n");
            }
            Kind::Item if (self.policy.dressed || self.policy.mail) && self.is_task(index) => {
                self.out.push_str("<li class=\"task\">")
            }
            Kind::Item => self.out.push_str("<li>"),
            Kind::DefinitionList => self.out.push_str("<dl>\n"),
            Kind::DefinitionTitle => self.out.push_str("<dt>"),
            Kind::Definition => self.out.push_str("<dd>"),
            _ => {
                self.out.push_str(if self.policy.commonmark { "<hr />\n" } else { "<hr>\n" });
                return Walk::Past;
            }
        }
        Walk::Into
    }

    pub(super) fn leave_block(&mut self, index: usize, node: &'r Node<'s>) {
        match &node.kind {
            Kind::Paragraph => self.leave_paragraph(index),
            Kind::Heading(heading) => self.leave_heading(heading),
            Kind::BlockQuote => {
                self.line();
                self.out.push_str("</blockquote>\n");
            }
            Kind::Alert(_) if self.policy.mail => self.leave_mail_alert(),
            Kind::Alert(_) => {
                self.line();
                self.out.push_str("</aside>\n");
            }
            Kind::List { start, .. } => {
                self.line();
                self.out.push_str(if start.is_some() { "</ol>\n" } else { "</ul>\n" });
            }
            Kind::Item => self.out.push_str("</li>\n"),
            Kind::DefinitionList => {
                self.line();
                self.out.push_str("</dl>\n");
            }
            Kind::DefinitionTitle => self.out.push_str("</dt>\n"),
            Kind::Definition => self.out.push_str("</dd>\n"),
            Kind::HtmlBlock => self.line(),
            Kind::Component { call, .. } => self.leave_component(*call),
            _ => {}
        }
    }

    /// An image with a title, alone in its paragraph, is a figure with a caption.
    fn enter_paragraph(&mut self, index: usize) {
        self.out.push_str(match self.figure(index) {
            Some(_) if self.policy.mail => "<div class=\"figure\">",
            Some(_) => "<figure>",
            None => "<p>",
        });
    }

    fn leave_paragraph(&mut self, index: usize) {
        if let Some(caption) = self.figure(index) {
            let mail = self.policy.mail;
            self.out.push_str(if mail { "<p class=\"caption\">" } else { "<figcaption>" });
            escape::text(caption, &mut self.out);
            self.out.push_str(if mail { "</p></div>\n" } else { "</figcaption></figure>\n" });
            return;
        }
        if let Some((_, number)) = self.back.take_if(|(paragraph, _)| *paragraph == index) {
            self.back_links(number);
        }
        self.out.push_str("</p>\n");
    }

    /// The caption of a paragraph that is a figure.
    fn figure(&self, paragraph: usize) -> Option<&'r Text<'s>> {
        let node = self.tree.nodes.get(paragraph)?;
        match self.tree.nodes.get(paragraph + 1) {
            Some(Node { kind: Kind::Image(image), end, .. })
                if *end == node.end && !image.title.is_empty() && !self.policy.commonmark =>
            {
                Some(&image.title)
            }
            _ => None,
        }
    }

    fn enter_heading(&mut self, heading: &Heading<'_>) {
        self.out.push_str("<h");
        self.out.push(self.level(heading));
        if self.policy.heading_ids && !heading.id.is_empty() {
            self.out.push_str(" id=\"");
            escape::attribute(&heading.id, &mut self.out);
            self.out.push('"');
        }
        if self.policy.dressed && !heading.classes.is_empty() {
            self.out.push_str(" class=\"");
            for (at, class) in heading.classes.iter().enumerate() {
                if at > 0 {
                    self.out.push(' ');
                }
                escape::attribute(class, &mut self.out);
            }
            self.out.push('"');
        }
        if self.policy.dressed {
            for (at, (name, value)) in heading.attributes.iter().enumerate() {
                let repeated = heading.attributes[..at].iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
                if repeated || !is_attribute_name(name) {
                    continue;
                }
                self.out.push(' ');
                self.out.push_str(name);
                self.out.push_str("=\"");
                escape::attribute(value.as_deref().unwrap_or_default(), &mut self.out);
                self.out.push('"');
            }
        }
        self.out.push('>');
    }

    fn leave_heading(&mut self, heading: &Heading<'_>) {
        if self.policy.anchors && !heading.id.is_empty() {
            self.out.push_str("<a class=\"anchor\" href=\"#");
            escape::href(&heading.id, &mut self.out);
            self.out.push_str("\" aria-label=\"");
            self.word(Word::LinkToSection);
            self.out.push_str("\">#</a>");
        }
        self.out.push_str("</h");
        self.out.push(self.level(heading));
        self.out.push_str(">\n");
    }

    /// The digit of a heading's level.
    fn level(&self, heading: &Heading<'_>) -> char {
        char::from(b'0' + (heading.level + self.lowered).min(6))
    }

    fn enter_alert(&mut self, kind: AlertKind) {
        let (class, word) = alert(kind);
        self.out.push_str("<aside class=\"alert alert-");
        self.out.push_str(class);
        self.out.push_str("\" role=\"note\"><p class=\"alert-title\">");
        self.word(word);
        self.out.push_str("</p>\n");
    }

    /// Whether an item begins with a box.
    fn is_task(&self, item: usize) -> bool {
        let first = |at: usize| self.tree.nodes.get(at).map(|node| &node.kind);
        match first(item + 1) {
            Some(Kind::TaskMarker(_)) => true,
            Some(Kind::Paragraph) => matches!(first(item + 2), Some(Kind::TaskMarker(_))),
            _ => false,
        }
    }

    /// Whether ids may be written: not where many texts stand on one page.
    pub(super) fn may_have_ids(&self) -> bool {
        self.policy.part == Part::Whole
    }
}

/// The class of an alert, and its title.
pub(super) fn alert(kind: AlertKind) -> (&'static str, Word) {
    match kind {
        AlertKind::Note => ("note", Word::Note),
        AlertKind::Tip => ("tip", Word::Tip),
        AlertKind::Important => ("important", Word::Important),
        AlertKind::Warning => ("warning", Word::Warning),
        AlertKind::Caution => ("caution", Word::Caution),
    }
}

/// Whether a name may be printed as an attribute's: `id` and `class` have syntax of their own.
fn is_attribute_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':'))
        && !name.eq_ignore_ascii_case("id")
        && !name.eq_ignore_ascii_case("class")
}
