//! What is waited for before a batch is told, and for how long: a file that is open, one that is gone, files that keep coming, a lock; and the bell.

use std::fs;
#[cfg(target_os = "linux")]
use std::io::Write;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use letterpress::transport::watch::Batch;
#[cfg(target_os = "linux")]
use letterpress::transport::watch::Notice;

use crate::client::PATIENCE;
use crate::watching::Site;
use crate::watching::WHILE_GONE;
#[cfg(target_os = "linux")]
use crate::watching::WHILE_OPEN;
use crate::watching::WHILE_SWITCHING;

/// A copy of a large folder takes longer than the same file is waited for that is saved again and again.
#[test]
fn ever_more_files_are_one_batch() {
    let site = Site::new(None);
    let batch = site.one(WHILE_SWITCHING, |step| {
        site.begin_to_switch();
        step();
        for n in 0..40 {
            site.write(&format!("content/posts/{n}.md"), "x");
            std::thread::sleep(Duration::from_millis(60));
            step();
        }
    });
    assert_eq!(batch.paths.len(), 41);
}

#[test]
fn a_file_that_is_saved_without_end_is_told_of_all_the_same() {
    let site = Site::new(None);
    let (path, told) = (site.at("content/posts/a.md"), AtomicBool::new(false));
    let begin = Instant::now();
    std::thread::scope(|scope| {
        let write = || {
            while !told.load(Ordering::Relaxed) && begin.elapsed() < PATIENCE * 2 {
                fs::write(&path, "again").unwrap();
            }
        };
        let writing = scope.spawn(write);
        assert_eq!(site.batch().paths, site.paths(&["content/posts/a.md"]));
        assert!(!writing.is_finished());
        told.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_switch_of_branches_is_one_batch_however_long_it_takes() {
    let site = Site::new(None);
    fs::create_dir(site.at(".git")).unwrap();
    let batch = site.one(Duration::from_millis(1500), |step| {
        site.write(".git/index.lock", "");
        for path in ["content/posts/a.md", "content/posts/b.md", "content/posts/a.md", "content/posts/b.md"] {
            site.write(path, "of another branch");
            // Longer than any other save may pause, and all of them longer than a lock that nobody holds is waited for.
            std::thread::sleep(Duration::from_millis(600));
            step();
        }
        fs::remove_file(site.at(".git/index.lock")).unwrap();
    });
    assert_eq!(batch.paths, site.paths(&["content/posts/a.md", "content/posts/b.md"]));
}

#[test]
fn a_lock_that_was_left_behind_is_waited_for_once() {
    let site = Site::new(None);
    fs::create_dir(site.at(".git")).unwrap();
    site.write(".git/index.lock", "");
    site.write("content/posts/a.md", "one");
    let begin = Instant::now();
    let _ = site.batch();
    let first = begin.elapsed();
    let begin = Instant::now();
    site.write("content/posts/a.md", "two");
    let _ = site.batch();
    assert!(begin.elapsed() * 2 < first, "{:?} after {first:?}", begin.elapsed());
}

/// Who rings the bell and looks afterwards sees whatever was saved before, however busy the machine is.
#[cfg(target_os = "linux")]
#[test]
fn when_the_bell_is_heard_everything_has_been_told() {
    let site = Site::new(None);
    let is_told = || matches!(site.notices.try_recv(), Ok(Notice::Dirty));
    for round in 0..60 {
        match round % 3 {
            0 => site.write("content/posts/a.md", "new"),
            1 => {
                site.write("content/posts/.a.md.tmp", "new");
                fs::rename(site.at("content/posts/.a.md.tmp"), site.at("content/posts/a.md")).unwrap();
            }
            _ => fs::remove_file(site.at("content/posts/a.md")).unwrap(),
        }
        site.bell.ring();
        assert!(is_told(), "round {round}");
        assert!(matches!(site.notices.recv_timeout(PATIENCE).unwrap(), Notice::Batch(_)));
    }
    // The bell itself is nothing that was saved.
    site.bell.ring();
    assert!(!is_told());
}

/// A bell that cannot be heard keeps nobody waiting, and is hung up again at the next save.
#[cfg(target_os = "linux")]
#[test]
fn a_bell_that_fell_down() {
    let site = Site::new(None);
    fs::remove_dir_all(site.at(".letterpress")).unwrap();
    let begin = Instant::now();
    site.bell.ring();
    site.bell.ring();
    assert!(begin.elapsed() < PATIENCE / 5, "{:?}", begin.elapsed());
    site.write("content/posts/a.md", "new");
    let _ = site.batch();
    assert!(site.at(".letterpress/bell").is_dir());
    site.write("content/posts/a.md", "newer");
    site.bell.ring();
    assert!(matches!(site.notices.try_recv(), Ok(Notice::Dirty)));
    // Where folders are only looked through, there is none.
    let site = Site::new(Some(Duration::from_millis(30)));
    site.bell.ring();
    assert!(!site.at(".letterpress").exists());
}

/// Where the system tells when a file is closed, half of one is not told of.
#[cfg(target_os = "linux")]
#[test]
fn a_file_written_in_two_halves() {
    let site = Site::new(None);
    let batch = site.one(WHILE_OPEN, |step| {
        let mut file = fs::File::create(site.at("content/posts/a.md")).unwrap();
        file.write_all(b"half").unwrap();
        // Longer than anything else may pause.
        std::thread::sleep(Duration::from_millis(100));
        step();
        file.write_all(b" and half").unwrap();
    });
    assert_eq!(batch, Batch { paths: site.paths(&["content/posts/a.md"]), listing: false, rescan: false });
    // A new one too, which is empty at first.
    let batch = site.one(WHILE_OPEN, |step| {
        let mut file = fs::File::create(site.at("content/posts/c.md")).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        step();
        file.write_all(b"all of it").unwrap();
    });
    assert_eq!(batch.paths, site.paths(&["content/posts/c.md"]));
    // Whoever does not close it shows what there is.
    let mut file = fs::File::create(site.at("content/posts/a.md")).unwrap();
    file.write_all(b"half").unwrap();
    assert_eq!(site.batch().paths, site.paths(&["content/posts/a.md"]));
    file.write_all(b" and half").unwrap();
    assert_eq!(site.batch().paths, site.paths(&["content/posts/a.md"]));
}

#[test]
fn a_file_that_is_gone_for_a_while() {
    let site = Site::new(None);
    let batch = site.one(WHILE_GONE, |step| {
        fs::remove_file(site.at("content/posts/a.md")).unwrap();
        // Longer than what is made beside it may take.
        std::thread::sleep(Duration::from_millis(60));
        step();
        site.write("content/posts/a.md", "new");
    });
    assert_eq!(batch, Batch { paths: site.paths(&["content/posts/a.md"]), listing: true, rescan: false });
}
