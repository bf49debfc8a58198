//! One verb a file: sequences the layers below, decides nothing.

pub mod build;
pub mod check;
#[cfg(feature = "newsletter")]
pub mod daemon;
#[cfg(feature = "newsletter")]
pub mod deliver;
pub mod external;
pub mod failure;
pub mod init;
#[cfg(feature = "newsletter")]
pub mod keys;
pub mod list;
pub mod media;
pub mod memory;
pub mod new;
#[cfg(feature = "newsletter")]
pub mod newsletter;
#[cfg(feature = "newsletter")]
pub mod notices;
#[cfg(feature = "preview")]
pub mod preview;
#[cfg(feature = "newsletter")]
pub mod privacy;
pub mod progress;
pub mod project;
pub mod render;
pub mod site_folder;
#[cfg(feature = "newsletter")]
pub mod storage;
#[cfg(feature = "newsletter")]
pub mod subscribe;
#[cfg(feature = "newsletter")]
pub mod subscribers;
mod traced;
mod unchanged;
