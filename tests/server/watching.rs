//! Ways of saving, each of which has to be one batch that says what was saved; and what must not be told at all.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use letterpress::transport::watch::Batch;
use letterpress::transport::watch::Notice;
use letterpress::transport::watch::Settings;
use letterpress::transport::watch::Watch;
use letterpress::transport::watch_bell::Bell;

use crate::client::PATIENCE;

/// A site with two posts, a watcher that has begun, and what it tells.
pub(crate) struct Site {
    folder: tempfile::TempDir,
    pub(crate) notices: mpsc::Receiver<Notice>,
    pub(crate) bell: Arc<Bell>,
    _watch: Watch,
}

impl Site {
    pub(crate) fn new(polling: Option<Duration>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("content/posts")).unwrap();
        fs::create_dir_all(at("content/public")).unwrap();
        fs::write(at("site.toml"), "").unwrap();
        fs::write(at("content/posts/a.md"), "a").unwrap();
        fs::write(at("content/posts/b.md"), "b").unwrap();
        let (tell, notices) = mpsc::channel();
        let bell = Arc::new(Bell::new(&at(".letterpress/bell")));
        let settings = Settings {
            folders: vec![at("content"), at("themes")],
            files: vec![at("site.toml")],
            ignored: vec![at("content/public")],
            held: vec![at(".git/index.lock")],
            polling,
            bell: Arc::clone(&bell),
        };
        let watch = Watch::start(settings, move |notice| drop(tell.send(notice))).unwrap();
        Self { folder, notices, bell, _watch: watch }
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.at(path), text).unwrap();
    }

    /// The next batch, which was announced before.
    pub(crate) fn batch(&self) -> Batch {
        let first = self.notices.recv_timeout(PATIENCE).unwrap();
        assert!(matches!(first, Notice::Dirty), "{first:?}");
        match self.notices.recv_timeout(PATIENCE).unwrap() {
            Notice::Batch(batch) => batch,
            other => panic!("{other:?}"),
        }
    }

    /// Batches until one has `path`, which is how the test knows that all before it was told.
    fn batches_until(&self, path: &str) -> Vec<Batch> {
        let mut batches = Vec::new();
        loop {
            batches.push(self.batch());
            if batches.last().unwrap().paths.contains(&self.at(path)) {
                return batches;
            }
        }
    }

    /// Does something that has to be one batch and gives that batch. Where this machine was so busy that the doing itself stood still for longer than
    /// `pause`, it was two things, and is done again. The function is given a call to make between its steps.
    pub(crate) fn one(&self, pause: Duration, act: impl Fn(&mut dyn FnMut())) -> Batch {
        for _ in 0..20 {
            let mut last = Instant::now();
            let mut longest = Duration::ZERO;
            act(&mut || {
                longest = longest.max(last.elapsed());
                last = Instant::now();
            });
            longest = longest.max(last.elapsed());
            let first = self.batch();
            self.write("content/mark.md", "");
            let after = self.batches_until("content/mark.md");
            if longest < pause {
                let mark = BTreeSet::from([self.at("content/mark.md")]);
                assert_eq!(after.len(), 1, "more than one batch: {first:?} {after:?}");
                assert_eq!(after[0].paths, mark);
                return first;
            }
        }
        panic!("this machine is too busy");
    }

    /// Makes a folder that was not there, so that it is seen at once that much is to come, and not only after many files.
    pub(crate) fn begin_to_switch(&self) {
        let numbers = 0..;
        let path = numbers.map(|number| self.at(&format!("content/switch-{number}"))).find(|path| !path.exists());
        fs::create_dir(path.unwrap()).unwrap();
    }

    pub(crate) fn paths(&self, paths: &[&str]) -> BTreeSet<PathBuf> {
        paths.iter().map(|path| self.at(path)).collect()
    }
}

/// How long a file may stay open that is being written.
pub(crate) const WHILE_OPEN: Duration = Duration::from_millis(200);

/// How long a file may be gone that is made anew.
pub(crate) const WHILE_GONE: Duration = Duration::from_millis(120);

/// How long it may take until the next of many files.
pub(crate) const WHILE_SWITCHING: Duration = Duration::from_millis(130);

/// How long it may take until what was made beside a file is renamed, or removed.
const WHILE_REPLACING: Duration = Duration::from_millis(25);

#[test]
fn a_file_written_in_place() {
    let site = Site::new(None);
    let batch = site.one(WHILE_OPEN, |_| site.write("content/posts/a.md", "new"));
    assert_eq!(batch, Batch { paths: site.paths(&["content/posts/a.md"]), listing: false, rescan: false });
    let batch = site.one(WHILE_OPEN, |_| site.write("site.toml", "title = \"x\""));
    assert_eq!(batch.paths, site.paths(&["site.toml"]));
}

