//! Tables in columns where they fit; otherwise row by row, each cell under the name of its column.

use crate::content::tree::Alignment;
use crate::edition::mail::plain::wrap::width;

/// Spaces between columns.
const GAP: usize = 2;

/// A table whose cells are single lines; the first row is the head.
pub(super) struct Table {
    pub(super) alignments: Vec<Alignment>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    /// Its lines, where they are at most `columns` wide.
    pub(super) fn in_columns(&self, columns: usize) -> Option<Vec<String>> {
        let count = self.rows.iter().map(Vec::len).max()?;
        let widest = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
        let widths: Vec<usize> = (0..count).map(|column| widest(column).unwrap_or_default()).collect();
        if widths.iter().sum::<usize>() + GAP * count.saturating_sub(1) > columns {
            return None;
        }
        let mut lines: Vec<String> = self.rows.iter().map(|row| self.line(row, &widths)).collect();
        let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        lines.insert(1, rules.join(&" ".repeat(GAP)).trim_end().to_owned());
        Some(lines)
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for (column, wide) in widths.iter().enumerate() {
            let cell = row.get(column).map_or("", String::as_str);
            let room = wide.saturating_sub(width(cell));
            let before = match self.alignments.get(column) {
                Some(Alignment::Right) => room,
                Some(Alignment::Center) => room / 2,
                _ => 0,
            };
            if column > 0 {
                line.push_str(&" ".repeat(GAP));
            }
            line.push_str(&" ".repeat(before));
            line.push_str(cell);
            line.push_str(&" ".repeat(room - before));
        }
        line.trim_end().to_owned()
    }

    /// Its rows, each as lines such as `Column: cell`; empty cells are left out. A table of a head alone is that one row.
    pub(super) fn in_records(&self) -> Vec<Vec<String>> {
        let Some((head, rows)) = self.rows.split_first() else { return Vec::new() };
        if rows.is_empty() {
            return vec![head.clone()];
        }
        let record = |row: &Vec<String>| {
            let named = row.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
            named
                .map(|(column, cell)| match head.get(column).filter(|name| !name.is_empty()) {
                    Some(name) => format!("{name}: {cell}"),
                    None => cell.clone(),
                })
                .collect()
        };
        rows.iter().map(record).collect()
    }
}
