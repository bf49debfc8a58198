//! A whole roster: a CSV file, or a ZIP of them.

use std::io::Read;
use std::io::Seek;
use std::ops::ControlFlow;
use std::sync::Arc;

use zip::ZipArchive;

use crate::subscriber::roster::columns::Columns;
use crate::subscriber::roster::complaint::RosterError;
use crate::subscriber::roster::rows::Found;
use crate::subscriber::roster::rows::Options;
use crate::subscriber::roster::rows::Rows;
use crate::subscriber::roster::service::Part;

/// One CSV file that was read.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name: the roster's, or that of the member of the ZIP without its folder.
    pub file: Arc<str>,
    /// What its columns hold.
    pub columns: Columns,
    /// Its rows, without the header and blank lines.
    pub rows: u64,
}

/// Reads a roster from its beginning and hands over what is found, row by row, until all is read or `each` breaks off. A ZIP's files are read one after the
/// other, unpacked as they are read: of Mailchimp's the subscribed, unsubscribed, cleaned, archived and never subscribed, of Substack's the `email_list`, of any other
/// the only CSV file.
///
/// # Errors
/// A [`RosterError`] where it cannot be read at all, or no further.
pub fn read<R: Read + Seek>(
    input: &mut R,
    options: &Options,
    each: &mut dyn FnMut(Found) -> ControlFlow<()>,
) -> Result<Vec<Member>, RosterError> {
    input.rewind()?;
    let mut magic = Vec::new();
    input.by_ref().take(4).read_to_end(&mut magic)?;
    input.rewind()?;
    if magic != b"PK\x03\x04" && magic != b"PK\x05\x06" {
        let rows = Rows::open(input, options.clone())?;
        return Ok(vec![hand_over(rows, options, each)?.0]);
    }
    let mut archive = ZipArchive::new(input)?;
    let mut members = Vec::new();
    let names = archive.file_names().map(|name| name.map(|name| name.into_owned())).collect::<Result<_, _>>()?;
    for name in chosen(names)? {
        let file: Arc<str> = base(&name).into();
        let options = Options { file, ..options.clone() };
        let rows = match Rows::open(archive.by_name(&name)?, options.clone()) {
            // Nobody has bounced: Mailchimp leaves an empty file.
            Err(RosterError::Empty) => continue,
            rows => rows?,
        };
        let (member, flow) = hand_over(rows, &options, each)?;
        members.push(member);
        if flow.is_break() {
            break;
        }
    }
    if members.is_empty() { Err(RosterError::Empty) } else { Ok(members) }
}

fn hand_over<R: Read>(
    mut rows: Rows<R>,
    options: &Options,
    each: &mut dyn FnMut(Found) -> ControlFlow<()>,
) -> Result<(Member, ControlFlow<()>), RosterError> {
    let mut flow = ControlFlow::Continue(());
    while flow.is_continue()
        && let Some(found) = rows.next()
    {
        flow = each(found?);
    }
    Ok((Member { file: options.file.clone(), columns: rows.columns().clone(), rows: rows.rows_read() }, flow))
}

fn base(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// The files of a ZIP that are the list.
fn chosen(mut names: Vec<String>) -> Result<Vec<String>, RosterError> {
    if names.iter().any(|name| name == "[Content_Types].xml" || name == "mimetype") {
        return Err(RosterError::NotText);
    }
    let is_csv = |name: &String| {
        let base = base(name).to_ascii_lowercase();
        base.ends_with(".csv") && !base.starts_with("._") && !name.starts_with("__MACOSX/")
    };
    names.retain(is_csv);
    names.sort();
    let is_mailchimp = |name: &&String| Part::named(name).is_some();
    let is_list = |name: &&String| {
        let base = base(name).to_ascii_lowercase();
        base.starts_with("email_list") || base.starts_with("subscribers")
    };
    for is_wanted in [&is_mailchimp as &dyn Fn(&&String) -> bool, &is_list] {
        let wanted: Vec<String> = names.iter().filter(is_wanted).cloned().collect();
        if !wanted.is_empty() {
            return Ok(wanted);
        }
    }
    if names.len() == 1 { Ok(names) } else { Err(RosterError::Archive(names)) }
}
