//! Issues that are being sent or have been: whom each goes to, fixed in one transaction, and how far it is.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::newsletter::delivery::State;
use crate::newsletter::mailing::DeliveryId;
use crate::newsletter::mailing::Mailing;
use crate::newsletter::mailing::MailingId;
use crate::newsletter::sending::Sending;
use crate::store::error::StoreError;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::subscriber::subscriber::Handle;
use crate::subscriber::subscriber::SubscriberId;
use crate::value::address::EmailAddress;

/// An issue in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its mailing.
    pub mailing: MailingId,
    /// The newsletter's id.
    pub newsletter: Box<str>,
    /// The name of its folder: `2026-11-15`.
    pub name: Box<str>,
    /// The hash over all that was frozen.
    pub hash: [u8; 32],
    /// Where its sending stands.
    pub state: Sending,
    /// How many readers it goes to.
    pub audience: u64,
    /// When that was fixed.
    pub started: Timestamp,
}

/// What became of an attempt to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// The audience is fixed now, or was before.
    Issue(Issue),
    /// An issue of this name was begun with other content, which some readers have.
    Other(Issue),
}

const SELECT: &str = "SELECT mailing, newsletter, name, hash, state, audience, started FROM issue";

fn of(row: &Row) -> Result<Issue, StoreError> {
    Ok(Issue {
        mailing: MailingId(row.int(0)?),
        newsletter: row.text(1)?.into(),
        name: row.text(2)?.into(),
        hash: row.octets(3)?,
        state: Sending::parse(row.text(4)?).ok_or_else(|| StoreError::row("a state of an issue that is not known"))?,
        audience: row.count(5)?,
        started: row.time(6)?,
    })
}

/// The issue of that name.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn find(sql: &mut dyn Sql, newsletter: &str, name: &str) -> Result<Option<Issue>, StoreError> {
    let rows =
        sql.query(&format!("{SELECT} WHERE newsletter = ?1 AND name = ?2"), &[newsletter.into(), name.into()])?;
    rows.first().map(of).transpose()
}

/// All of them, the latest first.
///
/// # Errors
/// As [`find`].
pub fn all(sql: &mut dyn Sql) -> Result<Vec<Issue>, StoreError> {
    sql.query(&format!("{SELECT} ORDER BY started DESC, mailing DESC"), &[])?.iter().map(of).collect()
}

/// How many readers an issue of a newsletter would go to now: confirmed, and not suppressed.
///
/// # Errors
/// As [`find`].
pub fn audience(sql: &mut dyn Sql, newsletter: &str) -> Result<u64, StoreError> {
    let rows = sql.query(&format!("SELECT count(*) FROM {READERS}"), &[newsletter.into()])?;
    rows.first().map_or(Ok(0), |row| row.count(0))
}

/// Who gets an issue of `?1`. Those who were erased are no subscribers; all other suppressions name the address. Few are suppressed and many are not, so it is looked who they are, and not
/// of everybody whether they are.
const READERS: &str = "subscription n LEFT JOIN (SELECT s.id AS gone FROM suppression x JOIN subscriber s ON s.address_key = x.address_key) away \
                       ON away.gone = n.subscriber WHERE n.newsletter = ?1 AND n.status = 'confirmed' AND away.gone IS NULL";

/// Somebody who would get an issue.
#[derive(Clone, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub subscriber: SubscriberId,
    /// Where to.
    pub address: EmailAddress,
    /// What stands for the subscription in links.
    pub handle: Handle,
}

/// Who would get an issue of a newsletter now, up to `limit`.
///
/// # Errors
/// As [`find`].
pub fn readers(sql: &mut dyn Sql, newsletter: &str, limit: u32) -> Result<Vec<Reader>, StoreError> {
    let query = format!(
        "SELECT n.subscriber, (SELECT s.address FROM subscriber s WHERE s.id = n.subscriber), n.handle FROM {READERS} ORDER BY n.subscriber LIMIT ?2"
    );
    let rows = sql.query(&query, &[newsletter.into(), i64::from(limit).into()])?;
    let read = |row: &Row| {
        Ok(Reader { subscriber: SubscriberId(row.int(0)?), address: row.address(1)?, handle: row.octets(2)? })
    };
    rows.iter().map(read).collect()
}

