//! What the verbs of issues make of sites that are not quite finished, and of issues that were.

use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use tempfile::TempDir;

const ISSUE: &str = "content/issues/notes/2026-11-15";
const BEFORE: &str = "2026-11-13T10:00[Europe/Berlin]";
const AFTER: &str = "2026-11-15T10:00[Europe/Berlin]";

fn put(site: &TempDir, path: &str, text: &str) {
    let path = site.path().join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn text(site: &TempDir, path: &str) -> String {
    std::fs::read_to_string(site.path().join(path)).unwrap()
}

/// A site with two posts: `more` is what `site.toml` says before its newsletter, `own` what it says of that.
fn site(more: &str, own: &str) -> TempDir {
    let site = tempfile::tempdir().unwrap();
    let toml = format!(
        "title = \"Site\"\nbase_url = \"https://site.example/\"\ntime_zone = \"Europe/Berlin\"\n{more}\n[newsletters.notes]\nname = \"Notes\"\n\
         postal_address = \"1 Street\"\n{own}\n"
    );
    put(&site, "site.toml", &toml);
    post(&site, "a", "description = \"About a.\"", "Text.");
    post(&site, "b", "description = \"About b.\"", "Text.");
    site
}

fn post(site: &TempDir, name: &str, more: &str, body: &str) {
    let text = format!("+++\ntitle = \"On {name}\"\ndate = 2026-11-03\n{more}\n+++\n{body}\n");
    put(site, &format!("content/posts/{name}.md"), &text);
}

/// The exit code, and everything it said.
fn at(now: &str, site: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_letterpress"));
    command.current_dir(site).env("HOME", site.join("home")).env_remove("XDG_DATA_HOME");
    command.args(["--now", now, "--format", "short"]).args(arguments).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), said)
}

#[track_caller]
fn ok(now: &str, site: &TempDir, arguments: &[&str]) -> String {
    let (code, said) = at(now, site.path(), arguments);
    assert_eq!(code, 0, "{arguments:?}: {said}");
    said
}

#[test]
fn a_day_in_a_subject_is_written_in_the_words_of_the_site() {
    for (more, subject) in [
        ("", "Notes of 15 November 2026"),
        ("language = \"de\"", "Notes of 15. November 2026"),
        ("theme = \"mine\"", "Notes of the 15th day of November 2026"),
    ] {
        let site = site(more, "subject = \"{name} of {date}\"");
        put(
            &site,
            "themes/mine/theme.toml",
            "name = \"Mine\"\nletterpress = \">=0.1, <0.2\"\nextends = \"broadside\"\n",
        );
        put(&site, "themes/mine/languages/en.toml", "[date]\nlong = \"the {day}th day of {month} {year}\"\n");
        ok(BEFORE, &site, &["issue", "compose"]);
        assert!(text(&site, &format!("{ISSUE}/index.md")).contains(&format!("\nsubject = \"{subject}\"\n")), "{more}");
    }
}

#[test]
fn a_draft_with_a_post_that_is_not_there_is_nobody_elses_trouble() {
    let site = site("[newsletters.other]\nfrom = \"ed@site.example\"\n", "");
    let other = "content/issues/other/2026-11-15/index.md";
    put(&site, other, "+++\nnumber = 1\nsubject = \"Other\"\n+++\n{{<post id=\"posts/gone\" />}}\n");
    let said = ok(BEFORE, &site, &["issue", "compose", "--newsletter", "notes"]);
    let about = "there is no post `posts/gone` [unknown-post]";
    assert!(said.contains("warning") && said.contains(about), "{said}");
    assert!(text(&site, &format!("{ISSUE}/index.md")).contains("posts/a"));
    // Its own is not composed further before somebody has mended it.
    let before = text(&site, other);
    let (code, said) = at(BEFORE, site.path(), &["issue", "compose", "other/2026-11-15"]);
    assert!(code == 1 && said.contains(about) && !said.contains("warning"), "{said}");
    assert_eq!(text(&site, other), before);
}

#[test]
fn a_comment_is_no_issue() {
    let site = site("", "from = \"ed@site.example\"");
    let index = format!("{ISSUE}/index.md");
    let front = "+++\nnumber = 1\nsubject = \"Notes\"\npreheader = \"x\"\n+++\n";
    put(&site, &index, &format!("{front}<!-- to be written\n\nsoon -->\n"));
    let (code, said) = at(BEFORE, site.path(), &["issue", "approve"]);
    assert!(code == 1 && said.contains("neither posts nor words [empty-issue]"), "{said}");
    put(&site, &index, &format!("{front}<!-- to be written -->\n\nSoon.\n"));
    ok(BEFORE, &site, &["issue", "approve"]);
}

