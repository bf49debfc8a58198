//! Links in mails: confirming, leaving, pausing, and taking that back. Looking at one changes nothing.

use jiff::Timestamp;

use crate::edition::service::ServicePage;
use crate::edition::service_view::ServiceView;
use crate::edition::service_view::Undo;
use crate::newsletter::mailing::NoticeKind;
use crate::store::Sql;
use crate::store::StoreError;
use crate::store::consents;
use crate::store::links;
use crate::store::links::Link;
use crate::store::links::NewLink;
use crate::store::mailings;
use crate::store::mailings::NewNotice;
use crate::store::subscribers;
use crate::store::subscriptions;
use crate::subscriber::consent::Record;
use crate::subscriber::consent::Source;
use crate::subscriber::consent::Step;
use crate::subscriber::keys;
use crate::subscriber::status::Status;
use crate::subscriber::subscriber::Subscriber;
use crate::subscriber::subscriber::Subscription;
use crate::subscriber::token::Purpose;
use crate::subscriber::token::Token;
use crate::transport::endpoint::Content;
use crate::transport::endpoint::Said;
use crate::transport::endpoint_call::Call;
use crate::workflow::subscribe::Desk;
use crate::workflow::subscribe::UNDO_TIME;
use crate::workflow::subscribe::pages::Trouble;

/// What became of a link.
pub(in crate::workflow::subscribe) enum Became<T> {
    /// Done, now or before.
    Done(T),
    /// It is used up, or what it was about has changed since.
    Old,
    /// There is nothing that it could be about.
    Unknown,
}

impl Desk {
    /// `GET confirm/TOKEN`: one button.
    pub(in crate::workflow::subscribe) async fn confirm_page(&self, call: &Call, text: &str) -> Said {
        let found = match self.read_token(text, Purpose::Confirm) {
            Ok(token) => self.read(move |sql| find(sql, token.id)).await,
            Err(trouble) => return self.trouble(call, trouble),
        };
        match found {
            Ok(Some((link, subscriber, subscription))) => {
                let mut view = self.about(&subscriber, &subscription);
                if subscription.status == Status::Confirmed {
                    return self.page(200, ServicePage::Confirmed, &view);
                }
                if link.used.is_some() || subscription.status != Status::Pending {
                    return self.trouble(call, Trouble::OldLink);
                }
                view.action = self.endpoint.at(&format!("confirm/{text}"));
                self.page(200, ServicePage::Confirm, &view)
            }
            Ok(None) => self.trouble(call, Trouble::OldLink),
            Err(error) => self.broken(call, &error),
        }
    }

    /// `POST confirm/TOKEN`. Pressed twice, it says twice that it is done; after leaving, the same link brings nobody back.
    pub(in crate::workflow::subscribe) async fn confirm(&self, call: &Call, text: &str) -> Said {
        let token = match self.read_token(text, Purpose::Confirm) {
            Ok(token) if self.is_allowed(call) => token,
            Ok(_) => return self.trouble(call, Trouble::Foreign),
            Err(trouble) => return self.trouble(call, trouble),
        };
        let (now, ip_hash, welcomes) = (self.now(), self.keys.ip_hash(call.ip), self.endpoint.welcome.is_some());
        let outcome = self.write(move |sql| {
            let Some((link, subscriber, subscription)) = find(sql, token.id)? else { return Ok(Became::Unknown) };
            if subscription.status == Status::Confirmed {
                return Ok(Became::Done((subscriber, subscription)));
            }
            if subscription.status != Status::Pending || links::use_once(sql, link.id, now)?.is_none() {
                return Ok(Became::Old);
            }
            let consent = &subscription.consent;
            subscriptions::set(sql, &subscription, Status::Confirmed, now)?;
            let record = Record {
                step: Step::Confirmed,
                at: now,
                newsletter: subscription.newsletter.clone(),
                page: consent.page.clone(),
                wording: consent.wording.clone(),
                source: Source::Form,
                ip_hash: Some(ip_hash.into()),
            };
            consents::append(sql, subscriber.id, &record)?;
            if welcomes {
                mailings::notice(sql, &notice(NoticeKind::Welcome, &subscription, now), now)?;
            }
            Ok(Became::Done((subscriber, subscription)))
        });
        match outcome.await {
            Ok(Became::Done((subscriber, subscription))) => {
                // There may be a welcome to send.
                self.wake();
                let view = self.about(&subscriber, &subscription);
                let message = self.word("service.confirmed");
                self.done(call, ServicePage::Confirmed, &view, message)
            }
            Ok(_) => self.trouble(call, Trouble::OldLink),
            Err(error) => self.broken(call, &error),
        }
    }

