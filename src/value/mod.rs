//! Values that are valid by construction: addresses, URLs, slugs, paths, secrets, schedules, the clock. No input or output.

pub mod address;
pub mod clock;
pub mod header_text;
pub mod language;
pub mod mailbox;
pub mod path;
pub mod reply;
pub mod return_path;
pub mod schedule;
pub mod secret;
pub mod slug;
pub mod subject;
pub mod url;
pub mod web_url;
