//! A server that takes our mail, and how long it may take.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::extension::ClientId;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use crate::config::newsletter::Smtp;
use crate::config::newsletter::Tls;
use crate::config::smtp::Auth;
use crate::transport::smtp::trust;
use crate::value::secret::Secret;

/// One server, ready to be connected to; clones share what is large.
#[derive(Clone)]
pub struct Server {
    pub(in crate::transport::smtp) host: Box<str>,
    pub(in crate::transport::smtp) port: u16,
    pub(in crate::transport::smtp) security: Security,
    pub(in crate::transport::smtp) login: Option<Login>,
    pub(in crate::transport::smtp) hello: Box<str>,
    pub(in crate::transport::smtp) letters: u32,
    pub(in crate::transport::smtp) patience: Patience,
}

/// How the connection is secured.
#[derive(Clone)]
pub(in crate::transport::smtp) enum Security {
    /// Not.
    None,
    /// From the first octet.
    Implicit(Arc<ClientConfig>, ServerName<'static>),
    /// After `STARTTLS`.
    Starttls(Arc<ClientConfig>, ServerName<'static>),
}

/// Who we are to the server.
#[derive(Clone)]
pub(in crate::transport::smtp) struct Login {
    pub(in crate::transport::smtp) user: Box<str>,
    pub(in crate::transport::smtp) password: Password,
    pub(in crate::transport::smtp) auth: Option<Auth>,
}

/// What we log in with.
#[derive(Clone)]
pub(in crate::transport::smtp) enum Password {
    /// The same for all connections.
    Kept(Secret),
    /// In a file that something else renews: read anew for each connection.
    Read(Box<Path>),
}

/// What `[[smtp]]` does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Authorities to trust beside this machine's, as PEM; for a relay with a certificate of its own.
    pub authorities: Vec<u8>,
    /// The file of a password or token that is read anew for each connection, instead of one that is handed in.
    pub secret_file: Option<PathBuf>,
    /// Our name in `EHLO`; by default this machine's.
    pub hello: Option<String>,
    /// The most letters in one connection.
    pub letters: u32,
    /// How long each stage may take.
    pub patience: Patience,
}

/// The longest waits, by default those of RFC 5321 §4.5.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the connection, at each of the host's addresses, and for TLS.
    pub connect: Duration,
    /// For the greeting.
    pub greeting: Duration,
    /// For an answer to `EHLO`, `STARTTLS`, `AUTH`, `MAIL`, `RCPT` and `RSET`.
    pub command: Duration,
    /// For the invitation to send, after `DATA`.
    pub data: Duration,
    /// For each block of the letter to leave.
    pub block: Duration,
    /// For the answer to the final dot. Too short a wait makes doubt.
    pub dot: Duration,
    /// For the answer to `QUIT`, which changes nothing any more.
    pub quit: Duration,
}

/// Why a server cannot be used as it is described. Says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerError {
    /// `host` is neither a name nor an address.
    BadHost(Box<str>),
    /// No certificate can be checked.
    NoTrust(Box<str>),
}

impl Server {
    /// The server of a `[[smtp]]`, with its password.
    ///
    /// # Errors
    /// A [`ServerError`] where TLS is asked for and its certificate could not be checked.
    pub fn new(smtp: &Smtp, password: Option<Secret>, options: &Options) -> Result<Self, ServerError> {
        // Addresses and what is no name stay as they are.
        let host = idna::domain_to_ascii(&smtp.host).unwrap_or_else(|_| smtp.host.clone());
        let tls = || {
            let bad_host = |_| ServerError::BadHost(smtp.host.as_str().into());
            let name = ServerName::try_from(host.clone()).map_err(bad_host)?;
            let config = trust::config(&options.authorities).map_err(|why| ServerError::NoTrust(why.into()))?;
            Ok((config, name))
        };
        let security = match smtp.tls {
            Tls::None => Security::None,
            Tls::Implicit => tls().map(|(config, name)| Security::Implicit(config, name))?,
            Tls::Starttls => tls().map(|(config, name)| Security::Starttls(config, name))?,
        };
        let password = match &options.secret_file {
            Some(file) => Some(Password::Read(file.as_path().into())),
            None => password.map(Password::Kept),
        };
        let login = smtp.user.as_ref().zip(password);
        let hello = options.hello.clone().unwrap_or_else(|| ClientId::default().to_string());
        Ok(Self {
            host: host.as_str().into(),
            port: smtp.port,
            security,
            login: login.map(|(user, password)| Login { user: user.as_str().into(), password, auth: smtp.auth }),
            // A machine's name can be anything; a line break in it would be a command.
            hello: if is_hello(&hello) { hello.into() } else { "[127.0.0.1]".into() },
            letters: options.letters.max(1),
            patience: options.patience,
        })
    }

    /// As messages call it: `smtp.example.com:587`.
    #[must_use]
    pub fn shown(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// Whether a text can stand after `EHLO`.
fn is_hello(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Default for Options {
    fn default() -> Self {
        Self { authorities: Vec::new(), secret_file: None, hello: None, letters: 100, patience: Patience::default() }
    }
}

impl Patience {
    /// The same wait at every stage.
    #[must_use]
    pub fn of(wait: Duration) -> Self {
        Self { connect: wait, greeting: wait, command: wait, data: wait, block: wait, dot: wait, quit: wait }
    }
}

impl Default for Patience {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        Self {
            connect: Duration::from_secs(30),
            greeting: minutes(5),
            command: minutes(5),
            data: minutes(2),
            block: minutes(3),
            dot: minutes(10),
            quit: Duration::from_secs(10),
        }
    }
}

/// Without the password.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", self.shown())
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadHost(host) => {
                write!(f, "`{host}` is neither a host's name nor an address; correct `host` in [[smtp]]")
            }
            Self::NoTrust(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for ServerError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(host: &str) -> Smtp {
        Smtp { tls: Tls::Starttls, user: Some("jane".into()), ..Smtp::plain(host, 587) }
    }

    #[test]
    fn shows_no_secret() {
        let plain = Smtp { tls: Tls::None, ..smtp("::1") };
        let server = Server::new(&plain, Some(Secret::new("hunter2")), &Options::default()).unwrap();
        assert_eq!(format!("{server:?}"), "Server([::1]:587)");
        assert!(server.login.is_some());
    }

    #[test]
    fn a_host_must_be_one() {
        let server = Server::new(&smtp("Mail.Bücher.example"), None, &Options::default()).unwrap();
        assert_eq!(server.shown(), "mail.xn--bcher-kva.example:587");
        let error = Server::new(&smtp("no host"), None, &Options::default()).unwrap_err();
        assert_eq!(error.to_string(), "`no host` is neither a host's name nor an address; correct `host` in [[smtp]]");
    }

    #[test]
    fn no_name_of_a_machine_is_a_command() {
        for (given, used) in
            [("mail.example.com", "mail.example.com"), ("a\r\nQUIT", "[127.0.0.1]"), ("", "[127.0.0.1]")]
        {
            let options = Options { hello: Some(given.into()), ..Options::default() };
            let server = Server::new(&Smtp { tls: Tls::None, ..smtp("a") }, None, &options).unwrap();
            assert_eq!(&*server.hello, used);
        }
    }
}
