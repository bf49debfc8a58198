//! Servers differ: what leaves for each kind of them, where bounces go, how one logs in, and what a copy that arrived says of the way it came.
#![cfg(all(unix, feature = "newsletter"))]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(unreachable_pub, reason = "these modules are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "relays/arriving.rs"]
mod arriving;
#[path = "delivery/issue.rs"]
#[allow(dead_code, reason = "shared with the tests of delivery")]
mod issue;
#[path = "relays/leaving.rs"]
mod leaving;
#[path = "list/postgres.rs"]
#[allow(dead_code, reason = "shared with the tests of the list")]
mod postgres;
#[path = "relays/secure.rs"]
mod secure;
#[path = "delivery/sink.rs"]
#[allow(dead_code, reason = "shared with the tests of delivery")]
mod sink;
#[path = "list/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the list")]
mod world;
