//! What a body amounts to: headings, length, first words.

use std::ops::Range;

use serde::Deserialize;
use serde::Serialize;

use crate::content::text;
use crate::content::tree::Kind;
use crate::content::tree::Tree;

/// One heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// From 1 to 6.
    pub level: u8,
    /// Unique in the document.
    pub id: String,
    /// Its text without marks.
    pub text: String,
    /// Bytes of the file.
    pub span: Range<usize>,
}

/// A heading with those below it: a table of contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// The heading's id.
    pub id: String,
    /// Its text without marks.
    pub title: String,
    /// From 1 to 6.
    pub level: u8,
    /// The headings of lower rank that follow it.
    pub children: Vec<Section>,
}

/// What a body amounts to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// All headings in the order of the text.
    pub headings: Vec<Heading>,
    /// The first paragraph as plain text, about 160 to 300 characters, cut at a word; empty where there is none.
    pub excerpt: String,
    /// How many words; each Chinese, Japanese or Korean character counts as one. Code blocks do not count.
    pub words: usize,
    /// Minutes, at least 1.
    pub reading_time: usize,
    /// Where `<!-- more -->` stands: the summary is what ends before this byte of the file.
    pub summary_end: Option<usize>,
}

/// Words that people read in a minute.
const WORDS_A_MINUTE: usize = 230;
/// Chinese, Japanese and Korean characters that people read in a minute.
const CHARACTERS_A_MINUTE: usize = 500;
/// An excerpt ends at a sentence after this many characters…
const EXCERPT_ENOUGH: usize = 160;
/// …and at a word before this many.
const EXCERPT_LIMIT: usize = 300;

/// Reads the outline of a tree.
#[must_use]
pub fn outline(tree: &Tree<'_>) -> Outline {
    let mut headings = Vec::new();
    let mut count = Count::default();
    for (index, node) in tree.nodes.iter().enumerate() {
        match &node.kind {
            Kind::Heading(heading) => {
                count.gap();
                headings.push(Heading {
                    level: heading.level,
                    id: heading.id.to_string(),
                    text: text::plain(tree, index).trim().to_owned(),
                    span: node.span.clone(),
                });
            }
            Kind::Text(text) | Kind::Code(text) => count.add(text),
            Kind::Emphasis | Kind::Strong | Kind::Strikethrough | Kind::Link(_) | Kind::FootnoteReference(_) => {}
            _ => count.gap(),
        }
    }
    let minutes = count.words as f64 / WORDS_A_MINUTE as f64 + count.characters as f64 / CHARACTERS_A_MINUTE as f64;
    Outline {
        headings,
        excerpt: excerpt(tree),
        words: count.words + count.characters,
        reading_time: (minutes.round() as usize).max(1),
        summary_end: tree.more,
    }
}

impl Outline {
    /// The headings as a table of contents.
    #[must_use]
    pub fn sections(&self) -> Vec<Section> {
        // Sections not yet finished, the deepest last.
        let mut open: Vec<Section> = Vec::new();
        let mut top: Vec<Section> = Vec::new();
        for heading in &self.headings {
            close(&mut open, &mut top, heading.level);
            let (id, title) = (heading.id.clone(), heading.text.clone());
            open.push(Section { id, title, level: heading.level, children: Vec::new() });
        }
        close(&mut open, &mut top, 0);
        top
    }
}

/// Finishes the open sections of `level` and below.
fn close(open: &mut Vec<Section>, top: &mut Vec<Section>, level: u8) {
    while let Some(section) = open.pop_if(|section| section.level >= level) {
        match open.last_mut() {
            Some(parent) => parent.children.push(section),
            None => top.push(section),
        }
    }
}

/// The words of a text that comes in pieces.
#[derive(Default)]
struct Count {
    words: usize,
    characters: usize,
    in_word: bool,
}

impl Count {
    fn gap(&mut self) {
        self.in_word = false;
    }

    /// A word is a run without space in which a letter or a digit stands.
    fn add(&mut self, text: &str) {
        if text.is_ascii() {
            return self.add_ascii(text.as_bytes());
        }
        for c in text.chars() {
            if c.is_ascii() {
                if c.is_ascii_alphanumeric() {
                    self.words += usize::from(!self.in_word);
                    self.in_word = true;
                } else if c.is_ascii_whitespace() {
                    self.in_word = false;
                }
            } else if is_cjk(c) {
                self.characters += 1;
                self.in_word = false;
            } else if c.is_alphanumeric() {
                self.words += usize::from(!self.in_word);
                self.in_word = true;
            } else if c.is_whitespace() || matches!(c, '—' | '…' | '\u{3000}'..='\u{303f}') {
                self.in_word = false;
            }
        }
    }

