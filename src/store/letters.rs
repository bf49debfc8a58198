//! What was sent to one reader, or is about to be: for that reader's own eyes.

use jiff::Timestamp;

use crate::newsletter::delivery::State;
use crate::newsletter::mailing::Mailing;
use crate::newsletter::mailing::NoticeKind;
use crate::store::columns;
use crate::store::deliveries;
use crate::store::error::StoreError;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::subscriber::subscriber::SubscriberId;

/// A delivery as its reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// An issue, or a notice.
    pub mailing: Mailing,
    /// Which notice.
    pub notice: Option<NoticeKind>,
    /// About which newsletter; empty where it is about none.
    pub newsletter: Box<str>,
    /// Where it stands.
    pub state: State,
    /// Since when it stands there.
    pub changed: Timestamp,
    /// What the server said, as far as it was kept.
    pub reply: Option<Box<str>>,
}

/// All deliveries to a reader, in the order in which they were put down.
///
/// # Errors
/// A [`StoreError`].
pub fn of(sql: &mut dyn Sql, subscriber: SubscriberId) -> Result<Vec<Letter>, StoreError> {
    let rows = sql.query(
        &format!(
            "SELECT mailing.kind, mailing.notice, delivery.newsletter, delivery.state, delivery.changed, delivery.reply \
             FROM delivery JOIN mailing ON mailing.id = delivery.mailing WHERE delivery.id IN {} ORDER BY delivery.id",
            deliveries::OF_SUBSCRIBER
        ),
        &[subscriber.0.into()],
    )?;
    rows.iter().map(letter).collect()
}

fn letter(row: &Row) -> Result<Letter, StoreError> {
    let notice: Option<Box<str>> = columns::maybe(row, 1)?;
    Ok(Letter {
        mailing: Mailing::parse(row.text(0)?).ok_or_else(|| StoreError::row("a kind of mailing that is not known"))?,
        notice: notice.as_deref().and_then(NoticeKind::parse),
        newsletter: row.text(2)?.into(),
        state: columns::state(row, 3)?,
        changed: row.time(4)?,
        reply: columns::maybe(row, 5)?,
    })
}
