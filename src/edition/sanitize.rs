//! Raw HTML made harmless for editions that leave the site.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;
use ammonia::Url;
use ammonia::UrlRelative;
use ammonia::UrlRelativeEvaluate;

/// Tags that our own renderer writes and ammonia does not know as harmless.
const TAGS: [&str; 6] = ["section", "figure", "figcaption", "input", "aside", "mark"];

/// For texts that stay where their links work.
static BUILDER: LazyLock<Builder<'static>> = LazyLock::new(|| builder(UrlRelative::PassThrough));

fn builder(relative: UrlRelative<'_>) -> Builder<'_> {
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
        .url_relative(relative)
        .link_rel(None);
    // The boxes of mails.
    builder.add_tag_attributes("table", ["width", "cellpadding", "cellspacing", "border"]);
    for tag in ["code", "pre", "aside", "p", "li", "sup", "a", "section", "div", "span", "table"] {
        builder.add_tag_attributes(tag, ["class"]);
    }
    builder
}

/// A fragment of HTML without scripts, forms, frames, event handlers and addresses of dangerous schemes; unclosed tags are closed. With the address `base`
/// of its page relative addresses become absolute, but for those of the page's own parts.
#[must_use]
pub(in crate::edition) fn clean(html: &str, base: Option<&str>) -> String {
    let Some(base) = base.and_then(|base| Url::parse(base).ok()) else { return BUILDER.clean(html).to_string() };
    builder(UrlRelative::Custom(Box::new(Page(base)))).clean(html).to_string()
}

/// The address against which relative ones are read.
struct Page(Url);

impl UrlRelativeEvaluate<'_> for Page {
    fn evaluate<'u>(&self, written: &'u str) -> Option<Cow<'u, str>> {
        Some(match self.0.join(written) {
            Ok(url) if !written.starts_with('#') => Cow::Owned(url.into()),
            _ => Cow::Borrowed(written),
        })
    }
}
