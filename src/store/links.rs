//! Links that can be used once, or revoked.

use jiff::Timestamp;

use crate::store::columns;
use crate::store::error::StoreError;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::subscriber::subscriber::SubscriberId;

/// A link.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// The random id in its token.
    pub id: [u8; 16],
    /// The word for what it is good for.
    pub purpose: Box<str>,
    /// Whose it is.
    pub subscriber: SubscriberId,
    /// About which newsletter.
    pub newsletter: Option<Box<str>>,
    /// What else it needs to know.
    pub data: Option<Box<str>>,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is good for nothing.
    pub expires: Timestamp,
    /// When it was used.
    pub used: Option<Timestamp>,
}

/// A link to be put down.
#[derive(Clone, PartialEq, Eq)]
pub struct NewLink {
    /// A random id.
    pub id: [u8; 16],
    /// The word for what it is good for.
    pub purpose: &'static str,
    /// Whose it is.
    pub subscriber: SubscriberId,
    /// About which newsletter.
    pub newsletter: Option<Box<str>>,
    /// What else it needs to know.
    pub data: Option<String>,
    /// When it is made.
    pub created: Timestamp,
    /// From when on it is good for nothing.
    pub expires: Timestamp,
}

/// Without its id and data: who has the id can use the link, and the data may be an address.
impl std::fmt::Debug for NewLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewLink")
            .field("purpose", &self.purpose)
            .field("subscriber", &self.subscriber)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// Without its id: who has it can use the link.
impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("purpose", &self.purpose)
            .field("subscriber", &self.subscriber)
            .field("expires", &self.expires)
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}

/// Puts a link down, unused. Its id must be new.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn create(sql: &mut dyn Sql, link: &NewLink) -> Result<(), StoreError> {
    sql.execute(
        "INSERT INTO link (id, purpose, subscriber, newsletter, created, expires, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            (&link.id).into(),
            link.purpose.into(),
            link.subscriber.0.into(),
            link.newsletter.as_deref().into(),
            link.created.into(),
            link.expires.into(),
            link.data.as_deref().into(),
        ],
    )?;
    Ok(())
}

/// The link of an id, used, expired or not.
///
/// # Errors
/// As [`create`].
pub fn find(sql: &mut dyn Sql, id: [u8; 16]) -> Result<Option<Link>, StoreError> {
    let rows = sql.query(
        "SELECT id, purpose, subscriber, newsletter, created, expires, used, data FROM link WHERE id = ?1",
        &[(&id).into()],
    )?;
    rows.first().map(of).transpose()
}

fn of(row: &Row) -> Result<Link, StoreError> {
    Ok(Link {
        id: row.octets(0)?,
        purpose: row.text(1)?.into(),
        subscriber: SubscriberId(row.int(2)?),
        newsletter: columns::maybe(row, 3)?,
        created: row.time(4)?,
        expires: row.time(5)?,
        used: row.maybe_time(6)?,
        data: columns::maybe(row, 7)?,
    })
}

/// Uses a link up. `None`, and nothing changed, where there is none, it has been used, or its time is over.
///
/// # Errors
/// As [`create`].
pub fn use_once(sql: &mut dyn Sql, id: [u8; 16], now: Timestamp) -> Result<Option<Link>, StoreError> {
    let used = sql.execute(
        "UPDATE link SET used = ?2 WHERE id = ?1 AND used IS NULL AND expires > ?2",
        &[(&id).into(), now.into()],
    )?;
    if used == 0 { Ok(None) } else { find(sql, id) }
}

/// The latest link of a reader for a purpose and a newsletter that is still good.
///
/// # Errors
/// As [`create`].
pub fn latest(
    sql: &mut dyn Sql,
    subscriber: SubscriberId,
    purpose: &str,
    newsletter: &str,
    now: Timestamp,
) -> Result<Option<Link>, StoreError> {
    let rows = sql.query(
        "SELECT id, purpose, subscriber, newsletter, created, expires, used, data FROM link \
         WHERE subscriber = ?1 AND purpose = ?2 AND newsletter = ?3 AND used IS NULL AND expires > ?4 ORDER BY created DESC, id LIMIT 1",
        &[subscriber.0.into(), purpose.into(), newsletter.into(), now.into()],
    )?;
    rows.first().map(of).transpose()
}

/// Makes all unused links of a reader for one purpose useless: there is a newer one.
///
/// # Errors
/// As [`create`].
pub fn revoke(
    sql: &mut dyn Sql,
    subscriber: SubscriberId,
    purpose: &str,
    newsletter: Option<&str>,
) -> Result<u64, StoreError> {
    sql.execute(
        "DELETE FROM link WHERE subscriber = ?1 AND purpose = ?2 AND used IS NULL AND COALESCE(newsletter, '') = COALESCE(CAST(?3 AS TEXT), '')",
        &[subscriber.0.into(), purpose.into(), newsletter.into()],
    )
}

/// Takes away what expired before `before`.
///
/// # Errors
/// As [`create`].
pub fn purge(sql: &mut dyn Sql, before: Timestamp) -> Result<u64, StoreError> {
    sql.execute("DELETE FROM link WHERE expires < ?1", &[before.into()])
}
