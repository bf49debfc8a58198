//! Puts a whole output in place: nothing of it is seen before all of it has succeeded, what did not change is not touched, and what others put into the
//! output folder stays.
//!
//! New and changed files are written to `.letterpress/staging/`. [`Staging::commit`] writes down what it is about to do (the journal), renames
//! the files into place, removes those that the last build made and this one did not, and writes down what stands there
//! now (the manifest). Interrupted before the journal, the old site stands and the staged files are discarded by the next build; after it,
//! every file is wholly old or new and the next [`Staging::begin`] does the rest. "Interrupted" means that the program ended; after a power
//! failure, files may be shorter than written (nothing is flushed), which the next build sees by their size and mends.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs::File as LockFile;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use hashbrown::HashMap;
use hashbrown::HashSet;
use rayon::prelude::*;

use crate::files::read;
use crate::files::tree::File;
use crate::files::tree::Place as Source;
use crate::transport::disk;
use crate::transport::disk::Seen;
use crate::transport::disk::Stamp;
use crate::transport::disk::WriteError;
use crate::transport::disk_commit;
use crate::transport::disk_commit::Place;
pub use crate::transport::disk_commit::Steps;
use crate::transport::disk_commit::folders_above;
use crate::transport::disk_manifest::Entry;
use crate::transport::disk_manifest::Journal;
use crate::transport::disk_manifest::Manifest;
use crate::transport::disk_manifest::Origin;
use crate::value::path::SitePath;

/// How many folders the staged files are spread over: the kernel locks a folder while a file is made in it.
const SPREAD: u64 = 64;

/// An output being written. Shared by all threads; ended by [`Staging::commit`], or dropped, which leaves the old output as it is.
#[derive(Debug)]
pub struct Staging {
    place: Place,
    home: PathBuf,
    /// Whether there is no output folder yet: then the files are staged at their final paths and the folder is moved in one go.
    whole: bool,
    old: Manifest,
    /// The folders of `old`.
    old_folders: HashSet<String>,
    made: Mutex<Vec<(SitePath, Made)>>,
    /// Folders that were made in the staging folder (whole) or looked at in the output folder.
    folders: RwLock<HashMap<Box<str>, Folder>>,
    /// Paths of new files where folders stand now.
    in_the_way: Mutex<Vec<SitePath>>,
    next: AtomicU64,
    steps: Steps,
    /// Held as long as this lives.
    _lock: LockFile,
}

/// One file of the new output.
#[derive(Debug)]
struct Made {
    entry: Entry,
    /// Its name in the staging folder; none for a file that stands already.
    staged: Option<String>,
}

/// A folder of the output folder, as the first file in it found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Folder {
    /// It is not there, or will not be: a file of ours that this build may replace stands there.
    Absent,
    /// It is there and has files of ours in it.
    Ours,
    /// It stood there before us.
    Found,
}

/// What a build did to the output folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that are new or different, by path.
    pub written: Vec<SitePath>,
    /// Files that the last build made and this one did not, by path.
    pub removed: Vec<SitePath>,
    /// How many files were not touched.
    pub unchanged: usize,
}

impl Staging {
    /// Begins an output to the folder `output`, with `work` (`.letterpress`) for staging. First completes what an interrupted build had begun to put in
    /// place, and discards what another had staged. Both folders need not exist.
    ///
    /// Check the folder with [`check_output`](disk::check_output) before.
    ///
    /// # Errors
    /// [`WriteError::Busy`] while another build writes there, else what the disk says.
    pub fn begin(output: &Path, work: &Path) -> Result<Self, WriteError> {
        Self::begin_with(output, work, Steps::unlimited())
    }

