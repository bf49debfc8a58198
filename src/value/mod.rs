//! Values that are valid by construction: addresses, URLs, slugs, paths, the clock. No input or output.

pub mod address;
pub mod clock;
pub mod language;
pub mod path;
pub mod slug;
pub mod url;
