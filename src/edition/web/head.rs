//! What `{{ head }}` prints: title, description, canonical address, Open Graph, Twitter card, feeds, stylesheets, icons, JSON-LD.

use crate::edition::catalogue::Catalogue;
use crate::edition::escape;
use crate::edition::view::FeedView;
use crate::edition::web::page::Page;
use crate::theme::styles::Style;

/// The parts of every page's head that never differ, made once.
#[derive(Debug)]
pub struct Constant {
    /// The site's feeds.
    feeds: String,
    /// The link of each stylesheet, with the kinds of pages that have it; `None` for all.
    styles: Vec<(Option<Vec<String>>, String)>,
    /// Icons.
    tail: String,
    /// `og:site_name`.
    identity: String,
}

/// Makes the constant parts.
#[must_use]
pub fn constant(catalogue: &Catalogue, feeds: &[FeedView]) -> Constant {
    let (shelf, config) = (&catalogue.shelf, &catalogue.config);
    let mut announced = String::new();
    for feed in feeds {
        push_feed(&mut announced, feed);
    }
    let link = |style: &Style| {
        let mut link = String::new();
        let path = shelf.base().join(style.path.as_str());
        element(&mut link, "link", &[("rel", "stylesheet"), ("href", path.path())]);
        (style.pages.clone(), link)
    };
    let styles = catalogue.theme.styles.iter().map(link).collect();
    let mut tail = String::new();
    for (file, attributes) in [
        ("favicon.ico", [("rel", "icon"), ("sizes", "32x32")]),
        ("favicon.svg", [("rel", "icon"), ("type", "image/svg+xml")]),
        ("favicon.png", [("rel", "icon"), ("type", "image/png")]),
        ("apple-touch-icon.png", [("rel", "apple-touch-icon"), ("sizes", "180x180")]),
        ("site.webmanifest", [("rel", "manifest"), ("crossorigin", "use-credentials")]),
    ] {
        if let Some(id) = shelf.asset_at(file) {
            let mut all = attributes.to_vec();
            all.insert(1, ("href", shelf.asset(id).permalink.path()));
            element(&mut tail, "link", &all);
        }
    }
    let mut identity = String::new();
    property(&mut identity, "og:site_name", &config.title);
    Constant { feeds: announced, styles, tail, identity }
}

/// The head of one page.
#[must_use]
pub fn head(catalogue: &Catalogue, constant: &Constant, page: &Page) -> String {
    let config = &catalogue.config;
    let mut out = String::with_capacity(2048 + constant.tail.len());
    let full_title = if page.kind == "home" || page.title == config.title {
        config.title.clone()
    } else {
        format!("{} | {}", page.title, config.title)
    };
    out.push_str("<title>");
    escape::text(&full_title, &mut out);
    out.push_str("</title>\n");
    let description =
        if page.description.is_empty() && page.kind == "home" { &config.description } else { &page.description };
    if !description.is_empty() {
        element(&mut out, "meta", &[("name", "description"), ("content", description)]);
    }
    if page.hidden {
        element(&mut out, "meta", &[("name", "robots"), ("content", "noindex")]);
    } else {
        element(&mut out, "link", &[("rel", "canonical"), ("href", page.permalink.url())]);
    }
    for (rel, neighbour) in [("prev", &page.neighbours.0), ("next", &page.neighbours.1)] {
        if let Some(neighbour) = neighbour {
            element(&mut out, "link", &[("rel", rel), ("href", neighbour.path())]);
        }
    }
    open_graph(&mut out, constant, page, &full_title, description);
    for feed in &page.feeds {
        push_feed(&mut out, feed);
    }
    out.push_str(&constant.feeds);
    for (kinds, link) in &constant.styles {
        if kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| kind == page.kind)) {
            out.push_str(link);
        }
    }
    out.push_str(&constant.tail);
    element(&mut out, "meta", &[("name", "generator"), ("content", "Letterpress")]);
    if let Some(hash) = &page.issue {
        element(&mut out, "meta", &[("name", "letterpress-issue"), ("content", hash)]);
    }
    if !page.structured.is_empty() {
        out.push_str("<script type=\"application/ld+json\">");
        // A closing tag inside a string must not end the script.
        out.push_str(&page.structured.replace('<', "\\u003c"));
        out.push_str("</script>\n");
    }
    out
}

fn open_graph(out: &mut String, constant: &Constant, page: &Page, full_title: &str, description: &str) {
    let title = if page.kind == "home" { full_title } else { &page.title };
    property(out, "og:type", if page.article.is_some() { "article" } else { "website" });
    property(out, "og:title", title);
    if !description.is_empty() {
        property(out, "og:description", description);
    }
    property(out, "og:url", page.permalink.url());
    out.push_str(&constant.identity);
    // A locale of Open Graph has a territory; a language alone is none.
    if page.language.contains('-') {
        property(out, "og:locale", &page.language.replace('-', "_"));
    }
    if let Some(article) = &page.article {
        for (name, value) in [
            ("article:published_time", &article.published),
            ("article:modified_time", &article.modified),
            ("article:section", &article.section),
        ] {
            if let Some(value) = value {
                property(out, name, value);
            }
        }
        for author in &article.authors {
            property(out, "article:author", author);
        }
        for tag in &article.tags {
            property(out, "article:tag", tag);
        }
    }
    if let Some(card) = &page.card {
        property(out, "og:image", &card.url);
        if let Some((width, height)) = card.size {
            property(out, "og:image:width", &width.to_string());
            property(out, "og:image:height", &height.to_string());
        }
        if !card.alt.is_empty() {
            property(out, "og:image:alt", &card.alt);
        }
    }
    let kind = if page.card.is_some() { "summary_large_image" } else { "summary" };
    element(out, "meta", &[("name", "twitter:card"), ("content", kind)]);
    // Title, description and picture are read from Open Graph where there is no tag of their own.
}

fn push_feed(out: &mut String, feed: &FeedView) {
    element(out, "link", &[("rel", "alternate"), ("type", feed.mime), ("title", &feed.title), ("href", &feed.path)]);
}

fn property(out: &mut String, name: &str, value: &str) {
    element(out, "meta", &[("property", name), ("content", value)]);
}

/// Appends an element without content, its values escaped.
pub(in crate::edition) fn element(out: &mut String, name: &str, attributes: &[(&str, &str)]) {
    out.push('<');
    out.push_str(name);
    for (name, value) in attributes {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        escape::attribute(value, out);
        out.push('"');
    }
    out.push_str(">\n");
}
