//! The stylesheets of a theme: Sass or CSS in, small CSS out, named by its content.

use std::sync::Arc;

use lightningcss::dependencies::Dependency;
use lightningcss::dependencies::DependencyOptions;
use lightningcss::stylesheet::MinifyOptions;
use lightningcss::stylesheet::ParserOptions;
use lightningcss::stylesheet::PrinterOptions;
use lightningcss::stylesheet::StyleSheet;
use lightningcss::targets::Browsers;
use lightningcss::targets::Features;
use lightningcss::targets::Targets;

use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Position;
use crate::diagnostic::source::Source;
use crate::diagnostic::suggest;
use crate::theme::assets;
use crate::theme::assets::Assets;
use crate::theme::chain;
use crate::theme::chain::Link;
use crate::theme::sass;
use crate::value::path::SitePath;

/// The folder of stylesheets in the output.
pub const FOLDER: &str = "assets";

/// One stylesheet, ready to be written.
#[derive(Clone, Debug)]
pub struct Style {
    /// The file in `styles/` that it was made from: `main.scss`.
    pub name: String,
    /// Its path in the output, with a fingerprint of its bytes: `assets/main.1a2b3c4d.css`.
    pub path: SitePath,
    /// Its path in the preview, which stays when the bytes change: `assets/main.css`.
    pub stable_path: SitePath,
    /// The kinds of pages that link it (`page.kind`); `None` for every page.
    pub pages: Option<Vec<String>>,
    /// The minified CSS.
    pub bytes: Arc<[u8]>,
}

/// Makes every stylesheet that the chain's manifests list: the nearest theme's list, or the first one there is.
///
/// Addresses in `url(…)` are kept as written when relative (they count from `assets/`), and made relative when they begin with `/`, so that a site may live
/// below a path. A local one that no theme has in `static/` is a warning. Sass brings other files in by `@use`; a CSS `@import` of a local file is an error,
/// as that file would not be in the output.
pub(in crate::theme) fn make(chain: &[Link], assets: &Assets) -> (Vec<Style>, Report) {
    let mut report = Report::new();
    let mut styles: Vec<Style> = Vec::new();
    let Some((lister, list)) = chain.iter().find_map(|link| Some((link, link.manifest.styles.as_ref()?))) else {
        return (styles, report);
    };
    for entry in list {
        let Some((link, path)) = find(chain, &entry.value) else {
            report.push(missing(chain, lister, entry));
            continue;
        };
        let pages = lister.manifest.style_pages.iter().find(|(file, _)| *file == entry.value);
        let pages = pages.map(|(_, kinds)| kinds.clone());
        match make_one(chain, link, &path, assets, &mut report).map(|style| Style { pages, ..style }) {
            Ok(style) => match styles.iter().find(|other| other.stable_path == style.stable_path) {
                Some(other) => {
                    let message = format!("`{}` and `{}` would be one stylesheet", other.name, style.name);
                    report.push(
                        Diagnostic::error("double-style", message)
                            .at(&lister.source, entry.span.clone())
                            .hint("give one of them another name"),
                    );
                }
                None => styles.push(style),
            },
            Err(diagnostic) => report.push(*diagnostic),
        }
    }
    (styles, report)
}

/// The nearest theme that has the file in `styles/`.
fn find<'a>(chain: &'a [Link], name: &str) -> Option<(&'a Link, SitePath)> {
    let path = SitePath::resolve("styles", name).ok()?;
    path.below("styles")?;
    let link = chain.iter().find(|link| link.files.get(path.as_str()).is_some())?;
    Some((link, path))
}

fn missing(chain: &[Link], lister: &Link, entry: &Located<String>) -> Diagnostic {
    let names: Vec<&str> = chain
        .iter()
        .flat_map(|link| link.files.below("styles"))
        .filter(|file| !file.path.file_name().starts_with('_'))
        .filter_map(|file| file.path.below("styles"))
        .collect();
    let hint = suggest::did_you_mean(&entry.value, names.iter().copied());
    let list =
        || if names.is_empty() { "styles/ is empty".to_owned() } else { format!("in styles/: {}", names.join(", ")) };
    Diagnostic::error("unknown-style", format!("there is no styles/{}", entry.value))
        .at(&lister.source, entry.span.clone())
        .hint(hint.unwrap_or_else(list))
}

fn make_one(
    chain: &[Link],
    link: &Link,
    path: &SitePath,
    assets: &Assets,
    report: &mut Report,
) -> Result<Style, Box<Diagnostic>> {
    let name = path.below("styles").unwrap_or(path.as_str());
    let file = link.files.get(path.as_str());
    let file = file.ok_or_else(|| Box::new(Diagnostic::error("unknown-style", format!("there is no {path}"))))?;
    let source = chain::text_of(file)?;
    let css = match path.extension() {
        "scss" | "sass" => {
            let css = sass::compile(chain, link, path, &source)?;
            // What is wrong from here on is wrong in CSS that nobody wrote, so that is what the message shows.
            Source::new(format!("{}, as CSS", source.name()), css)
        }
        "css" => source,
        _ => {
            let message = format!("styles/{name} is neither Sass nor CSS");
            return Err(Box::new(Diagnostic::error("unknown-style", message).hint("name it .scss, .sass or .css")));
        }
    };
    let bytes = minify(&css, assets, report)?.into_bytes();
    let stem = SitePath::parse(name).map_or_else(|_| name.to_owned(), |path| path.stem().to_owned());
    let at = |file: String| {
        SitePath::parse(&format!("{FOLDER}/{file}"))
            .map_err(|error| Box::new(Diagnostic::error("unknown-style", format!("styles/{name}: {error}"))))
    };
    Ok(Style {
        name: name.to_owned(),
        pages: None,
        path: at(format!("{stem}.{}.css", assets::eight_digits(&bytes)))?,
        stable_path: at(format!("{stem}.css"))?,
        bytes: bytes.into(),
    })
}

