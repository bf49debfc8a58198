//! A publication: its web edition and its feeds, one file after another.

use std::sync::Arc;

use tera::Context;

use crate::config::site::Config;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::answers;
use crate::edition::catalogue::Catalogue;
use crate::edition::entries::Entries;
use crate::edition::functions::Slot;
use crate::edition::media::Media;
use crate::edition::reading;
use crate::edition::reading::Read;
use crate::edition::shelf::Shelf;
use crate::edition::subject;
use crate::edition::web::pages;
use crate::edition::web::redirects;
use crate::edition::web::redirects::Answer;
use crate::edition::web::redirects::Moved;
use crate::edition::web::redirects::Rule;
use crate::edition::web::robots;
use crate::edition::web::shared;
use crate::edition::web::shared::Shared;
use crate::edition::web::sitemap;
use crate::engine::cache::Cache;
use crate::engine::fingerprint::Fingerprint;
use crate::library::address;
use crate::library::address::FeedOf;
use crate::library::address::Target;
use crate::library::model::Library;
use crate::theme::Theme;
use crate::theme::sources::Edition;
use crate::theme::templates::Templates;
use crate::value::url::Permalink;

/// The compiled templates of a theme, and the slots that their functions look into. They outlive many publications.
pub struct Press {
    web: Arc<Templates>,
    web_slot: Slot,
    feed: Arc<Templates>,
    feed_slot: Slot,
}

/// Compiles a theme's templates for the web and for feeds. Every mistake is in the report. The second value has the theme's components also where a page's template is
/// broken, so that calls in the content can be checked all the same.
#[must_use]
pub fn compile(theme: &Theme) -> (Option<Press>, Option<Arc<Templates>>, Report) {
    let (web_slot, feed_slot) = (Slot::new(), Slot::new());
    let (web, mut report) = web_slot.with_vocabulary(|words| Templates::compile(&theme.sources, Edition::Web, words));
    let (feed, more) = feed_slot.with_vocabulary(|words| Templates::compile(&theme.sources, Edition::Feed, words));
    report.merge(more);
    let (web, feed) = (web.map(Arc::new), feed.map(Arc::new));
    let components = web.clone().or_else(|| feed.clone());
    let press = match (web, feed) {
        (Some(web), Some(feed)) => Some(Press { web, web_slot, feed, feed_slot }),
        _ => None,
    };
    (press, components, report)
}

/// Everything that a site publishes.
pub struct Publication {
    web: Arc<Catalogue>,
    feed: Arc<Catalogue>,
    shared: Shared,
    entries: Entries,
    surroundings: Fingerprint,
    slots: [Slot; 2],
}

/// An address drawn, and what was looked at.
pub struct Drawing {
    /// What became of it, or the mistake in the template.
    pub drawn: Result<Drawn, Box<Diagnostic>>,
    /// What has to be as it is now for the same to become of it again.
    pub reads: Vec<Read>,
}

/// What becomes of an address.
pub enum Drawn {
    /// Files below the output folder, with their bytes.
    Files(Vec<(String, Vec<u8>)>),
    /// The file of `content/` as it is.
    Copy(crate::library::model::AssetId),
}

impl Publication {
    /// Puts a publication together. It can be drawn once [`Publication::enter`] was called.
    #[must_use]
    pub fn new(
        config: Arc<Config>,
        library: Arc<Library>,
        theme: Arc<Theme>,
        press: &Press,
        media: Arc<Media>,
        cache: &Arc<Cache>,
    ) -> Self {
        let shelf = Arc::new(Shelf::new(library, media));
        let catalogue = |templates: &Arc<Templates>, edition: Edition| {
            let (config, shelf, theme) = (Arc::clone(&config), Arc::clone(&shelf), Arc::clone(&theme));
            let (templates, cache) = (Arc::clone(templates), Arc::clone(cache));
            Arc::new(Catalogue::new(config, shelf, theme, templates, edition, cache))
        };
        let web = catalogue(&press.web, Edition::Web);
        let feed = catalogue(&press.feed, Edition::Feed);
        let shared = shared::make(&web);
        for catalogue in [&web, &feed] {
            let mut context = Context::new();
            context.insert_value("site", shared.site(catalogue, ""));
            context.insert_value("theme", shared.theme.clone());
            context.insert_value("blocks", shared.blocks.clone());
            context.insert_value("subscribe", shared.subscribe.clone());
            // Set once, here: the catalogue was made a moment ago.
            let _ = catalogue.surroundings.set(context);
        }
        let surroundings = surroundings(&web, &shared);
        Self {
            entries: Entries::new(shelf.whole()),
            web,
            feed,
            shared,
            surroundings,
            slots: [press.web_slot.clone(), press.feed_slot.clone()],
        }
    }

