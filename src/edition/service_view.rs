//! What a page of the newsletter service shows, beside what every page does.

use serde::Serialize;

/// A masked address as pages show it: no line ends within it (U+2060 after each ellipsis).
#[must_use]
pub fn unbroken(masked: &str) -> String {
    masked.replace('…', "…\u{2060}")
}

/// What one page shows. What it does not need stays empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ServiceView {
    /// Its heading, if not the page's own.
    pub title: Option<String>,
    /// The id of the newsletter that it is about; empty for the default one.
    pub newsletter: String,
    /// The word of the reader's status on it; empty where there is none.
    pub status: String,
    /// The ids of all newsletters, each with the word of the reader's status; empty for none.
    pub newsletters: Vec<(String, String)>,
    /// Where the page's form posts.
    pub action: String,
    /// Its hidden fields.
    pub fields: Vec<Hidden>,
    /// The reader's address, masked.
    pub address: Option<String>,
    /// Words for the reader.
    pub message: Option<String>,
    /// What was wrong with the form.
    pub errors: Vec<FieldError>,
    /// How to take back what was done.
    pub undo: Option<Undo>,
    /// Where another page's form posts: of the page to unsubscribe, the one that asks for a fresh link.
    pub manage: Option<String>,
    /// What was typed into the form, to be shown again.
    pub typed: Typed,
}

/// A hidden field of a form.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Hidden {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name.
    pub field: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// The form that takes back what was done.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Undo {
    /// Where it posts.
    pub action: String,
    /// Its hidden fields.
    pub fields: Vec<Hidden>,
}

/// What was typed into a form.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Typed {
    /// The address.
    pub email: String,
    /// The name, of the lead form; so for what follows.
    pub name: String,
    /// What was chosen.
    pub looking_for: String,
    /// The message.
    pub message: String,
}
