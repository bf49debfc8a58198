//! Puts every reference in its place: where links of texts, profiles and `site.toml` lead, which images are used, which files are published as they are.

use std::collections::BTreeMap;
use std::collections::HashSet;

use rayon::prelude::*;

use crate::config::site::Config;
use crate::content::document::Body;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::library::address::Address;
use crate::library::assets;
use crate::library::build::use_image;
use crate::library::hidden;
use crate::library::links::Resolver;
use crate::library::model::AssetId;
use crate::library::model::Library;
use crate::library::model::Resolved;
use crate::library::model::UseIn;

/// Whose references (an index), where they lead, and what is wrong with them.
type Connected = (usize, Vec<(usize, Resolved)>, Report);

/// Everything that the resolver says, gathered before any of it is written into the library.
struct Answers {
    posts: Vec<Connected>,
    biographies: Vec<Connected>,
    site_links: BTreeMap<String, String>,
    /// Author, link, path.
    profile_links: Vec<(usize, usize, String)>,
}

/// Resolves the references of everything that is shown, and learns which images are used and which files are linked to.
pub(in crate::library) fn connect(library: &mut Library, config: &Config, plan: &[Address], report: &mut Report) {
    let Answers { posts, biographies, site_links, profile_links } = resolve(library, config, plan, report);
    let mut linked = HashSet::new();
    for (index, found, more) in posts {
        if !found.is_empty() {
            let document = library.posts[index].document.clone();
            learn(library, &found, &document.body, &mut linked);
        }
        library.posts[index].resolved = found;
        report.merge(more);
    }
    for (index, found, more) in biographies {
        if let Some(profile) = library.authors[index].profile.clone() {
            learn(library, &found, &profile.body, &mut linked);
        }
        library.authors[index].resolved = found;
        report.merge(more);
    }
    library.site_links = site_links;
    for (index, at, path) in profile_links {
        library.authors[index].links[at].1 = path;
    }
    for id in hidden::files(library, &linked) {
        library.assets[id.0].copied = false;
    }
    // A photograph that a page shows is published as variants without its metadata, not as it came from the camera; unless somebody links to it.
    let images: Vec<AssetId> = library.images.keys().copied().collect();
    for id in images {
        let path = library.asset(id).file.path.as_str();
        if assets::is_raster(path) && !linked.contains(&id) {
            library.assets[id.0].copied = false;
        }
    }
}

fn resolve(library: &Library, config: &Config, plan: &[Address], report: &mut Report) -> Answers {
    let resolver = Resolver::new(library, plan);
    let posts: Vec<Connected> = library
        .posts
        .par_iter()
        .enumerate()
        .filter(|(_, post)| post.shown && !post.document.body.references.is_empty())
        .map(|(index, post)| {
            let (resolved, report) = resolver.resolve_all(&post.document.body, &post.permalink);
            (index, resolved, report)
        })
        .collect();
    let home = library.base.join("");
    let biographies: Vec<Connected> = library
        .authors
        .iter()
        .enumerate()
        .filter_map(|(index, author)| {
            let profile = author.profile.as_ref()?;
            let own = author.permalink.as_ref().unwrap_or(&home);
            let (resolved, report) = resolver.resolve_all(&profile.body, own);
            Some((index, resolved, report))
        })
        .collect();
    let site_links = site_links(&resolver, config, report);
    let profile_links = profile_links(&resolver, library, report);
    Answers { posts, biographies, site_links, profile_links }
}

/// Notes which images and files the references of a body lead to.
fn learn(library: &mut Library, resolved: &[(usize, Resolved)], body: &Body, linked: &mut HashSet<AssetId>) {
    for (start, target) in resolved {
        match target {
            Resolved::Asset(id) => {
                linked.insert(*id);
            }
            Resolved::Image(id) => {
                let written = body.references.iter().find(|reference| reference.span.start == *start);
                let span = written.map_or(*start..*start, |reference| reference.span.clone());
                use_image(library, *id, UseIn::Content(body.file.clone()), span);
            }
            Resolved::Page { .. } => {}
        }
    }
}

/// Links of profiles that stay in the site: they name a page or an address, and become paths from the host's root.
fn profile_links(resolver: &Resolver<'_>, library: &Library, report: &mut Report) -> Vec<(usize, usize, String)> {
    let mut resolved = Vec::new();
    for (index, author) in library.authors.iter().enumerate() {
        let Some(profile) = &author.profile else { continue };
        for (at, link) in profile.profile.links.iter().enumerate() {
            match resolver.site_link(&link.url.value) {
                Ok(path) => resolved.push((index, at, path)),
                Err((message, hint)) => {
                    let diagnostic = Diagnostic::error("broken-link", message).maybe_hint(hint);
                    if let Ok(source) = profile.body.source() {
                        report.push(diagnostic.at(&source, link.url.span.clone()));
                    }
                }
            }
        }
    }
    resolved
}

/// Links of `site.toml`: navigation and blocks.
fn site_links(resolver: &Resolver<'_>, config: &Config, report: &mut Report) -> BTreeMap<String, String> {
    let blocks = &config.blocks;
    let callouts = [&blocks.banner, &blocks.podcast].into_iter().flatten().filter_map(|callout| callout.url.as_ref());
    let community = blocks.community.iter().flat_map(|community| community.links.iter().map(|(_, url)| url));
    let navigation = config.navigation.iter().map(|(_, to)| to);
    let all: Vec<&Located<String>> =
        navigation.chain(callouts).chain(community).chain(config.subscribe.privacy.as_ref()).collect();
    let mut links = BTreeMap::new();
    for link in all {
        match resolver.site_link(&link.value) {
            Ok(path) => {
                links.insert(link.value.clone(), path);
            }
            Err((message, hint)) => {
                let diagnostic = Diagnostic::error("broken-link", message);
                report.push(diagnostic.at(&config.source, link.span.clone()).maybe_hint(hint));
            }
        }
    }
    links
}
