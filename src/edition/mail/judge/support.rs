//! HTML and CSS of a mail that not every mail program knows.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use lightningcss::declaration::DeclarationBlock;
use lightningcss::selector::Combinator;
use lightningcss::selector::Component;
use lightningcss::selector::Selector;
use lightningcss::stylesheet::PrinterOptions;
use lightningcss::traits::ToCss;

use crate::edition::mail::judge::Aspect;
use crate::edition::mail::judge::Finding;
use crate::edition::mail::judge::clients;
use crate::edition::mail::judge::clients::Feature;
use crate::edition::mail::judge::clients::Known;
use crate::edition::mail::judge::page::Page;
use crate::edition::mail::judge::sheet;
use crate::edition::mail::judge::sheet::Seen;

/// What a mail is made of, each thing once.
#[derive(Default)]
struct Traits {
    elements: BTreeSet<String>,
    attributes: BTreeSet<String>,
    /// Element, attribute and value, of those that a feature may ask for.
    valued: BTreeSet<(String, String, String)>,
    properties: BTreeSet<String>,
    values: BTreeSet<(String, String)>,
    keywords: BTreeSet<String>,
    functions: BTreeSet<String>,
    units: BTreeSet<String>,
    rules: BTreeSet<&'static str>,
    media: BTreeSet<String>,
    selectors: BTreeSet<&'static str>,
    written: BTreeSet<String>,
    images: BTreeSet<String>,
}

/// Attributes whose value may matter.
const VALUED: [&str; 4] = ["href", "name", "type", "amp4email"];

/// What a mail has that some program does not know and that is no enhancement.
pub(in crate::edition::mail::judge) fn findings(page: &Page) -> Vec<Finding> {
    let traits = Traits::of(page);
    let table = clients::table();
    let unknown = table.features.iter().filter(|feature| !clients::enhancements().contains_key(&feature.title));
    let found = unknown.filter_map(|feature| Some((feature, traits.place(feature)?)));
    let told = found.map(|(feature, near)| Finding {
        aspect: Aspect::Support,
        code: "mail-support",
        is_error: false,
        message: format!("not every mail program knows {}: not {}", feature.title, table.named(&feature.none)),
        hint: format!(
            "their readers get the mail without it: see to it that nothing is lost then, or leave it out; {}",
            feature.url
        ),
        near: vec![near],
    });
    told.collect()
}

/// What a mail has that some program does not know, enhancements as well: titles and programs by caniemail's names.
pub(in crate::edition::mail::judge) fn unknown(page: &Page) -> BTreeMap<&'static str, Vec<&'static str>> {
    let traits = Traits::of(page);
    let table = clients::table();
    let found = table.features.iter().filter(|feature| traits.place(feature).is_some());
    let id = |at: &usize| table.clients.get(*at).map(|(id, _)| id.as_str());
    found.map(|feature| (feature.title.as_str(), feature.none.iter().filter_map(id).collect())).collect()
}

impl Traits {
    fn of(page: &Page) -> Self {
        let mut traits = Self::default();
        for element in &page.elements {
            traits.elements.insert(element.name.clone());
            for (name, value) in &element.attributes {
                traits.attributes.insert(name.clone());
                if VALUED.contains(&name.as_str()) {
                    traits.valued.insert((element.name.clone(), name.clone(), value.clone()));
                }
            }
            let sources = [element.attribute("src").filter(|_| element.name == "img"), element.attribute("background")];
            traits.images.extend(sources.into_iter().flatten().map(str::to_lowercase));
            if let Some(style) = element.attribute("style") {
                traits.declarations(&sheet::declared(style));
                traits.words(style);
            }
        }
        for css in page.styles() {
            traits.words(css);
            sheet::visit(css, &mut |seen| match seen {
                Seen::At(name) => {
                    traits.rules.insert(name);
                }
                Seen::Media(query) => {
                    traits.media.insert(query);
                }
                Seen::Style(rule, _) => {
                    traits.declarations(&rule.declarations);
                    if rule.selectors.0.len() > 1 {
                        traits.selectors.insert("Grouping selectors");
                    }
                    rule.selectors.0.iter().for_each(|selector| traits.selector(selector));
                }
            });
        }
        traits
    }