    /// `GET unsubscribe/TOKEN`: leave or pause, one button each.
    pub(in crate::workflow::subscribe) async fn unsubscribe_page(&self, call: &Call, text: &str) -> Said {
        let now = self.now();
        let found = match self.read_token(text, Purpose::Unsubscribe) {
            Ok(token) => {
                self.read(move |sql| {
                    let Some((subscriber, subscription)) = by_handle(sql, token.id)? else { return Ok(None) };
                    // A mail program may have left for its reader, who comes here to take that back.
                    let undo = links::latest(sql, subscriber.id, Purpose::Undo.word(), &subscription.newsletter, now)?;
                    Ok(Some((subscriber, subscription, undo)))
                })
                .await
            }
            Err(trouble) => return self.trouble(call, trouble),
        };
        match found {
            Ok(Some((subscriber, subscription, undo))) => {
                let mut view = self.about(&subscriber, &subscription);
                view.action = self.endpoint.at(&format!("unsubscribe/{text}"));
                view.manage = Some(self.manage_offer(&subscription));
                if matches!(subscription.status, Status::Unsubscribed | Status::Paused) {
                    view.undo = undo.map(|link| self.undo_offer(link.id, link.expires));
                }
                let gone = subscription.status == Status::Unsubscribed;
                self.page(200, if gone { ServicePage::Unsubscribed } else { ServicePage::Unsubscribe }, &view)
            }
            // Erased since: nothing more will come.
            Ok(None) => self.page(200, ServicePage::Unsubscribed, &ServiceView::default()),
            Err(error) => self.broken(call, &error),
        }
    }

    /// `POST unsubscribe/TOKEN`: by our page's buttons, or by a mail program (RFC 8058 §3.2), which has no cookies, follows no redirect and reads no page.
    pub(in crate::workflow::subscribe) async fn unsubscribe(&self, call: &Call, text: &str) -> Said {
        let token = match self.read_token(text, Purpose::Unsubscribe) {
            Ok(token) => token,
            Err(trouble) => return self.trouble(call, trouble),
        };
        let one_click = call.field("List-Unsubscribe").is_some() && call.field("do").is_none();
        let (status, page) = match call.field("do") {
            Some("pause") => (Status::Paused, ServicePage::Paused),
            _ => (Status::Unsubscribed, ServicePage::Unsubscribed),
        };
        let Ok(undo) = keys::random::<16>() else { return self.trouble(call, Trouble::Broken) };
        let (now, ip_hash) = (self.now(), self.keys.ip_hash(call.ip));
        let expires = now.saturating_add(UNDO_TIME).unwrap_or(now);
        let outcome = self.write(move |sql| {
            let Some((subscriber, subscription)) = by_handle(sql, token.id)? else { return Ok(None) };
            let before = subscription.status;
            // Pausing is for who gets something.
            let changes = before != status && !(status == Status::Paused && before != Status::Confirmed);
            if changes {
                lower(sql, &subscription, status, Some(ip_hash.into()), now)?;
            }
            // Who had not confirmed has nothing to go back to that would send anything.
            let undoes = changes && matches!(before, Status::Confirmed | Status::Paused);
            if undoes {
                let link = NewLink {
                    id: undo,
                    purpose: Purpose::Undo.word(),
                    subscriber: subscription.subscriber,
                    newsletter: Some(subscription.newsletter.clone()),
                    data: Some(before.word().into()),
                    created: now,
                    expires,
                };
                links::create(sql, &link)?;
            }
            Ok(Some((subscriber, subscription, undoes)))
        });
        match outcome.await {
            Ok(_) if one_click => Said::new(200, Content::Text("unsubscribed\n".into())),
            Ok(Some((subscriber, subscription, undoes))) => {
                let mut view = self.about(&subscriber, &subscription);
                // Who had left before does not rest now.
                let page = if subscription.status == Status::Unsubscribed { ServicePage::Unsubscribed } else { page };
                view.undo = undoes.then(|| self.undo_offer(undo, expires));
                view.manage = Some(self.manage_offer(&subscription));
                self.page(200, page, &view)
            }
            Ok(None) => self.page(200, page, &ServiceView::default()),
            Err(error) => self.broken(call, &error),
        }
    }

    /// The form that takes back what was done last.
    fn undo_offer(&self, id: [u8; 16], expires: Timestamp) -> Undo {
        let token = Token { purpose: Purpose::Undo, id, expires: Some(expires) }.sign(&self.keys);
        Undo { action: self.endpoint.at(&format!("undo/{token}")), fields: Vec::new() }
    }

    /// Where the form posts that asks for a fresh link.
    fn manage_offer(&self, subscription: &Subscription) -> String {
        let manage = Token { purpose: Purpose::Manage, id: subscription.handle, expires: None };
        self.endpoint.at(&format!("manage/{}", manage.sign(&self.keys)))
    }

