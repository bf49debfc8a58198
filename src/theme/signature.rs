//! What a component takes, and whether a call in Markdown fits it.

use std::ops::Range;

use tera::ComponentArgType;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::source::Source;
use crate::diagnostic::suggest;

/// What a component takes.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Its parameters, by name.
    pub params: Vec<Param>,
    /// Whether Markdown may stand between its lines: its source reads `body`.
    pub has_body: bool,
    /// Whether it must: the source reads `body` without ever asking whether there is one.
    pub needs_body: bool,
    /// Whether it takes arguments of any other name too (`...rest`).
    pub open: bool,
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type; `None` takes anything.
    pub kind: Option<ComponentArgType>,
    /// Whether a call must give it.
    pub required: bool,
}

/// What a call gives for an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiteralKind {
    /// `"text"`
    String,
    /// `3`
    Integer,
    /// `3.5`
    Float,
    /// `true` or `false`
    Boolean,
    /// In a template: `{…}`, known only when the page is drawn.
    Expression,
}

/// A call of a component. Spans are bytes of the file that the call stands in.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The component.
    pub name: &'a str,
    /// Where its name stands.
    pub name_span: Range<usize>,
    /// The arguments as written.
    pub arguments: &'a [Argument<'a>],
    /// Whether it encloses text: `{% <name> %}` … `{% </name> %}`.
    pub has_body: bool,
}

/// Where a call stands, hence how numbers are written: `n=1` in Markdown, `n={1}` in a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::theme) enum Host {
    Markdown,
    Template,
}

/// One argument of a call.
#[derive(Clone, Debug)]
pub struct Argument<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where the name stands.
    pub name_span: Range<usize>,
    /// What the value is.
    pub kind: LiteralKind,
    /// Where the value stands.
    pub value_span: Range<usize>,
}

/// What is wrong with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The diagnostic's code.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Bytes of the file that the call stands in.
    pub span: Range<usize>,
    /// What to do.
    pub hints: Vec<String>,
}

impl Problem {
    /// The diagnostic, in the file that the call stands in.
    #[must_use]
    pub fn at(self, source: &Source) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(self.code, self.message).at(source, self.span);
        diagnostic.hints = self.hints;
        diagnostic
    }

    fn new(code: &'static str, message: String, span: &Range<usize>, hint: Option<String>) -> Self {
        Self { code, message, span: span.clone(), hints: hint.into_iter().collect() }
    }
}

impl LiteralKind {
    fn name(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Integer => "an integer",
            Self::Float => "a number with a fraction",
            Self::Boolean => "true or false",
            Self::Expression => "an expression",
        }
    }

    fn fits(self, kind: ComponentArgType) -> bool {
        match kind {
            _ if self == Self::Expression => true,
            ComponentArgType::String => self == Self::String,
            ComponentArgType::Bool => self == Self::Boolean,
            ComponentArgType::Integer => self == Self::Integer,
            ComponentArgType::Float => self == Self::Float,
            ComponentArgType::Number => matches!(self, Self::Integer | Self::Float),
            // Lists and tables cannot be written in Markdown.
            _ => false,
        }
    }
}

/// Everything that is wrong with a call of a component that does not exist; `known` are those that do.
pub(in crate::theme) fn unknown<'a>(call: &Call<'_>, known: impl Iterator<Item = &'a str>) -> Vec<Problem> {
    let known: Vec<&str> = known.collect();
    let message = format!("there is no component `{}`", call.name);
    let hint = suggest::did_you_mean(call.name, known.iter().copied()).or_else(|| {
        let list = known.join(", ");
        (!list.is_empty()).then(|| format!("components of the theme: {list}"))
    });
    vec![Problem::new("unknown-component", message, &call.name_span, hint)]
}

/// Everything that is wrong with a call of a component with this signature.
pub(in crate::theme) fn check(call: &Call<'_>, signature: &Signature, host: Host) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, argument) in call.arguments.iter().enumerate() {
        problems.extend(check_argument(call, at, argument, signature, host));
    }
    for param in signature.params.iter().filter(|param| param.required) {
        if !call.arguments.iter().any(|argument| argument.name == param.name) {
            let message = format!("`{}` needs the argument `{}`", call.name, param.name);
            let hint = format!("add {}={}", param.name, example(param.kind, host));
            problems.push(Problem::new("missing-argument", message, &call.name_span, Some(hint)));
        }
    }
    // In a template an empty pair of tags is as good as a single one.
    if call.has_body && !signature.has_body && host == Host::Markdown {
        let message = format!("`{}` takes no text between its lines", call.name);
        let hint = format!("write {{{{<{} … />}}}}", call.name);
        problems.push(Problem::new("unexpected-body", message, &call.name_span, Some(hint)));
    }
    if !call.has_body && signature.needs_body {
        let message = format!("`{}` needs text between its lines", call.name);
        let hint = format!("write {{% <{0} …> %}}, the text, and {{% </{0}> %}} on lines of their own", call.name);
        problems.push(Problem::new("missing-body", message, &call.name_span, Some(hint)));
    }
    problems
}

fn check_argument(
    call: &Call<'_>,
    at: usize,
    argument: &Argument<'_>,
    signature: &Signature,
    host: Host,
) -> Option<Problem> {
    if call.arguments[..at].iter().any(|earlier| earlier.name == argument.name) {
        let message = format!("`{}` is given twice", argument.name);
        return Some(Problem::new("double-argument", message, &argument.name_span, None));
    }
    let Some(param) = signature.params.iter().find(|param| param.name == argument.name) else {
        if signature.open {
            return None;
        }
        let names: Vec<&str> = signature.params.iter().map(|param| param.name.as_str()).collect();
        let message = format!("`{}` takes no argument `{}`", call.name, argument.name);
        let hint = suggest::did_you_mean(argument.name, names.iter().copied()).unwrap_or_else(|| {
            if names.is_empty() { "it takes none".to_owned() } else { format!("it takes: {}", names.join(", ")) }
        });
        return Some(Problem::new("unknown-argument", message, &argument.name_span, Some(hint)));
    };
    let kind = param.kind.filter(|kind| !argument.kind.fits(*kind))?;
    let message = format!("`{}` must be {}, not {}", argument.name, wanted(kind), argument.kind.name());
    let hint = format!("write {}={}", argument.name, example(Some(kind), host));
    Some(Problem::new("wrong-type", message, &argument.value_span, Some(hint)))
}

fn wanted(kind: ComponentArgType) -> &'static str {
    match kind {
        ComponentArgType::String => "a string",
        ComponentArgType::Bool => "true or false",
        ComponentArgType::Integer => "an integer",
        ComponentArgType::Float => "a number with a fraction",
        ComponentArgType::Number => "a number",
        ComponentArgType::Array => "a list, which only templates can give",
        ComponentArgType::Map => "a table, which only templates can give",
        _ => "of another type, which only templates can give",
    }
}

fn example(kind: Option<ComponentArgType>, host: Host) -> String {
    let value = match kind {
        Some(ComponentArgType::Bool) => "true",
        Some(ComponentArgType::Integer | ComponentArgType::Number) => "1",
        Some(ComponentArgType::Float) => "1.0",
        _ => return "\"…\"".to_owned(),
    };
    if host == Host::Template { format!("{{{value}}}") } else { value.to_owned() }
}
