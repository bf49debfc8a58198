//! `theme.toml`: what a theme says of itself.

use std::cell::RefCell;

use semver::Version;
use semver::VersionReq;

use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Data;
use crate::diagnostic::node::Located;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::diagnostic::suggest;
use crate::diagnostic::toml;

/// The version of this program, which a theme's range is held against.
pub const PROGRAM_VERSION: &str = env!("CARGO_PKG_VERSION");

/// A theme's own description.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The name for people, such as `Broadside`.
    pub name: String,
    /// The theme's own version; empty where it has none.
    pub version: String,
    /// The versions of the program that it is made for.
    pub letterpress: VersionReq,
    /// One sentence for people; may be empty.
    pub description: String,
    /// Under which licence it may be used; may be empty.
    pub license: String,
    /// Who made it.
    pub authors: Vec<String>,
    /// The folder name of the theme that supplies what this one lacks.
    pub extends: Option<Located<String>>,
    /// Files in `styles/`, each of which becomes one stylesheet; `None` takes the extended theme's list.
    pub styles: Option<Vec<Located<String>>>,
    /// Which kinds of pages link a style, for those that not every page links: file and kinds.
    pub style_pages: Vec<(String, Vec<String>)>,
    /// The table `extra`, which templates read as `theme.extra`; a theme's keys win over those of the theme it extends.
    pub extra: Node,
}

/// Reads `theme.toml`. The manifest is missing where a required value is, or where the theme is for another version of the program.
#[must_use]
pub fn read(source: &Source) -> (Option<Manifest>, Report) {
    let (node, report) = toml::parse(source, 0..source.text().len());
    if report.has_errors() {
        return (None, report);
    }
    let report = RefCell::new(report);
    let mut fields = Fields::new(source, &report, "theme.toml", node);
    let name = fields.required("name", "add name = \"…\", the name that messages show");
    let letterpress = fields.required("letterpress", &format!("add letterpress = \"{}\"", this_version_range()));
    let letterpress = letterpress.and_then(|range| version_range(&range, &fields));
    let version = fields.string("version").map(|text| text.value).unwrap_or_default();
    let description = fields.string("description").map(|text| text.value).unwrap_or_default();
    let license = fields.string("license").map(|text| text.value).unwrap_or_default();
    let authors = fields.strings("authors").unwrap_or_default().into_iter().map(|author| author.value).collect();
    let extends = fields.string("extends");
    let styles = fields.strings("styles");
    let style_pages = style_pages(&mut fields, styles.as_deref().unwrap_or_default());
    let extra = extra_table(&mut fields);
    fields.finish();
    let manifest = match (name, letterpress) {
        (Some(name), Some(letterpress)) => Some(Manifest {
            name: name.value,
            version,
            letterpress,
            description,
            license,
            authors,
            extends,
            styles,
            style_pages,
            extra,
        }),
        _ => None,
    };
    (manifest, report.into_inner())
}

/// The words of `page.kind`.
const KINDS: [&str; 13] = [
    "home", "post", "page", "list", "terms", "term", "authors", "author", "archive", "issues", "issue", "404",
    "service",
];

/// Reads `style_pages`: a table from files of `styles` to kinds of pages.
fn style_pages(fields: &mut Fields<'_>, styles: &[Located<String>]) -> Vec<(String, Vec<String>)> {
    let Some(mut table) = fields.table("style_pages", "`style_pages`") else { return Vec::new() };
    let mut all = Vec::new();
    for (key, node) in table.rest() {
        if !styles.iter().any(|style| style.value == key.name) {
            let message = format!("`style_pages` speaks of `{}`, which `styles` does not list", key.name);
            let hint = suggest::did_you_mean(&key.name, styles.iter().map(|style| &*style.value));
            table.push(Diagnostic::error("unknown-style", message).at(table.source(), key.span).maybe_hint(hint));
            continue;
        }
        let Data::Array(items) = node.data else {
            let message = format!("`{}` must be a list of kinds of pages, not {}", key.name, node.data.kind());
            table.push(Diagnostic::error("wrong-type", message).at(table.source(), node.span));
            continue;
        };
        let mut kinds = Vec::new();
        for item in items {
            match item.data {
                Data::String(kind) if KINDS.contains(&&*kind) => kinds.push(kind),
                Data::String(kind) => {
                    let hint = suggest::did_you_mean(&kind, KINDS);
                    let hint = hint.unwrap_or_else(|| format!("there are: {}", KINDS.join(", ")));
                    let message = format!("there is no kind of page `{kind}`");
                    table.push(Diagnostic::error("unknown-value", message).at(table.source(), item.span).hint(hint));
                }
                other => {
                    let message = format!("a kind of page must be a string, not {}", other.kind());
                    table.push(Diagnostic::error("wrong-type", message).at(table.source(), item.span));
                }
            }
        }
        all.push((key.name, kinds));
    }
    all
}

fn extra_table(fields: &mut Fields<'_>) -> Node {
    let empty = Node { span: 0..0, data: Data::Table(Vec::new()) };
    match fields.node("extra") {
        Some(node) if matches!(node.data, Data::Table(_)) => node,
        Some(node) => {
            let message = format!("`extra` must be a table, not {}", node.data.kind());
            fields.push(Diagnostic::error("wrong-type", message).at(fields.source(), node.span));
            empty
        }
        None => empty,
    }
}

