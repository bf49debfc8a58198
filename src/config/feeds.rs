//! Which feeds there are, and the podcast.

use crate::config::read::Keys;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::value::address::EmailAddress;
use crate::value::path::SitePath;

/// What a feed is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedScope {
    /// All posts of the default collection… and of every other: the whole site.
    Site,
    /// One collection.
    Collection,
    /// One category.
    Category,
    /// One tag.
    Tag,
    /// One author.
    Author,
    /// The issues of one newsletter.
    Newsletter,
}

/// The format of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedFormat {
    /// Atom (RFC 4287).
    Atom,
    /// RSS 2.0.
    Rss,
    /// JSON Feed 1.1.
    Json,
}

impl FeedFormat {
    /// The three formats in the order in which pages announce them.
    pub const ALL: [Self; 3] = [Self::Atom, Self::Rss, Self::Json];

    /// The MIME type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml",
            Self::Rss => "application/rss+xml",
            Self::Json => "application/feed+json",
        }
    }

    /// The word that templates see: `atom`, `rss`, `json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Atom => "atom",
            Self::Rss => "rss",
            Self::Json => "json",
        }
    }
}

/// `[feeds]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feeds {
    /// Posts in each feed, the newest.
    pub limit: usize,
    /// The domain in the ids by which feed readers know posts; default: that of `base_url`. A site that moves to another domain keeps its old one here, so
    /// that nothing is announced twice.
    pub authority: Option<String>,
    /// Whole articles, or only summaries.
    pub full_content: bool,
    scopes: Vec<(FeedScope, FeedFiles)>,
}

/// The file names of one scope's feeds, beneath the address of what they are of. A name that ends in `/` is a folder that answers by its `index.xml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedFiles {
    /// Atom.
    pub atom: Vec<String>,
    /// RSS 2.0.
    pub rss: Vec<String>,
    /// JSON Feed.
    pub json: Vec<String>,
}

impl FeedFiles {
    /// The names for one format.
    #[must_use]
    pub fn of(&self, format: FeedFormat) -> &[String] {
        match format {
            FeedFormat::Atom => &self.atom,
            FeedFormat::Rss => &self.rss,
            FeedFormat::Json => &self.json,
        }
    }
}

impl Feeds {
    /// The feeds of one scope; empty lists where the scope has none.
    #[must_use]
    pub fn files(&self, scope: FeedScope) -> FeedFiles {
        self.scopes.iter().find(|(known, _)| *known == scope).map(|(_, files)| files.clone()).unwrap_or_default()
    }
}

/// `[podcast]`: the feed of the posts that have audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Podcast {
    /// Its title; default: the site's.
    pub title: Option<String>,
    /// Its description; default: the site's.
    pub description: Option<String>,
    /// Who makes it.
    pub author: Option<String>,
    /// The owner's address, which podcast directories verify.
    pub email: Option<EmailAddress>,
    /// Apple's category, such as `Arts`.
    pub category: Option<String>,
    /// Whether it has explicit language.
    pub explicit: bool,
    /// What directories know the show by (`podcast:guid`); default: made from the feed's address. A show that moves keeps its own.
    pub guid: Option<String>,
    /// Cover picture, a file below `content/`.
    pub image: Option<Located<String>>,
    /// Where it is, below the site's root.
    pub path: String,
}

const SCOPES: [(&str, FeedScope); 6] = [
    ("site", FeedScope::Site),
    ("collection", FeedScope::Collection),
    ("category", FeedScope::Category),
    ("tag", FeedScope::Tag),
    ("author", FeedScope::Author),
    ("newsletter", FeedScope::Newsletter),
];