    /// As [`Staging::begin`], but the power goes off after so many steps.
    ///
    /// # Errors
    /// As [`Staging::begin`], and [`WriteError::Stopped`].
    #[doc(hidden)]
    pub fn begin_with(output: &Path, work: &Path, steps: Steps) -> Result<Self, WriteError> {
        let home = Self::home_of(output, work)?;
        let output = disk::real(output)?;
        disk::make_folders(&home)?;
        let lock = disk::lock(&home.join("lock"))?;
        let place = Place {
            output,
            staging: home.join("files"),
            manifest: home.join("manifest"),
            journal: home.join("journal"),
        };
        if let Some(file) = read::optional(&place.journal).map_err(WriteError::Read)? {
            // The journal is put there whole; a damaged one is no journal of ours.
            if let Some(journal) = Journal::decode(&file) {
                disk_commit::carry_out(&place, &journal, &steps)?;
            }
            disk::remove_file(&place.journal)?;
        }
        disk::remove_folder(&place.staging)?;
        let whole = match disk::look(&place.output)? {
            Seen::Nothing => true,
            Seen::Folder => false,
            Seen::File(_) | Seen::Other => return Err(WriteError::InTheWay(place.output)),
        };
        let manifest = read::optional(&place.manifest).map_err(WriteError::Read)?;
        let old = manifest.filter(|_| !whole).and_then(|file| Manifest::decode(&file)).unwrap_or_default();
        let old_folders = old.files.keys().flat_map(folders_above).map(str::to_owned).collect();
        disk::make_folder(&place.staging)?;
        Ok(Self {
            place,
            home,
            whole,
            old,
            old_folders,
            made: Mutex::default(),
            folders: RwLock::default(),
            in_the_way: Mutex::default(),
            next: AtomicU64::new(0),
            steps,
            _lock: lock,
        })
    }

    /// Adds a file with these bytes. Gives whether they differ from what stands there; only then anything is written, and only to the staging folder.
    ///
    /// # Errors
    /// What the disk says; [`WriteError::Symlink`] and [`WriteError::InTheWay`] for what stands above it.
    pub fn write(&self, path: &SitePath, bytes: &[u8]) -> Result<bool, WriteError> {
        self.write_hashed(path, bytes, blake3::hash(bytes).into())
    }

    /// As [`Staging::write`], by who knows the BLAKE3 hash of the bytes.
    ///
    /// # Errors
    /// As [`Staging::write`].
    pub fn write_hashed(&self, path: &SitePath, bytes: &[u8], hash: [u8; 32]) -> Result<bool, WriteError> {
        let origin = Origin::Bytes(hash);
        let size = bytes.len() as u64;
        let same = |file: &Path| Ok(read::bytes(file).map_err(WriteError::Read)? == bytes);
        if let Some(stamp) = self.standing(path, size, origin, &same)? {
            self.add(path, Made { entry: Entry { stamp, origin }, staged: None });
            return Ok(false);
        }
        let staged = self.staged_name(path)?;
        let stamp = disk::stage(&self.place.staging.join(&staged), bytes)?;
        self.add(path, Made { entry: Entry { stamp, origin }, staged: Some(staged) });
        Ok(true)
    }

    /// Adds a file of a tree as it is: a static file, an image. A source on the disk that looks as it did last time (size, time of change) is not read.
    ///
    /// # Errors
    /// As [`Staging::write`].
    pub fn copy(&self, path: &SitePath, file: &File) -> Result<bool, WriteError> {
        match &file.place {
            Source::Disk(source) => self.copy_from(path, source),
            Source::Embedded(bytes) => self.write(path, bytes),
            Source::Memory(bytes) => self.write(path, bytes),
        }
    }

    /// Adds a copy of the file `source`; as [`Staging::copy`].
    ///
    /// # Errors
    /// As [`Staging::write`].
    pub fn copy_from(&self, path: &SitePath, source: &Path) -> Result<bool, WriteError> {
        // Taken before the bytes: a source that changes while it is copied looks different next time.
        let stamp = disk::source_stamp(source)?;
        self.copy_as(path, source, stamp, Origin::File(stamp))
    }

