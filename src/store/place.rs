//! Where a store is.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

#[cfg(feature = "postgres")]
use crate::value::secret::Secret;

/// Where a store is.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database: `postgres://user:password@host/database`, or `host=… dbname=…`. `sslmode=disable`, `prefer`, `require`; unless it says, TLS is required
    /// of every host but this machine. The server's certificate is always verified.
    #[cfg(feature = "postgres")]
    Postgres(Secret),
}

impl Place {
    /// Reads what stands in a `[store] url` or variable: a PostgreSQL URL, or else the path of a file.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        #[cfg(feature = "postgres")]
        if ["postgres://", "postgresql://"].iter().any(|scheme| text.trim_start().starts_with(scheme)) {
            return Self::Postgres(Secret::new(text));
        }
        Self::Sqlite(PathBuf::from(text.trim()))
    }

    /// The file, where it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }
}

/// As messages may have it: the path; or host, port and database, never user or password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => f.write_str(&crate::store::postgres::shown(url)),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
