//! Paths to lazily read bytes, and the only reader of the disk.

pub mod read;
pub mod stamp;
pub mod tree;
