//! The disk writer: what it touches, what it leaves alone, and what stands when it is interrupted anywhere.
#![allow(clippy::disallowed_methods, reason = "tests look at the disk behind the writer's back")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

use letterpress::files::tree::File;
use letterpress::files::tree::FileTree;
use letterpress::files::tree::Place;
use letterpress::transport::disk;
use letterpress::transport::disk::WriteError;
use letterpress::transport::disk_staging::Staging;

use crate::site::FIRST;
use crate::site::SECOND;
use crate::site::Site;
use crate::site::expected;
use crate::site::names;
use crate::site::read_all;
use crate::site::site_path;

#[path = "disk/interrupted.rs"]
mod interrupted;
#[path = "disk/site.rs"]
mod site;

#[test]
fn writes_what_changed_and_removes_what_is_gone() {
    let site = Site::new();
    let first = site.build(FIRST);
    assert_eq!((first.written.len(), first.unchanged, first.removed.len()), (6, 0, 0));
    assert_eq!(site.files(), expected(FIRST));
    let unchanged = site.modified("posts/a/index.html");

    let second = site.build(SECOND);
    assert_eq!(names(&second.written), ["index.html", "posts/c/index.html", "round", "turns/into/folder.html"]);
    assert_eq!(names(&second.removed), ["deep/er/still/x.css", "posts/b/index.html", "round/index.html", "turns"]);
    assert_eq!(second.unchanged, 1);
    assert_eq!(site.files(), expected(SECOND));
    assert_eq!(site.modified("posts/a/index.html"), unchanged);
    assert!(!site.output().join("deep").exists() && !site.output().join("posts/b").exists());
}

#[test]
fn the_same_bytes_are_not_written() {
    let site = Site::new();
    site.build(FIRST);
    let times: Vec<SystemTime> = FIRST.iter().map(|(path, _)| site.modified(path)).collect();
    let again = site.build(FIRST);
    assert_eq!((again.written.len(), again.removed.len(), again.unchanged), (0, 0, 6));

    // Without its memory it compares bytes.
    fs::remove_dir_all(site.work()).unwrap();
    let again = site.build(FIRST);
    assert_eq!((again.written.len(), again.removed.len(), again.unchanged), (0, 0, 6));
    assert_eq!(times, FIRST.iter().map(|(path, _)| site.modified(path)).collect::<Vec<_>>());

    // What somebody else changed is put right, also when it is as long as before.
    site.put("posts/a/index.html", "!");
    assert_eq!(names(&site.build(FIRST).written), ["posts/a/index.html"]);
    fs::remove_file(site.output().join("index.html")).unwrap();
    assert_eq!(names(&site.build(FIRST).written), ["index.html"]);
    assert_eq!(site.files(), expected(FIRST));
}

#[test]
fn keeps_what_the_caller_knows() {
    let site = Site::new();
    site.build(FIRST);
    let staging = site.begin();
    for (path, _) in FIRST {
        assert!(staging.keep(&site_path(path)).unwrap(), "{path}");
    }
    assert!(!staging.keep(&site_path("never.html")).unwrap());
    let summary = staging.commit().unwrap();
    assert_eq!((summary.written.len(), summary.removed.len(), summary.unchanged), (0, 0, 6));

    // Touched but the same: kept. Changed, gone, replaced by a link: to be made again.
    site.put("index.html", "home");
    site.put("posts/a/index.html", "x");
    fs::remove_file(site.output().join("posts/b/index.html")).unwrap();
    let staging = site.begin();
    assert!(staging.keep(&site_path("index.html")).unwrap());
    assert!(!staging.keep(&site_path("posts/a/index.html")).unwrap());
    assert!(!staging.keep(&site_path("posts/b/index.html")).unwrap());
}

#[test]
fn foreign_files_and_folders_stay() {
    let site = Site::new();
    site.put("CNAME", "example.com");
    site.put("posts/a/notes.txt", "mine");
    fs::create_dir_all(site.output().join("deep/er")).unwrap();
    fs::create_dir_all(site.output().join("empty")).unwrap();
    site.put("index.html", "theirs, at a path that we need");
    site.build(FIRST);
    assert_eq!(site.text("index.html").as_deref(), Some("home"));

    site.build(&[("other.html", "o")]);
    let foreign = [("CNAME", "example.com"), ("posts/a/notes.txt", "mine"), ("other.html", "o")];
    assert_eq!(site.files(), expected(&foreign));
    // `deep/er` stood there before us, `deep/er/still` did not.
    assert!(site.output().join("deep/er").is_dir() && site.output().join("empty").is_dir());
    assert!(!site.output().join("deep/er/still").exists() && !site.output().join("posts/b").exists());
}

