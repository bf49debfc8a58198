//! A connection to a PostgreSQL database.

use std::collections::HashMap;
use std::error::Error;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use postgres::Client;
use postgres::Config;
use postgres::NoTls;
use postgres::Statement;
use postgres::config::Host;
use postgres::config::SslMode;
use postgres::error::DbError;
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::IsNull;
use postgres::types::ToSql;
use postgres::types::Type;
use postgres::types::private::BytesMut;
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::crypto::ring;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::newsletter::discretion;
use crate::store::connection::Transaction;
use crate::store::error::StoreError;
use crate::store::sql;
use crate::store::sql::Cell;
use crate::store::sql::Dialect;
use crate::store::sql::Row;
use crate::store::sql::Sql;
use crate::store::sql::Value;
use crate::value::secret::Secret;

/// How long to try to reach the server.
const CONNECT: Duration = Duration::from_secs(10);
/// Prepared statements that are kept.
const STATEMENTS: usize = 256;
/// What every transaction that writes locks: `letterpr`.
const LOCK: i64 = 0x6c65_7474_6572_7072;

/// A connection to a server.
pub(in crate::store) struct Postgres {
    client: Client,
    statements: HashMap<Box<str>, Statement>,
    place: Box<str>,
    broken: bool,
}

impl Postgres {
    /// Connects.
    pub(in crate::store) fn open(url: &Secret) -> Result<Self, StoreError> {
        let place: Box<str> = shown(url).into();
        let failed = |error: &postgres::Error| match told(&place, error) {
            StoreError::Lost { place, why } | StoreError::Failed { place, why } => StoreError::Connect { place, why },
            other => other,
        };
        let mut config = config(url).map_err(|error| failed(&error))?;
        config.application_name("letterpress").connect_timeout(CONNECT).keepalives_idle(Duration::from_secs(60));
        let client = if config.get_ssl_mode() == SslMode::Disable {
            config.connect(NoTls)
        } else {
            config.connect(tls(&place)?)
        };
        let client = client.map_err(|error| failed(&error))?;
        let mut this = Self { client, statements: HashMap::new(), place, broken: false };
        this.script("SET lock_timeout = '10s'; SET client_min_messages = 'warning'; SET synchronous_commit = 'on'; SET default_transaction_isolation = 'read committed'")?;
        Ok(this)
    }

    pub(in crate::store) fn begin(&mut self, transaction: Transaction) -> Result<(), StoreError> {
        let begun = self.script(&match transaction {
            Transaction::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned(),
            Transaction::Write => format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})"),
        });
        if begun.is_err() && !self.is_broken() {
            let _ = self.script("ROLLBACK");
        }
        begun
    }

    pub(in crate::store) fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        let done = self.client.batch_execute(sql);
        done.map_err(|error| self.noted(&error))
    }

    pub(in crate::store) fn is_broken(&self) -> bool {
        self.broken || self.client.is_closed()
    }

    /// Takes the dead rows out of the tables. Their pages and the server's log are the server's own.
    pub(in crate::store) fn erase_pages(&mut self) -> Result<(), StoreError> {
        let tables = "subscriber tag subscription suppression consent intake mailing delivery link soft_bounce";
        tables.split(' ').try_for_each(|table| self.script(&format!("VACUUM {table}")))
    }

    /// The server's name, for messages.
    pub(in crate::store) fn place(&self) -> &str {
        &self.place
    }

    fn noted(&mut self, error: &postgres::Error) -> StoreError {
        let told = told(&self.place, error);
        self.broken |= matches!(told, StoreError::Lost { .. });
        told
    }

    fn statement(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&numbered(sql)).map_err(|error| self.noted(&error))?;
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        self.statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }
}

impl Sql for Postgres {
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64, StoreError> {
        sql::check(params)?;
        let statement = self.statement(sql)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
        let done = self.client.execute(&statement, &params);
        done.map_err(|error| self.noted(&error))
    }

    fn each(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        row: &mut dyn FnMut(Row) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        sql::check(params)?;
        let statement = self.statement(sql)?;
        let mut go = || -> Result<(), Told> {
            let mut rows = self.client.query_raw(&statement, params.iter()).map_err(Told::Server)?;
            while let Some(found) = rows.next().map_err(Told::Server)? {
                let cells =
                    (0..found.len()).map(|at| cell(&found, at)).collect::<Result<_, _>>().map_err(Told::Ours)?;
                if row(Row(cells)).map_err(Told::Ours)?.is_break() {
                    break;
                }
            }
            Ok(())
        };
        go().map_err(|told| match told {
            Told::Server(error) => self.noted(&error),
            Told::Ours(error) => error,
        })
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }
}

enum Told {
    Server(postgres::Error),
    Ours(StoreError),
}

/// `?1` as PostgreSQL writes it: `$1`. Our statements have no question mark in texts.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

