//! Who stands where with which newsletter.

use jiff::Timestamp;

use crate::store::batch;
use crate::store::columns;
use crate::store::error::StoreError;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::subscriber::status::Status;
use crate::subscriber::subscriber::Handle;
use crate::subscriber::subscriber::SubscriberId;
use crate::subscriber::subscriber::Subscription;

const SELECT: &str = "SELECT subscriber, newsletter, status, handle, changed, source, source_file, source_service, page, wording, asked, confirmed, \
                      withdrew, ip_hash FROM subscription";

fn of(row: &Row) -> Result<Subscription, StoreError> {
    Ok(Subscription {
        subscriber: SubscriberId(row.int(0)?),
        newsletter: row.text(1)?.into(),
        status: columns::status(row, 2)?,
        handle: row.octets(3)?,
        changed: row.time(4)?,
        consent: columns::consent_of(row, 5)?,
    })
}

/// A reader's subscriptions, by newsletter.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn of_subscriber(sql: &mut dyn Sql, subscriber: SubscriberId) -> Result<Vec<Subscription>, StoreError> {
    let query = format!("{SELECT} WHERE subscriber = ?1 ORDER BY newsletter");
    sql.query(&query, &[subscriber.0.into()])?.iter().map(of).collect()
}

/// A reader's subscription to one newsletter.
///
/// # Errors
/// As [`of_subscriber`].
pub fn get(sql: &mut dyn Sql, subscriber: SubscriberId, newsletter: &str) -> Result<Option<Subscription>, StoreError> {
    let query = format!("{SELECT} WHERE subscriber = ?1 AND newsletter = ?2");
    sql.query(&query, &[subscriber.0.into(), newsletter.into()])?.first().map(of).transpose()
}

/// The subscription that a link's handle stands for.
///
/// # Errors
/// As [`of_subscriber`].
pub fn by_handle(sql: &mut dyn Sql, handle: &Handle) -> Result<Option<Subscription>, StoreError> {
    let query = format!("{SELECT} WHERE handle = ?1");
    sql.query(&query, &[handle.into()])?.first().map(of).transpose()
}

/// Writes a subscription whole: new, or in the place of the reader's old one to that newsletter, of which only the handle stays, so that links in mails sent
/// before still work. `changed` stays where the status does. The consent ledger is not touched.
///
/// # Errors
/// As [`of_subscriber`].
pub fn put(sql: &mut dyn Sql, subscription: &Subscription) -> Result<(), StoreError> {
    let Subscription { subscriber, newsletter, status, handle, changed, consent } = subscription;
    let mut params =
        vec![subscriber.0.into(), (&**newsletter).into(), status.word().into(), handle.into(), (*changed).into()];
    params.extend(columns::consent(consent));
    sql.execute(&upsert(1), &params)?;
    Ok(())
}

/// The statement that writes so many subscriptions, of 14 values each.
pub(in crate::store) fn upsert(rows: usize) -> String {
    format!(
        "INSERT INTO subscription (subscriber, newsletter, status, handle, changed, {}) VALUES {} ON CONFLICT (subscriber, newsletter) DO UPDATE SET \
         changed = CASE WHEN subscription.status = excluded.status THEN subscription.changed ELSE excluded.changed END, \
         status = excluded.status, source = excluded.source, source_file = excluded.source_file, source_service = excluded.source_service, \
         page = excluded.page, wording = excluded.wording, asked = excluded.asked, confirmed = excluded.confirmed, withdrew = excluded.withdrew, \
         ip_hash = excluded.ip_hash",
        columns::CONSENT,
        batch::rows(rows, 14)
    )
}

/// Gives a subscription that is there another status from `now` on, and its consent the time that goes with it: who confirms has confirmed now, unless that was known before;
/// who leaves has withdrawn now; who comes back has withdrawn nothing. The consent ledger is not touched, and nothing else of the subscription is written.
///
/// # Errors
/// As [`of_subscriber`].
pub fn set(sql: &mut dyn Sql, subscription: &Subscription, status: Status, now: Timestamp) -> Result<(), StoreError> {
    sql.execute(
        "UPDATE subscription SET changed = CASE WHEN status = ?3 THEN changed ELSE ?4 END, status = ?3, \
         confirmed = CASE WHEN ?3 = 'confirmed' AND status = 'pending' THEN ?4 WHEN ?3 = 'confirmed' THEN COALESCE(confirmed, ?4) ELSE confirmed END, \
         withdrew = CASE WHEN ?3 <> 'unsubscribed' THEN NULL WHEN status = 'unsubscribed' THEN COALESCE(withdrew, ?4) ELSE ?4 END \
         WHERE subscriber = ?1 AND newsletter = ?2",
        &[subscription.subscriber.0.into(), (&*subscription.newsletter).into(), status.word().into(), now.into()],
    )?;
    Ok(())
}
