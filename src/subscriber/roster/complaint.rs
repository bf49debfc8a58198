//! What is wrong with a row, and what is wrong with a whole roster.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::diagnostic::report::Diagnostic;

/// What becomes of a row that is complained of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// The row is not imported.
    LeftOut,
    /// The row is imported without what could not be read.
    Kept,
    /// The row is made one with an earlier row.
    Merged,
}

/// One thing that is wrong with one row. Nothing in it gives an address away: what is quoted is masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// A stable name in kebab case: `roster-address`.
    pub code: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do.
    pub hint: Option<&'static str>,
    /// What becomes of the row.
    pub consequence: Consequence,
    /// The file that the row stands in.
    pub file: Arc<str>,
    /// The line at which the row begins, from 1.
    pub line: u64,
}

/// Why a roster cannot be read at all.
#[derive(Debug)]
pub enum RosterError {
    /// Nothing in it.
    Empty,
    /// UTF-16, as Excel's "Unicode text" is.
    Utf16,
    /// A spreadsheet, or something else that is no text.
    NotText,
    /// No column holds addresses; these are the columns that there are.
    NoAddresses(Vec<String>),
    /// A ZIP without a CSV file, or with several of which it is not clear which is the list.
    Archive(Vec<String>),
    /// A ZIP that is damaged or encrypted.
    Zip(zip::result::ZipError),
    /// A row of more than a mebibyte, or of more than a thousand columns; it begins at this line. Mostly a quotation mark that is never closed.
    Endless {
        /// The file.
        file: Arc<str>,
        /// The line, from 1.
        line: u64,
    },
    /// The bytes could not be read.
    Io(io::Error),
}

impl Complaint {
    /// The complaint as a mistake that all faces of diagnostics can show: an error where the row is left out, else a warning. It has no place, because a
    /// roster of a million lines is not kept in memory; its message begins with file and line.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let message = self.to_string();
        let diagnostic = match self.consequence {
            Consequence::LeftOut => Diagnostic::error(self.code, message),
            Consequence::Kept | Consequence::Merged => Diagnostic::warning(self.code, message),
        };
        diagnostic.maybe_hint(self.hint.map(str::to_owned))
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl RosterError {
    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Empty | Self::Io(_) => None,
            Self::Utf16 => Some("save it as \"CSV UTF-8\""),
            Self::NotText => Some("open it in the program that made it and save it as CSV (UTF-8)"),
            Self::NoAddresses(_) => Some("name the column of addresses `email` in the first line"),
            Self::Archive(_) => Some("unpack it and import the CSV files one by one"),
            Self::Zip(_) => Some("unpack it, or export it anew"),
            Self::Endless { .. } => Some("look for a quotation mark (\") on that line that is not closed"),
        }
    }
}

impl fmt::Display for RosterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing in it"),
            Self::Utf16 => f.write_str("encoded as UTF-16; a roster is UTF-8"),
            Self::NotText => f.write_str("not a text file; a roster is CSV, or a ZIP of CSV files"),
            Self::NoAddresses(columns) => write!(f, "no column of e-mail addresses among: {}", columns.join(", ")),
            Self::Archive(files) if files.is_empty() => f.write_str("a ZIP without a CSV file"),
            Self::Archive(files) => {
                write!(f, "a ZIP with several CSV files of which none is clearly the list: {}", files.join(", "))
            }
            Self::Zip(error) => write!(f, "a ZIP that cannot be read: {error}"),
            Self::Endless { file, line } => write!(f, "{file}:{line}: a row that does not end"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RosterError {}

impl From<io::Error> for RosterError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<zip::result::ZipError> for RosterError {
    fn from(error: zip::result::ZipError) -> Self {
        match error {
            zip::result::ZipError::Io(error) => Self::Io(error),
            other => Self::Zip(other),
        }
    }
}
