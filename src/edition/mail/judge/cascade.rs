//! What the stylesheets and attributes of a mail say of each element, as far as it decides how its text can be read (CSS Cascading and Inheritance, §6).

use lightningcss::declaration::DeclarationBlock;
use lightningcss::properties::Property;
use lightningcss::properties::PropertyId;
use lightningcss::properties::display::Display;
use lightningcss::properties::display::DisplayKeyword;
use lightningcss::properties::display::Visibility;
use lightningcss::properties::font::AbsoluteFontWeight;
use lightningcss::properties::font::FontSize;
use lightningcss::properties::font::FontWeight;
use lightningcss::stylesheet::PrinterOptions;
use lightningcss::traits::Parse;
use lightningcss::traits::ToCss;
use lightningcss::values::color::CssColor;
use lightningcss::values::image::Image;
use lightningcss::values::length::LengthValue;
use lightningcss::values::percentage::DimensionPercentage;

use crate::edition::mail::judge::colour;
use crate::edition::mail::judge::colour::Paint;
use crate::edition::mail::judge::page;
use crate::edition::mail::judge::page::Element;
use crate::edition::mail::judge::page::Page;
use crate::edition::mail::judge::sheet;
use crate::edition::mail::judge::sheet::Seen;
use crate::edition::mail::judge::sheet::When;

/// How large a text is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::edition::mail::judge) enum Size {
    /// In CSS pixels.
    Pixels(f32),
    /// As a multiple of the text around.
    Times(f32),
    /// Nobody knows.
    Unknown,
}

/// One thing that is said.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Said {
    Ink(Paint),
    Paper(Paint),
    Picture(bool),
    Size(Size),
    Bold(Option<bool>),
    Hidden(bool),
    Faint(bool),
}

/// What is said of an element; `None` where nothing is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::edition::mail::judge) struct Style {
    /// The colour of its text.
    pub(in crate::edition::mail::judge) ink: Option<Paint>,
    /// The colour behind it.
    pub(in crate::edition::mail::judge) paper: Option<Paint>,
    /// Whether a picture lies behind it.
    pub(in crate::edition::mail::judge) picture: Option<bool>,
    pub(in crate::edition::mail::judge) size: Option<Size>,
    /// Within, `None` where it depends on the text around.
    pub(in crate::edition::mail::judge) bold: Option<Option<bool>>,
    /// Whether it is not drawn.
    pub(in crate::edition::mail::judge) hidden: Option<bool>,
    /// Whether something shines through all of it.
    pub(in crate::edition::mail::judge) faint: Option<bool>,
}

/// What wins: important before the rest, then attributes, then the more specific selector, then the later rule.
type Weight = (bool, bool, u32, usize);

struct Rule {
    weight: Weight,
    when: When,
    said: Said,
}

/// The styles of all elements at one time of day.
pub(in crate::edition::mail::judge) struct Styles {
    /// As long as the page's elements.
    pub(in crate::edition::mail::judge) styles: Vec<Style>,
    /// Whether they could be found out. A selector that we cannot follow may say anything of anything.
    pub(in crate::edition::mail::judge) is_known: bool,
}

/// What is said by day and by night. Of nights there is something only where the mail has rules for them.
pub(in crate::edition::mail::judge) fn styles(html: &str, page: &Page) -> (Styles, Option<Styles>) {
    let mut rules: Vec<Vec<Rule>> = Vec::new();
    let mut selectors = Vec::new();
    let (mut has_night, mut is_day_known, mut is_night_known) = (false, true, true);
    let mut order = 0;
    for css in page.styles() {
        sheet::visit(css, &mut |seen| {
            let Seen::Style(rule, when) = seen else { return };
            let said = of_block(&rule.declarations);
            if when == When::Sometimes || said.is_empty() {
                return;
            }
            has_night |= when == When::Night;
            order += 1;
            for selector in &rule.selectors.0 {
                let text = selector.to_css_string(PrinterOptions::default()).unwrap_or_default();
                match text.parse() {
                    Ok(parsed) => {
                        let weight = |important| (important, false, selector.specificity(), order);
                        let of_rule =
                            said.iter().map(|(said, important)| Rule { weight: weight(*important), when, said: *said });
                        selectors.push((rules.len(), parsed));
                        rules.push(of_rule.collect());
                    }
                    Err(_) if STATES.iter().any(|state| text.contains(state)) => {}
                    Err(_) => {
                        is_night_known = false;
                        is_day_known &= when == When::Night;
                    }
                }
            }
        });
    }
    let found = page::found(html, selectors);
    let at = |night: bool| {
        let style = |element: &Element| {
            let own = found.get(&element.at).into_iter().flatten().filter_map(|number| rules.get(*number)).flatten();
            style(element, own.filter(|rule| night || rule.when == When::Always))
        };
        page.elements.iter().map(style).collect()
    };
    let day = Styles { styles: at(false), is_known: is_day_known };
    (day, has_night.then(|| Styles { styles: at(true), is_known: is_night_known }))
}

