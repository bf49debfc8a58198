//! The ledger: one row for each mailing and reader, and each step of it durable before the next is taken.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::newsletter::delivery;
use crate::newsletter::delivery::Next;
use crate::newsletter::delivery::State;
use crate::newsletter::discretion;
use crate::newsletter::mailing::DeliveryId;
use crate::newsletter::mailing::Mailing;
use crate::newsletter::mailing::MailingId;
use crate::newsletter::mailing::NoticeKind;
use crate::store::batch;
use crate::store::columns;
use crate::store::error::StoreError;
use crate::store::soft_bounces;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::store::sql::Value;
use crate::store::suppressions;
use crate::subscriber::keys::AddressHash;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;
use crate::subscriber::subscriber::Handle;
use crate::subscriber::subscriber::SubscriberId;
use crate::value::address::EmailAddress;
use crate::value::reply::Reply;

/// A delivery that is ours to try.
#[derive(Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Its mailing.
    pub mailing: MailingId,
    /// What the mailing is.
    pub kind: Mailing,
    /// Which notice, if it is one.
    pub notice: Option<NoticeKind>,
    /// About which newsletter.
    pub newsletter: Option<Box<str>>,
    /// To whom.
    pub subscriber: SubscriberId,
    /// Where to; `None` for the site's owner, and for a reader who is gone.
    pub address: Option<EmailAddress>,
    /// What stands for the reader's subscription in links.
    pub handle: Option<Handle>,
    /// What the notice's text needs.
    pub data: Option<Box<str>>,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When the mailing was made: its window begins then.
    pub created: Timestamp,
}

/// Masked, and without what links are made of.
impl std::fmt::Debug for Claimed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claimed")
            .field("delivery", &self.delivery)
            .field("notice", &self.notice)
            .field("subscriber", &self.subscriber)
            .field("address", &self.address)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// Which deliveries somebody is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Notices.
    Notices,
    /// Those of one issue.
    Of(MailingId),
}

/// The ids of all deliveries to the subscriber `?1`. There are few issues, so each is asked, and no index has to be kept for it.
pub(in crate::store) const OF_SUBSCRIBER: &str = "(SELECT id FROM delivery WHERE subscriber = ?1 AND priority = 0 \
                                                  UNION ALL SELECT d.id FROM issue i JOIN delivery d ON d.mailing = i.mailing WHERE d.subscriber = ?1)";

/// Claims up to `limit` deliveries whose time has come, for as long as `lease`. Those that somebody claimed and did not finish in time are claimed anew; of those
/// that were transmitting then, a notice is tried again and an issue is in doubt.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn claim(
    sql: &mut dyn Sql,
    which: Which,
    owner: &str,
    now: Timestamp,
    lease: SignedDuration,
    limit: u32,
) -> Result<Vec<Claimed>, StoreError> {
    let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    interrupted(sql, "lease_until <= ?3", now, now.into())?;
    let which = match which {
        Which::Notices => "priority = 0".to_owned(),
        Which::Of(mailing) => format!(
            "priority = 1 AND mailing = {0} AND EXISTS (SELECT 1 FROM issue WHERE mailing = {0} AND state = 'sending')",
            mailing.0
        ),
    };
    let claimed = sql.query(
        &format!(
            "UPDATE delivery SET state = 'leased', attempt = attempt + 1, lease_owner = ?1, lease_until = ?2, next_at = ?2, changed = ?3 WHERE id IN \
             (SELECT id FROM delivery WHERE state IN ('pending', 'leased', 'deferred') AND next_at <= ?3 AND {which} ORDER BY next_at, id LIMIT ?4) RETURNING id"
        ),
        &[owner.into(), until.into(), now.into(), i64::from(limit).into()],
    )?;
    let ids = claimed.iter().map(|row| row.int(0).map(Value::Int)).collect::<Result<Vec<_>, _>>()?;
    let mut all = Vec::with_capacity(ids.len());
    for ids in ids.chunks(batch::ROWS) {
        let rows = sql.query(
            &format!(
                "SELECT d.id, d.mailing, m.kind, m.notice, d.newsletter, d.subscriber, d.address, s.address, n.handle, m.data, d.attempt, m.created FROM delivery d \
                 JOIN mailing m ON m.id = d.mailing LEFT JOIN subscriber s ON s.id = d.subscriber \
                 LEFT JOIN subscription n ON n.subscriber = d.subscriber AND n.newsletter = d.newsletter WHERE d.id IN ({}) ORDER BY d.priority, d.id",
                batch::list(1, ids.len())
            ),
            ids,
        )?;
        for row in &rows {
            all.push(of(row)?);
        }
    }
    Ok(all)
}

