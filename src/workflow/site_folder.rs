//! Where the site is: the folder with `site.toml`, and what stands in it.

use std::path::Path;
use std::path::PathBuf;

use crate::config::read::read as read_config;
use crate::config::site::Config;
use crate::config::site::Overrides;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::diagnostic::suggest;
use crate::files::read;
use crate::workflow::failure::Failure;

/// The file that makes a folder a site.
pub const SITE_FILE: &str = "site.toml";

/// The nearest folder with a `site.toml`, from `start` upwards, as its true path. Folders below are not searched, but named in the refusal, since a person
/// who stands beside the site and not in it wants to know where it is.
///
/// # Errors
/// [`Failure::NoSite`], or the same as a mistake with a hint where a folder below has one.
pub fn find(start: &Path) -> Result<PathBuf, Failure> {
    let start = read::resolved(start)?;
    if let Some(folder) = start.ancestors().find(|folder| is_site(folder)) {
        return Ok(folder.to_owned());
    }
    match below(&start) {
        None => Err(Failure::NoSite { folder: start }),
        Some(near) => {
            let message = format!("there is no site.toml in {} or a folder above it", start.display());
            let hint = format!("there is one in {near}/: change to that folder, or add --root {near}");
            Err(Report::from(Diagnostic::error("no-site", message).hint(hint)).into())
        }
    }
}

/// `folder` itself, as its true path: what `--root` names is meant exactly.
///
/// # Errors
/// A mistake with a hint where the folder has no `site.toml`.
pub fn exact(folder: &Path) -> Result<PathBuf, Failure> {
    let real = read::resolved(folder)?;
    if is_site(&real) {
        return Ok(real);
    }
    let name = folder.display();
    let diagnostic = if !read::exists(&real) {
        Diagnostic::error("no-site", format!("there is no folder {name}"))
    } else if folder.ends_with(SITE_FILE) && real.parent().is_some_and(is_site) {
        let hint = "leave `site.toml` out of it";
        Diagnostic::error("no-site", format!("--root takes the site's folder, not {name}")).hint(hint)
    } else {
        let diagnostic = Diagnostic::error("no-site", format!("there is no site.toml in {name}"));
        if let Some(near) = below(&real) {
            diagnostic.hint(format!("there is one below it: --root {}", folder.join(near).display()))
        } else if let Some(above) = real.ancestors().skip(1).find(|folder| is_site(folder)) {
            diagnostic.hint(format!("there is one above it: --root {}", above.display()))
        } else {
            diagnostic.hint(format!("`letterpress init {name}` makes a new site there, if the folder is empty"))
        }
    };
    Err(Report::from(diagnostic).into())
}

/// The configuration of the site in `root`, without overrides.
///
/// # Errors
/// [`Failure::Mistakes`] where `site.toml` has errors, [`Failure::Read`] where it cannot be read.
pub(in crate::workflow) fn config(root: &Path) -> Result<Config, Failure> {
    let source = text(read::bytes(&root.join(SITE_FILE))?)?;
    let (config, report) = read_config(&source, &Overrides::default());
    match config {
        Some(config) if !report.has_errors() => Ok(config),
        _ => Err(Failure::Mistakes(report)),
    }
}

/// The text of `site.toml`, or the mistake that keeps it from being text.
pub(in crate::workflow) fn text(bytes: Vec<u8>) -> Result<Source, Report> {
    String::from_utf8(bytes).map(|text| Source::new(SITE_FILE, text)).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let good = Source::new(SITE_FILE, String::from_utf8_lossy(&error.as_bytes()[..at]));
        let message = format!("this file is not UTF-8: byte {at} is part of no character");
        Diagnostic::error("not-utf8", message).at(&good, at..at).hint("save it in the encoding UTF-8").into()
    })
}

/// The index of the collection `id`.
///
/// # Errors
/// A mistake that names the collections there are.
pub(in crate::workflow) fn collection(config: &Config, id: &str) -> Result<usize, Failure> {
    if let Some(index) = config.collections.iter().position(|collection| collection.id == id) {
        return Ok(index);
    }
    let ids: Vec<&str> = config.collections.iter().map(|collection| collection.id.as_str()).collect();
    let hint = suggest::did_you_mean(id, ids.iter().copied());
    let hint = hint.unwrap_or_else(|| {
        format!("the site has: {}; another one is declared in site.toml as [collections.{id}]", ids.join(", "))
    });
    let message = format!("the site has no collection `{id}`");
    Err(Report::from(Diagnostic::error("unknown-collection", message).hint(hint)).into())
}

fn is_site(folder: &Path) -> bool {
    read::exists(&folder.join(SITE_FILE))
}

/// The first folder directly in `folder` that is a site.
fn below(folder: &Path) -> Option<String> {
    read::folders(folder).into_iter().find(|name| is_site(&folder.join(name)))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
mod tests {
    use super::*;

    fn message(failure: Failure) -> String {
        match failure {
            Failure::Mistakes(report) => crate::diagnostic::terminal::short(&report.diagnostics()[0]),
            other => other.to_string(),
        }
    }

    #[test]
    fn upwards_or_exact() {
        let top = tempfile::tempdir().unwrap();
        let site = top.path().join("blog");
        let deep = site.join("content/posts");
        std::fs::create_dir_all(&deep).unwrap();
        assert!(matches!(find(&deep), Err(Failure::NoSite { .. })));
        std::fs::write(site.join(SITE_FILE), "").unwrap();
        let real = site.canonicalize().unwrap();
        assert_eq!(find(&deep).unwrap(), real);
        assert_eq!(exact(&site).unwrap(), real);
        assert!(message(find(top.path()).unwrap_err()).contains("--root blog"));
        assert!(message(exact(top.path()).unwrap_err()).contains("there is one below it"));
        assert!(message(exact(&deep).unwrap_err()).contains("there is one above it"));
        assert!(message(exact(&site.join(SITE_FILE)).unwrap_err()).contains("takes the site's folder"));
        assert!(message(exact(&site.join("nowhere")).unwrap_err()).contains("there is no folder"));
    }
}
