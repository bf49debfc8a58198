//! The web edition: pages, their heads, and the files beside them that machines read.

pub mod head;
pub mod issues;
pub mod page;
pub mod pages;
pub mod post;
pub mod redirects;
pub mod robots;
pub mod shared;
pub mod sitemap;
pub mod structured;
