//! The list of readers as its owner meets it: the built program, on SQLite and on PostgreSQL by the same tests.
#![cfg(feature = "newsletter")]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(unreachable_pub, reason = "these modules are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "list/by_hand.rs"]
mod by_hand;
#[path = "list/exporting.rs"]
mod exporting;
#[path = "list/forgetting.rs"]
mod forgetting;
#[path = "list/importing.rs"]
mod importing;
#[path = "list/keeping.rs"]
mod keeping;
#[path = "list/keys.rs"]
mod keys;
#[cfg(unix)]
#[path = "list/misfortune.rs"]
mod misfortune;
#[path = "list/postgres.rs"]
mod postgres;
#[path = "list/privacy.rs"]
mod privacy;
#[path = "list/world.rs"]
mod world;
