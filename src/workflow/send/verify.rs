//! `send --test --verify`: what the copy of a test that arrived says of the way it came.

use std::path::Path;

use mail_parser::MessageParser;

use crate::files::read;
use crate::output::arrived;
pub use crate::output::arrived::Change;
pub use crate::output::arrived::What;
use crate::output::dkim;
pub use crate::output::dkim::Seen;
use crate::output::dkim::Signer;
pub use crate::output::dkim::Verdict;
use crate::subscriber::token::Purpose;
use crate::subscriber::token::Token;
use crate::workflow::deliver::relay::Relay;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::mistake;
use crate::workflow::send::Prepared;
use crate::workflow::send::trial;
use crate::workflow::subscribers;

/// Characters of a token in a link.
const TOKEN: usize = 60;
/// Characters of our Message-IDs before the `@`.
const NAME: usize = 26;

/// What is to be said of a copy.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    /// What was changed on its way.
    pub changes: Vec<Change>,
    /// What was changed as it always is by such a server, and does no harm.
    pub usual: Vec<Change>,
    /// Its signatures.
    pub signatures: Vec<Seen>,
    /// Whether we sign letters, and there is no signature of ours.
    pub unsigned: bool,
    /// What the receiver's server says of them (`Authentication-Results`, RFC 8601).
    pub results: Vec<String>,
}

impl Arrival {
    /// Whether it arrived as it was sent.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.changes.is_empty() && !self.unsigned && !self.signatures.iter().any(|seen| seen.verdict.is_broken())
    }
}

/// Compares a copy, as it was saved from the mailbox of `address`, with the test that would be sent there now.
///
/// # Errors
/// A mistake where the file is no mail, or no mail to this address; [`Failure::Read`] where it cannot be read.
pub fn verify(prepared: &Prepared, address: &str, file: &Path) -> Result<Arrival, Failure> {
    let to = subscribers::address(address)?;
    let copy = arrived::restored(&read::bytes(file)?);
    let sent = trial::letter(prepared, &to)?;
    let domain = prepared.letters.from().address.domain();
    let own = |text: &str| without_names(&without_tokens(prepared, text), domain);
    let changes = arrived::compare(&sent.octets, &copy, &own).map_err(|error| {
        let message = format!("{}: {error}", file.display());
        let hint =
            "save the mail that arrived with all its headers: «Download original», «Show source», or «Save as … .eml»";
        mistake("no-mail", message, hint.into())
    })?;
    let none = Relay::none();
    let relay = prepared.ways.first().map_or(&none, |way| &way.relay);
    let is_usual = |change: &Change| change.what == What::Header && relay.changes(change.place);
    let (usual, changes) = changes.into_iter().partition(is_usual);
    let signer = prepared.signers.of(domain);
    let signatures = dkim::look(&copy, &signer.into_iter().collect::<Vec<&Signer>>());
    let is_ours = |seen: &Seen| signer.is_some_and(|signer| signer.has(&seen.domain, &seen.selector));
    let unsigned = signer.is_some() && relay.takes_signatures() && !signatures.iter().any(is_ours);
    Ok(Arrival { changes, usual, signatures, unsigned, results: results(&copy) })
}

/// What servers on the way found of the signatures.
fn results(copy: &[u8]) -> Vec<String> {
    let Some(letter) = MessageParser::default().parse(copy) else { return Vec::new() };
    let found = letter.headers_raw().filter(|(name, _)| name.eq_ignore_ascii_case("Authentication-Results"));
    found.map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The text with a word in place of each token of ours: a test has another one each time.
fn without_tokens(prepared: &Prepared, text: &str) -> String {
    let now = (prepared.now)();
    let is_ours = |run: &str| {
        let good = |purpose| Token::verify(run, purpose, &prepared.keys, now).is_ok();
        run.len() == TOKEN && (good(Purpose::Unsubscribe) || good(Purpose::Manage))
    };
    runs(text, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'), |run, _| is_ours(run).then_some("(token)"))
}

/// The text with a word in place of each name that a letter of ours can have.
fn without_names(text: &str, domain: &str) -> String {
    let domain = format!("@{domain}");
    let is_name = |run: &str, after: &str| {
        run.len() == NAME
            && run.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '2'..='7'))
            && after
                .strip_prefix(domain.as_str())
                .is_some_and(|rest| !rest.starts_with(|c: char| c == '.' || c.is_alphanumeric()))
    };
    runs(text, |c| c.is_ascii_alphanumeric(), |run, after| is_name(run, after).then_some("(name)"))
}

/// The text, each of its longest runs of such characters replaced by what `word` gives for it and what follows.
fn runs<'w>(text: &str, is_part: impl Fn(char) -> bool, word: impl Fn(&str, &str) -> Option<&'w str>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let begin = rest.find(&is_part).unwrap_or(rest.len());
        let (gap, from) = rest.split_at(begin);
        let (run, after) = from.split_at(from.find(|c| !is_part(c)).unwrap_or(from.len()));
        out.push_str(gap);
        out.push_str(word(run, after).unwrap_or(run));
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ours_and_others() {
        let name = "abcdefghijklmnopqrstuvwx27";
        for (text, expected) in [
            (format!("<{name}@a.example>"), "<(name)@a.example>".to_owned()),
            (format!("<{name}@a.example.net>"), format!("<{name}@a.example.net>")),
            (format!("<{name}@b.example>"), format!("<{name}@b.example>")),
            (format!("<x{name}@a.example>"), format!("<x{name}@a.example>")),
            (format!("ü{name}ü"), format!("ü{name}ü")),
        ] {
            assert_eq!(without_names(&text, "a.example"), expected);
        }
    }
}
