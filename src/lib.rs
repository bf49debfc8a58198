//! Letterpress.
pub mod cli;
pub mod config;
pub mod content;
pub mod diagnostic;
pub mod edition;
pub mod engine;
pub mod files;
pub mod library;
pub mod output;
pub mod theme;
pub mod transport;
pub mod value;
pub mod workflow;
