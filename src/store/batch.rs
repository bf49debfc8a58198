//! Many rows in one statement.

/// How many rows a statement takes at a time.
pub(in crate::store) const ROWS: usize = 500;

/// `?3, ?4, ?5`: `count` placeholders from `first` on.
pub(in crate::store) fn list(first: usize, count: usize) -> String {
    let mut list = String::new();
    for at in first..first + count {
        list.push_str(if at == first { "?" } else { ", ?" });
        list.push_str(&at.to_string());
    }
    list
}

/// `(?1, ?2), (?3, ?4)`: placeholders for so many rows.
pub(in crate::store) fn rows(rows: usize, columns: usize) -> String {
    let row = |at: usize| format!("({})", list(1 + at * columns, columns));
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}
