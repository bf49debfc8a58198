//! What requests to subscribe lead to: looked at here, after they were answered, so that no answer can tell who is on the list.

use jiff::Timestamp;

use crate::newsletter::mailing::NoticeKind;
use crate::store::Sql;
use crate::store::StoreError;
use crate::store::consents;
use crate::store::intake;
use crate::store::intake::Intake;
use crate::store::mailings;
use crate::store::mailings::NewNotice;
use crate::store::subscribers;
use crate::store::subscriptions;
use crate::store::suppressions;
use crate::subscriber::consent::Consent;
use crate::subscriber::consent::Source;
use crate::subscriber::keys;
use crate::subscriber::keys::KeyRing;
use crate::subscriber::request;
use crate::subscriber::request::Answer;
use crate::subscriber::roster::entry::Name;
use crate::subscriber::status::Status;
use crate::subscriber::subscriber::SubscriberId;
use crate::subscriber::subscriber::Subscription;

/// Requests looked at in one transaction.
pub(in crate::workflow::notices) const AT_A_TIME: u32 = 100;

/// Looks at the requests whose time has come: the list, the consent ledger and the notices have what they lead to when this commits, and the requests are gone. Says how
/// many there were; fewer than a hundred when none is left.
///
/// # Errors
/// A [`StoreError`]; nothing has changed then.
pub(in crate::workflow) fn process(sql: &mut dyn Sql, keys: &KeyRing, now: Timestamp) -> Result<usize, StoreError> {
    let waiting = intake::take(sql, now, AT_A_TIME)?;
    for waiting in &waiting {
        one(sql, &waiting.intake, keys, now)?;
    }
    let ids: Vec<i64> = waiting.iter().map(|waiting| waiting.id).collect();
    intake::remove(sql, &ids)?;
    Ok(ids.len())
}

fn one(sql: &mut dyn Sql, asked: &Intake, keys: &KeyRing, now: Timestamp) -> Result<(), StoreError> {
    let key = asked.address.key();
    let suppression = suppressions::of(sql, &keys.address_hash(&key))?.map(|(reason, _)| reason);
    let known = subscribers::find(sql, &key)?;
    let subscription = match &known {
        Some(known) => subscriptions::get(sql, known.id, &asked.newsletter)?,
        None => None,
    };
    let (subscriber, kind) = match request::decide(subscription.as_ref().map(|own| own.status), suppression) {
        Answer::Nothing => return Ok(()),
        Answer::AlreadySubscribed => match known {
            Some(known) => (known.id, NoticeKind::AlreadySubscribed),
            None => return Ok(()),
        },
        Answer::Confirm => {
            let subscriber = match known {
                Some(known) => known.id,
                None => subscribers::insert(sql, &asked.address, &Name::default(), asked.at)?,
            };
            pending(sql, subscriber, asked, subscription)?;
            (subscriber, NoticeKind::Confirm)
        }
    };
    let (newsletter, not_before) = (asked.newsletter.clone(), now);
    let notice = NewNotice { kind, newsletter, data: None, subscriber, address: None, not_before };
    mailings::notice(sql, &notice, now).map(|_| ())
}

/// The subscription as it is until it is confirmed. Somebody else may have asked: of who had left, the row goes on saying so, for when nobody confirms.
fn pending(
    sql: &mut dyn Sql,
    subscriber: SubscriberId,
    asked: &Intake,
    before: Option<Subscription>,
) -> Result<(), StoreError> {
    let consent = Consent {
        asked: Some(asked.at),
        page: asked.page.clone(),
        wording: asked.wording.clone(),
        ip_hash: asked.ip_hash.clone(),
        ..Consent::unproved(Source::Form)
    };
    for record in consent.records(&asked.newsletter) {
        consents::append(sql, subscriber, &record)?;
    }
    let left = |before: &Subscription| match before.status {
        Status::Unsubscribed => Some(before.consent.withdrew.unwrap_or(before.changed)),
        _ => before.consent.withdrew,
    };
    let consent = Consent { withdrew: before.as_ref().and_then(left), ..consent };
    let handle = match before {
        Some(before) => before.handle,
        None => keys::random::<16>().map_err(|_| StoreError::Refused("the machine has no random numbers"))?,
    };
    let newsletter = asked.newsletter.clone();
    let status = Status::Pending;
    subscriptions::put(sql, &Subscription { subscriber, newsletter, status, handle, changed: asked.at, consent })
}
