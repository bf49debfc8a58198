//! What the last build of an output made its files from, beside what they would be made from now.

use std::collections::BTreeSet;
use std::path::Path;

use hashbrown::HashMap;
use hashbrown::HashSet;
use rayon::prelude::*;

use crate::edition::publication::Publication;
use crate::edition::reading::Read;
use crate::engine::fingerprint::Fingerprint;
use crate::engine::traces::Standing;
use crate::engine::traces::Traces;
use crate::files::read;
use crate::transport::disk;
use crate::transport::disk::WriteError;
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
    /// File and target of each address that is remembered, by its number.
    names: Vec<Option<(String, String)>>,
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

/// What the last build left in `home`; nothing where that is damaged or of another program.
///
/// # Errors
/// What the disk says.
pub(in crate::workflow) fn load(home: &Path) -> Result<Traces, WriteError> {
    let file = read::optional(&home.join(FILE)).map_err(WriteError::Read)?;
    Ok(file.map_or_else(Traces::default, |file| Traces::decode(memory::schema(), &file)))
}

impl Traced {
    /// Looks at everything again that the last build looked at.
    pub(in crate::workflow) fn new(publication: &Publication, mut traces: Traces) -> Self {
        let standing = traces.look(&|subject| publication.state(subject));
        let name = |index: usize| {
            publication.is_remembered(index).then(|| (publication.file(index), publication.target(index)))
        };
        let names = (0..publication.len()).into_par_iter().map(name).collect();
        Self { traces, standing, names }
    }

    /// The file of an address and what its bytes have to be, if it need not be drawn.
    pub(in crate::workflow) fn standing(&self, index: usize) -> Option<(SitePath, Fingerprint)> {
        let (path, target) = self.names[index].as_ref()?;
        let bytes = self.traces.standing(&self.standing, path, target)?;
        Some((output_path(path), bytes))
    }

    /// The traces with what was drawn in this build.
    pub(in crate::workflow) fn with(self, publication: &Publication, done: Vec<Done<Option<Fingerprint>>>) -> Drawn {
        let Self { mut traces, names, .. } = self;
        let before = traces.len();
        let mut changed = false;
        let mut shown: BTreeSet<String> = BTreeSet::new();
        let mut numbers = Numbers::default();
        let mut remembered = 0;
        for Done { index, made, reads } in done {
            let Some((path, target)) = &names[index] else { continue };
            remembered += 1;
            changed = true;
            match (made, numbers.of(&mut traces, publication, &reads)) {
                (Some(bytes), Some(reads)) => traces.remember(path, target, bytes, reads),
                // What has to be drawn each time still shows its images.
                _ => {
                    traces.forget(path);
                    let names = reads.iter().filter_map(|read| publication.subject(*read));
                    shown.extend(names.filter_map(|name| Some(name.strip_prefix("shown ")?.to_owned())));
                }
            }
        }
        let planned: HashSet<&str> = names.iter().flatten().map(|(path, _)| path.as_str()).collect();
        traces.retain(|path| planned.contains(path));
        changed |= before != traces.len();
        shown.extend(traces.subjects().filter_map(|name| Some(name.strip_prefix("shown ")?.to_owned())));
        Drawn { changed, shown, all_drawn: remembered == planned.len(), traces }
    }
}

impl Drawn {
    /// The traces for the next build, where they are others than before.
    pub(in crate::workflow) fn written(&self) -> Option<Vec<u8>> {
        self.changed.then(|| self.traces.encode(memory::schema()))
    }
}

/// Keeps what [`Drawn::written`] gave.
///
/// # Errors
/// What the disk says.
pub(in crate::workflow) fn save(home: &Path, written: Option<&[u8]>) -> Result<(), WriteError> {
    written.map_or(Ok(()), |bytes| disk::write_cache(&home.join(FILE), bytes))
}

/// The numbers of what drawings of one publication looked at, each looked up once.
#[derive(Debug, Default)]
pub(in crate::workflow) struct Numbers(HashMap<Read, Option<u32>>);

impl Numbers {
    /// The subjects that were looked at; `None` where one of them is never the same again.
    pub(in crate::workflow) fn of(
        &mut self,
        traces: &mut Traces,
        publication: &Publication,
        reads: &[Read],
    ) -> Option<Vec<u32>> {
        let mut number = |read: &Read| {
            *self.0.entry(*read).or_insert_with(|| {
                let name = publication.subject(*read)?;
                Some(traces.number(&name, || publication.state(&name)))
            })
        };
        reads.iter().map(&mut number).collect()
    }
}
