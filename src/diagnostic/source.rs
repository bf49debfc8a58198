//! A text with its name, and the way from byte offsets to lines and columns.

use std::sync::Arc;

/// A file's text under the name by which messages call it (its path below the site's folder).
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
}

/// A line and a column as people count them: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Source {
    /// A source of that name and text.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The name in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the byte `offset` is; offsets beyond the end are the end, those inside a character its start.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let before = &self.text[..self.floor(offset)];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        Position { line, column: before[start..].chars().count() + 1 }
    }

    /// The nearest character boundary at or before `offset`.
    #[must_use]
    pub fn floor(&self, offset: usize) -> usize {
        let mut at = offset.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// The byte offset of a line and column, both from 1.
    #[must_use]
    pub fn offset(&self, position: Position) -> usize {
        let start: usize = self.text.split_inclusive('\n').take(position.line.saturating_sub(1)).map(str::len).sum();
        let line = &self.text[start..];
        let line = &line[..line.find('\n').unwrap_or(line.len())];
        let within: usize = line.chars().take(position.column.saturating_sub(1)).map(char::len_utf8).sum();
        start + within
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_positions() {
        let source = Source::new("x.md", "añb\nç\n");
        let at = source.position(3);
        assert_eq!((at.line, at.column), (1, 3));
        assert_eq!(source.position(2), source.position(1), "inside ñ is its start");
        assert_eq!(source.position(999), Position { line: 3, column: 1 });
        for offset in [0, 1, 3, 4, 5, 7] {
            assert_eq!(source.offset(source.position(offset)), offset);
        }
    }
}
