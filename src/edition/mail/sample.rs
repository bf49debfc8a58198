//! Notices with nobody behind them, for the preview and for tests.

use jiff::civil::date;
use jiff::tz::TimeZone;

use crate::edition::mail::notice::LatestPost;
use crate::edition::mail::notice::NoticeView;
use crate::edition::mail::press::MailPress;
use crate::newsletter::mailing::NoticeKind;
use crate::newsletter::notice::Lead;
use crate::value::web_url::WebUrl;

/// Where the links of a sample lead.
const EXAMPLE: &str = "3s6rm2w5kq7u-example";

impl MailPress {
    /// A notice of that kind about the site's first newsletter, with links that lead nowhere.
    #[must_use]
    pub fn sample(&self, kind: NoticeKind) -> NoticeView {
        let endpoint = self.config.subscribe.endpoint.as_ref();
        let base = endpoint.map_or(&self.config.base_url, |endpoint| &endpoint.url);
        let at = |below: &str| WebUrl::parse(base.join(below).url()).ok();
        let unsubscribe = at(&format!("unsubscribe/{EXAMPLE}"));
        let (link, unsubscribe) = match kind {
            NoticeKind::Confirm => (at(&format!("confirm/{EXAMPLE}")), None),
            NoticeKind::Welcome | NoticeKind::AlreadySubscribed => (unsubscribe.clone(), unsubscribe),
            NoticeKind::FreshLink => (at(&format!("preferences/{EXAMPLE}")), unsubscribe),
            NoticeKind::AddressChange => (at(&format!("address/{EXAMPLE}")), None),
            NoticeKind::Lead => (None, None),
        };
        let posts = if kind == NoticeKind::Welcome { self.sample_posts() } else { Vec::new() };
        let lead = (kind == NoticeKind::Lead).then(|| Lead {
            name: "Ada Field".into(),
            email: "ada@example.com".into(),
            looking_for: "help with starting a newsletter".into(),
            message: "Good morning,\n\nwe print a small magazine twice a year and would like to write to its readers in between.\n\
                      Where would you begin?\n\nAda <field> & friends"
                .into(),
        });
        NoticeView { kind, newsletter: self.config.newsletter().id.clone(), link, unsubscribe, posts, lead }
    }

    fn sample_posts(&self) -> Vec<LatestPost> {
        let posts = [
            (
                "The first sentence is a door",
                "What it has to do, what it may leave out, and why most drafts begin one paragraph too early.",
                12,
            ),
            (
                "A calendar that survives the week",
                "Fixed days, spare texts and one rule for everything that comes in between.",
                5,
            ),
            ("What happens to a letter on its way", "", 1),
        ];
        let view = |(title, description, day): (&str, &str, i8)| {
            let slug = title.to_lowercase().replace(' ', "-");
            let url = self.config.base_url.join(&format!("posts/{slug}/"));
            let moment = date(2026, 11, day).at(9, 0, 0, 0).to_zoned(TimeZone::UTC).ok();
            let (title, description) = (title.to_owned(), description.to_owned());
            Some(LatestPost { title, url: WebUrl::parse(url.url()).ok()?, description, date: moment })
        };
        posts.into_iter().filter_map(view).collect()
    }
}
