//! JSON-LD (schema.org): `Article`, `Person`, `BreadcrumbList`, `WebSite`.

use serde_json::Value;
use serde_json::json;

use crate::edition::catalogue::Catalogue;
use crate::edition::view::Crumb;
use crate::edition::web::page::ArticleFacts;
use crate::edition::web::page::Card;
use crate::library::model::Author;
use crate::library::model::Post;
use crate::value::url::Permalink;

const CONTEXT: &str = "https://schema.org";

/// The publication itself, for the home page.
#[must_use]
pub fn website(catalogue: &Catalogue) -> String {
    let config = &catalogue.config;
    let mut site = json!({
        "@context": CONTEXT,
        "@type": "WebSite",
        "name": config.title,
        "url": catalogue.shelf.base().to_string(),
        "inLanguage": config.language.as_str(),
        "publisher": publisher(catalogue),
    });
    if !config.description.is_empty() {
        site["description"] = json!(config.description);
    }
    site.to_string()
}

fn publisher(catalogue: &Catalogue) -> Value {
    let shelf = &catalogue.shelf;
    let mut organization = json!({
        "@type": "Organization",
        "name": catalogue.config.title,
        "url": shelf.base().to_string(),
    });
    for logo in ["logo.svg", "logo.png", "apple-touch-icon.png"] {
        if let Some(id) = shelf.asset_at(logo) {
            organization["logo"] = json!({ "@type": "ImageObject", "url": shelf.asset(id).permalink.url() });
            break;
        }
    }
    organization
}

/// An article and its place in the site.
#[must_use]
pub fn article(
    catalogue: &Catalogue,
    post: &Post,
    facts: &ArticleFacts,
    card: Option<&Card>,
    crumbs: &[Crumb],
    description: &str,
) -> String {
    let shelf = &catalogue.shelf;
    let mut article = json!({
        "@type": "Article",
        "headline": post.title,
        "url": post.permalink.url(),
        "mainEntityOfPage": post.permalink.url(),
        "inLanguage": post.language.as_str(),
        "publisher": publisher(catalogue),
        "wordCount": post.document.body.outline.words,
    });
    if !post.authors.is_empty() {
        article["author"] = post.authors.iter().map(|id| person(catalogue, shelf.author(*id))).collect();
    }
    for (name, value) in [("datePublished", &facts.published), ("articleSection", &facts.section)] {
        if let Some(value) = value {
            article[name] = json!(value);
        }
    }
    if let Some(modified) = facts.modified.as_ref().or(facts.published.as_ref()) {
        article["dateModified"] = json!(modified);
    }
    if !description.is_empty() {
        article["description"] = json!(description);
    }
    if !facts.tags.is_empty() {
        article["keywords"] = json!(facts.tags);
    }
    if let Some(card) = card {
        article["image"] = json!(card.url);
    }
    graph(catalogue, vec![article], crumbs, &post.title, &post.permalink)
}

/// A page with nothing but its place in the site.
#[must_use]
pub fn place(catalogue: &Catalogue, crumbs: &[Crumb], title: &str, permalink: &Permalink) -> String {
    graph(catalogue, Vec::new(), crumbs, title, permalink)
}

/// An author's page.
#[must_use]
pub fn author(catalogue: &Catalogue, author: &Author, crumbs: &[Crumb], permalink: &Permalink) -> String {
    let mut person = person(catalogue, author);
    if let Some(role) = &author.role {
        person["jobTitle"] = json!(role);
    }
    if !author.links.is_empty() {
        person["sameAs"] = json!(author.links.iter().map(|(_, url)| url).collect::<Vec<_>>());
    }
    graph(catalogue, vec![person], crumbs, &author.name, permalink)
}

fn person(catalogue: &Catalogue, author: &Author) -> Value {
    let mut person = json!({ "@type": "Person", "name": author.name });
    if let Some(permalink) = &author.permalink {
        person["url"] = json!(permalink.url());
    }
    if let Some(photo) = author.photo.and_then(|id| catalogue.shelf.view(id)) {
        person["image"] = json!(photo.url);
    }
    person
}

fn graph(catalogue: &Catalogue, mut items: Vec<Value>, crumbs: &[Crumb], title: &str, permalink: &Permalink) -> String {
    if !crumbs.is_empty() {
        let origin = catalogue.shelf.base().origin();
        let mut list: Vec<Value> = crumbs
            .iter()
            .enumerate()
            .map(|(at, crumb)| {
                let item = format!("{origin}{}", crumb.path);
                json!({ "@type": "ListItem", "position": at + 1, "name": crumb.title, "item": item })
            })
            .collect();
        list.push(json!({
            "@type": "ListItem", "position": crumbs.len() + 1, "name": title, "item": permalink.url(),
        }));
        items.push(json!({ "@type": "BreadcrumbList", "itemListElement": list }));
    }
    match items.len() {
        0 => String::new(),
        1 => {
            let mut one = json!({ "@context": CONTEXT });
            if let (Some(one), Some(Value::Object(item))) = (one.as_object_mut(), items.pop()) {
                one.extend(item);
            }
            one.to_string()
        }
        _ => json!({ "@context": CONTEXT, "@graph": items }).to_string(),
    }
}
