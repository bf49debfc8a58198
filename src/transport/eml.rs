//! Letters as files instead of mail: to look at them, or to try the endpoint out where no server is at hand.

use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::output::letter::Letter;
use crate::transport::disk::WriteError;
use crate::transport::disk_private;
use crate::value::address::EmailAddress;
use crate::value::reply::Outcome;
use crate::value::reply::Reply;
use crate::value::reply::Stage;

/// A folder that letters are written into, each as a file `.eml` that mail programs open.
#[derive(Clone, Debug)]
pub struct LetterFolder {
    path: PathBuf,
}

impl LetterFolder {
    /// A folder; made where it is missing, for its owner alone.
    ///
    /// # Errors
    /// A [`WriteError`] where it cannot be made.
    pub fn new(path: &Path) -> Result<Self, WriteError> {
        disk_private::make_folder(path)?;
        Ok(Self { path: path.into() })
    }

    /// Writes a letter's octets as they would travel, nothing added, and says where. The file is whole or not there, no file is overwritten, and only its
    /// owner may read it. Its name has the moment, the masked recipient, and something of the Message-ID, by which letters of one moment are told
    /// apart: `20261126T125111.042Z-j-at-e.com-73d1ab.eml`.
    ///
    /// # Errors
    /// A [`WriteError`] where the disk refuses.
    pub fn write(&self, letter: &Letter, now: Timestamp) -> Result<PathBuf, WriteError> {
        let id = blake3::hash(letter.message_id.as_bytes()).to_hex();
        let id = id.get(..6).unwrap_or_default();
        let stem = format!("{}-{}-{id}", now.strftime("%Y%m%dT%H%M%S.%3fZ"), shown(&letter.envelope.to));
        let mut number = 1_u32;
        loop {
            let more = if number == 1 { String::new() } else { format!("-{number}") };
            let path = self.path.join(format!("{stem}{more}.eml"));
            match disk_private::create(&path, &letter.octets) {
                Ok(()) => return Ok(path),
                Err(WriteError::Exists(_)) if number < u32::MAX => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes a letter, and answers as a server that took it; the text names the file.
    ///
    /// # Errors
    /// A [`WriteError`] where the disk refuses.
    pub fn deliver(&self, letter: &Letter, now: Timestamp) -> Result<Outcome, WriteError> {
        let path = self.write(letter, now)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Outcome::Accepted(Reply::read(Stage::Body, 250, [&*format!("2.0.0 written as {name}")])))
    }
}

/// The masked address in characters that every disk takes.
fn shown(address: &EmailAddress) -> String {
    let kept = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
    address.masked().replace('…', "").replace('@', "-at-").chars().filter(|c| kept(*c)).collect()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests need a folder")]
mod tests {
    use super::*;
    use crate::files::read;
    use crate::output::letter::Envelope;

    fn letter(to: &str, octets: &str) -> Letter {
        let address = |text| EmailAddress::parse(text).unwrap();
        let envelope = Envelope { from: address("editors@example.com"), to: address(to) };
        Letter { envelope, message_id: "1@example.com".into(), octets: octets.into(), smtputf8: false }
    }

    #[test]
    fn no_letter_overwrites_another() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a/b");
        let folder = LetterFolder::new(&path).unwrap();
        let now = "2026-11-26T12:51:11.042Z".parse().unwrap();
        let outcome = folder.deliver(&letter("jane@example.com", "Subject: 1\r\n\r\n.\r\n"), now).unwrap();
        let Outcome::Accepted(reply) = outcome else { panic!("{outcome:?}") };
        assert_eq!(reply.to_string(), "250 2.0.0 written as 20261126T125111.042Z-j-at-e.com-73d1ab.eml");
        let second = folder.write(&letter("jill@else.com", "Subject: 2\r\n\r\n"), now).unwrap();
        assert_eq!(second, path.join("20261126T125111.042Z-j-at-e.com-73d1ab-2.eml"));
        let odd = folder.write(&letter("\"../x\"@example.org", "Subject: 3\r\n\r\n"), now).unwrap();
        assert_eq!(odd, path.join("20261126T125111.042Z--at-e.org-73d1ab.eml"));
        let text = |path: &Path| String::from_utf8(read::bytes(path).unwrap()).unwrap();
        assert_eq!(text(&path.join("20261126T125111.042Z-j-at-e.com-73d1ab.eml")), "Subject: 1\r\n\r\n.\r\n");
        assert_eq!(text(&second), "Subject: 2\r\n\r\n");
    }
}
