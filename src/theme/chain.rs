//! From a theme's name to the chain of themes that supply its files, nearest first.

use include_dir::Dir;
use include_dir::include_dir;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Place;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::diagnostic::suggest;
use crate::files::tree::File;
use crate::files::tree::FileTree;
use crate::theme::manifest;
use crate::theme::manifest::Manifest;
use crate::value::path::SitePath;

static BROADSIDE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/themes/broadside");

/// The names of the themes inside the program.
pub const EMBEDDED: [&str; 1] = ["broadside"];

/// One theme of a chain.
#[derive(Clone, Debug)]
pub struct Link {
    /// The theme's folder name, by which others extend it: `broadside`.
    pub id: String,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its `theme.toml`.
    pub source: Source,
    /// Its files, by their paths below its folder.
    pub files: FileTree,
}

/// The files of a theme that is inside the program, by their paths below its folder.
#[must_use]
pub fn embedded(name: &str) -> Option<FileTree> {
    let folder = match name {
        "broadside" => &BROADSIDE,
        _ => return None,
    };
    let mut files = Vec::new();
    collect(folder, &mut files);
    Some(FileTree::embedded(&format!("theme {name}"), &files))
}

fn collect(folder: &Dir<'static>, into: &mut Vec<(&'static str, &'static [u8])>) {
    into.extend(folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents()))));
    for inner in folder.dirs() {
        collect(inner, into);
    }
}

/// Follows `extends` from the theme `name` to its last ancestor. `place` is where the name was written; `themes` holds the site's own
/// themes at `<name>/…`, which win over themes of the same name in the program. The chain is missing where a theme in it is.
#[must_use]
pub fn resolve(name: &str, place: Option<&Place>, themes: &FileTree) -> (Option<Vec<Link>>, Report) {
    let mut report = Report::new();
    let mut chain: Vec<Link> = Vec::new();
    let mut wanted = name.to_owned();
    loop {
        // The name was written in the nearer theme's manifest, or in site.toml for the first.
        let asked = chain.last().and_then(|link| {
            let span = link.manifest.extends.as_ref()?.span.clone();
            Some(Place { source: link.source.clone(), span, label: String::new() })
        });
        let asked = asked.as_ref().or(place);
        if let Some(at) = chain.iter().position(|link| link.id == wanted) {
            report.push(circle(&chain[at..], &wanted, asked));
            return (None, report);
        }
        let Some(files) = files_of(&wanted, themes) else {
            report.push(unknown(&wanted, asked, themes));
            return (None, report);
        };
        let Some(source) = manifest_source(&wanted, &files, asked, &mut report) else { return (None, report) };
        let (manifest, found) = manifest::read(&source);
        report.merge(found);
        let Some(manifest) = manifest else { return (None, report) };
        let next = manifest.extends.as_ref().map(|parent| parent.value.clone());
        chain.push(Link { id: wanted, manifest, source, files });
        match next {
            Some(parent) => wanted = parent,
            None => return (Some(chain), report),
        }
    }
}

fn files_of(name: &str, themes: &FileTree) -> Option<FileTree> {
    // A theme is one folder: no path, and not the folder of all themes.
    if name.is_empty() || name.contains('/') {
        return None;
    }
    let mut own = FileTree::new();
    for file in themes.below(name) {
        if let Some(path) = file.path.below(name).and_then(|path| SitePath::parse(path).ok()) {
            own.insert(File { path, ..file.clone() });
        }
    }
    if own.is_empty() { embedded(name) } else { Some(own) }
}

fn manifest_source(name: &str, files: &FileTree, asked: Option<&Place>, report: &mut Report) -> Option<Source> {
    let Some(file) = files.get("theme.toml") else {
        let missing = Diagnostic::error("no-theme-toml", format!("the theme `{name}` has no theme.toml"));
        report.push(
            at(missing, asked)
                .hint(format!("write themes/{name}/theme.toml with name = \"…\" and letterpress = \"…\"")),
        );
        return None;
    };
    text_of(file).map_err(|error| report.push(*error)).ok()
}

/// The text of a file of a theme.
///
/// # Errors
/// A diagnostic where the disk refuses or where the bytes are not UTF-8.
pub(in crate::theme) fn text_of(file: &File) -> Result<Source, Box<Diagnostic>> {
    let bytes = file.bytes().map_err(|error| Box::new(Diagnostic::error("unreadable", error.to_string())))?;
    // A byte order mark is no part of the text.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(file.name.clone(), text)),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
            let end = good.len();
            Err(Box::new(
                Diagnostic::error("not-utf8", "this file is not UTF-8")
                    .at(&Source::new(file.name.clone(), good), end..end)
                    .hint("save it as UTF-8"),
            ))
        }
    }
}

fn circle(circle: &[Link], again: &str, asked: Option<&Place>) -> Diagnostic {
    let names: Vec<&str> = circle.iter().map(|link| link.id.as_str()).chain([again]).collect();
    let message = format!("themes extend each other in a circle: {}", names.join(" → "));
    let hint = if circle.len() == 1 && EMBEDDED.contains(&again) {
        format!("give your theme's folder another name: `{again}` is now your own theme, not the one in the program")
    } else {
        "let one of them extend nothing".to_owned()
    };
    at(Diagnostic::error("theme-circle", message), asked).hint(hint)
}

fn unknown(name: &str, asked: Option<&Place>, themes: &FileTree) -> Diagnostic {
    let mut names: Vec<&str> =
        themes.iter().filter_map(|file| file.path.as_str().split_once('/')).map(|p| p.0).collect();
    names.extend(EMBEDDED);
    names.sort_unstable();
    names.dedup();
    let diagnostic = at(Diagnostic::error("unknown-theme", format!("there is no theme `{name}`")), asked);
    diagnostic
        .maybe_hint(suggest::did_you_mean(name, names.iter().copied()))
        .hint(format!("themes there are: {}; your own stand in themes/<name>/", names.join(", ")))
}

fn at(mut diagnostic: Diagnostic, place: Option<&Place>) -> Diagnostic {
    diagnostic.place = place.cloned();
    diagnostic
}
