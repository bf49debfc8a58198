//! The preview's own page, `/_letterpress/`: everything that is known about the site and about the preview itself.
//!
//! Its bytes are a function of [`Dashboard`] alone, and it updates itself as every page does: so whoever fills that in takes what changes with every look (memory,
//! the time) as it was at the last rebuild.

use serde::Serialize;
use tera::Context;
use tera::Kwargs;
use tera::State;
use tera::Tera;

use crate::transport::live::PAGE_CSS;

const TEMPLATE: &str = include_str!("live/dashboard.html");
/// Published posts that are written out, the newest; the others are found by the filter box.
const WRITTEN_OUT: usize = 50;

/// All that the page shows. Lists are in the order in which they are shown; texts are plain unless they say otherwise.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Dashboard {
    /// The site's title.
    pub title: String,
    /// Path of the home page, with the base URL's path: `/`, `/blog/`.
    pub home: String,
    /// Posts that are drafts.
    pub drafts: Vec<PostLine>,
    /// Posts whose time has not come, the next first.
    pub scheduled: Vec<PostLine>,
    /// Posts that readers see, newest first, however many.
    pub published: Vec<PostLine>,
    /// Posts that are gone.
    pub expired: Vec<PostLine>,
    /// Errors, as `diagnostic::html` writes them; empty without any.
    pub mistakes_html: String,
    /// How many.
    pub mistakes: usize,
    /// Warnings, as `diagnostic::html` writes them; empty without any.
    pub warnings_html: String,
    /// How many.
    pub warnings: usize,
    /// The feeds that a reader would ask for first: the site's, the podcast, those of collections.
    pub feeds: Vec<FeedLine>,
    /// The others, of terms and authors: folded away.
    pub more_feeds: Vec<FeedLine>,
    /// Pages and mails of the newsletter that can be looked at: what they are called, where they are listed, how many.
    pub newsletter: Vec<(String, String, usize)>,
    /// When the site changes next without anybody's doing.
    pub next: Option<NextChange>,
    /// The last rebuilds, newest first; about twenty.
    pub rebuilds: Vec<Rebuild>,
    /// The files most recently edited, newest first; about ten.
    pub edited: Vec<Edited>,
    /// The preview itself.
    pub server: ServerFacts,
}

/// A post in one line.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PostLine {
    /// Its title.
    pub title: String,
    /// Where its page is, if it has one.
    pub path: Option<String>,
    /// Its date as text, short: `1 Dec 2026`; may be empty.
    pub date: String,
    /// Its file, from the site's folder.
    pub file: String,
    /// What opens the file in the editor, if anything does.
    pub editor: Option<String>,
    /// Names of its authors.
    pub authors: Vec<String>,
}

/// The feeds of one thing, in one line.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FeedLine {
    /// Whose feeds they are: the site's, a collection's, a tag's.
    pub title: String,
    /// Each with its path, by the word for its format: `Atom`, `RSS`, `JSON`.
    pub formats: Vec<(String, String)>,
}

/// A moment at which the site changes by itself.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NextChange {
    /// When, as text in the site's time zone.
    pub at: String,
    /// The same as RFC 3339.
    pub iso: String,
    /// Posts that appear then.
    pub appear: Vec<PostLine>,
    /// Posts that go then.
    pub go: Vec<PostLine>,
}

/// One rebuild.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Rebuild {
    /// When, as text: `09:41:07`.
    pub at: String,
    /// The first few of the files that had changed.
    pub files: Vec<String>,
    /// How many more.
    pub more: usize,
    /// From the change seen to the pages ready.
    pub milliseconds: u64,
    /// Pages drawn anew.
    pub pages: usize,
    /// Mistakes found; 0 is a rebuild that went well.
    pub mistakes: usize,
}

/// A page and when it was edited.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Edited {
    /// Title of the page, or the name of the file where it makes no page.
    pub title: String,
    /// Where the page is, if there is one.
    pub path: Option<String>,
    /// The file.
    pub file: String,
    /// What opens it in the editor.
    pub editor: Option<String>,
    /// When, as text: `09:41`, `3 Nov`.
    pub at: String,
}

/// The preview itself.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ServerFacts {
    /// The program's version.
    pub version: String,
    /// Memory in use, in MiB.
    pub memory: u64,
    /// Posts of the site.
    pub posts: usize,
    /// Addresses that are served.
    pub pages: usize,
    /// When it was started, as text: `09:12`, `3 Nov, 09:12`.
    pub since: String,
    /// Why it looks for changes at intervals instead of being told of them; `None` where it is told.
    pub polling: Option<String>,
}