    /// From now on the functions of the press's templates look into this publication. Call it before anything is drawn; what is still being drawn of an earlier publication of the
    /// same press is of both from then on.
    pub fn enter(&self) {
        let [web, feed] = &self.slots;
        web.put(&self.web);
        feed.put(&self.feed);
    }

    /// What the pages are made from.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.web
    }

    /// How many addresses there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.web.shelf.whole().addresses.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the address of that number is, from the host's root.
    #[must_use]
    pub fn path(&self, index: usize) -> &str {
        self.web.shelf.whole().addresses[index].permalink.path()
    }

    /// The file of that number, below the output folder.
    #[must_use]
    pub fn file(&self, index: usize) -> String {
        self.web.shelf.whole().addresses[index].file()
    }

    /// Images and recordings.
    #[must_use]
    pub fn media(&self) -> &Media {
        self.web.shelf.media()
    }

    /// Draws the address of that number.
    #[must_use]
    pub fn draw(&self, index: usize) -> Drawing {
        let (drawn, reads) = reading::noting(|| {
            reading::note(Read::Surroundings);
            self.make(index)
        });
        Drawing { drawn, reads }
    }

    /// Whether what became of the address of that number is worth remembering. Files are copied, and what is made of all addresses is made at each build.
    #[must_use]
    pub fn is_remembered(&self, index: usize) -> bool {
        !matches!(
            self.web.shelf.whole().addresses[index].target,
            Target::Asset(_) | Target::Sitemap | Target::Robots | Target::Redirects
        )
    }

    /// What is at the address of that number, by a name that stays from build to build.
    #[must_use]
    pub fn target(&self, index: usize) -> String {
        let library = self.web.shelf.whole();
        subject::target(library, &library.addresses[index].target)
    }

    /// What a note is called from build to build; `None` for what is never the same again.
    #[must_use]
    pub fn subject(&self, read: Read) -> Option<String> {
        match read {
            Read::Passing => None,
            Read::Surroundings => Some("surroundings".into()),
            Read::Named(number) => Some(self.web.shelf.name(number).to_string()),
            other => Some(subject::name(self.web.shelf.whole(), other)),
        }
    }

    /// The state of what has that name; `None` where there is no such thing. What is in the same state is seen alike by every page.
    #[must_use]
    pub fn state(&self, subject: &str) -> Option<Fingerprint> {
        let (kind, rest) = subject.split_once(' ').unwrap_or((subject, ""));
        match kind {
            "surroundings" => Some(self.surroundings),
            "template" => {
                let templates = &self.web.templates;
                templates.has(rest).then(|| Fingerprint::from_bytes(templates.fingerprint(rest)))
            }
            "component" => {
                let (edition, name) = rest.split_once(' ')?;
                let templates = &self.edition(edition)?.templates;
                templates.component_fingerprint(name).map(Fingerprint::from_bytes)
            }
            "answer" => {
                let (edition, question) = rest.split_once(' ')?;
                answers::state(self.edition(edition)?, subject, question)
            }
            "at" | "shown" => {
                let is_there = self.web.shelf.whole().asset_at(rest).is_some();
                Some(Fingerprint::builder("at").number(u64::from(is_there)).finish())
            }
            _ => subject::state(&self.web.shelf, subject::of_name(&self.web.shelf, subject)?),
        }
    }

    fn edition(&self, word: &str) -> Option<&Catalogue> {
        [&self.web, &self.feed].into_iter().find(|catalogue| catalogue.edition.word() == word).map(|found| &**found)
    }

    fn make(&self, index: usize) -> Result<Drawn, Box<Diagnostic>> {
        let catalogue = &self.web;
        let address = &catalogue.shelf.whole().addresses[index];
        let one = |bytes: Vec<u8>| Ok(Drawn::Files(vec![(address.file(), bytes)]));
        match &address.target {
            Target::Asset(id) => Ok(Drawn::Copy(*id)),
            Target::Feed(of, format) => {
                // Several paths of one feed have the same bytes: all name the first as their own.
                let feeds = catalogue.shelf.feeds_of(&catalogue.config, *of);
                let first = feeds.iter().find(|(known, _)| known == format).and_then(|(_, paths)| paths.first());
                let first = first.map(|path| &path.permalink);
                one(self.entries.feed(&self.feed, *of, *format, first.unwrap_or(&address.permalink)))
            }
            Target::Podcast => match &catalogue.config.podcast {
                Some(settings) => one(self.entries.podcast(&self.feed, settings, &address.permalink)),
                None => Ok(Drawn::Files(Vec::new())),
            },
            Target::Sitemap => Ok(Drawn::Files(self.sitemap())),
            Target::Robots => {
                let map = catalogue.shelf.base().join("sitemap.xml");
                one(robots::render(catalogue.config.outputs.sitemap.then(|| map.url())).into_bytes())
            }
            Target::Redirects => one(self.redirects().into_bytes()),
            Target::Alias(post) => {
                let post = catalogue.shelf.post(*post);
                let title = catalogue.word("redirect", "This page has moved to");
                let moved = Moved {
                    url: post.permalink.url(),
                    language: &catalogue.config.language,
                    title: &title,
                    label: &post.title,
                };
                one(redirects::page(&moved).into_bytes())
            }
            _ => match pages::draw(catalogue, &self.shared, address) {
                Some(page) => one(page?.into_bytes()),
                None => Ok(Drawn::Files(Vec::new())),
            },
        }
    }

    /// The mistakes that came up while drawing.
    #[must_use]
    pub fn take_mistakes(&self) -> Report {
        let mut report = self.web.take_mistakes();
        report.merge(self.feed.take_mistakes());
        report
    }

    fn sitemap(&self) -> Vec<(String, Vec<u8>)> {
        let library = self.web.shelf.whole();
        let pages: Vec<sitemap::Page<'_>> = library
            .addresses
            .iter()
            .filter(|address| address.target.is_page())
            .filter_map(|address| {
                let modified = match &address.target {
                    Target::Post(id) => {
                        let post = library.post(*id);
                        if post.state != crate::library::model::State::Published {
                            return None;
                        }
                        post.updated.as_ref().or(post.date.as_ref())
                    }
                    _ => None,
                };
                Some(sitemap::Page { url: address.permalink.url(), modified })
            })
            .collect();
        sitemap::render(&library.base, &pages)
    }

    fn redirects(&self) -> String {
        let library = self.web.shelf.whole();
        let mut scopes: Vec<FeedOf> = library
            .addresses
            .iter()
            .filter_map(|address| match address.target {
                Target::Feed(of, _) => Some(of),
                _ => None,
            })
            .collect();
        scopes.sort_unstable();
        scopes.dedup();
        let rewrites: Vec<(Permalink, Permalink)> = scopes
            .into_iter()
            .flat_map(|of| address::feeds_of(&self.web.config, library, of))
            .flat_map(|(_, paths)| paths)
            .filter_map(|path| Some((path.folder?, path.permalink)))
            .collect();
        let mut rules: Vec<Rule<'_>> = library
            .addresses
            .iter()
            .filter_map(|address| match &address.target {
                Target::Alias(post) => Some(Rule {
                    from: address.permalink.path(),
                    to: library.post(*post).permalink.path(),
                    answer: Answer::Moved,
                }),
                _ => None,
            })
            .collect();
        rules.extend(rewrites.iter().map(|(from, to)| Rule {
            from: from.path(),
            to: to.path(),
            answer: Answer::Rewrite,
        }));
        redirects::render(&rules)
    }
}

/// The state of everything that each page sees: `site.toml`, the theme but for its templates, and what both name of the site.
fn surroundings(catalogue: &Catalogue, shared: &Shared) -> Fingerprint {
    let (config, theme) = (&catalogue.config, &catalogue.theme);
    Fingerprint::builder("surroundings")
        .text(config.source.text())
        .text(&catalogue.shelf.base().to_string())
        .text(&theme.id)
        .bytes(&theme.words.fingerprint())
        .fingerprint(answers::fingerprint(&(&shared.theme, &shared.blocks, &shared.subscribe, &shared.feeds)))
        .text(&format!("{:?} {:?}", shared.head, catalogue.shelf.whole().site_links))
        .finish()
}
