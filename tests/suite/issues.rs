//! Issues on the site: what approved ones become, what their mistakes get, and that nothing of a draft is published.

use letterpress::content::frozen;
use letterpress::content::frozen::FrozenPost;
use letterpress::content::frozen::Parts;
use letterpress::diagnostic::report::Report;
use letterpress::diagnostic::terminal;
use letterpress::library::order::Visibility;
use letterpress::workflow::failure::Failure;
use letterpress::workflow::list;

use crate::site::NOW;
use crate::site::Site;
use crate::site::clock;

/// A site with the newsletter `notes` and three posts.
fn site() -> Site {
    let site = Site::of("errors/base");
    site.edit("site.toml", "theme = \"mini\"", "[newsletters.notes]\nname = \"Notes\"\npromise = \"Twice a month.\"\n");
    for post in ["one", "two", "three"] {
        site.put(
            &format!("content/posts/2026-10-01-{post}.md"),
            format!(
                "+++\ntitle = \"Post {post}\"\nid = \"{post}\"\ndescription = \"About {post}\"\n+++\nText of {post}.\n"
            ),
        );
    }
    site
}

fn text(number: u32, posts: &[&str]) -> String {
    let lines: String = posts.iter().map(|id| format!("\n{{{{<post id=\"{id}\" />}}}}\n")).collect();
    format!("+++\nnumber = {number}\nsubject = \"Notes {number}\"\n+++\nDear reader,\n{lines}")
}

/// Writes an issue, and freezes it.
fn approve(site: &Site, folder: &str, number: u32, moment: &str, posts: &[&str]) {
    let source = text(number, posts);
    let parts = Parts {
        newsletter: "notes".into(),
        issue: folder.into(),
        number,
        date: moment.parse().unwrap(),
        occurrence: None,
        subject: format!("Notes {number}"),
        preheader: format!("With {}", posts.join(" and ")),
        source: source.clone(),
        posts: posts
            .iter()
            .map(|id| FrozenPost {
                id: (*id).into(),
                title: format!("Post {id}"),
                url: format!("https://base.example/posts/{id}/"),
            })
            .collect(),
        links: Vec::new(),
        mail_html: format!("<p>Mail {number}</p>"),
        mail_text: format!("Mail {number}\n"),
        page: format!("<p>Page of {number}</p>\n<p><img src=\"images/dot.gif\" alt=\"\"></p>\n"),
        images: vec![("dot.gif".into(), b"GIF89a".to_vec())],
    };
    let folder = format!("content/issues/notes/{folder}");
    site.put(&format!("{folder}/index.md"), source);
    for (name, bytes) in frozen::freeze(parts).unwrap().1 {
        site.put(&format!("{folder}/frozen/{name}"), bytes);
    }
}

fn lines(report: Report) -> Vec<String> {
    report.into_sorted().iter().map(terminal::short).collect()
}

fn refused(site: &Site) -> Vec<String> {
    let Err(Failure::Mistakes(report)) = site.try_build() else { panic!("it was built") };
    lines(report)
}

