//! Sass of a chain of themes, compiled without touching the disk.
//!
//! A name is looked up beside the file that asks, then in `styles/`, in the nearest theme that has it: a theme that brings its own `_tokens.scss` changes the tokens of
//! the `main.scss` it inherits. A name that begins with a theme's (`@use "broadside/main"`) reads that theme's file.

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::source::Source;
use crate::theme::chain::Link;
use crate::value::path::SitePath;

/// Without the feature `sass`, a theme must come with CSS.
#[cfg(not(feature = "sass"))]
pub(in crate::theme) fn compile(
    _chain: &[Link],
    _link: &Link,
    path: &SitePath,
    source: &Source,
) -> Result<String, Box<Diagnostic>> {
    Err(Box::new(
        Diagnostic::error("no-sass", format!("{path} is Sass, which this Letterpress was built without"))
            .at(source, 0..0)
            .hint("build it with the feature: cargo install letterpress --features sass; or use a theme with CSS"),
    ))
}

#[cfg(feature = "sass")]
pub(in crate::theme) use with_grass::compile;

#[cfg(feature = "sass")]
mod with_grass {
    use std::io;
    use std::path::Path;
    use std::path::PathBuf;

    use super::Diagnostic;
    use super::Link;
    use super::SitePath;
    use super::Source;
    use crate::diagnostic::source::Position;
    use crate::theme::chain;

    /// The folder under which names are looked up in the nearest theme that has them. No theme's folder can be called so.
    const NEAREST: &str = "<nearest>";

    /// Compiles `path` (below the theme's folder) of the theme `link` to CSS.
    pub(in crate::theme) fn compile(
        chain: &[Link],
        link: &Link,
        path: &SitePath,
        source: &Source,
    ) -> Result<String, Box<Diagnostic>> {
        let themes = Themes { chain };
        let name = path.below("styles").unwrap_or(path.as_str());
        let options = grass::Options::default().fs(&themes).load_path(NEAREST).load_path("").quiet(true);
        grass::from_path(identity(&link.id, name), &options).map_err(|error| themes.mistake(*error, source))
    }

    /// The files that Sass sees. Each has one identity, `<nearest>/<folder>/=<theme>=<file>`: names asked for beside it are below `<nearest>` again, and
    /// no such name can be mistaken for an identity, as one asks for `tokens`, never for `=broadside=_tokens.scss`.
    #[derive(Debug)]
    struct Themes<'a> {
        chain: &'a [Link],
    }

    fn identity(theme: &str, name: &str) -> PathBuf {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        Path::new(NEAREST).join(folder).join(format!("={theme}={file}"))
    }

    impl<'a> Themes<'a> {
        /// The theme and the path below its folder that a name stands for.
        fn find(&self, asked: &Path) -> Option<(&'a Link, SitePath)> {
            let asked = SitePath::from_relative(asked).ok()?;
            let (first, rest) = asked.as_str().split_once('/')?;
            if first != NEAREST {
                // A theme's name: its own file, or the one that it inherits.
                let at = self.chain.iter().position(|link| link.id == first)?;
                return nearest(&self.chain[at..], rest);
            }
            let path = SitePath::parse(rest).ok()?;
            match path.file_name().strip_prefix('=').and_then(|name| name.split_once('=')) {
                Some((theme, file)) => {
                    let at = self.chain.iter().position(|link| link.id == theme)?;
                    nearest(&self.chain[at..=at], &format!("{}/{file}", path.folder()))
                }
                None => nearest(self.chain, rest),
            }
        }

        fn mistake(&self, error: grass::Error, main: &Source) -> Box<Diagnostic> {
            let located = match error.kind() {
                grass::ErrorKind::ParseError { message, loc, .. } => Ok((message, loc)),
                grass::ErrorKind::IoError(error) => Err(error.to_string()),
                grass::ErrorKind::FromUtf8Error(_) => Err("a file is not UTF-8".to_owned()),
                _ => Err("Sass failed".to_owned()),
            };
            let (message, loc) = match located {
                Ok(located) => located,
                Err(message) => return Box::new(Diagnostic::error("sass-error", message).at(main, 0..0)),
            };
            let found = self.find(Path::new(loc.file.name()));
            let source = found.and_then(|(link, path)| chain::text_of(link.files.get(path.as_str())?).ok());
            let source = source.as_ref().unwrap_or(main);
            let at = |line: usize, column: usize| source.offset(Position { line: line + 1, column: column + 1 });
            let start = at(loc.begin.line, loc.begin.column);
            let end = at(loc.end.line, loc.end.column).max(start);
            let message = message.trim_end_matches('.');
            let message = crate::theme::mistakes::lower(message.strip_prefix("Error: ").unwrap_or(message));
            let is_import = message.contains("find stylesheet");
            let diagnostic = Diagnostic::error("sass-error", message).at(source, start..end);
            Box::new(if is_import { diagnostic.hint(self.stylesheets()) } else { diagnostic })
        }

        fn stylesheets(&self) -> String {
            let mut names: Vec<&str> = self
                .chain
                .iter()
                .flat_map(|link| link.files.below("styles"))
                .filter_map(|file| file.path.below("styles"))
                .collect();
            names.sort_unstable();
            names.dedup();
            format!("in styles/: {}", names.join(", "))
        }
    }

    fn nearest<'a>(chain: &'a [Link], name: &str) -> Option<(&'a Link, SitePath)> {
        let path = SitePath::resolve("styles", name.trim_start_matches('/')).ok()?;
        path.below("styles")?;
        let link = chain.iter().find(|link| link.files.get(path.as_str()).is_some())?;
        Some((link, path))
    }

    impl grass::Fs for Themes<'_> {
        fn is_dir(&self, path: &Path) -> bool {
            let Ok(path) = SitePath::from_relative(path) else { return false };
            let Some((first, rest)) = path.as_str().split_once('/') else { return false };
            let Ok(folder) = SitePath::resolve("styles", rest) else { return false };
            let themes = self.chain.iter().filter(|link| first == NEAREST || first == link.id);
            themes.into_iter().any(|link| link.files.below(folder.as_str()).next().is_some())
        }

        fn is_file(&self, path: &Path) -> bool {
            self.find(path).is_some()
        }

        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            let missing = || io::Error::new(io::ErrorKind::NotFound, format!("there is no {}", path.display()));
            let (link, found) = self.find(path).ok_or_else(missing)?;
            let file = link.files.get(found.as_str()).ok_or_else(missing)?;
            let bytes = file.bytes().map_err(|error| io::Error::other(error.to_string()))?;
            Ok(bytes.into_owned())
        }

        fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
            Ok(match self.find(path) {
                Some((link, found)) => identity(&link.id, found.below("styles").unwrap_or(found.as_str())),
                None => path.to_path_buf(),
            })
        }
    }
}
