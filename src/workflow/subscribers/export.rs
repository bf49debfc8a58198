//! `subscribers export`: the whole list as CSV, which `import` reads back to the same list.

use std::io;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use crate::store::export;
use crate::subscriber::roster::write::Writer;
use crate::transport::disk::WriteError;
use crate::transport::disk_private;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter;
use crate::workflow::newsletter::Database;
use crate::workflow::newsletter::mistake;

/// What was exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Rows.
    pub rows: u64,
    /// Erased addresses, of which there is nothing to export.
    pub erased: u64,
}

/// Writes the list to `output`. The inner error is `output`'s own.
///
/// # Errors
/// [`Failure::Store`].
pub fn to_stream(list: &Database, output: &mut (dyn Write + Send)) -> Result<io::Result<Exported>, Failure> {
    let mut writer = match Writer::new(io::BufWriter::new(output)) {
        Ok(writer) => writer,
        Err(error) => return Ok(Err(error)),
    };
    let (exported, written) = list.store.read(move |sql| {
        let mut written = Ok(());
        let exported = export::each(sql, &mut |entry| {
            written = writer.write(&entry);
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let flushed = || writer.finish().and_then(|mut output| output.flush());
        Ok((exported, written.and_then(|()| flushed())))
    })?;
    Ok(written.map(|()| Exported { rows: exported.entries, erased: exported.erased }))
}

/// Writes the list to a file that is for its owner alone. It is there whole, or not at all; what was there before is replaced then.
///
/// # Errors
/// A mistake where the file would be published; [`Failure::Store`], [`Failure::Write`].
pub fn to_file(root: &Path, list: &Database, path: &Path) -> Result<Exported, Failure> {
    if let Some((folder, why)) = newsletter::misplaced(root, path)? {
        let message = format!("the list must not be in {folder}/: {why}");
        return Err(mistake("published-list", message, "name a place outside the site".into()));
    }
    let mut file = disk_private::begin(path)?;
    match to_stream(list, file.as_file_mut())? {
        Ok(exported) => {
            disk_private::finish(file, path)?;
            Ok(exported)
        }
        Err(source) => Err(Failure::Write(WriteError::Io { action: "write", path: path.into(), source })),
    }
}
