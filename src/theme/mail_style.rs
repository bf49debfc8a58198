//! The stylesheet of a theme's mails, `styles/mail.scss`: no file of the site, but rules that go into the mails themselves.

use std::collections::HashSet;

use lightningcss::rules::CssRule;
use lightningcss::rules::CssRuleList;
use lightningcss::stylesheet::MinifyOptions;
use lightningcss::stylesheet::ParserOptions;
use lightningcss::stylesheet::PrinterOptions;
use lightningcss::stylesheet::StyleSheet;
use lightningcss::targets::Features;
use lightningcss::targets::Targets;
use lightningcss::traits::ToCss;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::source::Position;
use crate::diagnostic::source::Source;
use crate::theme::Theme;
use crate::theme::chain;
use crate::theme::chain::Link;
use crate::theme::sass;
use crate::value::path::SitePath;

/// The names that it may have; of several in one theme the first counts.
const NAMES: [&str; 3] = ["styles/mail.scss", "styles/mail.sass", "styles/mail.css"];

/// The rules of a theme's mails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailStyle {
    /// Rules to be written into `style` attributes: mail programs that know no stylesheet see them.
    pub inline: String,
    /// Rules that only a stylesheet can say (`@media`, `a:hover`), to stand in one `<style>`. Against an attribute they win by `!important` alone.
    pub kept: String,
}

impl Theme {
    /// The stylesheet of the mails, compiled now: from the nearest theme that has one; empty where none has. Addresses in it are left as they are.
    ///
    /// # Errors
    /// A diagnostic in the stylesheet.
    pub fn mail_style(&self) -> Result<MailStyle, Box<Diagnostic>> {
        let found = self.chain.iter().find_map(|link| {
            let name = NAMES.into_iter().find(|name| link.files.get(name).is_some())?;
            Some((link, SitePath::parse(name).ok()?))
        });
        found.map_or_else(|| Ok(MailStyle::default()), |(link, path)| make(&self.chain, link, &path))
    }
}

fn make(chain: &[Link], link: &Link, path: &SitePath) -> Result<MailStyle, Box<Diagnostic>> {
    let Some(file) = link.files.get(path.as_str()) else { return Ok(MailStyle::default()) };
    let source = chain::text_of(file)?;
    let css = if path.extension() == "css" {
        source
    } else {
        let css = sass::compile(chain, link, path, &source)?;
        Source::new(format!("{}, as CSS", source.name()), css)
    };
    split(&css)
}

/// Of the rules [`MailStyle::kept`] those that a document can need: what names a class that stands nowhere in `html` is left out.
#[must_use]
pub fn needed(kept: &str, html: &str) -> String {
    let there: HashSet<&str> = html
        .split("class=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .flat_map(str::split_ascii_whitespace)
        .collect();
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let named = kept.split('.').skip(1).filter_map(|rest| rest.split(|c| !is_of_name(c)).next());
    let unused: HashSet<String> = named
        .filter(|name| name.starts_with(|c: char| !c.is_ascii_digit()) && !there.contains(name))
        .map(str::to_owned)
        .collect();
    // It was printed by the same library: it can be read again.
    let Ok(mut sheet) = StyleSheet::parse(kept, ParserOptions::default()) else { return kept.to_owned() };
    let minified = sheet.minify(MinifyOptions { unused_symbols: unused, ..MinifyOptions::default() });
    match (minified, sheet.to_css(printing())) {
        (Ok(()), Ok(printed)) => printed.code,
        _ => kept.to_owned(),
    }
}

/// What mail programs know of their own state, or where a reader's pointer is; and the marks that Outlook's web page puts on mails it darkens.
const OF_PROGRAMS: [&str; 7] = [":hover", ":focus", ":active", ":visited", ":link", "::", "[data-ogs"];

/// Without white space, and without nesting and ranges in media queries, which mail programs do not know.
fn printing() -> PrinterOptions<'static> {
    let include = Features::Nesting | Features::MediaQueries;
    let targets = Targets { include, ..Targets::default() };
    PrinterOptions { minify: true, targets, ..PrinterOptions::default() }
}

