//! What a reader may do who holds a fresh link: choose newsletters, take along the data, erase it, move to another address. An issue's link only asks for one:
//! issues are forwarded, so it is mailed to the address that is on the list.

use jiff::Timestamp;

use crate::edition::service::ServicePage;
use crate::edition::service_view::FieldError;
use crate::edition::service_view::ServiceView;
use crate::edition::service_view::Typed;
use crate::newsletter::mailing::NoticeKind;
use crate::store::Sql;
use crate::store::StoreError;
use crate::store::consents;
use crate::store::erasure;
use crate::store::links;
use crate::store::links::Link;
use crate::store::mailings;
use crate::store::mailings::NewNotice;
use crate::store::subscribers;
use crate::store::subscriptions;
use crate::subscriber::consent::Consent;
use crate::subscriber::consent::Source;
use crate::subscriber::consent::Step;
use crate::subscriber::keys;
use crate::subscriber::status::Status;
use crate::subscriber::subscriber::Handle;
use crate::subscriber::subscriber::Subscriber;
use crate::subscriber::subscriber::Subscription;
use crate::subscriber::token::Purpose;
use crate::transport::endpoint::Content;
use crate::transport::endpoint::Said;
use crate::transport::endpoint_call::Call;
use crate::value::address::AddressKey;
use crate::value::address::EmailAddress;
use crate::workflow::subscribe::Desk;
use crate::workflow::subscribe::addressees::Post;
use crate::workflow::subscribe::addressees::What;
use crate::workflow::subscribe::dossier;
use crate::workflow::subscribe::limits::Shown;
use crate::workflow::subscribe::limits::To;
use crate::workflow::subscribe::limits::Turn;
use crate::workflow::subscribe::link::Became;
use crate::workflow::subscribe::link::by_handle;
use crate::workflow::subscribe::link::lower;
use crate::workflow::subscribe::link::notice;
use crate::workflow::subscribe::link::step;
use crate::workflow::subscribe::pages::Trouble;

/// A reader with all of their subscriptions.
type Known = (Subscriber, Vec<Subscription>);

impl Desk {
    /// `GET manage/TOKEN`: one button that mails a fresh link.
    pub(in crate::workflow::subscribe) async fn manage_page(&self, call: &Call, text: &str) -> Said {
        let found = match self.read_token(text, Purpose::Manage) {
            Ok(token) => self.read(move |sql| by_handle(sql, token.id)).await,
            Err(trouble) => return self.trouble(call, trouble),
        };
        match found {
            Ok(Some((subscriber, subscription))) => {
                let mut view = self.about(&subscriber, &subscription);
                view.action = self.endpoint.at(&format!("manage/{text}"));
                self.page(200, ServicePage::Manage, &view)
            }
            // Erased since.
            Ok(None) => self.trouble(call, Trouble::OldLink),
            Err(error) => self.broken(call, &error),
        }
    }

    /// `POST manage/TOKEN`.
    pub(in crate::workflow::subscribe) async fn manage(&self, call: &Call, text: &str) -> Said {
        self.try_manage(call, text).await.unwrap_or_else(|trouble| self.trouble(call, trouble))
    }

    async fn try_manage(&self, call: &Call, text: &str) -> Result<Said, Trouble> {
        let token = self.read_token(text, Purpose::Manage)?;
        self.admit(call)?;
        let found = match self.read(move |sql| by_handle(sql, token.id)).await {
            Ok(found) => found,
            Err(error) => return Ok(self.broken(call, &error)),
        };
        let (subscriber, subscription) = found.ok_or(Trouble::OldLink)?;
        let view = self.about(&subscriber, &subscription);
        let now = self.now();
        let hash = self.keys.address_hash(&subscriber.address.key());
        let Post::At(moment) = self.limits.post(hash, What::FreshLink, now) else {
            return Ok(self.page(200, ServicePage::LinkSent, &view));
        };
        let outcome = self.write(move |sql| {
            let notice = NewNotice { not_before: moment, ..notice(NoticeKind::FreshLink, &subscription, now) };
            mailings::notice(sql, &notice, now)
        });
        match outcome.await {
            Ok(_) => {
                self.wake();
                Ok(self.page(200, ServicePage::LinkSent, &view))
            }
            Err(error) => Ok(self.broken(call, &error)),
        }
    }

    /// `GET preferences/TOKEN`.
    pub(in crate::workflow::subscribe) async fn preferences_page(&self, call: &Call, text: &str) -> Said {
        match self.holder(call, text).await {
            Ok((_, (subscriber, subscriptions))) => {
                self.page(200, ServicePage::Preferences, &self.preferences_view(text, &subscriber, &subscriptions))
            }
            Err(said) => said,
        }
    }

