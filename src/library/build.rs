//! Builds the library: all documents read in parallel, all mistakes at once.

use rayon::prelude::*;

use crate::config::site::Config;
use crate::content::document::Document;
use crate::content::document::DocumentKind;
use crate::content::document::Loader;
use crate::content::document::Options;
use crate::content::links::has_scheme;
use crate::content::markdown;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
use crate::diagnostic::suggest;
use crate::diagnostic::yaml;
use crate::files::tree::File;
use crate::files::tree::FileTree;
use crate::library::address;
use crate::library::assets;
use crate::library::connect;
use crate::library::issues;
use crate::library::model::AssetId;
use crate::library::model::Audio;
use crate::library::model::Collection;
use crate::library::model::CollectionId;
use crate::library::model::Library;
use crate::library::model::Picture;
use crate::library::model::PictureSource;
use crate::library::model::Post;
use crate::library::model::PostId;
use crate::library::model::State;
use crate::library::model::TermKind;
use crate::library::model::Use;
use crate::library::model::UseIn;
use crate::library::order;
use crate::library::order::Visibility;
use crate::library::people;
use crate::library::plan;
use crate::library::posts;
use crate::library::posts::Dated;
use crate::library::related;
use crate::library::terms;
use crate::value::clock::Clock;
use crate::value::path::SitePath;

/// How Markdown is read by this site.
#[must_use]
pub fn options(config: &Config) -> Options {
    Options {
        unknown: if config.unknown_front_matter_warns { Severity::Warning } else { Severity::Error },
        markdown: markdown::Options {
            smart_punctuation: config.markdown.smart_punctuation,
            math: config.markdown.math,
            autolink: config.markdown.autolink,
            ..markdown::Options::default()
        },
    }
}

/// Builds the library of `content`. It is complete even where the report has errors, so that one mistake does not hide others.
#[must_use]
pub fn build(
    config: &Config,
    content: &FileTree,
    loader: &dyn Loader,
    clock: &Clock,
    visibility: Visibility,
) -> (Library, Report) {
    let options = options(config);
    let base = config.base_url.clone();
    let mut report = Report::new();
    let sorted = assets::sort(config, content, &base);
    for file in &sorted.stray {
        let message = format!("{} is in no collection, so it is not published", file.name);
        let hint = "move it to content/pages/ or content/posts/, or declare its folder as [collections.…] in site.toml";
        report.push(Diagnostic::warning("stray-markdown", message).hint(hint));
    }
    let files: Vec<(Option<CollectionId>, &File)> = sorted
        .posts
        .iter()
        .map(|(index, file)| (Some(CollectionId(*index)), file))
        .chain(sorted.pages.iter().map(|file| (None, file)))
        .collect();
    let loaded: Vec<(Option<Dated>, Report)> = files
        .into_par_iter()
        .map(|(collection, file)| {
            let kind = if collection.is_some() { DocumentKind::Post } else { DocumentKind::Page };
            let (document, mut report) = loader.document(file, kind, &options);
            let dated = document.map(|document| {
                let (dated, more) = posts::date(config, document, collection, clock, visibility);
                if !dated.shown {
                    report = without_alt(&report);
                }
                report.merge(more);
                dated
            });
            (dated, report)
        })
        .collect();
    let mut dated = Vec::with_capacity(loaded.len());
    for (document, more) in loaded {
        dated.extend(document);
        report.merge(more);
    }
    let mut profiles = Vec::new();
    for file in &sorted.authors {
        let (profile, more) = loader.author(file, &options);
        profiles.extend(profile);
        report.merge(more);
    }
    let shown = || dated.iter().filter(|dated| dated.shown).map(|dated| &*dated.document);
    let terms = terms::gather(config, &base, shown(), &mut report);
    let authors = people::gather(config, &base, profiles, shown(), &mut report);
    let mut list: Vec<Post> =
        dated.into_par_iter().map(|dated| posts::make(config, &base, dated, &terms, &authors)).collect();
    list.sort_by(|a, b| a.document.body.file.path.cmp(&b.document.body.file.path));
    posts::check_ids(&list, &mut report);
    let read = issues::read(config, &sorted.issues, (loader, &options), &mut report);
    let (newsletters, issues) = issues::gather(config, &base, read, &list, (clock, visibility), &mut report);
    let collections = config
        .collections
        .iter()
        .map(|collection| Collection {
            id: collection.id.clone(),
            title: collection.title.clone(),
            description: collection.description.clone().unwrap_or_default(),
            permalink: base.join(&format!("{}/", collection.path)),
        })
        .collect();
    let mut library = Library {
        base,
        dated: Vec::new(),
        pages: Vec::new(),
        author_posts: vec![Vec::new(); authors.authors.len()],
        term_posts: vec![Vec::new(); terms.terms.len()],
        collection_posts: vec![Vec::new(); config.collections.len()],
        authors: authors.authors,
        terms: terms.terms,
        collections,
        newsletters,
        issues,
        assets: sorted.assets,
        addresses: Vec::new(),
        years: Vec::new(),
        images: std::collections::BTreeMap::new(),
        image: None,
        podcast_image: None,
        banner_image: None,
        site_links: std::collections::BTreeMap::new(),
        next_change: None,
        posts: list,
    };
    library.next_change = order::next_change(&library, clock);
    for path in library.issues.iter().filter(|issue| issue.shown).flat_map(issues::pictures) {
        if let Some(id) = library.asset_at(&path) {
            library.assets[id.0].copied = true;
        }
    }
    arrange(&mut library, config);
    media(&mut library, config, &mut report);
    let aliases: Vec<(PostId, String)> = library
        .posts
        .iter()
        .enumerate()
        .flat_map(|(index, post)| {
            let aliases = post.document.front.aliases.iter();
            aliases.map(move |alias| (PostId(index), address::alias_path(&alias.value)))
        })
        .collect();
    // Links to files decide which images are copied as they are, and addresses need to know that; links to addresses need the plan. The plan
    // made first has every file in it; what is only an image goes afterwards.
    let mut plan = plan::plan(config, &library, &aliases, &mut report);
    connect::connect(&mut library, config, &plan, &mut report);
    plan.retain(|address| match address.target {
        address::Target::Asset(id) => library.asset(id).copied,
        _ => true,
    });
    library.addresses = plan;
    (library, report)
}