/// Begins an issue: a delivery for everybody who is to get it, in the transaction of this job, all at once or over `spread`. Begun before, it is as it was: who confirmed since gets the next one.
///
/// # Errors
/// As [`find`].
pub fn begin(
    sql: &mut dyn Sql,
    newsletter: &str,
    name: &str,
    hash: &[u8; 32],
    spread: Option<SignedDuration>,
    now: Timestamp,
) -> Result<Begun, StoreError> {
    if let Some(known) = find(sql, newsletter, name)? {
        return Ok(if known.hash == *hash { Begun::Issue(known) } else { Begun::Other(known) });
    }
    let wanted = audience(sql, newsletter)?;
    let rows = sql.query(
        "INSERT INTO mailing (kind, notice, newsletter, created, data) VALUES (?1, NULL, ?2, ?3, NULL) RETURNING id",
        &[Mailing::Issue.word().into(), newsletter.into(), now.into()],
    )?;
    let mailing = rows.first().map_or(Err(StoreError::row("no id was given")), |row| row.int(0))?;
    let put = put_down(sql, newsletter, mailing, wanted, spread, now)?;
    if put != wanted {
        return Err(StoreError::row("an audience that is not what was counted"));
    }
    sql.execute(
        "INSERT INTO issue (mailing, newsletter, name, hash, state, audience, started, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
        &[
            mailing.into(),
            newsletter.into(),
            name.into(),
            hash.into(),
            Sending::Open.word().into(),
            i64::try_from(put).unwrap_or(i64::MAX).into(),
            now.into(),
        ],
    )?;
    let begun = find(sql, newsletter, name)?;
    begun.map(Begun::Issue).ok_or_else(|| StoreError::row("an issue that is there and is not"))
}

/// Whether any issue was begun.
///
/// # Errors
/// As [`find`].
pub fn are_there(sql: &mut dyn Sql) -> Result<bool, StoreError> {
    Ok(!sql.query("SELECT 1 FROM issue LIMIT 1", &[])?.is_empty())
}

/// Puts down an issue that was sent elsewhere, or may have been: its readers of now, each in that final state, or in doubt. Nobody is mailed. Says how many they are; begun before, it is as
/// it was.
///
/// # Errors
/// As [`find`].
pub fn settled(
    sql: &mut dyn Sql,
    newsletter: &str,
    name: &str,
    hash: &[u8; 32],
    readers: State,
    now: Timestamp,
) -> Result<u64, StoreError> {
    if find(sql, newsletter, name)?.is_some() {
        return Ok(0);
    }
    let (Begun::Issue(issue) | Begun::Other(issue)) = begin(sql, newsletter, name, hash, None, now)?;
    sql.execute("UPDATE delivery SET state = ?2 WHERE mailing = ?1", &[issue.mailing.0.into(), readers.word().into()])?;
    finish(sql, issue.mailing, now)?;
    Ok(issue.audience)
}

/// A delivery for each reader: all due now, or one after the other at even distances over `spread`, in an order that looks random, so that no domain comes in a lump, and is the same however
/// often it is asked for.
fn put_down(
    sql: &mut dyn Sql,
    newsletter: &str,
    mailing: i64,
    readers: u64,
    spread: Option<SignedDuration>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let insert = "INSERT INTO delivery (mailing, subscriber, state, attempt, priority, next_at, newsletter, changed)";
    let Some(spread) = spread else {
        return sql.execute(
            &format!("{insert} SELECT ?2, n.subscriber, 'pending', 0, 1, ?3, n.newsletter, ?3 FROM {READERS} ORDER BY n.subscriber"),
            &[newsletter.into(), mailing.into(), now.into()],
        );
    };
    // The square of what a generator of Lehmer makes of the id (modulus 2³¹ − 1): numbers that follow one another have nothing to do with each other afterwards.
    let mixed = "((n.subscriber + ?4 * 7919) * 48271 % 2147483647)";
    let (span, readers) =
        (i64::try_from(spread.as_micros()).unwrap_or(i64::MAX), i64::try_from(readers.max(1)).unwrap_or(i64::MAX));
    sql.execute(
        &format!(
            "{insert} SELECT ?2, n.subscriber, 'pending', 0, 1, ?3 + (row_number() OVER (ORDER BY {mixed} * {mixed} % 2147483647, n.subscriber) - 1) * ?5 / ?6, \
             n.newsletter, ?3 FROM {READERS} ORDER BY n.subscriber"
        ),
        &[newsletter.into(), mailing.into(), now.into(), mailing.into(), span.into(), readers.into()],
    )
}

/// When the last delivery of an issue that was not tried yet has its turn; `None` where all were.
///
/// # Errors
/// As [`find`].
pub fn last_turn(sql: &mut dyn Sql, mailing: MailingId) -> Result<Option<Timestamp>, StoreError> {
    let rows =
        sql.query("SELECT max(next_at) FROM delivery WHERE mailing = ?1 AND state = 'pending'", &[mailing.0.into()])?;
    rows.first().map_or(Ok(None), |row| row.maybe_time(0))
}

