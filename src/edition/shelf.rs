//! The library, the images and the recordings as drawings reach for them: every look leaves a note. There is no other way to them from here, so that no page can
//! be made of something that its notes do not tell of.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::RwLock;

use hashbrown::HashMap;

use crate::config::feeds::FeedFormat;
use crate::config::site::Config;
use crate::edition::image::ImageView;
use crate::edition::media::Media;
use crate::edition::media::Planned;
use crate::edition::media::Recording;
use crate::edition::reading::Read;
use crate::edition::reading::note;
use crate::engine::fingerprint::Fingerprint;
use crate::library::address;
use crate::library::address::FeedOf;
use crate::library::address::FeedPath;
use crate::library::issue::Issue;
use crate::library::issue::IssueId;
use crate::library::issue::Newsletter;
use crate::library::issue::NewsletterId;
use crate::library::model::Asset;
use crate::library::model::AssetId;
use crate::library::model::Author;
use crate::library::model::AuthorId;
use crate::library::model::Collection;
use crate::library::model::CollectionId;
use crate::library::model::Library;
use crate::library::model::Picture;
use crate::library::model::PictureSource;
use crate::library::model::Post;
use crate::library::model::PostId;
use crate::library::model::Term;
use crate::library::model::TermId;
use crate::library::model::TermKind;
use crate::value::url::SiteUrl;

/// What pages are made from.
pub struct Shelf {
    library: Arc<Library>,
    media: Arc<Media>,
    /// The names of [`Read::Named`]. Never shrinks.
    names: RwLock<Names>,
    pub(in crate::edition) post_states: Vec<OnceLock<Fingerprint>>,
    /// Ids by what a thing is called from one build to the next.
    pub(in crate::edition) terms_by_name: OnceLock<HashMap<String, TermId>>,
    pub(in crate::edition) authors_by_name: OnceLock<HashMap<String, AuthorId>>,
}

#[derive(Default)]
struct Names {
    numbers: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Shelf {
    /// A shelf of these.
    #[must_use]
    pub fn new(library: Arc<Library>, media: Arc<Media>) -> Self {
        Self {
            post_states: std::iter::repeat_with(OnceLock::new).take(library.posts.len()).collect(),
            library,
            media,
            names: RwLock::default(),
            terms_by_name: OnceLock::new(),
            authors_by_name: OnceLock::new(),
        }
    }

    /// The library itself, for what is drawn anew each time: the sitemap, the list of redirects. Looks at it leave no note.
    #[must_use]
    pub fn whole(&self) -> &Library {
        &self.library
    }

    /// The images and recordings themselves, as [`Shelf::whole`].
    #[must_use]
    pub fn media(&self) -> &Media {
        &self.media
    }

    /// Where the site is: part of what every page sees.
    #[must_use]
    pub fn base(&self) -> &SiteUrl {
        &self.library.base
    }

    /// The post.
    #[must_use]
    pub fn post(&self, id: PostId) -> &Post {
        note(Read::Post(id));
        self.library.post(id)
    }

    /// The author.
    #[must_use]
    pub fn author(&self, id: AuthorId) -> &Author {
        note(Read::Author(id));
        self.library.author(id)
    }

    /// An author's posts, newest first.
    #[must_use]
    pub fn author_posts(&self, id: AuthorId) -> &[PostId] {
        note(Read::AuthorPosts(id));
        &self.library.author_posts[id.0]
    }

    /// All authors.
    pub fn authors(&self) -> impl Iterator<Item = AuthorId> + use<> {
        note(Read::Authors);
        (0..self.library.authors.len()).map(AuthorId)
    }

    /// The author of that id.
    #[must_use]
    pub fn author_named(&self, id: &str) -> Option<AuthorId> {
        note(Read::Authors);
        self.library.authors.iter().position(|author| author.id.as_str() == id).map(AuthorId)
    }

    /// The term.
    #[must_use]
    pub fn term(&self, id: TermId) -> &Term {
        note(Read::Term(id));
        self.library.term(id)
    }

    /// A term's posts, newest first; a series oldest first.
    #[must_use]
    pub fn term_posts(&self, id: TermId) -> &[PostId] {
        note(Read::TermPosts(id));
        &self.library.term_posts[id.0]
    }

    /// All terms of a kind.
    pub fn terms(&self, kind: TermKind) -> impl Iterator<Item = TermId> + use<'_> {
        note(Read::Terms(kind));
        let terms = self.library.terms.iter().enumerate();
        terms.filter(move |(_, term)| term.kind == kind).map(|(index, _)| TermId(index))
    }

    /// The collection; part of what every page sees, because `site.toml` says what it is.
    #[must_use]
    pub fn collection(&self, id: CollectionId) -> &Collection {
        &self.library.collections[id.0]
    }

