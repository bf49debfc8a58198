//! Logging in (RFC 4954): PLAIN (RFC 4616), LOGIN for servers that have nothing else, XOAUTH2 for tokens.

use std::time::Duration;

use data_encoding::BASE64;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::authentication::Mechanism;

use crate::config::smtp::Auth;
use crate::files::read;
use crate::transport::smtp::offer::Offer;
use crate::transport::smtp::server::Login;
use crate::transport::smtp::server::Password;
use crate::transport::smtp::wire::Broken;
use crate::transport::smtp::wire::Wire;
use crate::value::address;
use crate::value::reply::Reply;
use crate::value::reply::Stage;
use crate::value::secret::Secret;

/// Why it did not let us in.
pub(in crate::transport::smtp) enum NotIn {
    /// It offers no way that we know: says which it offers.
    NoWay(String),
    /// It refused.
    Refused(Reply),
    /// There is nothing to log in with: says why.
    NoSecret(String),
    /// The connection broke.
    Broken(Broken),
}

impl From<Broken> for NotIn {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// The user as messages may have it; most are addresses.
pub(in crate::transport::smtp) fn shown(login: &Login) -> String {
    if login.user.contains('@') { address::mask(&login.user) } else { login.user.to_string() }
}

/// The ways that this login may go, the best first. Both of those for passwords tell the password; PLAIN is the one with a standard.
fn ways(login: &Login) -> &'static [Mechanism] {
    match login.auth {
        None => &[Mechanism::Plain, Mechanism::Login],
        Some(Auth::Plain) => &[Mechanism::Plain],
        Some(Auth::Login) => &[Mechanism::Login],
        Some(Auth::Xoauth2) => &[Mechanism::Xoauth2],
    }
}

/// The ways that this login may go, as messages have them.
pub(in crate::transport::smtp) fn known(login: &Login) -> String {
    ways(login).iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// The way to log in; `None` where there is none in common.
fn choose(login: &Login, offer: &Offer) -> Option<Mechanism> {
    ways(login).iter().copied().find(|way| offer.auth.iter().any(|offered| *offered == way.to_string()))
}

/// What to log in with, as it is now.
fn secret(login: &Login) -> Result<Secret, String> {
    let file = match &login.password {
        Password::Kept(secret) => return Ok(secret.clone()),
        Password::Read(file) => file,
    };
    let octets = read::bytes(file).map_err(|error| error.to_string())?;
    let secret = String::from_utf8(octets).map(|text| Secret::new(&text)).ok().filter(|secret| !secret.is_empty());
    secret.ok_or_else(|| format!("{} is empty or no text", file.display()))
}

/// Logs in.
pub(in crate::transport::smtp) fn log_in(
    wire: &mut Wire,
    login: &Login,
    offer: &Offer,
    patience: Duration,
) -> Result<(), NotIn> {
    let mut ask = |line: &str| {
        wire.send(format!("{line}\r\n").as_bytes(), patience)?;
        wire.reply(Stage::Auth, patience)
    };
    let encoded = |text: &str| BASE64.encode(text.as_bytes());
    let Some(way) = choose(login, offer) else { return Err(NotIn::NoWay(offer.auth.join(", "))) };
    let password = secret(login).map_err(NotIn::NoSecret)?;
    let reply = match way {
        Mechanism::Login => {
            // It asks for the name, then for the password; in which words is not agreed upon.
            let mut reply = ask("AUTH LOGIN")?;
            for answer in [&*login.user, password.expose()] {
                if reply.code != 334 {
                    break;
                }
                reply = ask(&encoded(answer))?;
            }
            reply
        }
        Mechanism::Plain | Mechanism::Xoauth2 => {
            let credentials = Credentials::new(login.user.to_string(), password.expose().to_owned());
            let response = way.response(&credentials, None).map_err(|_| NotIn::NoWay(way.to_string()))?;
            let reply = ask(&format!("AUTH {way} {}", encoded(&response)))?;
            // XOAUTH2 tells what is wrong with a token as a challenge, and refuses after an empty answer.
            if reply.code == 334 { ask("")? } else { reply }
        }
    };
    if reply.code == 235 { Ok(()) } else { Err(NotIn::Refused(without_secrets(reply, login, password.expose()))) }
}

/// A refusal is shown to people, and some servers repeat in it what they were sent.
fn without_secrets(mut reply: Reply, login: &Login, password: &str) -> Reply {
    let mut answers = vec![password.to_owned(), BASE64.encode(password.as_bytes())];
    let credentials = Credentials::new(login.user.to_string(), password.to_owned());
    let responses = [Mechanism::Plain, Mechanism::Xoauth2].map(|way| way.response(&credentials, None));
    answers.extend(responses.into_iter().flatten().map(|response| BASE64.encode(response.as_bytes())));
    // Its end may have been cut off.
    let repeats = |answer: &String| {
        let start = answer.get(..answer.len().min(12)).unwrap_or(answer);
        !start.is_empty() && reply.text.contains(start)
    };
    if answers.iter().any(repeats) {
        reply.text = "(it repeats the password)".into();
    }
    reply
}
