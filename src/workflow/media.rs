//! Looks into the images and recordings of a site before its pages are drawn, and makes the image files afterwards.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::path::Path;

use rayon::prelude::*;

use crate::config::site::Config;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::image::Encoding;
use crate::edition::image::ImageFacts;
use crate::edition::image::Settings;
use crate::edition::image::Variant;
use crate::edition::media::Media;
use crate::edition::media::Planned;
use crate::edition::media::Recording;
use crate::engine::cache;
use crate::engine::fingerprint::Fingerprint;
use crate::files::tree::File;
use crate::files::tree::Place;
use crate::library::assets;
use crate::library::model::AssetId;
use crate::library::model::Library;
use crate::library::model::PictureSource;
use crate::output::audio;
use crate::output::image;
use crate::output::image::ImageError;
use crate::output::image_encode;
use crate::output::image_encode::Job;
use crate::transport::disk;
use crate::transport::disk::WriteError;
use crate::transport::disk_staging::Staging;
use crate::workflow::memory::Memory;
use crate::workflow::progress::Progress;

const FACTS: cache::Section = "image-facts";
const ENCODED: cache::Section = "images";

/// Widths of authors' portraits, in pixels: beside a name, on the author's page, and twice that for dense screens.
const PORTRAIT_WIDTHS: [u32; 4] = [96, 192, 384, 768];

/// What `[images]` asks for.
#[must_use]
pub fn settings(config: &Config) -> Settings {
    Settings {
        variants: cfg!(feature = "images"),
        widths: config.images.widths.clone(),
        jpeg_quality: config.images.quality,
        webp_quality: Some(config.images.webp_quality),
    }
}

/// Looks into every image that a page uses or that a template may ask for, and every recording. A damaged one is reported where it is used.
#[must_use]
pub fn probe(config: &Config, library: &Library, memory: &Memory, progress: &dyn Progress) -> (Media, Report) {
    let settings = settings(config);
    // Portraits stand beside names, far smaller than pictures of articles.
    let small = Settings { widths: PORTRAIT_WIDTHS.to_vec(), ..settings.clone() };
    let portraits: BTreeSet<AssetId> = library.authors.iter().filter_map(|author| author.photo).collect();
    let is_portrait =
        |id: AssetId| portraits.contains(&id) && library.asset(id).file.path.as_str().starts_with("authors/");
    // Templates may ask for pictures of the site itself by name; those in articles' folders belong to their articles.
    let folders: Vec<&str> =
        library.collections.iter().map(|collection| &*collection.id).chain(["pages", "authors"]).collect();
    let of_site = library.assets.iter().enumerate().filter(|(_, asset)| {
        let path = asset.file.path.as_str();
        assets::is_image(path) && !folders.contains(&path.split('/').next().unwrap_or_default())
    });
    let wanted: BTreeSet<AssetId> =
        library.images.keys().copied().chain(of_site.map(|(index, _)| AssetId(index))).collect();
    progress.stage("images", wanted.len());
    let found: Vec<(AssetId, Result<ImageFacts, ImageError>)> = wanted
        .into_par_iter()
        .map(|id| {
            let facts = facts(library, id, config.images.placeholder, memory);
            progress.step();
            (id, facts)
        })
        .collect();
    let mut report = Report::new();
    let mut images = HashMap::with_capacity(found.len());
    for (id, facts) in found {
        match facts {
            Ok(facts) => {
                let settings = if is_portrait(id) { &small } else { &settings };
                images.insert(id, Media::plan(library, id, facts, settings));
            }
            Err(error) => report.extend(bad_image(library, id, &error)),
        }
    }
    let mut recordings = HashMap::new();
    for post in library.posts.iter().filter(|post| post.shown) {
        let Some(PictureSource::Asset(id)) = post.audio.as_ref().map(|audio| &audio.source) else { continue };
        let file = &library.asset(*id).file;
        let facts = file.bytes().map_err(|error| error.to_string());
        match facts.and_then(|bytes| audio::facts(&file.path, &bytes).map_err(|error| error.to_string())) {
            Ok(facts) => {
                let recording = Recording { size: facts.size, mime: facts.mime, duration: facts.duration };
                recordings.insert(*id, recording);
            }
            Err(reason) => {
                let message = format!("the recording {}: {reason}", file.name);
                let mut diagnostic = Diagnostic::error("bad-audio", message);
                if let (Ok(source), Some(audio)) = (post.document.body.source(), &post.document.front.audio) {
                    diagnostic = diagnostic.at(&source, audio.src.span.clone());
                }
                report.push(diagnostic);
            }
        }
    }
    (Media::new(images, recordings), report)
}

/// The facts of an image, with its placeholder where that is wanted; remembered by the file's bytes.
///
/// # Errors
/// [`ImageError`], to be told where the image is used.
pub(in crate::workflow) fn facts(
    library: &Library,
    id: AssetId,
    placeholder: bool,
    memory: &Memory,
) -> Result<ImageFacts, ImageError> {
    let file = &library.asset(id).file;
    let digest = memory.seen.digest(file).map_err(|error| ImageError::Read(error.to_string()))?;
    let key = Fingerprint::builder("image facts 2").fingerprint(digest).number(u64::from(placeholder)).finish();
    if let Some(facts) = memory.cache.get_value::<ImageFacts>(FACTS, key) {
        return Ok(facts);
    }
    let bytes = file.bytes().map_err(|error| ImageError::Read(error.to_string()))?;
    let mut facts = image::facts(&bytes)?;
    if placeholder {
        facts.placeholder = image_encode::placeholder(&bytes, &facts)?;
    }
    // A file that changed between two looks at it is not what its name in the cache says.
    if Fingerprint::of(&bytes) == digest {
        memory.cache.insert_value(FACTS, key, &facts);
    }
    Ok(facts)
}

