//! What each kind of page shows, and the drawing of it.

use tera::Context;
use tera::Value;

use crate::diagnostic::report::Diagnostic;
use crate::edition::article;
use crate::edition::catalogue::Catalogue;
use crate::edition::catalogue::extra;
use crate::edition::current;
use crate::edition::functions;
use crate::edition::view::Crumb;
use crate::edition::view::MonthView;
use crate::edition::view::PageLink;
use crate::edition::view::PageView;
use crate::edition::view::PaginatorView;
use crate::edition::web::head;
use crate::edition::web::issues;
use crate::edition::web::page::Page;
use crate::edition::web::post;
use crate::edition::web::shared;
use crate::edition::web::shared::Shared;
use crate::edition::web::structured;
use crate::library::address;
use crate::library::address::Address;
use crate::library::address::FeedOf;
use crate::library::address::Target;
use crate::library::model::AuthorId;
use crate::library::model::CollectionId;
use crate::library::model::PostId;
use crate::library::model::TermId;
use crate::library::model::TermKind;
use crate::value::url::Permalink;

/// Draws the page at an address; `None` where the address is no page.
///
/// # Errors
/// The mistake in the template.
pub fn draw(catalogue: &Catalogue, shared: &Shared, address: &Address) -> Option<Result<String, Box<Diagnostic>>> {
    if let Target::Post(id) = address.target {
        let path = &catalogue.shelf.post(id).document.body.file.path;
        return Some(current::within(path, || finish(catalogue, shared, post::page(catalogue, id))));
    }
    Some(finish(catalogue, shared, page(catalogue, address)?))
}

/// Fills in the common variables and renders.
fn finish(catalogue: &Catalogue, shared: &Shared, mut page: Page) -> Result<String, Box<Diagnostic>> {
    let head = head::head(catalogue, &shared.head, &page);
    let mut context = std::mem::take(&mut page.context);
    context.insert_value("head", Value::safe_string(&head));
    context.insert_value("site", shared.site(catalogue, page.permalink.path()));
    context.insert_value("theme", shared.theme.clone());
    context.insert_value("blocks", shared.blocks.clone());
    context.insert_value("subscribe", shared.subscribe.clone());
    let view = PageView {
        kind: page.kind,
        title: page.title,
        description: page.description,
        url: page.permalink.url(),
        path: page.permalink.path(),
        language: &page.language,
        number: page.number,
        feeds: page.feeds,
        breadcrumbs: page.breadcrumbs,
        extra: page.extra,
    };
    context.insert_value("page", Value::from_serializable(&view));
    catalogue.shelf.note_named(&format!("template {}", page.template));
    catalogue.templates.render(page.template, &context)
}

fn page(catalogue: &Catalogue, address: &Address) -> Option<Page> {
    let permalink = &address.permalink;
    Some(match &address.target {
        Target::Home => home(catalogue, permalink),
        Target::List(id, number) => list(catalogue, *id, *number, permalink),
        Target::Terms(kind) => terms(catalogue, *kind, permalink),
        Target::Term(id, number) => term(catalogue, *id, *number, permalink),
        Target::Authors => authors(catalogue, permalink),
        Target::Author(id, number) => author(catalogue, *id, *number, permalink),
        Target::Archive => archive(catalogue, None, permalink),
        Target::ArchiveYear(year) => archive(catalogue, Some(*year), permalink),
        Target::Issues(id) => issues::archive(catalogue, *id, permalink),
        Target::Issue(id) => issues::issue(catalogue, *id, permalink),
        Target::NotFound => not_found(catalogue, permalink),
        _ => return None,
    })
}

/// A page with nothing special about it.
pub(in crate::edition::web) fn plain(
    catalogue: &Catalogue,
    kind: &'static str,
    template: &'static str,
    title: String,
    permalink: &Permalink,
) -> Page {
    Page {
        kind,
        template,
        title,
        description: String::new(),
        permalink: permalink.clone(),
        language: catalogue.config.language.to_string(),
        number: 1,
        feeds: Vec::new(),
        breadcrumbs: Vec::new(),
        extra: extra(None),
        neighbours: (None, None),
        hidden: false,
        card: post::site_card(catalogue),
        article: None,
        issue: None,
        structured: String::new(),
        context: Context::new(),
    }
}

/// The way home, to which parents are added.
pub(in crate::edition::web) fn home_crumb(catalogue: &Catalogue) -> Crumb {
    Crumb { title: catalogue.config.title.clone(), path: catalogue.shelf.base().root().to_owned() }
}

