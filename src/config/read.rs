//! Reads `site.toml`: every mistake at once, each at its place.

use std::cell::RefCell;

use jiff::tz::TimeZone;

use crate::config::blocks;
use crate::config::dkim;
use crate::config::endpoint;
use crate::config::feeds;
use crate::config::newsletter;
use crate::config::permalink::Field;
use crate::config::permalink::Pattern;
use crate::config::site::Collection;
use crate::config::site::Config;
use crate::config::site::Images;
use crate::config::site::Markdown;
use crate::config::site::Outputs;
use crate::config::site::Overrides;
use crate::config::site::Permalinks;
use crate::config::site::TermText;
use crate::config::smtp;
use crate::config::store;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Data;
use crate::diagnostic::node::Located;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::diagnostic::suggest;
use crate::diagnostic::toml;
use crate::value::language::Language;
use crate::value::path::SitePath;
use crate::value::slug;
use crate::value::url::SiteUrl;

/// Folders of `content/` with a meaning of their own, which no collection can take.
const RESERVED: [&str; 3] = ["authors", "issues", "pages"];

const POST_FIELDS: &[Field] =
    &[Field::Year, Field::Month, Field::Day, Field::Slug, Field::Category, Field::Path, Field::Collection];

/// Checks that recur in several tables.
pub(in crate::config) struct Keys<'a> {
    source: &'a Source,
}

impl Keys<'_> {
    /// Whether `value` is one of `known`; where it is not, an error says which there are.
    pub(in crate::config) fn one_of(
        &mut self,
        fields: &Fields<'_>,
        value: &Located<String>,
        key: &str,
        known: &[&str],
    ) -> bool {
        if known.contains(&value.value.as_str()) {
            return true;
        }
        let hint = suggest::did_you_mean(&value.value, known.iter().copied());
        let hint = hint.unwrap_or_else(|| format!("one of: {}", known.join(", ")));
        let message = format!("`{key}` does not know `{}`", value.value);
        fields.push(Diagnostic::error("unknown-value", message).at(self.source, value.span.clone()).hint(hint));
        false
    }
}

/// Reads `source`, the text of `site.toml`. The report names all its errors; beside them comes what could be read, with defaults for the rest, so that the mistakes of
/// the content can be told at the same time. `None` where even title or address is missing.
#[must_use]
pub fn read(source: &Source, overrides: &Overrides) -> (Option<Config>, Report) {
    let start = if source.text().starts_with('\u{feff}') { 3 } else { 0 };
    let (node, report) = toml::parse(source, start..source.text().len());
    if report.has_errors() {
        // What the syntax errors hide would be reported as missing.
        return (None, report);
    }
    let report = RefCell::new(report);
    let config = read_fields(source, overrides, Fields::new(source, &report, "site.toml", node));
    (config, report.into_inner())
}

