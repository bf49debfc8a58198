//! The typed views: what templates see, field by field as `docs/themes.md` says. The library's own types are never shown.
//!
//! A view that stands in many pages is made into a template value once and shared, so views hold other views as values.

use serde::Serialize;
use tera::Value;

use crate::content::outline::Section;
use crate::edition::image::ImageView;

/// A date in several forms.
#[derive(Clone, Debug, Serialize)]
pub struct DateView {
    /// RFC 3339.
    pub iso: String,
    /// `2026-11-01`.
    pub date: String,
    /// Year.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
    /// By the theme's long pattern.
    pub text: String,
    /// By the theme's short pattern.
    pub short: String,
}

/// A post as lists see it.
#[derive(Debug, Serialize)]
pub struct PostSummary<'a> {
    /// Stable name.
    pub id: &'a str,
    /// Title.
    pub title: &'a str,
    /// From the host's root.
    pub path: &'a str,
    /// Absolute.
    pub url: &'a str,
    /// `None` for a page.
    pub date: Option<DateView>,
    /// When it was last changed for its readers.
    pub updated: Option<DateView>,
    /// May be empty.
    pub description: &'a str,
    /// HTML.
    pub summary: Value,
    /// Minutes, at least 1.
    pub reading_time: usize,
    /// Words of the text.
    pub words: usize,
    /// Lead image.
    pub image: Option<ImageView>,
    /// Views of [`AuthorRef`].
    pub authors: Vec<Value>,
    /// The first of `categories`.
    pub category: Option<Value>,
    /// Views of [`TermRef`].
    pub categories: Vec<Value>,
    /// Views of [`TermRef`].
    pub tags: Vec<Value>,
    /// A view of [`TermRef`].
    pub series: Option<Value>,
    /// Id of the collection; `None` for a page.
    pub collection: Option<&'a str>,
    /// BCP 47.
    pub language: &'a str,
    /// `published`, `draft`, `scheduled` or `expired`.
    pub state: &'static str,
    /// Whether there is a recording.
    pub has_audio: bool,
    /// The front matter's `extra`.
    pub extra: Value,
}

/// What an article's own page sees besides its [`PostSummary`].
#[derive(Debug, Serialize)]
pub struct PostRest {
    /// HTML.
    pub content: Value,
    /// Nested headings; empty when the post says `toc = false`.
    pub toc: Value,
    /// The recording.
    pub audio: Option<AudioView>,
    /// The series in order.
    pub series_posts: Option<SeriesView>,
    /// Older, in the collection.
    pub previous: Option<Value>,
    /// Newer.
    pub next: Option<Value>,
    /// Views of [`PostSummary`].
    pub related: Vec<Value>,
}

/// A recording.
#[derive(Debug, Serialize)]
pub struct AudioView {
    /// Absolute.
    pub url: String,
    /// From the host's root; the absolute address where the file is elsewhere.
    pub path: String,
    /// Media type; empty where unknown.
    #[serde(rename = "type")]
    pub mime: String,
    /// Bytes, where known.
    pub size: Option<u64>,
    /// Seconds, where known.
    pub duration: Option<u32>,
    /// `12:34`; empty where unknown.
    pub duration_text: String,
}

/// A series as one of its posts sees it.
#[derive(Debug, Serialize)]
pub struct SeriesView {
    /// Name.
    pub title: String,
    /// Where its list is.
    pub path: Option<String>,
    /// The post's place, from 1.
    pub position: usize,
    /// How many posts.
    pub count: usize,
    /// Views of [`PostSummary`], oldest first.
    pub posts: Vec<Value>,
}

/// An author as posts see them.
#[derive(Debug, Serialize)]
pub struct AuthorRef<'a> {
    /// Id.
    pub id: &'a str,
    /// Name.
    pub name: &'a str,
    /// Where their page is.
    pub path: Option<&'a str>,
    /// Portrait.
    pub photo: Option<ImageView>,
    /// Role.
    pub role: Option<&'a str>,
}

/// An author on their own page.
#[derive(Debug, Serialize)]
pub struct AuthorView<'a> {
    /// What posts see.
    #[serde(flatten)]
    pub reference: AuthorRef<'a>,
    /// Absolute.
    pub url: Option<&'a str>,
    /// HTML; empty without a profile.
    pub bio: Value,
    /// Where else they are.
    pub links: Vec<LinkView<'a>>,
    /// How many posts.
    pub count: usize,
    /// The profile's `extra`.
    pub extra: Value,
}

