//! The notes outside the database of how far it has come: an older copy in its place is noticed before anything is sent from it.
//!
//! One is beside the list, and goes with it to other machines. One is apart from it, in the person's state folder, under the name of the list's keys: it is found wherever the
//! list lies, and does not go back with a folder that is put back as a whole. The higher one counts.
//!
//! The numbers go on from time to time. What leaves in between is noted letter by letter (`disk_departures`), so that a copy made in the middle of sending is noticed too when the sender was
//! killed; a sender that ends in peace goes on to the next number.

use std::path::Path;
use std::path::PathBuf;

use crate::files::read;
use crate::files::read::ReadError;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::backup;
use crate::store::departures;
use crate::store::departures::Departure;
use crate::store::generation;
use crate::transport::disk::WriteError;
use crate::transport::disk_departures;
use crate::transport::disk_departures::Departures;
use crate::transport::disk_private;

/// Where the notes of a list are.
#[derive(Clone, Debug)]
pub struct Marks {
    /// Beside the list.
    pub beside: PathBuf,
    /// Apart from it; `None` where the machine has no folder for that.
    pub apart: Option<PathBuf>,
}

/// Why nothing is sent.
#[derive(Debug)]
pub enum MarkError {
    /// The database is older than a note.
    Older,
    /// The database is a backup that was put in place by hand, and no note says whether it is older than what has left.
    Backup,
    /// The database cannot be used.
    Store(StoreError),
    /// The note beside the list cannot be read.
    Read(ReadError),
    /// The note beside the list cannot be written.
    Write(WriteError),
    /// The note apart from the list cannot be read or written: what the disk said.
    Apart(String),
}

/// What a sender notes while it is at work.
pub(in crate::workflow::deliver) struct Log {
    marks: Marks,
    departures: Departures,
}

impl Log {
    /// Holds the store to the notes, goes on to the next number, and begins the notes of a sender.
    ///
    /// # Errors
    /// A [`MarkError`].
    pub(in crate::workflow::deliver) fn begin(store: &Store, marks: &Marks, sender: &str) -> Result<Self, MarkError> {
        begin(store, marks)?;
        let departures = Departures::begin(marks.stem(), sender).map_err(|error| match marks.apart {
            Some(_) => MarkError::Apart(error.to_string()),
            None => MarkError::Write(error),
        })?;
        Ok(Self { marks: marks.clone(), departures })
    }

    /// Notes that a letter is marked in the database and leaves now.
    pub(in crate::workflow::deliver) fn note(&self, departure: Departure) {
        self.departures.note(&departure.octets());
    }

    /// Goes on to the next number. What was noted of letters until then is in the database that has it, and need not be kept.
    ///
    /// # Errors
    /// A [`MarkError`]: then all is kept.
    pub(in crate::workflow::deliver) fn advance(&self, store: &Store) -> Result<(), MarkError> {
        // Before the number: what is noted from now on may not be in a database that has it.
        let before = self.departures.turn();
        advance(store, &self.marks, 0)?;
        if let Ok(before) = before {
            disk_departures::forget(&before);
        }
        Ok(())
    }

    /// Nothing is noted any more: nobody is at work.
    pub(in crate::workflow::deliver) fn end(&self) {
        self.departures.end();
    }
}

impl Marks {
    /// Beside what it is noted which letters leave.
    fn stem(&self) -> &Path {
        self.apart.as_deref().unwrap_or(&self.beside)
    }
}

/// Holds the store to the notes. Nothing is written. Gives the number that is noted.
///
/// # Errors
/// A [`MarkError`].
pub(in crate::workflow) fn check(store: &Store, marks: &Marks) -> Result<u64, MarkError> {
    let noted = noted(marks)?;
    let (come, is_backup) =
        store.read(|sql| Ok((generation::current(sql)?, backup::made(sql)?.is_some()))).map_err(MarkError::Store)?;
    match noted {
        Some(noted) if come < noted => Err(MarkError::Older),
        None if is_backup => Err(MarkError::Backup),
        noted => {
            let departed: Vec<Departure> = departed(marks).into_iter().flat_map(|(_, departures)| departures).collect();
            let lacks = store.read(|sql| departures::lacks(sql, &departed)).map_err(MarkError::Store)?;
            if lacks { Err(MarkError::Older) } else { Ok(noted.unwrap_or_default()) }
        }
    }
}

/// The letters that left before a sender was killed, with the file in which that is noted.
pub(in crate::workflow) fn departed(marks: &Marks) -> Vec<(PathBuf, Vec<Departure>)> {
    let found = disk_departures::left_over(marks.stem()).into_iter();
    found.map(|(path, octets)| (path, Departure::read(&octets).collect())).collect()
}

/// Holds the store to the notes, and goes on to the next number.
///
/// # Errors
/// A [`MarkError`].
fn begin(store: &Store, marks: &Marks) -> Result<(), MarkError> {
    let before = departed(marks);
    let noted = check(store, marks)?;
    advance(store, marks, noted)?;
    forget(before);
    Ok(())
}

/// Takes away what was noted of letters, because a number now says that the database knows of them.
pub(in crate::workflow) fn forget(departed: Vec<(PathBuf, Vec<Departure>)>) {
    departed.iter().for_each(|(path, _)| disk_departures::forget(path));
}

/// Goes on to the next number above `least`: first in the database, then in the notes, so that they are never ahead of it.
///
/// # Errors
/// A [`MarkError`]. Where one note cannot be written, the other one is all the same.
pub(in crate::workflow) fn advance(store: &Store, marks: &Marks, least: u64) -> Result<(), MarkError> {
    let next = store.write(move |sql| {
        // A backup that was put in place is the list from now on.
        backup::adopt(sql)?;
        generation::advance(sql, least)
    });
    let note = format!("{}\n", next.map_err(MarkError::Store)?);
    let beside = disk_private::replace(&marks.beside, note.as_bytes()).map_err(MarkError::Write);
    let apart = marks.apart.as_deref().map_or(Ok(()), |path| write_apart(path, &note));
    beside.and(apart)
}

fn write_apart(path: &Path, note: &str) -> Result<(), MarkError> {
    let made = path.parent().map_or(Ok(()), disk_private::make_folder);
    made.and_then(|()| disk_private::replace(path, note.as_bytes()))
        .map_err(|error| MarkError::Apart(error.to_string()))
}

/// The higher number of the notes; `None` where there is no note.
///
/// # Errors
/// [`MarkError::Read`], [`MarkError::Apart`].
pub(in crate::workflow) fn noted(marks: &Marks) -> Result<Option<u64>, MarkError> {
    let beside = number(&marks.beside).map_err(MarkError::Read)?;
    let apart = marks.apart.as_deref().map_or(Ok(None), number).map_err(|error| MarkError::Apart(error.to_string()))?;
    Ok(beside.max(apart))
}

fn number(path: &Path) -> Result<Option<u64>, ReadError> {
    // What is no number was not written by us, and says nothing.
    Ok(read::optional(path)?.and_then(|bytes| String::from_utf8_lossy(&bytes).trim().parse().ok()))
}
