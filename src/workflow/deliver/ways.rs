//! The ways out: servers, each with its limits.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::secret::SecretPlace;
use crate::config::site::Config;
use crate::config::smtp::Smtp;
use crate::files::read;
use crate::newsletter::mailing::Mailing;
use crate::store::Store;
use crate::transport::smtp::server::Options;
use crate::transport::smtp::server::Patience;
use crate::transport::smtp::server::Server;
use crate::transport::throttle::Rates;
use crate::transport::throttle::Throttle;
use crate::transport::throttle::WarmUp;
use crate::transport::throttle::gate::Gate;
use crate::value::secret::Secret;
use crate::workflow::daemon::owner;
use crate::workflow::deliver::Way;
use crate::workflow::deliver::bank;
use crate::workflow::deliver::bank::Accounts;
use crate::workflow::deliver::relay::Relay;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter;
use crate::workflow::newsletter::Machine;
use crate::workflow::newsletter::mistake;
use crate::workflow::subscribe::Now;

/// The servers of `site.toml` for letters of that kind, with their passwords, and with what was sent to them before.
///
/// # Errors
/// A mistake where there is none, a password, token or file of authorities is missing, or TLS cannot be had.
pub(in crate::workflow) fn open(
    root: &Path,
    config: &Config,
    machine: &Machine<'_>,
    store: &Store,
    now: &Now,
    kind: Mailing,
    patience: Patience,
) -> Result<Vec<Way>, Failure> {
    if config.smtp.is_empty() {
        let message = "site.toml names no server that takes mail".into();
        let hint = format!("add [[smtp]] with host = \"smtp.example.com\"; to do without one: {}", instead(kind));
        return Err(mistake("no-smtp", message, hint));
    }
    let mut ways = Vec::new();
    for smtp in &config.smtp {
        let password =
            smtp.password.as_ref().map(|place| newsletter::secret(root, "password", place, machine)).transpose()?;
        let (token, secret_file) = token(root, smtp, machine)?;
        let options = Options { authorities: authorities(root, smtp)?, secret_file, patience, ..Options::default() };
        let here = Smtp { host: host(smtp, kind).to_owned(), ..smtp.clone() };
        let server = Server::new(&here, password.or(token), &options).map_err(|error| {
            let message = format!("the server `{}` cannot be used: {error}", smtp.name);
            mistake("bad-smtp", message, "mend its [[smtp]] in site.toml".into())
        })?;
        let gate = gate(smtp, &server, store, now)?;
        ways.push(Way { server, connections: smtp.connections, gate, relay: Relay::of(smtp) });
    }
    Ok(ways)
}

/// How the verb that sends such letters does without a server.
fn instead(kind: Mailing) -> &'static str {
    match kind {
        Mailing::Issue => "--to-dir letters",
        Mailing::Notice => "--mail-to-dir letters",
    }
}

/// The host for letters of that kind.
fn host(smtp: &Smtp, kind: Mailing) -> &str {
    match (kind, &smtp.notices_host) {
        (Mailing::Notice, Some(host)) => host,
        _ => &smtp.host,
    }
}

/// An access token, or the file that it is read from anew for each connection, since it is good for an hour or so. That the file is there is looked at now.
fn token(root: &Path, smtp: &Smtp, machine: &Machine<'_>) -> Result<(Option<Secret>, Option<PathBuf>), Failure> {
    let Some(place) = &smtp.token else { return Ok((None, None)) };
    let token = newsletter::secret(root, "token", place, machine)?;
    Ok(match place {
        SecretPlace::Env(_) => (Some(token), None),
        SecretPlace::File(file) => (None, Some(root.join(file))),
    })
}

/// The authorities that a server's `ca` names.
fn authorities(root: &Path, smtp: &Smtp) -> Result<Vec<u8>, Failure> {
    let Some(file) = &smtp.ca else { return Ok(Vec::new()) };
    read::optional(&root.join(file))?.filter(|octets| !octets.is_empty()).ok_or_else(|| {
        let message = format!("`ca` of the server `{}` names {file}, which is not there or empty", smtp.name);
        mistake("no-authorities", message, "put the certificate of its authority there, as PEM".into())
    })
}

/// The gate of a server, which is one for all processes, and remembers what went through it before a restart.
fn gate(smtp: &Smtp, server: &Server, store: &Store, now: &Now) -> Result<Arc<Gate>, Failure> {
    let limits = smtp.limits;
    let rates = Rates {
        per_second: limits.per_second,
        per_hour: limits.per_hour,
        per_day: limits.per_day,
        domain_per_minute: limits.domain_per_minute,
        domain_connections: limits.domain_connections,
        warm_up: limits.warm_up.map(|(first_day, growth)| WarmUp { first_day, growth }),
    };
    let accounts = Accounts { store: store.clone(), server: server.shown(), rates };
    let clock = Arc::clone(now);
    let gate = Gate::new(Throttle::new(&owner("gate")?, rates), accounts, move || clock());
    let _ = gate.exchange(&bank::domains(store, &server.shown())?);
    Ok(Arc::new(gate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_may_have_a_host_of_their_own() {
        let smtp = Smtp { notices_host: Some("b".into()), ..Smtp::plain("a", 25) };
        assert_eq!((host(&smtp, Mailing::Issue), host(&smtp, Mailing::Notice)), ("a", "b"));
        assert_eq!(host(&Smtp::plain("a", 25), Mailing::Notice), "a");
    }
}
