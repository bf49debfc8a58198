//! Rosters: the list as a CSV file, ours or another service's.
//!
//! ```text
//! bytes ── read: CSV, or ZIP of CSVs ── text: encoding, separator, lines ── rows: cells to entries and complaints ── plan: duplicates, what will happen
//! entries ── write: bytes that read back to the same entries
//! ```
//!
//! A file is looked through twice: once for the plan, which is shown, and once to carry it out. In between, memory holds sixteen octets and a line number for
//! each address, and whole entries only where one address stands in several rows.

pub mod cell;
pub mod columns;
pub mod complaint;
pub mod entry;
#[cfg(test)]
mod examples;
pub mod moment;
pub mod plan;
pub mod read;
pub mod rows;
pub mod service;
pub mod text;
pub mod write;
