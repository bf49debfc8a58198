//! `[newsletters.<id>]`: what people subscribe to.

pub use crate::config::endpoint::Endpoint;
pub use crate::config::endpoint::Limits;
use crate::config::issues;
use crate::config::issues::Issues;
pub use crate::config::secret::SecretPlace;
pub use crate::config::smtp::Smtp;
pub use crate::config::smtp::Tls;
pub use crate::config::store::StorePlace;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::report::Diagnostic;
use crate::value::mailbox::Mailbox;
use crate::value::slug;

/// A newsletter that people subscribe to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newsletter {
    /// Its id: letters, digits and hyphens.
    pub id: String,
    /// What it is called; the site's title unless it says.
    pub name: String,
    /// What comes how often.
    pub promise: Option<String>,
    /// Who writes it: the `From` of its mails.
    pub from: Option<Mailbox>,
    /// Where answers go, if not to `from`.
    pub reply_to: Option<Mailbox>,
    /// The publisher's postal address (15 USC 7704(a)(5)).
    pub postal_address: Option<String>,
    /// How it makes its issues.
    pub issues: Issues,
    /// Whether `site.toml` has a table of it. The one that every site has without does nothing until it has an issue.
    pub is_declared: bool,
}

/// Reads `[newsletters]`. There is always at least one: `newsletter`, called like the site.
pub(in crate::config) fn read_newsletters(title: &str, fields: Option<Fields<'_>>) -> Vec<Newsletter> {
    let mut newsletters = Vec::new();
    if let Some(mut table) = fields {
        for (key, node) in table.rest() {
            if !(key.name.is_ascii() && slug::is_slug(&key.name)) {
                let message = format!("`{}` cannot be a newsletter's id: it stands in addresses", key.name);
                let hint = "use lower-case letters, digits and hyphens: [newsletters.monthly-notes]";
                table.push(Diagnostic::error("bad-id", message).at(table.source(), key.span).hint(hint));
                continue;
            }
            let mut fields = table.child(format!("[newsletters.{}]", key.name), node);
            newsletters.push(Newsletter {
                issues: issues::read(&mut fields, &key.name),
                name: fields.string("name").map_or_else(|| title.to_owned(), |name| name.value),
                promise: fields.string("promise").map(|text| text.value),
                from: mailbox(&mut fields, "from"),
                reply_to: mailbox(&mut fields, "reply_to"),
                postal_address: fields.string("postal_address").map(|text| text.value),
                id: key.name,
                is_declared: true,
            });
            fields.finish();
        }
    }
    if newsletters.is_empty() {
        newsletters.push(Newsletter {
            id: "newsletter".into(),
            name: title.to_owned(),
            promise: None,
            from: None,
            reply_to: None,
            postal_address: None,
            issues: Issues::default(),
            is_declared: false,
        });
    }
    newsletters
}