/// A label and an address.
#[derive(Debug, Serialize)]
pub struct LinkView<'a> {
    /// What to call it.
    pub label: &'a str,
    /// Where it leads.
    pub url: &'a str,
}

/// A term as posts see it.
#[derive(Debug, Serialize)]
pub struct TermRef<'a> {
    /// How it is written.
    pub name: &'a str,
    /// Slug.
    pub slug: &'a str,
    /// Where its list is.
    pub path: Option<&'a str>,
}

/// A term on its own page.
#[derive(Debug, Serialize)]
pub struct TermView<'a> {
    /// What posts see.
    #[serde(flatten)]
    pub reference: TermRef<'a>,
    /// `category`, `tag` or `series`.
    pub kind: &'static str,
    /// Absolute.
    pub url: Option<&'a str>,
    /// How many posts.
    pub count: usize,
    /// May be empty.
    pub description: &'a str,
}

/// A collection.
#[derive(Debug, Serialize)]
pub struct CollectionView<'a> {
    /// Id.
    pub id: &'a str,
    /// Heading.
    pub title: String,
    /// May be empty.
    pub description: &'a str,
    /// Where its list is.
    pub path: &'a str,
    /// Absolute.
    pub url: &'a str,
    /// How many posts.
    pub count: usize,
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub struct PaginatorView {
    /// Views of [`PostSummary`].
    pub posts: Vec<Value>,
    /// From 1.
    pub number: usize,
    /// Pages.
    pub total: usize,
    /// Posts on all pages.
    pub count: usize,
    /// The page with newer posts.
    pub previous: Option<String>,
    /// The page with older posts.
    pub next: Option<String>,
    /// The first page.
    pub first: String,
    /// The last page.
    pub last: String,
    /// For long lists only the first, the last and those around.
    pub pages: Vec<PageLink>,
}

/// A link to a page of a list; a gap has neither number nor path.
#[derive(Debug, Serialize)]
pub struct PageLink {
    /// From 1.
    pub number: Option<usize>,
    /// Where it is.
    pub path: Option<String>,
    /// Whether it is the page being shown.
    pub current: bool,
}

/// A year of the archive.
#[derive(Debug, Serialize)]
pub struct YearView {
    /// The year.
    pub year: i16,
    /// How many posts.
    pub count: usize,
    /// Where its page is.
    pub path: String,
}

/// A month of the archive.
#[derive(Debug, Serialize)]
pub struct MonthView {
    /// 1 to 12.
    pub month: i8,
    /// In the site's language.
    pub name: String,
    /// Views of [`PostSummary`], newest first.
    pub posts: Vec<Value>,
}

/// The publication.
#[derive(Debug, Serialize)]
pub struct SiteView<'a> {
    /// Title.
    pub title: &'a str,
    /// Description; may be empty.
    pub description: &'a str,
    /// Absolute, with a slash at the end.
    pub url: String,
    /// Its path, with a slash at both ends.
    pub root: &'a str,
    /// BCP 47.
    pub language: &'a str,
    /// Links for every page.
    pub navigation: Vec<NavigationView<'a>>,
    /// Views of [`FeedView`].
    pub feeds: Vec<FeedView>,
    /// Line for the foot of the page.
    pub copyright: Option<&'a str>,
    /// `[extra]` of `site.toml`.
    pub extra: Value,
}

/// A link of the navigation.
#[derive(Debug, Serialize)]
pub struct NavigationView<'a> {
    /// What to call it.
    pub label: &'a str,
    /// Where it leads.
    pub url: &'a str,
    /// Whether the page being shown is there or below.
    pub current: bool,
}

/// A feed.
#[derive(Clone, Debug, Serialize)]
pub struct FeedView {
    /// Title.
    pub title: String,
    /// Absolute.
    pub url: String,
    /// From the host's root.
    pub path: String,
    /// Media type.
    #[serde(rename = "type")]
    pub mime: &'static str,
    /// `atom`, `rss`, `json` or `podcast`.
    pub format: &'static str,
}

