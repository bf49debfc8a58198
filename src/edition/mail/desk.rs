//! Where an issue is drawn: its text in parts, its posts, then the theme's templates, once as HTML, once as plain text, once for the page.

use std::sync::Arc;

use serde::Serialize;

use crate::content::document::Body;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::edition::article;
use crate::edition::article::Place;
use crate::edition::catalogue::Catalogue;
use crate::edition::html::Part;
use crate::edition::html::Policy;
use crate::edition::mail::MailText;
use crate::edition::mail::issue::Detail;
use crate::edition::mail::issue::IssueDraft;
use crate::edition::mail::issue::IssueMail;
use crate::edition::mail::notice;
use crate::edition::mail::parts;
use crate::edition::mail::parts::Parts;
use crate::edition::mail::place::MailPlace;
use crate::edition::mail::plain;
use crate::edition::mail::plain::Links;
use crate::edition::mail::press::MailPress;
use crate::edition::mail::settle::Settler;
use crate::edition::mail::story::REST;
use crate::edition::mail::story::Story;
use crate::edition::mail::tag::Tag;
use crate::edition::mail::weight;
use crate::library::links::Resolver;
use crate::library::mentions;
use crate::library::model::Post;
use crate::library::model::PostId;
use crate::library::model::Resolved;
use crate::newsletter::reader_link;
use crate::theme::sources::Edition;
use crate::value::header_text::HeaderText;
use crate::value::url::Permalink;

/// Characters of a picture's address that are said: one may hold the whole picture.
const SHOWN: usize = 80;

/// What a drawing is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::edition::mail) enum Form {
    /// The HTML part.
    Html,
    /// The plain-text part.
    Text,
    /// The issue's page.
    Page,
}

/// One issue at work.
pub(in crate::edition::mail) struct Desk<'a> {
    press: &'a MailPress,
    pub(in crate::edition::mail) mail: Arc<Catalogue>,
    web: &'a Catalogue,
    pub(in crate::edition::mail) draft: &'a IssueDraft<'a>,
    /// The posts that are there: which mention, which post.
    pub(in crate::edition::mail) posts: Vec<(usize, PostId)>,
    resolver: Resolver<'a>,
    resolved: Vec<(usize, Resolved)>,
    tag: Option<Tag>,
    /// The heading of posts without a category, where others stand by theirs.
    pub(in crate::edition::mail) rest: String,
    /// What was wrong with the text before anything was drawn.
    report: Report,
}

/// The addresses that every mail of an issue has.
#[derive(Clone, Debug, Serialize)]
struct LinksView {
    /// The issue's page.
    browser: String,
    /// The page to pause or leave, or an address to write to.
    unsubscribe: Option<String>,
    /// The page of one's settings.
    preferences: Option<String>,
}

impl<'a> Desk<'a> {
    pub(in crate::edition::mail) fn new(press: &'a MailPress, web: &'a Catalogue, draft: &'a IssueDraft<'a>) -> Self {
        let library = web.shelf.whole();
        let mail = Arc::new(Catalogue::new(
            Arc::clone(&web.config),
            Arc::clone(&web.shelf),
            Arc::clone(&web.theme),
            Arc::clone(&press.templates),
            Edition::Mail,
            Arc::clone(&web.cache),
        ));
        if let Some(surroundings) = web.surroundings.get() {
            // Set once, here: the catalogue was made a moment ago.
            let _ = mail.surroundings.set(surroundings.clone());
        }
        press.slot.put(&mail);
        let resolver = Resolver::new(library, &library.addresses);
        let (resolved, report) = resolver.resolve_all(&draft.text.body, draft.permalink);
        let named = draft.text.posts.iter().enumerate();
        let posts = named
            .filter_map(|(at, mention)| Some((at, mentions::meant(library, draft.posts, &mention.id.value)?)))
            .collect();
        let endpoint = web.config.subscribe.endpoint.as_ref().map(|endpoint| endpoint.at(""));
        let tag = draft.newsletter.issues.utm.as_ref().map(|utm| {
            let folder = &draft.text.name.folder;
            Tag::new(utm, &library.base.to_string(), endpoint, folder.get(..10).unwrap_or(folder))
        });
        let rest = mail.word(REST.0, REST.1);
        Self { press, mail, web, draft, posts, resolver, resolved, tag, rest, report }
    }