fn of(row: &Row) -> Result<Claimed, StoreError> {
    Ok(Claimed {
        delivery: DeliveryId(row.int(0)?),
        mailing: MailingId(row.int(1)?),
        kind: kind(row, 2)?,
        notice: notice(row, 3)?,
        newsletter: columns::some(row, 4)?,
        subscriber: SubscriberId(row.int(5)?),
        address: match row.maybe_address(6)? {
            Some(address) => Some(address),
            None => row.maybe_address(7)?,
        },
        handle: row.maybe_blob(8)?.and_then(|handle| handle.try_into().ok()),
        data: columns::maybe(row, 9)?,
        attempt: u32::try_from(row.int(10)?).unwrap_or(u32::MAX),
        created: row.time(11)?,
    })
}

fn kind(row: &Row, at: usize) -> Result<Mailing, StoreError> {
    Mailing::parse(row.text(at)?).ok_or_else(|| StoreError::row("a kind of mailing that is not known"))
}

fn notice(row: &Row, at: usize) -> Result<Option<NoticeKind>, StoreError> {
    let parse = |word| NoticeKind::parse(word).ok_or_else(|| StoreError::row("a notice that is not known"));
    row.maybe_text(at)?.map(parse).transpose()
}

/// Deals with deliveries that were transmitting when their sender vanished. `which` may use `?3`.
fn interrupted(sql: &mut dyn Sql, which: &str, now: Timestamp, value: Value<'_>) -> Result<u64, StoreError> {
    let mut count = 0;
    for (kind, priority) in [(Mailing::Notice, 0), (Mailing::Issue, 1)] {
        let state = delivery::interrupted(kind).word();
        let update = format!(
            "UPDATE delivery SET state = ?1, next_at = ?2, changed = ?2, lease_owner = NULL, lease_until = NULL \
             WHERE state = 'transmitting' AND priority = {priority} AND {which}"
        );
        count += sql.execute(&update, &[state.into(), now.into(), value])?;
    }
    Ok(count)
}

/// At start: takes back what `owner` had claimed before it ended, as if the leases were over. Says how many deliveries that were.
///
/// # Errors
/// As [`claim`].
pub fn recover(sql: &mut dyn Sql, owner: &str, now: Timestamp) -> Result<u64, StoreError> {
    let transmitting = interrupted(sql, "lease_owner = ?3", now, owner.into())?;
    Ok(transmitting + release(sql, owner, now)?)
}

/// Gives back what `owner` has claimed and not begun to transmit.
///
/// # Errors
/// As [`claim`].
pub fn release(sql: &mut dyn Sql, owner: &str, now: Timestamp) -> Result<u64, StoreError> {
    sql.execute(
        "UPDATE delivery SET state = CASE WHEN attempt > 1 THEN 'deferred' ELSE 'pending' END, attempt = attempt - 1, next_at = ?2, changed = ?2, \
         lease_owner = NULL, lease_until = NULL WHERE state = 'leased' AND lease_owner = ?1",
        &[owner.into(), now.into()],
    )
}

/// Gives back one delivery of `owner` of whose letter nothing has left, as if it had not been tried, whether or not it was marked; it may be claimed again from `next_at` on. False where
/// it is no longer `owner`'s.
///
/// # Errors
/// As [`claim`].
pub fn give_back(
    sql: &mut dyn Sql,
    delivery: DeliveryId,
    owner: &str,
    next_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let given = sql.execute(
        "UPDATE delivery SET state = CASE WHEN attempt > 1 THEN 'deferred' ELSE 'pending' END, attempt = attempt - 1, next_at = ?3, changed = ?4, \
         lease_owner = NULL, lease_until = NULL WHERE id = ?1 AND state IN ('leased', 'transmitting') AND lease_owner = ?2",
        &[delivery.0.into(), owner.into(), next_at.into(), now.into()],
    )?;
    Ok(given > 0)
}

