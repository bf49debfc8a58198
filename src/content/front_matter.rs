//! The front matter of posts and pages, typed; the same keys in TOML and YAML.

use std::cell::RefCell;
use std::ops::Range;

use jiff::civil;
use serde::Deserialize;
use serde::Serialize;

use crate::content::checks;
use crate::content::date::Date;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Data;
use crate::diagnostic::node::Located;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::diagnostic::source::Source;
use crate::value::language::Language;

/// What stands between the fences of a post or a page. A key that is absent is `None` or empty.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    #[serde(with = "crate::content::stored::node")]
    pub extra: Option<Node>,
    /// What is missing only because it could not be read, which was reported: not worth another word.
    pub unread: Unread,
}

/// Keys that are there, but could not be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// `date`.
    pub date: bool,
    /// `description`.
    pub description: bool,
}

/// `image = { src, alt, credit, credit_url }`, or `image = "src"`.
#[derive(Clone, Debug, Serialize, Deserialize)]
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

/// `audio = { src, duration }`, or `audio = "src"`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audio {
    /// The file, as [`Image::src`].
    pub src: Located<String>,
    /// Seconds.
    pub duration: Option<u32>,
}

/// `newsletter = { include, blurb }`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Newsletter {
    /// Whether issues may pick it; absent means yes.
    pub include: Option<bool>,
    /// What an issue says of it instead of its description.
    pub blurb: Option<Located<String>>,
}

/// Where front matter comes from, beside the text.
#[derive(Clone, Copy, Debug)]
pub(in crate::content) struct Context {
    /// The day in the file's name.
    pub(in crate::content) day: Option<civil::Date>,
    /// What an unknown key is.
    pub(in crate::content) unknown: Severity,
    /// Whether its syntax is broken, so that any key may be missing.
    pub(in crate::content) broken: bool,
}

const TITLE_HINT: &str = "add title = \"…\"";

/// Reads what stands between the fences of `parts`; everything wrong is reported, and what is right is returned.
pub(in crate::content) fn read(
    source: &Source,
    fenced: bool,
    node: Node,
    context: Context,
    report: &RefCell<Report>,
) -> FrontMatter {
    let span = node.span.clone();
    let start = span.start..span.start;
    let mut fields = Fields::new(source, report, "front matter", node);
    let title = if fenced {
        checks::required(&mut fields, "title", TITLE_HINT)
    } else {
        let diagnostic = Diagnostic::error("missing-front-matter", "this file has no front matter, and so no title");
        let hint = "begin it with three lines: +++, then title = \"…\", then +++";
        fields.push(diagnostic.at(source, start.clone()).hint(hint));
        Located { value: String::new(), span: start.clone() }
    };
    let id = checks::id(&mut fields);
    let lost = context.broken || !fenced;
    let has_date = fields.has("date");
    let has_description = fields.has("description");
    let date = checks::date(&mut fields, "date");
    let updated = checks::date(&mut fields, "updated");
    let expires = checks::date(&mut fields, "expires");
    let slug = checks::slug(&mut fields);
    let url = fields.string("url").and_then(|path| checks::path(&fields, "url", path));
    let aliases = checks::list(&mut fields, "aliases");
    let aliases = aliases.into_iter().filter_map(|path| checks::path(&fields, "aliases", path)).collect();
    let authors = checks::list(&mut fields, "authors");
    let categories = categories(&mut fields);
    let unread_date = lost || (has_date && date.is_none());
    let tags = checks::list(&mut fields, "tags");
    let series = checks::text(&mut fields, "series");
    let description = fields.string("description");
    let unread_description = lost || (has_description && description.is_none());
    let front = FrontMatter {
        title,
        id,
        date: date.or_else(|| context.day.map(|day| Located { value: Date::Day(day), span: start })),
        updated,
        expires,
        slug,
        url,
        aliases,
        authors,
        categories,
        tags,
        series,
        description: description.filter(|text| !text.value.trim().is_empty()),
        image: image(&mut fields),
        audio: audio(&mut fields),
        draft: fields.boolean("draft").unwrap_or(false),
        language: checks::language(&mut fields),
        toc: fields.boolean("toc"),
        math: fields.boolean("math"),
        newsletter: newsletter(&mut fields),
        extra: checks::extra(&mut fields),
        unread: Unread { date: unread_date, description: unread_description },
        span,
    };
    fields.finish_as(context.unknown, Some("keys of your own go under `extra`"));
    front
}

