//! A group of entries: decided in memory, written in few statements.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

use jiff::Timestamp;

use crate::store::batch;
use crate::store::columns;
use crate::store::erasure;
use crate::store::error::StoreError;
use crate::store::import::Done;
use crate::store::import::Hashed;
use crate::store::import::KeptOut;
use crate::store::import::LISTED;
use crate::store::import::Options;
use crate::store::import::known;
use crate::store::import::known::Reader;
use crate::store::import::known::Readers;
use crate::store::import::known::Standing;
use crate::store::sql::Sql;
use crate::store::sql::Value;
use crate::store::subscribers;
use crate::store::subscriptions;
use crate::subscriber::consent::Record;
use crate::subscriber::keys::AddressHash;
use crate::subscriber::roster::entry::Entry;
use crate::subscriber::roster::entry::Name;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;
use crate::subscriber::subscriber::Handle;
use crate::subscriber::subscriber::SubscriberId;

/// Entries, and what is to be written for them.
pub(in crate::store::import) struct Group<'a> {
    options: &'a Options,
    entries: Vec<Hashed>,
    readers: Readers,
    suppressions: HashMap<AddressHash, Suppression>,
    /// Address key and reason of those that changed.
    suppressed: BTreeMap<AddressHash, (Box<str>, Suppression)>,
    /// Key and newsletter of those that changed.
    subscribed: BTreeSet<(Box<str>, Box<str>)>,
    tagged: Vec<(i64, Box<str>)>,
    records: Vec<(i64, Record)>,
    renamed: BTreeSet<Box<str>>,
}

impl<'a> Group<'a> {
    pub(in crate::store::import) fn new(options: &'a Options, entries: Vec<Hashed>) -> Self {
        Self {
            options,
            entries,
            readers: HashMap::new(),
            suppressions: HashMap::new(),
            suppressed: BTreeMap::new(),
            subscribed: BTreeSet::new(),
            tagged: Vec::new(),
            records: Vec::new(),
            renamed: BTreeSet::new(),
        }
    }

    /// Decides and writes.
    pub(in crate::store::import) fn write(
        mut self,
        sql: &mut dyn Sql,
        handle: &mut dyn FnMut() -> Result<Handle, StoreError>,
        done: &mut Done,
    ) -> Result<(), StoreError> {
        let entries = std::mem::take(&mut self.entries);
        let keys: Vec<Box<str>> = entries.iter().map(|(entry, _)| entry.address.key().as_str().into()).collect();
        let hashes: BTreeSet<&AddressHash> = entries.iter().map(|(_, hash)| hash).collect();
        let different: BTreeSet<&str> = keys.iter().map(|key| &**key).collect();
        self.suppressions = known::suppressions(sql, &hashes.into_iter().collect::<Vec<_>>())?;
        self.readers = known::readers(sql, &different.into_iter().collect::<Vec<_>>())?;
        let mut wanted = Vec::with_capacity(entries.len());
        for ((entry, hash), key) in entries.iter().zip(&keys) {
            if self.is_let_in(sql, entry, hash, key, done)? {
                wanted.push((entry, hash, &**key));
            }
        }
        self.insert_readers(sql, &wanted)?;
        for (entry, hash, key) in wanted {
            let is_new = self.decide(entry, hash, key, handle)?;
            match is_new {
                Some(true) => done.0.added += 1,
                Some(false) => done.0.changed += 1,
                None => done.0.unchanged += 1,
            }
        }
        self.flush(sql)
    }

    /// Whether an entry is imported at all: an erased address never is, any other that is suppressed only where it is on the list or the roster says itself that it
    /// is suppressed.
    fn is_let_in(
        &mut self,
        sql: &mut dyn Sql,
        entry: &Entry,
        hash: &AddressHash,
        key: &str,
        done: &mut Done,
    ) -> Result<bool, StoreError> {
        let (imported, hashes, traces) = done;
        let known = self.suppressions.get(hash).copied();
        if entry.suppression == Some(Suppression::Erased) && known != Some(Suppression::Erased) {
            *traces = erasure::both(
                std::mem::take(traces),
                erasure::erase(sql, &entry.address.key(), hash, self.options.now)?,
            );
            hashes.push(*hash);
            imported.erased += 1;
            self.suppressions.insert(*hash, Suppression::Erased);
            self.readers.remove(key);
            return Ok(false);
        }
        let Some(reason) = known else { return Ok(true) };
        let is_told = entry.suppression.is_some() || self.readers.contains_key(key);
        if reason != Suppression::Erased && is_told {
            return Ok(true);
        }
        *imported.kept_out.entry(reason).or_default() += 1;
        if imported.kept.len() < LISTED {
            let address = entry.address.masked().into();
            imported.kept.push(KeptOut { file: entry.file.clone(), line: entry.line, reason, address });
        }
        Ok(false)
    }