/// The range that fits this program, as a theme's author would write it: `>=0.1, <0.2`.
fn this_version_range() -> String {
    let (major, minor) = (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
    let next = |text: &str| text.parse::<u64>().map_or_else(|_| text.to_owned(), |number| (number + 1).to_string());
    if major == "0" { format!(">=0.{minor}, <0.{}", next(minor)) } else { format!(">={major}, <{}", next(major)) }
}

fn version_range(text: &Located<String>, fields: &Fields<'_>) -> Option<VersionReq> {
    let range = match VersionReq::parse(&text.value) {
        Ok(range) => range,
        Err(error) => {
            fields.push(
                Diagnostic::error("bad-version-range", format!("`letterpress` is no version range: {error}"))
                    .at(fields.source(), text.span.clone())
                    .hint(format!("write it like \"{}\"", this_version_range())),
            );
            return None;
        }
    };
    let program = Version::parse(PROGRAM_VERSION).ok()?;
    // A pre-release of this program (0.2.0-rc.1) is held to the same ranges as the release.
    let release = Version::new(program.major, program.minor, program.patch);
    if range.matches(&program) || range.matches(&release) {
        return Some(range);
    }
    fields.push(
        Diagnostic::error(
            "wrong-program-version",
            format!("this theme is for Letterpress {}; this is Letterpress {PROGRAM_VERSION}", text.value),
        )
        .at(fields.source(), text.span.clone())
        .hint("take a version of the theme that is made for this one; if you have tried it, widen the range"),
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        let (_, report) = read(&Source::new("themes/x/theme.toml", text));
        report.diagnostics().iter().map(crate::diagnostic::terminal::short).collect()
    }

    #[test]
    fn a_whole_manifest() {
        let text = "name = \"Broadside\"\nletterpress = \">=0.1, <0.2\"\nextends = \"base\"\nstyles = [\"main.scss\"]\nextra = { accent = \"red\" }\n";
        let (manifest, report) = read(&Source::new("theme.toml", text));
        assert!(report.is_empty(), "{report:?}");
        let manifest = manifest.unwrap();
        assert_eq!(manifest.name, "Broadside");
        assert_eq!(manifest.extends.unwrap().value, "base");
        assert_eq!(serde_json::to_value(&manifest.extra).unwrap()["accent"], "red");
    }

    #[test]
    fn wrong_version_names_both() {
        assert_eq!(
            messages("name = \"x\"\nletterpress = \">=7, <8\"\n"),
            [format!(
                "themes/x/theme.toml:2:15: error: this theme is for Letterpress >=7, <8; this is Letterpress {PROGRAM_VERSION} [wrong-program-version]; take a version of the theme that is made for this one; if you have tried it, widen the range"
            )]
        );
        let bad = messages("name = \"x\"\nletterpress = \"about 1\"\n");
        assert!(bad[0].starts_with("themes/x/theme.toml:2:15: error: `letterpress` is no version range: "), "{bad:?}");
    }

    #[test]
    fn everything_at_once() {
        assert_eq!(
            messages("nam = \"x\"\nstyles = \"main.scss\"\nextra = 3\n"),
            [
                "themes/x/theme.toml:1:1: error: theme.toml has no `name` [missing-key]; add name = \"…\", the name that messages show",
                "themes/x/theme.toml:1:1: error: theme.toml has no `letterpress` [missing-key]; add letterpress = \">=0.1, <0.2\"",
                "themes/x/theme.toml:2:10: error: `styles` must be a list of strings, not a string [wrong-type]; write styles = [\"main.scss\"]",
                "themes/x/theme.toml:3:9: error: `extra` must be a table, not an integer [wrong-type]",
                "themes/x/theme.toml:1:1: error: unknown key `nam` in theme.toml [unknown-key]; did you mean `name`?",
            ]
        );
    }

    #[test]
    fn styles_of_some_pages() {
        let head = "name = \"x\"\nletterpress = \">=0.1, <0.2\"\nstyles = [\"a.scss\", \"b.scss\"]\n";
        let (manifest, _) =
            read(&Source::new("theme.toml", format!("{head}style_pages = {{ \"b.scss\" = [\"home\"] }}\n")));
        assert_eq!(manifest.unwrap().style_pages, [("b.scss".to_owned(), vec!["home".to_owned()])]);
        assert_eq!(
            messages(&format!(
                "{head}style_pages = {{ \"c.scss\" = [], \"a.scss\" = [\"hom\", 3], \"b.scss\" = 1 }}\n"
            )),
            [
                "themes/x/theme.toml:4:17: error: `style_pages` speaks of `c.scss`, which `styles` does not list [unknown-style]; did you mean `a.scss`?",
                "themes/x/theme.toml:4:44: error: there is no kind of page `hom` [unknown-value]; did you mean `home`?",
                "themes/x/theme.toml:4:51: error: a kind of page must be a string, not an integer [wrong-type]",
                "themes/x/theme.toml:4:66: error: `b.scss` must be a list of kinds of pages, not an integer [wrong-type]",
            ]
        );
    }
}
