//! Everything that pages of one edition are made from, and each view made once and shared.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;

use tera::Context;
use tera::Value;

use crate::config::site::Config;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::answers::Answers;
use crate::edition::article;
use crate::edition::dates;
use crate::edition::reading;
use crate::edition::reading::Kept;
use crate::edition::reading::Read;
use crate::edition::shelf::Shelf;
use crate::edition::view::AuthorRef;
use crate::edition::view::AuthorView;
use crate::edition::view::CollectionView;
use crate::edition::view::LinkView;
use crate::edition::view::PostSummary;
use crate::edition::view::TermRef;
use crate::edition::view::TermView;
use crate::engine::cache::Cache;
use crate::library::address;
use crate::library::model::Author;
use crate::library::model::AuthorId;
use crate::library::model::CollectionId;
use crate::library::model::Picture;
use crate::library::model::PictureSource;
use crate::library::model::PostId;
use crate::library::model::Term;
use crate::library::model::TermId;
use crate::theme::Theme;
use crate::theme::sources::Edition;
use crate::theme::templates::Templates;

/// What pages are made from. Views are made when they are first asked for; many threads may ask.
pub struct Catalogue {
    /// The configuration.
    pub config: Arc<Config>,
    /// The content, the images and the recordings.
    pub shelf: Arc<Shelf>,
    /// The theme.
    pub theme: Arc<Theme>,
    /// Its templates, with the components of this edition.
    pub templates: Arc<Templates>,
    /// For which readers.
    pub edition: Edition,
    /// Work that need not be done twice.
    pub cache: Arc<Cache>,
    /// What templates asked for.
    pub answers: Answers,
    summaries: Vec<Kept<Value>>,
    authors: Vec<Kept<Value>>,
    author_pages: Vec<Kept<Value>>,
    terms: Vec<Kept<Value>>,
    term_pages: Vec<Kept<Value>>,
    /// What components see without being given it: `site`, `theme`, `blocks`, `subscribe`. Put in once the edition has made them.
    pub surroundings: OnceLock<Context>,
    /// Mistakes that came up while rendering.
    mistakes: Mutex<Report>,
}

impl Catalogue {
    /// A catalogue without any view made yet.
    #[must_use]
    pub fn new(
        config: Arc<Config>,
        shelf: Arc<Shelf>,
        theme: Arc<Theme>,
        templates: Arc<Templates>,
        edition: Edition,
        cache: Arc<Cache>,
    ) -> Self {
        let library = shelf.whole();
        Self {
            summaries: Kept::row(library.posts.len()),
            authors: Kept::row(library.authors.len()),
            author_pages: Kept::row(library.authors.len()),
            terms: Kept::row(library.terms.len()),
            term_pages: Kept::row(library.terms.len()),
            surroundings: OnceLock::new(),
            mistakes: Mutex::new(Report::new()),
            config,
            theme,
            templates,
            edition,
            cache,
            answers: Answers::default(),
            shelf,
        }
    }

    /// Notes a mistake that came up while rendering.
    pub fn complain(&self, diagnostic: Diagnostic) {
        reading::note(Read::Passing);
        self.mistakes.lock().unwrap_or_else(PoisonError::into_inner).push(diagnostic);
    }

