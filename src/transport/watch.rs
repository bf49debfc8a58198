//! Watches the folders that a site is made from, and tells in batches what was saved: one for every save, however an editor does it, and one for the
//! thousands of files of a branch switch.
//!
//! The system tells of changes where it can; where it cannot (inotify's limits), the folders are looked through every second.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use notify::Config;
use notify::EventKind;
use notify::RecommendedWatcher;
use notify::RecursiveMode;
use notify::Watcher;

use crate::files::read;
use crate::transport::watch_batch::Gathered;
use crate::transport::watch_batch::is_closed;
use crate::transport::watch_bell::Bell;
use crate::transport::watch_poll::Polling;

/// What to watch.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folders, with all that is below them. They need not exist yet.
    pub folders: Vec<PathBuf>,
    /// Files outside of these folders: `site.toml`.
    pub files: Vec<PathBuf>,
    /// Folders or files in them that are not watched: the output.
    pub ignored: Vec<PathBuf>,
    /// Files that say, as long as they are there, that more is to come: git's lock while it switches branches.
    pub held: Vec<PathBuf>,
    /// Look through the folders every so often instead of letting the system tell.
    pub polling: Option<Duration>,
    /// Rung by those who want to know that everything has been told.
    pub bell: Arc<Bell>,
}

/// What the watcher tells. After a `Dirty` follows exactly one `Batch`, with nothing but a `Degraded` between them.
#[derive(Debug)]
pub enum Notice {
    /// Something was changed just now, and what has been read may be stale. Told before anything is gathered.
    Dirty,
    /// It is quiet again.
    Batch(Batch),
    /// The system tells of changes no longer; what happened and what to do about it, for the user. The folders are looked through every second
    /// from now on.
    Degraded(String),
}

/// What was changed between two moments of quiet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Files and folders that were written, made, removed or renamed, below the folders as [`Settings`] names them.
    pub paths: BTreeSet<PathBuf>,
    /// Some of `paths` were made, removed or renamed: there may be other files than before, though all of them are among or below `paths`.
    pub listing: bool,
    /// More may have changed than `paths` says: a folder came or went, or so much happened that the system lost count.
    pub rescan: bool,
}

/// The system does not let anything be watched.
#[derive(Debug)]
pub struct WatchError(io::Error);

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watch {
    messages: mpsc::Sender<Message>,
}

/// What reaches the watching thread.
pub(crate) enum Message {
    Changed(notify::Result<notify::Event>),
    Stop,
}

/// How long somebody is waited for who has said that more is to come, and nothing comes: a lock that was left behind must not stop the preview.
const HELD: Duration = Duration::from_secs(2);
/// And how long while something comes.
const HELD_AT_MOST: Duration = Duration::from_secs(20);
const HELD_STEP: Duration = Duration::from_millis(20);

/// How often the folders are looked through where the system cannot tell.
const POLL: Duration = Duration::from_secs(1);

impl Watch {
    /// Begins to watch; what is changed from now on is told. `tell` is called on a thread of its own and has to return soon: until it does, nothing
    /// further is told.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn start(settings: Settings, tell: impl FnMut(Notice) + Send + 'static) -> Result<Self, WatchError> {
        let (messages, incoming) = mpsc::channel();
        let (ready, is_ready) = mpsc::channel();
        let handle = messages.clone();
        let watching = move || {
            let mut observer = Observer {
                roots: roots(&settings),
                settings,
                messages: handle,
                source: None,
                waited_in_vain: false,
                has_lost_count: false,
                tell,
            };
            observer.begin();
            let _ = ready.send(());
            observer.run(&incoming);
            observer.settings.bell.take_down();
        };
        thread::Builder::new().name("watch".into()).spawn(watching).map_err(WatchError)?;
        // An error means that `tell` panicked; the thread's own message says more.
        let _ = is_ready.recv();
        Ok(Self { messages })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.messages.send(Message::Stop);
    }
}

/// A watched folder or file, under each of the names that the system may use for it.
struct Root {
    /// As the settings name it.
    given: PathBuf,
    /// From the root of the file system.
    absolute: PathBuf,
    /// With links resolved, as macOS names it.
    real: PathBuf,
    is_folder: bool,
}

