//! What a feed says, whatever its format. All URLs are absolute and percent-encoded; all texts but [`Entry::content`] are plain.

use jiff::Zoned;

use crate::value::language::Language;

/// A feed.
#[derive(Clone, Debug)]
pub struct Feed {
    /// What the feed is known by for ever: an IRI (RFC 4287 §4.2.6). Usually the address of the page that it is of.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is about; may be empty.
    pub description: String,
    /// The page that it is of.
    pub home_url: String,
    /// The address of this very file.
    pub self_url: String,
    /// The language of everything in it that does not say otherwise.
    pub language: Language,
    /// Who writes it; entries without authors of their own are by them.
    pub authors: Vec<Person>,
    /// A square picture.
    pub icon: Option<String>,
    /// Who holds the rights.
    pub copyright: Option<String>,
    /// The entries in the order in which readers list them, usually newest first.
    pub entries: Vec<Entry>,
}

impl Feed {
    /// When the feed last changed: the latest moment of its entries. `None` without entries.
    #[must_use]
    pub fn updated(&self) -> Option<&Zoned> {
        latest(self.entries.iter())
    }
}

/// The latest change of these entries.
pub(in crate::edition::feed) fn latest<'a>(entries: impl Iterator<Item = &'a Entry>) -> Option<&'a Zoned> {
    entries.map(Entry::changed).max_by_key(|moment| moment.timestamp())
}

/// A post as a feed shows it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What the post is known by for ever: an IRI. It is the guid; readers that saw it do not show the post again.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it is.
    pub url: String,
    /// When it was published.
    pub published: Zoned,
    /// When it was last changed for its readers, if it was.
    pub updated: Option<Zoned>,
    /// What it is about; may be empty.
    pub summary: String,
    /// The whole post: sanitised HTML in which every address is absolute. `None` where the feed has summaries only.
    pub content: Option<String>,
    /// Who wrote it.
    pub authors: Vec<Person>,
    /// What it is posted under and about.
    pub categories: Vec<String>,
    /// Its lead image.
    pub image: Option<Image>,
    /// Its recording.
    pub audio: Option<Enclosure>,
    /// Its language where that is not the feed's.
    pub language: Option<Language>,
}

impl Entry {
    /// When it was last changed; its publication where it never was.
    #[must_use]
    pub fn changed(&self) -> &Zoned {
        self.updated.as_ref().unwrap_or(&self.published)
    }

    /// Its language where that differs from `feed`'s.
    pub(in crate::edition::feed) fn foreign_language(&self, feed: &Feed) -> Option<&Language> {
        self.language.as_ref().filter(|language| **language != feed.language)
    }
}

/// Someone who writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Where they are.
    pub url: Option<String>,
    /// A square picture of them.
    pub avatar: Option<String>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Where it is.
    pub url: String,
    /// Its MIME type; `None` where it is not known.
    pub mime: Option<String>,
    /// Its size in bytes, where it is known.
    pub size: Option<u64>,
}

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosure {
    /// Where it is.
    pub url: String,
    /// Its MIME type: `audio/mpeg`.
    pub mime: String,
    /// Its size in bytes, where it is known.
    pub size: Option<u64>,
    /// How long it lasts in seconds, where it is known.
    pub duration_seconds: Option<u32>,
}
