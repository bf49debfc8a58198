//! The pages of the newsletter service: the theme's templates for them, compiled once, without a library. The program that answers readers has none at hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use tera::Context;
use tera::Value;

use crate::config::newsletter::Newsletter;
use crate::config::site::Config;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::bare::Bare;
use crate::edition::catalogue::extra;
use crate::edition::escape;
use crate::edition::service_view;
use crate::edition::service_view::FieldError;
use crate::edition::service_view::Hidden;
use crate::edition::service_view::ServiceView;
use crate::edition::service_view::Typed;
use crate::edition::service_view::Undo;
use crate::edition::service_words;
use crate::edition::view::PageView;
use crate::edition::web::head;
use crate::theme::Theme;
use crate::theme::sources::Edition;
use crate::theme::templates::Templates;

/// What `page.kind` is on these pages.
const KIND: &str = "service";

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServicePage {
    /// The form.
    Subscribe,
    /// One button, for a form that was sent without a script.
    Send,
    /// "Check your inbox", the same whoever asked.
    CheckInbox,
    /// One button that confirms.
    Confirm,
    /// What comes when.
    Confirmed,
    /// Leave, or pause: a button each.
    Unsubscribe,
    /// Done, with undo.
    Unsubscribed,
    /// Paused, with undo.
    Paused,
    /// One button that mails a fresh link.
    Manage,
    /// Newsletters, address, download, erase.
    Preferences,
    /// A link is on its way.
    LinkSent,
    /// One button that takes a new address into use.
    Address,
    /// Everything is gone.
    Erased,
    /// The lead form, with what was wrong.
    Lead,
    /// The message has been taken.
    LeadSent,
    /// What went wrong, and what to do.
    Problem,
}

impl ServicePage {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Subscribe,
        Self::Send,
        Self::CheckInbox,
        Self::Confirm,
        Self::Confirmed,
        Self::Unsubscribe,
        Self::Unsubscribed,
        Self::Paused,
        Self::Manage,
        Self::Preferences,
        Self::LinkSent,
        Self::Address,
        Self::Erased,
        Self::Lead,
        Self::LeadSent,
        Self::Problem,
    ];

    /// The word for it: its template's name, and `service.kind` in templates.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Send => "send",
            Self::CheckInbox => "check-inbox",
            Self::Confirm => "confirm",
            Self::Confirmed => "confirmed",
            Self::Unsubscribe => "unsubscribe",
            Self::Unsubscribed => "unsubscribed",
            Self::Paused => "paused",
            Self::Manage => "manage",
            Self::Preferences => "preferences",
            Self::LinkSent => "link-sent",
            Self::Address => "address",
            Self::Erased => "erased",
            Self::Lead => "lead",
            Self::LeadSent => "lead-sent",
            Self::Problem => "problem",
        }
    }

    /// Reads [`ServicePage::word`], and nothing else.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.word() == word)
    }

    /// Its template.
    #[must_use]
    pub fn template(self) -> String {
        format!("web/service/{}.html", self.word())
    }
}

/// The compiled templates of a theme for these pages, and what every one of them sees.
pub struct ServicePress {
    bare: Arc<Bare>,
    templates: Templates,
    context: Context,
    links: String,
}

/// `service` in templates.
#[derive(Serialize)]
struct Service<'a> {
    kind: &'static str,
    title: &'a str,
    newsletter: Letter<'a>,
    newsletters: Vec<Letter<'a>>,
    action: &'a str,
    fields: &'a [Hidden],
    address: Option<&'a str>,
    message: Option<&'a str>,
    errors: &'a [FieldError],
    undo: Option<&'a Undo>,
    manage: Option<&'a str>,
    typed: &'a Typed,
}

/// A newsletter in templates.
#[derive(Serialize)]
struct Letter<'a> {
    id: &'a str,
    name: &'a str,
    promise: Option<&'a str>,
    status: &'a str,
}

impl ServicePress {
    /// Compiles the templates. Every mistake in them is in the report, and so is each template that the theme lacks; there is no press where there is one. `links` is where the links of
    /// `site.toml` lead ([`crate::library::model::Library::site_links`]), as far as somebody knows the content: one that names a file and is not among them is left out.
    #[must_use]
    pub fn new(config: &Arc<Config>, theme: &Arc<Theme>, links: &BTreeMap<String, String>) -> (Option<Self>, Report) {
        let bare = Arc::new(Bare::new(config, theme, links));
        let (templates, mut report) =
            bare.with_vocabulary(|words| Templates::compile(&theme.sources, Edition::Service, words));
        let Some(templates) = templates else { return (None, report) };
        let lacking: Vec<String> =
            ServicePage::ALL.into_iter().map(ServicePage::template).filter(|name| !templates.has(name)).collect();
        if !lacking.is_empty() {
            report.push(missing(config, theme, &lacking));
            return (None, report);
        }
        let (context, links) = (bare.context(), style_links(config, theme));
        (Some(Self { bare, templates, context, links }), report)
    }

    /// A page as HTML.
    ///
    /// # Errors
    /// The mistake in the theme's template.
    pub fn page(&self, page: ServicePage, view: &ServiceView) -> Result<String, Box<Diagnostic>> {
        let config = &self.bare.config;
        let title = view.title.clone().unwrap_or_else(|| self.title(page));
        let newsletter = config.newsletters.iter().find(|known| known.id == view.newsletter);
        let newsletter = newsletter.unwrap_or_else(|| config.newsletter());
        let newsletters = view.newsletters.iter().filter_map(|(id, status)| {
            let known = config.newsletters.iter().find(|known| known.id == *id)?;
            Some(letter(config, known, status))
        });
        let address = view.address.as_deref().map(service_view::unbroken);
        let service = Service {
            kind: page.word(),
            title: &title,
            newsletter: letter(config, newsletter, &view.status),
            newsletters: newsletters.collect(),
            action: &view.action,
            fields: &view.fields,
            address: address.as_deref(),
            message: view.message.as_deref(),
            errors: &view.errors,
            undo: view.undo.as_ref(),
            manage: view.manage.as_deref(),
            typed: &view.typed,
        };
        let mut context = self.context.clone();
        context.insert_value("service", Value::from_serializable(&service));
        context.insert_value("page", self.page_view(&title));
        context.insert_value("head", Value::safe_string(&self.head(&title)));
        self.templates.render(&page.template(), &context)
    }

