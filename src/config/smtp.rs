//! `[[smtp]]`: servers that take mail to be sent on.

use std::net::IpAddr;
use std::ops::Range;

use crate::config::relay;
use crate::config::relay::Profile;
use crate::config::secret;
use crate::config::secret::SecretPlace;
use crate::diagnostic::fields::Fields;
use crate::diagnostic::node::Located;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::suggest;
use crate::value::return_path::ReturnPath;

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
    /// What kind of server it is.
    pub profile: &'static Profile,
    /// Its host name or address.
    pub host: String,
    /// The host for notices, where that is another one.
    pub notices_host: Option<String>,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub tls: Tls,
    /// A file of authorities to trust beside those of the machine, relative to the site's folder or absolute.
    pub ca: Option<String>,
    /// The name to log in with.
    pub user: Option<String>,
    /// The password to log in with.
    pub password: Option<SecretPlace>,
    /// The access token (OAuth 2.0) to log in with, instead of a password.
    pub token: Option<SecretPlace>,
    /// The way to log in, if not the best of those that are offered.
    pub auth: Option<Auth>,
    /// Connections at a time.
    pub connections: u16,
    /// How fast letters may go to it.
    pub limits: SmtpLimits,
    /// Where bounces go, if not to `from`.
    pub return_path: Option<ReturnPath>,
    /// Its streams for issues and for notices, where it keeps them apart.
    pub streams: Option<(String, String)>,
    /// Its set of settings for our letters.
    pub configuration_set: Option<String>,
    /// Where `site.toml` speaks of it.
    pub span: Range<usize>,
}

/// A way to log in (RFC 4954).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// RFC 4616.
    Plain,
    /// The older way, which some servers have only.
    Login,
    /// With an access token.
    Xoauth2,
}

impl Smtp {
    /// A server without TLS or login at a port of a host; every other setting as by default.
    #[must_use]
    pub fn plain(host: &str, port: u16) -> Self {
        Self {
            name: host.to_owned(),
            profile: relay::custom(),
            host: host.to_owned(),
            notices_host: None,
            port,
            tls: Tls::None,
            ca: None,
            user: None,
            password: None,
            token: None,
            auth: None,
            connections: relay::custom().connections,
            limits: relay::custom().limits,
            return_path: None,
            streams: None,
            configuration_set: None,
            span: 0..0,
        }
    }
}

/// `[smtp.limits]`: how fast letters may go to a server. Without a number there is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SmtpLimits {
    /// Letters a second.
    pub per_second: Option<u32>,
    /// Letters in any hour.
    pub per_hour: Option<u32>,
    /// Letters in any 24 hours.
    pub per_day: Option<u32>,
    /// Letters a minute to the readers of one domain.
    pub domain_per_minute: Option<u32>,
    /// Letters at a time to the readers of one domain.
    pub domain_connections: Option<u16>,
    /// Letters on the first day of a sender whom receivers do not know, and how many more on each further day, in percent.
    pub warm_up: Option<(u32, u32)>,
}

/// Reads `[[smtp]]`. What a table does not say is as its profile has it.
pub(in crate::config) fn read_smtp(tables: Vec<Fields<'_>>) -> Vec<Smtp> {
    tables.into_iter().filter_map(server).collect()
}

fn server(mut fields: Fields<'_>) -> Option<Smtp> {
    let named = fields.has("profile");
    let known = profile(&mut fields);
    let profile = known.unwrap_or_else(relay::custom);
    let is_said = fields.has("host");
    let host = if profile.host.is_some() || named && known.is_none() {
        fields.string("host").map(|host| host.value).or_else(|| profile.host.map(str::to_owned))
    } else {
        let hint = format!("add host = \"{}\", the server that takes your mail", profile.host_like);
        fields.required("host", &hint).map(|host| host.value)
    };
    let name = fields.string("name").map(|name| name.value);
    let tls = one_of(&mut fields, "tls", &TLS).unwrap_or_else(|| match profile.tls {
        // What may cross a machine in the clear may not cross a network.
        Tls::None if !host.as_deref().is_some_and(is_here) => Tls::Starttls,
        tls => tls,
    });
    let port = fields.integer("port", 1..=65535).and_then(|port| u16::try_from(port.value).ok());
    let connections = fields.integer("connections", 1..=100).and_then(|count| u16::try_from(count.value).ok());
    let ca = fields.string("ca");
    if let Some(ca) = ca.as_ref().filter(|_| tls == Tls::None) {
        let message = "`ca` is for TLS, and this server has tls = \"none\"";
        fields.push(
            Diagnostic::error("unused-key", message).at(fields.source(), ca.span.clone()).hint("remove one of them"),
        );
    }
    let user = fields.string("user").map(|user| user.value);
    let password = secret::secret(&mut fields, "password");
    let token = secret::secret(&mut fields, "token");
    let auth = one_of(&mut fields, "auth", &AUTH);
    check_login(&fields, user.is_some(), password.is_some(), token.is_some(), auth);
    let limits = limits(fields.table("limits", "[smtp.limits]"), profile.limits);
    let return_path = return_path(&mut fields, profile);
    let streams = streams(&mut fields, profile);
    let configuration_set = configuration_set(&mut fields, profile);
    let span = fields.span();
    fields.finish();
    let host = host?;
    Some(Smtp {
        name: name.unwrap_or_else(|| host.clone()),
        profile,
        notices_host: profile.notices_host.filter(|_| !is_said).map(str::to_owned),
        host,
        port: port.unwrap_or(match tls {
            Tls::Implicit => 465,
            Tls::Starttls => 587,
            Tls::None => 25,
        }),
        tls,
        ca: ca.map(|ca| ca.value),
        user,
        password,
        auth: auth.or(token.as_ref().map(|_| Auth::Xoauth2)),
        token,
        connections: connections.unwrap_or(profile.connections),
        limits,
        return_path,
        streams,
        configuration_set,
        span,
    })
}

