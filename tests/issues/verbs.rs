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
use letterpress::workflow::newsletter::Machine;
use letterpress::workflow::progress::Silent;
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

fn issues_of(site: &TempDir, newsletter: Option<&str>) -> (Vec<issue::Shown>, Report) {
    issue::list(site.path(), newsletter, &Clock::parse(NOW).unwrap()).unwrap()
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    match result {
        Err(Failure::Mistakes(report)) => lines(report).join("\n"),
        other => panic!("{other:?}"),
    }
}

/// One without a list.
fn machine() -> Machine<'static> {
    Machine { variable: &|_| None, data: None, state: None }
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
    let (config, library, _) = read_all(site);
    (config, library)
}

fn library_of(site: &TempDir) -> (Library, Report) {
    let (_, library, report) = read_all(site);
    (library, report)
}

fn read_all(site: &TempDir) -> (Config, Library, Report) {
    let source = Source::new("site.toml", text(site, "site.toml"));
    let config = config_read::read(&source, &Overrides::default()).0.unwrap();
    let (content, _) = read::tree(&site.path().join("content"), "content");
    let clock = Clock::parse(NOW).unwrap();
    let (library, report) = build::build(&config, &content, &Direct, &clock, Visibility::default());
    (config, library, report)
}

fn freeze(site: &TempDir, rendered: Rendered) -> Result<(Manifest, Report), Failure> {
    let (config, library) = library(site);
    let name = IssueName { newsletter: "notes".into(), folder: "2026-11-15".into() };
    let issue = library.issue(library.issue_named(&name).unwrap());
    approve::freeze(site.path(), &config, &library, issue, rendered, None)
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
    for nothing in ["", " \n\n"] {
        put(
            &site,
            "content/issues/notes/2026-11-15/index.md",
            format!("+++\nnumber = 8\nsubject = \"x\"\n+++\n{nothing}"),
        );
        let said = refusal(freeze(&site, rendered()));
        let expected = "error: the issue notes/2026-11-15 has neither posts nor words [empty-issue]; write something, or a line for each post: {{<post id=\"posts/hello\" />}}";
        assert!(said.contains(expected), "{said}");
    }
    put(&site, "content/issues/notes/2026-11-15/index.md", "+++\nnumber = 8\nsubject = \"x\"\n+++\nWords.\n");
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
    assert_eq!((cancelled.shown.state, cancelled.each_post), ("cancelled", false));
    assert_eq!(
        refusal(issue::cancel(&on(&site, "notes/2026-11-15"))),
        "error: the issue notes/2026-11-15 is cancelled already [not-a-draft]; to send it after all: letterpress issue reopen notes/2026-11-15"
    );
    let next = compose::compose(&composing(site.path(), None, None)).unwrap();
    assert_eq!((next.compositions[0].name.folder.as_str(), next.compositions[0].added.len()), ("2026-12-01", 1));
    assert_eq!(issue::reopen(&on(&site, "2026-11-15")).unwrap().shown.state, "draft");
    assert_eq!(text(&site, path), first, "as it was");
    let all = issues_of(&site, None).0;
    assert_eq!(
        all.iter().map(|issue| issue.name.as_str()).collect::<Vec<_>>(),
        ["notes/2026-12-01", "notes/2026-11-15"]
    );
    assert!(issues_of(&site, Some("weekly")).0.is_empty());
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
    let stray = "content/issues/notes/2026-11-15/frozen/mine.txt";
    put(&site, stray, "not the program's");
    let warning = format!(
        "warning: {stray} does not belong there: the folder is for what was approved [stray-file]; take it away: it is neither sent nor shown"
    );
    assert_eq!(lines(library_of(&site).1), std::slice::from_ref(&warning));
    let reopened = issue::reopen(&on(&site, "2026-11-15")).unwrap();
    assert_eq!((reopened.shown.state, reopened.left), ("draft", vec![stray.to_owned()]));
    assert_eq!(lines(library_of(&site).1), [warning]);
    approve(&site);
    assert_eq!(
        issue::show(&on(&site, "2026-11-15")).unwrap().state,
        "approved",
        "what lies there keeps nobody from it"
    );
    issue::reopen(&on(&site, "2026-11-15")).unwrap();
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
        assert!(issues_of(&site, None).1.has_errors(), "{file}");
        assert_eq!(issue::reopen(&on(&site, "2026-11-15")).unwrap().shown.state, "draft", "{file}");
        assert!(!site.path().join("content/issues/notes/2026-11-15/frozen").exists(), "{file}");
        put(&site, "content/issues/notes/2026-11-15/index.md", before);
    }
    approve(&site);
    assert_eq!(issue::cancel(&on(&site, "2026-11-15")).unwrap().shown.state, "cancelled");
    assert!(!site.path().join("content/issues/notes/2026-11-15/frozen").exists());
}