#[test]
fn what_is_not_ours_is_not_removed_to_make_room() {
    let site = Site::new();
    site.put("posts", "a foreign file where a folder has to be");
    assert!(matches!(site.try_build(FIRST), Err(WriteError::InTheWay(path)) if path.ends_with("posts")));
    fs::remove_file(site.output().join("posts")).unwrap();
    site.put("turns/foreign.txt", "in a folder where a file has to be");
    assert!(matches!(site.try_build(FIRST), Err(WriteError::InTheWay(path)) if path.ends_with("turns")));
    assert_eq!(site.files(), expected(&[("turns/foreign.txt", "in a folder where a file has to be")]));

    let site = Site::new();
    assert!(matches!(site.try_build(&[("a", "1"), ("a/b", "2")]), Err(WriteError::InTheWay(_))));
    assert!(matches!(site.try_build(&[("a", "1"), ("a", "2")]), Err(WriteError::Twice(_))));
    assert!(!site.output().exists());
    site.build(&[("x", "1"), ("x", "1")]);
    assert!(matches!(site.try_build(&[("a/b", "2"), ("a", "1")]), Err(WriteError::InTheWay(_))));
    assert_eq!(site.files(), expected(&[("x", "1")]));
}

#[test]
fn dropped_is_as_if_never_begun() {
    let site = Site::new();
    site.build(FIRST);
    let staging = site.begin();
    staging.write(&site_path("index.html"), b"half").unwrap();
    drop(staging);
    assert_eq!(site.files(), expected(FIRST));
    assert_eq!(site.build(FIRST).unchanged, 6);
}

#[test]
fn one_build_at_a_time() {
    let site = Site::new();
    let first = site.begin();
    assert!(matches!(Staging::begin(&site.output(), &site.work()), Err(WriteError::Busy(_))));
    // Another output folder is another matter.
    Staging::begin(&site.dir.path().join("elsewhere"), &site.work()).unwrap();
    drop(first);
    site.begin();
}

#[test]
fn two_output_folders_do_not_know_each_other() {
    let site = Site::new();
    site.build(FIRST);
    let elsewhere = site.dir.path().join("else/where");
    let staging = Staging::begin(&elsewhere, &site.work()).unwrap();
    staging.write(&site_path("x"), b"x").unwrap();
    staging.commit().unwrap();
    assert_eq!(read_all(&elsewhere), expected(&[("x", "x")]));
    assert_eq!(site.build(FIRST).unchanged, 6);
}

#[test]
fn copies_static_files() {
    let site = Site::new();
    let source = site.dir.path().join("photo.jpg");
    fs::write(&source, b"one").unwrap();
    let mut tree = FileTree::new();
    tree.insert(File { path: site_path("photo.jpg"), name: "photo.jpg".into(), place: Place::Disk(source.clone()) });
    tree.insert_memory(site_path("robots.txt"), b"r".to_vec());
    let copy = || {
        let staging = site.begin();
        for file in tree.iter() {
            staging.copy(&file.path, file).unwrap();
        }
        staging.commit().unwrap()
    };
    assert_eq!(names(&copy().written), ["photo.jpg", "robots.txt"]);
    let time = site.modified("photo.jpg");
    assert_eq!(copy().unchanged, 2);
    // Touched, not changed.
    fs::write(&source, b"one").unwrap();
    assert_eq!(copy().unchanged, 2);
    assert_eq!(site.modified("photo.jpg"), time);
    fs::write(&source, b"two").unwrap();
    assert_eq!(names(&copy().written), ["photo.jpg"]);
    assert_eq!(site.text("photo.jpg").as_deref(), Some("two"));
    // Not linked: changing the source does not change the site.
    fs::write(&source, b"three").unwrap();
    assert_eq!(site.text("photo.jpg").as_deref(), Some("two"));
}

#[cfg(unix)]
#[test]
fn links_lead_nothing_outside() {
    use std::os::unix::fs::symlink;
    let site = Site::new();
    let outside = site.dir.path().join("outside");
    fs::create_dir_all(outside.join("a")).unwrap();
    fs::write(outside.join("a/index.html"), "precious").unwrap();
    fs::write(outside.join("file"), "precious").unwrap();

    // A folder that is a link: refused, whether it stood there before or came later.
    fs::create_dir_all(site.output()).unwrap();
    symlink(&outside, site.output().join("posts")).unwrap();
    assert!(matches!(site.try_build(FIRST), Err(WriteError::Symlink(path)) if path.ends_with("posts")));
    fs::remove_file(site.output().join("posts")).unwrap();
    site.build(FIRST);
    fs::remove_dir_all(site.output().join("posts")).unwrap();
    symlink(&outside, site.output().join("posts")).unwrap();
    assert!(matches!(site.try_build(FIRST), Err(WriteError::Symlink(_))));
    // What lay behind it is not removed either.
    site.build(&[("index.html", "home")]);
    assert!(site.output().join("posts").is_symlink());

    // A file that is a link is replaced, not followed.
    fs::remove_file(site.output().join("index.html")).unwrap();
    symlink(outside.join("file"), site.output().join("index.html")).unwrap();
    site.build(&[("index.html", "precious")]);
    assert!(!site.output().join("index.html").is_symlink());

    // The output folder itself may be a link.
    let target = site.dir.path().join("www");
    fs::create_dir_all(&target).unwrap();
    let linked = site.dir.path().join("linked");
    symlink(&target, &linked).unwrap();
    let staging = Staging::begin(&linked, &site.work()).unwrap();
    staging.write(&site_path("posts/x.html"), b"x").unwrap();
    staging.commit().unwrap();
    assert_eq!(read_all(&target), expected(&[("posts/x.html", "x")]));

    let precious = expected(&[("a/index.html", "precious"), ("file", "precious")]);
    assert_eq!(read_all(&outside), precious);
}