    /// `POST undo/TOKEN`: as it was before, if nothing else has happened since.
    pub(in crate::workflow::subscribe) async fn undo(&self, call: &Call, text: &str) -> Said {
        let token = match self.read_token(text, Purpose::Undo) {
            Ok(token) if self.is_allowed(call) => token,
            Ok(_) => return self.trouble(call, Trouble::Foreign),
            Err(trouble) => return self.trouble(call, trouble),
        };
        let (now, ip_hash) = (self.now(), self.keys.ip_hash(call.ip));
        let outcome = self.write(move |sql| {
            let Some((link, subscriber, subscription)) = find(sql, token.id)? else { return Ok(Became::Unknown) };
            let before = link.data.as_deref().and_then(|word| Status::parse(word).ok());
            let (Some(before), Some(_)) = (before, links::use_once(sql, link.id, now)?) else { return Ok(Became::Old) };
            if subscription.changed > link.created
                || !matches!(subscription.status, Status::Unsubscribed | Status::Paused)
            {
                return Ok(Became::Old);
            }
            subscriptions::set(sql, &subscription, before, now)?;
            if subscription.status == Status::Unsubscribed {
                // The withdrawal is taken back: the ledger has both.
                consents::append(
                    sql,
                    subscriber.id,
                    &step(Step::Undid, &subscription.newsletter, Some(ip_hash.into()), now),
                )?;
            }
            Ok(Became::Done((subscriber, subscription, before)))
        });
        match outcome.await {
            Ok(Became::Done((subscriber, subscription, Status::Confirmed))) => {
                let view = self.about(&subscriber, &subscription);
                let (title, message) = (self.word("service.title.resumed"), self.word("service.resumed"));
                let view = ServiceView { title: Some(title), message: Some(message), ..view };
                self.page(200, ServicePage::Confirmed, &view)
            }
            Ok(Became::Done((subscriber, subscription, _))) => {
                self.page(200, ServicePage::Paused, &self.about(&subscriber, &subscription))
            }
            Ok(_) => self.trouble(call, Trouble::OldLink),
            Err(error) => self.broken(call, &error),
        }
    }

    /// What pages say of a subscription.
    pub(in crate::workflow::subscribe) fn about(
        &self,
        subscriber: &Subscriber,
        subscription: &Subscription,
    ) -> ServiceView {
        ServiceView {
            newsletter: subscription.newsletter.to_string(),
            status: subscription.status.word().to_owned(),
            address: Some(subscriber.address.masked()),
            ..ServiceView::default()
        }
    }
}

/// A link, with whom and what it is about. `None` where the link, the reader or the subscription is gone.
fn find(sql: &mut dyn Sql, id: [u8; 16]) -> Result<Option<(Link, Subscriber, Subscription)>, StoreError> {
    let Some(link) = links::find(sql, id)? else { return Ok(None) };
    let Some(subscriber) = subscribers::get(sql, link.subscriber)? else { return Ok(None) };
    let Some(newsletter) = link.newsletter.as_deref() else { return Ok(None) };
    let subscription = subscriptions::get(sql, subscriber.id, newsletter)?;
    Ok(subscription.map(|subscription| (link, subscriber, subscription)))
}

/// The reader and the subscription with a handle.
pub(in crate::workflow::subscribe) fn by_handle(
    sql: &mut dyn Sql,
    handle: [u8; 16],
) -> Result<Option<(Subscriber, Subscription)>, StoreError> {
    let Some(subscription) = subscriptions::by_handle(sql, &handle)? else { return Ok(None) };
    Ok(subscribers::get(sql, subscription.subscriber)?.map(|subscriber| (subscriber, subscription)))
}

/// Sets a status that sends less; leaving is put down in the consent ledger.
pub(in crate::workflow::subscribe) fn lower(
    sql: &mut dyn Sql,
    subscription: &Subscription,
    status: Status,
    ip_hash: Option<Box<[u8]>>,
    now: Timestamp,
) -> Result<(), StoreError> {
    subscriptions::set(sql, subscription, status, now)?;
    if status == Status::Unsubscribed {
        consents::append(sql, subscription.subscriber, &step(Step::Withdrew, &subscription.newsletter, ip_hash, now))?;
    }
    Ok(())
}

/// A line of the consent ledger for what a reader did on one of our pages.
pub(in crate::workflow::subscribe) fn step(
    step: Step,
    newsletter: &str,
    ip_hash: Option<Box<[u8]>>,
    at: Timestamp,
) -> Record {
    Record { step, at, newsletter: newsletter.into(), page: None, wording: None, source: Source::Form, ip_hash }
}

/// A notice to a reader about one subscription, to go at once.
pub(in crate::workflow::subscribe) fn notice(
    kind: NoticeKind,
    subscription: &Subscription,
    now: Timestamp,
) -> NewNotice {
    NewNotice {
        kind,
        newsletter: subscription.newsletter.clone(),
        data: None,
        subscriber: subscription.subscriber,
        address: None,
        not_before: now,
    }
}