/// What a reader does; until then such rules hold for nothing.
const STATES: [&str; 5] = [":hover", ":active", ":focus", ":visited", "::"];

fn style<'r>(element: &Element, rules: impl Iterator<Item = &'r Rule>) -> Style {
    let mut all: Vec<(Weight, Said)> = rules.map(|rule| (rule.weight, rule.said)).collect();
    let hint = |name: &str| Some(colour::paint(&CssColor::parse_string(element.attribute(name)?).ok()?));
    // Attributes of old, which any rule outweighs.
    let none = (false, false, 0, 0);
    all.extend(hint("bgcolor").map(|paint| (none, Said::Paper(paint))));
    all.extend(hint("color").filter(|_| element.name == "font").map(|paint| (none, Said::Ink(paint))));
    all.extend(hint("text").filter(|_| element.name == "body").map(|paint| (none, Said::Ink(paint))));
    all.extend(element.attribute("background").map(|_| (none, Said::Picture(true))));
    if let Some(written) = element.attribute("style") {
        let own = of_block(&sheet::declared(written)).into_iter().enumerate();
        all.extend(own.map(|(at, (said, important))| ((important, true, 0, at), said)));
    }
    all.sort_by_key(|(weight, _)| *weight);
    let mut style = Style::default();
    for (_, said) in all {
        match said {
            Said::Ink(paint) => style.ink = Some(paint),
            Said::Paper(paint) => style.paper = Some(paint),
            Said::Picture(is) => style.picture = Some(is),
            Said::Size(size) => style.size = Some(size),
            Said::Bold(is) => style.bold = Some(is),
            Said::Hidden(is) => style.hidden = Some(is),
            Said::Faint(is) => style.faint = Some(is),
        }
    }
    style
}

/// What declarations say, and whether it is important.
fn of_block(block: &DeclarationBlock<'_>) -> Vec<(Said, bool)> {
    let normal = block.declarations.iter().map(|property| (property, false));
    let important = block.important_declarations.iter().map(|property| (property, true));
    normal
        .chain(important)
        .flat_map(|(property, important)| said(property).into_iter().map(move |said| (said, important)))
        .collect()
}

