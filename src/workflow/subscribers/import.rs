//! `subscribers import`: other services' lists, and our own export. First a plan, which only reads the file; then one transaction.

use std::io;
use std::io::BufReader;
use std::io::Read;
use std::io::Seek;
use std::ops::ControlFlow;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::files::read;
use crate::files::read::Input;
use crate::store::import;
use crate::store::import::ImportError;
use crate::store::import::Options;
use crate::subscriber::keys;
use crate::subscriber::roster::complaint::RosterError;
use crate::subscriber::roster::plan::Plan;
use crate::subscriber::roster::rows;
use crate::subscriber::status::Status;
use crate::transport::disk_private;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::List;
use crate::workflow::newsletter::mistake;
use crate::workflow::progress::Progress;
use crate::workflow::subscribers;

/// Octets that are read at a time.
const BUFFER: usize = 1 << 18;
/// Octets to a step of progress.
const STEP: usize = 1 << 16;
/// What messages call a file that comes from standard input.
const STANDARD: &str = "standard input";

/// What to import, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// The file: CSV, or a ZIP of CSV files. `-` is standard input.
    pub file: PathBuf,
    /// The newsletter of rows that name none; the default one for none.
    pub newsletter: Option<String>,
    /// The status of rows that have none: `confirmed`, `pending` or `unsubscribed`.
    pub unstated: &'static str,
    /// The zone of times that name none, an IANA name; the site's for none.
    pub zone: Option<String>,
}

/// What will be imported.
pub struct Planned {
    plan: Plan,
    input: BufReader<Input>,
    options: rows::Options,
    newsletter: Box<str>,
}

/// A plan in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows, without headers and blank lines.
    pub rows: u64,
    /// Subscriptions, duplicates merged.
    pub entries: u64,
    /// Different addresses among them.
    pub addresses: u64,
    /// Rows merged into earlier ones.
    pub merged: u64,
    /// Rows that cannot be read and are left out.
    pub left_out: u64,
    /// Status and count.
    pub statuses: Vec<(&'static str, u64)>,
    /// Reason and count of those that the file calls suppressed.
    pub suppressed: Vec<(&'static str, u64)>,
    /// Newsletter and count, where the file names one.
    pub newsletters: Vec<(String, u64)>,
    /// The layout of each file: its name, whose it is.
    pub layouts: Vec<(String, &'static str)>,
    /// Columns of which nothing is read.
    pub unused: Vec<String>,
}

/// What was imported, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Subscriptions that are new.
    pub added: u64,
    /// Subscriptions of which something is different.
    pub changed: u64,
    /// Subscriptions that are as they were.
    pub unchanged: u64,
    /// Rows of suppressed addresses, which do not come back: reason and count.
    pub kept_out: Vec<(&'static str, u64)>,
    /// Lines of the first of them, for people; addresses are masked.
    pub kept: Vec<String>,
    /// Addresses that the file calls erased, and that are erased now.
    pub erased: u64,
}

impl Planned {
    /// What will happen, in lines for people.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}Rows that name no newsletter are for `{}`.\n", self.plan, self.newsletter)
    }

    /// What will happen, in numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let of = &self.plan.summary;
        let members = self.plan.members.iter();
        Summary {
            rows: of.rows,
            entries: of.entries,
            addresses: of.addresses,
            merged: of.merged,
            left_out: of.left_out,
            statuses: of.statuses.iter().rev().map(|(status, count)| (status.word(), *count)).collect(),
            suppressed: of.suppressions.iter().map(|(reason, count)| (reason.word(), *count)).collect(),
            newsletters: of.newsletters.iter().map(|(id, count)| (id.to_string(), *count)).collect(),
            layouts: members.map(|member| (member.file.to_string(), member.columns.service.word())).collect(),
            unused: self.plan.unused().into_iter().map(str::to_owned).collect(),
        }
    }
}

/// The file, which says how far it has been read: a step for each [`STEP`] octets.
struct Watched<'a> {
    file: Input,
    progress: &'a dyn Progress,
    read: usize,
}

impl Read for Watched<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(out)?;
        let before = self.read / STEP;
        self.read += read;
        (before..self.read / STEP).for_each(|_| self.progress.step());
        Ok(read)
    }
}

