//! Documents to posts and pages: id, dates, state, slug, permalink.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Zoned;

use crate::config::permalink::Field;
use crate::config::site::Config;
use crate::content::date::Date;
use crate::content::document::Document;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::yaml;
use crate::library::model::CollectionId;
use crate::library::model::Post;
use crate::library::model::TermKind;
use crate::library::order;
use crate::library::order::Visibility;
use crate::library::people::Authors;
use crate::library::terms::Terms;
use crate::value::clock::Clock;
use crate::value::slug::Slug;
use crate::value::url::SiteUrl;

/// Dates and state of a document, which decide whether it counts before terms and authors are gathered.
#[derive(Debug)]
pub struct Dated {
    /// The document.
    pub document: Arc<Document>,
    /// `None` for a page.
    pub collection: Option<CollectionId>,
    /// When it was published.
    pub date: Option<Zoned>,
    /// When it was last changed.
    pub updated: Option<Zoned>,
    /// When it ends.
    pub expires: Option<Zoned>,
    /// Whether readers may see it.
    pub state: crate::library::model::State,
    /// Whether it is drawn.
    pub shown: bool,
}

/// Puts a document on the calendar. A post without a date is an error, unless it is a draft: then it counts as written now.
#[must_use]
pub fn date(
    config: &Config,
    document: Arc<Document>,
    collection: Option<CollectionId>,
    clock: &Clock,
    visibility: Visibility,
) -> (Dated, Report) {
    let mut report = Report::new();
    let zone = &config.time_zone;
    let resolve = |date: &Option<Located<Date>>| date.as_ref().and_then(|date| order::moment(&date.value, zone));
    let front = &document.front;
    let mut when = resolve(&front.date);
    if collection.is_some() && when.is_none() && !front.unread.date {
        if front.draft {
            when = Some(clock.in_zone(zone));
        } else {
            let today = clock.in_zone(zone).date();
            let path = &document.body.file.path;
            let folder = path.folder().rsplit('/').next().unwrap_or_default();
            // A bundle has its day in the name of its folder.
            let is_bundle = path.stem() == "index" && path.folder().contains('/');
            let (what, name) = if is_bundle { ("folder", folder) } else { ("file", path.file_name()) };
            let name = without_day(name);
            let hint = format!("add date = {today}, or name the {what} {today}-{name}, or mark it draft = true");
            let diagnostic = Diagnostic::error("missing-date", "a post needs a date");
            report.push(match document.body.source() {
                Ok(source) => yaml::in_yaml(diagnostic.at(&source, front.span.start..front.span.start).hint(hint)),
                Err(_) => diagnostic.hint(hint),
            });
        }
    }
    let (updated, expires) = (resolve(&front.updated), resolve(&front.expires));
    let state = order::state(front.draft, when.as_ref(), expires.as_ref(), clock);
    let shown = order::is_shown(state, visibility);
    (Dated { collection, date: when, updated, expires, state, shown, document }, report)
}

/// A file's name without what stands where its day should and is none: `2026-02-31-x.md`.
fn without_day(name: &str) -> &str {
    let is_day = |day: &str| {
        day.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7 | 10) { b == b'-' } else { b.is_ascii_digit() })
    };
    name.split_at_checked(11).filter(|(day, _)| is_day(day)).map_or(name, |(_, rest)| rest)
}

