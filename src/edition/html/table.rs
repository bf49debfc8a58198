//! Tables.

use crate::content::tree::Alignment;
use crate::content::tree::Kind;
use crate::content::tree::Node;
use crate::edition::html::Word;
use crate::edition::html::mail::DATA_TABLE;
use crate::edition::html::writer::Walk;
use crate::edition::html::writer::Writer;

/// Where the writer is in a table.
#[derive(Default)]
pub(super) struct Table {
    /// How many tables have begun.
    count: usize,
    alignments: Vec<Alignment>,
    column: usize,
    /// The tag of a cell of this row; empty cells of the head are `td`, because a header that says nothing heads nothing.
    cell: &'static str,
    head: bool,
    body: bool,
}

impl<'r, 's> Writer<'r, 's> {
    pub(super) fn enter_table(&mut self, index: usize, node: &'r Node<'s>) -> Walk {
        match &node.kind {
            Kind::Table(alignments) => {
                self.line();
                self.table.count += 1;
                self.table.alignments.clone_from(alignments);
                self.table.body = false;
                if self.policy.dressed {
                    let number = self.table.count;
                    self.out.push_str("<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"");
                    self.word(Word::Table { number });
                    self.out.push_str("\">");
                }
                self.out.push_str(if self.policy.mail { DATA_TABLE } else { "<table>\n" });
            }
            Kind::Row { head } => {
                self.table.column = 0;
                self.table.head = *head;
                if *head {
                    self.out.push_str("<thead>\n");
                } else if !self.table.body {
                    self.table.body = true;
                    self.out.push_str("<tbody>\n");
                }
                self.out.push_str("<tr>\n");
            }
            _ => self.enter_cell(node.end == index + 1),
        }
        Walk::Into
    }

    pub(super) fn leave_table(&mut self, node: &Node<'_>) {
        match node.kind {
            Kind::Table(_) => {
                if self.table.body {
                    self.out.push_str("</tbody>\n");
                }
                let boxed = self.policy.dressed || self.policy.mail;
                self.out.push_str(if boxed { "</table></div>\n" } else { "</table>\n" });
            }
            Kind::Row { head } => {
                self.out.push_str("</tr>\n");
                if head {
                    self.out.push_str("</thead>\n");
                }
            }
            _ => {
                self.out.push_str("</");
                self.out.push_str(self.table.cell);
                self.out.push_str(">\n");
            }
        }
    }

    fn enter_cell(&mut self, empty: bool) {
        let heads = self.table.head && (self.policy.commonmark || !empty);
        self.table.cell = if heads { "th" } else { "td" };
        self.out.push('<');
        self.out.push_str(self.table.cell);
        if heads && !self.policy.commonmark {
            self.out.push_str(" scope=\"col\"");
        }
        let side = match self.table.alignments.get(self.table.column) {
            Some(Alignment::Left) => "left",
            Some(Alignment::Center) => "center",
            Some(Alignment::Right) => "right",
            _ => "",
        };
        if !side.is_empty() {
            let (before, after) =
                if self.policy.commonmark { (" align=\"", "\"") } else { (" style=\"text-align: ", "\"") };
            self.out.push_str(before);
            self.out.push_str(side);
            self.out.push_str(after);
        }
        self.out.push('>');
        self.table.column += 1;
    }
}
