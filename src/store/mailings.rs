//! Mailings: what deliveries belong to.

use jiff::Timestamp;

use crate::newsletter::delivery::State;
use crate::newsletter::mailing::Mailing;
use crate::newsletter::mailing::MailingId;
use crate::newsletter::mailing::NoticeKind;
use crate::store::error::StoreError;
use crate::store::sql::Sql;
use crate::store::subscribers;
use crate::subscriber::subscriber::SubscriberId;
use crate::value::address::EmailAddress;

/// A notice to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// Which.
    pub kind: NoticeKind,
    /// About which newsletter.
    pub newsletter: Option<&'a str>,
    /// What its text needs, as JSON; gone once the notice is settled.
    pub data: Option<&'a str>,
    /// To whom; [`SubscriberId::OWNER`] for the site's owner.
    pub subscriber: SubscriberId,
    /// Where to, if not to the subscriber's own address.
    pub address: Option<&'a EmailAddress>,
    /// Before when it is not sent.
    pub not_before: Timestamp,
}

/// Puts a notice down, with its one delivery, pending.
///
/// # Errors
/// A [`StoreError`].
pub fn notice(sql: &mut dyn Sql, notice: &Notice<'_>, now: Timestamp) -> Result<MailingId, StoreError> {
    let newsletter = notice.newsletter.unwrap_or_default();
    let rows = sql.query(
        "INSERT INTO mailing (kind, notice, newsletter, created, data) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        &[Mailing::Notice.word().into(), notice.kind.word().into(), newsletter.into(), now.into(), notice.data.into()],
    )?;
    let mailing = rows.first().map_or(Err(StoreError::row("no id was given")), |row| row.int(0))?;
    let address = notice.address.map(ToString::to_string);
    let domain: Option<Box<str>> = match notice.address {
        Some(address) => Some(address.domain().into()),
        None => subscribers::get(sql, notice.subscriber)?.map(|subscriber| subscriber.address.domain().into()),
    };
    sql.execute(
        "INSERT INTO delivery (mailing, subscriber, state, attempt, priority, next_at, address, newsletter, domain, changed) \
         VALUES (?1, ?2, ?3, 0, 0, ?4, ?5, ?6, ?7, ?8)",
        &[
            mailing.into(),
            notice.subscriber.0.into(),
            State::Pending.word().into(),
            notice.not_before.into(),
            address.as_deref().into(),
            newsletter.into(),
            domain.as_deref().into(),
            now.into(),
        ],
    )?;
    Ok(MailingId(mailing))
}
