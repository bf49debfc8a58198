//! What a [`Read`] is called from one build to the next, and the state it is in: two equal states mean that every page which looked at it would see the same.

use crate::content::issue::IssueName;
use crate::edition::reading::Read;
use crate::edition::shelf::Shelf;
use crate::engine::fingerprint::Builder;
use crate::engine::fingerprint::Fingerprint;
use crate::library::address::FeedOf;
use crate::library::address::Target;
use crate::library::issue::Issue;
use crate::library::issue::IssueId;
use crate::library::issue::NewsletterId;
use crate::library::model::Asset;
use crate::library::model::AssetId;
use crate::library::model::Audio;
use crate::library::model::Author;
use crate::library::model::AuthorId;
use crate::library::model::CollectionId;
use crate::library::model::Library;
use crate::library::model::Picture;
use crate::library::model::PictureSource;
use crate::library::model::Post;
use crate::library::model::PostId;
use crate::library::model::Resolved;
use crate::library::model::Term;
use crate::library::model::TermId;
use crate::library::model::TermKind;

/// The name of what was looked at: a kind, a space, a name. [`Read::Surroundings`], [`Read::Passing`] and the names of [`Read::Named`] are none of this file's business.
#[must_use]
pub(in crate::edition) fn name(library: &Library, read: Read) -> String {
    let author = |id: AuthorId| library.author(id).id.as_str();
    let asset = |id: AssetId| library.asset(id).file.path.as_str();
    match read {
        Read::Post(id) => format!("post {}", path(library, id)),
        Read::Author(id) => format!("author {}", author(id)),
        Read::AuthorPosts(id) => format!("author-posts {}", author(id)),
        Read::Term(id) => format!("term {}", term_name(library, id)),
        Read::TermPosts(id) => format!("term-posts {}", term_name(library, id)),
        Read::CollectionPosts(id) => format!("collection-posts {}", library.collections[id.0].id),
        Read::Dated => "dated".into(),
        Read::Pages => "pages".into(),
        Read::Authors => "authors".into(),
        Read::Terms(kind) => format!("terms {}", kind.word()),
        Read::Years => "years".into(),
        Read::Year(year) => format!("year {year}"),
        Read::Issues(id) => format!("issues {}", library.newsletter(id).id),
        Read::Issue(id) => format!("issue {}", library.issue(id).name),
        Read::Asset(id) => format!("asset {}", asset(id)),
        Read::Image(id) => format!("image {}", asset(id)),
        Read::Recording(id) => format!("recording {}", asset(id)),
        Read::Covers => "covers".into(),
        Read::Surroundings | Read::Named(_) | Read::Passing => String::new(),
    }
}

/// What is at an address, by a name that stays from build to build.
#[must_use]
pub(in crate::edition) fn target(library: &Library, target: &Target) -> String {
    let list = |kind: &str, name: &str, number: usize| format!("{kind} {name} {number}");
    match target {
        Target::Home => "home".into(),
        Target::Post(id) => format!("post {}", path(library, *id)),
        Target::List(id, number) => list("list", &library.collections[id.0].id, *number),
        Target::Terms(kind) => format!("terms {}", kind.word()),
        Target::Term(id, number) => list("term", &term_name(library, *id), *number),
        Target::Authors => "authors".into(),
        Target::Author(id, number) => list("author", library.author(*id).id.as_str(), *number),
        Target::Archive => "archive".into(),
        Target::ArchiveYear(year) => format!("year {year}"),
        Target::Issues(id) => format!("issues {}", library.newsletter(*id).id),
        Target::Issue(id) => format!("issue {}", library.issue(*id).name),
        Target::NotFound => "not-found".into(),
        Target::Feed(of, format) => {
            let of = match of {
                FeedOf::Site => "site".into(),
                FeedOf::Collection(id) => format!("collection {}", library.collections[id.0].id),
                FeedOf::Term(id) => format!("term {}", term_name(library, *id)),
                FeedOf::Author(id) => format!("author {}", library.author(*id).id),
                FeedOf::Newsletter(id) => format!("newsletter {}", library.newsletter(*id).id),
            };
            format!("feed {of} {}", format.word())
        }
        Target::Podcast => "podcast".into(),
        Target::Sitemap => "sitemap".into(),
        Target::Robots => "robots".into(),
        Target::Redirects => "redirects".into(),
        Target::Alias(id) => format!("alias {}", path(library, *id)),
        Target::Asset(id) => format!("asset {}", library.asset(*id).file.path),
    }
}

