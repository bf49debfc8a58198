//! The promise of delivery, held to what a mail server counted: every reader once, or visibly in doubt, whatever happens on the way.
#![cfg(all(unix, feature = "newsletter"))]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(unreachable_pub, reason = "these modules are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "delivery/crash.rs"]
mod crash;
#[path = "delivery/faults.rs"]
mod faults;
#[path = "delivery/issue.rs"]
mod issue;
#[path = "delivery/life.rs"]
mod life;
#[path = "list/postgres.rs"]
#[allow(dead_code, reason = "shared with the tests of the list")]
mod postgres;
#[path = "delivery/sink.rs"]
mod sink;
#[path = "delivery/verbs.rs"]
mod verbs;
#[path = "list/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the list")]
mod world;
