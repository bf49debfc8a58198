//! `site.toml` to a checked `Config`. Reads no environment and no disk.
