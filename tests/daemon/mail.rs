//! Mails as they arrive.

use mail_parser::MessageParser;

use crate::web::DESK;

/// A mail in somebody's inbox.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// The envelope's recipient.
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// Names and values, as they came.
    pub(crate) headers: Vec<(String, String)>,
}

impl Mail {
    pub(crate) fn read(to: &str, octets: &[u8]) -> Self {
        let message = MessageParser::default().parse(octets).unwrap();
        let raw = |(name, value): (&str, &str)| (name.to_owned(), value.trim().to_owned());
        Self {
            to: to.to_owned(),
            subject: message.subject().unwrap().to_owned(),
            text: message.body_text(0).unwrap().into_owned(),
            html: message.body_html(0).unwrap().into_owned(),
            headers: message.headers_raw().map(raw).collect(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every address of the daemon in it: in the headers, the text and the HTML.
    pub(crate) fn links(&self) -> Vec<String> {
        let headers: String = self.headers.iter().map(|(_, value)| format!("{value}\n")).collect();
        let mut links = Vec::new();
        for part in [&headers, &self.text, &self.html] {
            let found = part.split(DESK).skip(1).map(|rest| {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"/-_.~".contains(c));
                format!("{DESK}{}", &rest[..end.unwrap_or(rest.len())])
            });
            links.extend(found);
        }
        links.sort();
        links.dedup();
        links
    }

    /// The link for one purpose: `confirm`, `unsubscribe` …
    #[track_caller]
    pub(crate) fn link(&self, purpose: &str) -> String {
        let start = format!("{DESK}{purpose}/");
        let found: Vec<String> = self.links().into_iter().filter(|link| link.starts_with(&start)).collect();
        assert_eq!(found.len(), 1, "{purpose} in {self:#?}");
        found.into_iter().next().unwrap()
    }
}
