//! Where output goes: the disk.
