//! From a host's name to an open session: connect, greeting, `EHLO`, TLS, login.

use std::net::IpAddr;
use std::net::ToSocketAddrs;

use crate::config::smtp::Auth;
use crate::transport::smtp::login;
use crate::transport::smtp::login::NotIn;
use crate::transport::smtp::offer::Offer;
use crate::transport::smtp::server::Login;
use crate::transport::smtp::server::Security;
use crate::transport::smtp::server::Server;
use crate::transport::smtp::session::Session;
use crate::transport::smtp::trust;
use crate::transport::smtp::unreachable::Unreachable;
use crate::transport::smtp::wire::Broken;
use crate::transport::smtp::wire::Wire;
use crate::value::reply::Reply;
use crate::value::reply::Stage;

impl Session {
    /// Connects to a server and comes to where letters can be handed over.
    ///
    /// # Errors
    /// An [`Unreachable`], which says what to check.
    pub fn open(server: &Server) -> Result<Self, Unreachable> {
        let patience = server.patience;
        let mut wire = connect(server)?;
        if let Security::Implicit(config, name) = &server.security {
            let secured = wire.begin_tls(config.clone(), name.clone(), patience.connect);
            wire = secured.map_err(|broken| no_tls(server, broken))?;
        }
        let greeting = wire.reply(Stage::Connect, patience.greeting).map_err(|broken| no_greeting(server, &broken))?;
        if greeting.code != 220 {
            return Err(refused(server, "does not take connections", greeting, ""));
        }
        let mut offer = hello(server, &mut wire)?;
        if let Security::Starttls(config, name) = &server.security {
            if !offer.starttls {
                let why = "offers no STARTTLS, and without TLS no mail is sent; set its port for TLS (usually 465) with tls = \"implicit\"";
                return Err(plain(server, Stage::Tls, why, false));
            }
            let reply = ask(server, &mut wire, Stage::Tls, "STARTTLS\r\n")?;
            if reply.code != 220 {
                return Err(refused(server, "refuses to begin TLS", reply, ""));
            }
            let secured = wire.begin_tls(config.clone(), name.clone(), patience.connect);
            wire = secured.map_err(|broken| no_tls(server, broken))?;
            // RFC 3207 §4.2: what was said in the clear is forgotten.
            offer = hello(server, &mut wire)?;
        }
        if let Some(user) = &server.login {
            log_in(server, &mut wire, user, &offer)?;
        }
        Ok(Self::new(wire, server.clone(), offer))
    }
}

fn connect(server: &Server) -> Result<Wire, Unreachable> {
    let shown = server.shown();
    let fail = |why: String| Unreachable { stage: Stage::Connect, reply: None, why: why.into(), passing: true };
    let check = "check `host` and `port` in [[smtp]], and whether a firewall keeps this machine from it";
    let addresses = (&*server.host, server.port).to_socket_addrs().map_err(|error| {
        fail(format!(
            "{}: no such host is known ({error}); check `host` in [[smtp]] and this machine's DNS",
            server.host
        ))
    })?;
    let mut last = None;
    for address in addresses {
        match Wire::connect(address, server.patience.connect) {
            Ok(wire) => return Ok(wire),
            Err(broken) => last = Some(broken),
        }
    }
    Err(fail(match last {
        Some(Broken::Io(error)) => format!("{shown} cannot be connected to ({error}); {check}"),
        Some(broken) => format!("{shown} {broken}; {check}"),
        None => format!("{}: the host has no address; check `host` in [[smtp]]", server.host),
    }))
}

fn hello(server: &Server, wire: &mut Wire) -> Result<Offer, Unreachable> {
    let patience = server.patience.command;
    let lines =
        wire.send(format!("EHLO {}\r\n", server.hello).as_bytes(), patience).and_then(|()| wire.lines(patience));
    let (code, lines) = lines.map_err(|broken| lost(server, Stage::Hello, &broken))?;
    let words = || lines.iter().map(String::as_str);
    match code {
        250 => Ok(Offer::read(words())),
        // RFC 5321 §3.2: a server that does not know EHLO has no extensions.
        500 | 502 => {
            let reply = ask(server, wire, Stage::Hello, &format!("HELO {}\r\n", server.hello))?;
            if reply.code == 250 {
                Ok(Offer::default())
            } else {
                Err(refused(server, "refuses our greeting", reply, ""))
            }
        }
        _ => Err(refused(server, "refuses our greeting", Reply::read(Stage::Hello, code, words()), "")),
    }
}

