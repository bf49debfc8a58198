//! Finished HTML made fit to leave the site: every address absolute, nothing that only our own pages understand.

use lol_html::RewriteStrSettings;
use lol_html::element;
use lol_html::html_content::Element;
use lol_html::rewrite_str;
use url::Url;

use crate::value::url::Permalink;

/// Attributes that hold one address.
const ADDRESSES: [&str; 4] = ["href", "src", "poster", "cite"];

/// Attributes of pictures that a feed reader has no use for: it shows one file, when and how it likes.
const OF_PAGES: [&str; 6] = ["srcset", "sizes", "style", "loading", "decoding", "fetchpriority"];

/// The fragment `html` of the page at `own` with every address absolute, also those to places in the page itself; a `<picture>` keeps its fallback alone.
/// What cannot be parsed stays as it is.
#[must_use]
pub fn absolute(html: &str, own: &Permalink) -> String {
    let Ok(base) = Url::parse(own.url()) else { return html.to_owned() };
    let handlers = vec![
        element!("picture > source", |el| {
            el.remove();
            Ok(())
        }),
        element!("img", |el| {
            for name in OF_PAGES {
                el.remove_attribute(name);
            }
            Ok(())
        }),
        element!("[href], [src], [poster], [cite]", |el| Ok(resolve(el, &base)?)),
    ];
    let settings =
        handlers.into_iter().fold(RewriteStrSettings::new(), RewriteStrSettings::append_element_content_handler);
    rewrite_str(html, settings).unwrap_or_else(|_| html.to_owned())
}

fn resolve(element: &mut Element<'_, '_>, base: &Url) -> Result<(), lol_html::errors::AttributeNameError> {
    for name in ADDRESSES {
        let Some(written) = element.get_attribute(name) else { continue };
        // Entities in the source are kept by the rewriter: of those, only `&amp;` stands in addresses that we write.
        let address = written.replace("&amp;", "&").replace("&#38;", "&");
        if Url::parse(&address).is_err()
            && let Ok(full) = base.join(&address)
        {
            element.set_attribute(name, &full.as_str().replace('&', "&amp;"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::url::SiteUrl;

    #[test]
    fn nothing_relative_is_left() {
        let own = SiteUrl::parse("https://e.com/blog/").unwrap().join("posts/x/");
        let html = "<a href=\"#fn-1\">1</a> <a href=\"../y/?a=1&amp;b=2\">y</a> <a href=\"mailto:a@b.cd\">m</a> <picture><source srcset=\"/a.webp\">\
                    <img src=\"/a.jpg\" srcset=\"/a.jpg 1w\" sizes=\"1px\" alt=\"A\"></picture>";
        assert_eq!(
            absolute(html, &own),
            "<a href=\"https://e.com/blog/posts/x/#fn-1\">1</a> <a href=\"https://e.com/blog/posts/y/?a=1&amp;b=2\">y</a> \
             <a href=\"mailto:a@b.cd\">m</a> <picture><img src=\"https://e.com/a.jpg\" alt=\"A\"></picture>"
        );
    }
}
