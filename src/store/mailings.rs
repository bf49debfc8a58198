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
#[derive(Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// Which.
    pub kind: NoticeKind,
    /// About which newsletter; empty where it is about none.
    pub newsletter: Box<str>,
    /// What its text needs ([`crate::newsletter::notice::NoticeData`]); gone once the notice is settled.
    pub data: Option<String>,
    /// To whom; [`SubscriberId::OWNER`] for the site's owner.
    pub subscriber: SubscriberId,
    /// Where to, if not to the subscriber's own address.
    pub address: Option<EmailAddress>,
    /// Before when it is not sent.
    pub not_before: Timestamp,
}

/// Without its data, which has links and what people wrote.
impl std::fmt::Debug for NewNotice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewNotice")
            .field("kind", &self.kind)
            .field("newsletter", &self.newsletter)
            .field("subscriber", &self.subscriber)
            .field("address", &self.address)
            .field("not_before", &self.not_before)
            .finish_non_exhaustive()
    }
}

/// Puts a notice down, with its one delivery, pending.
///
/// # Errors
/// A [`StoreError`].
pub fn notice(sql: &mut dyn Sql, notice: &NewNotice, now: Timestamp) -> Result<MailingId, StoreError> {
    let newsletter = &*notice.newsletter;
    let rows = sql.query(
        "INSERT INTO mailing (kind, notice, newsletter, created, data) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        &[
            Mailing::Notice.word().into(),
            notice.kind.word().into(),
            newsletter.into(),
            now.into(),
            notice.data.as_deref().into(),
        ],
    )?;
    let mailing = rows.first().map_or(Err(StoreError::row("no id was given")), |row| row.int(0))?;
    let address = notice.address.as_ref().map(ToString::to_string);
    let domain: Option<Box<str>> = match &notice.address {
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

/// Writes down what a notice's text needs, once that is known.
///
/// # Errors
/// A [`StoreError`].
pub fn note(sql: &mut dyn Sql, mailing: MailingId, data: &str) -> Result<(), StoreError> {
    sql.execute("UPDATE mailing SET data = ?2 WHERE id = ?1 AND kind = 'notice'", &[mailing.0.into(), data.into()])?;
    Ok(())
}
