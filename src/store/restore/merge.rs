//! What a restored backup must take over from the store that it replaces. Nothing of it raises anybody, and nothing is sent twice for it.

use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::newsletter::delivery;
use crate::newsletter::delivery::State;
use crate::newsletter::mailing::Mailing;
use crate::store::columns;
use crate::store::consents;
use crate::store::copy;
use crate::store::error::StoreError;
use crate::store::rates;
use crate::store::restore::Restored;
use crate::store::schema::TABLES;
use crate::store::sql::Cell;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::store::sql::Value;
use crate::subscriber::consent::Record;
use crate::subscriber::consent::Step;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;
use crate::subscriber::subscriber::SubscriberId;

/// Takes over suppressions, lower statuses and the ledger.
pub(in crate::store::restore) fn into(
    new: &mut dyn Sql,
    old: &mut dyn Sql,
    restored: &mut Restored,
    now: Timestamp,
) -> Result<(), StoreError> {
    restored.suppressed = suppressions(new, old)?;
    restored.lowered = statuses(new, old)?;
    restored.deliveries = ledger(new, old, now)?;
    soft_bounces(new, old)?;
    // What was sent since the backup counts in the hour and the day of its server.
    rates::all(old)?.iter().try_for_each(|(name, state)| rates::put(new, name, state))?;
    // An id that was given since the backup stands in mails and in the ledger, and is not given to anybody else.
    for table in &TABLES {
        let highest = copy::highest(old, table)?.max(copy::highest(new, table)?);
        copy::count_from(new, table, highest)?;
    }
    Ok(())
}

