//! Everything in a body that points elsewhere, for the library to resolve.

use std::ops::Range;

/// One pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What points.
    pub kind: ReferenceKind,
    /// The destination as written, escapes resolved: `../posts/hello.md#part`, `photo.jpg`, `https://…`, `#part`; `mailto:…` for an e-mail address;
    /// for a wikilink what stands before the `|`.
    pub dest: String,
    /// Where the destination stands in the file. With `dest` it is the name by which the renderer asks for the answer.
    pub span: Range<usize>,
}

/// What points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceKind {
    /// A link.
    Link,
    /// `[[…]]`.
    Wikilink,
    /// An image of the text.
    Image,
    /// An argument of a component that by its name is an address: `href`, `url`, `link`, `to`.
    ArgumentLink,
    /// An argument of a component that by its name is a file: `src`, `image`, `poster`, `photo`, `audio`, `video`, `file`.
    ArgumentFile,
}

impl Reference {
    /// What stands before `#` (and the query stays in it); empty where it points into its own page.
    #[must_use]
    pub fn path(&self) -> &str {
        self.dest.split_once('#').map_or(&*self.dest, |(path, _)| path)
    }

    /// What follows the first `#`; `None` without one.
    #[must_use]
    pub fn fragment(&self) -> Option<&str> {
        self.dest.split_once('#').map(|(_, fragment)| fragment)
    }

    /// Whether it has a scheme (`https:`, `mailto:`, `tel:`) or begins with `//`: then it leads out of the site, or names it from outside.
    #[must_use]
    pub fn is_external(&self) -> bool {
        has_scheme(&self.dest)
    }
}

/// Whether `dest` begins with a scheme (RFC 3986 §3.1, two letters or more, so that `C:` is none) or with `//`.
#[must_use]
pub fn has_scheme(dest: &str) -> bool {
    if dest.starts_with("//") {
        return true;
    }
    let Some((scheme, _)) = dest.split_once(':') else { return false };
    scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}
