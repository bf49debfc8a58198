//! What a library is made of. Nothing here is serialisable: what themes see is `edition/view.rs` alone.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::Zoned;

use crate::content::document::Author as Profile;
use crate::content::document::Document;
use crate::content::issue::IssueName;
use crate::diagnostic::source::Source;
use crate::files::tree::File;
use crate::library::address::Address;
use crate::library::issue::Issue;
use crate::library::issue::IssueId;
use crate::library::issue::Newsletter;
use crate::library::issue::NewsletterId;
use crate::value::language::Language;
use crate::value::slug::Slug;
use crate::value::url::Permalink;
use crate::value::url::SiteUrl;

/// Index into [`Library::posts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostId(pub usize);

/// Index into [`Library::authors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuthorId(pub usize);

/// Index into [`Library::terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermId(pub usize);

/// Index into [`Library::assets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId(pub usize);

/// Index into [`Library::collections`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionId(pub usize);

/// The immutable model of a site's content.
#[derive(Debug)]
pub struct Library {
    /// Where the site lives.
    pub base: SiteUrl,
    /// Posts and pages, in the order of their paths.
    pub posts: Vec<Post>,
    /// The dated ones that are shown, newest first.
    pub dated: Vec<PostId>,
    /// The undated ones that are shown, in the order of their paths.
    pub pages: Vec<PostId>,
    /// Authors with and without profile, by name.
    pub authors: Vec<Author>,
    /// Categories, tags and series: by kind, then by name.
    pub terms: Vec<Term>,
    /// The default collection first.
    pub collections: Vec<Collection>,
    /// The posts of each author, newest first; by [`AuthorId`]. Lists stand beside what they are of, because most pages that show a name do not show the list.
    pub author_posts: Vec<Vec<PostId>>,
    /// The posts of each term, newest first, of a series oldest first; by [`TermId`].
    pub term_posts: Vec<Vec<PostId>>,
    /// The posts of each collection, newest first; by [`CollectionId`].
    pub collection_posts: Vec<Vec<PostId>>,
    /// Newsletters in the order of `site.toml`.
    pub newsletters: Vec<Newsletter>,
    /// All issues, by newsletter, then by date.
    pub issues: Vec<Issue>,
    /// Everything in `content/` that is neither post, page nor profile.
    pub assets: Vec<Asset>,
    /// Everything that will be published, by file.
    pub addresses: Vec<Address>,
    /// The years of the dated posts, newest first, with their posts.
    pub years: Vec<(i16, Vec<PostId>)>,
    /// Images that pages use, with the first place that does.
    pub images: BTreeMap<AssetId, Use>,
    /// The site's own picture.
    pub image: Option<AssetId>,
    /// Cover of the podcast.
    pub podcast_image: Option<AssetId>,
    /// Picture of the banner block.
    pub banner_image: Option<AssetId>,
    /// The resolved `to` of each navigation link and the links of blocks, by what `site.toml` says.
    pub site_links: BTreeMap<String, String>,
    /// The earliest moment after now at which the site changes by itself.
    pub next_change: Option<Zoned>,
}

/// Where a file is used, for complaints about it.
#[derive(Clone, Debug)]
pub struct Use {
    /// The document or `site.toml`.
    pub file: UseIn,
    /// Bytes of it.
    pub span: Range<usize>,
}

/// The file of a [`Use`].
#[derive(Clone, Debug)]
pub enum UseIn {
    /// A content file, read again when it is needed.
    Content(File),
    /// `site.toml`.
    Config(Source),
}

impl Use {
    /// The text of the file, for a diagnostic.
    #[must_use]
    pub fn source(&self) -> Source {
        match &self.file {
            UseIn::Config(source) => source.clone(),
            UseIn::Content(file) => {
                let text = file.bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
                Source::new(file.name.clone(), text)
            }
        }
    }
}

