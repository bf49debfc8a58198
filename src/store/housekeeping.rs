//! What is kept no longer than it is needed: requests that were never confirmed, links whose time is over, notices long settled.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::store::batch;
use crate::store::error::StoreError;
use crate::store::links;
use crate::store::sql::Sql;
use crate::store::sql::Value;

/// How long a request to subscribe waits for its confirmation.
pub const PENDING: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a link is kept after its time is over, so that the page behind it can say so.
const LINK: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long the ledger keeps a settled notice.
const NOTICE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Readers looked at in one call, so that no transaction gets long.
const READERS: i64 = 1000;

/// What was taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tidied {
    /// Readers who asked by the form and never confirmed anything.
    pub readers: u64,
    /// Subscriptions of who had left, was asked for again by the form, and did not confirm: they are unsubscribed as before.
    pub left: u64,
    /// Links.
    pub links: u64,
    /// Notices.
    pub notices: u64,
}

/// Takes away what is needed no longer at `now`; at most a thousand readers and notices a call.
///
/// # Errors
/// A [`StoreError`].
pub fn tidy(sql: &mut dyn Sql, now: Timestamp) -> Result<Tidied, StoreError> {
    let before = |age| now.saturating_sub(age).unwrap_or(Timestamp::MIN);
    Ok(Tidied {
        left: left_before(sql, before(PENDING), now)?,
        readers: never_confirmed(sql, before(PENDING))?,
        links: links::purge(sql, before(LINK))?,
        notices: settled(sql, before(NOTICE))?,
    })
}

/// Who had left stays away where nobody confirmed.
fn left_before(sql: &mut dyn Sql, before: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
    sql.execute(
        "UPDATE subscription SET status = 'unsubscribed', changed = ?2 WHERE status = 'pending' AND withdrew IS NOT NULL AND asked < ?1",
        &[before.into(), now.into()],
    )
}

/// Readers all of whose subscriptions are requests of the form, the last of them older than `before`. What a file or the site's owner brought stays.
fn never_confirmed(sql: &mut dyn Sql, before: Timestamp) -> Result<u64, StoreError> {
    let rows = sql.query(
        "SELECT s.id FROM subscriber s WHERE s.created < ?1 \
         AND EXISTS (SELECT 1 FROM subscription n WHERE n.subscriber = s.id) \
         AND NOT EXISTS (SELECT 1 FROM subscription n WHERE n.subscriber = s.id AND (n.status <> 'pending' OR n.source <> 'form')) \
         AND NOT EXISTS (SELECT 1 FROM consent c WHERE c.subscriber = s.id AND (c.at >= ?1 OR c.step <> 'asked')) \
         AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.subscriber = s.id AND d.priority = 0 AND d.state IN ('pending', 'leased', 'deferred', 'transmitting')) \
         ORDER BY s.id LIMIT ?2",
        &[before.into(), READERS.into()],
    )?;
    let ids = rows.iter().map(|row| row.int(0).map(Value::Int)).collect::<Result<Vec<_>, _>>()?;
    for ids in ids.chunks(batch::ROWS) {
        let list = batch::list(1, ids.len());
        for table in ["tag", "subscription", "consent", "link", "soft_bounce"] {
            sql.execute(&format!("DELETE FROM {table} WHERE subscriber IN ({list})"), ids)?;
        }
        sql.execute(&format!("DELETE FROM subscriber WHERE id IN ({list})"), ids)?;
    }
    Ok(ids.len() as u64)
}

/// Notices that reached their end before `before`, with their deliveries.
fn settled(sql: &mut dyn Sql, before: Timestamp) -> Result<u64, StoreError> {
    let rows = sql.query(
        "SELECT m.id FROM mailing m WHERE m.kind = 'notice' AND m.created < ?1 \
         AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.mailing = m.id AND (d.changed >= ?1 OR d.state IN ('pending', 'leased', 'deferred', 'transmitting'))) \
         ORDER BY m.id LIMIT ?2",
        &[before.into(), READERS.into()],
    )?;
    let ids = rows.iter().map(|row| row.int(0).map(Value::Int)).collect::<Result<Vec<_>, _>>()?;
    for ids in ids.chunks(batch::ROWS) {
        let list = batch::list(1, ids.len());
        sql.execute(&format!("DELETE FROM delivery WHERE mailing IN ({list})"), ids)?;
        sql.execute(&format!("DELETE FROM mailing WHERE id IN ({list})"), ids)?;
    }
    Ok(ids.len() as u64)
}
