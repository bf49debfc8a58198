//! Rows to entries and complaints, one at a time.

use std::collections::VecDeque;
use std::io;
use std::io::Read;
use std::sync::Arc;

use csv::ByteRecord;
use jiff::tz::TimeZone;

use crate::subscriber::consent::Consent;
use crate::subscriber::consent::Source;
use crate::subscriber::roster::cell;
use crate::subscriber::roster::columns::Column;
use crate::subscriber::roster::columns::Columns;
use crate::subscriber::roster::complaint::Complaint;
use crate::subscriber::roster::complaint::Consequence;
use crate::subscriber::roster::complaint::RosterError;
use crate::subscriber::roster::entry::Entry;
use crate::subscriber::roster::entry::Name;
use crate::subscriber::roster::moment;
use crate::subscriber::roster::moment::MomentError;
use crate::subscriber::roster::moment::Slashes;
use crate::subscriber::roster::service::Part;
use crate::subscriber::roster::service::Service;
use crate::subscriber::roster::text::Lines;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;
use crate::value::address::AddressError;
use crate::value::address::EmailAddress;
use crate::value::address::mask;

/// What the importer says about a roster that the roster itself does not say.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file's name, without its folder; Mailchimp tells by it who has left.
    pub file: Arc<str>,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// The status of addresses of which the roster tells none: a plain list's.
    pub unstated: Status,
}

/// One thing that is found in a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A subscription.
    Entry(Box<Entry>),
    /// Something wrong.
    Complaint(Complaint),
}

/// A roster in CSV, read a row at a time. An iterator of what is found; it ends after the first error.
pub struct Rows<R> {
    csv: csv::Reader<Lines<R>>,
    columns: Columns,
    part: Option<Part>,
    options: Options,
    first: Option<ByteRecord>,
    record: ByteRecord,
    skipped: u64,
    ended: bool,
    count: u64,
    found: VecDeque<Found>,
}

/// A row that is not imported, and why.
struct Refusal {
    code: &'static str,
    message: String,
    hint: Option<&'static str>,
}

fn refuse<T>(code: &'static str, message: impl Into<String>, hint: Option<&'static str>) -> Result<T, Refusal> {
    Err(Refusal { code, message: message.into(), hint })
}

impl<R: Read> Rows<R> {
    /// Begins to read a CSV file: finds its encoding, separator and columns.
    ///
    /// # Errors
    /// A [`RosterError`] where it is no CSV, has no column of addresses, or cannot be read.
    pub fn open(input: R, options: Options) -> Result<Self, RosterError> {
        let mut lines = Lines::open(input)?;
        let (separator, skipped) = lines.separator();
        let mut csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(lines);
        let mut record = ByteRecord::new();
        csv.get_mut().refill();
        if !csv.read_byte_record(&mut record).map_err(|error| failure(error, &options, 1))? {
            return Err(RosterError::Empty);
        }
        let cells: Vec<String> = record.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect();
        let columns =
            Columns::of(&cells).ok_or_else(|| RosterError::NoAddresses(cells.iter().map(|c| quoted(c)).collect()))?;
        let part = if columns.service == Service::Mailchimp { Part::named(&options.file) } else { None };
        let first = columns.headers.is_empty().then(|| record.clone());
        let found = VecDeque::new();
        Ok(Self { csv, columns, part, options, first, record, skipped, ended: false, count: 0, found })
    }

    /// What the columns hold.
    #[must_use]
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// How many rows have been read so far, without the header.
    #[must_use]
    pub fn rows_read(&self) -> u64 {
        self.count
    }

    /// How many octets of the (unpacked) file have been read so far: for a progress bar.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.csv.position().byte()
    }

    fn advance(&mut self) -> Result<bool, RosterError> {
        if let Some(first) = self.first.take() {
            self.record = first;
        } else {
            self.csv.get_mut().refill();
            let line = self.csv.position().line() + self.skipped;
            let read = self.csv.read_byte_record(&mut self.record);
            if !read.map_err(|error| failure(error, &self.options, line))? {
                return Ok(false);
            }
        }
        if self.record.iter().all(<[u8]>::is_empty) {
            return Ok(true);
        }
        self.count += 1;
        // csv tells where the row before ended. Counted from this one's end, blank lines between them do not matter.
        let within = self.record.iter().flatten().filter(|byte| **byte == b'\n').count() as u64;
        let line = (self.csv.position().line() + self.skipped).saturating_sub(1 + within);
        let row = Row { cells: &self.record, columns: &self.columns, part: self.part, options: &self.options };
        let complain = |Refusal { code, message, hint }, consequence| {
            Found::Complaint(Complaint { code, message, hint, consequence, file: self.options.file.clone(), line })
        };
        let mut losses = Vec::new();
        match row.entries(line, &mut losses) {
            Ok(entries) => {
                self.found.extend(losses.into_iter().map(|loss| complain(loss, Consequence::Kept)));
                self.found.extend(entries.into_iter().map(|entry| Found::Entry(Box::new(entry))));
            }
            Err(refusal) => self.found.push_back(complain(refusal, Consequence::LeftOut)),
        }
        Ok(true)
    }
}