#[test]
fn a_file_written_beside_and_renamed() {
    let site = Site::new(None);
    let batch = site.one(WHILE_REPLACING, |step| {
        site.write("content/posts/.a.md.tmp", "new");
        step();
        fs::rename(site.at("content/posts/.a.md.tmp"), site.at("content/posts/a.md")).unwrap();
    });
    assert_eq!(batch, Batch { paths: site.paths(&["content/posts/a.md"]), listing: true, rescan: false });
}

/// As `sed -i` does it.
#[test]
fn a_file_written_beside_it_under_a_name_like_any_other() {
    let site = Site::new(None);
    let batch = site.one(WHILE_REPLACING, |step| {
        site.write("content/posts/sedQq9xW0", "new");
        step();
        fs::rename(site.at("content/posts/sedQq9xW0"), site.at("content/posts/a.md")).unwrap();
    });
    assert_eq!(batch, Batch { paths: site.paths(&["content/posts/a.md"]), listing: true, rescan: false });
}

#[test]
fn a_file_removed_and_made_anew() {
    let site = Site::new(None);
    let batch = site.one(WHILE_GONE, |step| {
        fs::remove_file(site.at("content/posts/a.md")).unwrap();
        step();
        site.write("content/posts/a.md", "new");
    });
    assert_eq!(batch, Batch { paths: site.paths(&["content/posts/a.md"]), listing: true, rescan: false });
}

#[test]
fn a_file_saved_as_vim_does() {
    let site = Site::new(None);
    let batch = site.one(WHILE_REPLACING, |step| {
        site.write("content/posts/4913", "");
        fs::remove_file(site.at("content/posts/4913")).unwrap();
        site.write("content/posts/.a.md.swp", "");
        step();
        fs::rename(site.at("content/posts/a.md"), site.at("content/posts/a.md~")).unwrap();
        site.write("content/posts/a.md", "new");
        step();
        fs::remove_file(site.at("content/posts/a.md~")).unwrap();
    });
    assert_eq!(batch, Batch { paths: site.paths(&["content/posts/a.md"]), listing: true, rescan: false });
}

#[test]
fn a_folder_made_with_files_at_once() {
    let site = Site::new(None);
    fs::create_dir_all(site.at("content/new/deep/er")).unwrap();
    site.write("content/new/deep/er/c.md", "c");
    let batch = site.batch();
    assert!(batch.rescan && batch.paths.contains(&site.at("content/new")), "{batch:?}");
    // From then on it is watched like any other.
    site.write("content/mark.md", "");
    site.batches_until("content/mark.md");
    let batch = site.one(WHILE_OPEN, |_| site.write("content/new/deep/er/c.md", "d"));
    assert_eq!(batch, Batch { paths: site.paths(&["content/new/deep/er/c.md"]), listing: false, rescan: false });
}

#[test]
fn a_folder_renamed_or_moved_away() {
    let site = Site::new(None);
    fs::rename(site.at("content/posts"), site.at("content/articles")).unwrap();
    let batch = site.batch();
    assert!(batch.rescan && batch.paths.contains(&site.at("content/posts")), "{batch:?}");
    site.write("content/articles/a.md", "new");
    site.batches_until("content/articles/a.md");
    fs::rename(site.at("content/articles"), site.at("elsewhere")).unwrap();
    let batch = site.batch();
    assert!(batch.rescan && batch.paths.contains(&site.at("content/articles")), "{batch:?}");
}

#[test]
fn thousands_of_files_are_one_batch() {
    let site = Site::new(None);
    for n in 0..20 {
        fs::create_dir_all(site.at(&format!("content/posts/{n}"))).unwrap();
    }
    site.write("content/begin.md", "");
    site.batches_until("content/begin.md");
    let batch = site.one(WHILE_SWITCHING, |step| {
        site.begin_to_switch();
        for n in 0..2000 {
            site.write(&format!("content/posts/{}/{n}.md", n % 20), "x");
            step();
        }
    });
    assert_eq!(batch.paths.len(), 2001);
}

#[test]
fn reading_and_what_is_no_source_are_not_told() {
    let site = Site::new(None);
    for _ in 0..3 {
        for path in ["content/posts/a.md", "content/posts/b.md", "site.toml"] {
            fs::read(site.at(path)).unwrap();
        }
        fs::read_dir(site.at("content/posts")).unwrap().for_each(drop);
    }
    fs::create_dir_all(site.at("public/x")).unwrap();
    for path in [
        "public/x/index.html",
        "content/public/index.html",
        "other.toml",
        "content/posts/.a.md.swp",
        "content/posts/a.md~",
        "content/posts/#a.md#",
        "content/posts/4913",
        "content/.DS_Store",
    ] {
        site.write(path, "x");
        fs::remove_file(site.at(path)).unwrap();
    }
    fs::create_dir_all(site.at("content/.git/objects")).unwrap();
    site.write("content/.git/objects/x", "");
    site.write("content/posts/b.md", "new");
    let batch = site.batch();
    assert_eq!(batch, Batch { paths: site.paths(&["content/posts/b.md"]), listing: false, rescan: false });
}