/// Whether a post is shown to readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Marked as draft.
    Draft,
    /// Dated in the future.
    Scheduled,
    /// Shown.
    Published,
    /// Its time is over.
    Expired,
}

impl State {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Published => "published",
            Self::Expired => "expired",
        }
    }
}

/// A post, or a page (which has no collection and no date).
#[derive(Debug)]
pub struct Post {
    /// What feeds and issues know it by.
    pub id: String,
    /// Its file.
    pub document: Arc<Document>,
    /// `None` for a page.
    pub collection: Option<CollectionId>,
    /// Title.
    pub title: String,
    /// Slug.
    pub slug: String,
    /// Where it is.
    pub permalink: Permalink,
    /// Whether it is drawn in this build.
    pub shown: bool,
    /// Whether readers may see it.
    pub state: State,
    /// When it was published.
    pub date: Option<Zoned>,
    /// When it was last changed for its readers.
    pub updated: Option<Zoned>,
    /// When it ends.
    pub expires: Option<Zoned>,
    /// Who wrote it.
    pub authors: Vec<AuthorId>,
    /// What it is posted under; the first is shown.
    pub categories: Vec<TermId>,
    /// What it is about.
    pub tags: Vec<TermId>,
    /// The run of posts that it belongs to.
    pub series: Option<TermId>,
    /// Its language.
    pub language: Language,
    /// The description it was given; may be empty.
    pub description: String,
    /// Its lead image.
    pub image: Option<Picture>,
    /// Its recording.
    pub audio: Option<Audio>,
    /// The older neighbour in its collection.
    pub previous: Option<PostId>,
    /// The newer neighbour.
    pub next: Option<PostId>,
    /// At most [`crate::library::related::MOST`].
    pub related: Vec<PostId>,
    /// Where its links and images lead, by the start of their destination in the file, ascending.
    pub resolved: Vec<(usize, Resolved)>,
}

impl Post {
    /// Where the link or image at byte `start` of the file leads.
    #[must_use]
    pub fn resolved_at(&self, start: usize) -> Option<&Resolved> {
        resolved_at(&self.resolved, start)
    }
}

/// Looks a reference up by where its destination starts.
#[must_use]
pub fn resolved_at(resolved: &[(usize, Resolved)], start: usize) -> Option<&Resolved> {
    let at = resolved.binary_search_by_key(&start, |(start, _)| *start).ok()?;
    Some(&resolved[at].1)
}

/// Where a reference leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// To a page of the site: path from the host's root, with the fragment, and the title of what is there.
    Page {
        /// Path and fragment.
        path: String,
        /// Title of the page, for wikilinks without words of their own.
        title: String,
    },
    /// To a file that is copied.
    Asset(AssetId),
    /// To an image that is made into variants.
    Image(AssetId),
}

/// An image with its words.
#[derive(Clone, Debug)]
pub struct Picture {
    /// A file of the site, or an address elsewhere.
    pub source: PictureSource,
    /// Alternative text.
    pub alt: String,
    /// Whose it is.
    pub credit: String,
    /// Where they are.
    pub credit_url: String,
}

/// Where a picture is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PictureSource {
    /// In `content/`.
    Asset(AssetId),
    /// Elsewhere.
    Url(String),
}

/// A recording.
#[derive(Clone, Debug)]
pub struct Audio {
    /// A file of the site, or an address elsewhere.
    pub source: PictureSource,
    /// Seconds, where the front matter says so.
    pub duration: Option<u32>,
}

/// Someone who writes.
#[derive(Debug)]
pub struct Author {
    /// File stem of the profile, or slug of the name.
    pub id: Slug,
    /// Name.
    pub name: String,
    /// The profile, where there is one.
    pub profile: Option<Arc<Profile>>,
    /// Role.
    pub role: Option<String>,
    /// Portrait.
    pub photo: Option<AssetId>,
    /// Label and address.
    pub links: Vec<(String, String)>,
    /// Where their page is, if authors have pages.
    pub permalink: Option<Permalink>,
    /// References of the biography.
    pub resolved: Vec<(usize, Resolved)>,
}

