//! Draws every page and feed in parallel, and gathers the mistakes of templates so that each is told once.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::publication::Drawing;
use crate::edition::publication::Drawn;
use crate::edition::publication::Publication;
use crate::edition::reading::Read;
use crate::workflow::progress::Progress;

/// An address that was drawn.
#[derive(Debug)]
pub struct Done<T> {
    /// Its number.
    pub index: usize,
    /// What `put` gave.
    pub made: T,
    /// What was looked at.
    pub reads: Vec<Read>,
}

/// What was drawn, and what templates and texts got wrong.
#[derive(Debug)]
pub struct Rendered<T> {
    /// In the order of their numbers.
    pub done: Vec<Done<T>>,
    /// A mistake that breaks many pages is told once, with their number.
    pub report: Report,
}

/// Draws the addresses that `wanted` wants and hands what became of each to `put`.
///
/// # Errors
/// The first that `wanted` or `put` returned.
pub fn all<T: Send, E: Send>(
    publication: &Publication,
    progress: &dyn Progress,
    wanted: &(dyn Fn(usize) -> Result<bool, E> + Sync),
    put: &(dyn Fn(usize, Drawn) -> Result<T, E> + Sync),
) -> Result<Rendered<T>, E> {
    progress.stage("pages", publication.len());
    type One<T> = Option<Result<Done<T>, (usize, Diagnostic)>>;
    let drawn: Result<Vec<One<T>>, E> = (0..publication.len())
        .into_par_iter()
        .map(|index| {
            if !wanted(index)? {
                progress.step();
                return Ok(None);
            }
            let Drawing { drawn, reads } = publication.draw(index);
            progress.step();
            Ok(Some(match drawn {
                Ok(drawn) => Ok(Done { index, made: put(index, drawn)?, reads }),
                Err(mistake) => Err((index, *mistake)),
            }))
        })
        .collect();
    let mut done = Vec::new();
    let mut mistakes = Vec::new();
    for one in drawn?.into_iter().flatten() {
        match one {
            Ok(one) => done.push(one),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    Ok(Rendered { done, report: told_once(publication, mistakes) })
}

/// The mistakes of pages, one for each place in the theme, and those that came up beside.
#[must_use]
pub fn told_once(publication: &Publication, mistakes: Vec<(usize, Diagnostic)>) -> Report {
    let mut by_place: BTreeMap<(String, usize), (Diagnostic, usize, usize)> = BTreeMap::new();
    for (index, mistake) in mistakes {
        let place = mistake
            .place
            .as_ref()
            .map_or_else(|| (mistake.message.clone(), 0), |place| (place.source.name().to_owned(), place.span.start));
        by_place.entry(place).or_insert((mistake, index, 0)).2 += 1;
    }
    let mut report = publication.take_mistakes();
    for (mistake, index, pages) in by_place.into_values() {
        let path = publication.path(index);
        report.push(match pages {
            1 => mistake.hint(format!("it came up on {path}")),
            more => mistake.hint(format!("it breaks {more} pages; {path} is one of them")),
        });
    }
    report
}
