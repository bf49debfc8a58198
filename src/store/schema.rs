//! The tables, and how older stores become newer ones.

use crate::store::connection::Connection;
use crate::store::connection::Transaction;
use crate::store::error::StoreError;
use crate::store::sql::Dialect;
use crate::store::sql::Sql;

/// What changes the schema, in order; the first makes number 1. What has been released never changes. `{int}`, `{id}` and so on stand for what each database calls it.
const MIGRATIONS: [&str; 2] = [FIRST, SECOND];

const FIRST: &str = "
CREATE TABLE subscriber (
  id {id}, address {text} NOT NULL, address_key {text} NOT NULL UNIQUE, name_full {text} NOT NULL, name_first {text} NOT NULL, name_last {text} NOT NULL,
  created {int} NOT NULL, changed {int} NOT NULL){strict};
CREATE TABLE tag (subscriber {int} NOT NULL, tag {text} NOT NULL, PRIMARY KEY (subscriber, tag)){clustered};
CREATE TABLE subscription (
  subscriber {int} NOT NULL, newsletter {text} NOT NULL, status {text} NOT NULL, handle {blob} NOT NULL UNIQUE, changed {int} NOT NULL,
  source {text} NOT NULL, source_file {text}, source_service {text}, page {text}, wording {text}, asked {int}, confirmed {int}, withdrew {int}, ip_hash {blob},
  PRIMARY KEY (subscriber, newsletter)){clustered};
CREATE TABLE suppression (address_hash {blob} NOT NULL PRIMARY KEY, address_key {text} UNIQUE, reason {text} NOT NULL, at {int} NOT NULL){clustered};
CREATE TABLE consent (
  id {id}, subscriber {int} NOT NULL, newsletter {text} NOT NULL, step {text} NOT NULL, at {int} NOT NULL, page {text}, wording {text},
  source {text} NOT NULL, source_file {text}, source_service {text}, ip_hash {blob}){strict};
CREATE INDEX consent_subscriber ON consent (subscriber);
CREATE TABLE intake (
  id {id}, at {int} NOT NULL, not_before {int} NOT NULL, worked {int} NOT NULL, address {text} NOT NULL, newsletter {text} NOT NULL, page {text}, wording {text},
  ip_hash {blob}){strict};
CREATE INDEX intake_due ON intake (not_before, id);
CREATE TABLE mailing (
  id {id}, kind {text} NOT NULL, notice {text}, newsletter {text} NOT NULL, created {int} NOT NULL, data {text}){strict};
CREATE TABLE issue (
  mailing {int} NOT NULL PRIMARY KEY, newsletter {text} NOT NULL, name {text} NOT NULL, hash {blob} NOT NULL, state {text} NOT NULL, audience {int} NOT NULL,
  started {int} NOT NULL, changed {int} NOT NULL, UNIQUE (newsletter, name)){strict};
CREATE TABLE delivery (
  id {id}, mailing {int} NOT NULL, subscriber {int} NOT NULL, state {text} NOT NULL, attempt {int} NOT NULL, priority {int} NOT NULL, next_at {int} NOT NULL,
  lease_owner {text}, lease_until {int}, address {text}, newsletter {text} NOT NULL, domain {text}, message_id {text}, stage {text}, code {int}, enhanced {text},
  reply {text}, changed {int} NOT NULL, UNIQUE (mailing, subscriber)){strict};
CREATE INDEX delivery_due ON delivery (priority, next_at, id) WHERE state IN ('pending', 'leased', 'deferred');
CREATE INDEX delivery_transmitting ON delivery (lease_until) WHERE state = 'transmitting';
CREATE INDEX delivery_doubt ON delivery (mailing, id) WHERE state = 'in_doubt';
CREATE INDEX delivery_subscriber ON delivery (subscriber);
CREATE TABLE link (
  id {blob} NOT NULL PRIMARY KEY, purpose {text} NOT NULL, subscriber {int} NOT NULL, newsletter {text}, created {int} NOT NULL, expires {int} NOT NULL, used {int},
  data {text}){clustered};
CREATE INDEX link_subscriber ON link (subscriber);
CREATE INDEX link_expires ON link (expires);
CREATE TABLE erasure (address_hash {blob} NOT NULL PRIMARY KEY, at {int} NOT NULL){clustered};
";

/// Issues whose letter a reader's mailbox did not take because it was full or disabled, since it last took one. And no index of all deliveries by reader: keeping it up was a quarter of
/// the work of putting an audience down, and an issue's deliveries are found by their mailing. And which server a letter was offered to last: in whose log the answer to a doubt stands.
const SECOND: &str = "
CREATE TABLE soft_bounce (subscriber {int} NOT NULL, mailing {int} NOT NULL, at {int} NOT NULL, PRIMARY KEY (subscriber, mailing)){clustered};
DROP INDEX delivery_subscriber;
CREATE INDEX delivery_notice ON delivery (subscriber) WHERE priority = 0;
ALTER TABLE delivery ADD COLUMN server {text};
";

/// A table as `copy` sees it: its columns, and by which its rows are ordered.
pub(in crate::store) struct Table {
    pub(in crate::store) name: &'static str,
    pub(in crate::store) columns: &'static str,
    pub(in crate::store) order: &'static str,
    /// Whether its ids are given by the database.
    pub(in crate::store) counts: bool,
}

