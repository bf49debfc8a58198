//! Notices: single mails to one person. What asks for them is put into the ledger, and their letters are written here, at the moment when they leave: a link in one is good from then on.

mod intake;
mod latest;
mod links;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;

use crate::config::newsletter::Endpoint;
use crate::config::newsletter::Newsletter;
use crate::config::site::Config;
use crate::edition::mail::notice::LatestPost;
use crate::edition::mail::notice::NoticeView;
use crate::edition::mail::press::MailPress;
use crate::newsletter::mailing::Mailing;
use crate::newsletter::mailing::NoticeKind;
use crate::newsletter::notice::Lead;
use crate::newsletter::notice::NoticeData;
use crate::output::letter::FeedbackId;
use crate::output::letter::Head;
use crate::output::letter::Letter;
use crate::output::letter::ListId;
use crate::output::letter::MessageId;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::deliveries::Claimed;
use crate::store::deliveries::Which;
use crate::store::housekeeping;
use crate::subscriber::keys::KeyRing;
use crate::subscriber::token::Purpose;
use crate::subscriber::token::Token;
use crate::value::address::EmailAddress;
use crate::value::mailbox::Mailbox;
use crate::value::web_url::WebUrl;
use crate::workflow::deliver::Scribe;
use crate::workflow::deliver::Unwritten;
use crate::workflow::notices::latest::Latest;
use crate::workflow::subscribe::Now;

/// How often what is no longer needed is taken away.
const TIDY: Duration = Duration::from_secs(600);

/// Writes the notices of one site.
pub struct Notices {
    config: Arc<Config>,
    endpoint: Endpoint,
    keys: Arc<KeyRing>,
    store: Store,
    press: MailPress,
    latest: Latest,
    now: Now,
    tidied: Mutex<Option<Instant>>,
}

/// What [`Notices`] works with.
pub struct Parts {
    /// The site's settings.
    pub config: Arc<Config>,
    /// The endpoint that they describe.
    pub endpoint: Endpoint,
    /// The keys.
    pub keys: Arc<KeyRing>,
    /// The list.
    pub store: Store,
    /// The theme's mails.
    pub press: MailPress,
    /// Where the site is, for its latest posts.
    pub root: std::path::PathBuf,
    /// What the time is.
    pub now: Now,
}

impl Notices {
    /// A writer of notices.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { config, endpoint, keys, store, press, root, now } = parts;
        Self { config, endpoint, keys, store, press, latest: Latest::new(root), now, tidied: Mutex::default() }
    }

    fn newsletter(&self, id: Option<&str>) -> &Newsletter {
        let known = self.config.newsletters.iter().find(|known| Some(known.id.as_str()) == id);
        known.unwrap_or_else(|| self.config.newsletter())
    }

    /// The whole address of one of our pages.
    fn page(&self, place: &str, token: &Token) -> Result<WebUrl, Unwritten> {
        let url = self.endpoint.at(&format!("{place}/{}", token.sign(&self.keys)));
        WebUrl::parse(&url)
            .map_err(|_| Unwritten::Mistake(format!("`{}` makes no links for mails", self.endpoint.at(""))))
    }

    /// The page of a handle: these links are good for ever.
    fn page_of(&self, purpose: Purpose, claimed: &Claimed) -> Result<WebUrl, Unwritten> {
        let id = claimed.handle.ok_or(Unwritten::Gone)?;
        self.page(purpose.word(), &Token { purpose, id, expires: None })
    }

    /// What the notice says, and to whom.
    fn view(&self, claimed: &Claimed, kind: NoticeKind, lead: Option<Lead>) -> Result<NoticeView, Unwritten> {
        let newsletter = self.newsletter(claimed.newsletter.as_deref());
        let link = match (kind, links::purpose(kind)) {
            (NoticeKind::Lead, _) => None,
            (_, Some(purpose)) => {
                let token = links::token(&self.store, claimed, kind, purpose, (self.now)())?;
                Some(self.page(purpose.word(), &token)?)
            }
            (_, None) => Some(self.page_of(Purpose::Unsubscribe, claimed)?),
        };
        let unsubscribe = match kind {
            NoticeKind::Welcome | NoticeKind::AlreadySubscribed | NoticeKind::FreshLink => {
                Some(self.page_of(Purpose::Unsubscribe, claimed)?)
            }
            NoticeKind::Confirm | NoticeKind::AddressChange | NoticeKind::Lead => None,
        };
        let posts = match (kind, self.endpoint.welcome) {
            (NoticeKind::Welcome, Some(count)) if count > 0 => self.posts(count),
            _ => Vec::new(),
        };
        Ok(NoticeView { kind, newsletter: newsletter.id.clone(), link, unsubscribe, posts, lead })
    }

    fn posts(&self, count: usize) -> Vec<LatestPost> {
        self.latest.posts(count, (self.now)())
    }
}

impl Scribe for Notices {
    fn which(&self) -> Which {
        Which::Notices
    }

    fn prepare(&self, store: &Store, now: Timestamp) -> Result<bool, StoreError> {
        let keys = Arc::clone(&self.keys);
        let taken = store.write(move |sql| intake::process(sql, &keys, now))?;
        let is_due = {
            let mut tidied = self.tidied.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = tidied.is_none_or(|last| last.elapsed() >= TIDY);
            if is_due {
                *tidied = Some(Instant::now());
            }
            is_due
        };
        if is_due {
            store.write(move |sql| housekeeping::tidy(sql, now))?;
        }
        Ok(taken >= intake::AT_A_TIME as usize)
    }

    fn write(&self, claimed: &Claimed) -> Result<Letter, Unwritten> {
        let kind = claimed.notice.ok_or(Unwritten::Gone)?;
        let to = claimed.address.clone().ok_or(Unwritten::Gone)?;
        let lead = match (kind, claimed.data.as_deref().and_then(NoticeData::parse)) {
            (NoticeKind::Lead, Some(NoticeData::Lead(lead))) => Some(lead),
            // Whoever wrote it has been erased since.
            (NoticeKind::Lead, _) => return Err(Unwritten::Gone),
            _ => None,
        };
        let newsletter = self.newsletter(claimed.newsletter.as_deref());
        let from = self.endpoint.from.as_ref().or(newsletter.from.as_ref()).cloned();
        let from =
            from.ok_or_else(|| Unwritten::Mistake(format!("the newsletter `{}` has no `from`", newsletter.id)))?;
        let reply_to = match &lead {
            Some(lead) => EmailAddress::parse(&lead.email)
                .ok()
                .map(|address| Mailbox { name: lead.name.as_str().into(), address }),
            None => newsletter.reply_to.clone(),
        };
        let view = self.view(claimed, kind, lead)?;
        let drawn = self.press.notice(&view).map_err(|mistake| Unwritten::Mistake(mistake.message.clone()))?;
        // The same at every attempt.
        let message_id = MessageId::new(&self.keys, &format!("notice {}", claimed.delivery.0), &from.address);
        let list = ListId::new(&newsletter.name, &newsletter.id, from.address.domain());
        let feedback = FeedbackId::new(kind.word(), &newsletter.id, Mailing::Notice.word(), from.address.domain());
        let head = Head {
            from: &from,
            reply_to: reply_to.as_ref(),
            to: &to,
            return_path: None,
            date: (self.now)(),
            message_id: &message_id,
            list: (kind != NoticeKind::Lead).then_some(&list),
            unsubscribe: view.unsubscribe.as_ref(),
            archive: None,
            feedback: Some(&feedback),
            automatic: true,
        };
        Letter::write(&head, &drawn).map_err(|error| Unwritten::Mistake(error.to_string()))
    }
}