#[test]
fn a_post_is_meant_by_its_id_or_by_its_file_as_commands_print_it() {
    let site = site();
    let issue = |ids: &[&str]| {
        let lines: String = ids.iter().map(|id| format!("{{{{<post id=\"{id}\" />}}}}\n\n")).collect();
        put(
            &site,
            "content/issues/notes/2026-11-15/index.md",
            format!("+++\nnumber = 1\nsubject = \"x\"\n+++\nDear reader,\n\n{lines}"),
        );
    };
    for id in ["posts/a", "posts/a.md", "/posts/a.md", "content/posts/a.md"] {
        issue(&[id]);
        let request = approve::Request { root: site.path().to_owned(), issue: None, clock: Clock::parse(NOW).unwrap() };
        let approved = approve::approve(&request, &machine(), &Silent);
        assert!(refusal(approved).contains("[no-unsubscribe]"), "{id}");
        let with_sender =
            text(&site, "site.toml").replace("name = \"Notes\"\n", "name = \"Notes\"\nfrom = \"us@site.example\"\n");
        let before = text(&site, "site.toml");
        put(&site, "site.toml", with_sender);
        let approved = approve::approve(&request, &machine(), &Silent).unwrap();
        assert!(
            approved.shown.text.contains("On a") && approved.shown.text.contains("https://site.example/posts/a/"),
            "{id}"
        );
        for file in ["mail.html", "page.html"] {
            assert!(
                text(&site, &format!("content/issues/notes/2026-11-15/frozen/{file}")).contains("On a"),
                "{id} {file}"
            );
        }
        issue::reopen(&on(&site, "2026-11-15")).unwrap();
        put(&site, "site.toml", before);
    }
    issue(&["posts/a", "content/posts/a.md"]);
    assert_eq!(
        refusal(compose::compose(&composing(site.path(), None, None))),
        "content/issues/notes/2026-11-15/index.md:9:12: error: `content/posts/a.md` is the post that stands in this issue as `posts/a` already [same-post]; take one of them out"
    );
}

#[test]
fn a_draft_that_names_a_post_that_is_gone_is_not_approved_and_breaks_nothing_else() {
    let site = site();
    put(
        &site,
        "content/issues/notes/2026-11-15/index.md",
        "+++\nnumber = 1\nsubject = \"x\"\n+++\n{{<post id=\"posts/a\" />}}\n\n{{<post id=\"posts/b\" />}}\n",
    );
    let said = "index.md:7:12: error: there is no post `posts/b` [unknown-post]";
    assert!(refusal(freeze(&site, rendered())).contains(said));
    assert!(refusal(compose::compose(&composing(site.path(), None, Some("2026-11-15")))).contains(said));
    // The next one is another file.
    assert!(compose::compose(&composing(site.path(), None, None)).is_ok_and(|composed| !composed.report.has_errors()));
    let request = approve::Request { root: site.path().to_owned(), issue: None, clock: Clock::parse(NOW).unwrap() };
    let refused = refusal(approve::approve(&request, &machine(), &Silent));
    assert_eq!(refused.matches("unknown-post").count(), 1, "{refused}");
    assert_eq!(issue::show(&on(&site, "2026-11-15")).unwrap().posts.len(), 1);
    let (_, report) = library_of(&site);
    assert_eq!(
        lines(report),
        [
            "content/issues/notes/2026-11-15/index.md:7:12: warning: there is no post `posts/b` [unknown-post]; did you mean `posts/a`?"
        ]
    );
}

