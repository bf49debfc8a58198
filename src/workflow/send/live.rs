//! Live before mailed: every link of an issue leads to the public site, so that has to be there first.

use crate::content::frozen::Manifest;
use crate::transport::http_client;
use crate::transport::http_client::Page;

/// What the sender waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// The page of the issue.
    Page {
        /// Its address.
        url: String,
        /// What came instead.
        why: String,
    },
    /// The page is there, of another text than was approved.
    Content {
        /// Its address.
        url: String,
    },
    /// A picture.
    Picture {
        /// Its address.
        url: String,
        /// What came instead.
        why: String,
    },
}

impl std::fmt::Display for Awaited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Page { url, why } => write!(f, "the issue's page {url} is not public yet: {why}"),
            Self::Content { url } => write!(f, "{url} shows another version of the issue than the approved one"),
            Self::Picture { url, why } => write!(f, "the picture {url} is not public yet: {why}"),
        }
    }
}

/// Asks the public site for the page, which has to name the hash of what was approved, and for the issue's own pictures. `None` where all is there.
#[must_use]
pub fn awaited(manifest: &Manifest, url: &str) -> Option<Awaited> {
    match http_client::fetch(url) {
        Ok(Page { status: 200, text }) if text.contains(&manifest.hash.to_string()) => {}
        Ok(Page { status: 200, .. }) => return Some(Awaited::Content { url: url.into() }),
        Ok(Page { status, .. }) => return Some(Awaited::Page { url: url.into(), why: format!("it answers {status}") }),
        Err(why) => return Some(Awaited::Page { url: url.into(), why }),
    }
    manifest.images().find_map(|name| {
        let url = format!("{}images/{name}", url.trim_end_matches("index.html"));
        match http_client::ask(&url) {
            http_client::Answer::There => None,
            http_client::Answer::Gone(status) => Some(Awaited::Picture { url, why: format!("it answers {status}") }),
            http_client::Answer::Unclear(why) | http_client::Answer::Unreachable(why) => {
                Some(Awaited::Picture { url, why })
            }
        }
    })
}
