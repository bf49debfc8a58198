//! Servers that are known: what a `profile` in `[[smtp]]` stands for. What differs between them is data here and nowhere else; whoever sends asks for what a
//! profile says, never for which one it is.
//!
//! Each fact was looked up where the provider tells it; the profile names the page. What no page tells is left out.

use crate::config::site::Config;
use crate::config::smtp::SmtpLimits;
use crate::config::smtp::Tls;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;

/// What is the same for all who send through one kind of server.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// The word in `site.toml`.
    pub name: &'static str,
    /// The host, where there is one for all.
    pub host: Option<&'static str>,
    /// Another host for notices, where there is one.
    pub notices_host: Option<&'static str>,
    /// A host such as it may have, for messages.
    pub host_like: &'static str,
    /// How the connection is secured.
    pub tls: Tls,
    /// Connections at a time.
    pub connections: u16,
    /// How fast letters may go.
    pub limits: SmtpLimits,
    /// Who signs (DKIM).
    pub signs: Signs,
    /// Headers that it writes anew, so that we must not sign ours.
    pub replaces: &'static [&'static str],
    /// Headers that are taken out of letters through it, because it adds its own.
    pub removes: &'static [&'static str],
    /// Whether the address that we give it in `MAIL FROM` is where bounces go.
    pub takes_return_path: bool,
    /// Streams that it keeps apart, by their usual names: of issues and of notices.
    pub streams: Option<(&'static str, &'static str)>,
    /// Header fields for it alone: name, and value with [`PLACES`]. One whose place stays empty is left out.
    pub fields: &'static [(&'static str, &'static str)],
}

/// What stands in the fields of a profile for something of the letter: the token of its delivery; the stream and the configuration set that `site.toml` names;
/// and the campaign and the newsletter of its `Feedback-ID`.
pub const PLACES: [&str; 5] = ["{token}", "{stream}", "{configuration_set}", "{campaign}", "{newsletter}"];

/// Who signs letters (DKIM, RFC 6376).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signs {
    /// We, with the keys of `[[dkim]]`: it leaves letters as they are.
    We,
    /// It: it writes letters anew, which breaks signatures that are there, or nobody says that it does not.
    It,
}

const NO_LIMITS: SmtpLimits = SmtpLimits {
    per_second: None,
    per_hour: None,
    per_day: None,
    domain_per_minute: None,
    domain_connections: None,
    warm_up: None,
};

/// Any server: nothing is assumed.
pub const CUSTOM: Profile = Profile {
    name: "custom",
    host: None,
    notices_host: None,
    host_like: "smtp.example.com",
    tls: Tls::Starttls,
    connections: 2,
    limits: NO_LIMITS,
    signs: Signs::We,
    replaces: &[],
    removes: &[],
    takes_return_path: true,
    streams: None,
    fields: &[],
};

/// Postfix, on this machine unless `host` says otherwise. It sends letters on as they are.
const POSTFIX: Profile = Profile {
    name: "postfix",
    host: Some("localhost"),
    host_like: "localhost",
    tls: Tls::None,
    connections: 4,
    ..CUSTOM
};

/// Amazon SES.
///
/// - Hosts, ports, TLS: <https://docs.aws.amazon.com/ses/latest/dg/smtp-connect.html>.
/// - `Message-ID` and `Date` are overwritten: <https://docs.aws.amazon.com/ses/latest/dg/header-fields.html>; neither may be signed, and a signature of ours
///   otherwise stays: <https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-manual.html>.
/// - Bounces are forwarded to the return path, which may be any address of a domain that is verified:
///   <https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html> (`ReturnPath`).
/// - Configuration set and tags (letters, digits, `-`, `_`): <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html>. Tracking is on only
///   where the configuration set has it on; no header of SMTP turns it off.
/// - It writes a `Feedback-ID` of its own, whose first two parts are tags:
///   <https://aws.amazon.com/about-aws/whats-new/2024/06/amazon-ses-custom-values-feedback-header/>.
const SES: Profile = Profile {
    name: "ses",
    host_like: "email-smtp.eu-central-1.amazonaws.com",
    replaces: &["Message-ID", "Date"],
    removes: &["Feedback-ID"],
    fields: &[
        ("X-SES-CONFIGURATION-SET", "{configuration_set}"),
        ("X-SES-MESSAGE-TAGS", "delivery={token}, ses:feedback-id-a={campaign}, ses:feedback-id-b={newsletter}"),
    ],
    ..CUSTOM
};

/// Postmark.
///
/// - Two hosts, one for each kind of stream, and `X-PM-Message-Stream`: <https://postmarkapp.com/developer/user-guide/send-email-with-smtp>.
/// - `X-PM-TrackOpens` (it cannot overrule a server whose setting is on): <https://postmarkapp.com/developer/user-guide/tracking-opens/tracking-opens-per-email>;
///   `X-PM-TrackLinks`: <https://postmarkapp.com/developer/user-guide/tracking-links>.
/// - `X-PM-Metadata-…` comes back in webhooks: <https://postmarkapp.com/updates/custom-metadata-for-your-emails>.
/// - Without `X-PM-KeepID` it replaces `Message-ID`: so does Symfony's `postmark-mailer` send it.
const POSTMARK: Profile = Profile {
    name: "postmark",
    host: Some("smtp-broadcasts.postmarkapp.com"),
    notices_host: Some("smtp.postmarkapp.com"),
    signs: Signs::It,
    takes_return_path: false,
    streams: Some(("broadcast", "outbound")),
    fields: &[
        ("X-PM-Message-Stream", "{stream}"),
        ("X-PM-Metadata-delivery", "{token}"),
        ("X-PM-KeepID", "true"),
        ("X-PM-TrackOpens", "false"),
        ("X-PM-TrackLinks", "None"),
    ],
    ..CUSTOM
};

