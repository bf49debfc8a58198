//! The walk over a tree, without recursion: containers are frames, each with what stands before its lines.

use std::collections::HashMap;
use std::ops::Range;

use crate::content::tree::AlertKind;
use crate::content::tree::Kind;
use crate::content::tree::Node;
use crate::content::tree::Tree;
use crate::edition::html::Environment;
use crate::edition::html::Part;
use crate::edition::html::Word;
use crate::edition::mail::plain::COLUMNS;
use crate::edition::mail::plain::from_html;
use crate::edition::mail::plain::links::Links;
use crate::edition::mail::plain::table::Table;
use crate::edition::mail::plain::wrap;

/// Deeper containers are not indented any more: their text would have no room.
const DEEPEST: usize = COLUMNS / 2;

/// What stands in place of what a component encloses while the component's own words are looked at.
const BODY: char = '\u{f8ff}';

/// A container that is open.
struct Frame {
    /// What stands before its first line, until that is written.
    first: Option<String>,
    /// What stands before every other line.
    rest: String,
    /// Whether its blocks follow each other without an empty line.
    tight: bool,
}

/// A list that is open.
struct List {
    next: Option<u64>,
    tight: bool,
    /// How many containers are open around it.
    depth: usize,
}

/// Text in the making.
pub(super) struct Writer<'r, 's> {
    pub(super) tree: &'r Tree<'s>,
    pub(super) environment: &'r dyn Environment,
    pub(super) links: &'r mut Links,
    /// The paragraph being gathered.
    pub(super) line: String,
    /// Where in it the text of each open link begins.
    pub(super) open_links: Vec<usize>,
    /// The same of links that are raw HTML, and where they lead.
    pub(super) raw_links: Vec<(usize, Option<String>)>,
    /// Raw HTML whose content is not to be read, and where in the paragraph it began.
    pub(super) silent: Option<(String, usize)>,
    part: Part,
    out: String,
    frames: Vec<Frame>,
    lists: Vec<List>,
    /// Whether an empty line is due before the next block.
    gap: bool,
    /// What each open component says after its body, and whether all of it is a quote.
    behind: Vec<(Vec<String>, bool)>,
    /// Definitions of notes by label, and those that were referred to, in order.
    definitions: HashMap<String, usize>,
    notes: Vec<usize>,
}

impl<'r, 's> Writer<'r, 's> {
    pub(super) fn new(tree: &'r Tree<'s>, part: Part, environment: &'r dyn Environment, links: &'r mut Links) -> Self {
        let mut definitions = HashMap::new();
        if part == Part::Whole {
            for (index, node) in tree.nodes.iter().enumerate() {
                if let Kind::FootnoteDefinition(label) = &node.kind {
                    definitions.entry(label.to_lowercase()).or_insert(index);
                }
            }
        }
        Self {
            tree,
            environment,
            links,
            line: String::new(),
            open_links: Vec::new(),
            raw_links: Vec::new(),
            silent: None,
            part,
            out: String::new(),
            frames: Vec::new(),
            lists: Vec::new(),
            gap: false,
            behind: Vec::new(),
            definitions,
            notes: Vec::new(),
        }
    }

    pub(super) fn write(mut self) -> String {
        let nodes = &self.tree.nodes;
        let end = match (self.part, self.tree.more) {
            (Part::Summary, Some(more)) => nodes.partition_point(|node| node.span.start < more),
            _ => nodes.len(),
        };
        self.walk(0..end);
        self.flush();
        self.write_notes();
        self.out
    }

    /// The number of a note; none for a label without a definition.
    pub(super) fn note(&mut self, label: &str) -> Option<usize> {
        let definition = *self.definitions.get(&label.to_lowercase())?;
        let known = self.notes.iter().position(|note| *note == definition);
        let at = known.unwrap_or_else(|| {
            self.notes.push(definition);
            self.notes.len() - 1
        });
        Some(at + 1)
    }

    /// Notes may refer to further ones, which then follow.
    fn write_notes(&mut self) {
        let mut next = 0;
        while let Some(definition) = self.notes.get(next).copied() {
            if next == 0 {
                self.line = self.word(Word::Footnotes);
                self.flush();
            }
            next += 1;
            let mark = format!("({next}) ");
            self.open(&mark, &" ".repeat(mark.len()), false);
            self.walk(definition + 1..self.tree.nodes[definition].end);
            self.close();
        }
    }

    /// Writes the nodes of a range, which begins and ends between siblings.
    fn walk(&mut self, range: Range<usize>) {
        let tree = self.tree;
        let mut open: Vec<usize> = Vec::new();
        let mut at = range.start;
        loop {
            while let Some(index) = open.pop_if(|index| tree.nodes[*index].end <= at) {
                self.leave(&tree.nodes[index]);
            }
            let Some(node) = tree.nodes.get(at).filter(|_| at < range.end) else { break };
            if self.enter(at, node) {
                open.push(at);
                at += 1;
            } else {
                at = node.end;
            }
        }
    }

