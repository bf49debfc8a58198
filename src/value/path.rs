//! Paths inside a site: relative, `/`-separated, without `.` and `..`.

use std::fmt;
use std::path::Path;

/// A path below one of a site's folders, such as `posts/hello/index.md`.
///
/// Never empty, never absolute; no segment is empty, `.` or `..`; the separator is `/` on every system.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SitePath(Box<str>);

/// Why a text is no [`SitePath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// Nothing was left of it.
    Empty,
    /// A `..` would leave the folder.
    Leaves,
    /// A NUL or another control character.
    Control,
    /// The file's name is not UTF-8.
    NotUtf8,
}

impl SitePath {
    /// Reads a path as a person writes it: a leading `/`, `.` segments and doubled slashes are dropped, `..` takes back
    /// one segment.
    ///
    /// # Errors
    /// [`PathError::Leaves`] where a `..` would go above the start, [`PathError::Empty`] where nothing is left.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Self::resolve("", text)
    }

    /// Reads `text` as relative to the folder `base` (itself relative, `""` for the top); a leading `/` starts at the top.
    ///
    /// # Errors
    /// As [`SitePath::parse`].
    pub fn resolve(base: &str, text: &str) -> Result<Self, PathError> {
        if text.chars().any(char::is_control) {
            return Err(PathError::Control);
        }
        let base = if text.starts_with('/') { "" } else { base };
        let mut segments: Vec<&str> = Vec::new();
        for segment in base.split('/').chain(text.split('/')) {
            match segment {
                "" | "." => {}
                ".." => {
                    segments.pop().ok_or(PathError::Leaves)?;
                }
                other => segments.push(other),
            }
        }
        if segments.is_empty() {
            return Err(PathError::Empty);
        }
        Ok(Self(segments.join("/").into_boxed_str()))
    }

    /// Takes a relative path of the file system apart.
    ///
    /// # Errors
    /// [`PathError::NotUtf8`] for a name that is not UTF-8, else as [`SitePath::parse`].
    pub fn from_relative(path: &Path) -> Result<Self, PathError> {
        let mut text = String::new();
        for part in path.components() {
            let part = part.as_os_str().to_str().ok_or(PathError::NotUtf8)?;
            if !text.is_empty() {
                text.push('/');
            }
            text.push_str(part);
        }
        Self::parse(&text)
    }

    /// The whole path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The last segment without its extension.
    #[must_use]
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        match name.rfind('.') {
            Some(dot) if dot > 0 => &name[..dot],
            _ => name,
        }
    }

    /// What follows the last dot of the last segment, as written; `""` without one.
    #[must_use]
    pub fn extension(&self) -> &str {
        let name = self.file_name();
        match name.rfind('.') {
            Some(dot) if dot > 0 => &name[dot + 1..],
            _ => "",
        }
    }

    /// The folder: everything before the last segment, `""` at the top.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.0.rfind('/').map_or("", |slash| &self.0[..slash])
    }

    /// The part below `folder`, if it lies there.
    #[must_use]
    pub fn below(&self, folder: &str) -> Option<&str> {
        if folder.is_empty() {
            return Some(&self.0);
        }
        self.0.strip_prefix(folder)?.strip_prefix('/')
    }

    /// The path as the file system writes it.
    #[must_use]
    pub fn to_relative(&self) -> std::path::PathBuf {
        self.0.split('/').collect()
    }
}

impl fmt::Display for SitePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SitePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the path is empty",
            Self::Leaves => "the path leaves its folder by `..`",
            Self::Control => "the path has a control character in it",
            Self::NotUtf8 => "the name is not UTF-8",
        })
    }
}

impl std::error::Error for PathError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_and_refuses() {
        let p = |base, text| SitePath::resolve(base, text).map(|p| p.to_string());
        assert_eq!(p("posts/a", "../b.md"), Ok("posts/b.md".into()));
        assert_eq!(p("posts", "/x//./y"), Ok("x/y".into()));
        assert_eq!(p("", "../x"), Err(PathError::Leaves));
        assert_eq!(p("a", ".."), Err(PathError::Empty));
        assert_eq!(p("", "a\nb"), Err(PathError::Control));
        let path = SitePath::parse("a/b.tar.gz").unwrap();
        assert_eq!((path.stem(), path.extension(), path.folder()), ("b.tar", "gz", "a"));
        assert_eq!(path.below("a"), Some("b.tar.gz"));
        assert_eq!(path.below("a/b"), None);
    }
}
