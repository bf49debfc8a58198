//! A request to the newsletter's endpoint, as far as it may be believed: who sent it, what it names, and its form.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::Request;
use axum::http::StatusCode;
use axum::http::header;
use hyper::body::Incoming;
use ipnet::IpNet;
use ipnet::Ipv4Net;
use ipnet::Ipv6Net;

/// Octets that a body may have; forms are small.
pub const BODY: usize = 4096;
/// Fields that a form may have.
const FIELDS: usize = 64;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// GET and HEAD: nothing changes.
    Look,
    /// POST.
    Act,
    /// OPTIONS: whether a script of another origin may ask.
    Options,
}

/// The page from which a browser says the request comes (RFC 6454 §7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Not said: no browser, or a link.
    Unsaid,
    /// Said to be none of anybody's business, as pages without a referrer do.
    Hidden,
    /// `https://example.com`.
    At(String),
}

/// A request.
#[derive(Clone)]
pub struct Call {
    /// What it wants.
    pub verb: Verb,
    /// Its path below the endpoint's address, without a slash at its beginning and without query: `confirm/…`. It may hold a token: for no log.
    pub path: String,
    /// Names and values of the form, in order; empty for a look.
    pub form: Vec<(String, String)>,
    /// The page that it comes from.
    pub origin: Origin,
    /// The page that it was sent from, as far as the browser says (`Referer`).
    pub referrer: Option<String>,
    /// Whether the answer goes to a script (`Accept: application/json`), and not to a person.
    pub wants_json: bool,
    /// Who asks.
    pub ip: IpAddr,
}

/// Why a request is not looked at any further: a status, and a word for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub StatusCode, pub &'static str);

impl Call {
    /// The last value of a form's field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.form.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// All values of a form's field.
    pub fn fields<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.form.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The network that limits are counted for: the address for IPv4, the /64 for IPv6, which is what one subscriber line has.
    #[must_use]
    pub fn network(&self) -> IpNet {
        match self.ip.to_canonical() {
            IpAddr::V4(ip) => IpNet::V4(Ipv4Net::from(ip)),
            IpAddr::V6(ip) => Ipv6Net::new(ip, 64).map_or(IpNet::V6(Ipv6Net::from(ip)), |net| IpNet::V6(net.trunc())),
        }
    }
}

/// Reads a request from `peer` to the endpoint whose addresses are below the path `root`. What the whole body takes is bounded by `time`.
///
/// # Errors
/// [`Refused`] for another method, a body over [`BODY`] octets, one that comes too slowly, or is no form.
pub(in crate::transport) async fn read(
    request: Request<Incoming>,
    peer: IpAddr,
    root: &str,
    trusted: &[IpNet],
    time: Duration,
) -> Result<Call, Refused> {
    let (head, body) = request.into_parts();
    let verb = match head.method {
        Method::GET | Method::HEAD => Verb::Look,
        Method::POST => Verb::Act,
        Method::OPTIONS => Verb::Options,
        _ => return Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")),
    };
    let path = head.uri.path();
    // A proxy may have taken the prefix away already.
    let path = path.strip_prefix(root).unwrap_or_else(|| path.trim_start_matches('/')).to_owned();
    let ip = client(peer, &head.headers, trusted);
    let origin = match head.headers.get(header::ORIGIN).map(|value| value.to_str()) {
        None => Origin::Unsaid,
        Some(Ok(text)) if text != "null" => Origin::At(text.to_ascii_lowercase()),
        Some(_) => Origin::Hidden,
    };
    let referrer = head.headers.get(header::REFERER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let accept = head.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wants_json = accept.split(',').next().is_some_and(|first| first.trim().starts_with("application/json"));
    let mut form = Vec::new();
    if verb == Verb::Act {
        let kind = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let octets = tokio::time::timeout(time, axum::body::to_bytes(Body::new(body), BODY)).await;
        let octets = octets.map_err(|_| Refused(StatusCode::REQUEST_TIMEOUT, "the request came too slowly"))?;
        let octets = octets.map_err(|_| Refused(StatusCode::PAYLOAD_TOO_LARGE, "the form is too large"))?;
        form = read_form(kind, &octets).await?;
    }
    Ok(Call { verb, path, form, origin, referrer, wants_json, ip })
}

/// Urlencoded (the URL standard §5) or multipart (RFC 7578). No body at all is an empty form.
async fn read_form(kind: &str, octets: &[u8]) -> Result<Vec<(String, String)>, Refused> {
    const NO_FORM: Refused = Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "that was no form");
    const BAD_FORM: Refused = Refused(StatusCode::BAD_REQUEST, "the form cannot be read");
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let mut form = Vec::new();
    if octets.is_empty() {
        return Ok(form);
    }
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let pairs = url::form_urlencoded::parse(octets);
        form.extend(pairs.take(FIELDS + 1).map(|(name, value)| (name.into_owned(), value.into_owned())));
    } else if essence.eq_ignore_ascii_case("multipart/form-data") {
        let boundary = multer::parse_boundary(kind).map_err(|_| BAD_FORM)?;
        let mut parts = multer::Multipart::with_reader(octets, boundary);
        while let Some(part) = parts.next_field().await.map_err(|_| BAD_FORM)? {
            let name = part.name().unwrap_or_default().to_owned();
            form.push((name, part.text().await.map_err(|_| BAD_FORM)?));
            if form.len() > FIELDS {
                break;
            }
        }
    } else {
        return Err(NO_FORM);
    }
    if form.len() > FIELDS { Err(BAD_FORM) } else { Ok(form) }
}