fn failure(error: csv::Error, options: &Options, line: u64) -> RosterError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            RosterError::Endless { file: options.file.clone(), line }
        }
        csv::ErrorKind::Io(error) => RosterError::Io(error),
        other => RosterError::Io(io::Error::other(format!("{other:?}"))),
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Found, RosterError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.found.is_empty() && !self.ended {
            match self.advance() {
                Ok(more) => self.ended = !more,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        self.found.pop_front().map(Ok)
    }
}

/// A word or a header as messages quote it: not too long, controls shown, addresses masked.
fn quoted(text: &str) -> String {
    let text = if text.contains('@') { mask(text) } else { text.to_owned() };
    let short: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().count() > 40 { format!("`{short}…`") } else { format!("`{short}`") }
}

struct Row<'a> {
    cells: &'a ByteRecord,
    columns: &'a Columns,
    part: Option<Part>,
    options: &'a Options,
}

impl Row<'_> {
    fn entries(&self, line: u64, losses: &mut Vec<Refusal>) -> Result<Vec<Entry>, Refusal> {
        let (has, wants) = (self.cells.len(), self.columns.width);
        if has != wants {
            let message = format!("{has} cells where the first line has {wants}");
            let hint = if self.cells.iter().flatten().any(|byte| *byte == b'\n') {
                "look for a quotation mark (\") that is not closed: it takes the lines after it with it"
            } else {
                "put a cell that contains the separator in quotation marks"
            };
            return refuse("roster-width", message, Some(hint));
        }
        let is_text = |at: usize| std::str::from_utf8(&self.cells[at]).is_ok();
        if let Some(at) = (0..has).find(|at| self.columns.is_used(*at) && !is_text(*at)) {
            let column =
                self.columns.headers.get(at).map_or_else(String::new, |header| format!(" in {}", quoted(header)));
            return refuse("roster-encoding", format!("not UTF-8{column}"), Some("save the file as \"CSV UTF-8\""));
        }
        let address = self.address()?;
        let (status, suppression) = self.standing()?;
        let name = Name {
            full: self.line(Column::FullName)?,
            first: self.line(Column::FirstName)?,
            last: self.line(Column::LastName)?,
        };
        let own = self.columns.service == Service::Letterpress;
        let tags = self.text(Column::Tags);
        let tags = if own { cell::own_list(tags) } else { cell::list(tags) };
        let tags = tags.or_else(|_| control(self.header(Column::Tags)))?;
        let newsletters = self.text(Column::Newsletters);
        let newsletters = if own { cell::line(newsletters).map(|id| [id].into()) } else { cell::list(newsletters) };
        let newsletters = newsletters.or_else(|_| control(self.header(Column::Newsletters)))?;
        let consent = self.consent(losses)?;
        let entry = Entry {
            address,
            name,
            newsletter: None,
            status,
            suppression,
            tags,
            consent,
            file: self.options.file.clone(),
            line,
        };
        let each = newsletters.into_iter().filter(|id| !id.is_empty());
        let mut entries: Vec<Entry> = each.map(|id| Entry { newsletter: Some(id), ..entry.clone() }).collect();
        if entries.is_empty() {
            entries.push(entry);
        }
        Ok(entries)
    }

    /// The cell of a column, trimmed; empty where there is no such column.
    fn text(&self, column: Column) -> &str {
        let cell = self.columns.at(column).and_then(|at| self.cells.get(at)).unwrap_or_default();
        let text = std::str::from_utf8(cell).unwrap_or_default().trim();
        if self.columns.service == Service::Letterpress { cell::unguarded(text) } else { text }
    }

    fn header(&self, column: Column) -> &str {
        self.columns.at(column).and_then(|at| self.columns.headers.get(at)).map_or("", String::as_str)
    }

    fn line(&self, column: Column) -> Result<Box<str>, Refusal> {
        cell::line(self.text(column)).or_else(|_| control(self.header(column)))
    }

    fn address(&self) -> Result<EmailAddress, Refusal> {
        let text = self.text(Column::Address);
        if text.is_empty() {
            return refuse("roster-address", "no e-mail address", None);
        }
        EmailAddress::parse(text).or_else(|error| {
            let hint = match error {
                AddressError::Malformed if text.contains('<') => Some("only the address, without the name and <>"),
                AddressError::Malformed if text.contains([',', ';', ' ']) => Some("one address a row"),
                AddressError::Control => Some("type the address anew: what is wrong with it cannot be seen"),
                _ => None,
            };
            refuse("roster-address", format!("{error}: `{}`", mask(text)), hint)
        })
    }

    /// The least of all that the row says about its status.
    fn standing(&self) -> Result<(Status, Option<Suppression>), Refusal> {
        if self.columns.service == Service::Letterpress {
            return self.own_standing();
        }
        let mut told: Vec<(Status, Option<Suppression>)> = Vec::new();
        if self.columns.at(Column::Status).is_some() {
            let word = self.text(Column::Status);
            let hint = Some(
                "confirmed, pending, paused, unsubscribed, bounced and complained are understood, and many others",
            );
            match understood(word) {
                Some(standing) => told.push(standing),
                None if word.is_empty() => return refuse("roster-status", "no status", hint),
                None => return refuse("roster-status", format!("a status that is not known: {}", quoted(word)), hint),
            }
        }
        for (column, wanted) in [(Column::Subscribed, true), (Column::Unwanted, false)] {
            match cell::yes(self.text(column)) {
                Ok(Some(yes)) => {
                    told.push((if yes == wanted { Status::Confirmed } else { Status::Unsubscribed }, None))
                }
                Ok(None) => {}
                Err(_) => {
                    let message =
                        format!("neither yes nor no in {}: {}", quoted(self.header(column)), quoted(self.text(column)));
                    return refuse("roster-status", message, Some("write true or false"));
                }
            }
        }
        if let Some(confirmed) = self.confirmed() {
            told.push((if confirmed { Status::Confirmed } else { Status::Pending }, None));
        }
        if told.is_empty() && self.columns.at(Column::Subscribed).is_some() {
            return refuse(
                "roster-status",
                format!("nothing in {}", quoted(self.header(Column::Subscribed))),
                Some("write true or false"),
            );
        }
        if !self.text(Column::Withdrew).is_empty() || !self.text(Column::Deleted).is_empty() {
            told.push((Status::Unsubscribed, None));
        }
        if !self.text(Column::Cleaned).is_empty() {
            told.push((Status::Unsubscribed, Some(Suppression::Bounce)));
        }
        match self.part {
            Some(Part::Subscribed) => told.push((Status::Confirmed, None)),
            Some(Part::Unsubscribed | Part::Archived) => told.push((Status::Unsubscribed, None)),
            Some(Part::Cleaned) => told.push((Status::Unsubscribed, Some(Suppression::Bounce))),
            Some(Part::NonSubscribed) => {
                return refuse(
                    "roster-never-subscribed",
                    format!("never subscribed: `{}`", mask(self.text(Column::Address))),
                    None,
                );
            }
            None => {}
        }
        let status = told.iter().map(|(status, _)| *status).min().unwrap_or(self.options.unstated);
        Ok((status, told.iter().filter_map(|(_, suppression)| *suppression).max()))
    }

    /// Whether the reader confirmed, where the column for it says yes or no, or where a roster of no known service has such a column and leaves it empty.
    fn confirmed(&self) -> Option<bool> {
        self.columns.at(Column::Confirmed)?;
        let unknown = matches!(self.columns.service, Service::Other | Service::Plain);
        cell::yes(self.text(Column::Confirmed))
            .unwrap_or(None)
            .or((unknown && self.text(Column::Confirmed).is_empty()).then_some(false))
    }

    fn own_standing(&self) -> Result<(Status, Option<Suppression>), Refusal> {
        let (word, reason) = (self.text(Column::Status), self.text(Column::Suppression));
        let hint = Some(
            "an export has pending, confirmed, paused or unsubscribed; and soft-bounce, bounce, manual, complaint, erased or nothing",
        );
        let Ok(status) = Status::parse(word) else {
            return refuse("roster-status", format!("a status that is not known: {}", quoted(word)), hint);
        };
        match (reason, Suppression::parse(reason)) {
            ("", _) => Ok((status, None)),
            (_, Ok(reason)) => Ok((status, Some(reason))),
            (_, Err(_)) => {
                refuse("roster-status", format!("a suppression that is not known: {}", quoted(reason)), hint)
            }
        }
    }

    fn consent(&self, losses: &mut Vec<Refusal>) -> Result<Consent, Refusal> {
        let slashes = if self.columns.service == Service::Mailchimp { Slashes::MonthFirst } else { Slashes::Unknown };
        let mut time = |column| {
            let text = self.text(column);
            if column == Column::Confirmed && matches!(cell::yes(text), Ok(Some(_))) {
                return None;
            }
            let (message, hint) = match moment::parse(text, &self.options.zone, slashes) {
                Ok(at) => return at,
                Err(MomentError::Unreadable) => ("a time that cannot be read", "write it like 2026-11-15T09:00:00Z"),
                Err(MomentError::Ambiguous) => {
                    ("a date that could be two days", "write it like 2026-11-15: year, month, day")
                }
            };
            let message = format!("{message} in {}: {}", quoted(self.header(column)), quoted(text));
            losses.push(Refusal { code: "roster-time", message, hint: Some(hint) });
            None
        };
        let (asked, confirmed, withdrew) = (time(Column::Asked), time(Column::Confirmed), time(Column::Withdrew));
        let some = |text: Box<str>| (!text.is_empty()).then_some(text);
        let wording = cell::lines(self.text(Column::Wording)).or_else(|_| control(self.header(Column::Wording)))?;
        let hash = self.text(Column::IpHash);
        let ip_hash = data_encoding::HEXLOWER_PERMISSIVE.decode(hash.as_bytes()).unwrap_or_else(|_| {
            let message = format!("an IP hash that is not hexadecimal: {}", quoted(hash));
            losses.push(Refusal { code: "roster-hash", message, hint: None });
            Vec::new()
        });
        Ok(Consent {
            asked,
            confirmed,
            withdrew,
            page: some(self.line(Column::Page)?),
            wording: some(wording),
            source: self.source()?,
            ip_hash: (!ip_hash.is_empty()).then(|| ip_hash.into()),
        })
    }

    fn source(&self) -> Result<Source, Refusal> {
        let (word, service) = (self.text(Column::Source), self.columns.service.word());
        Ok(match word {
            "form" => Source::Form,
            "hand" => Source::Hand,
            "import" => {
                Source::Import { file: self.line(Column::SourceFile)?, service: self.line(Column::SourceService)? }
            }
            _ => Source::Import { file: (&*self.options.file).into(), service: service.into() },
        })
    }
}

