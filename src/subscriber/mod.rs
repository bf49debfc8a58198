//! Readers and what they agreed to: statuses, consent, and the list as a file. Knows no SQL, no disk and no clock.

pub mod consent;
#[cfg(feature = "newsletter")]
pub mod delivery_token;
#[cfg(feature = "newsletter")]
pub mod keys;
pub mod request;
pub mod roster;
pub mod status;
#[allow(clippy::module_inception, reason = "the layer is named after what it is about")]
pub mod subscriber;
#[cfg(feature = "newsletter")]
pub mod token;