fn home(catalogue: &Catalogue, permalink: &Permalink) -> Page {
    let config = &catalogue.config;
    let mut page = plain(catalogue, "home", "web/home.html", config.title.clone(), permalink);
    page.description.clone_from(&config.description);
    page.structured = structured::website(catalogue);
    let newest = catalogue.shelf.collection_posts(CollectionId(0));
    let newest = &newest[..newest.len().min(config.page_size)];
    page.context.insert_value("posts", Value::from(catalogue.summaries(newest)));
    page
}

/// Title and place of a page of a list, and its paginator.
fn paginate(catalogue: &Catalogue, page: &mut Page, posts: &[PostId], number: usize, first: &Permalink) {
    let size = catalogue.config.page_size;
    let total = address::page_count(posts.len(), size);
    let folder = address::below(first);
    let at = |number: usize| catalogue.shelf.base().join(&address::page_path(&folder, number));
    let newer = (number > 1).then(|| at(number - 1));
    let older = (number < total).then(|| at(number + 1));
    if number > 1 {
        let title = std::mem::take(&mut page.title);
        page.breadcrumbs.push(Crumb { title: title.clone(), path: first.path().to_owned() });
        let page_n = catalogue.word_with("page_n", "Page {n}", None, &[("n", number.to_string())]);
        page.title = format!("{title} – {page_n}");
    }
    let pages = page_numbers(number, total).into_iter().map(|shown| PageLink {
        number: shown,
        path: shown.map(|shown| at(shown).path().to_owned()),
        current: shown == Some(number),
    });
    let shown = &posts[((number - 1) * size).min(posts.len())..(number * size).min(posts.len())];
    let view = PaginatorView {
        posts: catalogue.summaries(shown),
        number,
        total,
        count: posts.len(),
        previous: newer.as_ref().map(|link| link.path().to_owned()),
        next: older.as_ref().map(|link| link.path().to_owned()),
        first: first.path().to_owned(),
        last: at(total).path().to_owned(),
        pages: pages.collect(),
    };
    page.number = number;
    page.neighbours = (newer, older);
    page.context.insert_value("paginator", Value::from_serializable(&view));
}

/// All numbers of a short list; of a long one the first, the last, and two on each side; `None` is a gap.
fn page_numbers(number: usize, total: usize) -> Vec<Option<usize>> {
    if total <= 9 {
        return (1..=total).map(Some).collect();
    }
    let mut numbers = Vec::new();
    let mut last = 0;
    for shown in (1..=total).filter(|n| *n == 1 || *n == total || n.abs_diff(number) <= 2) {
        if shown > last + 1 {
            numbers.push(None);
        }
        numbers.push(Some(shown));
        last = shown;
    }
    numbers
}

fn list(catalogue: &Catalogue, id: CollectionId, number: usize, permalink: &Permalink) -> Page {
    let collection = catalogue.shelf.collection(id);
    let title = catalogue.collection_title(id);
    let mut page = plain(catalogue, "list", "web/list.html", title.clone(), permalink);
    page.description.clone_from(&collection.description);
    page.feeds = shared::feeds_of(catalogue, FeedOf::Collection(id), &title);
    page.breadcrumbs.push(home_crumb(catalogue));
    page.context.insert_value("collection", catalogue.collection(id));
    paginate(catalogue, &mut page, catalogue.shelf.collection_posts(id), number, &collection.permalink);
    page.structured = structured::place(catalogue, &page.breadcrumbs, &page.title, permalink);
    page
}

fn terms_title(catalogue: &Catalogue, kind: TermKind) -> String {
    let default = match kind {
        TermKind::Category => "Categories",
        TermKind::Tag => "Tags",
        TermKind::Series => "Series",
    };
    catalogue.word(kind.plural(), default)
}

fn terms(catalogue: &Catalogue, kind: TermKind, permalink: &Permalink) -> Page {
    let mut page = plain(catalogue, "terms", "web/terms.html", terms_title(catalogue, kind), permalink);
    page.breadcrumbs.push(home_crumb(catalogue));
    page.structured = structured::place(catalogue, &page.breadcrumbs, &page.title, permalink);
    page.context.insert_value("taxonomy", Value::from(kind.word()));
    let views: Vec<Value> = catalogue.shelf.terms(kind).map(|id| catalogue.term(id)).collect();
    page.context.insert_value("terms", Value::from(views));
    page
}

