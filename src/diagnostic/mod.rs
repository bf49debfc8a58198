//! Mistakes in the user's files: where they are, what is wrong, what to do; and the four faces they are shown in.

pub mod fields;
pub mod html;
pub mod json;
pub mod node;
pub mod report;
pub mod source;
pub mod suggest;
pub mod terminal;
pub mod toml;
pub mod yaml;