fn log_in(server: &Server, wire: &mut Wire, user: &Login, offer: &Offer) -> Result<(), Unreachable> {
    let is_here = wire.peer().is_some_and(is_loopback);
    if matches!(server.security, Security::None) && !is_here {
        let why =
            "is not on this machine, and without TLS the password would be for all to read; set tls = \"starttls\"";
        return Err(plain(server, Stage::Auth, why, false));
    }
    match login::log_in(wire, user, offer, server.patience.command) {
        Ok(()) => Ok(()),
        Err(NotIn::Broken(broken)) => Err(lost(server, Stage::Auth, &broken)),
        Err(NotIn::Refused(reply)) => {
            let what = format!("refuses the login of «{}»", login::shown(user));
            let names = if matches!(user.auth, Some(Auth::Xoauth2)) { "token" } else { "password" };
            Err(refused(server, &what, reply, &format!("; check `user` and what `{names}` names")))
        }
        Err(NotIn::NoWay(offered)) if offered.is_empty() => {
            let why = "offers no login; remove `user` and `password`, or set the port that takes mail from users, usually 587";
            Err(plain(server, Stage::Auth, why, false))
        }
        Err(NotIn::NoWay(offered)) => {
            let why = format!("offers to log in by {offered}, and for this login we know {}", login::known(user));
            Err(plain(server, Stage::Auth, &why, false))
        }
        // Whatever renews it may be at it.
        Err(NotIn::NoSecret(why)) => {
            let why = format!("was not logged in to, because there is nothing to log in with: {why}");
            Err(plain(server, Stage::Auth, &why, true))
        }
    }
}

/// Addresses of this machine alone, also as IPv6 writes those of IPv4.
fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn ask(server: &Server, wire: &mut Wire, stage: Stage, line: &str) -> Result<Reply, Unreachable> {
    let patience = server.patience.command;
    let reply = wire.send(line.as_bytes(), patience).and_then(|()| wire.reply(stage, patience));
    reply.map_err(|broken| lost(server, stage, &broken))
}

fn plain(server: &Server, stage: Stage, why: &str, passing: bool) -> Unreachable {
    Unreachable { stage, reply: None, why: format!("{} {why}", server.shown()).into(), passing }
}

/// The server said no: for now (4xx), or until something is changed.
fn refused(server: &Server, what: &str, reply: Reply, then: &str) -> Unreachable {
    let why = format!("{} {what} ({reply}){then}", server.shown());
    Unreachable { stage: reply.stage, passing: reply.code < 500, reply: Some(reply), why: why.into() }
}

fn lost(server: &Server, stage: Stage, broken: &Broken) -> Unreachable {
    plain(server, stage, &format!("{broken} at {}", stage.word()), true)
}

fn no_greeting(server: &Server, broken: &Broken) -> Unreachable {
    let hint = match (&server.security, broken) {
        (Security::Implicit(..), _) => "",
        (_, Broken::Nonsense(_)) => "; check `host` and `port` in [[smtp]]",
        // It may be waiting for us to begin TLS.
        _ => "; if this port begins with TLS, as 465 does, set tls = \"implicit\"",
    };
    plain(server, Stage::Connect, &format!("{broken} instead of greeting{hint}"), true)
}

fn no_tls(server: &Server, broken: Broken) -> Unreachable {
    match broken {
        Broken::Tls(error) => {
            let why = trust::explain(&server.host, &error);
            Unreachable { stage: Stage::Tls, reply: None, why: why.into(), passing: false }
        }
        Broken::Nonsense(_) => {
            let why = "sent something in the clear after TLS was agreed upon; somebody between us may be interfering, so nothing was sent";
            plain(server, Stage::Tls, why, false)
        }
        broken => plain(server, Stage::Tls, &format!("{broken} while TLS began"), true),
    }
}
