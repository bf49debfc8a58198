//! The page of a post, or of an undated page.

use tera::Value;

use crate::edition::article;
use crate::edition::catalogue::Catalogue;
use crate::edition::catalogue::extra;
use crate::edition::dates;
use crate::edition::image::Format;
use crate::edition::view;
use crate::edition::view::AudioView;
use crate::edition::view::Crumb;
use crate::edition::view::PostRest;
use crate::edition::view::SeriesView;
use crate::edition::web::page::ArticleFacts;
use crate::edition::web::page::Card;
use crate::edition::web::page::Page;
use crate::edition::web::pages;
use crate::edition::web::structured;
use crate::library::model::AssetId;
use crate::library::model::Audio;
use crate::library::model::PictureSource;
use crate::library::model::Post;
use crate::library::model::PostId;

/// Social cards want about this many pixels in width.
const CARD_WIDTH: u32 = 1200;

/// The page of a post.
#[must_use]
pub fn page(catalogue: &Catalogue, id: PostId) -> Page {
    let shelf = &catalogue.shelf;
    let post = shelf.post(id);
    let (kind, template) = match post.collection {
        Some(_) => ("post", "web/post.html"),
        None => ("page", "web/page.html"),
    };
    let mut page = pages::plain(catalogue, kind, template, post.title.clone(), &post.permalink);
    page.description = article::description(post).to_owned();
    page.language = post.language.to_string();
    page.extra = extra(post.document.front.extra.as_ref());
    page.breadcrumbs.push(pages::home_crumb(catalogue));
    if let Some(collection) = post.collection {
        let path = shelf.collection(collection).permalink.path().to_owned();
        page.breadcrumbs.push(Crumb { title: catalogue.collection_title(collection), path });
    }
    page.card = card(catalogue, post).or_else(|| site_card(catalogue));
    // A draft or a future post that somebody looks at is not for search engines.
    page.hidden = post.state != crate::library::model::State::Published;
    if post.collection.is_some() {
        let facts = facts(catalogue, post);
        let description = page.description.clone();
        page.structured =
            structured::article(catalogue, post, &facts, page.card.as_ref(), &page.breadcrumbs, &description);
        page.article = Some(facts);
    } else {
        page.structured = structured::place(catalogue, &page.breadcrumbs, &post.title, &post.permalink);
    }
    page.context.insert_value("post", full(catalogue, id));
    page
}

fn facts(catalogue: &Catalogue, post: &Post) -> ArticleFacts {
    let shelf = &catalogue.shelf;
    ArticleFacts {
        published: post.date.as_ref().map(dates::rfc3339),
        modified: post.updated.as_ref().map(dates::rfc3339),
        authors: post
            .authors
            .iter()
            .map(|id| {
                let author = shelf.author(*id);
                author.permalink.as_ref().map_or_else(|| author.name.clone(), |link| link.url().to_owned())
            })
            .collect(),
        section: post.categories.first().map(|id| shelf.term(*id).name.clone()),
        tags: post.tags.iter().map(|id| shelf.term(*id).name.clone()).collect(),
    }
}

/// The summary and everything that only the article's own page shows.
fn full(catalogue: &Catalogue, id: PostId) -> Value {
    let shelf = &catalogue.shelf;
    let post = shelf.post(id);
    let toc = if post.document.front.toc.unwrap_or(true) {
        view::toc(&post.document.body.outline.sections())
    } else {
        Value::from(Vec::<Value>::new())
    };
    let series_posts = post.series.map(|term_id| {
        let (term, posts) = (shelf.term(term_id), shelf.term_posts(term_id));
        SeriesView {
            title: term.name.clone(),
            path: term.permalink.as_ref().map(|link| link.path().to_owned()),
            position: posts.iter().position(|other| *other == id).map_or(0, |at| at + 1),
            count: posts.len(),
            posts: catalogue.summaries(posts),
        }
    });
    let rest = PostRest {
        content: Value::from(article::web(catalogue, post)).mark_safe(),
        toc,
        audio: post.audio.as_ref().map(|audio| audio_view(catalogue, audio)),
        series_posts,
        previous: post.previous.map(|id| catalogue.summary(id)),
        next: post.next.map(|id| catalogue.summary(id)),
        related: catalogue.summaries(&post.related),
    };
    // One map of both: its entries are shared, so this copies pointers.
    let mut map = catalogue.summary(id).into_map().unwrap_or_default();
    map.extend(Value::from_serializable(&rest).into_map().unwrap_or_default());
    Value::from(map)
}

fn audio_view(catalogue: &Catalogue, audio: &Audio) -> AudioView {
    let (url, path, recording) = match &audio.source {
        PictureSource::Url(url) => (url.clone(), url.clone(), None),
        PictureSource::Asset(id) => {
            let permalink = &catalogue.shelf.asset(*id).permalink;
            (permalink.url().to_owned(), permalink.path().to_owned(), catalogue.shelf.recording(*id))
        }
    };
    let duration = audio.duration.or(recording.and_then(|recording| recording.duration));
    AudioView {
        url,
        path,
        mime: recording.map(|recording| recording.mime.clone()).unwrap_or_default(),
        size: recording.map(|recording| recording.size),
        duration,
        duration_text: duration.map(dates::duration).unwrap_or_default(),
    }
}

fn card(catalogue: &Catalogue, post: &Post) -> Option<Card> {
    let picture = post.image.as_ref()?;
    match &picture.source {
        PictureSource::Url(url) => Some(Card { url: url.clone(), size: None, alt: picture.alt.clone() }),
        PictureSource::Asset(id) => asset_card(catalogue, *id, &picture.alt),
    }
}

/// The site's own picture.
#[must_use]
pub fn site_card(catalogue: &Catalogue) -> Option<Card> {
    asset_card(catalogue, catalogue.shelf.covers().0?, "")
}

fn asset_card(catalogue: &Catalogue, id: AssetId, alt: &str) -> Option<Card> {
    let planned = catalogue.shelf.planned(id)?;
    // No social network shows an SVG.
    if planned.facts.format == Format::Svg {
        return None;
    }
    let variant = planned.plan.at_least(CARD_WIDTH);
    let shelf = &catalogue.shelf;
    let url = if shelf.stays(planned, id) {
        shelf.asset(id).permalink.url().to_owned()
    } else {
        shelf.base().join(variant.path.as_str()).url().to_owned()
    };
    Some(Card { url, size: variant.size, alt: alt.to_owned() })
}
