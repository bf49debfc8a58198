//! Which service a roster comes from, by its columns and its file's name.

use std::fmt;

use crate::subscriber::roster::columns::normal;

/// Whose layout a roster has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Our own export.
    Letterpress,
    /// Mailchimp's audience export.
    Mailchimp,
    /// Substack's subscriber list.
    Substack,
    /// Ghost's members.
    Ghost,
    /// Buttondown's subscribers.
    Buttondown,
    /// listmonk's subscribers.
    Listmonk,
    /// Addresses alone, one a line.
    Plain,
    /// Any other columns.
    Other,
}

/// Which part of a Mailchimp audience a file is. The columns do not always tell; the file's name does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `subscribed_…csv`.
    Subscribed,
    /// `unsubscribed_…csv`.
    Unsubscribed,
    /// `cleaned_…csv`: addresses that bounced.
    Cleaned,
    /// `nonsubscribed_…csv`: customers and the like who never subscribed.
    NonSubscribed,
    /// `archived_…csv`: contacts put away by the owner.
    Archived,
}

impl Service {
    /// The word by which consent records and messages call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Letterpress => "letterpress",
            Self::Mailchimp => "mailchimp",
            Self::Substack => "substack",
            Self::Ghost => "ghost",
            Self::Buttondown => "buttondown",
            Self::Listmonk => "listmonk",
            Self::Plain => "plain",
            Self::Other => "csv",
        }
    }

    /// The service whose export has these columns.
    #[must_use]
    pub fn recognised(headers: &[String]) -> Self {
        let names: Vec<String> = headers.iter().map(|header| normal(header)).collect();
        let has = |wanted: &[&str]| wanted.iter().all(|name| names.iter().any(|found| found == name));
        let table: [(&[&str], Self); 12] = [
            (&["email", "newsletter", "status", "suppression", "iphash"], Self::Letterpress),
            (&["leid", "euid"], Self::Mailchimp),
            (&["memberrating", "optintime"], Self::Mailchimp),
            (&["activesubscription", "expiry"], Self::Substack),
            (&["emaildisabled"], Self::Substack),
            (&["stripeplan", "emailsreceived6mo"], Self::Substack),
            (&["subscribedtoemails"], Self::Ghost),
            (&["complimentaryplan"], Self::Ghost),
            (&["uuid", "email", "attributes", "status"], Self::Listmonk),
            (&["emailaddress", "creationdate"], Self::Buttondown),
            (&["email", "subscribertype"], Self::Buttondown),
            (&["emailaddress", "subscribertype"], Self::Buttondown),
        ];
        let found = table.into_iter().find(|(wanted, _)| has(wanted));
        found.map_or(if names.len() == 1 { Self::Plain } else { Self::Other }, |(_, service)| service)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Part {
    /// The part that a file of this name is, in any folder; `None` where the name tells nothing.
    #[must_use]
    pub fn named(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let word = name.split(['_', '.', '-', ' ']).next().unwrap_or_default();
        match word {
            "subscribed" => Some(Self::Subscribed),
            "unsubscribed" => Some(Self::Unsubscribed),
            "cleaned" => Some(Self::Cleaned),
            "nonsubscribed" => Some(Self::NonSubscribed),
            "archived" => Some(Self::Archived),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_by_name() {
        assert_eq!(Part::named("audience_export_1/cleaned_email_audience_export_1.csv"), Some(Part::Cleaned));
        assert_eq!(Part::named("Unsubscribed.csv"), Some(Part::Unsubscribed));
        assert_eq!(Part::named("nonsubscribed_members_export_1.csv"), Some(Part::NonSubscribed));
        assert_eq!(Part::named("my-list.csv"), None);
    }
}