/// What is said of a document that nobody sees yet: not yet what its pictures lack.
fn without_alt(report: &Report) -> Report {
    let mut kept = Report::new();
    kept.extend(report.diagnostics().iter().filter(|found| found.code != "missing-alt").cloned());
    kept
}

/// Order, neighbours, related posts, and the lists of terms, authors, collections and years.
fn arrange(library: &mut Library, config: &Config) {
    let shown = |library: &Library, dated: bool| -> Vec<PostId> {
        let posts = library.posts.iter().enumerate();
        posts.filter(|(_, p)| p.shown && p.collection.is_some() == dated).map(|(index, _)| PostId(index)).collect()
    };
    let mut dated = shown(library, true);
    order::newest_first(&mut dated, &library.posts);
    library.pages = shown(library, false);
    for id in &dated {
        let post = &library.posts[id.0];
        if let Some(collection) = post.collection {
            library.collection_posts[collection.0].push(*id);
        }
        for author in &post.authors {
            library.author_posts[author.0].push(*id);
        }
        for term in post.categories.iter().chain(&post.tags).chain(&post.series) {
            library.term_posts[term.0].push(*id);
        }
        if let Some(date) = &post.date {
            match library.years.last_mut() {
                Some((year, posts)) if *year == date.year() => posts.push(*id),
                _ => library.years.push((date.year(), vec![*id])),
            }
        }
    }
    for (term, posts) in library.terms.iter().zip(&mut library.term_posts) {
        if term.kind == TermKind::Series {
            posts.reverse();
        }
    }
    for (id, older, newer) in order::neighbours(&library.collection_posts) {
        let post = &mut library.posts[id.0];
        (post.previous, post.next) = (older, newer);
    }
    let blocks = &config.blocks;
    let wants_related =
        [&blocks.header, &blocks.aside, &blocks.footer].iter().any(|list| list.iter().any(|b| b == "related"));
    if wants_related {
        for (id, found) in related::find(&library.posts, &dated) {
            library.posts[id.0].related = found;
        }
    }
    library.dated = dated;
}

