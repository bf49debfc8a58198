//! Notes, numbered in the order in which the text first refers to them.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::content::tree::Kind;
use crate::content::tree::Tree;
use crate::diagnostic::report::Diagnostic;
use crate::edition::html::Part;
use crate::edition::html::Policy;
use crate::edition::html::Word;
use crate::edition::html::writer::Writer;

/// The notes of a text.
#[derive(Default)]
pub(super) struct Footnotes {
    /// By label: the number, from 1.
    numbers: HashMap<String, usize>,
    /// By number less one.
    notes: Vec<Note>,
    /// Definitions that nothing refers to.
    unused: Vec<usize>,
}

struct Note {
    /// The node of the definition.
    definition: usize,
    /// How many references there are in all.
    references: usize,
    /// How many have been written.
    written: usize,
}

impl Footnotes {
    /// Numbers the notes of a tree: first as the text refers to them, then as the notes themselves do.
    pub(super) fn new(tree: &Tree<'_>, policy: Policy) -> Self {
        let mut this = Self::default();
        let mut definitions: HashMap<String, usize> = HashMap::new();
        let mut at = 0;
        let mut in_text = Vec::new();
        while let Some(node) = tree.nodes.get(at) {
            match &node.kind {
                Kind::FootnoteDefinition(label) => {
                    definitions.entry(key(label)).or_insert(at);
                    at = node.end;
                    continue;
                }
                Kind::FootnoteReference(label) => in_text.push(key(label)),
                // The alternative text of an image has no notes.
                Kind::Image(_) => {
                    at = node.end;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        if policy.part == Part::Summary || definitions.is_empty() {
            return this;
        }
        this.refer(in_text, &definitions);
        let mut next = 0;
        while let Some(note) = this.notes.get(next) {
            let definition = note.definition;
            let inner = definition + 1..tree.nodes[definition].end;
            let labels = tree.nodes[inner].iter().filter_map(|node| match &node.kind {
                Kind::FootnoteReference(label) => Some(key(label)),
                _ => None,
            });
            this.refer(labels.collect(), &definitions);
            next += 1;
        }
        this.unused = definitions
            .iter()
            .filter(|(label, _)| !this.numbers.contains_key(*label))
            .map(|(_, definition)| *definition)
            .collect();
        this.unused.sort_unstable();
        this
    }

    fn refer(&mut self, labels: Vec<String>, definitions: &HashMap<String, usize>) {
        for label in labels {
            let Some(definition) = definitions.get(&label) else { continue };
            let next = self.notes.len() + 1;
            let number = *self.numbers.entry(label).or_insert(next);
            if number == next {
                self.notes.push(Note { definition: *definition, references: 0, written: 0 });
            }
            self.notes[number - 1].references += 1;
        }
    }
}

/// Labels match whatever their case.
fn key(label: &str) -> String {
    label.to_lowercase()
}

impl Writer<'_, '_> {
    pub(super) fn footnote_reference(&mut self, label: &str) {
        if !self.may_have_ids() {
            return;
        }
        let Some(number) = self.footnotes.numbers.get(&key(label)).copied() else { return };
        let note = &mut self.footnotes.notes[number - 1];
        note.written += 1;
        let (prefix, id) = (self.environment.id_prefix(), reference_id(number, note.written));
        let _ = write!(
            self.out,
            "<sup class=\"footnote-ref\"><a id=\"{prefix}{id}\" href=\"#{prefix}fn-{number}\">{number}</a></sup>"
        );
    }

    /// Writes all notes that the text refers to, after it; the others are a warning.
    pub(super) fn write_footnotes(&mut self) {
        for definition in std::mem::take(&mut self.footnotes.unused) {
            let span = self.tree.nodes[definition].span.clone();
            let message = "nothing refers to this footnote, so it is left out";
            self.report.push(Diagnostic::warning("unused-footnote", message).at(self.source, span));
        }
        if self.footnotes.notes.is_empty() {
            return;
        }
        self.line();
        let (prefix, section) = (self.environment.id_prefix(), if self.policy.mail { "div" } else { "section" });
        let _ = write!(self.out, "<{section} class=\"footnotes\" role=\"doc-endnotes\" aria-label=\"");
        self.word(Word::Footnotes);
        self.out.push_str("\">\n<ol>\n");
        for number in 1..=self.footnotes.notes.len() {
            let definition = self.footnotes.notes[number - 1].definition;
            let _ = write!(self.out, "<li id=\"{prefix}fn-{number}\">");
            let end = self.tree.nodes[definition].end;
            let last = self.tree.children(definition).last();
            let last = last.filter(|last| matches!(self.tree.nodes[*last].kind, Kind::Paragraph));
            self.back = last.map(|paragraph| (paragraph, number));
            self.walk(definition + 1..end);
            // No last paragraph, or one that became a figure.
            if last.is_none() || self.back.take().is_some() {
                self.line();
                self.out.push_str("<p>");
                self.back_links(number);
                self.out.push_str("</p>\n");
            }
            self.out.push_str("</li>\n");
        }
        let _ = writeln!(self.out, "</ol>\n</{section}>");
    }

    /// Writes the ways from a note back to the text.
    pub(super) fn back_links(&mut self, number: usize) {
        for reference in 1..=self.footnotes.notes[number - 1].references {
            let (prefix, id) = (self.environment.id_prefix(), reference_id(number, reference));
            let _ = write!(self.out, " <a class=\"footnote-back\" href=\"#{prefix}{id}\" aria-label=\"");
            self.word(Word::BackToReference { note: number, reference });
            self.out.push_str("\">↩");
            if reference > 1 {
                let _ = write!(self.out, "<sup>{reference}</sup>");
            }
            self.out.push_str("</a>");
        }
    }
}

/// The id of a reference: `fnref-1`, a second one to the same note `fnref-1-2`.
fn reference_id(number: usize, reference: usize) -> String {
    if reference == 1 { format!("fnref-{number}") } else { format!("fnref-{number}-{reference}") }
}
