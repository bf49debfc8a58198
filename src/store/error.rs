//! Why the database did not do what it was asked.

use std::fmt;

/// What went wrong. Names the file or the host, never an address, a password or a value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Another program kept it locked.
    Locked {
        /// The file or host.
        place: Box<str>,
    },
    /// No room left on the disk, or over a limit set for the file.
    Full {
        /// The file or host.
        place: Box<str>,
    },
    /// The file, its folder or the database may not be used by us.
    Denied {
        /// The file or host.
        place: Box<str>,
        /// What the system said.
        why: Box<str>,
    },
    /// A newer program made it.
    Newer {
        /// The file or host.
        place: Box<str>,
        /// The number of its schema.
        found: i64,
        /// The highest number that we know.
        known: i64,
    },
    /// It is no store of ours.
    Foreign {
        /// The file or host.
        place: Box<str>,
    },
    /// It cannot be reached.
    Connect {
        /// The host.
        place: Box<str>,
        /// What went wrong.
        why: Box<str>,
    },
    /// The connection broke. What was under way may or may not have been written.
    Lost {
        /// The host.
        place: Box<str>,
        /// What went wrong.
        why: Box<str>,
    },
    /// The file is damaged, or a row has what no row of ours can have.
    Damaged {
        /// The file, host, or table.
        place: Box<str>,
        /// What is wrong.
        why: Box<str>,
    },
    /// It is not empty, and should be.
    Occupied {
        /// The file or host.
        place: Box<str>,
    },
    /// Anything else.
    Failed {
        /// The file or host.
        place: Box<str>,
        /// What went wrong.
        why: Box<str>,
    },
    /// What was handed in cannot be stored. Says why.
    Refused(&'static str),
    /// The store has been closed, or the job panicked.
    Closed,
}

impl StoreError {
    /// A row that does not hold what the program wrote.
    pub(in crate::store) fn row(why: &str) -> Self {
        Self::Damaged { place: "a row of the store".into(), why: why.into() }
    }

    /// Whether doing the same again a little later may go well.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Locked { .. } | Self::Full { .. } | Self::Connect { .. } | Self::Lost { .. })
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { place } => {
                write!(f, "{place} is locked by another program; wait until that has ended, and try again")
            }
            Self::Full { place } => {
                write!(f, "no room left for {place}; nothing of this change was written. Make room and try again")
            }
            Self::Denied { place, why } => {
                write!(f, "{place} cannot be used: {why}; check who owns it and may read and write it")
            }
            Self::Newer { place, found, known } => write!(
                f,
                "{place} was made by a newer letterpress (schema {found}, this one knows {known}); use that, or a backup from before"
            ),
            Self::Foreign { place } => {
                write!(f, "{place} is another program's database; name another place in [store]")
            }
            Self::Connect { place, why } => {
                write!(f, "cannot connect to {place}: {why}; check that it runs, and the URL that [store] names")
            }
            Self::Lost { place, why } => write!(f, "the connection to {place} broke: {why}; try again"),
            Self::Damaged { place, why } => {
                write!(f, "{place} is damaged: {why}; `letterpress store restore` puts a backup in its place")
            }
            Self::Occupied { place } => {
                write!(f, "{place} is there already, and not empty; name another place, or remove it first")
            }
            Self::Failed { place, why } => write!(f, "{place}: {why}"),
            Self::Refused(why) => write!(f, "cannot be stored: {why}"),
            Self::Closed => f.write_str("the store has been closed"),
        }
    }
}

impl std::error::Error for StoreError {}
