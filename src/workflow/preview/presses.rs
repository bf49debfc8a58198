//! What draws the pages and mails of the newsletter's service: compiled when somebody first asks for one, and again only where theme, `site.toml` or the
//! addresses that it links to have changed. Saving a post costs nothing here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::diagnostic::report::Report;
use crate::diagnostic::report::Severity;
#[cfg(feature = "newsletter")]
use crate::edition::mail::press::MailPress;
use crate::edition::service::ServicePress;
use crate::theme::Theme;
use crate::workflow::preview::pages::Page;
use crate::workflow::preview::snapshot::Snapshot;

/// The presses, and what was last drawn by them without a mistake.
#[derive(Default)]
pub(in crate::workflow::preview) struct Presses {
    /// Draws the service's pages.
    pub(in crate::workflow::preview) pages: Kept<ServicePress>,
    /// Draws its mails.
    #[cfg(feature = "newsletter")]
    pub(in crate::workflow::preview) mails: Kept<MailPress>,
    /// Pictures of issues that are drafts, by name.
    #[cfg(feature = "newsletter")]
    pub(in crate::workflow::preview) pictures: Mutex<BTreeMap<String, Arc<[u8]>>>,
    last: Mutex<BTreeMap<String, Page>>,
}

/// One press, while what it was made from is as it was.
pub(in crate::workflow::preview) struct Kept<T>(Mutex<Option<Made<T>>>);

struct Made<T> {
    theme: Arc<Theme>,
    settings: String,
    links: BTreeMap<String, String>,
    found: Found<T>,
}

/// A press, and what is wrong.
pub(in crate::workflow::preview) struct Found<T> {
    /// Of the newest state of the files, or where that has mistakes the last one without; none where there never was one.
    pub(in crate::workflow::preview) press: Option<Arc<T>>,
    /// The mistakes of the newest state: errors alone.
    pub(in crate::workflow::preview) mistakes: Report,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Clone for Found<T> {
    fn clone(&self) -> Self {
        Self { press: self.press.clone(), mistakes: self.mistakes.clone() }
    }
}

impl<T> Kept<T> {
    /// The press for that state of the site; `make` makes it.
    pub(in crate::workflow::preview) fn of(
        &self,
        now: &Snapshot,
        make: impl FnOnce() -> (Option<T>, Report),
    ) -> Found<T> {
        // Whoever asks meanwhile wants the same press, and waits for it.
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (settings, links) = (now.config.source.text(), &now.library.site_links);
        if let Some(made) = place.as_ref()
            && Arc::ptr_eq(&made.theme, &now.theme)
            && made.settings == settings
            && made.links == *links
        {
            return made.found.clone();
        }
        let last = place.take().and_then(|made| made.found.press);
        let (press, report) = make();
        let mut mistakes = Report::new();
        mistakes.extend(report.into_sorted().into_iter().filter(|found| found.severity == Severity::Error));
        let found = Found { press: press.map(Arc::new).or(last), mistakes };
        *place = Some(Made {
            theme: Arc::clone(&now.theme),
            settings: settings.to_owned(),
            links: links.clone(),
            found: found.clone(),
        });
        found
    }
}

impl Presses {
    /// Keeps what was drawn at an address, and gives what is to be shown there: that, or where it could not be drawn what was last.
    pub(in crate::workflow::preview) fn keep(&self, path: &str, drawn: Option<Page>) -> Option<Page> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match drawn {
            Some(page) => {
                last.insert(path.to_owned(), page.clone());
                Some(page)
            }
            None => last.get(path).cloned(),
        }
    }
}
