//! The compiled templates of one edition: rendering, components, and what each template depends on.

use std::collections::BTreeMap;

use tera::Context;
use tera::Tera;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::theme::diagnose;
use crate::theme::mistakes;
use crate::theme::signature;
use crate::theme::signature::Argument;
use crate::theme::signature::Call;
use crate::theme::signature::Host;
use crate::theme::signature::LiteralKind;
use crate::theme::signature::Param;
use crate::theme::signature::Problem;
use crate::theme::signature::Signature;
use crate::theme::sources::Edition;
use crate::theme::sources::Selection;
use crate::theme::sources::Sources;

/// What the program adds to Tera. Functions raise errors with `tera::Error::message("what is wrong\nwhat to do\n…")`: the first line becomes the
/// diagnostic's message, every further one a hint.
pub struct Vocabulary<'a> {
    /// Names of the functions that `register` adds, for "did you mean".
    pub functions: &'a [&'a str],
    /// Names of the filters that it adds.
    pub filters: &'a [&'a str],
    /// Names of the tests that it adds.
    pub tests: &'a [&'a str],
    /// Adds them. Called before any template is.
    pub register: &'a dyn Fn(&mut Tera),
}

/// The templates of one edition, compiled. They share nothing that changes, so that many threads may render at once.
pub struct Templates {
    tera: Tera,
    sources: Sources,
    prefixes: Vec<String>,
    nodes: BTreeMap<String, Node>,
    components: BTreeMap<String, Component>,
}

/// What is known of a registered template.
struct Node {
    /// Registered names of everything that it may reach, itself among them.
    reach: Vec<String>,
    functions: Vec<String>,
    fingerprint: [u8; 32],
}

struct Component {
    home: String,
    signature: Signature,
}

impl Templates {
    /// Compiles what `edition` needs. Every mistake in the templates is in the report; the templates are missing where there is one.
    #[must_use]
    pub fn compile(sources: &Sources, edition: Edition, vocabulary: &Vocabulary<'_>) -> (Option<Self>, Report) {
        let selection = sources.select(edition);
        match assemble(&selection, vocabulary) {
            Ok(tera) => {
                let templates = Self::index(tera, sources, &selection);
                let report = templates.check_own_calls(&selection);
                if report.has_errors() { (None, report) } else { (Some(templates), report) }
            }
            Err(error) => (None, diagnose::all(sources, &selection, vocabulary, &error)),
        }
    }

    fn index(tera: Tera, sources: &Sources, selection: &Selection<'_>) -> Self {
        let nodes = selection.templates.keys().map(|name| ((*name).to_owned(), node(name, selection))).collect();
        let mut components = BTreeMap::new();
        for (name, home) in &selection.homes {
            let definition = selection.templates.get(home).and_then(|template| {
                template.scan.definitions.iter().find(|definition| definition.mention.name == **name)
            });
            if let (Some(info), Some(definition)) = (tera.get_component_definition(name), definition) {
                let params = info.args().iter().map(|arg| Param {
                    name: arg.name().to_owned(),
                    kind: arg.arg_type(),
                    required: arg.is_required(),
                });
                let signature = Signature {
                    params: params.collect(),
                    has_body: definition.has_body,
                    needs_body: definition.needs_body,
                    open: info.rest_param().is_some(),
                };
                components.insert((*name).to_owned(), Component { home: (*home).to_owned(), signature });
            }
        }
        Self { tera, sources: sources.clone(), prefixes: selection.prefixes.clone(), nodes, components }
    }

    /// Holds the calls of components in templates to their signatures: Tera would only do so when a page is drawn.
    fn check_own_calls(&self, selection: &Selection<'_>) -> Report {
        let mut report = Report::new();
        for template in selection.templates.values() {
            for call in &template.scan.components {
                let Some(signature) = self.component_signature(&call.mention.name) else { continue };
                let arguments: Vec<Argument<'_>> = call
                    .arguments
                    .iter()
                    .map(|(name, value, is_string)| Argument {
                        name: &name.name,
                        name_span: name.span.clone(),
                        kind: if *is_string { LiteralKind::String } else { LiteralKind::Expression },
                        value_span: value.clone(),
                    })
                    .collect();
                let whole = Call {
                    name: &call.mention.name,
                    name_span: call.mention.span.clone(),
                    arguments: &arguments,
                    has_body: call.has_body,
                };
                let problems = signature::check(&whole, signature, Host::Template).into_iter();
                let problems = problems.filter(|problem| !call.spread || problem.code != "missing-argument");
                report.extend(problems.map(|problem| problem.at(&template.source)));
            }
        }
        report
    }

    /// Renders the template `name`, such as `web/post.html`.
    ///
    /// # Errors
    /// A diagnostic in the theme's file: a name that does not exist, with those that do; an error that a function raised; a missing template.
    pub fn render(&self, name: &str, context: &Context) -> Result<String, Box<Diagnostic>> {
        self.tera.render(name, context).map_err(|error| self.mistake(&error, name))
    }

