//! The pages and mails of the newsletter as their owner sees them before any reader does: in the preview, over HTTP, while theme and settings are edited.
#![cfg(all(feature = "newsletter", feature = "preview"))]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "showing/checked.rs"]
mod checked;
#[path = "showing/issues.rs"]
mod issues;
#[path = "showing/mails.rs"]
mod mails;
#[path = "showing/mistakes.rs"]
mod mistakes;
#[path = "showing/pages.rs"]
mod pages;
#[path = "showing/site.rs"]
mod site;
