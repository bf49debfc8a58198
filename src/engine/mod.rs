//! Fingerprints, what was made under them, and what outputs were made from: bytes in, bytes out.

pub mod cache;
pub mod fingerprint;
mod sealed;
pub mod seen;
pub mod traces;
