//! Letters to mail servers: to one that says what a test wants it to, and to Postfix's `smtp-sink`.
#![cfg(feature = "newsletter")]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "smtp/any_answers.rs"]
mod any_answers;
#[path = "smtp/doubt.rs"]
mod doubt;
#[path = "smtp/login.rs"]
mod login;
#[path = "smtp/opening.rs"]
mod opening;
#[path = "smtp/order.rs"]
mod order;
#[path = "smtp/refusals.rs"]
mod refusals;
#[path = "smtp/scripted.rs"]
mod scripted;
#[path = "smtp/sink.rs"]
mod sink;
#[path = "smtp/tls.rs"]
mod tls;
