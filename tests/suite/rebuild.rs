//! Building again: the same bytes, nothing written without need, and never another site than a clean build makes.

use std::collections::BTreeSet;
use std::path::Path;

use letterpress::workflow::build::Summary;

use crate::site::Site;
use crate::site::clock;
use crate::site::read_all;

/// Builds, and looks whether it changed what it says and whether a clean build makes the same. Gives the paths changed.
fn build_again(site: &Site, why: &str) -> (Summary, BTreeSet<String>) {
    let before = site.snapshot();
    let summary = site.build();
    let after = site.snapshot();
    let mut changed: BTreeSet<String> =
        after.iter().filter(|(path, now)| before.get(*path) != Some(*now)).map(|(path, _)| path.clone()).collect();
    changed.extend(before.keys().filter(|path| !after.contains_key(*path)).cloned());
    assert_eq!(summary.changed, changed.iter().cloned().collect::<Vec<_>>(), "{why}: what it says it changed");
    assert_eq!(summary.written + summary.removed, changed.len(), "{why}");
    let clean = site.fresh();
    clean.build();
    let (clean, incremental) = (clean.public(), site.public());
    let differing: Vec<&String> = clean
        .keys()
        .chain(incremental.keys())
        .filter(|path| clean.get(*path) != incremental.get(*path) && !path.ends_with("foreign.txt"))
        .collect();
    assert!(differing.is_empty(), "{why}: a clean build makes another {differing:?}");
    (summary, changed)
}

fn set(paths: &[&str]) -> BTreeSet<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

#[test]
fn the_same_site_twice_is_the_same_bytes() {
    for name in ["small", "blog-below-a-path", "cjk", "unicode-and-crlf"] {
        let (one, two) = (Site::golden(name), Site::golden(name));
        one.build();
        two.build();
        assert!(one.public() == two.public(), "{name}");
    }
}

#[test]
fn the_blog_of_this_repository_twice_is_the_same_bytes() {
    let blog = || {
        let site = Site::of("errors/base");
        std::fs::remove_dir_all(site.root().join("content")).unwrap();
        std::fs::remove_dir_all(site.root().join("themes")).unwrap();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["content", "themes/telegraph"] {
            for (path, bytes) in read_all(&repository.join(folder)) {
                site.put(&format!("{folder}/{path}"), bytes);
            }
        }
        // Pictures as small as may be: many would take their time, and that they are encoded alike is proved above.
        let settings = std::fs::read_to_string(repository.join("site.toml")).unwrap();
        assert!(!settings.contains("[images]"));
        site.put("site.toml", settings + "\n[images]\nwidths = [16]\nplaceholder = false\n");
        site
    };
    let (one, two) = (blog(), blog());
    // Late enough for every post to have come out.
    let build = |site: &Site| site.build_with(|request| request.clock = clock("2027-06-01T12:00Z"));
    let summary = build(&one);
    assert!(summary.posts >= 12 && summary.files > 100);
    build(&two);
    assert!(one.public() == two.public());
    let before = one.snapshot();
    let again = build(&one);
    assert_eq!((again.written, again.removed, again.unchanged), (0, 0, summary.files));
    assert!(one.snapshot() == before);
}

#[test]
fn a_second_build_writes_nothing() {
    let site = Site::golden("small");
    let first = site.build();
    assert_eq!((first.written, first.unchanged, first.removed), (first.files, 0, 0));
    let (again, changed) = build_again(&site, "nothing new");
    assert_eq!((again.unchanged, changed), (first.files, BTreeSet::new()));
    // Touched, not changed.
    site.put("content/posts/moved.md", site.text("content/posts/moved.md"));
    assert_eq!(build_again(&site, "touched").1, BTreeSet::new());
    // Without its memory it compares what is there.
    std::fs::remove_dir_all(site.root().join(".letterpress")).unwrap();
    assert_eq!(build_again(&site, "without its memory").1, BTreeSet::new());
    // With a memory that is none.
    site.put(".letterpress/cache", "nonsense");
    assert_eq!(build_again(&site, "with nonsense for a memory").1, BTreeSet::new());
}

#[test]
fn an_edit_changes_what_it_should() {
    let site = Site::golden("small");
    site.build();
    let feeds = ["feed.json", "feed.xml", "rss.xml"];
    let of_news = ["categories/news/feed.json", "categories/news/feed.xml", "categories/news/rss.xml"];

    site.edit("content/posts/2026-11-01-hello.md", "An alert.", "An alarm.");
    let (_, changed) = build_again(&site, "a word in a text");
    let expected = set(&["posts/hello/index.html"]);
    assert_eq!(changed, expected.union(&set(&[&feeds[..], &of_news].concat())).cloned().collect());

    // In no category, and second page of the list.
    site.edit("content/posts/moved.md", "Old.", "Very old.");
    let (_, changed) = build_again(&site, "a text in no category");
    assert_eq!(changed, set(&[&feeds[..], &["2025/06/moved in.html"]].concat()));

    site.edit("content/pages/about.md", "About [the", "All about [the");
    assert_eq!(build_again(&site, "a page").1, set(&["about/index.html"]));

    site.edit("content/authors/jane.md", "Writes about", "Writes of");
    assert_eq!(build_again(&site, "a biography").1, set(&["authors/jane/index.html"]));

    site.edit("content/posts/draft.md", "Not yet.", "Still not.");
    assert_eq!(build_again(&site, "a draft").1, BTreeSet::new());

    site.put("content/posts/bundle/paper.txt", "Another file.\n");
    assert_eq!(build_again(&site, "a file beside a post").1, set(&["posts/bundle/paper.txt"]));

    site.edit("themes/plain/templates/web/author.html", "</h1>", "!</h1>");
    let (_, changed) = build_again(&site, "a template");
    assert_eq!(changed, set(&["authors/jane/index.html", "authors/john-doe/index.html"]));

    site.edit("themes/plain/templates/components/badge.html", "<b>", "<b class=\"badge\">");
    let (_, changed) = build_again(&site, "a component");
    assert_eq!(changed, set(&[&feeds[..], &of_news, &["posts/hello/index.html"]].concat()));

    site.edit("themes/plain/languages/en.toml", "There is nothing here", "Nothing is here");
    assert_eq!(build_again(&site, "a word of the theme").1, set(&["404.html"]));

    site.edit("themes/plain/static/paper.svg", "width=\"8\"", "width=\"9\"");
    let (_, changed) = build_again(&site, "a static file");
    assert!(changed.contains("paper.svg"), "{changed:?}");
}