#[test]
fn a_folder_that_appears_later_is_watched() {
    let site = Site::new(None);
    fs::create_dir(site.at("themes")).unwrap();
    let batch = site.batch();
    assert!(batch.rescan && batch.paths.contains(&site.at("themes")), "{batch:?}");
    site.write("themes/page.html", "x");
    site.batches_until("themes/page.html");
    // Gone and back again, it still is.
    fs::remove_dir_all(site.at("themes")).unwrap();
    assert!(site.batches_until("themes").last().unwrap().rescan);
    fs::create_dir(site.at("themes")).unwrap();
    site.batches_until("themes");
    site.write("themes/style.css", "x");
    site.batches_until("themes/style.css");
}

#[cfg(unix)]
#[test]
fn linked_folders_are_watched() {
    let site = Site::new(None);
    fs::create_dir(site.at("shared")).unwrap();
    fs::write(site.at("shared/s.md"), "s").unwrap();
    std::os::unix::fs::symlink(site.at("shared"), site.at("content/linked")).unwrap();
    let batch = site.batch();
    assert!(batch.rescan && batch.paths.contains(&site.at("content/linked")), "{batch:?}");
    site.write("shared/s.md", "new");
    site.batches_until("content/linked/s.md");
}

#[test]
fn polling_tells_the_same() {
    let site = Site::new(Some(Duration::from_millis(30)));
    // Twice within a second, with the same size, and an older file put in its place.
    for text in ["1", "2"] {
        site.write("content/posts/.new", text);
        fs::rename(site.at("content/posts/.new"), site.at("content/posts/a.md")).unwrap();
        let batch = site.batch();
        assert_eq!(batch, Batch { paths: site.paths(&["content/posts/a.md"]), listing: false, rescan: false });
    }
    fs::rename(site.at("content/posts/b.md"), site.at("content/posts/a.md")).unwrap();
    // A look may fall between the two names.
    let mut missing = site.paths(&["content/posts/a.md", "content/posts/b.md"]);
    while !missing.is_empty() {
        let batch = site.batch();
        assert!(!batch.rescan, "{batch:?}");
        missing.retain(|path| !batch.paths.contains(path));
    }
    fs::create_dir_all(site.at("themes/x")).unwrap();
    assert!(site.batch().rescan);
    site.write("themes/x/page.html", "x");
    site.batches_until("themes/x/page.html");
    site.write("content/posts/.hidden", "x");
    site.write("content/public/index.html", "x");
    fs::read(site.at("content/posts/a.md")).unwrap();
    fs::rename(site.at("content/posts/.hidden"), site.at("site.toml")).unwrap();
    assert_eq!(site.batch().paths, site.paths(&["site.toml"]));
}

#[test]
fn nothing_is_told_after_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let (tell, notices) = mpsc::channel();
    let settings = Settings {
        folders: vec![folder.path().to_owned()],
        files: Vec::new(),
        ignored: Vec::new(),
        held: Vec::new(),
        polling: None,
        bell: Arc::new(Bell::new(&folder.path().join(".bell"))),
    };
    let watch = Watch::start(settings, move |notice| drop(tell.send(notice))).unwrap();
    write_and_hear(folder.path(), &notices);
    drop(watch);
    // The channel closes when the thread has ended.
    loop {
        match notices.recv_timeout(PATIENCE) {
            Ok(_) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("it still watches"),
        }
    }
}

fn write_and_hear(folder: &Path, notices: &mpsc::Receiver<Notice>) {
    fs::write(folder.join("a.md"), "x").unwrap();
    assert!(matches!(notices.recv_timeout(PATIENCE).unwrap(), Notice::Dirty));
}

#[test]
#[cfg(unix)]
fn a_file_elsewhere_that_a_link_leads_to() {
    let notes = tempfile::tempdir().unwrap();
    let note = notes.path().join("note.md");
    fs::write(&note, "one").unwrap();
    let site = Site::new(None);
    std::os::unix::fs::symlink(&note, site.at("content/posts/note.md")).unwrap();
    assert_eq!(site.batch().paths, site.paths(&["content/posts/note.md"]));
    fs::write(&note, "two").unwrap();
    assert_eq!(site.batch().paths, site.paths(&["content/posts/note.md"]));
}
