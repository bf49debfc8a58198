//! Whether the list of readers, its keys and other secrets are kept to oneself: neither published with the site nor tracked by git.

use std::path::Path;
use std::path::PathBuf;

use crate::config::newsletter::SecretPlace;
use crate::config::site::Config;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::transport::git;
use crate::workflow::failure::Failure;
use crate::workflow::keys;
use crate::workflow::newsletter;
use crate::workflow::newsletter::Machine;
use crate::workflow::site_folder;

/// What stands beside an SQLite file, and holds as much of the list.
const BESIDE: [&str; 4] = ["", "-wal", "-journal", ".erased"];

/// Adds to what `check` found what is wrong with the places of the list and of secrets.
///
/// # Errors
/// Those of `checked`, with the mistakes found here.
pub fn also(checked: Result<Report, Failure>, root: &Path, machine: &Machine<'_>) -> Result<Report, Failure> {
    // Without a site that can be read, it has been said what is wrong.
    let Ok(config) = site_folder::config(root) else { return checked };
    let found = check(root, &config, machine);
    match checked {
        Ok(report) if !found.has_errors() => Ok(report),
        Ok(mut report) | Err(Failure::Mistakes(mut report)) => {
            report.merge(found);
            Err(Failure::Mistakes(report))
        }
        Err(other) => Err(other),
    }
}

fn check(root: &Path, config: &Config, machine: &Machine<'_>) -> Report {
    let mut report = Report::new();
    let mut take = |failure| match failure {
        Failure::Mistakes(more) => report.merge(more),
        other => report.push(Diagnostic::error("unreadable", other.to_string())),
    };
    let mut files: Vec<(&str, PathBuf)> = Vec::new();
    // A machine that only checks need not have what a list needs: a data folder, the variables with secrets.
    if config.store.url.is_none() && (config.store.path.is_some() || machine.data.is_some()) {
        match newsletter::place(root, config, machine) {
            Ok(place) => {
                let path = place.path().unwrap_or(Path::new(""));
                let beside = |end| PathBuf::from(format!("{}{end}", path.display()));
                files.extend(BESIDE.map(|end| ("the list of readers", beside(end))));
                if keys::named(config).is_none() {
                    files.push(("the newsletter's keys", path.with_file_name(keys::KEYS)));
                }
            }
            Err(failure) => take(failure),
        }
    }
    if let Some(SecretPlace::File(file)) = keys::named(config) {
        match keys::in_file(root, root.join(file)) {
            Ok(_) => files.push(("the newsletter's keys", root.join(file))),
            Err(failure) => take(failure),
        }
    }
    let logins = config.smtp.iter().flat_map(|server| server.password.iter().chain(&server.token));
    let keys = config.dkim.iter().map(|dkim| &dkim.key);
    for secret in logins.chain(keys).chain(config.store.url.as_ref()) {
        if let SecretPlace::File(file) = secret {
            files.push(("a file with a secret", root.join(file)));
        }
    }
    let tracked = files.into_iter().filter(|(_, file)| git::tracks(file)).map(|(what, file)| {
        let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        Diagnostic::error("tracked-secret", format!("git tracks {what}: {shown}")).hint(format!(
            "git rm --cached {shown}, and put it into .gitignore; whoever has the repository's history has it still"
        ))
    });
    report.extend(tracked);
    report
}