/// Which kind of term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermKind {
    /// What a post is posted under.
    Category,
    /// What it is about.
    Tag,
    /// An ordered run of posts.
    Series,
}

impl TermKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Category, Self::Tag, Self::Series];

    /// The word that templates and `site.toml` use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Tag => "tag",
            Self::Series => "series",
        }
    }

    /// The theme's word for all of a kind, and the folder of their list where the permalink has none.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Category => "categories",
            Self::Tag => "tags",
            Self::Series => "series",
        }
    }
}

/// A category, tag or series.
#[derive(Debug)]
pub struct Term {
    /// Which.
    pub kind: TermKind,
    /// How it is written.
    pub name: String,
    /// Slug.
    pub slug: Slug,
    /// What it is about; may be empty.
    pub description: String,
    /// Where it is, if terms of its kind have pages.
    pub permalink: Option<Permalink>,
}

/// A folder of posts with its own list and feed.
#[derive(Debug)]
pub struct Collection {
    /// Id, and folder below `content/`.
    pub id: String,
    /// Heading, where the configuration has one.
    pub title: Option<String>,
    /// What it is about; may be empty.
    pub description: String,
    /// Where its list is.
    pub permalink: Permalink,
}

/// A file that is copied, or made into image variants.
#[derive(Debug)]
pub struct Asset {
    /// The file.
    pub file: File,
    /// Where it is published, if it is.
    pub permalink: Permalink,
    /// Whether it is copied.
    pub copied: bool,
}

impl Library {
    /// The newsletter.
    #[must_use]
    pub fn newsletter(&self, id: NewsletterId) -> &Newsletter {
        &self.newsletters[id.0]
    }

    /// The issue.
    #[must_use]
    pub fn issue(&self, id: IssueId) -> &Issue {
        &self.issues[id.0]
    }

    /// The issue of that name.
    #[must_use]
    pub fn issue_named(&self, name: &IssueName) -> Option<IssueId> {
        self.issues.iter().position(|issue| issue.name == *name).map(IssueId)
    }

    /// The post.
    #[must_use]
    pub fn post(&self, id: PostId) -> &Post {
        &self.posts[id.0]
    }

    /// The author.
    #[must_use]
    pub fn author(&self, id: AuthorId) -> &Author {
        &self.authors[id.0]
    }

    /// The term.
    #[must_use]
    pub fn term(&self, id: TermId) -> &Term {
        &self.terms[id.0]
    }

    /// The asset.
    #[must_use]
    pub fn asset(&self, id: AssetId) -> &Asset {
        &self.assets[id.0]
    }

    /// The asset at a path below `content/`.
    #[must_use]
    pub fn asset_at(&self, path: &str) -> Option<AssetId> {
        self.assets.binary_search_by(|asset| asset.file.path.as_str().cmp(path)).ok().map(AssetId)
    }

    /// The post or page of a file below `content/`.
    #[must_use]
    pub fn post_at(&self, path: &str) -> Option<&Post> {
        let at = self.posts.binary_search_by(|post| post.document.body.file.path.as_str().cmp(path)).ok()?;
        Some(&self.posts[at])
    }

    /// Where a file below `content/` (`pages/about.md`, `favicon.ico`) or an address (`/posts/`) is, as a path from the host's root; `None` where nothing is
    /// published there.
    #[must_use]
    pub fn path_of(&self, written: &str) -> Option<&str> {
        let below = written.trim_start_matches('/');
        if let Some(post) = self.post_at(below) {
            return post.shown.then(|| post.permalink.path());
        }
        if let Some(id) = self.asset_at(below) {
            return self.asset(id).copied.then(|| self.asset(id).permalink.path());
        }
        let permalink = self.base.join(below);
        let at = self.addresses.binary_search_by(|address| address.permalink.cmp(&permalink)).ok()?;
        Some(self.addresses[at].permalink.path())
    }
}
