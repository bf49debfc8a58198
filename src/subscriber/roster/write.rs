//! Our own roster: complete, and read back to the same entries.

use std::io;
use std::io::Write;

use jiff::Timestamp;

use crate::subscriber::consent::Source;
use crate::subscriber::roster::cell;
use crate::subscriber::roster::columns::OWN;
use crate::subscriber::roster::entry::Entry;

/// Writes entries as CSV (RFC 4180): UTF-8 without a byte order mark, a header, a row for each entry. Cells that a spreadsheet would take for formulas begin with an
/// apostrophe, which reading takes away again. What an [`Entry`]'s fields promise (trimmed, without control characters, times to the microsecond) is relied on.
pub struct Writer<W: Write>(csv::Writer<W>);

impl<W: Write> Writer<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Where `output` cannot be written to.
    pub fn new(output: W) -> io::Result<Self> {
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(output);
        csv.write_record(OWN.map(|(name, _)| name))?;
        Ok(Self(csv))
    }

    /// Writes one entry.
    ///
    /// # Errors
    /// Where the output cannot be written to.
    pub fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let consent = &entry.consent;
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
        let (file, service) = match &consent.source {
            Source::Import { file, service } => (file.to_string(), service.to_string()),
            Source::Form | Source::Hand => (String::new(), String::new()),
        };
        let cells: [String; OWN.len()] = [
            entry.address.to_string(),
            text(&entry.newsletter),
            entry.status.to_string(),
            entry.suppression.map(|reason| reason.to_string()).unwrap_or_default(),
            entry.name.full.to_string(),
            entry.name.first.to_string(),
            entry.name.last.to_string(),
            cell::written(&entry.tags),
            time(consent.asked),
            time(consent.confirmed),
            time(consent.withdrew),
            text(&consent.page),
            text(&consent.wording),
            consent.source.word().to_owned(),
            file,
            service,
            consent.ip_hash.as_deref().map(|hash| data_encoding::HEXLOWER.encode(hash)).unwrap_or_default(),
        ];
        self.0.write_record(cells.map(|text| cell::guarded(&text)))?;
        Ok(())
    }

    /// Writes what is still in memory and gives the output back.
    ///
    /// # Errors
    /// Where the output cannot be written to.
    pub fn finish(self) -> io::Result<W> {
        self.0.into_inner().map_err(|error| error.into_error())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::Cursor;

    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::subscriber::consent::Consent;
    use crate::subscriber::roster::entry::Name;
    use crate::subscriber::roster::plan::Plan;
    use crate::subscriber::roster::rows::Options;
    use crate::subscriber::status::Status;
    use crate::subscriber::status::Suppression;
    use crate::value::address::EmailAddress;

    fn line() -> impl Strategy<Value = Box<str>> {
        let odd = "[=+@'\"＝-]{0,2}[\\PC,;\t|\\\\]{0,12}";
        odd.prop_filter_map("one line", |text| cell::line(&text).ok())
    }

    fn maybe_line() -> impl Strategy<Value = Option<Box<str>>> {
        line().prop_map(|text| (!text.is_empty()).then_some(text))
    }

    fn wording() -> impl Strategy<Value = Option<Box<str>>> {
        "[\\PC\n\"',=]{0,20}".prop_map(|text| cell::lines(&text).ok().filter(|text| !text.is_empty()))
    }

    fn time() -> impl Strategy<Value = Option<Timestamp>> {
        proptest::option::of((0_i64..4_000_000_000_000_000).prop_map(|at| Timestamp::from_microsecond(at).unwrap()))
    }

    fn source() -> impl Strategy<Value = Source> {
        let import = (line(), line()).prop_map(|(file, service)| Source::Import { file, service });
        prop_oneof![Just(Source::Form), Just(Source::Hand), import]
    }

    fn consent() -> impl Strategy<Value = Consent> {
        let hash = proptest::option::of(proptest::collection::vec(any::<u8>(), 1..5));
        (time(), time(), time(), maybe_line(), wording(), source(), hash).prop_map(
            |(asked, confirmed, withdrew, page, wording, source, hash)| Consent {
                asked,
                confirmed,
                withdrew,
                page,
                wording,
                source,
                ip_hash: hash.map(Into::into),
            },
        )
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let local = "[a-zA-Zé0-9=+'_-]{1,8}";
        let tags = proptest::collection::btree_set(line(), 0..4);
        let statuses =
            (proptest::sample::select(&Status::ALL), proptest::option::of(proptest::sample::select(&Suppression::ALL)));
        (local, [line(), line(), line()], maybe_line(), statuses, tags, consent()).prop_map(
            |(local, [full, first, last], newsletter, (status, suppression), tags, consent)| Entry {
                address: EmailAddress::parse(&format!("{local}@example.com")).unwrap(),
                name: Name { full, first, last },
                newsletter,
                status,
                suppression,
                tags: tags.into_iter().filter(|tag| !tag.is_empty()).collect::<BTreeSet<_>>(),
                consent,
                file: "list.csv".into(),
                line: 0,
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_exported_reads_back(entries in proptest::collection::vec(entry(), 1..12)) {
            let mut seen = BTreeSet::new();
            let entries: Vec<Entry> = entries.into_iter().filter(|e| seen.insert((e.address.key(), e.newsletter.clone()))).collect();
            let mut writer = Writer::new(Vec::new()).unwrap();
            entries.iter().for_each(|entry| writer.write(entry).unwrap());
            let bytes = writer.finish().unwrap();
            let options = Options { file: "list.csv".into(), zone: TimeZone::UTC, unstated: Status::Confirmed };
            let mut input = Cursor::new(&bytes);
            let mut complaints = Vec::new();
            let plan = Plan::make(&mut input, &options, &mut |complaint| complaints.push(complaint)).unwrap();
            prop_assert_eq!(complaints, []);
            let mut back = Vec::new();
            plan.entries(&mut input, &options, &mut |entry| { back.push(Entry { line: 0, ..entry }); std::ops::ControlFlow::Continue(()) }).unwrap();
            prop_assert_eq!(back, entries);
            let mut cells = csv::ReaderBuilder::new().from_reader(bytes.as_slice());
            for row in cells.records() {
                prop_assert!(!row.unwrap().iter().any(|cell| cell.starts_with(['=', '+', '-', '@', '＝'])), "a formula");
            }
        }
    }
}
