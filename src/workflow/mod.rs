//! One verb a file: sequences the layers below, decides nothing.

pub mod approve;
pub mod build;
pub mod check;
pub mod compose;
pub mod external;
pub mod failure;
pub mod init;
pub mod issue;
pub mod list;
pub mod media;
pub mod memory;
pub mod new;
#[cfg(feature = "preview")]
pub mod preview;
pub mod progress;
pub mod project;
pub mod render;
pub mod site_folder;
#[cfg(feature = "newsletter")]
pub mod subscribe;
mod traced;
mod unchanged;
