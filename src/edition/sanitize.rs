//! Raw HTML made harmless for editions that leave the site.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;

/// Tags that our own renderer writes and ammonia does not know as harmless.
const TAGS: [&str; 6] = ["section", "figure", "figcaption", "input", "aside", "mark"];

static BUILDER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .add_tags(TAGS)
        .add_generic_attributes(["id", "role", "aria-label", "lang", "title", "dir"])
        .add_tag_attributes("input", ["disabled", "checked"])
        .add_tag_attribute_values("input", "type", ["checkbox"])
        .add_tag_attributes("th", ["style", "scope"])
        .add_tag_attributes("td", ["style"])
        .add_tag_attributes("ol", ["start"])
        .filter_style_properties(HashSet::from(["text-align"]))
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(None);
    for tag in ["code", "pre", "aside", "p", "li", "sup", "a", "section", "div", "span"] {
        builder.add_tag_attributes(tag, ["class"]);
    }
    builder
});

/// A fragment of HTML without scripts, forms, frames, event handlers and addresses of dangerous schemes; unclosed tags are closed.
#[must_use]
pub(in crate::edition) fn clean(html: &str) -> String {
    BUILDER.clean(html).to_string()
}