/// What is being shown, whatever its kind.
#[derive(Debug, Serialize)]
pub struct PageView<'a> {
    /// `home`, `post`, `page`, `list`, `terms`, `term`, `authors`, `author`, `archive`, `issue`, `404` or `service`.
    pub kind: &'static str,
    /// Title.
    pub title: String,
    /// Description; may be empty.
    pub description: String,
    /// Absolute.
    pub url: &'a str,
    /// From the host's root.
    pub path: &'a str,
    /// BCP 47.
    pub language: &'a str,
    /// Of a list's pages; 1 otherwise.
    pub number: usize,
    /// The page's own feeds.
    pub feeds: Vec<FeedView>,
    /// From home to the parent.
    pub breadcrumbs: Vec<Crumb>,
    /// The front matter's `extra`.
    pub extra: Value,
}

/// A page above the one being shown.
#[derive(Clone, Debug, Serialize)]
pub struct Crumb {
    /// Title.
    pub title: String,
    /// From the host's root.
    pub path: String,
}

/// Which blocks an article shows, where, and what is in them.
#[derive(Debug, Serialize)]
pub struct BlocksView<'a> {
    /// Above the text.
    pub header: &'a [String],
    /// Beside it.
    pub aside: &'a [String],
    /// Below it.
    pub footer: &'a [String],
    /// Reading aloud.
    pub listen: ListenView,
    /// A box that points somewhere.
    pub banner: Option<CalloutView<'a>>,
    /// Where readers meet.
    pub community: Option<CommunityView<'a>>,
    /// Where to hear the podcast.
    pub podcast: Option<CalloutView<'a>>,
    /// The lead form.
    pub lead: Option<LeadView<'a>>,
}

/// `blocks.listen`.
#[derive(Debug, Serialize)]
pub struct ListenView {
    /// Whether to offer the browser's own speech where there is no recording.
    pub read_aloud: bool,
}

/// A short text with one link.
#[derive(Debug, Serialize)]
pub struct CalloutView<'a> {
    /// Heading.
    pub title: &'a str,
    /// May be null.
    pub text: Option<&'a str>,
    /// The link's words.
    pub label: Option<&'a str>,
    /// Where it leads.
    pub url: Option<&'a str>,
    /// Picture.
    pub image: Option<ImageView>,
}

/// Links to places where readers meet.
#[derive(Debug, Serialize)]
pub struct CommunityView<'a> {
    /// Heading.
    pub title: &'a str,
    /// May be null.
    pub text: Option<&'a str>,
    /// The places.
    pub links: Vec<LinkView<'a>>,
}

/// The lead form.
#[derive(Debug, Serialize)]
pub struct LeadView<'a> {
    /// Heading.
    pub title: &'a str,
    /// May be null.
    pub text: Option<&'a str>,
    /// "I am looking for …"
    pub prompt: Option<&'a str>,
    /// What one can look for.
    pub options: &'a [String],
    /// The button's words.
    pub button: Option<&'a str>,
    /// Where it posts.
    pub action: Option<String>,
    /// Where a script fetches a token for it, if it posts to the endpoint of our own.
    pub token: Option<String>,
    /// An address to write to.
    pub mailto: Option<&'a str>,
    /// Hidden fields.
    pub fields: Vec<FieldView<'a>>,
}

/// A hidden field of a form.
#[derive(Debug, Serialize)]
pub struct FieldView<'a> {
    /// Name.
    pub name: &'a str,
    /// Value.
    pub value: &'a str,
}

/// What the subscribe form needs.
#[derive(Debug, Serialize)]
pub struct SubscribeView<'a> {
    /// Where it posts.
    pub action: Option<String>,
    /// Where a script fetches a token for it, if it posts to the endpoint of our own.
    pub token: Option<String>,
    /// Name of the field with the reader's address.
    pub email_field: &'a str,
    /// Hidden fields.
    pub fields: Vec<FieldView<'a>>,
    /// An address to write to.
    pub mailto: Option<&'a str>,
    /// Heading.
    pub title: Option<&'a str>,
    /// What comes how often.
    pub promise: Option<&'a str>,
    /// The button's words.
    pub button: Option<&'a str>,
    /// The privacy page.
    pub privacy_path: Option<&'a str>,
    /// Which newsletter.
    pub newsletter: NewsletterRef<'a>,
}

/// A newsletter as forms name it.
#[derive(Debug, Serialize)]
pub struct NewsletterRef<'a> {
    /// Id.
    pub id: &'a str,
    /// Name.
    pub name: &'a str,
}

/// A nested table of contents as a value; sections serialise as `id`, `title`, `level`, `children`.
#[must_use]
pub fn toc(sections: &[Section]) -> Value {
    Value::from_serializable(sections)
}
