//! JSON Feed 1.1 (jsonfeed.org/version/1.1).

use serde::Serialize;

use crate::edition::feed::model;
use crate::edition::feed::time;

/// The feed as a JSON Feed. An entry without content has its summary as plain text in its place, because every item must have one of both.
#[must_use]
pub fn render(feed: &model::Feed) -> Vec<u8> {
    let document = Document {
        version: "https://jsonfeed.org/version/1.1",
        title: &feed.title,
        home_page_url: &feed.home_url,
        feed_url: &feed.self_url,
        description: filled(&feed.description),
        icon: feed.icon.as_deref(),
        authors: authors(&feed.authors),
        language: feed.language.as_str(),
        items: feed.entries.iter().map(|entry| item(feed, entry)).collect(),
    };
    // Strings, numbers and lists of them always have a form in JSON, and a vector never refuses bytes.
    let mut bytes = serde_json::to_vec(&document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

#[derive(Serialize)]
struct Document<'a> {
    version: &'a str,
    title: &'a str,
    home_page_url: &'a str,
    feed_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author<'a>>,
    language: &'a str,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    date_published: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_modified: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<&'a str>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_in_seconds: Option<u32>,
}

fn item<'a>(feed: &model::Feed, entry: &'a model::Entry) -> Item<'a> {
    let attachment = |audio: &'a model::Enclosure| Attachment {
        url: &audio.url,
        mime_type: &audio.mime,
        size_in_bytes: audio.size,
        duration_in_seconds: audio.duration_seconds,
    };
    Item {
        id: &entry.id,
        url: &entry.url,
        title: &entry.title,
        content_html: entry.content.as_deref(),
        content_text: entry.content.is_none().then_some(&*entry.summary),
        summary: filled(&entry.summary),
        image: entry.image.as_ref().map(|image| &*image.url),
        date_published: time::rfc3339(&entry.published),
        date_modified: entry.updated.as_ref().map(time::rfc3339),
        authors: authors(&entry.authors),
        tags: &entry.categories,
        language: entry.foreign_language(feed).map(|language| language.as_str()),
        attachments: entry.audio.iter().map(attachment).collect(),
    }
}

fn authors(people: &[model::Person]) -> Vec<Author<'_>> {
    people.iter().map(author).collect()
}

fn author(person: &model::Person) -> Author<'_> {
    Author { name: &person.name, url: person.url.as_deref(), avatar: person.avatar.as_deref() }
}

fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
