//! The functions and filters of templates, as `docs/themes.md` lists them.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::Weak;

use jiff::fmt::strtime;
use tera::Error;
use tera::Kwargs;
use tera::State;
use tera::Tera;
use tera::TeraResult;
use tera::Value;

use crate::diagnostic::suggest;
use crate::edition::answers;
use crate::edition::answers::Function;
use crate::edition::article;
use crate::edition::catalogue::Catalogue;
use crate::edition::current;
use crate::edition::image::ImageView;
use crate::edition::picture;
use crate::edition::picture::PictureOptions;
use crate::edition::view::YearView;
use crate::library::model::CollectionId;
use crate::library::model::PostId;
use crate::library::model::TermId;
use crate::library::model::TermKind;
use crate::theme::templates::Vocabulary;
use crate::theme::words::Words;
use crate::value::language::Language;
use crate::value::path::SitePath;

/// Names of all functions, for suggestions.
pub const FUNCTIONS: [&str; 11] =
    ["posts", "pages", "terms", "authors", "collections", "years", "link", "asset", "image", "picture", "t"];

/// Names of the filters beside Tera's own.
pub const FILTERS: [&str; 6] = ["date", "slug", "urlencode", "json_encode", "filesizeformat", "markdown"];

/// What the functions of one set of compiled templates look things up in. Templates are compiled once; the catalogue changes with every edit.
#[derive(Clone, Default)]
pub struct Slot(Arc<RwLock<Weak<Catalogue>>>);

impl Slot {
    /// A slot without a catalogue: only `t`, `asset` and `picture` would work.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a catalogue in. The slot does not keep it alive.
    pub fn put(&self, catalogue: &Arc<Catalogue>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(catalogue);
    }

    fn get(&self, function: &str) -> TeraResult<Arc<Catalogue>> {
        let catalogue = self.0.read().unwrap_or_else(PoisonError::into_inner).upgrade();
        catalogue.ok_or_else(|| {
            Error::message(format!("{function}() needs the site's content, which service pages and mails do not have"))
        })
    }

    /// Compiles nothing itself: gives `work` the vocabulary whose functions look into this slot.
    pub fn with_vocabulary<T>(&self, work: impl FnOnce(&Vocabulary<'_>) -> T) -> T {
        let register = |tera: &mut Tera| register(tera, self);
        work(&Vocabulary { functions: &FUNCTIONS, filters: &FILTERS, tests: &[], register: &register })
    }
}

pub(in crate::edition) fn register(tera: &mut Tera, slot: &Slot) {
    for &(name, allowed, body) in ASKING {
        let slot = slot.clone();
        tera.register_function(name, move |kwargs: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            refuse_unknown(name, &kwargs, Some(allowed))?;
            answers::ask(&*slot.get(name)?, name, body, &kwargs)
        });
    }
    macro_rules! function {
        ($name:literal, $allowed:expr, $body:expr) => {
            let slot = slot.clone();
            tera.register_function($name, move |kwargs: Kwargs, _: &State<'_>| -> TeraResult<Value> {
                refuse_unknown($name, &kwargs, $allowed)?;
                $body(&*slot.get($name)?, &kwargs)
            });
        };
    }
    function!("image", Some(&["src"]), image);
    function!("picture", Some(PICTURE), |_: &Catalogue, kwargs: &Kwargs| picture(kwargs));
    function!("t", None, |catalogue: &Catalogue, kwargs: &Kwargs| {
        word(&catalogue.theme.words, &catalogue.config.language, kwargs)
    });
    register_filters(tera);
}

/// What `picture` takes.
pub(in crate::edition) const PICTURE: &[&str] = &["image", "sizes", "eager", "class", "alt"];

/// The filters, which need nothing but what they are given.
pub(in crate::edition) fn register_filters(tera: &mut Tera) {
    tera.register_filter("date", date);
    tera.register_filter("slug", tera_contrib::slug::slug);
    tera.register_filter("urlencode", tera_contrib::urlencode::urlencode);
    tera.register_filter("json_encode", tera_contrib::json::json_encode);
    tera.register_filter("filesizeformat", tera_contrib::filesize_format::filesize_format);
    tera.register_filter("markdown", |text: &str, _: Kwargs, _: &State<'_>| {
        Value::from(article::short(text)).mark_safe()
    });
}

