//! What belongs to posts that nobody may read yet, or any more: it is not published either.

use std::collections::HashSet;

use crate::library::build::asset_of;
use crate::library::model::AssetId;
use crate::library::model::Audio;
use crate::library::model::Library;
use crate::library::model::PictureSource;
use crate::library::model::Post;

/// The files of drafts, scheduled and expired posts that no page that is shown links to (`linked`), shows or plays.
#[must_use]
pub fn files(library: &Library, linked: &HashSet<AssetId>) -> Vec<AssetId> {
    let heard: HashSet<AssetId> = library
        .posts
        .iter()
        .filter(|post| post.shown)
        .filter_map(|post| match &post.audio {
            Some(Audio { source: PictureSource::Asset(id), .. }) => Some(*id),
            _ => None,
        })
        .collect();
    let unshown = library.posts.iter().filter(|post| !post.shown);
    let files = unshown.flat_map(|post| files_of(library, post));
    files.filter(|id| !linked.contains(id) && !library.images.contains_key(id) && !heard.contains(id)).collect()
}

/// The files that a post brings with it: everything in its bundle, and what its text, its lead image and its recording name.
fn files_of(library: &Library, post: &Post) -> Vec<AssetId> {
    let body = &post.document.body;
    let folder = body.file.path.folder();
    let mut files: Vec<AssetId> =
        body.references.iter().filter_map(|reference| asset_of(library, folder, reference.path())).collect();
    let sources = [post.image.as_ref().map(|image| &image.source), post.audio.as_ref().map(|audio| &audio.source)];
    files.extend(sources.into_iter().flatten().filter_map(|source| match source {
        PictureSource::Asset(id) => Some(*id),
        PictureSource::Url(_) => None,
    }));
    if body.file.path.stem() == "index" {
        let in_bundle = |(_, asset): &(usize, &crate::library::model::Asset)| asset.file.path.below(folder).is_some();
        files.extend(library.assets.iter().enumerate().filter(in_bundle).map(|(index, _)| AssetId(index)));
    }
    files
}
