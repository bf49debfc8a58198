//! `send --make-dkim-key`: a key for signing letters, and what to tell the DNS.

use std::path::Path;

use crate::output::dkim;
use crate::output::dkim::Algorithm;
use crate::output::dkim::DkimKey;
use crate::transport::disk_private;
use crate::workflow::deliver::sign;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::mistake;
use crate::workflow::site_folder;

/// A key that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// `lp2026._domainkey.example.com`.
    pub name: String,
    /// The text of the DNS record.
    pub record: String,
    /// The record as a line of a zone file.
    pub zone_line: String,
    /// What `site.toml` needs.
    pub settings: String,
}

/// Makes a private key in a file that is not there yet, readable by its owner alone.
///
/// # Errors
/// Mistakes: no sender in `site.toml`, whose domain the key would be for; a selector that is none. A [`Failure`] where the file cannot be written.
pub fn make(root: &Path, file: &Path, selector: &str, ed25519: bool) -> Result<Made, Failure> {
    let config = site_folder::config(root)?;
    let domain = sign::sender(&config).ok_or_else(|| {
        let hint = "add from = \"Name <editors@example.com>\" to a newsletter: the key is for its domain";
        mistake("no-sender", "site.toml names nobody whom letters are from".into(), hint.into())
    })?;
    let algorithm = if ed25519 { Algorithm::Ed25519Sha256 } else { Algorithm::RsaSha256 };
    let pem = dkim::make(algorithm)
        .map_err(|error| mistake("no-random", error.to_string(), "look whether /dev/urandom is there".into()))?;
    let key = DkimKey::from_pem(selector, &pem).map_err(|error| {
        mistake("bad-selector", error.to_string(), "letters, digits and hyphens, such as lp2026".into())
    })?;
    disk_private::create(file, pem.expose().as_bytes())?;
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    Ok(Made {
        name: key.record_name(&domain),
        record: key.record(),
        zone_line: key.zone_line(&domain),
        settings: format!("[[dkim]]\nselector = \"{selector}\"\nkey = {{ file = \"{}\" }}\n", path.display()),
    })
}
