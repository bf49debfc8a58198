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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read::read;
    use crate::config::site::Overrides;
    use crate::config::smtp::SmtpLimits;
    use crate::diagnostic::source::Source;
    use crate::diagnostic::terminal;

    const SITE: &str = "title = \"A\"\nbase_url = \"https://a.example/\"\n";

    #[test]
    fn keys_and_limits() {
        let text = format!(
            "{SITE}[[dkim]]\nselector = \"lp\"\ndomain = \"bücher.example\"\nkey = {{ env = \"DKIM\" }}\n[[smtp]]\nhost = \"b\"\n\
             limits = {{ per_second = 3, per_day = 500, domain_connections = 2, warm_up = {{ first_day = 50 }} }}\n"
        );
        let (config, report) = read(&Source::new("site.toml", text), &Overrides::default());
        let (config, found) = (config.unwrap(), report.into_sorted());
        assert!(found.is_empty(), "{found:?}");
        let key = SecretPlace::Env("DKIM".into());
        let domain = Some("xn--bcher-kva.example".into());
        assert_eq!(config.dkim, [Dkim { domain, selector: "lp".into(), key }]);
        let limits = SmtpLimits {
            per_second: Some(3),
            per_day: Some(500),
            domain_connections: Some(2),
            warm_up: Some((50, 50)),
            ..SmtpLimits::default()
        };
        assert_eq!(config.smtp.first().unwrap().limits, limits);
    }

    #[test]
    fn every_mistake_at_once() {
        let text = format!(
            "{SITE}[[dkim]]\n[[dkim]]\nselector = \"lp\"\ndomain = \"nowhere\"\nkey = \"MIIE\"\n[[smtp]]\nhost = \"b\"\nlimits = {{ per_hour = 0, per_week = 1 }}\n"
        );
        let (_, report) = read(&Source::new("site.toml", text), &Overrides::default());
        let found: Vec<String> = report.into_sorted().iter().map(terminal::short).collect();
        for part in [
            "[[dkim]] has no `selector` [missing-key]; add selector = \"lp2026\"",
            "[[dkim]] has no `key` [missing-key]; add key = { file = \"/etc/letterpress/dkim.pem\" }",
            "`domain` is no domain: `nowhere` [bad-domain]; write the domain of `from`",
            "`key` names where the secret is; the secret itself does not belong into site.toml",
            "`per_hour` must be between 1 and 100000000",
            "unknown key `per_week` in [smtp.limits]",
        ] {
            assert!(found.iter().any(|line| line.contains(part)), "{part}\nin {found:#?}");
        }
        assert!(!found.iter().any(|line| line.contains("MIIE")), "the secret stays out of messages");
    }
}