    /// New readers get their ids.
    fn insert_readers(&mut self, sql: &mut dyn Sql, wanted: &[(&Entry, &AddressHash, &str)]) -> Result<(), StoreError> {
        let mut new: BTreeMap<&str, (&Entry, String)> = BTreeMap::new();
        for (entry, _, key) in wanted {
            if !is_bare(entry) && !self.readers.contains_key(*key) && !new.contains_key(*key) {
                new.insert(key, (entry, entry.address.to_string()));
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let now: Value<'_> = self.options.now.into();
        let mut params: Vec<Value<'_>> = Vec::with_capacity(new.len() * 7);
        for (key, (entry, address)) in &new {
            let Name { full, first, last } = &entry.name;
            params.extend([address.as_str(), *key, full, first, last].map(Value::Text));
            params.extend([now, now]);
        }
        let insert = format!(
            "INSERT INTO subscriber (address, address_key, name_full, name_first, name_last, created, changed) VALUES {} RETURNING id, address_key",
            batch::rows(new.len(), 7)
        );
        for row in sql.query(&insert, &params)? {
            let key: Box<str> = row.text(1)?.into();
            let name = new.get(&*key).map(|(entry, _)| entry.name.clone()).unwrap_or_default();
            let reader = Reader { id: row.int(0)?, name, tags: BTreeSet::new(), subscriptions: HashMap::new() };
            self.readers.insert(key, reader);
        }
        Ok(())
    }

    /// Notes what an entry changes: `Some(true)` where its subscription is new, `Some(false)` where something else is different now, `None` where all is as it was.
    fn decide(
        &mut self,
        entry: &Entry,
        hash: &AddressHash,
        key: &str,
        handle: &mut dyn FnMut() -> Result<Handle, StoreError>,
    ) -> Result<Option<bool>, StoreError> {
        let mut is_changed = self.suppress(entry, hash, key);
        if is_bare(entry) {
            return Ok(is_changed.then_some(true));
        }
        let reader = self.readers.get_mut(key).ok_or_else(|| StoreError::row("a reader was not inserted"))?;
        if filled(&mut reader.name, &entry.name) {
            self.renamed.insert(key.into());
            is_changed = true;
        }
        for tag in &entry.tags {
            if reader.tags.insert(tag.clone()) {
                self.tagged.push((reader.id, tag.clone()));
                is_changed = true;
            }
        }
        let newsletter = entry.newsletter.as_deref().unwrap_or(&self.options.newsletter);
        let Some(standing) = reader.subscriptions.get_mut(newsletter) else {
            let records = entry.consent.records(newsletter).into_iter().map(|record| (reader.id, record));
            self.records.extend(records);
            let standing = Standing {
                status: Status::imported(None, entry.status),
                handle: handle()?,
                changed: self.options.now,
                consent: entry.consent.clone(),
            };
            reader.subscriptions.insert(newsletter.into(), standing);
            self.subscribed.insert((key.into(), newsletter.into()));
            return Ok(Some(true));
        };
        let status = Status::imported(Some(standing.status), entry.status);
        let consent = standing.consent.clone().merged(entry.consent.clone());
        if status != standing.status || consent != standing.consent {
            let before = standing.consent.records(newsletter);
            let is_new = |record: &Record| !before.iter().any(|old| old.step == record.step && old.at == record.at);
            let records = consent.records(newsletter).into_iter().filter(is_new).map(|record| (reader.id, record));
            self.records.extend(records);
            if status != standing.status {
                standing.changed = self.options.now;
            }
            (standing.status, standing.consent) = (status, consent);
            self.subscribed.insert((key.into(), newsletter.into()));
            is_changed = true;
        }
        Ok(is_changed.then_some(false))
    }

    fn suppress(&mut self, entry: &Entry, hash: &AddressHash, key: &str) -> bool {
        let known = self.suppressions.get(hash).copied();
        let becomes = Suppression::imported(known, entry.suppression);
        let Some(reason) = becomes.filter(|_| becomes != known) else { return false };
        self.suppressions.insert(*hash, reason);
        self.suppressed.insert(*hash, (key.into(), reason));
        true
    }

    fn flush(&self, sql: &mut dyn Sql) -> Result<(), StoreError> {
        let now: Value<'_> = self.options.now.into();
        let rows = self.suppressed.iter();
        let rows = rows.map(|(hash, (key, reason))| vec![(&hash.0).into(), (&**key).into(), reason.word().into(), now]);
        write(sql, rows.collect(), &|rows| {
            format!(
                "INSERT INTO suppression (address_hash, address_key, reason, at) VALUES {} \
                 ON CONFLICT (address_hash) DO UPDATE SET address_key = excluded.address_key, reason = excluded.reason, at = excluded.at",
                batch::rows(rows, 4)
            )
        })?;
        let mut rows = Vec::with_capacity(self.subscribed.len());
        for (key, newsletter) in &self.subscribed {
            let Some((reader, standing)) =
                self.readers.get(key).and_then(|reader| Some((reader, reader.subscriptions.get(newsletter)?)))
            else {
                continue;
            };
            let Standing { status, handle, changed, consent } = standing;
            let mut row: Vec<Value<'_>> =
                vec![reader.id.into(), (&**newsletter).into(), status.word().into(), handle.into(), (*changed).into()];
            row.extend(columns::consent(consent));
            rows.push(row);
        }
        write(sql, rows, &subscriptions::upsert)?;
        let rows = self.tagged.iter().map(|(reader, tag)| vec![(*reader).into(), (&**tag).into()]);
        write(sql, rows.collect(), &|rows| {
            format!(
                "INSERT INTO tag (subscriber, tag) VALUES {} ON CONFLICT (subscriber, tag) DO NOTHING",
                batch::rows(rows, 2)
            )
        })?;
        let rows = self.records.iter().map(|(reader, record)| {
            let [source, file, service] = columns::source(&record.source);
            let (page, wording) = (record.page.as_deref().into(), record.wording.as_deref().into());
            let (newsletter, step) = ((&*record.newsletter).into(), record.step.word().into());
            let ip_hash = record.ip_hash.as_deref().into();
            vec![(*reader).into(), newsletter, step, record.at.into(), page, wording, source, file, service, ip_hash]
        });
        write(sql, rows.collect(), &|rows| {
            format!(
                "INSERT INTO consent (subscriber, newsletter, step, at, page, wording, source, source_file, source_service, ip_hash) VALUES {}",
                batch::rows(rows, 10)
            )
        })?;
        for reader in self.renamed.iter().filter_map(|key| self.readers.get(key)) {
            subscribers::rename(sql, SubscriberId(reader.id), &reader.name, self.options.now)?;
        }
        Ok(())
    }
}

/// Writes rows, a full statement at a time and then the rest.
fn write(sql: &mut dyn Sql, rows: Vec<Vec<Value<'_>>>, statement: &dyn Fn(usize) -> String) -> Result<(), StoreError> {
    for rows in rows.chunks(batch::ROWS) {
        let params: Vec<Value<'_>> = rows.iter().flatten().copied().collect();
        sql.execute(&statement(rows.len()), &params)?;
    }
    Ok(())
}

/// Whether an entry says nothing but that the address is suppressed: then there is nobody to subscribe.
fn is_bare(entry: &Entry) -> bool {
    let times: [Option<Timestamp>; 3] = [entry.consent.asked, entry.consent.confirmed, entry.consent.withdrew];
    entry.suppression.is_some()
        && entry.newsletter.is_none()
        && entry.status == Status::Unsubscribed
        && entry.name == Name::default()
        && entry.tags.is_empty()
        && times == [None; 3]
}

/// Fills the gaps of a name; says whether there were any.
fn filled(name: &mut Name, other: &Name) -> bool {
    let fill = |own: &mut Box<str>, other: &str| {
        let fills = own.is_empty() && !other.is_empty();
        if fills {
            *own = other.into();
        }
        fills
    };
    let (full, first) = (fill(&mut name.full, &other.full), fill(&mut name.first, &other.first));
    fill(&mut name.last, &other.last) || full || first
}