fn suppressions(new: &mut dyn Sql, old: &mut dyn Sql) -> Result<u64, StoreError> {
    let mut count = 0;
    old.each("SELECT address_hash, address_key, reason, at FROM suppression", &[], &mut |row| {
        let told = columns::suppression(&row, 2)?;
        let hash = [row.maybe_blob(0)?.into()];
        let known = new.query("SELECT reason FROM suppression WHERE address_hash = ?1", &hash)?;
        let known = known.first().map(|row| columns::suppression(row, 0)).transpose()?;
        if Suppression::imported(known, Some(told)) != known {
            let values: Vec<Value<'_>> = row.0.iter().map(Cell::value).collect();
            new.execute(
                "INSERT INTO suppression (address_hash, address_key, reason, at) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (address_hash) DO UPDATE SET address_key = excluded.address_key, reason = excluded.reason, at = excluded.at",
                &values,
            )?;
            count += 1;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(count)
}

fn statuses(new: &mut dyn Sql, old: &mut dyn Sql) -> Result<u64, StoreError> {
    let mut count = 0;
    let query = "SELECT s.address_key, n.newsletter, n.status, n.changed, n.withdrew, n.source, n.source_file, n.source_service FROM subscription n \
                 JOIN subscriber s ON s.id = n.subscriber WHERE n.status <> 'confirmed'";
    old.each(query, &[], &mut |row| {
        let told = columns::status(&row, 2)?;
        let known = new.query(
            "SELECT n.subscriber, n.status FROM subscription n JOIN subscriber s ON s.id = n.subscriber WHERE s.address_key = ?1 AND n.newsletter = ?2",
            &[row.text(0)?.into(), row.text(1)?.into()],
        )?;
        let Some(known) = known.first() else { return Ok(ControlFlow::Continue(())) };
        let status = columns::status(known, 1)?;
        if status.lower(told) == status {
            return Ok(ControlFlow::Continue(()));
        }
        let withdrew = row.maybe_time(4)?;
        new.execute(
            "UPDATE subscription SET status = ?3, changed = ?4, withdrew = COALESCE(?5, withdrew) WHERE subscriber = ?1 AND newsletter = ?2",
            &[
                known.int(0)?.into(),
                row.text(1)?.into(),
                told.word().into(),
                row.time(3)?.into(),
                withdrew.into(),
            ],
        )?;
        if told == Status::Unsubscribed {
            let record = Record {
                step: Step::Withdrew,
                at: withdrew.map_or_else(|| row.time(3), Ok)?,
                newsletter: row.text(1)?.into(),
                page: None,
                wording: None,
                source: columns::source_of(&row, 5)?,
                ip_hash: None,
            };
            consents::append(new, SubscriberId(known.int(0)?), &record)?;
        }
        count += 1;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(count)
}

/// The replaced store knows better which mailboxes took nothing of late, and which took a letter since.
fn soft_bounces(new: &mut dyn Sql, old: &mut dyn Sql) -> Result<(), StoreError> {
    new.execute("DELETE FROM soft_bounce", &[])?;
    let query = "SELECT s.address_key, b.mailing, b.at FROM soft_bounce b JOIN subscriber s ON s.id = b.subscriber";
    old.each(query, &[], &mut |row| {
        let values: Vec<Value<'_>> = row.0.iter().map(Cell::value).collect();
        let insert = "INSERT INTO soft_bounce (subscriber, mailing, at) SELECT id, ?2, ?3 FROM subscriber WHERE address_key = ?1 \
                      ON CONFLICT (subscriber, mailing) DO NOTHING";
        new.execute(insert, &values)?;
        Ok(ControlFlow::Continue(()))
    })
}

/// Whatever left the replaced store, or may have left it, is not sent again: deliveries that are done there are done here, and mailings that the backup does not know
/// come along with what became of them.
fn ledger(new: &mut dyn Sql, old: &mut dyn Sql, now: Timestamp) -> Result<u64, StoreError> {
    let highest = new.query("SELECT max(id) FROM mailing", &[])?;
    let highest = highest.first().map_or(Ok(None), |row| row.maybe_int(0))?.unwrap_or_default();
    let mailings = "SELECT id, kind, notice, newsletter, created FROM mailing WHERE id > ?1 ORDER BY id";
    old.each(mailings, &[highest.into()], &mut |row| {
        let values: Vec<Value<'_>> = row.0.iter().map(Cell::value).collect();
        let insert =
            "INSERT INTO mailing (id, kind, notice, newsletter, created, data) VALUES (?1, ?2, ?3, ?4, ?5, NULL)";
        new.execute(insert, &values)?;
        Ok(ControlFlow::Continue(()))
    })?;
    let issues = "SELECT mailing, newsletter, name, hash, state, audience, started, changed FROM issue WHERE mailing > ?1 ORDER BY mailing";
    old.each(issues, &[highest.into()], &mut |row| {
        let values: Vec<Value<'_>> = row.0.iter().map(Cell::value).collect();
        let insert = "INSERT INTO issue (mailing, newsletter, name, hash, state, audience, started, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
                      ON CONFLICT (newsletter, name) DO NOTHING";
        new.execute(insert, &values)?;
        Ok(ControlFlow::Continue(()))
    })?;
    let mut count = 0;
    let query = "SELECT d.mailing, d.subscriber, d.state, d.attempt, d.priority, d.newsletter, d.message_id, d.stage, d.code, d.enhanced, d.reply, d.changed, d.server, m.created, \
                 m.kind FROM delivery d JOIN mailing m ON m.id = d.mailing WHERE d.state NOT IN ('pending', 'leased', 'deferred') ORDER BY d.id";
    old.each(query, &[], &mut |row| {
        count += u64::from(delivery(new, &row, highest, now)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(count)
}

fn delivery(new: &mut dyn Sql, row: &Row, highest: i64, now: Timestamp) -> Result<bool, StoreError> {
    let state = columns::state(row, 2)?;
    let kind = Mailing::parse(row.text(14)?).ok_or_else(|| StoreError::row("a kind of mailing that is not known"))?;
    let state = if state == State::Transmitting { delivery::interrupted(kind) } else { state };
    if state == State::Deferred {
        // A notice that may have left, and the backup may still know what it says.
        return Ok(false);
    }
    let mut values: Vec<Value<'_>> = row.0.iter().take(13).map(Cell::value).collect();
    if let Some(value) = values.get_mut(2) {
        *value = state.word().into();
    }
    if row.int(0)? > highest {
        values.push(now.into());
        new.execute(
            "INSERT INTO delivery (mailing, subscriber, state, attempt, priority, newsletter, message_id, stage, code, enhanced, reply, changed, server, next_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (mailing, subscriber) DO NOTHING",
            &values,
        )?;
        return Ok(true);
    }
    values.push(row.time(13)?.into());
    let changed = new.execute(
        "UPDATE delivery SET state = ?3, attempt = ?4, priority = ?5, newsletter = ?6, message_id = ?7, stage = ?8, code = ?9, enhanced = ?10, reply = ?11, \
         changed = ?12, server = ?13, address = NULL, domain = NULL, lease_owner = NULL, lease_until = NULL \
         WHERE mailing = ?1 AND subscriber = ?2 AND state IN ('pending', 'leased', 'transmitting', 'deferred') \
         AND EXISTS (SELECT 1 FROM mailing m WHERE m.id = ?1 AND m.created = ?14)",
        &values,
    )?;
    if changed > 0 && kind == Mailing::Notice {
        new.execute("UPDATE mailing SET data = NULL WHERE id = ?1", &[row.int(0)?.into()])?;
    }
    Ok(changed > 0)
}