/// What the name means in this library; `None` where there is no such thing (any more).
#[must_use]
pub(in crate::edition) fn of_name(shelf: &Shelf, name: &str) -> Option<Read> {
    let library = shelf.whole();
    let (kind, rest) = name.split_once(' ').unwrap_or((name, ""));
    let author = || {
        let by_name = shelf.authors_by_name.get_or_init(|| {
            let authors = library.authors.iter().enumerate();
            authors.map(|(index, author)| (author.id.as_str().to_owned(), AuthorId(index))).collect()
        });
        by_name.get(rest).copied()
    };
    let term = || {
        let by_name = shelf.terms_by_name.get_or_init(|| {
            (0..library.terms.len()).map(|index| (term_name(library, TermId(index)), TermId(index))).collect()
        });
        by_name.get(rest).copied()
    };
    Some(match kind {
        "post" => {
            let found = library.posts.binary_search_by(|post| post.document.body.file.path.as_str().cmp(rest));
            Read::Post(PostId(found.ok()?))
        }
        "author" => Read::Author(author()?),
        "author-posts" => Read::AuthorPosts(author()?),
        "term" => Read::Term(term()?),
        "term-posts" => Read::TermPosts(term()?),
        "collection-posts" => {
            let found = library.collections.iter().position(|collection| collection.id == rest);
            Read::CollectionPosts(CollectionId(found?))
        }
        "dated" => Read::Dated,
        "pages" => Read::Pages,
        "authors" => Read::Authors,
        "terms" => Read::Terms(TermKind::ALL.into_iter().find(|kind| kind.word() == rest)?),
        "years" => Read::Years,
        "year" => Read::Year(rest.parse().ok()?),
        "issues" => Read::Issues(NewsletterId(library.newsletters.iter().position(|known| known.id == rest)?)),
        "issue" => {
            let (newsletter, folder) = rest.split_once('/')?;
            let name = IssueName { newsletter: newsletter.to_owned(), folder: folder.to_owned() };
            Read::Issue(library.issue_named(&name)?)
        }
        "asset" => Read::Asset(library.asset_at(rest)?),
        "image" => Read::Image(library.asset_at(rest)?),
        "recording" => Read::Recording(library.asset_at(rest)?),
        "covers" => Read::Covers,
        _ => return None,
    })
}

/// The state of what was looked at, for the reads that [`name`] names.
#[must_use]
pub(in crate::edition) fn state(shelf: &Shelf, read: Read) -> Option<Fingerprint> {
    let library = shelf.whole();
    let list = |ids: &[PostId]| {
        let mut builder = Fingerprint::builder("list");
        ids.iter().for_each(|id| builder.push(path(library, *id).as_bytes()));
        builder
    };
    let assets = |ids: &[Option<AssetId>]| {
        let path = |id: &Option<AssetId>| id.map_or("", |id| library.asset(id).file.path.as_str());
        ids.iter().fold(Fingerprint::builder("assets"), |builder, id| builder.text(path(id)))
    };
    let builder = match read {
        Read::Post(id) => {
            return Some(*shelf.post_states[id.0].get_or_init(|| post(library, library.post(id)).finish()));
        }
        Read::Author(id) => author(library, library.author(id)),
        Read::AuthorPosts(id) => list(&library.author_posts[id.0]),
        Read::Term(id) => term(library.term(id)),
        Read::TermPosts(id) => list(&library.term_posts[id.0]),
        Read::CollectionPosts(id) => list(&library.collection_posts[id.0]),
        Read::Dated => list(&library.dated),
        Read::Pages => list(&library.pages),
        Read::Authors => {
            library.authors.iter().fold(Fingerprint::builder("authors"), |all, author| all.text(author.id.as_str()))
        }
        Read::Terms(kind) => {
            let terms = library.terms.iter().filter(|term| term.kind == kind);
            terms.fold(Fingerprint::builder("terms"), |all, term| all.text(term.slug.as_str()))
        }
        Read::Years => library.years.iter().fold(Fingerprint::builder("years"), |all, (year, posts)| {
            all.text(&year.to_string()).number(posts.len() as u64)
        }),
        Read::Year(year) => {
            list(library.years.iter().find(|(known, _)| *known == year).map_or(&[], |(_, posts)| posts))
        }
        Read::Issues(id) => {
            let newsletter = library.newsletter(id);
            let names = newsletter.issues.iter().map(|id| library.issue(*id).name.to_string());
            names.fold(Fingerprint::builder("issues").text(newsletter.permalink.url()), |all, name| all.text(&name))
        }
        Read::Issue(id) => issue(library, library.issue(id)),
        Read::Asset(id) => asset(library.asset(id)),
        Read::Image(id) => {
            // The plan of an image's files is plain data in order, and so is what is printed of it.
            asset(library.asset(id)).text(&format!("{:?}", shelf.media().images.get(&id)))
        }
        Read::Recording(id) => {
            Fingerprint::builder("recording").text(&format!("{:?}", shelf.media().recordings.get(&id)))
        }
        Read::Covers => assets(&[library.image, library.podcast_image]),
        Read::Surroundings | Read::Named(_) | Read::Passing => return None,
    };
    Some(builder.finish())
}

fn path(library: &Library, id: PostId) -> &str {
    library.post(id).document.body.file.path.as_str()
}

