//! The text of a block of code or raw HTML, joined from its lines.

use std::ops::Range;

use crate::content::tree::Text;

/// Lines joined: by reference as long as they follow each other in the body, by copy from the first gap on (a `> ` cut out, a CR left out).
#[derive(Default)]
pub(super) struct Verbatim {
    /// Bytes of the body, from the first line to the last.
    pub(super) span: Range<usize>,
    copied: Option<String>,
}

impl Verbatim {
    /// Adds a piece that stands at `span` of `body`.
    pub(super) fn push(&mut self, body: &str, piece: &Text<'_>, span: &Range<usize>) {
        let literal = matches!(piece, Text::Borrowed(text) if text.len() == span.len());
        if self.copied.is_none() && self.span.is_empty() && literal {
            self.span = span.clone();
            return;
        }
        if self.copied.is_some() || !literal || self.span.end != span.start {
            let so_far = self.span.clone();
            let copied = self.copied.get_or_insert_with(|| body.get(so_far).unwrap_or_default().to_owned());
            copied.push_str(piece);
        }
        let start = if self.span.is_empty() { span.start } else { self.span.start };
        self.span = start..span.end.max(start);
    }

    /// The whole text.
    pub(super) fn text<'s>(self, body: &'s str) -> Text<'s> {
        match self.copied {
            Some(text) => Text::from(text),
            None => Text::Borrowed(body.get(self.span).unwrap_or_default()),
        }
    }
}
