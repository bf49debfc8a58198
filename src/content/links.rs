//! Everything in a body that points elsewhere, for the library to resolve.

use std::ops::Range;

use serde::Deserialize;
use serde::Serialize;

use crate::content::call::Argument;
use crate::content::call::Literal;
use crate::content::text;
use crate::content::tree::Kind;
use crate::content::tree::LinkKind;
use crate::content::tree::Tree;

/// One pointer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Names of arguments that are addresses.
const LINK_ARGUMENTS: [&str; 4] = ["href", "url", "link", "to"];
/// Names of arguments that are files.
const FILE_ARGUMENTS: [&str; 7] = ["src", "image", "poster", "photo", "audio", "video", "file"];

/// Collects what points elsewhere, in the order of the text.
#[must_use]
pub fn references(tree: &Tree<'_>) -> Vec<Reference> {
    let mut references = Vec::new();
    for node in &tree.nodes {
        let (kind, link) = match &node.kind {
            Kind::Link(link) if matches!(link.kind, LinkKind::Wikilink { .. }) => (ReferenceKind::Wikilink, link),
            Kind::Link(link) => (ReferenceKind::Link, link),
            Kind::Image(link) => (ReferenceKind::Image, link),
            Kind::Component { call, .. } => {
                if let Some(call) = tree.calls.get(*call) {
                    references.extend(call.arguments.iter().filter_map(of_argument));
                }
                continue;
            }
            _ => continue,
        };
        let dest = match link.kind {
            LinkKind::Email => format!("mailto:{}", link.dest),
            _ => link.dest.to_string(),
        };
        references.push(Reference { kind, dest, span: link.dest_span.clone() });
    }
    references
}

/// The images that say nothing to a reader who cannot see them: bytes of the file.
pub fn images_without_alt<'t>(tree: &'t Tree<'_>) -> impl Iterator<Item = Range<usize>> + 't {
    tree.nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| matches!(node.kind, Kind::Image(_)))
        .filter(|(index, _)| text::plain(tree, *index).trim().is_empty())
        .map(|(_, node)| node.span.clone())
}

/// What an argument points to; `None` where by its name it is no address, or where it is empty.
#[must_use]
pub fn of_argument(argument: &Argument) -> Option<Reference> {
    let name = &*argument.name.value;
    let kind = if LINK_ARGUMENTS.contains(&name) {
        ReferenceKind::ArgumentLink
    } else if FILE_ARGUMENTS.contains(&name) {
        ReferenceKind::ArgumentFile
    } else {
        return None;
    };
    match &argument.value.value {
        Literal::String(dest) if !dest.is_empty() => {
            Some(Reference { kind, dest: dest.clone(), span: argument.value.span.clone() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::messages::load;

    #[test]
    fn every_kind_at_its_place() {
        let text = "+++\ntitle = \"T\"\n+++\n[a](../b.md#c \"t\") ![i](<p q.jpg>) [r][x] [[wiki|text]] <https://e.com> www.e.com. a@b.cd [e](a\\_b)\n\n\
                    {{<figure src=\"f.jpg\" caption=\"none\" href=\"/x\" />}} [#](#top)\n\n[x]: /ref\n";
        let (document, report) = load("a.md", text);
        assert_eq!(report, [""; 0]);
        let found: Vec<(ReferenceKind, &str, &str)> =
            document.body.references.iter().map(|r| (r.kind, &*r.dest, &text[r.span.clone()])).collect();
        use ReferenceKind::ArgumentFile;
        use ReferenceKind::ArgumentLink;
        use ReferenceKind::Image;
        use ReferenceKind::Link;
        use ReferenceKind::Wikilink;
        assert_eq!(
            found,
            [
                (Link, "../b.md#c", "../b.md#c"),
                (Image, "p q.jpg", "p q.jpg"),
                (Link, "/ref", "/ref"),
                (Wikilink, "wiki", "wiki"),
                (Link, "https://e.com", "https://e.com"),
                (Link, "http://www.e.com", "www.e.com"),
                (Link, "mailto:a@b.cd", "a@b.cd"),
                (Link, "a_b", "[e](a\\_b)"),
                (ArgumentFile, "f.jpg", "\"f.jpg\""),
                (ArgumentLink, "/x", "\"/x\""),
                (Link, "#top", "#top"),
            ]
        );
        let first = &document.body.references[0];
        assert_eq!((first.path(), first.fragment(), first.is_external()), ("../b.md", Some("c"), false));
        assert!(document.body.references[4].is_external() && document.body.references[6].is_external());
    }

    #[test]
    fn bare_addresses() {
        let links = |body: &str| -> Vec<String> {
            let (document, _) = load("a.md", &format!("+++\ntitle = \"T\"\n+++\n{body}"));
            document.body.references.into_iter().map(|r| r.dest).collect()
        };
        assert_eq!(
            links("See https://e.com/a_b_c?x=1&y=2, (http://e.com/(x)) and \"https://e.com\"."),
            ["https://e.com/a_b_c?x=1&y=2", "http://e.com/(x)", "https://e.com"]
        );
        assert_eq!(links("https://e.com/?a=1&amp;b=2 x"), ["https://e.com/?a=1&b=2"]);
        assert_eq!(
            links("e.com file.rs foo://e.com `https://e.com` [https://e.com](/x) <a href=\"https://e.com\">"),
            ["/x"]
        );
        assert_eq!(links("見よ https://e.com/本。次"), ["https://e.com/本"]);
        assert_eq!(links("https://e.com/a--b 'https://e.com/c'"), ["https://e.com/a--b", "https://e.com/c"]);
    }
}
