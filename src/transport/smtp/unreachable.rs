//! Why a server could not be used at all: nothing was said about any letter.

use std::fmt;

use crate::value::reply::Outcome;
use crate::value::reply::Reply;
use crate::value::reply::Stage;

/// A connection that never came to `MAIL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// How far it came.
    pub stage: Stage,
    /// What the server said, if it did.
    pub reply: Option<Reply>,
    /// Which server, what is wrong and what to check, in a sentence without its full stop. No secret.
    pub why: Box<str>,
    /// Whether it may work in a while as it is: a server that is busy or away, not one that refuses the password.
    pub passing: bool,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Unreachable {}

impl From<Unreachable> for Outcome {
    fn from(unreachable: Unreachable) -> Self {
        Self::Unreachable(unreachable.why)
    }
}