const TLS: [(&str, Tls); 3] = [("implicit", Tls::Implicit), ("starttls", Tls::Starttls), ("none", Tls::None)];
const AUTH: [(&str, Auth); 3] = [("plain", Auth::Plain), ("login", Auth::Login), ("xoauth2", Auth::Xoauth2)];

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

fn profile(fields: &mut Fields<'_>) -> Option<&'static Profile> {
    let known: Vec<(&str, &'static Profile)> = relay::PROFILES.iter().map(|profile| (profile.name, profile)).collect();
    one_of(fields, "profile", &known)
}

fn check_login(fields: &Fields<'_>, user: bool, password: bool, token: bool, auth: Option<Auth>) {
    let wrong = |code, message: &str, hint: &str| {
        fields.push(Diagnostic::error(code, message).at(fields.source(), fields.span()).hint(hint));
    };
    if user != (password || token) {
        let message = "`user` and `password` of an SMTP server belong together";
        wrong("missing-key", message, "add password = { env = \"SMTP_PASSWORD\" }, or remove both");
    }
    if password && token {
        let message = "an SMTP server has both `password` and `token`";
        wrong("two-secrets", message, "keep `token` for OAuth 2.0, or `password` for everything else");
    } else if auth == Some(Auth::Xoauth2) && !token {
        let message = "auth = \"xoauth2\" needs `token`";
        wrong(
            "missing-key",
            message,
            "add token = { file = \"/run/letterpress/token\" }: an access token, read anew for each connection",
        );
    } else if token && auth.is_some_and(|auth| auth != Auth::Xoauth2) {
        wrong(
            "bad-login",
            "`token` is for auth = \"xoauth2\"",
            "remove `auth`, or give a `password` instead of the token",
        );
    }
}

fn return_path(fields: &mut Fields<'_>, profile: &Profile) -> Option<ReturnPath> {
    let text = fields.string("return_path")?;
    let wrong = |code, message: String, hint: &str| {
        fields.push(Diagnostic::error(code, message).at(fields.source(), text.span.clone()).hint(hint));
    };
    if !profile.takes_return_path {
        let message = format!("`return_path` changes nothing: a server of the profile `{}` sets its own", profile.name);
        wrong("unused-key", message, "remove it; what bounces, the provider tells you");
        return None;
    }
    match ReturnPath::parse(&text.value) {
        Ok(path) => Some(path),
        Err(error) => {
            let hint = "write \"bounces+{token}@example.com\", so that each letter has its own, or one address for all, \"bounces@example.com\"";
            wrong("bad-address", format!("`return_path` is no address for bounces: {error}"), hint);
            None
        }
    }
}

/// Names at a provider: they stand in header fields.
fn provider_name(fields: &Fields<'_>, key: &str, name: Located<String>) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if (1..=64).contains(&name.value.len()) && name.value.chars().all(fits) {
        return Some(name.value);
    }
    let message = format!("`{key}` is no name at a provider: `{}`", name.value);
    let hint = "write it as the provider's settings show it: letters, digits, - and _";
    fields.push(Diagnostic::error("bad-name", message).at(fields.source(), name.span).hint(hint));
    None
}

fn unused(fields: &Fields<'_>, key: &str, span: Range<usize>, profile: &Profile) {
    let message = format!("`{key}` is not for a server of the profile `{}`", profile.name);
    fields.push(Diagnostic::error("unused-key", message).at(fields.source(), span).hint("remove it"));
}

fn streams(fields: &mut Fields<'_>, profile: &Profile) -> Option<(String, String)> {
    let usual = profile.streams.map(|(issues, notices)| (issues.to_owned(), notices.to_owned()));
    let Some(mut table) = fields.table("streams", "[smtp.streams]") else { return usual };
    let mut name = |key: &'static str| table.string(key).and_then(|name| provider_name(&table, key, name));
    let (issues, notices) = (name("issues"), name("notices"));
    let span = table.span();
    table.finish();
    let Some(usual) = usual else {
        unused(fields, "streams", span, profile);
        return None;
    };
    Some((issues.unwrap_or(usual.0), notices.unwrap_or(usual.1)))
}

fn configuration_set(fields: &mut Fields<'_>, profile: &Profile) -> Option<String> {
    let name = fields.string("configuration_set")?;
    if !profile.fields.iter().any(|(_, value)| value.contains("{configuration_set}")) {
        unused(fields, "configuration_set", name.span, profile);
        return None;
    }
    provider_name(fields, "configuration_set", name)
}

/// The limits, each as the table says, else as the profile has it.
fn limits(fields: Option<Fields<'_>>, usual: SmtpLimits) -> SmtpLimits {
    let Some(mut fields) = fields else { return usual };
    let mut warm_up = usual.warm_up;
    if let Some(mut table) = fields.table("warm_up", "[smtp.limits.warm_up]") {
        let first = number(&mut table, "first_day", 100_000_000);
        let growth = number(&mut table, "growth", 1000);
        table.finish();
        warm_up = Some((first.unwrap_or(200), growth.unwrap_or(50)));
    }
    let limits = SmtpLimits {
        per_second: number(&mut fields, "per_second", 100_000).or(usual.per_second),
        per_hour: number(&mut fields, "per_hour", 100_000_000).or(usual.per_hour),
        per_day: number(&mut fields, "per_day", 100_000_000).or(usual.per_day),
        domain_per_minute: number(&mut fields, "domain_per_minute", 1_000_000).or(usual.domain_per_minute),
        domain_connections: number(&mut fields, "domain_connections", 100)
            .and_then(|count| u16::try_from(count).ok())
            .or(usual.domain_connections),
        warm_up,
    };
    fields.finish();
    limits
}

fn number(fields: &mut Fields<'_>, key: &'static str, most: i64) -> Option<u32> {
    fields.integer(key, 1..=most).and_then(|number| u32::try_from(number.value).ok())
}

/// The value of a key that takes one of a few words.
fn one_of<T: Copy>(fields: &mut Fields<'_>, key: &'static str, words: &[(&str, T)]) -> Option<T> {
    let word = fields.string(key)?;
    let known = words.iter().find(|(known, _)| *known == word.value);
    if known.is_none() {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let hint = suggest::did_you_mean(&word.value, names.iter().copied());
        let hint = hint.unwrap_or_else(|| format!("one of: {}", names.join(", ")));
        let message = format!("`{key}` does not know `{}`", word.value);
        fields.push(Diagnostic::error("unknown-value", message).at(fields.source(), word.span).hint(hint));
    }
    known.map(|(_, value)| *value)
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
        let (config, report) = read(&Source::new("site.toml", format!("{SITE}{text}")), &Overrides::default());
        (config.unwrap(), report.into_sorted().iter().map(terminal::short).collect())
    }

    #[test]
    fn a_profile_fills_in_what_is_not_said() {
        let (config, found) = config(
            "[[smtp]]\nprofile = \"postmark\"\nuser = \"u\"\npassword = { env = \"P\" }\nstreams = { notices = \"hello\" }\n\
             [[smtp]]\nprofile = \"m365\"\nuser = \"u\"\ntoken = { file = \"token\" }\nlimits = { per_hour = 60 }\n\
             [[smtp]]\nprofile = \"ses\"\nhost = \"email-smtp.eu-west-1.amazonaws.com\"\nconfiguration_set = \"news\"\nreturn_path = \"b+{token}@a.example\"\n\
             [[smtp]]\nprofile = \"postfix\"\n[[smtp]]\nprofile = \"postfix\"\nhost = \"mail.a.example\"\nca = \"own.pem\"\n[[smtp]]\nhost = \"c\"\n",
        );
        assert_eq!(found, [""; 0]);
        let [postmark, m365, ses, here, there, plain] = config.smtp.as_slice() else { panic!("six servers") };
        assert_eq!(
            (&*postmark.host, postmark.notices_host.as_deref()),
            ("smtp-broadcasts.postmarkapp.com", Some("smtp.postmarkapp.com"))
        );
        assert_eq!(postmark.streams, Some(("broadcast".into(), "hello".into())));
        assert_eq!((m365.auth, m365.connections), (Some(Auth::Xoauth2), 3));
        let limits =
            SmtpLimits { per_second: Some(1), per_hour: Some(60), per_day: Some(10_000), ..SmtpLimits::default() };
        assert_eq!(m365.limits, limits);
        assert_eq!(ses.configuration_set.as_deref(), Some("news"));
        assert!(ses.return_path.as_ref().unwrap().is_own());
        assert_eq!((&*here.host, here.tls, here.port), ("localhost", Tls::None, 25));
        assert_eq!((there.tls, there.port, there.ca.as_deref()), (Tls::Starttls, 587, Some("own.pem")));
        assert_eq!((plain.profile.name, plain.tls, plain.port, plain.connections), ("custom", Tls::Starttls, 587, 2));
    }

    #[test]
    fn every_mistake_at_once() {
        let (_, found) = config(
            "[[smtp]]\nprofile = \"postmrk\"\n[[smtp]]\nprofile = \"ses\"\n[[smtp]]\nprofile = \"brevo\"\nreturn_path = \"b@a.example\"\nstreams = { issues = \"x\" }\nconfiguration_set = \"x\"\n\
             [[smtp]]\nhost = \"c\"\nreturn_path = \"bounces\"\nca = \"own.pem\"\ntls = \"none\"\n\
             [[smtp]]\nhost = \"d\"\nuser = \"u\"\npassword = { env = \"P\" }\ntoken = { env = \"T\" }\nauth = \"xoauth\"\n\
             [[smtp]]\nhost = \"e\"\nuser = \"u\"\npassword = { env = \"P\" }\nauth = \"xoauth2\"\n\
             [[smtp]]\nhost = \"f\"\nuser = \"u\"\ntoken = { env = \"T\" }\nauth = \"plain\"\n\
             [[smtp]]\nprofile = \"postmark\"\nstreams = { issues = \"a\\r\\nBcc: b\" }\n[[smtp]]\nhost = \"g\"\ntoken = \"hunter2\"\n",
        );
        for part in [
            "`profile` does not know `postmrk` [unknown-value]; did you mean `postmark`?",
            "[[smtp]] has no `host` [missing-key]; add host = \"email-smtp.eu-central-1.amazonaws.com\"",
            "`return_path` changes nothing: a server of the profile `brevo` sets its own [unused-key]; remove it; what bounces, the provider tells you",
            "`streams` is not for a server of the profile `brevo` [unused-key]; remove it",
            "`configuration_set` is not for a server of the profile `brevo`",
            "`return_path` is no address for bounces: not an e-mail address [bad-address]; write \"bounces+{token}@example.com\"",
            "`ca` is for TLS, and this server has tls = \"none\" [unused-key]; remove one of them",
            "an SMTP server has both `password` and `token` [two-secrets]; keep `token` for OAuth 2.0",
            "`auth` does not know `xoauth` [unknown-value]; did you mean `xoauth2`?",
            "auth = \"xoauth2\" needs `token` [missing-key]; add token = { file = \"/run/letterpress/token\" }",
            "`token` is for auth = \"xoauth2\" [bad-login]; remove `auth`",
            "`issues` is no name at a provider",
            "`token` names where the secret is; the secret itself does not belong into site.toml",
        ] {
            assert!(found.iter().any(|line| line.contains(part)), "{part}\nin {found:#?}");
        }
        assert!(!found.iter().any(|line| line.contains("hunter2")), "the secret stays out of messages");
    }

    #[test]
    fn keys_that_do_not_sign_are_spoken_of() {
        let dkim = "[[dkim]]\nselector = \"lp\"\nkey = { env = \"K\" }\n";
        let advice =
            |text: &str| relay::advice(&config(text).0).into_sorted().iter().map(terminal::short).collect::<Vec<_>>();
        let servers = "[[smtp]]\nprofile = \"sendgrid\"\n[[smtp]]\nprofile = \"ses\"\nhost = \"x\"\n[[smtp]]\nprofile = \"postfix\"\n";
        let [one] = &advice(&format!("{servers}{dkim}"))[..] else { panic!("one of three") };
        assert!(
            one.starts_with("site.toml:3:1: warning: letters through smtp.sendgrid.net are not signed with [[dkim]]: a server of the profile `sendgrid` signs them itself [signed-by-relay]; have it sign"),
            "{one}"
        );
        assert_eq!(advice(servers), [""; 0]);
    }
}
