//! What stands in each feed: the newest posts of what it is of, in full.

use crate::config::feeds::FeedFormat;
use crate::config::feeds::Podcast;
use crate::config::site::Config;
use crate::edition::article;
use crate::edition::catalogue::Catalogue;
use crate::edition::feed::atom;
use crate::edition::feed::json;
use crate::edition::feed::model::Enclosure;
use crate::edition::feed::model::Entry;
use crate::edition::feed::model::Feed;
use crate::edition::feed::model::Image;
use crate::edition::feed::model::Person;
use crate::edition::feed::podcast;
use crate::edition::feed::podcast::Show;
use crate::edition::feed::rss;
use crate::edition::issue;
use crate::edition::reading::Kept;
use crate::edition::shelf::Shelf;
use crate::library::address::FeedOf;
use crate::library::model::AssetId;
use crate::library::model::AuthorId;
use crate::library::model::Library;
use crate::library::model::PictureSource;
use crate::library::model::Post;
use crate::library::model::PostId;
use crate::library::model::State;
use crate::value::url::Permalink;
use crate::value::url::SiteUrl;

/// The year of the tag URIs (RFC 4151) that posts are known by. It says when the scheme began, not when the post was written: a post that is dated anew
/// stays the same post.
const TAG_YEAR: &str = "2026";

/// The entries of posts, each made once however many feeds have it.
#[derive(Debug)]
pub struct Entries {
    made: Vec<Kept<Entry>>,
}

impl Entries {
    /// None made yet.
    #[must_use]
    pub fn new(library: &Library) -> Self {
        Self { made: Kept::row(library.posts.len()) }
    }

    fn get(&self, catalogue: &Catalogue, id: PostId) -> Option<Entry> {
        let post = catalogue.shelf.post(id);
        post.date.as_ref()?;
        // A draft that somebody looks at with --drafts must not reach anybody's feed reader.
        if post.state != State::Published {
            return None;
        }
        Some(self.made[id.0].get(|| entry(catalogue, catalogue.shelf.post(id))).clone())
    }

    fn newest(&self, catalogue: &Catalogue, ids: impl Iterator<Item = PostId>) -> Vec<Entry> {
        ids.filter_map(|id| self.get(catalogue, id)).take(catalogue.config.feeds.limit).collect()
    }

    /// The bytes of a feed at `own`.
    #[must_use]
    pub fn feed(&self, catalogue: &Catalogue, of: FeedOf, format: FeedFormat, own: &Permalink) -> Vec<u8> {
        let (shelf, config) = (&catalogue.shelf, &catalogue.config);
        let named = |name: &str| format!("{} – {name}", config.title);
        let (title, description, home, ids): (String, &str, Permalink, &[PostId]) = match of {
            FeedOf::Site => (config.title.clone(), &config.description, shelf.base().join(""), shelf.dated()),
            FeedOf::Collection(id) => {
                let collection = shelf.collection(id);
                let title = named(&catalogue.collection_title(id));
                (title, &collection.description, collection.permalink.clone(), shelf.collection_posts(id))
            }
            FeedOf::Term(id) => {
                let term = shelf.term(id);
                let home = term.permalink.clone().unwrap_or_else(|| shelf.base().join(""));
                (named(&term.name), &term.description, home, shelf.term_posts(id))
            }
            FeedOf::Author(id) => {
                let author = shelf.author(id);
                let home = author.permalink.clone().unwrap_or_else(|| shelf.base().join(""));
                (named(&author.name), "", home, shelf.author_posts(id))
            }
            FeedOf::Newsletter(id) => {
                let newsletter = shelf.newsletter(id);
                let title =
                    if newsletter.name == config.title { newsletter.name.clone() } else { named(&newsletter.name) };
                (title, &newsletter.promise, newsletter.permalink.clone(), &[])
            }
        };
        let authors = match of {
            FeedOf::Author(id) => vec![person(catalogue, id)],
            _ => vec![Person { name: config.title.clone(), url: Some(shelf.base().to_string()), avatar: None }],
        };
        let feed = Feed {
            id: home.url().to_owned(),
            title,
            description: description.to_owned(),
            home_url: home.url().to_owned(),
            self_url: own.url().to_owned(),
            language: config.language.clone(),
            authors,
            icon: icon(shelf),
            copyright: config.copyright.clone(),
            entries: match of {
                FeedOf::Newsletter(id) => issue::entries(catalogue, id),
                _ => self.newest(catalogue, ids.iter().copied()),
            },
        };
        match format {
            FeedFormat::Atom => atom::render(&feed),
            FeedFormat::Rss => rss::render(&feed),
            FeedFormat::Json => json::render(&feed),
        }
    }

