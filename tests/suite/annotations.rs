//! What a fixture expects to be told: `expect.txt`, a mistake a line.
//!
//! ```text
//! # why
//! error content/posts/a.md:2:1-2:6 unknown-key | part of the message | part of a hint | part of another hint
//!   also content/posts/b.md:2:9-2:14
//! warning - stray-markdown | a mistake without a place
//! ```
//!
//! Lines and columns count from 1; the second position is that of the first character after the underline. Every mistake must be expected and every
//! expected mistake must come, with all its hints: the file says how many there are.

use letterpress::diagnostic::report::Diagnostic;
use letterpress::diagnostic::report::Place;
use letterpress::diagnostic::report::Severity;
use letterpress::workflow::failure::Failure;

/// One mistake, found or expected.
#[derive(Debug)]
pub(crate) struct Told {
    /// `error content/posts/a.md:2:1-2:6 unknown-key`
    head: String,
    message: String,
    hints: Vec<String>,
    also: Vec<String>,
}

impl Told {
    pub(crate) fn of(diagnostic: &Diagnostic) -> Self {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = diagnostic.place.as_ref().map_or_else(|| "-".to_owned(), where_it_is);
        Self {
            head: format!("{severity} {place} {}", diagnostic.code),
            message: diagnostic.message.clone(),
            hints: diagnostic.hints.clone(),
            also: diagnostic.related.iter().map(where_it_is).collect(),
        }
    }

    /// A refusal that is no mistake in a file; no fixture expects one.
    pub(crate) fn failure(failure: &Failure) -> Self {
        Self { head: "failure".into(), message: failure.to_string(), hints: Vec::new(), also: Vec::new() }
    }

    /// Whether what was found is what is expected here.
    fn is_met_by(&self, found: &Self) -> bool {
        self.head == found.head
            && self.also == found.also
            && found.message.contains(&self.message)
            && self.hints.len() == found.hints.len()
            && self.hints.iter().zip(&found.hints).all(|(part, hint)| hint.contains(part))
    }
}

fn where_it_is(place: &Place) -> String {
    let source = &place.source;
    let (start, end) = (source.position(place.span.start), source.position(place.span.end));
    format!("{}:{}:{}-{}:{}", source.name(), start.line, start.column, end.line, end.column)
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} | {}", self.head, self.message)?;
        self.hints.iter().try_for_each(|hint| write!(f, " | {hint}"))?;
        self.also.iter().try_for_each(|also| write!(f, "\n  also {also}"))
    }
}

/// Reads an `expect.txt`.
pub(crate) fn parse(text: &str) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        if let Some(also) = line.strip_prefix("  also ") {
            told.last_mut().unwrap().also.push(also.to_owned());
            continue;
        }
        let mut parts = line.split(" | ").map(str::to_owned);
        let (Some(head), Some(message)) = (parts.next(), parts.next()) else { panic!("no annotation: {line}") };
        told.push(Told { head, message, hints: parts.collect(), also: Vec::new() });
    }
    told
}

/// What is wrong with `found`, where `expected` was to come; `None` where nothing is.
pub(crate) fn difference(expected: Vec<Told>, found: Vec<Told>) -> Option<String> {
    let mut missing = expected;
    let mut surplus = Vec::new();
    for told in found {
        match missing.iter().position(|expected| expected.is_met_by(&told)) {
            Some(at) => drop(missing.remove(at)),
            None => surplus.push(told),
        }
    }
    let list = |title: &str, all: &[Told]| {
        let all: Vec<String> = all.iter().map(ToString::to_string).collect();
        if all.is_empty() { String::new() } else { format!("{title}\n{}\n", all.join("\n")) }
    };
    let text = list("expected, but not told:", &missing) + &list("told, but not expected:", &surplus);
    (!text.is_empty()).then_some(text)
}

#[test]
fn every_difference_shows() {
    let source = letterpress::diagnostic::source::Source::new("a.md", "one\ntwo\n");
    let found = || {
        let diagnostic = Diagnostic::error("code", "a long message").at(&source, 4..7).hint("do this").hint("or that");
        vec![Told::of(&diagnostic.also(&source, 0..3, ""))]
    };
    let told = |text: &str| difference(parse(text), found());
    assert_eq!(told("# why\n\nerror a.md:2:1-2:4 code | long | this | that\n  also a.md:1:1-1:4\n"), None);
    for wrong in [
        "",
        "warning a.md:2:1-2:4 code | long | this | that\n  also a.md:1:1-1:4",
        "error a.md:2:1-2:3 code | long | this | that\n  also a.md:1:1-1:4",
        "error a.md:2:1-2:4 cod | long | this | that\n  also a.md:1:1-1:4",
        "error a.md:2:1-2:4 code | short | this | that\n  also a.md:1:1-1:4",
        "error a.md:2:1-2:4 code | long | this\n  also a.md:1:1-1:4",
        "error a.md:2:1-2:4 code | long | this | other\n  also a.md:1:1-1:4",
        "error a.md:2:1-2:4 code | long | this | that",
        "error a.md:2:1-2:4 code | long | this | that\n  also a.md:1:1-1:4\nerror - more | x",
    ] {
        assert!(told(wrong).is_some(), "{wrong}");
    }
}
