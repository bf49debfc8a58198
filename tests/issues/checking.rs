//! `letterpress check` on a site whose mails have something wrong with them.

use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use tempfile::TempDir;

const ISSUE: &str = "content/issues/notes/2026-11-15/index.md";
const ENDPOINT: &str = "[subscribe]\nendpoint = \"https://site.example/letters/\"\n";

fn put(site: &Path, path: &str, text: &str) {
    let path = site.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A site with two posts, and `more` in `site.toml`.
fn site(more: &str) -> TempDir {
    let site = tempfile::tempdir().unwrap();
    let toml = format!(
        "title = \"Site\"\nbase_url = \"https://site.example/\"\ntime_zone = \"Europe/Berlin\"\n{more}\n[newsletters.notes]\nname = \"Notes\"\n\
         from = \"Notes <notes@site.example>\"\npostal_address = \"1 Street\"\nmin_posts = 2\n"
    );
    put(site.path(), "site.toml", &toml);
    for (name, day) in [("a", 3), ("b", 4)] {
        let text =
            format!("+++\ntitle = \"On {name}\"\ndate = 2026-11-0{day}\ndescription = \"About {name}.\"\n+++\nText.\n");
        put(site.path(), &format!("content/posts/{name}.md"), &text);
    }
    site
}

/// Plants faults in what every mail of the site has.
fn plant(site: &Path, more: &str) {
    let manifest = "name = \"Mine\"\nletterpress = \">=0.1, <0.2\"\nextends = \"broadside\"\n";
    put(site, "themes/mine/theme.toml", manifest);
    let colophon = "<p style=\"color:#bbb;position:absolute\">Faint</p><img src=\"{{ asset(path=\"dot.png\") }}\"><a href=\"http://example.org/\">x</a>";
    put(site, "themes/mine/static/dot.png", "a dot");
    put(site, "themes/mine/templates/mail/colophon.html", &format!("{colophon}{more}"));
}

/// The exit code, and the lines about mails.
fn checked(site: &Path) -> (i32, Vec<String>) {
    let (code, said) = checked_whole(site);
    let is_of_mail = |line: &&str| line.contains(": in the ") && line.contains('[') || line.contains("[foreign-image]");
    let lines = said.lines().filter(is_of_mail).map(str::to_owned);
    (code, lines.collect())
}

/// The exit code, and everything it said.
fn checked_whole(site: &Path) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_letterpress"));
    command.current_dir(site).args(["--now", "2026-11-13T10:00[Europe/Berlin]", "--format", "short", "check"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), said)
}

#[test]
fn mails_without_faults_are_not_spoken_of() {
    let site = site(ENDPOINT);
    assert_eq!(checked(site.path()), (0, vec![]));
    put(
        site.path(),
        ISSUE,
        "+++\nnumber = 1\nsubject = \"Notes\"\npreheader = \"More\"\n+++\n{{<post id=\"posts/a\" />}}\n",
    );
    assert_eq!(checked(site.path()), (0, vec![]));
}

#[test]
fn a_draft_is_judged_where_it_is_written() {
    let site = site("theme = \"mine\"");
    // (The links of texts are looked at before, by every build.)
    let links = "<a href=\"/gone/\">x</a> <a href=\"posts/a/#none\">x</a> <a href=\"posts/b/\">x</a>";
    plant(site.path(), links);
    let text = format!(
        "+++\nnumber = 1\nsubject = \"{}\"\n+++\n\
         {{{{<post id=\"posts/a\" />}}}}\n\n<img src=\"https://example.org/raw.png\">\n",
        "word ".repeat(20).trim()
    );
    put(site.path(), ISSUE, &text);
    let (code, mut lines) = checked(site.path());
    lines.sort();
    let place = "content/issues/notes/2026-11-15/index.md";
    let name = "in the issue notes/2026-11-15";
    let expected = [
        format!("{place}:2:1: warning: {name}: there is no preheader"),
        format!("{place}:3:11: warning: {name}: not every mail program knows position"),
        format!(
            "{place}:3:11: warning: {name}: text of #bbbbbb on #fbf8f1 has a contrast of 1.8 to 1, less than 4.5: “Faint”"
        ),
        format!("{place}:3:11: warning: {name}: the image https://site.example/dot.png"),
        format!("{place}:7:11: warning: the picture https://example.org/raw.png is not sent"),
        format!("{place}:3:11: warning: {name}: the subject has 99 characters"),
        format!("{place}:3:11: error: {name}: `https://site.example/gone/` leads nowhere"),
    ];
    assert_eq!(code, 1, "{lines:#?}");
    for start in expected {
        assert!(lines.iter().any(|line| line.starts_with(&start)), "{start}\n{lines:#?}");
    }
    assert!(lines.iter().any(|line| line.contains("`http://example.org/` does not begin with https")), "{lines:#?}");
    let anchor = "`https://site.example/posts/a/#none` leads to an anchor that posts/a/index.html does not have";
    assert!(lines.iter().any(|line| line.contains(anchor)), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("posts/b")), "{lines:#?}");
}

