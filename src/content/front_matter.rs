//! The front matter of posts and pages, typed; the same keys in TOML and YAML.

use std::ops::Range;

use crate::content::date::Date;
use crate::diagnostic::node::Located;
use crate::diagnostic::node::Node;
use crate::value::language::Language;

/// What stands between the fences of a post or a page. A key that is absent is `None` or empty.
#[derive(Clone, Debug)]
pub struct FrontMatter {
    /// Bytes of the file: what stands between the fences.
    pub span: Range<usize>,
    /// The title; empty only where it is missing, which was reported.
    pub title: Located<String>,
    /// The stable name for feeds and issues; never empty.
    pub id: Option<Located<String>>,
    /// When it was or will be published. From the file's name where the key is absent; then its span is empty.
    pub date: Option<Located<Date>>,
    /// When its content last changed.
    pub updated: Option<Located<Date>>,
    /// When it goes away.
    pub expires: Option<Located<Date>>,
    /// The exact slug: one segment, checked by [`crate::value::slug::is_slug`].
    pub slug: Option<Located<String>>,
    /// The exact path below the site: begins with `/`, no `..`, `?` or `#`.
    pub url: Option<Located<String>>,
    /// Further paths that lead here, of the same form.
    pub aliases: Vec<Located<String>>,
    /// Ids of profiles, or plain names.
    pub authors: Vec<Located<String>>,
    /// The categories; the first one is shown.
    pub categories: Vec<Located<String>>,
    /// The tags.
    pub tags: Vec<Located<String>>,
    /// The series it belongs to.
    pub series: Option<Located<String>>,
    /// One or two sentences on what it is about.
    pub description: Option<Located<String>>,
    /// The lead image.
    pub image: Option<Image>,
    /// The recording.
    pub audio: Option<Audio>,
    /// Whether it is kept from publication.
    pub draft: bool,
    /// Its language where it is not the site's.
    pub language: Option<Located<Language>>,
    /// Whether to show a table of contents.
    pub toc: Option<bool>,
    /// Whether `$…$` is math.
    pub math: Option<bool>,
    /// Its place in newsletters.
    pub newsletter: Newsletter,
    /// Whatever the theme wants, as written.
    pub extra: Option<Node>,
}

/// `image = { src, alt, credit, credit_url }`, or `image = "src"`.
#[derive(Clone, Debug)]
pub struct Image {
    /// The file beside the Markdown file, `/…` from `content/`, or an address; never empty.
    pub src: Located<String>,
    /// What it shows; `Some("")` says that it is decoration.
    pub alt: Option<Located<String>>,
    /// Whose it is.
    pub credit: Option<String>,
    /// Where it is from.
    pub credit_url: Option<Located<String>>,
}

/// `audio = { src, duration }`.
#[derive(Clone, Debug)]
pub struct Audio {
    /// The file, as [`Image::src`].
    pub src: Located<String>,
    /// Seconds.
    pub duration: Option<u32>,
}

/// `newsletter = { include, blurb }`.
#[derive(Clone, Debug, Default)]
pub struct Newsletter {
    /// Whether issues may pick it; absent means yes.
    pub include: Option<bool>,
    /// What an issue says of it instead of its description.
    pub blurb: Option<Located<String>>,
}