/// How many deliveries of an issue are in which state.
///
/// # Errors
/// As [`find`].
pub fn progress(sql: &mut dyn Sql, mailing: MailingId) -> Result<BTreeMap<State, u64>, StoreError> {
    // Counted in passing: to group them, SQLite sorts all of them in memory, which is 50 bytes a reader.
    let each: Vec<String> =
        State::ALL.iter().map(|state| format!("count(*) FILTER (WHERE state = '{}')", state.word())).collect();
    let query = format!("SELECT count(*), {} FROM delivery WHERE mailing = ?1", each.join(", "));
    let rows = sql.query(&query, &[mailing.0.into()])?;
    let mut counts = BTreeMap::new();
    let Some(row) = rows.first() else { return Ok(counts) };
    for (at, state) in State::ALL.into_iter().enumerate() {
        let count = row.count(at + 1)?;
        if count > 0 {
            counts.insert(state, count);
        }
    }
    if counts.values().sum::<u64>() != row.count(0)? {
        return Err(StoreError::row("a state that is not known"));
    }
    Ok(counts)
}

/// Puts right what was written down by a clock that was ahead, and is not any more: what was to be tried at a moment that it named may be tried now. Says how many deliveries that were.
///
/// # Errors
/// As [`find`].
pub fn put_right(sql: &mut dyn Sql, mailing: MailingId, now: Timestamp) -> Result<u64, StoreError> {
    // Machines that share the work need not agree on the second.
    let ahead = now.saturating_add(SignedDuration::from_mins(1)).unwrap_or(Timestamp::MAX);
    sql.execute(
        // All three states, so that the index that knows them is used.
        "UPDATE delivery SET next_at = ?2, changed = ?2 WHERE state IN ('pending', 'leased', 'deferred') AND state <> 'leased' AND priority = 1 AND mailing = ?1 \
         AND next_at > ?2 AND changed > ?3",
        &[mailing.0.into(), now.into(), ahead.into()],
    )
}

/// When the next delivery of an issue can be tried; `None` where none is left.
///
/// # Errors
/// As [`find`].
pub fn next_due(sql: &mut dyn Sql, mailing: MailingId) -> Result<Option<Timestamp>, StoreError> {
    // Two looks into indices, however many readers there are.
    let waiting = "SELECT next_at FROM delivery WHERE state IN ('pending', 'leased', 'deferred') AND priority = 1 AND mailing = ?1 \
                   ORDER BY next_at, id LIMIT 1";
    let leaving =
        "SELECT lease_until FROM delivery WHERE state = 'transmitting' AND mailing = ?1 ORDER BY lease_until LIMIT 1";
    let mut due = None;
    for query in [waiting, leaving] {
        let rows = sql.query(query, &[mailing.0.into()])?;
        let found = rows.first().map_or(Ok(None), |row| row.maybe_time(0))?;
        due = [due, found].into_iter().flatten().min();
    }
    Ok(due)
}

/// Pauses an issue. Says where it stands now; letters that are leaving at this moment still do.
///
/// # Errors
/// As [`find`].
pub fn pause(sql: &mut dyn Sql, mailing: MailingId, now: Timestamp) -> Result<Sending, StoreError> {
    set(sql, mailing, &[Sending::Open], Sending::Paused, now)
}

/// Resumes an issue that was paused, or that has ended with letters refused for good, which are tried once more: so many refusals pause an issue by themselves, and whoever resumes it has
/// mended what they were about. Says where it stands now, and how many are tried once more.
///
/// # Errors
/// As [`find`].
pub fn resume(sql: &mut dyn Sql, mailing: MailingId, now: Timestamp) -> Result<(Sending, u64), StoreError> {
    // Of an issue that is being sent, or was cancelled, nothing is tried again.
    let again = sql.execute(
        "UPDATE delivery SET state = 'pending', next_at = ?2, changed = ?2 WHERE mailing = ?1 AND state = 'rejected' \
         AND EXISTS (SELECT 1 FROM issue WHERE issue.mailing = ?1 AND issue.state IN (?3, ?4))",
        &[mailing.0.into(), now.into(), Sending::Paused.word().into(), Sending::Finished.word().into()],
    )?;
    let from: &[Sending] = if again > 0 { &[Sending::Paused, Sending::Finished] } else { &[Sending::Paused] };
    Ok((set(sql, mailing, from, Sending::Open, now)?, again))
}

/// Cancels an issue: what has not left is skipped. Says where it stands now.
///
/// # Errors
/// As [`find`].
pub fn cancel(sql: &mut dyn Sql, mailing: MailingId, now: Timestamp) -> Result<Sending, StoreError> {
    let state = set(sql, mailing, &[Sending::Open, Sending::Paused], Sending::Cancelled, now)?;
    if state == Sending::Cancelled {
        sql.execute(
            "UPDATE delivery SET state = 'skipped', changed = ?2, lease_owner = NULL, lease_until = NULL \
             WHERE mailing = ?1 AND state IN ('pending', 'leased', 'deferred')",
            &[mailing.0.into(), now.into()],
        )?;
    }
    Ok(state)
}

