//! What each source file was when it was last read: a file that looks as it did then is not read again.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use hashbrown::HashMap;

use crate::engine::fingerprint::Fingerprint;
use crate::engine::sealed;
use crate::files::read::ReadError;
use crate::files::stamp::Stamp;
use crate::files::tree::File;

/// Files by the name that messages call them, as they were and as they are.
#[derive(Debug)]
pub struct Seen {
    schema: Fingerprint,
    /// When the file that `old` was read from was written, by the clock of its file system.
    saved: Option<Stamp>,
    old: HashMap<Box<str>, (Stamp, Fingerprint)>,
    new: Mutex<BTreeMap<Box<str>, (Stamp, Fingerprint)>>,
}

/// What stands in the file: names, how the files looked, what they were.
type Entries<'a> = Vec<(&'a str, (Stamp, Fingerprint))>;

impl Seen {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(schema: Fingerprint) -> Self {
        Self { schema, saved: None, old: HashMap::new(), new: Mutex::default() }
    }

    /// What an earlier run saw: its file, and the stamp that this file has. One that is damaged or of another schema is as good as none.
    #[must_use]
    pub fn decode(schema: Fingerprint, bytes: &[u8], saved: Option<Stamp>) -> Self {
        let entries: Option<Entries<'_>> = sealed::open(schema, bytes);
        let old = entries.unwrap_or_default().into_iter().map(|(name, known)| (name.into(), known)).collect();
        Self { saved, old, ..Self::new(schema) }
    }

    /// The file to save, with what was seen in this run alone.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let new = self.new.lock().unwrap_or_else(PoisonError::into_inner);
        let entries: Entries<'_> = new.iter().map(|(name, known)| (&**name, *known)).collect();
        sealed::close(self.schema, &entries)
    }

    /// Whether no earlier run saw anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.old.is_empty()
    }

    /// Whether saving would change anything: files came, went or changed, or could not be told to be the same without reading them.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        let new = self.new.lock().unwrap_or_else(PoisonError::into_inner);
        new.len() != self.old.len()
            || new.iter().any(|(name, (stamp, digest))| {
                self.old.get(name) != Some(&(*stamp, *digest)) || !self.is_settled(stamp)
            })
    }

    /// What a file is, if that was asked before in this run.
    #[must_use]
    pub fn now(&self, file: &File) -> Option<Fingerprint> {
        let new = self.new.lock().unwrap_or_else(PoisonError::into_inner);
        new.get(&*file.name).map(|(_, digest)| *digest)
    }

    /// What a file is, without reading it, if it looks as it did when it was read. `stamp` is how it looks now.
    #[must_use]
    pub fn known(&self, file: &File, stamp: Option<Stamp>) -> Option<Fingerprint> {
        let stamp = stamp?;
        let (old, digest) = self.old.get(&*file.name)?;
        if *old != stamp || !self.is_settled(&stamp) {
            return None;
        }
        self.learn(file, Some(stamp), *digest);
        Some(*digest)
    }

    /// Remembers what a file is. The stamp has to be from before its bytes were read.
    pub fn learn(&self, file: &File, stamp: Option<Stamp>, digest: Fingerprint) {
        let Some(stamp) = stamp else { return };
        let mut new = self.new.lock().unwrap_or_else(PoisonError::into_inner);
        new.insert((*file.name).into(), (stamp, digest));
    }

    /// Forgets what a file is in this run: it was written just now.
    pub fn forget_one(&self, name: &str) {
        self.new.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Forgets what the files of these names are in this run.
    pub fn forget(&self, forgotten: impl Fn(&str) -> bool) {
        self.new.lock().unwrap_or_else(PoisonError::into_inner).retain(|name, _| !forgotten(name));
    }

    /// What a file is; read only where that is not known.
    ///
    /// # Errors
    /// What the disk says.
    pub fn digest(&self, file: &File) -> Result<Fingerprint, ReadError> {
        if let Some(known) = self.now(file) {
            return Ok(known);
        }
        let stamp = Stamp::of(file);
        if let Some(known) = self.known(file, stamp) {
            return Ok(known);
        }
        let digest = Fingerprint::of(&file.bytes()?);
        self.learn(file, stamp, digest);
        Ok(digest)
    }

    fn is_settled(&self, stamp: &Stamp) -> bool {
        self.saved.is_some_and(|saved| stamp.is_settled(&saved))
    }
}