#[test]
fn approved_issues_are_pages_with_an_archive_and_a_feed() {
    let site = site();
    approve(&site, "2026-10-15", 1, "2026-10-15T07:00:00Z", &["one"]);
    approve(&site, "2026-11-01", 2, "2026-11-01T08:00:00Z", &["two"]);
    approve(&site, "2026-12-01", 3, "2026-12-01T08:00:00Z", &[]);
    site.put("content/issues/notes/2026-12-15/index.md", text(4, &["three"]));
    site.put("content/issues/notes/2026-12-15/photo.jpg", "private");
    assert_eq!(lines(site.build().report), [""; 0]);
    let public = site.public();
    let has = |path: &str| public.contains_key(path);
    for path in [
        "newsletter/notes/index.html",
        "newsletter/notes/2026-10-15/index.html",
        "newsletter/notes/2026-10-15/images/dot.gif",
        "newsletter/notes/2026-11-01/index.html",
        "newsletter/notes/feed.xml",
        "newsletter/notes/rss.xml",
        "newsletter/notes/feed.json",
    ] {
        assert!(has(path), "{path} is missing");
    }
    let secret = |path: &String| {
        path.contains("2026-12") || path.contains("issues/") || path.contains("mail.") || path.contains("manifest")
    };
    assert_eq!(
        public.keys().filter(|path| secret(path)).collect::<Vec<_>>(),
        [""; 0],
        "of drafts and of tomorrow nothing is published"
    );
    let text = |path: &str| String::from_utf8(public[path].clone()).unwrap();
    let second = text("newsletter/notes/2026-11-01/index.html");
    for part in [
        "<p>Page of 2</p>",
        "href=\"/newsletter/notes/2026-10-15/\" rel=\"prev\"",
        "Notes 2",
        "<meta name=\"description\" content=\"With two\">",
    ] {
        assert!(second.contains(part), "{part} is not in\n{second}");
    }
    assert!(!second.contains("rel=\"next\""), "the next one has not come yet");
    let manifest = site.text("content/issues/notes/2026-11-01/frozen/manifest.json");
    let hash =
        manifest.lines().find_map(|line| line.trim().strip_prefix("\"hash\": \"")).unwrap().trim_end_matches('"');
    assert!(second.contains(&format!("<meta name=\"letterpress-issue\" content=\"{hash}\">")));
    let archive = text("newsletter/notes/index.html");
    let (newer, older) = (archive.find("Notes 2").unwrap(), archive.find("Notes 1").unwrap());
    assert!(newer < older && archive.contains("Twice a month.") && !archive.contains("Notes 3"));
    let feed = text("newsletter/notes/feed.json");
    for part in [
        "tag:base.example,2026:issues/notes/2026-11-01",
        "https://base.example/newsletter/notes/2026-11-01/images/dot.gif",
    ] {
        assert!(feed.contains(part), "{part} is not in\n{feed}");
    }
    assert!(text("sitemap.xml").contains("https://base.example/newsletter/notes/2026-11-01/"));
    let future = site.build_with(|request| request.visibility = Visibility { future: true, drafts: false });
    assert!(future.report.is_empty() && site.public().contains_key("newsletter/notes/2026-12-01/index.html"));
}

#[test]
fn a_build_after_an_approval_is_what_a_clean_one_is() {
    let site = site();
    approve(&site, "2026-10-15", 1, "2026-10-15T07:00:00Z", &["one"]);
    site.build();
    approve(&site, "2026-11-01", 2, "2026-11-01T08:00:00Z", &["two"]);
    site.build();
    let fresh = site.fresh();
    fresh.build();
    assert_eq!(site.public(), fresh.public());
    // The neighbour of the new one was drawn again.
    let first = String::from_utf8(site.public()["newsletter/notes/2026-10-15/index.html"].clone()).unwrap();
    assert!(first.contains("rel=\"next\""));
    // Taking it back takes its page away.
    for name in ["manifest.json", "mail.html", "mail.txt", "page.html", "images/dot.gif"] {
        site.remove(&format!("content/issues/notes/2026-11-01/frozen/{name}"));
    }
    site.build();
    assert!(!site.public().contains_key("newsletter/notes/2026-11-01/index.html"));
    let fresh = site.fresh();
    fresh.build();
    assert_eq!(site.public(), fresh.public());
}

#[test]
fn a_newsletter_without_issues_has_an_archive_and_nothing_else() {
    let site = site();
    site.put("content/issues/notes/2026-12-15/index.md", text(1, &["one"]));
    site.build();
    let public = site.public();
    let own: Vec<&String> = public.keys().filter(|path| path.starts_with("newsletter/")).collect();
    assert_eq!(own, ["newsletter/notes/index.html"]);
    let page = String::from_utf8(public["newsletter/notes/index.html"].clone()).unwrap();
    assert!(page.contains("<h1>Notes</h1>") && !page.contains("2026-12-15"), "{page}");
}