fn said(property: &Property<'_>) -> Vec<Said> {
    let is_picture = |image: &Image<'_>| !matches!(image, Image::None);
    match property {
        Property::Color(colour) => vec![Said::Ink(colour::paint(colour))],
        Property::BackgroundColor(colour) => vec![Said::Paper(colour::paint(colour))],
        Property::BackgroundImage(images) => vec![Said::Picture(images.iter().any(is_picture))],
        Property::Background(layers) => {
            let paper = layers.last().map(|layer| Said::Paper(colour::paint(&layer.color)));
            let picture = Said::Picture(layers.iter().any(|layer| is_picture(&layer.image)));
            paper.into_iter().chain([picture]).collect()
        }
        Property::FontSize(size) => vec![Said::Size(sized(size))],
        Property::FontWeight(weight) => vec![Said::Bold(weighed(weight))],
        Property::Font(font) => vec![Said::Size(sized(&font.size)), Said::Bold(weighed(&font.weight))],
        Property::Display(display) => {
            vec![Said::Hidden(matches!(display, Display::Keyword(DisplayKeyword::None)))]
        }
        Property::Visibility(visibility) => vec![Said::Faint(*visibility != Visibility::Visible)],
        Property::Opacity(alpha) => vec![Said::Faint(alpha.0 < 1.0)],
        // `inherit`, `initial`, `var()`.
        Property::Unparsed(unparsed) => match unparsed.property_id {
            PropertyId::Color => {
                let value = property.value_to_css_string(PrinterOptions::default()).unwrap_or_default();
                vec![Said::Ink(if value == "inherit" { Paint::Inherited } else { Paint::Unknown })]
            }
            PropertyId::BackgroundColor | PropertyId::Background => vec![Said::Paper(Paint::Unknown)],
            PropertyId::BackgroundImage => vec![Said::Picture(true)],
            PropertyId::FontSize | PropertyId::Font => vec![Said::Size(Size::Unknown)],
            PropertyId::Opacity | PropertyId::Visibility => vec![Said::Faint(true)],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn sized(size: &FontSize) -> Size {
    match size {
        FontSize::Length(DimensionPercentage::Dimension(LengthValue::Em(times))) => Size::Times(*times),
        FontSize::Length(DimensionPercentage::Percentage(share)) => Size::Times(share.0),
        FontSize::Length(DimensionPercentage::Dimension(length)) => length.to_px().map_or(Size::Unknown, Size::Pixels),
        _ => Size::Unknown,
    }
}

fn weighed(weight: &FontWeight) -> Option<bool> {
    match weight {
        FontWeight::Absolute(AbsoluteFontWeight::Weight(weight)) => Some(*weight >= 700.0),
        FontWeight::Absolute(AbsoluteFontWeight::Bold) | FontWeight::Bolder => Some(true),
        FontWeight::Absolute(AbsoluteFontWeight::Normal) => Some(false),
        FontWeight::Lighter => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edition::mail::judge::colour::Rgb;

    fn of(html: &str) -> (Style, Option<Style>) {
        let page = page::read(html);
        let at = page.elements.iter().position(|element| element.name == "p").unwrap();
        let (day, night) = styles(html, &page);
        assert!(day.is_known);
        (day.styles[at], night.map(|night| night.styles[at]))
    }

    fn grey(part: u8) -> Option<Paint> {
        Some(Paint::Colour(Rgb([part; 3]), 255))
    }

    #[test]
    fn the_weightier_rule_wins() {
        let night = "@media (prefers-color-scheme:dark)";
        let (day, dark) = of(&format!(
            "<style>p{{color:#111}}.a{{color:#222}}p{{color:#333}}{night}{{.a{{color:#444!important;background:#555}}}}</style><p class=\"a\">x</p>"
        ));
        assert_eq!((day.ink, day.paper), (grey(0x22), None));
        let dark = dark.unwrap();
        assert_eq!((dark.ink, dark.paper, dark.picture), (grey(0x44), grey(0x55), Some(false)));
        // An attribute is weightier than a rule that is not important.
        let html = format!(
            "<style>{night}{{p{{color:#444;background-color:#555!important}}}}</style><p style=\"color:#666;background-color:#777\">x</p>"
        );
        let (day, dark) = of(&html);
        assert_eq!((day.ink, day.paper), (grey(0x66), grey(0x77)));
        assert_eq!((dark.unwrap().ink, dark.unwrap().paper), (grey(0x66), grey(0x55)));
    }

    #[test]
    fn sizes_weights_and_what_is_not_drawn() {
        let (day, night) = of("<p bgcolor=\"#888888\" style=\"font:bold 1.5em serif;display:none\">x</p>");
        assert_eq!(
            (day.size, day.bold, day.hidden, night),
            (Some(Size::Times(1.5)), Some(Some(true)), Some(true), None)
        );
        assert_eq!(day.paper, grey(0x88));
        let (day, _) = of("<p style=\"font-size:12pt;font-weight:400;opacity:.5;color:var(--x)\">x</p>");
        assert_eq!((day.size, day.bold, day.faint), (Some(Size::Pixels(16.0)), Some(Some(false)), Some(true)));
        assert_eq!(day.ink, Some(Paint::Unknown));
    }

    #[test]
    fn what_cannot_be_followed_is_not_known() {
        let html = "<style>p+b{color:#111}p:hover{color:#222}@media print{b+i{color:red}}</style><p>x</p>";
        assert!(!styles(html, &page::read(html)).0.is_known);
        let html = "<style>p:hover{color:#222}@media print{b+i{color:red}}b+i{margin:0}</style><p>x</p>";
        assert!(styles(html, &page::read(html)).0.is_known);
    }
}
