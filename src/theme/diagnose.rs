//! Why a set of templates does not compile: every mistake, not only the first. This runs only when something is wrong.
//!
//! Tera stops at the first syntax error, the first missing parent and the first circle, and so hides what comes after. Hence each template is parsed alone, the
//! broken ones are replaced by empty ones, and the rest is tried together for names that do not exist.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use tera::ErrorKind;
use tera::Tera;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::diagnostic::suggest;
use crate::theme::mistakes;
use crate::theme::mistakes::Entry;
use crate::theme::scan::Mention;
use crate::theme::sources::Selection;
use crate::theme::sources::Sources;
use crate::theme::templates;
use crate::theme::templates::Vocabulary;

/// Tera's own filters; it lists them nowhere.
const FILTERS: [&str; 36] = [
    "safe",
    "default",
    "upper",
    "lower",
    "wordcount",
    "escape",
    "escape_html",
    "escape_xml",
    "newlines_to_br",
    "pluralize",
    "trim",
    "trim_start",
    "trim_end",
    "replace",
    "capitalize",
    "title",
    "truncate",
    "indent",
    "str",
    "int",
    "float",
    "length",
    "reverse",
    "split",
    "abs",
    "round",
    "first",
    "last",
    "nth",
    "join",
    "sort",
    "unique",
    "get",
    "values",
    "keys",
    "pairs",
];
const MORE_FILTERS: [&str; 1] = ["group_by"];
const TESTS: [&str; 17] = [
    "string",
    "number",
    "map",
    "bool",
    "array",
    "integer",
    "float",
    "none",
    "iterable",
    "defined",
    "undefined",
    "odd",
    "even",
    "divisible_by",
    "starting_with",
    "ending_with",
    "containing",
];
const FUNCTIONS: [&str; 3] = ["range", "throw", "super"];

/// Every mistake of the selection. `first` is what Tera said to all templates together.
pub(in crate::theme) fn all(
    sources: &Sources,
    selection: &Selection<'_>,
    vocabulary: &Vocabulary<'_>,
    first: &tera::Error,
) -> Report {
    let mut report = Report::new();
    let mut broken = Broken::default();
    for (name, template) in &selection.templates {
        if let Some(diagnostic) = syntax(name, &template.source) {
            report.push(diagnostic);
            broken.templates.insert(name);
        }
    }
    parents(sources, selection, &mut broken, &mut report);
    doubles(selection, &mut broken, &mut report);
    for _ in 0..=selection.templates.len() {
        let Err(error) = together(selection, vocabulary, &broken) else { break };
        match error.kind() {
            ErrorKind::CircularInclude { tpl, include_chain } => {
                let Some((name, _)) = selection.templates.get_key_value(tpl.as_str()) else { break };
                report.push(include_circle(sources, selection, include_chain));
                broken.templates.insert(name);
            }
            _ => {
                let known = Known { sources, selection, vocabulary, broken: &broken };
                for entry in mistakes::entries(&error.to_string()) {
                    report.extend(known.unknown(&entry));
                }
                break;
            }
        }
    }
    if !report.has_errors() {
        // Something that this file does not know of. Better Tera's own words than none.
        report.push(Diagnostic::error("template-error", mistakes::lower(&first.to_string())));
    }
    report
}

/// Templates that are replaced by empty ones so that the others can be looked at.
#[derive(Default)]
struct Broken<'a> {
    templates: BTreeSet<&'a str>,
    /// Names that stand in an `extends` and do not exist.
    missing: BTreeSet<&'a str>,
}

fn syntax(name: &str, source: &Source) -> Option<Diagnostic> {
    match Tera::new().add_raw_template(name, source.text()) {
        // Alone, a template knows neither its parents nor any function: all other errors are for later.
        Err(error) => match error.kind() {
            ErrorKind::SyntaxError(report) => Some(mistakes::syntax(report, source)),
            _ => None,
        },
        Ok(()) => None,
    }
}