#[test]
fn notices_and_the_coming_issue_are_judged_once() {
    let site = site(&format!("theme = \"mine\"\n{ENDPOINT}"));
    plant(site.path(), "");
    let (code, lines) = checked(site.path());
    assert_eq!((code, lines.len()), (0, 4), "{lines:#?}");
    let both = "warning: in the issue notes/2026-11-15, as `issue compose` would make it, and in 6 more mails: ";
    assert!(lines.iter().all(|line| line.starts_with(both)), "{lines:#?}");
}

#[cfg(feature = "images")]
#[test]
fn what_was_approved_is_judged_until_its_time_has_come() {
    let site = site("theme = \"mine\"");
    plant(site.path(), "");
    let text = "+++\nnumber = 1\nsubject = \"Notes\"\npreheader = \"More\"\n+++\n{{<post id=\"posts/a\" />}}\n";
    let approve = |day: &str| {
        let path = ISSUE.replace("2026-11-15", day);
        put(site.path(), &path, text);
        let mut command = Command::new(env!("CARGO_BIN_EXE_letterpress"));
        command.current_dir(site.path()).args(["--now", "2026-11-11T10:00[Europe/Berlin]", "issue", "approve", day]);
        assert!(command.stdin(Stdio::null()).output().unwrap().status.success());
    };
    approve("2026-11-15");
    let (code, lines) = checked(site.path());
    let own = "warning: in the issue notes/2026-11-15, as it was approved";
    assert_eq!(code, 0, "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.starts_with(own)).count(), 4, "{lines:#?}");
    std::fs::remove_dir_all(site.path().join("content/issues")).unwrap();
    // Of the one whose time has come, nothing is said any more. (A draft keeps the coming issue from being looked at.)
    approve("2026-11-12");
    let (_, lines) = checked(site.path());
    assert!(lines.iter().all(|line| !line.contains("2026-11-12")), "{lines:#?}");
}

#[test]
fn a_newsletter_that_fits_nothing_of_the_site_is_spoken_of() {
    let site = site("");
    let text = std::fs::read_to_string(site.path().join("site.toml")).unwrap();
    let keys = "categories = [\"News\", \"Pres\"]\ntags = [\"paint\"]\ngone = [\"posts/a\", \"posts/never\"]\nsince = 2026-12-01\n";
    put(site.path(), "site.toml", &format!("{text}{keys}"));
    let post = "+++\ntitle = \"On c\"\ndate = 2026-11-05\ndescription = \"About c.\"\ncategories = [\"Press\", \"news\"]\ntags = [\"ink\"]\n+++\nText.\n";
    put(site.path(), "content/posts/c.md", post);
    let (code, said) = checked_whole(site.path());
    assert_eq!(code, 0, "{said}");
    for part in [
        ":10:23: warning: the newsletter `notes` wants posts of the category `Pres`, which no published post has [unused-term]; did you mean `Press`?",
        ":11:9: warning: the newsletter `notes` wants posts of the tag `paint`, which no published post has [unused-term]; write it as posts do, or give a post that tag",
        "warning: `gone` of the newsletter `notes` names `posts/a`, which is there [unused-gone]",
        "warning: `gone` of the newsletter `notes` names `posts/never`, which no issue had [unused-gone]; it is for the ids of posts that issues had and that were deleted; take this one out",
        "warning: the newsletter `notes` begins on 2026-12-01: until then no post comes into an issue [future-since]; what was published before `since` counts as sent",
    ] {
        assert!(said.contains(part), "{part}\nis not in\n{said}");
    }
    assert!(!said.contains("`News`"), "{said}");
    put(site.path(), "site.toml", &format!("{text}categories = [\"news\"]\ntags = [\"Ink\"]\nsince = 2026-11-01\n"));
    let (_, said) = checked_whole(site.path());
    assert!(!said.contains("unused-") && !said.contains("future-"), "{said}");
}
