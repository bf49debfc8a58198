//! The preview's transport, from outside: raw requests to the server, and a folder under the watcher.
#![cfg(feature = "preview")]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "server/client.rs"]
mod client;
#[path = "server/content.rs"]
mod content;
#[path = "server/events.rs"]
mod events;
#[path = "server/hostile.rs"]
mod hostile;
#[path = "server/waiting.rs"]
mod waiting;
#[path = "server/watching.rs"]
mod watching;