impl Seek for Watched<'_> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Reads the whole file once, and says what is wrong with it, row by row.
///
/// # Errors
/// Mistakes: an unknown newsletter, zone or file layout, newsletters in the file that the site has not; [`Failure::Read`], [`Failure::Write`] where standard input cannot
/// be put down.
pub fn plan(
    list: &List,
    request: &Request,
    input: &mut dyn Read,
    progress: &dyn Progress,
    complain: &mut dyn FnMut(Diagnostic),
) -> Result<Planned, Failure> {
    let newsletter = subscribers::newsletter(&list.config, request.newsletter.as_deref())?;
    let zone = match &request.zone {
        None => list.config.time_zone.clone(),
        Some(name) => TimeZone::get(name).map_err(|_| {
            let hint = "use a name of the IANA database, such as Europe/Berlin or UTC";
            mistake("bad-zone", format!("there is no time zone `{name}`"), hint.into())
        })?,
    };
    let is_standard = request.file.as_os_str() == "-";
    let (file, size) = if is_standard { spooled(list, input)? } else { read::open(&request.file)? };
    let name =
        if is_standard { STANDARD.into() } else { request.file.file_name().unwrap_or_default().to_string_lossy() };
    let unstated = Status::parse(request.unstated).unwrap_or(Status::Pending);
    let options = rows::Options { file: Arc::from(&*name), zone, unstated };
    progress.stage("reading", usize::try_from(size).unwrap_or(usize::MAX) / STEP);
    let mut input = BufReader::with_capacity(BUFFER, Watched { file, progress, read: 0 });
    let plan = Plan::make(&mut input, &options, &mut |complaint| complain(complaint.diagnostic()))
        .map_err(|error| unreadable(&options.file, &error))?;
    let mut unknown = Report::new();
    for id in plan.summary.newsletters.keys() {
        match subscribers::newsletter(&list.config, Some(id)) {
            Err(Failure::Mistakes(mistake)) => unknown.merge(mistake),
            other => drop(other?),
        }
    }
    if unknown.has_errors() {
        return Err(Failure::Mistakes(unknown));
    }
    let input = BufReader::with_capacity(BUFFER, input.into_inner().file);
    Ok(Planned { plan, input, options, newsletter })
}

/// Standard input can be read only once, and is needed twice: it is put down beside the list, in a file that nobody else can read.
fn spooled(list: &List, input: &mut dyn Read) -> Result<(Input, u64), Failure> {
    let folder = list.store.place().path().or(list.store.journal()).and_then(Path::parent);
    let file = disk_private::spooled(folder.unwrap_or(Path::new(".")), input)?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    Ok((file, size))
}

/// Imports what was planned, in one transaction; with `dry` only finds out what would happen.
///
/// # Errors
/// [`Failure::Store`], or a mistake where the file can no longer be read. Nothing has been imported then.
pub fn run(
    list: &List,
    planned: &mut Planned,
    dry: bool,
    progress: &dyn Progress,
    now: Timestamp,
) -> Result<Imported, Failure> {
    let Planned { plan, input, options, newsletter } = planned;
    let how = Options { newsletter: newsletter.clone(), now, dry };
    progress.stage("importing", usize::try_from(plan.summary.entries).unwrap_or(usize::MAX));
    let feed = |take: &mut dyn FnMut(_) -> ControlFlow<()>| {
        plan.entries(input, options, &mut |entry| {
            progress.step();
            take(entry)
        })
    };
    let hash = |key: &_| list.keys.address_hash(key);
    let done = import::import(&list.store, &how, hash, keys::random::<16>, feed);
    let done = done.map_err(|error| match error {
        ImportError::Store(error) => Failure::Store(error),
        ImportError::Feed(error) => unreadable(&options.file, &error),
    })?;
    let kept = |row: &import::KeptOut| {
        format!("{}:{}: {} is suppressed ({}) and stays so", row.file, row.line, row.address, row.reason)
    };
    Ok(Imported {
        added: done.added,
        changed: done.changed,
        unchanged: done.unchanged,
        kept_out: done.kept_out.iter().map(|(reason, count)| (reason.word(), *count)).collect(),
        kept: done.kept.iter().map(kept).collect(),
        erased: done.erased,
    })
}

fn unreadable(file: &str, error: &RosterError) -> Failure {
    let diagnostic = Diagnostic::error("bad-roster", format!("{file}: {error}"));
    Failure::Mistakes(diagnostic.maybe_hint(error.hint().map(str::to_owned)).into())
}