    fn declarations(&mut self, block: &DeclarationBlock<'_>) {
        for property in block.declarations.iter().chain(&block.important_declarations) {
            let id = property.property_id();
            let name = id.to_css_string(PrinterOptions::default()).unwrap_or_else(|_| id.name().to_owned());
            let value = property.value_to_css_string(PrinterOptions::default()).unwrap_or_default();
            self.keywords.extend(words(&value).map(|(word, _)| word.to_lowercase()));
            self.values.insert((name.clone(), value));
            self.properties.insert(name);
        }
    }

    /// Functions and units, from what was written: printed again, colours are in another form.
    fn words(&mut self, css: &str) {
        for (word, is_function) in words(css) {
            if is_function {
                self.functions.insert(word.to_lowercase());
                continue;
            }
            let unit = word.trim_start_matches(['+', '-']).trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            if unit.len() < word.len() && !unit.is_empty() {
                self.units.insert(unit.to_lowercase());
            }
        }
    }

    fn selector(&mut self, selector: &Selector<'_>) {
        let mut classes = 0;
        for component in selector.iter_raw_match_order() {
            let kind = match component {
                Component::Combinator(combinator) => {
                    classes = 0;
                    match combinator {
                        Combinator::Child => "Child combinator",
                        Combinator::Descendant => "Descendant combinator",
                        Combinator::NextSibling => "Adjacent sibling combinator",
                        Combinator::LaterSibling => "General sibling combinator",
                        _ => continue,
                    }
                }
                Component::Class(_) => {
                    classes += 1;
                    if classes > 1 {
                        self.selectors.insert("Chaining selectors");
                    }
                    "Class selector"
                }
                Component::ID(_) => "ID selector",
                Component::LocalName(_) => "Type selector",
                Component::ExplicitUniversalType => "Universal selector *",
                Component::AttributeInNoNamespaceExists { .. }
                | Component::AttributeInNoNamespace { .. }
                | Component::AttributeOther(_) => "Attribute selector",
                _ => continue,
            };
            self.selectors.insert(kind);
        }
        self.written.insert(selector.to_css_string(PrinterOptions::default()).unwrap_or_default());
    }

    /// Something of the feature that is there, as it is written; `None` where there is nothing of it.
    fn place(&self, feature: &Feature) -> Option<String> {
        feature.known.iter().find_map(|known| self.one(known))
    }

    fn one(&self, known: &Known) -> Option<String> {
        let within = |set: &BTreeSet<String>, word: &String| set.get(word).cloned();
        match known {
            Known::Property(name) => {
                let long = format!("{name}-");
                self.properties.iter().find(|other| *other == name || other.starts_with(&long)).cloned()
            }
            Known::Value((name, value)) => {
                let is_it = |(other, held): &&(String, String)| other == name && held == value;
                self.values.iter().find(is_it).map(|_| format!("{name}:{value}"))
            }
            Known::Keyword(word) => within(&self.keywords, word),
            Known::Function(name) => within(&self.functions, name).map(|name| format!("{name}(")),
            Known::Unit(unit) => within(&self.units, unit),
            Known::Rule(name) => self.rules.get(name.as_str()).map(|name| format!("@{name}")),
            Known::Media(word) => self.media.iter().find(|query| query.contains(word)).map(|_| word.clone()),
            Known::Pseudo(pseudo) => {
                // Printed again, those that CSS 2 had are written as it wrote them, with one colon.
                let names = [Some(pseudo.as_str()), pseudo.strip_prefix(':').filter(|rest| rest.starts_with(':'))];
                let is_there = |name: &str| self.written.iter().any(|written| has_word(written, name));
                names.into_iter().flatten().any(is_there).then(|| pseudo.clone())
            }
            Known::Selector(kind) => self.selectors.get(kind.as_str()).map(|kind| (*kind).to_owned()),
            Known::Element(name) => within(&self.elements, name).map(|name| format!("<{name}")),
            Known::Attribute(name) => within(&self.attributes, name).map(|name| format!("{name}=")),
            Known::AttributeOf((element, name, value)) => {
                let is_value = |held: &str| match value.strip_suffix('*') {
                    Some(start) => held.starts_with(start),
                    None => held == value,
                };
                let mut all = self.valued.iter();
                let found = all.find(|(of, called, held)| of == element && called == name && is_value(held));
                found.map(|(_, name, value)| format!("{name}=\"{value}"))
            }
            Known::Image(end) => {
                let is_it = |address: &&String| match end.as_str() {
                    "data:" => address.starts_with("data:"),
                    end => address.split(['?', '#']).next().is_some_and(|path| path.ends_with(&format!(".{end}"))),
                };
                self.images.iter().find(is_it).cloned()
            }
        }
    }
}

