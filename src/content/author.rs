//! The front matter of an author's profile.

use std::ops::Range;

use crate::diagnostic::node::Located;
use crate::diagnostic::node::Node;

/// What stands between the fences of `content/authors/<id>.md`.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Bytes of the file: what stands between the fences.
    pub span: Range<usize>,
    /// The name; empty only where it is missing, which was reported.
    pub name: Located<String>,
    /// What they do.
    pub role: Option<Located<String>>,
    /// The file beside the profile, `/…` from `content/`, or an address.
    pub photo: Option<Located<String>>,
    /// Where else they are.
    pub links: Vec<ProfileLink>,
    /// Whatever the theme wants, as written.
    pub extra: Option<Node>,
}

/// One of `links = [{ label, url }]`.
#[derive(Clone, Debug)]
pub struct ProfileLink {
    /// What to call it.
    pub label: Located<String>,
    /// An `http`, `https` or `mailto` address, or a path beginning with `/`.
    pub url: Located<String>,
}