    /// `POST preferences/TOKEN`: `do` is `save`, `address`, `download` or `erase`.
    pub(in crate::workflow::subscribe) async fn preferences(&self, call: &Call, text: &str) -> Said {
        // Only what sends a mail is counted: whoever shares a network with many must still be able to leave.
        let admitted = match call.field("do") {
            Some("address") => self.admit(call),
            _ if self.is_allowed(call) => Ok(()),
            _ => Err(Trouble::Foreign),
        };
        if let Err(trouble) = admitted {
            return self.trouble(call, trouble);
        }
        let (link, known) = match self.holder(call, text).await {
            Ok(holder) => holder,
            Err(said) => return said,
        };
        let done = match call.field("do") {
            Some("save") => self.save(call, text, known).await,
            Some("address") => self.ask_address(call, text, &link, known).await,
            Some("download") => self.download(call, known.0).await,
            Some("erase") => self.erase(call, text, known).await,
            _ => Err(Trouble::Nowhere),
        };
        done.unwrap_or_else(|trouble| self.trouble(call, trouble))
    }

    /// Who holds a fresh link; else what to answer. It is good for half an hour, however often it is used in that time.
    async fn holder(&self, call: &Call, text: &str) -> Result<(Link, Known), Said> {
        let token = self.read_token(text, Purpose::Preferences).map_err(|trouble| self.trouble(call, trouble))?;
        let found = self.read(move |sql| {
            let Some(link) = links::find(sql, token.id)? else { return Ok(None) };
            Ok(known(sql, &link)?.map(|known| (link, known)))
        });
        match found.await {
            Ok(Some(holder)) => Ok(holder),
            Ok(None) => Err(self.trouble(call, Trouble::OldLink)),
            Err(error) => Err(self.broken(call, &error)),
        }
    }

    fn preferences_view(&self, text: &str, subscriber: &Subscriber, subscriptions: &[Subscription]) -> ServiceView {
        let status =
            |id: &str| subscriptions.iter().find(|own| &*own.newsletter == id).map(|own| own.status.word().to_owned());
        let all = self.config.newsletters.iter();
        ServiceView {
            newsletters: all.map(|known| (known.id.clone(), status(&known.id).unwrap_or_default())).collect(),
            action: self.endpoint.at(&format!("preferences/{text}")),
            address: Some(subscriber.address.masked()),
            ..ServiceView::default()
        }
    }

    /// The field `newsletter-ID` says what becomes of each: `confirmed`, `paused` or `unsubscribed`. One that is not named stays as it is.
    async fn save(&self, call: &Call, text: &str, (subscriber, _): Known) -> Result<Said, Trouble> {
        let mut wishes = Vec::new();
        for newsletter in &self.config.newsletters {
            let handle = keys::random::<16>().map_err(|_| Trouble::Broken)?;
            let wanted = call.field(&format!("newsletter-{}", newsletter.id));
            let Some(status) = wanted.and_then(|word| Status::parse(word).ok()) else { continue };
            wishes.push(Wish {
                newsletter: newsletter.id.as_str().into(),
                status,
                wording: self.wording(newsletter).into(),
                handle,
            });
        }
        let (now, ip_hash, page) = (self.now(), self.keys.ip_hash(call.ip), self.endpoint.at("preferences"));
        let outcome = self.write(move |sql| {
            for wish in &wishes {
                fulfil(sql, &subscriber, wish, &page, &ip_hash, now)?;
            }
            let subscriptions = subscriptions::of_subscriber(sql, subscriber.id)?;
            Ok((subscriber.clone(), subscriptions))
        });
        match outcome.await {
            Ok((subscriber, subscriptions)) => {
                let view = self.preferences_view(text, &subscriber, &subscriptions);
                Ok(self.page(
                    200,
                    ServicePage::Preferences,
                    &ServiceView { message: Some(self.word("service.saved")), ..view },
                ))
            }
            Err(error) => Ok(self.broken(call, &error)),
        }
    }

