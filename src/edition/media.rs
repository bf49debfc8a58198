//! What is known of the images and recordings that pages use.

use std::collections::HashMap;

use crate::edition::image;
use crate::edition::image::ImageFacts;
use crate::edition::image::ImageView;
use crate::edition::image::Plan;
use crate::edition::image::Settings;
use crate::library::model::AssetId;
use crate::library::model::Library;
use crate::library::model::Picture;
use crate::library::model::PictureSource;

/// What a feed and a player need to know of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// In bytes.
    pub size: u64,
    /// Media type.
    pub mime: String,
    /// In seconds, where it could be measured.
    pub duration: Option<u32>,
}

/// An image with the files it becomes.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What its bytes are.
    pub facts: ImageFacts,
    /// The files.
    pub plan: Plan,
}

/// The images and recordings of a site.
#[derive(Debug, Default)]
pub struct Media {
    /// Images by asset.
    pub images: HashMap<AssetId, Planned>,
    /// Recordings by asset.
    pub recordings: HashMap<AssetId, Recording>,
}

impl Media {
    /// Media of these images and recordings.
    #[must_use]
    pub fn new(images: HashMap<AssetId, Planned>, recordings: HashMap<AssetId, Recording>) -> Self {
        Self { images, recordings }
    }

    /// Plans the files of an image.
    #[must_use]
    pub fn plan(library: &Library, id: AssetId, facts: ImageFacts, settings: &Settings) -> Planned {
        let plan = image::plan(&library.asset(id).file.path, &facts, settings);
        Planned { facts, plan }
    }

    /// What templates see of an image; `None` where nothing is known of it. An image that is copied to its own place keeps its own address.
    #[must_use]
    pub fn view(&self, library: &Library, id: AssetId) -> Option<ImageView> {
        let planned = self.images.get(&id)?;
        if planned.stays(library, id) {
            let permalink = &library.asset(id).permalink;
            return Some(planned.plan.view(&planned.facts, &|_| permalink.clone()));
        }
        Some(planned.plan.view(&planned.facts, &|path| library.base.join(path.as_str())))
    }

    /// What templates see of a picture with its words.
    #[must_use]
    pub fn picture(&self, library: &Library, picture: &Picture) -> Option<ImageView> {
        let mut view = match &picture.source {
            PictureSource::Asset(id) => self.view(library, *id)?,
            PictureSource::Url(url) => ImageView { src: url.clone(), url: url.clone(), ..ImageView::default() },
        };
        view.alt.clone_from(&picture.alt);
        view.credit.clone_from(&picture.credit);
        view.credit_url.clone_from(&picture.credit_url);
        Some(view)
    }
}

impl Planned {
    /// Whether the one file it becomes is the source as it is, which is published at its own place anyway.
    #[must_use]
    pub fn stays(&self, library: &Library, id: AssetId) -> bool {
        library.asset(id).copied && self.plan.full().encoding == image::Encoding::Copy
    }
}