    /// Whether many posts may stand by category: not where the newsletter does not want it, and not where somebody has put them in an order of their own.
    pub(in crate::edition::mail) fn may_group(&self) -> bool {
        let shelf = &self.web.shelf;
        let named: Vec<&str> = self.posts.iter().map(|(_, id)| &*shelf.post(*id).id).collect();
        let offered = self.draft.text.front.offered.iter().map(|id| &*id.value);
        let as_composed: Vec<&str> = offered.filter(|id| named.contains(id)).collect();
        self.draft.newsletter.issues.group && as_composed == named
    }

    /// Draws everything, saying that much of posts.
    ///
    /// # Errors
    /// As [`MailPress::issue`].
    pub(in crate::edition::mail) fn draw(&self, detail: Detail) -> Result<IssueMail, Report> {
        let config = &self.web.config;
        let shape = self.draft.newsletter.issues.shape.word();
        let mut settler = Settler::new(&self.web.shelf, self.draft.facts, config.images.quality, self.draft.permalink);
        let subject = HeaderText::new(&self.draft.text.front.subject.value);
        let html = self.drawn(&format!("mail/issue-{shape}.html"), Form::Html, detail);
        let text = self.drawn(&format!("mail/issue-{shape}.txt"), Form::Text, detail);
        let page = self.drawn("mail/issue-page.html", Form::Page, Detail::Full);
        let mut report = self.report.clone();
        for catalogue in [&*self.mail, self.web] {
            report.merge(catalogue.take_mistakes());
        }
        let mut keep = |drawn: Result<String, Report>| {
            drawn.unwrap_or_else(|mistakes| {
                report.merge(mistakes);
                String::new()
            })
        };
        let (html, text, page) = (keep(html), keep(text), keep(page));
        let html = settler.mail(&html, &|address| self.tagged(address));
        let page = settler.page(page.trim());
        let html = keep(self.press.finished(&html, shape).map_err(|mistake| Report::from(*mistake)));
        report.merge(std::mem::take(&mut settler.report));
        // Of one that is missing from the site itself there is an error already.
        let home = if report.has_errors() { self.web.shelf.base().origin() } else { "\0" };
        let foreign = settler.foreign.iter().filter(|address| !address.starts_with(home));
        report.extend(foreign.map(|address| self.foreign(address)));
        if report.has_errors() {
            return Err(report);
        }
        let links = self.links();
        Ok(IssueMail {
            weights: weight::of_posts(&html, self.posts.len(), links.unsubscribe.as_deref()),
            mail: MailText { subject, html: weight::unmarked(&html), text },
            preheader: self.preheader().to_owned(),
            page: page + "\n",
            posts: self.posts.iter().map(|(_, id)| *id).collect(),
            links: settler.links,
            images: settler.images.into_values().collect(),
            detail,
            report,
        })
    }

    /// What is to be said of a picture that is no file of the content, where the text that shows it is found.
    fn foreign(&self, address: &str) -> Diagnostic {
        let shown: String = address.chars().take(SHOWN).collect();
        let shown = if shown.len() < address.len() { shown + "…" } else { shown };
        let message =
            format!("the picture {shown} is not sent: it is no file of content/. In its place stands its text");
        let diagnostic = Diagnostic::warning("foreign-image", message)
            .hint("put the picture into content/, beside the text that shows it: then it is sent along, and stays");
        let home = self.web.shelf.base().origin();
        let spellings = [address, address.strip_prefix(home).unwrap_or(address)];
        let posts = self.posts.iter().map(|(_, id)| &self.web.shelf.post(*id).document.body);
        for body in std::iter::once(&self.draft.text.body).chain(posts) {
            let Ok(source) = body.source() else { continue };
            let found = spellings.iter().find_map(|text| Some((source.text().find(text)?, text.len())));
            if let Some((at, length)) = found {
                return diagnostic.at(&source, at..at + length);
            }
        }
        diagnostic
    }