/// Where changes come from. It stops when dropped.
enum Source {
    System(RecommendedWatcher),
    Polling(#[allow(dead_code, reason = "held so that it goes on")] Polling),
}

struct Observer<F> {
    settings: Settings,
    /// Whether a lock is still there that was waited for before.
    waited_in_vain: bool,
    /// Whether the system has lost events, the bell's perhaps among them.
    has_lost_count: bool,
    roots: Vec<Root>,
    messages: mpsc::Sender<Message>,
    source: Option<Source>,
    tell: F,
}

impl<F: FnMut(Notice)> Observer<F> {
    fn begin(&mut self) {
        if let Some(interval) = self.settings.polling {
            return self.poll(interval);
        }
        let messages = self.messages.clone();
        let handler = move |event: notify::Result<notify::Event>| {
            // Reading is an event too, on Linux; a rebuild reads thousands of files.
            let is_reading =
                |event: &notify::Event| matches!(event.kind, EventKind::Access(_)) && !is_closed(&event.kind);
            if !event.as_ref().is_ok_and(|event| is_reading(event) && !event.need_rescan()) {
                let _ = messages.send(Message::Changed(event));
            }
        };
        match RecommendedWatcher::new(handler, Config::default()) {
            Ok(watcher) => {
                self.source = Some(Source::System(watcher));
                self.arm();
                self.hang_bell();
            }
            Err(error) => self.degrade(&error),
        }
    }

    /// Takes the files that links at or below `path` lead to for roots of their own, where they lie outside of what is watched. Gives whether there are new ones.
    fn follow_links(&mut self, path: &Path) -> bool {
        let before = self.roots.len();
        for (link, file) in read::linked_files(path) {
            let is_watched = |root: &Root| root.is_folder && file.starts_with(&root.real) || root.absolute == file;
            let given = self.watched(&link).map(|(given, _)| given);
            if let Some(given) = given.filter(|_| !self.roots.iter().any(is_watched)) {
                self.roots.push(Root { given, absolute: file.clone(), real: file, is_folder: false });
            }
        }
        self.roots.len() > before
    }

    /// Watches every root that is there, and the folder above each, where it may appear (again).
    fn arm(&mut self) {
        let folders: Vec<PathBuf> =
            self.roots.iter().filter(|root| root.is_folder).map(|root| root.absolute.clone()).collect();
        for folder in folders {
            self.follow_links(&folder);
        }
        let mut wanted: Vec<(PathBuf, RecursiveMode)> = Vec::new();
        for root in &self.roots {
            if root.is_folder && read::is_folder(&root.absolute) {
                wanted.push((root.absolute.clone(), RecursiveMode::Recursive));
            }
            let above = root.absolute.ancestors().skip(1).find(|folder| read::is_folder(folder));
            wanted.extend(above.map(|folder| (folder.to_owned(), RecursiveMode::NonRecursive)));
        }
        // A folder that is watched with all below it must not be watched again without.
        let deep: Vec<PathBuf> =
            wanted.iter().filter(|(_, mode)| *mode == RecursiveMode::Recursive).map(|(path, _)| path.clone()).collect();
        wanted.retain(|(path, mode)| {
            *mode == RecursiveMode::Recursive || !deep.iter().any(|folder| path.starts_with(folder))
        });
        for (path, mode) in wanted {
            self.watch(&path, mode);
        }
    }

    /// Hangs the bell up, if it does not hang. Without it changes are told all the same.
    fn hang_bell(&mut self) {
        let Some(Source::System(watcher)) = &mut self.source else { return };
        let bell = &self.settings.bell;
        if bell.folder().is_some_and(|folder| watcher.watch(folder, RecursiveMode::NonRecursive).is_ok()) {
            bell.hang_up();
        }
    }

    fn watch(&mut self, path: &Path, mode: RecursiveMode) {
        let Some(Source::System(watcher)) = &mut self.source else { return };
        // Something may vanish while the watches are set, and then the rest of its folder is not watched.
        let mut tries = 3;
        loop {
            match watcher.watch(path, mode) {
                Ok(()) => return,
                Err(_) if !read::is_folder(path) => return,
                Err(error) if is_absent(&error) && tries > 0 => tries -= 1,
                Err(error) => return self.degrade(&error),
            }
        }
    }

    /// The system's watcher fails: looks through the folders from now on.
    fn degrade(&mut self, error: &notify::Error) {
        self.poll(POLL);
        self.settings.bell.take_down();
        (self.tell)(Notice::Degraded(warning(error)));
    }

