//! `letterpress daemon` as its readers and its owner meet it: the built program, a list on SQLite and on PostgreSQL, and a mail server that takes, refuses, or hangs up.
#![cfg(all(unix, feature = "newsletter"))]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "daemon/bad_days.rs"]
mod bad_days;
#[path = "daemon/clock.rs"]
mod clock;
#[path = "daemon/house.rs"]
mod house;
#[path = "daemon/journey.rs"]
mod journey;
#[path = "daemon/killed.rs"]
mod killed;
#[path = "daemon/mail.rs"]
mod mail;
#[path = "daemon/office.rs"]
mod office;
#[path = "daemon/pair.rs"]
mod pair;
#[allow(dead_code, unreachable_pub, reason = "shared with the tests of the list")]
#[path = "list/postgres.rs"]
mod postgres;
#[path = "daemon/quiet.rs"]
mod quiet;
#[path = "daemon/sending.rs"]
mod sending;
#[path = "daemon/sink.rs"]
mod sink;
#[path = "daemon/web.rs"]
mod web;
