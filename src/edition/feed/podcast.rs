//! A podcast: RSS 2.0 with the tags of Apple Podcasts (`itunes`) and of the Podcasting 2.0 namespace (`podcast`).
//!
//! Source: Apple's "A Podcaster's Guide to RSS" and github.com/Podcastindex-org/podcast-namespace.

use uuid::Uuid;

use crate::edition::feed::model;
use crate::edition::feed::model::Entry;
use crate::edition::feed::model::Feed;
use crate::edition::feed::rss;
use crate::edition::feed::xml::Xml;
use crate::value::address::EmailAddress;

const NAMESPACES: [(&str, &str); 2] = [
    ("xmlns:itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("xmlns:podcast", "https://podcastindex.org/namespace/1.0"),
];

/// What a podcast says of itself beyond its feed.
#[derive(Clone, Debug)]
pub struct Show {
    /// Who makes it.
    pub author: String,
    /// The owner's address, to which directories write to verify ownership. Public in the feed.
    pub email: Option<EmailAddress>,
    /// Apple's category: `Arts`, or with its subcategory `Arts > Books`.
    pub category: Option<String>,
    /// Whether it has explicit language.
    pub explicit: bool,
    /// The cover: square, JPEG or PNG, 1400 to 3000 pixels.
    pub image: Option<String>,
    /// What directories know the show by for ever; made from the feed's address where the site says nothing.
    pub guid: Option<String>,
    /// Whether other hosts shall refuse to take the podcast over (`podcast:locked`).
    pub locked: bool,
}

/// The namespace of podcast guids, as the Podcasting 2.0 specification fixes it.
const GUID_NAMESPACE: Uuid = uuid::uuid!("ead4c236-bf58-58c6-a2c6-a6b28d128cb6");

/// `podcast:guid`: UUID version 5 of the feed's address without scheme and without slashes at its end.
fn guid(url: &str) -> String {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/');
    Uuid::new_v5(&GUID_NAMESPACE, bare.as_bytes()).to_string()
}

/// The feed as a podcast: the entries that have a recording are its episodes.
#[must_use]
pub fn render(feed: &Feed, show: &Show) -> Vec<u8> {
    let mut xml = Xml::new();
    let episodes = || feed.entries.iter().filter(|entry| entry.audio.is_some());
    rss::open(&mut xml, feed, model::latest(episodes()), &NAMESPACES);
    xml.text("itunes:author", &show.author);
    xml.text_if_any("itunes:summary", &feed.description);
    xml.text("itunes:type", "episodic");
    xml.text("itunes:explicit", truth(show.explicit));
    if let Some(image) = &show.image {
        xml.empty("itunes:image", &[("href", image)]);
    }
    if let Some(category) = &show.category {
        self::category(&mut xml, category);
    }
    let email = show.email.as_ref().map(ToString::to_string);
    if let Some(email) = &email {
        xml.open("itunes:owner", &[]);
        xml.text("itunes:name", &show.author);
        xml.text("itunes:email", email);
        xml.close("itunes:owner");
    }
    xml.text("podcast:guid", &show.guid.clone().unwrap_or_else(|| guid(&feed.self_url)));
    xml.text("podcast:medium", "podcast");
    let owner: Vec<(&str, &str)> = email.iter().map(|email| ("owner", email.as_str())).collect();
    xml.text_with("podcast:locked", &owner, if show.locked { "yes" } else { "no" });
    for entry in episodes() {
        episode(&mut xml, feed, show, entry);
    }
    rss::close(&mut xml);
    xml.finish()
}

fn episode(xml: &mut Xml, feed: &Feed, show: &Show, entry: &Entry) {
    xml.open("item", &[]);
    rss::item(xml, feed, entry);
    let names: Vec<&str> = rss::authors(feed, entry).iter().map(|person| person.name.as_str()).collect();
    xml.text("itunes:author", &if names.is_empty() { show.author.clone() } else { names.join(", ") });
    xml.text_if_any("itunes:summary", &entry.summary);
    if let Some(seconds) = entry.audio.as_ref().and_then(|audio| audio.duration_seconds) {
        xml.text("itunes:duration", &seconds.to_string());
    }
    xml.text("itunes:explicit", truth(show.explicit));
    xml.text("itunes:episodeType", "full");
    if let Some(image) = &entry.image {
        xml.empty("itunes:image", &[("href", &image.url)]);
    }
    xml.close("item");
}

fn category(xml: &mut Xml, text: &str) {
    match text.split_once('>') {
        Some((outer, inner)) => {
            xml.open("itunes:category", &[("text", outer.trim())]);
            xml.empty("itunes:category", &[("text", inner.trim())]);
            xml.close("itunes:category");
        }
        None => xml.empty("itunes:category", &[("text", text.trim())]),
    }
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