    /// All collections, as [`Shelf::collection`].
    #[must_use]
    pub fn collections(&self) -> &[Collection] {
        &self.library.collections
    }

    /// A collection's posts, newest first.
    #[must_use]
    pub fn collection_posts(&self, id: CollectionId) -> &[PostId] {
        note(Read::CollectionPosts(id));
        &self.library.collection_posts[id.0]
    }

    /// All dated posts, newest first.
    #[must_use]
    pub fn dated(&self) -> &[PostId] {
        note(Read::Dated);
        &self.library.dated
    }

    /// All pages, by path.
    #[must_use]
    pub fn pages(&self) -> &[PostId] {
        note(Read::Pages);
        &self.library.pages
    }

    /// The years of the archive, newest first, and how many posts each has.
    pub fn years(&self) -> impl Iterator<Item = (i16, usize)> + use<'_> {
        note(Read::Years);
        self.library.years.iter().map(|(year, posts)| (*year, posts.len()))
    }

    /// A year's posts, newest first.
    #[must_use]
    pub fn year_posts(&self, year: i16) -> &[PostId] {
        note(Read::Year(year));
        let found = self.library.years.iter().find(|(known, _)| *known == year);
        found.map_or(&[], |(_, posts)| posts)
    }

    /// The newsletter, as [`Shelf::collection`], and whether it has issues.
    #[must_use]
    pub fn newsletter(&self, id: NewsletterId) -> &Newsletter {
        note(Read::Issues(id));
        self.library.newsletter(id)
    }

    /// The issues of a newsletter that are shown, newest first.
    #[must_use]
    pub fn issues(&self, id: NewsletterId) -> &[IssueId] {
        &self.newsletter(id).issues
    }

    /// The issue.
    #[must_use]
    pub fn issue(&self, id: IssueId) -> &Issue {
        note(Read::Issue(id));
        self.library.issue(id)
    }

    /// The asset.
    #[must_use]
    pub fn asset(&self, id: AssetId) -> &Asset {
        note(Read::Asset(id));
        self.library.asset(id)
    }

    /// The asset at a path below `content/`.
    #[must_use]
    pub fn asset_at(&self, path: &str) -> Option<AssetId> {
        self.note_named(&format!("at {path}"));
        self.library.asset_at(path)
    }

    /// Picture of the site, cover of the podcast.
    #[must_use]
    pub fn covers(&self) -> (Option<AssetId>, Option<AssetId>) {
        note(Read::Covers);
        (self.library.image, self.library.podcast_image)
    }

    /// An image with the files it becomes.
    #[must_use]
    pub fn planned(&self, id: AssetId) -> Option<&Planned> {
        note(Read::Image(id));
        self.media.images.get(&id)
    }

    /// Whether an image is published as it is, at its own place.
    #[must_use]
    pub fn stays(&self, planned: &Planned, id: AssetId) -> bool {
        note(Read::Image(id));
        planned.stays(&self.library, id)
    }

    /// What templates see of an image.
    #[must_use]
    pub fn view(&self, id: AssetId) -> Option<ImageView> {
        note(Read::Image(id));
        self.media.view(&self.library, id)
    }

    /// What templates see of a picture with its words.
    #[must_use]
    pub fn picture(&self, picture: &Picture) -> Option<ImageView> {
        if let PictureSource::Asset(id) = picture.source {
            note(Read::Image(id));
        }
        self.media.picture(&self.library, picture)
    }

    /// What is known of a recording.
    #[must_use]
    pub fn recording(&self, id: AssetId) -> Option<&Recording> {
        note(Read::Recording(id));
        self.media.recordings.get(&id)
    }

    /// The feeds of one thing.
    #[must_use]
    pub fn feeds_of(&self, config: &Config, of: FeedOf) -> Vec<(FeedFormat, Vec<FeedPath>)> {
        match of {
            FeedOf::Site | FeedOf::Collection(_) => {}
            FeedOf::Term(id) => note(Read::Term(id)),
            FeedOf::Author(id) => note(Read::Author(id)),
            FeedOf::Newsletter(id) => note(Read::Issues(id)),
        }
        address::feeds_of(config, &self.library, of)
    }

    /// Leaves a note of something that has a name of its own.
    pub fn note_named(&self, name: &str) {
        note(Read::Named(self.number(name)));
    }

    /// The number of a name.
    fn number(&self, name: &str) -> u32 {
        if let Some(number) = self.names.read().unwrap_or_else(PoisonError::into_inner).numbers.get(name) {
            return *number;
        }
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = names.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(names.names.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = name.into();
        names.names.push(Arc::clone(&name));
        names.numbers.insert(name, number);
        number
    }

    /// The name of a number.
    pub(in crate::edition) fn name(&self, number: u32) -> Arc<str> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.names.get(number as usize).cloned().unwrap_or_else(|| "".into())
    }
}
