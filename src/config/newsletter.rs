//! `[newsletters.<id>]`, `[[smtp]]`, `[store]` and the endpoint's part of `[subscribe]`. Secrets are named here, never written.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::ops::Range;
use std::str::FromStr;

use ipnet::IpNet;

use crate::config::blocks::Subscribe;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Data;
use crate::diagnostic::node::Located;
use crate::diagnostic::node::Node;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::suggest;
use crate::value::mailbox::Mailbox;
use crate::value::slug;
use crate::value::url::SiteUrl;

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// In an environment variable of this name.
    Env(String),
    /// In a file, its path relative to the site's folder or absolute.
    File(String),
}

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
}

/// How the connection to an SMTP server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte (RFC 8314), usually at port 465.
    Implicit,
    /// STARTTLS (RFC 3207), and no mail without it; usually at port 587.
    Starttls,
    /// None: for a server on the same machine.
    None,
}

/// `[[smtp]]`: a server that takes mail to be sent on (RFC 6409).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// What messages call it: its `name`, else its host.
    pub name: String,
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub tls: Tls,
    /// The name to log in with.
    pub user: Option<String>,
    /// The password to log in with.
    pub password: Option<SecretPlace>,
    /// Connections at a time.
    pub connections: u16,
}

/// `[store]`: where the list is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorePlace {
    /// The SQLite file, relative to the site's folder or absolute.
    pub path: Option<Located<String>>,
    /// Where the URL of a PostgreSQL database is.
    pub url: Option<SecretPlace>,
}

/// The endpoint of our own: `letterpress daemon`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Where readers reach it; all its addresses are below.
    pub url: SiteUrl,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Origins whose pages may use it from a script, beside the site's and its own: `https://www.example.com`.
    pub origins: Vec<String>,
    /// Pages that a form's field `next` may name for after subscribing; whole addresses.
    pub redirects: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The key ring; by default a file beside the store.
    pub keys: Option<SecretPlace>,
    /// How many of the latest posts a welcome mail shows; without it there is no welcome mail.
    pub welcome: Option<usize>,
    /// Who notices come from, if not from the newsletter.
    pub from: Option<Mailbox>,
    /// How many requests are taken.
    pub limits: Limits,
    /// Where `site.toml` names it.
    pub span: Range<usize>,
}

/// `[subscribe.limits]`: how many requests are taken before some have to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests an hour from one network (IPv4 /32, IPv6 /64); further ones are refused.
    pub network_per_hour: u32,
    /// Notices of one kind to one address that go at once; further ones wait, an hour first, then twice as long each time.
    pub address_per_hour: u32,
    /// Notices a minute to the addresses of one domain; beyond that work is asked for and mail is delayed.
    pub domain_per_minute: u32,
    /// Notices a minute in all; as above.
    pub total_per_minute: u32,
}

impl Endpoint {
    /// The whole address of something below the endpoint: `subscribe`, `confirm/…`.
    #[must_use]
    pub fn at(&self, below: &str) -> String {
        self.url.join(below).url().to_owned()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { network_per_hour: 30, address_per_hour: 3, domain_per_minute: 60, total_per_minute: 300 }
    }
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
                name: fields.string("name").map_or_else(|| title.to_owned(), |name| name.value),
                promise: fields.string("promise").map(|text| text.value),
                from: mailbox(&mut fields, "from"),
                reply_to: mailbox(&mut fields, "reply_to"),
                postal_address: fields.string("postal_address").map(|text| text.value),
                id: key.name,
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
        });
    }
    newsletters
}

