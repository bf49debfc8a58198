//! `site.toml` to a checked [`site::Config`]. Reads no environment and no disk.

pub mod blocks;
pub mod dkim;
pub mod endpoint;
pub mod feeds;
pub mod issues;
pub mod newsletter;
pub mod permalink;
pub mod read;
pub mod relay;
mod schedule;
pub mod secret;
pub mod site;
pub mod smtp;
pub mod store;
