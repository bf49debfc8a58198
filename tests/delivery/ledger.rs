//! What the ledger itself says of every reader, read beside the program.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::world::World;

/// One delivery of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub to: String,
    pub state: String,
    pub attempt: i64,
    /// Stage, code, enhanced code and text of the last reply: `rcpt 450 4.3.0 Error`.
    pub reply: String,
    pub message_id: Option<String>,
    /// When it may be tried, and when anything was last written down about it, in microseconds since 1970.
    pub times: [i64; 2],
}

const QUERY: &str = "SELECT s.address, d.state, d.attempt, d.stage, d.code, d.enhanced, d.reply, d.message_id, d.next_at, d.changed FROM delivery d \
                     JOIN subscriber s ON s.id = d.subscriber WHERE d.priority = 1 ORDER BY d.id";

fn said(parts: [Option<String>; 4]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Every delivery of the issue.
pub fn rows(world: &World) -> Vec<Row> {
    #[cfg(feature = "postgres")]
    if let Some(url) = world.url() {
        let row = |row: postgres::Row| Row {
            to: row.get(0),
            state: row.get(1),
            attempt: row.get(2),
            reply: said([
                row.get(3),
                row.get::<_, Option<i64>>(4).map(|code| code.to_string()),
                row.get(5),
                row.get(6),
            ]),
            message_id: row.get(7),
            times: [row.get(8), row.get(9)],
        };
        return crate::postgres::client(url).query(QUERY, &[]).unwrap().into_iter().map(row).collect();
    }
    let sql = rusqlite::Connection::open(world.data().join("list.sqlite3")).unwrap();
    sql.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let row = |row: &rusqlite::Row<'_>| {
        let code = row.get::<_, Option<i64>>(4)?.map(|code| code.to_string());
        Ok(Row {
            to: row.get(0)?,
            state: row.get(1)?,
            attempt: row.get(2)?,
            reply: said([row.get(3)?, code, row.get(5)?, row.get(6)?]),
            message_id: row.get(7)?,
            times: [row.get(8)?, row.get(9)?],
        })
    };
    let rows = sql.prepare(QUERY).unwrap().query_map([], row).unwrap().collect::<Result<_, _>>();
    rows.unwrap()
}

/// How many there are of each state, with what was replied last.
pub fn replies(rows: &[Row]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(format!("{} {}", row.state, row.reply)).or_default() += 1;
    }
    counts
}

/// Those in a state.
pub fn of<'r>(rows: &'r [Row], state: &str) -> Vec<&'r Row> {
    rows.iter().filter(|row| row.state == state).collect()
}

/// Holds that a server took these letters, each once, and that they are those that the ledger says are sent: by address and Message-ID. A reader in doubt may be among them or not.
#[track_caller]
pub fn hold(rows: &[Row], taken: &[(String, String)]) {
    let known: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.to.as_str(), row)).collect();
    assert_eq!(known.len(), rows.len(), "one row for each reader");
    let mut seen = BTreeSet::new();
    for (id, to) in taken {
        let row = known[to.as_str()];
        assert!(seen.insert(to.as_str()), "{to} has it twice");
        assert_eq!(row.message_id.as_deref(), Some(id.trim_matches(['<', '>'])), "{to}");
        assert!(matches!(row.state.as_str(), "sent" | "in_doubt"), "the server took it, and the ledger says: {row:?}");
    }
    let lost: Vec<&Row> = of(rows, "sent").into_iter().filter(|row| !seen.contains(row.to.as_str())).collect();
    assert!(lost.is_empty(), "said to be sent, and no server took it: {lost:?}");
}