    /// Mails a link to the new address: only who reads there may take it into use.
    async fn ask_address(
        &self,
        call: &Call,
        text: &str,
        link: &Link,
        (subscriber, own): Known,
    ) -> Result<Said, Trouble> {
        let field = self.config.subscribe.email_field.as_deref().unwrap_or("email");
        let typed = call.field(field).or_else(|| call.field("email")).unwrap_or_default();
        let Some(address) = EmailAddress::parse(typed).ok().filter(EmailAddress::is_public) else {
            let typed = Typed { email: typed.to_owned(), ..Typed::default() };
            let view = ServiceView { typed, ..self.preferences_view(text, &subscriber, &own) };
            let error = FieldError { field: field.into(), message: self.word("service.bad_address") };
            return Ok(self.again(call, ServicePage::Preferences, view, vec![error]));
        };
        let now = self.now();
        let place = match self.limits.turn(To::Readers(address.domain()), Shown::Worked, now) {
            Turn::Now | Turn::Work(_) => now,
            Turn::At(moment) => moment,
            Turn::Full => return Err(Trouble::Full),
        };
        let message = Some(self.word_about("service.address_sent", &address));
        let view = ServiceView { address: Some(address.masked()), message, ..ServiceView::default() };
        let hash = self.keys.address_hash(&address.key());
        let Post::At(not_before) = self.limits.post(hash, What::Address, place) else {
            return Ok(self.page(200, ServicePage::LinkSent, &view));
        };
        let notice = NewNotice {
            kind: NoticeKind::AddressChange,
            newsletter: link.newsletter.clone().unwrap_or_default(),
            data: None,
            subscriber: subscriber.id,
            address: Some(address),
            not_before,
        };
        let outcome = self.write(move |sql| mailings::notice(sql, &notice, now));
        match outcome.await {
            Ok(_) => {
                self.wake();
                Ok(self.page(200, ServicePage::LinkSent, &view))
            }
            Err(error) => Ok(self.broken(call, &error)),
        }
    }

    /// Everything that is known of the reader, as a file (GDPR articles 15 and 20).
    async fn download(&self, call: &Call, subscriber: Subscriber) -> Result<Said, Trouble> {
        let hash = self.keys.address_hash(&subscriber.address.key());
        match self.read(move |sql| dossier::of(sql, &subscriber, &hash)).await {
            Ok(json) => Ok(Said::new(200, Content::Download { name: "my-data.json", json })),
            Err(error) => Ok(self.broken(call, &error)),
        }
    }

    /// Erases the reader. The box beside the button has to be ticked: it cannot be taken back.
    async fn erase(&self, call: &Call, text: &str, (subscriber, own): Known) -> Result<Said, Trouble> {
        if call.field("sure").is_none() {
            let view = self.preferences_view(text, &subscriber, &own);
            let error = FieldError { field: "sure".into(), message: self.word("service.not_sure") };
            return Ok(self.again(call, ServicePage::Preferences, view, vec![error]));
        }
        let key = subscriber.address.key();
        let (hash, now, store) = (self.keys.address_hash(&key), self.now(), self.store.clone());
        let forgetting = tokio::task::spawn_blocking(move || erasure::forget(&store, &key, &hash, now));
        match forgetting.await.unwrap_or(Err(StoreError::Closed)) {
            Ok(_) => Ok(self.page(200, ServicePage::Erased, &ServiceView::default())),
            Err(error) => Ok(self.broken(call, &error)),
        }
    }

    /// `GET address/TOKEN`: one button.
    pub(in crate::workflow::subscribe) async fn address_page(&self, call: &Call, text: &str) -> Said {
        let found = match self.read_token(text, Purpose::Address) {
            Ok(token) => self.read(move |sql| links::find(sql, token.id)).await,
            Err(trouble) => return self.trouble(call, trouble),
        };
        match found {
            Ok(Some(link)) if link.used.is_none() => {
                let address = link.data.as_deref().and_then(|text| EmailAddress::parse(text).ok());
                let view = ServiceView {
                    newsletter: link.newsletter.map(String::from).unwrap_or_default(),
                    action: self.endpoint.at(&format!("address/{text}")),
                    address: address.map(|address| address.masked()),
                    ..ServiceView::default()
                };
                self.page(200, ServicePage::Address, &view)
            }
            Ok(_) => self.trouble(call, Trouble::OldLink),
            Err(error) => self.broken(call, &error),
        }
    }

    /// `POST address/TOKEN`.
    pub(in crate::workflow::subscribe) async fn address(&self, call: &Call, text: &str) -> Said {
        let token = match self.read_token(text, Purpose::Address) {
            Ok(token) if self.is_allowed(call) => token,
            Ok(_) => return self.trouble(call, Trouble::Foreign),
            Err(trouble) => return self.trouble(call, trouble),
        };
        let (now, ip_hash) = (self.now(), self.keys.ip_hash(call.ip));
        let mut handles = Vec::new();
        for _ in &self.config.newsletters {
            let Ok(handle) = keys::random::<16>() else { return self.trouble(call, Trouble::Broken) };
            handles.push(handle);
        }
        let outcome = self.write(move |sql| {
            let Some(link) = links::use_once(sql, token.id, now)? else { return Ok(Became::Old) };
            let Some((subscriber, own)) = known(sql, &link)? else { return Ok(Became::Unknown) };
            let Some(address) = link.data.as_deref().and_then(|text| EmailAddress::parse(text).ok()) else {
                return Ok(Became::Unknown);
            };
            if !subscribers::readdress(sql, subscriber.id, &address, now)? {
                join(sql, &own, &address.key(), &handles, &ip_hash, now)?;
            }
            // Links in the old inbox are no longer the reader's.
            for subscription in &own {
                for purpose in [Purpose::Preferences, Purpose::Confirm, Purpose::Address] {
                    links::revoke(sql, subscriber.id, purpose.word(), Some(&subscription.newsletter))?;
                }
            }
            Ok(Became::Done(address))
        });
        match outcome.await {
            Ok(Became::Done(address)) => {
                let title = Some(self.word("service.title.address_changed"));
                let message = Some(self.word_about("service.address_changed", &address));
                let view = ServiceView { title, message, ..ServiceView::default() };
                self.page(200, ServicePage::Confirmed, &view)
            }
            Ok(_) => self.trouble(call, Trouble::OldLink),
            Err(error) => self.broken(call, &error),
        }
    }
}