    fn poll(&mut self, interval: Duration) {
        let places: Vec<PathBuf> = self.roots.iter().map(|root| root.absolute.clone()).collect();
        self.source = Some(Source::Polling(Polling::start(places, interval, self.messages.clone())));
    }

    fn run(&mut self, incoming: &mpsc::Receiver<Message>) {
        while let Ok(message) = incoming.recv() {
            let Message::Changed(event) = message else { return };
            let mut gathered = Gathered::new(matches!(self.source, Some(Source::System(_))));
            self.take(event, &mut gathered);
            if gathered.is_empty() {
                continue;
            }
            (self.tell)(Notice::Dirty);
            self.hear_what_was_lost();
            let begin = Instant::now();
            let mut last = begin;
            loop {
                let next = match gathered.left(begin, last).or_else(|| self.held(begin, last)) {
                    Some(left) => incoming.recv_timeout(left),
                    // Not the time alone says that it is quiet: what has been told already counts, however late this thread comes to hear it.
                    None if gathered.is_overdue(begin) => break,
                    None => match incoming.try_recv() {
                        Ok(message) => Ok(message),
                        Err(_) => break,
                    },
                };
                match next {
                    Ok(Message::Changed(event)) => {
                        if self.take(event, &mut gathered) {
                            last = Instant::now();
                        }
                        self.hear_what_was_lost();
                    }
                    Ok(Message::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => return,
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                }
            }
            self.watch_again(&gathered);
            (self.tell)(Notice::Batch(gathered.finish()));
        }
    }

    /// The bell may be among the events that the system has lost; and what has been told covers everything.
    fn hear_what_was_lost(&mut self) {
        if std::mem::take(&mut self.has_lost_count) {
            self.settings.bell.hear_all();
        }
    }

    /// How long to wait for somebody who has said that more is to come.
    fn held(&mut self, begin: Instant, last: Instant) -> Option<Duration> {
        let is_held = self.settings.held.iter().any(|path| read::exists(path));
        // One that was waited for in vain was left behind by somebody who is gone.
        let is_in_vain = last.elapsed() >= HELD || begin.elapsed() >= HELD_AT_MOST;
        self.waited_in_vain = is_held && (self.waited_in_vain || is_in_vain);
        (is_held && !self.waited_in_vain).then_some(HELD_STEP)
    }

    /// Adds what an event says; whether that was anything.
    fn take(&mut self, event: notify::Result<notify::Event>, gathered: &mut Gathered) -> bool {
        match event {
            Ok(event) if event.paths.iter().any(|path| self.settings.bell.hears(path)) => false,
            Ok(event) => {
                self.has_lost_count |= event.need_rescan();
                gathered.add(&event, &|path| self.watched(path))
            }
            Err(error) if matches!(self.source, Some(Source::System(_))) && !is_absent(&error) => {
                self.degrade(&error);
                gathered.lose_count();
                true
            }
            Err(_) => false,
        }
    }

    /// The path under the name that the settings give it; none where nobody wants to know. The flag says that a root itself, or a folder that it
    /// lies in, came or went.
    fn watched(&self, path: &Path) -> Option<(PathBuf, bool)> {
        for root in &self.roots {
            let below = path.strip_prefix(&root.absolute).or_else(|_| path.strip_prefix(&root.real));
            let Ok(below) = below else { continue };
            if below.as_os_str().is_empty() {
                return Some((root.given.clone(), root.is_folder));
            }
            if root.is_folder && below.components().all(is_wanted) {
                let given = root.given.join(below);
                let is_ignored = self.settings.ignored.iter().any(|ignored| given.starts_with(ignored));
                return (!is_ignored).then_some((given, false));
            }
        }
        let above = self.roots.iter().find(|root| root.absolute.starts_with(path));
        above.map(|root| (root.given.clone(), true))
    }

    /// Watches folders that appeared: those that only seem to be files (links), and those that the system's watcher may have seen half of.
    fn watch_again(&mut self, gathered: &Gathered) {
        let mut has_links = false;
        for path in gathered.made() {
            has_links |= self.follow_links(path);
        }
        if gathered.roots_changed() || has_links {
            self.arm();
        }
        for folder in gathered.new_folders() {
            self.watch(&folder, RecursiveMode::Recursive);
        }
        self.hang_bell();
    }
}

fn roots(settings: &Settings) -> Vec<Root> {
    let folders = settings.folders.iter().map(|path| (path, true));
    let files = settings.files.iter().map(|path| (path, false));
    let root = |(given, is_folder): (&PathBuf, bool)| {
        let absolute = std::path::absolute(given).unwrap_or_else(|_| given.clone());
        let real = read::resolved(given).unwrap_or_else(|_| absolute.clone());
        Root { given: given.clone(), absolute, real, is_folder }
    };
    folders.chain(files).map(root).collect()
}

/// Whether a part of a path belongs to the site's sources. The rest are editors' doings: whether they may write (Vim's `4913`), and safe writes
/// (JetBrains).
fn is_wanted(part: Component<'_>) -> bool {
    let name = part.as_os_str().to_string_lossy();
    !read::is_hidden(&name) && name != "4913" && !name.ends_with("___jb_tmp___") && !name.ends_with("___jb_old___")
}

fn is_absent(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::PathNotFound | notify::ErrorKind::WatchNotFound => true,
        notify::ErrorKind::Io(error) => error.kind() == io::ErrorKind::NotFound,
        _ => false,
    }
}

/// What the user is told when the system's watcher fails.
fn warning(error: &notify::Error) -> String {
    const MEANWHILE: &str =
        "Until then the folders are looked through every second, which takes longer to notice a change.";
    const TOO_MANY_OPEN_FILES: i32 = 24;
    let advice = |what: &str, setting: &str| {
        format!("{what}. Raise the limit with `sudo sysctl {setting}` and start the preview again. {MEANWHILE}")
    };
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => advice(
            "the system lets no more folders be watched (its limit of inotify watches is reached)",
            "fs.inotify.max_user_watches=524288",
        ),
        notify::ErrorKind::Io(error)
            if cfg!(target_os = "linux") && error.raw_os_error() == Some(TOO_MANY_OPEN_FILES) =>
        {
            advice(
                "the system lets no more programs watch folders (its limit of inotify instances is reached)",
                "fs.inotify.max_user_instances=1024",
            )
        }
        _ => format!(
            "the system cannot tell of changes ({error}). The folders are looked through every second instead, which takes longer to notice one."
        ),
    }
}

