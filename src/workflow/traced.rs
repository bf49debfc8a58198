//! What the last build of an output made its files from, beside what they would be made from now.

use std::collections::BTreeSet;
use std::path::Path;

use crate::edition::publication::Publication;
use crate::edition::reading::Read;
use crate::engine::fingerprint::Fingerprint;
use crate::engine::traces::Standing;
use crate::engine::traces::Traces;
use crate::files::read;
use crate::transport::disk;
use crate::transport::disk::WriteError;
use crate::transport::disk_staging::Staging;
use crate::value::path::SitePath;
use crate::workflow::build::output_path;
use crate::workflow::memory;
use crate::workflow::render::Done;

const FILE: &str = "traces";

/// The traces of an output, and which of its files stand.
#[derive(Debug)]
pub(in crate::workflow) struct Traced {
    traces: Traces,
    standing: Standing,
}

/// The traces after a build.
#[derive(Debug)]
pub(in crate::workflow) struct Drawn {
    traces: Traces,
    changed: bool,
    /// The images below `content/` that templates asked for by name.
    pub(in crate::workflow) shown: BTreeSet<String>,
    /// Whether nothing stood.
    pub(in crate::workflow) all_drawn: bool,
}

impl Traced {
    /// Reads what the last build left.
    ///
    /// # Errors
    /// What the disk says.
    pub(in crate::workflow) fn open(publication: &Publication, staging: &Staging) -> Result<Self, WriteError> {
        let file = read::optional(&staging.home().join(FILE)).map_err(WriteError::Read)?;
        let mut traces = file.map_or_else(Traces::default, |file| Traces::decode(memory::schema(), &file));
        let standing = traces.look(&|subject| publication.state(subject));
        Ok(Self { traces, standing })
    }

    /// The file of an address and what its bytes have to be, if it need not be drawn.
    pub(in crate::workflow) fn standing(
        &self,
        publication: &Publication,
        index: usize,
    ) -> Option<(SitePath, Fingerprint)> {
        if !publication.is_remembered(index) {
            return None;
        }
        let path = publication.file(index);
        let bytes = self.traces.standing(&self.standing, &path, &publication.target(index))?;
        Some((output_path(&path), bytes))
    }

    /// The traces with what was drawn in this build.
    pub(in crate::workflow) fn with(self, publication: &Publication, done: Vec<Done<Option<Fingerprint>>>) -> Drawn {
        let Self { mut traces, .. } = self;
        let before = traces.len();
        let mut changed = false;
        let mut shown: BTreeSet<String> = BTreeSet::new();
        let mut remembered = 0;
        for Done { index, made, reads } in done {
            if !publication.is_remembered(index) {
                continue;
            }
            remembered += 1;
            changed = true;
            let path = publication.file(index);
            match (made, numbers(&mut traces, publication, &reads)) {
                (Some(bytes), Some(reads)) => traces.remember(&path, &publication.target(index), bytes, reads),
                // What has to be drawn each time still shows its images.
                _ => {
                    traces.forget(&path);
                    let names = reads.iter().filter_map(|read| publication.subject(*read));
                    shown.extend(names.filter_map(|name| Some(name.strip_prefix("shown ")?.to_owned())));
                }
            }
        }
        let planned: std::collections::HashSet<String> = (0..publication.len())
            .filter(|index| publication.is_remembered(*index))
            .map(|index| publication.file(index))
            .collect();
        traces.retain(|path| planned.contains(path));
        changed |= before != traces.len();
        shown.extend(traces.subjects().filter_map(|name| Some(name.strip_prefix("shown ")?.to_owned())));
        Drawn { changed, shown, all_drawn: remembered == planned.len(), traces }
    }
}

impl Drawn {
    /// Keeps the traces for the next build.
    ///
    /// # Errors
    /// What the disk says.
    pub(in crate::workflow) fn save(&self, home: &Path) -> Result<(), WriteError> {
        if self.changed {
            disk::write_cache(&home.join(FILE), &self.traces.encode(memory::schema()))?;
        }
        Ok(())
    }
}

/// The subjects that were looked at; `None` where one of them is never the same again.
pub(in crate::workflow) fn numbers(traces: &mut Traces, publication: &Publication, reads: &[Read]) -> Option<Vec<u32>> {
    let number = |read: &Read| {
        let name = publication.subject(*read)?;
        Some(traces.number(&name, || publication.state(&name)))
    };
    reads.iter().map(number).collect()
}