/// Looks after `extends`: missing parents and circles.
fn parents<'a>(sources: &Sources, selection: &Selection<'a>, broken: &mut Broken<'a>, report: &mut Report) {
    let mut in_circle: BTreeSet<&str> = BTreeSet::new();
    for (name, template) in &selection.templates {
        let Some(parent) = &template.scan.extends else { continue };
        if broken.templates.contains(name) {
            continue;
        }
        if selection.lookup(&parent.name).is_none() {
            let message = format!("there is no template `{}` to extend", parent.name);
            report.push(
                Diagnostic::error("unknown-template", message)
                    .at(&template.source, parent.span.clone())
                    .maybe_hint(suggest_template(sources, selection, &parent.name)),
            );
            broken.missing.insert(&parent.name);
        } else if !in_circle.contains(name)
            && let Some(circle) = extends_circle(selection, name)
        {
            let names: Vec<&str> = circle.iter().chain(circle.first()).copied().collect();
            let message = format!("templates extend each other in a circle: {}", names.join(" → "));
            let mut diagnostic =
                Diagnostic::error("template-circle", message).at(&template.source, parent.span.clone());
            if circle.len() == 1
                && let Some(next) = sources.themes.get(1)
            {
                diagnostic = diagnostic.hint(format!(
                    "to extend the template that this one replaces, name its theme: \"{next}/{}\"",
                    parent.name
                ));
            }
            report.push(diagnostic);
            in_circle.extend(&circle);
            broken.templates.extend(circle);
        }
    }
}

/// The circle that `name` is part of, itself first.
fn extends_circle<'a>(selection: &Selection<'a>, name: &'a str) -> Option<Vec<&'a str>> {
    let mut path = vec![name];
    loop {
        let template = selection.templates.get(path.last()?)?;
        let next = selection.lookup(&template.scan.extends.as_ref()?.name)?;
        if next == name {
            return Some(path);
        }
        if path.contains(&next) {
            return None;
        }
        path.push(next);
    }
}

fn include_circle(sources: &Sources, selection: &Selection<'_>, chain: &[String]) -> Diagnostic {
    let message = format!("templates include each other in a circle: {}", chain.join(" → "));
    let diagnostic = Diagnostic::error("template-circle", message);
    let next = chain.get(1).map(String::as_str);
    let template = chain.first().and_then(|name| selection.templates.get(name.as_str()));
    let mention = template
        .and_then(|template| template.scan.includes.iter().find(|mention| selection.lookup(&mention.name) == next));
    match (template, mention) {
        (Some(template), Some(mention)) => diagnostic.at(&template.source, mention.span.clone()),
        _ => match chain.first().and_then(|name| sources.source(name)) {
            Some(source) => diagnostic.at(source, 0..0),
            None => diagnostic,
        },
    }
}

fn doubles<'a>(selection: &Selection<'a>, broken: &mut Broken<'a>, report: &mut Report) {
    for (component, first, second) in &selection.doubles {
        let place = |name: &str| {
            let template = selection.templates.get(name)?;
            let mut definitions = template.scan.definitions.iter();
            let definition = definitions.rfind(|definition| definition.mention.name == *component)?;
            Some((&template.source, definition.mention.span.clone()))
        };
        let mut diagnostic =
            Diagnostic::error("double-component", format!("the component `{component}` is defined twice"));
        if let Some((source, span)) = place(second) {
            diagnostic = diagnostic.at(source, span);
        }
        if let Some((source, span)) = place(first).filter(|_| first != second) {
            diagnostic = diagnostic.also(source, span, "also defined here");
        }
        // A second definition in the same file is a syntax error to Tera and reported as one.
        if first != second {
            report.push(diagnostic.hint("give one of them another name"));
            broken.templates.insert(second);
        }
    }
}

/// All templates in one Tera, empty ones in place of the broken.
fn together(selection: &Selection<'_>, vocabulary: &Vocabulary<'_>, broken: &Broken<'_>) -> tera::TeraResult<()> {
    let mut tera = templates::prepared(selection, vocabulary)?;
    let templates = selection.templates.iter().map(|(name, template)| {
        let text = if broken.templates.contains(name) { "" } else { template.source.text() };
        (*name, text)
    });
    tera.add_raw_templates(templates.chain(broken.missing.iter().map(|name| (*name, ""))))
}

/// What names there are, to say what an unknown one may have meant.
struct Known<'a> {
    sources: &'a Sources,
    selection: &'a Selection<'a>,
    vocabulary: &'a Vocabulary<'a>,
    broken: &'a Broken<'a>,
}

