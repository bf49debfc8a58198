//! `utm_*`: links of a mail that tell the site whence their reader comes. They name the issue, never the reader.

use url::form_urlencoded::Serializer;

use crate::config::issues::Utm;

/// What is added to links.
pub(in crate::edition::mail) struct Tag {
    /// Links below this address get it…
    site: String,
    /// … but not those below this one: what the newsletter's service answers is no page to be counted.
    service: Option<String>,
    parameters: String,
}

impl Tag {
    /// For links to the site at `site`, whose service is at `service`, from the issue of the day `issue`.
    pub(in crate::edition::mail) fn new(utm: &Utm, site: &str, service: Option<String>, issue: &str) -> Self {
        let mut parameters = Serializer::new(String::new());
        parameters.append_pair("utm_source", &utm.source).append_pair("utm_medium", &utm.medium);
        parameters.append_pair("utm_campaign", utm.campaign.as_deref().unwrap_or(issue));
        Self { site: site.to_owned(), service, parameters: parameters.finish() }
    }

    /// The address with what is to be added to it, before its fragment. One that has such parameters keeps its own.
    pub(in crate::edition::mail) fn add(&self, address: &str) -> String {
        let is_of_service = self.service.as_ref().is_some_and(|service| address.starts_with(service));
        let home = self.site.trim_end_matches('/');
        let is_of_site =
            address == home || address.strip_prefix(home).is_some_and(|rest| rest.starts_with(['/', '?', '#']));
        if !is_of_site || is_of_service || address.contains("utm_source=") {
            return address.to_owned();
        }
        let (page, fragment) = address.split_at(address.find('#').unwrap_or(address.len()));
        let joint = if page.contains('?') { '&' } else { '?' };
        format!("{page}{joint}{}{fragment}", self.parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_the_site_alone() {
        let utm = Utm { source: "notes & co".into(), medium: "email".into(), campaign: None };
        let service = Some("https://e.com/blog/letters/".to_owned());
        let tag = Tag::new(&utm, "https://e.com/blog/", service, "2026-11-15");
        let added = "utm_source=notes+%26+co&utm_medium=email&utm_campaign=2026-11-15";
        assert_eq!(tag.add("https://e.com/blog/a/"), format!("https://e.com/blog/a/?{added}"));
        assert_eq!(tag.add("https://e.com/blog"), format!("https://e.com/blog?{added}"));
        assert_eq!(tag.add("https://e.com/blog/a/?b=1#c"), format!("https://e.com/blog/a/?b=1&{added}#c"));
        for other in [
            "https://e.com/blogs/",
            "https://f.com/",
            "mailto:a@b.cd",
            "https://e.com/blog/letters/unsubscribe/x",
            "https://e.com/blog/a/?utm_source=mine",
        ] {
            assert_eq!(tag.add(other), other);
        }
        let named = Utm { campaign: Some("spring".into()), ..utm };
        assert!(Tag::new(&named, "https://e.com/", None, "x").add("https://e.com/").ends_with("utm_campaign=spring"));
    }
}
