//! One mistake, and the collector of all of them.

use std::ops::Range;

use crate::diagnostic::source::Source;

/// Whether a mistake stops the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// Worth mending; the work goes on.
    Warning,
}

/// A stretch of a source, in bytes.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub source: Source,
    /// Bytes of its text.
    pub span: Range<usize>,
    /// What to say beside the underline; may be empty.
    pub label: String,
}

/// One mistake in the user's files.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A stable name in kebab case, for programs and for the manual: `broken-link`.
    pub code: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// Other places that it is about: the other of two posts at one URL.
    pub related: Vec<Place>,
    /// What to do.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// An error; place and hints are added by the methods below.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    /// A warning.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message.into())
    }

    fn new(severity: Severity, code: &'static str, message: String) -> Self {
        Self { severity, code, message, place: None, related: Vec::new(), hints: Vec::new() }
    }

    /// Sets the place.
    #[must_use]
    pub fn at(mut self, source: &Source, span: Range<usize>) -> Self {
        self.place = Some(Place { source: source.clone(), span, label: String::new() });
        self
    }

    /// Sets the text beside the underline.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        if let Some(place) = &mut self.place {
            place.label = label.into();
        }
        self
    }

    /// Adds another place that the mistake is about.
    #[must_use]
    pub fn also(mut self, source: &Source, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related.push(Place { source: source.clone(), span, label: label.into() });
        self
    }

    /// Whether another mistake is about the same stretch of the same file, or part of it.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let (Some(own), Some(other)) = (&self.place, &other.place) else { return false };
        own.source.name() == other.source.name() && own.span.start < other.span.end && other.span.start < own.span.end
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what to do, where there is something to say.
    #[must_use]
    pub fn maybe_hint(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }
}

/// All mistakes found so far.
#[derive(Clone, Debug, Default)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// An empty report.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one mistake.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Adds all of another report.
    pub fn merge(&mut self, other: Self) {
        self.diagnostics.extend(other.diagnostics);
    }

    /// Whether an error is among them.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }

    /// Makes errors of the warnings of a code: what one command can live with is too much for another.
    pub fn raise(&mut self, code: &str) {
        self.raise_at(code, "");
    }

    /// As [`Self::raise`], but only in files whose name begins like this.
    pub fn raise_at(&mut self, code: &str, begin: &str) {
        let is_there = |d: &Diagnostic| d.place.as_ref().map_or("", |place| place.source.name()).starts_with(begin);
        for diagnostic in self.diagnostics.iter_mut().filter(|d| d.code == code && is_there(d)) {
            diagnostic.severity = Severity::Error;
        }
    }

    /// How many errors and how many warnings.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        (errors, self.diagnostics.len() - errors)
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// All of them, as they were found.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// All of them by file, line and message, so that parallel work reports in the same order every time; errors after warnings, because the last line is
    /// the one that a terminal shows. The same mistake at the same place is kept once.
    #[must_use]
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        fn key(d: &Diagnostic) -> (std::cmp::Reverse<Severity>, &str, usize, &str) {
            let (name, start) = d.place.as_ref().map_or(("", 0), |p| (p.source.name(), p.span.start));
            (std::cmp::Reverse(d.severity), name, start, &d.message)
        }
        self.diagnostics.sort_by(|a, b| key(a).cmp(&key(b)));
        self.diagnostics.dedup_by(|a, b| key(a) == key(b));
        self.diagnostics
    }
}

impl Extend<Diagnostic> for Report {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, iter: T) {
        self.diagnostics.extend(iter);
    }
}

impl From<Diagnostic> for Report {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic] }
    }
}
