//! Letters signed by the domain that they are from.

use std::path::Path;

use jiff::Timestamp;

use crate::config::site::Config;
use crate::output::dkim::DkimKey;
use crate::output::dkim::Signer;
use crate::output::letter::Letter;
use crate::value::secret::Secret;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter;
use crate::workflow::newsletter::Machine;
use crate::workflow::newsletter::mistake;

/// The signers of a site, by domain.
#[derive(Clone, Default)]
pub struct Signers(Vec<(String, Signer)>);

impl Signers {
    /// Of the keys that `site.toml` names; none where it names none: then whoever takes the letters signs them.
    ///
    /// # Errors
    /// A mistake where a key is missing or is none.
    pub fn open(root: &Path, config: &Config, machine: &Machine<'_>) -> Result<Self, Failure> {
        let mut keys: Vec<(String, Vec<DkimKey>)> = Vec::new();
        for dkim in &config.dkim {
            let pem: Secret = newsletter::secret(root, "key", &dkim.key, machine)?;
            let key = DkimKey::from_pem(&dkim.selector, &pem).map_err(|error| {
                let message = format!("the key of the selector `{}` cannot be used: {error}", dkim.selector);
                mistake("bad-dkim-key", message, "`letterpress send --make-dkim-key FILE` makes one".into())
            })?;
            let domain = dkim.domain.clone().or_else(|| sender(config)).ok_or_else(|| {
                let message = format!("nobody knows which domain the key of the selector `{}` is for", dkim.selector);
                mistake("no-sender", message, "add domain = \"example.com\" to its [[dkim]]".into())
            })?;
            match keys.iter_mut().find(|(known, _)| *known == domain) {
                Some((_, keys)) => keys.push(key),
                None => keys.push((domain, vec![key])),
            }
        }
        let signer = |(domain, keys): (String, Vec<DkimKey>)| {
            let signer = Signer::new(&domain, keys, &[]);
            (domain, signer)
        };
        Ok(Self(keys.into_iter().map(signer).collect()))
    }

    /// The signatures of a letter, to be put before it; none where none of the domains is that of its sender or above it. `unsigned` are headers that must not
    /// be covered, because the server writes them anew.
    ///
    /// # Errors
    /// Why it cannot be signed, as text: then it must not leave.
    pub fn signatures(&self, letter: &Letter, unsigned: &[&str], now: Timestamp) -> Result<String, String> {
        let Some(signer) = self.of(letter.envelope.from.domain()) else { return Ok(String::new()) };
        let signatures = if unsigned.is_empty() {
            signer.signatures(&letter.octets, now)
        } else {
            signer.without(unsigned).signatures(&letter.octets, now)
        };
        signatures.map_err(|error| error.to_string())
    }

    /// The signer of letters from a domain.
    pub(in crate::workflow) fn of(&self, from: &str) -> Option<&Signer> {
        let is_of = |domain: &str| from == domain || from.strip_suffix(domain).is_some_and(|sub| sub.ends_with('.'));
        self.0.iter().find(|(domain, _)| is_of(domain)).map(|(_, signer)| signer)
    }
}

/// The domain of whom letters are from.
pub(in crate::workflow) fn sender(config: &Config) -> Option<String> {
    let endpoint = config.subscribe.endpoint.as_ref().and_then(|endpoint| endpoint.from.as_ref());
    let from = config.newsletters.iter().find_map(|newsletter| newsletter.from.as_ref()).or(endpoint)?;
    Some(from.address.domain().to_owned())
}
