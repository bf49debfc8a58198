//! Where output goes: the disk, and browsers on this machine.
//! Where output goes: the disk, and the browser that shows a preview.

#[cfg(feature = "preview")]
pub mod dashboard;
pub mod disk;
mod disk_commit;
mod disk_manifest;
pub mod disk_staging;
pub mod http_client;
#[cfg(feature = "server")]
pub mod mime;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
pub mod server_answer;
#[cfg(feature = "server")]
pub mod server_request;
#[cfg(feature = "server")]
pub mod streams;
#[cfg(feature = "preview")]
pub mod watch;
#[cfg(feature = "preview")]
mod watch_batch;
#[cfg(feature = "preview")]
mod watch_poll;
#[cfg(feature = "preview")]
pub mod live;