/// Who asks: the peer, or where that is a proxy that we trust, the last address of `X-Forwarded-For` that is none. What stands before it, anybody can write.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(&ip.to_canonical()) || net.contains(ip));
    if !is_trusted(&peer) {
        return peer.to_canonical();
    }
    let values: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    let mut seen = peer;
    for word in values.iter().flat_map(|value| value.split(',')).rev() {
        let Ok(ip) = word.trim().parse::<IpAddr>() else { break };
        seen = ip;
        if !is_trusted(&ip) {
            break;
        }
    }
    seen.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        values.iter().for_each(|value| {
            headers.append("x-forwarded-for", value.parse().unwrap());
        });
        headers
    }

    #[test]
    fn proxies_are_believed_only_if_trusted() {
        let trusted: Vec<IpNet> = vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        let asks = |peer: &str, values: &[&str], trusted: &[IpNet]| {
            client(peer.parse().unwrap(), &headers(values), trusted).to_string()
        };
        assert_eq!(asks("127.0.0.1", &["192.0.2.1"], &[]), "127.0.0.1", "nobody is trusted unless told");
        assert_eq!(asks("127.0.0.1", &["192.0.2.1"], &trusted), "192.0.2.1");
        assert_eq!(asks("127.0.0.1", &["6.6.6.6, 192.0.2.1, 10.0.0.7"], &trusted), "192.0.2.1", "the first is forged");
        assert_eq!(asks("127.0.0.1", &["6.6.6.6", "192.0.2.1"], &trusted), "192.0.2.1");
        assert_eq!(asks("192.0.2.9", &["6.6.6.6"], &trusted), "192.0.2.9", "no proxy of ours");
        assert_eq!(asks("127.0.0.1", &["nonsense"], &trusted), "127.0.0.1");
        assert_eq!(asks("::ffff:127.0.0.1", &["2001:db8::1"], &trusted), "2001:db8::1");
    }

    #[test]
    fn networks() {
        let network = |ip: &str| {
            let call = Call {
                verb: Verb::Look,
                path: String::new(),
                form: Vec::new(),
                origin: Origin::Unsaid,
                referrer: None,
                wants_json: false,
                ip: ip.parse().unwrap(),
            };
            call.network().to_string()
        };
        assert_eq!(network("192.0.2.7"), "192.0.2.7/32");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7/32");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    }
}
