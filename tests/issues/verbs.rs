//! The verbs on a site on the disk.

use std::path::Path;

use letterpress::config::read as config_read;
use letterpress::config::site::Config;
use letterpress::config::site::Overrides;
use letterpress::content::document::Direct;
use letterpress::content::frozen::Manifest;
use letterpress::content::issue::IssueName;
use letterpress::diagnostic::report::Report;
use letterpress::diagnostic::source::Source;
use letterpress::files::read;
use letterpress::library::build;
use letterpress::library::model::Library;
use letterpress::library::order::Visibility;
use letterpress::value::clock::Clock;
use letterpress::workflow::approve;
use letterpress::workflow::approve::Rendered;
use letterpress::workflow::compose;
use letterpress::workflow::failure::Failure;
use letterpress::workflow::issue;
use tempfile::TempDir;

use crate::world::lines;

const NOW: &str = "2026-11-13T09:00:00Z";

fn site() -> TempDir {
    let site = tempfile::tempdir().unwrap();
    put(
        &site,
        "site.toml",
        "title = \"Site\"\nbase_url = \"https://site.example/\"\ntime_zone = \"Europe/Berlin\"\n[newsletters.notes]\nname = \"Notes\"\n[newsletters.weekly]\n",
    );
    put(&site, "content/posts/a.md", "+++\ntitle = \"On a\"\ndate = 2026-11-05\ndescription = \"x\"\n+++\nText.\n");
    site
}