#[test]
fn a_post_of_an_approved_issue_was_deleted() {
    let site = site();
    put(&site, "content/posts/b.md", "+++\ntitle = \"On b\"\ndate = 2026-11-06\ndescription = \"x\"\n+++\nText.\n");
    compose::compose(&composing(site.path(), None, None)).unwrap();
    approve(&site);
    std::fs::remove_file(site.path().join("content/posts/b.md")).unwrap();
    let (all, report) = issues_of(&site, None);
    let said = lines(report).join("\n");
    assert_eq!(all.len(), 1, "what can be read is listed");
    let hint = "if the issue was not sent yet, it can be edited again: letterpress issue reopen notes/2026-11-15";
    assert!(said.contains("[vanished-post]") && said.ends_with(hint), "{said}");
    let shown = issue::reopen(&on(&site, "2026-11-15")).unwrap().shown;
    assert_eq!((shown.state, shown.posts.len()), ("draft", 1));
}

#[test]
fn each_occurrence_has_one_issue() {
    let site = site();
    compose::compose(&composing(site.path(), None, None)).unwrap();
    let first = text(&site, "content/issues/notes/2026-11-15/index.md");
    // Copies of a folder, one for another day, one beside it.
    put(&site, "content/issues/notes/2026-12-01/index.md", first.replace("number = 1", "number = 2"));
    put(&site, "content/issues/notes/2026-11-15-2/index.md", first.replace("number = 1", "number = 3"));
    let leave_out = "an issue that you write by hand for another day needs no `occurrence`: take the line out";
    let errors =
        |report: Report| -> Vec<String> { lines(report).into_iter().filter(|line| line.contains("error")).collect() };
    assert_eq!(
        errors(library_of(&site).1),
        [
            format!(
                "content/issues/notes/2026-11-15-2/index.md:5:14: error: the issues notes/2026-11-15 and notes/2026-11-15-2 are of one occurrence [same-occurrence]; {leave_out}; \
                 or let the other one go: letterpress issue cancel notes/2026-11-15"
            ),
            format!(
                "content/issues/notes/2026-12-01/index.md:5:14: error: the issue notes/2026-12-01 is of another day than its occurrence, 2026-11-15 [other-day]; {leave_out}; \
                 or name its folder 2026-11-15, if no other issue is of that day"
            ),
        ]
    );
    // The weekly newsletter has occurrences of its own, and a second issue of a day is one without any.
    std::fs::remove_dir_all(site.path().join("content/issues/notes/2026-12-01")).unwrap();
    put(&site, "content/issues/weekly/2026-11-15/index.md", &first);
    put(&site, "content/issues/notes/2026-11-15-2/index.md", "+++\nnumber = 3\nsubject = \"x\"\n+++\nWords.\n");
    assert_eq!(errors(library_of(&site).1), [""; 0]);
    // An approved one comes first, whatever its name.
    put(&site, "content/issues/notes/2026-11-15-2/index.md", first.replace("number = 1", "number = 3"));
    put(&site, "content/issues/notes/2026-11-15/index.md", "+++\nnumber = 1\nsubject = \"x\"\n+++\nWords.\n");
    let (config, library) = library(&site);
    let second = library.issues.iter().find(|issue| issue.name.folder.ends_with("-2")).unwrap();
    approve::freeze(site.path(), &config, &library, second, rendered(), None).unwrap();
    put(&site, "content/issues/notes/2026-11-15/index.md", &first);
    let said = errors(library_of(&site).1);
    assert_eq!(said.len(), 1);
    let start = "content/issues/notes/2026-11-15/index.md:5:14: error: the issues notes/2026-11-15-2 and notes/2026-11-15 are of one occurrence [same-occurrence]";
    assert!(said[0].starts_with(start) && !said[0].contains("cancel"), "{said:?}");
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