/// Mailgun.
///
/// - Headers: <https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/pass-sending-options>; variables come back in webhooks:
///   <https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages> (Attaching Metadata to Messages).
const MAILGUN: Profile = Profile {
    name: "mailgun",
    host: Some("smtp.mailgun.org"),
    signs: Signs::It,
    takes_return_path: false,
    fields: &[("X-Mailgun-Variables", "{\"delivery\": \"{token}\"}"), ("X-Mailgun-Track", "no")],
    ..CUSTOM
};

/// SendGrid.
///
/// - `unique_args` come back in webhooks: <https://www.twilio.com/docs/sendgrid/for-developers/sending-email/unique-arguments>.
/// - Filters: <https://www.twilio.com/docs/sendgrid/for-developers/sending-email/smtp-filters>. Beside links and pixels it can add a line of its own that
///   unsubscribes, and parameters to links.
const SENDGRID: Profile = Profile {
    name: "sendgrid",
    host: Some("smtp.sendgrid.net"),
    signs: Signs::It,
    takes_return_path: false,
    fields: &[(
        "X-SMTPAPI",
        "{\"unique_args\": {\"delivery\": \"{token}\"}, \"filters\": {\"clicktrack\": {\"settings\": {\"enable\": 0}}, \
         \"opentrack\": {\"settings\": {\"enable\": 0}}, \"subscriptiontrack\": {\"settings\": {\"enable\": 0}}, \
         \"ganalytics\": {\"settings\": {\"enable\": 0}}}}",
    )],
    ..CUSTOM
};

/// Brevo.
///
/// - Ports: <https://developers.brevo.com/docs/smtp-integration>. `X-Mailin-custom` comes back in webhooks:
///   <https://developers.brevo.com/docs/transactional-webhooks>. No header turns tracking off.
const BREVO: Profile = Profile {
    name: "brevo",
    host: Some("smtp-relay.brevo.com"),
    signs: Signs::It,
    takes_return_path: false,
    fields: &[("X-Mailin-custom", "delivery:{token}")],
    ..CUSTOM
};

/// Gmail, as one sends through an account. 500 letters a day are those of a personal account; Google Workspace allows 2,000, and `limits` can say so:
/// <https://developer.nylas.com/docs/cookbook/email/gmail-smtp-settings/>, after <https://support.google.com/a/answer/166852>. The account is the sender.
const GMAIL: Profile = Profile {
    name: "gmail",
    host: Some("smtp.gmail.com"),
    limits: SmtpLimits { per_day: Some(500), ..NO_LIMITS },
    signs: Signs::It,
    takes_return_path: false,
    ..CUSTOM
};

/// Microsoft 365, as one sends through a mailbox. Three connections, 30 letters a minute (here 1,800 an hour, and one a second; what is too much for a minute waits there), 10,000 a day:
/// <https://learn.microsoft.com/en-us/exchange/troubleshoot/send-emails/smtp-submission-improvements>. The mailbox is the sender.
const M365: Profile = Profile {
    name: "m365",
    host: Some("smtp.office365.com"),
    connections: 3,
    limits: SmtpLimits { per_second: Some(1), per_hour: Some(1800), per_day: Some(10_000), ..NO_LIMITS },
    signs: Signs::It,
    takes_return_path: false,
    ..CUSTOM
};

/// All of them.
pub static PROFILES: [Profile; 9] = [CUSTOM, POSTFIX, SES, POSTMARK, MAILGUN, SENDGRID, BREVO, GMAIL, M365];

/// The profile of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

/// The profile of servers that name none.
#[must_use]
pub fn custom() -> &'static Profile {
    let [custom, ..] = &PROFILES;
    custom
}

/// Keys of `[[dkim]]` that do not sign what goes through a server, though nothing is wrong with either: for `check`.
#[must_use]
pub fn advice(config: &Config) -> Report {
    let mut report = Report::new();
    if config.dkim.is_empty() {
        return report;
    }
    for smtp in config.smtp.iter().filter(|smtp| smtp.profile.signs == Signs::It) {
        let message = format!(
            "letters through {} are not signed with [[dkim]]: a server of the profile `{}` signs them itself",
            smtp.name, smtp.profile.name
        );
        report.push(
            Diagnostic::warning("signed-by-relay", message)
                .at(&config.source, smtp.span.clone())
                .hint("have it sign for your own domain, by the records that its settings show for the DNS")
                .hint("if it leaves letters as they are, write profile = \"custom\" and set what you need yourself"),
        );
    }
    report
}