/// The reader that a link is about. `None` where they are gone.
fn known(sql: &mut dyn Sql, link: &Link) -> Result<Option<Known>, StoreError> {
    let Some(subscriber) = subscribers::get(sql, link.subscriber)? else { return Ok(None) };
    let subscriptions = subscriptions::of_subscriber(sql, subscriber.id)?;
    Ok(Some((subscriber, subscriptions)))
}

/// A line of the preferences, as it was posted.
struct Wish {
    newsletter: Box<str>,
    status: Status,
    wording: Box<str>,
    /// For a subscription that is not there yet.
    handle: Handle,
}

/// Does what a reader wants of one newsletter. The link proves that the address is theirs, so no further mail has to.
fn fulfil(
    sql: &mut dyn Sql,
    subscriber: &Subscriber,
    wish: &Wish,
    page: &str,
    ip_hash: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    let own = subscriptions::get(sql, subscriber.id, &wish.newsletter)?;
    let ip_hash = Some(ip_hash.into());
    match (own, wish.status) {
        (Some(own), wanted) if own.status == wanted => Ok(()),
        (Some(own), Status::Unsubscribed) => lower(sql, &own, Status::Unsubscribed, ip_hash, now),
        (Some(own), Status::Paused) if own.status == Status::Confirmed => {
            lower(sql, &own, Status::Paused, ip_hash, now)
        }
        (Some(own), Status::Confirmed) if own.status == Status::Paused => {
            subscriptions::set(sql, &own, Status::Confirmed, now)
        }
        (_, Status::Unsubscribed | Status::Paused | Status::Pending) => Ok(()),
        (own, Status::Confirmed) => {
            let consent = Consent {
                asked: Some(now),
                confirmed: Some(now),
                page: Some(page.into()),
                wording: Some(wish.wording.clone()),
                ip_hash,
                ..Consent::unproved(Source::Form)
            };
            for record in consent.records(&wish.newsletter) {
                consents::append(sql, subscriber.id, &record)?;
            }
            let subscription = Subscription {
                subscriber: subscriber.id,
                newsletter: wish.newsletter.clone(),
                status: Status::Confirmed,
                handle: own.map_or(wish.handle, |own| own.handle),
                changed: now,
                consent,
            };
            subscriptions::put(sql, &subscription)
        }
    }
}

/// The new address is on the list already: what came to the old one comes to the new one from now on, and the old one gets nothing more. Nobody's handle changes, so
/// the links in mails that were sent to either still do what they say.
fn join(
    sql: &mut dyn Sql,
    own: &[Subscription],
    address: &AddressKey,
    handles: &[Handle],
    ip_hash: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(other) = subscribers::find(sql, address)? else { return Ok(()) };
    let sending = own.iter().filter(|own| matches!(own.status, Status::Confirmed | Status::Paused | Status::Pending));
    for (old, handle) in sending.zip(handles) {
        let moved = old.status != Status::Pending;
        let there = subscriptions::get(sql, other.id, &old.newsletter)?;
        let gets = there.as_ref().is_some_and(|there| there.status == Status::Confirmed);
        if moved && !gets {
            let mut consent = Consent { ip_hash: Some(ip_hash.into()), ..old.consent.clone() };
            consent.confirmed = Some(now);
            let handle = there.map_or(*handle, |there| there.handle);
            consents::append(sql, other.id, &step(Step::Confirmed, &old.newsletter, Some(ip_hash.into()), now))?;
            subscriptions::put(
                sql,
                &Subscription { subscriber: other.id, handle, changed: now, consent, ..old.clone() },
            )?;
        }
        lower(sql, old, Status::Unsubscribed, Some(ip_hash.into()), now)?;
    }
    Ok(())
}