    /// Whether there is a template of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.registered(name).is_some()
    }

    /// The names of all templates as other templates say them (`web/post.html`), each once, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.nodes.keys().map(|name| self.sources.path(name)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Everything that a template may read, by the names standing in sources: itself, what it extends and includes, the components it calls, and so on.
    /// Registered names (`broadside/web/post.html`), sorted; none for a name that does not exist.
    pub fn dependencies(&self, name: &str) -> impl Iterator<Item = &str> {
        self.node(name).into_iter().flat_map(|node| node.reach.iter().map(String::as_str))
    }

    /// The functions called by a template and by everything that it may read; sorted.
    pub fn functions_called(&self, name: &str) -> impl Iterator<Item = &str> {
        self.node(name).into_iter().flat_map(|node| node.functions.iter().map(String::as_str))
    }

    /// A hash of the sources of a template and of everything that it may read. Zeros for a name that does not exist.
    #[must_use]
    pub fn fingerprint(&self, name: &str) -> [u8; 32] {
        self.node(name).map_or([0; 32], |node| node.fingerprint)
    }

    /// The names of all components, sorted.
    pub fn component_names(&self) -> impl Iterator<Item = &str> {
        self.components.keys().map(String::as_str)
    }

    /// What a component takes.
    #[must_use]
    pub fn component_signature(&self, name: &str) -> Option<&Signature> {
        self.components.get(name).map(|component| &component.signature)
    }

    /// A hash of the sources of a component and of everything that it may read.
    #[must_use]
    pub fn component_fingerprint(&self, name: &str) -> Option<[u8; 32]> {
        let node = self.nodes.get(&self.components.get(name)?.home)?;
        Some(
            *blake3::Hasher::new().update(name.as_bytes()).update(&[0]).update(&node.fingerprint).finalize().as_bytes(),
        )
    }

    /// The functions called by a component and by everything that it may read; sorted.
    pub fn component_functions(&self, name: &str) -> impl Iterator<Item = &str> {
        let node = self.components.get(name).and_then(|component| self.nodes.get(&component.home));
        node.into_iter().flat_map(|node| node.functions.iter().map(String::as_str))
    }

    /// Everything that is wrong with a call of a component; nothing for a good one.
    #[must_use]
    pub fn check_call(&self, call: &Call<'_>) -> Vec<Problem> {
        match self.component_signature(call.name) {
            Some(signature) => signature::check(call, signature, Host::Markdown),
            None => signature::unknown(call, self.component_names()),
        }
    }

    /// Renders a component. `surroundings` is what its implicit parameters (`@site`) are read from; `body` is HTML.
    ///
    /// # Errors
    /// As [`Templates::render`]; arguments that do not fit have no place here, hence [`Templates::check_call`] comes first.
    pub fn render_component(
        &self,
        name: &str,
        arguments: &Context,
        surroundings: &Context,
        body: Option<&str>,
    ) -> Result<String, Box<Diagnostic>> {
        let home = self.components.get(name).map_or(name, |component| &component.home);
        self.tera
            .render_component_with_implicits(name, arguments, surroundings, body, true)
            .map_err(|error| self.mistake(&error, home))
    }

    fn mistake(&self, error: &tera::Error, name: &str) -> Box<Diagnostic> {
        let registered = self.registered(name).unwrap_or(name);
        Box::new(mistakes::rendering(error, registered, |template| self.sources.source(template)))
    }

    fn registered(&self, name: &str) -> Option<&str> {
        let get = |full: &str| self.nodes.get_key_value(full).map(|(name, _)| name.as_str());
        get(name).or_else(|| self.prefixes.iter().find_map(|prefix| get(&format!("{prefix}{name}"))))
    }

    fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.get(self.registered(name)?)
    }
}

/// Adds every template of the selection to a new Tera.
fn assemble(selection: &Selection<'_>, vocabulary: &Vocabulary<'_>) -> tera::TeraResult<Tera> {
    let mut tera = prepared(selection, vocabulary)?;
    tera.add_raw_templates(selection.templates.iter().map(|(name, template)| (*name, template.source.text())))?;
    Ok(tera)
}

/// A Tera that knows the vocabulary and the order of themes, and no template yet.
pub(in crate::theme) fn prepared(selection: &Selection<'_>, vocabulary: &Vocabulary<'_>) -> tera::TeraResult<Tera> {
    let mut tera = Tera::new();
    (vocabulary.register)(&mut tera);
    tera.set_fallback_prefixes(selection.prefixes.clone())?;
    Ok(tera)
}

fn node(name: &str, selection: &Selection<'_>) -> Node {
    let reach = selection.reach(name);
    let mut functions = Vec::new();
    let mut hasher = blake3::Hasher::new();
    for (name, template) in reach.iter().filter_map(|name| selection.templates.get_key_value(name)) {
        hasher.update(name.as_bytes()).update(&[0]).update(&template.hash);
        functions.extend(template.scan.functions.iter().map(|mention| mention.name.clone()));
    }
    functions.sort_unstable();
    functions.dedup();
    Node {
        fingerprint: *hasher.finalize().as_bytes(),
        reach: reach.into_iter().map(str::to_owned).collect(),
        functions,
    }
}
