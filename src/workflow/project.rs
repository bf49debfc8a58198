//! Opens a site: configuration, content and theme read and checked, every mistake at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::read as config_read;
use crate::config::site::Config;
use crate::config::site::Overrides;
use crate::content::call::Literal;
use crate::content::document;
use crate::content::document::Body;
use crate::content::document::DocumentKind;
use crate::content::document::Loader;
use crate::content::document::Options;
use crate::content::issue;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Place;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::edition::publication;
use crate::edition::publication::Press;
use crate::edition::service::ServicePress;
use crate::files::read;
use crate::files::read::ReadError;
use crate::files::tree::FileTree;
use crate::library::build as library_build;
use crate::library::issue::IssueState;
use crate::library::model::Library;
use crate::library::order::Visibility;
use crate::theme;
use crate::theme::Theme;
use crate::theme::signature::Argument;
use crate::theme::signature::Call;
use crate::theme::signature::LiteralKind;
use crate::theme::templates::Templates;
use crate::value::clock::Clock;
use crate::workflow::failure::Failure;
use crate::workflow::site_folder;

/// A site that has been read.
pub struct Project {
    /// Its folder.
    pub root: PathBuf,
    /// Its configuration.
    pub config: Arc<Config>,
    /// Its content.
    pub library: Arc<Library>,
    /// Its theme, if that could be loaded.
    pub theme: Option<Arc<Theme>>,
    /// The theme's templates, if they could be compiled.
    pub press: Option<Arc<Press>>,
    /// The theme and its press, to be handed in again while neither the theme nor `site.toml` changes.
    pub dressed: Dressed,
    /// The files of `content/` and of `themes/`.
    pub files: [FileTree; 2],
    /// Everything found so far.
    pub report: Report,
}

/// How to open a site.
#[derive(Clone)]
pub struct Opening<'a> {
    /// The folder with `site.toml`.
    pub root: &'a Path,
    /// What the command line says over `site.toml`.
    pub overrides: &'a Overrides,
    /// Drafts and future posts.
    pub visibility: Visibility,
    /// Now.
    pub clock: &'a Clock,
    /// Where documents come from.
    pub loader: &'a dyn Loader,
    /// The files of `content/` and of `themes/`, where they have been listed already without an error.
    pub files: Option<[FileTree; 2]>,
    /// The theme, where neither it nor `site.toml` has changed since.
    pub dressed: Option<Dressed>,
}

/// Opens a site. Mistakes are in the project's report, unless `site.toml` itself cannot be used.
///
/// # Errors
/// [`Failure::NoSite`]; [`Failure::Mistakes`] where `site.toml` has errors, together with those of the content.
pub fn open(opening: Opening<'_>) -> Result<Project, Failure> {
    let root = opening.root;
    let mut report = Report::new();
    let [content, themes] = opening.files.unwrap_or_else(|| {
        ["content", "themes"].map(|folder| {
            let (files, errors) = read::tree(&root.join(folder), folder);
            report.extend(errors.into_iter().map(|error| unreadable(&error)));
            files
        })
    });
    let source = site_file(root)?;
    let config = match source {
        Ok(source) => {
            let (config, more) = config_read::read(&source, opening.overrides);
            report.merge(more);
            config
        }
        Err(mistake) => {
            report.merge(mistake);
            None
        }
    };
    let Some(config) = config else {
        // The content's own mistakes can be told all the same.
        report.merge(documents_alone(&content));
        return Err(Failure::Mistakes(report));
    };
    let ((library, library_report), dressed) = rayon::join(
        || library_build::build(&config, &content, opening.loader, opening.clock, opening.visibility),
        || opening.dressed.unwrap_or_else(|| dress(&config, &themes)),
    );
    report.merge(library_report);
    report.merge(dressed.report.clone());
    if let Some(components) = &dressed.components {
        report.merge(check_calls(&library, components));
    }
    Ok(Project {
        root: root.to_owned(),
        config: Arc::new(config),
        library: Arc::new(library),
        theme: dressed.theme.clone(),
        press: dressed.press.clone(),
        dressed,
        files: [content, themes],
        report,
    })
}

