//! What templates see that are drawn without a library: of the functions `t`, `asset` and `picture`, and of the variables `site`, `theme`, `blocks` and `subscribe` what
//! the configuration and the theme alone can say. They are for readers who are not on the site, so that every address is a whole one.

use std::collections::BTreeMap;
use std::sync::Arc;

use tera::Context;
use tera::Kwargs;
use tera::State;
use tera::Tera;
use tera::TeraResult;
use tera::Value;

use crate::config::site::Config;
use crate::content::links::has_scheme;
use crate::edition::catalogue::extra;
use crate::edition::functions;
use crate::edition::view::BlocksView;
use crate::edition::view::FieldView;
use crate::edition::view::LeadView;
use crate::edition::view::ListenView;
use crate::edition::view::NavigationView;
use crate::edition::view::NewsletterRef;
use crate::edition::view::SiteView;
use crate::edition::view::SubscribeView;
use crate::theme::Theme;
use crate::theme::templates::Vocabulary;

/// Names of the functions.
pub const FUNCTIONS: [&str; 3] = ["asset", "picture", "t"];

/// A site as far as it is known without its content.
pub struct Bare {
    /// The configuration.
    pub config: Arc<Config>,
    /// The theme.
    pub theme: Arc<Theme>,
    links: BTreeMap<String, String>,
}

impl Bare {
    /// `links` is where the links of `site.toml` lead ([`crate::library::model::Library::site_links`]), as far as somebody knows the content. One that names a file of the content and is
    /// not among them leads nowhere, and is left out.
    #[must_use]
    pub fn new(config: &Arc<Config>, theme: &Arc<Theme>, links: &BTreeMap<String, String>) -> Self {
        Self { config: Arc::clone(config), theme: Arc::clone(theme), links: links.clone() }
    }

    /// Compiles nothing itself: gives `work` the vocabulary whose functions look into this site.
    pub fn with_vocabulary<T>(self: &Arc<Self>, work: impl FnOnce(&Vocabulary<'_>) -> T) -> T {
        let register = |tera: &mut Tera| register(tera, self);
        work(&Vocabulary { functions: &FUNCTIONS, filters: &functions::FILTERS, tests: &[], register: &register })
    }

    /// A word of the theme in the site's language; `default`, which is English, where the theme has none.
    #[must_use]
    pub fn word(&self, key: &str, default: &str, arguments: &[(&str, String)]) -> String {
        self.theme.words.text(key, &self.config.language, None, arguments).unwrap_or_else(|_| {
            arguments.iter().fold(default.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
        })
    }

    /// The whole address of what `site.toml` links to.
    fn link(&self, written: &str) -> Option<String> {
        let base = &self.config.base_url;
        let found = self.links.get(written).map_or(written, String::as_str);
        if has_scheme(found) {
            Some(found.to_owned())
        } else if found != written {
            // What a library found begins at the host's root.
            Some(format!("{}{found}", base.origin()))
        } else {
            let is_address = written.starts_with('/') || written.ends_with('/');
            is_address.then(|| base.join(written).url().to_owned())
        }
    }

    /// The variables.
    #[must_use]
    pub fn context(&self) -> Context {
        let manifest = &self.theme.manifest;
        let theme = serde_json::json!({ "name": manifest.name, "version": manifest.version, "extra": manifest.extra });
        let mut context = Context::new();
        context.insert_value("site", self.site());
        context.insert_value("theme", Value::from_serializable(&theme));
        context.insert_value("blocks", self.blocks());
        context.insert_value("subscribe", self.subscribe());
        context
    }

    fn site(&self) -> Value {
        let config = &self.config;
        let links: Vec<(&str, String)> =
            config.navigation.iter().filter_map(|(label, to)| Some((label.as_str(), self.link(&to.value)?))).collect();
        let home = config.base_url.to_string();
        Value::from_serializable(&SiteView {
            title: &config.title,
            description: &config.description,
            url: home.clone(),
            root: &home,
            language: config.language.as_str(),
            navigation: links.iter().map(|(label, url)| NavigationView { label, url, current: false }).collect(),
            feeds: Vec::new(),
            copyright: config.copyright.as_deref(),
            extra: extra(Some(&config.extra)),
        })
    }

    fn blocks(&self) -> Value {
        let blocks = &self.config.blocks;
        let endpoint = self.config.subscribe.endpoint.as_ref();
        let lead = blocks.lead.as_ref().map(|lead| LeadView {
            title: &lead.title,
            text: lead.text.as_deref(),
            prompt: lead.prompt.as_deref(),
            options: &lead.options,
            button: lead.button.as_deref(),
            action: lead.action.clone().or_else(|| Some(endpoint?.at("lead"))),
            token: None,
            mailto: lead.mailto.as_deref(),
            fields: fields(&lead.fields),
        });
        Value::from_serializable(&BlocksView {
            header: &blocks.header,
            aside: &blocks.aside,
            footer: &blocks.footer,
            listen: ListenView { read_aloud: false },
            banner: None,
            community: None,
            podcast: None,
            lead,
        })
    }

    fn subscribe(&self) -> Value {
        let subscribe = &self.config.subscribe;
        let newsletter = self.config.newsletter();
        let privacy = subscribe.privacy.as_ref().and_then(|link| self.link(&link.value));
        Value::from_serializable(&SubscribeView {
            action: subscribe.action.clone().or_else(|| Some(subscribe.endpoint.as_ref()?.at("subscribe"))),
            token: None,
            email_field: subscribe.email_field.as_deref().unwrap_or("email"),
            fields: fields(&subscribe.fields),
            mailto: subscribe.mailto.as_deref(),
            title: subscribe.title.as_deref(),
            promise: subscribe.promise.as_deref(),
            button: subscribe.button.as_deref(),
            privacy_path: privacy.as_deref(),
            newsletter: NewsletterRef { id: &newsletter.id, name: &newsletter.name },
        })
    }

    /// The absolute address of a file of the theme, under the name that it has on the built site.
    pub(in crate::edition) fn file(&self, path: &str) -> Option<String> {
        let path = path.trim_start_matches('/');
        let fingerprint = self.theme.assets.fingerprint(path)?;
        Some(format!("{}?h={fingerprint}", self.config.base_url.join(path).url()))
    }

    /// A file: one that the theme does not have is one of the content, which nobody here can look at.
    fn asset(&self, kwargs: &Kwargs) -> TeraResult<Value> {
        let path = kwargs.must_get::<&str>("path")?;
        let of_content = || self.config.base_url.join(path.trim_start_matches('/')).url().to_owned();
        Ok(Value::from(self.file(path).unwrap_or_else(of_content)))
    }
}

fn fields(fields: &[(String, String)]) -> Vec<FieldView<'_>> {
    fields.iter().map(|(name, value)| FieldView { name, value }).collect()
}

fn register(tera: &mut Tera, bare: &Arc<Bare>) {
    register_words(tera, bare);
    let assets = Arc::clone(bare);
    tera.register_function("asset", move |kwargs: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        functions::refuse_unknown("asset", &kwargs, Some(&["path"]))?;
        assets.asset(&kwargs)
    });
    tera.register_function("picture", |kwargs: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        functions::refuse_unknown("picture", &kwargs, Some(functions::PICTURE))?;
        functions::picture(&kwargs)
    });
    functions::register_filters(tera);
}

/// `t(key=…)`.
pub(in crate::edition) fn register_words(tera: &mut Tera, bare: &Arc<Bare>) {
    let words = Arc::clone(bare);
    tera.register_function("t", move |kwargs: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        functions::word(&words.theme.words, &words.config.language, &kwargs)
    });
}
