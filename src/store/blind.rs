//! The span of which a ledger knows nothing: what left after the backup that it comes from was made, and before that took the place of the list. An issue of that time may have been sent
//! by the list that is gone, and is not begun here before somebody has said whether it was.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::store::error::StoreError;
use crate::store::sql::Sql;

/// What a ledger knows of what it does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blind {
    /// Where it begins: when the backup was made; `None` where nobody knows.
    pub since: Option<Timestamp>,
    /// Where it ends.
    pub until: Timestamp,
    /// The issues that were approved when it ended and are not in the ledger, as `digest/2026-11-15`: they may have been sent before their day.
    pub issues: BTreeSet<Box<str>>,
    /// Those of which somebody has said since that they were not sent.
    pub unsent: BTreeSet<Box<str>>,
}

impl Blind {
    /// Whether an issue that comes at `date` and is not in the ledger may have been sent.
    #[must_use]
    pub fn may_hide(&self, name: &str, date: Timestamp) -> bool {
        date <= self.until || self.issues.contains(name)
    }

    /// Both spans, and what lies between them: a list that was restored twice knows less, never more.
    #[must_use]
    fn with(mut self, other: Self) -> Self {
        self.since = self.since.zip(other.since).map(|(one, other)| one.min(other));
        self.until = self.until.max(other.until);
        self.issues.extend(other.issues);
        self.unsent.extend(other.unsent);
        self
    }

    fn text(&self) -> String {
        let since = self.since.map_or_else(|| "-".to_owned(), |since| since.as_microsecond().to_string());
        let doubted = self.issues.iter().map(|name| ('?', name));
        let lines = doubted.chain(self.unsent.iter().map(|name| ('-', name)));
        let issues: String = lines.map(|(sign, name)| format!("\n{sign}{name}")).collect();
        format!("{since} {}{issues}", self.until.as_microsecond())
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (since, until) = lines.next()?.split_once(' ')?;
        let time = |text: &str| text.parse().ok().and_then(|micros| Timestamp::from_microsecond(micros).ok());
        let since = if since == "-" { None } else { Some(time(since)?) };
        let mut blind = Self { since, until: time(until)?, ..Self::default() };
        for line in lines {
            match line.strip_prefix('-') {
                Some(name) => blind.unsent.insert(name.into()),
                None => blind.issues.insert(line.strip_prefix('?')?.into()),
            };
        }
        Some(blind)
    }
}

/// The span of a ledger; `None` where it knows of everything that left.
///
/// # Errors
/// A [`StoreError`]; so for all functions of this file.
pub fn of(sql: &mut dyn Sql) -> Result<Option<Blind>, StoreError> {
    let rows = sql.query("SELECT value FROM meta WHERE name = 'blind'", &[])?;
    let parse =
        |text| Blind::parse(text).ok_or_else(|| StoreError::row("a span without knowledge that cannot be read"));
    rows.first().map(|row| row.text(0).and_then(parse)).transpose()
}

/// Notes that this span is not known either. What was said before of issues that were not sent holds no more: they may have been since.
///
/// # Errors
/// As [`of`].
pub fn widen(sql: &mut dyn Sql, blind: Blind) -> Result<(), StoreError> {
    let known = of(sql)?.map(|known| Blind { unsent: BTreeSet::new(), ..known });
    put(sql, known, blind)
}

/// Takes over the span of another store, with all that somebody has said since.
///
/// # Errors
/// As [`of`].
pub(in crate::store) fn carry(sql: &mut dyn Sql, from: Blind) -> Result<(), StoreError> {
    let known = of(sql)?;
    put(sql, known, from)
}

/// Notes that an issue was not sent.
///
/// # Errors
/// As [`of`].
pub fn unsent(sql: &mut dyn Sql, name: &str) -> Result<(), StoreError> {
    let Some(mut known) = of(sql)? else { return Ok(()) };
    known.unsent.insert(name.into());
    put(sql, None, known)
}

fn put(sql: &mut dyn Sql, known: Option<Blind>, more: Blind) -> Result<(), StoreError> {
    let blind = match known {
        Some(known) => known.with(more),
        None => more,
    };
    sql.execute(
        "INSERT INTO meta (name, value) VALUES ('blind', ?1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[blind.text().as_str().into()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(since: Option<i64>, until: i64, issues: &[&str]) -> Blind {
        let time = |second| Timestamp::from_second(second).unwrap();
        Blind {
            since: since.map(time),
            until: time(until),
            issues: issues.iter().map(|name| (*name).into()).collect(),
            unsent: BTreeSet::new(),
        }
    }

    #[test]
    fn what_was_due_or_approved_by_then_may_have_been_sent() {
        let blind = span(Some(10), 20, &["digest/2026-12-01"]);
        let time = |second| Timestamp::from_second(second).unwrap();
        // Also what came before it: it may have been sent late.
        for second in [5, 15, 20] {
            assert!(blind.may_hide("digest/1970-01-01", time(second)), "{second}");
        }
        assert!(!blind.may_hide("digest/1970-01-01", time(21)));
        assert!(blind.may_hide("digest/2026-12-01", time(99)));
        assert!(!blind.may_hide("weekly/2026-12-01", time(99)));
    }

    #[test]
    fn two_spans_are_one() {
        let one = span(Some(10), 20, &["a/1"]);
        assert_eq!(one.clone().with(span(Some(30), 40, &["b/2"])), span(Some(10), 40, &["a/1", "b/2"]));
        assert_eq!(one.clone().with(span(None, 15, &[])), span(None, 20, &["a/1"]));
        let said = Blind { unsent: ["a/1".into()].into(), ..one.clone() };
        for span in [one, said, span(None, 20, &[]), span(Some(-5), 20, &["a/1", "b/2"])] {
            assert_eq!(Blind::parse(&span.text()), Some(span));
        }
        assert_eq!(Blind::parse("soon"), None);
    }
}
