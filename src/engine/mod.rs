//! Fingerprints, and the cache of finished work: bytes in, bytes out.
