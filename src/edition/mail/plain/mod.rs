//! The plain-text part of a mail, written from the Markdown tree: 72 columns, a pleasure to read, nothing of the markup left, nothing of the text lost.
//!
//! Links are numbered where they stand and listed where the caller wants them; code, formulas and addresses are never broken.

mod from_html;
mod inline;
mod links;
mod table;
#[cfg(test)]
mod tests;
pub mod wrap;
mod writer;

pub use links::Links;

use crate::content::tree::Tree;
use crate::edition::html::Environment;
use crate::edition::html::Part;
use crate::edition::mail::plain::writer::Writer;

/// The widest line, in columns of a terminal; RFC 5322 §2.1.1 asks for 78 at most, and answers put marks before it.
pub const COLUMNS: usize = 72;

/// Writes a tree or its summary: lines end with `\n`, blocks are set apart by one empty line. What links, images and components are is asked of `environment`; addresses go to `links`.
#[must_use]
pub fn write(tree: &Tree<'_>, part: Part, environment: &dyn Environment, links: &mut Links) -> String {
    Writer::new(tree, part, environment, links).write()
}
