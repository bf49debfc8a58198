//! What both databases understand: statements with `?1`, `?2` … and four kinds of values.

use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::store::error::StoreError;
use crate::value::address::EmailAddress;

/// A connection within a transaction. Statements use only what SQLite and PostgreSQL both know, and are kept prepared.
pub trait Sql {
    /// Runs a statement that returns no rows; says how many rows it changed.
    ///
    /// # Errors
    /// A [`StoreError`].
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64, StoreError>;

    /// Runs a statement and hands over its rows one by one, in constant memory, until `row` breaks off.
    ///
    /// # Errors
    /// A [`StoreError`]: its own or `row`'s.
    fn each(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        row: &mut dyn FnMut(Row) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError>;

    /// Which database it is, for the few things that only one of them has.
    fn dialect(&self) -> Dialect;

    /// Runs a statement and gives all its rows.
    ///
    /// # Errors
    /// A [`StoreError`].
    fn query(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        self.each(sql, params, &mut |row| {
            rows.push(row);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(rows)
    }
}

/// A database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL, 12 or later.
    Postgres,
}

/// A value that a statement gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A number; a time is one, in microseconds since 1970.
    Int(i64),
    /// A text without NUL.
    Text(&'a str),
    /// Octets.
    Blob(&'a [u8]),
}

/// A value that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number.
    Int(i64),
    /// A text.
    Text(Box<str>),
    /// Octets.
    Blob(Box<[u8]>),
}

/// A row that came back. Cells count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub Vec<Cell>);

impl From<Timestamp> for Value<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.as_microsecond())
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(octets: &'a [u8]) -> Self {
        Self::Blob(octets)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(octets: &'a [u8; N]) -> Self {
        Self::Blob(octets)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Cell {
    /// The same as a value.
    #[must_use]
    pub fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::Int(*number),
            Self::Text(text) => Value::Text(text),
            Self::Blob(octets) => Value::Blob(octets),
        }
    }
}

impl Row {
    fn cell(&self, at: usize) -> Result<&Cell, StoreError> {
        self.0.get(at).ok_or_else(|| StoreError::row("a column is missing"))
    }

    /// A number, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the cell holds something else; so for all below.
    pub fn maybe_int(&self, at: usize) -> Result<Option<i64>, StoreError> {
        match self.cell(at)? {
            Cell::Null => Ok(None),
            Cell::Int(number) => Ok(Some(*number)),
            Cell::Text(_) | Cell::Blob(_) => Err(StoreError::row("a number was expected")),
        }
    }

    /// A number.
    ///
    /// # Errors
    /// As [`Row::maybe_int`].
    pub fn int(&self, at: usize) -> Result<i64, StoreError> {
        self.maybe_int(at)?.ok_or_else(|| StoreError::row("a number is missing"))
    }

    /// A count.
    ///
    /// # Errors
    /// As [`Row::maybe_int`].
    pub fn count(&self, at: usize) -> Result<u64, StoreError> {
        u64::try_from(self.int(at)?).map_err(|_| StoreError::row("a count below zero"))
    }

    /// A text, or nothing.
    ///
    /// # Errors
    /// As [`Row::maybe_int`].
    pub fn maybe_text(&self, at: usize) -> Result<Option<&str>, StoreError> {
        match self.cell(at)? {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            Cell::Int(_) | Cell::Blob(_) => Err(StoreError::row("a text was expected")),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// As [`Row::maybe_int`].
    pub fn text(&self, at: usize) -> Result<&str, StoreError> {
        self.maybe_text(at)?.ok_or_else(|| StoreError::row("a text is missing"))
    }

    /// Octets, or nothing.
    ///
    /// # Errors
    /// As [`Row::maybe_int`].
    pub fn maybe_blob(&self, at: usize) -> Result<Option<&[u8]>, StoreError> {
        match self.cell(at)? {
            Cell::Null => Ok(None),
            Cell::Blob(octets) => Ok(Some(octets)),
            Cell::Int(_) | Cell::Text(_) => Err(StoreError::row("octets were expected")),
        }
    }

    /// As many octets as asked for.
    ///
    /// # Errors
    /// As [`Row::maybe_int`].
    pub fn octets<const N: usize>(&self, at: usize) -> Result<[u8; N], StoreError> {
        let octets = self.maybe_blob(at)?.and_then(|octets| octets.try_into().ok());
        octets.ok_or_else(|| StoreError::row("octets of another length were expected"))
    }

    /// A time, or nothing.
    ///
    /// # Errors
    /// As [`Row::maybe_int`].
    pub fn maybe_time(&self, at: usize) -> Result<Option<Timestamp>, StoreError> {
        let time = |micros| Timestamp::from_microsecond(micros).map_err(|_| StoreError::row("no such time"));
        self.maybe_int(at)?.map(time).transpose()
    }

    /// A time.
    ///
    /// # Errors
    /// As [`Row::maybe_int`].
    pub fn time(&self, at: usize) -> Result<Timestamp, StoreError> {
        self.maybe_time(at)?.ok_or_else(|| StoreError::row("a time is missing"))
    }

    /// An address, or nothing.
    ///
    /// # Errors
    /// As [`Row::maybe_int`].
    pub fn maybe_address(&self, at: usize) -> Result<Option<EmailAddress>, StoreError> {
        let parse = |text| EmailAddress::parse(text).map_err(|_| StoreError::row("an address that is none"));
        self.maybe_text(at)?.map(parse).transpose()
    }

    /// An address.
    ///
    /// # Errors
    /// As [`Row::maybe_int`].
    pub fn address(&self, at: usize) -> Result<EmailAddress, StoreError> {
        self.maybe_address(at)?.ok_or_else(|| StoreError::row("an address is missing"))
    }
}

/// Whether a text can be stored: PostgreSQL has no NUL in texts, and what one of them refuses, the other must.
pub(in crate::store) fn check(params: &[Value<'_>]) -> Result<(), StoreError> {
    let has_nul = |value: &Value<'_>| matches!(value, Value::Text(text) if text.contains('\0'));
    if params.iter().any(has_nul) { Err(StoreError::Refused("a text with a NUL character")) } else { Ok(()) }
}
