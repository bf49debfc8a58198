//! Draws every page and feed in parallel, and gathers the mistakes of templates so that each is told once.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::publication::Drawn;
use crate::edition::publication::Publication;
use crate::workflow::progress::Progress;

/// Draws everything and hands each file to `put`. What templates and texts get wrong is in the report; a mistake that breaks many pages is told once, with
/// their number.
///
/// # Errors
/// The first that `put` returned.
pub fn all<E: Send>(
    publication: &Publication,
    progress: &dyn Progress,
    put: &(dyn Fn(Drawn) -> Result<(), E> + Sync),
) -> Result<Report, E> {
    progress.stage("pages", publication.len());
    let mistakes: Result<Vec<Option<(usize, Diagnostic)>>, E> = (0..publication.len())
        .into_par_iter()
        .map(|index| {
            let drawn = publication.draw(index);
            progress.step();
            match drawn {
                Ok(drawn) => put(drawn).map(|()| None),
                Err(mistake) => Ok(Some((index, *mistake))),
            }
        })
        .collect();
    let mut by_place: BTreeMap<(String, usize), (Diagnostic, usize, usize)> = BTreeMap::new();
    for (index, mistake) in mistakes?.into_iter().flatten() {
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
    Ok(report)
}
