//! Readers and what they agreed to: statuses, consent, and the list as a file. Knows no SQL, no disk and no clock.

pub mod consent;
#[cfg(feature = "newsletter")]
pub mod keys;
pub mod roster;
pub mod status;
#[cfg(feature = "newsletter")]
pub mod token;