    /// The bytes of the podcast at `own`: the posts that have audio.
    #[must_use]
    pub fn podcast(&self, catalogue: &Catalogue, settings: &Podcast, own: &Permalink) -> Vec<u8> {
        let (shelf, config) = (&catalogue.shelf, &catalogue.config);
        let with_audio = shelf.dated().iter().copied().filter(|id| shelf.post(*id).audio.is_some());
        // A podcast lists all its episodes: directories drop those that vanish from the feed.
        let entries = with_audio.filter_map(|id| self.get(catalogue, id)).collect();
        let author = settings.author.clone().unwrap_or_else(|| config.title.clone());
        let (picture, podcast) = shelf.covers();
        let cover = podcast.or(picture);
        let feed = Feed {
            id: own.url().to_owned(),
            title: settings.title.clone().unwrap_or_else(|| config.title.clone()),
            description: settings.description.clone().unwrap_or_else(|| config.description.clone()),
            home_url: shelf.base().to_string(),
            self_url: own.url().to_owned(),
            language: config.language.clone(),
            authors: vec![Person { name: author.clone(), url: None, avatar: None }],
            icon: icon(shelf),
            copyright: config.copyright.clone(),
            entries,
        };
        let show = Show {
            author,
            email: settings.email.clone(),
            category: settings.category.clone(),
            explicit: settings.explicit,
            image: cover.and_then(|id| picture_url(catalogue, id)),
            guid: settings.guid.clone(),
            locked: false,
        };
        podcast::render(&feed, &show)
    }
}

/// The IRI by which feed readers know a post for ever. An id that is an IRI itself stays as it is: posts that moved in keep their old guid.
#[must_use]
pub fn guid(config: &Config, base: &SiteUrl, post: &Post) -> String {
    if crate::content::links::has_scheme(&post.id) {
        return post.id.clone();
    }
    let host = base.origin().split("://").nth(1).unwrap_or_default();
    let host = config.feeds.authority.as_deref().or(host.split(':').next()).unwrap_or_default();
    let id = percent_encoding::utf8_percent_encode(&post.id, &TAG);
    format!("tag:{host},{TAG_YEAR}:{id}")
}

/// What may not stand in the specific part of a tag URI.
const TAG: percent_encoding::AsciiSet =
    percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

fn entry(catalogue: &Catalogue, post: &Post) -> Entry {
    let shelf = &catalogue.shelf;
    let terms = post.categories.iter().chain(&post.tags);
    let published = post.date.clone().unwrap_or_default();
    let image = post.image.as_ref().and_then(|picture| match &picture.source {
        PictureSource::Url(url) => Some(Image { url: url.clone(), mime: None, size: None }),
        PictureSource::Asset(id) => {
            let mime = shelf.planned(*id).map(|planned| planned.facts.format.mime().to_owned());
            picture_url(catalogue, *id).map(|url| Image { url, mime, size: None })
        }
    });
    let audio = post.audio.as_ref().map(|audio| match &audio.source {
        PictureSource::Url(url) => {
            Enclosure { url: url.clone(), mime: "audio/mpeg".into(), size: None, duration_seconds: audio.duration }
        }
        PictureSource::Asset(id) => {
            let recording = shelf.recording(*id);
            Enclosure {
                url: shelf.asset(*id).permalink.url().to_owned(),
                mime: recording.map_or_else(|| "audio/mpeg".to_owned(), |recording| recording.mime.clone()),
                size: recording.map(|recording| recording.size),
                duration_seconds: audio.duration.or(recording.and_then(|recording| recording.duration)),
            }
        }
    });
    Entry {
        id: guid(&catalogue.config, shelf.base(), post),
        title: post.title.clone(),
        url: post.permalink.url().to_owned(),
        published,
        updated: post.updated.clone(),
        summary: article::description(post).to_owned(),
        content: catalogue.config.feeds.full_content.then(|| article::feed(catalogue, post)),
        authors: post.authors.iter().map(|id| person(catalogue, *id)).collect(),
        categories: terms.map(|id| shelf.term(*id).name.clone()).collect(),
        image,
        audio,
        language: Some(post.language.clone()),
    }
}

fn person(catalogue: &Catalogue, id: AuthorId) -> Person {
    let author = catalogue.shelf.author(id);
    Person {
        name: author.name.clone(),
        url: author.permalink.as_ref().map(|link| link.url().to_owned()),
        avatar: author.photo.and_then(|id| picture_url(catalogue, id)),
    }
}

fn picture_url(catalogue: &Catalogue, id: AssetId) -> Option<String> {
    catalogue.shelf.view(id).map(|view| view.url)
}

fn icon(shelf: &Shelf) -> Option<String> {
    let icons = ["apple-touch-icon.png", "favicon.png", "favicon.svg", "favicon.ico"];
    let id = icons.into_iter().find_map(|file| shelf.asset_at(file))?;
    Some(shelf.asset(id).permalink.url().to_owned())
}
