//! Tera's errors as diagnostics: in the theme's file, at the bytes, with what to do.
//!
//! Tera gives the places of unknown names only inside its printed report, so that is read back: `error: <message>`, then
//! ` --> <template>:<line>:<column>`, and for notes `note: called from <template>:<line>:<column>`.

use tera::ErrorKind;
use tera::ReportError;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::source::Position;
use crate::diagnostic::source::Source;
use crate::diagnostic::suggest;
use crate::theme::scan;

/// One entry of a printed report.
pub(in crate::theme) struct Entry<'a> {
    /// The message after `error: `.
    pub message: &'a str,
    /// The registered name of the template.
    pub template: &'a str,
    /// Where in it.
    pub position: Position,
}

/// The entries of a printed report about unknown names.
pub(in crate::theme) fn entries(printed: &str) -> Vec<Entry<'_>> {
    let lines: Vec<&str> = printed.lines().collect();
    let pairs = lines.iter().zip(lines.iter().skip(1));
    pairs
        .filter_map(|(first, second)| {
            let message = first.strip_prefix("error: ")?;
            let (template, position) = locus(second.trim_start().strip_prefix("--> ")?)?;
            Some(Entry { message, template, position })
        })
        .collect()
}

/// `template:line:column`, as printed.
fn locus(text: &str) -> Option<(&str, Position)> {
    let (rest, column) = text.rsplit_once(':')?;
    let (template, line) = rest.rsplit_once(':')?;
    Some((template, Position { line: line.parse().ok()?, column: column.parse().ok()? }))
}

/// A template that could not be parsed.
pub(in crate::theme) fn syntax(error: &ReportError, source: &Source) -> Diagnostic {
    let message = error.message();
    let span = error.span().range.clone();
    Diagnostic::error("template-syntax", lower(message.trim_end_matches('.')))
        .at(source, span.clone())
        .maybe_hint(advice(message, source.text().get(span).unwrap_or_default()))
        .maybe_hint(message.contains("end of input").then(|| never_closed(source)).flatten())
}

fn never_closed(source: &Source) -> Option<String> {
    let tag = scan::unclosed(source.text())?;
    let line = source.position(tag.span.start).line;
    Some(format!("`{{% {0}` on line {line} is never closed by `{{% end{0} %}}`", tag.name))
}

/// What to do about mistakes that people bring from Tera 1 and Jinja.
fn advice(message: &str, written: &str) -> Option<String> {
    let advice = match written {
        "macro" | "import" | "endmacro" => {
            "Tera 2 has components instead: {% component name(a: string) %} … {% endcomponent name %}"
        }
        "body" if message.contains("reserved") => {
            "leave it out: every component may print {{ body }}, what stands between its lines"
        }
        "with" | "ignore" if message.contains("include") || message.contains("%}") => {
            "an include takes one name in quotes and nothing else"
        }
        _ => return None,
    };
    Some(advice.to_owned())
}

/// A template that failed while a page was drawn. `find` gives the source of a registered template.
pub(in crate::theme) fn rendering<'a>(
    error: &tera::Error,
    template: &str,
    find: impl Fn(&str) -> Option<&'a Source>,
) -> Diagnostic {
    match error.kind() {
        ErrorKind::RenderingError(report) => {
            let mut diagnostic = message(report.message());
            if let Some(source) = find(report.filename()) {
                diagnostic = diagnostic.at(source, report.span().range.clone());
            }
            for (name, position) in callers(&error.to_string()) {
                if let Some(source) = find(name) {
                    let start = source.offset(position);
                    let end = source.text()[start..].find('\n').map_or(source.text().len(), |end| start + end);
                    diagnostic = diagnostic.also(source, start..end, "called from here");
                }
            }
            diagnostic
        }
        _ => {
            let diagnostic = message(&error.to_string());
            match find(template) {
                Some(source) => diagnostic.at(source, 0..0),
                None => diagnostic,
            }
        }
    }
}

fn callers(printed: &str) -> impl Iterator<Item = (&str, Position)> {
    printed.lines().filter_map(|line| locus(line.strip_prefix("note: called from ")?))
}

/// The first line is the message, the others are hints; Tera's lists of what there is become hints too.
fn message(text: &str) -> Diagnostic {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or("this template failed");
    let (what, list) = ["Available fields: ", "Available variables: ", "Possible argument(s) are: "]
        .iter()
        .find_map(|mark| first.split_once(mark).map(|(what, list)| (what.trim_end(), Some((mark, list)))))
        .unwrap_or((first, None));
    let mut diagnostic = Diagnostic::error("template-error", lower(what.trim_end_matches('.')));
    if let Some((mark, list)) = list {
        let names: Vec<&str> = list.split(", ").map(|name| name.trim_matches('`')).collect();
        let wrong = what.split('`').nth(1).unwrap_or_default();
        diagnostic = diagnostic.maybe_hint(suggest::did_you_mean(wrong, names.iter().copied())).hint(format!(
            "{}{}",
            lower(mark),
            names.join(", ")
        ));
    }
    for line in lines {
        diagnostic = diagnostic.hint(line);
    }
    diagnostic
}

/// Messages begin with a small letter.
pub(in crate::theme) fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