fn term(catalogue: &Catalogue, id: TermId, number: usize, permalink: &Permalink) -> Page {
    let term = catalogue.shelf.term(id);
    let mut page = plain(catalogue, "term", "web/term.html", term.name.clone(), permalink);
    page.description.clone_from(&term.description);
    page.feeds = shared::feeds_of(catalogue, FeedOf::Term(id), &format!("{} – {}", catalogue.config.title, term.name));
    page.breadcrumbs.push(home_crumb(catalogue));
    if let Some(path) = address::terms_path(&catalogue.config, term.kind) {
        let path = catalogue.shelf.base().join(&path).path().to_owned();
        page.breadcrumbs.push(Crumb { title: terms_title(catalogue, term.kind), path });
    }
    page.context.insert_value("term", catalogue.term(id));
    let first = term.permalink.as_ref().unwrap_or(permalink);
    paginate(catalogue, &mut page, catalogue.shelf.term_posts(id), number, first);
    page.structured = structured::place(catalogue, &page.breadcrumbs, &page.title, permalink);
    page
}

fn authors(catalogue: &Catalogue, permalink: &Permalink) -> Page {
    let title = catalogue.word("authors", "Authors");
    let mut page = plain(catalogue, "authors", "web/authors.html", title, permalink);
    page.breadcrumbs.push(home_crumb(catalogue));
    page.structured = structured::place(catalogue, &page.breadcrumbs, &page.title, permalink);
    let ids = catalogue.shelf.authors();
    page.context.insert_value("authors", Value::from(ids.map(|id| catalogue.author(id)).collect::<Vec<_>>()));
    page
}

fn author(catalogue: &Catalogue, id: AuthorId, number: usize, permalink: &Permalink) -> Page {
    let author = catalogue.shelf.author(id);
    let mut page = plain(catalogue, "author", "web/author.html", author.name.clone(), permalink);
    page.description = article::biography_excerpt(author);
    page.feeds =
        shared::feeds_of(catalogue, FeedOf::Author(id), &format!("{} – {}", catalogue.config.title, author.name));
    page.breadcrumbs.push(home_crumb(catalogue));
    if let Some(path) = address::authors_path(&catalogue.config) {
        let path = catalogue.shelf.base().join(&path).path().to_owned();
        page.breadcrumbs.push(Crumb { title: catalogue.word("authors", "Authors"), path });
    }
    page.context.insert_value("author", catalogue.author(id));
    let first = author.permalink.as_ref().unwrap_or(permalink);
    paginate(catalogue, &mut page, catalogue.shelf.author_posts(id), number, first);
    page.structured = structured::author(catalogue, author, &page.breadcrumbs, permalink);
    page
}

fn archive(catalogue: &Catalogue, year: Option<i16>, permalink: &Permalink) -> Page {
    let shelf = &catalogue.shelf;
    let archive = catalogue.word("archive", "Archive");
    let title = year.map_or_else(|| archive.clone(), |year| format!("{archive} {year}"));
    let mut page = plain(catalogue, "archive", "web/archive.html", title, permalink);
    page.breadcrumbs.push(home_crumb(catalogue));
    if year.is_some() {
        let path = shelf.base().join(&address::archive_path(&catalogue.config, None)).path().to_owned();
        page.breadcrumbs.push(Crumb { title: archive, path });
    }
    page.structured = structured::place(catalogue, &page.breadcrumbs, &page.title, permalink);
    page.context.insert_value("years", Value::from(functions::years(catalogue)));
    page.context.insert_value("year", year.map_or_else(Value::none, Value::from));
    let shown = year.or_else(|| shelf.years().next().map(|(newest, _)| newest));
    let mut months: Vec<(i8, Vec<PostId>)> = Vec::new();
    for id in shown.map_or(&[][..], |year| shelf.year_posts(year)) {
        let Some(date) = &shelf.post(*id).date else { continue };
        match months.last_mut() {
            Some((month, posts)) if *month == date.month() => posts.push(*id),
            _ => months.push((date.month(), vec![*id])),
        }
    }
    let months: Vec<MonthView> = months
        .into_iter()
        .map(|(month, posts)| MonthView {
            month,
            name: catalogue.theme.words.month(month, &catalogue.config.language).to_owned(),
            posts: catalogue.summaries(&posts),
        })
        .collect();
    page.context.insert_value("months", Value::from_serializable(&months));
    page
}

fn not_found(catalogue: &Catalogue, permalink: &Permalink) -> Page {
    let title = catalogue.word("not_found_title", "Page not found");
    let mut page = plain(catalogue, "404", "web/404.html", title, permalink);
    page.hidden = true;
    page
}

#[cfg(test)]
mod tests {
    use super::page_numbers;

    #[test]
    fn long_lists_have_gaps() {
        assert_eq!(page_numbers(1, 3), [Some(1), Some(2), Some(3)]);
        assert_eq!(
            page_numbers(10, 20),
            [Some(1), None, Some(8), Some(9), Some(10), Some(11), Some(12), None, Some(20)]
        );
        assert_eq!(page_numbers(1, 20), [Some(1), Some(2), Some(3), None, Some(20)]);
    }
}