fn control<T>(header: &str) -> Result<T, Refusal> {
    let message = format!("a line break or control character in {}", quoted(header));
    refuse("roster-control", message, Some("take it out: nothing of the kind may reach a mail's header"))
}

/// The words for statuses that services and people use; `None` for all others, since consent is not guessed.
fn understood(word: &str) -> Option<(Status, Option<Suppression>)> {
    let word: String = word.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect();
    let standing = match word.as_str() {
        "confirmed" | "subscribed" | "active" | "enabled" | "regular" | "premium" | "gifted" | "trialed" | "comped"
        | "free" | "paid" | "aktiv" | "abonniert" | "bestätigt" | "abonné" | "actif" | "activo" | "yes" | "true" => {
            (Status::Confirmed, None)
        }
        "pending" | "unconfirmed" | "unactivated" | "notconfirmed" | "unverified" | "ausstehend" | "enattente"
        | "pendiente" => (Status::Pending, None),
        "paused" | "onhold" | "pausiert" => (Status::Paused, None),
        "unsubscribed" | "inactive" | "disabled" | "optout" | "optedout" | "removed" | "deleted" | "archived"
        | "left" | "abgemeldet" | "désabonné" | "no" | "false" => (Status::Unsubscribed, None),
        "cleaned" | "bounced" | "bounce" | "hardbounced" | "undeliverable" | "invalid" | "unreachable" => {
            (Status::Unsubscribed, Some(Suppression::Bounce))
        }
        "complained" | "complaint" | "spam" | "spamcomplaint" | "markedasspam" => {
            (Status::Unsubscribed, Some(Suppression::Complaint))
        }
        "blocked" | "blocklisted" | "blacklisted" | "banned" | "suppressed" | "spammy" => {
            (Status::Unsubscribed, Some(Suppression::Manual))
        }
        _ => return None,
    };
    Some(standing)
}