/// The functions that look into the library, with the arguments that each takes. Their answers depend on nothing but the arguments and the site.
const ASKING: &[(&str, &[&str], Function)] = &[
    ("posts", &["collection", "category", "tag", "series", "author", "limit", "offset"], posts),
    ("pages", &[], |catalogue, _| Ok(Value::from(catalogue.summaries(catalogue.shelf.pages())))),
    ("terms", &["kind"], terms),
    ("authors", &[], |catalogue, _| {
        Ok(Value::from(catalogue.shelf.authors().map(|id| catalogue.author(id)).collect::<Vec<_>>()))
    }),
    ("collections", &[], |catalogue, _| {
        let ids = (0..catalogue.shelf.collections().len()).map(CollectionId);
        Ok(Value::from(ids.map(|id| catalogue.collection(id)).collect::<Vec<_>>()))
    }),
    ("years", &[], |catalogue, _| Ok(Value::from(years(catalogue)))),
    ("link", &["to"], link),
    ("asset", &["path"], asset),
];

/// The function of that name, to be asked again; `image` is asked by the file that it found.
pub(in crate::edition) fn function(name: &str) -> Option<Function> {
    if name == "image" {
        return Some(image_at);
    }
    ASKING.iter().find(|(known, ..)| *known == name).map(|(_, _, function)| *function)
}

/// A misspelt argument would otherwise be silently ignored.
pub(in crate::edition) fn refuse_unknown(function: &str, kwargs: &Kwargs, allowed: Option<&[&str]>) -> TeraResult<()> {
    let Some(allowed) = allowed else { return Ok(()) };
    for (key, _) in kwargs.iter() {
        let name = key.as_str().unwrap_or_default();
        if !allowed.contains(&name) {
            let hint = suggest::did_you_mean(name, allowed.iter().copied());
            let hint = hint.unwrap_or_else(|| format!("it takes: {}", allowed.join(", ")));
            return Err(Error::message(format!("{function}() has no argument `{name}`\n{hint}")));
        }
    }
    Ok(())
}

/// The years of the archive as views.
pub(in crate::edition) fn years(catalogue: &Catalogue) -> Vec<Value> {
    let view = |(year, count): (i16, usize)| {
        Value::from_serializable(&YearView { year, count, path: catalogue.year_path(year) })
    };
    catalogue.shelf.years().map(view).collect()
}

fn posts(catalogue: &Catalogue, kwargs: &Kwargs) -> TeraResult<Value> {
    let shelf = &catalogue.shelf;
    let collection = kwargs.get::<&str>("collection")?.unwrap_or("posts");
    let Some(in_collection) = shelf.collections().iter().position(|known| known.id == collection) else {
        let known: Vec<&str> = shelf.collections().iter().map(|known| known.id.as_str()).collect();
        let hint = suggest::did_you_mean(collection, known.iter().copied());
        let hint = hint.unwrap_or_else(|| format!("there are: {}", known.join(", ")));
        return Err(Error::message(format!("there is no collection `{collection}`\n{hint}")));
    };
    let mut ids: &[PostId] = shelf.collection_posts(CollectionId(in_collection));
    let mut wanted: Vec<TermId> = Vec::new();
    for (name, kind) in [("category", TermKind::Category), ("tag", TermKind::Tag), ("series", TermKind::Series)] {
        if let Some(slug) = kwargs.get::<&str>(name)? {
            match shelf.terms(kind).find(|id| shelf.term(*id).slug.as_str() == slug) {
                Some(id) => wanted.push(id),
                // A term that no post has yet is an empty list, not a mistake of the theme.
                None => ids = &[],
            }
        }
    }
    let mut author = None;
    if let Some(id) = kwargs.get::<&str>("author")? {
        match shelf.author_named(id) {
            Some(id) => author = Some(id),
            None => ids = &[],
        }
    }
    let limit = kwargs.get::<usize>("limit")?.unwrap_or(usize::MAX);
    let offset = kwargs.get::<usize>("offset")?.unwrap_or(0);
    let chosen = ids.iter().filter(|id| {
        let post = shelf.post(**id);
        let has = |term: &TermId| {
            post.categories.contains(term) || post.tags.contains(term) || post.series.as_ref() == Some(term)
        };
        wanted.iter().all(has) && author.is_none_or(|author| post.authors.contains(&author))
    });
    Ok(Value::from(chosen.skip(offset).take(limit).map(|id| catalogue.summary(*id)).collect::<Vec<_>>()))
}

