//! The pages of the newsletter's service as the theme draws them, with readers and links that are made up. Nothing that is pressed on them goes anywhere.

use crate::diagnostic::report::Report;
use crate::edition::service::ServicePage;
use crate::edition::service::ServicePress;
use crate::transport::contents;
use crate::transport::contents::Contents;
use crate::transport::contents::Group;
use crate::transport::contents::Line;
use crate::transport::shown;
use crate::workflow::preview::answer::OWN;
use crate::workflow::preview::answer::Shown;
use crate::workflow::preview::answer::cannot_be_drawn;
use crate::workflow::preview::pages::Page;
use crate::workflow::preview::presses::Found;
use crate::workflow::preview::snapshot::Snapshot;
use crate::workflow::preview::studio::Studio;

/// What a page is for.
fn about(page: ServicePage) -> &'static str {
    match page {
        ServicePage::Subscribe => "The form again, with what was wrong",
        ServicePage::Send => "One button, for a form that was sent without a script",
        ServicePage::CheckInbox => "What everybody sees who has asked to subscribe",
        ServicePage::Confirm => "Where the link of the confirmation mail leads",
        ServicePage::Confirmed => "After that button",
        ServicePage::Unsubscribe => "Where every mail's link to leave leads",
        ServicePage::Unsubscribed => "Gone, with a way back",
        ServicePage::Paused => "Resting, with a way back",
        ServicePage::Manage => "One button that mails a fresh link",
        ServicePage::Preferences => "Newsletters, address, download, erase",
        ServicePage::LinkSent => "A fresh link is on its way",
        ServicePage::Address => "One button that takes a new address into use",
        ServicePage::Erased => "After everything was erased",
        ServicePage::Lead => "The lead form again, with what was wrong",
        ServicePage::LeadSent => "After a message to you was sent",
        ServicePage::Problem => "A link that is too old, too many requests, a fault",
    }
}

/// The page's address.
pub(in crate::workflow::preview) fn path(page: ServicePage) -> String {
    format!("{OWN}/service/{}/", page.word())
}

/// What stands below `/_letterpress/service/`.
pub(in crate::workflow::preview) fn shown(studio: &Studio, now: &Snapshot, below: &str) -> Option<Shown> {
    if below.is_empty() {
        let html = contents::page(&list(studio, now));
        return Some(Shown::Html(200, Page::new(html.unwrap_or_else(|error| error).into_bytes())));
    }
    let page = ServicePage::parse(below.strip_suffix('/')?)?;
    let path = path(page);
    let drawn = draw(studio, now, page).0.map(|html| Page::new(html.into_bytes()));
    Some(studio.presses.keep(&path, drawn).map_or_else(cannot_be_drawn, |page| Shown::Html(200, page)))
}

/// What is wrong with what stands there.
pub(in crate::workflow::preview) fn mistakes(studio: &Studio, now: &Snapshot, below: &str) -> Report {
    let page = below.strip_suffix('/').and_then(ServicePage::parse);
    page.map_or_else(|| press(studio, now).mistakes, |page| draw(studio, now, page).1)
}

fn press(studio: &Studio, now: &Snapshot) -> Found<ServicePress> {
    let make = || ServicePress::new(&now.config, &now.theme, &now.library.site_links);
    studio.presses.pages.of(now, make)
}

/// The page, as far as there is one, and what is wrong.
fn draw(studio: &Studio, now: &Snapshot, page: ServicePage) -> (Option<String>, Report) {
    let Found { press, mut mistakes } = press(studio, now);
    let drawn = press.map(|press| press.page(page, &press.sample(page)));
    let html = drawn.and_then(|drawn| drawn.map_err(|mistake| mistakes.push(*mistake)).ok());
    // Whoever looks may have come by another of the preview's names.
    let origin = now.library.base.origin();
    let here = |address: &str| address.strip_prefix(origin).filter(|path| path.starts_with('/')).map(str::to_owned);
    (html.map(|html| shown::relocated(&html, &here)), mistakes)
}

fn list(studio: &Studio, now: &Snapshot) -> Contents {
    let press = press(studio, now).press;
    let line = |page: ServicePage| Line {
        path: path(page),
        title: press.as_ref().map_or_else(|| page.word().to_owned(), |press| press.title(page)),
        name: page.word().to_owned(),
        about: about(page).to_owned(),
        figure: String::new(),
    };
    Contents {
        site: now.config.title.clone(),
        home: now.library.base.root().to_owned(),
        title: "Pages of the newsletter’s service".into(),
        standfirst: "What readers see when they subscribe, confirm, pause or leave, drawn by the theme for a reader who is made up. \
                     The forms on them post nowhere here."
            .into(),
        groups: vec![Group { name: "Pages".into(), note: String::new(), lines: ServicePage::ALL.into_iter().map(line).collect() }],
    }
}