impl fmt::Display for WatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot start to watch the site's folders: {}", self.0)
    }
}

impl std::error::Error for WatchError {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::sync::Arc;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::Bell;
    use super::Message;
    use super::Notice;
    use super::Settings;
    use super::Watch;
    use super::warning;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a folder to watch")]
    fn at_the_limit_polling_takes_over() {
        let folder = tempfile::tempdir().unwrap();
        let folders = vec![folder.path().to_owned()];
        let bell = Arc::new(Bell::new(&folder.path().join(".letterpress/bell")));
        let settings =
            Settings { folders, files: Vec::new(), ignored: Vec::new(), held: Vec::new(), polling: None, bell };
        let (tell, notices) = mpsc::channel();
        let watch = Watch::start(settings, move |notice| drop(tell.send(notice))).unwrap();
        let next = || notices.recv_timeout(Duration::from_secs(20)).unwrap();
        watch.messages.send(Message::Changed(Err(notify::Error::new(notify::ErrorKind::MaxFilesWatch)))).unwrap();
        assert!(matches!(next(), Notice::Degraded(why) if why.contains("max_user_watches")));
        assert!(matches!(next(), Notice::Dirty));
        assert!(matches!(next(), Notice::Batch(batch) if batch.rescan));
        let post = folder.path().join("a.md");
        fs::write(&post, "a").unwrap();
        assert!(matches!(next(), Notice::Dirty));
        assert!(matches!(next(), Notice::Batch(batch) if batch.paths == BTreeSet::from([post])));
    }

    #[test]
    fn a_limit_says_what_to_do() {
        let told = warning(&notify::Error::new(notify::ErrorKind::MaxFilesWatch));
        assert!(told.contains("sudo sysctl fs.inotify.max_user_watches=") && told.contains("every second"), "{told}");
        if cfg!(target_os = "linux") {
            let told = warning(&notify::Error::io(std::io::Error::from_raw_os_error(24)));
            assert!(told.contains("sudo sysctl fs.inotify.max_user_instances="), "{told}");
        }
        let told = warning(&notify::Error::generic("why"));
        assert!(told.contains("(why)"), "{told}");
    }
}