fn read_fields(source: &Source, overrides: &Overrides, mut fields: Fields<'_>) -> Option<Config> {
    let keys = &mut Keys { source };
    let title = fields.required("title", "add title = \"The name of your blog\"");
    let description = fields.string("description").map(|d| d.value).unwrap_or_default();
    let base_url = fields.required("base_url", "add base_url = \"https://example.com/\", where the site will live");
    let base_url = base_url.and_then(|text| match SiteUrl::parse(&text.value) {
        Ok(url) => Some(url),
        Err(error) => {
            let message = format!("`base_url` is {error}");
            let hint = "write the whole address, such as \"https://example.com/\"";
            fields.push(Diagnostic::error("bad-url", message).at(source, text.span).hint(hint));
            None
        }
    });
    let base_url = overrides.base_url.clone().or(base_url);
    let base_url = match &overrides.origin {
        Some(origin) => base_url.map(|url| url.at(origin)),
        None => base_url,
    };
    let language = match fields.string("language") {
        None => Language::parse("en"),
        Some(text) => {
            let language = Language::parse(&text.value);
            if language.is_none() {
                let hint = "write a language tag (BCP 47) such as \"en\", \"de\" or \"pt-BR\"";
                let message = format!("`{}` is no language tag", text.value);
                fields.push(Diagnostic::error("bad-language", message).at(source, text.span).hint(hint));
            }
            language
        }
    };
    let time_zone = match fields.string("time_zone") {
        None => TimeZone::UTC,
        Some(text) => TimeZone::get(&text.value).unwrap_or_else(|_| {
            let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
            let hint = suggest::did_you_mean(&text.value, zones.iter().map(String::as_str));
            let hint = hint.unwrap_or_else(|| "write an IANA zone such as \"Europe/Berlin\" or \"UTC\"".into());
            let message = format!("`{}` is no time zone", text.value);
            fields.push(Diagnostic::error("bad-time-zone", message).at(source, text.span).hint(hint));
            TimeZone::UTC
        }),
    };
    let mut theme = fields.string("theme").unwrap_or(Located { value: "broadside".into(), span: 0..0 });
    if let Some(name) = &overrides.theme {
        theme = Located { value: name.clone(), span: 0..0 };
    }
    let image = fields.string("image");
    let copyright = fields.string("copyright").map(|text| text.value);
    let navigation = fields.tables("navigation", "[[navigation]]");
    let navigation = navigation
        .into_iter()
        .filter_map(|mut link| {
            let label = link.required("label", "add label = \"…\"");
            let to = link.required("to", "add to = \"/posts/\" or to = \"pages/about.md\"");
            link.finish();
            Some((label?.value, to?))
        })
        .collect();
    let (permalinks, posts) = read_permalinks(source, &mut fields);
    let collections = read_collections(source, &mut fields, posts);
    let outputs = read_outputs(fields.table("outputs", "[outputs]"));
    let mut page_size = 10;
    if let Some(mut lists) = fields.table("lists", "[lists]") {
        if let Some(size) = lists.integer("page_size", 1..=1000) {
            page_size = usize::try_from(size.value).unwrap_or(10);
        }
        lists.finish();
    }
    let feeds = feeds::read_feeds(keys, fields.table("feeds", "[feeds]"));
    let podcast = fields.table("podcast", "[podcast]").map(feeds::read_podcast);
    let markdown = read_markdown(fields.table("markdown", "[markdown]"));
    let mut unknown_front_matter_warns = false;
    if let Some(mut front) = fields.table("front_matter", "[front_matter]") {
        if let Some(unknown) = front.string("unknown") {
            keys.one_of(&front, &unknown, "unknown", &["error", "warn"]);
            unknown_front_matter_warns = unknown.value == "warn";
        }
        front.finish();
    }
    let images = read_images(fields.table("images", "[images]"));
    let blocks = blocks::read_blocks(keys, fields.table("blocks", "[blocks]"));
    let subscribe = blocks::read_subscribe(fields.table("subscribe", "[subscribe]"));
    let name = title.as_ref().map_or("", |title| title.value.as_str());
    let newsletters = newsletter::read_newsletters(name, fields.table("newsletters", "[newsletters]"));
    endpoint::check_senders(&fields, &subscribe, &newsletters);
    let smtp = smtp::read_smtp(fields.tables("smtp", "[[smtp]]"));
    let dkim = dkim::read(fields.tables("dkim", "[[dkim]]"));
    let store = store::read_store(fields.table("store", "[store]"));
    let terms = read_terms(keys, fields.table("terms", "[terms]"));
    let extra = fields.node("extra").unwrap_or(Node { span: 0..0, data: Data::Table(Vec::new()) });
    if !matches!(extra.data, Data::Table(_)) {
        let message = format!("`extra` must be a table, not {}", extra.data.kind());
        fields.push(Diagnostic::error("wrong-type", message).at(source, extra.span.clone()));
    }
    fields.finish();
    Some(Config {
        source: source.clone(),
        title: title?.value,
        description,
        base_url: base_url?,
        language: language?,
        time_zone,
        theme,
        image,
        copyright,
        navigation,
        permalinks,
        collections,
        outputs,
        page_size,
        feeds,
        podcast,
        markdown,
        images,
        blocks,
        subscribe,
        newsletters,
        smtp,
        dkim,
        store,
        terms,
        extra,
        unknown_front_matter_warns,
    })
}

fn pattern(fields: &mut Fields<'_>, key: &'static str, default: &str, allowed: &[Field]) -> Option<Pattern> {
    let fallback = Pattern::parse(default, allowed).ok();
    let Some(text) = fields.string(key) else {
        return fallback;
    };
    let is_list = allowed.len() == 1;
    match Pattern::parse(&text.value, allowed) {
        // Lists have pages and feeds below them.
        Ok(_) if is_list && !text.value.ends_with('/') => {
            let hint = format!("write \"{}/\"", text.value);
            let message = format!("`{key}` must end with `/`: its pages and feeds are below it");
            fields.push(Diagnostic::error("bad-permalink", message).at(fields.source(), text.span).hint(hint));
            fallback
        }
        Ok(pattern) => Some(pattern),
        Err(error) => {
            fields.push(
                Diagnostic::error("bad-permalink", error.message).at(fields.source(), text.span).maybe_hint(error.hint),
            );
            fallback
        }
    }
}

