//! A body as HTML: its links, images and components put in their place, for a page of the site or for a feed.

use std::borrow::Cow;
use std::ops::Range;
use std::ops::RangeInclusive;

use tera::Context;
use tera::Value;

use crate::content::call::Call;
use crate::content::call::Literal;
use crate::content::document::Body;
use crate::content::links::of_argument;
use crate::content::markdown;
use crate::content::tree::Tree;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::source::Source;
use crate::edition::absolute;
use crate::edition::catalogue::Catalogue;
use crate::edition::current;
use crate::edition::escape;
use crate::edition::highlight;
use crate::edition::html;
use crate::edition::html::Environment;
use crate::edition::html::Image;
use crate::edition::html::Policy;
use crate::edition::html::Word;
use crate::edition::image::ImageView;
use crate::edition::picture;
use crate::edition::picture::PictureOptions;
use crate::edition::reading;
use crate::edition::reading::Read;
use crate::engine::cache::Section;
use crate::engine::fingerprint::Fingerprint;
use crate::library::model::Author;
use crate::library::model::Post;
use crate::library::model::Resolved;
use crate::library::model::resolved_at;
use crate::value::url::Permalink;

/// Highlighted code in the cache, by what it was made from.
pub const CODE: Section = "code";

/// The article as its page shows it.
#[must_use]
pub fn web(catalogue: &Catalogue, post: &Post) -> String {
    body(
        catalogue,
        &post.document.body,
        &post.resolved,
        &post.permalink,
        Policy { highlight: catalogue.config.markdown.highlight, ..Policy::WEB },
    )
}

/// What stands before `<!-- more -->`, as lists show it.
#[must_use]
pub fn summary(catalogue: &Catalogue, post: &Post) -> String {
    body(catalogue, &post.document.body, &post.resolved, &post.permalink, Policy::SUMMARY)
}

/// The article as feeds have it: raw HTML made harmless, every address absolute.
#[must_use]
pub fn feed(catalogue: &Catalogue, post: &Post) -> String {
    let html = body(catalogue, &post.document.body, &post.resolved, &post.permalink, Policy::FEED);
    absolute::absolute(&html, &post.permalink)
}

/// What a post is about: what it says itself, else its first words.
#[must_use]
pub fn description(post: &Post) -> &str {
    if post.description.is_empty() { &post.document.body.outline.excerpt } else { &post.description }
}

/// An author's biography; empty without a profile.
#[must_use]
pub fn biography(catalogue: &Catalogue, author: &Author) -> String {
    let Some(profile) = &author.profile else { return String::new() };
    let own = author.permalink.clone().unwrap_or_else(|| catalogue.shelf.base().join(""));
    let policy = Policy { anchors: false, heading_ids: false, ..Policy::WEB };
    body(catalogue, &profile.body, &author.resolved, &own, policy)
}

/// The first words of a biography, plain.
#[must_use]
pub fn biography_excerpt(author: &Author) -> String {
    author.profile.as_ref().map(|profile| profile.body.outline.excerpt.clone()).unwrap_or_default()
}

/// Plain text as a paragraph.
#[must_use]
pub fn paragraph(text: &str) -> Value {
    if text.is_empty() {
        return Value::safe_string("");
    }
    let mut html = String::with_capacity(text.len() + 16);
    html.push_str("<p>");
    escape::text(text, &mut html);
    html.push_str("</p>");
    Value::safe_string(&html)
}

/// A short Markdown text of a template or of `site.toml`; a single paragraph comes without its `<p>`.
#[must_use]
pub fn short(text: &str) -> String {
    let source = Source::new("", text);
    let options =
        markdown::Options { components: false, wikilinks: false, math: false, ..markdown::Options::default() };
    let (tree, _) = markdown::parse(&source, 0..text.len(), options);
    let rendered =
        html::render(&tree, &source, &html::Plain, Policy { anchors: false, heading_ids: false, ..Policy::WEB });
    let html = rendered.html.trim();
    match html.strip_prefix("<p>").and_then(|rest| rest.strip_suffix("</p>")) {
        Some(inner) if !inner.contains("<p>") => inner.to_owned(),
        _ => html.to_owned(),
    }
}

