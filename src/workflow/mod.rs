//! One verb a file: sequences the layers below, decides nothing.

#[cfg(feature = "newsletter")]
pub mod accounts;
#[cfg(feature = "newsletter")]
pub mod approve;
pub mod build;
pub mod check;
#[cfg(feature = "newsletter")]
mod check_mails;
mod check_newsletters;
pub mod compose;
#[cfg(feature = "newsletter")]
pub mod daemon;
#[cfg(feature = "newsletter")]
pub mod deliver;
#[cfg(feature = "newsletter")]
pub mod deliveries;
mod departure;
#[cfg(feature = "newsletter")]
pub mod dkim_key;
pub mod external;
pub mod failure;
pub mod init;
pub mod issue;
#[cfg(feature = "newsletter")]
mod issue_mail;
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
#[cfg(feature = "newsletter")]
pub mod send;
pub mod site_folder;
#[cfg(feature = "newsletter")]
pub mod storage;
#[cfg(feature = "newsletter")]
pub mod subscribe;
#[cfg(feature = "newsletter")]
pub mod subscribers;
mod traced;
mod unchanged;
#[cfg(feature = "newsletter")]
pub mod unknown;