/// The permalinks, and the pattern of the default collection.
fn read_permalinks(source: &Source, fields: &mut Fields<'_>) -> (Permalinks, Pattern) {
    let empty = Node { span: 0..0, data: Data::Null };
    let mut table = fields.table("permalinks", "[permalinks]").unwrap_or_else(|| fields.child("[permalinks]", empty));
    let slug = &[Field::Slug];
    let mut get = |key, default: &str, allowed| {
        pattern(&mut table, key, default, allowed)
            .unwrap_or_else(|| unreachable!("the default pattern `{default}` parses"))
    };
    let posts = get("posts", "/posts/{slug}/", POST_FIELDS);
    let permalinks = Permalinks {
        pages: get("pages", "/{path}/", &[Field::Path, Field::Slug]),
        category: get("category", "/categories/{slug}/", slug),
        tag: get("tag", "/tags/{slug}/", slug),
        series: get("series", "/series/{slug}/", slug),
        author: get("author", "/authors/{slug}/", slug),
        archive: String::new(),
    };
    let archive = table.string("archive").map_or_else(
        || "archive".to_owned(),
        |path| {
            let folder = path.value.trim_matches('/').to_owned();
            if folder.is_empty() || folder.split('/').any(|segment| segment == "..") {
                let message = "`archive` must be a folder such as \"/archive/\"";
                table.push(Diagnostic::error("bad-permalink", message).at(source, path.span));
            }
            folder
        },
    );
    table.finish();
    (Permalinks { archive, ..permalinks }, posts)
}

fn read_collections(source: &Source, fields: &mut Fields<'_>, posts: Pattern) -> Vec<Collection> {
    let list_path = |pattern: &Pattern, id: &str| {
        let folder = pattern.folder();
        if folder.is_empty() { id.to_owned() } else { folder.to_owned() }
    };
    let path = list_path(&posts, "posts");
    let mut collections =
        vec![Collection { id: "posts".into(), title: None, description: None, permalink: posts, path, span: 0..0 }];
    let Some(mut table) = fields.table("collections", "[collections]") else {
        return collections;
    };
    for (key, node) in table.rest() {
        let what = format!("[collections.{}]", key.name);
        if !slug::is_slug(&key.name) || RESERVED.contains(&key.name.as_str()) {
            let message = format!("`{}` cannot be a collection's id", key.name);
            let hint = format!("an id is a folder below content/ other than {}", RESERVED.join(", "));
            table.push(Diagnostic::error("bad-collection", message).at(source, key.span.clone()).hint(hint));
            continue;
        }
        let mut own = table.child(&*what, node);
        let title = own.string("title").map(|text| text.value);
        let description = own.string("description").map(|text| text.value);
        let default =
            if key.name == "posts" { collections[0].permalink.to_string() } else { format!("/{}/{{slug}}/", key.name) };
        let permalink = pattern(&mut own, "permalink", &default, POST_FIELDS);
        let path = own.string("path").and_then(|path| {
            let folder = path.value.trim_matches('/').to_owned();
            if folder.is_empty() || SitePath::parse(&folder).is_err() || folder.split('/').any(|part| part == "..") {
                let message = format!("`{}` is no folder below the site", path.value);
                own.push(
                    Diagnostic::error("bad-path", message).at(source, path.span).hint("write such as \"/notes/\""),
                );
                return None;
            }
            Some(folder)
        });
        own.finish();
        let Some(permalink) = permalink else { continue };
        let path = path.unwrap_or_else(|| list_path(&permalink, &key.name));
        let collection = Collection { id: key.name.clone(), title, description, permalink, path, span: key.span };
        if collection.id == "posts" {
            collections[0] = collection;
        } else {
            collections.push(collection);
        }
    }
    collections
}

fn read_outputs(fields: Option<Fields<'_>>) -> Outputs {
    let mut outputs = Outputs {
        archive: true,
        authors: true,
        categories: true,
        tags: true,
        series: true,
        sitemap: true,
        robots: true,
        redirects: true,
        not_found: true,
    };
    let Some(mut fields) = fields else { return outputs };
    for (key, flag) in [
        ("archive", &mut outputs.archive),
        ("authors", &mut outputs.authors),
        ("categories", &mut outputs.categories),
        ("tags", &mut outputs.tags),
        ("series", &mut outputs.series),
        ("sitemap", &mut outputs.sitemap),
        ("robots", &mut outputs.robots),
        ("redirects", &mut outputs.redirects),
        ("not_found", &mut outputs.not_found),
    ] {
        *flag = fields.boolean(key).unwrap_or(true);
    }
    fields.finish();
    outputs
}

fn read_markdown(fields: Option<Fields<'_>>) -> Markdown {
    let mut markdown = Markdown { smart_punctuation: true, math: false, autolink: true, highlight: true };
    let Some(mut fields) = fields else { return markdown };
    for (key, flag) in [
        ("smart_punctuation", &mut markdown.smart_punctuation),
        ("math", &mut markdown.math),
        ("autolink", &mut markdown.autolink),
        ("highlight", &mut markdown.highlight),
    ] {
        *flag = fields.boolean(key).unwrap_or(*flag);
    }
    fields.finish();
    markdown
}

