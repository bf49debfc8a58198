//! The checked configuration of a site.

use jiff::tz::TimeZone;

use crate::config::blocks::Blocks;
use crate::config::blocks::Subscribe;
use crate::config::dkim::Dkim;
use crate::config::feeds::Feeds;
use crate::config::feeds::Podcast;
use crate::config::newsletter::Newsletter;
use crate::config::permalink::Pattern;
use crate::config::smtp::Smtp;
use crate::config::store::StorePlace;
use crate::diagnostic::node::Located;
use crate::diagnostic::node::Node;
use crate::diagnostic::source::Source;
use crate::value::language::Language;
use crate::value::url::SiteUrl;

/// `site.toml`, checked, with the overrides of the command line.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file itself, for later complaints about it.
    pub source: Source,
    /// The site's name.
    pub title: String,
    /// What it is about, for search engines and feeds.
    pub description: String,
    /// Where it will live.
    pub base_url: SiteUrl,
    /// Its language.
    pub language: Language,
    /// The zone of dates without one.
    pub time_zone: TimeZone,
    /// The theme's name.
    pub theme: Located<String>,
    /// Picture for pages that have none, a file below `content/`.
    pub image: Option<Located<String>>,
    /// Line for the foot of the page.
    pub copyright: Option<String>,
    /// Label, and a path or content file.
    pub navigation: Vec<(String, Located<String>)>,
    /// Addresses.
    pub permalinks: Permalinks,
    /// Collections, `posts` first.
    pub collections: Vec<Collection>,
    /// What is built.
    pub outputs: Outputs,
    /// Posts on one page of a list.
    pub page_size: usize,
    /// Feeds.
    pub feeds: Feeds,
    /// The podcast, if the site has one.
    pub podcast: Option<Podcast>,
    /// How Markdown is read.
    pub markdown: Markdown,
    /// How images are made.
    pub images: Images,
    /// What an article shows.
    pub blocks: Blocks,
    /// The subscribe form.
    pub subscribe: Subscribe,
    /// Newsletters, the default one first; never empty.
    pub newsletters: Vec<Newsletter>,
    /// Servers that send mail.
    pub smtp: Vec<Smtp>,
    /// Keys that letters are signed with.
    pub dkim: Vec<Dkim>,
    /// Where the list is.
    pub store: StorePlace,
    /// Names and descriptions of terms: kind (`category`), slug, name, description.
    pub terms: Vec<TermText>,
    /// The site's own values, for templates.
    pub extra: Node,
    /// Whether unknown front matter is only a warning.
    pub unknown_front_matter_warns: bool,
}

impl Config {
    /// The newsletter that forms subscribe to unless they say.
    #[must_use]
    pub fn newsletter(&self) -> &Newsletter {
        // There is always one: `newsletter::read_newsletters` sees to it.
        &self.newsletters[0]
    }
}

/// `[permalinks]`.
#[derive(Clone, Debug)]
pub struct Permalinks {
    /// Undated pages.
    pub pages: Pattern,
    /// Categories.
    pub category: Pattern,
    /// Tags.
    pub tag: Pattern,
    /// Series.
    pub series: Pattern,
    /// Authors.
    pub author: Pattern,
    /// The archive's folder, without slashes at its ends.
    pub archive: String,
}

/// `[collections.<id>]`, and the default one.
#[derive(Clone, Debug)]
pub struct Collection {
    /// Its id, which is also its folder below `content/`.
    pub id: String,
    /// Heading of its list.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Addresses of its posts.
    pub permalink: Pattern,
    /// The folder of its list, without slashes at its ends; never empty.
    pub path: String,
    /// Where `site.toml` speaks of it.
    pub span: std::ops::Range<usize>,
}

/// `[outputs]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outputs {
    /// The archive and its years.
    pub archive: bool,
    /// Pages of authors.
    pub authors: bool,
    /// Pages of categories.
    pub categories: bool,
    /// Pages of tags.
    pub tags: bool,
    /// Pages of series.
    pub series: bool,
    /// `sitemap.xml`.
    pub sitemap: bool,
    /// `robots.txt`.
    pub robots: bool,
    /// `_redirects`.
    pub redirects: bool,
    /// `404.html`.
    pub not_found: bool,
}

/// `[markdown]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Markdown {
    /// Straight quotes, `--` and `...` become typographic ones.
    pub smart_punctuation: bool,
    /// `$…$` and `$$…$$` are math, unless a post says otherwise.
    pub math: bool,
    /// Bare URLs become links.
    pub autolink: bool,
    /// Code is highlighted.
    pub highlight: bool,
}

/// `[images]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Widths of the variants, in pixels, ascending.
    pub widths: Vec<u32>,
    /// JPEG quality, 1 to 100.
    pub quality: u8,
    /// WebP quality, 1 to 100.
    pub webp_quality: u8,
    /// Whether a tiny placeholder stands in while an image loads.
    pub placeholder: bool,
    /// The `sizes` of images in articles.
    pub sizes: String,
}

/// `[terms.<kind>.<slug>]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermText {
    /// `category`, `tag` or `series`.
    pub kind: String,
    /// The slug.
    pub slug: String,
    /// How to write it.
    pub name: Option<String>,
    /// What it is about.
    pub description: Option<String>,
}

/// What the command line says over `site.toml`.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--base-url`.
    pub base_url: Option<SiteUrl>,
    /// `--theme`.
    pub theme: Option<String>,
    /// The preview's own: the host is this one's, the path below it stays that of `base_url`.
    pub origin: Option<SiteUrl>,
}
