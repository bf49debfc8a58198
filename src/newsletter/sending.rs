//! Where the sending of an issue stands.

use std::fmt;

/// Where the sending of an issue stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sending {
    /// It goes on whenever somebody is there to send.
    Open,
    /// Nobody sends it until it is resumed.
    Paused,
    /// What had not left never will.
    Cancelled,
    /// Nothing is left to send. (Something may be in doubt.)
    Finished,
}

impl Sending {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Paused, Self::Cancelled, Self::Finished];

    /// The word in the database and in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "sending",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Finished => "sent",
        }
    }

    /// Reads [`Sending::word`], and nothing else.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

impl fmt::Display for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for state in Sending::ALL {
            assert_eq!(Sending::parse(&state.to_string()), Some(state));
        }
        assert_eq!(Sending::parse("open"), None);
    }
}
