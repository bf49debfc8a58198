//! The HTML of an issue, settled: pictures of the site become files of the issue's own, which stay where they are for ever; links say whence their reader comes, where the site wants that.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

use lol_html::HandlerResult;
use lol_html::RewriteStrSettings;
use lol_html::element;
use lol_html::html_content::ContentType;
use lol_html::html_content::Element;
use lol_html::rewrite_str;
use url::Url;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::escape;
use crate::edition::image;
use crate::edition::image::Encoding;
use crate::edition::image::Format;
use crate::edition::image::ImageFacts;
use crate::edition::image::Settings;
use crate::edition::image::Variant;
use crate::edition::mail::functions;
use crate::edition::mail::weight;
use crate::edition::shelf::Shelf;
use crate::library::assets;
use crate::library::model::AssetId;
use crate::newsletter::reader_link;
use crate::value::url::Permalink;

/// No picture of a mail has more pixels in a row: twice the width of a mail, for dense screens.
const WIDEST: u32 = 1200;

/// Nor has one fewer, where its source has them: on a phone, the small picture of a card is as wide as the screen.
const LEAST: u32 = 600;

/// The folder of an issue's pictures, below its page.
const FOLDER: &str = "images";

/// A picture that an issue takes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueImage {
    /// The name of its file: ASCII letters, digits, hyphens and dots.
    pub name: String,
    /// What it is made from.
    pub asset: AssetId,
    /// How: JPEG, PNG or GIF, at most 1200 pixels wide; or as it is, if the page alone shows it. `output::image_encode::encode` makes its bytes.
    pub variant: Variant,
}

/// What an image file is, or why that cannot be told.
pub type Facts<'a> = dyn Fn(AssetId) -> Result<ImageFacts, String> + Sync + 'a;

/// Settles the documents of one issue, and gathers what they need.
pub(in crate::edition::mail) struct Settler<'a> {
    shelf: &'a Shelf,
    facts: &'a Facts<'a>,
    quality: u8,
    own: &'a Permalink,
    base: Option<Url>,
    /// Pictures by the addresses that pages have for them.
    by_address: HashMap<String, AssetId>,
    /// By what they are made from, and how many pixels are wanted in a row.
    planned: HashMap<(AssetId, u32), Option<(Variant, Format)>>,
    known: HashMap<AssetId, Option<ImageFacts>>,
    /// The pictures taken along, by name.
    pub(in crate::edition::mail) images: BTreeMap<String, IssueImage>,
    /// The addresses that the mail links to, each once, in their order.
    pub(in crate::edition::mail) links: Vec<String>,
    /// What is wrong with pictures.
    pub(in crate::edition::mail) report: Report,
    told: BTreeSet<AssetId>,
    /// Addresses of pictures that are no files of the content.
    pub(in crate::edition::mail) foreign: BTreeSet<String>,
    /// What of them is linked to.
    linked: Vec<String>,
    /// Pictures of which the text does not say what they show.
    mute: BTreeSet<AssetId>,
}

impl<'a> Settler<'a> {
    /// For the issue whose page is at `own`; `quality` is that of JPEG files.
    pub(in crate::edition::mail) fn new(
        shelf: &'a Shelf,
        facts: &'a Facts<'a>,
        quality: u8,
        own: &'a Permalink,
    ) -> Self {
        let library = shelf.whole();
        let images = library.assets.iter().enumerate().filter(|(_, asset)| assets::is_image(asset.file.path.as_str()));
        let mut by_address: HashMap<String, AssetId> =
            images.map(|(index, asset)| (asset.permalink.url().to_owned(), AssetId(index))).collect();
        let media = shelf.media();
        by_address.extend(media.images.keys().filter_map(|id| Some((media.view(library, *id)?.url, *id))));
        Self {
            facts,
            quality,
            own,
            base: Url::parse(&library.base.to_string()).ok(),
            by_address,
            planned: HashMap::new(),
            known: HashMap::new(),
            images: BTreeMap::new(),
            links: Vec::new(),
            report: Report::new(),
            told: BTreeSet::new(),
            foreign: BTreeSet::new(),
            linked: Vec::new(),
            mute: BTreeSet::new(),
            shelf,
        }
    }