fn term_name(library: &Library, id: TermId) -> String {
    let term = library.term(id);
    format!("{} {}", term.kind.word(), term.slug)
}

/// Taken apart field by field, so that a new one cannot be forgotten: an article's page sees them all.
fn post(library: &Library, post: &Post) -> Builder {
    let Post {
        id,
        document,
        collection,
        title,
        slug,
        permalink,
        shown,
        state,
        date,
        updated,
        expires,
        authors,
        categories,
        tags,
        series,
        language,
        description,
        image,
        audio,
        previous,
        next,
        related,
        resolved: links,
    } = post;
    let mut builder = Fingerprint::builder("post")
        .bytes(&document.body.digest)
        .text(document.body.file.path.as_str())
        .text(id)
        .number(collection.map_or(0, |id| id.0 as u64 + 1))
        .text(title)
        .text(slug)
        .text(permalink.url())
        .text(if *shown { state.word() } else { "hidden" })
        .text(language.as_str())
        .text(description);
    for moment in [date, updated, expires] {
        builder = builder.text(&moment.as_ref().map_or_else(String::new, ToString::to_string));
    }
    builder = builder.number(authors.len() as u64);
    for author in authors {
        builder = builder.text(library.author(*author).id.as_str());
    }
    builder = builder.number(categories.len() as u64).number(tags.len() as u64);
    for term in categories.iter().chain(tags).chain(series) {
        builder = builder.text(library.term(*term).slug.as_str());
    }
    builder = match image {
        Some(Picture { source, alt, credit, credit_url }) => {
            picture_source(library, source, builder.number(1)).text(alt).text(credit).text(credit_url)
        }
        None => builder.number(0),
    };
    builder = match audio {
        Some(Audio { source, duration }) => picture_source(library, source, builder.number(1))
            .number(duration.map_or(0, |seconds| u64::from(seconds) + 1)),
        None => builder.number(0),
    };
    for neighbour in [previous, next] {
        builder = builder.text(neighbour.map_or("", |id| path(library, id)));
    }
    builder = builder.number(related.len() as u64);
    for other in related {
        builder = builder.text(path(library, *other));
    }
    resolved(library, links, builder)
}

fn author(library: &Library, author: &Author) -> Builder {
    let Author { id, name, profile, role, photo, links, permalink, resolved: references } = author;
    let mut builder = Fingerprint::builder("author")
        .text(id.as_str())
        .text(name)
        .text(role.as_deref().unwrap_or_default())
        .text(permalink.as_ref().map_or("", |permalink| permalink.url()))
        .text(photo.map_or("", |id| library.asset(id).file.path.as_str()));
    if let Some(profile) = profile {
        builder = builder.bytes(&profile.body.digest).text(profile.body.file.path.as_str());
    }
    for (label, url) in links {
        builder = builder.text(label).text(url);
    }
    resolved(library, references, builder)
}

fn term(term: &Term) -> Builder {
    let Term { kind, name, slug, description, permalink } = term;
    Fingerprint::builder("term")
        .text(kind.word())
        .text(name)
        .text(slug.as_str())
        .text(description)
        .text(permalink.as_ref().map_or("", |permalink| permalink.url()))
}

/// All that an issue says is under its hash. (What its draft says is shown nowhere.)
fn issue(library: &Library, issue: &Issue) -> Builder {
    let neighbour = |id: Option<IssueId>| id.map_or_else(String::new, |id| library.issue(id).name.to_string());
    Fingerprint::builder("issue")
        .text(&issue.name.to_string())
        .text(&issue.frozen.as_ref().map_or_else(String::new, |frozen| frozen.manifest.hash.to_string()))
        .text(issue.subject())
        .text(issue.permalink.url())
        .text(&issue.date.to_string())
        .text(&neighbour(issue.previous))
        .text(&neighbour(issue.next))
}

fn asset(asset: &Asset) -> Builder {
    let Asset { file, permalink, copied } = asset;
    Fingerprint::builder("asset").text(file.path.as_str()).text(permalink.url()).number(u64::from(*copied))
}

fn picture_source(library: &Library, source: &PictureSource, builder: Builder) -> Builder {
    match source {
        PictureSource::Asset(id) => builder.text("asset").text(library.asset(*id).file.path.as_str()),
        PictureSource::Url(url) => builder.text("url").text(url),
    }
}

fn resolved(library: &Library, links: &[(usize, Resolved)], mut builder: Builder) -> Builder {
    for (start, target) in links {
        builder = builder.number(*start as u64);
        builder = match target {
            Resolved::Page { path, title } => builder.text("page").text(path).text(title),
            Resolved::Asset(id) => builder.text("asset").text(library.asset(*id).file.path.as_str()),
            Resolved::Image(id) => builder.text("image").text(library.asset(*id).file.path.as_str()),
        };
    }
    builder
}