fn read_images(fields: Option<Fields<'_>>) -> Images {
    let mut images = Images {
        widths: vec![480, 800, 1200, 1600],
        quality: 82,
        webp_quality: 80,
        placeholder: true,
        sizes: "(min-width: 48rem) 44rem, 100vw".into(),
    };
    let Some(mut fields) = fields else { return images };
    if let Some(Node { data: Data::Array(items), span }) = fields.node("widths") {
        let widths: Option<Vec<u32>> = items
            .iter()
            .map(|item| match item.data {
                Data::Integer(width @ 16..=8192) => u32::try_from(width).ok(),
                _ => None,
            })
            .collect();
        match widths {
            Some(mut widths) if !widths.is_empty() => {
                widths.sort_unstable();
                widths.dedup();
                images.widths = widths;
            }
            _ => {
                let message = "`widths` must be a list of pixels between 16 and 8192";
                fields.push(Diagnostic::error("wrong-type", message).at(fields.source(), span));
            }
        }
    }
    for (key, quality) in [("quality", &mut images.quality), ("webp_quality", &mut images.webp_quality)] {
        if let Some(value) = fields.integer(key, 1..=100) {
            *quality = u8::try_from(value.value).unwrap_or(*quality);
        }
    }
    images.placeholder = fields.boolean("placeholder").unwrap_or(true);
    if let Some(sizes) = fields.string("sizes") {
        images.sizes = sizes.value;
    }
    fields.finish();
    images
}

fn read_terms(keys: &mut Keys<'_>, fields: Option<Fields<'_>>) -> Vec<TermText> {
    let mut terms = Vec::new();
    let Some(mut fields) = fields else { return terms };
    for (kind, node) in fields.rest() {
        let name = Located { value: kind.name.clone(), span: kind.span.clone() };
        if !keys.one_of(&fields, &name, "[terms]", &["category", "tag", "series"]) {
            continue;
        }
        let mut table = fields.child(format!("[terms.{}]", kind.name), node);
        for (slug, node) in table.rest() {
            let mut own = table.child(format!("[terms.{}.{}]", kind.name, slug.name), node);
            let name = own.string("name").map(|text| text.value);
            let description = own.string("description").map(|text| text.value);
            own.finish();
            terms.push(TermText { kind: kind.name.clone(), slug: slug.name, name, description });
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::terminal;

    fn messages(text: &str) -> Vec<String> {
        let (_, report) = read(&Source::new("site.toml", text), &Overrides::default());
        report.into_sorted().iter().map(terminal::short).collect()
    }

    #[test]
    fn a_small_site_is_enough() {
        let text = "\u{feff}title = \"A\"\r\nbase_url = \"https://a.example\"\r\n";
        let (config, report) = read(&Source::new("site.toml", text), &Overrides::default());
        assert!(report.is_empty(), "{report:?}");
        let config = config.unwrap();
        assert_eq!((config.collections[0].path.as_str(), config.theme.value.as_str()), ("posts", "broadside"));
    }

    #[test]
    fn every_mistake_at_once() {
        let text = "titel = \"A\"\nbase_url = \"a.example\"\ntime_zone = \"Europe/Berln\"\nlanguage = \"english!\"\n\
                    [blocks]\nheader = [\"titel\"]\n[permalinks]\nposts = \"/{slog}/\"\n[feeds]\nfor = [\"tags\"]\natom = [\"../x\"]\n\
                    [collections.pages]\n[terms.topic.x]\n[images]\nwidths = [\"a\"]\nquality = 0\n[podcast]\nemail = \"x\"\n";
        let found = messages(text);
        for part in [
            "site.toml:1:1: error: site.toml has no `title`",
            "site.toml:1:1: error: unknown key `titel` in site.toml [unknown-key]; did you mean `title`?",
            "site.toml:2:12: error: `base_url` is not an absolute URL",
            "site.toml:3:13: error: `Europe/Berln` is no time zone [bad-time-zone]; did you mean `Europe/Berlin`?",
            "site.toml:4:12: error: `english!` is no language tag",
            "site.toml:6:11: error: `header` does not know `titel` [unknown-value]; did you mean `title`?",
            "`header` must contain \"title\"",
            "site.toml:8:9: error: unknown field `{slog}` [bad-permalink]; did you mean `slug`?",
            "`for` does not know `tags` [unknown-value]; did you mean `tag`?",
            "`../x` is no path below the site",
            "`pages` cannot be a collection's id",
            "`[terms]` does not know `topic`",
            "`widths` must be a list of pixels",
            "`quality` must be between 1 and 100",
            "`email`: not an e-mail address",
        ] {
            assert!(found.iter().any(|line| line.contains(part)), "{part:?} is not in\n{}", found.join("\n"));
        }
    }
}
