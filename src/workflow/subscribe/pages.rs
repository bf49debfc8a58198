//! Answers: a page for people, JSON for scripts.

use serde_json::json;

use crate::edition::service::ServicePage;
use crate::edition::service_view;
use crate::edition::service_view::FieldError;
use crate::edition::service_view::Hidden;
use crate::edition::service_view::ServiceView;
use crate::store::StoreError;
use crate::transport::endpoint::Content;
use crate::transport::endpoint::Said;
use crate::transport::endpoint_call::Call;
use crate::value::address::EmailAddress;
use crate::workflow::subscribe::Desk;

/// What was wrong with what somebody sent, as a status and a word of the theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workflow::subscribe) enum Trouble {
    /// No such address.
    Nowhere,
    /// A link that we did not make, or not for this.
    BadLink,
    /// A link that was good once.
    OldLink,
    /// From a page that may not.
    Foreign,
    /// One network asks too often.
    TooOften,
    /// The line is longer than a day.
    Full,
    /// The list cannot be reached.
    Broken,
}

impl Trouble {
    /// The status, and the theme's word.
    fn words(self) -> (u16, &'static str) {
        match self {
            Self::Nowhere => (404, "service.not_found"),
            Self::BadLink => (400, "service.bad_link"),
            Self::OldLink => (410, "service.old_link"),
            Self::Foreign => (403, "service.foreign"),
            Self::TooOften => (429, "service.too_often"),
            Self::Full => (503, "service.full"),
            Self::Broken => (503, "service.broken"),
        }
    }
}

impl Desk {
    /// A word of the theme.
    pub(in crate::workflow::subscribe) fn word(&self, key: &str) -> String {
        self.pages.word(key, &[])
    }

    /// A word of the theme about an address, which it masks.
    pub(in crate::workflow::subscribe) fn word_about(&self, key: &str, address: &EmailAddress) -> String {
        self.pages.word(key, &[("address", service_view::unbroken(&address.masked()))])
    }

    /// A page.
    pub(in crate::workflow::subscribe) fn page(&self, status: u16, page: ServicePage, view: &ServiceView) -> Said {
        match self.pages.page(page, view) {
            Ok(html) => Said::new(status, Content::Html(html)),
            Err(mistake) => {
                self.tell(&format!("the page {} cannot be drawn: {}", page.word(), mistake.message));
                Said::new(
                    500,
                    Content::Text("This page cannot be drawn; what you asked for may be done all the same.\n".into()),
                )
            }
        }
    }

    /// What is wrong, for whoever asked.
    pub(in crate::workflow::subscribe) fn trouble(&self, call: &Call, trouble: Trouble) -> Said {
        let (status, key) = trouble.words();
        let message = self.word(key);
        let said = if call.wants_json {
            Said::new(status, Content::Json(json!({ "message": message }).to_string()))
        } else {
            self.page(status, ServicePage::Problem, &ServiceView { message: Some(message), ..ServiceView::default() })
        };
        match trouble {
            Trouble::TooOften => Said { retry_after: Some(3600), ..said },
            Trouble::Full => Said { retry_after: Some(86400), ..said },
            Trouble::Broken => Said { retry_after: Some(120), ..said },
            _ => said,
        }
    }

    /// The list could not be reached: said to the owner in full, to the reader in short.
    pub(in crate::workflow::subscribe) fn broken(&self, call: &Call, error: &StoreError) -> Said {
        self.tell(&error.to_string());
        self.trouble(call, Trouble::Broken)
    }

    /// Good news: a page, or a message.
    pub(in crate::workflow::subscribe) fn done(
        &self,
        call: &Call,
        page: ServicePage,
        view: &ServiceView,
        message: String,
    ) -> Said {
        if call.wants_json {
            return Said::new(200, Content::Json(json!({ "message": message }).to_string()));
        }
        self.page(200, page, view)
    }

    /// A form with mistakes in it, shown again.
    pub(in crate::workflow::subscribe) fn again(
        &self,
        call: &Call,
        page: ServicePage,
        view: ServiceView,
        errors: Vec<FieldError>,
    ) -> Said {
        if call.wants_json {
            let message = errors.first().map(|error| error.message.clone()).unwrap_or_default();
            let errors: Vec<_> =
                errors.iter().map(|error| json!({ "field": error.field, "message": error.message })).collect();
            return Said::new(422, Content::Json(json!({ "message": message, "errors": errors }).to_string()));
        }
        self.page(422, page, &ServiceView { errors, ..view })
    }
}

/// A hidden field.
pub(in crate::workflow::subscribe) fn hidden(name: &str, value: &str) -> Hidden {
    Hidden { name: name.to_owned(), value: value.to_owned() }
}
