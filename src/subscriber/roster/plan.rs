//! What an import will do: duplicates found, everything counted, then the entries, each address once for each newsletter.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::fmt;
use std::io::Read;
use std::io::Seek;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::subscriber::roster::complaint::Complaint;
use crate::subscriber::roster::complaint::Consequence;
use crate::subscriber::roster::complaint::RosterError;
use crate::subscriber::roster::entry::Entry;
use crate::subscriber::roster::read;
use crate::subscriber::roster::read::Member;
use crate::subscriber::roster::rows::Found;
use crate::subscriber::roster::rows::Options;
use crate::subscriber::status::Status;
use crate::subscriber::status::Suppression;

/// Sixteen octets that stand for an address on a newsletter.
type Digest = [u8; 16];

/// What a roster will do to the list, before the list has been asked.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The files that were read, with their columns.
    pub members: Vec<Member>,
    /// The counts.
    pub summary: Summary,
    twice: HashSet<Digest>,
}

/// The counts of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows, without headers and blank lines.
    pub rows: u64,
    /// Subscriptions that will be imported, after duplicates were merged.
    pub entries: u64,
    /// Different addresses among them.
    pub addresses: u64,
    /// Rows merged into earlier ones.
    pub merged: u64,
    /// Rows left out.
    pub left_out: u64,
    /// Subscriptions by status.
    pub statuses: BTreeMap<Status, u64>,
    /// Subscriptions of suppressed addresses, by reason.
    pub suppressions: BTreeMap<Suppression, u64>,
    /// Subscriptions by newsletter, where the roster names one.
    pub newsletters: BTreeMap<Box<str>, u64>,
    /// Addresses that only a server with SMTPUTF8 takes (RFC 6531).
    pub smtputf8: u64,
    /// Complaints by their code.
    pub complaints: BTreeMap<&'static str, u64>,
}

/// What is kept of each subscription while the plan is made.
struct Seen {
    line: u64,
    file: u16,
    status: Status,
    suppression: Option<Suppression>,
}

impl Plan {
    /// Looks through a whole roster. Complaints are handed over as they are found, those about duplicates too.
    ///
    /// # Errors
    /// A [`RosterError`] where the roster cannot be read at all, or no further.
    pub fn make<R: Read + Seek>(
        input: &mut R,
        options: &Options,
        complain: &mut dyn FnMut(Complaint),
    ) -> Result<Self, RosterError> {
        let mut summary = Summary::default();
        let mut seen: HashMap<Digest, Seen> = HashMap::new();
        let mut addresses: HashSet<Digest> = HashSet::new();
        let mut twice = HashSet::new();
        let mut files: Vec<Arc<str>> = Vec::new();
        let mut note = |complaint: Complaint, summary: &mut Summary| {
            *summary.complaints.entry(complaint.code).or_default() += 1;
            match complaint.consequence {
                Consequence::LeftOut => summary.left_out += 1,
                Consequence::Merged => summary.merged += 1,
                Consequence::Kept => {}
            }
            complain(complaint);
        };
        let members = read::read(input, options, &mut |found| {
            let entry = match found {
                Found::Entry(entry) => entry,
                Found::Complaint(complaint) => {
                    note(complaint, &mut summary);
                    return ControlFlow::Continue(());
                }
            };
            if files.last() != Some(&entry.file) {
                files.push(entry.file.clone());
            }
            let file = u16::try_from(files.len() - 1).unwrap_or(u16::MAX);
            let digest = digest(&entry);
            if let Some(earlier) = seen.get_mut(&digest) {
                let status = earlier.status.lower(entry.status);
                note(duplicate(&entry, earlier, status, &files), &mut summary);
                earlier.status = status;
                earlier.suppression = Suppression::imported(earlier.suppression, entry.suppression);
                twice.insert(digest);
                return ControlFlow::Continue(());
            }
            if let Some(newsletter) = &entry.newsletter {
                *summary.newsletters.entry(newsletter.clone()).or_default() += 1;
            }
            // Where no newsletter is named, subscriptions are addresses and need no second set.
            let is_new = entry.newsletter.is_none() || addresses.insert(address_digest(&entry));
            if is_new {
                summary.addresses += 1;
                summary.smtputf8 += u64::from(entry.address.needs_smtputf8());
            }
            seen.insert(digest, Seen { line: entry.line, file, status: entry.status, suppression: entry.suppression });
            ControlFlow::Continue(())
        })?;
        summary.rows = members.iter().map(|member| member.rows).sum();
        summary.entries = seen.len() as u64;
        for Seen { status, suppression, .. } in seen.values() {
            *summary.statuses.entry(*status).or_default() += 1;
            if let Some(reason) = suppression {
                *summary.suppressions.entry(*reason).or_default() += 1;
            }
        }
        Ok(Self { members, summary, twice })
    }

