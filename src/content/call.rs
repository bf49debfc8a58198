//! A component call in Markdown: `{{<name a="x" n=3 />}}`, or `{% <name> %}` … `{% </name> %}` around Markdown.

use std::ops::Range;

use serde::Deserialize;
use serde::Serialize;

use crate::diagnostic::node::Located;

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The component's name: letters, digits, `_`, `-` and `.`, a letter first.
    pub name: Located<String>,
    /// The arguments as written; no name twice.
    pub arguments: Vec<Argument>,
    /// Bytes of the file: of the call, or of the opening line of an enclosing one.
    pub span: Range<usize>,
    /// Whether it encloses Markdown (which may be nothing).
    pub encloses: bool,
}

/// One argument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// Its name.
    pub name: Located<String>,
    /// Its value.
    #[serde(with = "crate::content::stored::literal")]
    pub value: Located<Literal>,
}

/// The values that an argument may have.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Literal {
    /// `"text"`, with `\"`, `\\` and `\n`.
    String(String),
    /// `3`, `-1`.
    Integer(i64),
    /// `0.5`.
    Float(f64),
    /// `true`, `false`.
    Boolean(bool),
}

impl Literal {
    /// What a person calls this kind of value.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Boolean(_) => "a boolean",
        }
    }
}
