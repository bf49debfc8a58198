//! Why a verb did not do its work.

use std::fmt;

use crate::diagnostic::report::Report;
use crate::files::read::ReadError;
#[cfg(feature = "newsletter")]
use crate::store::StoreError;
use crate::transport::disk::WriteError;

/// Why a verb did not do its work: mistakes in the user's files, or a world that refused.
#[derive(Debug)]
pub enum Failure {
    /// Mistakes in the user's files; nothing was written.
    Mistakes(Report),
    /// There is no `site.toml` in the folder or above it.
    NoSite {
        /// The folder in which it was looked for first.
        folder: std::path::PathBuf,
    },
    /// A file could not be read.
    Read(ReadError),
    /// A file could not be written, or must not be.
    Write(WriteError),
    /// The list could not be read or written.
    #[cfg(feature = "newsletter")]
    Store(StoreError),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistakes(report) => {
                let (errors, _) = report.counts();
                write!(f, "{errors} {} in the site's files", if errors == 1 { "mistake" } else { "mistakes" })
            }
            Self::NoSite { folder } => write!(
                f,
                "there is no site.toml in {} or a folder above it; `letterpress init DIR` makes a new site",
                folder.display()
            ),
            Self::Read(error) => error.fmt(f),
            Self::Write(error) => error.fmt(f),
            #[cfg(feature = "newsletter")]
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

#[cfg(feature = "newsletter")]
impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Report> for Failure {
    fn from(report: Report) -> Self {
        Self::Mistakes(report)
    }
}