#[test]
fn what_was_approved_cannot_be_edited() {
    let folder = "content/issues/notes/2026-11-01";
    let edited = |change: &dyn Fn(&Site)| {
        let site = site();
        approve(&site, "2026-11-01", 2, "2026-11-01T08:00:00Z", &["two"]);
        change(&site);
        refused(&site)
    };
    let restore = "restore the folder, from git for instance; if the issue was not sent yet, it can be approved again: letterpress issue reopen notes/2026-11-01";
    assert_eq!(
        edited(&|site| site.edit(&format!("{folder}/index.md"), "Dear reader", "Dear readers")),
        [
            "content/issues/notes/2026-11-01/index.md:1:1: error: the issue notes/2026-11-01 was edited after it was approved [edited-issue]; \
          undo the change, or take the approval back: letterpress issue reopen notes/2026-11-01; what readers have got already stays as it is"
        ]
    );
    assert_eq!(
        edited(&|site| site.edit(&format!("{folder}/frozen/page.html"), "Page of 2", "Page of two")),
        [format!(
            "error: content/issues/notes/2026-11-01/frozen: the file page.html was edited after the issue was approved [broken-issue]; {restore}"
        )]
    );
    assert_eq!(
        edited(&|site| site.edit(
            &format!("{folder}/frozen/manifest.json"),
            "\"subject\": \"Notes 2\"",
            "\"subject\": \"Notes II\""
        )),
        [format!(
            "error: content/issues/notes/2026-11-01/frozen: manifest.json was edited after the issue was approved [broken-issue]; {restore}"
        )]
    );
    assert_eq!(
        edited(&|site| site.remove(&format!("{folder}/frozen/images/dot.gif"))),
        [format!(
            "error: content/issues/notes/2026-11-01/frozen: the file images/dot.gif is missing [broken-issue]; {restore}"
        )]
    );
    assert_eq!(
        edited(&|site| site.remove(&format!("{folder}/frozen/manifest.json"))),
        [format!(
            "error: content/issues/notes/2026-11-01/frozen: the file manifest.json is missing [broken-issue]; {restore}"
        )]
    );
    assert_eq!(
        edited(&|site| site.remove(&format!("{folder}/index.md"))),
        ["error: content/issues/notes/2026-11-01/index.md is missing, but the issue was approved [missing-issue]; \
          restore it, from git for instance: what readers got is in frozen/, what you wrote is there"]
    );
    let crlf = site();
    approve(&crlf, "2026-11-01", 2, "2026-11-01T08:00:00Z", &["two"]);
    crlf.put(&format!("{folder}/index.md"), crlf.text(&format!("{folder}/index.md")).replace('\n', "\r\n"));
    assert_eq!(lines(crlf.build().report), [""; 0], "other line ends are no edit");
}

#[test]
fn list_and_check_know_of_issues() {
    let site = site();
    approve(&site, "2026-11-01", 2, "2026-11-01T08:00:00Z", &["two"]);
    approve(&site, "2026-12-01", 3, "2026-12-01T08:00:00Z", &["one"]);
    site.put("content/issues/notes/2026-12-15/index.md", text(4, &["three"]) + "\n{{<nothing />}}\n");
    let request = || list::Request { root: site.root().to_owned(), state: None, collection: None, clock: clock(NOW) };
    let listing = list::list(&request()).unwrap();
    let issues = |id: &str| listing.entries.iter().find(|entry| entry.id == id).unwrap().issues.join(",");
    assert_eq!(
        (issues("one"), issues("two"), issues("three")),
        ("notes/2026-12-01".into(), "notes/2026-11-01".into(), String::new())
    );
    let next = listing.next.unwrap();
    assert_eq!(
        (next.at.to_string().as_str(), next.appear.as_slice()),
        ("2026-12-01T09:00:00+01:00[Europe/Berlin]", &["Notes 3".to_owned()][..])
    );
    assert!(
        refused(&site)[0].contains("there is no component `nothing`"),
        "a draft's components are checked, `post` is none"
    );
    site.remove("content/issues/notes/2026-12-15/index.md");
    assert_eq!(lines(site.check().unwrap()), [""; 0]);
    site.put("content/issues/notes/2026-11-01/frozen/images/dot.gif", "GIF87a");
    let Err(Failure::Mistakes(report)) = site.check() else { panic!("a picture was exchanged") };
    assert_eq!(
        lines(report),
        [
            "error: content/issues/notes/2026-11-01/frozen: the file images/dot.gif was edited after the issue was approved [broken-issue]; \
          readers who open that mail see it: restore it, from git for instance"
        ]
    );
}

