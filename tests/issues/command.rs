//! `letterpress issue` as a user meets it.

use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

const PATH: &str = "content/issues/notes/2026-11-15/index.md";

fn site() -> TempDir {
    let site = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = site.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put(
        "site.toml",
        "title = \"Site\"\nbase_url = \"https://site.example/\"\ntime_zone = \"Europe/Berlin\"\n[newsletters.notes]\nname = \"Notes\"\nmin_posts = 2\nmax_posts = 2\n",
    );
    for (name, day) in [("a", 3), ("b", 4), ("c", 5)] {
        let text = format!("+++\ntitle = \"On {name}\"\ndate = 2026-11-0{day}\ndescription = \"x\"\n+++\nText.\n");
        put(&format!("content/posts/{name}.md"), &text);
    }
    site
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_letterpress"));
    command.current_dir(folder).args(["--now", "2026-11-13T10:00[Europe/Berlin]"]).args(arguments);
    command.stdin(Stdio::null()).output().unwrap()
}

/// Exit code, stdout, stderr.
fn said(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = run(folder, arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn object(folder: &Path, arguments: &[&str]) -> Value {
    let (code, out, err) = said(folder, &[arguments, &["--format", "json"]].concat());
    assert_eq!((code, err.as_str()), (0, ""));
    serde_json::from_str(&out).unwrap()
}

#[test]
fn from_the_first_draft_to_its_end() {
    let site = site();
    let site = site.path();
    assert_eq!(
        said(site, &["issue", "show"]),
        (0, String::new(), "No issues yet: `letterpress issue compose` makes the next one.\n".into())
    );
    assert_eq!(
        said(site, &["issue", "compose"]),
        (
            0,
            format!("{PATH}\n"),
            "No. 1, “Notes 1: On b”, with 2 posts.\nIt is full: 1 post waits for the next one.\n".into()
        )
    );
    assert_eq!(
        said(site, &["issue", "compose"]),
        (0, format!("{PATH}\n"), "Nothing has come to it.\nIt is full: 1 post waits for the next one.\n".into())
    );
    let (code, out, _) = said(site, &["issue", "show"]);
    assert_eq!((code, out.as_str()), (0, "draft  2026-11-15 09:00  notes/2026-11-15  1  Notes 1: On b\n"));
    let (_, out, _) = said(site, &["issue", "show", "2026-11-15"]);
    assert_eq!(
        out,
        "notes/2026-11-15, no. 1, draft\ncomes     2026-11-15 09:00 CET\nsubject   Notes 1: On b\npreheader On a\n\
         page      https://site.example/newsletter/notes/2026-11-15/\nfile      content/issues/notes/2026-11-15/index.md\n\
         post      On b (posts/b)\npost      On a (posts/a)\n\n{{<post id=\"posts/b\" />}}\n\n{{<post id=\"posts/a\" />}}\n"
    );
    let shown = object(site, &["issue", "show", "2026-11-15"]);
    assert_eq!(
        (&shown["state"], &shown["posts"][1]["id"], &shown["hash"]),
        (&"draft".into(), &"posts/a".into(), &Value::Null)
    );
    assert_eq!(shown["date"], "2026-11-15T09:00:00+01:00");
    let (code, out, err) = said(site, &["issue", "cancel", "notes/2026-11-15"]);
    assert_eq!((code, out), (0, format!("{PATH}\n")));
    assert!(err.contains("Its posts wait for the next issue."), "{err}");
    let composed = object(site, &["issue", "compose"]);
    assert_eq!(
        (&composed["issue"], &composed["new"], &composed["number"]),
        (&"notes/2026-12-01".into(), &true.into(), &1.into())
    );
    assert_eq!((&composed["waiting"], &composed["occurrence"]), (&1.into(), &"2026-12-01T09:00[Europe/Berlin]".into()));
    let (code, _, err) = said(site, &["issue", "reopen", "notes/2026-12-01"]);
    assert!(code == 1 && err.contains("the issue notes/2026-12-01 is a draft already"), "{err}");
    let (code, _, err) = said(site, &["issue", "show", "2026-11-16"]);
    assert!(code == 1 && err.contains("did you mean `notes/2026-11-15`?"), "{err}");
}

#[test]
fn too_few_posts_make_no_issue() {
    let site = site();
    let site = site.path();
    for name in ["b", "c"] {
        std::fs::remove_file(site.join(format!("content/posts/{name}.md"))).unwrap();
    }
    let (code, out, err) = said(site, &["issue", "compose"]);
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (
            0,
            "",
            "No issue: 1 post found, 1 post missing from `min_posts`. What is there waits for the next one; --anyway composes it all the same.\n"
        )
    );
    assert_eq!(object(site, &["issue", "compose"])["path"], Value::Null);
    assert_eq!(said(site, &["issue", "compose", "--anyway", "--quiet"]), (0, format!("{PATH}\n"), String::new()));
}
