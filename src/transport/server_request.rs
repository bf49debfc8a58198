//! A request, looked through before anything is looked up: its method, the host it was sent to, and its path.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use percent_encoding::percent_decode_str;
use url::Host;

/// What a client asked for. That it was sent to one of our hosts, by GET or HEAD, has been seen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The path, percent-decoded: it begins with `/`, and none of its parts is `.` or `..`, is empty (but for the last) or leads elsewhere on any system.
    pub path: String,
    /// The query, as it was sent.
    pub query: Option<String>,
    /// The host and port it was sent to (`localhost:3000`), as the browser names them.
    pub host: String,
    /// Whether the client would rather have a page than anything else: a person looks at what comes.
    pub wants_html: bool,
}

/// Why a request is not even looked up, in a sentence for whoever sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) reason: String,
}

impl Asked {
    /// The value of the query's parameter `name`, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let pairs = url::form_urlencoded::parse(self.query.as_deref()?.as_bytes());
        pairs.into_iter().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }
}

/// Looks a request through. `hosts` are names to answer for beside our own, `reached` is the address that the client connected to.
pub(crate) fn read(head: &Parts, hosts: &[Host], reached: IpAddr) -> Result<Asked, Refusal> {
    let host = checked_host(&head.headers, hosts, reached)?;
    if head.method != Method::GET && head.method != Method::HEAD {
        let reason = "The preview only shows: it answers GET and HEAD.";
        return Err(refusal(StatusCode::METHOD_NOT_ALLOWED, reason));
    }
    if head.uri.scheme().is_some() || head.uri.authority().is_some() {
        return Err(refusal(StatusCode::BAD_REQUEST, "The preview is no proxy: ask for a path."));
    }
    let path = decoded(head.uri.path())
        .ok_or_else(|| refusal(StatusCode::BAD_REQUEST, "This path cannot be the address of anything on this site."))?;
    let accepted = head.headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let wants_html = accepted.flat_map(|value| value.split(',')).any(|range| range.trim().starts_with("text/html"));
    Ok(Asked { path, query: head.uri.query().map(str::to_owned), host, wants_html })
}

/// Whether a page of another origin sent the request (it may not listen to what is written here). A browser says so in either of two headers.
pub(crate) fn is_foreign(headers: &HeaderMap, host: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let site = text("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    let origin = text("origin").is_some_and(|origin| {
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        !authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    });
    site || origin
}

/// The host that a name, an IPv4 address or an IPv6 address (in brackets or not) stands for, in the one way of writing it.
pub(crate) fn host(name: &str) -> Option<Host> {
    match name.parse() {
        Ok(IpAddr::V6(address)) => Some(Host::Ipv6(address)),
        Ok(IpAddr::V4(address)) => Some(Host::Ipv4(address)),
        Err(_) => Host::parse(name).ok(),
    }
}

/// The one `Host` header, where it names us. A page of another site can make its own name lead to this machine (DNS rebinding) and would then read
/// the drafts; its browser still says that name here.
fn checked_host(headers: &HeaderMap, hosts: &[Host], reached: IpAddr) -> Result<String, Refusal> {
    let bad = |reason| refusal(StatusCode::BAD_REQUEST, reason);
    let mut values = headers.get_all(header::HOST).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(bad("A request needs exactly one Host header."));
    };
    let authority = value.to_str().ok().and_then(|value| value.parse::<Authority>().ok());
    let authority = authority.filter(|authority| !authority.as_str().contains('@'));
    let named = authority.as_ref().and_then(|authority| host(authority.host()));
    let (Some(authority), Some(named)) = (authority, named) else {
        return Err(bad("The Host header is not a host name."));
    };
    if is_ours(&named, reached) || hosts.contains(&named) {
        return Ok(authority.as_str().to_owned());
    }
    let reason = format!(
        "The preview answers only for its own host names, and {named} is none of them. If it should be, start it with `--host {named}`."
    );
    Err(refusal(StatusCode::FORBIDDEN, &reason))
}

/// Whether a host is this machine by definition (RFC 6761), or the address that the client in fact reached.
fn is_ours(named: &Host, reached: IpAddr) -> bool {
    match named {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => *address == Ipv4Addr::LOCALHOST || IpAddr::V4(*address) == reached.to_canonical(),
        Host::Ipv6(address) => *address == Ipv6Addr::LOCALHOST || IpAddr::V6(*address) == reached,
    }
}

/// A path, percent-decoded once; none where a part of it could lead anywhere but down from the site's root.
fn decoded(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let mut decoded = String::with_capacity(path.len());
    for (at, part) in parts.iter().enumerate() {
        let part = percent_decode_str(part).decode_utf8().ok()?;
        let is_last = at + 1 == parts.len();
        if (part.is_empty() && !is_last) || leads_away(&part) {
            return None;
        }
        // Nobody writes this but to get past whoever decodes a second time.
        if leads_away(&percent_decode_str(&part).decode_utf8_lossy()) {
            return None;
        }
        decoded.push('/');
        decoded.push_str(&part);
    }
    Some(decoded)
}

/// Whether a decoded part of a path is more than a name. On Windows `C:` begins another path, and `a:b` is a part of the file `a`.
fn leads_away(part: &str) -> bool {
    let leads = |c: char| c == '/' || c == '\\' || c.is_control() || (cfg!(windows) && c == ':');
    part == "." || part == ".." || part.contains(leads)
}

fn refusal(status: StatusCode, reason: &str) -> Refusal {
    Refusal { status, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn paths_are_decoded_once() {
        for (path, expected) in [
            ("/", "/"),
            ("/a/", "/a/"),
            ("/a%20b/%C3%A4.html", "/a b/ä.html"),
            ("/100%25.html", "/100%.html"),
            ("/...", "/..."),
            ("/.well-known/x", "/.well-known/x"),
            ("/a..b", "/a..b"),
            ("/100%", "/100%"),
        ] {
            assert_eq!(decoded(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn no_path_leads_away() {
        for path in [
            "",
            "*",
            "a",
            "//",
            "//evil.example/",
            "/a//b",
            "/..",
            "/../",
            "/a/../b",
            "/./a",
            "/%2e%2e/a",
            "/%2E%2e/a",
            "/.%2e/a",
            "/%2e/a",
            "/a%2fb",
            "/..%2f..%2fetc/passwd",
            "/..%5c..%5cwin.ini",
            "/a\\..\\b",
            "/%5c%5chost/share",
            "/%252e%252e/a",
            "/%252e%252e%252fa",
            "/a%252fb",
            "/%00",
            "/a%00.html",
            "/a%2500.html",
            "/%0d%0aX: y",
            "/%c0%ae%c0%ae/a",
            "/%e0%80%ae/a",
            "/%c0%af",
            "/%ff",
        ] {
            assert_eq!(decoded(path), None, "{path}");
        }
    }
}
