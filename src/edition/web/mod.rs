//! The web edition: pages, their heads, and the files beside them.

pub mod head;
pub mod page;
pub mod pages;
pub mod post;
pub mod shared;
pub mod structured;
