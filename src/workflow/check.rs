//! `check`: everything that `build` checks, and what only the finished pages show. Nothing is written.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::config::blocks::Subscribe;
use crate::config::issues;
use crate::config::relay;
use crate::config::site::Config;
use crate::content::document::Direct;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::suggest;
use crate::edition::publication::Drawn;
use crate::library::issue::Issue;
use crate::library::mentions;
use crate::library::model::Library;
use crate::output::final_html;
use crate::output::final_html::Found;
use crate::workflow::build;
use crate::workflow::build::Prepared;
use crate::workflow::build::Request;
#[cfg(feature = "newsletter")]
use crate::workflow::check_mails;
use crate::workflow::check_newsletters;
use crate::workflow::departure;
use crate::workflow::external;
use crate::workflow::failure::Failure;
use crate::workflow::memory::Memory;
use crate::workflow::progress::Progress;
use crate::workflow::project;
use crate::workflow::render;

/// How far to go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--external`: ask other sites whether the pages that ours link to are there.
    pub external: bool,
}

/// Checks the site: draws it in memory, then looks through the finished HTML for links, anchors and pictures that only it shows: those of templates,
/// components and raw HTML.
///
/// # Errors
/// [`Failure`]; the report otherwise holds warnings, and the errors of finished pages.
pub fn check(request: &Request, options: &Options, progress: &dyn Progress) -> Result<Report, Failure> {
    let memory = Memory::none();
    let project = project::open(build::opening(request, &Direct))?;
    let form = form(&project.config);
    let hidden = hidden(&project.config, &project.library);
    let mut advice = issues::advice(&project.config);
    advice.merge(relay::advice(&project.config));
    let config = Arc::clone(&project.config);
    let Prepared { publication, library, theme, mut report } = build::prepare(project, &memory, progress)?;
    let pages: Mutex<BTreeMap<String, Found>> = Mutex::default();
    let put = |_: usize, drawn: Drawn| -> Result<(), Infallible> {
        if let Drawn::Files(files) = drawn {
            for (path, bytes) in files {
                let found = if path.ends_with(".html") { final_html::look(&bytes) } else { Found::default() };
                pages.lock().unwrap_or_else(PoisonError::into_inner).insert(path, found);
            }
        }
        Ok(())
    };
    // Of a draft nothing is published, so that `build` can live with it.
    report.raise(mentions::UNKNOWN);
    let Ok(found) = render::all(&publication, progress, &|_| Ok(true), &put);
    report.merge(found.report);
    if report.has_errors() {
        return Err(Failure::Mistakes(report));
    }
    #[cfg_attr(not(feature = "newsletter"), expect(unused_mut, reason = "mails add theirs"))]
    let mut pages = pages.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut files: BTreeSet<String> = pages.keys().cloned().collect();
    let media = publication.media();
    files.extend(library.assets.iter().filter(|asset| asset.copied).map(|asset| asset.permalink.file()));
    files.extend(theme.styles.iter().map(|style| style.path.to_string()));
    files.extend(theme.assets.names().map(str::to_owned));
    files.extend(media.images.values().flat_map(|image| image.plan.variants().map(|variant| variant.path.to_string())));
    report.merge(links(&pages, &files, &library));
    report.merge(pictures(&pages));
    report.extend(form);
    report.extend(hidden);
    report.merge(advice);
    report.merge(check_newsletters::look(&config, &library, request.clock.timestamp()));
    report.merge(frozen_pictures(&library));
    report.extend(departure::all_doubts(&config, &library, request.clock.timestamp()));
    report.merge(departure::overdue(&library, request.clock.timestamp()));
    #[cfg(feature = "newsletter")]
    {
        let (config, clock) = (&config, &request.clock);
        let (library, theme, publication, memory) = (&*library, &theme, &publication, &memory);
        let (files, pages) = (&files, &mut pages);
        let site = check_mails::Site { config, library, theme, publication, memory, clock, files, pages };
        let mails = check_mails::look(&site);
        report.merge(mails.report);
        // Their links out of the site are asked for with those of its pages.
        pages.extend(mails.links);
    }
    if options.external {
        report.merge(external::ask(&pages, library.base.origin(), progress));
    }
    if report.has_errors() {
        return Err(Failure::Mistakes(report));
    }
    Ok(report)
}

/// A subscribe form that has nobody to post to, so that themes leave it out.
fn form(config: &Config) -> Option<Diagnostic> {
    let Subscribe { action, mailto, endpoint, .. } = &config.subscribe;
    let blocks = [&config.blocks.header, &config.blocks.aside, &config.blocks.footer];
    let is_wanted = blocks.into_iter().flatten().any(|name| name == "subscribe");
    if !is_wanted || action.is_some() || mailto.is_some() || endpoint.is_some() {
        return None;
    }
    let message = "the subscribe form is not shown: nothing says where it posts";
    let hint = "set [subscribe] `endpoint` for `letterpress daemon`, `action` for another service, or `mailto`; or take \"subscribe\" out of [blocks]";
    Some(Diagnostic::warning("no-subscribe-form", message).hint(hint))
}