fn put(site: &TempDir, path: &str, text: impl AsRef<[u8]>) {
    let path = site.path().join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn text(site: &TempDir, path: &str) -> String {
    std::fs::read_to_string(site.path().join(path)).unwrap()
}

fn composing(root: &Path, newsletter: Option<&str>, issue: Option<&str>) -> compose::Request {
    compose::Request {
        root: root.to_owned(),
        newsletter: newsletter.map(str::to_owned),
        issue: issue.map(str::to_owned),
        anyway: false,
        clock: Clock::parse(NOW).unwrap(),
    }
}

fn on(site: &TempDir, issue: &str) -> issue::Request {
    issue::Request { root: site.path().to_owned(), issue: issue.to_owned(), clock: Clock::parse(NOW).unwrap() }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    match result {
        Err(Failure::Mistakes(report)) => lines(report).join("\n"),
        other => panic!("{other:?}"),
    }
}

/// What the mail edition would make of an issue.
fn rendered() -> Rendered {
    Rendered {
        mail_html: "<p>Mail</p>".into(),
        mail_text: "Mail\n".into(),
        page: "<p>Page</p>".into(),
        links: vec!["https://site.example/posts/a/".into()],
        images: vec![("a.gif".into(), b"GIF89a".to_vec())],
    }
}

fn library(site: &TempDir) -> (Config, Library) {
    let source = Source::new("site.toml", text(site, "site.toml"));
    let config = config_read::read(&source, &Overrides::default()).0.unwrap();
    let (content, _) = read::tree(&site.path().join("content"), "content");
    let clock = Clock::parse(NOW).unwrap();
    let (library, _) = build::build(&config, &content, &Direct, &clock, Visibility::default());
    (config, library)
}

fn freeze(site: &TempDir, rendered: Rendered) -> Result<(Manifest, Report), Failure> {
    let (config, library) = library(site);
    let name = IssueName { newsletter: "notes".into(), folder: "2026-11-15".into() };
    let issue = library.issue(library.issue_named(&name).unwrap());
    approve::freeze(site.path(), &config, &library, issue, rendered)
}

fn approve(site: &TempDir) {
    freeze(site, rendered()).unwrap();
}

#[test]
fn approved_it_is_frozen() {
    let site = site();
    compose::compose(&composing(site.path(), None, None)).unwrap();
    let (manifest, report) = freeze(&site, rendered()).unwrap();
    assert_eq!(
        lines(report),
        [
            "warning: the newsletter `notes` has no postal address [missing-postal-address]; many countries want one in every issue: [newsletters.notes] with postal_address = \"…\""
        ]
    );
    assert_eq!(
        (manifest.number, manifest.subject.as_str(), manifest.posts[0].id.as_str()),
        (1, "Notes 1: On a", "posts/a")
    );
    assert_eq!(manifest.occurrence.as_deref(), Some("2026-11-15T09:00[Europe/Berlin]"));
    assert_eq!(manifest.date.to_string(), "2026-11-15T08:00:00Z");
    let folder = "content/issues/notes/2026-11-15/frozen";
    assert_eq!(text(&site, &format!("{folder}/mail.txt")), "Mail\n");
    assert_eq!(text(&site, &format!("{folder}/.gitattributes")), "* -text\n");
    let (_, library) = library(&site);
    let issue = &library.issues[0];
    assert_eq!((issue.state.word(), issue.shown), ("approved", false), "its day has not come");
    assert_eq!(issue.frozen.as_ref().unwrap().manifest.hash, manifest.hash);
    assert_eq!(
        refusal(freeze(&site, rendered())),
        "error: the issue notes/2026-11-15 is approved [not-a-draft]; to change it, and approve it anew: letterpress issue reopen notes/2026-11-15"
    );
    // Interrupted before the manifest was there.
    std::fs::remove_file(site.path().join(folder).join("manifest.json")).unwrap();
    assert_eq!(freeze(&site, rendered()).unwrap().0.hash, manifest.hash);
}

#[test]
fn what_is_not_done_cannot_be_approved() {
    let site = site();
    put(&site, "content/posts/b.md", "+++\ntitle = \"On b\"\ndraft = true\n+++\n");
    put(&site, "content/posts/c.md", "+++\ntitle = \"On c\"\ndate = 2026-12-01\ndescription = \"x\"\n+++\n");
    put(
        &site,
        "content/issues/notes/2026-11-15/index.md",
        "+++\nsubject = \"x\"\n+++\n{{<post id=\"posts/a\" />}}\n\n{{<post id=\"posts/b\" />}}\n\n{{<post id=\"posts/c\" />}}\n",
    );
    put(&site, "content/issues/notes/2026-11-01/index.md", "+++\nnumber = 7\nsubject = \"x\"\n+++\n");
    let said = refusal(freeze(&site, rendered()));
    for part in [
        "index.md:2:1: error: an issue needs a number [missing-key]; add number = 8",
        "index.md:6:12: error: “On b” is a draft: readers would find nothing there [unpublished-post]; publish it first, or take its line out: it comes to the next issue",
        "index.md:8:12: error: “On c” is scheduled: readers would find nothing there [unpublished-post]",
    ] {
        assert!(said.contains(part), "{part}\nis not in\n{said}");
    }
    assert!(!said.contains("On a"));
    assert!(!site.path().join("content/issues/notes/2026-11-15/frozen").exists());
    put(&site, "content/issues/notes/2026-11-15/index.md", "+++\nnumber = 8\nsubject = \"x\"\n+++\n");
    let odd = Rendered { images: vec![("a b.gif".into(), Vec::new())], ..rendered() };
    assert_eq!(
        refusal(freeze(&site, odd)),
        "error: the picture `a b.gif` of the issue notes/2026-11-15 cannot be frozen [bad-file-name]; rename it: letters, digits, `-` and `_`"
    );
}

#[test]
fn composed_shown_cancelled_and_taken_back() {
    let site = site();
    let composed = compose::compose(&composing(&site.path().join("content"), None, None)).unwrap();
    assert_eq!(composed.compositions[0].name.to_string(), "notes/2026-11-15");
    let path = "content/issues/notes/2026-11-15/index.md";
    let first = text(&site, path);
    let shown = issue::show(&on(&site, "2026-11-15")).unwrap();
    assert_eq!(
        (shown.state, shown.number, shown.subject.as_str(), shown.path.as_str()),
        ("draft", Some(1), "Notes 1: On a", path)
    );
    assert_eq!(shown.posts, [("posts/a".into(), "On a".into(), "https://site.example/posts/a/".into())]);
    assert_eq!(shown.url, "https://site.example/newsletter/notes/2026-11-15/");
    assert!(shown.text.contains("{{<post id=\"posts/a\" />}}") && !shown.text.contains("+++"));
    let cancelled = issue::cancel(&on(&site, "notes/2026-11-15")).unwrap();
    assert_eq!(cancelled.state, "cancelled");
    assert_eq!(
        refusal(issue::cancel(&on(&site, "notes/2026-11-15"))),
        "error: the issue notes/2026-11-15 is cancelled already [not-a-draft]; to send it after all: letterpress issue reopen notes/2026-11-15"
    );
    let next = compose::compose(&composing(site.path(), None, None)).unwrap();
    assert_eq!((next.compositions[0].name.folder.as_str(), next.compositions[0].added.len()), ("2026-12-01", 1));
    assert_eq!(issue::reopen(&on(&site, "2026-11-15")).unwrap().state, "draft");
    assert_eq!(text(&site, path), first, "as it was");
    let all = issue::list(site.path(), None, &Clock::parse(NOW).unwrap()).unwrap();
    assert_eq!(
        all.iter().map(|issue| issue.name.as_str()).collect::<Vec<_>>(),
        ["notes/2026-12-01", "notes/2026-11-15"]
    );
    assert!(issue::list(site.path(), Some("weekly"), &Clock::parse(NOW).unwrap()).unwrap().is_empty());
    let weekly = compose::compose(&composing(site.path(), Some("weekly"), None)).unwrap();
    assert_eq!(weekly.compositions[0].name.to_string(), "weekly/2026-11-15", "newsletters know nothing of each other");
}

#[test]
fn an_approval_is_taken_back() {
    let site = site();
    compose::compose(&composing(site.path(), None, None)).unwrap();
    approve(&site);
    let shown = issue::show(&on(&site, "2026-11-15")).unwrap();
    assert_eq!((shown.state, shown.text.as_str(), shown.hash.unwrap().len()), ("approved", "Mail\n", 64));
    put(&site, "content/issues/notes/2026-11-15/frozen/mine.txt", "not the program's");
    assert_eq!(issue::reopen(&on(&site, "2026-11-15")).unwrap().state, "draft");
    let left: Vec<String> = walkdir::WalkDir::new(site.path().join("content/issues"))
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.file_name().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(left.iter().filter(|name| *name != "index.md").collect::<Vec<_>>(), ["mine.txt"]);
    std::fs::remove_dir_all(site.path().join("content/issues/notes/2026-11-15/frozen")).unwrap();
    assert_eq!(
        refusal(issue::reopen(&on(&site, "2026-11-15"))),
        "error: the issue notes/2026-11-15 is a draft already [not-approved]; edit it, and approve it when it is done"
    );
    // Whatever is broken about it.
    for (file, bytes) in [
        ("frozen/manifest.json", "{"),
        ("frozen/page.html", "edited"),
        ("index.md", "+++\nsubject = \"edited\"\n+++\n"),
    ] {
        let before = text(&site, "content/issues/notes/2026-11-15/index.md");
        approve(&site);
        put(&site, &format!("content/issues/notes/2026-11-15/{file}"), bytes);
        assert!(
            matches!(issue::list(site.path(), None, &Clock::parse(NOW).unwrap()), Err(Failure::Mistakes(_))),
            "{file}"
        );
        assert_eq!(issue::reopen(&on(&site, "2026-11-15")).unwrap().state, "draft", "{file}");
        assert!(!site.path().join("content/issues/notes/2026-11-15/frozen").exists(), "{file}");
        put(&site, "content/issues/notes/2026-11-15/index.md", before);
    }
    approve(&site);
    assert_eq!(issue::cancel(&on(&site, "2026-11-15")).unwrap().state, "cancelled");
    assert!(!site.path().join("content/issues/notes/2026-11-15/frozen").exists());
}

#[test]
fn names_that_lead_nowhere() {
    let site = site();
    assert_eq!(
        refusal(issue::show(&on(&site, "2026-11-15"))),
        "error: there is no issue notes/2026-11-15 [unknown-issue]; there is none yet: `letterpress issue compose` makes the next one"
    );
    compose::compose(&composing(site.path(), None, None)).unwrap();
    for (name, said) in [
        ("2026-11-14", "error: there is no issue notes/2026-11-14 [unknown-issue]; did you mean `notes/2026-11-15`?"),
        ("note/2026-11-15", "error: there is no newsletter `note` [unknown-newsletter]; did you mean `notes`?"),
        (
            "daily/2026-11-15",
            "error: there is no newsletter `daily` [unknown-newsletter]; the site has: notes, weekly; another one is declared in site.toml as [newsletters.daily]",
        ),
        (
            "next",
            "error: `next` is no day, by which an issue is called [bad-issue-name]; write 2026-11-15, or notes/2026-11-15",
        ),
    ] {
        assert_eq!(refusal(issue::show(&on(&site, name))), said);
    }
    assert_eq!(
        refusal(compose::compose(&composing(site.path(), Some("weekly"), Some("notes/2026-11-15")))),
        "error: the issue notes/2026-11-15 is none of the newsletter `weekly` [unknown-issue]; leave --newsletter out"
    );
    put(&site, "content/posts/b.md", "+++\ntitel = \"x\"\n+++\n");
    assert!(refusal(compose::compose(&composing(site.path(), None, None))).contains("did you mean `title`?"));
}