/// Parts the rules that an attribute can hold from those that it cannot. Nested rules become plain ones.
fn split(css: &Source) -> Result<MailStyle, Box<Diagnostic>> {
    let wrong = |message: String, line: u32, column: u32| mistake(css, &message, line, column);
    let parse = |text| {
        let options = ParserOptions { filename: css.name().to_owned(), ..ParserOptions::default() };
        StyleSheet::parse(text, options).map_err(|error| {
            let (line, column) = error.loc.as_ref().map_or((0, 1), |at| (at.line, at.column));
            wrong(error.kind.to_string(), line, column)
        })
    };
    let print = |sheet: &StyleSheet<'_>| {
        sheet.to_css(printing()).map(|printed| printed.code).map_err(|error| wrong(error.kind.to_string(), 0, 1))
    };
    let plain = print(&parse(css.text())?)?;
    let mut sheet = parse(&plain)?;
    let rules = std::mem::take(&mut sheet.rules.0);
    let (inline, kept): (Vec<_>, Vec<_>) = rules.into_iter().partition(|rule| match rule {
        CssRule::Style(rule) => {
            let selectors = rule.selectors.to_css_string(PrinterOptions::default()).unwrap_or_default();
            !OF_PROGRAMS.iter().any(|mark| selectors.contains(mark))
        }
        _ => false,
    });
    sheet.rules = CssRuleList(inline);
    let inline = print(&sheet)?;
    sheet.rules = CssRuleList(kept);
    Ok(MailStyle { inline, kept: print(&sheet)? })
}

fn mistake(css: &Source, message: &str, line: u32, column: u32) -> Box<Diagnostic> {
    let start = css.offset(Position { line: line as usize + 1, column: column as usize });
    let end = css.text()[start..].find(['\n', ';', '{', '}']).map_or(css.text().len(), |end| start + end);
    let message = format!("invalid CSS: {}", crate::theme::mistakes::lower(message));
    Box::new(Diagnostic::error("css-syntax", message).at(css, start..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(css: &str) -> Result<MailStyle, String> {
        split(&Source::new("mail.css", css)).map_err(|diagnostic| crate::diagnostic::terminal::short(&diagnostic))
    }

    #[test]
    fn attributes_hold_plain_rules_alone() {
        let style = of("p { color: #ff0000; mso-line-height-rule: exactly }\na:hover { color: red }\n\
                        @media (max-width: 600px) { p { padding: 0 !important } }\ntd { & p:first-child { margin: 0 } }")
        .unwrap();
        assert_eq!(style.inline, "p{color:red;mso-line-height-rule:exactly}td p:first-child{margin:0}");
        assert_eq!(style.kept, "a:hover{color:red}@media (max-width:600px){p{padding:0!important}}");
    }

    #[test]
    fn rules_of_what_is_not_there_are_left_out() {
        let kept = "a:hover{color:red}.x a:hover,.y:hover{color:red}@media (max-width:480px){.x,.y .z{margin:.5px!important}.z{padding:0!important}td{padding:0!important}}@media print{.z{margin:0!important}}";
        assert_eq!(
            needed(kept, "<td class=\"x w\">"),
            "a:hover,.x a:hover,.y:hover{color:red}@media (max-width:480px){.x,.y .z{margin:.5px!important}td{padding:0!important}}",
            "a rule stays whole where one of its selectors is needed"
        );
        assert_eq!(needed("", "<p>"), "");
    }

    #[test]
    fn mistakes_are_told() {
        assert_eq!(
            of("p {\n  color: red;\n} }").unwrap_err(),
            "mail.css:3:4: error: invalid CSS: unexpected end of input [css-syntax]"
        );
    }
}
