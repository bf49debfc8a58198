//! Issues from the first post to the archive: composed, edited, approved, over years; and the verbs on a site on the disk.
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(all(feature = "newsletter", feature = "images"))]
#[path = "issues/approving.rs"]
mod approving;
#[cfg(feature = "newsletter")]
#[path = "issues/careful.rs"]
mod careful;
#[path = "issues/checking.rs"]
mod checking;
#[path = "issues/command.rs"]
mod command;
#[path = "issues/composing.rs"]
mod composing;
#[path = "issues/simulation.rs"]
mod simulation;
#[cfg(feature = "newsletter")]
#[path = "issues/verbs.rs"]
mod verbs;
#[path = "issues/world.rs"]
mod world;
