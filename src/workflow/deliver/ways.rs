//! The ways out: servers, each with its limits.

use std::path::Path;
use std::sync::Arc;

use crate::config::site::Config;
use crate::config::smtp::Smtp;
use crate::store::Store;
use crate::store::rates;
use crate::transport::smtp::server::Options;
use crate::transport::smtp::server::Server;
use crate::transport::throttle::Rates;
use crate::transport::throttle::Throttle;
use crate::transport::throttle::WarmUp;
use crate::transport::throttle::gate::Gate;
use crate::workflow::deliver::Way;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter;
use crate::workflow::newsletter::Machine;
use crate::workflow::newsletter::mistake;
use crate::workflow::subscribe::Now;

/// How `daemon` does without a server.
pub(in crate::workflow) const MAIL_TO_DIR: &str = "--mail-to-dir letters";
/// How `send` does.
pub(in crate::workflow) const TO_DIR: &str = "--to-dir letters";

/// The servers of `site.toml`, with their passwords, and with what was sent to them before. `instead` is how the verb that asks does without any.
///
/// # Errors
/// A mistake where there is none, a password is missing, or TLS cannot be had.
pub(in crate::workflow) fn open(
    root: &Path,
    config: &Config,
    machine: &Machine<'_>,
    store: &Store,
    now: &Now,
    instead: &str,
) -> Result<Vec<Way>, Failure> {
    if config.smtp.is_empty() {
        let message = "site.toml names no server that takes mail".into();
        let hint = format!("add [[smtp]] with host = \"smtp.example.com\"; to do without one: {instead}");
        return Err(mistake("no-smtp", message, hint));
    }
    let mut ways = Vec::new();
    for smtp in &config.smtp {
        let password =
            smtp.password.as_ref().map(|place| newsletter::secret(root, "password", place, machine)).transpose()?;
        let server = Server::new(smtp, password, &Options::default()).map_err(|error| {
            let message = format!("the server `{}` cannot be used: {error}", smtp.name);
            mistake("bad-smtp", message, "mend its [[smtp]] in site.toml".into())
        })?;
        let gate = gate(smtp, &server, store, now)?;
        ways.push(Way { server, connections: smtp.connections, gate });
    }
    Ok(ways)
}

/// The gate of a server, which remembers what went through it before a restart.
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
    let shown = server.shown();
    let kept = store.read(move |sql| rates::kept(sql, &shown))?;
    // What cannot be read is of another version; then counting begins anew.
    let kept = kept.and_then(|text| serde_json::from_str::<Throttle>(&text).ok());
    let throttle = kept.map_or_else(|| Throttle::new(rates), |kept| kept.with_rates(rates));
    let clock = Arc::clone(now);
    Ok(Arc::new(Gate::new(throttle, move || clock())))
}
