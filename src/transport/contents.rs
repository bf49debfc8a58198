//! A page of the preview's own that lists what can be looked at, such as mails.

use serde::Serialize;
use tera::Context;
use tera::Tera;

use crate::transport::live::PAGE_CSS;

const TEMPLATE: &str = include_str!("live/contents.html");

/// What the page lists. All texts are plain.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Contents {
    /// The site's title.
    pub site: String,
    /// Path of the site's home page.
    pub home: String,
    /// The heading: `Mails`.
    pub title: String,
    /// What there is to know about all of them.
    pub standfirst: String,
    /// What is listed.
    pub groups: Vec<Group>,
}

/// Things of one kind.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Group {
    /// Heading; an id in lower case is made of it.
    pub name: String,
    /// What is to be said where there is nothing; may be empty.
    pub note: String,
    /// In the order in which they are shown.
    pub lines: Vec<Line>,
}

/// One thing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Line {
    /// Where it is.
    pub path: String,
    /// What it is called: a subject, a heading.
    pub title: String,
    /// Its name in the theme.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// A figure, such as its size; may be empty.
    pub figure: String,
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    contents: &'a Contents,
    css: &'a str,
}

/// The page.
///
/// # Errors
/// What the template engine says; our template gives it no occasion.
pub fn page(contents: &Contents) -> Result<String, String> {
    let context = Context::from_serialize(&View { contents, css: PAGE_CSS }).map_err(|error| error.to_string())?;
    let mut tera = Tera::new();
    tera.add_raw_template("contents.html", TEMPLATE).map_err(|error| error.to_string())?;
    tera.render("contents.html", &context).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_escaped() {
        let evil = "</style><script>\"'&";
        let text = || evil.to_owned();
        let line = Line { path: text(), title: text(), name: text(), about: text(), figure: text() };
        let groups = vec![Group { name: text(), note: text(), lines: vec![line] }];
        let html = page(&Contents { site: text(), home: text(), title: text(), standfirst: text(), groups }).unwrap();
        assert!(!html.contains(evil) && !html.contains("<script>\"") && html.contains("</head>"), "{html}");
    }
}
