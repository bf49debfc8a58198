//! What a reader gets: the web pages and the feeds, rendered from one tree. No input or output.

pub mod image;
