//! What a reader agreed to, and the proof of it (GDPR Art. 7(1)): plain facts, appended and never changed.

use jiff::Timestamp;

/// Where a consent came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The reader filled in the site's form.
    Form,
    /// A roster was imported.
    Import {
        /// The file's name, without its folder.
        file: Box<str>,
        /// The service whose layout it had: `mailchimp`, `plain` …
        service: Box<str>,
    },
    /// The site's owner added the address.
    Hand,
}

/// Which step a [`Record`] proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The reader asked to be subscribed.
    Asked,
    /// The reader pressed the button behind the mailed link.
    Confirmed,
    /// The reader left.
    Withdrew,
    /// The reader took the leaving back, within a day.
    Undid,
}

/// One line of the consent ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What the reader did.
    pub step: Step,
    /// When, to the microsecond.
    pub at: Timestamp,
    /// The id of the newsletter.
    pub newsletter: Box<str>,
    /// The address of the page with the form.
    pub page: Option<Box<str>>,
    /// The words agreed to, or the name of their version.
    pub wording: Option<Box<str>>,
    /// How it came to the list.
    pub source: Source,
    /// A keyed hash of the IP address; opaque.
    pub ip_hash: Option<Box<[u8]>>,
}

/// All that is known of one reader's consent to one newsletter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// When the reader asked.
    pub asked: Option<Timestamp>,
    /// When the reader confirmed.
    pub confirmed: Option<Timestamp>,
    /// When the reader left.
    pub withdrew: Option<Timestamp>,
    /// The address of the page with the form.
    pub page: Option<Box<str>>,
    /// The words agreed to, or the name of their version.
    pub wording: Option<Box<str>>,
    /// How it came to the list.
    pub source: Source,
    /// A keyed hash of the IP address; opaque.
    pub ip_hash: Option<Box<[u8]>>,
}

impl Source {
    /// The word in files and in the database: `form`, `import` or `hand`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Import { .. } => "import",
            Self::Hand => "hand",
        }
    }
}

impl Step {
    /// The word in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Confirmed => "confirmed",
            Self::Withdrew => "withdrew",
            Self::Undid => "undid",
        }
    }
}

impl Consent {
    /// A consent of which nothing is known but where it came from.
    #[must_use]
    pub fn unproved(source: Source) -> Self {
        Self { asked: None, confirmed: None, withdrew: None, page: None, wording: None, source, ip_hash: None }
    }

    /// Of two accounts of one consent: the earliest request and confirmation, the latest withdrawal, and page, wording, source and IP of the account whose
    /// request (else confirmation) is earlier. The other account fills what that one leaves open. Which comes first makes no difference to the times.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        let when = |consent: &Self| consent.asked.or(consent.confirmed).unwrap_or(Timestamp::MAX);
        let (first, second) = if when(&other) < when(&self) { (other, self) } else { (self, other) };
        let earliest = |one: Option<Timestamp>, two: Option<Timestamp>| one.into_iter().chain(two).min();
        Self {
            asked: earliest(first.asked, second.asked),
            confirmed: earliest(first.confirmed, second.confirmed),
            withdrew: first.withdrew.max(second.withdrew),
            page: first.page.or(second.page),
            wording: first.wording.or(second.wording),
            source: first.source,
            ip_hash: first.ip_hash.or(second.ip_hash),
        }
    }

    /// The lines that the ledger gets for it: one for each step whose time is known, in the order in which they happened.
    #[must_use]
    pub fn records(&self, newsletter: &str) -> Vec<Record> {
        let steps = [(Step::Asked, self.asked), (Step::Confirmed, self.confirmed), (Step::Withdrew, self.withdrew)];
        let record = |(step, at): (Step, Option<Timestamp>)| {
            Some(Record {
                step,
                at: at?,
                newsletter: newsletter.into(),
                page: self.page.clone(),
                wording: self.wording.clone(),
                source: self.source.clone(),
                ip_hash: self.ip_hash.clone(),
            })
        };
        let mut records: Vec<Record> = steps.into_iter().filter_map(record).collect();
        records.sort_by_key(|record| record.at);
        records
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Option<Timestamp> {
        Some(Timestamp::from_second(second).unwrap())
    }

    #[test]
    fn the_earliest_consent_is_kept_with_its_page() {
        let early = Consent { asked: at(10), page: Some("/a".into()), ..Consent::unproved(Source::Form) };
        let late = Consent {
            asked: at(20),
            confirmed: at(30),
            withdrew: at(40),
            page: Some("/b".into()),
            wording: Some("v1".into()),
            ..Consent::unproved(Source::Hand)
        };
        let merged = early.clone().merged(late.clone());
        assert_eq!(merged, late.merged(early));
        assert_eq!((merged.asked, merged.confirmed, merged.withdrew), (at(10), at(30), at(40)));
        assert_eq!((merged.page.as_deref(), merged.wording.as_deref()), (Some("/a"), Some("v1")));
        assert_eq!(merged.source, Source::Form);
    }

    #[test]
    fn the_ledger_gets_a_line_a_step() {
        let consent = Consent { asked: at(1), confirmed: at(2), ..Consent::unproved(Source::Form) };
        let records = consent.records("digest");
        assert_eq!(records.iter().map(|r| r.step.word()).collect::<Vec<_>>(), ["asked", "confirmed"]);
        assert!(records.iter().all(|r| &*r.newsletter == "digest" && r.source.word() == "form"));
        assert!(Consent::unproved(Source::Hand).records("digest").is_empty());
    }
}
