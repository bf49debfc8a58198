//! Two things at one address, in words.

use std::ops::Range;

use crate::config::site::Config;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::source::Source;
use crate::library::address::Address;
use crate::library::address::FeedOf;
use crate::library::address::Target;
use crate::library::address::alias_path;
use crate::library::model::Library;
use crate::value::url::Permalink;

/// Whether two paths differ by a slash at the end alone.
pub(in crate::library) fn slash_apart(a: &str, b: &str) -> bool {
    a != b && a.trim_end_matches('/') == b.trim_end_matches('/')
}

/// The mistake that `address` and `first` make together.
pub(in crate::library) fn collision(
    config: &Config,
    library: &Library,
    address: &Address,
    first: &Address,
) -> Diagnostic {
    let Address { permalink, target } = address;
    let (what, other) = (describe(library, target), describe(library, &first.target));
    let mut message = format!("{what} and {other} have the same address {}", permalink.path());
    let (path, other_path) = (permalink.path(), first.permalink.path());
    let (file, other_file) = (address.file(), first.file());
    if path != other_path && file == other_file {
        message = format!("{what} ({path}) and {other} ({other_path}) would be the same file {file}");
    } else if slash_apart(path, other_path) {
        message =
            format!("{what} ({path}) and {other} ({other_path}) are one slash apart, which hosts do not tell apart");
    } else if file.to_lowercase() != other_file.to_lowercase() {
        message = format!(
            "{what} ({path}) and {other} ({other_path}) cannot both exist: one would be a file, and a folder for the other"
        );
    } else if path != other_path {
        message = format!(
            "the addresses of {what} ({path}) and {other} ({other_path}) differ only in case, which many hosts and disks do not tell apart"
        );
    }
    let mut diagnostic = Diagnostic::error("same-address", message);
    if let Some((source, span)) = place(config, library, target, permalink) {
        diagnostic = diagnostic.at(&source, span);
        if let Some((source, span)) = place(config, library, &first.target, &first.permalink) {
            diagnostic = diagnostic.also(&source, span, "the other one");
        }
    } else if let Some((source, span)) = place(config, library, &first.target, &first.permalink) {
        diagnostic = diagnostic.at(&source, span);
    }
    diagnostic.hint("give one of them another `slug` or `url`, or change [permalinks] in site.toml")
}

/// What is at an address, as messages call it.
pub(in crate::library) fn describe(library: &Library, target: &Target) -> String {
    match target {
        Target::Post(id) => {
            format!("“{}” ({})", library.post(*id).title, library.post(*id).document.body.file.name)
        }
        Target::Asset(id) => format!("the file {}", library.asset(*id).file.name),
        Target::Alias(id) => format!("an alias of “{}”", library.post(*id).title),
        Target::Home => "the home page".into(),
        Target::List(id, number) => format!("page {number} of the list of {}", library.collections[id.0].id),
        Target::Terms(kind) => format!("the list of {}", kind.plural()),
        Target::Term(id, _) => {
            let term = library.term(*id);
            format!("the {} “{}”", term.kind.word(), term.name)
        }
        Target::Authors => "the list of authors".into(),
        Target::Author(id, _) => format!("the author “{}”", library.author(*id).name),
        Target::Archive => "the archive".into(),
        Target::ArchiveYear(year) => format!("the archive of {year}"),
        Target::Issues(id) => format!("the archive of the newsletter {}", library.newsletter(*id).id),
        Target::Issue(id) => format!("the issue {}", library.issue(*id).name),
        Target::NotFound => "the page for missing addresses".into(),
        Target::Feed(of, format) => match of {
            FeedOf::Site => format!("the site's {} feed", format.word()),
            FeedOf::Collection(id) => {
                format!("the {} feed of {}", format.word(), library.collections[id.0].id)
            }
            FeedOf::Term(id) => format!("the {} feed of “{}”", format.word(), library.term(*id).name),
            FeedOf::Author(id) => format!("the {} feed of “{}”", format.word(), library.author(*id).name),
            FeedOf::Newsletter(id) => {
                format!("the {} feed of the newsletter {}", format.word(), library.newsletter(*id).id)
            }
        },
        Target::Podcast => "the podcast feed".into(),
        Target::Sitemap => "the sitemap".into(),
        Target::Robots => "robots.txt".into(),
        Target::Redirects => "the redirects file".into(),
    }
}

/// Where a person said that it should be there.
pub(in crate::library) fn place(
    config: &Config,
    library: &Library,
    target: &Target,
    permalink: &Permalink,
) -> Option<(Source, Range<usize>)> {
    match target {
        Target::Post(id) | Target::Alias(id) => {
            let document = &library.post(*id).document;
            let front = &document.front;
            let alias = front
                .aliases
                .iter()
                .find(|alias| library.base.join(&alias_path(&alias.value)).path() == permalink.path());
            let span = match (target, &front.url, &front.slug) {
                (Target::Alias(_), ..) if let Some(alias) = alias => alias.span.clone(),
                (_, Some(url), _) => url.span.clone(),
                (_, None, Some(slug)) => slug.span.clone(),
                _ => front.title.span.clone(),
            };
            Some((document.body.source().ok()?, span))
        }
        Target::List(id, _) => {
            // The default collection stands nowhere.
            let span = config.collections.get(id.0)?.span.clone();
            (!span.is_empty()).then(|| (config.source.clone(), span))
        }
        _ => None,
    }
}