    /// As [`Staging::copy`], by who knows the BLAKE3 hash of the file's bytes.
    ///
    /// # Errors
    /// As [`Staging::write`].
    pub fn copy_hashed(&self, path: &SitePath, file: &File, hash: [u8; 32]) -> Result<bool, WriteError> {
        match &file.place {
            Source::Disk(source) => self.copy_as(path, source, disk::source_stamp(source)?, Origin::Bytes(hash)),
            Source::Embedded(bytes) => self.write_hashed(path, bytes, hash),
            Source::Memory(bytes) => self.write_hashed(path, bytes, hash),
        }
    }

    fn copy_as(&self, path: &SitePath, source: &Path, stamp: Stamp, origin: Origin) -> Result<bool, WriteError> {
        let same = |file: &Path| disk::same_bytes(file, source);
        if let Some(stamp) = self.standing(path, stamp.size, origin, &same)? {
            self.add(path, Made { entry: Entry { stamp, origin }, staged: None });
            return Ok(false);
        }
        let staged = self.staged_name(path)?;
        let stamp = disk::stage_copy(source, &self.place.staging.join(&staged))?;
        self.add(path, Made { entry: Entry { stamp, origin }, staged: Some(staged) });
        Ok(true)
    }

    /// Adds a file that the caller knows to be what the last build made, without its bytes. False where it does not stand there as it was made:
    /// then the caller has to make it again.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep(&self, path: &SitePath) -> Result<bool, WriteError> {
        self.old.files.get(path).map_or(Ok(false), |entry| self.keep_entry(path, entry))
    }

    /// As [`Staging::keep`], of a file whose bytes have to have this BLAKE3 hash. False too where another build made other bytes of it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep_hashed(&self, path: &SitePath, hash: [u8; 32]) -> Result<bool, WriteError> {
        match self.old.files.get(path) {
            Some(entry) if entry.origin == Origin::Bytes(hash) => self.keep_entry(path, entry),
            _ => Ok(false),
        }
    }

    /// Whether everything that the last build made stands as it was made, and that was something. Then it is what this output consists of, and nothing needs to be made.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep_all(&self) -> Result<bool, WriteError> {
        let files: Vec<(&SitePath, &Entry)> = self.old.files.iter().collect();
        let all = files.par_iter().map(|(path, entry)| self.keep_entry(path, entry));
        Ok(!files.is_empty() && all.collect::<Result<Vec<bool>, WriteError>>()?.into_iter().all(|kept| kept))
    }

    /// The folder of `.letterpress/` where what belongs to one output alone is remembered: `--output elsewhere` neither removes nor forgets what `public` holds.
    ///
    /// # Errors
    /// What the disk says.
    pub fn home_of(output: &Path, work: &Path) -> Result<PathBuf, WriteError> {
        let name = blake3::hash(disk::real(output)?.as_os_str().as_encoded_bytes()).to_hex();
        Ok(work.join("staging").join(&name[..12]))
    }

    /// As [`Staging::home_of`], of this output.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    fn keep_entry(&self, path: &SitePath, entry: &Entry) -> Result<bool, WriteError> {
        let file = self.place.output.join(path.as_str());
        let Seen::File(stamp) = disk::look(&file)? else { return Ok(false) };
        // A copy of the output folder has the same bytes at other times.
        let same = stamp == entry.stamp
            || match entry.origin {
                Origin::Bytes(hash) if stamp.size == entry.stamp.size => {
                    *blake3::hash(&read::bytes(&file).map_err(WriteError::Read)?).as_bytes() == hash
                }
                _ => false,
            };
        if same {
            // The folders above are those of the last build; nothing is written into them.
            self.add(path, Made { entry: Entry { stamp, ..*entry }, staged: None });
        }
        Ok(same)
    }

    /// Puts everything in place.
    ///
    /// # Errors
    /// Before anything is touched: [`WriteError::Twice`], [`WriteError::InTheWay`]. Later what the disk says; then the next
    /// [`Staging::begin`] does the rest.
    pub fn commit(self) -> Result<Summary, WriteError> {
        let Self { place, whole, old, made, folders, in_the_way, steps, _lock: lock, .. } = self;
        let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
        let folders = folders.into_inner().unwrap_or_else(PoisonError::into_inner);
        let new = in_order(&place, made)?;
        let used: HashSet<&str> = new.keys().flat_map(folders_above).collect();
        refuse_files_as_folders(&place, &new, &used)?;
        refuse_foreign_folders(&place, &old, &in_the_way.into_inner().unwrap_or_else(PoisonError::into_inner))?;
        let removed: Vec<SitePath> = old.files.keys().filter(|path| !new.contains_key(*path)).cloned().collect();

        let found_now = folders.iter().filter(|(_, folder)| **folder == Folder::Found).map(|(path, _)| &**path);
        let found: BTreeSet<String> = (old.found.iter().map(String::as_str).chain(found_now))
            .filter(|folder| used.contains(folder) || removed.iter().any(|path| path.below(folder).is_some()))
            .map(str::to_owned)
            .collect();
        drop(used);
        let mut puts: Vec<(SitePath, String)> = Vec::new();
        let entry = |(path, made): (SitePath, Made)| {
            puts.extend(made.staged.map(|staged| (path.clone(), staged)));
            (path, made.entry)
        };
        let files: BTreeMap<SitePath, Entry> = new.into_iter().map(entry).collect();

        let summary = Summary {
            written: puts.iter().map(|(path, _)| path.clone()).collect(),
            // What somebody else removed before is not our doing.
            removed: removed.iter().filter(|path| place.has(path)).cloned().collect(),
            unchanged: files.len() - puts.len(),
        };
        let journal = Journal { whole, puts, removes: removed, manifest: Manifest { files, found } };
        if whole || !journal.puts.is_empty() || !journal.removes.is_empty() {
            disk_commit::commit(&place, &journal, &steps)?;
        } else if journal.manifest != old {
            disk::write_cache(&place.manifest, &journal.manifest.encode())?;
        }
        disk::remove_folder(&place.staging)?;
        drop(lock);
        Ok(summary)
    }

    /// The stamp of what stands at `path` if it has these bytes already: by the manifest, else by comparing.
    fn standing(
        &self,
        path: &SitePath,
        size: u64,
        origin: Origin,
        same: &dyn Fn(&Path) -> Result<bool, WriteError>,
    ) -> Result<Option<Stamp>, WriteError> {
        if self.whole || self.folder_above(path)? == Folder::Absent {
            return Ok(None);
        }
        let file = self.place.output.join(path.as_str());
        let stamp = match disk::look(&file)? {
            Seen::File(stamp) => stamp,
            Seen::Folder => {
                self.in_the_way.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
                return Ok(None);
            }
            Seen::Nothing | Seen::Other => return Ok(None),
        };
        if stamp.size != size {
            return Ok(None);
        }
        let known = self.old.files.get(path).is_some_and(|entry| entry.stamp == stamp && entry.origin == origin);
        Ok((known || same(&file)?).then_some(stamp))
    }

    /// Looks at the folders above a file in the output folder, each once. Gives the innermost.
    fn folder_above(&self, path: &SitePath) -> Result<Folder, WriteError> {
        let mut above = Folder::Ours;
        if let Some(known) = self.known_folder(path.folder()) {
            return Ok(known);
        }
        for folder in folders_above(path) {
            above = match self.known_folder(folder) {
                Some(known) => known,
                None if above == Folder::Absent => Folder::Absent,
                None => self.look_at_folder(folder)?,
            };
            self.remember_folder(folder, above);
        }
        Ok(above)
    }

    fn look_at_folder(&self, folder: &str) -> Result<Folder, WriteError> {
        let full = self.place.output.join(folder);
        match disk::look(&full)? {
            Seen::Nothing => Ok(Folder::Absent),
            Seen::Folder if self.old_folders.contains(folder) && !self.old.found.contains(folder) => Ok(Folder::Ours),
            Seen::Folder => Ok(Folder::Found),
            Seen::Other => Err(WriteError::Symlink(full)),
            // A file of the last build makes way; commit refuses if this build has it too.
            Seen::File(_) => match SitePath::parse(folder) {
                Ok(path) if self.old.files.contains_key(&path) => Ok(Folder::Absent),
                _ => Err(WriteError::InTheWay(full)),
            },
        }
    }

    fn known_folder(&self, folder: &str) -> Option<Folder> {
        self.folders.read().unwrap_or_else(PoisonError::into_inner).get(folder).copied()
    }

    fn remember_folder(&self, path: &str, folder: Folder) {
        self.folders.write().unwrap_or_else(PoisonError::into_inner).insert(path.into(), folder);
    }

    /// A name in the staging folder, whose folder is there.
    fn staged_name(&self, path: &SitePath) -> Result<String, WriteError> {
        if !self.whole {
            // Numbers instead of paths: no folders to make and to remove again.
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let folder = format!("{}", number % SPREAD);
            self.make_staging_folder(&folder)?;
            return Ok(format!("{folder}/{number}"));
        }
        if self.known_folder(path.folder()).is_none() {
            for folder in folders_above(path) {
                self.make_staging_folder(folder)?;
            }
        }
        Ok(path.as_str().to_owned())
    }

    fn make_staging_folder(&self, folder: &str) -> Result<(), WriteError> {
        // In an update the map is about the output folder; a slash, which no path has at its end, keeps the two apart.
        let key = if self.whole { folder.to_owned() } else { format!("{folder}/") };
        if self.known_folder(&key).is_none() {
            disk::make_folder(&self.place.staging.join(folder))?;
            self.remember_folder(&key, Folder::Ours);
        }
        Ok(())
    }

    fn add(&self, path: &SitePath, made: Made) {
        let mut list: MutexGuard<Vec<_>> = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        list.push((path.clone(), made));
    }
}