    /// One template drawn.
    fn drawn(&self, template: &str, form: Form, detail: Detail) -> Result<String, Report> {
        let mut story = Story::new(self, form, detail);
        let view = story.view();
        let subject = HeaderText::new(&self.draft.text.front.subject.value);
        let mut context = self.press.context(&subject);
        context.insert("issue", &view);
        context.insert("service", &notice::service("issue", subject.as_str().to_owned(), self.draft.newsletter));
        context.insert("links", &self.links());
        let drawn = self.press.templates.render(template, &context).map_err(|mistake| Report::from(*mistake))?;
        Ok(if form == Form::Text { story.told(&plain::wrap::tidy(&drawn)) } else { drawn })
    }

    pub(in crate::edition::mail) fn preheader(&self) -> &str {
        self.draft.text.front.preheader.as_ref().map_or("", |text| &text.value)
    }

    /// The catalogue of a form.
    pub(in crate::edition::mail) fn catalogue(&self, form: Form) -> &Catalogue {
        if form == Form::Page { self.web } else { &self.mail }
    }

    /// The address with the site's parameters, where it wants them.
    pub(in crate::edition::mail) fn tagged(&self, address: &str) -> String {
        self.tag.as_ref().map_or_else(|| address.to_owned(), |tag| tag.add(address))
    }

    fn links(&self) -> LinksView {
        let endpoint = self.web.config.subscribe.endpoint.as_ref();
        let newsletter = self.draft.newsletter;
        let by_mail = newsletter.reply_to.as_ref().or(newsletter.from.as_ref()).map(|mailbox| {
            let subject: String = url::form_urlencoded::byte_serialize(b"unsubscribe").collect();
            format!("{}?subject={subject}", mailbox.address.mailto())
        });
        LinksView {
            browser: self.draft.permalink.url().to_owned(),
            unsubscribe: endpoint
                .map(|endpoint| endpoint.at(&format!("unsubscribe/{}", reader_link::UNSUBSCRIBE)))
                .or(by_mail),
            preferences: endpoint.map(|endpoint| endpoint.at(&format!("manage/{}", reader_link::MANAGE))),
        }
    }

    /// What the editor wrote.
    pub(in crate::edition::mail) fn parts(&self, form: Form, links: &mut Links) -> Parts {
        let text = self.draft.text;
        let catalogue = self.catalogue(form);
        let parted = article::opened(catalogue, &text.body, |tree, source| {
            let fence = parts::fence(source.text());
            let absolute = form != Form::Page;
            let place = Place { catalogue, resolved: &self.resolved, own: self.draft.permalink, source, absolute };
            let raw = (&self.resolver, &text.body);
            let place = MailPlace { place, raw, prefix: "i-".to_owned(), posts: (&text.posts, fence) };
            let written = match form {
                Form::Text => plain::write(tree, Part::Whole, &place, links),
                _ => article::rendered(catalogue, tree, source, &place, self.policy(form, Part::Whole)),
            };
            parts::parted(&written, fence)
        });
        parted.unwrap_or_default()
    }

    /// An article, or its summary.
    pub(in crate::edition::mail) fn article(&self, post: &Post, form: Form, part: Part, links: &mut Links) -> String {
        let own: &Permalink = &post.permalink;
        let body: &Body = &post.document.body;
        let catalogue = self.catalogue(form);
        let written = article::opened(catalogue, body, |tree, source| {
            let place = Place { catalogue, resolved: &post.resolved, own, source, absolute: form != Form::Page };
            let raw = (&self.resolver, body);
            let place = MailPlace { place, raw, prefix: "p-".to_owned(), posts: (&[], '\u{f8fe}') };
            match form {
                Form::Text => plain::write(tree, part, &place, links),
                _ => article::rendered(catalogue, tree, source, &place, self.policy(form, part)),
            }
        });
        written.unwrap_or_default()
    }

    fn policy(&self, form: Form, part: Part) -> Policy {
        let highlight = self.web.config.markdown.highlight;
        match form {
            Form::Page => {
                Policy { anchors: false, heading_ids: false, sanitize: true, top: 2, highlight, part, ..Policy::WEB }
            }
            _ => Policy { highlight, part, ..Policy::MAIL },
        }
    }
}