/// Makes the post of a dated document: everything but order, neighbours, media and links.
#[must_use]
pub fn make(config: &Config, base: &SiteUrl, dated: Dated, terms: &Terms, authors: &Authors) -> Post {
    let Dated { document, collection, date, updated, expires, state, shown } = dated;
    let front = &document.front;
    let path = document.body.file.path.as_str();
    let bare = bare_path(path);
    let id = front.id.as_ref().map_or_else(|| bare.to_owned(), |id| id.value.clone());
    let title = front.title.value.clone();
    let slug = front.slug.as_ref().map(|slug| slug.value.clone()).unwrap_or_else(|| {
        let slug = Slug::from_text(&document.name).or_else(|| Slug::from_text(&title));
        slug.map_or_else(|| "post".to_owned(), |slug| slug.to_string())
    });
    let categories = terms.find(TermKind::Category, &front.categories);
    let below = match &front.url {
        Some(url) => url.value.trim_start_matches('/').to_owned(),
        None => {
            let (pattern, folder) = match collection {
                Some(id) => (&config.collections[id.0].permalink, config.collections[id.0].id.as_str()),
                None => (&config.permalinks.pages, "pages"),
            };
            pattern.fill(|field| match (field, &date) {
                (Field::Year, Some(date)) => Cow::Owned(format!("{:04}", date.year())),
                (Field::Month, Some(date)) => Cow::Owned(format!("{:02}", date.month())),
                (Field::Day, Some(date)) => Cow::Owned(format!("{:02}", date.day())),
                (Field::Year | Field::Month | Field::Day, None) => Cow::Borrowed("undated"),
                (Field::Slug, _) => Cow::Borrowed(&*slug),
                (Field::Category, _) => categories
                    .first()
                    .map_or(Cow::Borrowed("uncategorized"), |id| Cow::Owned(terms.terms[id.0].slug.to_string())),
                (Field::Collection, _) => Cow::Borrowed(folder),
                (Field::Path, _) => Cow::Owned(path_field(bare, folder, &slug)),
            })
        }
    };
    Post {
        id,
        collection,
        title,
        permalink: base.join(&below),
        slug,
        shown,
        state,
        date,
        updated,
        expires,
        authors: authors.find(&front.authors),
        tags: terms.find(TermKind::Tag, &front.tags),
        series: terms.find(TermKind::Series, front.series.as_slice()).first().copied(),
        categories,
        language: front.language.as_ref().map_or_else(|| config.language.clone(), |language| language.value.clone()),
        description: front.description.as_ref().map(|text| text.value.clone()).unwrap_or_default(),
        image: None,
        audio: None,
        previous: None,
        next: None,
        related: Vec::new(),
        resolved: Vec::new(),
        document,
    }
}

/// A path without its extension and without a bundle's `index`: `posts/hello/index.md` and `posts/hello.md` are both `posts/hello`, so that turning a post
/// into a bundle keeps its id.
#[must_use]
pub fn bare_path(path: &str) -> &str {
    let bare = path.strip_suffix(".md").or_else(|| path.strip_suffix(".markdown")).unwrap_or(path);
    bare.strip_suffix("/index").unwrap_or(bare)
}

/// `{path}`: folders below the collection's, then the slug.
fn path_field(bare: &str, folder: &str, slug: &str) -> String {
    let below = bare.strip_prefix(folder).unwrap_or(bare).trim_matches('/');
    match below.rfind('/') {
        Some(slash) => format!("{}/{slug}", &below[..slash]),
        None => slug.to_owned(),
    }
}

/// Reports ids that two posts share: feeds and issues could not tell them apart.
pub fn check_ids(posts: &[Post], report: &mut Report) {
    let mut seen: HashMap<&str, &Post> = HashMap::with_capacity(posts.len());
    for post in posts {
        let Some(first) = seen.insert(&post.id, post) else { continue };
        let span = |post: &Post| {
            let front = &post.document.front;
            front.id.as_ref().map_or_else(|| front.title.span.clone(), |id| id.span.clone())
        };
        let mut diagnostic = Diagnostic::error("same-id", format!("two posts have the id `{}`", post.id));
        if let (Ok(source), Ok(other)) = (post.document.body.source(), first.document.body.source()) {
            diagnostic = diagnostic.at(&source, span(post)).also(&other, span(first), "the other one");
        }
        report.push(diagnostic.hint("an id is for ever and for one post: give the newer one another"));
    }
}
