//! One page of the web edition before it is drawn: template, title, what its head says.

use tera::Context;

use crate::edition::view::Crumb;
use crate::edition::view::FeedView;
use crate::value::url::Permalink;

/// A page of the web edition.
#[derive(Debug)]
pub struct Page {
    /// `home`, `post` …, the word that templates see.
    pub kind: &'static str,
    /// The template: `web/post.html`.
    pub template: &'static str,
    /// Title, without the site's.
    pub title: String,
    /// May be empty.
    pub description: String,
    /// Where it is.
    pub permalink: Permalink,
    /// BCP 47.
    pub language: String,
    /// Of a list's pages; 1 otherwise.
    pub number: usize,
    /// The page's own feeds.
    pub feeds: Vec<FeedView>,
    /// From home to the parent.
    pub breadcrumbs: Vec<Crumb>,
    /// The front matter's `extra`.
    pub extra: tera::Value,
    /// Newer and older pages of the same list.
    pub neighbours: (Option<Permalink>, Option<Permalink>),
    /// Whether search engines should leave it out.
    pub hidden: bool,
    /// What social cards show: absolute address, width, height, alternative text.
    pub card: Option<Card>,
    /// What an article's head says besides.
    pub article: Option<ArticleFacts>,
    /// The hash of an approved issue, by which the sender knows that its page is public.
    pub issue: Option<String>,
    /// JSON-LD, one object or graph.
    pub structured: String,
    /// The variables of its kind.
    pub context: Context,
}

/// A picture for social cards.
#[derive(Clone, Debug)]
pub struct Card {
    /// Absolute address of a JPEG, PNG or GIF.
    pub url: String,
    /// Pixels.
    pub size: Option<(u32, u32)>,
    /// Alternative text; may be empty.
    pub alt: String,
}

/// What Open Graph says of an article.
#[derive(Clone, Debug, Default)]
pub struct ArticleFacts {
    /// RFC 3339.
    pub published: Option<String>,
    /// RFC 3339.
    pub modified: Option<String>,
    /// Absolute addresses of the authors' pages, or their names.
    pub authors: Vec<String>,
    /// Name of the first category.
    pub section: Option<String>,
    /// Names.
    pub tags: Vec<String>,
}
