//! What a notice's text needs beside the reader: kept with the mailing as JSON until the notice is settled.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::newsletter::mailing::NoticeKind;

/// What one notice needs. Welcome and "you are subscribed already" need nothing and have none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum NoticeData {
    /// The link that confirms.
    Confirm {
        /// Its id, 32 hexadecimal digits; the token is made when the notice is sent.
        link: String,
    },
    /// The link to everything about one reader.
    FreshLink {
        /// Its id, as above.
        link: String,
    },
    /// The link that takes the new address into use.
    AddressChange {
        /// Its id, as above.
        link: String,
    },
    /// What somebody wrote in the lead form.
    Lead(Lead),
}

/// What somebody wrote in the lead form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    /// Who.
    pub name: String,
    /// Where to answer to: an address that was read by [`crate::value::address::EmailAddress::parse`].
    pub email: String,
    /// Which of the form's answers was chosen; empty where it has none.
    pub looking_for: String,
    /// The message; lines end with `\n`.
    pub message: String,
}

impl NoticeData {
    /// Data for a link, where the notice has one.
    #[must_use]
    pub fn of_link(kind: NoticeKind, id: [u8; 16]) -> Option<Self> {
        let link = data_encoding::HEXLOWER.encode(&id);
        match kind {
            NoticeKind::Confirm => Some(Self::Confirm { link }),
            NoticeKind::FreshLink => Some(Self::FreshLink { link }),
            NoticeKind::AddressChange => Some(Self::AddressChange { link }),
            NoticeKind::Welcome | NoticeKind::AlreadySubscribed | NoticeKind::Lead => None,
        }
    }

    /// Which notice it is for.
    #[must_use]
    pub fn kind(&self) -> NoticeKind {
        match self {
            Self::Confirm { .. } => NoticeKind::Confirm,
            Self::FreshLink { .. } => NoticeKind::FreshLink,
            Self::AddressChange { .. } => NoticeKind::AddressChange,
            Self::Lead(_) => NoticeKind::Lead,
        }
    }

    /// The id of its link.
    #[must_use]
    pub fn link(&self) -> Option<[u8; 16]> {
        match self {
            Self::Confirm { link } | Self::FreshLink { link } | Self::AddressChange { link } => {
                data_encoding::HEXLOWER.decode(link.as_bytes()).ok()?.try_into().ok()
            }
            Self::Lead(_) => None,
        }
    }

    /// The text that the store keeps.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Texts alone, so nothing that JSON cannot hold.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads [`NoticeData::to_text`]; `None` where it is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// Without the link: who has it can use it. And without what people wrote.
impl fmt::Debug for NoticeData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoticeData({})", self.kind())
    }
}

/// Without what is written there.
impl fmt::Debug for Lead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lead").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_reads_back() {
        let lead = Lead {
            name: "Jane \"J\" Doe".into(),
            email: "jane@example.com".into(),
            looking_for: "".into(),
            message: "Hello,\n\u{1f600}".into(),
        };
        let links = NoticeKind::ALL.into_iter().filter_map(|kind| NoticeData::of_link(kind, [7; 16]));
        for data in links.chain([NoticeData::Lead(lead)]) {
            assert_eq!(NoticeData::parse(&data.to_text()), Some(data.clone()));
            assert_eq!(data.link(), (data.kind() != NoticeKind::Lead).then_some([7; 16]));
            let shown = format!("{data:?}");
            assert!(!shown.contains("0707") && !shown.contains("example.com"), "{shown}");
        }
        assert_eq!(NoticeData::parse("{}"), None);
        assert_eq!(NoticeData::Confirm { link: "zz".into() }.link(), None);
    }
}