    /// Takes the mistakes noted so far.
    #[must_use]
    pub fn take_mistakes(&self) -> Report {
        std::mem::take(&mut *self.mistakes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A word of the theme in the site's language; `default` where the theme has none, so that a theme without words still makes pages with titles.
    #[must_use]
    pub fn word(&self, key: &str, default: &str) -> String {
        self.word_with(key, default, None, &[])
    }

    /// As [`Catalogue::word`], with a count and arguments.
    #[must_use]
    pub fn word_with(&self, key: &str, default: &str, count: Option<i64>, arguments: &[(&str, String)]) -> String {
        self.theme.words.text(key, &self.config.language, count, arguments).unwrap_or_else(|_| {
            arguments.iter().fold(default.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
        })
    }

    /// A view of [`PostSummary`].
    #[must_use]
    pub fn summary(&self, id: PostId) -> Value {
        self.summaries[id.0].get(|| self.make_summary(id)).clone()
    }

    /// Views of [`PostSummary`].
    #[must_use]
    pub fn summaries(&self, ids: &[PostId]) -> Vec<Value> {
        ids.iter().map(|id| self.summary(*id)).collect()
    }

    fn make_summary(&self, id: PostId) -> Value {
        let post = self.shelf.post(id);
        let language = &self.config.language;
        let outline = &post.document.body.outline;
        let summary = match outline.summary_end {
            Some(_) => Value::from(article::summary(self, post)).mark_safe(),
            None if !post.description.is_empty() => Value::from(&*post.description),
            None => Value::from(&*outline.excerpt),
        };
        let summary =
            if summary.is_safe() { summary } else { article::paragraph(summary.as_str().unwrap_or_default()) };
        let categories: Vec<Value> = post.categories.iter().map(|id| self.term_ref(*id)).collect();
        Value::from_serializable(&PostSummary {
            id: &post.id,
            title: &post.title,
            path: post.permalink.path(),
            url: post.permalink.url(),
            date: post.date.as_ref().map(|date| dates::view(date, &self.theme.words, language)),
            updated: post.updated.as_ref().map(|date| dates::view(date, &self.theme.words, language)),
            description: &post.description,
            summary,
            reading_time: outline.reading_time,
            words: outline.words,
            image: post.image.as_ref().and_then(|picture| self.shelf.picture(picture)),
            authors: post.authors.iter().map(|id| self.author_ref(*id)).collect(),
            category: categories.first().cloned(),
            categories,
            tags: post.tags.iter().map(|id| self.term_ref(*id)).collect(),
            series: post.series.map(|id| self.term_ref(id)),
            collection: post.collection.map(|id| &*self.shelf.collection(id).id),
            language: post.language.as_str(),
            state: post.state.word(),
            has_audio: post.audio.is_some(),
            extra: extra(post.document.front.extra.as_ref()),
        })
    }

    fn make_author_ref<'a>(&self, author: &'a Author) -> AuthorRef<'a> {
        let photo = author.photo.and_then(|id| {
            let source = PictureSource::Asset(id);
            let picture = Picture { source, alt: String::new(), credit: String::new(), credit_url: String::new() };
            self.shelf.picture(&picture)
        });
        AuthorRef {
            id: author.id.as_str(),
            name: &author.name,
            path: author.permalink.as_ref().map(|permalink| permalink.path()),
            photo,
            role: author.role.as_deref(),
        }
    }

    /// A view of [`AuthorRef`].
    #[must_use]
    pub fn author_ref(&self, id: AuthorId) -> Value {
        let make = || Value::from_serializable(&self.make_author_ref(self.shelf.author(id)));
        self.authors[id.0].get(make).clone()
    }

    /// A view of [`AuthorView`].
    #[must_use]
    pub fn author(&self, id: AuthorId) -> Value {
        let make = || {
            let author = self.shelf.author(id);
            let links = author.links.iter().map(|(label, url)| LinkView { label, url }).collect();
            Value::from_serializable(&AuthorView {
                reference: self.make_author_ref(author),
                url: author.permalink.as_ref().map(|permalink| permalink.url()),
                bio: Value::from(article::biography(self, author)).mark_safe(),
                links,
                count: self.shelf.author_posts(id).len(),
                extra: extra(author.profile.as_ref().and_then(|profile| profile.profile.extra.as_ref())),
            })
        };
        self.author_pages[id.0].get(make).clone()
    }

    fn make_term_ref<'a>(&self, term: &'a Term) -> TermRef<'a> {
        TermRef {
            name: &term.name,
            slug: term.slug.as_str(),
            path: term.permalink.as_ref().map(|permalink| permalink.path()),
        }
    }

    /// A view of [`TermRef`].
    #[must_use]
    pub fn term_ref(&self, id: TermId) -> Value {
        let make = || Value::from_serializable(&self.make_term_ref(self.shelf.term(id)));
        self.terms[id.0].get(make).clone()
    }

    /// A view of [`TermView`].
    #[must_use]
    pub fn term(&self, id: TermId) -> Value {
        let make = || {
            let term = self.shelf.term(id);
            Value::from_serializable(&TermView {
                reference: self.make_term_ref(term),
                kind: term.kind.word(),
                url: term.permalink.as_ref().map(|permalink| permalink.url()),
                count: self.shelf.term_posts(id).len(),
                description: &term.description,
            })
        };
        self.term_pages[id.0].get(make).clone()
    }

    /// A view of [`CollectionView`].
    #[must_use]
    pub fn collection(&self, id: CollectionId) -> Value {
        let collection = self.shelf.collection(id);
        Value::from_serializable(&CollectionView {
            id: &collection.id,
            title: self.collection_title(id),
            description: &collection.description,
            path: collection.permalink.path(),
            url: collection.permalink.url(),
            count: self.shelf.collection_posts(id).len(),
        })
    }

    /// The heading of a collection's list: what `site.toml` says, else the theme's word for its id, else the id with a capital.
    #[must_use]
    pub fn collection_title(&self, id: CollectionId) -> String {
        let collection = self.shelf.collection(id);
        collection.title.clone().unwrap_or_else(|| self.word(&collection.id, &capital(&collection.id)))
    }

    /// Path of a year's page in the archive, from the host's root.
    #[must_use]
    pub fn year_path(&self, year: i16) -> String {
        self.shelf.base().join(&address::archive_path(&self.config, Some(year))).path().to_owned()
    }
}

/// The first letter as a capital.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A table of the user's as plain data; an empty map where there is none.
#[must_use]
pub fn extra(node: Option<&Node>) -> Value {
    node.map_or_else(
        || Value::from_serializable(&std::collections::BTreeMap::<String, String>::new()),
        Value::from_serializable,
    )
}