    /// Reads the same roster again and hands over its entries: each address once for each newsletter, duplicates merged. Those that stand in one row come in
    /// the order of the file; the merged ones follow in the order of their first rows. Ends early where `each` breaks off.
    ///
    /// # Errors
    /// A [`RosterError`] where the roster can no longer be read.
    pub fn entries<R: Read + Seek>(
        &self,
        input: &mut R,
        options: &Options,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), RosterError> {
        let mut merged: Vec<Option<Entry>> = Vec::new();
        let mut places: HashMap<Digest, usize> = HashMap::new();
        let mut broken = false;
        read::read(input, options, &mut |found| {
            let Found::Entry(entry) = found else { return ControlFlow::Continue(()) };
            let digest = digest(&entry);
            if !self.twice.contains(&digest) {
                let flow = each(*entry);
                broken = flow.is_break();
                return flow;
            }
            let at = *places.entry(digest).or_insert(merged.len());
            if at == merged.len() {
                merged.push(Some(*entry));
            } else if let Some(earlier) = merged[at].take() {
                merged[at] = Some(earlier.merged(*entry));
            }
            ControlFlow::Continue(())
        })?;
        if !broken {
            let _ = merged.into_iter().flatten().try_for_each(each);
        }
        Ok(())
    }

    /// Columns that nothing is read from, each once, in the order in which they are found.
    #[must_use]
    pub fn unused(&self) -> Vec<&str> {
        let mut unused: Vec<&str> = Vec::new();
        for column in self.members.iter().flat_map(|member| member.columns.unused()) {
            if !column.is_empty() && !unused.contains(&column) {
                unused.push(column);
            }
        }
        unused
    }
}

fn digest(entry: &Entry) -> Digest {
    let newsletter = entry.newsletter.as_deref().unwrap_or_default();
    short(&format!("{}\n{newsletter}", entry.address.key().as_str()))
}

fn address_digest(entry: &Entry) -> Digest {
    short(entry.address.key().as_str())
}

fn short(text: &str) -> Digest {
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    digest
}

fn duplicate(entry: &Entry, earlier: &Seen, status: Status, files: &[Arc<str>]) -> Complaint {
    let file = files.get(usize::from(earlier.file)).filter(|file| **file != entry.file);
    let place = file.map_or_else(|| format!("line {}", earlier.line), |file| format!("{file}:{}", earlier.line));
    let differs =
        if earlier.status == entry.status { String::new() } else { format!("; the lower status, {status}, stays") };
    Complaint {
        code: "roster-duplicate",
        message: format!("`{}` is also on {place}{differs}", entry.address.masked()),
        hint: None,
        consequence: Consequence::Merged,
        file: entry.file.clone(),
        line: entry.line,
    }
}

fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// What will happen, in lines for people.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { rows, entries, addresses, merged, left_out, smtputf8, .. } = self.summary;
        for member in &self.members {
            writeln!(f, "{}: {}, {} layout", member.file, count(member.rows, "row"), member.columns.service)?;
        }
        let (rows, entries) = (count(rows, "row"), count(entries, "subscription"));
        let of = if addresses == 1 { "1 address".to_owned() } else { format!("{addresses} addresses") };
        writeln!(f, "{rows}: {entries} of {of}, {merged} merged, {left_out} left out")?;
        for (status, count) in self.summary.statuses.iter().rev() {
            writeln!(f, "  {count} {status}")?;
        }
        for (reason, count) in &self.summary.suppressions {
            writeln!(f, "  {count} suppressed ({reason})")?;
        }
        for (newsletter, count) in &self.summary.newsletters {
            writeln!(f, "  {count} on {newsletter}")?;
        }
        if smtputf8 > 0 {
            writeln!(f, "  {smtputf8} that only a server with SMTPUTF8 takes")?;
        }
        let unused = self.unused();
        if !unused.is_empty() {
            writeln!(f, "Not read: {}", unused.join(", "))?;
        }
        Ok(())
    }
}