/// Notes that nothing is left to send, where that is so. Says where the issue stands now.
///
/// # Errors
/// As [`find`].
pub fn finish(sql: &mut dyn Sql, mailing: MailingId, now: Timestamp) -> Result<Sending, StoreError> {
    if next_due(sql, mailing)?.is_some() {
        return state(sql, mailing);
    }
    set(sql, mailing, &[Sending::Open, Sending::Paused], Sending::Finished, now)
}

fn state(sql: &mut dyn Sql, mailing: MailingId) -> Result<Sending, StoreError> {
    let rows = sql.query(&format!("{SELECT} WHERE mailing = ?1"), &[mailing.0.into()])?;
    rows.first().map_or(Err(StoreError::row("an issue that is gone")), |row| of(row).map(|issue| issue.state))
}

fn set(
    sql: &mut dyn Sql,
    mailing: MailingId,
    from: &[Sending],
    to: Sending,
    now: Timestamp,
) -> Result<Sending, StoreError> {
    let now_in = state(sql, mailing)?;
    if !from.contains(&now_in) {
        return Ok(now_in);
    }
    sql.execute(
        "UPDATE issue SET state = ?2, changed = ?3 WHERE mailing = ?1",
        &[mailing.0.into(), to.word().into(), now.into()],
    )?;
    Ok(to)
}

/// Deliveries in doubt: of one issue, or of all, the oldest first.
///
/// # Errors
/// As [`find`].
pub fn doubts(sql: &mut dyn Sql, mailing: Option<MailingId>) -> Result<Vec<DeliveryId>, StoreError> {
    let which = mailing.map_or_else(String::new, |mailing| format!(" AND d.mailing = {}", mailing.0));
    let rows = sql.query(
        &format!(
            "SELECT d.id FROM delivery d JOIN issue i ON i.mailing = d.mailing WHERE d.state = 'in_doubt'{which} ORDER BY d.changed, d.id"
        ),
        &[],
    )?;
    rows.iter().map(|row| row.int(0).map(DeliveryId)).collect()
}

/// As [`doubts`], of one issue: those that left here, and whose answer was lost. Of the others the ledger only knows that it does not know, after a restore.
///
/// # Errors
/// As [`find`].
pub fn lost_answers(sql: &mut dyn Sql, mailing: MailingId) -> Result<Vec<DeliveryId>, StoreError> {
    let rows = sql.query(
        "SELECT id FROM delivery WHERE mailing = ?1 AND state = 'in_doubt' AND message_id IS NOT NULL ORDER BY id",
        &[mailing.0.into()],
    )?;
    rows.iter().map(|row| row.int(0).map(DeliveryId)).collect()
}

/// As [`resolve`], all deliveries in doubt at once: of one issue, or of all. Says how many that were.
///
/// # Errors
/// As [`find`].
pub fn resolve_all(
    sql: &mut dyn Sql,
    mailing: Option<MailingId>,
    resend: bool,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let state = if resend { State::Pending } else { State::Sent };
    let which = mailing.map_or_else(String::new, |mailing| format!(" AND mailing = {}", mailing.0));
    let settled = sql.execute(
        &format!(
            "UPDATE delivery SET state = ?1, attempt = 0, next_at = ?2, changed = ?2 WHERE state = 'in_doubt' \
             AND mailing IN (SELECT mailing FROM issue){which}"
        ),
        &[state.word().into(), now.into()],
    )?;
    if resend {
        sql.execute(
            &format!(
                "UPDATE issue SET state = 'sending', changed = ?1 WHERE state = 'sent'{which} \
                 AND EXISTS (SELECT 1 FROM delivery WHERE delivery.mailing = issue.mailing AND delivery.state = 'pending')"
            ),
            &[now.into()],
        )?;
    }
    Ok(settled)
}

/// Settles one delivery that is in doubt: it is sent, or it is sent once more, and then its issue is open again. False where it is not in doubt.
///
/// # Errors
/// As [`find`].
pub fn resolve(sql: &mut dyn Sql, delivery: DeliveryId, resend: bool, now: Timestamp) -> Result<bool, StoreError> {
    let state = if resend { State::Pending } else { State::Sent };
    let rows = sql.query(
        "UPDATE delivery SET state = ?2, attempt = 0, next_at = ?3, changed = ?3 WHERE id = ?1 AND state = 'in_doubt' RETURNING mailing",
        &[delivery.0.into(), state.word().into(), now.into()],
    )?;
    let Some(row) = rows.first() else { return Ok(false) };
    if resend {
        sql.execute(
            "UPDATE issue SET state = 'sending', changed = ?2 WHERE mailing = ?1 AND state = 'sent'",
            &[row.int(0)?.into(), now.into()],
        )?;
    }
    Ok(true)
}