#[test]
fn strange_memory_is_no_memory() {
    let site = Site::new();
    site.build(FIRST);
    for entry in walkdir::WalkDir::new(site.work()).into_iter().filter_map(Result::ok) {
        if entry.file_type().is_file() && entry.file_name() == "manifest" {
            fs::write(entry.path(), b"letterpress out1 nonsense").unwrap();
            fs::write(entry.path().with_file_name("journal"), b"half a jour").unwrap();
            fs::create_dir_all(entry.path().with_file_name("files").join("left/over")).unwrap();
        }
    }
    let again = site.build(FIRST);
    assert_eq!((again.unchanged, again.written.len()), (6, 0));
    assert_eq!(site.files(), expected(FIRST));
}

#[test]
fn refuses_to_write_over_the_sources() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("site");
    let content = root.join("content");
    fs::create_dir_all(content.join("posts")).unwrap();
    let check = |output: PathBuf| disk::check_output(&output, &root, &[&content, &root.join("themes")]);
    for above in
        [root.clone(), dir.path().to_owned(), content.clone(), root.join("public/../content"), root.join("themes")]
    {
        assert!(matches!(check(above.clone()), Err(WriteError::OverSources { .. })), "{above:?}");
    }
    assert!(matches!(check(content.join("posts/out")), Err(WriteError::InSources { .. })));
    check(root.join("public")).unwrap();
    check(root.join("content-public")).unwrap();
    check(dir.path().join("elsewhere/deep")).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&content, root.join("public")).unwrap();
        assert!(matches!(check(root.join("public")), Err(WriteError::OverSources { .. })));
        assert!(matches!(check(root.join("public/posts")), Err(WriteError::InSources { .. })));
    }
}

#[test]
fn new_files_overwrite_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("content/posts/x.md");
    disk::write_new(&path, b"1").unwrap();
    let error = disk::write_new(&path, b"2").unwrap_err();
    assert!(matches!(error, WriteError::Exists(_)) && error.to_string().ends_with("x.md is there already"));
    assert_eq!(fs::read(&path).unwrap(), b"1");
    let error = disk::write_new(&path.join("below"), b"2").unwrap_err();
    assert!(error.to_string().contains("x.md"), "{error}");
}

#[test]
fn cache_files_are_replaced_whole_and_swept() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("images");
    assert_eq!(disk::sweep(&folder, &|_| false).unwrap(), 0);
    for (name, text) in [("a.webp", "1"), ("a.webp", "2"), ("b.webp", "3")] {
        disk::write_cache(&folder.join(name), text.as_bytes()).unwrap();
    }
    assert_eq!(read_all(&folder), expected(&[("a.webp", "2"), ("b.webp", "3")]));
    assert_eq!(disk::sweep(&folder, &|name| name == "a.webp").unwrap(), 1);
    assert_eq!(read_all(&folder), expected(&[("a.webp", "2")]));
}

#[test]
fn many_threads_write_at_once() {
    let site = Site::new();
    for round in 0..2u32 {
        let staging = site.begin();
        std::thread::scope(|scope| {
            for thread in 0..4u32 {
                let staging = &staging;
                scope.spawn(move || {
                    for n in (thread..400).step_by(4) {
                        let path = site_path(&format!("posts/{}/p{n}/index.html", n % 10));
                        staging.write(&path, format!("{n} {}", if n % 3 == 0 { round } else { 0 }).as_bytes()).unwrap();
                    }
                });
            }
        });
        let summary = staging.commit().unwrap();
        assert_eq!(summary.written.len(), if round == 0 { 400 } else { 134 });
    }
    assert_eq!(site.files().len(), 400);
}

#[cfg(target_os = "linux")]
#[test]
fn staging_may_be_on_another_disk() {
    let shared = Path::new("/dev/shm");
    if !shared.is_dir() {
        return;
    }
    let site = Site::new();
    let memory = tempfile::tempdir_in(shared).unwrap();
    for files in [FIRST, SECOND, SECOND] {
        let staging = Staging::begin(&site.output(), memory.path()).unwrap();
        for (path, text) in files {
            staging.write(&site_path(path), text.as_bytes()).unwrap();
        }
        let summary = staging.commit().unwrap();
        assert_eq!(site.files(), expected(files));
        assert_eq!(summary.written.is_empty(), summary.unchanged == 5);
    }
}
