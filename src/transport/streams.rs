//! Server-sent events to every browser tab that shows a page. Sending never waits: a tab that does not take its events is dropped, and its browser
//! connects again by itself.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::Response;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::sse;
use futures_core::Stream;
use tokio::sync::mpsc;

/// How many events may wait for a tab beyond those it began with.
const WAITING: usize = 64;

/// How often something is sent to a tab where nothing happens, so that a connection that is gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How soon a browser connects again: the server may have been started anew.
const RETRY: Duration = Duration::from_millis(500);

/// All open tabs. Clones are the same tabs.
#[derive(Clone, Debug)]
pub struct Streams(Arc<Shared>);

/// A tab that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Never used for another tab.
    pub id: u64,
    /// The path of the page that it shows.
    pub page: String,
    /// Which version of that page it shows, where it said so.
    pub version: Option<String>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What kind of thing: the type that the page's script listens for.
    pub name: &'static str,
    /// JSON, in one line.
    pub data: String,
}

/// The receiving end of a tab. As long as it lives, the tab is listed.
#[derive(Debug)]
pub struct Subscription {
    id: u64,
    events: mpsc::Receiver<Event>,
    began: bool,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    limit: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    tabs: BTreeMap<u64, (Tab, mpsc::Sender<Event>)>,
}

impl Streams {
    /// No tabs yet, and at most `limit`. Leave the server some [`connections`](crate::transport::server::Limits::connections) beside these.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Shared { limit, open: Mutex::default() }))
    }

    /// A new tab, which gets `first` before anything sent later. None where there are as many as there may be: that is status 503.
    #[must_use]
    pub fn subscribe(&self, page: String, version: Option<String>, first: Vec<Event>) -> Option<Subscription> {
        let (sender, events) = mpsc::channel(WAITING + first.len());
        for event in first {
            // There is room for all of them.
            let _ = sender.try_send(event);
        }
        let mut open = self.0.open();
        if open.tabs.len() >= self.0.limit {
            return None;
        }
        let id = open.next;
        open.next += 1;
        open.tabs.insert(id, (Tab { id, page, version }, sender));
        Some(Subscription { id, events, began: false, shared: Arc::clone(&self.0) })
    }

    /// The open tabs, the oldest first.
    #[must_use]
    pub fn tabs(&self) -> Vec<Tab> {
        self.0.open().tabs.values().map(|(tab, _)| tab.clone()).collect()
    }

    /// Sends to one tab; false where it is gone, or goes now because too much waits for it.
    pub fn send(&self, tab: u64, event: Event) -> bool {
        let mut open = self.0.open();
        let sent = open.tabs.get(&tab).is_some_and(|(_, sender)| sender.try_send(event).is_ok());
        if !sent {
            open.tabs.remove(&tab);
        }
        sent
    }

    /// Sends to all tabs, and drops those for which too much waits.
    pub fn broadcast(&self, event: &Event) {
        self.0.open().tabs.retain(|_, (_, sender)| sender.try_send(event.clone()).is_ok());
    }

    /// Notes which version a tab shows from now on.
    pub fn set_version(&self, tab: u64, version: Option<String>) {
        if let Some((tab, _)) = self.0.open().tabs.get_mut(&tab) {
            tab.version = version;
        }
    }
}

impl Shared {
    /// Nothing is left half done where a thread panics, so the tabs are good either way.
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// The tab's.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// As an answer: it lasts until the browser hangs up or the tab is dropped.
    pub(crate) fn into_response(self) -> Response<Body> {
        let kept = sse::KeepAlive::new().interval(KEEP_ALIVE);
        let mut response = sse::Sse::new(self).keep_alive(kept).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.shared.open().tabs.remove(&self.id);
    }
}

impl Stream for Subscription {
    type Item = Result<sse::Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.began {
            self.began = true;
            return Poll::Ready(Some(Ok(sse::Event::default().retry(RETRY))));
        }
        let event = self.events.poll_recv(context);
        event.map(|event| event.map(|event| Ok(sse::Event::default().event(event.name).data(event.data))))
    }
}

#[cfg(test)]
mod tests {
    use super::Event;
    use super::Streams;
    use super::WAITING;

    fn event(data: &str) -> Event {
        Event { name: "reload", data: data.to_owned() }
    }

    #[test]
    fn tabs_come_and_go() {
        let streams = Streams::new(2);
        let one = streams.subscribe("/".into(), None, Vec::new()).unwrap();
        let two = streams.subscribe("/a/".into(), Some("1".into()), Vec::new()).unwrap();
        assert!(streams.subscribe("/b/".into(), None, Vec::new()).is_none(), "there may be two");
        streams.set_version(two.id(), Some("2".into()));
        let told: Vec<_> = streams.tabs().into_iter().map(|tab| (tab.page, tab.version)).collect();
        assert_eq!(told, [("/".to_owned(), None), ("/a/".to_owned(), Some("2".to_owned()))]);
        let gone = one.id();
        drop(one);
        assert_eq!(streams.tabs().len(), 1);
        assert!(!streams.send(gone, event("1")));
        assert!(streams.send(two.id(), event("1")));
        let three = streams.subscribe("/b/".into(), None, Vec::new()).unwrap();
        assert_ne!(three.id(), gone);
    }

    #[test]
    fn whoever_does_not_read_is_dropped_and_the_others_are_not() {
        let streams = Streams::new(9);
        let first: Vec<Event> = (0..100).map(|_| event("0")).collect();
        let idle = streams.subscribe("/".into(), None, first).unwrap();
        let mut reader = streams.subscribe("/".into(), None, Vec::new()).unwrap();
        for n in 0..WAITING {
            streams.broadcast(&event(&n.to_string()));
            assert_eq!(reader.events.try_recv().unwrap().data, n.to_string());
        }
        assert_eq!(streams.tabs().len(), 2);
        streams.broadcast(&event("one too many"));
        assert_eq!(streams.tabs().iter().map(|tab| tab.id).collect::<Vec<_>>(), [reader.id()]);
        assert!(!streams.send(idle.id(), event("1")));
    }
}