fn body(catalogue: &Catalogue, body: &Body, resolved: &[(usize, Resolved)], own: &Permalink, policy: Policy) -> String {
    opened(catalogue, body, |tree, source| {
        let place = Place { catalogue, resolved, own, source, absolute: policy.sanitize };
        rendered(catalogue, tree, source, &place, policy)
    })
    .unwrap_or_default()
}

/// Does `work` with the tree of a body, which is the current document meanwhile. `None` where its file cannot be read, which the catalogue is told.
pub(in crate::edition) fn opened<T>(
    catalogue: &Catalogue,
    body: &Body,
    work: impl FnOnce(&Tree<'_>, &Source) -> T,
) -> Option<T> {
    let source = match body.source() {
        Ok(source) => source,
        Err(error) => {
            catalogue.complain(Diagnostic::error("unreadable", error.to_string()));
            return None;
        }
    };
    // What was read is not what the library knows: the page is right, but not what its notes say.
    if blake3::hash(source.text().as_bytes()) != body.digest {
        reading::note(Read::Passing);
    }
    let tree: Tree<'_> = body.tree(&source);
    Some(current::within(&body.file.path, || work(&tree, &source)))
}

/// The HTML of a tree; what is wrong with it the catalogue is told.
pub(in crate::edition) fn rendered(
    catalogue: &Catalogue,
    tree: &Tree<'_>,
    source: &Source,
    environment: &dyn Environment,
    policy: Policy,
) -> String {
    let rendered = html::render(tree, source, environment, policy);
    for diagnostic in rendered.report.into_sorted() {
        catalogue.complain(diagnostic);
    }
    rendered.html
}

/// Where a body stands: what its links mean, in which words it speaks.
pub(in crate::edition) struct Place<'a> {
    pub(in crate::edition) catalogue: &'a Catalogue,
    pub(in crate::edition) resolved: &'a [(usize, Resolved)],
    pub(in crate::edition) own: &'a Permalink,
    pub(in crate::edition) source: &'a Source,
    /// Whether addresses are absolute: outside the site nothing else works.
    pub(in crate::edition) absolute: bool,
}

impl Place<'_> {
    fn address(&self, path: &str) -> String {
        if self.absolute && path.starts_with('/') {
            format!("{}{path}", self.catalogue.shelf.base().origin())
        } else {
            path.to_owned()
        }
    }

    pub(in crate::edition) fn image_view(&self, dest: &str, span: &Range<usize>) -> Option<ImageView> {
        let shelf = &self.catalogue.shelf;
        let mut view = match resolved_at(self.resolved, span.start) {
            Some(Resolved::Image(id)) if shelf.planned(*id).is_some() => shelf.view(*id)?,
            // Of an image of which nothing is known there is the file.
            Some(Resolved::Asset(id) | Resolved::Image(id)) => {
                let permalink = &shelf.asset(*id).permalink;
                ImageView { src: permalink.path().to_owned(), url: permalink.url().to_owned(), ..ImageView::default() }
            }
            _ => ImageView { src: dest.to_owned(), url: dest.to_owned(), ..ImageView::default() },
        };
        if self.absolute {
            // Feed readers take one file: no choice of widths, no placeholder.
            view.src.clone_from(&view.url);
            view.srcset.clear();
            view.webp_srcset.clear();
            view.placeholder = None;
        }
        Some(view)
    }

    /// The arguments of a call; those that are links of the site become addresses.
    fn arguments(&self, call: &Call) -> Context {
        let mut context = Context::new();
        for argument in &call.arguments {
            let value = match &argument.value.value {
                Literal::String(text) => {
                    let target =
                        of_argument(argument).and_then(|reference| resolved_at(self.resolved, reference.span.start));
                    Value::from(match target {
                        Some(Resolved::Page { path, .. }) => self.address(path),
                        Some(Resolved::Asset(id)) => self.address(self.catalogue.shelf.asset(*id).permalink.path()),
                        // Components hand images to image(), which finds them beside the document.
                        Some(Resolved::Image(_)) | None => text.clone(),
                    })
                }
                other => Value::from_serializable(other),
            };
            context.insert_value(argument.name.value.clone(), value);
        }
        context
    }
}

