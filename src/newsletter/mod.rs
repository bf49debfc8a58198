//! Issues, mailings and deliveries as a matter of rules: when an issue comes and which posts it has, what becomes of a delivery after each attempt. Knows no SQL, no server and no clock.

pub mod delivery;
pub mod discretion;
pub mod issue;
pub mod mailing;
pub mod notice;
pub mod reader_link;
pub mod refusal;
pub mod replies;
pub mod schedule;
pub mod sending;
pub mod soft_bounce;