    /// The mail. `tag` makes an address say whence its reader comes.
    pub(in crate::edition::mail) fn mail(&mut self, html: &str, tag: &dyn Fn(&str) -> String) -> String {
        let mut links = std::mem::take(&mut self.links);
        let base = self.base.clone();
        let mut marked = BTreeSet::new();
        let handlers = vec![
            element!("a[href]", |el| {
                let Some(mut href) = el.get_attribute("href") else { return Ok(()) };
                if let Some((bare, post)) = unmarked(&href) {
                    if marked.insert(post) {
                        el.set_attribute(weight::MARK, &post.to_string())?;
                    }
                    href = bare;
                }
                let Some(address) = absolute(base.as_ref(), &href) else { return Ok(()) };
                let tagged = tag(&address);
                if !links.contains(&tagged) && tagged.starts_with("http") && !is_of_one_reader(&tagged) {
                    links.push(tagged.clone());
                }
                el.set_attribute("href", &tagged.replace('&', "&amp;"))?;
                Ok(())
            }),
            element!("picture > source", |el| {
                el.remove();
                Ok(())
            }),
            element!("a img", in_link),
            element!("img", |el| {
                for name in ["srcset", "sizes", "loading", "decoding", "fetchpriority"] {
                    el.remove_attribute(name);
                }
                let Some(id) = self.known(el.get_attribute("src")) else { return self.elsewhere(el) };
                let Some((variant, format)) = self.plan(id, wanted(el.get_attribute("width"))) else { return Ok(()) };
                if !is_shown(&variant, format) {
                    self.tell_unshown(id, format);
                    el.replace(&said_by(el), ContentType::Html);
                    return Ok(());
                }
                self.describe(el, id, &variant)?;
                let name = self.take(id, variant);
                el.set_attribute("src", &format!("{}{FOLDER}/{name}", self.own.url()))?;
                Ok(())
            }),
        ];
        let settings =
            handlers.into_iter().fold(RewriteStrSettings::new(), RewriteStrSettings::append_element_content_handler);
        let settled = rewrite_str(html, settings).unwrap_or_else(|_| html.to_owned());
        for link in std::mem::take(&mut self.linked) {
            if !links.contains(&link) {
                links.push(link);
            }
        }
        self.links = links;
        without_marks(&settled)
    }

    /// What the issue's page shows. A picture that mails cannot have is taken along as it is.
    pub(in crate::edition::mail) fn page(&mut self, html: &str) -> String {
        let handlers = vec![
            element!("picture > source", |el| {
                el.remove();
                Ok(())
            }),
            element!("a img", in_link),
            element!("img", |el| {
                let Some(id) = self.known(el.get_attribute("src")) else { return self.elsewhere(el) };
                let wanted = wanted(el.get_attribute("width"));
                let Some((variant, _)) = self.plan(id, wanted) else { return Ok(()) };
                // A file that the mail has is as good, if it is large enough.
                let large = |image: &&IssueImage| {
                    image.asset == id && image.variant.size.is_some_and(|(width, _)| width >= wanted)
                };
                let variant = self.images.values().find(large).map_or(variant, |image| image.variant.clone());
                el.remove_attribute("srcset");
                el.remove_attribute("sizes");
                self.describe(el, id, &variant)?;
                let name = self.take(id, variant);
                el.set_attribute("src", &format!("{}{FOLDER}/{name}", self.own.path()))?;
                Ok(())
            }),
        ];
        let settings =
            handlers.into_iter().fold(RewriteStrSettings::new(), RewriteStrSettings::append_element_content_handler);
        rewrite_str(html, settings).unwrap_or_else(|_| html.to_owned())
    }

    /// The picture of the site at that address.
    fn known(&self, src: Option<String>) -> Option<AssetId> {
        self.by_address.get(&absolute(self.base.as_ref(), &src?)?).copied()
    }

    /// What raw HTML leaves out: how large the picture is, and that it says nothing, of which somebody should know.
    fn describe(&mut self, el: &mut Element<'_, '_>, id: AssetId, variant: &Variant) -> HandlerResult {
        el.remove_attribute(IN_LINK);
        let number = |name: &str| el.get_attribute(name).and_then(|value| value.trim().parse::<u32>().ok());
        if let (Some(size), None) = (variant.size, number("height")) {
            let (width, height) = functions::shown(size, number("width"));
            el.set_attribute("width", &width.to_string())?;
            el.set_attribute("height", &height.to_string())?;
        }
        if el.get_attribute("alt").is_none() {
            el.set_attribute("alt", "")?;
            if self.mute.insert(id) {
                let name = &self.shelf.whole().asset(id).file.name;
                let message = format!("the picture {name} has no alternative text: who sees no pictures gets nothing");
                let hint = "say what it shows; alt=\"\" says that it is decoration";
                self.report.push(Diagnostic::warning("missing-alt", message).hint(hint));
            }
        }
        Ok(())
    }

    /// A picture that is no file of the content: it cannot be frozen, and whoever fetches it tells its host that they read. In its place stands what it says, with a link to it.
    fn elsewhere(&mut self, el: &mut Element<'_, '_>) -> HandlerResult {
        let address = el.get_attribute("src").as_deref().and_then(|src| absolute(self.base.as_ref(), src));
        let home = self.base.as_ref().map_or("", Url::as_str);
        // A file of the theme, which has its hash in its address.
        if address.as_ref().is_some_and(|address| address.starts_with(home) && address.contains("?h=")) {
            el.remove_attribute(IN_LINK);
            return Ok(());
        }
        let said = said_by(el);
        let link = address.as_deref().filter(|address| address.starts_with("http"));
        match link.filter(|_| !said.is_empty() && el.get_attribute(IN_LINK).is_none()) {
            Some(link) => {
                let mut html = String::from("<a href=\"");
                escape::href(link, &mut html);
                el.replace(&format!("{html}\">{said}</a>"), ContentType::Html);
                self.linked.push(link.to_owned());
            }
            None => el.replace(&said, ContentType::Html),
        }
        self.foreign.extend(address);
        Ok(())
    }