impl Environment for Place<'_> {
    fn base(&self) -> Option<&str> {
        self.absolute.then(|| self.own.url())
    }

    fn link<'e>(&'e self, dest: &'e str, span: &Range<usize>) -> Cow<'e, str> {
        match resolved_at(self.resolved, span.start) {
            Some(Resolved::Page { path, .. }) => Cow::Owned(self.address(path)),
            Some(Resolved::Asset(id) | Resolved::Image(id)) => {
                Cow::Owned(self.address(self.catalogue.shelf.asset(*id).permalink.path()))
            }
            None if self.absolute && dest.starts_with('#') => Cow::Owned(format!("{}{dest}", self.own.url())),
            None => Cow::Borrowed(dest),
        }
    }

    fn wikilink_text<'e>(&'e self, _: &'e str, span: &Range<usize>) -> Option<Cow<'e, str>> {
        match resolved_at(self.resolved, span.start) {
            Some(Resolved::Page { title, .. }) => Some(Cow::Borrowed(title)),
            _ => None,
        }
    }

    fn image(&self, node: &Image<'_>, out: &mut String) {
        let Some(mut view) = self.image_view(node.dest, &node.span) else { return };
        node.alt.clone_into(&mut view.alt);
        let options = PictureOptions { sizes: &self.catalogue.config.images.sizes, ..PictureOptions::default() };
        let html = if self.absolute { picture::plain_html(&view) } else { picture::picture_html(&view, &options) };
        if node.title.is_empty() {
            out.push_str(&html);
            return;
        }
        // The title belongs on the <img>, which stands within what was made.
        match html.find("<img") {
            Some(at) => {
                out.push_str(&html[..at + 4]);
                out.push_str(" title=\"");
                escape::attribute(node.title, out);
                out.push('"');
                out.push_str(&html[at + 4..]);
            }
            None => out.push_str(&html),
        }
    }

    fn component(&self, call: &Call, body: Option<&str>, out: &mut String) {
        let edition = self.catalogue.edition.word();
        self.catalogue.shelf.note_named(&format!("component {edition} {}", call.name.value));
        let empty = Context::new();
        let surroundings = self.catalogue.surroundings.get().unwrap_or(&empty);
        match self.catalogue.templates.render_component(&call.name.value, &self.arguments(call), surroundings, body) {
            Ok(html) => out.push_str(html.trim()),
            Err(mistake) => {
                // The theme's line says why, the call's line says where it was asked for.
                let note = format!("called here, with what the component {} does not take", call.name.value);
                let mistake = mistake.also(self.source, call.span.clone(), note);
                self.catalogue.complain(mistake);
            }
        }
    }

    fn code(&self, code: &str, language: &str, marked: &[RangeInclusive<usize>], out: &mut String) {
        // Highlighting is the dearest part of drawing a page.
        let cache = &self.catalogue.cache;
        let key = Fingerprint::builder("code").text(code).text(language).text(&format!("{marked:?}")).finish();
        if let Some(html) = cache.get(CODE, key)
            && let Ok(html) = std::str::from_utf8(&html)
        {
            out.push_str(html);
            return;
        }
        let start = out.len();
        highlight::append(code, language, marked, out);
        cache.insert(CODE, key, out.as_bytes()[start..].to_vec());
    }

    fn word(&self, word: Word) -> Cow<'_, str> {
        let catalogue = self.catalogue;
        Cow::Owned(match word {
            Word::LinkToSection => catalogue.word("section_link", "Link to this section"),
            Word::Note => catalogue.word("alert.note", "Note"),
            Word::Tip => catalogue.word("alert.tip", "Tip"),
            Word::Important => catalogue.word("alert.important", "Important"),
            Word::Warning => catalogue.word("alert.warning", "Warning"),
            Word::Caution => catalogue.word("alert.caution", "Caution"),
            Word::Footnotes => catalogue.word("footnotes", "Footnotes"),
            Word::BackToReference { note, reference } => {
                let n = if reference == 1 { note.to_string() } else { format!("{note}-{reference}") };
                catalogue.word_with("footnote_back", "Back to reference {n}", None, &[("n", n)])
            }
            Word::Table { number } => {
                let table = catalogue.word("table", "Table");
                if number == 1 { table } else { format!("{table} {number}") }
            }
            Word::TaskDone => catalogue.word("task_done", "Done"),
            Word::TaskOpen => catalogue.word("task_open", "Not done"),
        })
    }
}
