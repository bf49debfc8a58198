//! Where output goes: the disk, browsers on this machine, mail servers.

#[cfg(feature = "preview")]
pub mod contents;
#[cfg(feature = "preview")]
pub mod dashboard;
pub mod disk;
mod disk_commit;
#[cfg(feature = "newsletter")]
pub mod disk_departures;
mod disk_manifest;
#[cfg(feature = "newsletter")]
pub mod disk_presence;
#[cfg(feature = "newsletter")]
pub mod disk_private;
pub mod disk_staging;
#[cfg(feature = "newsletter")]
pub mod eml;
#[cfg(feature = "newsletter")]
pub mod endpoint;
#[cfg(feature = "newsletter")]
pub mod endpoint_call;
#[cfg(feature = "newsletter")]
pub mod git;
pub mod http_client;
#[cfg(feature = "preview")]
pub mod live;
#[cfg(all(feature = "newsletter", feature = "preview"))]
pub mod mail_sheet;
#[cfg(feature = "server")]
pub mod mime;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
pub mod server_answer;
#[cfg(feature = "server")]
pub mod server_request;
#[cfg(feature = "preview")]
pub mod shown;
#[cfg(feature = "newsletter")]
pub mod signals;
#[cfg(feature = "newsletter")]
pub mod smtp;
#[cfg(feature = "server")]
pub mod streams;
#[cfg(feature = "newsletter")]
pub mod throttle;
#[cfg(feature = "preview")]
pub mod watch;
#[cfg(feature = "preview")]
mod watch_batch;
#[cfg(feature = "preview")]
pub mod watch_bell;
#[cfg(feature = "preview")]
mod watch_poll;
