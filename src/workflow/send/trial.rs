//! An issue's letters without the ledger: one as a test, or those of all readers as files.

use std::path::Path;

use crate::newsletter::mailing::Mailing;
use crate::output::letter::Letter;
use crate::store::issues;
use crate::subscriber::keys;
use crate::transport::eml::LetterFolder;
use crate::transport::smtp::session::Attempt;
use crate::transport::smtp::session::Session;
use crate::value::address::EmailAddress;
use crate::value::reply::Outcome;
use crate::workflow::deliver::Unwritten;
use crate::workflow::deliver::relay::NO_DELIVERY;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::mistake;
use crate::workflow::send::Prepared;
use crate::workflow::subscribers;

/// Writes the letters that readers would get into a folder, without the ledger: up to `most`, each as it would leave through the first server. Says how many.
///
/// # Errors
/// A [`Failure`] where a letter cannot be written.
pub fn to_folder(prepared: &Prepared, folder: &Path, most: Option<u64>) -> Result<u64, Failure> {
    let folder = LetterFolder::new(folder)?;
    let newsletter = prepared.newsletter.clone();
    let limit = most.and_then(|most| u32::try_from(most).ok()).unwrap_or(u32::MAX);
    let readers = prepared.store.read(move |sql| issues::readers(sql, &newsletter, limit))?;
    for reader in &readers {
        let whom = reader.subscriber.0.to_string();
        let letter = prepared.letters.letter(&reader.address, &whom, reader.handle).map_err(unwritten)?;
        let letter = ready(prepared, letter)?;
        folder.write(&letter, (prepared.now)())?;
    }
    Ok(readers.len() as u64)
}

/// Sends one letter as a test through the first server, without the ledger: with links that lead nowhere. Says what the server answered.
///
/// # Errors
/// A mistake where the address is none, or the server does not take it.
pub fn test(prepared: &Prepared, address: &str) -> Result<String, Failure> {
    let letter = letter(prepared, &subscribers::address(address)?)?;
    let way =
        prepared.ways.first().ok_or_else(|| mistake("no-smtp", "there is no server".into(), "add [[smtp]]".into()))?;
    let refused = |why: String| {
        mistake("not-sent", format!("the test was not taken: {why}"), "look at [[smtp]] in site.toml".into())
    };
    let mut session = Session::open(&way.server).map_err(|unreachable| refused(unreachable.to_string()))?;
    let attempt = session.deliver(&letter, &mut || true);
    session.quit();
    match attempt {
        Attempt::Done(Outcome::Accepted(reply)) => Ok(reply.to_string()),
        Attempt::Done(Outcome::Deferred(reply) | Outcome::Rejected(reply)) => Err(refused(reply.to_string())),
        Attempt::Done(Outcome::Uncertain(why) | Outcome::Unreachable(why)) => Err(refused(why.into())),
        Attempt::Withheld | Attempt::Stale => Err(refused("the connection ended".into())),
    }
}

/// The letter of a test, as it leaves through the first server.
pub(in crate::workflow::send) fn letter(prepared: &Prepared, to: &EmailAddress) -> Result<Letter, Failure> {
    let handle = keys::random::<16>()
        .map_err(|error| mistake("no-random", error.to_string(), "look whether /dev/urandom is there".into()))?;
    // Another name each time: receivers keep only one letter of a name.
    let letter = prepared.letters.letter(to, &format!("test {}", (prepared.now)()), handle).map_err(unwritten)?;
    ready(prepared, letter)
}

fn ready(prepared: &Prepared, letter: Letter) -> Result<Letter, Failure> {
    let (about, by) = ((NO_DELIVERY, Mailing::Issue), (&*prepared.keys, &prepared.signers));
    prepared.relay.ready(letter, about, by, (prepared.now)()).map_err(|why| {
        let message = format!("the letter could not be made ready to leave: {why}");
        mistake("not-signed", message, "look at [[dkim]] and [[smtp]] in site.toml".into())
    })
}

fn unwritten(why: Unwritten) -> Failure {
    match why {
        Unwritten::Store(error) => error.into(),
        Unwritten::Mistake(text) => mistake("no-letter", text, "approve the issue anew".into()),
        Unwritten::Gone => mistake("no-letter", "the reader is gone".into(), "try again".into()),
    }
}
