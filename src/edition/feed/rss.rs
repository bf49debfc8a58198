//! RSS 2.0 with the modules that readers know: full content, Dublin Core for names and languages, Media RSS, and Atom for the feed's own address.
//!
//! Source: the RSS 2.0.11 specification, and the RSS Advisory Board's best-practices profile for what it leaves open.

use jiff::Zoned;

use crate::edition::feed::GENERATOR;
use crate::edition::feed::media;
use crate::edition::feed::model::Enclosure;
use crate::edition::feed::model::Entry;
use crate::edition::feed::model::Feed;
use crate::edition::feed::model::Person;
use crate::edition::feed::time;
use crate::edition::feed::xml;
use crate::edition::feed::xml::Xml;

/// The namespaces of what every RSS feed says.
const NAMESPACES: [(&str, &str); 3] = [
    ("xmlns:atom", "http://www.w3.org/2005/Atom"),
    ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
];

/// The feed as an RSS document. Names are `dc:creator`, never `author`, which must be an e-mail address; an entry's guid is its id, not its
/// address; `lastBuildDate` is the latest change of an entry, and absent without entries.
#[must_use]
pub fn render(feed: &Feed) -> Vec<u8> {
    let mut xml = Xml::new();
    open(&mut xml, feed, feed.updated(), &[media::NAMESPACE]);
    if let Some(icon) = &feed.icon {
        // Title and link of the image are those of the channel, as the specification wants them.
        xml.open("image", &[]);
        xml.text("url", icon);
        xml.text("title", &feed.title);
        xml.text("link", &feed.home_url);
        xml.close("image");
    }
    for entry in &feed.entries {
        xml.open("item", &[]);
        item(&mut xml, feed, entry);
        if let Some(image) = &entry.image {
            media::image(&mut xml, image);
        }
        xml.close("item");
    }
    close(&mut xml);
    xml.finish()
}

/// Begins the document and its channel with what every RSS feed says of itself; `updated` is the latest change of what is in it, `more` are
/// further namespaces.
pub(super) fn open(xml: &mut Xml, feed: &Feed, updated: Option<&Zoned>, more: &[(&str, &str)]) {
    let mut attributes = vec![("version", "2.0")];
    attributes.extend(NAMESPACES);
    attributes.extend(more);
    xml.open("rss", &attributes);
    xml.open("channel", &[]);
    xml.text("title", &feed.title);
    xml.text("link", &feed.home_url);
    // A channel must have a description, and validators refuse an empty one.
    xml.text("description", if feed.description.is_empty() { &feed.title } else { &feed.description });
    xml.text("language", feed.language.as_str());
    if let Some(copyright) = &feed.copyright {
        xml.text("copyright", copyright);
    }
    if let Some(updated) = updated {
        xml.text("lastBuildDate", &time::rfc822(updated));
    }
    xml.text("generator", GENERATOR);
    xml.empty("atom:link", &[("rel", "self"), ("type", "application/rss+xml"), ("href", &feed.self_url)]);
}

/// Ends the channel and the document.
pub(super) fn close(xml: &mut Xml) {
    xml.close("channel");
    xml.close("rss");
}

/// What every RSS feed says of an entry, its recording included.
pub(super) fn item(xml: &mut Xml, feed: &Feed, entry: &Entry) {
    xml.text("title", &entry.title);
    xml.text("link", &entry.url);
    xml.text_with("guid", &[("isPermaLink", "false")], &entry.id);
    xml.text("pubDate", &time::rfc822(&entry.published));
    if let Some(updated) = &entry.updated {
        xml.text("atom:updated", &time::rfc3339(updated));
    }
    for Person { name, .. } in authors(feed, entry) {
        xml.text("dc:creator", name);
    }
    if let Some(language) = entry.foreign_language(feed) {
        xml.text("dc:language", language.as_str());
    }
    for category in &entry.categories {
        xml.text("category", category);
    }
    // An item's description is read as HTML.
    xml.text_if_any("description", &xml::as_html(&entry.summary));
    if let Some(content) = &entry.content {
        xml.text("content:encoded", content);
    }
    if let Some(Enclosure { url, mime, size, .. }) = &entry.audio {
        // The length is required; the profile says 0 where it is not known.
        let length = size.unwrap_or(0).to_string();
        xml.empty("enclosure", &[("url", url), ("length", &length), ("type", mime)]);
    }
}

/// Who wrote an entry: its own authors, else the feed's.
pub(super) fn authors<'a>(feed: &'a Feed, entry: &'a Entry) -> &'a [Person] {
    if entry.authors.is_empty() { &feed.authors } else { &entry.authors }
}