/// Reads the endpoint's keys of `[subscribe]`.
pub(in crate::config) fn read_endpoint(fields: &mut Fields<'_>) -> Option<Endpoint> {
    let url = fields.string("endpoint");
    let listen = fields.string("listen");
    let listen = parsed::<SocketAddr>(fields, listen, "`listen` is not an address and a port", "127.0.0.1:8025");
    let origins = addresses(fields, "origins", true);
    let redirects = addresses(fields, "redirects", false);
    let proxies = fields.strings("trusted_proxies").unwrap_or_default();
    let proxies = proxies.into_iter().filter_map(|text| {
        let address =
            text.value.parse::<IpAddr>().map(IpNet::from).map(|net| net.to_string()).unwrap_or(text.value.clone());
        let text = Located { value: address, span: text.span };
        parsed::<IpNet>(fields, Some(text), "`trusted_proxies` has no address or network here", "127.0.0.1/32")
    });
    let trusted_proxies = proxies.collect();
    let keys = secret(fields, "keys");
    let from = mailbox(fields, "from");
    let mut welcome = None;
    if let Some(mut table) = fields.table("welcome", "[subscribe.welcome]") {
        let posts = table.integer("posts", 0..=20).map_or(3, |posts| posts.value);
        welcome = usize::try_from(posts).ok();
        table.finish();
    }
    let limits = read_limits(fields.table("limits", "[subscribe.limits]"));
    let url = url?;
    let Ok(parsed) = SiteUrl::parse(&url.value) else {
        let message = format!("`endpoint` is not the address of a service: `{}`", url.value);
        let hint = "write where readers reach `letterpress daemon`, such as \"https://example.com/newsletter/\"";
        fields.push(Diagnostic::error("bad-url", message).at(fields.source(), url.span).hint(hint));
        return None;
    };
    Some(Endpoint {
        url: parsed,
        listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8025))),
        origins,
        redirects,
        trusted_proxies,
        keys,
        welcome,
        from,
        limits,
        span: url.span,
    })
}

fn read_limits(fields: Option<Fields<'_>>) -> Limits {
    let default = Limits::default();
    let Some(mut fields) = fields else { return default };
    let mut get = |key, default| {
        let value = fields.integer(key, 1..=1_000_000).map(|value| value.value);
        value.and_then(|value| u32::try_from(value).ok()).unwrap_or(default)
    };
    let limits = Limits {
        network_per_hour: get("network_per_hour", default.network_per_hour),
        address_per_hour: get("address_per_hour", default.address_per_hour),
        domain_per_minute: get("domain_per_minute", default.domain_per_minute),
        total_per_minute: get("total_per_minute", default.total_per_minute),
    };
    fields.finish();
    limits
}

/// Holds every newsletter of a site with an endpoint to having a sender.
pub(in crate::config) fn check_senders(fields: &Fields<'_>, subscribe: &Subscribe, newsletters: &[Newsletter]) {
    let Some(endpoint) = &subscribe.endpoint else { return };
    for newsletter in
        newsletters.iter().filter(|newsletter| endpoint.from.as_ref().or(newsletter.from.as_ref()).is_none())
    {
        let message = format!("`endpoint` needs a sender: the newsletter `{}` has no `from`", newsletter.id);
        let hint = format!("add [newsletters.{}] with from = \"Name <editors@example.com>\"", newsletter.id);
        let diagnostic = Diagnostic::error("missing-key", message).at(fields.source(), endpoint.span.clone());
        fields.push(diagnostic.hint(hint));
    }
}

/// Reads `[[smtp]]`.
pub(in crate::config) fn read_smtp(tables: Vec<Fields<'_>>) -> Vec<Smtp> {
    let mut servers: Vec<Smtp> = Vec::new();
    for mut fields in tables {
        let host = fields.required("host", "add host = \"smtp.example.com\", the server that takes your mail");
        let name = fields.string("name").map(|name| name.value);
        let tls = tls(&mut fields);
        let default = match tls {
            Tls::Implicit => 465,
            Tls::Starttls => 587,
            Tls::None => 25,
        };
        let port = fields.integer("port", 1..=65535).and_then(|port| u16::try_from(port.value).ok());
        let connections = fields.integer("connections", 1..=100).and_then(|count| u16::try_from(count.value).ok());
        let user = fields.string("user").map(|user| user.value);
        let password = secret(&mut fields, "password");
        if user.is_some() != password.is_some() {
            let message = "`user` and `password` of an SMTP server belong together";
            let hint = "add password = { env = \"SMTP_PASSWORD\" }, or remove both";
            fields.push(Diagnostic::error("missing-key", message).at(fields.source(), fields.span()).hint(hint));
        }
        if let Some(host) = host {
            servers.push(Smtp {
                name: name.unwrap_or_else(|| host.value.clone()),
                host: host.value,
                port: port.unwrap_or(default),
                tls,
                user,
                password,
                connections: connections.unwrap_or(2),
            });
        }
        fields.finish();
    }
    servers
}