/// All tables that hold something, in the order in which they are copied.
pub(in crate::store) const TABLES: [Table; 12] = [
    Table {
        name: "subscriber",
        columns: "id, address, address_key, name_full, name_first, name_last, created, changed",
        order: "id",
        counts: true,
    },
    Table { name: "tag", columns: "subscriber, tag", order: "subscriber, tag", counts: false },
    Table {
        name: "subscription",
        columns: "subscriber, newsletter, status, handle, changed, source, source_file, source_service, page, wording, asked, confirmed, withdrew, ip_hash",
        order: "subscriber, newsletter",
        counts: false,
    },
    Table {
        name: "suppression",
        columns: "address_hash, address_key, reason, at",
        order: "address_hash",
        counts: false,
    },
    Table {
        name: "consent",
        columns: "id, subscriber, newsletter, step, at, page, wording, source, source_file, source_service, ip_hash",
        order: "id",
        counts: true,
    },
    Table {
        name: "intake",
        columns: "id, at, not_before, worked, address, newsletter, page, wording, ip_hash",
        order: "id",
        counts: true,
    },
    Table { name: "mailing", columns: "id, kind, notice, newsletter, created, data", order: "id", counts: true },
    Table {
        name: "issue",
        columns: "mailing, newsletter, name, hash, state, audience, started, changed",
        order: "mailing",
        counts: false,
    },
    Table {
        name: "delivery",
        columns: "id, mailing, subscriber, state, attempt, priority, next_at, lease_owner, lease_until, address, newsletter, domain, message_id, stage, code, \
                  enhanced, reply, changed, server",
        order: "id",
        counts: true,
    },
    Table {
        name: "link",
        columns: "id, purpose, subscriber, newsletter, created, expires, used, data",
        order: "id",
        counts: false,
    },
    Table { name: "erasure", columns: "address_hash, at", order: "address_hash", counts: false },
    Table { name: "soft_bounce", columns: "subscriber, mailing, at", order: "subscriber, mailing", counts: false },
];

/// The number of the schema that this program makes.
pub(in crate::store) const NEWEST: i64 = MIGRATIONS.len() as i64;

/// The number of the schema in the database; 0 where there is nothing yet.
pub(in crate::store) fn found(sql: &mut dyn Sql) -> Result<i64, StoreError> {
    let tables = match sql.dialect() {
        Dialect::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'meta'",
        Dialect::Postgres => {
            "SELECT count(*) FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = 'meta'"
        }
    };
    if count(sql, tables)? == 0 {
        return Ok(0);
    }
    let rows = sql.query("SELECT value FROM meta WHERE name = 'schema'", &[])?;
    let number = rows.first().and_then(|row| row.text(0).ok()).and_then(|text| text.parse().ok());
    number.ok_or_else(|| StoreError::row("the number of the schema is missing"))
}

fn count(sql: &mut dyn Sql, query: &str) -> Result<i64, StoreError> {
    sql.query(query, &[])?.first().map_or(Ok(0), |row| row.int(0))
}

/// Brings the database to the newest schema. Whoever comes second finds it done.
pub(in crate::store) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    if check(connection)? == NEWEST {
        return Ok(());
    }
    connection.begin(Transaction::Write)?;
    match steps(connection) {
        Ok(()) => connection.commit(),
        Err(error) => {
            let _ = connection.rollback();
            Err(error)
        }
    }
}

/// The number that is there; an error where it is higher than ours.
pub(in crate::store) fn check(connection: &mut Connection) -> Result<i64, StoreError> {
    let found = found(connection)?;
    if found > NEWEST {
        return Err(StoreError::Newer { place: connection.place().into(), found, known: NEWEST });
    }
    Ok(found)
}

fn steps(connection: &mut Connection) -> Result<(), StoreError> {
    let found = check(connection)?;
    if found == 0 {
        connection.script(&of(
            connection.dialect(),
            "CREATE TABLE meta (name {text} PRIMARY KEY, value {text} NOT NULL){strict}",
        ))?;
        connection.execute("INSERT INTO meta (name, value) VALUES ('schema', '0')", &[])?;
    }
    let done = usize::try_from(found).unwrap_or_default();
    for migration in MIGRATIONS.iter().skip(done) {
        connection.script(&of(connection.dialect(), migration))?;
    }
    let newest = NEWEST.to_string();
    connection.execute("UPDATE meta SET value = ?1 WHERE name = 'schema'", &[newest.as_str().into()])?;
    Ok(())
}

/// A migration in the words of one database. Texts are ordered by their octets in both.
fn of(dialect: Dialect, migration: &str) -> String {
    let words = match dialect {
        Dialect::Sqlite => [
            ("{id}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
            ("{int}", "INTEGER"),
            ("{text}", "TEXT"),
            ("{blob}", "BLOB"),
            ("{strict}", " STRICT"),
            ("{clustered}", " STRICT, WITHOUT ROWID"),
        ],
        Dialect::Postgres => [
            ("{id}", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
            ("{int}", "BIGINT"),
            ("{text}", "TEXT COLLATE \"C\""),
            ("{blob}", "BYTEA"),
            ("{strict}", ""),
            ("{clustered}", ""),
        ],
    };
    words.iter().fold(migration.to_owned(), |text, (word, meant)| text.replace(word, meant))
}
