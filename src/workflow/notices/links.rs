//! The links in notices that can be used once, or for a short time.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::newsletter::mailing::NoticeKind;
use crate::newsletter::notice::NoticeData;
use crate::store::Sql;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::deliveries::Claimed;
use crate::store::links;
use crate::store::links::NewLink;
use crate::store::mailings;
use crate::subscriber::keys;
use crate::subscriber::token::Purpose;
use crate::subscriber::token::Token;
use crate::workflow::deliver::Unwritten;

/// How long a link that confirms is good: as long as the request waits for it.
const CONFIRM: SignedDuration = crate::store::housekeeping::PENDING;
/// How long the link to everything about one reader is good.
const FRESH: SignedDuration = SignedDuration::from_mins(30);
/// How long the link that takes a new address into use is good.
const ADDRESS: SignedDuration = SignedDuration::from_hours(24);

/// What the link of such a notice is good for; none where its links are good for ever.
pub(in crate::workflow::notices) fn purpose(kind: NoticeKind) -> Option<Purpose> {
    match kind {
        NoticeKind::Confirm => Some(Purpose::Confirm),
        NoticeKind::FreshLink => Some(Purpose::Preferences),
        NoticeKind::AddressChange => Some(Purpose::Address),
        NoticeKind::Welcome | NoticeKind::AlreadySubscribed | NoticeKind::Lead => None,
    }
}

fn lifetime(purpose: Purpose) -> SignedDuration {
    match purpose {
        Purpose::Confirm => CONFIRM,
        Purpose::Address => ADDRESS,
        _ => FRESH,
    }
}

/// The token of a notice's link. A notice that is sent again has the link that it had, while that is good for at least half of its time; else a new one, and the
/// old one is good for nothing. An earlier notice's link for the same purpose is not touched: both may lie in the inbox.
pub(in crate::workflow::notices) fn token(
    store: &Store,
    claimed: &Claimed,
    kind: NoticeKind,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Token, Unwritten> {
    let new = keys::random::<16>().map_err(|_| StoreError::Refused("the machine has no random numbers"))?;
    let known = claimed.data.as_deref().and_then(NoticeData::parse).and_then(|data| data.link());
    let claimed = claimed.clone();
    let expires = store.write(move |sql| {
        if let Some(id) = known
            && let Some(link) = links::find(sql, id)?
            && link.used.is_none()
            && link.expires.duration_since(now) * 2 >= lifetime(purpose)
        {
            return Ok((id, link.expires));
        }
        let expires = now.saturating_add(lifetime(purpose)).unwrap_or(Timestamp::MAX);
        create(sql, &claimed, kind, purpose, new, (now, expires))?;
        Ok((new, expires))
    });
    let (id, expires) = expires?;
    Ok(Token { purpose, id, expires: Some(expires) })
}

fn create(
    sql: &mut dyn Sql,
    claimed: &Claimed,
    kind: NoticeKind,
    purpose: Purpose,
    id: [u8; 16],
    (created, expires): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    // The link that takes an address into use has to know which.
    let address = claimed.address.as_ref().filter(|_| kind == NoticeKind::AddressChange);
    let link = NewLink {
        id,
        purpose: purpose.word(),
        subscriber: claimed.subscriber,
        newsletter: claimed.newsletter.clone(),
        data: address.map(ToString::to_string),
        created,
        expires,
    };
    links::create(sql, &link)?;
    match NoticeData::of_link(kind, id) {
        Some(data) => mailings::note(sql, claimed.mailing, &data.to_text()),
        None => Ok(()),
    }
}
