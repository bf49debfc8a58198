//! The preview's own pages: its front page, the pages of the newsletter's service, the mails.

use std::sync::Arc;

use crate::diagnostic::report::Report;
use crate::transport::server_answer::Answer;
use crate::transport::server_request::Asked;
use crate::workflow::preview::answer::OWN;
use crate::workflow::preview::answer::Shown;
use crate::workflow::preview::answer::nothing_yet;
#[cfg(feature = "newsletter")]
use crate::workflow::preview::mails;
use crate::workflow::preview::overview;
use crate::workflow::preview::service;
use crate::workflow::preview::snapshot::Snapshot;
use crate::workflow::preview::studio::Studio;

/// Pages that are drawn when they are asked for, by presses of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shelf {
    Service,
    #[cfg(feature = "newsletter")]
    Mail,
}

impl Shelf {
    /// The shelf that an address below `/_letterpress` belongs to, and what follows its name.
    fn of(own: &str) -> Option<(Self, &str)> {
        let service = own.strip_prefix("/service/").map(|below| (Self::Service, below));
        #[cfg(feature = "newsletter")]
        let service = service.or_else(|| Some((Self::Mail, own.strip_prefix("/mail/")?)));
        service
    }
}

/// Whether a page may have mistakes that the site as a whole has not.
pub(in crate::workflow::preview) fn has_mistakes_of_its_own(page: &str) -> bool {
    page.strip_prefix(OWN).and_then(Shelf::of).is_some()
}

impl Studio {
    /// What stands at an address of the preview itself in that state of the site; `own` is what follows `/_letterpress`.
    pub(in crate::workflow::preview) fn own_page(
        &self,
        now: Option<&Arc<Snapshot>>,
        own: &str,
        #[cfg_attr(
            not(feature = "newsletter"),
            allow(unused_variables, reason = "only mails are asked for in several ways")
        )]
        asked: Option<&Asked>,
    ) -> Option<Shown> {
        if own == "/" {
            return Some(Shown::Html(200, overview::page(self, now)));
        }
        if own.is_empty() || Shelf::of(&format!("{own}/")).is_some_and(|(_, below)| below.is_empty()) {
            return Some(Shown::Other(Answer::Moved { to: format!("{OWN}{own}/") }));
        }
        let (shelf, below) = Shelf::of(own)?;
        let Some(now) = now else { return Some(nothing_yet()) };
        match shelf {
            Shelf::Service => service::shown(self, now, below),
            #[cfg(feature = "newsletter")]
            Shelf::Mail => mails::shown(self, now, below, asked),
        }
    }

    /// Tells every tab what is wrong with the site, or that nothing is.
    pub(in crate::workflow::preview) fn tell_mistakes(&self, mistakes: &Report) {
        let event = self.mistakes_event(mistakes);
        for tab in self.streams.tabs() {
            if has_mistakes_of_its_own(&tab.page) {
                self.tell_mistakes_on(tab.id, &tab.page, mistakes);
            } else {
                self.streams.send(tab.id, event.clone());
            }
        }
    }

    /// Tells a tab what is wrong with the site and with what is drawn on that page alone.
    pub(in crate::workflow::preview) fn tell_mistakes_on(&self, tab: u64, page: &str, mistakes: &Report) {
        let mut all = mistakes.clone();
        // What was saved meanwhile is not waited for: it may be this very thread that makes the next state of it.
        if let (Some((shelf, below)), Some(now)) = (page.strip_prefix(OWN).and_then(Shelf::of), self.latest()) {
            all.merge(match shelf {
                Shelf::Service => service::mistakes(self, &now, below),
                #[cfg(feature = "newsletter")]
                Shelf::Mail => mails::mistakes(self, &now, below),
            });
        }
        self.streams.send(tab, self.mistakes_event(&all));
    }
}
