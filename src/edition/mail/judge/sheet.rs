//! The stylesheets of a mail, rule by rule, with the moment in which each holds.

use lightningcss::declaration::DeclarationBlock;
use lightningcss::rules::CssRule;
use lightningcss::rules::CssRuleList;
use lightningcss::rules::style::StyleRule;
use lightningcss::stylesheet::ParserOptions;
use lightningcss::stylesheet::PrinterOptions;
use lightningcss::stylesheet::StyleAttribute;
use lightningcss::stylesheet::StyleSheet;
use lightningcss::traits::ToCss;

/// When a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::edition::mail::judge) enum When {
    /// By day and by night.
    Always,
    /// By night alone.
    Night,
    /// On narrow screens, on paper, or whenever else.
    Sometimes,
}

/// What a stylesheet has.
pub(in crate::edition::mail::judge) enum Seen<'s, 'i> {
    /// A rule.
    Style(&'s StyleRule<'i>, When),
    /// A rule that begins with `@`: its name.
    At(&'static str),
    /// The conditions of an `@media`.
    Media(String),
}

/// Shows every rule of a stylesheet, those in `@media` and `@supports` as well. What is no CSS is passed over, as programs do.
pub(in crate::edition::mail::judge) fn visit(css: &str, see: &mut dyn FnMut(Seen<'_, '_>)) {
    let options = ParserOptions { error_recovery: true, ..ParserOptions::default() };
    if let Ok(sheet) = StyleSheet::parse(css, options) {
        walk(&sheet.rules, When::Always, see);
    }
}

fn walk(rules: &CssRuleList<'_>, when: When, see: &mut dyn FnMut(Seen<'_, '_>)) {
    for rule in &rules.0 {
        match rule {
            CssRule::Style(style) => see(Seen::Style(style, when)),
            CssRule::Media(media) => {
                let query = media.query.to_css_string(PrinterOptions::default()).unwrap_or_default();
                let then = moment(&query);
                see(Seen::At("media"));
                see(Seen::Media(query));
                walk(&media.rules, if then == When::Always { when } else { then.within(when) }, see);
            }
            CssRule::Supports(supports) => {
                see(Seen::At("supports"));
                walk(&supports.rules, When::Sometimes, see);
            }
            CssRule::Import(_) => see(Seen::At("import")),
            CssRule::FontFace(_) => see(Seen::At("font-face")),
            CssRule::Keyframes(_) => see(Seen::At("keyframes")),
            _ => {}
        }
    }
}

impl When {
    /// This, where `outer` holds.
    fn within(self, outer: Self) -> Self {
        if outer == Self::Always || outer == self { self } else { Self::Sometimes }
    }
}

/// When a media query holds.
fn moment(query: &str) -> When {
    let words: String = query.to_ascii_lowercase().split_whitespace().collect();
    let bare = ["onlyscreenand", "screenand", "alland"].iter().find_map(|start| words.strip_prefix(start));
    match bare.unwrap_or(&words) {
        "" | "all" | "screen" | "onlyscreen" => When::Always,
        "(prefers-color-scheme:dark)" => When::Night,
        _ => When::Sometimes,
    }
}

/// What a `style` attribute declares.
pub(in crate::edition::mail::judge) fn declared(style: &str) -> DeclarationBlock<'_> {
    let options = ParserOptions { error_recovery: true, ..ParserOptions::default() };
    StyleAttribute::parse(style, options).map(|style| style.declarations).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_with_their_moment() {
        let css = "p{color:red}@media (prefers-color-scheme:dark){p{color:blue}@media print{p{color:black}}}@media only screen and (prefers-color-scheme: dark){b{}}\
                   @media (max-width:480px){i{}}@supports (display:grid){u{}}@media screen{s{}}@font-face{font-family:F}";
        let mut told = Vec::new();
        visit(css, &mut |seen| {
            told.push(match seen {
                Seen::Style(rule, when) => {
                    format!("{} {when:?}", rule.selectors.to_css_string(PrinterOptions::default()).unwrap())
                }
                Seen::At(name) => format!("@{name}"),
                Seen::Media(query) => query,
            });
        });
        let told = told.join(", ");
        assert_eq!(
            told,
            "p Always, @media, (prefers-color-scheme: dark), p Night, @media, print, p Sometimes, @media, only screen and (prefers-color-scheme: dark), b Night, \
             @media, (width <= 480px), i Sometimes, @supports, u Sometimes, @media, screen, s Always, @font-face"
        );
    }
}