    /// Whether its children follow.
    fn enter(&mut self, index: usize, node: &'r Node<'s>) -> bool {
        match &node.kind {
            Kind::FootnoteDefinition(_) => return false,
            Kind::Paragraph | Kind::Heading(_) | Kind::DefinitionList | Kind::DefinitionTitle => self.flush(),
            Kind::BlockQuote => self.open("> ", "> ", false),
            Kind::Alert(kind) => self.enter_alert(*kind),
            Kind::Definition => self.open("    ", "    ", true),
            Kind::List { start, tight } => {
                self.flush();
                let depth = self.frames.len();
                self.lists.push(List { next: *start, tight: *tight, depth });
            }
            Kind::Item => self.enter_item(),
            Kind::CodeBlock { text, .. } => self.code(text),
            Kind::Rule => self.verbatim(std::iter::once("* * *")),
            Kind::Table(_) => {
                self.table(index, node);
                return false;
            }
            Kind::HtmlBlock => {
                self.html_block(index, node);
                return false;
            }
            Kind::Component { call, block } => return self.enter_component(*call, *block),
            Kind::Image(_) => {
                self.enter_inline(index, node);
                return false;
            }
            Kind::Link(link) if self.is_named(link) => {
                // The title of what it leads to stands in place of what is written.
                self.enter_inline(index, node);
                self.leave_inline(node);
                return false;
            }
            _ => self.enter_inline(index, node),
        }
        node.end > index + 1
            || matches!(
                node.kind,
                Kind::Item | Kind::BlockQuote | Kind::Alert(_) | Kind::Definition | Kind::List { .. }
            )
    }

    fn leave(&mut self, node: &'r Node<'s>) {
        match &node.kind {
            Kind::Paragraph => self.flush(),
            Kind::DefinitionList => self.gap = !self.is_tight(),
            Kind::DefinitionTitle => {
                self.flush();
                self.gap = false;
            }
            Kind::Heading(heading) => self.leave_heading(heading.level),
            Kind::BlockQuote | Kind::Alert(_) | Kind::Item => self.close(),
            Kind::Definition => {
                self.close();
                self.gap = false;
            }
            Kind::List { .. } => {
                self.lists.pop();
                self.gap = !self.is_tight();
            }
            Kind::Component { .. } => {
                self.flush();
                let (behind, quoted) = self.behind.pop().unwrap_or_default();
                for said in behind {
                    self.say(&said);
                }
                if quoted {
                    self.close();
                }
            }
            _ => self.leave_inline(node),
        }
    }

    /// Opens a container.
    fn open(&mut self, first: &str, rest: &str, tight: bool) {
        self.flush();
        let deep: usize = self.frames.iter().map(|frame| wrap::width(&frame.rest)).sum();
        let frame = if deep + wrap::width(rest) > DEEPEST {
            Frame { first: None, rest: String::new(), tight }
        } else {
            Frame { first: Some(first.to_owned()), rest: rest.to_owned(), tight }
        };
        self.frames.push(frame);
    }

    /// Closes the innermost container; one without text still shows its mark.
    fn close(&mut self) {
        self.flush();
        if self.frames.last().is_some_and(|frame| frame.first.as_ref().is_some_and(|first| !first.trim().is_empty())) {
            self.verbatim(std::iter::once(""));
        }
        self.frames.pop();
        self.gap = !self.is_tight();
    }

    fn is_tight(&self) -> bool {
        match self.lists.last().filter(|list| list.depth == self.frames.len()) {
            Some(list) => list.tight,
            None => self.frames.last().is_some_and(|frame| frame.tight),
        }
    }

    fn enter_item(&mut self) {
        let (mark, tight) = match self.lists.last_mut() {
            Some(List { next: Some(number), tight, .. }) => {
                let mark = format!("{number}. ");
                *number = number.saturating_add(1);
                (mark, *tight)
            }
            Some(list) => ("- ".to_owned(), list.tight),
            None => ("- ".to_owned(), true),
        };
        self.open(&mark, &" ".repeat(mark.len()), tight);
    }

    fn enter_alert(&mut self, kind: AlertKind) {
        self.open("| ", "| ", false);
        self.line = self.word(match kind {
            AlertKind::Note => Word::Note,
            AlertKind::Tip => Word::Tip,
            AlertKind::Important => Word::Important,
            AlertKind::Warning => Word::Warning,
            AlertKind::Caution => Word::Caution,
        });
        self.flush();
        self.gap = false;
    }

    /// Headings of the first two levels are underlined.
    fn leave_heading(&mut self, level: u8) {
        let text = std::mem::take(&mut self.line).replace('\n', " ");
        let start = self.out.len();
        self.say(&text);
        let prefix = wrap::width(&self.rest());
        let written = self.out.get(start..).unwrap_or_default().trim_start_matches('\n').lines();
        let widest = written.map(wrap::width).max().unwrap_or_default().saturating_sub(prefix);
        let rule = match level {
            1 => "=",
            2 => "-",
            _ => return,
        };
        if widest > 0 {
            self.gap = false;
            let room = COLUMNS.saturating_sub(prefix);
            self.verbatim(std::iter::once(rule.repeat(widest.min(room)).as_str()));
        }
    }

