//! Pixels: the placeholder and the variants of an image.
//!
//! Sources are taken as sRGB. A colour profile that says something else (phones' Display P3) is kept in every variant; all other metadata,
//! places and cameras above all, is dropped. A variant's bytes depend on the source's bytes and on its own parameters alone, not on which others
//! are made with it.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use rayon::iter::IntoParallelRefIterator;
use rayon::iter::ParallelIterator;

use crate::edition::image::Encoding;
use crate::edition::image::ImageFacts;
use crate::edition::image::Plan;
use crate::edition::image::Variant;
use crate::files::tree::File;
use crate::output::image::ImageError;

/// One image of a list to encode.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The source.
    pub file: &'a File,
    /// What it becomes.
    pub plan: &'a Plan,
}

/// A mistake in one image of a list.
#[derive(Debug)]
pub struct Failure {
    /// Its place in the list.
    pub job: usize,
    /// What is wrong.
    pub error: ImageError,
}

/// What takes a finished variant, from any thread.
pub type Store<'a, E> = dyn Fn(&Variant, Vec<u8>) -> Result<(), E> + Sync + 'a;

/// A blurred miniature to stand there while the image loads: a CSS `<image>` of at most about 300 characters,
/// `url(data:image/webp;base64,…)`. None for what has transparency, moves or is no raster image. The whole image is decoded:
/// remember the answer under [`ImageFacts::hash`].
///
/// # Errors
/// [`ImageError::Damaged`] or [`ImageError::TooLarge`].
pub fn placeholder(bytes: &[u8], facts: &ImageFacts) -> Result<Option<String>, ImageError> {
    pixels::placeholder(bytes, facts)
}

/// Makes the files of one image: all of `plan.variants()`, or those of them that are missing. It is decoded once, whatever their number.
///
/// Gives them in the order asked for. A copy is the source's bytes.
///
/// # Errors
/// [`ImageError`]; then there is none of them.
pub fn encode<'p>(bytes: &[u8], wanted: &[&'p Variant]) -> Result<Vec<(&'p Variant, Vec<u8>)>, ImageError> {
    if wanted.iter().all(|variant| variant.encoding == Encoding::Copy) {
        return Ok(wanted.iter().map(|variant| (*variant, bytes.to_vec())).collect());
    }
    pixels::encode(bytes, wanted)
}

/// Makes the files of a list of images, in parallel on rayon's threads. Copies are left to whoever puts files in place.
///
/// `done` says whether a variant is there already; `store` takes each finished one and may fail, which ends the work;
/// `progress` is told after each image how many of how many are finished. All three are called from many threads.
/// Gives the images that could not be made, in the list's order.
///
/// # Errors
/// The first that `store` returned.
pub fn encode_all<E: Send>(
    jobs: &[Job],
    done: &(dyn Fn(&Variant) -> bool + Sync),
    store: &Store<E>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Failure>, E> {
    let finished = AtomicUsize::new(0);
    let numbered: Vec<(usize, &Job)> = jobs.iter().enumerate().collect();
    let results: Result<Vec<Option<Failure>>, E> = numbered
        .par_iter()
        .map(|(number, job)| {
            let result = run(job, done, store);
            progress(finished.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
            Ok(result?.err().map(|error| Failure { job: *number, error }))
        })
        .collect();
    Ok(results?.into_iter().flatten().collect())
}

/// One image of a list: the world's failure outside, the image's inside.
fn run<E>(job: &Job, done: &(dyn Fn(&Variant) -> bool + Sync), store: &Store<E>) -> Result<Result<(), ImageError>, E> {
    let missing: Vec<&Variant> = job.plan.variants().filter(|v| v.encoding != Encoding::Copy && !done(v)).collect();
    if missing.is_empty() {
        return Ok(Ok(()));
    }
    let encoded = match job.file.bytes() {
        Ok(bytes) => encode(&bytes, &missing),
        Err(error) => Err(ImageError::Read(error.to_string())),
    };
    match encoded {
        Err(error) => Ok(Err(error)),
        Ok(files) => {
            for (variant, bytes) in files {
                store(variant, bytes)?;
            }
            Ok(Ok(()))
        }
    }
}

#[cfg(feature = "images")]
pub(crate) use crate::output::image_pixels::header;

#[cfg(feature = "images")]
use crate::output::image_pixels as pixels;

/// What a program without codecs says.
#[cfg(not(feature = "images"))]
mod pixels {
    use super::ImageError;
    use super::ImageFacts;
    use super::Variant;

    #[allow(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
    pub(super) fn placeholder(_: &[u8], _: &ImageFacts) -> Result<Option<String>, ImageError> {
        Ok(None)
    }

    pub(super) fn encode<'p>(_: &[u8], _: &[&'p Variant]) -> Result<Vec<(&'p Variant, Vec<u8>)>, ImageError> {
        let reason = "this program was built without the feature `images`; set `variants = false`";
        Err(ImageError::Unsupported(reason.to_owned()))
    }
}