    /// As [`Count::add`] without branches: nearly every text that is counted is long and of ASCII alone.
    fn add_ascii(&mut self, text: &[u8]) {
        for byte in text {
            let letter = byte.is_ascii_alphanumeric();
            self.words += usize::from(letter & !self.in_word);
            self.in_word = letter | (self.in_word & !byte.is_ascii_whitespace());
        }
    }
}

/// Kana, Han, Hangul: scripts read by the character.
fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3130}'..='\u{318f}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9d}' | '\u{20000}'..='\u{323af}')
}

/// The plain text of the first paragraph at the top that has any.
fn excerpt(tree: &Tree<'_>) -> String {
    let mut plain = String::new();
    for index in tree.roots() {
        if matches!(tree.nodes[index].kind, Kind::Paragraph) {
            text::append_plain(tree, index..tree.nodes[index].end, &mut plain);
            if !plain.trim().is_empty() {
                return shortened(plain.trim());
            }
            plain.clear();
        }
    }
    plain
}

/// A text of at most [`EXCERPT_LIMIT`] characters, cut after a sentence if that leaves enough of it, else after a word; a cut within a sentence is marked by `…`.
fn shortened(text: &str) -> String {
    let Some((limit, _)) = text.char_indices().nth(EXCERPT_LIMIT) else { return text.to_owned() };
    let enough = text.char_indices().nth(EXCERPT_ENOUGH).map_or(0, |(at, _)| at);
    let head = &text[..limit];
    let sentence = head.char_indices().rev().take_while(|(at, _)| *at >= enough).find_map(|(at, c)| {
        let end = at + c.len_utf8();
        let ends = matches!(c, '。' | '！' | '？') || (matches!(c, '.' | '!' | '?') && text[end..].starts_with(' '));
        ends.then_some(end)
    });
    if let Some(end) = sentence {
        return head[..end].to_owned();
    }
    // A text without spaces is cut where it is full.
    let end = head.rfind(char::is_whitespace).filter(|at| *at >= enough).unwrap_or(limit);
    let head =
        head[..end].trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '–' | '—' | '-'));
    format!("{head}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::messages::load;

    fn of(body: &str) -> Outline {
        load("a.md", &format!("+++\ntitle = \"T\"\n+++\n{body}")).0.body.outline
    }

    #[test]
    fn headings_and_sections() {
        let outline = of("# A *b* `c`\n\n## A\n\n### A\n\n## B {#own .x}\n\n# \u{1f600}\n\n# Fn 1\n\n# Own\n");
        let ids: Vec<&str> = outline.headings.iter().map(|heading| &*heading.id).collect();
        assert_eq!(ids, ["a-b-c", "a", "a-1", "own", "section", "section-fn-1", "own-1"]);
        let sections = outline.sections();
        assert_eq!(sections.len(), 4);
        assert_eq!(sections[0].title, "A b c");
        assert_eq!(sections[0].children[0].children[0].id, "a-1");
        assert_eq!(sections[0].children[1].id, "own");
    }

    #[test]
    fn length() {
        let outline = of("One two-three *four*five, don't — 6.\n\n```\nnot this\n```\n\n- a\n- b\n");
        assert_eq!((outline.words, outline.reading_time), (7, 1));
        assert_eq!(of(&"word ".repeat(230 * 4)).reading_time, 4);
        let japanese = of(&"日本語".repeat(500));
        assert_eq!((japanese.words, japanese.reading_time), (1500, 3));
        assert_eq!(of("한국어 텍스트 and English").words, 8);
        assert_eq!((of("").words, of("").reading_time), (0, 1));
    }

    #[test]
    fn first_words() {
        assert_eq!(of("# H\n\n> quote\n\nThe *first*\nparagraph.\n\nThe second.\n").excerpt, "The first paragraph.");
        let long = "word ".repeat(100);
        let excerpt = of(&long).excerpt;
        assert!(excerpt.ends_with("word…") && excerpt.chars().count() <= 301, "{excerpt}");
        let sentences = "This is a sentence of forty-one letters. ".repeat(10);
        assert!(of(&sentences).excerpt.ends_with("letters."));
        assert_eq!(of(&"字".repeat(400)).excerpt.chars().count(), 301);
    }

    #[test]
    fn the_end_of_the_summary() {
        let outline = of("One.\n\n<!-- more -->\n\nTwo.\n");
        let at = outline.summary_end.unwrap();
        assert_eq!(at, "+++\ntitle = \"T\"\n+++\nOne.\n\n".len());
        assert_eq!(of("One.\n\n> <!-- more -->\n\n`<!-- more -->`\n").summary_end, None);
    }
}