impl Known<'_> {
    /// The diagnostic for an entry of Tera's report; none where a broken template is to blame, which has its own.
    fn unknown(&self, entry: &Entry<'_>) -> Option<Diagnostic> {
        let template = self.selection.templates.get(entry.template)?;
        let source = &template.source;
        let name = entry.message.split('`').nth(1).unwrap_or_default();
        let start = source.offset(entry.position);
        let start = start + source.text()[start..].find(name).unwrap_or(0);
        let span = start..start + name.len();
        let kind = entry.message.split(' ').nth(1).unwrap_or_default();
        let vocabulary = self.vocabulary;
        let (code, message, hint) = match kind {
            "filter" => {
                let known = FILTERS.iter().chain(&MORE_FILTERS).chain(vocabulary.filters);
                let hint = suggest::did_you_mean(name, known.copied()).or_else(|| filter_of_tera_1(name));
                ("unknown-filter", format!("there is no filter `{name}`"), hint)
            }
            "test" => {
                let hint = suggest::did_you_mean(name, TESTS.iter().chain(vocabulary.tests).copied());
                ("unknown-test", format!("there is no test `{name}`"), hint)
            }
            "function" => {
                let hint = suggest::did_you_mean(name, FUNCTIONS.iter().chain(vocabulary.functions).copied());
                let hint = hint.or_else(|| Some(format!("functions: {}", vocabulary.functions.join(", "))));
                ("unknown-function", format!("there is no function `{name}` here"), hint)
            }
            "component" => {
                let homes = &self.selection.homes;
                if homes.get(name).is_some_and(|home| self.broken.templates.contains(home)) {
                    return None;
                }
                let hint = suggest::did_you_mean(name, homes.keys().copied());
                ("unknown-component", format!("there is no component `{name}`"), hint)
            }
            "template" => {
                let hint = suggest_template(self.sources, self.selection, name);
                ("unknown-template", format!("there is no template `{name}`"), hint)
            }
            _ if entry.message.starts_with("Block ") => return self.unknown_block(entry.template, name),
            _ => ("template-error", mistakes::lower(entry.message), None),
        };
        Some(Diagnostic::error(code, message).at(source, span).maybe_hint(hint))
    }

    fn unknown_block(&self, template: &str, block: &str) -> Option<Diagnostic> {
        let own = self.selection.templates.get(template)?;
        let mut blocks: BTreeMap<&str, ()> = BTreeMap::new();
        let mut at = own;
        // The circle, if there is one, has been reported; the length is the guard.
        for _ in 0..self.selection.templates.len() {
            let Some(parent) = &at.scan.extends else { break };
            let name = self.selection.lookup(&parent.name)?;
            if self.broken.templates.contains(name) {
                return None;
            }
            at = self.selection.templates.get(name)?;
            blocks.extend(at.scan.blocks.iter().map(|mention| (mention.name.as_str(), ())));
        }
        let mention: &Mention = own.scan.blocks.iter().find(|mention| mention.name == block)?;
        let list = || Some(format!("blocks: {}", blocks.keys().copied().collect::<Vec<_>>().join(", ")));
        Some(
            Diagnostic::error("unknown-block", format!("no template that this one extends has a block `{block}`"))
                .at(&own.source, mention.span.clone())
                .maybe_hint(suggest::did_you_mean(block, blocks.keys().copied()).or_else(list)),
        )
    }
}

fn suggest_template(sources: &Sources, selection: &Selection<'_>, name: &str) -> Option<String> {
    let paths = selection.templates.keys().flat_map(|full| [sources.path(full), full]);
    suggest::nearest_path(name, paths).map(|best| format!("did you mean `{best}`?")).or_else(|| {
        let file = name.rsplit('/').next()?;
        let same = selection.templates.keys().find(|full| full.rsplit('/').next() == Some(file))?;
        Some(format!("did you mean `{}`?", sources.path(same)))
    })
}

/// What became of the filters of Tera 1.
fn filter_of_tera_1(name: &str) -> Option<String> {
    let now = match name {
        "slugify" => "write `slug`",
        "striptags" | "linebreaksbr" | "spaceless" => "it went with Tera 1; `newlines_to_br` and `trim` are there",
        "map" | "filter" | "concat" => "write a list comprehension: [item.name for item in list if item.name]",
        "date_format" | "strftime" => "write `date(format=\"%-d %B %Y\")`",
        _ => return None,
    };
    Some(now.to_owned())
}
