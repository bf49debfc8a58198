//! Mailings and deliveries as a matter of rules: what a mailing is, what becomes of a delivery after each attempt. Knows no SQL, no server and no clock.

pub mod delivery;
pub mod discretion;
pub mod mailing;
pub mod notice;
pub mod refusal;
pub mod schedule;