/// Reads `[feeds]`; an absent table means the defaults.
pub(in crate::config) fn read_feeds(keys: &mut Keys<'_>, fields: Option<Fields<'_>>) -> Feeds {
    let default = |name: &str| vec![name.to_owned()];
    let mut base = FeedFiles { atom: default("feed.xml"), rss: default("rss.xml"), json: default("feed.json") };
    let mut feeds = Feeds { limit: 20, authority: None, full_content: true, scopes: Vec::new() };
    let Some(mut fields) = fields else {
        feeds.scopes = SCOPES.map(|(_, scope)| (scope, base.clone())).to_vec();
        return feeds;
    };
    if let Some(limit) = fields.integer("limit", 1..=1000) {
        feeds.limit = usize::try_from(limit.value).unwrap_or(20);
    }
    feeds.authority = fields.string("authority").and_then(|domain| {
        let known = idna::domain_to_ascii_strict(&domain.value).ok().filter(|domain| domain.contains('.'));
        if known.is_none() {
            let message = format!("`{}` is no domain", domain.value);
            let hint = "write the domain that the site had first, such as \"example.com\"";
            fields.push(Diagnostic::error("bad-domain", message).at(fields.source(), domain.span).hint(hint));
        }
        known
    });
    feeds.full_content = fields.boolean("full_content").unwrap_or(true);
    read_files(&mut fields, &mut base);
    let wanted = fields.strings("for");
    if let Some(wanted) = &wanted {
        for name in wanted {
            keys.one_of(&fields, name, "for", &SCOPES.map(|(name, _)| name));
        }
    }
    for (name, scope) in SCOPES {
        let mut files = base.clone();
        let own = fields.table(name, format!("[feeds.{name}]"));
        let listed = wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|w| w.value == name));
        if let Some(mut own) = own {
            read_files(&mut own, &mut files);
            own.finish();
        }
        if listed {
            feeds.scopes.push((scope, files));
        }
    }
    fields.finish();
    feeds
}

fn read_files(fields: &mut Fields<'_>, files: &mut FeedFiles) {
    for (key, list) in [("atom", &mut files.atom), ("rss", &mut files.rss), ("json", &mut files.json)] {
        let Some(names) = fields.strings(key) else { continue };
        list.clear();
        for name in names {
            let text = name.value.trim_start_matches('/');
            if is_below(text) {
                list.push(text.to_owned());
            } else {
                bad_path(fields, &name, "write a file name such as \"feed.xml\", or a folder such as \"feed/\"");
            }
        }
    }
}

fn is_below(path: &str) -> bool {
    SitePath::parse(path).is_ok() && !path.split('/').any(|segment| segment == "..")
}

fn bad_path(fields: &Fields<'_>, path: &Located<String>, hint: &str) {
    let message = format!("`{}` is no path below the site", path.value);
    fields.push(Diagnostic::error("bad-path", message).at(fields.source(), path.span.clone()).hint(hint));
}

/// Reads `[podcast]`.
pub(in crate::config) fn read_podcast(mut fields: Fields<'_>) -> Podcast {
    let text = |value: Option<Located<String>>| value.map(|value| value.value);
    let email = fields.string("email").and_then(|value| match EmailAddress::parse(&value.value) {
        Ok(address) => Some(address),
        Err(error) => {
            let message = format!("`email`: {error}");
            fields.push(Diagnostic::error("bad-address", message).at(fields.source(), value.span));
            None
        }
    });
    let path = match fields.string("path") {
        Some(path) if is_below(path.value.trim_start_matches('/')) && !path.value.ends_with('/') => {
            path.value.trim_start_matches('/').to_owned()
        }
        Some(path) => {
            bad_path(&fields, &path, "write a file name such as \"podcast.xml\"");
            "podcast.xml".to_owned()
        }
        None => "podcast.xml".to_owned(),
    };
    let podcast = Podcast {
        title: text(fields.string("title")),
        description: text(fields.string("description")),
        author: text(fields.string("author")),
        email,
        category: text(fields.string("category")),
        explicit: fields.boolean("explicit").unwrap_or(false),
        guid: text(fields.string("guid")),
        image: fields.string("image"),
        path,
    };
    fields.finish();
    podcast
}