/// A page below the newsletter's endpoint: readers would get the service there, which knows nothing of the page.
fn hidden(config: &Config, library: &Library) -> Option<Diagnostic> {
    let endpoint = config.subscribe.endpoint.as_ref()?;
    if endpoint.url.origin() != library.base.origin() {
        return None;
    }
    let pages = library.addresses.iter().filter(|address| address.target.is_page());
    let mut paths = pages.map(|address| address.permalink.path()).filter(|path| path.starts_with(endpoint.url.root()));
    let first = paths.next()?;
    let more = paths.count();
    let others = if more == 0 { String::new() } else { format!(", and of {more} more below it") };
    let message = format!("`endpoint` is the address of {first}{others}: the newsletter's service would answer there");
    let hint =
        "give the service a folder of its own, in which the site has no page, such as \"https://example.com/letters/\"";
    let diagnostic = Diagnostic::warning("hidden-pages", message).at(&config.source, endpoint.span.clone());
    Some(diagnostic.hint(hint))
}

/// The pages of one complaint: the first, and how many more.
fn on_pages(pages: &BTreeSet<&str>) -> String {
    let first = pages.iter().next().copied().unwrap_or_default();
    match pages.len() {
        1 => format!("on {first}"),
        more => format!("on {first} and {} more", more - 1),
    }
}

/// What each approved issue that is a page says, by the path of that page: no issue is mended any more.
fn frozen_pages(library: &Library) -> BTreeMap<String, Found> {
    let shown = library.issues.iter().filter(|issue| issue.shown);
    // What cannot be read, the page itself has said.
    let page = |issue: &Issue| Some((issue.permalink.file(), issue.frozen.as_ref()?.page().ok()?));
    shown.filter_map(page).map(|(path, text)| (path, final_html::look(text.as_bytes()))).collect()
}

/// Every link of every finished page leads to a file of the output, every fragment to an id in it. Where that is so no more of a link that was frozen with an issue, it is a warning: readers
/// have the issue with it.
fn links(pages: &BTreeMap<String, Found>, files: &BTreeSet<String>, library: &Library) -> Report {
    let (origin, root) = (library.base.origin(), library.base.root());
    let frozen = frozen_pages(library);
    let mut broken: BTreeMap<(bool, String), BTreeSet<&str>> = BTreeMap::new();
    for (page, found) in pages {
        for link in &found.links {
            let Some(target) = final_html::resolve(page, link, origin, root) else { continue };
            let is_frozen = frozen.get(page).is_some_and(|own| own.links.contains(link));
            let file = [target.path.clone(), format!("{}/index.html", target.path.trim_end_matches('/'))];
            let file = file.into_iter().find(|file| files.contains(file.trim_start_matches('/')));
            let Some(file) = file else {
                broken.entry((is_frozen, format!("`{link}` leads nowhere"))).or_default().insert(page);
                continue;
            };
            let Some(fragment) = target.fragment else { continue };
            let file = file.trim_start_matches('/');
            let has = pages.get(file).is_none_or(|there| fragment == "top" || there.ids.contains(&fragment));
            if !has {
                let message = format!("`{link}` leads to an anchor that {file} does not have");
                broken.entry((is_frozen, message)).or_default().insert(page);
            }
        }
    }
    let mut report = Report::new();
    for ((is_frozen, message), on) in broken {
        if is_frozen {
            let hint = format!("it stands {}: in an issue that readers have, and that stays as it is", on_pages(&on));
            let again = "if a post was renamed, give it an `aliases` with its old address; if it was unpublished, nobody finds it any more";
            report.push(Diagnostic::warning("broken-page-link", message).hint(hint).hint(again));
            continue;
        }
        let written = message.split('`').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
        let near = suggest::did_you_mean(&written, files.iter().map(String::as_str));
        report.push(
            Diagnostic::error("broken-page-link", message)
                .hint(format!("it stands {}: in a template, a component or raw HTML", on_pages(&on)))
                .maybe_hint(near),
        );
    }
    report
}

/// The pictures of approved issues are as they were. (What their text says, each build looks at.)
fn frozen_pictures(library: &Library) -> Report {
    let mut report = Report::new();
    for issue in &library.issues {
        let Some(frozen) = &issue.frozen else { continue };
        for (name, file) in frozen.files.iter().filter(|(name, _)| name.contains('/')) {
            let held = match file.bytes() {
                Ok(bytes) => frozen.manifest.verify(name, &bytes).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            if let Err(reason) = held {
                let message = format!("content/issues/{}/frozen: {reason}", issue.name);
                let hint = "readers who open that mail see it: restore it, from git for instance";
                report.push(Diagnostic::error("broken-issue", message).hint(hint));
            }
        }
    }
    report
}

/// Every `<img>` has an `alt` attribute, be it empty.
fn pictures(pages: &BTreeMap<String, Found>) -> Report {
    let mut without: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (page, found) in pages {
        for src in &found.images_without_alt {
            without.entry(src).or_default().insert(page);
        }
    }
    let complaint = |(src, on): (&str, BTreeSet<&str>)| {
        Diagnostic::warning("missing-alt", format!("the image {src} has no alt attribute"))
            .hint(format!("it stands {}; alt=\"\" says that it is decoration", on_pages(&on)))
    };
    let mut report = Report::new();
    report.extend(without.into_iter().map(complaint));
    report
}