/// A mailbox.
pub(in crate::config) fn mailbox(fields: &mut Fields<'_>, key: &'static str) -> Option<Mailbox> {
    let text = fields.string(key)?;
    match Mailbox::parse(&text.value) {
        // Readers may have such an address; as a sender it would be refused here and there.
        Ok(mailbox) if key == "from" && mailbox.address.is_quoted() => {
            let message = "`from` has quotation marks before the `@`, with which many servers take no sender";
            let hint = "send from an address without them";
            fields.push(Diagnostic::error("bad-address", message).at(fields.source(), text.span).hint(hint));
            None
        }
        Ok(mailbox) => Some(mailbox),
        Err(error) => {
            let message = format!("`{key}` is no mailbox: {error}");
            let hint = "write an address, or \"Name <editors@example.com>\"";
            fields.push(Diagnostic::error("bad-address", message).at(fields.source(), text.span).hint(hint));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use ipnet::IpNet;

    use super::*;
    use crate::config::read::read;
    use crate::config::site::Config;
    use crate::config::site::Overrides;
    use crate::diagnostic::source::Source;
    use crate::diagnostic::terminal;

    const SITE: &str = "title = \"A\"\nbase_url = \"https://a.example/\"\n";

    fn config(text: &str) -> (Config, Vec<String>) {
        let source = Source::new("site.toml", format!("{SITE}{text}"));
        let (config, report) = read(&source, &Overrides::default());
        (config.unwrap(), report.into_sorted().iter().map(terminal::short).collect())
    }

    #[test]
    fn a_sender_without_quotation_marks() {
        let (config, found) =
            config("[newsletters.a]\nfrom = 'Ed <\"the ed\"@a.example>'\nreply_to = '\"ed\"@a.example'\n");
        let said = "`from` has quotation marks before the `@`, with which many servers take no sender [bad-address]; send from an address without them";
        assert!(found.len() == 1 && found[0].ends_with(said), "{found:?}");
        assert_eq!(config.newsletters[0].from, None);
        assert_eq!(config.newsletters[0].reply_to.as_ref().unwrap().address.to_string(), "ed@a.example");
    }

    #[test]
    fn everything_that_can_be_said() {
        let (config, found) = config(
            "[subscribe]\nendpoint = \"https://a.example/letters\"\nlisten = \"[::1]:9000\"\norigins = [\"https://www.a.example/x\"]\n\
             redirects = [\"https://a.example/thanks/\"]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\nkeys = { env = \"KEYS\" }\n\
             from = \"post@a.example\"\nwelcome = { posts = 5 }\nlimits = { network_per_hour = 7 }\n\
             [newsletters.notes]\nname = \"Notes\"\npromise = \"Now and then.\"\nfrom = \"Notes <notes@a.example>\"\n\
             reply_to = \"us@a.example\"\npostal_address = \"1 Street\"\n\
             [[smtp]]\nhost = \"mail.a.example\"\nuser = \"u\"\npassword = { file = \"secret\" }\n[[smtp]]\nhost = \"b\"\nname = \"spare\"\ntls = \"implicit\"\nconnections = 9\n\
             [store]\nurl = { env = \"DATABASE_URL\" }\n",
        );
        assert_eq!(found, [] as [String; 0]);
        let endpoint = config.subscribe.endpoint.clone().unwrap();
        assert_eq!(endpoint.at("subscribe"), "https://a.example/letters/subscribe");
        assert_eq!(endpoint.listen.to_string(), "[::1]:9000");
        assert_eq!(endpoint.origins, ["https://www.a.example"]);
        assert_eq!(
            endpoint.trusted_proxies.iter().map(IpNet::to_string).collect::<Vec<_>>(),
            ["127.0.0.1/32", "10.0.0.0/8"]
        );
        assert_eq!((endpoint.welcome, endpoint.limits.network_per_hour), (Some(5), 7));
        let notes = config.newsletter();
        assert_eq!(
            (notes.id.as_str(), notes.from.as_ref().unwrap().to_string().as_str()),
            ("notes", "Notes <notes@a.example>")
        );
        let [first, spare] = config.smtp.as_slice() else { panic!("two servers") };
        assert_eq!(
            (first.name.as_str(), first.port, first.tls, first.connections),
            ("mail.a.example", 587, Tls::Starttls, 2)
        );
        assert_eq!((spare.name.as_str(), spare.port, spare.tls, spare.connections), ("spare", 465, Tls::Implicit, 9));
        assert_eq!(config.store.url, Some(SecretPlace::Env("DATABASE_URL".into())));
    }

    #[test]
    fn nothing_need_be_said() {
        let (config, found) = config("");
        assert_eq!(found, [] as [String; 0]);
        assert_eq!((config.newsletter().id.as_str(), config.newsletter().name.as_str()), ("newsletter", "A"));
        assert!(config.subscribe.endpoint.is_none() && config.smtp.is_empty());
    }

    #[test]
    fn every_mistake_at_once() {
        let (_, found) = config(
            "[subscribe]\nendpoint = \"letters\"\nlisten = \"8025\"\norigins = [\"a.example\"]\nredirects = [\"/thanks/\"]\n\
             trusted_proxies = [\"localhost\"]\nkeys = \"hunter2\"\nfrom = \"nobody\"\nwelcome = { posts = 99 }\nlimits = { network_per_hour = 0 }\n\
             [newsletters.\"Über uns\"]\n[newsletters.notes]\nform = \"x\"\n\
             [[smtp]]\nport = 0\ntls = \"startls\"\n[[smtp]]\nhost = \"b\"\nuser = \"u\"\n[[smtp]]\nhost = \"c\"\nuser = \"u\"\npassword = { evn = \"X\" }\n\
             [store]\npath = \"list\"\nurl = { env = \"A\", file = \"B\" }\n",
        );
        for part in [
            "`endpoint` is not the address of a service: `letters`",
            "`listen` is not an address and a port: `8025` [bad-address]; write \"127.0.0.1:8025\"",
            "`origins` takes whole addresses, not `a.example` [bad-url]; write \"https://www.example.com\"",
            "`redirects` takes whole addresses, not `/thanks/` [bad-url]; write \"https://example.com/thanks/\"",
            "`trusted_proxies` has no address or network here: `localhost`",
            "`keys` names where the secret is; the secret itself does not belong into site.toml [secret-in-file]; write keys = { env = \"NAME\" } or keys = { file = \"path\" }",
            "`from` is no mailbox: not an e-mail address [bad-address]; write an address, or \"Name <editors@example.com>\"",
            "`posts` must be between 0 and 20",
            "`network_per_hour` must be between 1 and 1000000",
            "`Über uns` cannot be a newsletter's id",
            "unknown key `form` in [newsletters.notes] [unknown-key]; did you mean `from`?",
            "[[smtp]] has no `host` [missing-key]; add host = \"smtp.example.com\"",
            "`port` must be between 1 and 65535",
            "`tls` does not know `startls` [unknown-value]; did you mean `starttls`?",
            "`user` and `password` of an SMTP server belong together [missing-key]; add password = { env = \"SMTP_PASSWORD\" }",
            "unknown key `evn` in `password` [unknown-key]; did you mean `env`?",
            "`password` needs one of `env` and `file`",
            "`url` needs one of `env` and `file`",
        ] {
            assert!(found.iter().any(|line| line.contains(part)), "{part}\nin {found:#?}");
        }
        assert!(!found.iter().any(|line| line.contains("hunter2")), "the secret stays out of messages");
        let (_, found) = config("[store]\npath = \"list\"\nurl = { env = \"A\" }\n");
        assert!(found[0].contains("[store] has both `path` and `url`"), "{found:?}");
        let (_, found) = config("[subscribe]\nendpoint = \"https://a.example/letters/\"\n");
        assert!(found[0].contains("`endpoint` needs a sender"), "{found:?}");
    }
}
