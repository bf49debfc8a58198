//! `[[smtp]]`: servers that take mail to be sent on.

use crate::config::secret;
use crate::config::secret::SecretPlace;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::suggest;

/// How the connection to an SMTP server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte (RFC 8314), usually at port 465.
    Implicit,
    /// STARTTLS (RFC 3207), and no mail without it; usually at port 587.
    Starttls,
    /// None: for a server on the same machine.
    None,
}

/// `[[smtp]]`: a server that takes mail to be sent on (RFC 6409).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// What messages call it: its `name`, else its host.
    pub name: String,
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub tls: Tls,
    /// The name to log in with.
    pub user: Option<String>,
    /// The password to log in with.
    pub password: Option<SecretPlace>,
    /// Connections at a time.
    pub connections: u16,
    /// How fast letters may go to it.
    pub limits: SmtpLimits,
}

/// `[smtp.limits]`: how fast letters may go to a server. Without a number there is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SmtpLimits {
    /// Letters a second.
    pub per_second: Option<u32>,
    /// Letters in any hour.
    pub per_hour: Option<u32>,
    /// Letters in any 24 hours.
    pub per_day: Option<u32>,
    /// Letters a minute to the readers of one domain.
    pub domain_per_minute: Option<u32>,
    /// Letters at a time to the readers of one domain.
    pub domain_connections: Option<u16>,
    /// Letters on the first day of a sender whom receivers do not know, and how many more on each further day, in percent.
    pub warm_up: Option<(u32, u32)>,
}

/// Reads `[[smtp]]`.
pub(in crate::config) fn read_smtp(tables: Vec<Fields<'_>>) -> Vec<Smtp> {
    let mut servers: Vec<Smtp> = Vec::new();
    for mut fields in tables {
        let host = fields.required("host", "add host = \"smtp.example.com\", the server that takes your mail");
        let name = fields.string("name").map(|name| name.value);
        let tls = tls(&mut fields);
        let default = match tls {
            Tls::Implicit => 465,
            Tls::Starttls => 587,
            Tls::None => 25,
        };
        let port = fields.integer("port", 1..=65535).and_then(|port| u16::try_from(port.value).ok());
        let connections = fields.integer("connections", 1..=100).and_then(|count| u16::try_from(count.value).ok());
        let user = fields.string("user").map(|user| user.value);
        let password = secret::secret(&mut fields, "password");
        let limits = limits(fields.table("limits", "[smtp.limits]"));
        if user.is_some() != password.is_some() {
            let message = "`user` and `password` of an SMTP server belong together";
            let hint = "add password = { env = \"SMTP_PASSWORD\" }, or remove both";
            fields.push(Diagnostic::error("missing-key", message).at(fields.source(), fields.span()).hint(hint));
        }
        if let Some(host) = host {
            servers.push(Smtp {
                name: name.unwrap_or_else(|| host.value.clone()),
                host: host.value,
                port: port.unwrap_or(default),
                tls,
                user,
                password,
                connections: connections.unwrap_or(2),
                limits,
            });
        }
        fields.finish();
    }
    servers
}

fn limits(fields: Option<Fields<'_>>) -> SmtpLimits {
    let Some(mut fields) = fields else { return SmtpLimits::default() };
    let mut warm_up = None;
    if let Some(mut table) = fields.table("warm_up", "[smtp.limits.warm_up]") {
        let first = number(&mut table, "first_day", 100_000_000);
        let growth = number(&mut table, "growth", 1000);
        table.finish();
        warm_up = Some((first.unwrap_or(200), growth.unwrap_or(50)));
    }
    let limits = SmtpLimits {
        per_second: number(&mut fields, "per_second", 100_000),
        per_hour: number(&mut fields, "per_hour", 100_000_000),
        per_day: number(&mut fields, "per_day", 100_000_000),
        domain_per_minute: number(&mut fields, "domain_per_minute", 1_000_000),
        domain_connections: number(&mut fields, "domain_connections", 100).and_then(|count| u16::try_from(count).ok()),
        warm_up,
    };
    fields.finish();
    limits
}

fn number(fields: &mut Fields<'_>, key: &'static str, most: i64) -> Option<u32> {
    fields.integer(key, 1..=most).and_then(|number| u32::try_from(number.value).ok())
}

fn tls(fields: &mut Fields<'_>) -> Tls {
    const WORDS: [(&str, Tls); 3] = [("implicit", Tls::Implicit), ("starttls", Tls::Starttls), ("none", Tls::None)];
    let Some(word) = fields.string("tls") else { return Tls::Starttls };
    let known = WORDS.iter().find(|(known, _)| *known == word.value);
    known.map(|(_, tls)| *tls).unwrap_or_else(|| {
        let hint = suggest::did_you_mean(&word.value, WORDS.iter().map(|(word, _)| *word));
        let hint = hint.unwrap_or_else(|| "one of: implicit, starttls, none".into());
        let message = format!("`tls` does not know `{}`", word.value);
        fields.push(Diagnostic::error("unknown-value", message).at(fields.source(), word.span).hint(hint));
        Tls::Starttls
    })
}
