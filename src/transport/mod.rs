//! Where output goes: the disk.

pub mod disk;
mod disk_commit;
mod disk_manifest;
pub mod disk_staging;
pub mod http_client;
