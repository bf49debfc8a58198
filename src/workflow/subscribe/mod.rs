//! What the newsletter's endpoint does with a request. Whatever an address's state on the list is, asking to subscribe takes the same way: the request is put
//! down, and answered; what it leads to is found out afterwards, by `workflow/notices`.

mod addressees;
mod dossier;
mod form;
mod lead;
mod limits;
mod link;
mod pages;
mod preferences;

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use crate::config::newsletter::Endpoint;
use crate::config::newsletter::Newsletter;
use crate::config::site::Config;
use crate::edition::service::ServicePress;
use crate::store::Sql;
use crate::store::Store;
use crate::store::StoreError;
use crate::subscriber::keys;
use crate::subscriber::keys::KeyRing;
use crate::subscriber::token::Purpose;
use crate::subscriber::token::Token;
use crate::subscriber::token::TokenError;
use crate::transport::endpoint::Content;
use crate::transport::endpoint::Said;
use crate::transport::endpoint::Service;
use crate::transport::endpoint::Thinking;
use crate::transport::endpoint_call::Call;
use crate::transport::endpoint_call::Origin;
use crate::transport::endpoint_call::Verb;
use crate::workflow::subscribe::limits::Limits;
use crate::workflow::subscribe::pages::Trouble;

/// How long a form's token is good: as long as a tab stays open.
const FORM_TIME: SignedDuration = SignedDuration::from_hours(12);
/// How long work may take.
const WORK_TIME: SignedDuration = SignedDuration::from_mins(10);
/// How long leaving can be taken back.
const UNDO_TIME: SignedDuration = SignedDuration::from_hours(24);
/// How many look into the list at the same time; each needs a connection, and a database has not many.
const READERS: usize = 16;

/// What the desk says to the site's owner: a line, without addresses and tokens.
pub type Teller = Arc<dyn Fn(&str) + Send + Sync>;

/// Called when there is something to send.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// Says what time it is.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a desk works with.
pub struct Parts {
    /// The site's settings.
    pub config: Arc<Config>,
    /// The endpoint that they describe.
    pub endpoint: Endpoint,
    /// Keys for links and hashes.
    pub keys: KeyRing,
    /// The list.
    pub store: Store,
    /// The pages.
    pub pages: ServicePress,
    /// The clock.
    pub now: Now,
    /// Called when there is something to send.
    pub waker: Waker,
    /// Told what the site's owner should know.
    pub teller: Teller,
}

/// Where requests are answered.
pub struct Desk {
    config: Arc<Config>,
    endpoint: Endpoint,
    origins: Vec<String>,
    keys: KeyRing,
    store: Store,
    pages: ServicePress,
    limits: Limits,
    readers: Semaphore,
    now: Now,
    waker: Waker,
    teller: Teller,
}

