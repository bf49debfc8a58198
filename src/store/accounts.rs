//! What became of an issue's deliveries, one by one, and what servers said of how many.

use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::newsletter::delivery::State;
use crate::newsletter::mailing::DeliveryId;
use crate::newsletter::mailing::MailingId;
use crate::newsletter::replies::Counted;
use crate::store::columns;
use crate::store::error::StoreError;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::subscriber::subscriber::SubscriberId;
use crate::value::address::EmailAddress;
use crate::value::reply;
use crate::value::reply::Reply;
use crate::value::reply::Stage;

/// A delivery as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The delivery.
    pub delivery: DeliveryId,
    /// To whom.
    pub subscriber: SubscriberId,
    /// Where it stands.
    pub state: State,
    /// Since when it stands there.
    pub changed: Timestamp,
    /// How many attempts were begun.
    pub attempt: u64,
    /// The reader's address; none where they have been erased.
    pub to: Option<EmailAddress>,
    /// Under which it went out.
    pub message_id: Option<Box<str>>,
    /// To which server it went last, or may have; none where it went into a folder.
    pub server: Option<Box<str>>,
    /// What was said at the last attempt. Of an erased reader the text is gone.
    pub reply: Option<Reply>,
}

/// Hands over the deliveries of an issue in these states, those that came there first before the others: at most `limit`, or all, until `each` has enough.
///
/// # Errors
/// A [`StoreError`].
pub fn each(
    sql: &mut dyn Sql,
    mailing: MailingId,
    states: &[State],
    limit: Option<u64>,
    each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let limit = limit.map_or_else(String::new, |limit| format!(" LIMIT {}", i64::try_from(limit).unwrap_or(i64::MAX)));
    let query = format!(
        "SELECT d.id, d.subscriber, d.state, d.changed, d.attempt, s.address, d.message_id, d.server, d.stage, d.code, d.enhanced, d.reply FROM delivery d \
         LEFT JOIN subscriber s ON s.id = d.subscriber WHERE d.mailing = ?1 AND d.state IN ({}) ORDER BY d.changed, d.id{limit}",
        words(states)
    );
    sql.each(&query, &[mailing.0.into()], &mut |row| Ok(each(entry(&row)?)))
}

/// What was said of the deliveries of an issue in these states: each reply with its count, the most frequent first.
///
/// # Errors
/// A [`StoreError`].
pub fn replies(sql: &mut dyn Sql, mailing: MailingId, states: &[State]) -> Result<Vec<Counted>, StoreError> {
    let query = format!(
        "SELECT state, stage, code, enhanced, reply, count(*) FROM delivery WHERE mailing = ?1 AND state IN ({}) AND reply IS NOT NULL \
         GROUP BY state, stage, code, enhanced, reply ORDER BY count(*) DESC, state, stage, code, enhanced, reply",
        words(states)
    );
    let mut counted = Vec::new();
    for row in sql.query(&query, &[mailing.0.into()])? {
        if let Some(reply) = reply(&row, 1)? {
            counted.push(Counted { state: columns::state(&row, 0)?, reply, count: row.count(5)? });
        }
    }
    Ok(counted)
}

/// The states as SQL. They are our own words, and a condition in full lets the database find the index that is made for it.
fn words(states: &[State]) -> String {
    let words: Vec<String> = states.iter().map(|state| format!("'{}'", state.word())).collect();
    // SQLite knows an empty list, PostgreSQL does not.
    if words.is_empty() { "NULL".into() } else { words.join(", ") }
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        delivery: DeliveryId(row.int(0)?),
        subscriber: SubscriberId(row.int(1)?),
        state: columns::state(row, 2)?,
        changed: row.time(3)?,
        attempt: row.count(4)?,
        to: row.maybe_address(5)?,
        message_id: row.maybe_text(6)?.map(Into::into),
        server: row.maybe_text(7)?.map(Into::into),
        reply: reply(row, 8)?,
    })
}

/// The reply whose first column is `from`: stage, code, enhanced code, text.
fn reply(row: &Row, from: usize) -> Result<Option<Reply>, StoreError> {
    let Some(word) = row.maybe_text(from)? else { return Ok(None) };
    let stage = Stage::parse(word).ok_or_else(|| StoreError::row("a stage that is not known"))?;
    let code = u16::try_from(row.maybe_int(from + 1)?.unwrap_or_default())
        .map_err(|_| StoreError::row("a reply code that is none"))?;
    let enhanced = row.maybe_text(from + 2)?.and_then(reply::parse_enhanced);
    Ok(Some(Reply { stage, code, enhanced, text: row.maybe_text(from + 3)?.unwrap_or_default().into() }))
}
