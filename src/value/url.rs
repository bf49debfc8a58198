//! The site's base URL and the permalinks below it. This file and the library's permalinks are the only places that join URLs.

use std::fmt;
use std::sync::Arc;

use percent_encoding::AsciiSet;
use percent_encoding::CONTROLS;

/// What is percent-encoded in a path: everything that RFC 3986 §3.3 does not allow in a segment.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'\\')
    .add(b'^')
    .add(b'[')
    .add(b']')
    .add(b'|');

/// The address below which the site will live: `https://example.com/` or `https://example.com/blog/`.
#[derive(Clone, PartialEq, Eq)]
pub struct SiteUrl {
    /// Scheme and authority: `https://example.com`.
    origin: Arc<str>,
    /// Path with a slash at both ends: `/` or `/blog/`.
    root: Arc<str>,
}

/// Why a text is no base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteUrlError {
    /// Not an absolute URL.
    NotAbsolute,
    /// Another scheme than `http` or `https`.
    Scheme,
    /// A user name, a query or a fragment.
    Extra,
}

impl SiteUrl {
    /// Reads a base URL; a missing slash at the end is added, the host is lower-cased and put into A-labels.
    ///
    /// # Errors
    /// A [`SiteUrlError`] where it is no absolute `http` or `https` URL without user, query and fragment.
    pub fn parse(text: &str) -> Result<Self, SiteUrlError> {
        let url = url::Url::parse(text).map_err(|_| SiteUrlError::NotAbsolute)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(SiteUrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(SiteUrlError::Extra);
        }
        let mut root = url.path().to_owned();
        if !root.ends_with('/') {
            root.push('/');
        }
        Ok(Self { origin: url.origin().ascii_serialization().into(), root: root.into() })
    }

    /// Scheme and authority, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The path of the site's home, with a slash at both ends.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// The same path at the host of another.
    #[must_use]
    pub fn at(&self, other: &Self) -> Self {
        Self { origin: Arc::clone(&other.origin), root: Arc::clone(&self.root) }
    }

    /// Joins a path below the site's root (`posts/hello/`, `""` for the home) to a permalink; what may not stand in a path is percent-encoded.
    #[must_use]
    pub fn join(&self, below: &str) -> Permalink {
        let below = below.trim_start_matches('/');
        let mut full = String::with_capacity(self.origin.len() + self.root.len() + below.len());
        full.push_str(&self.origin);
        full.push_str(&self.root);
        full.extend(percent_encoding::utf8_percent_encode(below, SEGMENT));
        Permalink { full: full.into(), origin: self.origin.len(), root: self.origin.len() + self.root.len() }
    }
}

impl fmt::Display for SiteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.root)
    }
}

impl fmt::Debug for SiteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The address of one page of the site, percent-encoded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permalink {
    full: Arc<str>,
    origin: usize,
    root: usize,
}

impl Permalink {
    /// The absolute URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.full
    }

    /// From the host's root, as links on pages say it: `/blog/posts/hello/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.full[self.origin..]
    }

    /// From the site's root, without a leading slash and still percent-encoded: `posts/hello/`.
    #[must_use]
    pub fn below_root(&self) -> &str {
        &self.full[self.root..]
    }

    /// The file below the output folder that answers for it, decoded: `posts/hello/index.html`.
    #[must_use]
    pub fn file(&self) -> String {
        let mut file = percent_encoding::percent_decode_str(self.below_root()).decode_utf8_lossy().into_owned();
        if file.is_empty() || file.ends_with('/') {
            file.push_str("index.html");
        }
        file
    }
}

impl fmt::Display for Permalink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full)
    }
}

impl fmt::Debug for Permalink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full)
    }
}

impl fmt::Display for SiteUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "not an absolute URL",
            Self::Scheme => "neither http nor https",
            Self::Extra => "a user name, a query or a fragment does not belong here",
        })
    }
}

impl std::error::Error for SiteUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_below_a_path() {
        let base = SiteUrl::parse("https://Example.com/blog").unwrap();
        let link = base.join("posts/日本/a b/");
        assert_eq!(link.url(), "https://example.com/blog/posts/%E6%97%A5%E6%9C%AC/a%20b/");
        assert_eq!(link.path(), "/blog/posts/%E6%97%A5%E6%9C%AC/a%20b/");
        assert_eq!(link.file(), "posts/日本/a b/index.html");
        assert_eq!(base.join("").file(), "index.html");
        assert_eq!(base.join("feed.xml").file(), "feed.xml");
        assert_eq!(SiteUrl::parse("example.com"), Err(SiteUrlError::NotAbsolute));
        assert_eq!(SiteUrl::parse("ftp://example.com"), Err(SiteUrlError::Scheme));
        assert_eq!(SiteUrl::parse("https://e.com/?q"), Err(SiteUrlError::Extra));
    }
}
