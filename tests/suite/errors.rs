//! What bad input gets: `tests/fixtures/errors/<name>/` holds files that are put into the site `base` and an `expect.txt`. Nothing is written, and the site
//! that was built before stands as it was.

use std::fs;

use letterpress::diagnostic::report::Report;
use letterpress::workflow::build::Summary;
use letterpress::workflow::failure::Failure;

use crate::annotations;
use crate::annotations::Told;
use crate::site::Site;
use crate::site::fixtures;
use crate::site::names;
use crate::site::read_all;

/// A site without a mistake.
const BASE: &str = "errors/base";

fn told(report: Report) -> Vec<Told> {
    report.into_sorted().iter().map(Told::of).collect()
}

/// What a build said, and whether it was refused.
fn outcome(result: Result<Summary, Failure>) -> (Vec<Told>, bool) {
    match result {
        Ok(summary) => (told(summary.report), false),
        Err(Failure::Mistakes(report)) => (told(report), true),
        Err(other) => (vec![Told::failure(&other)], true),
    }
}

/// Compares what a fixture was told with its `expect.txt`.
fn compare(name: &str, found: Vec<Told>, complaints: &mut Vec<String>) {
    let expected = fs::read_to_string(fixtures().join("errors").join(name).join("expect.txt")).unwrap_or_default();
    complaints
        .extend(annotations::difference(annotations::parse(&expected), found).map(|text| format!("== {name}\n{text}")));
}

#[test]
fn the_base_is_without_a_mistake() {
    let site = Site::of(BASE);
    let before = read_all(site.root());
    assert!(site.check().unwrap().is_empty());
    assert_eq!(read_all(site.root()), before, "check leaves nothing behind");
    assert!(site.build().report.is_empty());
}

#[cfg(unix)]
#[test]
fn file_names_that_cannot_be_addresses() {
    use std::os::unix::ffi::OsStrExt;
    let site = Site::of(BASE);
    site.put("content/two\nlines.txt", "x");
    // Some systems refuse to make such a file at all.
    let latin = site.root().join("content").join(std::ffi::OsStr::from_bytes(b"gr\xfc\xdfe.md"));
    let made = fs::write(latin, "x").is_ok();
    let Err(Failure::Mistakes(report)) = site.try_build() else { panic!("it was built") };
    let found = report.into_sorted();
    assert_eq!(found.len(), 1 + usize::from(made), "{found:?}");
    assert!(found.iter().all(|one| one.code == "bad-file-name" && one.hints == ["rename the file"]), "{found:?}");
    assert!(!site.output().exists());
}

#[test]
fn every_mistake_is_told_and_nothing_is_written() {
    let mut complaints = Vec::new();
    let names = names("errors");
    let names: Vec<&String> = names.iter().filter(|name| *name != "base" && !name.starts_with("check-")).collect();
    assert!(names.len() > 30);
    for name in names {
        let fixture = fixtures().join("errors").join(name);
        let warns = name.starts_with("warning-");
        // In a folder that was never built.
        let fresh = Site::of(BASE);
        fresh.overlay(&fixture);
        let (found, refused) = outcome(fresh.try_build());
        assert_eq!(refused, !warns, "{name}: {found:?}");
        assert_eq!(fresh.output().exists(), warns, "{name} wrote something");
        compare(name, found, &mut complaints);
        // In one whose site stands.
        let site = Site::of(BASE);
        site.build();
        site.put("public/foreign.txt", "not ours");
        let before = site.snapshot();
        site.overlay(&fixture);
        let (found, _) = outcome(site.try_build());
        compare(name, found, &mut complaints);
        if !warns {
            assert_eq!(site.snapshot(), before, "{name} touched the old site");
        }
    }
    complaints.dedup();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn what_only_finished_pages_show_is_found_by_check() {
    let mut complaints = Vec::new();
    let names = names("errors");
    for name in names.iter().filter(|name| name.starts_with("check-")) {
        let site = Site::of(BASE);
        site.overlay(&fixtures().join("errors").join(name));
        assert!(!outcome(site.try_build()).1, "{name} is for check");
        let before = site.snapshot();
        let found = match site.check() {
            Ok(report) | Err(Failure::Mistakes(report)) => told(report),
            Err(other) => panic!("{other}"),
        };
        compare(name, found, &mut complaints);
        assert_eq!(site.snapshot(), before, "check writes nothing");
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// A build that is refused for another reason than mistakes in files.
fn refused(site: &Site, change: impl FnOnce(&mut letterpress::workflow::build::Request)) -> String {
    let mut request = site.request();
    change(&mut request);
    match letterpress::workflow::build::build(&request, &letterpress::workflow::progress::Silent) {
        Err(Failure::Mistakes(report)) => panic!("{report:?}"),
        Err(failure) => failure.to_string(),
        Ok(_) => panic!("it was built"),
    }
}

#[test]
fn without_site_toml() {
    let site = Site::of(BASE);
    site.build();
    let before = site.snapshot();
    site.remove("site.toml");
    let failure = site.try_build().unwrap_err();
    assert!(matches!(failure, Failure::NoSite { .. }), "{failure}");
    assert!(failure.to_string().contains("letterpress init"), "{failure}");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn the_output_folder_is_never_the_sources() {
    let site = Site::of(BASE);
    site.build();
    let sources = ["site.toml", "content/posts/hello.md", "themes/mini/theme.toml"];
    let before = sources.map(|path| site.text(path));
    let built = site.snapshot();
    for (output, why) in [
        (site.root().to_owned(), "equal"),
        (site.root().parent().unwrap().to_owned(), "above"),
        (site.root().join("content"), "content"),
        (site.root().join("themes"), "themes"),
        (site.root().join("public/../content"), "content by a detour"),
        (site.root().join("content/posts"), "in content"),
    ] {
        let message = refused(&site, |request| request.output = Some(output.clone()));
        assert!(message.contains("output"), "{why}: {message}");
    }
    assert_eq!(sources.map(|path| site.text(path)), before);
    assert_eq!(site.snapshot(), built);
}

#[cfg(unix)]
#[test]
fn a_loop_of_symbolic_links() {
    let site = Site::of(BASE);
    site.build();
    let before = site.snapshot();
    std::os::unix::fs::symlink(site.root().join("content"), site.root().join("content/posts/again")).unwrap();
    std::os::unix::fs::symlink(site.root().join("themes"), site.root().join("themes/mini/styles")).unwrap();
    let Err(Failure::Mistakes(report)) = site.try_build() else { panic!("it was built") };
    let found = report.into_sorted();
    assert!(found.len() == 2 && found.iter().all(|one| one.code == "symlink-loop"), "{found:?}");
    for (one, link) in found.iter().zip(["content/posts/again", "themes/mini/styles"]) {
        assert!(one.message.contains(link) && !one.hints.is_empty(), "{one:?}");
    }
    assert_eq!(site.snapshot(), before);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_to_nothing() {
    let site = Site::of(BASE);
    std::os::unix::fs::symlink(site.root().join("gone.md"), site.root().join("content/posts/dangling.md")).unwrap();
    let Err(Failure::Mistakes(report)) = site.try_build() else { panic!("it was built") };
    let found = report.into_sorted();
    assert!(found.len() == 1 && found[0].code == "unreadable", "{found:?}");
    assert!(found[0].message.contains("content/posts/dangling.md"), "{found:?}");
    assert!(!site.output().exists());
}
