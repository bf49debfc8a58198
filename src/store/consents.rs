//! The consent ledger: lines are appended, and change only when the reader is erased.

use crate::store::columns;
use crate::store::error::StoreError;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::subscriber::consent::Record;
use crate::subscriber::consent::Step;
use crate::subscriber::subscriber::SubscriberId;

/// Appends a line.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn append(sql: &mut dyn Sql, subscriber: SubscriberId, record: &Record) -> Result<(), StoreError> {
    let [source, file, service] = columns::source(&record.source);
    sql.execute(
        "INSERT INTO consent (subscriber, newsletter, step, at, page, wording, source, source_file, source_service, ip_hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &[
            subscriber.0.into(),
            (&*record.newsletter).into(),
            record.step.word().into(),
            record.at.into(),
            record.page.as_deref().into(),
            record.wording.as_deref().into(),
            source,
            file,
            service,
            record.ip_hash.as_deref().into(),
        ],
    )?;
    Ok(())
}

/// A reader's lines, in the order in which they were appended.
///
/// # Errors
/// As [`append`].
pub fn of(sql: &mut dyn Sql, subscriber: SubscriberId) -> Result<Vec<Record>, StoreError> {
    let rows = sql.query(
        "SELECT newsletter, step, at, page, wording, source, source_file, source_service, ip_hash FROM consent WHERE subscriber = ?1 ORDER BY id",
        &[subscriber.0.into()],
    )?;
    rows.iter().map(record).collect()
}

fn record(row: &Row) -> Result<Record, StoreError> {
    let steps = [Step::Asked, Step::Confirmed, Step::Withdrew, Step::Undid];
    let word = row.text(1)?;
    let step = steps.into_iter().find(|step| step.word() == word);
    Ok(Record {
        newsletter: row.text(0)?.into(),
        step: step.ok_or_else(|| StoreError::row("a step of consent that is not known"))?,
        at: row.time(2)?,
        page: columns::maybe(row, 3)?,
        wording: columns::maybe(row, 4)?,
        source: columns::source_of(row, 5)?,
        ip_hash: row.maybe_blob(8)?.map(Into::into),
    })
}
