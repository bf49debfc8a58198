//! The feed edition: a feed and its entries to the bytes of Atom, RSS, JSON Feed or a podcast.
//!
//! Formatting only: what stands in a feed, and under which addresses, is decided before. The same feed always gives the same bytes; none of
//! them comes from the clock.

pub mod atom;
pub mod json;
mod media;
pub mod model;
pub mod podcast;
pub mod rss;
mod time;
mod xml;

/// The name that feeds give as their maker, without a version, so that a new version of the program alone changes no feed.
const GENERATOR: &str = "Letterpress";