/// Prolongs the leases of `owner`, who is alive, on these deliveries: to `lease` from `now`.
///
/// # Errors
/// As [`claim`].
pub fn prolong(
    sql: &mut dyn Sql,
    owner: &str,
    deliveries: &[DeliveryId],
    lease: SignedDuration,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    let mut count = 0;
    for some in deliveries.chunks(batch::ROWS) {
        let mut values: Vec<Value<'_>> = vec![owner.into(), until.into()];
        values.extend(some.iter().map(|delivery| Value::Int(delivery.0)));
        count += sql.execute(
            &format!(
                "UPDATE delivery SET lease_until = ?2, next_at = CASE WHEN state = 'leased' THEN ?2 ELSE next_at END \
                 WHERE lease_owner = ?1 AND state IN ('leased', 'transmitting') AND id IN ({})",
                batch::list(3, some.len())
            ),
            &values,
        )?;
    }
    Ok(count)
}

/// What is written down of a letter before its first octet leaves.
#[derive(Clone, PartialEq, Eq)]
pub struct Leaving {
    /// The hash of its address; `None` for the site's owner.
    pub hash: Option<AddressHash>,
    /// Its Message-ID, with which a server's log can be searched.
    pub message_id: Box<str>,
    /// The server that takes it, as people are shown it; `None` where it goes into a folder.
    pub server: Option<Box<str>>,
}

/// What was said at an attempt, and by which server, as people are shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The reply.
    pub reply: Reply,
    /// The server; `None` where no server was asked.
    pub server: Option<Box<str>>,
}

/// The mark before the first octet of the letter leaves, and the last look at consent. False where it must not be sent: the lease is somebody else's, or consent has
/// ended or the address is suppressed, and then the delivery is `skipped`. The lease is prolonged: `lease` from `now`.
///
/// # Errors
/// As [`claim`].
pub fn transmit(
    sql: &mut dyn Sql,
    delivery: DeliveryId,
    owner: &str,
    leaving: &Leaving,
    lease: SignedDuration,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    let rows = sql.query(
        "SELECT m.kind, m.notice, d.subscriber, n.status, s.id FROM delivery d JOIN mailing m ON m.id = d.mailing \
         LEFT JOIN subscriber s ON s.id = d.subscriber \
         LEFT JOIN subscription n ON n.subscriber = d.subscriber AND n.newsletter = d.newsletter \
         WHERE d.id = ?1 AND d.state = 'leased' AND d.lease_owner = ?2",
        &[delivery.0.into(), owner.into()],
    )?;
    let Some(row) = rows.first() else { return Ok(false) };
    let (kind, notice, subscriber) = (kind(row, 0)?, notice(row, 1)?, SubscriberId(row.int(2)?));
    let status = row.maybe_text(3)?.map(|_| columns::status(row, 3)).transpose()?;
    let suppressed = match &leaving.hash {
        Some(hash) => suppressions::of(sql, hash)?.is_some(),
        None => false,
    };
    let is_reader = row.maybe_int(4)?.is_some() && leaving.hash.is_some() && !suppressed;
    let may = match (kind, notice) {
        (Mailing::Notice, Some(NoticeKind::Lead)) => subscriber == SubscriberId::OWNER,
        (Mailing::Notice, Some(NoticeKind::Confirm)) => is_reader && status == Some(Status::Pending),
        (Mailing::Notice, _) => is_reader,
        (Mailing::Issue, _) => is_reader && status == Some(Status::Confirmed),
    };
    if may {
        sql.execute(
            "UPDATE delivery SET state = 'transmitting', lease_until = ?2, changed = ?3, message_id = ?4, server = ?5 WHERE id = ?1",
            &[
                delivery.0.into(),
                until.into(),
                now.into(),
                (&*leaving.message_id).into(),
                leaving.server.as_deref().into(),
            ],
        )?;
    } else {
        let skipped = Next::ended(State::Skipped);
        settle(sql, delivery, owner, &skipped, None, None, now)?;
    }
    Ok(may)
}

