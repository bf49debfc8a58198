//! Looks through finished HTML: ids, links, and images without alternative text.

use std::cell::RefCell;
use std::collections::BTreeSet;

use lol_html::HtmlRewriter;
use lol_html::Settings;
use lol_html::element;
use percent_encoding::percent_decode_str;

/// What was found in one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Every `id`, and every `name` of an `a`.
    pub ids: BTreeSet<String>,
    /// Every address that the page names, as written: links, images and their variants, scripts, styles, recordings.
    pub links: BTreeSet<String>,
    /// `src` of the images that have no `alt` attribute at all.
    pub images_without_alt: BTreeSet<String>,
}

/// A file of the output that a link names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Decoded, below the output folder, without a leading slash; a folder ends in `/` or is empty.
    pub path: String,
    /// Decoded; `None` without one.
    pub fragment: Option<String>,
}

/// Looks through a page.
#[must_use]
pub fn look(html: &[u8]) -> Found {
    let found = RefCell::new(Found::default());
    let link = |value: Option<String>| {
        if let Some(value) = value {
            found.borrow_mut().links.insert(decoded_entities(&value));
        }
    };
    let handlers = vec![
        element!("[id]", |el| {
            found.borrow_mut().ids.extend(el.get_attribute("id"));
            Ok(())
        }),
        element!("a[name]", |el| {
            found.borrow_mut().ids.extend(el.get_attribute("name"));
            Ok(())
        }),
        element!("a[href], link[href], area[href]", |el| {
            // A preconnect or a feed of another site is no link of the text.
            if el.get_attribute("rel").is_none_or(|rel| rel != "preconnect" && rel != "dns-prefetch") {
                link(el.get_attribute("href"));
            }
            Ok(())
        }),
        element!("img[src], script[src], audio[src], video[src], source[src], iframe[src]", |el| {
            link(el.get_attribute("src"));
            Ok(())
        }),
        element!("video[poster]", |el| {
            link(el.get_attribute("poster"));
            Ok(())
        }),
        element!("[srcset]", |el| {
            for candidate in el.get_attribute("srcset").unwrap_or_default().split(", ") {
                link(candidate.split_whitespace().next().map(str::to_owned));
            }
            Ok(())
        }),
        element!("img:not([alt])", |el| {
            found.borrow_mut().images_without_alt.extend(el.get_attribute("src"));
            Ok(())
        }),
    ];
    let settings = handlers.into_iter().fold(Settings::new(), Settings::append_element_content_handler);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // A page that stops the parser has shown what it has up to there.
    let _ = rewriter.write(html).and_then(|()| rewriter.end());
    found.into_inner()
}

/// The few entities that stand in addresses.
pub(in crate::output) fn decoded_entities(value: &str) -> String {
    value
        .replace("&amp;", "&")
        .replace("&#38;", "&")
        .replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
}

/// The file that a link on the page `page` (its path below the output folder) names; `None` for links out of the site and for what is no address.
#[must_use]
pub fn resolve(page: &str, link: &str, origin: &str, root: &str) -> Option<Target> {
    let base = url::Url::parse(&format!("{origin}{root}{page}")).ok()?;
    let url = base.join(link).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.origin().ascii_serialization() != origin {
        return None;
    }
    let path = percent_decode_str(url.path()).decode_utf8_lossy().into_owned();
    let below = path.strip_prefix(root).map(str::to_owned);
    // Another application may live beside a site that has a path of its own.
    let path = if root == "/" { path.trim_start_matches('/').to_owned() } else { below? };
    let fragment = url.fragment().filter(|fragment| !fragment.is_empty());
    Some(Target { path, fragment: fragment.map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_and_resolves() {
        let html = br##"<a href="../b/?x=1&amp;y=2#c" id=here>x</a><img src="/p.jpg" srcset="/p-1.jpg 1w, /p-2.jpg 2w"><img alt="" src=q.png>"##;
        let found = look(html);
        assert!(found.ids.contains("here"));
        assert_eq!(found.images_without_alt.iter().collect::<Vec<_>>(), ["/p.jpg"]);
        for link in ["../b/?x=1&y=2#c", "/p.jpg", "/p-1.jpg", "/p-2.jpg", "q.png"] {
            assert!(found.links.contains(link), "{link} {:?}", found.links);
        }
        let to = |link| resolve("a/index.html", link, "https://x.example", "/");
        assert_eq!(to("../b/?x=1#c%20d"), Some(Target { path: "b/".into(), fragment: Some("c d".into()) }));
        assert_eq!(to("https://y.example/"), None);
        assert_eq!(to("mailto:a@b.example"), None);
        assert_eq!(resolve("a.html", "/other/", "https://x.example", "/blog/"), None);
    }
}
