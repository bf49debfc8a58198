//! What a notice says, as its templates see it.

use jiff::Zoned;
use serde::Serialize;
use tera::Context;

use crate::config::newsletter::Newsletter;
use crate::config::site::Config;
use crate::edition::dates;
use crate::edition::view::DateView;
use crate::newsletter::mailing::NoticeKind;
use crate::newsletter::notice::Lead;
use crate::theme::Theme;
use crate::value::web_url::WebUrl;

/// One notice. Nothing of what a stranger typed goes into a notice to a reader; only [`NoticeKind::Lead`], which the site's owner gets, has it.
#[derive(Clone, Debug)]
pub struct NoticeView {
    /// Which one.
    pub kind: NoticeKind,
    /// The id of the newsletter that it is about; the site's first one where there is no such id.
    pub newsletter: String,
    /// The one address that the mail is about; none in a lead.
    pub link: Option<WebUrl>,
    /// The page that ends the subscription. None in a mail to somebody who is not subscribed.
    pub unsubscribe: Option<WebUrl>,
    /// For a welcome: the latest posts, newest first.
    pub posts: Vec<LatestPost>,
    /// For a lead: what was written.
    pub lead: Option<Lead>,
}

/// A post that a welcome shows.
#[derive(Clone, Debug)]
pub struct LatestPost {
    /// Title, plain.
    pub title: String,
    /// Where it is.
    pub url: WebUrl,
    /// What it is about, plain; may be empty.
    pub description: String,
    /// When it was published, where that is known.
    pub date: Option<Zoned>,
}

#[derive(Serialize)]
pub(in crate::edition::mail) struct ServiceView<'a> {
    kind: &'static str,
    title: String,
    newsletter: NewsletterView<'a>,
}

#[derive(Serialize)]
struct NewsletterView<'a> {
    id: &'a str,
    name: &'a str,
    promise: Option<&'a str>,
    postal_address: Option<&'a str>,
}

#[derive(Serialize)]
struct PostView<'a> {
    title: &'a str,
    url: &'a str,
    description: &'a str,
    date: Option<DateView>,
}

#[derive(Serialize)]
struct LeadView<'a> {
    name: &'a str,
    email: &'a str,
    looking_for: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct LinksView<'a> {
    unsubscribe: Option<&'a str>,
}

/// `service`: what the mail is, and which newsletter it is about.
pub(in crate::edition::mail) fn service<'c>(
    kind: &'static str,
    title: String,
    newsletter: &'c Newsletter,
) -> ServiceView<'c> {
    let newsletter = NewsletterView {
        id: &newsletter.id,
        name: &newsletter.name,
        promise: newsletter.promise.as_deref(),
        postal_address: newsletter.postal_address.as_deref(),
    };
    ServiceView { kind, title, newsletter }
}

impl NoticeView {
    /// The newsletter of `site.toml` that it is about.
    pub(in crate::edition::mail) fn newsletter<'c>(&self, config: &'c Config) -> &'c Newsletter {
        let named = config.newsletters.iter().find(|newsletter| newsletter.id == self.newsletter);
        named.unwrap_or_else(|| config.newsletter())
    }

    /// What the words of the subject may name.
    pub(in crate::edition::mail) fn subject_arguments(&self, config: &Config) -> [(&'static str, String); 3] {
        let name = self.lead.as_ref().map_or("", |lead| if lead.name.is_empty() { &lead.email } else { &lead.name });
        [
            ("newsletter", self.newsletter(config).name.clone()),
            ("title", config.title.clone()),
            ("name", name.to_owned()),
        ]
    }

    /// Adds what this notice's own templates see.
    pub(in crate::edition::mail) fn fill(&self, context: &mut Context, title: String, config: &Config, theme: &Theme) {
        let service = service(self.kind.word(), title, self.newsletter(config));
        let posts: Vec<PostView<'_>> = self.posts.iter().map(|post| post.view(config, theme)).collect();
        let lead = self.lead.as_ref().map(|lead| LeadView {
            name: &lead.name,
            email: &lead.email,
            looking_for: &lead.looking_for,
            message: &lead.message,
        });
        context.insert("service", &service);
        context.insert("link", &self.link.as_ref().map(WebUrl::as_str));
        context.insert("links", &LinksView { unsubscribe: self.unsubscribe.as_ref().map(WebUrl::as_str) });
        context.insert("posts", &posts);
        context.insert("lead", &lead);
    }
}

impl LatestPost {
    fn view(&self, config: &Config, theme: &Theme) -> PostView<'_> {
        PostView {
            title: &self.title,
            url: self.url.as_str(),
            description: &self.description,
            date: self.date.as_ref().map(|date| dates::view(date, &theme.words, &config.language)),
        }
    }
}
