//! A bell that tells whoever rings it that the watcher has heard everything that happened before.
//!
//! The system tells of a save a moment after it: a request that comes in this moment would be answered with what was before. But the system tells of everything in
//! order, so that what was saved before the bell was rung has been told when the bell is heard.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use crate::transport::disk;

/// How long the bell is waited for. It is heard within a fraction of a millisecond; one that is not heard at all has fallen down.
const PATIENCE: Duration = Duration::from_secs(5);

/// A bell. It is silent until a [`Watch`](crate::transport::watch::Watch) has hung it up, and wherever the system does not tell at once and in order.
#[derive(Debug)]
pub struct Bell {
    folder: PathBuf,
    rung: Mutex<Rung>,
    heard: Condvar,
}

#[derive(Debug, Default)]
struct Rung {
    hangs: bool,
    last: u64,
    /// Those that were rung and not heard yet.
    waiting: BTreeSet<u64>,
}

impl Bell {
    /// A bell in a folder of its own, which is made when it is hung up.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        Self { folder, rung: Mutex::default(), heard: Condvar::new() }
    }

    /// Waits until everything that was saved before this call has been told. Where the bell is silent, it does not wait.
    pub fn ring(&self) {
        let number = {
            let mut rung = self.rung();
            if !rung.hangs {
                return;
            }
            rung.last += 1;
            let number = rung.last;
            rung.waiting.insert(number);
            number
        };
        // Another preview of the same site has its bell in the same folder.
        let stroke = self.folder.join(format!("{}-{number}", std::process::id()));
        if disk::make_and_remove_folder(&stroke).is_err() {
            return self.take_down();
        }
        let is_waiting = |rung: &mut Rung| rung.waiting.contains(&number);
        let waited = self.heard.wait_timeout_while(self.rung(), PATIENCE, is_waiting);
        let (rung, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(rung);
        if waited.timed_out() {
            self.take_down();
        }
    }

    /// Makes the folder, so that it can be watched; none where there is no need of it.
    pub(crate) fn folder(&self) -> Option<&Path> {
        let is_wanted = cfg!(any(target_os = "linux", target_os = "android")) && !self.rung().hangs;
        (is_wanted && disk::make_cache_folder(&self.folder).is_ok()).then_some(&self.folder)
    }

    /// The folder is watched.
    pub(crate) fn hang_up(&self) {
        self.rung().hangs = true;
    }

    /// It cannot be heard any more: nobody waits.
    pub(crate) fn take_down(&self) {
        self.rung().hangs = false;
        self.hear_all();
    }

    /// Whether something happened to the bell, and to nothing else.
    pub(crate) fn hears(&self, path: &Path) -> bool {
        let Ok(below) = path.strip_prefix(&self.folder) else { return false };
        let own = format!("{}-", std::process::id());
        let number = below.to_str().and_then(|name| name.strip_prefix(&own)?.parse().ok());
        if number.is_some_and(|number| self.rung().waiting.remove(&number)) {
            self.heard.notify_all();
        }
        true
    }

    /// Whatever was rung counts as heard.
    pub(crate) fn hear_all(&self) {
        self.rung().waiting.clear();
        self.heard.notify_all();
    }

    /// A number and a set are right whoever panics.
    fn rung(&self) -> MutexGuard<'_, Rung> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
