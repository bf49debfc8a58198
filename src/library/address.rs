//! What is published at an address, and the paths of what the program makes.

use crate::config::feeds::FeedFormat;
use crate::config::feeds::FeedScope;
use crate::config::site::Config;
use crate::library::issue::IssueId;
use crate::library::issue::NewsletterId;
use crate::library::model::AssetId;
use crate::library::model::AuthorId;
use crate::library::model::CollectionId;
use crate::library::model::Library;
use crate::library::model::PostId;
use crate::library::model::TermId;
use crate::library::model::TermKind;
use crate::value::url::Permalink;
use crate::value::url::SiteUrl;

/// One file of the output.
#[derive(Clone, Debug)]
pub struct Address {
    /// Where it is.
    pub permalink: Permalink,
    /// What it is.
    pub target: Target,
}

/// What is at an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// The first page.
    Home,
    /// A post or page.
    Post(PostId),
    /// A page of a collection's list, from 1.
    List(CollectionId, usize),
    /// All terms of a kind.
    Terms(TermKind),
    /// A page of a term's list, from 1.
    Term(TermId, usize),
    /// All authors.
    Authors,
    /// A page of an author's list, from 1.
    Author(AuthorId, usize),
    /// The archive, with its newest year.
    Archive,
    /// A year of it.
    ArchiveYear(i16),
    /// The archive of a newsletter.
    Issues(NewsletterId),
    /// An issue.
    Issue(IssueId),
    /// For addresses that do not exist.
    NotFound,
    /// A feed.
    Feed(FeedOf, FeedFormat),
    /// The feed of recordings.
    Podcast,
    /// `sitemap.xml`.
    Sitemap,
    /// `robots.txt`.
    Robots,
    /// `_redirects`.
    Redirects,
    /// A former address of a post.
    Alias(PostId),
    /// A copied file.
    Asset(AssetId),
}

/// What a feed is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FeedOf {
    /// The whole site.
    Site,
    /// A collection.
    Collection(CollectionId),
    /// A category or tag.
    Term(TermId),
    /// An author.
    Author(AuthorId),
    /// The issues of a newsletter.
    Newsletter(NewsletterId),
}

impl Address {
    /// The file below the output folder that answers for it. A page at `/2019/hello` is `2019/hello.html`: hosts serve that for the bare name, and as HTML.
    #[must_use]
    pub fn file(&self) -> String {
        let mut file = self.permalink.file();
        let last = file.rsplit('/').next().unwrap_or_default();
        if (self.target.is_page() || matches!(self.target, Target::Alias(_))) && !last.contains('.') {
            file.push_str(".html");
        }
        file
    }
}

impl Target {
    /// Whether it is a page of HTML that a search engine should find.
    #[must_use]
    pub fn is_page(&self) -> bool {
        matches!(
            self,
            Self::Home
                | Self::Post(_)
                | Self::List(..)
                | Self::Terms(_)
                | Self::Term(..)
                | Self::Authors
                | Self::Author(..)
                | Self::Archive
                | Self::ArchiveYear(_)
                | Self::Issues(_)
                | Self::Issue(_)
        )
    }
}

/// `/old` answers as `/old/` does: a folder with an `index.html`, unless it names a file.
#[must_use]
pub fn alias_path(alias: &str) -> String {
    let path = alias.trim_start_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    if last.is_empty() || last.contains('.') { path.to_owned() } else { format!("{path}/") }
}

/// The path of page `number` of a list at `first`: `page/2/` below it.
#[must_use]
pub fn page_path(first: &str, number: usize) -> String {
    if number == 1 { first.to_owned() } else { format!("{first}page/{number}/") }
}

/// How many pages `count` posts fill; at least one.
#[must_use]
pub fn page_count(count: usize, size: usize) -> usize {
    count.div_ceil(size.max(1)).max(1)
}

/// Where a feed is.
#[derive(Clone, Debug)]
pub struct FeedPath {
    /// Its file.
    pub permalink: Permalink,
    /// The folder that answers by this file, where the configuration names a folder: `feed/` answers by its `index.xml`.
    pub folder: Option<Permalink>,
}

/// The file names of a scope's feeds become paths below the address of what they are of.
fn feed_path(base: &SiteUrl, below: &str, name: &str) -> FeedPath {
    let path = format!("{below}{name}");
    if name.ends_with('/') {
        FeedPath { permalink: base.join(&format!("{path}index.xml")), folder: Some(base.join(&path)) }
    } else {
        FeedPath { permalink: base.join(&path), folder: None }
    }
}

/// The decoded path below the site's root of a permalink.
#[must_use]
pub fn below(permalink: &Permalink) -> String {
    percent_encoding::percent_decode_str(permalink.below_root()).decode_utf8_lossy().into_owned()
}

/// The feeds of one thing: what, and at which paths below the root, by format; the first path of a format is the one that pages announce.
#[must_use]
pub fn feeds_of(config: &Config, library: &Library, of: FeedOf) -> Vec<(FeedFormat, Vec<FeedPath>)> {
    let (scope, folder) = match of {
        FeedOf::Site => (FeedScope::Site, String::new()),
        FeedOf::Collection(id) => (FeedScope::Collection, below(&library.collections[id.0].permalink)),
        FeedOf::Term(id) => {
            let term = library.term(id);
            let scope = match term.kind {
                TermKind::Category => FeedScope::Category,
                TermKind::Tag => FeedScope::Tag,
                TermKind::Series => return Vec::new(),
            };
            let Some(permalink) = &term.permalink else { return Vec::new() };
            (scope, below(permalink))
        }
        FeedOf::Author(id) => {
            let Some(permalink) = &library.author(id).permalink else { return Vec::new() };
            (FeedScope::Author, below(permalink))
        }
        FeedOf::Newsletter(id) => {
            let newsletter = library.newsletter(id);
            if newsletter.issues.is_empty() {
                return Vec::new();
            }
            (FeedScope::Newsletter, below(&newsletter.permalink))
        }
    };
    let files = config.feeds.files(scope);
    FeedFormat::ALL
        .into_iter()
        .map(|format| {
            let paths = files.of(format).iter().map(|name| feed_path(&library.base, &folder, name)).collect();
            (format, paths)
        })
        .filter(|(_, paths): &(_, Vec<_>)| !paths.is_empty())
        .collect()
}

/// Path of the list of all terms of a kind, below the root; `None` where such terms have no pages.
#[must_use]
pub fn terms_path(config: &Config, kind: TermKind) -> Option<String> {
    let (wanted, pattern) = match kind {
        TermKind::Category => (config.outputs.categories, &config.permalinks.category),
        TermKind::Tag => (config.outputs.tags, &config.permalinks.tag),
        TermKind::Series => (config.outputs.series, &config.permalinks.series),
    };
    let folder = if pattern.folder().is_empty() { kind.plural() } else { pattern.folder() };
    wanted.then(|| format!("{folder}/"))
}

/// Path of the list of all authors, below the root; `None` where authors have no pages.
#[must_use]
pub fn authors_path(config: &Config) -> Option<String> {
    let folder = config.permalinks.author.folder();
    config.outputs.authors.then(|| format!("{}/", if folder.is_empty() { "authors" } else { folder }))
}

/// Path of the archive or of one of its years, below the root.
#[must_use]
pub fn archive_path(config: &Config, year: Option<i16>) -> String {
    match year {
        None => format!("{}/", config.permalinks.archive),
        Some(year) => format!("{}/{year}/", config.permalinks.archive),
    }
}
