//! What every theme owes the program: the page templates, each with `{{ head }}` in it, and words for every literal `t(key="…")`.

use std::collections::BTreeSet;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::suggest;
use crate::theme::Theme;
use crate::theme::chain::Link;
use crate::theme::sources::Edition;
use crate::theme::sources::Selection;
use crate::theme::sources::Sources;
use crate::theme::words::Words;

/// The page templates that a theme, with those it extends, must have.
pub(in crate::theme) const PAGES: [&str; 12] = [
    "web/404.html",
    "web/archive.html",
    "web/author.html",
    "web/authors.html",
    "web/home.html",
    "web/issue.html",
    "web/issues.html",
    "web/list.html",
    "web/page.html",
    "web/post.html",
    "web/term.html",
    "web/terms.html",
];

/// The pages of the newsletter service. They too must print `{{ head }}`; nothing draws them in a site without the service, so that a theme may lack them.
pub(in crate::theme) const SERVICE: [&str; 16] = [
    "web/service/address.html",
    "web/service/check-inbox.html",
    "web/service/confirm.html",
    "web/service/confirmed.html",
    "web/service/erased.html",
    "web/service/lead.html",
    "web/service/lead-sent.html",
    "web/service/link-sent.html",
    "web/service/manage.html",
    "web/service/paused.html",
    "web/service/preferences.html",
    "web/service/problem.html",
    "web/service/send.html",
    "web/service/subscribe.html",
    "web/service/unsubscribe.html",
    "web/service/unsubscribed.html",
];

/// Holds a theme to the contract.
pub(in crate::theme) fn check(chain: &[Link], sources: &Sources, words: &Words) -> Report {
    let mut report = Report::new();
    let selection = sources.select(Edition::Web);
    report.extend(missing(chain, &selection, &PAGES));
    for page in PAGES.into_iter().chain(SERVICE) {
        report.extend(headless(&selection, page));
    }
    // Words of pages and mails alike; a template that another one replaces and nobody extends is not looked at.
    let mut seen = BTreeSet::new();
    for edition in [Edition::Web, Edition::Feed, Edition::Mail] {
        let selection = sources.select(edition);
        for (name, template) in &selection.templates {
            if !seen.insert((*name).to_owned()) {
                continue;
            }
            for mention in template.scan.words.iter().filter(|mention| !words.has(&mention.name)) {
                report.push(
                    Diagnostic::error("unknown-word", format!("no language file has the word `{}`", mention.name))
                        .at(&template.source, mention.span.clone())
                        .hint(suggest::did_you_mean(&mention.name, words.keys()).unwrap_or_else(|| {
                            format!("add {} = \"…\" to the theme's languages/en.toml", mention.name)
                        })),
                );
            }
        }
    }
    report
}

impl Theme {
    /// What is wrong where the theme, with those it extends, lacks templates that `edition` cannot do without.
    #[must_use]
    pub fn lacks(&self, edition: Edition, templates: &[&str]) -> Option<Diagnostic> {
        missing(&self.chain, &self.sources.select(edition), templates)
    }
}

fn missing(chain: &[Link], selection: &Selection<'_>, templates: &[&str]) -> Option<Diagnostic> {
    let missing: Vec<&str> = templates.iter().copied().filter(|name| selection.lookup(name).is_none()).collect();
    let (link, last) = (chain.first()?, chain.last()?);
    if missing.is_empty() {
        return None;
    }
    let message = format!("the theme `{}` lacks {}", link.id, missing.join(", "));
    let diagnostic = Diagnostic::error("missing-template", message).at(&link.source, 0..0);
    Some(if last.id == "broadside" {
        diagnostic.hint("write the missing templates")
    } else {
        diagnostic.hint(format!(
            "write extends = \"broadside\" in the theme.toml of `{}` to take from there what it lacks",
            last.id
        ))
    })
}

fn headless(selection: &Selection<'_>, page: &str) -> Option<Diagnostic> {
    let name = selection.lookup(page)?;
    let prints = |name: &&str| selection.templates.get(name).is_some_and(|template| template.scan.prints_head);
    let reach = selection.reach(name);
    // What is extended and does not exist may well have printed it, and is an error of its own.
    let is_cut = |name: &&str| {
        let parent = selection.templates.get(name).and_then(|template| template.scan.extends.as_ref());
        parent.is_some_and(|parent| selection.lookup(&parent.name).is_none())
    };
    if reach.iter().any(prints) || reach.iter().any(is_cut) {
        return None;
    }
    let source = &selection.templates.get(name)?.source;
    let first_line = source.text().lines().next().unwrap_or_default().len();
    let message = format!("{page} never prints `{{{{ head }}}}`, nor does what it extends or includes");
    Some(
        Diagnostic::error("no-head", message)
            .at(source, 0..first_line)
            .hint("print {{ head }} inside <head>, after charset and viewport: title, canonical address, feeds and styles are in it"),
    )
}
