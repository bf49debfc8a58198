//! `[blocks]`: which blocks an article shows, where, and what is in them; `[subscribe]`: the form's words and where it posts.

use crate::config::endpoint;
use crate::config::endpoint::Endpoint;
use crate::config::newsletter;
use crate::config::read::Keys;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::value::mailbox::Mailbox;

/// Every block's name, in the order of an article.
pub const NAMES: [&str; 18] = [
    "posted_under",
    "title",
    "description",
    "authors",
    "date",
    "listen",
    "image",
    "toc",
    "series",
    "tags",
    "banner",
    "subscribe",
    "community",
    "podcast",
    "lead",
    "author_box",
    "neighbours",
    "related",
];

/// Where blocks stand, and what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// Above the article's text.
    pub header: Vec<String>,
    /// Beside it on wide screens.
    pub aside: Vec<String>,
    /// Below it.
    pub footer: Vec<String>,
    /// Whether to offer the browser's own speech where there is no recording.
    pub read_aloud: bool,
    /// A box that points somewhere.
    pub banner: Option<Callout>,
    /// Where readers meet.
    pub community: Option<Community>,
    /// Where to hear the podcast.
    pub podcast: Option<Callout>,
    /// "Ready to get started? I am looking for …"
    pub lead: Option<Lead>,
}

/// A short text with one link: the banner, the podcast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callout {
    /// Heading.
    pub title: String,
    /// One or two sentences.
    pub text: Option<String>,
    /// The link's words.
    pub label: Option<String>,
    /// Where it leads: a URL, or a path or content file of the site.
    pub url: Option<Located<String>>,
    /// Picture, a file below `content/`.
    pub image: Option<Located<String>>,
}

/// Links to places where readers meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Community {
    /// Heading.
    pub title: String,
    /// One or two sentences.
    pub text: Option<String>,
    /// Label and address.
    pub links: Vec<(String, Located<String>)>,
}

/// The lead form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Heading.
    pub title: String,
    /// One or two sentences.
    pub text: Option<String>,
    /// "I am looking for …"
    pub prompt: Option<String>,
    /// What one can look for.
    pub options: Vec<String>,
    /// The button's words.
    pub button: Option<String>,
    /// Where the form posts.
    pub action: Option<String>,
    /// An address to write to where nothing takes the form.
    pub mailto: Option<String>,
    /// Hidden fields.
    pub fields: Vec<(String, String)>,
    /// Who gets what is posted to the endpoint of our own; the newsletter's `from` unless it says.
    pub to: Option<Mailbox>,
}

/// `[subscribe]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscribe {
    /// Where the form posts: a URL, or a path of the site's host.
    pub action: Option<String>,
    /// Name of the field with the reader's address; default `email`.
    pub email_field: Option<String>,
    /// Hidden fields.
    pub fields: Vec<(String, String)>,
    /// An address to write to where nothing takes the form.
    pub mailto: Option<String>,
    /// Heading.
    pub title: Option<String>,
    /// What comes how often.
    pub promise: Option<String>,
    /// The button's words.
    pub button: Option<String>,
    /// The privacy page: a path or content file.
    pub privacy: Option<Located<String>>,
    /// The endpoint of our own that takes the form, unless `action` names another one.
    pub endpoint: Option<Endpoint>,
}

fn text(value: Option<Located<String>>) -> Option<String> {
    value.map(|value| value.value)
}

