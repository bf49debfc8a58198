//! `[[dkim]]`: keys that letters are signed with (RFC 6376).

use crate::config::secret;
use crate::config::secret::SecretPlace;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::report::Diagnostic;

/// A key that letters are signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dkim {
    /// The domain whose letters it signs, in A-labels: that of `from`, or one above it. Without it, that of the newsletter's `from`.
    pub domain: Option<String>,
    /// The name under which the DNS has the public half: `NAME._domainkey.DOMAIN`.
    pub selector: String,
    /// Where the private key is, as PEM.
    pub key: SecretPlace,
}

/// Reads `[[dkim]]`.
pub(in crate::config) fn read(tables: Vec<Fields<'_>>) -> Vec<Dkim> {
    let mut keys = Vec::new();
    for mut fields in tables {
        let selector = fields.required("selector", "add selector = \"lp2026\", the name that the key has in the DNS");
        let domain = fields.string("domain").and_then(|domain| {
            let ascii = idna::domain_to_ascii_strict(&domain.value).ok().filter(|ascii| ascii.contains('.'));
            if ascii.is_none() {
                let message = format!("`domain` is no domain: `{}`", domain.value);
                let hint = "write the domain of `from`, such as \"example.com\"";
                fields.push(Diagnostic::error("bad-domain", message).at(fields.source(), domain.span).hint(hint));
            }
            ascii
        });
        let is_said = fields.has("key");
        let key = secret::secret(&mut fields, "key");
        if !is_said {
            let hint =
                "add key = { file = \"/etc/letterpress/dkim.pem\" }; `letterpress send --make-dkim-key FILE` makes one";
            let message = "[[dkim]] has no `key`";
            fields.push(Diagnostic::error("missing-key", message).at(fields.source(), fields.span()).hint(hint));
        }
        if let (Some(selector), Some(key)) = (selector, key) {
            keys.push(Dkim { domain, selector: selector.value, key });
        }
        fields.finish();
    }
    keys
}
