//! Which senders on this machine are alive: each holds the lock on a file of its own, which the system gives back when its process ends, however it ends.
#![allow(clippy::disallowed_methods, reason = "a place that opens files to lock them")]

use std::fs;
use std::fs::File;
use std::fs::TryLockError;
use std::path::Path;
use std::path::PathBuf;

use crate::transport::disk::WriteError;
use crate::transport::disk_private;

/// That a sender is alive, until this is dropped.
#[derive(Debug)]
pub struct Presence {
    path: PathBuf,
    _locked: File,
}

impl Presence {
    /// Notes in `folder` that the sender called `name` is alive. The folder is made where it is missing.
    ///
    /// # Errors
    /// [`WriteError::Io`].
    pub fn begin(folder: &Path, name: &str) -> Result<Self, WriteError> {
        disk_private::make_folder(folder)?;
        let path = folder.join(name);
        let failed = |source| WriteError::Io { action: "lock", path: path.clone(), source };
        let file = File::create_new(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Self { path, _locked: file })
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // Left over, it would be found unlocked, and that is all the same.
        let _ = fs::remove_file(&self.path);
    }
}

/// The senders that were noted in `folder` and are alive no longer; each is named once. Where the folder cannot be read, nobody is known to be dead.
#[must_use]
pub fn dead(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut dead = Vec::new();
    for entry in entries.flatten() {
        let Ok(file) = File::open(entry.path()) else { continue };
        match file.try_lock() {
            Ok(()) => {
                // One that has just been made and not been locked yet is not dead: whoever makes it locks it at once, and is given that moment.
                let is_young = entry
                    .metadata()
                    .and_then(|about| about.modified())
                    .is_ok_and(|made| made.elapsed().is_ok_and(|age| age < std::time::Duration::from_millis(500)));
                if !is_young && fs::remove_file(entry.path()).is_ok() {
                    dead.extend(entry.file_name().into_string());
                }
            }
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
    dead.sort();
    dead
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_gone_is_named_once() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("senders");
        assert!(dead(&folder).is_empty(), "no folder, nobody");
        let alive = Presence::begin(&folder, "send-1").unwrap();
        File::create(folder.join("send-2")).unwrap();
        assert!(dead(&folder).is_empty(), "perhaps it is about to be locked");
        std::thread::sleep(std::time::Duration::from_millis(600));
        assert_eq!(dead(&folder), ["send-2"]);
        assert!(dead(&folder).is_empty());
        drop(alive);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }
}
