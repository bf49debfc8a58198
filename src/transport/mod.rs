//! Where output goes: the disk, and browsers on this machine.

#[cfg(feature = "preview")]
pub mod dashboard;
pub mod disk;
mod disk_commit;
mod disk_manifest;
#[cfg(feature = "newsletter")]
pub mod disk_private;
pub mod disk_staging;
#[cfg(feature = "newsletter")]
pub mod endpoint;
#[cfg(feature = "newsletter")]
pub mod endpoint_call;
#[cfg(feature = "newsletter")]
pub mod git;
pub mod http_client;
#[cfg(feature = "preview")]
pub mod live;
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