#[test]
fn a_post_that_vanished_was_probably_renamed() {
    let site = site();
    site.put("content/posts/2026-10-02-unnamed.md", "+++\ntitle = \"Unnamed\"\ndescription = \"x\"\n+++\n");
    approve(&site, "2026-11-01", 2, "2026-11-01T08:00:00Z", &["two", "posts/2026-10-02-unnamed"]);
    site.build();
    site.remove("content/posts/2026-10-02-unnamed.md");
    site.put(
        "content/posts/2026-10-03-named.md",
        "+++\ntitle = \"Post posts/2026-10-02-unnamed\"\ndescription = \"x\"\n+++\n",
    );
    let found = refused(&site);
    assert_eq!(
        found,
        [
            "content/issues/notes/2026-11-01/frozen/manifest.json:18:13: error: the post `posts/2026-10-02-unnamed` of the issue notes/2026-11-01 has vanished: \
          “Post posts/2026-10-02-unnamed” [vanished-post]; if `posts/2026-10-03-named` is its new name, give that post its old id, so that no issue has it again: \
          id = \"posts/2026-10-02-unnamed\"; if it was deleted on purpose, say so in site.toml: [newsletters.notes] with gone = [\"posts/2026-10-02-unnamed\"]; \
          if the issue was not sent yet, it can be edited again: letterpress issue reopen notes/2026-11-01"
        ]
    );
    let deleted = site.fresh();
    deleted.edit("site.toml", "name = \"Notes\"", "name = \"Notes\"\ngone = [\"posts/2026-10-02-unnamed\"]");
    deleted.build();
    site.edit("content/posts/2026-10-03-named.md", "+++\ntitle", "+++\nid = \"posts/2026-10-02-unnamed\"\ntitle");
    site.build();
}

#[test]
fn mistakes_of_drafts() {
    let site = site();
    approve(&site, "2026-11-01", 2, "2026-11-01T08:00:00Z", &["two"]);
    site.put(
        "content/issues/notes/2026-11-15/index.md",
        text(2, &["two", "tow", "posts/2026-10-01-three", "content/posts/2026-10-01-one.md"]),
    );
    site.put("content/issues/ntes/2026-11-15/index.md", text(3, &[]));
    site.put("content/issues/notes/2026-11-15/notes.md", "x");
    assert_eq!(
        refused(&site),
        [
            "warning: content/issues/notes/2026-11-15/notes.md is no part of an issue, so it is not published [stray-markdown]; \
             an issue is a folder named after its day, with an index.md: content/issues/newsletter/2026-11-15/index.md",
            "content/issues/notes/2026-11-15/index.md:2:10: warning: the issues notes/2026-11-01 and notes/2026-11-15 both have the number 2 [same-number]; give the later one the next number",
            "content/issues/notes/2026-11-15/index.md:7:12: warning: the post `two` is in the issue notes/2026-11-01 already [repeated-post]; take the line out, unless readers shall get it once more",
            "content/issues/notes/2026-11-15/index.md:9:12: warning: there is no post `tow` [unknown-post]; did you mean `two`?",
            "error: content/issues/ntes/2026-11-15: there is no newsletter `ntes` [unknown-newsletter]; did you mean content/issues/notes/?",
        ]
    );
}
