//! The list is kept to oneself: modes, git, and what is published. `check` tells.

use std::process::Command;
use std::process::Stdio;

use crate::world::World;
#[cfg(unix)]
use crate::world::files;

#[test]
#[cfg(unix)]
fn for_the_owner_alone_whatever_the_mask() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let world = World::new();
    let line = format!(
        "umask 000; '{0}' subscribers add jane@example.com --agreed x && '{0}' subscribers forget jane@example.com --yes",
        env!("CARGO_BIN_EXE_letterpress")
    );
    let mut command = Command::new("sh");
    command.args(["-c", &line]).current_dir(world.path("site")).env("HOME", world.path("home"));
    assert!(command.env_remove("XDG_DATA_HOME").stdout(Stdio::null()).status().unwrap().success());
    assert_eq!(mode(&world.data()), 0o700);
    let all = files(&world.data());
    assert_eq!(all.len(), 3, "{all:?}");
    all.iter().for_each(|file| assert_eq!(mode(file), 0o600, "{}", file.display()));
    // One that was open is closed.
    let list = world.data().join("list.sqlite3");
    std::fs::set_permissions(&list, std::fs::Permissions::from_mode(0o644)).unwrap();
    world.ok(["subscribers", "list"]);
    assert_eq!(mode(&list), 0o600);
}

fn git(world: &World, arguments: &[&str]) {
    let done = Command::new("git").args(arguments).current_dir(world.path("site")).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

const MAILTO: &str = "[subscribe]\nmailto = \"post@a.example\"\n";

#[test]
fn check_fails_where_git_tracks_it() {
    let world = World::new();
    world.site(&format!("[store]\npath = \"private/list.sqlite3\"\n{MAILTO}"));
    world.ok(["subscribers", "add", "jane@example.com", "--agreed", "x"]);
    assert_eq!(world.run(["check"]).code, 0);
    git(&world, &["init", "--quiet"]);
    assert_eq!(world.run(["check"]).code, 0, "nothing is tracked yet");
    git(&world, &["add", "."]);
    let ran = world.run(["check"]);
    ran.fails(
        1,
        &[
            "git tracks the list of readers: private/list.sqlite3",
            "git tracks the newsletter's keys: private/keys",
            "git rm --cached private/keys",
            ".gitignore",
        ],
    );
    git(&world, &["rm", "--quiet", "--cached", "-r", "private"]);
    assert_eq!(world.run(["check"]).code, 0);
    // Without git there is nothing to ask.
    git(&world, &["add", "."]);
    let ran = world.command(["check"]).env("PATH", "/nowhere").output().unwrap();
    assert_eq!(ran.status.code(), Some(0));
}

#[test]
fn check_fails_where_it_would_be_published() {
    let world = World::new();
    for (path, folder) in [
        ("content/list.sqlite3", "content/"),
        ("public/../public/list.sqlite3", "public/"),
        ("./themes/x/list", "themes/"),
        (".letterpress/list", ".letterpress/"),
    ] {
        world.site(&format!("[store]\npath = \"{path}\"\n{MAILTO}"));
        for arguments in [&["check"][..], &["subscribers", "list"], &["store", "keys"]] {
            world.run(arguments).fails(1, &["[published-store]", &format!("must not be in {folder}")]);
        }
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(world.path("site/content"), world.path("site/elsewhere")).unwrap();
        world.site(&format!("[store]\npath = \"elsewhere/list.sqlite3\"\n{MAILTO}"));
        world.run(["subscribers", "list"]).fails(1, &["must not be in content/"]);
        assert_eq!(files(&world.path("site/content")).len(), 0);
    }
    let keys = "[subscribe]\nendpoint = \"https://a.example/l/\"\nfrom = \"post@a.example\"\nkeys = { file = \"content/keys\" }\n";
    world.site(keys);
    world.run(["check"]).fails(1, &["the file of the keys must not be in content/"]);
    world.run(["store", "keys"]).fails(1, &["the file of the keys must not be in content/"]);
}

/// Passwords, access tokens and keys for signing lie in files like the list.
#[test]
fn check_fails_where_git_tracks_a_secret() {
    let world = World::new();
    world.site(&format!(
        "{MAILTO}[[smtp]]\nhost = \"a\"\nuser = \"u\"\npassword = {{ file = \"word\" }}\n[[smtp]]\nprofile = \"m365\"\nuser = \"u\"\ntoken = {{ file = \"token\" }}\n\
         [[dkim]]\nselector = \"lp\"\nkey = {{ file = \"dkim.pem\" }}\n"
    ));
    let names = ["word", "token", "dkim.pem"];
    names.iter().for_each(|name| drop(world.write(&format!("site/{name}"), "x")));
    git(&world, &["init", "--quiet"]);
    git(&world, &["add", "."]);
    let said = names.map(|name| format!("git tracks a file with a secret: {name}"));
    world.run(["check"]).fails(1, &said.each_ref().map(String::as_str));
}

/// A machine that builds the site has no list, no secrets, and perhaps no home.
#[test]
fn check_needs_no_list() {
    let world = World::new();
    world.site(&format!("[store]\nurl = {{ env = \"LIST_URL\" }}\n{MAILTO}"));
    assert_eq!(world.run(["check"]).code, 0);
    world.site(MAILTO);
    assert_eq!(world.run(["check"]).code, 0);
    assert!(!world.data().exists(), "and makes none");
}

#[test]
fn check_says_when_the_form_has_nobody_to_post_to() {
    let world = World::new();
    let ran = world.run(["check"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("[no-subscribe-form]") && ran.err.contains("`endpoint`"), "{}", ran.err);
    let endpoint = "[subscribe]\nendpoint = \"https://a.example/l/\"\nfrom = \"post@a.example\"\n";
    for more in [MAILTO, endpoint, "[subscribe]\naction = \"/form\"\n", "[blocks]\nfooter = [\"tags\"]\n"] {
        world.site(more);
        let ran = world.run(["check"]);
        assert!(ran.code == 0 && !ran.err.contains("no-subscribe-form"), "{more}: {}", ran.err);
    }
}
