//! A publication: its web edition and its feeds, one file after another.

use std::sync::Arc;

use tera::Context;

use crate::config::site::Config;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::catalogue::Catalogue;
use crate::edition::entries::Entries;
use crate::edition::functions::Slot;
use crate::edition::media::Media;
use crate::edition::web::pages;
use crate::edition::web::redirects;
use crate::edition::web::redirects::Answer;
use crate::edition::web::redirects::Moved;
use crate::edition::web::redirects::Rule;
use crate::edition::web::robots;
use crate::edition::web::shared;
use crate::edition::web::shared::Shared;
use crate::edition::web::sitemap;
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
}

/// What becomes of an address.
pub enum Drawn {
    /// Files below the output folder, with their bytes.
    Files(Vec<(String, Vec<u8>)>),
    /// The file of `content/` as it is.
    Copy(crate::library::model::AssetId),
}

impl Publication {
    /// Puts a publication together.
    #[must_use]
    pub fn new(
        config: Arc<Config>,
        library: Arc<Library>,
        theme: Arc<Theme>,
        press: &Press,
        media: Arc<Media>,
    ) -> Self {
        let catalogue = |templates: &Arc<Templates>, slot: &Slot| {
            let templates = Arc::clone(templates);
            let (config, library) = (Arc::clone(&config), Arc::clone(&library));
            let catalogue =
                Arc::new(Catalogue::new(config, library, Arc::clone(&theme), templates, Arc::clone(&media)));
            slot.put(&catalogue);
            catalogue
        };
        let web = catalogue(&press.web, &press.web_slot);
        let feed = catalogue(&press.feed, &press.feed_slot);
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
        Self { entries: Entries::new(&library), web, feed, shared }
    }

    /// What the pages are made from.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.web
    }

    /// How many addresses there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.web.library.addresses.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the address of that number is, from the host's root.
    #[must_use]
    pub fn path(&self, index: usize) -> &str {
        self.web.library.addresses[index].permalink.path()
    }

    /// Draws the address of that number.
    ///
    /// # Errors
    /// The mistake in the template.
    pub fn draw(&self, index: usize) -> Result<Drawn, Box<Diagnostic>> {
        let catalogue = &self.web;
        let address = &catalogue.library.addresses[index];
        let one = |bytes: Vec<u8>| Ok(Drawn::Files(vec![(address.file(), bytes)]));
        match &address.target {
            Target::Asset(id) => Ok(Drawn::Copy(*id)),
            Target::Feed(of, format) => {
                // Several paths of one feed have the same bytes: all name the first as their own.
                let feeds = address::feeds_of(&catalogue.config, &catalogue.library, *of);
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
                let map = catalogue.library.base.join("sitemap.xml");
                one(robots::render(catalogue.config.outputs.sitemap.then(|| map.url())).into_bytes())
            }
            Target::Redirects => one(self.redirects().into_bytes()),
            Target::Alias(post) => {
                let post = catalogue.library.post(*post);
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
        let library = &self.web.library;
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
        let library = &self.web.library;
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