/// What the template sees.
#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    dashboard: &'a Dashboard,
    css: &'a str,
    groups: Vec<Group<'a>>,
    /// Whether there are more published posts than are written out.
    is_long: bool,
    /// All of them then, as JSON for the filter: `[title, path, date, file]`.
    all: String,
}

#[derive(Serialize)]
struct Group<'a> {
    id: &'a str,
    name: &'a str,
    total: usize,
    posts: &'a [PostLine],
}

/// The page.
///
/// # Errors
/// What the template engine says; our template gives it no occasion.
pub fn page(view: &Dashboard) -> Result<String, String> {
    let is_long = view.published.len() > WRITTEN_OUT;
    let (all, written_out) = if is_long {
        (view.published.as_slice(), &view.published[..WRITTEN_OUT])
    } else {
        (&[][..], view.published.as_slice())
    };
    let group = |id, name, total, posts| Group { id, name, total, posts };
    let groups = vec![
        group("drafts", "Drafts", view.drafts.len(), view.drafts.as_slice()),
        group("scheduled", "Scheduled", view.scheduled.len(), &view.scheduled),
        group("published", "Published", view.published.len(), written_out),
        group("expired", "Expired", view.expired.len(), &view.expired),
    ];
    let lines: Vec<_> = all.iter().map(|post| (&post.title, &post.path, &post.date, &post.file)).collect();
    // No end tag may stand within a script.
    let json = serde_json::to_string(&lines).map_err(|error| error.to_string())?.replace('<', "\\u003c");
    let view = View { dashboard: view, css: PAGE_CSS, groups, is_long, all: json };
    let context = Context::from_serialize(&view).map_err(|error| error.to_string())?;
    let mut tera = Tera::new();
    tera.register_filter("thousands", |number: u64, _: Kwargs, _: &State<'_>| thousands(number));
    tera.add_raw_template("dashboard.html", TEMPLATE).map_err(|error| error.to_string())?;
    tera.render("dashboard.html", &context).map_err(|error| error.to_string())
}

/// `10,000`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(title: &str) -> PostLine {
        PostLine {
            title: title.into(),
            path: Some(format!("/posts/{title}/")),
            date: "1 Nov 2026".into(),
            file: format!("content/posts/{title}.md"),
            editor: Some("editor:x".into()),
            authors: vec!["Jane".into(), "Max".into()],
        }
    }

    #[test]
    fn an_empty_site_has_a_page() {
        let html = page(&Dashboard { title: "Notes".into(), home: "/".into(), ..Dashboard::default() }).unwrap();
        assert!(html.contains("Notes") && html.contains("No posts yet"), "{html}");
        assert!(html.contains("</head>"), "the script needs a place");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn everything_is_escaped() {
        let evil = "</script><script>\"'&";
        let line = || PostLine { path: None, ..post(evil) };
        let view = Dashboard {
            title: evil.into(),
            home: evil.into(),
            drafts: vec![line()],
            published: (0..60).map(|_| post(evil)).collect(),
            feeds: vec![FeedLine { title: evil.into(), formats: vec![(evil.into(), evil.into())] }],
            more_feeds: vec![FeedLine { title: evil.into(), formats: vec![(evil.into(), evil.into())] }],
            next: Some(NextChange { at: evil.into(), iso: evil.into(), appear: vec![line()], go: vec![line()] }),
            newsletter: vec![(evil.into(), evil.into(), 6)],
            rebuilds: vec![Rebuild { at: evil.into(), files: vec![evil.into()], more: 3, ..Rebuild::default() }],
            edited: vec![Edited { title: evil.into(), file: evil.into(), at: evil.into(), ..Edited::default() }],
            server: ServerFacts { version: evil.into(), polling: Some(evil.into()), ..ServerFacts::default() },
            mistakes_html: "<ol><li>told</li></ol>".into(),
            mistakes: 1,
            ..Dashboard::default()
        };
        let html = page(&view).unwrap();
        assert!(!html.contains(evil) && !html.contains("</script><script>"), "{html}");
        assert!(html.contains("<ol><li>told</li></ol>"), "this is HTML already");
    }

    #[test]
    fn ten_thousand_posts_stay_light() {
        let published = (0..10_000).map(|n| post(&format!("number-{n}"))).collect();
        let html = page(&Dashboard { published, ..Dashboard::default() }).unwrap();
        assert_eq!(html.matches("<li class=\"post\">").count(), WRITTEN_OUT);
        assert!(html.contains("10,000") && html.contains("number-9999"), "the rest is there for the filter");
        assert!(html.len() < 1_500_000, "{} bytes", html.len());
    }
}
