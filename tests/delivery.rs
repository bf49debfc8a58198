//! The promise of delivery, held to what a mail server counted: every reader once, or visibly in doubt, whatever happens on the way.
#![cfg(all(unix, feature = "newsletter"))]
#![allow(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![allow(unreachable_pub, reason = "these modules are shared with other tests")]
#![allow(clippy::print_stdout, reason = "what was not tested is told")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "delivery/accounts.rs"]
mod accounts;
#[path = "delivery/certificate.rs"]
mod certificate;
#[path = "delivery/clock.rs"]
mod clock;
#[path = "delivery/crash.rs"]
mod crash;
#[path = "delivery/database.rs"]
mod database;
#[path = "delivery/ended.rs"]
mod ended;
#[path = "delivery/faults.rs"]
mod faults;
#[path = "delivery/issue.rs"]
mod issue;
#[path = "delivery/ledger.rs"]
mod ledger;
#[path = "delivery/life.rs"]
mod life;
#[path = "delivery/limits.rs"]
mod limits;
#[path = "delivery/older.rs"]
mod older;
#[path = "delivery/postfix.rs"]
mod postfix;
#[path = "list/postgres.rs"]
#[allow(dead_code, reason = "shared with the tests of the list")]
mod postgres;
#[path = "delivery/restored.rs"]
mod restored;
#[path = "delivery/running.rs"]
mod running;
#[path = "delivery/servers.rs"]
mod servers;
#[path = "delivery/sink.rs"]
mod sink;
#[path = "delivery/smtp_sink.rs"]
mod smtp_sink;
#[path = "delivery/soft.rs"]
mod soft;
#[path = "delivery/spread.rs"]
mod spread;
#[path = "delivery/stages.rs"]
mod stages;
#[path = "delivery/tls.rs"]
mod tls;
#[path = "delivery/verbs.rs"]
mod verbs;
#[path = "list/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the list")]
mod world;
#[path = "delivery/year.rs"]
mod year;
