//! The front matter of an author's profile.

use std::cell::RefCell;
use std::ops::Range;

use serde::Deserialize;
use serde::Serialize;

use crate::content::checks;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Located;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::diagnostic::source::Source;

/// What stands between the fences of `content/authors/<id>.md`.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    #[serde(with = "crate::content::stored::node")]
    pub extra: Option<Node>,
}

/// One of `links = [{ label, url }]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProfileLink {
    /// What to call it.
    pub label: Located<String>,
    /// An `http`, `https` or `mailto` address, or a path beginning with `/`.
    pub url: Located<String>,
}

/// Reads what stands between the fences of a profile; everything wrong is reported, and what is right is returned.
pub(in crate::content) fn read(
    source: &Source,
    fenced: bool,
    node: Node,
    unknown: Severity,
    report: &RefCell<Report>,
) -> Profile {
    let span = node.span.clone();
    let start = span.start..span.start;
    let mut fields = Fields::new(source, report, "the profile", node);
    let name = if fenced {
        checks::required(&mut fields, "name", "add name = \"…\"")
    } else {
        let diagnostic = Diagnostic::error("missing-front-matter", "this profile has no front matter, and so no name");
        let hint = "begin it with three lines: +++, then name = \"…\", then +++";
        fields.push(diagnostic.at(source, start.clone()).hint(hint));
        Located { value: String::new(), span: start }
    };
    let profile = Profile {
        name,
        role: checks::text(&mut fields, "role"),
        photo: checks::text(&mut fields, "photo"),
        links: fields.tables("links", "a link of the profile").into_iter().filter_map(link).collect(),
        extra: checks::extra(&mut fields),
        span,
    };
    fields.finish_as(unknown, Some("keys of your own go under `extra`"));
    profile
}

fn link(mut fields: Fields<'_>) -> Option<ProfileLink> {
    let label = checks::required(&mut fields, "label", "add label = \"…\"");
    let url = checks::required(&mut fields, "url", "add url = \"https://…\"");
    let valid = ["https://", "http://", "mailto:", "/"].iter().any(|start| url.value.starts_with(start));
    if !valid && !url.value.is_empty() {
        let diagnostic = Diagnostic::error("bad-url", format!("`{}` is not an address", url.value));
        let hint = "write https://…, mailto:… or a path from the site's root such as /about/";
        fields.push(diagnostic.at(fields.source(), url.span.clone()).hint(hint));
    }
    fields.finish();
    (valid && !label.value.is_empty()).then_some(ProfileLink { label, url })
}
