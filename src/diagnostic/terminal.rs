//! Diagnostics for people at a terminal: with excerpt and underline, or one a line.

use annotate_snippets::AnnotationKind;
use annotate_snippets::Group;
use annotate_snippets::Level;
use annotate_snippets::Renderer;
use annotate_snippets::Snippet;
use annotate_snippets::renderer::DecorStyle;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Place;
use crate::diagnostic::report::Severity;

/// The excerpt, the underline, what is wrong, what to do. `colour` adds ANSI escapes.
#[must_use]
pub fn human(diagnostic: &Diagnostic, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let title = level.primary_title(&diagnostic.message).id(diagnostic.code);
    let mut group: Group<'_> = Group::with_title(title);
    if let Some(place) = &diagnostic.place {
        group = group.element(snippet(place, AnnotationKind::Primary));
    }
    for place in &diagnostic.related {
        group = group.element(snippet(place, AnnotationKind::Context));
    }
    for hint in &diagnostic.hints {
        group = group.element(Level::HELP.message(hint));
    }
    renderer.render(&[group])
}

fn snippet(place: &Place, kind: AnnotationKind) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let source = &place.source;
    let start = source.floor(place.span.start);
    let end = source.floor(place.span.end).max(start);
    let annotation = kind.span(start..end);
    let annotation = if place.label.is_empty() { annotation } else { annotation.label(&*place.label) };
    Snippet::source(source.text()).path(source.name()).fold(true).annotation(annotation)
}

/// `file:line:column: error: message [code]`, as editors and `grep` read it; hints follow in the same line.
#[must_use]
pub fn short(diagnostic: &Diagnostic) -> String {
    let severity = severity(diagnostic.severity);
    let place = diagnostic.place.as_ref().map_or_else(String::new, |place| {
        let at = place.source.position(place.span.start);
        format!("{}:{}:{}: ", place.source.name(), at.line, at.column)
    });
    let hints = diagnostic.hints.iter().fold(String::new(), |text, hint| text + "; " + hint);
    format!("{place}{severity}: {} [{}]{hints}", diagnostic.message, diagnostic.code)
}

/// The word for a severity.
pub(in crate::diagnostic) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::source::Source;

    #[test]
    fn both_faces() {
        let source = Source::new("content/posts/a.md", "+++\ntitel = \"x\"\n+++\n");
        let diagnostic =
            Diagnostic::error("unknown-key", "unknown key `titel`").at(&source, 4..9).hint("did you mean `title`?");
        assert_eq!(
            short(&diagnostic),
            "content/posts/a.md:2:1: error: unknown key `titel` [unknown-key]; did you mean `title`?"
        );
        let text = human(&diagnostic, false);
        for part in
            ["error[unknown-key]: unknown key `titel`", "content/posts/a.md:2:1", "^^^^^", "did you mean `title`?"]
        {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
    }

    #[test]
    fn odd_spans_do_not_break_it() {
        let source = Source::new("a.md", "ü\r\nx");
        for span in [0..0, 1..1, 1..3, 5..5, 4..99, 99..120] {
            let diagnostic = Diagnostic::error("x", "y").at(&source, span.clone()).also(&source, span, "z");
            assert!(human(&diagnostic, true).contains('y'));
            assert!(short(&diagnostic).starts_with("a.md:"));
        }
        assert!(human(&Diagnostic::error("x", "y"), false).contains('y'));
        let empty = Source::new("e.md", "");
        assert!(human(&Diagnostic::error("x", "y").at(&empty, 0..1), false).contains('y'));
    }
}
