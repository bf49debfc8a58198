//! One verb a file: sequences the layers below, decides nothing.

pub mod build;
pub mod failure;
pub mod media;
pub mod progress;
pub mod project;
pub mod render;
