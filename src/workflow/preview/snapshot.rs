//! One state of the site, as it is shown until the next save: what stands at each address.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::OnceLock;

use crate::config::site::Config;
use crate::diagnostic::report::Report;
use crate::edition::publication::Publication;
use crate::files::tree::File;
use crate::library::address::Target;
use crate::library::model::AssetId;
use crate::library::model::Library;
use crate::library::model::PostId;
use crate::theme::Theme;

/// One state of the site.
pub(in crate::workflow::preview) struct Snapshot {
    /// Which; later ones have higher numbers.
    pub(in crate::workflow::preview) number: u64,
    pub(in crate::workflow::preview) config: Arc<Config>,
    pub(in crate::workflow::preview) library: Arc<Library>,
    pub(in crate::workflow::preview) theme: Arc<Theme>,
    pub(in crate::workflow::preview) publication: Publication,
    /// Warnings of the sources.
    pub(in crate::workflow::preview) report: Report,
    variants: OnceLock<HashMap<String, AssetId>>,
}

/// What stands at a path.
#[derive(Clone, Debug)]
pub(in crate::workflow::preview) enum Found {
    /// The address of that number, drawn.
    Drawn(usize),
    /// A stylesheet of the theme, by its index.
    Style(usize),
    /// A file as it is.
    File(File),
    /// A file that an image becomes.
    Variant(AssetId),
    /// Another path answers for it.
    Moved(String),
    /// Nothing.
    Missing,
}

impl Snapshot {
    /// A state of the site.
    pub(in crate::workflow::preview) fn new(
        number: u64,
        (config, library, theme): (Arc<Config>, Arc<Library>, Arc<Theme>),
        publication: Publication,
        report: Report,
    ) -> Self {
        Self { number, config, library, theme, publication, report, variants: OnceLock::new() }
    }

    /// What stands at a decoded path from the host's root.
    pub(in crate::workflow::preview) fn find(&self, path: &str) -> Found {
        let root = self.library.base.root();
        let decoded_root = percent_encoding::percent_decode_str(root).decode_utf8_lossy();
        let Some(below) = path.strip_prefix(&*decoded_root) else {
            // Whoever opens the bare host wants the site; and `/blog` means `/blog/`.
            let is_above = path == "/" || format!("{path}/") == *decoded_root;
            return if is_above { Found::Moved(root.to_owned()) } else { Found::Missing };
        };
        if let Some(index) = self.address(below) {
            return self.at(index);
        }
        if !below.is_empty() && !below.ends_with('/') && self.address(&format!("{below}/")).is_some() {
            return Found::Moved(self.library.base.join(&format!("{below}/")).path().to_owned());
        }
        // Hosts serve a folder's index by its own name too, and `/walk.html` for `/walk`.
        let others = [
            below.strip_suffix("index.html").map(str::to_owned),
            below.strip_suffix(".html").map(str::to_owned),
            Some(format!("{below}index.xml")),
        ];
        if let Some(index) = others.iter().flatten().find_map(|other| self.address(other)) {
            return self.at(index);
        }
        if let Some(style) = self.theme.styles.iter().position(|style| style.path.as_str() == below) {
            return Found::Style(style);
        }
        if let Some(file) = self.theme.assets.files().get(below) {
            return Found::File(file.clone());
        }
        self.variants().get(below).map_or(Found::Missing, |id| Found::Variant(*id))
    }

    fn at(&self, index: usize) -> Found {
        match self.library.addresses[index].target {
            Target::Asset(id) => Found::File(self.library.asset(id).file.clone()),
            // As hosts do that know of redirects; and the page that `build` writes names an origin that is not everybody's here.
            Target::Alias(id) => Found::Moved(self.library.post(id).permalink.path().to_owned()),
            _ => Found::Drawn(index),
        }
    }

    /// The number of the address at a decoded path below the site's root.
    fn address(&self, below: &str) -> Option<usize> {
        let permalink = self.library.base.join(below);
        self.library.addresses.binary_search_by(|address| address.permalink.cmp(&permalink)).ok()
    }

    /// The page for addresses that do not exist.
    pub(in crate::workflow::preview) fn not_found(&self) -> Option<usize> {
        self.library.addresses.iter().position(|address| address.target == Target::NotFound)
    }

    /// The post or page at a path.
    pub(in crate::workflow::preview) fn post_at(&self, path: &str) -> Option<PostId> {
        match self.find(path) {
            Found::Drawn(index) => match self.library.addresses[index].target {
                Target::Post(id) => Some(id),
                _ => None,
            },
            _ => None,
        }
    }

    /// Where a file of `content/` is shown: a post's page, or the file itself.
    pub(in crate::workflow::preview) fn path_of(&self, name: &str) -> Option<&str> {
        self.library.path_of(name.strip_prefix("content/")?)
    }

    fn variants(&self) -> &HashMap<String, AssetId> {
        self.variants.get_or_init(|| {
            let images = self.publication.media().images.iter();
            let paths = images.flat_map(|(id, planned)| planned.plan.variants().map(|v| (v.path.to_string(), *id)));
            paths.collect()
        })
    }
}