fn terms(catalogue: &Catalogue, kwargs: &Kwargs) -> TeraResult<Value> {
    let wanted = kwargs.get::<&str>("kind")?.unwrap_or("category");
    let Some(kind) = TermKind::ALL.into_iter().find(|kind| kind.word() == wanted) else {
        let hint = suggest::did_you_mean(wanted, ["category", "tag", "series"]);
        let hint = hint.unwrap_or_else(|| "there are: category, tag, series".into());
        return Err(Error::message(format!("terms() does not know the kind `{wanted}`\n{hint}")));
    };
    Ok(Value::from(catalogue.shelf.terms(kind).map(|id| catalogue.term(id)).collect::<Vec<_>>()))
}

fn link(catalogue: &Catalogue, kwargs: &Kwargs) -> TeraResult<Value> {
    let to = kwargs.must_get::<&str>("to")?;
    if let Some(path) = catalogue.shelf.whole().path_of(to) {
        return Ok(Value::from(path));
    }
    let files = catalogue.shelf.whole().posts.iter().map(|post| post.document.body.file.path.as_str());
    let hint = suggest::did_you_mean(to, files).unwrap_or_else(|| "write a path below content/".into());
    Err(Error::message(format!("link(to=\"{to}\") leads nowhere\n{hint}")))
}

fn asset(catalogue: &Catalogue, kwargs: &Kwargs) -> TeraResult<Value> {
    let path = kwargs.must_get::<&str>("path")?.trim_start_matches('/');
    let shelf = &catalogue.shelf;
    // What the site puts at the same place wins, as it does in the output.
    if let Some(id) = shelf.asset_at(path) {
        return Ok(Value::from(shelf.asset(id).permalink.path()));
    }
    if let Some(fingerprint) = catalogue.theme.assets.fingerprint(path) {
        let permalink = shelf.base().join(path);
        return Ok(Value::from(format!("{}?h={fingerprint}", permalink.path())));
    }
    let names = catalogue.theme.assets.names().chain(shelf.whole().assets.iter().map(|asset| asset.file.path.as_str()));
    let hint = suggest::did_you_mean(path, names)
        .unwrap_or_else(|| "it was looked for in the theme's static/ and in content/".into());
    Err(Error::message(format!("there is no file `{path}`\n{hint}")))
}

fn image(catalogue: &Catalogue, kwargs: &Kwargs) -> TeraResult<Value> {
    let src = kwargs.must_get::<&str>("src")?;
    if crate::content::links::has_scheme(src) {
        let view = ImageView { src: src.to_owned(), url: src.to_owned(), ..ImageView::default() };
        return Ok(Value::from_serializable(&view));
    }
    // A path that has been resolved already begins at the host's root.
    let root = catalogue.shelf.base().root();
    let src = if root == "/" { src } else { src.strip_prefix(root).map_or(src, |_| &src[root.len() - 1..]) };
    let path =
        SitePath::resolve(&current::folder(), src).map_err(|error| Error::message(format!("`{src}`: {error}")))?;
    // What is asked is the file, not how this document names it.
    let kwargs = std::iter::once(("path", path.as_str())).collect::<std::collections::BTreeMap<_, _>>();
    let kwargs = Kwargs::new(Arc::new(Value::from_serializable(&kwargs).into_map().unwrap_or_default()));
    let view = answers::ask(catalogue, "image", image_at, &kwargs)?;
    if !view.is_none() {
        catalogue.shelf.note_named(&format!("shown {path}"));
        return Ok(view);
    }
    let images = catalogue.shelf.whole().assets.iter().map(|asset| asset.file.path.as_str());
    let hint = suggest::did_you_mean(path.as_str(), images);
    let hint = hint.unwrap_or_else(|| format!("it was looked for at content/{path}"));
    Err(Error::message(format!("there is no image `{src}`\n{hint}")))
}

