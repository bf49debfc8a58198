//! Raw HTML made harmless for editions that leave the site.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;
use ammonia::Url;
use ammonia::UrlRelative;
use ammonia::UrlRelativeEvaluate;

/// Tags that our own renderer writes and ammonia does not know as harmless.
const TAGS: [&str; 5] = ["section", "figure", "figcaption", "aside", "mark"];

/// Parts of forms whose text says nothing where there is no form.
const CONTROLS: [&str; 4] = ["button", "datalist", "select", "textarea"];

/// Whether what stands between the tags of that name is nothing to be read.
#[cfg(feature = "newsletter")]
#[must_use]
pub(in crate::edition) fn is_silent(name: &str) -> bool {
    matches!(name, "script" | "style") || CONTROLS.contains(&name)
}

/// For texts that stay where their links work.
static BUILDER: LazyLock<Builder<'static>> = LazyLock::new(|| builder(UrlRelative::PassThrough));

fn builder(relative: UrlRelative<'_>) -> Builder<'_> {
    let mut builder = Builder::default();
    builder
        .add_tags(TAGS)
        .add_clean_content_tags(CONTROLS)
        .add_generic_attributes(["id", "role", "aria-label", "lang", "title", "dir"])
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
/// of its page relative addresses become absolute, but for those of the page's own parts; before that, `known` is asked where they lead.
#[must_use]
pub(in crate::edition) fn clean(html: &str, base: Option<&str>, known: Option<&Known<'_>>) -> String {
    let Some(base) = base.and_then(|base| Url::parse(base).ok()) else { return BUILDER.clean(html).to_string() };
    match known {
        // The sanitiser asks for the addresses of what it removes too, and nobody wants to be told of those.
        Some(_) => clean_at(&BUILDER.clean(html).to_string(), base, known),
        None => clean_at(html, base, None),
    }
}

fn clean_at(html: &str, base: Url, known: Option<&Known<'_>>) -> String {
    builder(UrlRelative::Custom(Box::new(Page { base, known }))).clean(html).to_string()
}

/// Where a relative address leads, if it is not to be read against that of its page.
pub(in crate::edition) type Known<'a> = dyn Fn(&str) -> Option<String> + Sync + 'a;

/// What relative addresses are read against.
struct Page<'k> {
    base: Url,
    known: Option<&'k Known<'k>>,
}

impl<'k> UrlRelativeEvaluate<'k> for Page<'k> {
    fn evaluate<'u>(&self, written: &'u str) -> Option<Cow<'u, str>> {
        if written.starts_with('#') {
            return Some(Cow::Borrowed(written));
        }
        let known = self.known.and_then(|known| known(written));
        let url = self.base.join(known.as_deref().unwrap_or(written));
        Some(url.map_or(Cow::Borrowed(written), |url| Cow::Owned(url.into())))
    }
}
