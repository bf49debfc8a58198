//! The variables that every page sees, made once: site, theme, blocks, subscribe.

use std::sync::OnceLock;

use tera::Value;

use crate::config::blocks::Callout;
use crate::config::feeds::FeedFormat;
use crate::edition::catalogue::Catalogue;
use crate::edition::catalogue::extra;
use crate::edition::view::BlocksView;
use crate::edition::view::CalloutView;
use crate::edition::view::CommunityView;
use crate::edition::view::FeedView;
use crate::edition::view::FieldView;
use crate::edition::view::LeadView;
use crate::edition::view::LinkView;
use crate::edition::view::ListenView;
use crate::edition::view::NavigationView;
use crate::edition::view::NewsletterRef;
use crate::edition::view::SiteView;
use crate::edition::view::SubscribeView;
use crate::edition::web::head;
use crate::edition::web::head::Constant;
use crate::library::address::FeedOf;
use crate::library::model::AssetId;

/// What every page sees.
#[derive(Debug)]
pub struct Shared {
    /// `site`, by which navigation link is current (the last: none).
    sites: Vec<OnceLock<Value>>,
    /// `theme`.
    pub theme: Value,
    /// `blocks`.
    pub blocks: Value,
    /// `subscribe`.
    pub subscribe: Value,
    /// The constant parts of the head.
    pub head: Constant,
    /// The site's feeds.
    pub feeds: Vec<FeedView>,
}

/// Makes what every page sees.
#[must_use]
pub fn make(catalogue: &Catalogue) -> Shared {
    let mut feeds = feeds_of(catalogue, FeedOf::Site, &catalogue.config.title);
    if let Some(podcast) = &catalogue.config.podcast {
        let permalink = catalogue.shelf.base().join(&podcast.path);
        feeds.push(FeedView {
            title: podcast.title.clone().unwrap_or_else(|| catalogue.config.title.clone()),
            url: permalink.url().to_owned(),
            path: permalink.path().to_owned(),
            mime: FeedFormat::Rss.mime(),
            format: "podcast",
        });
    }
    let manifest = &catalogue.theme.manifest;
    let theme = serde_json::json!({ "name": manifest.name, "version": manifest.version, "extra": manifest.extra });
    let count = catalogue.config.navigation.len() + 1;
    Shared {
        sites: std::iter::repeat_with(OnceLock::new).take(count).collect(),
        theme: Value::from_serializable(&theme),
        blocks: blocks(catalogue),
        subscribe: subscribe(catalogue),
        head: head::constant(catalogue, &feeds),
        feeds,
    }
}

/// The feeds of one thing as views, the first path of each format.
#[must_use]
pub fn feeds_of(catalogue: &Catalogue, of: FeedOf, title: &str) -> Vec<FeedView> {
    catalogue
        .shelf
        .feeds_of(&catalogue.config, of)
        .into_iter()
        .filter_map(|(format, paths)| {
            let first = &paths.first()?.permalink;
            let name = match format {
                FeedFormat::Atom => "Atom",
                FeedFormat::Rss => "RSS",
                FeedFormat::Json => "JSON",
            };
            Some(FeedView {
                title: format!("{title} ({name})"),
                url: first.url().to_owned(),
                path: first.path().to_owned(),
                mime: format.mime(),
                format: format.word(),
            })
        })
        .collect()
}

impl Shared {
    /// `site` as the page at `path` sees it: the navigation link that is nearest above it is current.
    #[must_use]
    pub fn site(&self, catalogue: &Catalogue, path: &str) -> Value {
        let shelf = &catalogue.shelf;
        let links: Vec<&str> =
            catalogue.config.navigation.iter().map(|(_, to)| resolve(catalogue, &to.value)).collect();
        let root = shelf.base().root();
        let current = links
            .iter()
            .enumerate()
            .filter(|(_, link)| **link == path || (**link != root && link.ends_with('/') && path.starts_with(**link)))
            .max_by_key(|(_, link)| link.len())
            .map_or(links.len(), |(index, _)| index);
        self.sites[current].get_or_init(|| self.make_site(catalogue, &links, current)).clone()
    }

