//! The endpoint's part of `[subscribe]`: what `letterpress daemon` listens to, and whom it believes.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::ops::Range;
use std::str::FromStr;

use ipnet::IpNet;

use crate::config::blocks::Subscribe;
use crate::config::newsletter;
use crate::config::newsletter::Newsletter;
use crate::config::secret;
use crate::config::secret::SecretPlace;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::value::mailbox::Mailbox;
use crate::value::url::SiteUrl;

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
    let keys = secret::secret(fields, "keys");
    let from = newsletter::mailbox(fields, "from");
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
        let hint = "write where readers reach `letterpress daemon`, such as \"https://example.com/letters/\"";
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