fn cell(row: &postgres::Row, at: usize) -> Result<Cell, StoreError> {
    let wrong = |_| StoreError::row("a column of another type");
    let column = row.columns().get(at).ok_or_else(|| StoreError::row("a column is missing"))?;
    Ok(match *column.type_() {
        Type::INT8 => row.try_get::<_, Option<i64>>(at).map_err(wrong)?.map_or(Cell::Null, Cell::Int),
        Type::INT4 => row.try_get::<_, Option<i32>>(at).map_err(wrong)?.map_or(Cell::Null, |n| Cell::Int(n.into())),
        Type::BYTEA => row.try_get::<_, Option<&[u8]>>(at).map_err(wrong)?.map_or(Cell::Null, |o| Cell::Blob(o.into())),
        _ => row.try_get::<_, Option<&str>>(at).map_err(wrong)?.map_or(Cell::Null, |t| Cell::Text(t.into())),
    })
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Value::Int(number), &Type::INT8) => number.to_sql(kind, out),
            (Value::Blob(octets), &Type::BYTEA) => octets.to_sql(kind, out),
            (Value::Text(text), kind) if <&str as ToSql>::accepts(kind) => text.to_sql(kind, out),
            _ => Err("a value of another type than the column's".into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    postgres::types::to_sql_checked!();
}

/// Reads a URL. What other clients call `verify-full` is what we always do.
fn config(url: &Secret) -> Result<Config, postgres::Error> {
    let text = ["verify-full", "verify-ca"]
        .iter()
        .fold(url.expose().to_owned(), |text, word| text.replace(&format!("sslmode={word}"), "sslmode=require"));
    let mut config: Config = text.parse()?;
    if !text.contains("sslmode=") && !is_local(&config) {
        config.ssl_mode(SslMode::Require);
    }
    Ok(config)
}

fn is_local(config: &Config) -> bool {
    let is_local = |host: &Host| match host {
        #[cfg(unix)]
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.to_canonical().is_loopback()),
    };
    config.get_hosts().iter().all(is_local)
}

/// TLS with the roots of the operating system.
fn tls(place: &str) -> Result<MakeRustlsConnect, StoreError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Connect { place: place.into(), why: error.to_string().into() })?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// A URL as messages may have it: host, port and database.
pub(in crate::store) fn shown(url: &Secret) -> String {
    let Ok(config) = config(url) else { return "PostgreSQL".into() };
    let host = match config.get_hosts().first() {
        // What stands before it may be the end of a password that was not escaped.
        Some(Host::Tcp(name)) if name.contains('@') => return "PostgreSQL".into(),
        Some(Host::Tcp(name)) => name.clone(),
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "localhost".into(),
    };
    let port = config.get_ports().first().filter(|port| **port != 5432).map(|port| format!(":{port}"));
    let database = config.get_dbname().map(|name| format!("/{name}"));
    format!("PostgreSQL at {host}{}{}", port.unwrap_or_default(), database.unwrap_or_default())
}

/// What the server said, as ours. Its details can hold values of rows and are left out.
fn told(place: &str, error: &postgres::Error) -> StoreError {
    let place: Box<str> = place.into();
    let Some(said) = error.as_db_error() else {
        // The client's own words for it end where they become interesting.
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        let why = discretion::masked(&format!("{error}")).replace(&cause, "");
        let why = format!("{why}{}", discretion::masked(&cause)).into();
        let is_ours = ["error serializing", "error deserializing", "invalid configuration", "unexpected message"];
        return if is_ours.iter().any(|ours| error.to_string().starts_with(ours)) {
            StoreError::Failed { place, why }
        } else {
            StoreError::Lost { place, why }
        };
    };
    let why: Box<str> = discretion::masked(said.message()).into();
    match *said.code() {
        SqlState::LOCK_NOT_AVAILABLE | SqlState::T_R_DEADLOCK_DETECTED => StoreError::Locked { place },
        SqlState::DISK_FULL => StoreError::Full { place },
        SqlState::INSUFFICIENT_PRIVILEGE
        | SqlState::INVALID_PASSWORD
        | SqlState::INVALID_AUTHORIZATION_SPECIFICATION
        | SqlState::INVALID_CATALOG_NAME
        | SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::Denied { place, why },
        _ if ends_connection(said) => StoreError::Lost { place, why },
        _ => StoreError::Failed { place, why },
    }
}

fn ends_connection(said: &DbError) -> bool {
    let class = said.code().code().get(..2);
    class == Some("08") || class == Some("57") && *said.code() != SqlState::QUERY_CANCELED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_shown_without_user_and_password() {
        let shown = |url: &str| shown(&Secret::new(url));
        assert_eq!(shown("postgres://jane:hunter2@db.example.com:5433/list"), "PostgreSQL at db.example.com:5433/list");
        assert_eq!(shown("postgres:///list?host=/run/postgresql&user=jane"), "PostgreSQL at /run/postgresql/list");
        assert_eq!(shown("postgres://jane:hunter2@@@"), "PostgreSQL");
    }

    #[test]
    fn tls_is_required_of_other_machines_unless_it_is_said_otherwise() {
        let mode = |url: &str| config(&Secret::new(url)).unwrap().get_ssl_mode();
        assert_eq!(mode("postgres://db.example.com/list"), SslMode::Require);
        assert_eq!(mode("postgres://db.example.com/list?sslmode=disable"), SslMode::Disable);
        assert_eq!(mode("postgres://db.example.com/list?sslmode=prefer"), SslMode::Prefer);
        assert_eq!(mode("postgres://db.example.com/list?sslmode=verify-full"), SslMode::Require);
        assert_eq!(mode("postgres://127.0.0.1/list"), SslMode::Prefer);
        assert_eq!(mode("postgres:///list?host=/run/postgresql"), SslMode::Prefer);
    }
}