/// The words of a CSS text outside of quotation marks, and whether each is a function's name.
fn words(css: &str) -> impl Iterator<Item = (&str, bool)> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '%' | '_');
    let outside = css.split(['"', '\'']).step_by(2);
    outside.flat_map(move |piece| {
        let ends = piece.match_indices(move |c: char| !is_of_word(c)).chain([(piece.len(), "")]);
        let mut start = 0;
        ends.filter_map(move |(end, mark)| {
            let word = piece.get(start..end).filter(|word| !word.is_empty());
            start = end + mark.len();
            word.map(|word| (word, mark == "("))
        })
    })
}

/// Whether `pseudo` stands in a selector as a whole word.
fn has_word(selector: &str, pseudo: &str) -> bool {
    let is_end = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
    selector.match_indices(pseudo).any(|(at, _)| selector.get(at + pseudo.len()..).is_some_and(is_end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edition::mail::judge::page;

    fn titles(html: &str) -> Vec<&'static str> {
        unknown(&page::read(html)).into_keys().collect()
    }

    #[test]
    fn each_kind_of_thing_is_found() {
        for (html, title) in [
            ("<video src=x></video>", "<video> element"),
            ("<p style=\"position:fixed\">x</p>", "position"),
            ("<p style=\"display:grid\">x</p>", "display:grid"),
            ("<p style=\"width:calc(1px + 2px)\">x</p>", "CSS calc() function"),
            ("<p style=\"color:rgba(0,0,0,.5)\">x</p>", "rgba()"),
            ("<p style=\"width:50vw\">x</p>", "vw unit"),
            ("<p style=\"width:.5rem\">x</p>", "rem unit"),
            ("<p style=\"color:initial\">x</p>", "initial unit"),
            ("<p style=\"width:max-content\">x</p>", "fit-content, min-content, max-content"),
            (
                "<p style=\"font-family:system-ui\">x</p>",
                "system-ui, ui-serif, ui-sans-serif, ui-rounded, ui-monospace",
            ),
            ("<p hidden>x</p>", "hidden attribute"),
            ("<a href=\"#x\">x</a>", "Local anchors"),
            ("<input type=\"text\">", "<input type=\"text\"> element"),
            ("<img src=\"https://e.com/a.WEBP?x=1\">", "webP image format"),
            ("<img src=\"data:image/png;base64,AA==\">", "Base 64 image format"),
            ("<style>@font-face{font-family:F;src:url(f.woff)}</style>", "@font-face"),
            ("<style>@supports (display:grid){p{color:red}}</style>", "@supports"),
            ("<style>@media (prefers-color-scheme:dark){p{z-index:1}}</style>", "z-index"),
            ("<style>@media (orientation:portrait){p{color:red}}</style>", "@media (orientation)"),
            ("<style>p::before{content:\"x\"}</style>", "::before"),
            ("<style>p:not(.a){color:red}</style>", ":not"),
            ("<style>.a.b{color:red}</style>", "Chaining selectors"),
            ("<style>.a>p{color:red}</style>", "Child combinator"),
            ("<style>.a~p{color:red}</style>", "General sibling combinator"),
            ("<style>#a{color:red}</style>", "ID selector"),
            ("<style>*{color:red}</style>", "Universal selector *"),
            ("<style>p,b{color:red}</style>", "Grouping selectors"),
        ] {
            assert!(titles(html).contains(&title), "{title}: {:?}", titles(html));
        }
    }

    #[test]
    fn and_nothing_else_is() {
        let html = "<p style=\"color:#1f1b16;margin:0 0 10px;font-family:'max(1vw)',serif\" class=\"hidden\"><a href=\"https://e.com/#x\">position:fixed</a>\
                    <img src=\"https://e.com/webp/a.png\"></p>";
        assert_eq!(titles(html), [""; 0]);
        assert_eq!(
            titles("<style>.a .b{color:red}</style>"),
            ["<style> element", "Class selector", "Descendant combinator"]
        );
        let found = findings(&page::read("<style>a:hover{color:red}</style><p style=\"position:fixed\">x</p>"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            found[0].message,
            "not every mail program knows position: not Gmail, Outlook on iOS, classic Outlook and Windows Mail"
        );
    }
}