/// The image at `path` below `content/`; none where there is no such image.
fn image_at(catalogue: &Catalogue, kwargs: &Kwargs) -> TeraResult<Value> {
    let path = kwargs.must_get::<&str>("path")?;
    let view = catalogue.shelf.asset_at(path).and_then(|id| catalogue.shelf.view(id));
    Ok(view.map_or_else(Value::none, |view| Value::from_serializable(&view)))
}

/// `picture(image=…)`.
pub(in crate::edition) fn picture(kwargs: &Kwargs) -> TeraResult<Value> {
    let Some(value) = kwargs.get::<&Value>("image")? else { return Ok(Value::safe_string("")) };
    if value.is_none() || value.is_undefined() {
        return Ok(Value::safe_string(""));
    }
    let Some(view) = image_view(value) else {
        return Err(Error::message("picture() wants an Image, such as post.image or image(src=\"photo.jpg\")"));
    };
    let options = PictureOptions {
        sizes: kwargs.get::<&str>("sizes")?.unwrap_or_default(),
        eager: kwargs.get::<bool>("eager")?.unwrap_or_default(),
        class: kwargs.get::<&str>("class")?.unwrap_or_default(),
        alt: kwargs.get::<&str>("alt")?,
    };
    Ok(Value::safe_string(&picture::picture_html(&view, &options)))
}

/// Back from a template's value.
pub(in crate::edition) fn image_view(value: &Value) -> Option<ImageView> {
    let text = |field: &str| value.get_from_path(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let pixels = |field: &str| value.get_from_path(field).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    value.get_from_path("src")?.as_str()?;
    Some(ImageView {
        src: text("src"),
        width: pixels("width"),
        height: pixels("height"),
        srcset: text("srcset"),
        webp_srcset: text("webp_srcset"),
        placeholder: value.get_from_path("placeholder").and_then(Value::as_str).map(str::to_owned),
        alt: text("alt"),
        credit: text("credit"),
        credit_url: text("credit_url"),
        url: text("url"),
    })
}

/// `t(key=…)`.
pub(in crate::edition) fn word(words: &Words, language: &Language, kwargs: &Kwargs) -> TeraResult<Value> {
    let key = kwargs.must_get::<&str>("key")?;
    let count = kwargs.get::<i64>("count")?;
    let arguments: Vec<(&str, String)> = kwargs
        .iter()
        .filter_map(|(name, value)| Some((name.as_str()?, value)))
        .filter(|(name, _)| !matches!(*name, "key" | "count"))
        .map(|(name, value)| (name, value.to_string()))
        .collect();
    match words.text(key, language, count, &arguments) {
        Ok(text) => Ok(Value::from(text)),
        Err(error) => Err(Error::message(
            error.hint.map_or_else(|| error.message.clone(), |hint| format!("{}\n{hint}", error.message)),
        )),
    }
}

fn date(value: &Value, kwargs: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let format = kwargs.must_get::<&str>("format")?;
    let iso = value.get_from_path("iso").and_then(Value::as_str).or_else(|| value.as_str());
    let Some(iso) = iso else {
        return Err(Error::message("the filter `date` wants a Date, such as post.date"));
    };
    let refuse = |error: jiff::Error| Error::message(format!("the filter `date` cannot format this: {error}"));
    let moment = strtime::parse("%Y-%m-%dT%H:%M:%S%:z", iso).map_err(refuse)?;
    strtime::format(format, &moment.to_zoned().map_err(refuse)?).map_err(refuse)
}