    /// A word that the program itself says: of the theme, else English.
    #[must_use]
    pub fn word(&self, key: &str, arguments: &[(&str, String)]) -> String {
        self.bare.word(key, service_words::english(key), arguments)
    }

    /// The heading of a page, unless what it shows has one of its own.
    #[must_use]
    pub fn title(&self, page: ServicePage) -> String {
        self.word(&format!("service.title.{}", page.word().replace('-', "_")), &[])
    }

    /// The page has no address of its own that might be passed on: the one that the reader sees may hold a token.
    fn page_view(&self, title: &str) -> Value {
        let config = &self.bare.config;
        let url = config.subscribe.endpoint.as_ref().map_or(&config.base_url, |endpoint| &endpoint.url);
        Value::from_serializable(&PageView {
            kind: KIND,
            title: title.to_owned(),
            description: String::new(),
            url: &url.to_string(),
            path: url.root(),
            language: config.language.as_str(),
            number: 1,
            feeds: Vec::new(),
            breadcrumbs: Vec::new(),
            extra: extra(None),
        })
    }

    fn head(&self, title: &str) -> String {
        let mut out = String::with_capacity(512);
        out.push_str("<title>");
        escape::text(title, &mut out);
        out.push_str(" | ");
        escape::text(&self.bare.config.title, &mut out);
        out.push_str("</title>\n");
        head::element(&mut out, "meta", &[("name", "robots"), ("content", "noindex")]);
        out.push_str(&self.links);
        head::element(&mut out, "meta", &[("name", "generator"), ("content", "Letterpress")]);
        out
    }

    /// A page's view with everything in it that the page can show, for previews and tests.
    #[must_use]
    pub fn sample(&self, page: ServicePage) -> ServiceView {
        let config = &self.bare.config;
        let at = |below: &str| {
            let endpoint = config.subscribe.endpoint.as_ref();
            endpoint.map_or_else(|| format!("#{below}"), |endpoint| endpoint.at(below))
        };
        let field = config.subscribe.email_field.as_deref().unwrap_or("email");
        let error = |field: &str, key: &str| FieldError { field: field.to_owned(), message: self.word(key, &[]) };
        let address = "j…@e….com".to_owned();
        let mut view =
            ServiceView { action: at(page.word()), address: Some(address.clone()), ..ServiceView::default() };
        match page {
            ServicePage::Subscribe => {
                view.typed.email = "jane@example".into();
                view.errors = vec![error(field, "service.bad_address")];
            }
            ServicePage::Lead => {
                view.typed = Typed { name: "Jane Doe".into(), email: "jane@example".into(), ..Typed::default() };
                view.errors = vec![error("email", "service.bad_address"), error("looking_for", "service.bad_choice")];
            }
            ServicePage::Unsubscribe => {
                view.status = "confirmed".into();
                view.manage = Some(at("manage"));
            }
            ServicePage::Unsubscribed | ServicePage::Paused => {
                view.undo = Some(Undo { action: at("undo"), fields: Vec::new() });
            }
            ServicePage::Preferences => {
                let words = ["confirmed", "paused", "unsubscribed", ""].into_iter().cycle();
                let ids = config.newsletters.iter().map(|known| known.id.clone());
                view.newsletters = ids.zip(words.map(str::to_owned)).collect();
            }
            ServicePage::LinkSent => view.message = Some(self.word("service.address_sent", &[("address", address)])),
            ServicePage::Problem => view.message = Some(self.word("service.old_link", &[])),
            _ => {}
        }
        view
    }
}

fn letter<'a>(config: &'a Config, newsletter: &'a Newsletter, status: &'a str) -> Letter<'a> {
    // What the form on the site promises, it promises of the newsletter that it subscribes to.
    let form = config.subscribe.promise.as_deref().filter(|_| newsletter.id == config.newsletter().id);
    Letter { id: &newsletter.id, name: &newsletter.name, promise: newsletter.promise.as_deref().or(form), status }
}

/// The stylesheets, under the names that they have on the built site.
fn style_links(config: &Config, theme: &Theme) -> String {
    let mut out = String::new();
    let is_ours =
        |kinds: &Option<Vec<String>>| kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| kind == KIND));
    for style in theme.styles.iter().filter(|style| is_ours(&style.pages)) {
        let permalink = config.base_url.join(style.path.as_str());
        head::element(&mut out, "link", &[("rel", "stylesheet"), ("href", permalink.url())]);
    }
    out
}

/// The templates that the theme lacks, where `site.toml` asks for the service.
fn missing(config: &Config, theme: &Theme, lacking: &[String]) -> Diagnostic {
    let message = format!("the theme `{}` lacks pages of the newsletter service: {}", theme.id, lacking.join(", "));
    let diagnostic = Diagnostic::error("missing-template", message);
    let diagnostic = match &config.subscribe.endpoint {
        Some(endpoint) => diagnostic.at(&config.source, endpoint.span.clone()).label("readers would see them here"),
        None => diagnostic,
    };
    diagnostic.hint("write them, or write extends = \"broadside\" in its theme.toml to take from there what it lacks")
}