/// Reads `[blocks]`; an absent table means the defaults.
pub(in crate::config) fn read_blocks(keys: &mut Keys<'_>, fields: Option<Fields<'_>>) -> Blocks {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut blocks = Blocks {
        header: list(&["posted_under", "title", "description", "authors", "date", "listen", "image"]),
        aside: list(&["toc"]),
        footer: list(&[
            "tags",
            "banner",
            "subscribe",
            "community",
            "podcast",
            "lead",
            "author_box",
            "series",
            "neighbours",
            "related",
        ]),
        read_aloud: true,
        banner: None,
        community: None,
        podcast: None,
        lead: None,
    };
    let Some(mut fields) = fields else { return blocks };
    let mut seen: Vec<Located<String>> = Vec::new();
    let mut by_default: Vec<&mut Vec<String>> = Vec::new();
    for (key, place) in [("header", &mut blocks.header), ("aside", &mut blocks.aside), ("footer", &mut blocks.footer)] {
        let Some(names) = fields.strings(key) else {
            by_default.push(place);
            continue;
        };
        place.clear();
        for name in names {
            if !keys.one_of(&fields, &name, key, &NAMES) {
                continue;
            }
            if seen.iter().any(|other| other.value == name.value) {
                let message = format!("the block `{}` stands in two places", name.value);
                fields.push(Diagnostic::error("duplicate-block", message).at(fields.source(), name.span));
                continue;
            }
            place.push(name.value.clone());
            seen.push(name);
        }
    }
    // A block that was put somewhere leaves the place where it stands by default.
    for place in by_default {
        place.retain(|name| !seen.iter().any(|other| other.value == *name));
    }
    if !blocks.header.iter().any(|name| name == "title") {
        let message = "`header` must contain \"title\": an article without its heading is not accessible";
        fields.push(Diagnostic::error("missing-title-block", message).at(fields.source(), fields.span()));
    }
    if let Some(mut listen) = fields.table("listen", "[blocks.listen]") {
        blocks.read_aloud = listen.boolean("read_aloud").unwrap_or(true);
        listen.finish();
    }
    blocks.banner = fields.table("banner", "[blocks.banner]").map(|fields| read_callout(fields, true));
    blocks.podcast = fields.table("podcast", "[blocks.podcast]").map(|fields| read_callout(fields, false));
    blocks.community = fields.table("community", "[blocks.community]").map(|mut fields| {
        let links = fields.tables("links", "a link of [blocks.community]");
        let links = links
            .into_iter()
            .filter_map(|mut link| {
                let label = link.required("label", "write { label = \"…\", url = \"…\" }");
                let url = link.required("url", "write { label = \"…\", url = \"…\" }");
                link.finish();
                Some((label?.value, url?))
            })
            .collect();
        let title = fields.required("title", "add title = \"…\", the heading of the block");
        let community = Community { title: text(title).unwrap_or_default(), text: text(fields.string("text")), links };
        fields.finish();
        community
    });
    blocks.lead = fields.table("lead", "[blocks.lead]").and_then(|mut fields| {
        let title = fields.required("title", "add title = \"Ready to get started?\"");
        let options = fields.strings("options").unwrap_or_default();
        let lead = Lead {
            text: text(fields.string("text")),
            prompt: text(fields.string("prompt")),
            options: options.into_iter().map(|option| option.value).collect(),
            button: text(fields.string("button")),
            action: text(fields.string("action")),
            mailto: text(fields.string("mailto")),
            fields: hidden_fields(&mut fields, "[blocks.lead]"),
            to: newsletter::mailbox(&mut fields, "to"),
            title: text(title)?,
        };
        fields.finish();
        Some(lead)
    });
    fields.finish();
    blocks
}

fn read_callout(mut fields: Fields<'_>, with_image: bool) -> Callout {
    let title = fields.required("title", "add title = \"…\", the heading of the block");
    let callout = Callout {
        text: text(fields.string("text")),
        label: text(fields.string("label")),
        url: fields.string("url"),
        image: if with_image { fields.string("image") } else { None },
        title: text(title).unwrap_or_default(),
    };
    fields.finish();
    callout
}

/// Reads `[subscribe]`.
pub(in crate::config) fn read_subscribe(fields: Option<Fields<'_>>) -> Subscribe {
    let Some(mut fields) = fields else {
        return Subscribe::default();
    };
    let subscribe = Subscribe {
        action: text(fields.string("action")),
        email_field: text(fields.string("email_field")),
        fields: hidden_fields(&mut fields, "[subscribe]"),
        mailto: text(fields.string("mailto")),
        title: text(fields.string("title")),
        promise: text(fields.string("promise")),
        button: text(fields.string("button")),
        privacy: fields.string("privacy"),
        endpoint: endpoint::read_endpoint(&mut fields),
    };
    fields.finish();
    subscribe
}

fn hidden_fields(fields: &mut Fields<'_>, what: &str) -> Vec<(String, String)> {
    fields
        .tables("fields", &format!("a field of {what}"))
        .into_iter()
        .filter_map(|mut field| {
            let name = field.required("name", "write { name = \"…\", value = \"…\" }");
            let value = field.required("value", "write { name = \"…\", value = \"…\" }");
            field.finish();
            Some((name?.value, value?.value))
        })
        .collect()
}
