//! Everything that will be published, each at its address; two things at one address are an error.

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::config::feeds::FeedFormat;
use crate::config::feeds::FeedScope;
use crate::config::site::Config;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
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
}

/// Bytes that a file's name may have on the usual file systems.
const LONGEST_NAME: usize = 255;

/// Whether two paths differ by a slash at the end alone.
fn slash_apart(a: &str, b: &str) -> bool {
    a != b && a.trim_end_matches('/') == b.trim_end_matches('/')
}

impl Address {
    fn new(permalink: &Permalink, target: &Target) -> Self {
        Self { permalink: permalink.clone(), target: target.clone() }
    }

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

/// Plans all addresses. What collides is reported with both its sources.
pub fn plan(config: &Config, library: &Library, aliases: &[(PostId, String)], report: &mut Report) -> Vec<Address> {
    let mut plan = Plan { library, config, taken: HashMap::new(), folders: HashMap::new(), addresses: Vec::new() };
    for (index, asset) in library.assets.iter().enumerate() {
        if asset.copied {
            plan.add(asset.permalink.clone(), Target::Asset(AssetId(index)), report);
        }
    }
    for (index, post) in library.posts.iter().enumerate() {
        if post.shown {
            plan.add(post.permalink.clone(), Target::Post(PostId(index)), report);
        }
    }
    plan.lists(report);
    plan.feeds(report);
    plan.singles(report);
    for (post, path) in aliases {
        if library.post(*post).shown {
            plan.add(library.base.join(path), Target::Alias(*post), report);
        }
    }
    let mut addresses = plan.addresses;
    addresses.par_sort_by(|a, b| a.permalink.cmp(&b.permalink));
    addresses
}

struct Plan<'a> {
    library: &'a Library,
    config: &'a Config,
    /// By output file in lower case: many hosts and disks do not tell cases apart.
    taken: HashMap<String, usize>,
    /// Every folder above a taken file, with the first such file: a file and a folder cannot have one name.
    folders: HashMap<String, usize>,
    addresses: Vec<Address>,
}

