//! Documents to the immutable library: posts, pages, authors, terms, order, links, permalinks.

pub mod address;
pub mod assets;
pub mod build;
mod collision;
mod connect;
pub mod hidden;
pub mod issue;
pub mod issues;
pub mod links;
pub mod mentions;
pub mod model;
pub mod order;
pub mod people;
pub mod plan;
pub mod posts;
pub mod related;
pub mod rivals;
pub mod terms;
