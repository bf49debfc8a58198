//! What git says of a file, asked of the program itself: its index has more forms than one wants to know.

use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use crate::files::read;

/// Whether git tracks a file. False where the file is in no work tree, and where there is no git to ask.
#[must_use]
pub fn tracks(file: &Path) -> bool {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return false };
    if !folder.ancestors().any(|folder| read::exists(&folder.join(".git"))) {
        return false;
    }
    let asked = Command::new("git")
        // A repository may name a program that git is to run first: none is needed here.
        .args(["--literal-pathspecs", "-c", "core.fsmonitor=false", "ls-files", "--error-unmatch", "--"])
        .arg(name)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
mod tests {
    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        let done = Command::new("git").args(arguments).current_dir(folder).stdout(Stdio::null()).status().unwrap();
        assert!(done.success(), "{arguments:?}");
    }

    #[test]
    fn tracked_or_not() {
        let top = tempfile::tempdir().unwrap();
        let file = top.path().join("private/a [b]*.sqlite3");
        std::fs::create_dir(top.path().join("private")).unwrap();
        std::fs::write(&file, "x").unwrap();
        assert!(!tracks(&file), "no work tree");
        git(top.path(), &["init", "--quiet"]);
        assert!(!tracks(&file), "not added");
        git(top.path(), &["add", "."]);
        assert!(tracks(&file), "added");
        std::fs::write(top.path().join("private/other"), "x").unwrap();
        assert!(!tracks(&top.path().join("private/other")) && !tracks(&top.path().join("private/*")));
    }
}