impl Desk {
    /// A desk for the endpoint of a site.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { config, endpoint, keys, store, pages, now, waker, teller } = parts;
        let (origins, limits) = (origins(&config, &endpoint), Limits::new(&endpoint.limits));
        let readers = Semaphore::new(READERS);
        Self { config, endpoint, origins, keys, store, pages, limits, readers, now, waker, teller }
    }

    async fn route(&self, call: Call) -> Said {
        let (place, token) = match call.path.trim_end_matches('/').split_once('/') {
            Some((place, token)) => (place, Some(token)),
            None => (call.path.trim_end_matches('/'), None),
        };
        match (call.verb, place, token) {
            (Verb::Options, ..) => Said::new(204, Content::Text(String::new())),
            (Verb::Look, "healthz", None) => self.health(&call).await,
            (Verb::Look, "form-token", None) => self.form_token(&call),
            (Verb::Look, "subscribe", None) => self.subscribe_page(&call),
            (Verb::Act, "subscribe", None) => self.subscribe(&call).await,
            (Verb::Act, "lead", None) => self.lead(&call).await,
            (Verb::Look, "confirm", Some(token)) => self.confirm_page(&call, token).await,
            (Verb::Act, "confirm", Some(token)) => self.confirm(&call, token).await,
            (Verb::Look, "unsubscribe", Some(token)) => self.unsubscribe_page(&call, token).await,
            (Verb::Act, "unsubscribe", Some(token)) => self.unsubscribe(&call, token).await,
            (Verb::Act, "undo", Some(token)) => self.undo(&call, token).await,
            (Verb::Look, "manage", Some(token)) => self.manage_page(&call, token).await,
            (Verb::Act, "manage", Some(token)) => self.manage(&call, token).await,
            (Verb::Look, "preferences", Some(token)) => self.preferences_page(&call, token).await,
            (Verb::Act, "preferences", Some(token)) => self.preferences(&call, token).await,
            (Verb::Look, "address", Some(token)) => self.address_page(&call, token).await,
            (Verb::Act, "address", Some(token)) => self.address(&call, token).await,
            _ => self.trouble(&call, Trouble::Nowhere),
        }
    }

    /// For whoever watches the service: whether the list can be read.
    async fn health(&self, call: &Call) -> Said {
        match self.read(|sql| sql.query("SELECT 1", &[]).map(|_| ())).await {
            Ok(()) => Said::new(200, Content::Text("ok\n".into())),
            Err(error) => self.broken(call, &error),
        }
    }

    fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Says that there is something to send.
    fn wake(&self) {
        (self.waker)();
    }

    fn tell(&self, line: &str) {
        (self.teller)(line);
    }

    /// Whether a page of that origin may post here. Whoever hides where they are has our own pages, which want no referrer, or a token in their hand.
    fn is_allowed(&self, call: &Call) -> bool {
        match &call.origin {
            Origin::At(origin) => self.origins.contains(origin),
            Origin::Unsaid | Origin::Hidden => true,
        }
    }

    /// The newsletter of that id; the default one for none.
    fn newsletter(&self, id: Option<&str>) -> Option<&Newsletter> {
        match id.filter(|id| !id.is_empty()) {
            None => Some(self.config.newsletter()),
            Some(id) => self.config.newsletters.iter().find(|newsletter| newsletter.id == id),
        }
    }

    /// A token's meaning, or the trouble with it.
    fn read_token(&self, text: &str, purpose: Purpose) -> Result<Token, Trouble> {
        Token::verify(text, purpose, &self.keys, self.now()).map_err(|error| match error {
            TokenError::Foreign => Trouble::BadLink,
            TokenError::Expired => Trouble::OldLink,
        })
    }

    /// A token with a random id for a form.
    fn new_token(&self, purpose: Purpose, first: Option<u8>, time: SignedDuration) -> Result<String, Trouble> {
        let mut id = keys::random::<16>().map_err(|_| Trouble::Broken)?;
        if let Some(first) = first {
            id[0] = first;
        }
        let expires = self.now().saturating_add(time).ok();
        Ok(Token { purpose, id, expires }.sign(&self.keys))
    }

    /// Writes, and waits until it is on the disk, without holding up a thread.
    async fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        self.store.submit(job, move |outcome| {
            // Nobody waits any more where the client's time was over.
            let _ = sender.send(outcome);
        });
        receiver.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Reads, on a thread that may wait for the disk.
    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        // Nobody ever closes it.
        let _place = self.readers.acquire().await;
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || store.read(job)).await.unwrap_or(Err(StoreError::Closed))
    }
}

impl Service for Desk {
    fn answer<'a>(&'a self, call: Call) -> Thinking<'a> {
        Box::pin(self.route(call))
    }
}

/// Origins whose pages may post: the site's, the endpoint's, and those that `site.toml` names.
#[must_use]
pub fn origins(config: &Config, endpoint: &Endpoint) -> Vec<String> {
    let own = [config.base_url.origin(), endpoint.url.origin()].map(str::to_ascii_lowercase);
    let mut origins: Vec<String> = own.into_iter().chain(endpoint.origins.iter().cloned()).collect();
    origins.sort();
    origins.dedup();
    origins
}

/// What our pages may load, and where their forms may lead (Content Security Policy): the site's own styles, pictures, fonts and script, nothing else.
#[must_use]
pub fn policy(config: &Config, endpoint: &Endpoint) -> String {
    let site = config.base_url.origin();
    let own = endpoint.url.origin();
    let redirects = endpoint.redirects.iter().filter_map(|url| url::Url::parse(url).ok());
    let leads: String = redirects.map(|url| format!(" {}", url.origin().ascii_serialization())).collect();
    format!(
        "default-src 'none'; style-src {site} 'unsafe-inline'; img-src {site} data:; font-src {site}; script-src {site}; connect-src {own}; \
         form-action {own}{leads}; base-uri 'none'; frame-ancestors 'none'"
    )
}
