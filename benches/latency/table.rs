//! What was measured, as tables that can stand in a document.

use std::fmt::Write;
use std::time::Duration;

use crate::rounds::IDLE;
use crate::rounds::LOOKS;
use crate::rounds::Measured;
use crate::rounds::OTHERS;
use crate::rounds::SAVED;

/// The failures of one server that are told in full.
const TOLD: usize = 5;

/// A size of the blog.
pub(crate) struct Row {
    pub(crate) posts: usize,
    pub(crate) letterpress: Measured,
    pub(crate) hugo: Option<Measured>,
}

/// Everything that is to be said.
pub(crate) fn table(rows: &[Row], saves: usize) -> String {
    let has_hugo = rows.iter().any(|row| row.hugo.is_some());
    let mut out = format!("From save to event, in milliseconds, of {saves} saves each:\n\n");
    let mut lines = vec![heading(&["posts", "saved"], &["median", "95 %", "worst"], has_hugo)];
    for row in rows {
        for (at, (_, called)) in SAVED.iter().enumerate() {
            let ours = figures(&row.letterpress.took[at]);
            let hugos = row.hugo.as_ref().map(|hugo| figures(&hugo.took[at]));
            let mut line = vec![thousands(row.posts), (*called).to_owned()];
            line.extend(ours.map(milliseconds));
            if let Some(hugos) = hugos {
                line.extend(hugos.map(milliseconds));
                line.extend((0..3).map(|at| ratio(seconds(ours[at]), seconds(hugos[at]))));
            }
            lines.push(line);
        }
    }
    out += &markdown(&lines);
    out += "\nThe server:\n\n";
    let mut lines = vec![heading(&["posts", ""], &[""], has_hugo)];
    for row in rows {
        for (called, shown, value, is_compared) in FACTS {
            let (ours, hugos) = (value(&row.letterpress), row.hugo.as_ref().map(value));
            let mut line = vec![thousands(row.posts), called(), ours.map_or_else(|| "?".into(), shown)];
            if let Some(hugos) = hugos {
                line.push(hugos.map_or_else(|| "?".into(), shown));
                line.push(if is_compared { ratio(ours, hugos) } else { String::new() });
            }
            lines.push(line);
        }
    }
    out += &markdown(&lines);
    for row in rows {
        let servers = [("Letterpress", Some(&row.letterpress)), ("Hugo", row.hugo.as_ref())];
        for (name, measured) in servers {
            let failures = measured.map_or(&[][..], |measured| &measured.failures);
            if !failures.is_empty() {
                write!(out, "\n{name} failed {} times at {} posts:\n", failures.len(), thousands(row.posts)).unwrap();
            }
            for failure in failures.iter().take(TOLD) {
                writeln!(out, "- {failure}").unwrap();
            }
        }
    }
    out
}

/// What a fact is called, how its number is written, the number, and whether ratios of it say anything.
type Fact = (fn() -> String, fn(f64) -> String, fn(&Measured) -> Option<f64>, bool);

const FACTS: [Fact; 7] = [
    (|| "start to first page".into(), |value| format!("{value:.2} s"), |measured| seconds(Some(measured.start)), true),
    (|| "memory after start".into(), mebibytes, |measured| measured.memory[0].map(|bytes| bytes as f64), true),
    (|| "memory after all saves".into(), mebibytes, |measured| measured.memory[1].map(|bytes| bytes as f64), true),
    (
        || format!("processor time of {} idle seconds", IDLE.as_secs()),
        |value| format!("{:.0} ms", value * 1000.0),
        |measured| seconds(measured.idle),
        false,
    ),
    (
        || format!("stale of {} other pages, at once", LOOKS * OTHERS),
        |value| format!("{value}"),
        |measured| Some(measured.stale[0] as f64),
        false,
    ),
    (
        || format!("stale of {} other pages, after the event", LOOKS * OTHERS),
        |value| format!("{value}"),
        |measured| Some(measured.stale[1] as f64),
        false,
    ),
    (
        || format!("stale of {} other pages, when all is quiet", LOOKS * OTHERS),
        |value| format!("{value}"),
        |measured| Some(measured.stale[2] as f64),
        false,
    ),
];

fn heading(first: &[&str], figures: &[&str], has_hugo: bool) -> Vec<String> {
    let programs = if has_hugo { &["Letterpress", "Hugo", "ratio"][..] } else { &["Letterpress"] };
    let columns = programs.iter().flat_map(|program| figures.iter().map(move |figure| format!("{program} {figure}")));
    first.iter().map(|&name| name.to_owned()).chain(columns.map(|name| name.trim().to_owned())).collect()
}

/// Median, the one that 95 of 100 do not exceed, and the worst.
fn figures(sorted: &[Duration]) -> [Option<Duration>; 3] {
    let at = |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    [at(50), at(95), at(100)]
}

fn seconds(time: Option<Duration>) -> Option<f64> {
    time.map(|time| time.as_secs_f64())
}

fn milliseconds(time: Option<Duration>) -> String {
    time.map_or_else(|| "?".into(), |time| format!("{:.1}", time.as_secs_f64() * 1000.0))
}

fn mebibytes(bytes: f64) -> String {
    format!("{:.0} MiB", bytes / f64::from(1 << 20))
}

fn ratio(ours: Option<f64>, hugos: Option<f64>) -> String {
    match (ours, hugos) {
        (Some(ours), Some(hugos)) if hugos > 0.0 => format!("{:.3}", ours / hugos),
        _ => String::new(),
    }
}

fn thousands(number: usize) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", number / 1_000, number % 1_000) }
}

/// Columns as wide as their widest cell; the second is text, the others are numbers.
fn markdown(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max();
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        for column in 0..columns {
            let (cell, width) = (line.get(column).map_or("", String::as_str), width(column).unwrap_or(0));
            if column == 1 {
                write!(out, "| {cell:<width$} ").unwrap();
            } else {
                write!(out, "| {cell:>width$} ").unwrap();
            }
        }
        out.push_str("|\n");
        if at == 0 {
            for column in 0..columns {
                let width = width(column).unwrap_or(0);
                out += &if column == 1 {
                    format!("|{}", "-".repeat(width + 2))
                } else {
                    format!("|{}:", "-".repeat(width + 1))
                };
            }
            out.push_str("|\n");
        }
    }
    out
}
