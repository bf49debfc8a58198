//! `site.toml` to a checked [`site::Config`]. Reads no environment and no disk.

pub mod blocks;
pub mod feeds;
pub mod newsletter;
pub mod permalink;
pub mod read;
pub mod site;