impl Plan<'_> {
    fn add(&mut self, permalink: Permalink, target: Target, report: &mut Report) {
        let address = Address { permalink, target };
        let key = address.file().to_lowercase();
        if let Some(long) = key.split('/').find(|part| part.len() > LONGEST_NAME) {
            let message =
                format!("a part of the address of {} has {} bytes", self.describe(&address.target), long.len());
            let mut diagnostic = Diagnostic::error("long-address", message);
            if let Some((source, span)) = self.place(&address.target, &address.permalink) {
                diagnostic = diagnostic.at(&source, span);
            }
            report
                .push(diagnostic.hint(format!("file systems allow {LONGEST_NAME}: give it a shorter `slug` or `url`")));
            return;
        }
        let above = || key.match_indices('/').map(|(slash, _)| &key[..slash]);
        let in_the_way = self.folders.get(&key).or_else(|| above().find_map(|folder| self.taken.get(folder)));
        // `/walk` and `/walk/` are one address to a host.
        let twin = match key.strip_suffix("/index.html") {
            Some(folder) => format!("{folder}.html"),
            None => key.strip_suffix(".html").map_or_else(String::new, |bare| format!("{bare}/index.html")),
        };
        let twin = self
            .taken
            .get(&twin)
            .filter(|other| slash_apart(address.permalink.path(), self.addresses[**other].permalink.path()));
        if let Some(other) = self.taken.get(&key).or(in_the_way).or(twin) {
            let first = &self.addresses[*other];
            // A user's own file stands in for what the program would make: robots.txt, feeds, sitemap.
            if matches!(first.target, Target::Asset(_)) && self.gives_way(&address.target) {
                return;
            }
            report.push(self.collision(&address.permalink, &address.target, first));
            return;
        }
        let index = self.addresses.len();
        for folder in above() {
            if !self.folders.contains_key(folder) {
                self.folders.insert(folder.to_owned(), index);
            }
        }
        self.taken.insert(key, index);
        self.addresses.push(address);
    }

    fn gives_way(&self, target: &Target) -> bool {
        matches!(target, Target::Robots | Target::Redirects | Target::NotFound | Target::Sitemap)
    }

    fn lists(&mut self, report: &mut Report) {
        let base = &self.library.base;
        self.add(base.join(""), Target::Home, report);
        let size = self.config.page_size;
        for (index, collection) in self.library.collections.iter().enumerate() {
            let first = below(&collection.permalink);
            for number in 1..=page_count(self.library.collection_posts[index].len(), size) {
                self.add(base.join(&page_path(&first, number)), Target::List(CollectionId(index), number), report);
            }
        }
        for kind in TermKind::ALL {
            if let Some(path) = terms_path(self.config, kind)
                && self.library.terms.iter().any(|term| term.kind == kind)
            {
                self.add(base.join(&path), Target::Terms(kind), report);
            }
        }
        for (index, term) in self.library.terms.iter().enumerate() {
            let Some(permalink) = &term.permalink else { continue };
            let first = below(permalink);
            for number in 1..=page_count(self.library.term_posts[index].len(), size) {
                self.add(base.join(&page_path(&first, number)), Target::Term(TermId(index), number), report);
            }
        }
        if self.config.outputs.authors {
            if let Some(path) = authors_path(self.config)
                && !self.library.authors.is_empty()
            {
                self.add(base.join(&path), Target::Authors, report);
            }
            for (index, author) in self.library.authors.iter().enumerate() {
                let Some(permalink) = &author.permalink else { continue };
                let first = below(permalink);
                for number in 1..=page_count(self.library.author_posts[index].len(), size) {
                    self.add(base.join(&page_path(&first, number)), Target::Author(AuthorId(index), number), report);
                }
            }
        }
        if self.config.outputs.archive {
            self.add(base.join(&archive_path(self.config, None)), Target::Archive, report);
            for (year, _) in &self.library.years {
                self.add(base.join(&archive_path(self.config, Some(*year))), Target::ArchiveYear(*year), report);
            }
        }
    }

    fn feeds(&mut self, report: &mut Report) {
        let mut scopes = vec![FeedOf::Site];
        scopes.extend((0..self.library.collections.len()).map(|index| FeedOf::Collection(CollectionId(index))));
        scopes.extend((0..self.library.terms.len()).map(|index| FeedOf::Term(TermId(index))));
        scopes.extend((0..self.library.authors.len()).map(|index| FeedOf::Author(AuthorId(index))));
        for of in scopes {
            for (format, paths) in feeds_of(self.config, self.library, of) {
                for path in paths {
                    self.add(path.permalink, Target::Feed(of, format), report);
                }
            }
        }
        if let Some(podcast) = &self.config.podcast {
            self.add(self.library.base.join(&podcast.path), Target::Podcast, report);
        }
    }

    fn singles(&mut self, report: &mut Report) {
        let outputs = self.config.outputs;
        for (wanted, path, target) in [
            (outputs.not_found, "404.html", Target::NotFound),
            (outputs.sitemap, "sitemap.xml", Target::Sitemap),
            (outputs.robots, "robots.txt", Target::Robots),
            (outputs.redirects, "_redirects", Target::Redirects),
        ] {
            if wanted {
                self.add(self.library.base.join(path), target, report);
            }
        }
    }

    fn collision(&self, permalink: &Permalink, target: &Target, first: &Address) -> Diagnostic {
        let (what, other) = (self.describe(target), self.describe(&first.target));
        let mut message = format!("{what} and {other} have the same address {}", permalink.path());
        let (path, other_path) = (permalink.path(), first.permalink.path());
        let (file, other_file) = (Address::new(permalink, target).file(), first.file());
        if path != other_path && file == other_file {
            message = format!("{what} ({path}) and {other} ({other_path}) would be the same file {file}");
        } else if slash_apart(path, other_path) {
            message = format!(
                "{what} ({path}) and {other} ({other_path}) are one slash apart, which hosts do not tell apart"
            );
        } else if file.to_lowercase() != other_file.to_lowercase() {
            message = format!(
                "{what} ({path}) and {other} ({other_path}) cannot both exist: one would be a file, and a folder for the other"
            );
        } else if path != other_path {
            message = format!(
                "the addresses of {what} ({path}) and {other} ({other_path}) differ only in case, which many hosts and disks do not tell apart"
            );
        }
        let mut diagnostic = Diagnostic::error("same-address", message);
        if let Some((source, span)) = self.place(target, permalink) {
            diagnostic = diagnostic.at(&source, span);
            if let Some((source, span)) = self.place(&first.target, &first.permalink) {
                diagnostic = diagnostic.also(&source, span, "the other one");
            }
        } else if let Some((source, span)) = self.place(&first.target, &first.permalink) {
            diagnostic = diagnostic.at(&source, span);
        }
        diagnostic.hint("give one of them another `slug` or `url`, or change [permalinks] in site.toml")
    }

    fn describe(&self, target: &Target) -> String {
        match target {
            Target::Post(id) => {
                format!("“{}” ({})", self.library.post(*id).title, self.library.post(*id).document.body.file.name)
            }
            Target::Asset(id) => format!("the file {}", self.library.asset(*id).file.name),
            Target::Alias(id) => format!("an alias of “{}”", self.library.post(*id).title),
            Target::Home => "the home page".into(),
            Target::List(id, number) => format!("page {number} of the list of {}", self.library.collections[id.0].id),
            Target::Terms(kind) => format!("the list of {}", kind.plural()),
            Target::Term(id, _) => {
                let term = self.library.term(*id);
                format!("the {} “{}”", term.kind.word(), term.name)
            }
            Target::Authors => "the list of authors".into(),
            Target::Author(id, _) => format!("the author “{}”", self.library.author(*id).name),
            Target::Archive => "the archive".into(),
            Target::ArchiveYear(year) => format!("the archive of {year}"),
            Target::NotFound => "the page for missing addresses".into(),
            Target::Feed(of, format) => match of {
                FeedOf::Site => format!("the site's {} feed", format.word()),
                FeedOf::Collection(id) => {
                    format!("the {} feed of {}", format.word(), self.library.collections[id.0].id)
                }
                FeedOf::Term(id) => format!("the {} feed of “{}”", format.word(), self.library.term(*id).name),
                FeedOf::Author(id) => format!("the {} feed of “{}”", format.word(), self.library.author(*id).name),
            },
            Target::Podcast => "the podcast feed".into(),
            Target::Sitemap => "the sitemap".into(),
            Target::Robots => "robots.txt".into(),
            Target::Redirects => "the redirects file".into(),
        }
    }

    fn place(&self, target: &Target, permalink: &Permalink) -> Option<(Source, std::ops::Range<usize>)> {
        match target {
            Target::Post(id) | Target::Alias(id) => {
                let document = &self.library.post(*id).document;
                let front = &document.front;
                let alias = front
                    .aliases
                    .iter()
                    .find(|alias| self.library.base.join(&alias_path(&alias.value)).path() == permalink.path());
                let span = match (target, &front.url, &front.slug) {
                    (Target::Alias(_), ..) if let Some(alias) = alias => alias.span.clone(),
                    (_, Some(url), _) => url.span.clone(),
                    (_, None, Some(slug)) => slug.span.clone(),
                    _ => front.title.span.clone(),
                };
                Some((document.body.source().ok()?, span))
            }
            Target::List(id, _) => {
                // The default collection stands nowhere.
                let span = self.config.collections.get(id.0)?.span.clone();
                (!span.is_empty()).then(|| (self.config.source.clone(), span))
            }
            _ => None,
        }
    }
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
