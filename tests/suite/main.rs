//! Whole sites through the whole program: what they become, what their mistakes get, and what stays the same.
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod annotations;
mod errors;
#[cfg(feature = "images")]
mod golden;
mod inheritance;
mod issues;
mod random;
mod rebuild;
mod site;
mod time;