    fn code(&mut self, text: &str) {
        self.flush();
        let lines: Vec<String> = text.trim_end_matches('\n').lines().map(|line| format!("    {line}")).collect();
        self.verbatim(lines.iter().map(String::as_str));
    }

    fn table(&mut self, index: usize, node: &'r Node<'s>) {
        self.flush();
        let Kind::Table(alignments) = &node.kind else { return };
        let tree = self.tree;
        let mut table = Table { alignments: alignments.clone(), rows: Vec::new() };
        for row in tree.children(index) {
            let cells = tree.children(row).map(|cell| {
                self.walk(cell + 1..tree.nodes[cell].end);
                std::mem::take(&mut self.line).split_whitespace().collect::<Vec<_>>().join(" ")
            });
            let cells = cells.collect();
            table.rows.push(cells);
        }
        let room = COLUMNS.saturating_sub(wrap::width(&self.rest()));
        if let Some(lines) = table.in_columns(room) {
            self.verbatim(lines.iter().map(String::as_str));
            return;
        }
        for record in table.in_records() {
            for (at, line) in record.iter().enumerate() {
                self.gap &= at == 0;
                self.hang(line, "", "  ");
            }
            self.gap = true;
        }
    }

    fn html_block(&mut self, index: usize, node: &'r Node<'s>) {
        self.flush();
        let tree = self.tree;
        let mut html = String::new();
        for node in tree.nodes.get(index + 1..node.end).unwrap_or_default() {
            match &node.kind {
                Kind::Html(text) => html.push_str(text),
                Kind::Component { call, .. } => {
                    if let Some(call) = tree.calls.get(*call) {
                        self.environment.component(call, None, &mut html);
                    }
                }
                _ => {}
            }
        }
        for said in from_html::paragraphs(&html, self.environment, self.links) {
            self.say(&said);
        }
    }

    /// A component says what its HTML says. Whether what it encloses follows.
    fn enter_component(&mut self, call: usize, block: bool) -> bool {
        let tree = self.tree;
        let Some(call) = tree.calls.get(call) else { return false };
        let mut html = String::new();
        if !call.encloses {
            self.environment.component(call, None, &mut html);
            if !block {
                let said = from_html::flat(&html, self.environment, self.links);
                self.line.push_str(&said);
                return false;
            }
            self.flush();
            for said in from_html::paragraphs(&html, self.environment, self.links) {
                self.say(&said);
            }
            return false;
        }
        self.flush();
        self.environment.component(call, Some(&format!("<p>{BODY}</p>")), &mut html);
        let mut said = from_html::paragraphs(&html, self.environment, self.links);
        // The theme's contract makes it print its body; if it did not, the text would follow all the same.
        let at = said.iter().position(|said| said.contains(BODY)).unwrap_or(said.len());
        let behind = said.split_off(at);
        for said in said {
            self.say(&said);
        }
        let before = html.split(BODY).next().unwrap_or_default();
        let quoted = before.matches("<blockquote").count() > before.matches("</blockquote").count();
        if quoted {
            self.open("> ", "> ", false);
        }
        self.behind.push((behind.into_iter().skip(1).collect(), quoted));
        true
    }

    /// Writes the paragraph that was gathered.
    pub(super) fn flush(&mut self) {
        let text = std::mem::take(&mut self.line);
        self.raw_links.clear();
        self.silent = None;
        self.say(&text);
    }

    /// Writes a paragraph.
    fn say(&mut self, text: &str) {
        match text.trim_matches([' ', '\n']).strip_prefix("- ") {
            // What `from_html` made of a list's item.
            Some(item) if !item.is_empty() && self.line.is_empty() => self.hang(item, "- ", "  "),
            _ => self.hang(text, "", ""),
        }
    }

    fn hang(&mut self, text: &str, first: &str, rest: &str) {
        let text = text.trim_matches([' ', '\n']);
        if text.is_empty() {
            return;
        }
        self.begin();
        let (head, tail) = (self.first() + first, self.rest() + rest);
        wrap::fold(text, &head, &tail, &mut self.out);
        self.gap = !self.is_tight();
    }

    /// Writes lines as they are.
    fn verbatim<'l>(&mut self, lines: impl Iterator<Item = &'l str>) {
        self.flush();
        self.begin();
        for line in lines {
            let line = self.first() + line;
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
        self.gap = !self.is_tight();
    }

    /// Sets a block apart from the one before: the marks of containers that both are in stand on the empty line too.
    fn begin(&mut self) {
        if std::mem::take(&mut self.gap) && !self.out.is_empty() {
            let shared = self.frames.iter().take_while(|frame| frame.first.is_none());
            let line: String = shared.map(|frame| frame.rest.as_str()).collect();
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }

    /// What stands before the next line: the marks of containers that have just begun are used up.
    fn first(&mut self) -> String {
        self.frames.iter_mut().map(|frame| frame.first.take().unwrap_or_else(|| frame.rest.clone())).collect()
    }

    /// What stands before every further line.
    fn rest(&self) -> String {
        self.frames.iter().map(|frame| frame.rest.as_str()).collect()
    }
}