/// The files by path. The same file twice is no harm.
fn in_order(place: &Place, mut made: Vec<(SitePath, Made)>) -> Result<BTreeMap<SitePath, Made>, WriteError> {
    made.par_sort_by(|a, b| a.0.cmp(&b.0));
    if let Some(twice) =
        made.windows(2).find(|two| two[0].0 == two[1].0 && two[0].1.entry.origin != two[1].1.entry.origin)
    {
        return Err(WriteError::Twice(place.output.join(twice[0].0.as_str())));
    }
    Ok(made.into_iter().collect())
}

/// One path cannot be a file and a folder.
fn refuse_files_as_folders(
    place: &Place,
    new: &BTreeMap<SitePath, Made>,
    folders: &HashSet<&str>,
) -> Result<(), WriteError> {
    match new.keys().find(|path| folders.contains(path.as_str())) {
        Some(path) => Err(WriteError::InTheWay(place.output.join(path.as_str()))),
        None => Ok(()),
    }
}

/// A file can take the place of a folder only if all in it is ours, and so goes: the folder cannot stay a folder in the new output.
fn refuse_foreign_folders(place: &Place, old: &Manifest, in_the_way: &[SitePath]) -> Result<(), WriteError> {
    for path in in_the_way {
        let full = place.output.join(path.as_str());
        let mut left = vec![full.clone()];
        while let Some(folder) = left.pop() {
            for inside in disk::list(&folder)? {
                let ours = inside
                    .strip_prefix(&place.output)
                    .ok()
                    .and_then(|relative| SitePath::from_relative(relative).ok())
                    .is_some_and(|path| old.files.contains_key(&path));
                match disk::look(&inside)? {
                    Seen::Folder => left.push(inside),
                    Seen::File(_) if ours => {}
                    _ => return Err(WriteError::InTheWay(full)),
                }
            }
        }
    }
    Ok(())
}
