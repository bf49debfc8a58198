//! Sorts the files of `content/`: documents, profiles, and everything else.

use crate::config::site::Config;
use crate::content::issue::IssueName;
use crate::files::tree::File;
use crate::files::tree::FileTree;
use crate::library::issues;
use crate::library::model::Asset;
use crate::value::url::SiteUrl;

/// The files of `content/` by what they are.
#[derive(Debug, Default)]
pub struct Sorted {
    /// Markdown of collections, with the index of the collection.
    pub posts: Vec<(usize, File)>,
    /// Markdown of `pages/`.
    pub pages: Vec<File>,
    /// Markdown of `authors/`.
    pub authors: Vec<File>,
    /// Everything of `issues/`.
    pub issues: Vec<File>,
    /// Markdown that lies nowhere.
    pub stray: Vec<File>,
    /// Everything else, by path.
    pub assets: Vec<Asset>,
}

/// Sorts `content`.
#[must_use]
pub fn sort(config: &Config, content: &FileTree, base: &SiteUrl) -> Sorted {
    let mut sorted = Sorted::default();
    for file in content.iter() {
        let path = &file.path;
        let is_markdown = matches!(path.extension(), "md" | "markdown");
        let top = path.as_str().split('/').next().unwrap_or_default();
        if top == "issues" {
            // Published with their issue, if at all; and what lies beside a text is what its mail is made from.
            if let Some((name, below)) = IssueName::of_path(path)
                && !is_markdown
            {
                let own = issues::image_path(&name, below).unwrap_or_else(|| path.to_string());
                sorted.assets.push(Asset { file: file.clone(), permalink: base.join(&own), copied: false });
            }
            sorted.issues.push(file.clone());
            continue;
        }
        if !is_markdown {
            sorted.assets.push(Asset { file: file.clone(), permalink: base.join(path.as_str()), copied: true });
        } else if let Some(index) = config.collections.iter().position(|collection| collection.id == top) {
            sorted.posts.push((index, file.clone()));
        } else if top == "pages" {
            sorted.pages.push(file.clone());
        } else if top == "authors" {
            sorted.authors.push(file.clone());
        } else {
            sorted.stray.push(file.clone());
        }
    }
    sorted
}

/// Whether a file is an image that variants are made of. SVG and GIF stay as they are.
#[must_use]
pub fn is_raster(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(extension.as_str(), "jpg" | "jpeg" | "png" | "webp")
}

/// Whether a file is an image of any kind.
#[must_use]
pub fn is_image(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    is_raster(path) || matches!(extension.as_str(), "gif" | "svg" | "avif")
}
