//! Pages that were drawn for somebody: kept as long as everything that they were made from is as it was.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::edition::publication::Publication;
use crate::edition::reading::Read;
use crate::engine::fingerprint::Fingerprint;
use crate::engine::traces::Traces;
use crate::workflow::traced::Numbers;

/// How many bytes of pages are kept. Drawing one again takes a fraction of a millisecond.
const MOST: usize = 64 << 20;

/// A page.
#[derive(Clone, Debug)]
pub(in crate::workflow::preview) struct Page {
    /// Its bytes as `build` would write them, but for the host's name.
    pub(in crate::workflow::preview) bytes: Arc<[u8]>,
    /// What these bytes are known by.
    pub(in crate::workflow::preview) version: String,
}

/// The pages, by file.
#[derive(Default)]
pub(in crate::workflow::preview) struct Pages {
    traces: Traces,
    bodies: HashMap<Box<str>, Page>,
    /// The oldest first.
    order: VecDeque<Box<str>>,
    size: usize,
}

impl Page {
    /// A page of these bytes.
    pub(in crate::workflow::preview) fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let version = version(&Fingerprint::of(&bytes));
        Self { bytes, version }
    }
}

/// Sixty-four bits of a fingerprint tell the versions of a page apart.
pub(in crate::workflow::preview) fn version(fingerprint: &Fingerprint) -> String {
    fingerprint.hex()[..16].to_owned()
}

impl Pages {
    /// The page that was drawn of `target`, if it stands.
    pub(in crate::workflow::preview) fn get(&self, file: &str, target: &str) -> Option<Page> {
        self.is_known(file, target).then(|| self.bodies.get(file).cloned()).flatten()
    }

    /// Whether it is known what the page looks like, even if it would have to be drawn again to be shown.
    pub(in crate::workflow::preview) fn is_known(&self, file: &str, target: &str) -> bool {
        self.traces.get(file).is_some_and(|output| *output.target == *target)
    }

    /// What was last shown at a file, however old: for when the newest state cannot be drawn.
    pub(in crate::workflow::preview) fn last(&self, file: &str) -> Option<Page> {
        self.bodies.get(file).cloned()
    }

    /// Keeps what is known of a page, and its bytes where somebody looks at it, or did: older ones must not be shown again.
    pub(in crate::workflow::preview) fn keep(
        &mut self,
        publication: &Publication,
        (file, target): (&str, &str),
        reads: &[Read],
        page: &Page,
        for_show: bool,
    ) {
        match Numbers::default().of(&mut self.traces, publication, reads) {
            Some(reads) => self.traces.remember(file, target, Fingerprint::of(&page.bytes), reads),
            None => self.traces.forget(file),
        }
        if for_show || self.bodies.contains_key(file) {
            self.drop_body(file);
            self.size += page.bytes.len();
            self.order.push_back(file.into());
            self.bodies.insert(file.into(), page.clone());
            while self.size > MOST && self.order.len() > 1 {
                if let Some(oldest) = self.order.front().cloned() {
                    self.drop_body(&oldest);
                }
            }
        }
    }

    fn drop_body(&mut self, file: &str) {
        if let Some(page) = self.bodies.remove(file) {
            self.size -= page.bytes.len();
            self.order.retain(|other| **other != *file);
        }
    }

    /// Takes the traces away, to look at them beside a new state of the site.
    pub(in crate::workflow::preview) fn take_traces(&mut self) -> Traces {
        std::mem::take(&mut self.traces)
    }

    /// Puts back what still stands.
    pub(in crate::workflow::preview) fn put_traces(&mut self, traces: Traces) {
        self.traces = traces;
    }
}