fn bad_image(library: &Library, id: AssetId, error: &ImageError) -> Option<Diagnostic> {
    let file = &library.asset(id).file;
    // A broken picture that nothing uses is copied as it is; it is none of the pages' business.
    let used = library.images.get(&id)?;
    let diagnostic = Diagnostic::error("bad-image", format!("the image {} cannot be used: {error}", file.name));
    Some(diagnostic.at(&used.source(), used.span.clone()))
}

/// Makes the files of every image that the pages show, and adds them to the output. Encoded files are kept in `work` (`.letterpress/images/`), named by
/// what they were made from, so that they are made once.
///
/// # Errors
/// What the disk says.
pub fn make(
    library: &Library,
    media: &Media,
    shown: &BTreeSet<String>,
    memory: &Memory,
    work: &Path,
    staging: &Staging,
    progress: &dyn Progress,
) -> Result<Report, WriteError> {
    let asked = shown.iter().filter_map(|path| library.asset_at(path));
    let wanted: BTreeSet<AssetId> = library.images.keys().copied().chain(asked).collect();
    let shown: Vec<(AssetId, &Planned)> =
        wanted.into_iter().filter_map(|id| Some((id, media.images.get(&id)?))).collect();
    let mut by_plan: Vec<(AssetId, &Planned)> =
        shown.iter().copied().filter(|(id, planned)| !planned.stays(library, *id)).collect();
    // Two files with the same bytes and stem become the same files.
    by_plan.sort_by(|a, b| a.1.plan.full().path.cmp(&b.1.plan.full().path));
    by_plan.dedup_by(|a, b| a.1.plan.full().path == b.1.plan.full().path);
    let encoded = Encoded { memory, work };
    let jobs: Vec<Job<'_>> =
        by_plan.iter().map(|(id, planned)| Job { file: &library.asset(*id).file, plan: &planned.plan }).collect();
    progress.stage("pictures", jobs.len());
    let done = |variant: &Variant| encoded.known(variant).is_some();
    let store = |variant: &Variant, bytes: Vec<u8>| encoded.store(variant, &bytes);
    let failures = image_encode::encode_all(&jobs, &done, &store, &|_, _| progress.step())?;
    let mut report = Report::new();
    for failure in failures {
        report.extend(bad_image(library, by_plan[failure.job].0, &failure.error));
    }
    if report.has_errors() {
        return Ok(report);
    }
    let mut kept = BTreeSet::new();
    for (id, planned) in &by_plan {
        for variant in planned.plan.variants() {
            if variant.encoding == Encoding::Copy {
                memory.copy(staging, &variant.path, &library.asset(*id).file)?;
            } else if let (Some(file), Some(hash)) = (encoded.file(variant), encoded.known(variant)) {
                if !staging.keep_hashed(&variant.path, *hash.as_bytes())? {
                    staging.copy_hashed(&variant.path, &file, *hash.as_bytes())?;
                }
                kept.insert(file.path.file_name().to_owned());
            }
        }
    }
    disk::sweep(&work.join(ENCODED), &|name| kept.contains(name))?;
    Ok(report)
}

/// The encoded images in `.letterpress/images/`, each named by what it was made from.
#[derive(Clone, Copy, Debug)]
pub struct Encoded<'a> {
    /// Where it is remembered what they were when they were made.
    pub memory: &'a Memory,
    /// `.letterpress`.
    pub work: &'a Path,
}

impl Encoded<'_> {
    /// The file of a variant, encoded now if it is not there: all variants of the image at once, because decoding is what takes its time.
    ///
    /// # Errors
    /// What is wrong with the image, or what the disk says.
    #[cfg(feature = "preview")]
    pub fn variant(&self, source: &File, planned: &Planned, path: &str) -> Result<Option<File>, String> {
        let Some(wanted) = planned.plan.variants().find(|variant| variant.path.as_str() == path) else {
            return Ok(None);
        };
        if wanted.encoding == Encoding::Copy {
            return Ok(Some(source.clone()));
        }
        if self.known(wanted).is_none() {
            let job = [Job { file: source, plan: &planned.plan }];
            let store = |variant: &Variant, bytes: Vec<u8>| self.store(variant, &bytes);
            let done = |variant: &Variant| self.known(variant).is_some();
            let failures =
                image_encode::encode_all(&job, &done, &store, &|_, _| {}).map_err(|error| error.to_string())?;
            if let Some(failure) = failures.first() {
                return Err(failure.error.to_string());
            }
        }
        Ok(self.file(wanted))
    }

    fn file(&self, variant: &Variant) -> Option<File> {
        let path = cache::blob_path(ENCODED, variant.key, variant.path.extension())?;
        let place = Place::Disk(self.work.join(path.to_relative()));
        Some(File { name: path.as_str().into(), path, place })
    }

    /// What the file of a variant is. What lies there is used only if it is what was put there.
    fn known(&self, variant: &Variant) -> Option<Fingerprint> {
        let expected = self.memory.cache.get_value::<Fingerprint>(ENCODED, variant.key)?;
        let found = self.memory.images.digest(&self.file(variant)?).ok()?;
        (found == expected).then_some(expected)
    }

    fn store(&self, variant: &Variant, bytes: &[u8]) -> Result<(), WriteError> {
        let Some(file) = self.file(variant) else { return Ok(()) };
        self.memory.cache.insert_value(ENCODED, variant.key, &Fingerprint::of(bytes));
        if let Place::Disk(path) = &file.place {
            disk::write_cache(path, bytes)?;
        }
        self.memory.images.forget_one(&file.name);
        Ok(())
    }
}
