//! A site with content, of which issues are drawn.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Zoned;
use letterpress::config::issues::Shape;
use letterpress::config::newsletter::Newsletter;
use letterpress::config::read;
use letterpress::config::site::Config;
use letterpress::config::site::Overrides;
use letterpress::content::document::Direct;
use letterpress::content::document::Options;
use letterpress::content::issue;
use letterpress::content::issue::Issue;
use letterpress::diagnostic::report::Report;
use letterpress::diagnostic::source::Source;
use letterpress::edition::image::ImageFacts;
use letterpress::edition::image::Settings;
use letterpress::edition::mail::issue::Detail;
use letterpress::edition::mail::issue::IssueDraft;
use letterpress::edition::mail::issue::IssueMail;
use letterpress::edition::mail::press::MailPress;
use letterpress::edition::media::Media;
use letterpress::edition::publication;
use letterpress::edition::publication::Publication;
use letterpress::engine::cache::Cache;
use letterpress::engine::fingerprint::Fingerprint;
use letterpress::files::tree::FileTree;
use letterpress::library::build;
use letterpress::library::model::AssetId;
use letterpress::library::model::Library;
use letterpress::library::model::PostId;
use letterpress::library::order::Visibility;
use letterpress::output::image;
use letterpress::output::image_encode;
use letterpress::theme::Theme;
use letterpress::value::clock::Clock;
use letterpress::value::path::SitePath;

use crate::support;

/// Where the issue is, below `content/`.
const ISSUE: &str = "issues/fortnightly/2026-11-15/index.md";

/// A site that has been read, and its press.
pub(crate) struct Site {
    pub(crate) config: Arc<Config>,
    pub(crate) library: Arc<Library>,
    publication: Publication,
    press: MailPress,
}

impl Site {
    /// A site of these files below `content/`, with `more` in the table of its newsletter.
    pub(crate) fn new(theme: &Arc<Theme>, language: &str, more: &str, content: &FileTree) -> Self {
        let site = support::SITE.replace("LANGUAGE", language);
        let site = site.replace("[subscribe]", &format!("{more}\n[subscribe]"));
        let (config, report) = read::read(&Source::new("site.toml", site), &Overrides::default());
        assert!(!report.has_errors(), "{:?}", support::lines(report));
        let config = Arc::new(config.unwrap());
        let clock = Clock::parse("2027-02-01T09:00:00Z").unwrap();
        let (library, report) = build::build(&config, content, &Direct, &clock, Visibility::default());
        assert!(!report.has_errors(), "{:?}", support::lines(report));
        let library = Arc::new(library);
        let settings = Settings::default();
        let images: HashMap<AssetId, _> = library
            .images
            .keys()
            .map(|id| (*id, Media::plan(&library, *id, facts(&library, *id).unwrap(), &settings)))
            .collect();
        let (web, _, report) = publication::compile(theme);
        assert!(!report.has_errors(), "{:?}", support::lines(report));
        let cache = Arc::new(Cache::new(Fingerprint::of(b"test")));
        let media = Arc::new(Media::new(images, HashMap::new()));
        let publication = Publication::new(
            Arc::clone(&config),
            Arc::clone(&library),
            Arc::clone(theme),
            web.as_ref().unwrap(),
            media,
            &cache,
        );
        publication.enter();
        let (press, report) = MailPress::new(&config, theme);
        assert!(report.is_empty(), "{:?}", support::lines(report));
        Self { config, library, publication, press: press.unwrap() }
    }

    /// The issue of that text, with every post of the site at hand.
    pub(crate) fn draw(&self, shape: Shape, text: &str) -> Result<IssueMail, Report> {
        self.draw_as(shape, text, None)
    }

    pub(crate) fn draw_as(&self, shape: Shape, text: &str, detail: Option<Detail>) -> Result<IssueMail, Report> {
        let mut newsletter = self.config.newsletters[0].clone();
        newsletter.issues.shape = shape;
        self.draw_of(&newsletter, text, detail)
    }

    pub(crate) fn draw_of(
        &self,
        newsletter: &Newsletter,
        text: &str,
        detail: Option<Detail>,
    ) -> Result<IssueMail, Report> {
        let text = issue(text);
        let posts: Vec<PostId> = (0..self.library.posts.len()).map(PostId).collect();
        let date: Zoned = "2026-11-15T09:00[Europe/London]".parse().unwrap();
        let permalink = self.config.base_url.join("newsletter/fortnightly/2026-11-15/");
        self.press.issue(
            self.publication.catalogue(),
            &IssueDraft {
                newsletter,
                text: &text,
                posts: &posts,
                number: Some(21),
                date: &date,
                permalink: &permalink,
                facts: &|id| facts(&self.library, id),
                detail,
            },
        )
    }

    /// The bytes of the pictures of an issue, by name.
    pub(crate) fn pictures(&self, mail: &IssueMail) -> Vec<(String, Vec<u8>)> {
        let picture = |image: &letterpress::edition::mail::settle::IssueImage| {
            let bytes = self.library.asset(image.asset).file.bytes().unwrap();
            let mut made = image_encode::encode(&bytes, &[&image.variant]).unwrap();
            (image.name.clone(), made.remove(0).1)
        };
        mail.images.iter().map(picture).collect()
    }
}

fn facts(library: &Library, id: AssetId) -> Result<ImageFacts, String> {
    let bytes = library.asset(id).file.bytes().map_err(|error| error.to_string())?;
    image::facts(&bytes).map_err(|error| error.to_string())
}

/// An issue's text, read.
pub(crate) fn issue(text: &str) -> Issue {
    let mut tree = FileTree::new();
    tree.insert_memory(SitePath::parse(ISSUE).unwrap(), text.as_bytes());
    let (issue, report) = issue::load(tree.iter().next().unwrap(), &Options::default());
    assert!(report.is_empty(), "{:?}", support::lines(report));
    issue.unwrap()
}