    fn make_site(&self, catalogue: &Catalogue, links: &[&str], current: usize) -> Value {
        let config = &catalogue.config;
        let navigation = config
            .navigation
            .iter()
            .zip(links)
            .enumerate()
            .map(|(index, ((label, _), url))| NavigationView { label, url, current: index == current })
            .collect();
        Value::from_serializable(&SiteView {
            title: &config.title,
            description: &config.description,
            url: catalogue.shelf.base().to_string(),
            root: catalogue.shelf.base().root(),
            language: config.language.as_str(),
            navigation,
            feeds: self.feeds.clone(),
            copyright: config.copyright.as_deref(),
            extra: extra(Some(&config.extra)),
        })
    }
}

/// What a link of `site.toml` became.
fn resolve<'a>(catalogue: &'a Catalogue, written: &'a str) -> &'a str {
    catalogue.shelf.whole().site_links.get(written).map_or(written, String::as_str)
}

fn blocks(catalogue: &Catalogue) -> Value {
    let blocks = &catalogue.config.blocks;
    let community = blocks.community.as_ref().map(|community| CommunityView {
        title: &community.title,
        text: community.text.as_deref(),
        links: community
            .links
            .iter()
            .map(|(label, url)| LinkView { label, url: resolve(catalogue, &url.value) })
            .collect(),
    });
    let endpoint = catalogue.config.subscribe.endpoint.as_ref();
    let lead = blocks.lead.as_ref().map(|lead| LeadView {
        title: &lead.title,
        text: lead.text.as_deref(),
        prompt: lead.prompt.as_deref(),
        options: &lead.options,
        button: lead.button.as_deref(),
        action: lead.action.clone().or_else(|| Some(endpoint?.at("lead"))),
        token: endpoint.filter(|_| lead.action.is_none()).map(|endpoint| endpoint.at("form-token")),
        mailto: lead.mailto.as_deref(),
        fields: fields(&lead.fields),
    });
    Value::from_serializable(&BlocksView {
        header: &blocks.header,
        aside: &blocks.aside,
        footer: &blocks.footer,
        listen: ListenView { read_aloud: blocks.read_aloud },
        banner: callout(catalogue, blocks.banner.as_ref(), catalogue.shelf.whole().banner_image),
        community,
        podcast: callout(catalogue, blocks.podcast.as_ref(), None),
        lead,
    })
}

fn callout<'a>(
    catalogue: &'a Catalogue,
    callout: Option<&'a Callout>,
    image: Option<AssetId>,
) -> Option<CalloutView<'a>> {
    let callout = callout?;
    Some(CalloutView {
        title: &callout.title,
        text: callout.text.as_deref(),
        label: callout.label.as_deref(),
        url: callout.url.as_ref().map(|url| resolve(catalogue, &url.value)),
        image: image.and_then(|id| catalogue.shelf.view(id)),
    })
}

fn fields(fields: &[(String, String)]) -> Vec<FieldView<'_>> {
    fields.iter().map(|(name, value)| FieldView { name, value }).collect()
}

fn subscribe(catalogue: &Catalogue) -> Value {
    let subscribe = &catalogue.config.subscribe;
    let newsletter = catalogue.config.newsletter();
    let endpoint = subscribe.endpoint.as_ref();
    Value::from_serializable(&SubscribeView {
        action: subscribe.action.clone().or_else(|| Some(endpoint?.at("subscribe"))),
        token: endpoint.filter(|_| subscribe.action.is_none()).map(|endpoint| endpoint.at("form-token")),
        email_field: subscribe.email_field.as_deref().unwrap_or("email"),
        fields: fields(&subscribe.fields),
        mailto: subscribe.mailto.as_deref(),
        title: subscribe.title.as_deref(),
        promise: subscribe.promise.as_deref(),
        button: subscribe.button.as_deref(),
        privacy_path: subscribe.privacy.as_ref().map(|path| resolve(catalogue, &path.value)),
        newsletter: NewsletterRef { id: &newsletter.id, name: &newsletter.name },
    })
}
