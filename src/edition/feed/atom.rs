//! Atom (RFC 4287).

use crate::edition::feed::GENERATOR;
use crate::edition::feed::media;
use crate::edition::feed::model::Entry;
use crate::edition::feed::model::Feed;
use crate::edition::feed::model::Person;
use crate::edition::feed::time;
use crate::edition::feed::xml::Xml;

/// The feed as an Atom document. Texts are plain, contents HTML. A feed that nobody signs is by its title, because every entry
/// must have an author (§4.1.1); one without entries was updated at the epoch, because every feed must say when (§4.1.1).
/// Lead images are `media:content` (Media RSS), recordings links of the relation `enclosure` (§4.2.7.2).
#[must_use]
pub fn render(feed: &Feed) -> Vec<u8> {
    let mut xml = Xml::new();
    let mut attributes = vec![("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", feed.language.as_str())];
    if feed.entries.iter().any(|entry| entry.image.is_some()) {
        attributes.push(media::NAMESPACE);
    }
    xml.open("feed", &attributes);
    xml.text("id", &feed.id);
    xml.text("title", &feed.title);
    xml.text_if_any("subtitle", &feed.description);
    let updated = feed.updated().map_or_else(|| time::NEVER.to_owned(), time::rfc3339);
    xml.text("updated", &updated);
    xml.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", &feed.self_url)]);
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &feed.home_url)]);
    for author in &feed.authors {
        person(&mut xml, author);
    }
    let unsigned = feed.entries.is_empty() || feed.entries.iter().any(|entry| entry.authors.is_empty());
    if feed.authors.is_empty() && unsigned {
        person(&mut xml, &Person { name: feed.title.clone(), url: Some(feed.home_url.clone()), avatar: None });
    }
    if let Some(icon) = &feed.icon {
        xml.text("icon", icon);
    }
    if let Some(copyright) = &feed.copyright {
        xml.text("rights", copyright);
    }
    xml.text("generator", GENERATOR);
    for post in &feed.entries {
        entry(&mut xml, feed, post);
    }
    xml.close("feed");
    xml.finish()
}

fn entry(xml: &mut Xml, feed: &Feed, entry: &Entry) {
    match entry.foreign_language(feed) {
        Some(language) => xml.open("entry", &[("xml:lang", language.as_str())]),
        None => xml.open("entry", &[]),
    }
    xml.text("id", &entry.id);
    xml.text("title", &entry.title);
    xml.text("published", &time::rfc3339(&entry.published));
    xml.text("updated", &time::rfc3339(entry.changed()));
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &entry.url)]);
    if let Some(audio) = &entry.audio {
        let size = audio.size.map(|size| size.to_string());
        let mut attributes = vec![("rel", "enclosure"), ("type", audio.mime.as_str()), ("href", audio.url.as_str())];
        attributes.extend(size.as_deref().map(|size| ("length", size)));
        xml.empty("link", &attributes);
    }
    for author in &entry.authors {
        person(xml, author);
    }
    for category in &entry.categories {
        xml.empty("category", &[("term", category)]);
    }
    xml.text_if_any("summary", &entry.summary);
    if let Some(content) = &entry.content {
        xml.text_with("content", &[("type", "html")], content);
    }
    if let Some(image) = &entry.image {
        media::image(xml, image);
    }
    xml.close("entry");
}

fn person(xml: &mut Xml, person: &Person) {
    xml.open("author", &[]);
    xml.text("name", &person.name);
    if let Some(url) = &person.url {
        xml.text("uri", url);
    }
    xml.close("author");
}
