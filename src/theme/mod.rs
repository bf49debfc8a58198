//! A theme: its manifest, compiled templates, styles, static files and words.

pub mod assets;
pub mod chain;
mod contract;
mod diagnose;
pub mod mail_style;
pub mod manifest;
mod mistakes;
mod plural;
mod sass;
mod scan;
pub mod signature;
pub mod sources;
pub mod styles;
pub mod templates;
pub mod words;

use std::sync::Arc;

use crate::diagnostic::node::Data;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Place;
use crate::diagnostic::report::Report;
use crate::files::tree::FileTree;
use crate::theme::assets::Assets;
use crate::theme::chain::Link;
use crate::theme::manifest::Manifest;
use crate::theme::sources::Sources;
use crate::theme::styles::Style;
use crate::theme::words::Words;

/// A theme with everything that it inherits.
#[derive(Clone, Debug)]
pub struct Theme {
    /// The name of its folder: `broadside`.
    pub id: String,
    /// What it says of itself; `extra` holds the extended themes' keys too.
    pub manifest: Manifest,
    /// Its template files, to be compiled for an edition by [`templates::Templates::compile`].
    pub sources: Sources,
    /// Its stylesheets, in the order in which pages link them.
    pub styles: Vec<Style>,
    /// Its static files.
    pub assets: Assets,
    /// Its words.
    pub words: Words,
    /// The themes that it is made of, nearest first.
    chain: Arc<[Link]>,
}

/// Loads the theme `name`. `place` is where the site's configuration names it; `themes` holds the site's own themes, each at `<name>/…`, which win over
/// those of the same name in the program. The theme is missing where its chain is broken; with other mistakes it comes beside them.
#[must_use]
pub fn load(name: &str, place: Option<&Place>, themes: &FileTree) -> (Option<Theme>, Report) {
    let (chain, mut report) = chain::resolve(name, place, themes);
    let Some(chain) = chain else { return (None, report) };
    let (sources, found) = sources::read(&chain);
    report.merge(found);
    let (words, found) = words::read(&chain);
    report.merge(found);
    report.merge(contract::check(&chain, &sources, &words));
    let assets = assets::gather(&chain);
    let (styles, found) = styles::make(&chain, &assets);
    report.merge(found);
    let Some(nearest) = chain.first() else { return (None, report) };
    let mut manifest = nearest.manifest.clone();
    manifest.extra = inherited_extra(&chain);
    let id = nearest.id.clone();
    (Some(Theme { id, manifest, sources, styles, assets, words, chain: chain.into() }), report)
}

/// The words of the theme `name` alone, as far as it and its language files can be read.
#[must_use]
pub fn words_of(name: &str, themes: &FileTree) -> Words {
    let (chain, _) = chain::resolve(name, None, themes);
    chain.map(|chain| words::read(&chain).0).unwrap_or_default()
}

/// `extra` of the whole chain: a nearer theme's key wins, so that an extended theme's templates find the keys they read.
fn inherited_extra(chain: &[Link]) -> Node {
    let mut all = Vec::new();
    for link in chain {
        if let Data::Table(entries) = &link.manifest.extra.data {
            for (key, node) in entries {
                if !all.iter().any(|(other, _): &(crate::diagnostic::node::Key, Node)| other.name == key.name) {
                    all.push((key.clone(), node.clone()));
                }
            }
        }
    }
    Node { span: 0..0, data: Data::Table(all) }
}