/// `category = "x"` or `categories = ["x", "y"]`.
fn categories(fields: &mut Fields<'_>) -> Vec<Located<String>> {
    let one = checks::text(fields, "category");
    let many = checks::list(fields, "categories");
    let Some(one) = one else { return many };
    if let Some(other) = many.first() {
        let diagnostic = Diagnostic::error("two-keys", "`category` and `categories` are both given");
        let diagnostic = diagnostic.at(fields.source(), one.span.clone());
        let diagnostic = diagnostic.also(fields.source(), other.span.clone(), "the other one");
        fields.push(diagnostic.hint("keep `categories`; its first entry is the one that is shown"));
        return many;
    }
    vec![one]
}

fn image(fields: &mut Fields<'_>) -> Option<Image> {
    let node = fields.node("image")?;
    let mut table = match node.data {
        Data::String(value) => {
            let src = Located { value, span: node.span };
            return Some(Image { src, alt: None, credit: None, credit_url: None });
        }
        Data::Table(_) => fields.child("`image`", node),
        _ => {
            checks::wrong_type(fields, "image", "a file's name or a table", &node, Some(IMAGE_HINT));
            return None;
        }
    };
    let src = checks::required(&mut table, "src", "add src = \"photo.jpg\"");
    let image = Image {
        alt: table.string("alt"),
        credit: checks::text(&mut table, "credit").map(|credit| credit.value),
        credit_url: checks::text(&mut table, "credit_url"),
        src,
    };
    table.finish();
    (!image.src.value.is_empty()).then_some(image)
}

const IMAGE_HINT: &str = "write image = { src = \"photo.jpg\", alt = \"what it shows\" }";
const AUDIO_HINT: &str = "write audio = { src = \"talk.mp3\", duration = \"12:34\" }";
const NEWSLETTER_HINT: &str = "write newsletter = { include = false }";

fn audio(fields: &mut Fields<'_>) -> Option<Audio> {
    let node = fields.node("audio")?;
    let mut table = match node.data {
        Data::String(value) => return Some(Audio { src: Located { value, span: node.span }, duration: None }),
        Data::Table(_) => fields.child("`audio`", node),
        _ => {
            checks::wrong_type(fields, "audio", "a file's name or a table", &node, Some(AUDIO_HINT));
            return None;
        }
    };
    let src = checks::required(&mut table, "src", "add src = \"talk.mp3\"");
    let duration = table.node("duration").and_then(|node| {
        let seconds = match &node.data {
            Data::Integer(seconds) => u32::try_from(*seconds).ok(),
            Data::String(text) => seconds_of(text),
            _ => None,
        };
        if seconds.is_none() {
            let diagnostic = Diagnostic::error("bad-duration", "`duration` is not a length of time");
            let hint = "write \"1:02:03\", \"12:34\" or a number of seconds";
            table.push(diagnostic.at(table.source(), node.span).hint(hint));
        }
        seconds
    });
    table.finish();
    (!src.value.is_empty()).then_some(Audio { src, duration })
}

/// `1:02:03`, `12:34` or `754` as seconds; below the first part, parts have two digits and are less than 60.
fn seconds_of(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split(':').collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(digits) {
        return None;
    }
    parts.iter().enumerate().try_fold(0_u32, |total, (at, part)| {
        let value: u32 = part.parse().ok()?;
        let valid = at == 0 || (part.len() == 2 && value < 60);
        valid.then_some(())?;
        total.checked_mul(60)?.checked_add(value)
    })
}

fn newsletter(fields: &mut Fields<'_>) -> Newsletter {
    let Some(node) = fields.node("newsletter") else { return Newsletter::default() };
    if !matches!(node.data, Data::Table(_)) {
        checks::wrong_type(fields, "newsletter", "a table", &node, Some(NEWSLETTER_HINT));
        return Newsletter::default();
    }
    let mut table = fields.child("`newsletter`", node);
    let newsletter = Newsletter { include: table.boolean("include"), blurb: checks::text(&mut table, "blurb") };
    table.finish();
    newsletter
}