fn tls(fields: &mut Fields<'_>) -> Tls {
    const WORDS: [(&str, Tls); 3] = [("implicit", Tls::Implicit), ("starttls", Tls::Starttls), ("none", Tls::None)];
    let Some(word) = fields.string("tls") else { return Tls::Starttls };
    let known = WORDS.iter().find(|(known, _)| *known == word.value);
    known.map(|(_, tls)| *tls).unwrap_or_else(|| {
        let hint = suggest::did_you_mean(&word.value, WORDS.iter().map(|(word, _)| *word));
        let hint = hint.unwrap_or_else(|| "one of: implicit, starttls, none".into());
        let message = format!("`tls` does not know `{}`", word.value);
        fields.push(Diagnostic::error("unknown-value", message).at(fields.source(), word.span).hint(hint));
        Tls::Starttls
    })
}

/// Reads `[store]`.
pub(in crate::config) fn read_store(fields: Option<Fields<'_>>) -> StorePlace {
    let Some(mut fields) = fields else { return StorePlace::default() };
    let place = StorePlace { path: fields.string("path"), url: secret(&mut fields, "url") };
    if place.path.is_some() && place.url.is_some() {
        let message = "[store] has both `path` and `url`: the list is in one place";
        let hint = "keep `path` for an SQLite file, or `url` for PostgreSQL";
        fields.push(Diagnostic::error("two-stores", message).at(fields.source(), fields.span()).hint(hint));
    }
    fields.finish();
    place
}

/// `{ env = "NAME" }` or `{ file = "path" }`. A string in its place is the secret itself, which must not stand in a file that goes to git: the message does not repeat it.
fn secret(fields: &mut Fields<'_>, key: &'static str) -> Option<SecretPlace> {
    let node = fields.node(key)?;
    let hint = format!("write {key} = {{ env = \"NAME\" }} or {key} = {{ file = \"path\" }}");
    if !matches!(node.data, Data::Table(_)) {
        let message = format!("`{key}` names where the secret is; the secret itself does not belong into site.toml");
        fields.push(Diagnostic::error("secret-in-file", message).at(fields.source(), node.span).hint(hint));
        return None;
    }
    secret_table(fields, key, node, hint)
}

fn secret_table(fields: &Fields<'_>, key: &str, node: Node, hint: String) -> Option<SecretPlace> {
    let span = node.span.clone();
    let mut table = fields.child(format!("`{key}`"), node);
    let (env, file) = (table.string("env"), table.string("file"));
    table.finish();
    match (env, file) {
        (Some(env), None) => Some(SecretPlace::Env(env.value)),
        (None, Some(file)) => Some(SecretPlace::File(file.value)),
        _ => {
            let message = format!("`{key}` needs one of `env` and `file`");
            fields.push(Diagnostic::error("missing-key", message).at(fields.source(), span).hint(hint));
            None
        }
    }
}

/// A mailbox.
pub(in crate::config) fn mailbox(fields: &mut Fields<'_>, key: &'static str) -> Option<Mailbox> {
    let text = fields.string(key)?;
    match Mailbox::parse(&text.value) {
        Ok(mailbox) => Some(mailbox),
        Err(error) => {
            let message = format!("`{key}` is no mailbox: {error}");
            let hint = "write an address, or \"Name <editors@example.com>\"";
            fields.push(Diagnostic::error("bad-address", message).at(fields.source(), text.span).hint(hint));
            None
        }
    }
}

/// Whole addresses; with `origins` only scheme and host count.
fn addresses(fields: &mut Fields<'_>, key: &'static str, origins: bool) -> Vec<String> {
    let mut good = Vec::new();
    for text in fields.strings(key).unwrap_or_default() {
        let url = url::Url::parse(&text.value).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        match url {
            Some(url) if origins => good.push(url.origin().ascii_serialization()),
            Some(url) => good.push(url.into()),
            None => {
                let message = format!("`{key}` takes whole addresses, not `{}`", text.value);
                let hint = if origins { "https://www.example.com" } else { "https://example.com/thanks/" };
                let diagnostic = Diagnostic::error("bad-url", message).at(fields.source(), text.span);
                fields.push(diagnostic.hint(format!("write \"{hint}\"")));
            }
        }
    }
    good
}

fn parsed<T: FromStr>(fields: &Fields<'_>, text: Option<Located<String>>, wrong: &str, example: &str) -> Option<T> {
    let text = text?;
    let value = text.value.parse().ok();
    if value.is_none() {
        let diagnostic = Diagnostic::error("bad-address", format!("{wrong}: `{}`", text.value));
        fields.push(diagnostic.at(fields.source(), text.span).hint(format!("write \"{example}\"")));
    }
    value
}

#[cfg(test)]
mod tests {
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
