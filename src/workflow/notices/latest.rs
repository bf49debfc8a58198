//! The latest posts, for welcome mails: read from the site's folder, which whoever publishes the site keeps up to date.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::config::site::Overrides;
use crate::content::document::Direct;
use crate::edition::mail::notice::LatestPost;
use crate::library::model::Library;
use crate::library::model::Post;
use crate::library::order::Visibility;
use crate::value::clock::Clock;
use crate::value::web_url::WebUrl;
use crate::workflow::project;
use crate::workflow::project::Opening;

/// How long what was read is believed.
const FRESH: SignedDuration = SignedDuration::from_mins(10);

/// The latest posts of a site, read when they are asked for.
pub(in crate::workflow::notices) struct Latest {
    root: PathBuf,
    known: Mutex<Option<Known>>,
}

/// What was read when, and how many were asked for.
struct Known {
    read: Timestamp,
    count: usize,
    posts: Vec<LatestPost>,
}

impl Latest {
    pub(in crate::workflow::notices) fn new(root: PathBuf) -> Self {
        Self { root, known: Mutex::default() }
    }

    /// Up to `count` published posts, newest first, as they were at most ten minutes ago. None where the site cannot be read at the moment: the welcome goes without them.
    pub(in crate::workflow::notices) fn posts(&self, count: usize, now: Timestamp) -> Vec<LatestPost> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref().filter(|known| known.count >= count)
            && now.duration_since(known.read).abs() < FRESH
        {
            return known.posts.iter().take(count).cloned().collect();
        }
        let posts = self.read(count, now);
        *known = Some(Known { read: now, count, posts: posts.clone() });
        posts
    }

    fn read(&self, count: usize, now: Timestamp) -> Vec<LatestPost> {
        let Ok(clock) = Clock::parse(&now.to_string()) else { return Vec::new() };
        let overrides = Overrides::default();
        let opened = project::open(Opening {
            root: &self.root,
            overrides: &overrides,
            visibility: Visibility::default(),
            clock: &clock,
            loader: &Direct,
            files: None,
            dressed: None,
        });
        opened.map(|project| latest(&project.library, count)).unwrap_or_default()
    }
}

fn latest(library: &Library, count: usize) -> Vec<LatestPost> {
    let posts = library.dated.iter().map(|id| library.post(*id));
    let view = |post: &Post| {
        Some(LatestPost {
            title: post.title.clone(),
            url: WebUrl::parse(post.permalink.url()).ok()?,
            description: post.description.clone(),
            date: post.date.clone(),
        })
    };
    posts.filter_map(view).take(count).collect()
}
