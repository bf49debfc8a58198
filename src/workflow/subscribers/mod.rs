//! The list, by hand and by file: what `letterpress subscribers` does.

pub mod add;
pub mod export;
pub mod forget;
pub mod import;
pub mod list;
pub mod remove;
pub mod stats;
pub mod suppress;

use crate::config::site::Config;
use crate::diagnostic::suggest;
use crate::value::address::EmailAddress;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::mistake;

/// An address that somebody typed.
///
/// # Errors
/// A mistake that says what is wrong with it.
pub(in crate::workflow) fn address(text: &str) -> Result<EmailAddress, Failure> {
    EmailAddress::parse(text).map_err(|error| {
        let hint = "write it as in jane@example.com, without a name and without brackets";
        mistake("bad-address", format!("this is not an e-mail address: {error}"), hint.into())
    })
}

/// The id of a newsletter of the site; the default one's for none.
///
/// # Errors
/// A mistake that names those there are.
pub(in crate::workflow) fn newsletter(config: &Config, id: Option<&str>) -> Result<Box<str>, Failure> {
    let Some(id) = id else { return Ok(config.newsletter().id.as_str().into()) };
    let all = || config.newsletters.iter().map(|newsletter| newsletter.id.as_str());
    if all().any(|known| known == id) {
        return Ok(id.into());
    }
    let hint = suggest::did_you_mean(id, all());
    let hint = hint.unwrap_or_else(|| format!("site.toml has: {}", all().collect::<Vec<_>>().join(", ")));
    Err(mistake("no-newsletter", format!("there is no newsletter `{id}`"), hint))
}