    /// How the picture is made with so many pixels in a row, or as many as it has.
    fn plan(&mut self, id: AssetId, wanted: u32) -> Option<(Variant, Format)> {
        if let Some(planned) = self.planned.get(&(id, wanted)) {
            return planned.clone();
        }
        let settings = Settings {
            variants: cfg!(feature = "images"),
            widths: vec![wanted],
            jpeg_quality: self.quality,
            webp_quality: None,
        };
        let path = &self.shelf.whole().asset(id).file.path;
        let planned =
            self.facts_of(id).map(|facts| (image::plan(path, &facts, &settings).full().clone(), facts.format));
        self.planned.insert((id, wanted), planned.clone());
        planned
    }

    /// What the picture is. That it cannot be read is told once.
    fn facts_of(&mut self, id: AssetId) -> Option<ImageFacts> {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let known = self.shelf.media().images.get(&id).map(|planned| Ok(planned.facts.clone()));
        let facts = known.unwrap_or_else(|| (self.facts)(id)).map_err(|reason| {
            let name = &self.shelf.whole().asset(id).file.name;
            let message = format!("the picture {name} cannot be sent: {reason}");
            self.report.push(Diagnostic::error("bad-image", message).hint("replace it, or leave it out"));
        });
        self.known.insert(id, facts.clone().ok());
        facts.ok()
    }

    fn take(&mut self, asset: AssetId, variant: Variant) -> String {
        let path = variant.path.as_str();
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        self.images.entry(name.clone()).or_insert_with(|| IssueImage { name: name.clone(), asset, variant });
        name
    }

    fn tell_unshown(&mut self, id: AssetId, format: Format) {
        if self.told.insert(id) {
            let file = &self.shelf.whole().asset(id).file;
            let message =
                format!("mail programs do not show {}: of {} there is only the text", format.name(), file.name);
            let diagnostic = Diagnostic::warning("no-mail-image", message);
            self.report.push(diagnostic.hint("use JPEG, PNG or GIF; and say in the alternative text what it shows"));
        }
    }
}

/// Marks a picture that stands in a link, in which there can be no other.
const IN_LINK: &str = "data-in-link";

fn in_link(el: &mut Element<'_, '_>) -> HandlerResult {
    Ok(el.set_attribute(IN_LINK, "")?)
}

/// The alternative text of a picture, as HTML.
fn said_by(el: &Element<'_, '_>) -> String {
    let mut said = String::new();
    escape::text(unescaped(&el.get_attribute("alt").unwrap_or_default()).trim(), &mut said);
    said
}

/// Around the number of a post, behind its address in the views of the HTML part.
const POST: char = '\u{f8fc}';

/// The address of a post with its number behind it, so that links to it can be told from other links to the same page.
pub(in crate::edition::mail) fn marked(address: &str, post: usize) -> String {
    format!("{address}{POST}{post}{POST}")
}

fn unmarked(href: &str) -> Option<(String, usize)> {
    let (address, rest) = href.split_once(POST)?;
    let (post, rest) = rest.split_once(POST)?;
    Some((format!("{address}{rest}"), post.parse().ok()?))
}

/// What a template showed of such an address outside of links.
fn without_marks(html: &str) -> String {
    if !html.contains(POST) {
        return html.to_owned();
    }
    // Every other piece is a number; a text of somebody's own that has the character loses what is none of ours with it.
    let pieces = html.split(POST).enumerate();
    pieces.filter(|(at, piece)| at % 2 == 0 || piece.parse::<usize>().is_err()).map(|(_, piece)| piece).collect()
}

/// How many pixels a picture wants in a row that is shown so wide: twice as many, for dense screens.
fn wanted(shown: Option<String>) -> u32 {
    let shown: Option<u32> = shown.and_then(|width| width.parse().ok());
    shown.map_or(WIDEST, |width| width.saturating_mul(2).clamp(LEAST, WIDEST))
}

/// Whether mail programs show it.
fn is_shown(variant: &Variant, format: Format) -> bool {
    variant.encoding != Encoding::Copy || matches!(format, Format::Jpeg | Format::Png | Format::Gif)
}

/// Whether an address is good for one reader alone.
fn is_of_one_reader(address: &str) -> bool {
    [reader_link::UNSUBSCRIBE, reader_link::MANAGE].iter().any(|token| address.contains(token))
}

/// The whole address of an attribute's value; `None` for a place in the mail itself.
fn absolute(base: Option<&Url>, written: &str) -> Option<String> {
    let address = unescaped(written);
    if address.starts_with('#') {
        return None;
    }
    if Url::parse(&address).is_ok() {
        return Some(address);
    }
    Some(base?.join(&address).ok()?.into())
}

/// An attribute's value as we write it: of entities only these stand there.
fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&#38;", "&").replace("&amp;", "&")
}