#[test]
fn whatever_is_edited_a_clean_build_makes_the_same() {
    let site = Site::golden("small");
    site.build();
    let has = |changed: &BTreeSet<String>, paths: &[&str]| paths.iter().all(|path| changed.contains(*path));

    site.edit("content/posts/moved.md", "Moved in", "Moved house");
    let (_, changed) = build_again(&site, "a title");
    // Its page, its lists and feeds; no page that does not name it.
    assert!(
        has(&changed, &["2025/06/moved in.html", "posts/page/2/index.html", "archive/2025/index.html", "feed.xml"]),
        "{changed:?}"
    );
    assert!(!has(&changed, &["about/index.html"]) && !has(&changed, &["categories/news/index.html"]), "{changed:?}");

    site.edit("content/posts/bundle/index.md", "tags: [one]", "tags: [one, three]");
    let (_, changed) = build_again(&site, "a tag");
    assert!(has(&changed, &["tags/three/index.html", "tags/index.html"]), "{changed:?}");

    site.edit("content/posts/bundle/index.md", "2026-11-02T08:30", "2024-11-02T08:30");
    let (_, changed) = build_again(&site, "a date");
    assert!(has(&changed, &["archive/2024/index.html", "archive/2026/index.html"]), "{changed:?}");

    site.edit("content/authors/jane.md", "Jane Roe", "Jane Doe");
    let (_, changed) = build_again(&site, "a name");
    assert!(has(&changed, &["posts/hello/index.html", "authors/jane/index.html", "authors/index.html"]), "{changed:?}");

    site.edit("themes/plain/styles/main.css", "40rem", "50rem");
    let (summary, changed) = build_again(&site, "a style");
    assert!(changed.iter().any(|path| path.starts_with("assets/main.")) && summary.removed == 1, "{changed:?}");
    assert!(has(&changed, &["index.html", "about/index.html", "404.html"]), "every page links it: {changed:?}");

    site.edit("site.toml", "page_size = 2", "page_size = 1");
    let (_, changed) = build_again(&site, "a setting");
    assert!(has(&changed, &["posts/page/3/index.html", "posts/page/4/index.html"]), "{changed:?}");

    site.edit("site.toml", "small.example/\"", "large.example/below/\"");
    build_again(&site, "the address of the site");
}

#[test]
fn what_is_gone_goes_and_what_is_foreign_stays() {
    let site = Site::golden("small");
    site.build();
    site.put("public/foreign.txt", "not ours");
    site.put("public/posts/moved/foreign.txt", "nor this");
    site.remove("content/posts/sprache.md");
    let (summary, changed) = build_again(&site, "a post removed");
    assert!(summary.removed == 1 && changed.contains("posts/ueber-die-strasse/index.html"), "{changed:?}");
    assert!(!site.output().join("posts/ueber-die-strasse").exists(), "nor does its folder stay");
    for path in ["public/foreign.txt", "public/posts/moved/foreign.txt"] {
        assert!(site.root().join(path).is_file(), "{path}");
    }

    // Renamed: the old address goes, a new one comes, and the feeds' ids stay, for it has one.
    site.edit("content/posts/2026-11-01-hello.md", "id = \"hello-id\"", "id = \"hello-id\"\nslug = \"welcome\"");
    let (_, changed) = build_again(&site, "a new slug");
    assert!(changed.contains("posts/hello/index.html") && changed.contains("posts/welcome/index.html"), "{changed:?}");
    assert!(site.text("public/feed.xml").contains("<id>tag:small.example,2026:hello-id</id>"));
}

#[test]
fn mistakes_leave_the_memory_in_order() {
    let site = Site::golden("small");
    site.build();
    let before = site.snapshot();
    site.edit("content/posts/moved.md", "Old.", "Old. [gone](gone.md)");
    assert!(site.try_build().is_err());
    assert!(site.snapshot() == before);
    site.edit("content/posts/moved.md", "Old. [gone](gone.md)", "Older.");
    let (_, changed) = build_again(&site, "mended");
    assert_eq!(changed, set(&["2025/06/moved in.html", "feed.json", "feed.xml", "rss.xml"]));
}