/// Lead images, recordings and portraits.
fn media(library: &mut Library, config: &Config, report: &mut Report) {
    for index in 0..library.posts.len() {
        let post = &library.posts[index];
        let document = &post.document;
        let image = document.front.image.as_ref().and_then(|image| {
            let source = picture_source(library, document, &image.src, report)?;
            if image.alt.is_none() && post.shown {
                let hint =
                    "add alt = \"…\", what a reader who cannot see it should know; alt = \"\" if it is decoration";
                push_at(
                    report,
                    document,
                    Diagnostic::warning("missing-alt", "the lead image has no alternative text").hint(hint),
                    &image.src,
                );
            }
            let text =
                |text: &Option<Located<String>>| text.as_ref().map(|text| text.value.clone()).unwrap_or_default();
            Some(Picture {
                source,
                alt: text(&image.alt),
                credit: image.credit.clone().unwrap_or_default(),
                credit_url: text(&image.credit_url),
            })
        });
        let audio = document.front.audio.as_ref().and_then(|audio| {
            let source = picture_source(library, document, &audio.src, report)?;
            Some(Audio { source, duration: audio.duration })
        });
        let undescribed = post.description.is_empty() && !document.front.unread.description;
        // A draft is not done yet, and its author knows.
        if post.shown && post.state != State::Draft && post.collection.is_some() && undescribed {
            let name = if post.title.is_empty() { "this post".to_owned() } else { format!("“{}”", post.title) };
            let diagnostic = Diagnostic::warning("missing-description", format!("{name} has no description"))
                .hint("add description = \"…\": search engines, social cards and feeds show it");
            push_at(report, document, diagnostic, &document.front.title);
        }
        if let Some(Picture { source: PictureSource::Asset(id), .. }) = &image
            && post.shown
        {
            let span = document.front.image.as_ref().map_or(0..0, |image| image.src.span.clone());
            use_image(library, *id, UseIn::Content(library.posts[index].document.body.file.clone()), span);
        }
        let post = &mut library.posts[index];
        (post.image, post.audio) = (image, audio);
    }
    for index in 0..library.authors.len() {
        let Some(profile) = &library.authors[index].profile else { continue };
        let Some(photo) = profile.profile.photo.clone() else { continue };
        let file = profile.body.file.clone();
        match asset_of(library, file.path.folder(), &photo.value) {
            Some(id) => {
                library.authors[index].photo = Some(id);
                use_image(library, id, UseIn::Content(file), photo.span);
            }
            None => {
                let diagnostic = missing_file(library, file.path.folder(), &photo.value);
                if let Ok(source) = profile.body.source() {
                    report.push(diagnostic.at(&source, photo.span));
                }
            }
        }
    }
    let banner = config.blocks.banner.as_ref().and_then(|banner| banner.image.as_ref());
    let podcast = config.podcast.as_ref().and_then(|podcast| podcast.image.as_ref());
    library.image = site_image(library, config, config.image.as_ref(), report);
    library.podcast_image = site_image(library, config, podcast, report);
    library.banner_image = site_image(library, config, banner, report);
}

fn site_image(
    library: &mut Library,
    config: &Config,
    image: Option<&Located<String>>,
    report: &mut Report,
) -> Option<AssetId> {
    let image = image?;
    let Some(id) = asset_of(library, "", &image.value) else {
        report.push(missing_file(library, "", &image.value).at(&config.source, image.span.clone()));
        return None;
    };
    use_image(library, id, UseIn::Config(config.source.clone()), image.span.clone());
    Some(id)
}

pub(in crate::library) fn asset_of(library: &Library, folder: &str, written: &str) -> Option<AssetId> {
    library.asset_at(SitePath::resolve(folder, written).ok()?.as_str())
}

pub(in crate::library) fn use_image(library: &mut Library, id: AssetId, file: UseIn, span: std::ops::Range<usize>) {
    library.images.entry(id).or_insert(Use { file, span });
}

fn missing_file(library: &Library, folder: &str, written: &str) -> Diagnostic {
    let wanted = SitePath::resolve(folder, written).map_or_else(|_| written.to_owned(), |path| path.to_string());
    let files = library.assets.iter().map(|asset| asset.file.path.as_str());
    let hint = suggest::nearest_path(&wanted, files).map(|near| format!("did you mean content/{near}?"));
    Diagnostic::error("missing-file", format!("the file `{written}` does not exist"))
        .maybe_hint(hint)
        .hint(format!("it was looked for at content/{wanted}"))
}

fn picture_source(
    library: &Library,
    document: &Document,
    written: &Located<String>,
    report: &mut Report,
) -> Option<PictureSource> {
    if has_scheme(&written.value) {
        return Some(PictureSource::Url(written.value.clone()));
    }
    let folder = document.body.file.path.folder();
    match asset_of(library, folder, &written.value) {
        Some(id) => Some(PictureSource::Asset(id)),
        None => {
            push_at(report, document, missing_file(library, folder, &written.value), written);
            None
        }
    }
}

fn push_at<T>(report: &mut Report, document: &Document, diagnostic: Diagnostic, place: &Located<T>) {
    report.push(match document.body.source() {
        Ok(source) => yaml::in_yaml(diagnostic.at(&source, place.span.clone())),
        Err(_) => diagnostic,
    });
}
