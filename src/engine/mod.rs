//! Fingerprints, and the cache of finished work: bytes in, bytes out.

pub mod cache;
pub mod fingerprint;