/// The text of `site.toml`, or the mistake that keeps it from being text.
fn site_file(root: &Path) -> Result<Result<Source, Report>, Failure> {
    let path = root.join("site.toml");
    let bytes = read::optional(&path)?.ok_or_else(|| Failure::NoSite { folder: root.to_owned() })?;
    Ok(site_folder::text(bytes))
}

/// A theme as far as it could be loaded.
#[derive(Clone)]
pub struct Dressed {
    theme: Option<Arc<Theme>>,
    press: Option<Arc<Press>>,
    components: Option<Arc<Templates>>,
    report: Report,
}

fn dress(config: &Config, themes: &FileTree) -> Dressed {
    let place = Place { source: config.source.clone(), span: config.theme.span.clone(), label: String::new() };
    let named_here = !config.theme.span.is_empty();
    let (theme, mut report) = theme::load(&config.theme.value, named_here.then_some(&place), themes);
    let (mut press, mut components) = (None, None);
    let theme = theme.map(Arc::new);
    if let Some(theme) = &theme {
        let more;
        (press, components, more) = publication::compile(theme);
        report.merge(more);
        // What is wrong with a base that the service's pages share has been said by now.
        if press.is_some() && config.subscribe.endpoint.is_some() {
            report.merge(ServicePress::new(&Arc::new(config.clone()), theme, &BTreeMap::new()).1);
        }
    }
    Dressed { theme, press: press.map(Arc::new), components, report }
}

/// A file or folder that cannot be read, as a mistake beside the others.
fn unreadable(error: &ReadError) -> Diagnostic {
    match error {
        ReadError::Loop { .. } => Diagnostic::error("symlink-loop", error.to_string())
            .hint("remove the link, or let it point at a folder beside it"),
        ReadError::Name { .. } => Diagnostic::error("bad-file-name", error.to_string()).hint("rename the file"),
        ReadError::Io { .. } => Diagnostic::error("unreadable", error.to_string()),
    }
}

fn documents_alone(content: &FileTree) -> Report {
    let mut report = Report::new();
    for file in content.below("posts").filter(|file| file.path.extension() == "md") {
        report.merge(document::load(file, DocumentKind::Post, &Options::default()).1);
    }
    for file in content.below("pages").filter(|file| file.path.extension() == "md") {
        report.merge(document::load(file, DocumentKind::Page, &Options::default()).1);
    }
    report
}

/// Checks every component call of the site against the theme's components, also in posts that are not shown yet.
fn check_calls(library: &Library, templates: &Templates) -> Report {
    let mut report = Report::new();
    let profiles = library.authors.iter().filter_map(|author| author.profile.as_ref()).map(|profile| &profile.body);
    for body in library.posts.iter().map(|post| &post.document.body).chain(profiles) {
        if !body.calls.is_empty() {
            check_body(body, "", templates, &mut report);
        }
    }
    // What was approved is drawn for ever.
    for issue in library.issues.iter().filter(|issue| issue.state == IssueState::Draft) {
        if let Some(text) = &issue.text {
            check_body(&text.body, issue::POST, templates, &mut report);
        }
    }
    report
}

/// Checks the calls of a body but those of `own`, which is no component of the theme there.
fn check_body(body: &Body, own: &str, templates: &Templates, report: &mut Report) {
    for call in body.calls.iter().filter(|call| call.name.value != own) {
        let arguments: Vec<Argument<'_>> = call
            .arguments
            .iter()
            .map(|argument| Argument {
                name: &argument.name.value,
                name_span: argument.name.span.clone(),
                kind: match argument.value.value {
                    Literal::String(_) => LiteralKind::String,
                    Literal::Integer(_) => LiteralKind::Integer,
                    Literal::Float(_) => LiteralKind::Float,
                    Literal::Boolean(_) => LiteralKind::Boolean,
                },
                value_span: argument.value.span.clone(),
            })
            .collect();
        let call = Call {
            name: &call.name.value,
            name_span: call.name.span.clone(),
            arguments: &arguments,
            has_body: call.encloses,
        };
        let problems = templates.check_call(&call);
        if !problems.is_empty()
            && let Ok(source) = body.source()
        {
            report.extend(problems.into_iter().map(|problem| problem.at(&source)));
        }
    }
}