/// Writes down what became of an attempt. The reply is kept without the addresses in it; where the delivery is final, what the notice needed and where it went are gone;
/// where `next` says so, the address (its `hash`) is suppressed, as it is with one soft bounce too many; a letter that is accepted begins their count anew. False, and nothing changed, where the delivery is no longer `owner`'s; only that it was sent is believed
/// then too, if nobody else is at it and it was not known to be.
///
/// # Errors
/// As [`claim`].
pub fn settle(
    sql: &mut dyn Sql,
    delivery: DeliveryId,
    owner: &str,
    next: &Next,
    said: Option<&Said>,
    hash: Option<&AddressHash>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // Whether it is ours is asked here: for a list of words SQLite makes a table of its own with every settlement.
    let rows = sql.query(
        "SELECT d.mailing, d.address, s.address, m.kind, d.subscriber, (SELECT count(*) FROM soft_bounce b WHERE b.subscriber = d.subscriber), d.state, d.lease_owner \
         FROM delivery d JOIN mailing m ON m.id = d.mailing LEFT JOIN subscriber s ON s.id = d.subscriber WHERE d.id = ?1",
        &[delivery.0.into()],
    )?;
    let Some(row) = rows.first() else { return Ok(false) };
    let may = match columns::state(row, 6)? {
        State::Leased | State::Transmitting => row.maybe_text(7)? == Some(owner),
        State::Pending | State::Deferred | State::InDoubt | State::Expired => next.state == State::Sent,
        State::Sent | State::Bounced | State::Rejected | State::Skipped => false,
    };
    if !may {
        return Ok(false);
    }
    let address = match row.maybe_address(1)? {
        Some(address) => Some(address),
        None => row.maybe_address(2)?,
    };
    let reply = said.map(|said| &said.reply);
    let text = reply.map(|reply| discretion::masked_for(&reply.text, address.as_ref()));
    let enhanced = reply.and_then(Reply::enhanced_text);
    let ended = i64::from(next.state.is_final());
    sql.execute(
        "UPDATE delivery SET state = ?2, next_at = ?3, changed = ?4, lease_owner = NULL, lease_until = NULL, stage = ?5, code = ?6, enhanced = ?7, reply = ?8, server = coalesce(?10, server), \
         domain = CASE WHEN ?9 = 1 THEN NULL ELSE domain END, address = CASE WHEN ?9 = 1 THEN NULL ELSE address END WHERE id = ?1",
        &[
            delivery.0.into(),
            next.state.word().into(),
            next.next_at.unwrap_or(now).into(),
            now.into(),
            reply.map(|reply| reply.stage.word()).into(),
            reply.map(|reply| i64::from(reply.code)).into(),
            enhanced.as_deref().into(),
            text.as_deref().into(),
            ended.into(),
            said.and_then(|said| said.server.as_deref()).into(),
        ],
    )?;
    if ended == 1 && kind(row, 3)? == Mailing::Notice {
        sql.execute("UPDATE mailing SET data = NULL WHERE id = ?1", &[row.int(0)?.into()])?;
    }
    let (subscriber, bounces) = (SubscriberId(row.int(4)?), row.count(5)?);
    let mut suppress = next.suppress;
    if next.is_soft && kind(row, 3)? == Mailing::Issue {
        let count = soft_bounces::add(sql, subscriber, MailingId(row.int(0)?), now)?;
        suppress = suppress.or_else(|| count.is_enough().then_some(Suppression::SoftBounce));
    } else if next.state == State::Sent && bounces > 0 && row.maybe_text(1)?.is_none() {
        // Of a letter that went elsewhere, to an address that is to be taken into use, nothing follows.
        soft_bounces::forget(sql, subscriber)?;
    }
    if let (Some(reason), Some(hash), Some(address)) = (suppress, hash, &address) {
        suppressions::add(sql, hash, &address.key(), reason, now)?;
    }
    Ok(true)
}

/// Where a delivery stands, and which attempts it took.
///
/// # Errors
/// As [`claim`].
pub fn state(sql: &mut dyn Sql, delivery: DeliveryId) -> Result<Option<(State, u32)>, StoreError> {
    let rows = sql.query("SELECT state, attempt FROM delivery WHERE id = ?1", &[delivery.0.into()])?;
    let read = |row: &Row| {
        let state = columns::state(row, 0)?;
        Ok((state, u32::try_from(row.int(1)?).unwrap_or(u32::MAX)))
    };
    rows.first().map(read).transpose()
}

/// When the next delivery is due; `None` where nothing waits.
///
/// # Errors
/// As [`claim`].
pub fn next_due(sql: &mut dyn Sql) -> Result<Option<Timestamp>, StoreError> {
    let rows = sql.query("SELECT min(next_at) FROM delivery WHERE state IN ('pending', 'leased', 'deferred')", &[])?;
    rows.first().map_or(Ok(None), |row| row.maybe_time(0))
}