#[test]
fn the_coming_issue_is_looked_at_before_anybody_has_said_who_sends_it() {
    let manifest = |extends| format!("name = \"Mine\"\nletterpress = \">=0.1, <0.2\"\n{extends}");
    let colophon = "<p><a href=\"http://example.org/\">x</a></p>";
    let found = "in the issue notes/2026-11-15, as `issue compose` would make it: ";
    let site = site("theme = \"mine\"", "");
    put(&site, "themes/mine/theme.toml", &manifest("extends = \"broadside\"\n"));
    put(&site, "themes/mine/templates/mail/colophon.html", colophon);
    let said = ok(BEFORE, &site, &["check"]);
    assert!(said.contains(found) && said.contains("[mail-address]"), "{said}");
    // The newsletter that every site has without saying so is no reason to look.
    let toml = text(&site, "site.toml");
    put(&site, "site.toml", toml.split("[newsletters").next().unwrap());
    let said = ok(BEFORE, &site, &["check"]);
    assert!(!said.contains("issue compose"), "{said}");
}

#[test]
fn an_issue_that_readers_have_may_lead_to_what_is_gone() {
    let site = site("", "from = \"ed@site.example\"");
    ok(BEFORE, &site, &["issue", "compose"]);
    ok(BEFORE, &site, &["issue", "approve"]);
    assert!(!ok(AFTER, &site, &["check"]).contains("broken-page-link"));
    post(&site, "a", "description = \"About a.\"\ndraft = true", "Text.");
    let said = ok("2027-02-03T10:00[Europe/Berlin]", &site, &["check"]);
    let line = said.lines().find(|line| line.contains("broken-page-link")).unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("warning: `/posts/a/` leads nowhere [broken-page-link]"), "{line}");
    assert!(
        line.contains("it stands on newsletter/notes/2026-11-15/index.html: in an issue that readers have"),
        "{line}"
    );
    // The same link in a page that can be mended is a mistake.
    post(&site, "c", "description = \"About c.\"", "<a href=\"/posts/a/\">a</a>");
    let (code, said) = at("2027-02-03T10:00[Europe/Berlin]", site.path(), &["check"]);
    assert!(code == 1 && said.contains("error: `/posts/a/` leads nowhere [broken-page-link]"), "{said}");
    let line = said.lines().find(|line| line.contains("error: `/posts/a/`")).unwrap();
    assert!(line.contains("it stands on posts/c/index.html: in a template"), "{line}");
}

#[test]
fn a_site_may_link_to_its_archive_from_the_first_day() {
    let site = site("", "from = \"ed@site.example\"\npromise = \"On the 1st and the 15th\"");
    post(
        &site,
        "c",
        "description = \"About c.\"",
        "All [issues](/newsletter/notes/) are kept. <a href=\"/newsletter/notes/\">So</a>.",
    );
    let archive = "public/newsletter/notes/index.html";
    ok(BEFORE, &site, &["check"]);
    ok(BEFORE, &site, &["build"]);
    let page = text(&site, archive);
    assert!(page.contains("On the 1st and the 15th") && !page.contains("2026-11-15/"), "{page}");
    assert!(
        !page.contains("feed.xml\" type=\"application/atom+xml\" title=\"Site – Notes"),
        "no feed before there is an issue"
    );
    ok(BEFORE, &site, &["issue", "compose"]);
    ok(BEFORE, &site, &["issue", "approve"]);
    ok(AFTER, &site, &["build"]);
    assert!(text(&site, archive).contains("href=\"/newsletter/notes/2026-11-15/\""));
    // Without a word of it in site.toml there is no newsletter, and no archive.
    let toml = text(&site, "site.toml");
    put(&site, "site.toml", toml.split("[newsletters").next().unwrap());
    std::fs::remove_dir_all(site.path().join("content/issues")).unwrap();
    post(&site, "c", "description = \"About c.\"", "All [issues](/newsletter/newsletter/) are kept.");
    let (code, said) = at(AFTER, site.path(), &["build"]);
    assert!(code == 1 && said.contains("[broken-link]"), "{said}");
}