/// Browsers of the last three years. What they all know stays as it is written; nesting and prefixes are seen to.
fn targets() -> Targets {
    let version = |major: u32| Some(major << 16);
    let browsers = Browsers {
        android: version(119),
        chrome: version(119),
        edge: version(119),
        firefox: version(119),
        ios_saf: version(17),
        opera: version(105),
        safari: version(17),
        samsung: version(23),
        ie: None,
    };
    // Rewriting these makes more trouble than it saves: light-dark() would become variables, colours would come twice.
    let exclude = Features::Colors | Features::LogicalProperties | Features::FontFamilySystemUi;
    Targets { browsers: Some(browsers), include: Features::empty(), exclude }
}

fn minify(css: &Source, assets: &Assets, report: &mut Report) -> Result<String, Box<Diagnostic>> {
    let mistake = |message: String, line: u32, column: u32| {
        let start = css.offset(Position { line: line as usize + 1, column: column as usize });
        let end = css.text()[start..].find(['\n', ';', '{', '}']).map_or(css.text().len(), |end| start + end);
        let message = format!("invalid CSS: {}", crate::theme::mistakes::lower(&message));
        Box::new(Diagnostic::error("css-syntax", message).at(css, start..end.max(start)))
    };
    let options = ParserOptions { filename: css.name().to_owned(), ..ParserOptions::default() };
    let mut sheet = StyleSheet::parse(css.text(), options).map_err(|error| {
        let (line, column) = error.loc.as_ref().map_or((0, 1), |at| (at.line, at.column));
        mistake(error.kind.to_string(), line, column)
    })?;
    sheet.minify(MinifyOptions { targets: targets(), ..MinifyOptions::default() }).map_err(|error| {
        let (line, column) = error.loc.as_ref().map_or((0, 1), |at| (at.line, at.column));
        mistake(error.kind.to_string(), line, column)
    })?;
    let printer = PrinterOptions {
        minify: true,
        targets: targets(),
        analyze_dependencies: Some(DependencyOptions { remove_imports: false }),
        ..PrinterOptions::default()
    };
    let printed = sheet.to_css(printer).map_err(|error| mistake(error.kind.to_string(), 0, 1))?;
    let mut code = printed.code;
    for dependency in printed.dependencies.unwrap_or_default() {
        let (address, placeholder, start) = match &dependency {
            Dependency::Import(import) => (&import.url, &import.placeholder, import.loc.start),
            Dependency::Url(url) => (&url.url, &url.placeholder, url.loc.start),
        };
        let place = css.offset(Position { line: start.line as usize, column: start.column as usize });
        // The printer's places are approximate; the address itself is nearby.
        let place = css.text()[place..]
            .find(address.as_str())
            .map_or(place..place, |at| place + at..place + at + address.len());
        if matches!(dependency, Dependency::Import(_)) && is_local(address) {
            return Err(Box::new(
                Diagnostic::error(
                    "css-import",
                    format!("`@import \"{address}\"` names a file that is not in the output"),
                )
                .at(css, place)
                .hint("in Sass, bring it in by @use; in CSS, list it under `styles` in theme.toml"),
            ));
        }
        code = code.replace(placeholder.as_str(), &written(address));
        if matches!(dependency, Dependency::Url(_)) {
            report.extend(dangling(css, place, address, assets));
        }
    }
    Ok(code)
}

/// Whether an address is below the site: neither absolute, nor data, nor a mere fragment.
fn is_local(address: &str) -> bool {
    let scheme = address.split(['/', '?', '#']).next().unwrap_or_default();
    !scheme.contains(':') && !address.starts_with("//") && !address.starts_with('#') && !address.is_empty()
}

/// The address as the stylesheet in `assets/` writes it.
fn written(address: &str) -> String {
    match address.strip_prefix('/') {
        Some(rest) if is_local(address) => format!("../{rest}"),
        _ => address.replace('\\', "\\\\").replace('"', "\\\""),
    }
}

fn dangling(css: &Source, place: std::ops::Range<usize>, address: &str, assets: &Assets) -> Option<Diagnostic> {
    if !is_local(address) {
        return None;
    }
    let path = address.split(['?', '#']).next()?;
    let path = SitePath::resolve(FOLDER, path).ok();
    if path.as_ref().is_some_and(|path| assets.files().get(path.as_str()).is_some()) {
        return None;
    }
    let file = path.as_ref().map(SitePath::as_str).unwrap_or(address);
    let hint = suggest::nearest(file, assets.names()).map(|best| format!("did you mean `../{best}`?"));
    Some(Diagnostic::warning("missing-asset", format!("no theme has the file static/{file}")).at(css, place).hint(
        hint.unwrap_or_else(|| {
            format!("addresses count from /{FOLDER}/: url(\"../fonts/x.woff2\") is static/fonts/x.woff2")
        }),
    ))
}
